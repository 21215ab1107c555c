package org.expirytracker.exports;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bulk exports as their users have them: by the API, and by links. */
@Timeout(60)
@ProvenRoom("product")
class BulkExportsTest {

    private static final DatabaseUrl URL = TestDatabase.freshMigrated();
    private static final Stock STOCK = new Stock(URL);
    private static final TestApi NODE =
            TestApi.start(URL, Map.of("EXPIRY_TURN_INTERVAL_SECONDS", "1", "EXPIRY_REGISTRATION", "open"));
    private static final HttpClient CLIENT = HttpClient.newHttpClient();
    private static final String NAMES = "{ items { edges { node { name } } } }";

    private final User user = NODE.newUser();

    @AfterAll
    static void stop() throws IOException {
        NODE.close();
    }

    private String begun(String query) {
        return user.mutate("bulkExport", "bulkExport { id }", JsonObject.of("query", query))
                .getJsonObject("bulkExport")
                .getString("id");
    }

    private JsonObject found(String id) {
        return user.query(
                        "query ($id: ID!) { node(id: $id) { ... on BulkExport { state rows bytes error url expiresAt } } }",
                        JsonObject.of("id", id))
                .getJsonObject("node");
    }

    private JsonObject finished(String id) {
        Instant patience = Instant.now().plusSeconds(30);
        JsonObject found = found(id);
        while (found.getString("state").equals("RUNNING") && Instant.now().isBefore(patience)) {
            found = found(id);
        }
        return found;
    }

