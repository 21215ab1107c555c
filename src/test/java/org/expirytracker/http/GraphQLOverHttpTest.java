package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GraphQLOverHttpTest {

    private static final String ADD = "mutation { addThing(input: {name: \\\"x\\\"}) { userErrors { code } } }";
    private static final String BEARER = "Bearer " + TestServer.TOKEN;

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer(new HttpOptions(
                "127.0.0.1",
                0,
                Set.of("https://app.example.com"),
                Duration.ofSeconds(1),
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

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    private static String code(HttpResponse<String> answer) {
        return new JsonObject(answer.body())
                .getJsonArray("errors")
                .getJsonObject(0)
                .getJsonObject("extensions")
                .getString("code");
    }

    private static String getPath(String query) {
        return "/graphql?query=" + URLEncoder.encode(query, StandardCharsets.UTF_8);
    }

    @Nested
    class Query {

        @Test
        void is_answered_with_its_cost() {
            HttpResponse<String> answer =
                    server.query("{ things(first: 2) { nodes { id name price parent { name } } totalCount } }");

            assertThat(answer.statusCode()).isEqualTo(200);
            JsonObject body = new JsonObject(answer.body());
            assertThat(body.getJsonObject("data").getJsonObject("things").getInteger("totalCount"))
                    .isEqualTo(1_000);
            assertThat(body.getJsonObject("data").encode())
                    .contains("\"price\":\"0.1\"", "\"parent\":{\"name\":\"thing 2\"}");
            assertThat(body.getJsonObject("extensions").encode())
                    .isEqualTo("{\"cost\":{\"requested\":5,\"limit\":10000,\"budget\":{\"name\":\"things\","
                            + "\"capacity\":1000,\"remaining\":1000,\"restoreRate\":1.0}}}");
        }

        @Test
        void loads_what_many_rows_refer_to_in_one_batch() {
            int before = server.things.batches.get();

            server.query("{ things(first: 100) { nodes { parent { parent { name } } } } }");

            assertThat(server.things.batches.get() - before).isEqualTo(2);
        }

        @Test
        void by_node_ids_answers_in_order_and_null_for_what_is_nothing() {
            String id = new JsonObject(server.query("{ things(first: 1) { nodes { id } } }")
                            .body())
                    .getJsonObject("data")
                    .getJsonObject("things")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");
            int before = server.things.batches.get();

            HttpResponse<String> answer = server.query(
                    "query($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { id ... on Item { name } } node(id: $id) { id } }",
                    Map.of("ids", java.util.List.of(id, "junk", id), "id", id));

            assertThat(new JsonObject(answer.body()).getJsonObject("data").encode())
                    .isEqualTo(
                            "{\"nodes\":[{\"id\":\"%1$s\",\"name\":\"thing 1\"},null,{\"id\":\"%1$s\",\"name\":\"thing 1\"}],\"node\":{\"id\":\"%1$s\"}}"
                                    .formatted(id));
            assertThat(server.things.batches.get() - before).isEqualTo(1);
        }

        @Test
        void without_a_token_is_told_so_and_keeps_the_status_of_its_media_type() {
            String body = "{\"query\":\"{ things { totalCount } }\"}";

            HttpResponse<String> legacy =
                    server.post(body, "Content-Type", "application/json", "Accept", "application/json");
            HttpResponse<String> strict = server.post(
                    body, "Content-Type", "application/json", "Accept", "application/graphql-response+json");

            assertThat(legacy.statusCode()).isEqualTo(200);
            assertThat(code(legacy)).isEqualTo("UNAUTHENTICATED");
            assertThat(strict.statusCode()).isEqualTo(401);
            assertThat(header(strict, "WWW-Authenticate")).startsWith("Bearer");
        }

        @Test
        void that_takes_too_long_is_given_up() {
            HttpResponse<String> answer = server.query("{ slow(millis: 5000) }");

            assertThat(answer.statusCode()).isEqualTo(504);
            assertThat(code(answer)).isEqualTo("UNAVAILABLE");
        }

        @Test
        void of_which_nothing_is_available_is_503_with_retry_after() {
            HttpResponse<String> answer = server.query("{ fails(how: \"UNAVAILABLE\") }");

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(header(answer, "Retry-After")).isNotEmpty();
        }

        @Test
        void of_which_a_part_is_available_is_200() {
            HttpResponse<String> answer = server.query("{ fails(how: \"UNAVAILABLE\") things { totalCount } }");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(code(answer)).isEqualTo("UNAVAILABLE");
        }

        @Test
        void above_the_price_limit_is_refused_with_4xx_whatever_is_accepted() {
            for (String accept : Set.of("application/json", "application/graphql-response+json", "*/*")) {
                HttpResponse<String> answer = server.post(
                        "{\"query\":\"{ things(first: 100) { nodes { things(first: 100) { nodes { id } } } } }\"}",
                        "Content-Type",
                        "application/json",
                        "Accept",
                        accept,
                        "Authorization",
                        BEARER);
                assertThat(answer.statusCode()).isEqualTo(400);
                assertThat(code(answer)).isEqualTo("LIMIT_REACHED");
            }
        }

        @Test
        void for_the_schema_needs_a_token() {
            String body = "{\"query\":\"{ __schema { queryType { name } } }\"}";

            assertThat(code(server.post(body, "Content-Type", "application/json")))
                    .isEqualTo("UNAUTHENTICATED");
            assertThat(server.post(body, "Content-Type", "application/json", "Authorization", BEARER)
                            .body())
                    .contains("\"name\":\"Query\"");
        }
    }

    @Nested
    class Mutation {

        @Test
        void shows_its_object_and_inherited_user_errors() {
            HttpResponse<String> answer =
                    server.query("mutation { addThing(input: {name: \"x\"}) { item { name } userErrors { code } } }");

            assertThat(answer.body()).contains("\"userErrors\":[]", "\"item\":{\"name\":\"thing 1\"}");
        }

        @Test
        void that_is_refused_tells_why_in_user_errors() {
            HttpResponse<String> answer = server.query(
                    "mutation { addThing(input: {name: \"taken\"}) { item { name } userErrors { code field } } }");

            assertThat(answer.body())
                    .contains("\"item\":null", "{\"code\":\"CONFLICT\",\"field\":[\"input\",\"name\"]}");
        }

        @Test
        void by_get_is_405_and_does_nothing() {
            int before = server.things.changes.get();

            HttpResponse<String> answer = server.get(
                    getPath("mutation { addThing(input: {name: \"x\"}) { userErrors { code } } }"),
                    "Authorization",
                    BEARER);

            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(header(answer, "Allow")).isEqualTo("POST");
            assertThat(server.things.changes).hasValue(before);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "text/plain",
                    "application/x-www-form-urlencoded",
                    "multipart/form-data; boundary=x",
                    "",
                    "application/json; charset=utf-16"
                })
        void of_another_content_type_is_415_and_does_nothing_in_body_or_address(String contentType) {
            int before = server.things.changes.get();
            String query = "mutation { addThing(input: {name: \"x\"}) { userErrors { code } } }";
            for (String path : Set.of("/graphql", getPath(query))) {
                HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(path))
                        .POST(HttpRequest.BodyPublishers.ofString("{\"query\":\"" + ADD + "\"}"))
                        .header("Authorization", BEARER);
                if (!contentType.isEmpty()) {
                    request.header("Content-Type", contentType);
                }

                HttpResponse<String> answer = server.send(request);

                assertThat(answer.statusCode()).isEqualTo(415);
                assertThat(code(answer)).isEqualTo("INVALID");
            }
            assertThat(server.things.changes).hasValue(before);
        }
    }

    @Nested
    class Request {

        @Test
        void in_a_batch_is_told_to_come_alone() {
            HttpResponse<String> answer =
                    server.post("[{\"query\":\"{ __typename }\"}]", "Content-Type", "application/json");

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("batch", "request of its own", "HttpLink");
        }

        @Test
        void after_a_byte_order_mark_is_answered() {
            HttpResponse<String> answer =
                    server.post("\ufeff{\"query\":\"{ __typename }\"}", "Content-Type", "application/json");

            assertThat(answer.body()).contains("{\"__typename\":\"Query\"}");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "application/json",
                    "APPLICATION/JSON",
                    "application/json;charset=UTF-8",
                    "Application/Json ; Charset=\"utf-8\"",
                    "application/json; charset=utf-8; profile=x"
                })
        void of_json_is_understood_however_that_is_written(String contentType) {
            assertThat(server.post("{\"query\":\"{ __typename }\"}", "Content-Type", contentType)
                            .statusCode())
                    .isEqualTo(200);
        }

        @ParameterizedTest
        @CsvSource({
            "'',application/json; charset=utf-8",
            "*/*,application/json; charset=utf-8",
            "application/*,application/json; charset=utf-8",
            "'text/html, */*;q=0.1',application/json; charset=utf-8",
            "'APPLICATION/GRAPHQL-RESPONSE+JSON; charset=utf-8, application/json; charset=utf-8',"
                    + "application/graphql-response+json; charset=utf-8",
            "'application/json; Q=0.1, application/graphql-response+json',application/graphql-response+json; charset=utf-8",
            "'multipart/mixed;deferSpec=20220824,application/graphql-response+json,application/json;q=0.9',"
                    + "application/graphql-response+json; charset=utf-8"
        })
        void is_answered_in_what_the_client_likes_best(String accept, String contentType) {
            String path = getPath("{ __typename }");

            HttpResponse<String> answer = accept.isEmpty() ? server.get(path) : server.get(path, "Accept", accept);

            assertThat(header(answer, "Content-Type")).isEqualTo(contentType);
        }

        @Test
        void with_a_slash_at_the_end_of_the_path_is_answered() {
            HttpResponse<String> answer = server.send(
                    HttpRequest.newBuilder(server.uri("/graphql/"))
                            .POST(HttpRequest.BodyPublishers.ofString("{\"query\":\"{ __typename }\"}")),
                    "Content-Type",
                    "application/json");

            assertThat(answer.body()).contains("{\"__typename\":\"Query\"}");
        }

        @Test
        void by_head_is_answered_as_by_get_but_for_the_body() {
            HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(getPath("{ __typename }")))
                    .method("HEAD", HttpRequest.BodyPublishers.noBody());

            HttpResponse<String> answer = server.send(request);

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEmpty();
            assertThat(Integer.parseInt(header(answer, "Content-Length"))).isGreaterThan(100);
        }

        @Test
        void by_head_never_subscribes() {
            HttpRequest.Builder request = HttpRequest.newBuilder(server.uri(getPath("subscription { tick }")))
                    .method("HEAD", HttpRequest.BodyPublishers.noBody());

            HttpResponse<String> answer = server.send(request, "Authorization", BEARER, "Accept", "text/event-stream");

            assertThat(answer.statusCode()).isEqualTo(405);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "{",
                    "null",
                    "[]",
                    "[{\"query\":\"{ __typename }\"}]",
                    "\"{ __typename }\"",
                    "{\"query\":\"{ __typename }\"} x",
                    "{\"query\":\"{ __typename }\",\"query\":\"{ __typename }\"}",
                    "{\"query\":null}",
                    "{\"query\":\" \"}",
                    "{\"query\":\"{ __typename }\",\"variables\":5}",
                    "{\"query\":\"{ __typename }\",\"variables\":{\"a\":01}}",
                    "{\"query\":\"{ __typename }\",\"variables\":{\"a\":1,\"a\":2}}",
                    "{\"query\":\"{ __typename }\",\"operationName\":[]}",
                    "{'query':'{ __typename }'}"
                })
        void that_is_no_graphql_request_is_400_in_the_shape_of_graphql(String body) {
            HttpResponse<String> answer = server.post(body, "Content-Type", "application/json");

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(code(answer)).isEqualTo("INVALID");
        }

        @Test
        void that_is_not_utf_8_is_400() {
            byte[] body = "{\"query\":\"{ __typename } # \u00e9\"}".getBytes(StandardCharsets.ISO_8859_1);

            HttpResponse<String> answer = server.send(
                    HttpRequest.newBuilder(server.uri("/graphql")).POST(HttpRequest.BodyPublishers.ofByteArray(body)),
                    "Content-Type",
                    "application/json");

            assertThat(answer.statusCode()).isEqualTo(400);
            assertThat(answer.body()).contains("UTF-8");
        }

        @ParameterizedTest
        @CsvSource({
            "application/json,200",
            "application/graphql-response+json,400",
            "*/*,400",
            "'application/graphql-response+json, application/json;q=0.9',400",
            "'application/json, application/graphql-response+json;q=0.5',200"
        })
        void whose_document_is_invalid_has_the_status_of_its_media_type(String accept, int status) {
            HttpResponse<String> answer =
                    server.post("{\"query\":\"{ nothing }\"}", "Content-Type", "application/json", "Accept", accept);

            assertThat(answer.statusCode()).isEqualTo(status);
            assertThat(code(answer)).isEqualTo("INVALID");
            assertThat(answer.body()).doesNotContain("\"data\"").doesNotContainIgnoringCase("did you mean");
        }

        @Test
        void that_accepts_nothing_known_is_406() {
            assertThat(server.get(getPath("{ __typename }"), "Accept", "text/html")
                            .statusCode())
                    .isEqualTo(406);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "Bearer wrong", "valid-token", "Bearer ä"})
        void whose_authorization_is_no_valid_token_is_401(String authorization) {
            HttpResponse<String> answer = server.post(
                    "{\"query\":\"{ __typename }\"}",
                    "Content-Type",
                    "application/json",
                    "Authorization",
                    authorization);

            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(header(answer, "WWW-Authenticate")).startsWith("Bearer");
            assertThat(code(answer)).isEqualTo("UNAUTHENTICATED");
        }

        @Test
        void whose_token_cannot_be_checked_is_503() {
            HttpResponse<String> answer = server.post(
                    "{\"query\":\"{ __typename }\"}",
                    "Content-Type",
                    "application/json",
                    "Authorization",
                    "Bearer unavailable");

            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(header(answer, "Retry-After")).isNotEmpty();
        }

        @Test
        void larger_than_a_megabyte_is_413_announced_or_not() {
            String body = "{\"query\":\"{ __typename }\",\"extensions\":{\"a\":\"" + "x".repeat(1_048_576) + "\"}}";
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);

            HttpResponse<String> announced = server.post(body, "Content-Type", "application/json");
            HttpResponse<String> streamed = server.send(
                    HttpRequest.newBuilder(server.uri("/graphql"))
                            .POST(HttpRequest.BodyPublishers.fromPublisher(
                                    HttpRequest.BodyPublishers.ofByteArray(bytes))),
                    "Content-Type",
                    "application/json");

            assertThat(announced.statusCode()).isEqualTo(413);
            assertThat(streamed.statusCode()).isEqualTo(413);
            assertThat(code(announced)).isEqualTo("LIMIT_REACHED");
        }

        @Test
        void that_is_compressed_is_415() {
            assertThat(server.post("x", "Content-Type", "application/json", "Content-Encoding", "gzip")
                            .statusCode())
                    .isEqualTo(415);
        }

        @Test
        void by_another_method_is_405() {
            HttpResponse<String> answer = server.send(
                    HttpRequest.newBuilder(server.uri("/graphql")).PUT(HttpRequest.BodyPublishers.ofString("{}")));

            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(header(answer, "Allow")).contains("GET", "POST");
        }

        @Test
        void has_an_id_of_the_client_if_it_is_sane_and_else_a_fresh_one() {
            String path = getPath("{ __typename }");

            assertThat(header(server.get(path, "X-Request-Id", "abc-1.2"), "X-Request-Id"))
                    .isEqualTo("abc-1.2");
            assertThat(header(server.get(path, "X-Request-Id", "a b\"c"), "X-Request-Id"))
                    .matches("[0-9a-f]{16}");
            assertThat(header(server.get(path), "X-Request-Id")).matches("[0-9a-f]{16}");
        }
    }

    @Nested
    class PersistedQuery {

        private static final String DOCUMENT = "{ __typename }";
        private static final String HASH = sha256(DOCUMENT);
        private static final String NOT_FOUND =
                "{\"errors\":[{\"message\":\"PersistedQueryNotFound\",\"extensions\":{\"code\":\"PERSISTED_QUERY_NOT_FOUND\"}}]}";

        private static String sha256(String text) {
            try {
                return HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }

        private static String extensions(String hash) {
            return "{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"" + hash + "\"}}";
        }

        private static String body(@Nullable String document, String hash) {
            JsonObject body = new JsonObject("{\"extensions\":" + extensions(hash) + "}");
            return (document == null ? body : body.put("query", document)).encode();
        }

        private HttpResponse<String> post(String body, String... headers) {
            return server.post(
                    body,
                    Stream.concat(Stream.of("Content-Type", "application/json"), Stream.of(headers))
                            .toArray(String[]::new));
        }

        @ParameterizedTest
        @ValueSource(strings = {"application/json", "application/graphql-response+json", "*/*"})
        void that_is_not_known_is_answered_in_the_words_and_with_the_status_that_links_look_for(String accept) {
            String unknown = "ab".repeat(32);
            HttpResponse<String> got = server.get(
                    "/graphql?operationName=A&variables=%7B%7D&extensions="
                            + URLEncoder.encode(extensions(unknown), StandardCharsets.UTF_8),
                    "Accept",
                    accept);

            for (HttpResponse<String> answer : List.of(post(body(null, unknown), "Accept", accept), got)) {
                assertThat(answer.statusCode()).isEqualTo(200);
                assertThat(answer.body()).isEqualTo(NOT_FOUND);
                assertThat(header(answer, "Cache-Control")).isEqualTo("no-store");
            }
        }

        @Test
        void that_a_caller_has_sent_with_its_hash_is_answered_by_the_hash_from_then_on_whoever_asks_and_however() {
            assertThat(post(body(DOCUMENT, HASH), "Authorization", "Bearer " + TestServer.TOKEN)
                            .body())
                    .contains("{\"__typename\":\"Query\"}");

            String answer = "{\"__typename\":\"Query\"}";
            assertThat(post(body(null, HASH)).body()).contains(answer);
            assertThat(post("{\"documentId\":\"sha256:" + HASH + "\"}").body()).contains(answer);
            assertThat(server.get("/graphql?documentId=sha256%3A" + HASH).body())
                    .contains(answer);
            assertThat(server.get("/graphql?extensions=" + URLEncoder.encode(extensions(HASH), StandardCharsets.UTF_8))
                            .body())
                    .contains(answer);
        }

        @Test
        void of_strangers_or_with_errors_is_answered_and_not_kept() {
            String asked = "{ strange: __typename }";
            String wrong = "{ nothing }";

            assertThat(post(body(asked, sha256(asked))).body()).contains("{\"strange\":\"Query\"}");
            assertThat(post(body(wrong, sha256(wrong)), "Authorization", "Bearer " + TestServer.TOKEN)
                            .body())
                    .contains("nothing");
            assertThat(post(body(null, sha256(asked))).body()).isEqualTo(NOT_FOUND);
            assertThat(post(body(null, sha256(wrong))).body()).isEqualTo(NOT_FOUND);
        }

        @Test
        void with_the_hash_of_another_text_is_refused_and_takes_no_place() {
            String hash = sha256("{ other: __typename }");

            HttpResponse<String> refused =
                    post(body(DOCUMENT, hash), "Authorization", "Bearer " + TestServer.TOKEN, "Accept", "*/*");

            assertThat(refused.body()).contains("is not the SHA-256 of query");
            assertThat(post(body(null, hash)).body()).isEqualTo(NOT_FOUND);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"persistedQuery\":null}",
                    "{\"persistedQuery\":\"ab\"}",
                    "{\"persistedQuery\":{}}",
                    "{}",
                    "7"
                })
        void that_is_none_is_400(String extensions) {
            assertThat(server.post("{\"extensions\":" + extensions + "}", "Content-Type", "application/json")
                            .statusCode())
                    .isEqualTo(400);
        }
    }

    @Nested
    class Get {

        @Test
        void takes_a_query_with_variables_and_operation_name() {
            HttpResponse<String> answer = server.get(
                    getPath("query A { __typename } query B($n: Int) { things(first: $n) { nodes { name } } }")
                            + "&operationName=B&variables=" + URLEncoder.encode("{\"n\":1}", StandardCharsets.UTF_8),
                    "Authorization",
                    BEARER);

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).contains("{\"things\":{\"nodes\":[{\"name\":\"thing 1\"}]}}");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "?query=", "?query=%zz", "?query=a&query=b", "?query=%7B__typename%7D&variables=5"})
        void without_a_good_query_is_400(String parameters) {
            assertThat(server.get("/graphql" + parameters.replace("%zz", "%25zz"))
                            .statusCode())
                    .isEqualTo(400);
        }

        @Test
        void of_a_subscription_is_405_and_names_the_protocol() {
            HttpResponse<String> answer = server.get(getPath("subscription { tick }"), "Authorization", BEARER);

            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(answer.body()).contains("graphql-transport-ws");
        }
    }

    @Nested
    class Browsers {

        @Test
        void of_a_named_origin_may_read_the_answer() {
            HttpResponse<String> answer = server.get(getPath("{ __typename }"), "Origin", "https://app.example.com");

            assertThat(header(answer, "Access-Control-Allow-Origin")).isEqualTo("https://app.example.com");
        }

        @Test
        void of_a_foreign_origin_may_not() {
            HttpResponse<String> answer = server.get(getPath("{ __typename }"), "Origin", "https://evil.example.com");

            assertThat(header(answer, "Access-Control-Allow-Origin")).isEmpty();
        }

        @Test
        void may_read_how_long_to_wait_and_what_is_left() {
            HttpResponse<String> answer = server.get(getPath("{ __typename }"), "Origin", "https://app.example.com");

            assertThat(header(answer, "Access-Control-Expose-Headers"))
                    .contains("Retry-After", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id");
            assertThat(answer.headers().allValues("Vary")).containsExactly("Origin", "Accept-Encoding");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "authorization",
                    "content-type",
                    "accept",
                    "last-event-id",
                    "apollographql-client-name",
                    "apollographql-client-version",
                    "x-apollo-operation-name",
                    "apollo-require-preflight",
                    "graphql-require-preflight",
                    "traceparent",
                    "tracestate",
                    "baggage",
                    "x-request-id"
                })
        void may_send_the_headers_that_the_usual_clients_add(String name) {
            HttpRequest.Builder preflight = HttpRequest.newBuilder(server.uri("/graphql"))
                    .method("OPTIONS", HttpRequest.BodyPublishers.noBody());

            HttpResponse<String> answer = server.send(
                    preflight,
                    "Origin",
                    "https://app.example.com",
                    "Access-Control-Request-Method",
                    "POST",
                    "Access-Control-Request-Headers",
                    name);

            assertThat(answer.statusCode()).isEqualTo(204);
            assertThat(header(answer, "Access-Control-Allow-Origin")).isEqualTo("https://app.example.com");
            assertThat(List.of(header(answer, "Access-Control-Allow-Headers")
                            .toLowerCase(java.util.Locale.ROOT)
                            .split(", ")))
                    .contains(name);
        }

        @Test
        void are_told_to_load_nothing_and_show_it_in_no_frame_when_it_is_no_page() {
            for (HttpResponse<String> answer : List.of(
                    server.query("{ __typename }"),
                    server.post("nonsense", "Content-Type", "application/json"),
                    server.post("nonsense"),
                    server.get("/health/live"),
                    server.get("/health/ready"),
                    server.get("/metrics"))) {
                assertThat(header(answer, "Content-Security-Policy"))
                        .isEqualTo("default-src 'none'; frame-ancestors 'none'");
                assertThat(header(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
            }
        }

        @Test
        void see_no_file_that_is_not_meant_for_them() {
            for (String path : Set.of("/..%2f..%2fschema.graphqls", "/.hidden", "/schema.graphqls", "/nothing")) {
                assertThat(server.get(path).statusCode()).isIn(400, 404);
            }
        }
    }
}
