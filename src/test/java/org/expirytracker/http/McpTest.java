package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Model Context Protocol on the wire; the official client is in {@code conformance/mcp.mjs}. */
class McpTest {

    private static final TestApi NODE = TestApi.node();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String[] EVERYTHING = {"ITEMS_READ", "ITEMS_WRITE", "REPORTS_READ"};

    private final User user = NODE.newUser();
    private final String token = token(EVERYTHING);
    private final LocalDate today = LocalDate.now(ZoneOffset.UTC);

    private String token(String... scopes) {
        JsonObject input =
                new JsonObject().put("name", "Assistant").put("scopes", new JsonArray(Arrays.asList(scopes)));
        return user.mutate("createApiToken", "token", input).getString("token");
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException broken) {
            throw new AssertionError(broken);
        }
    }

    private static HttpResponse<String> post(String bearer, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(NODE.uri("/mcp"))
                .header("Content-Type", "application/json")
                .header("Accept", "application/json, text/event-stream")
                .header("Authorization", "Bearer " + bearer)
                .POST(HttpRequest.BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return send(request);
    }

    private static JsonObject reply(String bearer, String method, JsonObject parameters) {
        HttpResponse<String> answer = post(
                bearer,
                new JsonObject()
                        .put("jsonrpc", "2.0")
                        .put("id", 7)
                        .put("method", method)
                        .put("params", parameters)
                        .encode());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        JsonObject reply = new JsonObject(answer.body());
        assertThat(reply.getInteger("id")).isEqualTo(7);
        return reply;
    }

    private static JsonObject result(String bearer, String method, JsonObject parameters) {
        JsonObject reply = reply(bearer, method, parameters);
        assertThat(reply.containsKey("error")).as(reply.encode()).isFalse();
        return reply.getJsonObject("result");
    }

    private JsonObject call(String tool, JsonObject arguments) {
        return result(token, "tools/call", new JsonObject().put("name", tool).put("arguments", arguments));
    }

    private static String text(JsonObject result) {
        return result.getJsonArray("content").getJsonObject(0).getString("text");
    }

    private static List<Object> names(JsonObject tools) {
        return TestApi.each(tools.getJsonArray("tools"), "name");
    }

    private JsonObject milk() {
        return new JsonObject()
                .put("name", "Milk")
                .put("quantity", "2")
                .put("expiryDate", today.plusDays(5).toString());
    }

    @Nested
    class Beginning {

        @ParameterizedTest
        @CsvSource({
            "2025-11-25, 2025-11-25",
            "2025-06-18, 2025-06-18",
            "2026-07-28, 2025-11-25",
            "1999-01-01, 2025-11-25"
        })
        void agrees_on_a_revision(String wanted, String agreed) {
            JsonObject begun = result(token, "initialize", new JsonObject().put("protocolVersion", wanted));

            assertThat(begun.getString("protocolVersion")).isEqualTo(agreed);
            assertThat(begun.getJsonObject("serverInfo").getString("name")).isEqualTo("expiry-tracker");
            assertThat(begun.getJsonObject("capabilities").fieldNames())
                    .containsExactlyInAnyOrder("tools", "resources");
        }

        @Test
        void is_left_out_by_messages_that_stand_alone() {
            JsonObject alone = new JsonObject()
                    .put("_meta", new JsonObject().put("io.modelcontextprotocol/protocolVersion", "2026-07-28"));

            JsonObject discovered = result(token, "server/discover", alone.copy());
            JsonObject tools = result(token, "tools/list", alone.copy());

            assertThat(discovered.getJsonArray("supportedVersions").stream()).contains("2026-07-28", "2025-11-25");
            assertThat(tools.getString("resultType")).isEqualTo("complete");
            assertThat(tools.getString("cacheScope")).isEqualTo("private");
            assertThat(tools.getInteger("ttlMs")).isPositive();
        }

        @Test
        void of_an_unknown_revision_is_told_which_there_are() {
            JsonObject parameters = new JsonObject()
                    .put("_meta", new JsonObject().put("io.modelcontextprotocol/protocolVersion", "2031-01-01"));

            JsonObject error = reply(token, "tools/list", parameters).getJsonObject("error");

            assertThat(error.getInteger("code")).isEqualTo(-32022);
            assertThat(error.getJsonObject("data").getJsonArray("supported").stream())
                    .contains("2026-07-28");
        }
    }

    @Nested
    class Tools {

        @Test
        void are_those_that_the_token_may_use() {
            JsonObject none = new JsonObject();

            assertThat(names(result(token("ITEMS_READ"), "tools/list", none)))
                    .contains("find_items", "what_expires", "forecast")
                    .doesNotContain("add_item", "report");
            assertThat(names(result(token, "tools/list", none))).contains("add_item", "take_out", "undo", "report");
        }

        @Test
        void describe_their_arguments_as_the_schema_does() {
            JsonObject add = result(token, "tools/list", new JsonObject()).getJsonArray("tools").stream()
                    .map(JsonObject.class::cast)
                    .filter(tool -> tool.getString("name").equals("add_item"))
                    .findFirst()
                    .orElseThrow();

            JsonObject schema = add.getJsonObject("inputSchema");
            JsonObject input = schema.getJsonObject("$defs").getJsonObject("CreateItemInput");
            assertThat(schema.getJsonArray("required").stream()).containsExactly("input");
            assertThat(input.getJsonObject("properties").fieldNames()).contains("name", "productId");
            assertThat(input.getJsonObject("properties")
                            .getJsonObject("expiryDate")
                            .getMap())
                    .containsEntry("format", "date")
                    .containsEntry("description", "The last day on which it is good.");
            assertThat(add.getJsonObject("annotations").getBoolean("readOnlyHint"))
                    .isFalse();
        }

        @Test
        void find_what_is_there() {
            user.createItem(milk());

            JsonObject found = call("find_items", new JsonObject().put("filter", Map.of("search", "milk")));

            JsonObject item = found.getJsonObject("structuredContent")
                    .getJsonObject("items")
                    .getJsonArray("nodes")
                    .getJsonObject(0);
            assertThat(item.getString("name")).isEqualTo("Milk");
            assertThat(item.getInteger("daysLeft")).isEqualTo(5);
            assertThat(new JsonObject(text(found))).isEqualTo(found.getJsonObject("structuredContent"));
        }

        @Test
        void say_what_expires_without_being_told_more() {
            user.createItem(milk());
            user.createItem(milk().put("name", "Bread")
                    .put("expiryDate", today.minusDays(1).toString()));

            JsonObject told = call("what_expires", new JsonObject()).getJsonObject("structuredContent");

            assertThat(told.getJsonObject("expired").getInteger("totalCount")).isEqualTo(1);
            assertThat(told.getJsonObject("expiring").getInteger("totalCount")).isEqualTo(1);
        }

        @Test
        void change_once_however_often_the_same_is_sent() {
            JsonObject arguments = new JsonObject().put("input", milk()).put("idempotencyKey", "answer-was-lost");

            JsonObject first = call("add_item", arguments);
            JsonObject second = call("add_item", arguments);

            assertThat(second.getJsonObject("structuredContent")).isEqualTo(first.getJsonObject("structuredContent"));
            assertThat(user.query("{ items { totalCount } }")
                            .getJsonObject("items")
                            .getInteger("totalCount"))
                    .isEqualTo(1);
        }

        @Test
        void take_back_what_they_did() {
            String id = user.createItem(milk());
            call("take_out", new JsonObject().put("input", Map.of("itemId", id, "outcome", "USED")));
            String change = call("recent_changes", new JsonObject())
                    .getJsonObject("structuredContent")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");

            JsonObject undone = call("undo", new JsonObject().put("input", Map.of("activityId", change)));

            assertThat(undone.getJsonObject("structuredContent")
                            .getJsonObject("undo")
                            .getJsonObject("item")
                            .getString("quantity"))
                    .isEqualTo("2");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "add_item | {\"input\": {\"name\": \"\"}} | name",
                    "add_item | {\"input\": {\"name\": \"x\", \"expiryDate\": \"31.12.2030\"}} | 31.12.2030",
                    "find_items | {\"filters\": {}} | find_items has no argument filters, but filter",
                    "find_items | {\"filter\": {\"nme\": \"x\"}} | nme",
                    "update_item | {\"input\": {\"id\": \"nothing\"}} | id"
                })
        void that_fail_say_why_to_the_model(String tool, String arguments, String why) {
            JsonObject failed = call(tool, new JsonObject(arguments));

            assertThat(failed.getBoolean("isError")).isTrue();
            assertThat(text(failed)).contains(why);
        }

        @Test
        void do_no_more_than_the_token_may() {
            JsonObject parameters =
                    new JsonObject().put("name", "add_item").put("arguments", new JsonObject().put("input", milk()));

            JsonObject failed = result(token("ITEMS_READ"), "tools/call", parameters);

            assertThat(failed.getBoolean("isError")).isTrue();
            assertThat(text(failed)).contains("items:write");
        }
    }

    @Nested
    class Resources {

        @Test
        void are_reports() {
            user.mutate("generateReport", "report { date }", new JsonObject());
            JsonObject none = new JsonObject();

            assertThat(TestApi.each(result(token, "resources/list", none).getJsonArray("resources"), "uri"))
                    .containsExactly("expiry://reports/latest");
            for (String uri : List.of("expiry://reports/latest", "expiry://reports/" + today)) {
                JsonObject read = result(token, "resources/read", new JsonObject().put("uri", uri));
                JsonObject content = read.getJsonArray("contents").getJsonObject(0);
                assertThat(content.getString("uri")).isEqualTo(uri);
                assertThat(new JsonObject(content.getString("text")).getString("date"))
                        .isEqualTo(today.toString());
            }
        }

        @ParameterizedTest
        @CsvSource({"expiry://reports/latest", "expiry://reports/2001-01-01", "file:///etc/passwd"})
        void that_are_not_there_are_named(String uri) {
            JsonObject error = reply(token, "resources/read", new JsonObject().put("uri", uri))
                    .getJsonObject("error");

            assertThat(error.getInteger("code")).isEqualTo(-32002);
            assertThat(error.getString("message")).contains(uri);
        }
    }

    @Nested
    class TheWay {

        @Test
        void is_post_alone() {
            HttpResponse<String> got = send(HttpRequest.newBuilder(NODE.uri("/mcp"))
                    .header("Authorization", "Bearer " + token)
                    .header("Accept", "text/event-stream"));

            assertThat(got.statusCode()).isEqualTo(405);
            assertThat(got.headers().firstValue("Allow")).contains("POST");
        }

        @Test
        void needs_a_token() {
            HttpResponse<String> answer = post("etp_nothing", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");

            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.headers().firstValue("WWW-Authenticate")).isPresent();
        }

        @Test
        void is_closed_to_pages_of_others() {
            HttpResponse<String> answer =
                    post(token, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}", "Origin", "https://evil.example");

            assertThat(answer.statusCode()).isEqualTo(403);
        }

        @Test
        void takes_notices_without_an_answer() {
            HttpResponse<String> answer = post(token, "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");

            assertThat(answer.statusCode()).isEqualTo(202);
            assertThat(answer.body()).isEmpty();
        }

        @Test
        void says_what_it_does_not_understand() {
            assertThat(post(token, "{\"jsonrpc\":").statusCode()).isEqualTo(400);
            assertThat(reply(token, "tools/forget", new JsonObject())
                            .getJsonObject("error")
                            .getInteger("code"))
                    .isEqualTo(-32601);
            assertThat(reply(token, "tools/call", new JsonObject().put("name", "format_disk"))
                            .getJsonObject("error")
                            .getInteger("code"))
                    .isEqualTo(-32602);
            assertThat(reply(token, "tools/call", new JsonObject().put("name", 7))
                            .getJsonObject("error")
                            .getInteger("code"))
                    .isEqualTo(-32602);
        }
    }
}
