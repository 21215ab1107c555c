package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardOpenOption.APPEND;

import com.sun.management.OperatingSystemMXBean;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.daily.DailyRun;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.Migrations;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Turns the day of many users: against bare SQL, beside requests, and in a small and a large table. */
@Command(
        name = "turn",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures the turn of the day: the time it takes against one bare SQL statement that inserts the same rows for"
                    + " all users at once, and its memory; how long requests wait meanwhile; and what it costs to turn"
                    + " the days of some users when there are few or many others.",
            "",
            "Takes half an hour and 15 GB of disk."
        })
final class TurnBenchmark implements Callable<Integer> {

    private static final String MAIN = "org.expirytracker.cli.Main";
    private static final int DATABASE_CONNECTIONS = 60;
    private static final int REQUESTS_PER_SECOND = 100;
    private static final int CLIENTS = 16;
    private static final int ASKING_USERS = 40;
    private static final int ITEMS_OF_EACH_USER = 10;
    private static final int GROUPS = 10;
    private static final int KEY_BYTES = 48;

    // As a year of use leaves them: nobody is due yet; of each user's items two come within their lead days today, two
    // each are 7 days, 1 day and no day before their date, and two are past it since yesterday.
    private static final String USERS = """
            INSERT INTO users (id, username, email, password_hash, next_day_at, last_day)
            SELECT new_id(), 'turn-' || n, 'turn-' || n || '@example.org', 'none', 'infinity',
                   (now() AT TIME ZONE 'UTC')::date - 1
              FROM generate_series(1, ?) AS n
            """;

    private static final List<String> FILLED_FROM_USERS = List.of("""
            INSERT INTO feeds (user_id)
            SELECT id
              FROM users
            """, """
            INSERT INTO sessions (user_id, id, expires_at)
            SELECT id, new_id(), now() + interval '2 days'
              FROM users
             ORDER BY id
             LIMIT 1000
            """, """
            INSERT INTO categories (user_id, id, name)
            SELECT users.id, new_id(), name
              FROM users
             CROSS JOIN unnest(ARRAY['Dairy', 'Bakery', 'Medicine']) AS name
            """);

    private static final String ITEMS = """
            WITH shelf AS (
                SELECT user_id, array_agg(id ORDER BY name) AS ids
                  FROM categories
                 GROUP BY user_id
            )
            INSERT INTO items (user_id, id, category_id, name, quantity, unit, cost_price, expiry_date, location)
            SELECT user_id, new_id(), ids[1 + n % 3],
                   (ARRAY['Organic', 'Fresh', 'Smoked', 'Dried', 'Sliced'])[1 + n % 5] || ' '
                       || (ARRAY['milk', 'bread', 'carrots', 'bandages', 'soap', 'rice', 'beans'])[1 + n % 7],
                   1 + n * 13 % 40 / 10.0, 'pcs', n * 37 % 900 / 100.0,
                   (now() AT TIME ZONE 'UTC')::date + (ARRAY[30, 7, 1, 0, -1])[1 + n % 5],
                   (ARRAY['Fridge', 'Cellar', 'Pantry'])[1 + n % 3]
              FROM shelf
             CROSS JOIN generate_series(1, ?) AS n
            """;

    private static final String DUE_ALL = """
            UPDATE inventories
               SET next_day_at = now() - interval '1 minute'
            """;

    private static final String DUE_GROUP = """
            UPDATE inventories
               SET next_day_at = now() - interval '1 minute'
             WHERE id IN (SELECT id
                            FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM inventories) AS placed
                           WHERE place % ? = ?)
            """;

    private static final String STILL_DUE = """
            SELECT count(*)
              FROM inventories
             WHERE next_day_at <= now()
            """;

