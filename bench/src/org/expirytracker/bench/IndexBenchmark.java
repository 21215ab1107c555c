package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Inserts the same rows with all indexes of a table and without one of them. */
@Command(
        name = "indexes",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures what each index costs of the tables that changes write: the same rows are inserted by one statement"
                    + " into a copy of the table that has all indexes, and into the same copy without one of them, in"
                    + " turn.",
            "",
            "The figures are shares of the whole insert with all indexes: of the processor time of PostgreSQL, of the log"
                    + " that it writes (WAL), and the size. Takes half an hour."
        })
final class IndexBenchmark implements Callable<Integer> {

    private static final int ITEMS_OF_EACH_USER = 200;
    private static final double MILLIS_OF_TICK = 10;

    /** Further rows, one for each item. */
    private static final Map<String, String> ROWS = rows();

    @Option(names = "--rows", paramLabel = "<n>", description = "Rows of each table. Usual: 200000.")
    private int rows = 200_000;

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds. Usual: 3.")
    private int rounds = 3;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    private static Map<String, String> rows() {
        Map<String, String> rows = new LinkedHashMap<>();
        rows.put("items", "");
        rows.put("activities", """
                INSERT INTO activities (user_id, seq, kind, subject_id, actor, session_id, after, created_at)
                SELECT user_id, row_number() OVER (PARTITION BY user_id ORDER BY id), 'ITEM_CREATED', id, 'USER', user_id,
                       jsonb_build_object('id', id, 'name', name, 'quantity', quantity, 'unit', unit, 'costPrice', cost_price,
                           'expiryDate', expiry_date, 'location', location, 'leadDays', 30, 'version', 1,
                           'createdAt', created_at, 'updatedAt', created_at), created_at
                  FROM items
                """);
        rows.put("stock_days", "");
        rows.put("notifications", """
                INSERT INTO notifications (user_id, id, item_id, kind, title, message, expiry_date, reminder, created_at)
                SELECT user_id, new_id(), id, 'EXPIRING_SOON', name || ' expires soon', 'It is in the ' || location,
                       expiry_date, 'D7', now() - interval '1 hour' * (hashtext(id::text) % 1000)
                  FROM items
                """);
        rows.put("take_outs", """
                INSERT INTO take_outs (user_id, id, item_id, category_id, quantity, unit, value, outcome, name, created_at)
                SELECT user_id, new_id(), id, category_id, 1, unit, 1, 'USED', name,
                       now() - interval '1 hour' * (hashtext(id::text) % 1000)
                  FROM items
                """);
        return rows;
    }

    /** What one insert took. */
    private record Cost(double millis, double walMegabytes) {}

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException {
        try (Stage stage = Stage.open(Math.max(1, rows / ITEMS_OF_EACH_USER), ITEMS_OF_EACH_USER);
                Connection connection = stage.url().dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SET statement_timeout = 0");
            for (Map.Entry<String, String> table : ROWS.entrySet()) {
                if (!table.getValue().isEmpty()) {
                    statement.execute(table.getValue());
                }
                measure(statement, table.getKey());
            }
        }
        return 0;
    }

    private void measure(Statement statement, String table) throws IOException, SQLException {
        String columns = String.join(", ", texts(statement, """
                SELECT quote_ident(attname)
                  FROM pg_attribute
                 WHERE attrelid = '%s'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                 ORDER BY attnum
                """.formatted(table)));
        // Changes of many owners come in turn, not those of one after those of another.
        statement.execute("CREATE TABLE source AS SELECT " + columns + " FROM " + table + " ORDER BY hashtext(" + table
                + "::text)");
        statement.execute("CREATE TABLE copy (LIKE " + table + " INCLUDING ALL)");
        statement.execute("ALTER TABLE copy SET (autovacuum_enabled = false)");
        String insert = "INSERT INTO copy (" + columns + ") SELECT " + columns + " FROM source";
        Map<String, String> indexes = new LinkedHashMap<>();
        Map<String, String> sizes = new LinkedHashMap<>();
        cost(statement, insert);
        try (ResultSet found = statement.executeQuery("""
                SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition,
                       round(pg_relation_size(indexrelid) / 1048576.0, 1) AS size
                  FROM pg_index
                 WHERE indrelid = 'copy'::regclass
                 ORDER BY indexrelid
                """)) {
            while (found.next()) {
                indexes.put(found.getString("name"), found.getString("definition"));
                sizes.put(found.getString("name"), found.getString("size"));
            }
        }
        Map<String, List<Cost>> without = new LinkedHashMap<>();
        List<Cost> with = new ArrayList<>();
        for (int round = 0; round < rounds; round++) {
            with.add(cost(statement, insert));
            for (Map.Entry<String, String> index : indexes.entrySet()) {
                statement.execute("TRUNCATE copy");
                // That of a key belongs to its constraint.
                statement.execute("ALTER TABLE copy DROP CONSTRAINT IF EXISTS " + index.getKey());
                statement.execute("DROP INDEX IF EXISTS " + index.getKey());
                without.computeIfAbsent(index.getKey(), name -> new ArrayList<>())
                        .add(cost(statement, insert));
                statement.execute("TRUNCATE copy");
                statement.execute(index.getValue());
            }
        }
        double millis = median(with, Cost::millis);
        double wal = median(with, Cost::walMegabytes);
        long inserted = Long.parseLong(
                texts(statement, "SELECT count(*)::text FROM source").getFirst());
        say("");
        say("%s: %,d rows, %.0f ms of processor time, %.0f MB of WAL", table, inserted, millis, wal);
        say("%8s %8s %8s  %s", "time", "WAL", "MB", "index");
        indexes.forEach((name, definition) -> say(
                "%7.1f%% %7.1f%% %8s  %s",
                100 * (1 - median(without.getOrDefault(name, List.of()), Cost::millis) / millis),
                100 * (1 - median(without.getOrDefault(name, List.of()), Cost::walMegabytes) / wal),
                sizes.get(name),
                definition.replaceFirst("^CREATE (UNIQUE )?INDEX \\S+ ON \\S+ USING ", "$1")));
        statement.execute("DROP TABLE source, copy");
    }

    private static Cost cost(Statement statement, String insert) throws IOException, SQLException {
        statement.execute("TRUNCATE copy");
        Path backend = Path.of(
                "/proc", texts(statement, "SELECT pg_backend_pid()::text").getFirst(), "stat");
        String from =
                texts(statement, "SELECT pg_current_wal_insert_lsn()::text").getFirst();
        double begin = ticks(backend);
        statement.execute(insert);
        double used = ticks(backend) - begin;
        String bytes = texts(statement, "SELECT (pg_current_wal_insert_lsn() - '" + from + "'::pg_lsn)::text")
                .getFirst();
        return new Cost(used * MILLIS_OF_TICK, Double.parseDouble(bytes) / 1_048_576);
    }

    /** Of user and system, of a process that is named without blanks outside its brackets. */
    private static double ticks(Path stat) throws IOException {
        String[] fields = Files.readString(stat).replaceFirst("^.*\\) ", "").split(" ");
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    private static double median(List<Cost> costs, java.util.function.ToDoubleFunction<Cost> figure) {
        return Contest.median(costs.stream().mapToDouble(figure).toArray());
    }

    private static List<String> texts(Statement statement, String query) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }
}
