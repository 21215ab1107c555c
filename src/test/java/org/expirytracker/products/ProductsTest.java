package org.expirytracker.products;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@ProvenRoom("product")
@Timeout(60)
class ProductsTest {

    private static final TestApi NODE = TestApi.node();
    private static final String FIELDS =
            "id name unit category { id } location shelfLifeDays minimumQuantity barcodes notes externalId"
                    + " quantity expiredQuantity nextExpiryDate isBelowMinimum version createdAt updatedAt";

    private final User user = NODE.newUser(Noon.ZONE);

    private JsonObject create(JsonObject input) {
        return user.mutate("createProduct", "product { " + FIELDS + " }", input).getJsonObject("product");
    }

    private String product(String name) {
        return create(JsonObject.of("name", name)).getString("id");
    }

    private JsonObject update(JsonObject input) {
        return user.mutate("updateProduct", "changed product { " + FIELDS + " }", input);
    }

    private @Nullable JsonObject find(String id) {
        return user.query("query ($id: ID!) { product(id: $id) { " + FIELDS + " } }", JsonObject.of("id", id))
                .getJsonObject("product");
    }

    /** One that is there. */
    private JsonObject held(String id) {
        return Objects.requireNonNull(find(id));
    }

    /** Adds a lot and answers its id. */
    private String lot(String product, @Nullable Integer days, String quantity) {
        return user.createItem(new JsonObject()
                .put("productId", product)
                .put("quantity", quantity)
                .put("expiryDate", days == null ? null : Noon.inDays(days)));
    }

    private JsonObject takeOut(String product, String quantity) {
        return user.mutate(
                "takeOutProduct",
                "product { quantity } takeOuts { itemId quantity value outcome note }",
                JsonObject.of("productId", product, "quantity", quantity, "outcome", "USED", "note", "soup"));
    }

    private List<Object> names(String filter) {
        return each(
                user.query("{ products(filter: {" + filter + "}) { nodes { name } } }")
                        .getJsonObject("products")
                        .getJsonArray("nodes"),
                "name");
    }

    private List<Object> lots(String product) {
        return each(
                user.query(
                                "query ($id: ID!) { product(id: $id) { items { nodes { id } } } }",
                                JsonObject.of("id", product))
                        .getJsonObject("product")
                        .getJsonObject("items")
                        .getJsonArray("nodes"),
                "id");
    }

    private JsonObject item(String id) {
        return user.query(
                        "query ($id: ID!) { item(id: $id) { name unit quantity location expiryDate version category { id }"
                                + " product { id } } }",
                        JsonObject.of("id", id))
                .getJsonObject("item");
    }

    private String latest(String kind) {
        return user.query("{ activities(first: 1, filter: {kind: [" + kind + "]}) { nodes { id } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")
                .getJsonObject(0)
                .getString("id");
    }

    private JsonObject undo(String kind) {
        return user.mutate(
                "undo",
                "deletedId product { id name barcodes version } item { id }",
                JsonObject.of("activityId", latest(kind)));
    }

    private List<Object> kinds(int count) {
        return each(
                user.query("{ activities(first: " + count + ") { nodes { kind } } }")
                        .getJsonObject("activities")
                        .getJsonArray("nodes"),
                "kind");
    }

    @Nested
    class Creating {

        @Test
        void needs_no_more_than_a_name() {
            JsonObject product = create(JsonObject.of("name", " Milk "));

            assertThat(product.getMap())
                    .containsEntry("name", "Milk")
                    .containsEntry("unit", "pcs")
                    .containsEntry("minimumQuantity", null)
                    .containsEntry("barcodes", List.of())
                    .containsEntry("quantity", "0")
                    .containsEntry("nextExpiryDate", null)
                    .containsEntry("isBelowMinimum", false)
                    .containsEntry("version", 1);
            assertThat(find(product.getString("id"))).isEqualTo(product);
            assertThat(kinds(1)).containsExactly("PRODUCT_CREATED");
        }

