package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URLEncoder;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.expirytracker.ProvenRoom;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.http.TestEvents.Event;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Role;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GraphQL over Server-Sent Events, in the distinct connections mode of npm's graphql-sse. */
@Timeout(60)
@ProvenRoom("product")
class EventStreamTest {

    private static final String COUNT = "subscription { count(to: 3) }";
    private static final String ENDLESS = "subscription { tick }";

    /** Everything that lets an ordinary connection end is over within a second. */
    private static final HttpOptions QUICK = new HttpOptions(
            "127.0.0.1",
            0,
            Set.of(),
            Duration.ofMillis(300),
            Duration.ofSeconds(1),
            Duration.ZERO,
            Duration.ofSeconds(5),
            new HttpOptions.SocketTimes(
                    Duration.ofSeconds(3), Duration.ofMillis(200), Duration.ofSeconds(2), Duration.ofMillis(300)),
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

    private static TestEvents ask(String query) {
        return ask(server, TestServer.TOKEN, query);
    }

    private static TestEvents ask(TestServer at, String token, String query) {
        return TestEvents.post(at.uri("/graphql"), token, query);
    }

    private static HttpResponse<String> get(String query, String... headers) {
        List<String> all = new ArrayList<>(List.of(headers));
        all.addAll(List.of("Accept", "text/event-stream"));
        return server.get("/graphql?query=" + URLEncoder.encode(query, UTF_8), all.toArray(String[]::new));
    }

    private static void eventually(BooleanSupplier condition) {
        Instant patience = Instant.now().plusSeconds(10);
        while (!condition.getAsBoolean()) {
            assertThat(Instant.now()).isBefore(patience);
            Thread.onSpinWait();
        }
    }

    @Nested
    class Subscribing {

        @Test
        void delivers_every_event_in_order_and_completes() {
            try (TestEvents events = ask(COUNT)) {
                assertThat(events.response().statusCode()).isEqualTo(200);
                assertThat(events.response().headers().firstValue("Content-Type"))
                        .contains("text/event-stream");
                assertThat(events.response().headers().firstValue("Cache-Control"))
                        .contains("no-store");
                assertThat(events.response().headers().firstValue("X-RateLimit-Remaining"))
                        .isPresent();
                Event first = events.next();
                assertThat(first.name()).isEqualTo("next");
                assertThat(first.json().getJsonObject("data")).isEqualTo(JsonObject.of("count", 1));
                assertThat(first.json().getJsonObject("extensions").getJsonObject("cost"))
                        .isNotNull();
                assertThat(events.next()).isEqualTo(new Event("next", "{\"data\":{\"count\":2}}"));
                assertThat(events.next()).isEqualTo(new Event("next", "{\"data\":{\"count\":3}}"));
                assertThat(events.next()).isEqualTo(new Event("complete", ""));
                assertThat(events.next().name()).isEqualTo("end");
            }
        }

        @Test
        void by_a_hash_that_is_not_known_is_answered_in_one_event() {
            HttpResponse<String> answer = server.get(
                    "/graphql?extensions=" + URLEncoder.encode("{\"persistedQuery\":{\"sha256Hash\":\"ab\"}}", UTF_8),
                    "Accept",
                    "text/event-stream");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body())
                    .isEqualTo(
                            "event: next\ndata: {\"errors\":[{\"message\":\"PersistedQueryNotFound\","
                                    + "\"extensions\":{\"code\":\"PERSISTED_QUERY_NOT_FOUND\"}}]}\n\nevent: complete\ndata:\n\n");
        }

        @Test
        void by_get_does_the_same() {
            HttpResponse<String> answer = get(COUNT, "Authorization", "Bearer " + TestServer.TOKEN);

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).startsWith(":\n\n");
            // Another sign of life may come in between.
            assertThat(answer.body().replaceAll("(?m)^:\n\n", ""))
                    .startsWith("event: next\ndata: {\"data\":{\"count\":1}")
                    .endsWith("event: next\ndata: {\"data\":{\"count\":3}}\n\nevent: complete\ndata:\n\n");
        }

        @Test
        void needs_a_token_by_any_method() {
            assertThat(get(COUNT).statusCode()).isEqualTo(401);
            assertThat(server.post(
                                    "{\"query\":\"" + COUNT + "\"}",
                                    "Content-Type",
                                    "application/json",
                                    "Accept",
                                    "text/event-stream")
                            .statusCode())
                    .isEqualTo(401);
        }

        @Test
        void goes_on_beyond_what_ends_an_ordinary_connection() {
            try (TestEvents events = ask(ENDLESS)) {
                for (int ticks = 0; ticks < 130; ticks++) {
                    assertThat(events.next().name()).isEqualTo("next");
                }
            }
        }

