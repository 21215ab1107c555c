package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostileRequestsTest {

    private static final String HEAD = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    private static final String BODY = "{\"query\":\"{__typename}\"}";

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(new HttpOptions(
                "127.0.0.1",
                0,
                Set.of(),
                Duration.ofSeconds(1),
                Duration.ZERO,
                Duration.ofSeconds(5),
                HttpOptions.SocketTimes.USUAL,
                TrustedProxies.NONE));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** Everything that the server sends until it ends the connection; fails when it does not. */
    private static String exchange(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return untilEnd(socket.getInputStream());
        }
    }

    private static String untilEnd(InputStream in) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (SocketException reset) {
            // An end as well.
        }
        return all.toString(UTF_8);
    }

    private static void assertAlive() {
        assertThat(server.query("{ fails(how: \"NOT\") }").body()).contains("fine");
    }

    @Nested
    class Smuggling {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Content-Length: 6\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\nG",
                    "Transfer-Encoding: chunked\\r\\nContent-Length: 4\\r\\n\\r\\n0\\r\\n\\r\\n",
                    "Content-Length: 5\\r\\nContent-Length: 6\\r\\n\\r\\n12345",
                    "Content-Length: 5\\r\\nContent-Length: 5\\r\\n\\r\\n12345",
                    "Content-Length: 5, 5\\r\\n\\r\\n12345",
                    "Content-Length: -1\\r\\n\\r\\n",
                    "Content-Length: +5\\r\\n\\r\\n12345",
                    "Content-Length: 0x10\\r\\n\\r\\n",
                    "Transfer-Encoding: xchunked\\r\\n\\r\\n0\\r\\n\\r\\n",
                    "Transfer-Encoding: chunked, identity\\r\\n\\r\\n0\\r\\n\\r\\n",
                    "Transfer-Encoding: identity\\r\\nContent-Length: 5\\r\\n\\r\\n12345",
                    "Transfer-Encoding: chunked\\r\\nTransfer-Encoding: identity\\r\\n\\r\\n0\\r\\n\\r\\n",
                    "Transfer-Encoding : chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
                    "Transfer-Encoding: \u000bchunked\\r\\n\\r\\n0\\r\\n\\r\\n",
                    "X: a\u0000b\\r\\n\\r\\n",
                    "Host: b\\r\\nContent-Length: 0\\r\\n\\r\\n"
                })
        void is_answered_with_400_and_the_end_of_the_connection(String rest) throws IOException {
            String answer = exchange(HEAD + rest.replace("\\r\\n", "\r\n"));

            assertThat(answer).startsWith("HTTP/1.1 400 ").containsOnlyOnce("HTTP/1.1");
        }

        @ParameterizedTest
        @ValueSource(strings = {"ZZ\\r\\n", "-5\\r\\nabcde\\r\\n0\\r\\n\\r\\n", "FFFFFFFFFFFFFFFFF\\r\\n"})
        void by_a_chunk_of_impossible_size_ends_the_connection(String chunk) throws IOException {
            String answer = exchange(HEAD + "Transfer-Encoding: chunked\r\n\r\n" + chunk.replace("\\r\\n", "\r\n"));

            assertThat(answer).doesNotContain(" 200 ");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "GET /health/live HTTP/1.1\\r\\n\\r\\n",
                    "GET /health/live HTTP/2.0\\r\\nHost: a\\r\\n\\r\\n",
                    "GET /health/live HTTP/9.9\\r\\nHost: a\\r\\n\\r\\n",
                    "GET /health/live HTTP/1.1\\nHost: a\\n\\n",
                    "PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n",
                    "\u0016\u0003\u0001\u0002\\r\\n\\r\\n"
                })
        void what_is_not_http_1_is_answered_with_400_and_the_end(String request) throws IOException {
            assertThat(exchange(request.replace("\\r\\n", "\r\n").replace("\\n", "\n")))
                    .contains(" 400 ");
        }
    }

    @Nested
    class Size {

        @Test
        void a_long_address_is_414() throws IOException {
            assertThat(exchange("GET /" + "a".repeat(9_000) + " HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .contains(" 414 ");
        }

        @Test
        void long_headers_are_431() throws IOException {
            assertThat(exchange("GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(17_000) + "\r\n\r\n"))
                    .contains(" 431 ");
        }

        @Test
        void a_large_body_is_413_before_it_is_sent() throws IOException {
            assertThat(exchange(HEAD + "Content-Length: 20000000\r\n\r\n")).contains(" 413 ");
        }
    }

    @Nested
    class Slowness {

        @Test
        void a_head_that_does_not_come_ends_the_connection() throws IOException {
            assertThat(exchange("POST /graphql HTTP/1.1\r\nHost: a\r\nX: ")).isEmpty();
        }

        @Test
        void a_body_that_does_not_come_is_408() throws IOException {
            assertThat(exchange(HEAD + "Content-Length: 100\r\n\r\n{")).contains(" 408 ");
        }

        @Test
        void a_client_that_leaves_while_it_is_answered_harms_nobody() throws IOException {
            try (Socket socket = connect()) {
                String body = "{\"query\":\"{ slow(millis: 200) }\"}";
                socket.getOutputStream()
                        .write((HEAD + "Authorization: Bearer " + TestServer.TOKEN + "\r\nContent-Length: "
                                        + body.length() + "\r\n\r\n" + body)
                                .getBytes(UTF_8));
            }
            assertThat(server.query("{ slow(millis: 400) }").statusCode()).isEqualTo(200);
        }
    }

    @Nested
    class Pipelining {

        @Test
        void answers_come_in_the_order_of_the_requests() throws IOException {
            StringBuilder requests = new StringBuilder();
            for (int number = 0; number < 20; number++) {
                requests.append(HEAD)
                        .append("X-Request-Id: r%02d\r\nContent-Length: ".formatted(number))
                        .append(BODY.length())
                        .append(number == 19 ? "\r\nConnection: close" : "")
                        .append("\r\n\r\n")
                        .append(BODY);
            }

            String answers = exchange(requests.toString());

            List<String> ids = answers.lines()
                    .filter(line -> line.startsWith("X-Request-Id: "))
                    .map(line -> line.substring(14))
                    .toList();
            assertThat(ids).hasSize(20).isSorted();
        }
    }

    @Nested
    class Values {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "\"\\u0000\"",
                    "\"\\ud800\"",
                    "2147483648",
                    "-2147483649",
                    "1e400",
                    "1e-400",
                    "1e999999999",
                    "123456789012345678901234567890",
                    "true",
                    "[[[[[[]]]]]]",
                    "{\"a\":{}}",
                    "\"999999999-12-31\"",
                    "\"\""
                })
        void of_every_odd_kind_in_every_place_are_refused_or_taken_but_never_break_anything(String value) {
            for (String use : List.of(
                    "Int|things(first: $v) { totalCount }",
                    "String|things(after: $v) { totalCount }",
                    "String!|fails(how: $v)",
                    "ID!|node(id: $v) { id }",
                    "[ID!]!|nodes(ids: $v) { id }",
                    "Date|scalars(date: $v) { date }",
                    "DateTime|scalars(dateTime: $v) { dateTime }",
                    "Decimal|scalars(decimal: $v) { decimal }",
                    "TimeZone|scalars(timeZone: $v) { timeZone }")) {
                String[] parts = use.split("\\|", 2);
                String body = "{\"query\":\"query($v: %s) { %s }\",\"variables\":{\"v\":%s}}"
                        .formatted(parts[0], parts[1], value);

                HttpResponse<String> answer = server.post(
                        body,
                        "Content-Type",
                        "application/json",
                        "Accept",
                        "application/graphql-response+json",
                        "Authorization",
                        "Bearer " + TestServer.TOKEN);

                if (!use.contains("fails")) {
                    assertThat(answer.statusCode()).as(body).isIn(200, 400);
                    assertThat(answer.body()).as(body).doesNotContain("INTERNAL", "Exception", "\tat ");
                }
            }
        }

        @Test
        void ten_thousand_levels_deep_are_400() {
            String deep = "[".repeat(10_000) + "]".repeat(10_000);

            assertThat(server.post(
                                    "{\"query\":\"{ __typename }\",\"variables\":{\"a\":" + deep + "}}",
                                    "Content-Type",
                                    "application/json")
                            .statusCode())
                    .isEqualTo(400);
        }
    }

    @Nested
    class Fuzz {

        private static final String SEED_QUERY = "query Q($n: Int = 3, $d: Date) { ...F nodes(ids: [\"a\"]) { id } "
                + "scalars(date: $d, decimal: 1.5) { json } } fragment F on Query { a: things(first: $n) @include(if: true) { edges { node { id } } } }";

        @Test
        void two_thousand_mangled_requests_are_all_answered_and_none_by_a_fault() {
            Random random = new Random(20_261_122);
            for (int number = 0; number < 2_000; number++) {
                boolean wholeBody = random.nextBoolean();
                byte[] body = wholeBody
                        ? mangled(
                                new JsonObject()
                                        .put("query", SEED_QUERY)
                                        .put(
                                                "variables",
                                                new JsonObject().put("n", 2).put("d", "2026-11-22"))
                                        .encode(),
                                random)
                        : new JsonObject()
                                .put("query", new String(mangled(SEED_QUERY, random), UTF_8))
                                .encode()
                                .getBytes(UTF_8);

                HttpResponse<String> answer = server.send(
                        HttpRequest.newBuilder(server.uri("/graphql"))
                                .POST(HttpRequest.BodyPublishers.ofByteArray(body)),
                        "Content-Type",
                        "application/json",
                        "Authorization",
                        "Bearer " + TestServer.TOKEN);

                assertThat(answer.statusCode()).as(new String(body, UTF_8)).isLessThan(500);
                assertThat(answer.body()).as(new String(body, UTF_8)).doesNotContain("INTERNAL", "Exception");
            }
            assertAlive();
        }

        private static byte[] mangled(String seed, Random random) {
            StringBuilder text = new StringBuilder(seed);
            String odd = "{}[]()\"\\:,$@!.# \n\u0000\ud800é\u202e0-1e9truenull_a";
            for (int change = 1 + random.nextInt(4); change > 0; change--) {
                int at = random.nextInt(text.length());
                int length = Math.min(random.nextInt(8), text.length() - at);
                switch (random.nextInt(4)) {
                    case 0 -> text.delete(at, at + length);
                    case 1 -> text.insert(at, odd.charAt(random.nextInt(odd.length())));
                    case 2 -> text.insert(at, text.substring(at, at + length).repeat(1 + random.nextInt(50)));
                    default -> text.setCharAt(at, odd.charAt(random.nextInt(odd.length())));
                }
                if (text.isEmpty()) {
                    text.append('{');
                }
            }
            byte[] bytes = text.toString().getBytes(UTF_8);
            if (random.nextInt(10) == 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            return bytes;
        }
    }

    @Nested
    class Sockets {

        @Test
        void a_peer_that_sends_nonsense_instead_of_frames_is_cut_off() throws IOException {
            String answer = exchange("GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n" + "\u00ff".repeat(100));

            assertThat(answer).doesNotContain(" 200 ", " 500 ");
            assertAlive();
        }

        @Test
        void handshakes_that_are_none_are_refused() throws IOException {
            String head = "GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n";

            assertThat(exchange(head + "Connection: Upgrade, close\r\n\r\n")).contains(" 400 ");
            assertThat(
                            exchange(
                                    head
                                            + "Connection: Upgrade, close\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 99\r\n\r\n"))
                    .contains(" 426 ");
        }
    }
}