        @Test
        void keeps_everything_as_given() {
            String dairy = user.createCategory("Dairy");

            JsonObject product = create(new JsonObject()
                    .put("name", "Milk")
                    .put("unit", "l")
                    .put("categoryId", dairy)
                    .put("location", "Fridge")
                    .put("shelfLifeDays", 7)
                    .put("minimumQuantity", "2.5")
                    .put("barcodes", JsonArray.of("4006381333931", "second", "second"))
                    .put("notes", "whole")
                    .put("externalId", "p-1"));

            assertThat(product.getMap())
                    .containsEntry("unit", "l")
                    .containsEntry("location", "Fridge")
                    .containsEntry("shelfLifeDays", 7)
                    .containsEntry("minimumQuantity", "2.5")
                    .containsEntry("barcodes", List.of("4006381333931", "second"))
                    .containsEntry("notes", "whole")
                    .containsEntry("externalId", "p-1")
                    .containsEntry("isBelowMinimum", true);
            assertThat(product.getJsonObject("category").getString("id")).isEqualTo(dairy);
            assertThat(find(product.getString("id"))).isEqualTo(product);
        }

        @Test
        void refuses_a_name_an_external_id_or_a_barcode_that_another_product_has() {
            create(JsonObject.of("name", "Milk", "barcodes", JsonArray.of("96385074"), "externalId", "p-1"));

            assertThat(user.refusals("createProduct", JsonObject.of("name", " mILK")))
                    .containsExactly("CONFLICT input.name");
            assertThat(user.refusals("createProduct", JsonObject.of("name", "Oat milk", "externalId", "p-1")))
                    .containsExactly("CONFLICT input.externalId");
            // The same number of GS1, in another of its lengths.
            assertThat(user.refusals(
                            "createProduct",
                            JsonObject.of("name", "Oat milk", "barcodes", JsonArray.of("0000096385074"))))
                    .containsExactly("CONFLICT input.barcodes");
            assertThat(names("")).containsExactly("Milk");
        }

        @Test
        void takes_what_only_another_user_has() {
            NODE.newUser()
                    .mutate(
                            "createProduct",
                            "product { id }",
                            JsonObject.of("name", "Milk", "barcodes", JsonArray.of("1")));

            assertThat(create(JsonObject.of("name", "Milk", "barcodes", JsonArray.of("1")))
                            .getString("name"))
                    .isEqualTo("Milk");
        }
    }

    @Nested
    class Changing {

        @Test
        void keeps_what_is_left_out_and_clears_what_is_null() {
            String id = create(new JsonObject()
                            .put("name", "Milk")
                            .put("notes", "whole")
                            .put("externalId", "p-1")
                            .put("shelfLifeDays", 7)
                            .put("barcodes", JsonArray.of("1", "2")))
                    .getString("id");

            JsonObject product = update(new JsonObject()
                            .put("id", id)
                            .put("barcodes", JsonArray.of("3", "1"))
                            .putNull("shelfLifeDays"))
                    .getJsonObject("product");

            assertThat(product.getMap())
                    .containsEntry("notes", "whole")
                    .containsEntry("externalId", "p-1")
                    .containsEntry("shelfLifeDays", null)
                    .containsEntry("barcodes", List.of("3", "1"))
                    .containsEntry("version", 2);
            assertThat(kinds(2)).containsExactly("PRODUCT_UPDATED", "PRODUCT_CREATED");
        }

        @Test
        void changes_nothing_where_it_is_so_already() {
            String id = create(JsonObject.of("name", "Milk", "minimumQuantity", "2"))
                    .getString("id");

            JsonObject payload = update(JsonObject.of("id", id, "name", "Milk", "minimumQuantity", "2.0"));

            assertThat(payload.getBoolean("changed")).isFalse();
            assertThat(payload.getJsonObject("product").getInteger("version")).isEqualTo(1);
        }

        @Test
        void leaves_lots_as_they_are() {
            String id = product("Milk");
            String lot = lot(id, 3, "1");

            update(JsonObject.of("id", id, "name", "Oat milk", "unit", "l"));

            assertThat(item(lot).getMap()).containsEntry("name", "Milk").containsEntry("unit", "pcs");
            assertThat(user.query(
                                    "query ($id: ID!) { product(id: $id) { quantity quantities { unit quantity lotCount } } }",
                                    JsonObject.of("id", id))
                            .getJsonObject("product"))
                    .isEqualTo(JsonObject.of(
                            "quantity",
                            "0",
                            "quantities",
                            JsonArray.of(JsonObject.of("unit", "pcs", "quantity", "1", "lotCount", 1))));
        }
    }

    @Nested
    class Lots {