        @Test
        void that_takes_longer_to_begin_than_a_request_may_is_answered_504_and_ended_once_it_begins() {
            try (TestEvents events = ask("subscription { late(millis: 600) }")) {
                assertThat(events.response().statusCode()).isEqualTo(504);
            }

            eventually(() -> server.things.open.get() == 0);
        }

        @Test
        void lets_proxies_see_that_it_is_alive_while_nothing_happens() {
            try (TestEvents events = ask("subscription { large(characters: 2000000) }")) {
                int comments = 0;
                while (comments < 4) {
                    comments += events.nextOrComment().name().equals(":") ? 1 : 0;
                }
                assertThat(comments).isEqualTo(4);
            }
        }

        @Test
        void ends_for_the_server_when_the_client_leaves() {
            TestEvents events = ask(ENDLESS);
            assertThat(events.next().name()).isEqualTo("next");
            assertThat(server.things.open.get()).isPositive();

            events.close();

            eventually(() -> server.things.open.get() == 0);
            assertThat(server.metrics.scrape()).containsPattern("(?m)^expiry_sse_streams\\{.*} 0\\.0$");
        }
    }

    @Nested
    class OtherOperations {

        @ParameterizedTest
        @CsvSource({
            "'{ fails(how: \"NOT\") }', '\"fails\":\"fine\"'",
            "'mutation { addThing(input: { name: \"a\" }) { userErrors { code } } }', '\"userErrors\":[]'"
        })
        void are_one_event_and_its_completion(String document, String expected) {
            try (TestEvents events = ask(document)) {
                assertThat(events.response().statusCode()).isEqualTo(200);
                Event only = events.next();
                assertThat(only.name()).isEqualTo("next");
                assertThat(only.data()).contains(expected);
                assertThat(events.next()).isEqualTo(new Event("complete", ""));
                assertThat(events.next().name()).isEqualTo("end");
            }
        }

        @Test
        void that_change_something_are_refused_by_get() {
            int before = server.things.changes.get();

            HttpResponse<String> answer = get(
                    "mutation { addThing(input: { name: \"a\" }) { userErrors { code } } }",
                    "Authorization",
                    "Bearer " + TestServer.TOKEN);

            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(server.things.changes.get()).isEqualTo(before);
        }

        @Test
        void that_are_no_graphql_are_told_so_by_an_event() {
            try (TestEvents events = ask("{ nonsense }")) {
                assertThat(events.response().statusCode()).isEqualTo(200);
                assertThat(events.error().getJsonObject("extensions").getString("code"))
                        .isEqualTo("INVALID");
                assertThat(events.next()).isEqualTo(new Event("complete", ""));
            }
        }

        @Test
        void whose_variable_is_null_where_it_must_not_be_are_told_so_by_an_event() {
            String query = "subscription ($on: Boolean = true) { countThings { id @include(if: $on) } }";
            HttpResponse<String> answer = server.get(
                    "/graphql?query=%s&variables=%s"
                            .formatted(URLEncoder.encode(query, UTF_8), URLEncoder.encode("{\"on\": null}", UTF_8)),
                    "Accept",
                    "text/event-stream",
                    "Authorization",
                    "Bearer " + TestServer.TOKEN);

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("The variable $on is null, but if of @include must not be null");
        }

        @Test
        void with_a_token_that_is_not_valid_are_401_in_json() {
            try (TestEvents events = ask(server, "forged", COUNT)) {
                assertThat(events.response().statusCode()).isEqualTo(401);
                assertThat(events.response().headers().firstValue("Content-Type"))
                        .contains("application/json; charset=utf-8");
            }
        }
    }

    @Nested
    class Ending {

        private static void assertEndedForGood(TestEvents events) {
            assertThat(events.error().getJsonObject("extensions").getString("code"))
                    .isEqualTo("UNAUTHENTICATED");
            assertThat(events.next()).isEqualTo(new Event("complete", ""));
            assertThat(events.next().name()).isEqualTo("end");
        }

        @Test
        void of_the_token_comes_without_an_event_so_that_clients_go_on_with_a_new_one() {
            server.tokens.put("short", server.authenticated(Duration.ofMillis(400)));
            try (TestEvents events = ask(server, "short", "subscription { count(to: 1000000) }")) {
                Event last = events.next();
                while (last.name().equals("next")) {
                    assertThat(last.json().containsKey("errors")).isFalse();
                    last = events.next();
                }

                assertThat(last.name()).isEqualTo("end");
            }
        }

        @Test
        void of_the_session_is_told_by_the_last_event() {
            server.tokens.put("ending", server.authenticated(Duration.ofHours(1)));
            try (TestEvents events = ask(server, "ending", ENDLESS)) {
                assertThat(events.next().name()).isEqualTo("next");

                server.tokens.remove("ending");

                assertEndedForGood(events);
            }
        }

        @Test
        void comes_when_rights_change_without_a_completion_so_that_clients_come_back() {
            Authenticated session = server.authenticated(Duration.ofHours(1));
            Caller caller = session.caller();
            server.tokens.put("changing", session);
            try (TestEvents events = ask(server, "changing", ENDLESS)) {
                assertThat(events.next().name()).isEqualTo("next");

                server.tokens.put(
                        "changing",
                        new Authenticated(
                                new Caller(
                                        caller.userId(),
                                        InventoryId.ownOf(caller.userId()),
                                        Role.OWNER,
                                        caller.sessionId(),
                                        caller.zone(),
                                        new Holdings.OfSession(true)),
                                session.expiresAt(),
                                session.again()));

                assertThat(events.error().getJsonObject("extensions").getString("code"))
                        .isEqualTo("UNAUTHENTICATED");
                assertThat(events.next().name()).isEqualTo("end");
            }
        }

        @Test
        void of_the_server_is_told_without_a_completion_so_that_clients_come_back() {
            try (TestServer leaving = new TestServer(QUICK);
                    TestEvents events = ask(leaving, TestServer.TOKEN, ENDLESS)) {
                assertThat(events.next().name()).isEqualTo("next");

                leaving.vertx.undeploy(leaving.deploymentId).await();

                assertThat(events.error().getJsonObject("extensions").getString("code"))
                        .isEqualTo("UNAVAILABLE");
                assertThat(events.next().name()).isEqualTo("end");
            }
        }
    }

    @Nested
    class StreamsOfOneUser {

        @Test
        void share_their_places_with_sockets_and_leave_them_when_they_end() {
            try (TestServer small = new TestServer(QUICK, new Occupancy(1_000, 3));
                    TestEvents two = ask(small, TestServer.TOKEN, ENDLESS)) {
                TestEvents one = ask(small, TestServer.TOKEN, ENDLESS);
                TestSocket three = TestSocket.ready(small);
                assertThat(two.response().statusCode()).isEqualTo(200);

                try (TestEvents four = ask(small, TestServer.TOKEN, ENDLESS)) {
                    assertThat(four.response().statusCode()).isEqualTo(429);
                }
                assertThat(TestSocket.connect(small)
                                .initialise(TestServer.TOKEN)
                                .closeCode())
                        .isEqualTo(1013);
                eventually(() -> small.things.open.get() == 2);

                one.close();
                eventually(() -> small.things.open.get() == 1);
                try (TestEvents four = ask(small, TestServer.TOKEN, COUNT)) {
                    assertThat(four.next("complete").name()).isEqualTo("complete");
                }
                TestSocket again = TestSocket.ready(small);
                again.close();
                three.close();
            }
        }

        @Test
        void do_not_count_while_they_are_only_queries() {
            try (TestServer none = new TestServer(QUICK, new Occupancy(1_000, 0));
                    TestEvents events = ask(none, TestServer.TOKEN, "{ fails(how: \"NOT\") }")) {
                assertThat(events.next("complete").name()).isEqualTo("complete");
            }
        }
    }

    @Nested
    class BackPressure {

        @Test
        void a_reader_that_stops_is_waited_for_then_told_and_cut_off() throws IOException {
            int before = server.things.produced.get();
            String body = "{\"query\":\"subscription { large(characters: 60000) }\"}";
            try (Socket slow = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                slow.setSoTimeout(10_000);
                slow.getOutputStream()
                        .write(("POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                                        + "Accept: text/event-stream\r\nAuthorization: Bearer " + TestServer.TOKEN
                                        + "\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
                                .getBytes(UTF_8));
                eventually(() -> server.things.produced.get() > before + 20);

                eventually(() -> server.things.open.get() == 0);

                // Each event has tens of thousands of characters; buffers of the connection hold a few hundred of them.
                assertThat(server.things.produced.get() - before).isLessThan(1_000);
                assertThat(rest(slow)).doesNotContain("event: complete");
            }
        }

        private static String rest(Socket socket) throws IOException {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            try {
                socket.getInputStream().transferTo(all);
            } catch (SocketException reset) {
                // An end as well.
            }
            return all.toString(UTF_8);
        }

        @Test
        void a_reader_that_goes_on_gets_everything() {
            try (TestEvents events = ask("subscription { large(characters: 2000) }")) {
                for (int number = 0; number < 2_000; number++) {
                    assertThat(events.next().name()).isEqualTo("next");
                }
            }
        }
    }
}