    /** What a hand would write for just this: no settings, no acknowledgements, no locks, no batches. */
    private static final String BARE = """
            WITH days AS (
                SELECT id AS user_id, (next_day_at AT TIME ZONE time_zone)::date AS day
                  FROM inventories
                 WHERE next_day_at <= now()
            ), told AS (
                INSERT INTO notifications (
                       user_id, id, item_id, kind, title, message, expiry_date, reminder, created_at)
                SELECT items.user_id, new_id(), items.id,
                       CASE WHEN expiry_date < day THEN 'EXPIRED' ELSE 'EXPIRING_SOON' END,
                       name || CASE WHEN expiry_date < day THEN ' expired on ' ELSE ' expires on ' END || expiry_date,
                       'You have ' || trim_scale(quantity) || ' ' || unit || ' of ' || name || ' (' || location || ').'
                           || ' Its last good day is ' || expiry_date || ', in ' || expiry_date - day || ' days.',
                       expiry_date,
                       CASE WHEN expiry_date < day THEN '' ELSE 'D' || expiry_date - day END,
                       statement_timestamp()
                  FROM days
                  JOIN items ON items.user_id = days.user_id
             RETURNING user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
                       snoozed_until, resolution, resolved_at, created_at
            ), counts AS (
                SELECT items.user_id, day, category_id, location, expiry_date,
                       grouping(category_id, location, expiry_date) = 7 AS whole,
                       count(*) AS items,
                       count(*) FILTER (WHERE expiry_date > day + 30) AS active,
                       count(*) FILTER (WHERE expiry_date BETWEEN day AND day + 30) AS expiring,
                       count(*) FILTER (WHERE expiry_date < day) AS expired,
                       sum(quantity * cost_price) AS value,
                       coalesce(sum(quantity * cost_price) FILTER (WHERE expiry_date BETWEEN day AND day + 30), 0)
                           AS expiring_value,
                       coalesce(sum(quantity * cost_price) FILTER (WHERE expiry_date < day), 0) AS expired_value
                  FROM days
                  JOIN items ON items.user_id = days.user_id
                 GROUP BY GROUPING SETS (
                       (items.user_id, day), (items.user_id, day, category_id), (items.user_id, day, location),
                       (items.user_id, day, expiry_date))
            ), parts AS (
                SELECT user_id, day,
                       sum(items) FILTER (WHERE whole) AS items, sum(active) FILTER (WHERE whole) AS active,
                       sum(expiring) FILTER (WHERE whole) AS expiring, sum(expired) FILTER (WHERE whole) AS expired,
                       sum(value) FILTER (WHERE whole) AS value,
                       sum(expiring_value) FILTER (WHERE whole) AS expiring_value,
                       sum(expired_value) FILTER (WHERE whole) AS expired_value,
                       jsonb_agg(jsonb_build_object(
                           'categoryId', category_id, 'totalItems', items, 'activeItems', active,
                           'expiringItems', expiring, 'expiredItems', expired, 'undatedItems', 0, 'totalValue', value,
                           'activeValue', 0, 'expiringValue', expiring_value, 'expiredValue', expired_value,
                           'undatedValue', 0))
                           FILTER (WHERE category_id IS NOT NULL) AS by_category,
                       jsonb_agg(jsonb_build_object(
                           'location', location, 'totalItems', items, 'activeItems', active,
                           'expiringItems', expiring, 'expiredItems', expired, 'undatedItems', 0, 'totalValue', value,
                           'activeValue', 0, 'expiringValue', expiring_value, 'expiredValue', expired_value,
                           'undatedValue', 0))
                           FILTER (WHERE location IS NOT NULL) AS by_location,
                       jsonb_agg(jsonb_build_object('band', expiry_date, 'count', items, 'value', value))
                           FILTER (WHERE expiry_date IS NOT NULL) AS aging
                  FROM counts
                 GROUP BY user_id, day
            ), written AS (
                INSERT INTO reports (
                       user_id, id, date, total_items, active_items, expiring_items, expired_items,
                       total_value, expiring_value, expired_value, by_category, by_location, aging, outcomes)
                SELECT user_id, new_id(), day, items, active, expiring, expired, value, expiring_value,
                       expired_value, by_category, by_location, aging, '[]'
                  FROM parts
             RETURNING user_id, id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                       total_value, expiring_value, expired_value, by_category, by_location, aging, outcomes, generated_at
            ), events AS (
                SELECT user_id, 'NOTIFICATION_CREATED' AS kind, id, to_jsonb(told) AS after, created_at
                  FROM told
                 UNION ALL
                SELECT user_id, 'REPORT_GENERATED', id, to_jsonb(written), generated_at
                  FROM written
            ), logged AS (
                INSERT INTO activities (user_id, seq, kind, subject_id, actor, after)
                SELECT user_id, row_number() OVER (PARTITION BY user_id ORDER BY kind, id), kind, id, 'SYSTEM', after
                  FROM events
             RETURNING user_id
            ), counted AS (
                UPDATE feeds
                   SET last_seq = last_seq + ends.events
                  FROM (SELECT user_id, count(*) AS events FROM logged GROUP BY user_id) AS ends
                 WHERE feeds.user_id = ends.user_id
            )
            UPDATE inventories
               SET next_day_at = next_day_at + interval '1 day', last_day = days.day
              FROM days
             WHERE inventories.id = days.user_id
            """;

