package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Requests that mean nothing: refused in one word, with no stack trace in the log, at the expense of who sends them. */
@SuppressWarnings("StringConcatToTextBlock") // The line ends of HTTP are to be seen.
@ProvenRoom("product")
class MalformedRequestsTest {

    private static final String REST = " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeAll
    static void start() {
        // Migrating writes to the log.
        TestDatabase.migrated();
        server = new TestServer(new HttpOptions(
                "127.0.0.1",
                0,
                Set.of(),
                Duration.ofSeconds(5),
                HttpOptions.USUAL_KEEP_ALIVE,
                Duration.ZERO,
                Duration.ofSeconds(5),
                HttpOptions.SocketTimes.USUAL,
                TrustedProxies.NONE,
                ""));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @BeforeEach
    void listenToTheLog() {
        log.start();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).addAppender(log);
    }

    @AfterEach
    void assertThatTheLogWasSpared() {
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(log);
        List<ILoggingEvent> said = log.list.stream()
                .filter(each -> each.getLevel().isGreaterOrEqual(Level.INFO))
                .filter(each -> !each.getLoggerName().contains("BlockedThread")
                        && !each.getLoggerName().startsWith("org.expirytracker.cli")
                        // Of a node of another test, whose database is gone.
                        && !each.getLoggerName().startsWith("org.expirytracker.daily"))
                .toList();
        assertThat(said).hasSizeLessThanOrEqualTo(1).allMatch(each -> each.getThrowableProxy() == null);
    }

    private static String exchange(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }

