package org.expirytracker.undo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.expirytracker.Noon;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Undoing what the log tells of. */
@Timeout(60)
class UndoTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final String ITEM =
            "id name quantity unit costPrice expiryDate location usedUp category { id } createdAt";
    private static final String PAYLOAD = "item { " + ITEM + " version } category { id name color } deletedId";

    private final User user = TestApi.node().newUser(Noon.ZONE);

    private JsonObject latest() {
        return latest(1).getFirst();
    }

    private List<JsonObject> latest(int count) {
        return user
                .query("{ activities(first: " + count + ") { nodes { id kind before after } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")
                .stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private String latestId() {
        return latest().getString("id");
    }

    private String latestId(String kind) {
        return latest(5).stream()
                .filter(activity -> activity.getString("kind").equals(kind))
                .findFirst()
                .orElseThrow()
                .getString("id");
    }

    private JsonObject undo(String activityId) {
        return user.mutate("undo", PAYLOAD, JsonObject.of("activityId", activityId));
    }

    private String refusal(String activityId) {
        JsonObject error = user.attempt("undo", PAYLOAD, JsonObject.of("activityId", activityId))
                .getJsonArray("userErrors")
                .getJsonObject(0);
        assertThat(error.getJsonArray("field")).isIn(JsonArray.of("input", "activityId"), JsonArray.of());
        return error.getString("code") + " " + error.getString("message");
    }

    private JsonObject item(String id) {
        return user.query("query ($id: ID!) { item(id: $id) { " + ITEM + " } }", JsonObject.of("id", id))
                .getJsonObject("item");
    }

    private String milk() {
        return user.createItem(
                JsonObject.of("name", "Milk", "quantity", "6", "unit", "l", "costPrice", "1.5", "location", "Fridge"));
    }

    private void takeOut(String item, String quantity, String outcome) {
        user.mutate("takeOut", "item { id }", JsonObject.of("itemId", item, "quantity", quantity, "outcome", outcome));
    }

    private void update(String item, String member, @Nullable Object value) {
        user.mutate("updateItem", "item { id }", JsonObject.of("id", item, member, value));
    }

    private JsonArray outcomes() {
        return user.mutate(
                        "generateReport",
                        "report { outcomes { outcome count value quantities { unit quantity } } }",
                        new JsonObject())
                .getJsonObject("report")
                .getJsonArray("outcomes");
    }

    @Nested
    class OfAnUpdate {

        @Test
        void puts_back_what_it_changed_and_keeps_what_else_changed_since() {
            String milk = milk();
            user.mutate(
                    "updateItem",
                    "item { id }",
                    JsonObject.of("id", milk, "name", "Cream", "location", null, "expiryDate", Noon.inDays(90)));
            String activity = latestId();
            update(milk, "costPrice", "9.75");
            takeOut(milk, "1", "USED");

            JsonObject item = undo(activity).getJsonObject("item");

            assertThat(item.getMap())
                    .containsEntry("name", "Milk")
                    .containsEntry("location", "Fridge")
                    .containsEntry("expiryDate", null)
                    .containsEntry("costPrice", "9.75")
                    .containsEntry("quantity", "5")
                    .containsEntry("version", 5);
            assertThat(latest().getString("kind")).isEqualTo("ITEM_UPDATED");
        }

        @Test
        void is_refused_naming_the_activity_that_changed_the_same_again() {
            String milk = milk();
            update(milk, "name", "Cream");
            String first = latestId();
            update(milk, "name", "Butter");
            String second = latestId();

            assertThat(refusal(first)).startsWith("CONFLICT ").contains(second, "ITEM_UPDATED");

            assertThat(item(milk).getString("name")).isEqualTo("Butter");
        }

        @Test
        void goes_back_step_by_step() {
            String milk = milk();
            update(milk, "name", "Cream");
            String first = latestId();
            update(milk, "name", "Butter");
            undo(latestId());

            undo(first);

            assertThat(item(milk).getString("name")).isEqualTo("Milk");
        }

        @Test
        void is_undone_by_undoing_the_undo() {
            String milk = milk();
            update(milk, "name", "Cream");
            undo(latestId());

            undo(latestId());

            assertThat(item(milk).getString("name")).isEqualTo("Cream");
        }

        @Test
        void tells_at_once_that_its_date_is_near_again() {
            String milk = milk();
            update(milk, "expiryDate", Noon.inDays(3));
            update(milk, "expiryDate", Noon.inDays(300));
            String open = "{ notifications(filter: { resolved: false }) { totalCount unreadCount } }";
            assertThat(user.query(open).getJsonObject("notifications"))
                    .isEqualTo(JsonObject.of("totalCount", 0, "unreadCount", 0));

            undo(latestId("ITEM_UPDATED"));

            assertThat(item(milk).getString("expiryDate")).isEqualTo(Noon.inDays(3));
            assertThat(user.query(open).getJsonObject("notifications"))
                    .isEqualTo(JsonObject.of("totalCount", 1, "unreadCount", 1));
        }

        @Test
        void is_refused_when_the_category_it_was_in_is_gone() {
            String dairy = user.createCategory("Dairy");
            String milk = user.createItem(JsonObject.of("name", "Milk", "categoryId", dairy));
            update(milk, "categoryId", null);
            String activity = latestId();
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy));

            assertThat(refusal(activity)).startsWith("CONFLICT ").contains("category");

            undo(latestId());
            assertThat(undo(activity).getJsonObject("item").getJsonObject("category"))
                    .isEqualTo(JsonObject.of("id", dairy));
        }

        @Test
        void that_only_followed_from_other_lead_days_is_refused() {
            user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(300)));
            user.mutate("updateProfile", "viewer { id }", JsonObject.of("leadDays", 5));
            String followed = latest(2).stream()
                    .filter(each -> each.getString("kind").equals("ITEM_UPDATED"))
                    .findFirst()
                    .orElseThrow()
                    .getString("id");

            assertThat(refusal(followed)).startsWith("CONFLICT ").contains("lead days");
        }
    }

    @Nested
    class OfATakingOut {

        @Test
        void puts_the_quantity_back_and_no_report_counts_it() {
            String milk = milk();
            takeOut(milk, "2", "DISCARDED");
            String mistake = latestId();
            assertThat(each(outcomes(), "count")).containsExactly(0, 0, 0, 1);

            JsonObject item = undo(mistake).getJsonObject("item");

            assertThat(item.getString("quantity")).isEqualTo("6");
            assertThat(latest().getString("kind")).isEqualTo("ITEM_PUT_BACK");
            assertThat(latest().getJsonObject("before").getJsonObject("takeOut").getString("outcome"))
                    .isEqualTo("DISCARDED");
            assertThat(each(outcomes(), "count")).containsExactly(0, 0, 0, 0);
            assertThat(each(outcomes(), "value")).containsExactly("0", "0", "0", "0");
        }

        @Test
        void brings_back_what_was_used_up() {
            String milk = milk();
            takeOut(milk, "6", "USED");

            assertThat(undo(latestId()).getJsonObject("item").getBoolean("usedUp"))
                    .isFalse();
            assertThat(user.query("{ items { totalCount } }")
                            .getJsonObject("items")
                            .getInteger("totalCount"))
                    .isEqualTo(1);
        }

        @Test
        void can_be_undone_which_takes_out_the_same_again() {
            String milk = milk();
            takeOut(milk, "2.5", "SOLD");
            String first = latestId();
            undo(first);

            JsonObject item = undo(latestId()).getJsonObject("item");

            assertThat(item.getString("quantity")).isEqualTo("3.5");
            assertThat(latest().getString("kind")).isEqualTo("ITEM_TAKEN_OUT");
            assertThat(outcomes().getJsonObject(1))
                    .isEqualTo(JsonObject.of(
                            "outcome",
                            "SOLD",
                            "count",
                            1,
                            "value",
                            "3.75",
                            "quantities",
                            JsonArray.of(JsonObject.of("unit", "l", "quantity", "2.5"))));
            assertThat(refusal(first)).isEqualTo("CONFLICT This was undone already.");
        }

        @Test
        void is_refused_while_a_later_one_stands() {
            String milk = milk();
            takeOut(milk, "1", "USED");
            String first = latestId();
            takeOut(milk, "2", "USED");
            String second = latestId();

            assertThat(refusal(first)).startsWith("CONFLICT ").contains(second);
            assertThat(item(milk).getString("quantity")).isEqualTo("3");
        }

        @Test
        void goes_back_step_by_step_and_each_step_once() {
            String milk = milk();
            takeOut(milk, "1", "USED");
            String first = latestId();
            takeOut(milk, "2", "USED");
            undo(latestId());

            assertThat(undo(first).getJsonObject("item").getString("quantity")).isEqualTo("6");

            takeOut(milk, "1", "DISCARDED");
            assertThat(refusal(first)).isEqualTo("CONFLICT This was undone already.");
            assertThat(item(milk).getString("quantity")).isEqualTo("5");
        }

        @Test
        void happens_once_however_often_it_is_asked_for_under_one_key() {
            String milk = milk();
            takeOut(milk, "1", "USED");
            JsonObject input = JsonObject.of("activityId", latestId());
            JsonObject answer = user.attempt("undo", "@idempotent(key: \"a\")", PAYLOAD, input);

            assertThat(user.attempt("undo", "@idempotent(key: \"a\")", PAYLOAD, input))
                    .isEqualTo(answer);
            assertThat(item(milk).getString("quantity")).isEqualTo("6");
        }

        @Test
        void reaches_subscribers_as_a_change_of_the_item() {
            String milk = milk();
            takeOut(milk, "1", "USED");
            String activity = latestId();
            try (Events changes = user.on(TestApi.otherNode())
                    .subscribe("subscription { itemChanged { action item { quantity } } }")) {
                undo(activity);

                assertThat(changes.next().getJsonObject("itemChanged"))
                        .isEqualTo(JsonObject.of("action", "UPDATED", "item", JsonObject.of("quantity", "6")));
            }
        }
    }

    @Nested
    class OfADeletion {

        @Test
        void brings_the_item_back_under_its_id_with_all_that_it_was() {
            String dairy = user.createCategory("Dairy");
            String milk = user.createItem(JsonObject.of(
                    "name",
                    "Milk",
                    "categoryId",
                    dairy,
                    "quantity",
                    "2.25",
                    "costPrice",
                    "3",
                    "expiryDate",
                    Noon.inDays(2)));
            JsonObject before = item(milk);
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));
            assertThat(item(milk)).isNull();

            JsonObject item = undo(latestId()).getJsonObject("item");

            assertThat(item.getInteger("version")).isEqualTo(2);
            assertThat(item(milk)).isEqualTo(before);
        }

        private static final String NOTIFICATIONS =
                "{ notifications { nodes { id kind title status readAt snoozedUntil resolution createdAt } } }";

        @Test
        void brings_back_what_was_told_of_it_as_it_was_and_tells_nothing_anew() {
            String milk = user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(2)));
            String oil = user.createItem(JsonObject.of("name", "Oil", "expiryDate", Noon.inDays(5)));
            String salt = user.createItem(JsonObject.of("name", "Salt", "expiryDate", Noon.inDays(6)));
            user.mutate("acknowledgeNotification", "notification { id }", JsonObject.of("id", notificationOf(milk)));
            user.mutate(
                    "snoozeNotification",
                    "notification { id }",
                    JsonObject.of("id", notificationOf(oil), "until", Noon.inDays(3)));
            JsonObject before = user.query(NOTIFICATIONS);
            for (String item : List.of(milk, oil, salt)) {
                user.mutate("deleteItem", "deletedId", JsonObject.of("id", item));
                String deletion = latestId();
                assertThat(user.query(NOTIFICATIONS)).isNotEqualTo(before);

                undo(deletion);
            }

            assertThat(user.query(NOTIFICATIONS)).isEqualTo(before);
            update(milk, "location", "Fridge");
            assertThat(user.query(NOTIFICATIONS)).isEqualTo(before);
        }

        private String notificationOf(String item) {
            return user.query(
                            "query ($id: ID!) { item(id: $id) { notifications { nodes { id } } } }",
                            JsonObject.of("id", item))
                    .getJsonObject("item")
                    .getJsonObject("notifications")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");
        }

        @Test
        void is_refused_when_its_category_is_gone() {
            String dairy = user.createCategory("Dairy");
            String milk = user.createItem(JsonObject.of("name", "Milk", "categoryId", dairy));
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));
            String activity = latestId();
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy));

            assertThat(refusal(activity))
                    .isEqualTo("CONFLICT The category that Milk was in is gone. Undo its deletion first.");
        }

        @Test
        void of_what_was_created_is_refused_once_it_has_changed_even_where_nothing_was_at_first() {
            String milk = user.createItem(JsonObject.of("name", "Milk"));
            String created = latestId();
            update(milk, "location", "Fridge");

            assertThat(refusal(created)).startsWith("CONFLICT ").contains(latestId());
        }

        @Test
        void cannot_happen_twice_and_can_be_undone() {
            String milk = milk();
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));
            String activity = latestId();
            undo(activity);
            String restored = latestId();

            assertThat(refusal(activity)).startsWith("CONFLICT ").contains(restored, "ITEM_CREATED");
            assertThat(undo(restored).getString("deletedId")).isEqualTo(milk);
            assertThat(item(milk)).isNull();
        }
    }

    @Nested
    class OfACategory {

        @Test
        void puts_back_what_an_update_changed_and_its_items_follow() {
            String dairy = user.mutate(
                            "createCategory", "category { id }", JsonObject.of("name", "Dairy", "leadDays", 5))
                    .getJsonObject("category")
                    .getString("id");
            user.createItem(JsonObject.of("name", "Milk", "categoryId", dairy, "expiryDate", Noon.inDays(20)));
            user.mutate("updateCategory", "category { id }", JsonObject.of("id", dairy, "leadDays", 25));
            String activity = latest(3).stream()
                    .filter(each -> each.getString("kind").equals("CATEGORY_UPDATED"))
                    .findFirst()
                    .orElseThrow()
                    .getString("id");
            user.mutate("updateCategory", "category { id }", JsonObject.of("id", dairy, "name", "Milk and more"));

            JsonObject category = undo(activity).getJsonObject("category");

            assertThat(category.getString("name")).isEqualTo("Milk and more");
            assertThat(each(
                            user.query("{ items { nodes { leadDays } } }")
                                    .getJsonObject("items")
                                    .getJsonArray("nodes"),
                            "leadDays"))
                    .containsExactly(5);
        }

        @Test
        void brings_a_deleted_one_back_with_the_items_that_went_elsewhere() {
            String dairy = user.createCategory("Dairy");
            String other = user.createCategory("Other");
            String third = user.createCategory("Third");
            String stays = user.createItem(JsonObject.of("name", "stays", "categoryId", other));
            String comes = user.createItem(JsonObject.of("name", "comes", "categoryId", dairy));
            String wentOn = user.createItem(JsonObject.of("name", "went on", "categoryId", dairy));
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy, "reassignTo", other));
            String activity = latestId();
            update(wentOn, "categoryId", third);

            JsonObject category = undo(activity).getJsonObject("category");

            assertThat(category.getString("id")).isEqualTo(dairy);
            assertThat(item(comes).getJsonObject("category").getString("id")).isEqualTo(dairy);
            assertThat(item(stays).getJsonObject("category").getString("id")).isEqualTo(other);
            assertThat(item(wentOn).getJsonObject("category").getString("id")).isEqualTo(third);
        }

        @Test
        void brings_its_reminders_back() {
            String vaccines = user.createCategory("Vaccines");
            user.mutate(
                    "updateCategoryReminders",
                    "category { id }",
                    JsonObject.of("categoryId", vaccines, "days", JsonArray.of(90, 60), "percents", JsonArray.of(50)));
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", vaccines));

            undo(latestId("CATEGORY_DELETED"));

            assertThat(user.query(
                                    "query ($id: ID!) { category(id: $id) { reminders { days percents } } }",
                                    JsonObject.of("id", vaccines))
                            .getJsonObject("category")
                            .getJsonObject("reminders"))
                    .isEqualTo(JsonObject.of("days", JsonArray.of(90, 60), "percents", JsonArray.of(50)));
        }

        @Test
        void is_refused_when_its_name_is_taken() {
            String dairy = user.createCategory("Dairy");
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy));
            String activity = latestId();
            user.createCategory("dairy");

            assertThat(refusal(activity)).startsWith("CONFLICT ").contains("name");
        }

        @Test
        void is_refused_for_its_creation() {
            user.createCategory("Dairy");

            assertThat(refusal(latestId())).startsWith("CONFLICT ").contains("delete it");
        }
    }

    @Nested
    class Refused {

        @Test
        void is_what_is_no_change_of_an_item_or_a_category() {
            user.mutate("generateReport", "report { id }", new JsonObject());

            assertThat(refusal(latestId())).startsWith("CONFLICT ").contains("cannot be undone");
        }

        @Test
        void is_what_lies_more_than_ten_thousand_activities_back() {
            milk();
            String activity = latestId();
            STOCK.run(
                    "UPDATE feeds SET last_seq = last_seq + 10000 FROM users WHERE users.id = user_id AND username = ?",
                    user.name());

            assertThat(refusal(activity)).startsWith("NOT_FOUND ");
        }
    }
}
