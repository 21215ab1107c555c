package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@ProvenRoom("product")
class ItemFieldsTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final TestApi NODE = TestApi.node();
    private static final String FIELDS = """
            id name description quantity unit costPrice sellingPrice totalValue expiryDate status daysLeft leadDays
            location barcode lotNumber usedUp category { id name } version createdAt updatedAt
            """;
    private static final String ITEM = "item { " + FIELDS + " }";

    private final User user = NODE.newUser(Noon.ZONE);

    private JsonObject create(JsonObject input) {
        return user.mutate("createItem", ITEM, input).getJsonObject("item");
    }

    private static JsonObject dated(String name, int days) {
        return JsonObject.of("name", name, "expiryDate", Noon.inDays(days));
    }

    private String add(String name, @Nullable String expiryDate) {
        return user.createItem(JsonObject.of("name", name, "expiryDate", expiryDate));
    }

    private JsonObject update(JsonObject input) {
        return user.mutate("updateItem", ITEM, input).getJsonObject("item");
    }

    private JsonObject find(String id) {
        return Objects.requireNonNull(node(id));
    }

    private @Nullable JsonObject node(String id) {
        return user.query("query ($id: ID!) { item(id: $id) { " + FIELDS + " } }", JsonObject.of("id", id))
                .getJsonObject("item");
    }

    private JsonObject items(String arguments, JsonObject variables) {
        String declared = "query ($filter: ItemFilter, $after: String, $before: String) ";
        String page = " { nodes { id name status daysLeft } totalCount edges { cursor }"
                + " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }";
        return user.query(
                        declared + "{ items(filter: $filter, after: $after, before: $before " + arguments + ")" + page
                                + " }",
                        variables)
                .getJsonObject("items");
    }

    private List<Object> names(String arguments) {
        return each(items(arguments, new JsonObject()).getJsonArray("nodes"), "name");
    }

    private List<Object> found(JsonObject filter) {
        JsonObject page = items("", JsonObject.of("filter", filter));
        assertThat(page.getInteger("totalCount"))
                .isEqualTo(page.getJsonArray("nodes").size());
        return each(page.getJsonArray("nodes"), "name");
    }

    private List<Object> told() {
        return each(
                user.query("{ notifications(first: 100) { nodes { title } } }")
                        .getJsonObject("notifications")
                        .getJsonArray("nodes"),
                "title");
    }

    private JsonObject inventory() {
        return user.query("{ inventory { total { count value } byStatus { status count value }"
                        + " byCategory { name totalItems totalValue } } }")
                .getJsonObject("inventory");
    }

    @Nested
    class CreateItem {

        @Test
        void needs_no_more_than_a_name() {
            JsonObject item = create(JsonObject.of("name", "Milk"));

            assertThat(item.getMap())
                    .containsEntry("name", "Milk")
                    .containsEntry("quantity", "1")
                    .containsEntry("unit", "pcs")
                    .containsEntry("totalValue", "0")
                    .containsEntry("status", "UNDATED")
                    .containsEntry("leadDays", 30)
                    .containsEntry("usedUp", false)
                    .containsEntry("version", 1);
            for (String empty : List.of(
                    "description",
                    "costPrice",
                    "sellingPrice",
                    "expiryDate",
                    "daysLeft",
                    "location",
                    "barcode",
                    "lotNumber",
                    "category")) {
                assertThat(item.getMap()).containsEntry(empty, null);
            }
            assertThat(item.getString("createdAt")).isEqualTo(item.getString("updatedAt"));
        }

        @Test
        void keeps_everything_as_given_and_tells_it_on_every_node() {
            String category = user.createCategory("Dairy");

            JsonObject item = create(JsonObject.of(
                            "name", "Süßrahm – 🥛",
                            "description", "in the door",
                            "quantity", "2.5",
                            "unit", "l",
                            "costPrice", "1.2345",
                            "sellingPrice", "2",
                            "expiryDate", Noon.inDays(3),
                            "leadDays", 5,
                            "location", "Fridge",
                            "barcode", "4006381333931")
                    .put("lotNumber", "L-7")
                    .put("categoryId", category));

            assertThat(item.getMap())
                    .containsEntry("name", "Süßrahm – 🥛")
                    .containsEntry("description", "in the door")
                    .containsEntry("quantity", "2.5")
                    .containsEntry("unit", "l")
                    .containsEntry("costPrice", "1.2345")
                    .containsEntry("sellingPrice", "2")
                    .containsEntry("totalValue", "3.08625")
                    .containsEntry("expiryDate", Noon.inDays(3))
                    .containsEntry("daysLeft", 3)
                    .containsEntry("status", "EXPIRING_SOON")
                    .containsEntry("leadDays", 5)
                    .containsEntry("location", "Fridge")
                    .containsEntry("barcode", "4006381333931")
                    .containsEntry("lotNumber", "L-7");
            assertThat(item.getJsonObject("category").getString("id")).isEqualTo(category);
            String elsewhere = "query ($id: ID!) { item(id: $id) { " + FIELDS + " } }";
            assertThat(user.on(TestApi.otherNode())
                            .query(elsewhere, JsonObject.of("id", item.getString("id")))
                            .getJsonObject("item"))
                    .isEqualTo(item);
        }

        @Test
        void takes_off_white_space_around_texts_and_takes_blank_for_none() {
            JsonObject item =
                    create(JsonObject.of("name", "  Milk ", "description", "  ", "unit", " kg\t", "barcode", ""));

            assertThat(item.getMap())
                    .containsEntry("name", "Milk")
                    .containsEntry("description", null)
                    .containsEntry("unit", "kg")
                    .containsEntry("barcode", null);
        }

        @ParameterizedTest
        @CsvSource({"-1, EXPIRED", "0, EXPIRING_SOON", "30, EXPIRING_SOON", "31, ACTIVE", ", UNDATED"})
        void tells_status_and_days_left_from_the_date(@Nullable Integer days, String status) {
            JsonObject item =
                    create(JsonObject.of("name", "Milk", "expiryDate", days == null ? null : Noon.inDays(days)));

            assertThat(item.getMap()).containsEntry("status", status).containsEntry("daysLeft", days);
        }

        @Test
        void tells_status_in_the_day_of_the_owner() {
            // 25 hours lie between the two, so it is never the same day there.
            String there = LocalDate.now(ZoneId.of("Pacific/Kiritimati")).toString();
            JsonObject milk = JsonObject.of("name", "Milk", "expiryDate", there, "leadDays", 0);

            JsonObject early = NODE.newUser("Pacific/Kiritimati").mutate("createItem", ITEM, milk);
            JsonObject late = NODE.newUser("Pacific/Pago_Pago").mutate("createItem", ITEM, milk);

            assertThat(early.getJsonObject("item").getString("status")).isEqualTo("EXPIRING_SOON");
            assertThat(late.getJsonObject("item").getString("status")).isEqualTo("ACTIVE");
        }

        @Test
        void tells_everything_that_is_wrong_at_once_and_creates_nothing() {
            int before = user.activityCount();
            JsonObject wrong = JsonObject.of(
                    "name",
                    " ",
                    "quantity",
                    "0",
                    "unit",
                    "x".repeat(33),
                    "costPrice",
                    "-1",
                    "sellingPrice",
                    "0.00001",
                    "leadDays",
                    3_651,
                    "location",
                    "x".repeat(201),
                    "barcode",
                    "x".repeat(201),
                    "lotNumber",
                    "x".repeat(65),
                    "description",
                    "x".repeat(2_001));

            assertThat(user.refusals("createItem", wrong))
                    .containsExactlyInAnyOrder(
                            "INVALID input.name",
                            "INVALID input.quantity",
                            "INVALID input.unit",
                            "INVALID input.costPrice",
                            "INVALID input.sellingPrice",
                            "INVALID input.leadDays",
                            "INVALID input.location",
                            "INVALID input.barcode",
                            "INVALID input.lotNumber",
                            "INVALID input.description");
            assertThat(user.activityCount()).isEqualTo(before);
        }

        @Test
        void cannot_use_the_category_of_someone_else() {
            String theirs = NODE.newUser().createCategory("Dairy");

            assertThat(user.refusals("createItem", JsonObject.of("name", "Milk", "categoryId", theirs)))
                    .containsExactly("NOT_FOUND input.categoryId");
            assertThat(user.refusals("createItem", JsonObject.of("name", "Milk", "categoryId", "nonsense")))
                    .containsExactly("NOT_FOUND input.categoryId");
        }
    }

    @Nested
    class CreateItems {

        private static final String ITEMS = "items { id name category { name } } count";

        private JsonArray rows(int count) {
            return new JsonArray(IntStream.range(0, count)
                    .mapToObj(at -> JsonObject.of("name", "Item " + at, "expiryDate", Noon.inDays(at % 100)))
                    .toList());
        }

        @Test
        void creates_a_thousand_in_the_order_of_the_input_with_one_statement() {
            String category = user.createCategory("Dairy");
            JsonArray rows = rows(1_000);
            rows.forEach(row -> ((JsonObject) row).put("categoryId", category));

            JsonObject payload = user.mutate("createItems", ITEMS, JsonObject.of("items", rows));

            assertThat(payload.getInteger("count")).isEqualTo(1_000);
            assertThat(each(payload.getJsonArray("items"), "name")).isEqualTo(each(rows, "name"));
            assertThat(payload.getJsonArray("items").getJsonObject(999).getJsonObject("category"))
                    .isEqualTo(JsonObject.of("name", "Dairy"));
            assertThat(inventory().getJsonObject("total").getInteger("count")).isEqualTo(1_000);
            // Rows of one transaction and one command within it were written by one statement.
            assertThat(STOCK.column(
                            "SELECT DISTINCT items.xmin::text || ' ' || items.cmin::text FROM items JOIN users"
                                    + " ON users.id = items.user_id WHERE username = ?",
                            user.name()))
                    .hasSize(1);
        }

        @Test
        void notes_each_of_them_in_the_log() {
            int before = user.activityCount();

            user.mutate("createItems", "count", JsonObject.of("items", new JsonArray("""
                    [{"name": "A"}, {"name": "B"}, {"name": "C"}]
                    """)));

            assertThat(user.activityCount()).isEqualTo(before + 3);
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void refuses_all_when_one_is_wrong_unless_told_otherwise(boolean explicit) {
            String theirs = NODE.newUser().createCategory("Dairy");
            JsonObject input = JsonObject.of("items", rows(5));
            input.getJsonArray("items").getJsonObject(1).put("name", "").put("leadDays", -1);
            input.getJsonArray("items").getJsonObject(3).put("categoryId", theirs);
            if (explicit) {
                input.put("errorPolicy", "REJECT_ALL");
            }

            JsonObject payload = user.attempt("createItems", ITEMS, input);

            assertThat(payload.getValue("items")).isNull();
            assertThat(payload.getInteger("count")).isNull();
            assertThat(user.refusals("createItems", input))
                    .containsExactly(
                            "INVALID input.items.1.name",
                            "INVALID input.items.1.leadDays",
                            "NOT_FOUND input.items.3.categoryId");
            assertThat(inventory().getJsonObject("total").getInteger("count")).isZero();
        }

        @Test
        void leaves_out_only_the_wrong_ones_when_told_so() {
            JsonObject input = JsonObject.of("items", rows(5), "errorPolicy", "REJECT_FAILED_ROWS");
            input.getJsonArray("items").getJsonObject(1).put("name", "");
            input.getJsonArray("items").getJsonObject(3).put("quantity", "-2");

            JsonObject payload = user.attempt("createItems", ITEMS, input);

            assertThat(payload.getInteger("count")).isEqualTo(3);
            assertThat(payload.getJsonArray("items").stream()
                            .map(item -> item == null ? null : ((JsonObject) item).getString("name")))
                    .containsExactly("Item 0", null, "Item 2", null, "Item 4");
            assertThat(each(payload.getJsonArray("userErrors"), "field"))
                    .containsExactly(
                            new JsonArray(List.of("input", "items", "1", "name")),
                            new JsonArray(List.of("input", "items", "3", "quantity")));
            assertThat(inventory().getJsonObject("total").getInteger("count")).isEqualTo(3);
        }

        @Test
        void does_nothing_when_every_one_is_wrong() {
            JsonObject input = JsonObject.of("items", rows(2), "errorPolicy", "REJECT_FAILED_ROWS");
            input.getJsonArray("items").forEach(row -> ((JsonObject) row).put("name", ""));

            JsonObject payload = user.attempt("createItems", ITEMS, input);

            assertThat(payload.getValue("items")).isNull();
            assertThat(payload.getInteger("count")).isNull();
            assertThat(payload.getJsonArray("userErrors")).hasSize(2);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1_001})
        void takes_from_one_to_a_thousand(int count) {
            assertThat(user.refusals("createItems", JsonObject.of("items", rows(count))))
                    .containsExactly("INVALID input.items");
        }
    }

    @Nested
    class UpdateItem {

        private final JsonObject milk = create(JsonObject.of(
                "name", "Milk",
                "description", "fresh",
                "quantity", "2",
                "costPrice", "1.5",
                "expiryDate", Noon.inDays(100),
                "location", "Fridge"));
        private final String id = milk.getString("id");

        @Test
        void keeps_what_is_left_out_and_clears_what_is_null() {
            JsonObject updated = update(JsonObject.of("id", id, "description", null, "location", "Cellar"));

            JsonObject expected = milk.copy()
                    .putNull("description")
                    .put("location", "Cellar")
                    .put("version", 2)
                    .put("updatedAt", updated.getString("updatedAt"));
            assertThat(updated).isEqualTo(expected).isEqualTo(find(id));
            assertThat(updated.getString("updatedAt")).isGreaterThan(milk.getString("updatedAt"));
        }

        @Test
        void clears_every_field_that_may_be_empty() {
            String category = user.createCategory("Dairy");
            update(JsonObject.of(
                    "id",
                    id,
                    "sellingPrice",
                    "3",
                    "barcode",
                    "1",
                    "lotNumber",
                    "2",
                    "leadDays",
                    7,
                    "categoryId",
                    category));

            JsonObject cleared = update(
                    JsonObject.of("id", id, "costPrice", null, "sellingPrice", null, "barcode", null, "lotNumber", null)
                            .putNull("leadDays")
                            .putNull("categoryId")
                            .putNull("expiryDate"));

            assertThat(cleared.getMap())
                    .containsEntry("costPrice", null)
                    .containsEntry("sellingPrice", null)
                    .containsEntry("totalValue", "0")
                    .containsEntry("barcode", null)
                    .containsEntry("lotNumber", null)
                    .containsEntry("leadDays", 30)
                    .containsEntry("category", null)
                    .containsEntry("expiryDate", null)
                    .containsEntry("status", "UNDATED")
                    .containsEntry("version", 3);
        }

        @ParameterizedTest
        @ValueSource(strings = {"name", "unit", "quantity"})
        void cannot_clear_what_must_be_there(String field) {
            assertThat(user.refusals("updateItem", JsonObject.of("id", id).putNull(field)))
                    .containsExactly("INVALID input." + field);
        }

        @Test
        void changes_nothing_when_nothing_is_other_than_it_is() {
            int before = user.activityCount();

            JsonObject updated =
                    update(JsonObject.of("id", id, "name", "Milk", "quantity", "2.000", "costPrice", "1.50"));

            assertThat(updated).isEqualTo(milk);
            assertThat(user.activityCount()).isEqualTo(before);
        }

        @Test
        void is_refused_when_the_item_has_changed_since() {
            update(JsonObject.of("id", id, "name", "Cream", "expectedVersion", 1));

            assertThat(user.refusals("updateItem", JsonObject.of("id", id, "name", "Butter", "expectedVersion", 1)))
                    .containsExactly("STALE_VERSION input.expectedVersion");
            assertThat(find(id).getMap()).containsEntry("name", "Cream").containsEntry("version", 2);
        }

        @Test
        void of_two_at_once_that_expect_the_same_version_only_one_succeeds() throws Exception {
            User other = user.on(TestApi.otherNode());
            try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
                Future<List<String>> here = threads.submit(() ->
                        user.refusals("updateItem", JsonObject.of("id", id, "name", "Here", "expectedVersion", 1)));
                Future<List<String>> there = threads.submit(() ->
                        other.refusals("updateItem", JsonObject.of("id", id, "name", "There", "expectedVersion", 1)));

                assertThat(List.of(here.get(), there.get()))
                        .containsExactlyInAnyOrder(List.of(), List.of("STALE_VERSION input.expectedVersion"));
            }
            assertThat(find(id).getInteger("version")).isEqualTo(2);
        }

        @Test
        void moves_status_and_days_left_with_the_date() {
            assertThat(milk.getString("status")).isEqualTo("ACTIVE");

            JsonObject soon = update(JsonObject.of("id", id, "expiryDate", Noon.inDays(2)));
            JsonObject past = update(JsonObject.of("id", id, "expiryDate", Noon.inDays(-2)));

            assertThat(soon.getMap()).containsEntry("status", "EXPIRING_SOON").containsEntry("daysLeft", 2);
            assertThat(past.getMap()).containsEntry("status", "EXPIRED").containsEntry("daysLeft", -2);
            assertThat(told()).hasSize(2);
        }

        @Test
        void takes_an_item_out_of_stock_and_back_by_its_quantity() {
            assertThat(update(JsonObject.of("id", id, "quantity", "0")).getBoolean("usedUp"))
                    .isTrue();
            assertThat(names("")).isEmpty();

            assertThat(update(JsonObject.of("id", id, "quantity", 3)).getBoolean("usedUp"))
                    .isFalse();
            assertThat(names("")).containsExactly("Milk");
        }

        @Test
        void does_not_find_what_is_not_there_or_another_users() {
            String theirs = NODE.newUser().createItem(JsonObject.of("name", "Rice"));

            for (String missing : List.of(theirs, "nonsense", user.createCategory("Dairy"))) {
                assertThat(user.refusals("updateItem", JsonObject.of("id", missing, "name", "Mine")))
                        .containsExactly("NOT_FOUND input.id");
            }
        }
    }

    @Nested
    class DeleteItem {

        @Test
        void takes_the_item_and_what_was_said_about_it_away() {
            String id = add("Milk", Noon.inDays(1));
            assertThat(told()).hasSize(1);

            JsonObject payload = user.mutate("deleteItem", "deletedId", JsonObject.of("id", id));

            assertThat(payload.getString("deletedId")).isEqualTo(id);
            assertThat(node(id)).isNull();
            assertThat(told()).isEmpty();
        }

        @Test
        void finds_nothing_the_second_time() {
            String id = add("Milk", null);
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", id));

            assertThat(user.refusals("deleteItem", JsonObject.of("id", id))).containsExactly("NOT_FOUND input.id");
        }

        @Test
        void is_refused_when_the_item_has_changed_since() {
            String id = add("Milk", null);
            update(JsonObject.of("id", id, "name", "Cream"));

            assertThat(user.refusals("deleteItem", JsonObject.of("id", id, "expectedVersion", 1)))
                    .containsExactly("STALE_VERSION input.expectedVersion");
            assertThat(node(id)).isNotNull();
        }

        @Test
        void does_not_touch_what_is_another_users() {
            User other = NODE.newUser();
            String theirs = other.createItem(JsonObject.of("name", "Rice"));

            assertThat(user.refusals("deleteItem", JsonObject.of("id", theirs))).containsExactly("NOT_FOUND input.id");
            assertThat(other.query("query ($id: ID!) { item(id: $id) { name } }", JsonObject.of("id", theirs))
                            .getJsonObject("item"))
                    .isNotNull();
        }
    }

    @Nested
    class TakingOut {

        private final String category = user.createCategory("Dairy");
        private final String id = user.createItem(JsonObject.of(
                "name", "Milk", "quantity", "2.5", "unit", "l", "costPrice", "2", "categoryId", category));

        private JsonObject takeOut(JsonObject input) {
            return user.mutate("takeOut", ITEM, input.put("itemId", id)).getJsonObject("item");
        }

        private int itemCount() {
            return user.query("{ categories { nodes { itemCount } } }")
                    .getJsonObject("categories")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getInteger("itemCount");
        }

        @Test
        void leaves_the_rest() {
            JsonObject left = takeOut(JsonObject.of("quantity", "0.75", "outcome", "USED"));

            assertThat(left.getMap())
                    .containsEntry("quantity", "1.75")
                    .containsEntry("totalValue", "3.5")
                    .containsEntry("usedUp", false)
                    .containsEntry("version", 2);
            assertThat(inventory().getJsonObject("total")).isEqualTo(JsonObject.of("count", 1, "value", "3.5"));
        }

        @Test
        void of_everything_keeps_the_item_as_used_up_and_out_of_all_counts() {
            JsonObject left = takeOut(JsonObject.of("outcome", "SOLD"));

            assertThat(left.getMap()).containsEntry("quantity", "0").containsEntry("usedUp", true);
            assertThat(find(id)).isEqualTo(left);
            assertThat(found(new JsonObject())).isEmpty();
            assertThat(found(JsonObject.of("usedUp", true))).containsExactly("Milk");
            assertThat(itemCount()).isZero();
            assertThat(inventory().getJsonObject("total")).isEqualTo(JsonObject.of("count", 0, "value", "0"));
            assertThat(inventory().getJsonArray("byCategory")).isEmpty();
        }

        @Test
        void of_exactly_what_is_left_is_everything() {
            assertThat(takeOut(JsonObject.of("quantity", "2.500", "outcome", "DONATED"))
                            .getBoolean("usedUp"))
                    .isTrue();
        }

        @ParameterizedTest
        @ValueSource(strings = {"2.501", "3"})
        void of_more_than_there_is_contradicts_it(String quantity) {
            JsonObject before = find(id);

            JsonObject input = JsonObject.of("itemId", id, "quantity", quantity, "outcome", "USED");

            assertThat(user.refusals("takeOut", input)).containsExactly("CONFLICT input.quantity");
            assertThat(find(id)).isEqualTo(before);
        }

        @Test
        void of_what_is_used_up_contradicts_it() {
            takeOut(JsonObject.of("outcome", "USED"));

            assertThat(user.refusals("takeOut", JsonObject.of("itemId", id, "outcome", "USED")))
                    .containsExactly("CONFLICT input.quantity");
        }

        @Test
        void of_the_same_rest_by_many_at_once_never_takes_more_than_there_is() throws Exception {
            List<User> takers = List.of(user, user.on(TestApi.otherNode()));
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                List<Future<List<String>>> answers = new ArrayList<>();
                for (int at = 0; at < 8; at++) {
                    User taker = takers.get(at % 2);
                    answers.add(threads.submit(() -> taker.refusals(
                            "takeOut", JsonObject.of("itemId", id, "quantity", "0.5", "outcome", "USED"))));
                }
                List<List<String>> refusals = new ArrayList<>();
                for (Future<List<String>> answer : answers) {
                    refusals.add(answer.get());
                }
                assertThat(refusals).filteredOn(List::isEmpty).hasSize(5);
                assertThat(refusals)
                        .filteredOn(refusal -> !refusal.isEmpty())
                        .hasSize(3)
                        .allMatch(List.of("CONFLICT input.quantity")::equals);
            }
            assertThat(find(id).getString("quantity")).isEqualTo("0");
        }

        @ParameterizedTest
        @EnumSource(TakeOut.Outcome.class)
        void records_what_became_of_it(TakeOut.Outcome outcome) {
            takeOut(JsonObject.of("quantity", "1", "outcome", outcome.name(), "note", "went off"));

            JsonObject latest = user.query("{ activities(first: 1) { nodes { kind subjectId before after } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0);
            assertThat(latest.getMap()).containsEntry("kind", "ITEM_TAKEN_OUT").containsEntry("subjectId", id);
            assertThat(latest.getJsonObject("after").getJsonObject("takeOut").getMap())
                    .containsEntry("outcome", outcome.name())
                    .containsEntry("note", "went off");
            assertThat(STOCK.column(
                            "SELECT concat_ws(' ', trim_scale(take_outs.quantity), unit, trim_scale(value), outcome, note)"
                                    + " FROM take_outs JOIN users ON users.id = user_id WHERE username = ?",
                            user.name()))
                    .containsExactly("1 l 2 " + outcome + " went off");
        }

        @Test
        void refuses_no_quantity_a_stale_version_and_a_missing_item() {
            JsonObject input = JsonObject.of("itemId", id, "outcome", "USED");

            assertThat(user.refusals("takeOut", input.copy().put("quantity", "0")))
                    .containsExactly("INVALID input.quantity");
            assertThat(user.refusals("takeOut", input.copy().put("note", "x".repeat(501))))
                    .containsExactly("INVALID input.note");
            assertThat(user.refusals("takeOut", input.copy().put("expectedVersion", 7)))
                    .containsExactly("STALE_VERSION input.expectedVersion");
            assertThat(user.refusals("takeOut", input.copy().put("itemId", category)))
                    .containsExactly("NOT_FOUND input.itemId");
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class Filter {

        private final String dairy = user.createCategory("Dairy");

        @BeforeAll
        void fill() {
            user.createItems(
                    dated("Milk", -1).put("categoryId", dairy).put("location", "Fridge"),
                    dated("Crème brûlée", 0).put("categoryId", dairy),
                    dated("Rice", 30).put("barcode", "4006381333931"),
                    dated("Beans", 31).put("description", "50% off_sale"),
                    JsonObject.of("name", "Salt", "lotNumber", "LOT-42", "location", "Fridge door"));
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                EXPIRED               | Milk
                EXPIRING_SOON         | Crème brûlée,Rice
                ACTIVE                | Beans
                UNDATED               | Salt
                EXPIRED,UNDATED       | Milk,Salt
                EXPIRING_SOON,ACTIVE  | Crème brûlée,Rice,Beans
                """)
        void by_status(String statuses, String expected) {
            assertThat(found(JsonObject.of("status", new JsonArray(List.of(statuses.split(","))))))
                    .containsExactly((Object[]) expected.split(","));
        }

        @Test
        void by_category() {
            String empty = user.createCategory("Empty");

            assertThat(found(JsonObject.of("categoryId", JsonArray.of(dairy)))).containsExactly("Milk", "Crème brûlée");
            assertThat(found(JsonObject.of("categoryId", JsonArray.of(empty)))).isEmpty();
            assertThat(found(JsonObject.of("categoryId", JsonArray.of(empty, dairy))))
                    .hasSize(2);
        }

        @Test
        void by_a_range_of_dates_with_both_ends_in_it() {
            assertThat(found(JsonObject.of("expiryDate", JsonObject.of("from", Noon.inDays(0), "to", Noon.inDays(30)))))
                    .containsExactly("Crème brûlée", "Rice");
            assertThat(found(JsonObject.of("expiryDate", JsonObject.of("from", Noon.inDays(30)))))
                    .containsExactly("Rice", "Beans");
            assertThat(found(JsonObject.of("expiryDate", JsonObject.of("to", Noon.inDays(-1)))))
                    .containsExactly("Milk");
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                creme BRULEE     | Crème brûlée
                brûl             | Crème brûlée
                CRÈME            | Crème brûlée
                ridge            | Milk,Salt
                fridge salt      | Salt
                door fridge      | Salt
                638133           | Rice
                lot-4            | Salt
                50%              | Beans
                off_             | Beans
                milk rice        |
                %                | Beans
                """)
        void by_words_anywhere_in_its_texts_without_regard_to_case_and_accents(
                String search, @Nullable String expected) {
            assertThat(found(JsonObject.of("search", search)))
                    .containsExactly(expected == null ? new Object[0] : expected.split(","));
        }

        @Test
        void by_exact_place_and_barcode() {
            assertThat(found(JsonObject.of("location", "Fridge"))).containsExactly("Milk");
            assertThat(found(JsonObject.of("barcode", "4006381333931"))).containsExactly("Rice");
            assertThat(found(JsonObject.of("barcode", "400638133393"))).isEmpty();
        }

        @Test
        void by_when_they_were_last_changed() {
            String touched = each(items("", new JsonObject()).getJsonArray("nodes"), "id")
                    .getLast()
                    .toString();
            String since = update(JsonObject.of("id", touched, "description", "from the sea"))
                    .getString("updatedAt");

            assertThat(found(JsonObject.of("updatedSince", since))).containsExactly("Salt");
        }

        @Test
        void by_all_conditions_together() {
            assertThat(found(JsonObject.of(
                            "status", JsonArray.of("EXPIRED"), "categoryId", JsonArray.of(dairy), "search", "milk")))
                    .containsExactly("Milk");
            assertThat(found(JsonObject.of("status", JsonArray.of("ACTIVE"), "categoryId", JsonArray.of(dairy))))
                    .isEmpty();
        }

        @Test
        void by_filters_within_it_each_of_which_costs_a_point() {
            JsonObject plain = user.answer("{ items(first: 5) { nodes { name } } }", new JsonObject());
            JsonObject joined = user.answer(
                    """
                    query ($more: [ItemFilter!], $not: ItemFilter) {
                      items(first: 5, filter: { or: [{ search: "salt" }, { and: $more }], not: $not }) { nodes { name } } }
                    """,
                    JsonObject.of(
                            "more",
                            JsonArray.of(
                                    JsonObject.of("status", JsonArray.of("EXPIRED")),
                                    JsonObject.of("categoryId", JsonArray.of(dairy))),
                            "not",
                            JsonObject.of("search", "rice")));

            assertThat(each(joined.getJsonObject("data").getJsonObject("items").getJsonArray("nodes"), "name"))
                    .containsExactly("Milk", "Salt");
            assertThat(cost(joined) - cost(plain)).isEqualTo(5);
        }

        private int cost(JsonObject answer) {
            return answer.getJsonObject("extensions").getJsonObject("cost").getInteger("requested");
        }

        @Test
        void names_what_is_wrong_with_it() {
            String query = "query ($filter: ItemFilter) { items(filter: $filter) { totalCount } }";
            JsonObject reversed =
                    JsonObject.of("expiryDate", JsonObject.of("from", Noon.inDays(1), "to", Noon.inDays(0)));

            for (JsonObject filter :
                    List.of(reversed, JsonObject.of("search", "x".repeat(201)), JsonObject.of("location", "\u0000"))) {
                JsonObject error = user.answer(query, JsonObject.of("filter", filter))
                        .getJsonArray("errors")
                        .getJsonObject(0);
                assertThat(error.getJsonObject("extensions").getString("code")).isEqualTo("INVALID");
                assertThat(error.getString("message"))
                        .contains(
                                filter.containsKey("expiryDate")
                                        ? "from"
                                        : filter.fieldNames().iterator().next());
            }
        }
    }

    @Nested
    class AsOf {

        @Test
        void selects_by_status_and_counts_as_of_that_day_but_shows_the_items_of_today() {
            add("Milk", Noon.inDays(1));
            add("Beans", Noon.inDays(40));
            String later = "\"" + Noon.inDays(10) + "\"";

            JsonObject all = items(", asOf: " + later, new JsonObject());
            JsonObject expired = items(
                    ", asOf: " + later, JsonObject.of("filter", JsonObject.of("status", JsonArray.of("EXPIRED"))));
            JsonObject inventory = user.query("{ inventory(asOf: " + later + ") { asOf byStatus { status count } } }")
                    .getJsonObject("inventory");

            assertThat(each(all.getJsonArray("nodes"), "status")).containsExactly("EXPIRING_SOON", "ACTIVE");
            assertThat(each(all.getJsonArray("nodes"), "daysLeft")).containsExactly(1, 40);
            assertThat(each(expired.getJsonArray("nodes"), "name")).containsExactly("Milk");
            assertThat(each(expired.getJsonArray("nodes"), "status")).containsExactly("EXPIRING_SOON");
            assertThat(expired.getInteger("totalCount")).isEqualTo(1);
            assertThat(inventory.getString("asOf")).isEqualTo(Noon.inDays(10));
            assertThat(each(inventory.getJsonArray("byStatus"), "count")).containsExactly(0, 1, 1, 0);
        }

        @Test
        void is_asked_of_an_item_itself() {
            String id = add("Milk", Noon.inDays(1));
            String undated = add("Salt", null);
            String asked = "... on Item { daysLeft daysLeftOn(date: \"%s\") statusOn(date: \"%1$s\") }"
                    .formatted(Noon.inDays(3));

            assertThat(user.query("{ node(id: \"" + id + "\") { " + asked + " } }")
                            .getJsonObject("node"))
                    .isEqualTo(JsonObject.of("daysLeft", 1, "daysLeftOn", -2, "statusOn", "EXPIRED"));
            assertThat(user.query("{ node(id: \"" + undated + "\") { " + asked + " } }")
                            .getJsonObject("node"))
                    .isEqualTo(JsonObject.of("daysLeft", null, "daysLeftOn", null, "statusOn", "UNDATED"));
        }

        @Test
        void selects_what_is_soon_in_a_category_as_of_that_day() {
            String dairy = user.createCategory("Dairy");
            user.createItems(
                    dated("Milk", 12).put("categoryId", dairy),
                    dated("Butter", 40).put("categoryId", dairy));

            assertThat(user.query("""
                    { category(id: "%s") {
                        items(asOf: "%s", filter: { expiresWithinDays: 3 }) { totalCount nodes { name daysLeft } } } }
                    """.formatted(dairy, Noon.inDays(10)))
                            .getJsonObject("category")
                            .getJsonObject("items"))
                    .isEqualTo(new JsonObject("{\"totalCount\":1,\"nodes\":[{\"name\":\"Milk\",\"daysLeft\":12}]}"));
        }
    }

    @Nested
    class Inventories {

        @Test
        void count_and_value_by_status_and_by_category() {
            String dairy = user.createCategory("dairy");
            String beans = user.createCategory("Beans");
            user.createItems(
                    dated("A", -1).put("costPrice", "0.1").put("quantity", 3).put("categoryId", dairy),
                    dated("B", 5).put("costPrice", "2").put("categoryId", dairy),
                    dated("C", 50).put("costPrice", "4").put("categoryId", beans),
                    JsonObject.of("name", "D", "costPrice", "8"));

            JsonObject inventory = inventory();

            assertThat(inventory.getJsonObject("total")).isEqualTo(JsonObject.of("count", 4, "value", "14.3"));
            assertThat(inventory.getJsonArray("byStatus"))
                    .isEqualTo(JsonArray.of(
                            JsonObject.of("status", "UNDATED", "count", 1, "value", "8"),
                            JsonObject.of("status", "EXPIRED", "count", 1, "value", "0.3"),
                            JsonObject.of("status", "EXPIRING_SOON", "count", 1, "value", "2"),
                            JsonObject.of("status", "ACTIVE", "count", 1, "value", "4")));
            assertThat(inventory.getJsonArray("byCategory"))
                    .isEqualTo(JsonArray.of(
                            JsonObject.of("name", "Beans", "totalItems", 1, "totalValue", "4"),
                            JsonObject.of("name", "dairy", "totalItems", 2, "totalValue", "2.3"),
                            JsonObject.of("name", null, "totalItems", 1, "totalValue", "8")));
        }
    }

    @Nested
    class Order {

        @Test
        void is_by_expiry_date_with_undated_last_unless_asked_otherwise() {
            add("undated", null);
            add("later", Noon.inDays(9));
            add("sooner", Noon.inDays(2));

            assertThat(names("")).containsExactly("sooner", "later", "undated");
            assertThat(names(", orderBy: {field: EXPIRY_DATE, direction: DESC}"))
                    .containsExactly("undated", "later", "sooner");
        }

        @Test
        void by_name_disregards_case_and_accents() {
            for (String name : List.of("zucchini", "Éclair", "apple", "Egg", "Banana", "étouffée")) {
                add(name, null);
            }

            assertThat(names(", orderBy: {field: NAME}"))
                    .containsExactly("apple", "Banana", "Éclair", "Egg", "étouffée", "zucchini");
        }

        @Test
        void by_creation_and_by_change() {
            String first = add("first", null);
            add("second", null);
            update(JsonObject.of("id", first, "name", "first, changed"));

            assertThat(names(", orderBy: {field: CREATED_AT}")).containsExactly("first, changed", "second");
            assertThat(names(", orderBy: {field: UPDATED_AT, direction: DESC}"))
                    .containsExactly("first, changed", "second");
        }
    }

    @Nested
    class Paging {

        /** Dates, names and times that many share, and some without a date. */
        private void fill() {
            JsonArray rows = new JsonArray();
            for (int at = 0; at < 23; at++) {
                rows.add(JsonObject.of(
                        "name", "Item " + at % 4, "expiryDate", at % 5 == 0 ? null : Noon.inDays(at % 3)));
            }
            user.mutate("createItems", "count", JsonObject.of("items", rows));
        }

        @ParameterizedTest
        @CsvSource({
            "EXPIRY_DATE, ASC", "EXPIRY_DATE, DESC", "NAME, ASC", "NAME, DESC",
            "CREATED_AT, ASC", "CREATED_AT, DESC", "UPDATED_AT, ASC", "UPDATED_AT, DESC"
        })
        void reads_each_row_once_in_the_same_order_forward_and_backward(String field, String direction) {
            fill();
            String order = ", orderBy: {field: %s, direction: %s}".formatted(field, direction);
            List<Object> whole =
                    each(items(order + ", first: 100", new JsonObject()).getJsonArray("nodes"), "id");

            List<Object> forward = new ArrayList<>();
            JsonObject page = items(order + ", first: 5", new JsonObject());
            assertThat(page.getJsonObject("pageInfo").getBoolean("hasPreviousPage"))
                    .isFalse();
            while (true) {
                forward.addAll(each(page.getJsonArray("nodes"), "id"));
                assertThat(page.getInteger("totalCount")).isEqualTo(23);
                if (!page.getJsonObject("pageInfo").getBoolean("hasNextPage")) {
                    break;
                }
                page = items(
                        order + ", first: 5",
                        JsonObject.of("after", page.getJsonObject("pageInfo").getString("endCursor")));
                assertThat(page.getJsonObject("pageInfo").getBoolean("hasPreviousPage"))
                        .isTrue();
            }
            List<Object> backward = new ArrayList<>();
            page = items(order + ", last: 5", new JsonObject());
            while (true) {
                backward.addAll(0, each(page.getJsonArray("nodes"), "id"));
                if (!page.getJsonObject("pageInfo").getBoolean("hasPreviousPage")) {
                    break;
                }
                page = items(
                        order + ", last: 5",
                        JsonObject.of("before", page.getJsonObject("pageInfo").getString("startCursor")));
                assertThat(page.getJsonObject("pageInfo").getBoolean("hasNextPage"))
                        .isTrue();
            }

            assertThat(whole).hasSize(23).doesNotHaveDuplicates();
            assertThat(forward).isEqualTo(whole);
            assertThat(backward).isEqualTo(whole);
        }

        @Test
        void begins_and_ends_a_page_with_the_cursors_of_its_rows() {
            fill();

            JsonObject page = items(", first: 5", new JsonObject());

            List<Object> cursors = each(page.getJsonArray("edges"), "cursor");
            assertThat(page.getJsonObject("pageInfo").getString("startCursor")).isEqualTo(cursors.getFirst());
            assertThat(page.getJsonObject("pageInfo").getString("endCursor")).isEqualTo(cursors.getLast());
            assertThat(items(", first: 1", JsonObject.of("after", cursors.getFirst()))
                            .getJsonArray("nodes"))
                    .containsExactly(page.getJsonArray("nodes").getJsonObject(1));
        }

        @Test
        void has_no_cursors_on_an_empty_page() {
            JsonObject page = items("", new JsonObject());

            assertThat(page.getJsonArray("nodes")).isEmpty();
            assertThat(page.getInteger("totalCount")).isZero();
            assertThat(page.getJsonObject("pageInfo").getMap())
                    .containsEntry("hasNextPage", false)
                    .containsEntry("hasPreviousPage", false)
                    .containsEntry("startCursor", null)
                    .containsEntry("endCursor", null);
        }

        @Test
        void neither_skips_nor_repeats_while_rows_come_and_go() {
            List<String> ids = new ArrayList<>();
            for (int day = 0; day < 6; day++) {
                ids.add(add("day " + day, Noon.inDays(day)));
            }
            JsonObject page = items(", first: 3", new JsonObject());
            assertThat(each(page.getJsonArray("nodes"), "name")).containsExactly("day 0", "day 1", "day 2");

            // The row that the cursor names goes, one comes before it and one after it.
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", ids.get(2)));
            add("before", Noon.inDays(0));
            add("between", Noon.inDays(4));
            JsonObject rest = items(
                    ", first: 10",
                    JsonObject.of("after", page.getJsonObject("pageInfo").getString("endCursor")));

            assertThat(each(rest.getJsonArray("nodes"), "name")).containsExactly("day 3", "day 4", "between", "day 5");
        }

        @Test
        void gives_twenty_five_rows_unless_asked_otherwise() {
            user.mutate(
                    "createItems",
                    "count",
                    JsonObject.of(
                            "items",
                            new JsonArray(IntStream.range(0, 30)
                                    .mapToObj(at -> JsonObject.of("name", "Item " + at))
                                    .toList())));

            assertThat(items("", new JsonObject()).getJsonArray("nodes")).hasSize(25);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "first: 0",
                    "first: 101",
                    "last: -1",
                    "last: 101",
                    "first: 1, last: 1",
                    "first: 1, before: \"x\"",
                    "last: 1, after: \"x\"",
                    "after: \"nonsense\"",
                    "before: \"\", last: 2"
                })
        void refuses_pages_that_make_no_sense(String arguments) {
            JsonObject answer = user.answer("{ items(" + arguments + ") { nodes { id } } }", new JsonObject());

            assertThat(answer.getJsonArray("errors")
                            .getJsonObject(0)
                            .getJsonObject("extensions")
                            .getString("code"))
                    .isIn("INVALID", "LIMIT_REACHED");
        }

        @Test
        void refuses_the_cursor_of_another_order_or_list() {
            add("Milk", null);
            user.createCategory("Dairy");
            JsonObject byName = items(", orderBy: {field: NAME}", new JsonObject());
            JsonObject categories =
                    user.query("{ categories { pageInfo { endCursor } } }").getJsonObject("categories");

            for (JsonObject page : List.of(byName, categories)) {
                String cursor = page.getJsonObject("pageInfo").getString("endCursor");
                JsonObject error = user.answer(
                                "query ($after: String) { items(after: $after) { nodes { id } } }",
                                JsonObject.of("after", cursor))
                        .getJsonArray("errors")
                        .getJsonObject(0);
                assertThat(error.getString("message")).startsWith("after is not a cursor of this list");
            }
        }
    }

    @Nested
    class OfACategory {

        @Test
        void items_are_paged_filtered_ordered_and_counted_for_each() {
            String dairy = user.createCategory("Dairy");
            String dry = user.createCategory("Dry");
            user.createCategory("Empty");
            JsonArray rows = new JsonArray();
            for (int at = 0; at < 7; at++) {
                rows.add(JsonObject.of(
                        "name", "Item " + at, "expiryDate", Noon.inDays(at - 3), "categoryId", at < 4 ? dairy : dry));
            }
            user.mutate("createItems", "count", JsonObject.of("items", rows));

            JsonArray categories = user.query("""
                    { categories { nodes { name itemCount
                        items(first: 2, orderBy: {field: NAME, direction: DESC}) { nodes { name } totalCount pageInfo { hasNextPage } }
                        expired: items(filter: {status: [EXPIRED]}) { nodes { name } totalCount } } } }
                    """).getJsonObject("categories").getJsonArray("nodes");

            assertThat(each(categories, "name")).containsExactly("Dairy", "Dry", "Empty");
            assertThat(each(categories, "itemCount")).containsExactly(4, 3, 0);
            List<List<Object>> names = categories.stream()
                    .map(each -> each(((JsonObject) each).getJsonObject("items").getJsonArray("nodes"), "name"))
                    .toList();
            assertThat(names).containsExactly(List.of("Item 3", "Item 2"), List.of("Item 6", "Item 5"), List.of());
            assertThat(categories.getJsonObject(0).getJsonObject("items").getInteger("totalCount"))
                    .isEqualTo(4);
            assertThat(categories.getJsonObject(0).getJsonObject("items").getJsonObject("pageInfo"))
                    .isEqualTo(JsonObject.of("hasNextPage", true));
            assertThat(categories.getJsonObject(0).getJsonObject("expired").getInteger("totalCount"))
                    .isEqualTo(3);
            assertThat(categories.getJsonObject(1).getJsonObject("expired").getInteger("totalCount"))
                    .isZero();
        }

        @Test
        void pages_go_on_from_their_cursor() {
            String dairy = user.createCategory("Dairy");
            for (int at = 0; at < 3; at++) {
                user.createItem(JsonObject.of("name", "Item " + at, "categoryId", dairy));
            }
            String query = "query ($id: ID!, $after: String) { category(id: $id) { items(first: 2, after: $after,"
                    + " orderBy: {field: NAME}) { nodes { name } pageInfo { endCursor } } } }";

            JsonObject first = user.query(query, JsonObject.of("id", dairy))
                    .getJsonObject("category")
                    .getJsonObject("items");
            JsonObject second = user.query(
                            query,
                            JsonObject.of(
                                    "id",
                                    dairy,
                                    "after",
                                    first.getJsonObject("pageInfo").getString("endCursor")))
                    .getJsonObject("category")
                    .getJsonObject("items");

            assertThat(each(first.getJsonArray("nodes"), "name")).containsExactly("Item 0", "Item 1");
            assertThat(each(second.getJsonArray("nodes"), "name")).containsExactly("Item 2");
        }
    }

    @Nested
    class LeadDays {

        private final String dairy = user.mutate(
                        "createCategory", "category { id }", JsonObject.of("name", "Dairy", "leadDays", 10))
                .getJsonObject("category")
                .getString("id");

        private String add(String name, int days, @Nullable String category, @Nullable Integer leadDays) {
            return user.createItem(JsonObject.of(
                    "name", name, "expiryDate", Noon.inDays(days), "categoryId", category, "leadDays", leadDays));
        }

        private List<Object> state(String... ids) {
            return IntStream.range(0, ids.length)
                    .mapToObj(at -> find(ids[at]))
                    .<Object>map(item -> item.getInteger("leadDays") + " " + item.getString("status"))
                    .toList();
        }

        @Test
        void are_the_items_else_the_categorys_else_the_users() {
            assertThat(state(
                            add("own", 20, dairy, 5),
                            add("category's", 20, dairy, null),
                            add("user's", 20, null, null)))
                    .containsExactly("5 ACTIVE", "10 ACTIVE", "30 EXPIRING_SOON");
        }

        @Test
        void of_zero_are_lead_days_and_not_none() {
            assertThat(state(add("own", 1, dairy, 0))).containsExactly("0 ACTIVE");
        }

        @Test
        void of_a_category_change_those_of_its_items_and_tell_what_has_come_within_them() {
            String own = add("own", 20, dairy, 5);
            String inherited = add("inherited", 20, dairy, null);
            String elsewhere = add("elsewhere", 50, null, null);
            assertThat(told()).isEmpty();

            user.mutate("updateCategory", "__typename", JsonObject.of("id", dairy, "leadDays", 21));

            assertThat(state(own, inherited, elsewhere)).containsExactly("5 ACTIVE", "21 EXPIRING_SOON", "30 ACTIVE");
            assertThat(told()).containsExactly("inherited expires on " + Noon.inDays(20));
            assertThat(find(inherited).getInteger("version")).isEqualTo(2);
            assertThat(find(own).getInteger("version")).isEqualTo(1);
        }

        @Test
        void fall_back_to_the_users_when_the_category_has_none_any_more() {
            String inherited = add("inherited", 20, dairy, null);

            user.mutate("updateCategory", "__typename", JsonObject.of("id", dairy, "leadDays", null));

            assertThat(state(inherited)).containsExactly("30 EXPIRING_SOON");
            assertThat(told()).hasSize(1);
        }

        @Test
        void of_the_user_change_those_of_all_items_that_have_no_other() {
            String own = add("own", 40, null, 5);
            String categorys = add("category's", 40, dairy, null);
            String users = add("user's", 40, null, null);

            user.mutate("updateProfile", "viewer { leadDays }", JsonObject.of("leadDays", 45));

            assertThat(state(own, categorys, users)).containsExactly("5 ACTIVE", "10 ACTIVE", "45 EXPIRING_SOON");
            assertThat(told()).containsExactly("user's expires on " + Noon.inDays(40));
        }

        @Test
        void of_an_item_change_with_its_category_and_with_its_own() {
            String item = add("milk", 20, null, null);
            assertThat(state(item)).containsExactly("30 EXPIRING_SOON");

            update(JsonObject.of("id", item, "categoryId", dairy));
            assertThat(state(item)).containsExactly("10 ACTIVE");

            update(JsonObject.of("id", item, "leadDays", 20));
            assertThat(state(item)).containsExactly("20 EXPIRING_SOON");

            update(JsonObject.of("id", item, "leadDays", null));
            assertThat(state(item)).containsExactly("10 ACTIVE");
        }
    }

    @Nested
    class Idempotency {

        private final String key = "@idempotent(key: \"" + UUID.randomUUID() + "\")";
        private final JsonObject milk = JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(1));

        @Test
        void gives_the_first_answer_again_and_does_it_once() {
            JsonObject first = user.attempt("createItem", key, ITEM, milk);
            int after = user.activityCount();
            update(JsonObject.of("id", first.getJsonObject("item").getString("id"), "name", "Cream"));

            JsonObject again = user.attempt("createItem", key, ITEM, milk);
            JsonObject elsewhere = user.on(TestApi.otherNode()).attempt("createItem", key, ITEM, milk);

            assertThat(again).isEqualTo(first);
            assertThat(elsewhere).isEqualTo(first);
            assertThat(names("")).containsExactly("Cream");
            assertThat(user.activityCount()).isEqualTo(after + 1);
            assertThat(told()).hasSize(1);
        }

        @Test
        void does_it_once_however_many_retries_come_at_once_on_two_nodes() throws Exception {
            List<User> nodes = List.of(user, user.on(TestApi.otherNode()));
            try (ExecutorService threads = Executors.newFixedThreadPool(10)) {
                List<Future<JsonObject>> answers = new ArrayList<>();
                for (int at = 0; at < 10; at++) {
                    User on = nodes.get(at % 2);
                    answers.add(threads.submit(() -> on.attempt("createItem", key, ITEM, milk)));
                }
                List<JsonObject> payloads = new ArrayList<>();
                for (Future<JsonObject> answer : answers) {
                    payloads.add(answer.get());
                }
                assertThat(payloads).hasSize(10).containsOnly(payloads.getFirst());
                assertThat(payloads.getFirst().getJsonObject("item")).isNotNull();
            }
            assertThat(names("")).containsExactly("Milk");
        }

        @Test
        void answers_every_kind_of_change_again() {
            String id = add("Milk", null);
            JsonObject out = JsonObject.of("itemId", id, "outcome", "USED");
            JsonObject taken = user.attempt("takeOut", key, ITEM, out);
            assertThat(user.attempt("takeOut", key, ITEM, out)).isEqualTo(taken);

            String another = "@idempotent(key: \"another\")";
            JsonObject deleted = user.attempt("deleteItem", another, "deletedId", JsonObject.of("id", id));
            assertThat(user.attempt("deleteItem", another, "deletedId", JsonObject.of("id", id)))
                    .isEqualTo(deleted);

            String third = "@idempotent(key: \"third\")";
            JsonObject many = JsonObject.of(
                    "items",
                    JsonArray.of(JsonObject.of("name", "A"), JsonObject.of("name", "")),
                    "errorPolicy",
                    "REJECT_FAILED_ROWS");
            String selection = "items { id name } count";
            JsonObject created = user.attempt("createItems", third, selection, many);
            assertThat(user.attempt("createItems", third, selection, many)).isEqualTo(created);
            assertThat(names("")).containsExactly("A");
        }

        @Test
        void refuses_the_key_for_another_input() {
            user.attempt("createItem", key, ITEM, milk);

            JsonObject refused =
                    user.attempt("createItem", key, ITEM, milk.copy().put("quantity", 2));
            JsonObject otherMutation =
                    user.attempt("createCategory", key, "category { id }", JsonObject.of("name", "Milk"));

            for (JsonObject payload : List.of(refused, otherMutation)) {
                assertThat(each(payload.getJsonArray("userErrors"), "code")).containsExactly("IDEMPOTENCY_KEY_REUSED");
            }
            assertThat(names("")).containsExactly("Milk");
        }

        @Test
        void takes_the_same_input_written_otherwise_for_the_same() {
            JsonObject first = user.attempt("createItem", key, ITEM, milk);

            JsonObject again = user.query("mutation { createItem(input: {expiryDate: \"" + Noon.inDays(1)
                            + "\", name: \"Milk\"}) " + key + " { " + ITEM + " userErrors { code message field } } }")
                    .getJsonObject("createItem");

            assertThat(again).isEqualTo(first);
        }

        @Test
        void keeps_no_refusal() {
            String id = add("Milk", null);
            JsonObject out = JsonObject.of("itemId", id, "quantity", "2", "outcome", "USED");
            assertThat(each(user.attempt("takeOut", key, ITEM, out).getJsonArray("userErrors"), "code"))
                    .containsExactly("CONFLICT");

            update(JsonObject.of("id", id, "quantity", "3"));

            assertThat(user.attempt("takeOut", key, ITEM, out)
                            .getJsonObject("item")
                            .getString("quantity"))
                    .isEqualTo("1");
        }

        @Test
        void has_keys_for_each_user() {
            User other = NODE.newUser();
            String mine = user.attempt("createItem", key, "item { id }", milk)
                    .getJsonObject("item")
                    .getString("id");

            String theirs = other.attempt("createItem", key, "item { id }", JsonObject.of("name", "Rice"))
                    .getJsonObject("item")
                    .getString("id");

            assertThat(theirs).isNotEqualTo(mine);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 256})
        void needs_a_key_of_1_to_255_characters(int length) {
            String bad = "@idempotent(key: \"" + "k".repeat(length) + "\")";

            assertThat(each(user.attempt("createItem", bad, ITEM, milk).getJsonArray("userErrors"), "code"))
                    .containsExactly("INVALID");
            assertThat(names("")).isEmpty();
        }
    }
}