    @Nested
    class Targets {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/%NE",
                    "/%",
                    "/%1",
                    "/a%zz/b",
                    "/%%34",
                    "/graphql%",
                    "/graphiql/%G0",
                    "/%FF",
                    "/%C0%AF",
                    "/%C0%AE%C0%AE/",
                    "/%E2%82",
                    "/%ED%A0%80",
                    "/%F8%88%80%80%80",
                    "/%00",
                    "/index.html%00.js",
                    "/%0D%0AX:%20y",
                    "/%7F",
                    "/\u0001",
                    "/\u00fcber",
                    "/a\tb",
                    "graphql",
                    "a:80",
                    "*",
                    "http://",
                    "http:///graphql",
                    "http://a b/",
                    "http://a:port/",
                    "ftp://a/graphql",
                    "?query={__typename}"
                })
        void that_stand_for_nothing_are_400(String target) throws IOException {
            assertThat(exchange("GET " + target + REST)).containsPattern("^HTTP/1.[01] 400 ");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "//",
                    "//etc/passwd",
                    "/..",
                    "/../../etc/passwd",
                    "/%2e%2e/%2e%2e/etc/passwd",
                    "/..%2f..%2fetc%2fpasswd",
                    "/..%5c..%5cpom.xml",
                    "/./././nothing",
                    "/graphiql/../../../pom.xml",
                    "/nothing;a=b",
                    "/nothing?a=%NE",
                    "/nothing#a",
                    "/.git/config",
                    "/health/ready/"
                })
        void that_lead_nowhere_show_nothing(String target) throws IOException {
            assertThat(exchange("GET " + target + REST))
                    .containsPattern("^HTTP/1.1 (200|301|302|404) ")
                    .doesNotContain("root:", "<artifactId>", "repositoryformatversion", "Exception");
        }

        @Test
        void that_are_whole_urls_are_answered_like_their_paths() throws IOException {
            assertThat(exchange("GET http://a/health/live" + REST)).startsWith("HTTP/1.1 200 ");
            assertThat(exchange("GET http://a:8080/graphql?query={__typename}" + REST))
                    .contains("\"__typename\":\"Query\"");
        }

        @Test
        void of_other_methods_are_refused_as_well() throws IOException {
            assertThat(exchange("CONNECT a:443" + REST)).startsWith("HTTP/1.1 400 ");
            assertThat(exchange("POST /%NE" + REST)).startsWith("HTTP/1.1 400 ");
            assertThat(exchange("BREW /%NE" + REST)).startsWith("HTTP/1.1 400 ");
        }

        @Test
        void of_a_handshake_are_refused_as_well() throws IOException {
            assertThat(exchange("GET /%NE HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ");
        }
    }

    @Nested
    class Queries {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "query=%NE",
                    "query=%",
                    "query={__typename}%C0%AF",
                    "query=%FF",
                    "query={__typename}&variables={%22a%22:%22%ED%A0%80%22}",
                    "query={__typename}&query={__typename}",
                    "query={__typename}&variables=%7B",
                    "&&&===",
                    "",
                    "query"
                })
        void that_cannot_be_read_are_400_and_say_why(String query) throws IOException {
            assertThat(exchange("GET /graphql?" + query + REST))
                    .startsWith("HTTP/1.1 400 ")
                    .contains("\"INVALID\"");
        }
    }

    @Nested
    class Headers {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Host: a b",
                    "Host: a/b",
                    "Host: http://a",
                    "Host: me@a",
                    "Host: a:port",
                    "Host: a:99999999",
                    "Host: [::1",
                    "Host: a\r\nHost: a",
                    "X: y"
                })
        void without_one_good_host_are_400(String header) throws IOException {
            assertThat(exchange("GET /health/live HTTP/1.1\r\nConnection: close\r\n" + header + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 400 ");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Host: localhost:8080",
                    "Host: expiry.example.org",
                    "Host: 127.0.0.1",
                    "Host: [::1]:8080",
                    "Host: a_b",
                    "Host:"
                })
        void with_a_host_are_answered(String header) throws IOException {
            assertThat(exchange("GET /health/live HTTP/1.1\r\nConnection: close\r\n" + header + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 ");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "Cookie: =;;;=a; %NE=%",
                    "Cookie: \u00ff\u0080",
                    "Accept: ;;q=%NE,,,",
                    "Accept-Encoding: %NE;q=z",
                    "Accept-Language: \u00ff",
                    "If-Modified-Since: yesterday",
                    "If-None-Match: %NE",
                    "Range: bytes=9-1,%NE",
                    "Origin: %NE",
                    "Forwarded: for=%NE",
                    "X-Forwarded-For: %NE, ::::",
                    "X-Request-Id: %NE \u00ff",
                    "Authorization: %NE",
                    "User-Agent: \u00ff%NE"
                })
        void that_mean_nothing_break_nothing(String header) throws IOException {
            for (String path : List.of("/", "/graphiql/", "/health/live", "/graphql?query={__typename}")) {
                assertThat(exchange(
                                "GET " + path + " HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + header + "\r\n\r\n"))
                        .as(path)
                        .containsPattern("^HTTP/1.1 (200|206|304|401|406|416) ")
                        .doesNotContain("INTERNAL", "Exception");
            }
        }

        @Test
        void too_many_are_431() throws IOException {
            assertThat(exchange("GET / HTTP/1.1\r\nHost: a\r\n" + "a: b\r\n".repeat(5_000) + "\r\n"))
                    .contains(" 431 ");
        }

        @Test
        void after_a_body_that_are_too_many_end_the_connection() throws IOException {
            assertThat(exchange("POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + "a: b\r\n".repeat(5_000) + "\r\n"))
                    .doesNotContain(" 200 ");
        }
    }

    @Nested
    class EarlyAnswers {

        private static void assertEndsSoon(String head) throws Exception {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
                socket.setSoTimeout(10_000);
                OutputStream out = socket.getOutputStream();
                out.write(head.getBytes(ISO_8859_1));
                Instant begun = Instant.now();
                Thread dripping = Thread.ofVirtual().start(() -> drip(out));
                String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
                dripping.interrupt();
                assertThat(answer).containsPattern("^HTTP/1.1 4..").containsIgnoringCase("connection: close");
                assertThat(Duration.between(begun, Instant.now())).isLessThan(Duration.ofSeconds(4));
            }
        }

        private static void drip(OutputStream out) {
            try {
                while (!Thread.interrupted()) {
                    out.write('a');
                    Thread.sleep(20);
                }
            } catch (IOException | InterruptedException over) {
                // The connection has ended, or the test.
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain",
                    "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Encoding: gzip",
                    "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nAccept: image/png",
                    "PUT /graphql HTTP/1.1\r\nHost: a",
                    "POST /graphiql/ HTTP/1.1\r\nHost: a",
                    "POST /nothing HTTP/1.1\r\nHost: a",
                    "POST /%NE HTTP/1.1\r\nHost: a",
                    "GET /nothing HTTP/1.1\r\nHost: a",
                    "GET /graphql?query= HTTP/1.1\r\nHost: a"
                })
        void end_a_body_that_drips(String head) throws Exception {
            assertEndsSoon(head + "\r\nContent-Length: 100000\r\n\r\n");
        }

        @Test
        void end_a_body_that_is_too_large_and_drips() throws Exception {
            assertEndsSoon("POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    + "Content-Length: 20000000\r\n\r\n");
        }

        @Test
        void keep_the_connection_of_who_has_sent_everything() throws IOException {
            String wrong = "POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
            assertThat(exchange(wrong + wrong + "GET /health/live" + REST).split("HTTP/1.1 (415|200) ", -1))
                    .hasSize(4);
        }
    }

    @Test
    void a_late_answer_says_when_to_ask_again() {
        HttpResponse<String> late = server.query("{ slow(millis: 8000) }");

        assertThat(late.statusCode()).isEqualTo(504);
        assertThat(late.headers().firstValue("Retry-After")).contains("2");
    }

    @Test
    void are_paid_from_the_budget_of_the_address_until_it_is_empty() throws IOException {
        try (TestApi node = TestApi.start(
                TestDatabase.migrated(),
                Map.of(
                        "EXPIRY_RATE_CAPACITY",
                        "20000",
                        "EXPIRY_RATE_RESTORE",
                        "1",
                        "EXPIRY_TRUSTED_PROXIES",
                        "127.0.0.1"))) {
            String[] wrong = {
                "GET /%NE HTTP/1.1\r\n",
                "GET /graphql?query=%NE HTTP/1.1\r\n",
                "PUT /graphql HTTP/1.1\r\n",
                "GET / HTTP/1.1\r\nHost: b\r\n"
            };
            StringBuilder answers = new StringBuilder();
            try (Socket socket =
                    new Socket(InetAddress.getLoopbackAddress(), node.uri("/").getPort())) {
                socket.setSoTimeout(20_000);
                byte[] requests = "GET /graphql?query=%NE HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.77\r\n\r\n"
                        .repeat(20)
                        .getBytes(ISO_8859_1);
                byte[] part = new byte[65_536];
                for (int asked = 0; asked < 4_100; asked += 20) {
                    socket.getOutputStream().write(requests);
                    String answered = "";
                    while (answered.split("HTTP/1.1 ", -1).length <= 20) {
                        int length = socket.getInputStream().read(part);
                        assertThat(length).isPositive();
                        answered += new String(part, 0, length, ISO_8859_1);
                    }
                    answers.append(answered);
                }
            }
            assertThat(answers.toString().split("HTTP/1.1 400 ", -1)).hasSizeBetween(3_900, 4_060);
            for (String each : wrong) {
                assertThat(said(node, each + "X-Forwarded-For: 192.0.2.77\r\n"))
                        .startsWith("HTTP/1.1 429 ")
                        .containsIgnoringCase("retry-after: ");
                assertThat(said(node, each + "X-Forwarded-For: 192.0.2.78\r\n")).containsPattern("^HTTP/1.1 40[05] ");
            }
            assertThat(new JsonObject(node.get("/health/live").body()).getString("status"))
                    .isEqualTo("live");
        }
    }

    private static String said(TestApi node, String head) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), node.uri("/").getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write((head + "Host: a\r\nConnection: close\r\n\r\n").getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
        }
    }
}
