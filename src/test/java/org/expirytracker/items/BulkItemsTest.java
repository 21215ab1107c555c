package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Many items at once, by their ids or by those of another program. */
@Timeout(60)
@ProvenRoom("product")
class BulkItemsTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final String ROWS = "rows { outcome item { id name externalId quantity unit expiryDate version } }"
            + " createdCount updatedCount unchangedCount";

    private final User user = TestApi.node().newUser(Noon.ZONE);
    private final UUID inventory = UUID.fromString(
            STOCK.column("SELECT id FROM users WHERE username = ?", user.name()).getFirst());

    @AfterEach
    void what_is_counted_by_day_is_what_is_there() {
        assertThat(STOCK.column(StockDays.MISCOUNTED)).doesNotContain(inventory.toString());
    }

    private JsonObject upsert(JsonObject... items) {
        return user.attempt(
                "upsertItems",
                ROWS,
                JsonObject.of("items", JsonArray.of((Object[]) items), "errorPolicy", "REJECT_FAILED_ROWS"));
    }

    private static List<String> outcomes(JsonObject payload) {
        return payload.getJsonArray("rows").stream()
                .map(row -> row == null ? "-" : ((JsonObject) row).getString("outcome"))
                .toList();
    }

    private static String counts(JsonObject payload) {
        return payload.getInteger("createdCount") + " " + payload.getInteger("updatedCount") + " "
                + payload.getInteger("unchangedCount");
    }

    private static List<String> errors(JsonObject payload) {
        return payload.getJsonArray("userErrors").stream()
                .map(JsonObject.class::cast)
                .map(error -> error.getString("code") + " "
                        + String.join(
                                ".",
                                error.getJsonArray("field").stream()
                                        .map(Object::toString)
                                        .toList()))
                .toList();
    }

    private List<String> kinds(int count) {
        return user
                .query("{ activities(first: " + count + ") { nodes { kind } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")
                .stream()
                .map(node -> ((JsonObject) node).getString("kind"))
                .toList()
                .reversed();
    }

    private JsonObject item(String externalId) {
        return user.query(
                        "query ($id: String) { items(filter: { externalId: $id, usedUp: null }) { nodes {"
                                + " id name externalId quantity version category { name } notifications(first: 9) { nodes { kind resolution } }"
                                + " } } }",
                        JsonObject.of("id", externalId))
                .getJsonObject("items")
                .getJsonArray("nodes")
                .getJsonObject(0);
    }

    private String undo(String kind, String name) {
        JsonObject last = user
                .query("{ activities(first: 50, filter: { kind: [" + kind
                        + "] }) { nodes { id stateBefore { ... on ItemState { name } } } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")
                .stream()
                .map(JsonObject.class::cast)
                .filter(node ->
                        node.getJsonObject("stateBefore").getString("name").equals(name))
                .findFirst()
                .orElseThrow();
        JsonArray refused = user.attempt("undo", "item { id }", JsonObject.of("activityId", last.getString("id")))
                .getJsonArray("userErrors");
        return refused.isEmpty() ? "done" : refused.getJsonObject(0).getString("message");
    }

    private @Nullable String nameOf(String field, JsonObject identifier) {
        String type = field.startsWith("item") ? "ItemIdentifierInput" : "CategoryIdentifierInput";
        JsonObject found = user.query(
                        "query ($it: %s!) { found: %s(identifier: $it) { name } }".formatted(type, field),
                        JsonObject.of("it", identifier))
                .getJsonObject("found");
        return found == null ? null : found.getString("name");
    }

    private static JsonObject named(String externalId, @Nullable String name) {
        JsonObject row = JsonObject.of("externalId", externalId);
        return name == null ? row : row.put("name", name);
    }

    @Nested
    class ExternalIds {

        @Test
        void are_kept_found_changed_and_cleared() {
            String id = user.createItem(named(" SKU/1 ", "Milk"));
            assertThat(item("SKU/1").getString("id")).isEqualTo(id);
            assertThat(item("SKU/1\n").getString("externalId")).isEqualTo("SKU/1");

            user.mutate("updateItem", "changed", JsonObject.of("id", id, "externalId", "sku/1"));
            assertThat(item("sku/1").getString("id")).isEqualTo(id);
            JsonObject cleared = user.mutate(
                    "updateItem", "item { externalId }", JsonObject.of("id", id).putNull("externalId"));
            assertThat(cleared.getJsonObject("item")).isEqualTo(new JsonObject().putNull("externalId"));
            assertThat(user.refusals("createItem", named("sku/1", "Cream"))).isEmpty();
        }

        @Test
        void are_unique_in_an_inventory_and_only_there() {
            String milk = user.createItem(named("1", "Milk"));
            String rice = user.createItem(named("2", "Rice"));
            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", milk, "outcome", "USED"));

            assertThat(user.refusals("createItem", named("1", "Cream"))).containsExactly("CONFLICT input.externalId");
            assertThat(user.refusals("updateItem", JsonObject.of("id", rice, "externalId", "1")))
                    .containsExactly("CONFLICT input.externalId");
            assertThat(TestApi.node().newUser().refusals("createItem", named("1", "Cream")))
                    .isEmpty();
        }

        @Test
        void that_are_taken_are_told_with_their_rows() {
            String rice = user.createItem(named("1", "Rice"));
            String salt = user.createItem(JsonObject.of("name", "Salt"));

            assertThat(user.refusals(
                            "createItems",
                            JsonObject.of("items", JsonArray.of(named("2", "a"), named("1", "b"), named("2", "c")))))
                    .containsExactly("CONFLICT input.items.1.externalId", "CONFLICT input.items.2.externalId");
            assertThat(user.refusals(
                            "updateItems",
                            JsonObject.of(
                                    "items",
                                    JsonArray.of(
                                            JsonObject.of("id", rice).putNull("externalId"),
                                            JsonObject.of("id", salt, "externalId", "1")))))
                    .containsExactly("CONFLICT input.items.1.externalId");
        }

        @Test
        void that_have_gone_to_another_keep_an_undo_from_giving_them_twice() {
            String milk = user.createItem(named("1", "Milk"));
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));
            String cream = user.createItem(named("1", "Cream"));

            assertThat(undo("ITEM_DELETED", "Milk"))
                    .isEqualTo("Another item bears its former external id by now. Change that one first.");
            user.mutate("updateItem", "changed", JsonObject.of("id", cream, "externalId", "2"));
            assertThat(undo("ITEM_DELETED", "Milk")).isEqualTo("done");
            assertThat(item("1").getString("name")).isEqualTo("Milk");
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));
            assertThat(undo("ITEM_UPDATED", "Cream")).isEqualTo("done");
            assertThat(item("1").getString("name")).isEqualTo("Cream");
        }

        @Test
        void name_one_item_or_category_as_an_id_or_a_name_does() {
            String milk = user.createItem(named("1", "Milk"));
            String dairy = user.mutate("createCategory", "category { id }", named("c1", "Dairy"))
                    .getJsonObject("category")
                    .getString("id");

            assertThat(nameOf("itemByIdentifier", JsonObject.of("id", milk))).isEqualTo("Milk");
            assertThat(nameOf("itemByIdentifier", JsonObject.of("externalId", "1\n")))
                    .isEqualTo("Milk");
            assertThat(nameOf("itemByIdentifier", JsonObject.of("externalId", "2")))
                    .isNull();
            assertThat(nameOf("itemByIdentifier", JsonObject.of("id", dairy))).isNull();
            assertThat(nameOf("categoryByIdentifier", JsonObject.of("id", dairy)))
                    .isEqualTo("Dairy");
            assertThat(nameOf("categoryByIdentifier", JsonObject.of("externalId", "c1")))
                    .isEqualTo("Dairy");
            assertThat(nameOf("categoryByIdentifier", JsonObject.of("name", " dAIRY ")))
                    .isEqualTo("Dairy");
            assertThat(nameOf("categoryByIdentifier", JsonObject.of("name", "Dry")))
                    .isNull();
        }

        @ParameterizedTest
        @ValueSource(strings = {"{}", "{id: \"a\", externalId: \"b\"}", "{externalId: null, id: \"a\"}"})
        void are_refused_in_a_choice_of_which_not_exactly_one_is_given(String identifier) {
            String message = user.answer(
                            "{ itemByIdentifier(identifier: " + identifier + ") { id } }", new JsonObject())
                    .getJsonArray("errors")
                    .toString();

            assertThat(message).contains("identifier must have exactly one of these, and not null: id, externalId.");
        }

        @Test
        void of_categories_are_the_same() {
            String dairy = user.mutate("createCategory", "category { id externalId }", named("c1", "Dairy"))
                    .getJsonObject("category")
                    .getString("id");
            String dry = user.createCategory("Dry");

            assertThat(user.refusals("createCategory", named("c1", "Other")))
                    .containsExactly("CONFLICT input.externalId");
            assertThat(user.refusals("updateCategory", JsonObject.of("id", dry, "externalId", "c1")))
                    .containsExactly("CONFLICT input.externalId");
            assertThat(user.query(
                            "{ a: categories(filter: { externalId: \"c1\" }) { totalCount nodes { id externalId } }"
                                    + " b: categories(filter: { externalIds: [\"C1\", \"c2\"] }) { totalCount } }"))
                    .isEqualTo(new JsonObject("""
                            {"a": {"totalCount": 1, "nodes": [{"id": "%s", "externalId": "c1"}]}, "b": {"totalCount": 0}}
                            """.formatted(dairy)));
            user.mutate("updateCategory", "changed", JsonObject.of("id", dairy).putNull("externalId"));
            user.mutate("updateCategory", "changed", JsonObject.of("id", dry, "externalId", "c1"));
        }
    }

    @Nested
    class UpsertItems {

        @Test
        void creates_what_is_not_there_changes_what_is_and_leaves_what_is_so_already() {
            upsert(named("1", "Milk").put("quantity", "2").put("expiryDate", Noon.inDays(100)), named("2", "Rice"));
            int before = user.activityCount();

            JsonObject payload = upsert(
                    named("2", "Rice"),
                    named("3", "Salt").put("quantity", "1.5").put("unit", "kg"),
                    named("1", null).put("quantity", "3"),
                    named("4", "Tea").putNull("unit"));

            assertThat(outcomes(payload)).containsExactly("UNCHANGED", "CREATED", "UPDATED", "-");
            assertThat(counts(payload)).isEqualTo("1 1 1");
            assertThat(errors(payload)).containsExactly("INVALID input.items.3.unit");
            assertThat(payload.getJsonArray("rows")
                            .getJsonObject(2)
                            .getJsonObject("item")
                            .getMap())
                    .containsEntry("name", "Milk")
                    .containsEntry("quantity", "3")
                    .containsEntry("expiryDate", Noon.inDays(100))
                    .containsEntry("version", 2);
            assertThat(payload.getJsonArray("rows")
                            .getJsonObject(0)
                            .getJsonObject("item")
                            .getMap())
                    .containsEntry("version", 1)
                    .containsEntry("quantity", "1")
                    .containsEntry("unit", "pcs");
            assertThat(user.activityCount()).isEqualTo(before + 2);
            assertThat(kinds(2)).containsExactly("ITEM_CREATED", "ITEM_UPDATED");
        }

        @Test
        void writes_a_thousand_with_one_statement_and_the_same_again_not_at_all() {
            JsonArray rows = new JsonArray(IntStream.range(0, 1_000)
                    .mapToObj(at -> named("id-" + at, "Item " + at).put("expiryDate", Noon.inDays(at % 90 - 5)))
                    .toList());
            user.mutate(
                    "upsertItems",
                    "createdCount",
                    JsonObject.of("items", new JsonArray(rows.stream().skip(400).toList())));
            rows.stream().skip(900).forEach(row -> ((JsonObject) row).put("location", "Cellar"));

            JsonObject payload = user.mutate("upsertItems", ROWS, JsonObject.of("items", rows));

            assertThat(counts(payload)).isEqualTo("400 100 500");
            assertThat(payload.getJsonArray("rows")
                            .getJsonObject(77)
                            .getJsonObject("item")
                            .getString("externalId"))
                    .isEqualTo("id-77");
            assertThat(STOCK.column(
                            "SELECT xmin::text || ' ' || cmin::text FROM items WHERE user_id = ? GROUP BY 1 ORDER BY count(*)",
                            inventory))
                    .hasSize(2);
            int before = user.activityCount();
            List<@Nullable String> written = STOCK.column("SELECT last_seq FROM feeds WHERE user_id = ?", inventory);
            assertThat(counts(user.mutate("upsertItems", ROWS, JsonObject.of("items", rows))))
                    .isEqualTo("0 0 1000");
            assertThat(user.activityCount()).isEqualTo(before);
            assertThat(STOCK.column("SELECT last_seq FROM feeds WHERE user_id = ?", inventory))
                    .isEqualTo(written);
        }

        @Test
        void tells_every_row_that_cannot_be_done_and_why() {
            upsert(named("1", "Milk"));

            JsonObject payload = upsert(
                    named("1", null).put("leadDays", 3),
                    named("1", "Cream"),
                    named("2", null),
                    named("3", "Tea").put("quantity", "0"),
                    named("4", "Tea").put("expiryDate", "31/12/2026").put("quantity", "1,5"),
                    named("5", "Tea").put("categoryId", TestApi.node().newUser().createCategory("Dry")),
                    named(" ", "Tea"),
                    named("6", "Tea"));

            assertThat(outcomes(payload)).containsExactly("UPDATED", "-", "-", "-", "-", "-", "-", "CREATED");
            assertThat(errors(payload))
                    .containsExactly(
                            "INVALID input.items.1.externalId",
                            "INVALID input.items.2.name",
                            "INVALID input.items.3.quantity",
                            "INVALID input.items.4.quantity",
                            "INVALID input.items.4.expiryDate",
                            "NOT_FOUND input.items.5.categoryId",
                            "INVALID input.items.6.externalId");
        }

        @Test
        void finds_what_was_used_up_and_notifies_of_new_dates_and_stock() {
            upsert(named("1", "Milk").put("expiryDate", Noon.inDays(2)));
            assertThat(item("1").getJsonObject("notifications").getJsonArray("nodes"))
                    .hasSize(1);

            upsert(named("1", null).put("quantity", "0"));
            assertThat(item("1")
                            .getJsonObject("notifications")
                            .getJsonArray("nodes")
                            .getJsonObject(0)
                            .getString("resolution"))
                    .isEqualTo("USED_UP");
            assertThat(outcomes(upsert(named("1", null).put("quantity", "4")))).containsExactly("UPDATED");

            assertThat(item("1").getJsonObject("notifications").getJsonArray("nodes"))
                    .hasSize(2);
        }

        @Test
        void is_done_once_for_one_key() {
            JsonObject input = JsonObject.of("items", JsonArray.of(named("1", "Milk"), named("2", "Rice")));
            JsonObject first = user.attempt("upsertItems", "@idempotent(key: \"k\")", ROWS, input);
            upsert(named("1", "Cream"));

            assertThat(user.attempt("upsertItems", "@idempotent(key: \"k\")", ROWS, input))
                    .isEqualTo(first);
            assertThat(item("1").getString("name")).isEqualTo("Cream");
        }

        @Test
        void is_undone_row_by_row() {
            upsert(named("1", "Milk"));
            upsert(named("1", "Cream"), named("2", "Rice"));

            assertThat(undo("ITEM_UPDATED", "Milk")).isEqualTo("done");
            assertThat(item("1").getString("name")).isEqualTo("Milk");
            assertThat(item("2").getString("name")).isEqualTo("Rice");
        }
    }

    @Nested
    class Others {

        private final List<Object> ids = user.createItems(
                named("1", "Milk").put("quantity", "5").put("expiryDate", Noon.inDays(1)),
                named("2", "Rice").put("quantity", "2").put("costPrice", "1.5"),
                named("3", "Salt").put("expiryDate", Noon.inDays(2)));

        private JsonObject reference(int at) {
            return JsonObject.of("id", ids.get(at));
        }

        private JsonObject from(int at, @Nullable String quantity, String outcome) {
            JsonObject row = JsonObject.of("itemId", ids.get(at), "outcome", outcome);
            return quantity == null ? row : row.put("quantity", quantity);
        }

        private JsonObject attempt(String mutation, String selection, String rows, Object... each) {
            return user.attempt(
                    mutation, selection, JsonObject.of(rows, JsonArray.of(each), "errorPolicy", "REJECT_FAILED_ROWS"));
        }

        @Test
        void updateItems_changes_each_and_says_which() {
            JsonObject payload = attempt(
                    "updateItems",
                    "items { name version } changedIds",
                    "items",
                    reference(0).put("name", "Cream").put("expectedVersion", 1),
                    reference(1).put("name", "Rice"),
                    reference(2).put("name", "Sea salt").put("expectedVersion", 7),
                    JsonObject.of("id", "nonsense", "name", "x"),
                    reference(2).put("leadDays", "soon"));

            assertThat(payload.getJsonArray("items").toString())
                    .isEqualTo("[{\"name\":\"Cream\",\"version\":2},{\"name\":\"Rice\",\"version\":1},null,null,null]");
            assertThat(payload.getJsonArray("changedIds")).containsExactly(ids.get(0));
            assertThat(errors(payload))
                    .containsExactly(
                            "STALE_VERSION input.items.2.expectedVersion",
                            "NOT_FOUND input.items.3.id",
                            "INVALID input.items.4.leadDays");
            assertThat(undo("ITEM_UPDATED", "Milk")).isEqualTo("done");
        }

        @Test
        void updateItems_notifies_of_new_dates() {
            user.mutate(
                    "updateItems",
                    "changedIds",
                    JsonObject.of(
                            "items",
                            JsonArray.of(
                                    reference(0).put("expiryDate", Noon.inDays(90)),
                                    reference(1).put("expiryDate", Noon.inDays(-1)))));

            assertThat(item("1").getJsonObject("notifications").encode()).contains("REDATED");
            assertThat(item("2").getJsonObject("notifications").encode()).contains("EXPIRED");
        }

        @Test
        void setCategoryOf_moves_them_with_their_lead_days_and_back() {
            String dairy = user.mutate(
                            "createCategory", "category { id }", JsonObject.of("name", "Dairy", "leadDays", 0))
                    .getJsonObject("category")
                    .getString("id");
            JsonObject input = JsonObject.of("items", JsonArray.of(reference(0), reference(1)), "categoryId", dairy);
            String selection = "changedIds items { leadDays category { itemCount } }";

            JsonObject payload = user.mutate("setCategoryOf", selection, input);

            assertThat(payload.getJsonArray("changedIds")).containsExactly(ids.get(0), ids.get(1));
            assertThat(payload.getJsonArray("items").toString())
                    .isEqualTo(
                            "[{\"leadDays\":0,\"category\":{\"itemCount\":2}},{\"leadDays\":0,\"category\":{\"itemCount\":2}}]");
            assertThat(user.mutate("setCategoryOf", selection, input).getJsonArray("changedIds"))
                    .isEmpty();
            assertThat(undo("ITEM_UPDATED", "Rice")).isEqualTo("done");
            user.mutate("setCategoryOf", "changedIds", input.copy().putNull("categoryId"));
            assertThat(item("1").getJsonObject("category")).isNull();
        }

        @Test
        void takeOutMany_takes_from_what_the_rows_before_left() {
            JsonObject payload = attempt(
                    "takeOutMany",
                    "count items { quantity version }",
                    "takeOuts",
                    from(0, "2", "USED"),
                    from(0, "4", "SOLD"),
                    from(0, "1.5", "SOLD").put("note", "to Anna"),
                    from(1, null, "DISCARDED"),
                    from(1, null, "DISCARDED"),
                    from(2, "x", "USED"));

            assertThat(payload.getInteger("count")).isEqualTo(3);
            assertThat(payload.getJsonArray("items").toString())
                    .isEqualTo("[{\"quantity\":\"1.5\",\"version\":3},null,{\"quantity\":\"1.5\",\"version\":3},"
                            + "{\"quantity\":\"0\",\"version\":2},null,null]");
            assertThat(errors(payload))
                    .containsExactly(
                            "CONFLICT input.takeOuts.1.quantity",
                            "CONFLICT input.takeOuts.4.quantity",
                            "INVALID input.takeOuts.5.quantity");
            assertThat(kinds(3)).containsOnly("ITEM_TAKEN_OUT");
            assertThat(STOCK.column(
                            "SELECT name || ' ' || trim_scale(quantity) || ' ' || trim_scale(value) || ' ' || outcome"
                                    + " || coalesce(' ' || note, '') FROM take_outs WHERE user_id = ? ORDER BY 1",
                            inventory))
                    .containsExactly("Milk 1.5 0 SOLD to Anna", "Milk 2 0 USED", "Rice 2 3 DISCARDED");
        }

        @Test
        void takeOutMany_takes_from_an_item_by_either_of_its_ids() {
            JsonObject byOwnId = JsonObject.of("externalId", "1", "quantity", "1", "outcome", "SOLD");

            JsonObject payload = attempt(
                    "takeOutMany",
                    "count items { quantity }",
                    "takeOuts",
                    byOwnId,
                    from(0, "1.5", "USED"),
                    byOwnId.copy(),
                    byOwnId.copy().put("externalId", "none"),
                    byOwnId.copy().put("itemId", ids.get(0)),
                    JsonObject.of("outcome", "SOLD"));

            assertThat(payload.getJsonArray("items").toString())
                    .isEqualTo("[{\"quantity\":\"1.5\"},{\"quantity\":\"1.5\"},{\"quantity\":\"1.5\"},null,null,null]");
            assertThat(errors(payload))
                    .containsExactly(
                            "NOT_FOUND input.takeOuts.3.externalId",
                            "INVALID input.takeOuts.4.itemId",
                            "INVALID input.takeOuts.5.itemId");
            assertThat(user.mutate("takeOut", "item { quantity }", byOwnId)
                            .getJsonObject("item")
                            .getString("quantity"))
                    .isEqualTo("0.5");
            assertThat(user.refusals("takeOut", byOwnId.copy().put("externalId", "none")))
                    .containsExactly("NOT_FOUND input.externalId");
        }

        @Test
        void takeOutMany_is_undone_take_out_by_take_out_the_last_one_first() {
            attempt("takeOutMany", "count", "takeOuts", from(0, "2", "USED"), from(0, "3", "SOLD"));
            JsonArray states = user.query(
                            "{ activities(first: 2, filter: { kind: [ITEM_TAKEN_OUT] }) { nodes { id stateBefore { ... on ItemState { quantity version } }"
                                    + " stateAfter { ... on ItemState { quantity version takeOut { outcome } } } } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes");
            String last = states.getJsonObject(0).getString("id");
            String first = states.getJsonObject(1).getString("id");
            states.forEach(state -> ((JsonObject) state).remove("id"));

            assertThat(states.encode())
                    .isEqualTo(
                            "[{\"stateBefore\":{\"quantity\":\"3\",\"version\":2},\"stateAfter\":{\"quantity\":\"0\",\"version\":3,"
                                    + "\"takeOut\":{\"outcome\":\"SOLD\"}}},{\"stateBefore\":{\"quantity\":\"5\",\"version\":1},\"stateAfter\":"
                                    + "{\"quantity\":\"3\",\"version\":2,\"takeOut\":{\"outcome\":\"USED\"}}}]");
            assertThat(user.refusals("undo", JsonObject.of("activityId", first)))
                    .containsExactly("CONFLICT input.activityId");
            user.mutate("undo", "item { id }", JsonObject.of("activityId", last));
            user.mutate("undo", "item { id }", JsonObject.of("activityId", first));
            assertThat(item("1").getString("quantity")).isEqualTo("5");
        }

        @Test
        void deleteItems_deletes_them_with_their_notifications_and_undo_brings_back_each_with_its_own() {
            JsonObject payload = attempt(
                    "deleteItems",
                    "deletedIds count",
                    "items",
                    reference(0),
                    reference(2),
                    reference(0),
                    reference(1).put("expectedVersion", 2));

            assertThat(payload.getJsonArray("deletedIds")).containsExactly(ids.get(0), ids.get(2), null, null);
            assertThat(payload.getInteger("count")).isEqualTo(2);
            assertThat(errors(payload))
                    .containsExactly("INVALID input.items.2.id", "STALE_VERSION input.items.3.expectedVersion");
            assertThat(user.query("{ items { totalCount } notifications { totalCount } }")
                            .encode())
                    .isEqualTo("{\"items\":{\"totalCount\":1},\"notifications\":{\"totalCount\":0}}");
            assertThat(undo("ITEM_DELETED", "Salt")).isEqualTo("done");
            assertThat(item("3").getJsonObject("notifications").getJsonArray("nodes"))
                    .hasSize(1);
            assertThat(undo("ITEM_DELETED", "Milk")).isEqualTo("done");
            assertThat(item("1").getJsonObject("notifications").getJsonArray("nodes"))
                    .hasSize(1);
        }

        @ParameterizedTest
        @CsvSource({"updateItems, items", "setCategoryOf, items", "deleteItems, items", "takeOutMany, takeOuts"})
        void do_nothing_at_all_when_one_is_wrong_unless_told_otherwise(String mutation, String rows) {
            String theirs = TestApi.node().newUser().createItem(JsonObject.of("name", "Theirs"));
            JsonArray each = JsonArray.of(reference(0), JsonObject.of("id", theirs));
            if (mutation.equals("updateItems")) {
                each.forEach(row -> ((JsonObject) row).put("name", "x"));
            }
            if (mutation.equals("takeOutMany")) {
                each.forEach(row -> ((JsonObject) row).put("outcome", "USED"));
            }
            JsonObject input = JsonObject.of(rows, each);
            if (mutation.equals("setCategoryOf")) {
                input.put("categoryId", user.createCategory("Dairy"));
            }
            if (mutation.equals("takeOutMany")) {
                each.forEach(row -> ((JsonObject) row).put("itemId", ((JsonObject) row).remove("id")));
            }
            int before = user.activityCount();

            assertThat(user.refusals(mutation, input))
                    .containsExactly("NOT_FOUND input." + rows + ".1." + (rows.equals("items") ? "id" : "itemId"));
            assertThat(user.activityCount()).isEqualTo(before);
        }
    }

    @Nested
    class Price {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                createItems | [{name: "a"}, {name: "b"}] | count | 12
                createItems | [{name: "a"}, {name: "b"}] | items { name category { name } } | 14
                upsertItems | [{externalId: "a", name: "a"}] | createdCount | 11
                upsertItems | [{externalId: "a", name: "a"}, {externalId: "b", name: "b"}] | rows { outcome item { name } } | 14
                """)
        void is_ten_and_a_point_for_each_row_and_what_is_asked_for_of_it(
                String mutation, String rows, String selection, int price) {
            String document = "mutation { %s(input: {items: %s}) { %s } }".formatted(mutation, rows, selection);
            assertThat(cost(document, new JsonObject())).isEqualTo(price);
        }

        @Test
        void is_the_same_for_rows_in_variables() {
            String type = "CreateItemsInput!";
            JsonArray three = JsonArray.of(named("1", "a"), named("2", "b"), named("3", "c"));
            assertThat(cost(
                            "mutation ($input: " + type + ") { createItems(input: $input) { items { name } } }",
                            JsonObject.of("input", JsonObject.of("items", three))))
                    .isEqualTo(13);
            assertThat(cost(
                            "mutation ($rows: [CreateItemInput!]!) { createItems(input: {items: $rows}) { items { name } } }",
                            JsonObject.of("rows", JsonArray.of(named("4", "a"), named("5", "b")))))
                    .isEqualTo(12);
        }

        private int cost(String document, JsonObject variables) {
            JsonObject answer = user.answer(document, variables);
            return answer.getJsonObject("extensions").getJsonObject("cost").getInteger("requested");
        }
    }
}