        @Test
        void are_as_their_product_says_where_nothing_else_is_said() {
            String dairy = user.createCategory("Dairy");
            String id = create(new JsonObject()
                            .put("name", "Milk")
                            .put("unit", "l")
                            .put("categoryId", dairy)
                            .put("location", "Fridge")
                            .put("shelfLifeDays", 7))
                    .getString("id");

            JsonObject lot = item(user.createItem(JsonObject.of("productId", id)));

            assertThat(lot.getMap())
                    .containsEntry("name", "Milk")
                    .containsEntry("unit", "l")
                    .containsEntry("location", "Fridge")
                    .containsEntry("expiryDate", Noon.inDays(7));
            assertThat(lot.getJsonObject("category").getString("id")).isEqualTo(dairy);
            assertThat(lot.getJsonObject("product").getString("id")).isEqualTo(id);
        }

        @Test
        void are_as_it_is_said_of_them_where_it_is_null_too() {
            String id = create(JsonObject.of("name", "Milk", "location", "Fridge", "shelfLifeDays", 7))
                    .getString("id");

            JsonObject lot = item(user.createItem(new JsonObject()
                    .put("productId", id)
                    .put("name", "Milk of Monday")
                    .putNull("location")
                    .putNull("expiryDate")));

            assertThat(lot.getMap())
                    .containsEntry("name", "Milk of Monday")
                    .containsEntry("location", null)
                    .containsEntry("expiryDate", null);
        }

        @Test
        void are_made_of_rows_as_well() {
            String milk = product("Milk");
            String rice = create(JsonObject.of("name", "Rice", "unit", "kg")).getString("id");

            List<Object> made = user.createItems(
                    JsonObject.of("productId", milk), JsonObject.of("productId", rice), JsonObject.of("name", "Salt"));
            user.mutate(
                    "upsertItems",
                    "createdCount",
                    JsonObject.of("items", JsonArray.of(JsonObject.of("externalId", "r", "productId", rice))));

            assertThat(made)
                    .extracting(each -> item((String) each).getString("name"))
                    .containsExactly("Milk", "Rice", "Salt");
            assertThat(lots(rice)).hasSize(2);
            assertThat(user.refusals(
                            "createItems",
                            JsonObject.of(
                                    "items",
                                    JsonArray.of(
                                            JsonObject.of("productId", milk),
                                            JsonObject.of("quantity", 1),
                                            JsonObject.of("name", "x", "productId", strangersProduct())))))
                    .containsExactly("INVALID input.items.1.name", "NOT_FOUND input.items.2.productId");
            assertThat(user.refusals(
                            "createItems",
                            JsonObject.of(
                                    "items",
                                    JsonArray.of(
                                            JsonObject.of("productId", milk),
                                            JsonObject.of("productId", strangersProduct())))))
                    .containsExactly("NOT_FOUND input.items.1.productId");
        }

        private String strangersProduct() {
            return NODE.newUser()
                    .mutate("createProduct", "product { id }", JsonObject.of("name", "Theirs"))
                    .getJsonObject("product")
                    .getString("id");
        }

        @Test
        void of_nobody_elses_product_are_made() {
            String theirs = strangersProduct();
            String bread = user.createItem(JsonObject.of("name", "Bread"));

            assertThat(user.refusals("createItem", JsonObject.of("productId", theirs)))
                    .containsExactly("NOT_FOUND input.productId");
            assertThat(user.refusals("updateItem", JsonObject.of("id", bread, "productId", theirs)))
                    .containsExactly("NOT_FOUND input.productId");
            assertThat(user.refusals(
                            "updateItems",
                            JsonObject.of("items", JsonArray.of(JsonObject.of("id", bread, "productId", theirs)))))
                    .containsExactly("NOT_FOUND input.items.0.productId");
            assertThat(find(theirs)).isNull();
        }

        @Test
        void come_and_go_with_a_change_of_the_item() {
            String milk = product("Milk");
            String id = user.createItem(JsonObject.of("name", "Bottle"));

            user.mutate("updateItem", "item { id }", JsonObject.of("id", id, "productId", milk));
            assertThat(lots(milk)).containsExactly(id);
            assertThat(found("productIds: [\"" + milk + "\"]")).containsExactly("Bottle");
            assertThat(found("withoutProduct: true")).isEmpty();
            user.mutate(
                    "updateItem", "item { id }", new JsonObject().put("id", id).putNull("productId"));

            assertThat(lots(milk)).isEmpty();
            assertThat(item(id).getValue("product")).isNull();
            assertThat(found("withoutProduct: true")).containsExactly("Bottle");
        }