    /**
     * What operators of so many users are advised to set, see README.md. Checkpoints are far apart, because after each
     * one a page is written whole when it is first changed, and the pages of many users are many.
     *
     * @see #quarterOfMemory
     */
    private static final String SERVER_SETTINGS = """
            shared_buffers = %dMB
            max_wal_size = 4GB
            checkpoint_timeout = 15min
            """;

    // Pages are read by address, because what is read from one end to the other is not kept in memory.
    private static final List<String> INTO_MEMORY = List.of(
            "SET enable_seqscan = off",
            "SET enable_bitmapscan = off",
            """
            SELECT count(name) FROM items WHERE ctid >= '(0,0)'
            """,
            """
            SELECT count(name) FROM categories WHERE ctid >= '(0,0)'
            """,
            """
            SELECT count(username) FROM users WHERE ctid >= '(0,0)'
            """,
            """
            SELECT count(name) FROM inventories WHERE ctid >= '(0,0)'
            """,
            """
            SELECT count(last_seq) FROM feeds WHERE ctid >= '(0,0)'
            """,
            """
            SELECT count(*)
              FROM (SELECT FROM items ORDER BY user_id, used_up, coalesce(expiry_date, 'infinity'), id OFFSET 0) AS each
            """,
            """
            SELECT count(*)
              FROM (SELECT FROM items WHERE NOT used_up ORDER BY user_id, expiring_from OFFSET 0) AS each
            """,
            """
            SELECT count(*)
              FROM (SELECT
                      FROM items
                     ORDER BY user_id, category_id, used_up, coalesce(expiry_date, 'infinity'), id OFFSET 0) AS each
            """,
            """
            SELECT count(*) FROM (SELECT FROM categories ORDER BY user_id, id OFFSET 0) AS each
            """,
            """
            SELECT count(*) FROM (SELECT FROM users ORDER BY id OFFSET 0) AS each
            """,
            """
            SELECT count(*) FROM (SELECT FROM users ORDER BY lower(username) OFFSET 0) AS each
            """,
            """
            SELECT count(*) FROM (SELECT FROM users ORDER BY lower(email) OFFSET 0) AS each
            """,
            """
            SELECT count(*) FROM (SELECT FROM feeds ORDER BY user_id OFFSET 0) AS each
            """);

    private static final String ROWS = """
            SELECT (SELECT count(*) FROM notifications) || ' notifications, ' || (SELECT count(*) FROM reports)
                || ' reports, ' || (SELECT count(*) FROM activities) || ' activities'
            """;

    @Option(names = "--users", paramLabel = "<n>", description = "Users with ten items each. Usual: 100000.")
    private int users = 100_000;

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds of bare SQL, then the turn. Usual: 3.")
    private int rounds = 3;

