package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Progress.Step;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Migrations of a database that is in use, with the program's own files. */
@Timeout(180)
@ProvenRoom("migrations")
class MigrationTrafficTest {

    private static final int PATIENCE_SECONDS = 90;
    private static final int TOGETHER = 4;
    private static final Duration LONGEST = Duration.ofSeconds(1);
    private static final String UNDEFINED_TABLE = "42P01";
    private static final Pattern LOCK_TIMEOUT = Pattern.compile("(?m)^SET LOCAL lock_timeout = '(\\d+)ms';$");

    private final Queue<DatabaseUrl> databases = new ConcurrentLinkedQueue<>();

    @TempDir
    Path folder;

    /**
     * A command that wants tables for itself.
     *
     * @param before a database to copy, in the state it starts from
     * @param locked tables that are there before it, each with whether it keeps even readers out while it waits: where it holds a
     *     weaker lock as well, it may have waited for that, and had the table when it wanted it alone
     */
    private record LockingStep(StepCommand command, DatabaseUrl before, Map<String, Boolean> locked) {

        /** Those of the first table of each change go on while the step waits for it. */
        boolean keepsReadersWaiting() {
            return locked.entrySet().stream()
                    .anyMatch(table -> table.getValue() && !table.getKey().equals("feeds"));
        }

        Duration lockTimeout() {
            Matcher timeout = LOCK_TIMEOUT.matcher(command.files().text(command.file()));
            assertThat(timeout.find()).as(command.file()).isTrue();
            return Duration.ofMillis(Long.parseLong(timeout.group(1)));
        }
    }

    @AfterEach
    void dropDatabases() {
        databases.forEach(TestDatabase::drop);
    }

    @Nested
    class Readers {

        /** While it waits for one table, it keeps readers from those that it has already. */
        @Test
        void wait_less_than_a_second_even_if_a_step_gets_each_lock_at_the_last_moment() throws Exception {
            assertThat(lockingSteps())
                    .isNotEmpty()
                    .allSatisfy(step -> assertThat(step.lockTimeout().multipliedBy(step.locked.size()))
                            .as("%s locks %s; its lock_timeout times their number", step.command.file(), step.locked)
                            .isLessThanOrEqualTo(Duration.ofMillis(800)));
        }

        @Test
        void never_wait_a_second_behind_a_step_up_or_down_that_gives_way_again_and_again() throws Exception {
            List<LockingStep> steps = ProvenRoom.Sample.of("migrations", lockingSteps());
            Map<LockingStep, Future<List<String>>> running = new LinkedHashMap<>();
            List<LockingStep> again = new ArrayList<>();
            try (ExecutorService together = Executors.newFixedThreadPool(TOGETHER)) {
                for (LockingStep step : steps) {
                    running.put(step, together.submit(() -> wrong(step)));
                }
                for (Map.Entry<LockingStep, Future<List<String>>> traffic : running.entrySet()) {
                    if (!traffic.getValue()
                            .get(PATIENCE_SECONDS, TimeUnit.SECONDS)
                            .isEmpty()) {
                        again.add(traffic.getKey());
                    }
                }
            }
            List<String> wrong = new ArrayList<>();
            for (LockingStep step : again) {
                wrong.addAll(wrongEachTime(step));
            }
            assertThat(wrong).isEmpty();
        }

        private List<String> wrong(LockingStep step) throws Exception {
            return new Traffic(step, copyOf(step.before)).wrong();
        }

        /** A busy machine stands still for a second and keeps readers waiting as well, but not each time a step is alone. */
        private List<String> wrongEachTime(LockingStep step) throws Exception {
            List<String> wrong = wrong(step);
            for (int again = 0; again < 3 && !wrong.isEmpty(); again++) {
                wrong = wrong(step);
            }
            return wrong;
        }
    }

    @Nested
    class Writers {

        private static final int MANY = 8;
        private static final String LAST_RELEASE = "20261126.3";

