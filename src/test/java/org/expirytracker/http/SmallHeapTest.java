package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.ServerProcess;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.kernel.OutOfMemory;
import org.expirytracker.limits.BytesInFlight;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Processes of their own that have little memory. */
@Timeout(180)
@ProvenRoom("product")
class SmallHeapTest {

    private static final int CLIENTS = 256;
    /** Opens a connection for each request that is under way. */
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final int ROUNDS = Integer.getInteger("small.heap.rounds", 2);
    private static final String PAGE = new JsonObject()
            .put("query", "{ items(first: 100) { nodes { name description } } }")
            .encode();

    private static TestApi.User userWithLongDescriptions() {
        TestApi.User user = TestApi.node().newUser();
        JsonObject item = new JsonObject().put("name", "Milk").put("description", "\u20ac".repeat(2_000));
        for (int batch = 0; batch < 4; batch++) {
            user.mutate(
                    "createItems",
                    "items { id }",
                    new JsonObject()
                            .put(
                                    "items",
                                    new JsonArray(IntStream.range(0, 25)
                                            .mapToObj(at -> item.copy())
                                            .toList())));
        }
        return user;
    }

    private static CompletableFuture<HttpResponse<byte[]>> ask(URI graphQL, String token) {
        return CLIENT.sendAsync(
                HttpRequest.newBuilder(graphQL)
                        .timeout(Duration.ofSeconds(60))
                        .header("content-type", "application/json")
                        .header("authorization", "Bearer " + token)
                        .POST(HttpRequest.BodyPublishers.ofString(PAGE))
                        .build(),
                HttpResponse.BodyHandlers.ofByteArray());
    }

    @Test
    void a_node_of_128_megabytes_refuses_what_would_not_fit_and_lives_on() throws Exception {
        TestApi.User user = userWithLongDescriptions();
        try (ServerProcess node = ServerProcess.start(TestDatabase.migrated(), "-Xmx128m")) {
            URI graphQL = node.uri("/graphql");
            Map<Integer, Long> statuses = new TreeMap<>();
            for (int round = 0; round < ROUNDS; round++) {
                List<CompletableFuture<HttpResponse<byte[]>>> asked = IntStream.range(0, CLIENTS)
                        .mapToObj(client -> ask(graphQL, user.token()))
                        .toList();
                asked.stream()
                        .map(CompletableFuture::join)
                        .peek(answer -> assertThat(answer.statusCode() == 200
                                        || answer.headers()
                                                .firstValue("Retry-After")
                                                .isPresent())
                                .as(answer.statusCode() + " " + new String(answer.body(), UTF_8))
                                .isTrue())
                        .collect(Collectors.groupingBy(HttpResponse::statusCode, Collectors.counting()))
                        .forEach((status, times) -> statuses.merge(status, times, Long::sum));
            }
            assertThat(statuses.keySet()).as(statuses.toString()).containsOnly(200, 503);
            assertThat(node.isAlive()).isTrue();
            HttpResponse<byte[]> after = ask(graphQL, user.token()).join();
            assertThat(after.statusCode()).isEqualTo(200);
            assertThat(after.body().length).isGreaterThan(500_000);
        }
    }

    @Test
    void a_process_ends_when_memory_outside_of_its_heap_has_none_left() throws Exception {
        Process process = ServerProcess.java(
                List.of("-Xmx64m", "-XX:MaxDirectMemorySize=24m", "-Dlogback.configurationFile=logback.xml"),
                Map.of(),
                Exhausting.class.getName());

        assertThat(new String(process.getInputStream().readAllBytes(), UTF_8)).contains("Out of memory");
        assertThat(process.waitFor()).isEqualTo(OutOfMemory.EXIT_CODE);
    }

    /** Answers with buffers that do not fit. */
    static final class Exhausting {

        private Exhausting() {}

        public static void main(String[] arguments) {
            TestServer server = new TestServer();
            server.query("{ __typename }");
            List<ByteBuffer> all = new ArrayList<>();
            server.vertx.runOnContext(now -> {
                while (all.size() < Integer.MAX_VALUE) {
                    all.add(ByteBuffer.allocateDirect(1 << 16));
                }
            });
        }
    }

    @Test
    void a_server_without_room_answers_503_and_health() {
        BytesInFlight bytes = new BytesInFlight(1_000_000);
        try (TestServer server = new TestServer(HttpOptions.of("127.0.0.1", 0), new Occupancy(1_000, 10), bytes)) {
            TestSocket socket = TestSocket.ready(server);
            bytes.hold(1_000_000);

            HttpResponse<String> refused = server.query("{ __typename }");

            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.headers().firstValue("Retry-After")).contains("2");
            assertThat(refused.body()).contains("UNAVAILABLE");
            assertThat(server.get("/metrics").statusCode()).isEqualTo(503);
            assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
            assertThat(socket.subscribe("1", "{ __typename }").closeCode()).isEqualTo(1013);

            bytes.release(1_000_000);

            assertThat(server.query("{ __typename }").statusCode()).isEqualTo(200);
            assertThat(server.get("/metrics").statusCode()).isEqualTo(200);
            // A client may have its answer before the server is told that it has left.
            Instant patience = Instant.now().plusSeconds(10);
            while (bytes.taken() > 0 && Instant.now().isBefore(patience)) {
                Thread.onSpinWait();
            }
            assertThat(bytes.taken()).isZero();
        }
    }
}
