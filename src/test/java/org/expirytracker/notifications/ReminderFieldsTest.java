package org.expirytracker.notifications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.expirytracker.Noon;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ReminderFieldsTest {

    private static final TestApi NODE = TestApi.node();
    private static final String SETTINGS = "reminders { days percents quietHours { from to } digest }";
    private static final String FIELDS = "id daysBefore percentLeft snoozedUntil resolution status expiryDate";

    private final User user = NODE.newUser(Noon.ZONE);

    private String item(String name, int days) {
        return user.createItem(JsonObject.of("name", name, "expiryDate", Noon.inDays(days)));
    }

    private JsonArray told(String filter) {
        return user.query("{ notifications(first: 100" + filter + ") { nodes { " + FIELDS + " } } }")
                .getJsonObject("notifications")
                .getJsonArray("nodes");
    }

    private JsonObject only(JsonArray told) {
        assertThat(told).hasSize(1);
        return told.getJsonObject(0);
    }

    private int unread() {
        return user.query("{ notifications { unreadCount } }")
                .getJsonObject("notifications")
                .getInteger("unreadCount");
    }

    private JsonObject settings() {
        return user.query("{ viewer { " + SETTINGS + " } }")
                .getJsonObject("viewer")
                .getJsonObject("reminders");
    }

    @Nested
    class RemindersOfAUser {

        @Test
        void are_told_by_the_answer_of_a_login() {
            user.mutate("updateReminders", SETTINGS, new JsonObject("{\"days\":[5]}"));

            JsonObject viewer = new User(NODE, "", "")
                    .mutate(
                            "login",
                            "viewer { " + SETTINGS + " }",
                            JsonObject.of("username", user.name(), "password", TestApi.PASSWORD))
                    .getJsonObject("viewer");

            assertThat(viewer.getJsonObject("reminders")).isEqualTo(settings());
        }

        @Test
        void are_each_users_own_where_an_administrator_sees_many() {
            User admin = NODE.newAdministrator();
            user.mutate("updateReminders", SETTINGS, new JsonObject("{\"days\":[5]}"));

            assertThat(seenBy(admin, user.name())).isEqualTo("[5]");
            assertThat(seenBy(admin, admin.name())).isEqualTo("[30,7,1,0]");
        }

        private String seenBy(User admin, String name) {
            return only(admin.query("{ users(search: \"" + name + "\") { nodes { reminders { days } } } }")
                            .getJsonObject("users")
                            .getJsonArray("nodes"))
                    .getJsonObject("reminders")
                    .getJsonArray("days")
                    .encode();
        }
    }

    @Nested
    class UpdateReminders {

        @Test
        void changes_what_is_given_and_keeps_the_rest() {
            assertThat(settings())
                    .isEqualTo(new JsonObject(
                            "{\"days\":[30,7,1,0],\"percents\":[],\"quietHours\":null,\"digest\":false}"));

            user.mutate("updateReminders", SETTINGS, new JsonObject("{\"days\":[0,14,14,3],\"percents\":[10,50]}"));
            JsonObject payload = user.mutate(
                    "updateReminders",
                    SETTINGS,
                    new JsonObject("{\"quietHours\":{\"from\":22,\"to\":7},\"digest\":true}"));

            assertThat(payload.getJsonObject("reminders"))
                    .isEqualTo(settings())
                    .isEqualTo(new JsonObject("{\"days\":[14,3,0],\"percents\":[50,10],"
                            + "\"quietHours\":{\"from\":22,\"to\":7},\"digest\":true}"));
            assertThat(each(
                            user.query("{ activities(first: 2) { nodes { kind } } }")
                                    .getJsonObject("activities")
                                    .getJsonArray("nodes"),
                            "kind"))
                    .containsExactly("REMINDERS_UPDATED", "REMINDERS_UPDATED");
        }

        @Test
        void refuses_what_is_out_of_range_and_changes_nothing() {
            assertThat(user.refusals("updateReminders", new JsonObject("{\"days\":[3651]}")))
                    .containsExactly("INVALID input.days");
            assertThat(user.refusals("updateReminders", new JsonObject("{\"percents\":[0]}")))
                    .containsExactly("INVALID input.percents");
            assertThat(user.refusals("updateReminders", new JsonObject("{\"quietHours\":{\"from\":24,\"to\":0}}")))
                    .containsExactly("INVALID input.quietHours.from");
            assertThat(settings().getJsonArray("days")).isEqualTo(new JsonArray("[30,7,1,0]"));
        }
    }

    @Nested
    class UpdateCategoryReminders {

        @Test
        void gives_a_category_its_own_and_takes_them_away_again() {
            String category = user.createCategory("Cheese");
            String document = "{ category(id: \"" + category + "\") { reminders { days percents } } }";

            user.mutate(
                    "updateCategoryReminders",
                    "category { id }",
                    JsonObject.of("categoryId", category, "days", List.of(2), "percents", List.of(25)));
            assertThat(user.query(document).getJsonObject("category").getJsonObject("reminders"))
                    .isEqualTo(new JsonObject("{\"days\":[2],\"percents\":[25]}"));

            user.mutate("updateCategoryReminders", "category { id }", JsonObject.of("categoryId", category));
            assertThat(user.query(document).getJsonObject("category").getJsonObject("reminders"))
                    .isNull();
            assertThat(user.refusals(
                            "updateCategoryReminders", JsonObject.of("categoryId", category, "days", List.of(2))))
                    .containsExactly("INVALID input.percents");
        }
    }

    @Nested
    class Acknowledging {

        @Test
        void resolves_what_was_told_and_nothing_more_is_told_until_the_item_is_redated() {
            String milk = item("Milk", 5);
            String id = only(told("")).getString("id");

            JsonObject acknowledged = user.mutate(
                            "acknowledgeNotification", "notification { " + FIELDS + " }", JsonObject.of("id", id))
                    .getJsonObject("notification");

            assertThat(acknowledged.getString("resolution")).isEqualTo("ACKNOWLEDGED");
            assertThat(acknowledged.getString("status")).isEqualTo("READ");
            assertThat(unread()).isZero();
            assertThat(told(", filter: { resolved: false }")).isEmpty();
            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "leadDays", 40));
            assertThat(told("")).hasSize(1);
            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "expiryDate", Noon.inDays(6)));
            assertThat(only(told(", filter: { resolved: false }")).getString("expiryDate"))
                    .isEqualTo(Noon.inDays(6));
        }

        @Test
        void of_something_that_is_not_there_is_refused() {
            assertThat(user.refusals("acknowledgeNotification", JsonObject.of("id", "nothing")))
                    .containsExactly("NOT_FOUND input.id");
        }
    }

    @Nested
    class Snoozing {

        @Test
        void puts_it_off_and_counts_it_as_read() {
            item("Milk", 5);
            String id = only(told("")).getString("id");

            JsonObject snoozed = user.mutate(
                            "snoozeNotification",
                            "notification { " + FIELDS + " }",
                            JsonObject.of("id", id, "until", Noon.inDays(2)))
                    .getJsonObject("notification");

            assertThat(snoozed.getString("snoozedUntil")).isEqualTo(Noon.inDays(2));
            assertThat(snoozed.getValue("resolution")).isNull();
            assertThat(unread()).isZero();
        }

        @Test
        void until_today_or_of_what_is_resolved_is_refused() {
            String milk = item("Milk", 5);
            String id = only(told("")).getString("id");

            assertThat(user.refusals("snoozeNotification", JsonObject.of("id", id, "until", Noon.inDays(0))))
                    .containsExactly("INVALID input.until");
            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", milk, "outcome", "USED"));
            assertThat(user.refusals("snoozeNotification", JsonObject.of("id", id, "until", Noon.inDays(2))))
                    .containsExactly("CONFLICT input.id");
        }
    }

    @Nested
    class AnItemThatChanges {

        @Test
        void is_told_of_by_the_latest_reminder_that_it_has_crossed() {
            item("Milk", 5);

            assertThat(only(told("")).getInteger("daysBefore")).isEqualTo(7);
        }

        @Test
        void and_is_used_up_resolves_what_was_told() {
            String milk = item("Milk", 5);

            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", milk, "outcome", "USED"));

            assertThat(only(told("")).getString("resolution")).isEqualTo("USED_UP");
            assertThat(unread()).isZero();
        }

        @Test
        void and_bears_another_date_resolves_what_was_told_of_the_former() {
            String milk = item("Milk", 5);

            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "expiryDate", Noon.inDays(60)));

            assertThat(only(told("")).getString("resolution")).isEqualTo("REDATED");
        }

        @Test
        void and_whose_date_of_purchase_becomes_known_is_told_of_by_percentages() {
            user.mutate("updateReminders", "reminders { percents }", new JsonObject("{\"percents\":[50]}"));
            String reagent = item("Reagent", 50);
            assertThat(told("")).isEmpty();

            user.mutate(
                    "updateItem",
                    "item { purchaseDate }",
                    JsonObject.of("id", reagent, "purchaseDate", Noon.inDays(-60)));

            assertThat(only(told("")).getInteger("percentLeft")).isEqualTo(50);
        }
    }
}