        private List<Object> found(String filter) {
            return each(
                    user.query("{ items(filter: {" + filter + "}) { nodes { name } } }")
                            .getJsonObject("items")
                            .getJsonArray("nodes"),
                    "name");
        }

        @Test
        void stand_in_the_order_in_which_they_expire() {
            String milk = product("Milk");
            String undated = lot(milk, null, "1");
            String late = lot(milk, 9, "2");
            String soon = lot(milk, 1, "4");
            String past = lot(milk, -1, "8");

            assertThat(lots(milk)).containsExactly(past, soon, late, undated);
            assertThat(held(milk).getMap())
                    .containsEntry("quantity", "7")
                    .containsEntry("expiredQuantity", "8")
                    .containsEntry("nextExpiryDate", Noon.inDays(1));
        }
    }

    @Nested
    class Listing {

        @Test
        void is_by_name_in_pages() {
            List.of("Rice", "milk", "Bread").forEach(ProductsTest.this::product);

            JsonObject first = user.query(
                            "{ products(first: 2) { totalCount nodes { name } pageInfo { hasNextPage endCursor } } }")
                    .getJsonObject("products");
            JsonObject second = user.query(
                            "query ($after: String) { products(first: 2, after: $after) { nodes { name } } }",
                            JsonObject.of(
                                    "after", first.getJsonObject("pageInfo").getString("endCursor")))
                    .getJsonObject("products");

            assertThat(first.getInteger("totalCount")).isEqualTo(3);
            assertThat(each(first.getJsonArray("nodes"), "name")).containsExactly("Bread", "milk");
            assertThat(each(second.getJsonArray("nodes"), "name")).containsExactly("Rice");
        }

        @Test
        void finds_by_words_barcode_category_external_id_and_what_is_short() {
            String dairy = user.createCategory("Dairy");
            String milk = create(JsonObject.of(
                            "name",
                            "Milk",
                            "notes",
                            "whole",
                            "barcodes",
                            JsonArray.of("96385074"),
                            "minimumQuantity",
                            2))
                    .getString("id");
            create(JsonObject.of("name", "Curd", "categoryId", dairy, "minimumQuantity", 1, "externalId", "c-1"));
            lot(milk, 3, "1.5");
            lot(milk, -1, "5");

            assertThat(names("search: \"WHOLE mi\"")).containsExactly("Milk");
            assertThat(names("search: \"963850\"")).containsExactly("Milk");
            assertThat(names("barcodes: [\"00000096385074\", \"x\"]")).containsExactly("Milk");
            assertThat(names("externalIds: [\"c-1\", \"C-1\"]")).containsExactly("Curd");
            assertThat(names("categoryIds: [\"" + dairy + "\"]")).containsExactly("Curd");
            assertThat(names("belowMinimum: true")).containsExactly("Curd", "Milk");
            lot(milk, 3, "0.5");
            assertThat(names("belowMinimum: true")).containsExactly("Curd");
            assertThat(names("belowMinimum: false")).containsExactly("Milk");
        }

        @Test
        void knows_one_by_its_name_its_external_id_and_a_barcode_of_any_length() {
            create(new JsonObject()
                    .put("name", "Milk")
                    .put("externalId", "p-1")
                    .put("barcodes", JsonArray.of("4006381333931", "in-house 7")));

            for (String identifier : List.of(
                    "name: \" mILK \"",
                    "barcode: \"04006381333931\"",
                    "barcode: \"in-house 7\"",
                    "externalId: \"p-1\"")) {
                assertThat(user.query("{ productByIdentifier(identifier: {" + identifier + "}) { name } }")
                                .getJsonObject("productByIdentifier"))
                        .as(identifier)
                        .isEqualTo(JsonObject.of("name", "Milk"));
            }
            assertThat(user.query("{ productByIdentifier(identifier: {barcode: \"7\"}) { name } }")
                            .getValue("productByIdentifier"))
                    .isNull();
        }
    }

    @Nested
    class TakingOut {

