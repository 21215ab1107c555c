package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.Migrations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Adds items a thousand at a time, by the API and by one bare statement. */
@Command(
        name = "write",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures createItems of 1,000 rows against one bare SQL statement that inserts the same rows into the same"
                    + " tables (items, activities, the log's counter, what is counted by day) in turn, by one client.",
            "",
            "Takes two minutes."
        })
final class WriteBenchmark implements Callable<Integer> {

    private static final String MAIN = "org.expirytracker.cli.Main";
    private static final int DATABASE_CONNECTIONS = 60;
    private static final int KEY_BYTES = 48;
    private static final int ROWS = 1_000;
    private static final int WARM = 10;

    private static final String BARE = """
            WITH place AS (
                UPDATE feeds
                   SET last_seq = last_seq + 1000, counted_seq = last_seq + 1000, last_at = clock_timestamp()
                 WHERE user_id = ?::uuid
             RETURNING user_id, last_seq - 1000 AS base, last_at
            ), fresh AS (
                INSERT INTO items (user_id, id, name, quantity, unit, cost_price, expiry_date, location, created_at, updated_at)
                SELECT user_id, new_id(), 'Smoked salmon ' || n, 1 + n % 40, 'pcs', n % 900 / 100.0,
                       current_date + 40 + n % 300, (ARRAY['Fridge', 'Cellar', 'Pantry'])[1 + n % 3], last_at, last_at
                  FROM place
                 CROSS JOIN generate_series(1, 1000) AS n
             RETURNING user_id, id, name, quantity, unit, cost_price, expiry_date, expiring_from, location, created_at
            ), counted AS (
                INSERT INTO stock_days (user_id, part, part_key, expiry_date, expiring_from, item_count, value)
                SELECT user_id, part, part_key, expiry_date, expiring_from, count(*), sum(quantity * cost_price)
                  FROM fresh
                 CROSS JOIN LATERAL (VALUES ('WHOLE', ''), ('CATEGORY', ''), ('LOCATION', location)) AS each (part, part_key)
                 GROUP BY user_id, part, part_key, expiry_date, expiring_from
                    ON CONFLICT (user_id, part, part_key, expiry_date, expiring_from) DO UPDATE
                   SET item_count = stock_days.item_count + excluded.item_count, value = stock_days.value + excluded.value
            )
            INSERT INTO activities (user_id, seq, kind, subject_id, actor, after, created_at)
            SELECT fresh.user_id, place.base + row_number() OVER (), 'ITEM_CREATED', fresh.id, 'USER',
                   jsonb_build_object(
                       'id', fresh.id, 'name', fresh.name, 'quantity', fresh.quantity, 'unit', fresh.unit,
                       'costPrice', fresh.cost_price, 'expiryDate', fresh.expiry_date, 'location', fresh.location,
                       'leadDays', 30, 'version', 1, 'createdAt', fresh.created_at, 'updatedAt', fresh.created_at),
                   place.last_at
              FROM fresh
             CROSS JOIN place
            """;

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds, each bare then the API. Usual: 30.")
    private int rounds = 30;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    private final HttpClient client = HttpClient.newHttpClient();

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        Path directory = Files.createTempDirectory("expiry-bench-");
        try (EmbeddedDatabase database = EmbeddedDatabase.start(directory.resolve("data"), DATABASE_CONNECTIONS)) {
            DatabaseUrl url = DatabaseUrl.parse(database.url());
            Migrations.migrate(url);
            Dataset.fill(url, 2, 200);
            byte[] key = new byte[KEY_BYTES];
            Map<String, String> environment = Map.of(
                    "DATABASE_URL", database.url(),
                    "EXPIRY_JWT_KEY", Base64.getEncoder().encodeToString(key),
                    "EXPIRY_SECRET_KEYS", Base64.getEncoder().encodeToString(new byte[32]),
                    "EXPIRY_DATA", directory.resolve("node").toString(),
                    "EXPIRY_RATE_RESTORE", "1000000");
            List<String> tokens = Dataset.tokens(url, key);
            List<String> product = List.of("-cp", System.getProperty("java.class.path"), MAIN, "serve");
            try (Node node = Node.start(directory.resolve("node.log"), environment, product);
                    Connection connection = url.dataSource().getConnection()) {
                measure(node, tokens.get(1), connection);
            }
        } finally {
            Benchmark.delete(directory);
        }
        return 0;
    }

    /** The first user's rows come by the bare statement, the second one's by the API. */
    private void measure(Node node, String token, Connection connection)
            throws IOException, SQLException, InterruptedException {
        String bare = first(connection, "SELECT user_id FROM sessions ORDER BY user_id LIMIT 1");
        byte[] request = request();
        double[] ratios = new double[rounds];
        double[] bareRows = new double[rounds];
        double[] apiRows = new double[rounds];
        for (int round = -WARM; round < rounds; round++) {
            long begin = System.nanoTime();
            try (PreparedStatement statement = connection.prepareStatement(BARE)) {
                statement.setString(1, bare);
                statement.executeUpdate();
            }
            double bareSeconds = (System.nanoTime() - begin) / 1e9;
            begin = System.nanoTime();
            create(node, token, request);
            double apiSeconds = (System.nanoTime() - begin) / 1e9;
            if (round >= 0) {
                ratios[round] = bareSeconds / apiSeconds;
                bareRows[round] = ROWS / bareSeconds;
                apiRows[round] = ROWS / apiSeconds;
            }
        }
        out.printf(
                "createItems of %,d rows: bare SQL %,.0f rows a second, the API %,.0f, ratio %.2f (medians of %d; at least 0.70"
                        + " is wanted)%n",
                ROWS, median(bareRows), median(apiRows), median(ratios), rounds);
    }

    private static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String first(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql);
                ResultSet row = statement.executeQuery()) {
            row.next();
            return row.getString(1);
        }
    }

    private static byte[] request() {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        JsonArray items = new JsonArray();
        for (int n = 1; n <= ROWS; n++) {
            items.add(new JsonObject()
                    .put("name", "Smoked salmon " + n)
                    .put("quantity", Integer.toString(1 + n % 40))
                    .put("unit", "pcs")
                    .put("costPrice", Double.toString(n % 900 / 100.0))
                    .put("expiryDate", today.plusDays(40 + n % 300).toString())
                    .put("location", List.of("Fridge", "Cellar", "Pantry").get(n % 3)));
        }
        return new JsonObject()
                .put(
                        "query",
                        "mutation ($input: CreateItemsInput!) { createItems(input: $input) { items { id } userErrors { message } } }")
                .put("variables", new JsonObject().put("input", new JsonObject().put("items", items)))
                .encode()
                .getBytes(UTF_8);
    }

    private void create(Node node, String token, byte[] request) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/graphql"))
                        .header("Content-Type", "application/json")
                        .header("Authorization", "Bearer " + token)
                        .POST(HttpRequest.BodyPublishers.ofByteArray(request))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (!response.body().contains("\"userErrors\":[]")) {
            throw new IOException("createItems said: "
                    + response.body().substring(0, Math.min(500, response.body().length())));
        }
    }
}
