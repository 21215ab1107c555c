package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every path but GraphQL's. */
class RoutesTest {

    private static final String FOR_PEOPLE = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

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

    private static HttpResponse<String> send(String method, String path, String... headers) {
        return server.send(
                HttpRequest.newBuilder(server.uri(path)).method(method, HttpRequest.BodyPublishers.noBody()), headers);
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static JsonObject error(HttpResponse<String> answer) {
        assertThat(header(answer, "Content-Type")).startsWith("application/json");
        return new JsonObject(answer.body()).getJsonArray("errors").getJsonObject(0);
    }

    @Nested
    class TheContract {

        @Test
        void is_given_out_as_it_stands_to_whoever_asks() throws IOException {
            HttpResponse<String> answer = send("GET", "/schema.graphql");

            assertThat(answer.body()).isEqualTo(Files.readString(Path.of("schema.graphqls")));
            assertThat(header(answer, "Content-Type")).isEqualTo("text/plain; charset=utf-8");
        }

        @Test
        void is_sent_once_to_who_keeps_it() {
            String tag = header(send("GET", "/schema.graphql"), "ETag");

            assertThat(send("GET", "/schema.graphql", "If-None-Match", tag).statusCode())
                    .isEqualTo(304);
        }
    }

    @Nested
    class WhatCanBeRead {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/",
                    "/index.html",
                    "/dashboard.css",
                    "/js/main.js",
                    "/icon.svg",
                    "/icon-512.png",
                    "/manifest.webmanifest",
                    "/service-worker.js",
                    "/lib/preact.js",
                    "/lib/hooks.js",
                    "/lib/htm.js",
                    "/graphiql/",
                    "/schema.graphql",
                    "/qr.svg?text=https://example.org/",
                    "/health/live",
                    "/health/live/",
                    "/health/ready",
                    "/health/ready/",
                    "/health/details",
                    "/metrics",
                    "/metrics/"
                })
        void is_told_of_by_head_as_by_get(String path) {
            HttpResponse<String> got = send("GET", path);
            HttpResponse<String> headed = send("HEAD", path);

            assertThat(got.statusCode()).isEqualTo(200);
            assertThat(headed.statusCode()).isEqualTo(200);
            assertThat(headed.body()).isEmpty();
            assertThat(header(headed, "Content-Type"))
                    .isEqualTo(header(got, "Content-Type"))
                    .isNotEmpty();
            assertThat(Integer.parseInt(header(headed, "Content-Length"))).isPositive();
        }

        @ParameterizedTest
        @ValueSource(strings = {"/", "/graphiql", "/graphiql/", "/health/live", "/health/ready", "/metrics"})
        void cannot_be_written_and_names_its_methods(String path) {
            HttpResponse<String> posted = send("POST", path);
            HttpResponse<String> asked = send("OPTIONS", path);

            assertThat(posted.statusCode()).isEqualTo(405);
            assertThat(header(posted, "Allow")).isEqualTo("GET, HEAD, OPTIONS");
            assertThat(error(posted).getString("message")).contains("/graphql");
            assertThat(asked.statusCode()).isEqualTo(204);
            assertThat(header(asked, "Allow")).isEqualTo("GET, HEAD, OPTIONS");
        }