    @Option(
            names = "--more",
            paramLabel = "<n>",
            description = "How many times as many users the larger table holds; 1 leaves this part out. Usual: 10.")
    private int more = 10;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        Path directory = Files.createTempDirectory("expiry-bench-");
        Path data = directory.resolve("data");
        EmbeddedDatabase.start(data, DATABASE_CONNECTIONS).close();
        Files.writeString(
                data.resolve("postgresql/postgresql.conf"), SERVER_SETTINGS.formatted(quarterOfMemory()), APPEND);
        try (EmbeddedDatabase database = EmbeddedDatabase.start(data, DATABASE_CONNECTIONS)) {
            String filled = named(database.url(), "filled");
            fill(database.url(), filled, users);
            againstBareSql(database.url(), filled);
            besideRequests(directory, database.url());
            if (more > 1) {
                byTheSizeOfTheTable(database.url(), filled);
            }
        } finally {
            Stage.delete(directory);
        }
        return 0;
    }

    /** In megabytes. */
    private static long quarterOfMemory() {
        OperatingSystemMXBean machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        return machine.getTotalMemorySize() / 4 / 1024 / 1024;
    }

    private static String named(String url, String name) {
        return url.replaceFirst("/[^/?]+(\\?|$)", "/" + name + "$1");
    }

    private void fill(String server, String filled, int many) throws SQLException {
        execute(server, "CREATE DATABASE " + name(filled));
        Migrations.migrate(DatabaseUrl.parse(filled));
        long begin = System.nanoTime();
        // The search has no part in a turn, and its index would take most of the time.
        execute(filled, "DROP INDEX items_by_search_text");
        execute(filled, USERS, many);
        for (String rows : FILLED_FROM_USERS) {
            execute(filled, rows);
        }
        execute(filled, ITEMS, ITEMS_OF_EACH_USER);
        for (String counted : Dataset.COUNTED) {
            execute(filled, counted);
        }
        execute(filled, "VACUUM (ANALYZE)");
        say("Filled a database in %.0f s: %,d users with %d items each.", seconds(begin), many, ITEMS_OF_EACH_USER);
    }

    private static String name(String url) {
        return URI.create(url).getPath().substring(1);
    }

    private void copy(String server, String from, String to) throws SQLException {
        execute(server, "DROP DATABASE IF EXISTS " + name(to));
        execute(server, "CREATE DATABASE " + name(to) + " TEMPLATE " + name(from));
    }

    /**
     * Time and memory of a turn, and the time of the rows alone.
     *
     * @param early its memory after five seconds, in megabytes
     */
    private record Turned(double seconds, double peakMegabytes, double early) {}

    private void againstBareSql(String server, String filled) throws IOException, SQLException {
        double[] ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            String bare = named(server, "bare");
            copy(server, filled, bare);
            execute(bare, DUE_ALL);
            execute(bare, "VACUUM ANALYZE inventories");
            long begin = System.nanoTime();
            executeBare(bare);
            double bareSeconds = seconds(begin);
            String expected = text(bare, ROWS);
            execute(server, "DROP DATABASE " + name(bare));

            String turned = named(server, "turned");
            copy(server, filled, turned);
            execute(turned, DUE_ALL);
            execute(turned, "VACUUM ANALYZE inventories");
            Turned turn = turn(turned);
            String rows = text(turned, ROWS);
            if (!rows.equals(expected)) {
                throw new IOException("The turn made " + rows + ", bare SQL " + expected);
            }
            execute(server, "DROP DATABASE " + name(turned));
            ratios[round] = turn.seconds / bareSeconds;
            say(
                    "Round %d of %d, %s: bare SQL %.1f s, the turn %.1f s, ratio %.2f; memory of the process at most %.0f MB,"
                            + " %.0f MB after five seconds (heap at most %d MB)",
                    round + 1,
                    rounds,
                    rows,
                    bareSeconds,
                    turn.seconds,
                    ratios[round],
                    turn.peakMegabytes,
                    turn.early,
                    Measured.HEAP_MEGABYTES);
        }
        Arrays.sort(ratios);
        say("Median of the ratios to bare SQL: %.2f (at most 3 is wanted)", ratios[rounds / 2]);
        say("");
    }

    private void besideRequests(Path directory, String server)
            throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        String beside = named(server, "beside");
        copy(server, named(server, "filled"), beside);
        byte[] key = new byte[KEY_BYTES];
        Map<String, String> environment = Map.of(
                "DATABASE_URL",
                beside,
                "EXPIRY_JWT_KEY",
                Base64.getEncoder().encodeToString(key),
                "EXPIRY_SECRET_KEYS",
                Base64.getEncoder().encodeToString(new byte[32]),
                "EXPIRY_RATE_RESTORE",
                "1000000");
        List<byte[]> requests =
                Question.pages(Dataset.tokens(DatabaseUrl.parse(beside), key)).subList(0, ASKING_USERS);
        List<String> program = List.of("-cp", System.getProperty("java.class.path"), MAIN, "serve");
        Histogram idle = new Histogram(PacedLoad.LONGEST_MICROS, 3);
        Histogram turning = new Histogram(PacedLoad.LONGEST_MICROS, 3);
        double[] ratios = new double[GROUPS];
        try (Node node = Node.start(directory.resolve("node.log"), environment, program);
                Watch watch = new Watch(beside)) {
            PacedLoad.run(node.port(), requests, CLIENTS, REQUESTS_PER_SECOND, 15);
            for (int group = 0; group < GROUPS; group++) {
                PacedLoad.Seen quiet = PacedLoad.run(node.port(), requests, CLIENTS, REQUESTS_PER_SECOND, 5);
                execute(beside, DUE_GROUP, GROUPS, group);
                watch.awaitLess(users / GROUPS);
                long begin = System.nanoTime();
                PacedLoad.Seen busy = PacedLoad.run(
                        node.port(),
                        requests,
                        CLIENTS,
                        REQUESTS_PER_SECOND,
                        at -> watch.due > 0,
                        PacedLoad.Observer.NONE);
                double seconds = seconds(begin);
                idle.add(quiet.latency());
                turning.add(busy.latency());
                ratios[group] = busy.millisAt(99) / quiet.millisAt(99);
                say(
                        "Round %d of %d: p50 and p99 of requests %.1f and %.1f ms idle, %.1f and %.1f ms while %,d days turn,"
                                + " which took %.1f s; ratio of the p99 %.2f",
                        group + 1,
                        GROUPS,
                        quiet.millisAt(50),
                        quiet.millisAt(99),
                        busy.millisAt(50),
                        busy.millisAt(99),
                        users / GROUPS,
                        seconds,
                        ratios[group]);
            }
        }
        execute(server, "DROP DATABASE " + name(beside));
        Arrays.sort(ratios);
        say(
                "p99 of all requests: %.1f ms idle, %.1f ms while days turn; ratio %.2f, median of the rounds %.2f (at most 2"
                        + " is wanted)",
                idle.getValueAtPercentile(99) / 1_000.0,
                turning.getValueAtPercentile(99) / 1_000.0,
                (double) turning.getValueAtPercentile(99) / idle.getValueAtPercentile(99),
                ratios[GROUPS / 2]);
        say("");
    }

    /** Counts the users who are due, ten times a second, whether there are any or not, so that it weighs the same. */
    private static final class Watch implements AutoCloseable {

        private final ExecutorService thread = Executors.newSingleThreadExecutor();
        private volatile int due;
        private volatile boolean closed;

        Watch(String url) {
            thread.execute(() -> {
                try (Connection connection = DatabaseUrl.parse(url).dataSource().getConnection();
                        PreparedStatement count = connection.prepareStatement(STILL_DUE)) {
                    while (!closed) {
                        try (ResultSet row = count.executeQuery()) {
                            row.next();
                            due = row.getInt(1);
                        }
                        Thread.sleep(100);
                    }
                } catch (SQLException | InterruptedException failed) {
                    due = 0;
                    throw new IllegalStateException(failed);
                }
            });
        }

        /** Until some are due, and less than so many. */
        void awaitLess(int most) throws InterruptedException {
            while (due == 0 || due >= most) {
                Thread.sleep(10);
            }
        }

        @Override
        public void close() {
            closed = true;
            thread.close();
        }
    }

    private void byTheSizeOfTheTable(String server, String filled) throws IOException, SQLException {
        String large = named(server, "large");
        fill(server, large, users * more);
        List<String> tables = List.of(filled, large);
        List<double[]> taken = List.of(new double[GROUPS], new double[GROUPS]);
        double[] ratios = new double[GROUPS];
        // As the turn of the day before leaves them; else it would be measured how fast the disk is.
        for (String table : tables) {
            readIntoMemory(table);
        }
        for (int group = 0; group < GROUPS; group++) {
            for (int table = 0; table < tables.size(); table++) {
                execute(tables.get(table), DUE_GROUP, table == 0 ? GROUPS : GROUPS * more, group);
                execute(tables.get(table), "VACUUM ANALYZE inventories");
                taken.get(table)[group] = turn(tables.get(table)).seconds;
            }
            ratios[group] = taken.get(1)[group] / taken.get(0)[group];
            say(
                    "Round %d of %d: the days of %,d users turned in %.2f s among %,d items, in %.2f s among %,d; ratio %.2f",
                    group + 1,
                    GROUPS,
                    users / GROUPS,
                    taken.get(0)[group],
                    users * ITEMS_OF_EACH_USER,
                    taken.get(1)[group],
                    users * more * ITEMS_OF_EACH_USER,
                    ratios[group]);
        }
        Arrays.sort(ratios);
        say("Median of the ratios: %.2f (at most 1.2 is wanted)", ratios[GROUPS / 2]);
    }

    private static void readIntoMemory(String url) throws SQLException {
        try (Connection connection = DatabaseUrl.parse(url).dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            for (String sql : INTO_MEMORY) {
                statement.execute(sql);
            }
        }
    }

    private static Turned turn(String url) throws IOException {
        List<Double> figures = Measured.run(Work.class, url);
        return new Turned(figures.get(0), figures.get(1), figures.get(2));
    }

    private static double seconds(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private static void execute(String url, String sql, int... parameters) throws SQLException {
        try (Connection connection = DatabaseUrl.parse(url).dataSource().getConnection();
                PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int at = 0; at < parameters.length; at++) {
                statement.setInt(at + 1, parameters[at]);
            }
            statement.execute();
        }
    }

    // Over everything no nested loop is a good plan, and the planner does not know how much a part of it will be.
    private static void executeBare(String url) throws SQLException {
        try (Connection connection = DatabaseUrl.parse(url).dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("SET enable_nestloop = off");
            statement.execute(BARE);
        }
    }

    private static String text(String url, String sql) throws SQLException {
        try (Connection connection = DatabaseUrl.parse(url).dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }

    /** The process that is measured: turns all days that are due, and prints the seconds it took and its memory. */
    static final class Work {

        private Work() {}

        public static void main(String[] arguments) throws Exception {
            DatabaseUrl url = DatabaseUrl.parse(arguments[0]);
            Vertx vertx = Vertx.vertx();
            AtomicReference<Double> early = new AtomicReference<>(0.0);
            vertx.setTimer(5_000, timer -> early.set(peak()));
            long begin = System.nanoTime();
            LiveFeed liveFeed = new LiveFeed(url.connectOptions());
            vertx.deployVerticle(liveFeed)
                    .compose(deployed -> {
                        Database database = new Database(vertx, url.connectOptions(), 3);
                        return new DailyRun(vertx, database, new ActivityLog(database, liveFeed)).turnDue();
                    })
                    .onComplete(turned -> {
                        Measured.tell(seconds(begin), peak(), early.get());
                        System.exit(turned.succeeded() ? 0 : 1);
                    });
        }

        private static double peak() {
            try {
                return Measured.peakMegabytes();
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
    }
}
