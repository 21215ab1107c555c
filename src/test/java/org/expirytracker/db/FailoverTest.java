package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database of two servers, of which one follows the other. */
@Timeout(120)
@ProvenRoom("product")
class FailoverTest {

    private static final String CREATE =
            "mutation ($input: CreateItemInput!, $key: String!) { createItem(input: $input) @idempotent(key: $key)"
                    + " { item { name } userErrors { message } } }";

    private static final int ITEMS = 60;

    @TempDir
    Path folder;

    private PostgresBinaries postgres;
    private DatabaseUrl primary;
    private DatabaseUrl standby;

    /** Each commit waits until the standby has it. */
    @BeforeEach
    void start() throws IOException {
        postgres = PostgresBinaries.unpack(folder);
        Path first = folder.resolve("primary");
        require("initdb", "--pgdata=" + first, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C");
        Path second = folder.resolve("standby");
        copy(first, second);
        Files.createFile(second.resolve("standby.signal"));
        primary = url(freePort());
        standby = url(freePort());
        Files.writeString(
                second.resolve("postgresql.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres application_name=second'%n"
                        .formatted(primary.port()),
                StandardOpenOption.APPEND);
        start(first, primary.port(), " -c synchronous_standby_names=second");
        start(second, standby.port(), "");
    }

    @AfterEach
    void stop() throws IOException {
        for (String each : List.of("primary", "standby")) {
            postgres.run(null, "pg_ctl", "stop", "--mode=immediate", "--wait", "--pgdata=" + folder.resolve(each));
        }
    }

    private static DatabaseUrl url(int... ports) {
        return DatabaseUrl.parse("postgresql://postgres@%s/postgres?sslmode=disable&target_session_attrs=primary"
                .formatted(IntStream.of(ports)
                        .mapToObj(port -> "127.0.0.1:" + port)
                        .collect(Collectors.joining(","))));
    }

    private void require(String program, String... arguments) throws IOException {
        PostgresBinaries.Outcome outcome = postgres.run(null, program, arguments);
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    }

    private void start(Path cluster, int port, String more) throws IOException {
        require(
                "pg_ctl",
                "start",
                "--wait",
                "--timeout=60",
                "--pgdata=" + cluster,
                "--log=" + cluster + ".log",
                "--options=-c port=%d -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off%s"
                        .formatted(port, more));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void kill(String cluster) throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve(cluster).resolve("postmaster.pid"));
        ProcessHandle.of(Long.parseLong(lines.getFirst().strip())).orElseThrow().destroyForcibly();
    }

    private static List<String> ask(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return TestDatabase.strings(connection, sql);
        }
    }

    /** Creates it, asking again with the same key until it is acknowledged; how many answers refused it before. */
    private static int create(User user, String name) {
        String body = JsonObject.of(
                        "query", CREATE, "variables", JsonObject.of("input", JsonObject.of("name", name), "key", name))
                .encode();
        Instant patience = Instant.now().plusSeconds(60);
        for (int refusals = 0; ; refusals++) {
            HttpResponse<String> answer = user.api().post(user.token(), body);
            if (answer.statusCode() == 200) {
                assertThat(answer.body()).contains("\"name\":\"" + name + "\"");
                return refusals;
            }
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
            assertThat(Instant.now()).isBefore(patience);
        }
    }

    /** What was acknowledged, and when. */
    private record Acknowledged(String name, Instant at) {}

    @Test
    void a_standby_is_the_database_once_it_is_promoted_within_seconds_and_has_all_that_was_acknowledged()
            throws Exception {
        assertThatThrownBy(() -> new StartWait(Duration.ZERO).untilWritable(url(standby.port(), standby.port())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none of its servers takes changes")
                .matches(Reachability::mayPass);

        // The standby comes first: which one takes changes is found out, not read.
        try (TestApi node = TestApi.start(url(standby.port(), primary.port()))) {
            User user = node.newUser();
            Events events = user.subscribe("subscription { itemChanged { item { name } } }");
            List<Acknowledged> acknowledged = new CopyOnWriteArrayList<>();
            CompletableFuture<Boolean> halfway = new CompletableFuture<>();
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                for (int at = 0; at < ITEMS; at++) {
                    create(user, "Item " + at);
                    acknowledged.add(new Acknowledged("Item " + at, Instant.now()));
                    if (at == ITEMS / 2) {
                        halfway.complete(true);
                    }
                }
            });
            CompletableFuture.anyOf(halfway, writing).join();

            kill("primary");
            ask(standby, "SELECT pg_promote()");
            Instant promoted = Instant.now();

            writing.join();
            assertThat(Duration.between(
                            promoted, acknowledged.get(ITEMS / 2 + 1).at()))
                    .isLessThan(Duration.ofSeconds(10));
            assertThat(user.query("{ items(first: 100) { nodes { name } } }")
                            .getJsonObject("items")
                            .getJsonArray("nodes"))
                    .extracting(item -> ((JsonObject) item).getString("name"))
                    .containsExactlyInAnyOrderElementsOf(
                            acknowledged.stream().map(Acknowledged::name).toList());
            for (Acknowledged each : acknowledged) {
                assertThat(events.next().getJsonObject("itemChanged").getJsonObject("item"))
                        .isEqualTo(JsonObject.of("name", each.name()));
            }
            assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
            assertThat(ask(standby, "SELECT application_name FROM pg_stat_activity"))
                    .contains("expiry-tracker listener");
        }
    }
}