        @Test
        void of_a_server_that_is_not_ready_is_told_by_head_too() {
            try (TestServer away = new TestServer()) {
                away.database = io.vertx.core.Future.succeededFuture(false);

                assertThat(away.send(HttpRequest.newBuilder(away.uri("/health/ready"))
                                        .method("HEAD", HttpRequest.BodyPublishers.noBody()))
                                .statusCode())
                        .isEqualTo(503);
            }
        }
    }

    @Nested
    class ACode {

        @Test
        void is_drawn_of_any_text_and_kept_for_good() {
            HttpResponse<String> answer = send("GET", "/qr.svg?text=Milk%20%26%20eggs");

            assertThat(header(answer, "Content-Type")).isEqualTo("image/svg+xml");
            assertThat(answer.body())
                    .startsWith("<svg ")
                    .isNotEqualTo(send("GET", "/qr.svg?text=Milk").body());
            assertThat(header(answer, "Cache-Control")).contains("immutable");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 501})
        void is_not_drawn_of_nothing_or_too_much(int length) {
            HttpResponse<String> answer = send("GET", "/qr.svg?text=" + "x".repeat(length));

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(error(answer).getString("message")).contains("1 to 500 characters");
        }
    }

    @Nested
    class TheDashboard {

        private static final String FOR_GOOD = "public, max-age=31536000, immutable";

        @Test
        void names_each_of_its_files_by_what_it_holds_so_that_browsers_keep_them_for_good() {
            Set<String> files = files(send("GET", "/").body());

            assertThat(files)
                    .anyMatch(path -> path.startsWith("js/main."))
                    .anyMatch(path -> path.startsWith("js/places."))
                    .anyMatch(path -> path.startsWith("lib/preact."))
                    .anyMatch(path -> path.startsWith("dashboard."))
                    .allSatisfy(path -> {
                        HttpResponse<String> answer = send("GET", "/" + path);
                        assertThat(answer.statusCode()).isEqualTo(200);
                        assertThat(header(answer, "Cache-Control")).isEqualTo(FOR_GOOD);
                    });
        }

        @Test
        void is_asked_for_anew_itself() {
            HttpResponse<String> page = send("GET", "/");

            assertThat(header(page, "Cache-Control")).isEqualTo("no-cache");
            assertThat(send("GET", "/", "If-None-Match", header(page, "ETag")).statusCode())
                    .isEqualTo(304);
        }

        @Test
        void has_a_worker_that_keeps_each_of_its_files_and_knows_its_release() {
            String page = send("GET", "/").body();
            HttpResponse<String> worker = send("GET", "/service-worker.js");
            String release = between(page, "<meta name=\"release\" content=\"", "\"");
            Set<String> kept = new TreeSet<>();
            Set<String> onceUsed = new TreeSet<>();
            new JsonArray(between(worker.body(), "const SHELL = ", ";")).forEach(path -> kept.add((String) path));
            new JsonArray(between(worker.body(), "const ONCE_USED = ", ";"))
                    .forEach(path -> onceUsed.add((String) path));

            assertThat(header(worker, "Cache-Control")).isEqualTo("no-cache");
            assertThat(release).hasSize(22);
            assertThat(between(worker.body(), "const RELEASE = '", "'")).isEqualTo(release);
            assertThat(onceUsed)
                    .anyMatch(path -> path.startsWith("js/scan-worker."))
                    .doesNotContainAnyElementsOf(kept);
            kept.addAll(onceUsed);
            assertThat(kept)
                    .containsAll(files(page))
                    .anyMatch(path -> path.startsWith("manifest."))
                    .allSatisfy(path -> assertThat(header(send("GET", "/" + path), "Cache-Control"))
                            .isEqualTo(FOR_GOOD));
        }

        private static String between(String text, String before, String after) {
            int from = text.indexOf(before) + before.length();
            return text.substring(from, text.indexOf(after, from));
        }

        @Test
        void may_run_its_import_map_and_no_other_script_within_the_page() throws NoSuchAlgorithmException {
            HttpResponse<String> page = send("GET", "/");
            String map = importMap(page.body());
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(map.getBytes(UTF_8));

            assertThat(header(page, "Content-Security-Policy"))
                    .contains("script-src 'self' 'sha256-" + Base64.getEncoder().encodeToString(hash) + "'");
        }

        @Test
        void lets_the_reader_of_codes_compile_and_nothing_else() {
            String worker = files(send("GET", "/").body()).stream()
                    .filter(path -> path.startsWith("js/scan-worker."))
                    .findFirst()
                    .orElseThrow();
            HttpResponse<String> binary = send("GET", "/lib/zxing-reader-3.1.6.wasm");

            assertThat(List.of("/" + worker, "/js/scan-worker.js"))
                    .allSatisfy(path -> assertThat(header(send("GET", path), "Content-Security-Policy"))
                            .isEqualTo("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"));
            assertThat(List.of("/", "/js/main.js"))
                    .allSatisfy(path -> assertThat(header(send("GET", path), "Content-Security-Policy"))
                            .doesNotContain("unsafe"));
            assertThat(header(binary, "Content-Type")).isEqualTo("application/wasm");
            assertThat(header(binary, "Cache-Control")).isEqualTo(FOR_GOOD);
        }

        @Test
        void gives_a_page_of_another_release_what_it_has_and_lets_nobody_keep_it() {
            HttpResponse<String> answer = send("GET", "/js/main.0123456789abcdef.js");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
            assertThat(answer.body()).isEqualTo(send("GET", "/js/main.js").body());
        }

        @Test
        void comes_without_comments_line_by_line() {
            String plain = send("GET", "/js/dom.js").body();
            String hashed = files(send("GET", "/").body()).stream()
                    .filter(path -> path.startsWith("js/dom."))
                    .map(path -> send("GET", "/" + path).body())
                    .findFirst()
                    .orElseThrow();

            assertThat(plain).contains("/** The element of the page with this id. */");
            assertThat(hashed).doesNotContain("/**").contains("export const byId");
            assertThat(hashed.lines().count()).isEqualTo(plain.lines().count());
        }

        private static String importMap(String page) {
            String opening = "<script type=\"importmap\">";
            int from = page.indexOf(opening) + opening.length();
            return page.substring(from, page.indexOf("</script>", from));
        }

        /** What the page names and what its import map leads to. */
        private static Set<String> files(String page) {
            Set<String> files = new TreeSet<>();
            new JsonObject(importMap(page))
                    .getJsonObject("imports")
                    .forEach(entry -> files.add(((String) entry.getValue()).substring(2)));
            Pattern.compile("(?:src|href)=\"([\\w./-]+\\.(?:js|css|svg))\"")
                    .matcher(page)
                    .results()
                    .forEach(found -> files.add(found.group(1)));
            return files;
        }
    }

    @Nested
    class Nothing {

        @ParameterizedTest
        @ValueSource(
                strings = {"/api", "/api/v1/items", "/graphql/items", "/v1/graphql", "/js", "/js/none.js", "/health"})
        void is_told_in_json_to_programs_whatever_the_method(String path) {
            for (String method : new String[] {"GET", "POST", "DELETE", "PATCH", "OPTIONS"}) {
                HttpResponse<String> answer = send(method, path, "Accept", "application/json, */*");

                assertThat(answer.statusCode()).as(method).isEqualTo(404);
                assertThat(error(answer).getString("message")).contains("/graphql");
                assertThat(error(answer).getJsonObject("extensions").getString("code"))
                        .isEqualTo("INVALID");
            }
        }

        @Test
        void is_shown_as_a_page_to_people_who_navigate() {
            HttpResponse<String> answer = send("GET", "/nothing", "Accept", FOR_PEOPLE);

            assertThat(answer.statusCode()).isEqualTo(404);
            assertThat(header(answer, "Content-Type")).isEqualTo("text/html; charset=utf-8");
            assertThat(answer.body()).contains("<h1>");
            assertThat(send("HEAD", "/nothing", "Accept", FOR_PEOPLE).body()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "/..%2fschema.graphqls",
                    "/js/..%2f..%2fmigrations",
                    "/js/%2e%2e/%2e%2e/schema.graphqls",
                    "/.git"
                })
        void is_what_is_not_meant_for_browsers(String path) {
            assertThat(send("GET", path).statusCode()).isIn(400, 404);
        }
    }
}
