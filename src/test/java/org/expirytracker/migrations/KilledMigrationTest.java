package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.core.Parser;

/**
 * A migrating process dies by SIGKILL, and the same command is started again. The process dies while a message of it
 * is on its way, and the server gets that message only when the next process is at work already: the worst moment.
 * To die before a statement is the same to the server as to die after the one before it.
 */
@Timeout(900)
@ProvenRoom("migrations")
class KilledMigrationTest {

    /** Each has three or four connections, and the server has no more than a few hundred. */
    private static final int KILLED_TOGETHER = 60;

    private static final int RUN_AGAIN_TOGETHER = 25;
    private static final int DEATHS_OF_A_DATABASE = 4;
    private static final int PATIENCE_SECONDS = 120;
    private static final String ROOM = "migrations";

    /** In front of a file's name: what {@code .ci/run} calls the proof of one step of the program. */
    private static final String KILLING = "killing:";

    /** Enough of a statement to know it by in a message that the driver may send in pieces. */
    private static final int BEGINNING = 60;

    private static final Pattern INSTANT =
            Pattern.compile("\"(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?[+-]\\d\\d:\\d\\d)\"");

    private final Instant begun = Instant.now().minusSeconds(5);
    private final List<DatabaseUrl> databases = new ArrayList<>();

    @TempDir
    Path folder;

    /** One statement of a file, and as which of the command's messages it goes to the server. */
    private record Sent(int message, String text) {}

    /**
     * A command that nothing disturbs.
     *
     * @param statements of its file, in order
     * @param messages how many it sends in all
     * @param after the state it leads to
     */
    private record Undisturbed(StepCommand command, List<Sent> statements, int messages, State after) {

        List<Kill> atEachStatement() {
            return statements.stream()
                    .map(sent -> new Kill(
                            this, sent.message, sent.text.substring(0, Math.min(BEGINNING, sent.text.length())), true))
                    .toList();
        }

        List<Kill> beforeTheFirstStatement() {
            return atMessages(1, statements.getFirst().message);
        }

        List<Kill> afterTheLastStatement() {
            return atMessages(statements.getLast().message + 1, messages + 1);
        }

        private List<Kill> atMessages(int from, int to) {
            return IntStream.range(from, to)
                    .mapToObj(message -> new Kill(this, message, "", false))
                    .toList();
        }
    }

    /** A step down and the same one up again, and a database to copy that has not gone down yet. */
    private record DownAndUp(DatabaseUrl before, Undisturbed down, Undisturbed up) {}

    /**
     * The death of a process.
     *
     * @param message the number of the one that is on its way
     * @param beginning what that message says
     * @param works whether the server is in the middle of the step then, so that the next process has to wait
     */
    private record Kill(Undisturbed step, int message, String beginning, boolean works) {

        @Override
        public String toString() {
            return step.command.file() + " at message " + message + " of " + step.messages + " " + beginning;
        }
    }

    /** Whatever a migration can change. */
    private record State(
            List<String> schema,
            Map<String, List<String>> rows,
            Map<String, List<String>> parked,
            List<String> history) {}

    @AfterEach
    void dropDatabases() {
        databases.forEach(TestDatabase::drop);
    }

    @Nested
    class AtAnyStatement {

