package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves the server smaller than it is. */
class CompressionTest {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final String LARGE = "{ secret { name(characters: 5000) } }";

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<byte[]> send(HttpRequest.Builder request, String... headers) {
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private static HttpResponse<byte[]> ask(String query, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri("/graphql"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + TestServer.TOKEN)
                .POST(HttpRequest.BodyPublishers.ofString(
                        JsonObject.of("query", query).encode()));
        return send(request, headers);
    }

    private static HttpResponse<byte[]> get(String path, String... headers) {
        return send(HttpRequest.newBuilder(server.uri(path)), headers);
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static String text(HttpResponse<byte[]> answer) {
        InputStream body = new ByteArrayInputStream(answer.body());
        try (InputStream plain = switch (header(answer, "Content-Encoding")) {
            case "gzip" -> new GZIPInputStream(body);
            case "deflate" -> new InflaterInputStream(body);
            default -> body;
        }) {
            return new String(plain.readAllBytes(), UTF_8);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Nested
    class Coding {

        @ParameterizedTest
        @CsvSource({
            "gzip,GZIP",
            "GZIP,GZIP",
            "x-gzip,GZIP",
            "'gzip, deflate, br, zstd',GZIP",
            "deflate,DEFLATE",
            "'deflate;q=1, gzip;q=0.5',DEFLATE",
            "'br, deflate;q=0.1',DEFLATE",
            "*,GZIP",
            "'gzip;q=0, *',DEFLATE",
            "'gzip;q=0, deflate;q=0',IDENTITY",
            "'*;q=0',IDENTITY",
            "identity,IDENTITY",
            "'identity, gzip;q=0.5',IDENTITY",
            "'gzip;q=0.5, identity;q=0.5',GZIP",
            "br,IDENTITY",
            "'',IDENTITY",
            "gzip;q=much,IDENTITY"
        })
        void is_what_the_client_likes_best_of_what_the_server_can_do(String accepted, ContentCoding coding) {
            assertThat(ContentCoding.accepted(accepted)).isEqualTo(coding);
        }

        @Test
        void is_none_for_who_names_none() {
            assertThat(ContentCoding.accepted(null)).isEqualTo(ContentCoding.IDENTITY);
        }
    }

    @Nested
    class Answer {

        @ParameterizedTest
        @ValueSource(strings = {"gzip", "deflate"})
        void of_some_size_is_compressed_as_the_client_accepts(String coding) {
            HttpResponse<byte[]> answer = ask(LARGE, "Accept-Encoding", coding);

            assertThat(header(answer, "Content-Encoding")).isEqualTo(coding);
            assertThat(header(answer, "Vary")).isEqualTo("Accept-Encoding");
            assertThat(answer.body()).hasSizeLessThan(500);
            assertThat(text(answer)).isEqualTo(text(ask(LARGE)));
        }

        @Test
        void of_megabytes_is_compressed_too() {
            HttpResponse<byte[]> answer = ask("{ slow(millis: 1, characters: 3000000) }", "Accept-Encoding", "gzip");

            assertThat(answer.body()).hasSizeLessThan(100_000);
            assertThat(text(answer)).hasSizeGreaterThan(3_000_000);
        }

        @Test
        void is_as_it_is_for_who_accepts_nothing_else() {
            for (HttpResponse<byte[]> answer : List.of(ask(LARGE), ask(LARGE, "Accept-Encoding", "br"))) {
                assertThat(header(answer, "Content-Encoding")).isEmpty();
                assertThat(header(answer, "Vary")).isEqualTo("Accept-Encoding");
            }
        }

        @Test
        void that_is_small_is_as_it_is() {
            assertThat(header(ask("{ __typename }", "Accept-Encoding", "gzip"), "Content-Encoding"))
                    .isEmpty();
        }

        @Test
        void of_errors_is_compressed_too() {
            HttpResponse<byte[]> answer = ask(
                    "{ " + "n".repeat(60)
                            + IntStream.range(0, 30)
                                    .mapToObj(" nothing%d"::formatted)
                                    .collect(Collectors.joining()) + "}",
                    "Accept-Encoding",
                    "gzip");

            assertThat(header(answer, "Content-Encoding")).isEqualTo("gzip");
            assertThat(text(answer)).contains("errors");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{ secret { token(characters: 5000) } }",
                    "{ secret { a: name(characters: 5000) b: token(characters: 1) } }",
                    "{ secret { ...S } } fragment S on Secret { name(characters: 5000) ... { token(characters: 1) } }",
                    "query($no: Boolean = false) { secret { name(characters: 5000) token(characters: 1) @include(if: $no) } }"
                })
        void that_tells_a_secret_is_never_compressed(String query) {
            HttpResponse<byte[]> answer = ask(query, "Accept-Encoding", "gzip, deflate");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "Content-Encoding")).isEmpty();
            assertThat(answer.body()).hasSizeGreaterThan(5_000);
        }

        @Test
        void in_events_is_as_it_is_so_that_each_comes_at_once() {
            for (String query : List.of(LARGE, "subscription { count(to: 300) }")) {
                HttpResponse<byte[]> answer = ask(query, "Accept-Encoding", "gzip", "Accept", "text/event-stream");

                assertThat(header(answer, "Content-Encoding")).isEmpty();
                assertThat(text(answer))
                        .startsWith(query.equals(LARGE) ? "event: next" : ":")
                        .endsWith("event: complete\ndata:\n\n");
            }
        }
    }

    @Nested
    class File {

        @ParameterizedTest
        @ValueSource(strings = {"/", "/dashboard.css", "/js/main.js", "/graphiql/", "/metrics"})
        void is_compressed_for_who_accepts_it(String path) {
            HttpResponse<byte[]> plain = get(path);
            HttpResponse<byte[]> compressed = get(path, "Accept-Encoding", "gzip, deflate, br");

            assertThat(header(plain, "Content-Encoding")).isEmpty();
            assertThat(header(compressed, "Content-Encoding")).isEqualTo("gzip");
            assertThat(compressed.body().length).isLessThan(plain.body().length);
            assertThat(header(plain, "Vary")).isEqualTo("Accept-Encoding");
            assertThat(header(compressed, "Vary")).isEqualTo("Accept-Encoding");
            assertThat(header(compressed, "Content-Type")).isEqualTo(header(plain, "Content-Type"));
            if (!path.equals("/metrics")) {
                assertThat(text(compressed)).isEqualTo(text(plain));
            }
        }

        @Test
        void that_the_browser_has_already_is_not_sent_again() {
            for (String coding : List.of("gzip", "identity")) {
                String tag = header(get("/js/main.js", "Accept-Encoding", coding), "ETag");

                HttpResponse<byte[]> again = get("/js/main.js", "Accept-Encoding", coding, "If-None-Match", tag);

                assertThat(tag).matches("\"[\\w-]{22}(-gzip)?\"");
                assertThat(again.statusCode()).isEqualTo(304);
                assertThat(again.body()).isEmpty();
                assertThat(get("/js/main.js", "If-None-Match", "\"another\"").statusCode())
                        .isEqualTo(200);
            }
        }

        @Test
        void has_one_tag_for_each_form() {
            assertThat(header(get("/js/main.js", "Accept-Encoding", "gzip"), "ETag"))
                    .isNotEqualTo(header(get("/js/main.js"), "ETag"));
        }
    }
}
