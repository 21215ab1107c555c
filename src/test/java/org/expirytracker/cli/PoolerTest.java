package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node behind Debian's PgBouncer, which hands sessions to others between transactions. */
@Timeout(120)
class PoolerTest {

    private static final Path PGBOUNCER = Path.of("/usr/sbin/pgbouncer");

    /** Fewer than the node has connections, so that they do change hands. */
    private static final int SESSIONS = 3;

    private static final int AT_ONCE = 20;

    @TempDir
    private Path folder;

    private final DatabaseUrl postgres = TestDatabase.fresh();
    private final List<Process> poolers = new ArrayList<>();

    @BeforeEach
    void requirePooler() {
        assumeTrue(Files.isExecutable(PGBOUNCER), "PgBouncer is not installed (Debian's package pgbouncer)");
    }

    @AfterEach
    void stop() throws InterruptedException {
        for (Process pooler : poolers) {
            pooler.destroy();
            pooler.waitFor();
        }
        TestDatabase.drop(postgres);
    }

    /** Starts one; every client is let in as the role of the test's database. */
    private DatabaseUrl pooler() throws IOException, InterruptedException {
        int port = freePort();
        Path configuration = folder.resolve("pgbouncer-%d.ini".formatted(port));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.writeString(configuration, """
                [databases]
                * = host=%s port=%d user=%s %s
                [pgbouncer]
                listen_addr = 127.0.0.1
                listen_port = %d
                unix_socket_dir =
                auth_type = any
                pool_mode = transaction
                default_pool_size = %d
                max_client_conn = 200
                server_tls_sslmode = prefer
                """.formatted(
                        postgres.host(),
                        postgres.port(),
                        postgres.user(),
                        postgres.password() == null ? "" : "password=" + postgres.password(),
                        port,
                        SESSIONS));
        List<String> command = new ArrayList<>(List.of(PGBOUNCER.toString(), "-q"));
        if (System.getProperty("user.name").equals("root")) {
            command.addAll(List.of("-u", "nobody"));
        }
        command.add(configuration.toString());
        poolers.add(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        folder.resolve("pgbouncer-%d.log".formatted(port)).toFile())
                .start());
        awaitPort(port);
        return DatabaseUrl.parse("postgresql://%s@127.0.0.1:%d/%s?sslmode=disable"
                .formatted(postgres.user(), port, postgres.database()));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitPort(int port) throws InterruptedException {
        Process pooler = poolers.getLast();
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException notYet) {
                assertThat(pooler.waitFor(50, TimeUnit.MILLISECONDS))
                        .as("the pooler ended")
                        .isFalse();
            }
        }
    }

    private TestApi start(DatabaseUrl pooler) {
        return TestApi.start(pooler, Map.of("DATABASE_DIRECT_URL", TestDatabase.textOf(postgres)));
    }

    /** Does what a start that was refused says; answers how many statements that were. */
    private int follow(String advice) throws SQLException {
        List<String> statements = advice.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("ALTER ROLE"))
                .toList();
        try (Connection connection = TestDatabase.connect(postgres);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
        return statements.size();
    }

    @Test
    void is_noticed_by_a_lock_that_excludes_nobody() throws IOException, InterruptedException {
        DatabaseUrl pooler = pooler();

        assertThatThrownBy(() -> TestApi.start(pooler))
                .cause()
                .hasMessageContaining("a lock that one connection holds is granted to another one")
                .hasMessageContaining("DATABASE_DIRECT_URL");
    }

    @Test
    void needs_the_settings_that_a_start_asks_for_and_then_serves()
            throws IOException, InterruptedException, SQLException {
        DatabaseUrl pooler = pooler();
        String advice = adviceOfAStart(pooler);
        assertThat(advice)
                .contains("ALTER ROLE %s IN DATABASE %s SET search_path = 'public';"
                        .formatted(postgres.user(), quoted(postgres.database())))
                .contains("SET statement_timeout = '5000'")
                .contains("RECONNECT");
        assertThat(follow(advice)).isPositive();

        try (TestApi node = start(pooler())) {
            User user = node.newUser();
            TestApi.Events events = user.subscribe("subscription { itemChanged { action item { name } } }");
            List<CompletableFuture<String>> created = IntStream.range(0, AT_ONCE)
                    .mapToObj(at -> CompletableFuture.supplyAsync(
                            () -> user.createItem(JsonObject.of("name", "Milk " + at, "quantity", at + 1))))
                    .toList();
            created.forEach(CompletableFuture::join);
            List<CompletableFuture<Integer>> read = IntStream.range(0, AT_ONCE)
                    .mapToObj(at -> CompletableFuture.supplyAsync(() -> user.query(
                                    "{ items(first: 1, filter: { search: \"milk " + at + "\" }) { totalCount nodes {"
                                            + " category { name } } } inventory { byStatus { count } } }")
                            .getJsonObject("items")
                            .getInteger("totalCount")))
                    .toList();
            assertThat(read).allSatisfy(count -> assertThat(count.join()).isPositive());
            for (int at = 0; at < AT_ONCE; at++) {
                assertThat(events.next().getJsonObject("itemChanged").getString("action"))
                        .isEqualTo("CREATED");
            }
            events.close();
            assertThat(exported(node, user)).hasSize(AT_ONCE + 1);
            assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
        }
    }

    private TestApi startBehind(DatabaseUrl pooler) {
        return TestApi.start(pooler, Map.of("DATABASE_DIRECT_URL", "none"));
    }

    @Test
    void can_be_all_that_nodes_reach_which_ask_then_what_others_have_done()
            throws IOException, InterruptedException, SQLException {
        DatabaseUrl pooler = pooler();
        follow(adviceOfAStart(pooler));
        DatabaseUrl migrated = pooler();

        try (TestApi here = startBehind(migrated);
                TestApi there = startBehind(migrated)) {
            User user = here.newUser();
            JsonObject token = user.mutate(
                    "createApiToken",
                    "token apiToken { id }",
                    JsonObject.of("name", "Shelf", "scopes", JsonArray.of("ITEMS_READ")));
            try (TestApi.Events events = user.on(there).subscribe("subscription { itemChanged { item { name } } }");
                    TestApi.Events ofToken = new User(there, user.name(), token.getString("token"))
                            .subscribe("subscription { itemChanged { item { name } } }")) {
                user.createItem(JsonObject.of("name", "Milk"));

                Instant created = Instant.now();
                assertThat(events.next().getJsonObject("itemChanged").getJsonObject("item"))
                        .isEqualTo(JsonObject.of("name", "Milk"));
                assertThat(ofToken.next()).isNotNull();
                assertThat(Duration.between(created, Instant.now())).isLessThan(Duration.ofSeconds(5));
                user.mutate(
                        "revokeApiToken",
                        "apiToken { id }",
                        JsonObject.of("id", token.getJsonObject("apiToken").getString("id")));
                assertThat(ofToken.closeCode(Duration.ofSeconds(5))).isEqualTo(4401);
            }
            assertThat(there.get("/metrics").body()).contains("expiry_live_polling 1");
            assertThat(there.get("/health/details").body()).contains("\"news of other nodes\":\"asked for\"");
        }
        try (Connection connection = TestDatabase.connect(postgres);
                Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM flyway_schema_history"
                    + " WHERE installed_rank = (SELECT max(installed_rank) FROM flyway_schema_history)");
        }
        assertThatThrownBy(() -> startBehind(migrated))
                .cause()
                .hasMessageContaining("not at the revision of this program")
                .hasMessageContaining("expiry db upgrade");
    }

    /** More rows than one fetch of a cursor takes, so that it goes on within its transaction. */
    private static List<String> exported(TestApi node, User user) {
        try (java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient()) {
            return client.send(
                            java.net.http.HttpRequest.newBuilder(node.uri("/exports/items.csv"))
                                    .header("authorization", "Bearer " + user.token())
                                    .build(),
                            java.net.http.HttpResponse.BodyHandlers.ofString())
                    .body()
                    .lines()
                    .toList();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private String adviceOfAStart(DatabaseUrl pooler) {
        try {
            start(pooler).close();
            throw new AssertionError("Sessions behind the pooler begin with the settings of a new server");
        } catch (IllegalStateException refused) {
            return String.valueOf(refused.getCause());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private static String quoted(String name) {
        return name.matches("[a-z_][a-z0-9_]*") ? name : '"' + name + '"';
    }
}