        @Test
        void of_any_migration_and_after_its_last_the_same_command_brings_it_to_the_end() throws Exception {
            List<Victim> victims = new ArrayList<>();
            for (MigrationFiles files : List.of(MigrationFiles.ofProgram(), filesWithConcurrentIndexes())) {
                List<String> killed = new ArrayList<>();
                int statements = 0;
                for (DownAndUp steps : undisturbed(files)) {
                    for (Undisturbed step : List.of(steps.down, steps.up)) {
                        String file = step.command.file();
                        killed.add(file);
                        assertThat(step.atEachStatement())
                                .as(file)
                                .hasSameSizeAs(Parser.parseJdbcSql(files.text(file), true, false, true, false, false));
                    }
                    // A newer step changes nothing about those before it, which are proven one by one.
                    String proof = files.folder().isPresent() ? ROOM : KILLING + steps.up.command.file();
                    List<Kill> down = ProvenRoom.Sample.of(proof, steps.down.atEachStatement(), statements);
                    List<Kill> up = ProvenRoom.Sample.of(proof, steps.up.atEachStatement(), statements);
                    statements += steps.up.atEachStatement().size();
                    if (!down.isEmpty() || !up.isEmpty()) {
                        victims.addAll(victims(
                                steps.before,
                                orFirst(down, steps.down.atEachStatement()),
                                orFirst(up, steps.up.atEachStatement())));
                    }
                    // What follows the last statement does not depend on the file: one of each kind is enough.
                    if (files.folder().isPresent()) {
                        victims.addAll(victims(
                                steps.before, steps.down.afterTheLastStatement(), steps.up.afterTheLastStatement()));
                    }
                }
                assertThat(killed)
                        .containsExactlyInAnyOrderElementsOf(files.names().stream()
                                .filter(file -> !file.equals(MigrationFiles.DECLARED))
                                .toList());
            }
            assertThat(killAndRunAgain(victims)).isEmpty();
        }

        @Test
        void before_the_first_of_an_empty_database_too() throws Exception {
            DatabaseUrl empty = fresh();
            DatabaseUrl url = copyOf(empty);
            MigrationFiles files = filesWithConcurrentIndexes();
            Undisturbed first =
                    undisturbed(new StepCommand(files, true, files.revisions().getFirst()), url);
            List<Victim> victims = new ArrayList<>();
            for (Kill kill : first.beforeTheFirstStatement()) {
                victims.add(new Victim(copyOf(empty), List.of(kill)));
            }
            assertThat(killAndRunAgain(victims)).isEmpty();
        }
    }

    @Nested
    class WhileTheServerBuildsOrDropsAnIndexConcurrently {

        /** Builder and dropper wait for a writer; the process that orders them dies meanwhile. */
        @ParameterizedTest
        @CsvSource({"true, false", "true, true", "false, false", "false, true"})
        void the_same_command_waits_for_the_server_and_leaves_no_invalid_index(boolean up, boolean ended)
                throws Exception {
            MigrationFiles files = filesWithConcurrentIndexes();
            DownAndUp steps = undisturbed(files).getLast();
            Undisturbed step = up ? steps.up : steps.down;
            DatabaseUrl url = copyOf(steps.before);
            if (up) {
                steps.down.command.run(url, Progress.SILENT);
            }
            try (Connection writer = TestDatabase.connect(url);
                    Connection observer = TestDatabase.connect(url);
                    Statement statement = writer.createStatement();
                    ExecutorService again = Executors.newSingleThreadExecutor()) {
                writer.setAutoCommit(false);
                statement.execute("LOCK TABLE shelves IN ROW EXCLUSIVE MODE");
                try (MigratingProcess process = MigratingProcess.start()) {
                    process.run(step.command, url);
                    await(observer, "SELECT FROM pg_index WHERE NOT indisvalid");
                    process.kill();
                }
                CompletableFuture<String> waits = new CompletableFuture<>();
                Future<?> running = again.submit(() -> step.command.run(url, new Progress() {
                    @Override
                    public void waits(String reason) {
                        waits.complete(reason);
                    }
                }));
                assertThat(waits.get(PATIENCE_SECONDS, TimeUnit.SECONDS)).contains("was killed still runs there");
                if (ended) {
                    TestDatabase.strings(
                            observer,
                            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                                    + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                                    + " AND pid IN (SELECT pid FROM pg_stat_activity WHERE query LIKE '%CONCURRENTLY%')");
                }
                writer.commit();
                running.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
            assertThat(state(url)).isEqualTo(step.after);
        }
    }

