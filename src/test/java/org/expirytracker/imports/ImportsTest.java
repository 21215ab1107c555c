package org.expirytracker.imports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files that become items, as their users have it: by HTTP and GraphQL. On a database of its own, whose jobs run at once. */
@Timeout(90)
@ProvenRoom("product")
class ImportsTest {

    private static final DatabaseUrl URL = TestDatabase.freshMigrated();
    private static final Stock STOCK = new Stock(URL);
    private static final TestApi NODE = TestApi.start(
            URL,
            Map.of("EXPIRY_TURN_INTERVAL_SECONDS", "1", "EXPIRY_REGISTRATION", "open", "EXPIRY_IMPORT_MEGABYTES", "4"));
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private static final String WHOLE =
            "id name state problem size format charset delimiter origin errorPolicy rowCount"
                    + " rowsDone createdCount updatedCount unchangedCount skippedCount refusedCount columns { name samples field }"
                    + " refusals { totalCount nodes { row column value reason } }";

    private final User user = NODE.newUser();

    @AfterAll
    static void stop() throws IOException {
        NODE.close();
    }

    private static byte[] sample(String name) {
        try (InputStream in = Objects.requireNonNull(ImportsTest.class.getResourceAsStream("/imports/" + name), name)) {
            return in.readAllBytes();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static HttpResponse<String> send(
            User asking, String query, HttpRequest.BodyPublisher body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(asking.api().uri("/imports" + query)).POST(body);
        if (!asking.token().isEmpty()) {
            request.header("authorization", "Bearer " + asking.token());
        }
        if (!asking.inventory().isEmpty()) {
            request.header("expiry-inventory", asking.inventory());
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(query, e);
        }
    }

    private static String upload(User asking, String name, byte[] file) {
        HttpResponse<String> answer =
                send(asking, "?name=" + URLEncoder.encode(name, UTF_8), HttpRequest.BodyPublishers.ofByteArray(file));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body()).getString("id");
    }

    private String upload(String file) {
        return upload(user, "list.csv", file.getBytes(UTF_8));
    }

    private static JsonObject find(User asking, String id) {
        return asking.query("query ($id: ID!) { import(id: $id) { %s } }".formatted(WHOLE), JsonObject.of("id", id))
                .getJsonObject("import");
    }

    /** As it is when nothing is under way any more. */
    private static JsonObject settled(User asking, String id) {
        Instant patience = Instant.now().plusSeconds(60);
        JsonObject found = find(asking, id);
        while (List.of("UPLOADING", "PREVIEWING", "RUNNING").contains(found.getString("state"))) {
            assertThat(Instant.now()).as(found.encode()).isBefore(patience);
            found = find(asking, id);
        }
        return found;
    }

    private JsonObject settled(String id) {
        return settled(user, id);
    }

    private JsonObject started(String id, JsonObject input) {
        user.mutate("startImport", "import { state }", input.copy().put("id", id));
        return settled(id);
    }

    private JsonObject imported(String file) {
        String id = upload(file);
        settled(id);
        return started(id, new JsonObject());
    }

    private List<JsonObject> items() {
        return user
                .query(
                        "{ items(first: 100, orderBy: {field: NAME, direction: ASC}) { nodes { id name quantity unit costPrice expiryDate"
                                + " location barcode externalId category { name } } } }")
                .getJsonObject("items")
                .getJsonArray("nodes")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private List<String> names() {
        return items().stream().map(item -> item.getString("name")).toList();
    }

    private static String counts(JsonObject found) {
        return "%s: %d new, %d changed, %d same, %d left out, %d refused of %s"
                .formatted(
                        found.getString("state"),
                        found.getInteger("createdCount"),
                        found.getInteger("updatedCount"),
                        found.getInteger("unchangedCount"),
                        found.getInteger("skippedCount"),
                        found.getInteger("refusedCount"),
                        found.getInteger("rowCount"));
    }

    @Nested
    class AnUpload {

        @Test
        void is_looked_through_and_shows_what_would_become_of_each_row() {
            JsonObject found = settled(upload(user, "excel-german.csv", sample("excel-german.csv")));

            assertThat(counts(found)).isEqualTo("READY: 3 new, 0 changed, 0 same, 0 left out, 2 refused of 5");
            assertThat(found.getString("delimiter")).isEqualTo(";");
            assertThat(found.getString("charset")).isEqualTo("UTF_8");
            assertThat(each(found.getJsonArray("columns"), "field"))
                    .containsExactly("NAME", "QUANTITY", "UNIT", "COST_PRICE", "EXPIRY_DATE", "LOCATION", "BARCODE");
            assertThat(each(found.getJsonObject("refusals").getJsonArray("nodes"), "row"))
                    .containsExactly(6, 6, 7);
            assertThat(each(found.getJsonObject("refusals").getJsonArray("nodes"), "column"))
                    .containsExactly("Menge", "Ablaufdatum", "Barcode");
            assertThat(names()).isEmpty();
        }

        @Test
        void may_be_the_file_of_a_form() {
            HttpResponse<String> answer = send(
                    user,
                    "?name=stock.csv",
                    HttpRequest.BodyPublishers.ofString(
                            "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\nName\nTea\n\r\n--x--\r\n"),
                    "content-type",
                    "multipart/form-data; boundary=x");

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
            JsonObject found = settled(new JsonObject(answer.body()).getString("id"));
            assertThat(found.getString("name")).isEqualTo("stock.csv");
            assertThat(counts(found)).startsWith("READY: 1 new");
        }

        @Test
        void is_refused_without_a_token_and_to_whoever_may_not_write() {
            HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.ofString("Name\nTea\n");
            String read = user.mutate(
                            "createApiToken", "token", JsonObject.of("name", "r", "scopes", JsonArray.of("ITEMS_READ")))
                    .getString("token");

            assertThat(send(new User(NODE, "", ""), "", body).statusCode()).isEqualTo(401);
            HttpResponse<String> forbidden = send(new User(NODE, "", read), "", body);
            assertThat(forbidden.statusCode()).isEqualTo(403);
            assertThat(forbidden.body()).contains("items:write");
            assertThat(send(user, "", HttpRequest.BodyPublishers.noBody()).statusCode())
                    .isEqualTo(400);
            assertThat(send(user, "", body, "content-encoding", "gzip").statusCode())
                    .isEqualTo(400);
            assertThat(user.query("{ imports { id } }").getJsonArray("imports")).isEmpty();
        }

        @Test
        void that_is_too_long_is_refused_and_leaves_nothing() {
            byte[] long5 = new byte[5 << 20];
            HttpResponse<String> announced = send(user, "", HttpRequest.BodyPublishers.ofByteArray(long5));
            HttpResponse<String> chunked = send(
                    user, "", HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(long5)));

            assertThat(announced.statusCode()).isEqualTo(413);
            assertThat(announced.body()).contains("EXPIRY_IMPORT_MEGABYTES");
            assertThat(chunked.statusCode()).isEqualTo(413);
            assertThat(user.query("{ imports { id } }").getJsonArray("imports")).isEmpty();
        }

        @Test
        void is_refused_while_five_have_not_ended() {
            IntStream.range(0, 5).forEach(n -> upload("Name\nTea\n"));

            HttpResponse<String> sixth = send(user, "", HttpRequest.BodyPublishers.ofString("Name\nTea\n"));

            assertThat(sixth.statusCode()).isEqualTo(409);
            assertThat(sixth.body()).contains("cancel one");
        }

        @Test
        void that_cannot_be_read_says_why() {
            assertThat(settled(upload("\"Name\n")).getString("problem")).contains("never closed");
            assertThat(settled(upload("A,B\n1,2\n")).getString("problem")).contains("name of the items");
        }

        @Test
        void in_another_encoding_than_was_chosen_says_so_and_is_read_when_the_right_one_is_chosen() {
            String id = upload(user, "list.csv", "Name\nCrème\n".getBytes(Charset.forName("windows-1252")));
            settled(id);
            JsonObject utf8 = JsonObject.of("id", id, "charset", "UTF_8");

            user.mutate("previewImport", "import { state }", utf8);
            JsonObject looked = settled(id);
            JsonObject written = started(id, utf8);
            user.mutate("previewImport", "import { state }", JsonObject.of("id", id, "charset", "WINDOWS_1252"));

            assertThat(looked.getString("state")).isEqualTo("READY");
            assertThat(looked.getString("problem")).contains("Choose another charset");
            assertThat(written.getString("state")).isEqualTo("FAILED");
            assertThat(written.getString("problem")).contains("Choose another charset");
            assertThat(counts(settled(id))).startsWith("READY: 1 new");
        }

        @Test
        void is_told_of_as_it_gets_on() {
            String id = upload("Name\n" + "Tea\n".repeat(3_000));

            try (TestApi.Events events = user.subscribe(
                    "subscription ($id: ID!) { importProgress(id: $id) { state rowsDone } }",
                    JsonObject.of("id", id))) {
                JsonObject progress = events.next().getJsonObject("importProgress");
                while (!progress.getString("state").equals("READY")) {
                    progress = events.next().getJsonObject("importProgress");
                }
                assertThat(progress.getInteger("rowsDone")).isEqualTo(3_000);
            }
        }
    }

    @Nested
    class StartImport {

        @Test
        void makes_items_and_the_same_file_once_more_changes_nothing() {
            byte[] file = sample("homebox-like.csv");
            String id = upload(user, "homebox.csv", file);
            settled(id);

            assertThat(counts(started(id, new JsonObject())))
                    .isEqualTo("DONE: 2 new, 0 changed, 0 same, 1 left out, 0 refused of 3");
            assertThat(names()).containsExactly("Hedge trimmer", "Kettle");
            assertThat(items().getFirst().getJsonObject("category").getString("name"))
                    .isEqualTo("tools");
            int happened = user.activityCount();
            String again = upload(user, "homebox.csv", file);
            assertThat(counts(settled(again))).isEqualTo("READY: 0 new, 0 changed, 2 same, 1 left out, 0 refused of 3");
            assertThat(counts(started(again, new JsonObject())))
                    .isEqualTo("DONE: 0 new, 0 changed, 2 same, 1 left out, 0 refused of 3");
            assertThat(user.activityCount()).isEqualTo(happened);
            assertThat(STOCK.column(
                            "SELECT count(*)::text FROM import_chunks JOIN imports ON imports.id = import_id WHERE name = ?",
                            "homebox.csv"))
                    .containsExactly("0");
        }

        @Test
        void reads_what_grocy_has() {
            String id = upload(user, "stock.json", sample("grocy-like-stock.json"));
            settled(id);

            assertThat(counts(started(id, new JsonObject()))).startsWith("DONE: 2 new");
            assertThat(items().getFirst().getString("externalId")).isEqualTo("grocy-9");
            assertThat(items().getFirst().getString("expiryDate")).isNull();
            assertThat(items().getLast().getString("costPrice")).isEqualTo("1.29");
        }

        @Test
        void writes_nothing_when_one_row_is_bad_and_the_good_ones_where_that_is_chosen() {
            String id = upload(user, "excel-german.csv", sample("excel-german.csv"));
            settled(id);

            JsonObject refused = started(id, new JsonObject());

            assertThat(counts(refused)).isEqualTo("FAILED: 0 new, 0 changed, 0 same, 0 left out, 2 refused of 5");
            assertThat(refused.getString("problem")).contains("Nothing was written", "REJECT_FAILED_ROWS");
            assertThat(names()).isEmpty();
            assertThat(counts(started(id, JsonObject.of("errorPolicy", "REJECT_FAILED_ROWS"))))
                    .isEqualTo("DONE: 3 new, 0 changed, 0 same, 0 left out, 2 refused of 5");
            assertThat(names()).containsExactly("Crème fraîche", "Milch 3,5 %", "Reis");
        }

        @Test
        void takes_the_columns_that_are_named_and_remembers_them() {
            String file = "A,B,C\nTea,3,4\n";
            String id = upload(file);
            assertThat(settled(id).getString("problem")).isNotNull();
            JsonArray mapping = JsonArray.of(
                    JsonObject.of("column", "A", "field", "NAME"), JsonObject.of("column", "C", "field", "QUANTITY"));

            user.mutate("previewImport", "import { state }", JsonObject.of("id", id, "mapping", mapping));
            assertThat(counts(settled(id))).startsWith("READY: 1 new");
            started(id, new JsonObject());

            assertThat(items().getFirst().getString("quantity")).isEqualTo("4");
            JsonObject again = settled(upload(file));
            assertThat(each(again.getJsonArray("columns"), "field")).containsExactly("NAME", null, "QUANTITY");
            assertThat(user.refusals(
                            "startImport",
                            JsonObject.of(
                                    "id",
                                    again.getString("id"),
                                    "mapping",
                                    JsonArray.of(JsonObject.of("column", "X", "field", "NAME")))))
                    .containsExactly("INVALID input.mapping.0.column");
        }

        @Test
        void refuses_what_the_rules_of_items_refuse_at_its_column() {
            JsonObject found =
                    settled(upload("Product;Qty;Best before;Lead days\n%s;1;2027-01-01;\nTea;0;;\nRice;1;;9999\n"
                            .formatted("x".repeat(201))));

            assertThat(each(found.getJsonObject("refusals").getJsonArray("nodes"), "column"))
                    .containsExactly("Product", "Qty", "Lead days");
            assertThat(each(found.getJsonObject("refusals").getJsonArray("nodes"), "row"))
                    .containsExactly(2, 3, 4);
        }

        @Test
        void refuses_a_row_that_names_what_one_before_it_has_named() {
            String rows = IntStream.range(0, 1_500)
                    .mapToObj(n -> "sku-%d,Tea\n".formatted(n))
                    .collect(Collectors.joining());
            JsonObject found = settled(upload("SKU,Name\n" + rows + "sku-7,Rice\n"));

            assertThat(counts(found)).isEqualTo("READY: 1500 new, 0 changed, 0 same, 0 left out, 1 refused of 1501");
            assertThat(each(found.getJsonObject("refusals").getJsonArray("nodes"), "row"))
                    .containsExactly(1_502);
        }

        @Test
        void makes_missing_categories_or_refuses_their_rows() {
            user.createCategory("Dairy");
            String file = "Name,Category\nMilk,DAIRY\nPeas,Tins\nBeans,tins\n";
            String id = upload(file);
            settled(id);

            JsonObject refused = started(id, JsonObject.of("createCategories", false));
            assertThat(refused.getInteger("refusedCount")).isEqualTo(2);
            assertThat(refused.getJsonObject("refusals")
                            .getJsonArray("nodes")
                            .getJsonObject(0)
                            .getString("column"))
                    .isEqualTo("Category");
            assertThat(counts(started(id, JsonObject.of("createCategories", true))))
                    .startsWith("DONE: 3 new");
            assertThat(items())
                    .extracting(item -> item.getJsonObject("category").getString("name"))
                    .containsExactlyInAnyOrder("Dairy", "Tins", "Tins");
        }

        @Test
        void changes_an_item_by_its_id_or_external_id_and_keeps_what_is_blank() {
            String id = user.createItem(new JsonObject()
                    .put("name", "Milk")
                    .put("location", "Fridge")
                    .put("externalId", "m-1"));

            imported("SKU,Name,Location\nm-1,Soy milk,\n");

            assertThat(items().getFirst().getString("id")).isEqualTo(id);
            assertThat(items().getFirst().getString("name")).isEqualTo("Soy milk");
            assertThat(items().getFirst().getString("location")).isEqualTo("Fridge");
            String again = upload("SKU,Name,Location\nm-1,Soy milk,\n");
            settled(again);
            assertThat(counts(started(again, JsonObject.of("clearBlanks", true))))
                    .startsWith("DONE: 0 new, 1 changed");
            assertThat(items().getFirst().getString("location")).isNull();
        }

        @Test
        void is_done_once_though_it_is_asked_for_twice() {
            String id = upload("Name\nTea\n");
            settled(id);
            started(id, new JsonObject());

            assertThat(user.refusals("startImport", JsonObject.of("id", id))).containsExactly("CONFLICT input.id");
            assertThat(names()).containsExactly("Tea");
        }

        @Test
        void is_refused_for_more_rows_at_once_than_a_transaction_takes() {
            String id = upload("Name\nTea\n");
            settled(id);
            STOCK.run("UPDATE imports SET row_count = 100001 WHERE id = ?", rowId(id));

            assertThat(user.refusals("startImport", JsonObject.of("id", id)))
                    .containsExactly("INVALID input.errorPolicy");
        }
    }

    @Nested
    class AnInterruption {

        private final String rows =
                IntStream.range(0, 2_500).mapToObj(n -> "Tea %d\n".formatted(n)).collect(Collectors.joining());

        /** As a node leaves it that has died after two batches. */
        @Test
        void leaves_the_rest_to_another_node_which_does_no_row_twice() {
            String id = upload("Name\n" + rows);
            settled(id);
            STOCK.run(
                    "UPDATE imports SET rows_done = 1000, created_count = 1000, state = 'RUNNING', options = replace(options, 'REJECT_ALL', 'REJECT_FAILED_ROWS') WHERE id = ?",
                    rowId(id));
            STOCK.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, due_at, claim_id, tries) SELECT user_id, 'import', id, now(), gen_random_uuid(), 1 FROM imports WHERE id = ?",
                    rowId(id));

            JsonObject found = settled(id);

            assertThat(counts(found)).startsWith("DONE: 2500 new");
            assertThat(STOCK.column(
                            "SELECT name FROM items JOIN imports ON imports.user_id = items.user_id WHERE imports.id = ? ORDER BY length(items.name), items.name LIMIT 1"
                                    .replace("SELECT name", "SELECT items.name"),
                            rowId(id)))
                    .containsExactly("Tea 1000");
            assertThat(STOCK.column(
                            "SELECT count(*)::text FROM items JOIN imports ON imports.user_id = items.user_id WHERE imports.id = ?",
                            rowId(id)))
                    .containsExactly("1500");
        }