    private static HttpResponse<String> get(String url, String... headers) {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(NODE.uri(url));
            if (headers.length > 0) {
                request.headers(headers);
            }
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(url, e);
        }
    }

    private List<JsonObject> exported(String query) {
        JsonObject export = finished(begun(query));
        assertThat(export.getString("state")).as(export.encode()).isEqualTo("COMPLETED");
        HttpResponse<String> file = get(export.getString("url"));
        assertThat(file.statusCode()).isEqualTo(200);
        assertThat(file.body()).hasSize(export.getInteger("bytes"));
        List<JsonObject> lines = file.body().lines().map(JsonObject::new).toList();
        assertThat(lines).hasSize(export.getInteger("rows"));
        return lines;
    }

    private void items(int count, JsonObject more) {
        user.createItems(IntStream.range(0, count)
                .mapToObj(n -> JsonObject.of("name", "Item " + n).mergeIn(more))
                .toArray(JsonObject[]::new));
    }

    private UUID inventory() {
        return UUID.fromString(STOCK.column("SELECT id FROM users WHERE username = ?", user.name())
                .getFirst());
    }

    /** As a node leaves it that dies, or has not come to it yet. */
    private String running(String query, @Nullable String position, @Nullable UUID token, boolean due) {
        UUID id = RowIds.next();
        STOCK.run(
                "INSERT INTO bulk_exports (inventory_id, id, maker_id, token_id, query, position, created_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, now())",
                inventory(),
                id,
                inventory(),
                token,
                query,
                position);
        if (due) {
            STOCK.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, due_at) VALUES (?, 'bulk-export', ?, now())",
                    inventory(),
                    id);
        }
        return new NodeId(BulkExport.TYPE, id).encoded();
    }

    @Nested
    class AnExport {

        @Test
        void has_a_line_for_each_object_however_many_there_are() {
            items(230, JsonObject.of("description", "x".repeat(1_500)));

            List<JsonObject> lines = exported("{ items { edges { node { id name quantity description } } } }");

            assertThat(lines)
                    .extracting(line -> line.getString("name"))
                    .doesNotHaveDuplicates()
                    .hasSize(230);
            assertThat(lines.getFirst().fieldNames()).containsExactly("id", "name", "quantity", "description");
            assertThat(STOCK.column("SELECT count(*) FROM bulk_export_chunks WHERE inventory_id = ?", inventory()))
                    .first()
                    .isNotEqualTo("1");
        }

        @Test
        void has_what_is_in_objects_apart_with_the_id_of_theirs() {
            String dairy = user.createCategory("Dairy");
            String bread = user.createCategory("Bread");
            items(130, JsonObject.of("categoryId", dairy));
            items(1, JsonObject.of("categoryId", bread));

            List<JsonObject> lines = exported(
                    "{ categories { nodes { id name items { nodes { ...named } } } } } fragment named on Item { name }");

            assertThat(lines)
                    .filteredOn(line -> line.containsKey("id"))
                    .containsExactlyInAnyOrder(
                            JsonObject.of("id", dairy, "name", "Dairy"), JsonObject.of("id", bread, "name", "Bread"));
            assertThat(lines)
                    .filteredOn(line -> dairy.equals(line.getString("__parentId")))
                    .extracting(line -> line.getString("name"))
                    .doesNotHaveDuplicates()
                    .hasSize(130);
            assertThat(lines).contains(JsonObject.of("name", "Item 0", "__parentId", bread));
        }

        @Test
        void of_connections_in_an_object_of_an_object_reads_all_of_them() {
            String dairy = user.createCategory("Dairy");
            items(110, JsonObject.of("categoryId", dairy));

            List<JsonObject> lines = exported(
                    "{ items(filter: {search: \"109\"}) { edges { node { id category { name items { nodes { name } } } } } } }");

            assertThat(lines).hasSize(111);
            assertThat(lines.getFirst().getJsonObject("category")).isEqualTo(JsonObject.of("name", "Dairy"));
        }

        @Test
        void goes_on_where_a_node_left_it() {
            items(3, new JsonObject());
            String cursor = user.query(
                            "{ items(first: 2, orderBy: {field: CREATED_AT, direction: ASC}) { pageInfo { endCursor } } }")
                    .getJsonObject("items")
                    .getJsonObject("pageInfo")
                    .getString("endCursor");

            String id = running(NAMES, new BulkPosition(true, cursor, List.of()).json(), null, true);

            JsonObject export = finished(id);
            assertThat(export.getString("state")).isEqualTo("COMPLETED");
            assertThat(get(export.getString("url")).body().lines()).hasSize(1);
        }

        @Test
        void of_nothing_is_an_empty_file() {
            assertThat(exported(NAMES)).isEmpty();
        }

        @Test
        void fails_when_whoever_asked_for_it_may_not_any_more() {
            JsonObject made = user.mutate(
                    "createApiToken",
                    "token apiToken { id }",
                    JsonObject.of("name", "export", "scopes", JsonArray.of("ITEMS_READ")));
            String token = made.getJsonObject("apiToken").getString("id");
            user.mutate("revokeApiToken", "apiToken { id }", JsonObject.of("id", token));
            UUID tokenId = UUID.fromString(STOCK.column("SELECT id FROM api_tokens WHERE user_id = ?", inventory())
                    .getFirst());

            JsonObject export = finished(running(NAMES, null, tokenId, true));

            assertThat(export.getString("state")).isEqualTo("FAILED");
            assertThat(export.getString("error")).contains("revoked");
            assertThat(export.getString("url")).isNull();
        }

        @Test
        void of_an_api_token_is_seen_by_no_other_token() {
            String id = begun(NAMES);
            User program = new User(
                    NODE,
                    user.name(),
                    user.mutate(
                                    "createApiToken",
                                    "token",
                                    JsonObject.of("name", "other", "scopes", JsonArray.of("ITEMS_READ")))
                            .getString("token"));

            assertThat(program.query(
                            "query ($id: ID!) { node(id: $id) { id } bulkExports { id } }", JsonObject.of("id", id)))
                    .isEqualTo(new JsonObject().putNull("node").put("bulkExports", new JsonArray()));
            finished(id);
            assertThat(program.mutate("bulkExport", "bulkExport { state }", JsonObject.of("query", NAMES)))
                    .isNotNull();
        }

        @Test
        void is_the_only_one_of_its_inventory_until_it_is_canceled() {
            String id = running(NAMES, null, null, false);

            assertThat(user.refusals("bulkExport", JsonObject.of("query", NAMES)))
                    .containsExactly("CONFLICT ");
            JsonObject canceled =
                    user.mutate("cancelBulkExport", "changed bulkExport { state }", JsonObject.of("id", id));
            assertThat(canceled.getBoolean("changed")).isTrue();
            assertThat(canceled.getJsonObject("bulkExport").getString("state")).isEqualTo("CANCELED");
            assertThat(user.mutate("cancelBulkExport", "changed", JsonObject.of("id", id))
                            .getBoolean("changed"))
                    .isFalse();
            assertThat(exported(NAMES)).isEmpty();
        }
    }

    @Nested
    class AQuery {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                mutation { logout(input: {}) { userErrors { code } } }                   | mutation
                { viewer { id } }                                                        | one connection at its root
                { items { nodes { id } } categories { nodes { id } } }                   | one connection at its root
                query ($name: String) { items(filter: {search: $name}) { nodes { id } } } | no variables
                { items(first: 5) { nodes { id } } }                                     | Leave out first
                { items { nodes { id } pageInfo { hasNextPage } } }                      | nothing besides
                { items { totalCount } }                                                 | nothing besides
                { categories { nodes { name items { nodes { name } } } } }               | need its id
                { items { nodes { color } } }                                            | color
                """)
        void that_cannot_be_read_whole_is_refused_with_what_to_write(String query, String said) {
            JsonObject refused =
                    user.attempt("bulkExport", "userErrors { code message field }", JsonObject.of("query", query));

            JsonObject error = refused.getJsonArray("userErrors").getJsonObject(0);
            assertThat(error.getString("code")).isEqualTo("INVALID");
            assertThat(error.getJsonArray("field")).containsExactly("input", "query");
            assertThat(error.getString("message")).contains(said);
        }

        @Test
        void of_what_the_caller_may_not_see_is_refused() {
            String token = user.mutate(
                            "createApiToken",
                            "token",
                            JsonObject.of("name", "reports", "scopes", JsonArray.of("REPORTS_READ")))
                    .getString("token");

            JsonObject answer = new User(NODE, user.name(), token)
                    .answer(
                            "mutation ($input: BulkExportInput!) { bulkExport(input: $input) { bulkExport { id } } }",
                            JsonObject.of("input", JsonObject.of("query", NAMES)));

            assertThat(answer.getJsonArray("errors")
                            .getJsonObject(0)
                            .getJsonObject("extensions")
                            .getString("code"))
                    .isEqualTo("FORBIDDEN");
        }
    }

    @Nested
    class ALink {

        @Test
        void gives_whoever_has_it_the_part_that_they_ask_for() {
            items(2, new JsonObject());
            JsonObject export = finished(begun(NAMES));
            String url = export.getString("url");
            String whole = get(url).body();

            HttpResponse<String> part = get(url, "range", "bytes=5-9");
            HttpResponse<String> rest = get(url, "range", "bytes=20-");

            assertThat(part.statusCode()).isEqualTo(206);
            assertThat(part.body()).isEqualTo(whole.substring(5, 10));
            assertThat(part.headers().firstValue("content-range")).contains("bytes 5-9/" + whole.length());
            assertThat(rest.body()).isEqualTo(whole.substring(20));
            assertThat(get(url, "range", "bytes=-4").body()).isEqualTo(whole.substring(whole.length() - 4));
            assertThat(get(url, "range", "bytes=5-9", "if-range", "\"another\"").body())
                    .isEqualTo(whole);
            assertThat(get(url, "range", "bytes=100000-").statusCode()).isEqualTo(416);
        }

        @Test
        void that_was_changed_gives_nothing() {
            String url = finished(begun(NAMES)).getString("url");

            assertThat(get(url).statusCode()).isEqualTo(200);
            assertThat(get(url.replace("expires=1", "expires=2")).statusCode()).isEqualTo(403);
            assertThat(get(url.replace("inventory=", "inventory=0")).statusCode())
                    .isEqualTo(403);
            assertThat(get(url.substring(0, url.length() - 1)).statusCode()).isEqualTo(403);
            assertThat(get("/exports/nothing.jsonl").statusCode()).isEqualTo(403);
        }
    }
}
