package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.expirytracker.ProvenRoom;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Role;
import org.expirytracker.reports.ReportsAccess;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("product")
class GraphQLSocketTest {

    private static final String COUNT = "subscription { count(to: 3) }";
    private static final String ENDLESS = "subscription { tick }";

    private static final HttpOptions QUICK = new HttpOptions(
            "127.0.0.1",
            0,
            Set.of("https://app.example.com"),
            Duration.ofSeconds(10),
            HttpOptions.USUAL_KEEP_ALIVE,
            Duration.ZERO,
            Duration.ofSeconds(10),
            new HttpOptions.SocketTimes(
                    Duration.ofMillis(700), Duration.ofSeconds(2), Duration.ofSeconds(2), Duration.ofMillis(300)),
            TrustedProxies.NONE,
            "");

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(QUICK);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Waits for an event of the server that no message tells of. */
    private static void eventually(BooleanSupplier condition) {
        CompletableFuture<Void> met = new CompletableFuture<>();
        long timer = server.vertx.setPeriodic(10, tick -> {
            if (condition.getAsBoolean()) {
                met.complete(null);
            }
        });
        met.orTimeout(10, TimeUnit.SECONDS).join();
        server.vertx.cancelTimer(timer);
    }

    @Nested
    class Handshake {

        @Test
        void without_the_protocol_is_closed_with_4406() {
            assertThat(TestSocket.connect(server, TestSocket.options(server)).closeCode())
                    .isEqualTo(4406);
        }

        @Test
        void with_the_legacy_protocol_is_closed_with_4406() {
            assertThat(TestSocket.connect(
                                    server,
                                    TestSocket.options(server).putHeader("Sec-WebSocket-Protocol", "graphql-ws"))
                            .closeCode())
                    .isEqualTo(4406);
        }

        @Test
        void of_a_page_of_a_foreign_origin_is_refused_with_403() {
            assertThat(TestSocket.refusal(
                            server,
                            TestSocket.options(server)
                                    .addSubProtocol("graphql-transport-ws")
                                    .putHeader("Origin", "https://evil.example.com")))
                    .isEqualTo(403);
        }

        @ParameterizedTest
        @ValueSource(strings = {"null", "https://", "::", "https://127.0.0.1.evil.example.com"})
        void of_a_strange_origin_is_refused_with_403(String origin) {
            assertThat(TestSocket.refusal(
                            server,
                            TestSocket.options(server)
                                    .addSubProtocol("graphql-transport-ws")
                                    .putHeader("Origin", origin)))
                    .isEqualTo(403);
        }

        @Test
        void of_the_servers_own_page_and_of_a_named_origin_is_accepted() {
            for (String origin : Set.of("http://127.0.0.1:" + server.port(), "https://app.example.com")) {
                TestSocket socket = TestSocket.connect(
                        server,
                        TestSocket.options(server)
                                .addSubProtocol("graphql-transport-ws")
                                .putHeader("Origin", origin));
                assertThat(socket.socket.subProtocol()).isEqualTo("graphql-transport-ws");
                socket.close();
            }
        }

        @Test
        void with_a_slash_at_the_end_of_the_path_is_accepted() {
            TestSocket socket = TestSocket.connect(
                    server,
                    TestSocket.options(server)
                            .addSubProtocol("graphql-transport-ws")
                            .setURI("/graphql/"));

            assertThat(socket.socket.subProtocol()).isEqualTo("graphql-transport-ws");
            socket.close();
        }

        @Test
        void at_another_path_is_refused_with_404() {
            assertThat(TestSocket.refusal(server, TestSocket.options(server).setURI("/elsewhere")))
                    .isEqualTo(404);
        }

        @Test
        void never_agrees_on_compression() {
            TestSocket socket = TestSocket.connect(
                    server,
                    TestSocket.options(server)
                            .addSubProtocol("graphql-transport-ws")
                            .putHeader("Sec-WebSocket-Extensions", "permessage-deflate"));

            assertThat(socket.socket.headers().get("Sec-WebSocket-Extensions")).isNull();
            socket.close();
        }
    }

    @Nested
    class Initialisation {

