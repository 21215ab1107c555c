package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.expirytracker.DatabaseProxy;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.Migrations;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A node that starts, and the database that it needs. */
@ProvenRoom("product")
class StartTest {

    /** Sees the class path of the tests, which threads of the common pool do not. */
    private static final Executor OWN_THREAD = task -> Thread.ofPlatform().start(task);

    private final DatabaseProxy proxy;

    StartTest() throws IOException {
        DatabaseUrl url = TestDatabase.migrated();
        proxy = new DatabaseProxy(url.host(), url.port());
    }

    @AfterEach
    void stop() throws IOException {
        proxy.close();
    }

    private Server server(Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "DATABASE_URL",
                TestDatabase.textOf(proxy.url(TestDatabase.migrated())),
                "EXPIRY_JWT_KEY",
                java.util.Base64.getEncoder().encodeToString(TestApi.jwtKey()),
                "EXPIRY_SECRET_KEYS",
                TestApi.SECRET_KEY,
                "EXPIRY_HOST",
                "127.0.0.1",
                "EXPIRY_PORT",
                "0"));
        environment.putAll(more);
        return new Server(Config.from(environment), Clock.systemUTC());
    }

    private static void start(Server server) throws IOException {
        server.start(false, new PrintWriter(Writer.nullWriter()));
    }

    private static CompletableFuture<Void> starting(Server server) {
        return CompletableFuture.runAsync(
                () -> {
                    try {
                        start(server);
                    } catch (IOException failure) {
                        throw new IllegalStateException(failure.getMessage(), failure);
                    }
                },
                OWN_THREAD);
    }

    private void awaitConnections(int wanted) {
        Instant until = Instant.now().plusSeconds(30);
        while (proxy.connections() < wanted) {
            assertThat(Instant.now()).as("%d connections", proxy.connections()).isBefore(until);
            Thread.onSpinWait();
        }
    }

    @Nested
    class Waits_for_a_database {

        private void startsWhenItPasses(Consumer<DatabaseProxy> away) throws Exception {
            away.accept(proxy);
            try (Server server = server(Map.of())) {
                CompletableFuture<Void> starting = starting(server);
                awaitConnections(2);
                assertThat(starting).isNotDone();

                proxy.pass();

                starting.get(50, TimeUnit.SECONDS);
                assertThat(server.port()).isPositive();
            }
        }

        @Test
        void that_refuses_connections() throws Exception {
            startsWhenItPasses(DatabaseProxy::refuse);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                57P03 | the database system is starting up
                57P01 | terminating connection due to administrator command
                53300 | sorry, too many clients already
                53300 | too many connections for role "expiry"
                """)
        void that_has_no_time_yet(String sqlState, String message) throws Exception {
            startsWhenItPasses(away -> away.answer(sqlState, message));
        }

        @Test
        void that_dies_after_it_has_answered() throws Exception {
            try (Server server = server(Map.of())) {
                CompletableFuture<Void> starting = starting(server);
                awaitConnections(3);
                proxy.refuse();
                awaitConnections(proxy.connections() + 2);
                proxy.pass();

                starting.get(50, TimeUnit.SECONDS);
                assertThat(server.port()).isPositive();
            }
        }

        @Test
        void no_longer_than_it_was_told() {
            proxy.refuse();
            Server server = server(Map.of("EXPIRY_START_SECONDS", "1"));
            Instant begun = Instant.now();

            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> start(server))
                    .withMessageContaining("cannot be reached");

            assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(20));
            assertThat(proxy.connections()).isGreaterThan(1);
        }

        @Test
        void until_it_is_asked_to_stop() throws Exception {
            proxy.swallow();
            Server server = server(Map.of());
            CompletableFuture<Void> starting = starting(server);
            awaitConnections(1);
            Instant asked = Instant.now();

            server.close();

            assertThatExceptionOfType(ExecutionException.class)
                    .isThrownBy(() -> starting.get(10, TimeUnit.SECONDS))
                    .withMessageContaining("Stopped");
            assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(5));
        }

        @Test
        void in_a_command_as_well() throws Exception {
            proxy.refuse();
            StringWriter out = new StringWriter();
            CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(
                    () -> Main.commandLine(
                                    Map.of("DATABASE_URL", TestDatabase.textOf(proxy.url(TestDatabase.migrated()))),
                                    Clock.systemUTC(),
                                    new BufferedReader(new StringReader("")))
                            .setOut(new PrintWriter(out))
                            .execute("db", "current"),
                    OWN_THREAD);
            awaitConnections(2);

            proxy.pass();

            assertThat(ended.get(50, TimeUnit.SECONDS)).isZero();
            assertThat(out.toString()).contains(Migrations.head().version());
        }
    }

    @Nested
    class Ends_at_once_with_what_to_do_when_a_database {

        private void isRefused(String sqlState, String message, String... remedies) {
            proxy.answer(sqlState, message);
            Server server = server(Map.of());

            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> start(server))
                    .satisfies(
                            e -> assertThat(e.getMessage()).contains(remedies).hasLineCount(1));
            // Where TLS is preferred, the driver itself asks a second time without it.
            assertThat(proxy.connections()).isBetween(1, 2);
        }

        @Test
        void does_not_take_the_password() {
            isRefused("28P01", "password authentication failed for user \"expiry\"", "user and password", "%25");
        }

        @Test
        void lets_nobody_in_from_here() {
            isRefused("28000", "no pg_hba.conf entry for host", "pg_hba.conf");
        }

        @Test
        void is_not_there() {
            isRefused("3D000", "database \"expiry\" does not exist", "CREATE DATABASE");
        }

        @Test
        void stands_behind_a_pooler_that_takes_no_startup_parameters() {
            isRefused(
                    "08P01",
                    "unsupported startup parameter: extra_float_digits",
                    "ignore_startup_parameters = extra_float_digits",
                    "PostgreSQL itself");
        }
    }

    @Nested
    class On_a_standby {

        @Test
        void is_not_ready_says_why_and_goes_on_with_the_next_primary(@TempDir Path data) throws Exception {
            EmbeddedDatabase server = EmbeddedDatabase.start(data);
            DatabaseUrl primary = DatabaseUrl.parse(server.url());
            proxy.redirect(primary.port());
            try (TestApi node = TestApi.start(proxy.url(primary))) {
                assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);

                Path signal = data.resolve("postgresql/standby.signal");
                server = restarted(server, data, () -> Files.createFile(signal));
                String standby = awaitReadiness(node, "writable database");
                String token = TestDatabase.textOf(DatabaseUrl.parse(server.url()));

                assertThat(new JsonObject(standby).getJsonArray("missing")).containsExactly("writable database");
                assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
                Server another = server(Map.of("DATABASE_URL", token, "EXPIRY_START_SECONDS", "1"));
                assertThatExceptionOfType(IOException.class)
                        .isThrownBy(() -> start(another))
                        .withMessageContaining("Name the primary server");

                server = restarted(server, data, () -> Files.delete(signal));
                awaitReadiness(node, "\"ready\"");
                assertThat(node.newUser().query("{ viewer { id } }")).isNotNull();
            } finally {
                server.close();
            }
        }

        @FunctionalInterface
        private interface FileChange {
            void make() throws IOException;
        }

        private EmbeddedDatabase restarted(EmbeddedDatabase server, Path data, FileChange between) throws IOException {
            server.close();
            between.make();
            EmbeddedDatabase again = EmbeddedDatabase.start(data);
            proxy.redirect(DatabaseUrl.parse(again.url()).port());
            return again;
        }

        private static String awaitReadiness(TestApi node, String wanted) {
            Instant until = Instant.now().plusSeconds(30);
            String told = node.get("/health/ready").body();
            while (!told.contains(wanted)) {
                assertThat(Instant.now()).as(told).isBefore(until);
                told = node.get("/health/ready").body();
            }
            return told;
        }
    }

    @Nested
    class Without_a_folder_for_temporary_files {

        @Test
        void ends_with_what_to_do(@TempDir Path folder) throws IOException {
            Path gone = folder.resolve("gone");

            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> TemporaryFiles.require(gone))
                    .withMessageContaining("-Djava.io.tmpdir=")
                    .withMessageContaining("--tmpfs " + gone);
        }

        @Test
        void is_no_trouble_where_it_may_write(@TempDir Path folder) throws IOException {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));

            TemporaryFiles.require(folder);

            try (var left = Files.list(folder)) {
                assertThat(left).isEmpty();
            }
        }
    }
}
