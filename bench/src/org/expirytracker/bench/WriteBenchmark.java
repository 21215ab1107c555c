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
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Adds items one at a time and a thousand at a time, by the API and by hand. */
@Command(
        name = "write",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures createItem of 32 clients against a handler written by hand that inserts the same in one transaction"
                    + " (bench/run create has more options), and createItems of 1,000 rows against one bare SQL statement that inserts the same rows into the same"
                    + " tables (items, activities, the log's counter, what is counted by day) in turn, by one client.",
            "",
            "Takes two minutes."
        })
final class WriteBenchmark implements Callable<Integer> {

    private static final int ROWS = 1_000;
    private static final int WARM = 60;

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

    /** Usual number of rounds. */
    static final int ROUNDS = 30;

    private static final int CONNECTIONS = 32;
    private static final int SECONDS = 3;
    private static final int ROUNDS_OF_ONE = 7;

    @Option(
            names = "--rounds",
            paramLabel = "<n>",
            description = "Rounds of a thousand, each bare then the API. Usual: 30.")
    private int rounds = ROUNDS;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        try (Stage stage = Stage.open(1_000, 20);
                Node plain = stage.plain();
                Node product = stage.product(Stage.UNHINDERED)) {
            Contest one = new Contest(
                    Question.CREATE,
                    new Contest.Manner(CONNECTIONS, SECONDS),
                    new Contest.Contestant("plain", plain, Question.CREATE.plain(stage)),
                    new Contest.Contestant("GraphQL", product, Question.CREATE.graphQL(stage)),
                    out);
            one.compare();
            one.compareStatements(stage);
            one.warmUp(Question.CREATE.warmUp);
            one.measure(ROUNDS_OF_ONE);
            one.report();
            out.println();
            manyAtATime(stage, product, rounds, out);
        }
        return 0;
    }

    /**
     * A thousand at a time: the first user's rows come by the bare statement, the second one's by the API.
     *
     * @return rows a second of the API as a share of those of the bare statement
     */
    static double manyAtATime(Stage stage, Node node, int rounds, PrintWriter out)
            throws IOException, SQLException, InterruptedException {
        String token = stage.tokens().get(1);
        byte[] request = request();
        double[] ratios = new double[rounds];
        double[] bareRows = new double[rounds];
        double[] apiRows = new double[rounds];
        try (Connection connection = stage.url().dataSource().getConnection();
                HttpClient client = HttpClient.newHttpClient();
                PreparedStatement statement = connection.prepareStatement(BARE)) {
            statement.setString(1, first(connection, "SELECT user_id FROM sessions ORDER BY user_id LIMIT 1"));
            for (int round = -WARM; round < rounds; round++) {
                long begin = System.nanoTime();
                statement.executeUpdate();
                double bareSeconds = (System.nanoTime() - begin) / 1e9;
                begin = System.nanoTime();
                create(client, node, token, request);
                double apiSeconds = (System.nanoTime() - begin) / 1e9;
                if (round >= 0) {
                    ratios[round] = bareSeconds / apiSeconds;
                    bareRows[round] = ROWS / bareSeconds;
                    apiRows[round] = ROWS / apiSeconds;
                }
            }
        }
        out.printf(
                "createItems of %,d rows: bare SQL %,.0f rows a second, the API %,.0f, ratio %.2f (medians of %d; at least 0.70"
                        + " is wanted)%n",
                ROWS, Contest.median(bareRows), Contest.median(apiRows), Contest.median(ratios), rounds);
        return Contest.median(ratios);
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

    private static void create(HttpClient client, Node node, String token, byte[] request)
            throws IOException, InterruptedException {
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