        @Test
        void that_does_not_come_is_closed_with_4408() {
            assertThat(TestSocket.connect(server).closeCode()).isEqualTo(4408);
        }

        @Test
        void twice_is_closed_with_4429() {
            assertThat(TestSocket.ready(server).initialise(TestServer.TOKEN).closeCode())
                    .isEqualTo(4429);
        }

        @Test
        void twice_before_the_acknowledgement_is_closed_with_4429() {
            TestSocket socket = TestSocket.connect(server);
            socket.initialise(TestServer.TOKEN).initialise(TestServer.TOKEN);

            assertThat(socket.closeCode()).isEqualTo(4429);
        }

        @Test
        void with_a_wrong_token_is_closed_with_4401_so_that_clients_give_up() {
            assertThat(TestSocket.connect(server).initialise("wrong").closeCode())
                    .isEqualTo(4401);
        }

        @Test
        void with_an_expired_token_is_closed_with_4403_so_that_clients_bring_a_new_one() {
            assertThat(TestSocket.connect(server).initialise("expired").closeCode())
                    .isEqualTo(4403);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "null",
                    "{}",
                    "{\"authorization\":null}",
                    "{\"authorization\":7}",
                    "{\"authorization\":\"Basic YTpi\"}",
                    "{\"authorization\":\"\"}",
                    "{\"headers\":\"Bearer valid-token\"}",
                    "{\"headers\":{\"cookie\":\"valid-token\"}}",
                    "{\"password\":\"valid-token\"}"
                })
        void without_a_token_is_closed_with_4401_and_told_where_to_put_it(String payload) {
            TestSocket socket =
                    TestSocket.connect(server).send("{\"type\":\"connection_init\",\"payload\":" + payload + "}");

            assertThat(socket.closeCode()).isEqualTo(4401);
            assertThat(socket.socket.closeReason())
                    .contains("authorization", "headers.authorization", "authToken", "token", "accessToken");
        }