    private MigrationFiles filesWithConcurrentIndexes() throws IOException {
        write("V20300101__add_shelves.sql", """
                SET LOCAL lock_timeout = '800ms';
                CREATE TABLE shelves (id integer PRIMARY KEY, label text);
                INSERT INTO shelves SELECT n, 'label ' || n FROM generate_series(1, 100) AS n;
                """);
        write("U20300101__add_shelves.sql", """
                -- Keeps shelves: its rows are the same after each way up.
                SET LOCAL lock_timeout = '800ms';
                DROP TABLE shelves;
                """);
        write("V20300102__index_labels.sql", """
                -- Runs outside a transaction: the indexes are built while people write.
                CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS shelves_by_label ON shelves (label);
                CREATE INDEX CONCURRENTLY IF NOT EXISTS shelves_by_label_and_id ON shelves (label, id);
                """);
        write("U20300102__index_labels.sql", """
                -- Runs outside a transaction: so does their removal.
                DROP INDEX CONCURRENTLY IF EXISTS shelves_by_label_and_id;
                DROP INDEX CONCURRENTLY IF EXISTS shelves_by_label;
                """);
        return MigrationFiles.in(folder);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    /** Each step of the files, with every table of the program filled before it goes down. */
    private List<DownAndUp> undisturbed(MigrationFiles files) throws Exception {
        List<DownAndUp> steps = new ArrayList<>();
        DatabaseUrl url = fresh();
        for (Revision revision : files.revisions()) {
            StepCommand up = new StepCommand(files, true, revision);
            up.run(url, Progress.SILENT);
            DatabaseUrl before = copyOf(url);
            if (files.folder().isEmpty()) {
                try (Connection connection = TestDatabase.connect(before)) {
                    RowFiller.fill(connection, revision.hashCode());
                }
            }
            DatabaseUrl undisturbed = copyOf(before);
            steps.add(new DownAndUp(
                    before,
                    undisturbed(new StepCommand(files, false, revision), undisturbed),
                    undisturbed(up, undisturbed)));
        }
        return steps;
    }

    private Undisturbed undisturbed(StepCommand command, DatabaseUrl url) throws Exception {
        List<Sent> statements = new ArrayList<>();
        try (DelayingProxy proxy = new DelayingProxy(url, Integer.MAX_VALUE)) {
            command.run(proxy.url(), new Progress() {
                @Override
                public void runs(String statement, int backend) {
                    statements.add(new Sent(proxy.messages() + 1, statement.replaceFirst(";$", "")));
                }
            });
            proxy.awaitEnd();
            return new Undisturbed(command, statements, proxy.messages(), state(url));
        }
    }

    private DatabaseUrl fresh() {
        DatabaseUrl fresh = TestDatabase.fresh();
        databases.add(fresh);
        return fresh;
    }

    private DatabaseUrl copyOf(DatabaseUrl url) {
        DatabaseUrl copy = TestDatabase.copyOf(url);
        databases.add(copy);
        return copy;
    }

    private static List<Kill> orFirst(List<Kill> sample, List<Kill> all) {
        return sample.isEmpty() ? all.subList(0, 1) : sample;
    }

    /** Each goes down and up and down again, and dies on each way at another message. */
    private List<Victim> victims(DatabaseUrl before, List<Kill> down, List<Kill> up) {
        int most = Math.max(down.size(), up.size());
        int count = (most + DEATHS_OF_A_DATABASE - 1) / DEATHS_OF_A_DATABASE;
        List<Victim> victims = new ArrayList<>();
        for (int victim = 0; victim < count; victim++) {
            List<Kill> kills = new ArrayList<>();
            for (int i = victim; i < most; i += count) {
                kills.add(down.get(i % down.size()));
                kills.add(up.get(i % up.size()));
            }
            victims.add(new Victim(copyOf(before), kills));
        }
        return victims;
    }

    /** What is wrong after the second processes; empty when all is well. */
    private List<String> killAndRunAgain(List<Victim> victims) throws Exception {
        List<String> failures = new ArrayList<>();
        for (int from = 0; from < victims.size(); from += KILLED_TOGETHER) {
            List<Victim> together = victims.subList(from, Math.min(from + KILLED_TOGETHER, victims.size()));
            for (int death = 0; death < 2 * DEATHS_OF_A_DATABASE && failures.isEmpty(); death++) {
                int next = death;
                failures.addAll(killTogetherAndRunAgain(together.stream()
                        .filter(victim -> next < victim.kills.size())
                        .map(victim -> new Death(victim.kills.get(next), victim.url))
                        .toList()));
            }
        }
        return failures;
    }

    /** One process works on all the databases, and stands still at another message in each. */
    private List<String> killTogetherAndRunAgain(List<Death> deaths) throws Exception {
        if (deaths.isEmpty()) {
            return List.of();
        }
        try (MigratingProcess process = MigratingProcess.start();
                ExecutorService again = Executors.newFixedThreadPool(RUN_AGAIN_TOGETHER)) {
            deaths.forEach(death -> process.run(death.kill.step.command, death.proxy.url()));
            for (Death death : deaths) {
                death.await(process);
            }
            process.kill();
            List<String> failures = new ArrayList<>();
            for (Future<Optional<String>> check :
                    deaths.stream().map(death -> again.submit(death::runAgain)).toList()) {
                check.get(PATIENCE_SECONDS, TimeUnit.SECONDS).ifPresent(failures::add);
            }
            return failures;
        } finally {
            for (Death death : deaths) {
                death.proxy.close();
            }
        }
    }

    /** A database, and in which commands and at which of their messages its processes die, one after the other. */
    private record Victim(DatabaseUrl url, List<Kill> kills) {}

    private final class Death {

        private final Kill kill;
        private final DatabaseUrl url;
        private final DelayingProxy proxy;

        Death(Kill kill, DatabaseUrl url) {
            this.kill = kill;
            this.url = url;
            this.proxy = new DelayingProxy(url, kill.message - 1);
        }

        /** Until the process has sent what it shall die at. */
        void await(MigratingProcess process) throws InterruptedException, ExecutionException {
            try {
                CompletableFuture.anyOf(proxy.held(), process.failed()).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                assertThat(process.failed()).as(kill.toString()).isNotDone();
                assertThat(proxy.held().join()).as(kill.toString()).contains(kill.beginning);
            } catch (TimeoutException e) {
                throw new AssertionError(kill + " was never reached", e);
            }
        }

        /** What is wrong afterwards, or nothing. */
        Optional<String> runAgain() throws SQLException {
            List<String> waits = new ArrayList<>();
            try {
                kill.step.command.run(url, new Progress() {
                    @Override
                    public void waits(String reason) {
                        waits.add(reason);
                        proxy.deliver();
                    }
                });
            } catch (MigrationFailure e) {
                return Optional.of(kill + ": " + e);
            }
            proxy.deliver();
            try (Connection connection = TestDatabase.connect(url)) {
                KilledMigrationTest.await(connection, """
                        SELECT WHERE NOT EXISTS (
                            SELECT FROM pg_stat_activity
                            WHERE datname = current_database() AND backend_type = 'client backend'
                              AND pid <> pg_backend_pid())
                        """);
            }
            if (waits.isEmpty() && kill.works) {
                return Optional.of(kill + ": did not wait for the session of the dead process");
            }
            State state = state(url);
            return state.equals(kill.step.after)
                    ? Optional.empty()
                    : Optional.of(kill + ":\n  expected " + kill.step.after + "\n  but was  " + state);
        }
    }

    /** Until a query finds something. */
    private static void await(Connection connection, String query) throws SQLException {
        while (TestDatabase.strings(connection, "SELECT 1 FROM pg_sleep(0.01) WHERE EXISTS (" + query + ")")
                .isEmpty()) {
            Thread.onSpinWait();
        }
    }

    private State state(DatabaseUrl url) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return new State(
                    Catalog.schema(connection),
                    withoutClock(Catalog.rows(connection)),
                    withoutClock(Catalog.parked(connection)),
                    Catalog.history(connection));
        }
    }

    /** What a migration sets to the current time differs from run to run. */
    private Map<String, List<String>> withoutClock(Map<String, List<String>> rows) {
        Map<String, List<String>> masked = new TreeMap<>();
        rows.forEach((table, lines) -> masked.put(
                table,
                lines.stream()
                        .map(line -> INSTANT.matcher(line).replaceAll(instant -> {
                            Instant at = OffsetDateTime.parse(instant.group(1)).toInstant();
                            return at.isAfter(begun)
                                            && at.isBefore(Instant.now().plusSeconds(5))
                                    ? "\"now\""
                                    : instant.group();
                        }))
                        .sorted()
                        .toList()));
        return masked;
    }
}