        @Test
        void takes_from_the_lots_that_expire_first_and_logs_each() {
            String milk = product("Milk");
            String undated = lot(milk, null, "1");
            String late = lot(milk, 9, "2");
            String soon = lot(milk, 1, "1.5");
            String past = lot(milk, -1, "8");

            JsonObject payload = takeOut(milk, "4");

            assertThat(payload.getJsonObject("product").getString("quantity")).isEqualTo("0.5");
            assertThat(payload.getJsonArray("takeOuts"))
                    .containsExactly(taken(soon, "1.5"), taken(late, "2"), taken(undated, "0.5"));
            assertThat(item(soon).getString("quantity")).isEqualTo("0");
            assertThat(item(past).getString("quantity")).isEqualTo("8");
            assertThat(user.query("{ activities(filter: {kind: [ITEM_TAKEN_OUT]}) { totalCount } }")
                            .getJsonObject("activities")
                            .getInteger("totalCount"))
                    .isEqualTo(3);
        }

        private static JsonObject taken(String item, String quantity) {
            return JsonObject.of("itemId", item, "quantity", quantity, "value", "0", "outcome", "USED", "note", "soup");
        }

        @Test
        void takes_from_what_has_expired_where_it_is_asked_for() {
            String milk = product("Milk");
            String past = lot(milk, -1, "1");
            lot(milk, 1, "1");

            JsonArray taken = user.mutate(
                            "takeOutProduct",
                            "takeOuts { itemId quantity }",
                            JsonObject.of(
                                    "productId", milk, "quantity", 1, "outcome", "DISCARDED", "includeExpired", true))
                    .getJsonArray("takeOuts");

            assertThat(taken).containsExactly(JsonObject.of("itemId", past, "quantity", "1"));
        }

        @Test
        void takes_nothing_where_so_much_is_not_there() {
            String milk = product("Milk");
            String soon = lot(milk, 1, "1.5");
            lot(milk, -1, "8");
            user.createItem(JsonObject.of("productId", milk, "unit", "l", "quantity", 5));
            int before = user.activityCount();

            JsonObject refusal = user.attempt(
                            "takeOutProduct",
                            "takeOuts { quantity }",
                            JsonObject.of("productId", milk, "quantity", 2, "outcome", "USED"))
                    .getJsonArray("userErrors")
                    .getJsonObject(0);

            assertThat(refusal.getString("code")).isEqualTo("CONFLICT");
            assertThat(refusal.getString("message")).startsWith("Only 1.5 pcs of Milk is in stock and has not expired");
            assertThat(item(soon).getString("quantity")).isEqualTo("1.5");
            assertThat(user.activityCount()).isEqualTo(before);
        }

        @Test
        void of_many_at_once_takes_no_more_than_there_is() throws Exception {
            String milk = product("Milk");
            List.of(1, 2, 3).forEach(days -> lot(milk, days, "2"));
            List<User> nodes = List.of(user, user.on(TestApi.otherNode()));
            List<List<String>> refusals = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                List<Future<List<String>>> answers = new ArrayList<>();
                for (int at = 0; at < 6; at++) {
                    User on = nodes.get(at % 2);
                    answers.add(threads.submit(() -> on.refusals(
                            "takeOutProduct", JsonObject.of("productId", milk, "quantity", "1.5", "outcome", "USED"))));
                }
                for (Future<List<String>> answer : answers) {
                    refusals.add(answer.get());
                }
            }

            assertThat(refusals).filteredOn(List::isEmpty).hasSize(4);
            assertThat(refusals)
                    .filteredOn(List.of("CONFLICT input.quantity")::equals)
                    .hasSize(2);
            assertThat(held(milk).getString("quantity")).isEqualTo("0");
        }

        @Test
        void is_done_once_under_one_key() {
            String milk = product("Milk");
            lot(milk, 1, "3");
            String document =
                    "mutation ($id: ID!) { takeOutProduct(input: {productId: $id, quantity: 1, outcome: USED})"
                            + " @idempotent(key: \"once\") { takeOuts { id quantity } product { name } } }";

            JsonObject first = user.query(document, JsonObject.of("id", milk));
            JsonObject again = user.query(document, JsonObject.of("id", milk));

            assertThat(again).isEqualTo(first);
            assertThat(held(milk).getString("quantity")).isEqualTo("2");
        }