        @Test
        void while_tokens_cannot_be_checked_is_closed_with_1013() {
            assertThat(TestSocket.connect(server).initialise("unavailable").closeCode())
                    .isEqualTo(1013);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"Authorization\":\"Bearer valid-token\"}",
                    "{\"AUTHORIZATION\":\"bearer valid-token\"}",
                    "{\"authorization\":\"valid-token\"}",
                    "{\"authToken\":\"valid-token\"}",
                    "{\"token\":\"Bearer valid-token\"}",
                    "{\"accessToken\":\"valid-token\"}",
                    "{\"access_token\":\"valid-token\"}",
                    "{\"headers\":{\"Authorization\":\"Bearer valid-token\"}}",
                    "{\"headers\":{\"authorization\":\"valid-token\",\"x-client\":\"a\"},\"lang\":\"en\"}",
                    "{\"connectionParams\":{\"authToken\":\"valid-token\"}}",
                    "{\"connectionParams\":{\"headers\":{\"Authorization\":\"Bearer valid-token\"}}}",
                    "{\"authorization\":\"Bearer valid-token\",\"token\":\"another\"}",
                    "{\"authorization\":null,\"token\":\"valid-token\"}"
                })
        void takes_the_token_wherever_the_usual_clients_put_it(String payload) {
            TestSocket socket =
                    TestSocket.connect(server).send("{\"type\":\"connection_init\",\"payload\":" + payload + "}");

            assertThat(socket.next().getString("type")).isEqualTo("connection_ack");
            socket.close();
        }

        @Test
        void takes_the_token_of_the_handshake_of_a_client_that_can_send_one() {
            TestSocket socket = TestSocket.connect(
                            server,
                            TestSocket.options(server)
                                    .addSubProtocol("graphql-transport-ws")
                                    .putHeader("Authorization", "Bearer valid-token"))
                    .send("{\"type\":\"connection_init\"}");

            assertThat(socket.next().getString("type")).isEqualTo("connection_ack");
            socket.close();
        }
    }

    @Nested
    class Messages {

        @Test
        void with_a_hash_that_is_not_known_are_answered_so_and_the_socket_stays() {
            TestSocket socket = TestSocket.ready(server)
                    .send(
                            "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"extensions\":{\"persistedQuery\":{\"version\":1,"
                                    + "\"sha256Hash\":\"ab\"}}}}");

            assertThat(socket.next().encode())
                    .isEqualTo("{\"id\":\"1\",\"type\":\"error\",\"payload\":[{\"message\":\"PersistedQueryNotFound\","
                            + "\"extensions\":{\"code\":\"PERSISTED_QUERY_NOT_FOUND\"}}]}");
            assertThat(socket.subscribe("1", COUNT).next().getString("type")).isEqualTo("next");
            socket.close();
        }

        @Test
        void after_a_byte_order_mark_are_understood() {
            TestSocket socket = TestSocket.ready(server).send("\ufeff{\"type\":\"ping\"}");

            assertThat(socket.next().getString("type")).isEqualTo("pong");
            socket.close();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "{",
                    "[]",
                    "null",
                    "7",
                    "{}",
                    "{\"type\":null}",
                    "{\"type\":7}",
                    "{\"type\":\"connection_terminate\"}",
                    "{\"type\":\"ping\",\"payload\":[]}",
                    "{\"type\":\"ping\",\"type\":\"ping\"}",
                    "{\"type\":\"subscribe\"}",
                    "{\"type\":\"subscribe\",\"id\":\"1\"}",
                    "{\"type\":\"subscribe\",\"id\":\"\",\"payload\":{\"query\":\"{viewer}\"}}",
                    "{\"type\":\"subscribe\",\"id\":1,\"payload\":{\"query\":\"{viewer}\"}}",
                    "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{}}",
                    "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":7}}",
                    "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":\"{a}\",\"variables\":[]}}",
                    "{\"type\":\"complete\"}"
                })
        void that_are_not_of_the_protocol_are_closed_with_4400(String message) {
            assertThat(TestSocket.ready(server).send(message).closeCode()).isEqualTo(4400);
        }

        @Test
        void in_binary_are_closed_with_1003() {
            TestSocket socket = TestSocket.ready(server);
            socket.socket.writeBinaryMessage(io.vertx.core.buffer.Buffer.buffer("{}"));

            assertThat(socket.closeCode()).isEqualTo(1003);
        }

        @Test
        void larger_than_64_kilobytes_end_the_connection() {
            TestSocket socket = TestSocket.ready(server);
            socket.send("{\"type\":\"ping\",\"payload\":{\"a\":\"" + "x".repeat(70_000) + "\"}}");

            assertThat(socket.closeCode()).isEqualTo(1009);
        }

        @Test
        void larger_than_64_kilobytes_in_one_frame_end_the_connection() {
            TestSocket socket = TestSocket.ready(server);
            socket.socket.writeFrame(WebSocketFrame.textFrame("x".repeat(70_000), true));

            assertThat(socket.closeCode()).isEqualTo(1009);
        }

        @Test
        void made_by_chance_are_answered_or_closed_for_but_never_a_fault() {
            Random random = new Random(20_261_125);
            List<String> seeds = List.of(
                    "{\"type\":\"subscribe\",\"id\":\"1\",\"payload\":{\"query\":\"query($n: Int) { things(first: $n) { totalCount } }\",\"variables\":{\"n\":2}}}",
                    "{\"type\":\"subscribe\",\"id\":\"2\",\"payload\":{\"query\":\"subscription { count(to: 3) }\",\"extensions\":{}}}",
                    "{\"type\":\"ping\",\"payload\":{\"a\":[1,{\"b\":null}]}}",
                    "{\"type\":\"complete\",\"id\":\"1\"}");
            TestSocket socket = TestSocket.ready(server);
            for (int number = 0; number < 500; number++) {
                String message = Mangled.text(seeds.get(random.nextInt(seeds.size())), random);
                if (socket.isClosed()) {
                    assertThat(socket.closeCode()).as(message).isIn(4400, 4409, 4429);
                    socket = TestSocket.ready(server);
                }
                socket.send(message);
                // Answered by a pong, unless what came before was bad enough to be closed for.
                socket.send("{\"type\":\"ping\",\"payload\":{\"end\":%d}}".formatted(number));
                assertThat(socket.until("{\"type\":\"pong\",\"payload\":{\"end\":%d}}".formatted(number)))
                        .as(message)
                        .noneMatch(told -> told.contains("INTERNAL") || told.contains("Exception"));
            }
        }

        @Test
        void ping_is_answered_by_pong_with_its_payload() {
            TestSocket socket = TestSocket.connect(server).send("{\"type\":\"ping\",\"payload\":{\"a\":[1,null]}}");

            assertThat(socket.next().encode()).isEqualTo("{\"type\":\"pong\",\"payload\":{\"a\":[1,null]}}");
            socket.close();
        }
    }

    @Nested
    class Subscribe {

        @Test
        void before_the_acknowledgement_is_closed_with_4401() {
            assertThat(TestSocket.connect(server).subscribe("1", COUNT).closeCode())
                    .isEqualTo(4401);
        }

        @Test
        void delivers_every_event_in_order_and_completes() {
            TestSocket socket = TestSocket.ready(server).subscribe("1", COUNT);

            for (int number = 1; number <= 3; number++) {
                JsonObject message = socket.next();
                assertThat(message.getString("type")).isEqualTo("next");
                assertThat(message.getJsonObject("payload")
                                .getJsonObject("data")
                                .getInteger("count"))
                        .isEqualTo(number);
            }
            assertThat(socket.next().encode()).isEqualTo("{\"id\":\"1\",\"type\":\"complete\"}");
            socket.close();
        }

        @Test
        void loads_what_is_selected_anew_for_each_event() {
            TestSocket socket =
                    TestSocket.ready(server).subscribe("1", "subscription { countThings { name parent { name } } }");

            for (int number = 1; number <= 3; number++) {
                assertThat(socket.next().getJsonObject("payload").encode())
                        .startsWith(
                                "{\"data\":{\"countThings\":{\"name\":\"thing %d\",\"parent\":{\"name\":\"thing %d\"}}}"
                                        .formatted(number, number + 1));
            }
            assertThat(socket.next().getString("type")).isEqualTo("complete");
            socket.close();
        }

        @Test
        void also_executes_queries_and_mutations() {
            TestSocket socket = TestSocket.ready(server).subscribe("q", "{ fails(how: \"NOT\") }");

            assertThat(socket.next()
                            .getJsonObject("payload")
                            .getJsonObject("data")
                            .getString("fails"))
                    .isEqualTo("fine");
            assertThat(socket.next().getString("type")).isEqualTo("complete");

            socket.subscribe("m", "mutation { addThing(input: {name: \"x\"}) { item { name } } }");
            assertThat(socket.next().getString("type")).isEqualTo("next");
            assertThat(socket.next().getString("id")).isEqualTo("m");
            socket.close();
        }

        @Test
        void of_an_invalid_document_is_an_error_message_and_frees_the_id() {
            TestSocket socket = TestSocket.ready(server).subscribe("1", "subscription { nothing }");

            JsonObject message = socket.next();
            assertThat(message.getString("type")).isEqualTo("error");
            assertThat(message.getJsonArray("payload")
                            .getJsonObject(0)
                            .getJsonObject("extensions")
                            .getString("code"))
                    .isEqualTo("INVALID");
            socket.subscribe("1", COUNT);
            assertThat(socket.next().getString("type")).isEqualTo("next");
            socket.close();
        }

        @Test
        void with_an_id_in_use_is_closed_with_4409() {
            TestSocket socket = TestSocket.ready(server).subscribe("1", "{ slow(millis: 5000) }");

            assertThat(socket.subscribe("1", COUNT).closeCode()).isEqualTo(4409);
        }

        @Test
        void a_hundred_and_first_time_is_refused_and_the_others_go_on() {
            TestSocket socket = TestSocket.ready(server);
            for (int number = 1; number <= 101; number++) {
                socket.subscribe("s" + number, "{ slow(millis: 700) }");
            }

            JsonObject refusal = socket.next();
            assertThat(refusal.getString("id")).isEqualTo("s101");
            assertThat(refusal.encode()).contains("LIMIT_REACHED");
            for (int answer = 0; answer < 200; answer++) {
                assertThat(socket.next().getString("type")).isIn("next", "complete");
            }
            socket.close();
        }
    }

    @Nested
    class Complete {

        @Test
        void cancels_the_subscription_and_frees_its_id() {
            TestSocket socket = TestSocket.ready(server).subscribe("1", ENDLESS);
            assertThat(socket.next().getString("type")).isEqualTo("next");
            socket.send("{\"type\":\"complete\",\"id\":\"1\"}").subscribe("1", COUNT);

            JsonObject message = socket.next();
            while (message.getJsonObject("payload").getJsonObject("data").containsKey("tick")) {
                message = socket.next();
            }
            assertThat(message.getJsonObject("payload").getJsonObject("data").getInteger("count"))
                    .isEqualTo(1);
            eventually(() -> server.things.open.get() == 0);
            socket.close();
        }

        @Test
        void closing_the_connection_cancels_everything_on_it() {
            TestSocket socket = TestSocket.ready(server).subscribe("1", ENDLESS).subscribe("2", ENDLESS);
            assertThat(socket.next().getString("type")).isEqualTo("next");

            socket.close();

            eventually(() -> server.things.open.get() == 0);
        }
    }

    @Nested
    class Session {

        @Test
        void whose_token_expires_is_closed_with_4403_so_that_clients_connect_again() {
            server.tokens.put("short", server.authenticated(Duration.ofMillis(200)));

            assertThat(TestSocket.connect(server).initialise("short").closeCode())
                    .isEqualTo(4403);
        }

        @Test
        void keeps_its_socket_beyond_the_time_that_a_request_may_take() {
            HttpOptions hasty = new HttpOptions(
                    "127.0.0.1",
                    0,
                    Set.of(),
                    Duration.ofMillis(300),
                    Duration.ofSeconds(1),
                    Duration.ZERO,
                    Duration.ofSeconds(1),
                    new HttpOptions.SocketTimes(
                            Duration.ofSeconds(3),
                            Duration.ofMillis(400),
                            Duration.ofSeconds(2),
                            Duration.ofSeconds(1)),
                    TrustedProxies.NONE,
                    "");
            try (TestServer server = new TestServer(hasty)) {
                TestSocket socket = TestSocket.ready(server).subscribe("1", ENDLESS);

                for (int ticks = 0; ticks < 130; ticks++) {
                    assertThat(socket.next().getString("type")).isEqualTo("next");
                }
            }
        }

        @Test
        void that_ends_is_closed_with_4401_so_that_clients_give_up() {
            server.tokens.put("ending", server.authenticated(Duration.ofHours(1)));
            TestSocket socket = TestSocket.connect(server).initialise("ending");
            assertThat(socket.next().getString("type")).isEqualTo("connection_ack");

            server.tokens.remove("ending");

            assertThat(socket.closeCode()).isEqualTo(4401);
        }
    }

    @Nested
    class Rights {

        private static Authenticated with(Authenticated before, Holdings holds) {
            Caller caller = before.caller();
            return new Authenticated(
                    new Caller(
                            caller.userId(),
                            InventoryId.ownOf(caller.userId()),
                            Role.OWNER,
                            caller.sessionId(),
                            caller.zone(),
                            holds),
                    before.expiresAt(),
                    before.again());
        }

        @Test
        void that_become_more_or_fewer_end_the_socket_with_4403() {
            Authenticated session = server.authenticated(Duration.ofHours(1));
            Authenticated token = with(session, new Holdings.OfToken(Set.of(ItemsAccess.READ, ReportsAccess.READ)));
            Map<Authenticated, Authenticated> changes = Map.of(
                    session, with(session, new Holdings.OfSession(true)),
                    token, with(session, new Holdings.OfToken(Set.of(ItemsAccess.READ))));
            changes.forEach((before, after) -> {
                server.tokens.put("changing", before);
                TestSocket socket = TestSocket.connect(server).initialise("changing");
                assertThat(socket.next().getString("type")).isEqualTo("connection_ack");

                server.tokens.put("changing", after);

                assertThat(socket.closeCode()).isEqualTo(4403);
            });
        }
    }

    @Nested
    class SocketsOfOneUser {

        private static TestSocket open(TestServer at, String token) {
            return TestSocket.connect(at).initialise(token);
        }

        @Test
        void are_five_on_all_event_loops_together_and_one_more_is_told_to_try_later() {
            Occupancy node = new Occupancy(1_000, 5);
            try (TestServer one = new TestServer(QUICK, node);
                    TestServer other = new TestServer(QUICK, node)) {
                other.tokens.putAll(one.tokens);
                one.tokens.put("somebody-else", one.authenticated(Duration.ofHours(1)));
                List<TestSocket> five = new ArrayList<>();
                for (int number = 0; number < 5; number++) {
                    five.add(TestSocket.ready(number % 2 == 0 ? one : other));
                }

                assertThat(open(one, TestServer.TOKEN).closeCode()).isEqualTo(1013);
                assertThat(open(other, TestServer.TOKEN).closeCode()).isEqualTo(1013);
                assertThat(open(one, "somebody-else").next().getString("type")).isEqualTo("connection_ack");
                five.forEach(socket -> assertThat(socket.isClosed()).isFalse());

                assertThat(node.connections()).isBetween(6, 8);

                five.getFirst().close();

                eventually(() -> node.connections() == 5);
                assertThat(open(other, TestServer.TOKEN).next().getString("type"))
                        .isEqualTo("connection_ack");
            }
        }
    }

    @Nested
    class BackPressure {

        @Test
        void a_reader_that_stops_costs_next_to_nothing_and_is_closed_in_the_end() {
            TestSocket slow = TestSocket.ready(server);
            int producedBefore = server.things.produced.get();
            long memoryBefore = usedAfterCollection();
            slow.socket.pause();
            for (int number = 0; number < 20; number++) {
                slow.subscribe("s" + number, "subscription { large(characters: 60000) }");
            }
            eventually(() -> server.things.open.get() == 20 && server.things.produced.get() > producedBefore + 100);

            assertThat(usedAfterCollection() - memoryBefore).isLessThan(16_000_000);
            eventually(() -> server.things.open.get() == 0);
            // Each event has tens of thousands of characters; buffers of sockets hold a few hundred of them.
            assertThat(server.things.produced.get() - producedBefore).isLessThan(3_000);
            slow.close();
        }

        @Test
        void a_reader_that_stops_is_closed_with_1013_once_a_megabyte_of_answers_waits_behind_the_one_that_leaves() {
            try (TestServer patient = new TestServer()) {
                TestSocket slow = TestSocket.ready(patient);
                slow.socket.pause();
                for (int number = 0; number < 60; number++) {
                    slow.subscribe("q" + number, "{ slow(millis: 300, characters: 1000000) }");
                }
                eventually(() -> patient.things.slow.get() == 60 && operations(patient) == 0);

                slow.socket.resume();

                assertThat(slow.closeCode()).isEqualTo(1013);
                slow.close();
            }
        }

        @Test
        void an_answer_of_many_megabytes_arrives_and_what_happens_meanwhile_too() {
            TestSocket reader = TestSocket.ready(server).subscribe("events", ENDLESS);
            assertThat(reader.next().getString("id")).isEqualTo("events");
            reader.socket.pause();
            int before = server.things.slow.get();
            reader.subscribe("q", "{ slow(millis: 100, characters: 12000000) }");
            eventually(() -> server.things.slow.get() > before && operations(server) == 1);

            reader.socket.resume();

            JsonObject answer = reader.next();
            while (answer.getString("id").equals("events")) {
                answer = reader.next();
            }
            assertThat(answer.getJsonObject("payload").getJsonObject("data").getString("slow"))
                    .hasSize(12_000_000);
            assertThat(reader.until("{\"id\":\"q\",\"type\":\"complete\"}")).isNotEmpty();
            assertThat(reader.next().getString("id")).isEqualTo("events");
            reader.close();
        }

        private static double operations(TestServer at) {
            return at.metrics.get("expiry.websocket.operations").gauge().value();
        }

        private static long usedAfterCollection() {
            System.gc();
            return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
        }

        @Test
        void a_reader_that_goes_on_gets_everything() {
            TestSocket reader = TestSocket.ready(server);
            reader.subscribe("1", "subscription { large(characters: 2000) }");

            for (int number = 0; number < 2_000; number++) {
                assertThat(reader.next().getString("type")).isEqualTo("next");
            }
            reader.close();
        }
    }
}