        /** As the last release writes: the row of the log first, then what refers to tables that a step wants as well. */
        private static final List<String> CHANGE = List.of(
                "SELECT last_seq FROM feeds WHERE user_id = '%s' FOR UPDATE",
                "INSERT INTO categories (user_id, id, name) SELECT '%s', id, id::text FROM gen_random_uuid() AS id, pg_sleep(0.02)",
                "INSERT INTO items (user_id, id, name) SELECT '%s', id, id::text FROM gen_random_uuid() AS id, pg_sleep(0.02)");

        private final AtomicInteger written = new AtomicInteger();
        private final CountDownLatch over = new CountDownLatch(1);

        /** Before a step waited for the changes under way as one, it never found a moment between eight writers. */
        @Test
        void do_not_keep_steps_from_coming_through_however_many_there_are() throws Exception {
            MigrationFiles files = MigrationFiles.ofProgram();
            DatabaseUrl url = copyOf(TestDatabase.fresh());
            Revision before = files.revisions().stream()
                    .filter(revision -> revision.version().equals(LAST_RELEASE))
                    .findFirst()
                    .orElseThrow();
            new Migrations(url, files, Progress.SILENT).upgrade(before);
            AtomicInteger gaveWay = new AtomicInteger();
            Progress progress = new Progress() {
                @Override
                public void waits(String reason) {
                    gaveWay.incrementAndGet();
                }
            };
            try (ExecutorService threads = Executors.newFixedThreadPool(MANY)) {
                List<Future<?>> writers = new ArrayList<>();
                for (int i = 0; i < MANY; i++) {
                    writers.add(threads.submit(writer(url)));
                }
                while (written.get() < MANY) {
                    Thread.onSpinWait();
                }
                try {
                    new Migrations(url, files, progress).upgrade(files.head());
                    new Migrations(url, files, progress).downgrade(before, false);
                } finally {
                    over.countDown();
                }
                for (Future<?> writer : writers) {
                    writer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                }
            }
            assertThat(gaveWay).as("tables found in use").hasValueLessThan(10);
        }

