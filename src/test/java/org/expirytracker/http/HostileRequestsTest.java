package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.UnixOperatingSystemMXBean;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.expirytracker.ProvenRoom;
import org.expirytracker.limits.BytesInFlight;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("product")
class HostileRequestsTest {

    private static final String HEAD = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    private static final String BODY = "{\"query\":\"{__typename}\"}";

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(options(Duration.ofSeconds(1), HttpOptions.USUAL_KEEP_ALIVE));
    }

    private static HttpOptions options(Duration requestTimeout, Duration keepAlive) {
        return new HttpOptions(
                "127.0.0.1",
                0,
                Set.of(),
                requestTimeout,
                keepAlive,
                Duration.ZERO,
                Duration.ofSeconds(5),
                HttpOptions.SocketTimes.USUAL,
                TrustedProxies.NONE,
                "");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static Socket connect() throws IOException {
        return connect(server);
    }

    private static Socket connect(TestServer server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** Everything that the server sends until it ends the connection; fails when it does not. */
    private static String exchange(String request) throws IOException {
        return exchange(server, request);
    }

    private static String exchange(TestServer server, String request) throws IOException {
        try (Socket socket = connect(server)) {
            try {
                socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            } catch (SocketException ended) {
                // Before it took everything.
            }
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

    private static String untilEnd(Socket socket) {
        try {
            return untilEnd(socket.getInputStream());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
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
                    "Transfer-Encoding: gzip, chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
                    "Transfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n",
                    "Content-Length: 5\\r\\n Content-Length: 6\\r\\n\\r\\n12345",
                    "Content-Length : 5\\r\\n\\r\\n12345",
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
        void what_is_not_http_1_is_refused_and_the_end(String request) throws IOException {
            assertThat(exchange(request.replace("\\r\\n", "\r\n").replace("\\n", "\n")))
                    .containsPattern("^HTTP/[129].[019] (400|501) ");
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
        void nothing_at_all_ends_the_connection() throws IOException {
            assertThat(exchange("")).isEmpty();
        }

        @Test
        void a_head_that_drips_after_a_good_request_ends_the_connection() throws Exception {
            HttpOptions hasty = options(Duration.ofMillis(300), Duration.ofMillis(400));
            try (TestServer server = new TestServer(hasty);
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                OutputStream out = socket.getOutputStream();
                out.write((HEAD + "Content-Length: " + BODY.length() + "\r\n\r\n" + BODY
                                + "POST /graphql HTTP/1.1\r\nX: ")
                        .getBytes(ISO_8859_1));
                CompletableFuture<String> answers = new CompletableFuture<>();
                Thread.ofVirtual().start(() -> answers.completeAsync(() -> untilEnd(socket)));
                Instant patience = Instant.now().plusSeconds(60);
                while (!answers.isDone() && Instant.now().isBefore(patience)) {
                    drip(out, answers);
                }
                assertThat(answers.get(1, TimeUnit.SECONDS)).contains(" 200 ");
            }
        }

        private static void drip(OutputStream out, CompletableFuture<String> answers) throws Exception {
            try {
                out.write('a');
                answers.get(50, TimeUnit.MILLISECONDS);
            } catch (TimeoutException | IOException goesOn) {
                // One more drop, unless the connection has ended.
            }
        }

        @Test
        void of_two_thousand_at_once_is_cut_off_in_time_while_others_are_answered() throws Exception {
            HttpOptions hasty = options(Duration.ofSeconds(2), HttpOptions.USUAL_KEEP_ALIVE);
            List<Socket> slow = new ArrayList<>();
            try (TestServer server = new TestServer(hasty)) {
                String[] halves = {
                    "",
                    "POST /graphql HTTP/1.1\r\nHost: a\r\nX: ",
                    HEAD + "Content-Length: 100\r\n\r\n{",
                    HEAD + "Transfer-Encoding: chunked\r\n\r\n5\r\n{"
                };
                for (int number = 0; number < 2_000; number++) {
                    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
                    socket.getOutputStream().write(halves[number % halves.length].getBytes(ISO_8859_1));
                    slow.add(socket);
                }

                long[] millis = new long[50];
                for (int probe = 0; probe < millis.length; probe++) {
                    Instant begin = Instant.now();
                    assertThat(server.query("{ __typename }").statusCode()).isEqualTo(200);
                    millis[probe] = Duration.between(begin, Instant.now()).toMillis();
                }
                Arrays.sort(millis);
                assertThat(millis[25]).isLessThan(100);
                for (Socket socket : slow) {
                    socket.setSoTimeout(10_000);
                    assertThat(untilEnd(socket.getInputStream())).doesNotContain(" 200 ");
                }
            } finally {
                for (Socket socket : slow) {
                    socket.close();
                }
            }
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
    class Crowds {

        @Test
        void beyond_the_most_connections_are_closed_at_once_and_make_room_when_they_leave() throws IOException {
            Occupancy small = new Occupancy(20, 5);
            try (TestServer server = new TestServer(HttpOptions.of("127.0.0.1", 0), small)) {
                List<Socket> crowd = new ArrayList<>();
                for (int number = 0; number < 20; number++) {
                    crowd.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
                }
                for (int number = 0; number < 100; number++) {
                    try (Socket tooMany = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                        tooMany.setSoTimeout(5_000);
                        assertThat(untilEnd(tooMany.getInputStream())).isEmpty();
                    }
                }
                Socket early = crowd.getFirst();
                early.getOutputStream()
                        .write((HEAD + "Connection: close\r\nContent-Length: " + BODY.length() + "\r\n\r\n" + BODY)
                                .getBytes(ISO_8859_1));
                assertThat(untilEnd(early.getInputStream())).contains(" 200 ");
                assertThat(server.metrics.scrape()).contains("expiry_http_connections_refused_total 100.0");

                for (Socket socket : crowd) {
                    socket.close();
                }

                Instant patience = Instant.now().plusSeconds(60);
                while (small.connections() > 0 && Instant.now().isBefore(patience)) {
                    Thread.onSpinWait();
                }
                assertThat(server.query("{ __typename }").statusCode()).isEqualTo(200);
            }
        }

        @Test
        void beyond_the_most_connections_are_closed_even_while_no_event_loop_has_time_for_them() throws IOException {
            try (TestServer server = new TestServer(HttpOptions.of("127.0.0.1", 0), new Occupancy(20, 5))) {
                CountDownLatch busy = new CountDownLatch(1);
                ((VertxInternal) server.vertx).nettyEventLoopGroup().forEach(loop -> loop.execute(() -> await(busy)));
                List<Socket> crowd = new ArrayList<>();
                try {
                    for (int number = 0; number < 20; number++) {
                        crowd.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
                    }
                    for (int number = 0; number < 100; number++) {
                        try (Socket tooMany = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                            tooMany.setSoTimeout(5_000);
                            assertThat(untilEnd(tooMany.getInputStream())).isEmpty();
                        }
                    }
                } finally {
                    busy.countDown();
                    for (Socket socket : crowd) {
                        socket.close();
                    }
                }
            }
        }

        private static void await(CountDownLatch latch) {
            try {
                latch.await();
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            }
        }

        @Test
        void may_never_take_all_files_that_the_process_may_open() {
            Occupancy endless = new Occupancy(Integer.MAX_VALUE, 5);
            long files = ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                    .getMaxFileDescriptorCount();

            long taken = 0;
            while (taken <= files && endless.connected()) {
                taken++;
            }
            assertThat(taken).isEqualTo(files / 4 * 3);
        }
    }

    @Nested
    class Http2 {

        @Test
        void is_not_spoken_in_clear_text() throws IOException {
            String upgrade = String.join(
                    "\r\n",
                    "GET /health/live HTTP/1.1",
                    "Host: a",
                    "Connection: Upgrade, HTTP2-Settings",
                    "Upgrade: h2c",
                    "HTTP2-Settings: AAMAAABkAAQAAP__",
                    "",
                    "");
            String last = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

            assertThat(exchange(upgrade + last)).containsPattern("(?s)^HTTP/1.1 200 .*HTTP/1.1 200 ");
            assertThat(exchange(
                            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000"))
                    .startsWith("HTTP/2.0 501 ");
        }
    }

    @Nested
    class Answers {

        @Test
        void of_more_than_sixteen_megabytes_are_refused_instead() {
            String query = "{ things(first: 100) { nodes { things(first: 97) { nodes { %s: name } } } } }"
                    .formatted("a".repeat(5_000));

            HttpResponse<String> answer = server.query(query);

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("LIMIT_REACHED").hasSizeLessThan(1_000);
            assertThat(server.query(query.replace("a".repeat(5_000), "a".repeat(500)))
                            .body())
                    .hasSizeGreaterThan(4_000_000);
        }
    }

    @Nested
    class Pipelines {

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

        /** Behind one that is not answered yet. */
        @Test
        void of_more_than_a_client_needs_ends_the_connection() throws IOException {
            assertThat(exchange(slow() + live().repeat(Pipelining.MOST_WAITING) + live()))
                    .isEmpty();

            assertThat(exchange(slow() + live().repeat(Pipelining.MOST_WAITING - 1) + last()))
                    .satisfies(
                            answers -> assertThat(answers.split("\"live\"", -1)).hasSize(Pipelining.MOST_WAITING + 1));
            assertGivenBack(server.inFlight);
        }

        @Test
        void without_an_end_ends_the_connection_and_leaves_nothing_behind() throws IOException {
            for (int connection = 0; connection < 20; connection++) {
                assertThat(exchange(slow() + live().repeat(30_000))).isEmpty();
            }
            assertAlive();
            assertGivenBack(server.inFlight);
        }

        @Test
        void ends_the_connection_when_there_is_no_room_for_what_waits() throws IOException {
            BytesInFlight bytes = new BytesInFlight(1_000_000);
            try (TestServer full = new TestServer(
                    options(Duration.ofSeconds(1), HttpOptions.USUAL_KEEP_ALIVE), new Occupancy(1_000, 10), bytes)) {
                try (Socket socket = connect(full)) {
                    socket.getOutputStream().write(slow().getBytes(ISO_8859_1));
                    spinWhile(() -> full.things.slow.get() == 0);
                    bytes.hold(1_000_000);
                    socket.getOutputStream().write(live().getBytes(ISO_8859_1));
                    assertThat(untilEnd(socket)).isEmpty();
                }
                bytes.release(1_000_000);
                assertThat(exchange(full, slow() + last())).contains("\"live\"");
                assertGivenBack(bytes);
            }
        }

        private static String slow() {
            String body = "{\"query\":\"{ slow(millis: 300) }\"}";
            return HEAD + "Authorization: Bearer " + TestServer.TOKEN + "\r\nContent-Length: " + body.length()
                    + "\r\n\r\n" + body;
        }

        private static String live() {
            return "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
        }

        private static String last() {
            return "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        }

        /** A client may have its answer, or see its end, before the server is told that it has left. */
        private static void assertGivenBack(BytesInFlight bytes) {
            spinWhile(() -> bytes.taken() > 0);
            assertThat(bytes.taken()).isZero();
        }

        private static void spinWhile(BooleanSupplier condition) {
            Instant patience = Instant.now().plusSeconds(10);
            while (condition.getAsBoolean() && Instant.now().isBefore(patience)) {
                Thread.onSpinWait();
            }
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
                        ? Mangled.bytes(
                                new JsonObject()
                                        .put("query", SEED_QUERY)
                                        .put(
                                                "variables",
                                                new JsonObject().put("n", 2).put("d", "2026-11-22"))
                                        .encode(),
                                random)
                        : new JsonObject()
                                .put("query", new String(Mangled.bytes(SEED_QUERY, random), UTF_8))
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