        @Test
        void can_be_undone_lot_by_lot() {
            String milk = product("Milk");
            String lot = lot(milk, 1, "3");
            takeOut(milk, "2");

            undo("ITEM_TAKEN_OUT");

            assertThat(item(lot).getString("quantity")).isEqualTo("3");
        }
    }

    @Nested
    class Deleting {

        @Test
        void leaves_the_lots_as_items_of_no_product() {
            String milk = product("Milk");
            String lot = lot(milk, 1, "3");

            assertThat(user.mutate("deleteProduct", "deletedId", JsonObject.of("id", milk))
                            .getString("deletedId"))
                    .isEqualTo(milk);

            assertThat(find(milk)).isNull();
            assertThat(item(lot).getMap())
                    .containsEntry("product", null)
                    .containsEntry("quantity", "3")
                    .containsEntry("version", 2);
            assertThat(kinds(2)).containsExactly("PRODUCT_DELETED", "ITEM_UPDATED");
        }

        @Test
        void of_a_category_gives_products_the_one_that_its_items_get() {
            String dairy = user.createCategory("Dairy");
            String cold = user.createCategory("Cold");
            String milk =
                    create(JsonObject.of("name", "Milk", "categoryId", dairy)).getString("id");

            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy, "reassignTo", cold));
            assertThat(held(milk).getJsonObject("category").getString("id")).isEqualTo(cold);
            undo("CATEGORY_DELETED");
            assertThat(held(milk).getJsonObject("category").getString("id")).isEqualTo(dairy);
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy));

            assertThat(held(milk).getValue("category")).isNull();
        }
    }

    @Nested
    class Undoing {

        @Test
        void of_a_creation_deletes_it() {
            String milk = product("Milk");
            String lot = lot(milk, 1, "3");

            assertThat(undo("PRODUCT_CREATED").getString("deletedId")).isEqualTo(milk);

            assertThat(find(milk)).isNull();
            assertThat(item(lot).getValue("product")).isNull();
        }

        @Test
        void of_a_change_puts_back_what_it_changed() {
            String milk = create(JsonObject.of("name", "Milk", "barcodes", JsonArray.of("1", "2")))
                    .getString("id");
            update(JsonObject.of("id", milk, "barcodes", JsonArray.of("3")));

            JsonObject product = undo("PRODUCT_UPDATED").getJsonObject("product");

            assertThat(product)
                    .isEqualTo(JsonObject.of(
                            "id", milk, "name", "Milk", "barcodes", JsonArray.of("1", "2"), "version", 3));
        }

        @Test
        void of_a_deletion_brings_it_back_with_its_barcodes_and_lots() {
            String milk = create(JsonObject.of("name", "Milk", "barcodes", JsonArray.of("1")))
                    .getString("id");
            String other = product("Other");
            String stays = lot(milk, 1, "3");
            String wentOn = lot(milk, 2, "3");
            user.mutate("deleteProduct", "deletedId", JsonObject.of("id", milk));
            user.mutate("updateItem", "item { id }", JsonObject.of("id", wentOn, "productId", other));

            JsonObject product = undo("PRODUCT_DELETED").getJsonObject("product");

            assertThat(product)
                    .isEqualTo(JsonObject.of("id", milk, "name", "Milk", "barcodes", JsonArray.of("1"), "version", 2));
            assertThat(lots(milk)).containsExactly(stays);
            assertThat(lots(other)).containsExactly(wentOn);
        }

        @Test
        void is_refused_where_its_name_is_taken_or_its_product_is_gone() {
            String milk = product("Milk");
            String lot = lot(milk, 1, "3");
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", lot));
            user.mutate("deleteProduct", "deletedId", JsonObject.of("id", milk));
            product("milk");

            for (String kind : List.of("ITEM_DELETED", "PRODUCT_DELETED")) {
                assertThat(user.refusals("undo", JsonObject.of("activityId", latest(kind))))
                        .as(kind)
                        .singleElement()
                        .asString()
                        .startsWith("CONFLICT");
            }
        }
    }

    @Nested
    class Rights {

        @Test
        void to_read_items_are_enough_to_read_products_and_not_to_change_them() {
            String milk = product("Milk");
            String secret = user.mutate(
                            "createApiToken",
                            "token",
                            JsonObject.of("name", "reader", "scopes", JsonArray.of("ITEMS_READ")))
                    .getString("token");
            User reader = new User(NODE, user.name(), secret);

            assertThat(reader.query("{ products { nodes { id } } }").encode()).contains(milk);
            assertThat(reader.answer(
                                    "mutation ($id: ID!) { deleteProduct(input: {id: $id}) { deletedId } }",
                                    JsonObject.of("id", milk))
                            .encode())
                    .contains("FORBIDDEN");
            assertThat(find(milk)).isNotNull();
        }
    }
}