        @Test
        void by_whoever_cancels_ends_it() {
            String id = upload("Name\n" + rows);
            settled(id);

            user.mutate(
                    "startImport", "import { state }", JsonObject.of("id", id, "errorPolicy", "REJECT_FAILED_ROWS"));
            JsonObject payload = user.mutate("cancelImport", "import { state } changed", JsonObject.of("id", id));

            assertThat(payload.getJsonObject("import").getString("state")).isIn("CANCELLED", "DONE");
            JsonObject found = settled(id);
            assertThat(user.mutate("cancelImport", "changed", JsonObject.of("id", id))
                            .getBoolean("changed"))
                    .isFalse();
            assertThat(STOCK.column(
                            "SELECT count(*)::text FROM items JOIN imports ON imports.user_id = items.user_id WHERE imports.id = ?",
                            rowId(id)))
                    .containsExactly(Integer.toString(found.getInteger("createdCount")));
        }

        @Test
        void by_the_end_of_a_membership_ends_it() {
            String inventory = user.query("{ currentInventory { id } }")
                    .getJsonObject("currentInventory")
                    .getString("id");
            String code = user.mutate("inviteMember", "code", JsonObject.of("inventoryId", inventory, "role", "EDITOR"))
                    .getString("code");
            User editor = NODE.newUser();
            editor.mutate("acceptInvitation", "inventory { id }", JsonObject.of("code", code));
            String id = upload(editor.in(inventory), "x.csv", "Name\nTea\n".getBytes(UTF_8));
            settled(id);
            editor.mutate("leaveInventory", "changed", JsonObject.of("inventoryId", inventory));
            STOCK.run("UPDATE imports SET state = 'RUNNING' WHERE id = ?", rowId(id));
            STOCK.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, due_at) SELECT user_id, 'import', id, now() FROM imports WHERE id = ?",
                    rowId(id));

            assertThat(settled(id).getString("problem")).contains("may not change this inventory");
            assertThat(names()).isEmpty();
        }
    }

    private static java.util.UUID rowId(String id) {
        return org.expirytracker.kernel.NodeId.decode(id, Import.TYPE).orElseThrow();
    }

    @Nested
    class OfAnother {

        @Test
        void is_not_found() {
            String id = upload("Name\nTea\n");
            User stranger = NODE.newUser();

            assertThat(stranger.query("query ($id: ID!) { import(id: $id) { id } }", JsonObject.of("id", id))
                            .getValue("import"))
                    .isNull();
            try (TestApi.Events events = stranger.subscribe(
                    "subscription ($id: ID!) { importProgress(id: $id) { state } }", JsonObject.of("id", id))) {
                assertThat(events.errors().encode()).contains("There is no import with this id.");
            }
            for (String mutation : List.of("previewImport", "startImport", "cancelImport")) {
                assertThat(stranger.refusals(mutation, JsonObject.of("id", id))).containsExactly("NOT_FOUND input.id");
            }
        }
    }

    @Nested
    class AnExportOfOurs {

        @Test
        void is_read_again_without_a_loss() throws IOException, InterruptedException {
            String category = user.createCategory("Dairy");
            user.createItem(new JsonObject()
                    .put("name", "=Milk, \"fresh\"")
                    .put("description", "two\nlines")
                    .put("quantity", "2.505")
                    .put("unit", "l")
                    .put("costPrice", "1.2345")
                    .put("expiryDate", "2999-12-31")
                    .put("purchaseDate", "0001-01-01")
                    .put("leadDays", 3)
                    .put("location", "'=x")
                    .put("barcode", "8.71E+12")
                    .put("lotNumber", "1.234")
                    .put("externalId", "@x")
                    .put("categoryId", category));
            for (String format : List.of("csv", "jsonl")) {
                User other = NODE.newUser();
                byte[] file = CLIENT.send(
                                HttpRequest.newBuilder(NODE.uri("/exports/items." + format))
                                        .header("authorization", "Bearer " + user.token())
                                        .build(),
                                HttpResponse.BodyHandlers.ofByteArray())
                        .body();
                String id = upload(other, "items." + format, file);
                settled(other, id);
                other.mutate("startImport", "import { state }", JsonObject.of("id", id));
                assertThat(counts(settled(other, id))).startsWith("DONE: 1 new");

                String all =
                        "{ items { nodes { name description quantity unit costPrice sellingPrice expiryDate purchaseDate"
                                + " leadDays location barcode lotNumber externalId category { name } } } }";
                assertThat(other.query(all)).isEqualTo(user.query(all));
            }
        }
    }
}