        /** A user of their own who does nothing but write, to the end. */
        private Callable<Integer> writer(DatabaseUrl url) throws SQLException {
            UUID user = UUID.randomUUID();
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute(
                        "INSERT INTO users (id, username, email, password_hash) VALUES ('%s', '%s', '%s@example.org', 'x')"
                                .formatted(user, user, user));
                statement.execute("INSERT INTO feeds (user_id) VALUES ('%s')".formatted(user));
            }
            return () -> {
                try (Connection connection = TestDatabase.connect(url);
                        Statement statement = connection.createStatement()) {
                    connection.setAutoCommit(false);
                    while (over.getCount() > 0) {
                        for (String each : CHANGE) {
                            statement.execute(each.formatted(user));
                        }
                        connection.commit();
                        written.incrementAndGet();
                    }
                }
                return written.get();
            };
        }
    }

    @Nested
    class Deployers {

        /** One builds an index concurrently, held up by a writer, while nine wait: no deadlock. */
        @Test
        void who_come_ten_at_once_apply_each_step_once_up_and_down() throws Exception {
            for (String file : MigrationFiles.ofProgram().names()) {
                Files.writeString(
                        folder.resolve(file), MigrationFiles.ofProgram().text(file));
            }
            Files.writeString(folder.resolve("V20990101__index_take_outs.sql"), """
                    -- Runs outside a transaction: the index is built while people write.
                    CREATE INDEX CONCURRENTLY IF NOT EXISTS take_outs_by_outcome ON take_outs (user_id, outcome);
                    """);
            Files.writeString(folder.resolve("U20990101__index_take_outs.sql"), """
                    -- Runs outside a transaction: so does its removal.
                    DROP INDEX CONCURRENTLY IF EXISTS take_outs_by_outcome;
                    """);
            MigrationFiles files = MigrationFiles.in(folder);
            DatabaseUrl url = copyOf(TestDatabase.fresh());
            Migrations.migrate(url);
            Revision below = Migrations.head();

            List<List<Step>> up = tenTimes(url, progress -> new Migrations(url, files, progress).upgrade(files.head()));
            assertThat(up)
                    .filteredOn(steps -> !steps.isEmpty())
                    .singleElement()
                    .satisfies(steps ->
                            assertThat(steps).extracting(Step::revision).containsExactly(files.head()));
            List<List<Step>> down =
                    tenTimes(url, progress -> new Migrations(url, files, progress).downgrade(below, false));
            assertThat(down)
                    .filteredOn(steps -> !steps.isEmpty())
                    .singleElement()
                    .satisfies(steps ->
                            assertThat(steps).extracting(Step::revision).containsExactly(files.head()));
            assertThat(new Migrations(url, files, Progress.SILENT).state().current())
                    .isEqualTo(below);
        }

        private static List<List<Step>> tenTimes(DatabaseUrl url, Deployment deployment) throws Exception {
            Semaphore waiting = new Semaphore(0);
            Progress progress = new Progress() {
                @Override
                public void waits(String reason) {
                    waiting.release();
                }
            };
            try (Connection writer = TestDatabase.connect(url);
                    Connection observer = TestDatabase.connect(url);
                    Statement statement = writer.createStatement();
                    ExecutorService deployers = Executors.newFixedThreadPool(10)) {
                writer.setAutoCommit(false);
                statement.execute("LOCK TABLE take_outs IN ROW EXCLUSIVE MODE");
                List<Callable<List<Step>>> ten = IntStream.range(0, 10)
                        .<Callable<List<Step>>>mapToObj(i -> () -> deployment.run(progress))
                        .toList();
                List<Future<List<Step>>> running =
                        ten.stream().map(deployers::submit).toList();
                assertThat(waiting.tryAcquire(9, PATIENCE_SECONDS, TimeUnit.SECONDS))
                        .isTrue();
                while (TestDatabase.strings(observer, "SELECT 1 FROM pg_index, pg_sleep(0.01) WHERE NOT indisvalid")
                        .isEmpty()) {
                    Thread.onSpinWait();
                }
                writer.commit();
                List<List<Step>> steps = new ArrayList<>();
                for (Future<List<Step>> one : running) {
                    steps.add(one.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
                }
                return steps;
            }
        }
    }

    @FunctionalInterface
    private interface Deployment {
        List<Step> run(Progress progress);
    }

    /**
     * Readers and a writer on each table that a step wants. The writers' transactions last until the step has given way
     * twice; then each ends when the step has almost lost patience with it, so that it waits as long as it can.
     */
    private static final class Traffic {

        private final LockingStep step;
        private final DatabaseUrl url;
        private final CountDownLatch over = new CountDownLatch(1);
        private final Semaphore gaveWay = new Semaphore(0);
        private final AtomicInteger backend = new AtomicInteger();
        private final AtomicLong longest = new AtomicLong();

        Traffic(LockingStep step, DatabaseUrl url) {
            this.step = step;
            this.url = url;
        }

        /** What is not as it should be. */
        List<String> wrong() throws Exception {
            List<String> wrong = new ArrayList<>();
            Map<String, Connection> writers = new LinkedHashMap<>();
            try (ExecutorService threads = Executors.newCachedThreadPool();
                    Connection observer = TestDatabase.connect(url)) {
                List<Future<List<String>>> readers = new ArrayList<>();
                for (String table : step.locked.keySet()) {
                    writers.put(table, writer(table));
                    readers.add(threads.submit(() -> read(table)));
                }
                Future<?> command = threads.submit(() -> step.command.run(url, progress()));
                if (!gaveWay.tryAcquire(2, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    wrong.add(step.command.file() + " did not give way");
                }
                while (!command.isDone()) {
                    for (String table : tablesAlmostGivenUp(observer)) {
                        Objects.requireNonNull(writers.get(table)).rollback();
                    }
                }
                over.countDown();
                command.get();
                for (Future<List<String>> reader : readers) {
                    wrong.addAll(reader.get());
                }
                if (step.keepsReadersWaiting()
                        && longest.get() < step.lockTimeout().toNanos() / 2) {
                    wrong.add("No reader met " + step.command.file());
                }
            } finally {
                for (Connection writer : writers.values()) {
                    writer.close();
                }
            }
            return wrong;
        }

        private Progress progress() {
            return new Progress() {
                @Override
                public void runs(String statement, int session) {
                    backend.set(session);
                }

                @Override
                public void waits(String reason) {
                    gaveWay.release();
                }
            };
        }

        private Connection writer(String table) throws SQLException {
            Connection writer = TestDatabase.connect(url);
            writer.setAutoCommit(false);
            try (Statement statement = writer.createStatement()) {
                statement.execute("LOCK TABLE " + table + " IN ROW EXCLUSIVE MODE");
            }
            return writer;
        }

        private List<String> tablesAlmostGivenUp(Connection observer) throws SQLException {
            return TestDatabase.strings(
                    observer, """
                    SELECT c.relname FROM pg_locks l JOIN pg_class c ON c.oid = l.relation, pg_sleep(0.01)
                    WHERE l.pid = %d AND NOT l.granted AND l.waitstart < clock_timestamp() - interval '%d ms'
                    """.formatted(backend.get(), step.lockTimeout().toMillis() * 7 / 10));
        }

        /** The server itself measures how long a reader waits for the lock, whatever else the machine is busy with. */
        private List<String> read(String table) throws SQLException, InterruptedException {
            List<String> wrong = new ArrayList<>();
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("SET lock_timeout = " + LONGEST.toMillis());
                while (!over.await(5, TimeUnit.MILLISECONDS)) {
                    long begun = System.nanoTime();
                    try {
                        statement.execute("SELECT FROM " + table + " LIMIT 1");
                    } catch (SQLException e) {
                        if (UNDEFINED_TABLE.equals(e.getSQLState())) {
                            break;
                        }
                        wrong.add(step.command.file() + " keeps readers from " + table + ": " + e.getMessage());
                    } finally {
                        longest.accumulateAndGet(System.nanoTime() - begun, Math::max);
                    }
                }
            }
            return wrong;
        }
    }

    private DatabaseUrl copyOf(DatabaseUrl url) {
        DatabaseUrl copy = TestDatabase.copyOf(url);
        databases.add(copy);
        return copy;
    }

    /** Each step up and down that locks tables which are there before it. */
    private List<LockingStep> lockingSteps() throws SQLException {
        List<LockingStep> steps = new ArrayList<>();
        MigrationFiles files = MigrationFiles.ofProgram();
        DatabaseUrl url = copyOf(TestDatabase.fresh());
        for (Revision revision : files.revisions()) {
            StepCommand up = new StepCommand(files, true, revision);
            DatabaseUrl below = copyOf(url);
            up.run(url, Progress.SILENT);
            DatabaseUrl above = copyOf(url);
            steps.add(new LockingStep(up, below, lockedTables(up, below)));
            StepCommand down = new StepCommand(files, false, revision);
            steps.add(new LockingStep(down, above, lockedTables(down, above)));
        }
        return steps.stream().filter(step -> !step.locked.isEmpty()).toList();
    }

    /** Locks of the kinds that keep readers or writers out. */
    private static final String LOCKED = """
            SELECT c.relname, bool_and(l.mode = 'AccessExclusiveLock') FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
            WHERE l.pid = pg_backend_pid() AND l.granted
              AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
              AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
              AND c.relname = ANY (?)
            GROUP BY c.relname ORDER BY c.relname
            """;

    private static Map<String, Boolean> lockedTables(StepCommand command, DatabaseUrl url) throws SQLException {
        Map<String, Boolean> locked = new LinkedHashMap<>();
        if (command.files().runsOutsideTransaction(command.file())) {
            return locked;
        }
        try (Connection connection = MigrationSession.source(url).getConnection()) {
            List<String> tables = TestDatabase.strings(
                    connection,
                    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                            + " AND relname <> 'flyway_schema_history'");
            connection.setAutoCommit(false);
            try (Statement statement = connection.createStatement();
                    PreparedStatement query = connection.prepareStatement(LOCKED)) {
                statement.setEscapeProcessing(false);
                statement.execute(command.files().text(command.file()));
                query.setArray(1, connection.createArrayOf("text", tables.toArray()));
                try (ResultSet row = query.executeQuery()) {
                    while (row.next()) {
                        locked.put(row.getString(1), row.getBoolean(2));
                    }
                }
            }
            connection.rollback();
        }
        return locked;
    }
}
