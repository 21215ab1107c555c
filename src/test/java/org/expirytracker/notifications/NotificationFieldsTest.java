package org.expirytracker.notifications;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
@ProvenRoom("product")
class NotificationFieldsTest {

    private static final TestApi NODE = TestApi.node();
    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final String FIELDS = "id kind title message status readAt createdAt item { id name }";

    private final User user = NODE.newUser(Noon.ZONE);

    private static JsonObject dated(String name, int days) {
        return JsonObject.of("name", name, "expiryDate", Noon.inDays(days));
    }

    private JsonObject notifications(String arguments) {
        return user.query("{ notifications" + arguments + " { nodes { " + FIELDS + " } totalCount unreadCount"
                        + " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }")
                .getJsonObject("notifications");
    }

    private JsonArray nodes() {
        return notifications("(first: 100)").getJsonArray("nodes");
    }

    private List<Object> titles() {
        return each(nodes(), "title");
    }

    private int unreadCount() {
        return notifications("").getInteger("unreadCount");
    }

    private JsonObject redate(String id, int days) {
        return user.mutate("updateItem", "item { version }", JsonObject.of("id", id, "expiryDate", Noon.inDays(days)));
    }

    @Nested
    class Catching {

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                -1  | EXPIRED       | was yesterday
                -9  | EXPIRED       | 9 days ago
                0   | EXPIRING_SOON | is today
                1   | EXPIRING_SOON | is tomorrow
                30  | EXPIRING_SOON | in 30 days
                """)
        void tells_at_once_of_an_item_that_is_added_within_its_lead_days_or_past_its_date(
                int days, String kind, String words) {
            String id = user.createItem(
                    dated("Milk", days).put("quantity", "1.50").put("unit", "l").put("location", "Fridge"));

            JsonArray told = nodes();

            assertThat(told).hasSize(1);
            JsonObject notification = told.getJsonObject(0);
            assertThat(notification.getMap())
                    .containsEntry("kind", kind)
                    .containsEntry("status", "UNREAD")
                    .containsEntry("readAt", null);
            assertThat(notification.getJsonObject("item")).isEqualTo(JsonObject.of("id", id, "name", "Milk"));
            assertThat(notification.getString("title")).startsWith("Milk expire");
            assertThat(notification.getString("message")).contains("1.5 l of Milk (Fridge)", words, Noon.inDays(days));
        }

        @ParameterizedTest
        @CsvSource({"31", "3650"})
        void says_nothing_of_an_item_that_is_good_for_longer(int days) {
            user.createItem(dated("Beans", days));
            user.createItem(JsonObject.of("name", "Salt"));

            assertThat(nodes()).isEmpty();
            assertThat(notifications("").getInteger("totalCount")).isZero();
        }

        @Test
        void tells_of_each_item_that_is_added_in_bulk() {
            user.createItems(dated("Milk", 1), dated("Beans", 40), dated("Cream", -1), dated("Eggs", 2));

            assertThat(titles())
                    .containsExactlyInAnyOrder(
                            "Milk expires on " + Noon.inDays(1),
                            "Eggs expires on " + Noon.inDays(2),
                            "Cream expired on " + Noon.inDays(-1));
        }

        @Test
        void tells_of_an_item_that_is_re_dated_into_its_lead_days() {
            String id = user.createItem(dated("Milk", 60));

            redate(id, 5);

            assertThat(titles()).containsExactly("Milk expires on " + Noon.inDays(5));
        }

        @Test
        void tells_once_of_a_date_however_often_anything_else_changes() {
            String id = user.createItem(dated("Milk", 5));
            for (String name : List.of("Cream", "Butter")) {
                user.mutate("updateItem", "item { id }", JsonObject.of("id", id, "name", name));
            }
            redate(id, 5);

            assertThat(titles()).containsExactly("Milk expires on " + Noon.inDays(5));
        }

        @Test
        void tells_anew_and_live_of_a_date_that_is_removed_and_set_again_and_of_stock_that_is_filled_up_again() {
            String id = user.createItem(dated("Milk", 5));
            try (Events events = user.subscribe("subscription { notificationReceived { id title } }")) {
                user.mutate("updateItem", "item { id }", JsonObject.of("id", id).putNull("expiryDate"));
                redate(id, 5);
                user.mutate("takeOut", "item { id }", JsonObject.of("itemId", id, "outcome", "USED"));
                user.mutate("updateItem", "item { id }", JsonObject.of("id", id, "quantity", 3));

                Set<Object> told = new TreeSet<>();
                for (int at = 0; at < 2; at++) {
                    JsonObject notification = events.next().getJsonObject("notificationReceived");
                    assertThat(notification.getString("title")).isEqualTo("Milk expires on " + Noon.inDays(5));
                    told.add(notification.getString("id"));
                }
                assertThat(told).hasSize(2);
                assertThat(each(notifications("(filter: {resolved: false})").getJsonArray("nodes"), "id"))
                        .hasSize(1)
                        .allMatch(told::contains);
                assertThat(titles()).hasSize(3);
            }
        }

        @Test
        void tells_nothing_anew_when_a_change_of_the_date_is_undone() {
            String id = user.createItem(dated("Milk", 5));
            user.mutate("updateItem", "item { id }", JsonObject.of("id", id).putNull("expiryDate"));

            user.mutate("undo", "item { id }", JsonObject.of("activityId", lastActivity("ITEM_UPDATED")));

            assertThat(titles()).hasSize(1);
            assertThat(notifications("(filter: {resolved: false})").getInteger("totalCount"))
                    .isEqualTo(1);
        }

        private String lastActivity(String kind) {
            return user
                    .query("{ activities(first: 20) { nodes { id kind } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .stream()
                    .map(JsonObject.class::cast)
                    .filter(activity -> activity.getString("kind").equals(kind))
                    .findFirst()
                    .orElseThrow()
                    .getString("id");
        }

        @Test
        void tells_again_when_the_date_has_passed() {
            String id = user.createItem(dated("Milk", 0));

            redate(id, -1);

            assertThat(each(nodes(), "kind")).containsExactly("EXPIRED", "EXPIRING_SOON");
        }

        @Test
        void says_nothing_of_an_item_of_which_nothing_is_left() {
            String id = user.createItem(dated("Milk", 60));
            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", id, "outcome", "USED"));

            redate(id, 1);

            assertThat(nodes()).isEmpty();
        }

        @Test
        void does_not_tell_again_what_was_deleted_when_anything_but_the_date_changes() {
            String dairy = user.createCategory("Dairy");
            String id = user.createItem(dated("Milk", 5).put("categoryId", dairy));
            user.mutate(
                    "deleteNotification",
                    "deletedId",
                    JsonObject.of("id", nodes().getJsonObject(0).getString("id")));

            user.mutate("updateItem", "item { id }", JsonObject.of("id", id, "name", "Cream", "quantity", 2));
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", dairy));

            assertThat(nodes()).isEmpty();
        }
    }

    @Nested
    class Marking {

        private static final String NOTIFICATION = "notification { id status readAt }";

        private final List<Object> ids = fill();

        private List<Object> fill() {
            user.createItem(dated("first", 1));
            user.createItem(dated("second", 2));
            user.createItem(dated("third", 3));
            return each(nodes(), "id").reversed();
        }

        private JsonObject mark(String as, Object id) {
            return user.mutate("markNotification" + as, NOTIFICATION, JsonObject.of("id", id))
                    .getJsonObject("notification");
        }

        @Test
        void read_notes_when() {
            JsonObject read = mark("Read", ids.get(1));

            assertThat(read.getString("status")).isEqualTo("READ");
            assertThat(read.getString("readAt")).isNotNull();
            assertThat(each(nodes(), "status")).containsExactly("UNREAD", "READ", "UNREAD");
            assertThat(unreadCount()).isEqualTo(2);
        }

        @Test
        void read_twice_changes_nothing() {
            JsonObject read = mark("Read", ids.get(1));
            int activities = user.activityCount();

            JsonObject again = mark("Read", ids.get(1));

            assertThat(again).isEqualTo(read);
            assertThat(user.activityCount()).isEqualTo(activities);
            assertThat(unreadCount()).isEqualTo(2);
        }

        @Test
        void unread_takes_it_back_and_twice_changes_nothing() {
            mark("Read", ids.get(1));

            JsonObject unread = mark("Unread", ids.get(1));
            int activities = user.activityCount();
            JsonObject again = mark("Unread", ids.get(1));

            assertThat(unread.getMap()).containsEntry("status", "UNREAD").containsEntry("readAt", null);
            assertThat(again).isEqualTo(unread);
            assertThat(user.activityCount()).isEqualTo(activities);
            assertThat(unreadCount()).isEqualTo(3);
        }

        @Test
        void many_marks_those_that_are_there_and_tells_the_others() {
            String theirs = theirNotification();
            JsonArray asked = JsonArray.of(ids.get(2), "nonsense", ids.get(0), theirs, ids.get(2));

            JsonObject payload =
                    user.attempt("markNotificationsRead", "notifications { id status }", JsonObject.of("ids", asked));

            assertThat(each(payload.getJsonArray("notifications"), "id")).containsExactly(ids.get(2), ids.get(0));
            assertThat(each(payload.getJsonArray("notifications"), "status")).containsOnly("READ");
            assertThat(each(payload.getJsonArray("userErrors"), "code")).containsExactly("NOT_FOUND", "NOT_FOUND");
            assertThat(each(payload.getJsonArray("userErrors"), "field"))
                    .containsExactly(JsonArray.of("input", "ids", "1"), JsonArray.of("input", "ids", "3"));
            assertThat(unreadCount()).isEqualTo(1);
        }

        @Test
        void many_twice_changes_nothing() {
            JsonObject input = JsonObject.of("ids", new JsonArray(ids));
            JsonObject marked = user.mutate("markNotificationsRead", "notifications { id readAt }", input);
            int activities = user.activityCount();

            assertThat(user.mutate("markNotificationsRead", "notifications { id readAt }", input))
                    .isEqualTo(marked);
            assertThat(user.activityCount()).isEqualTo(activities);
        }

        @Test
        void many_takes_from_one_to_a_thousand() {
            assertThat(user.refusals("markNotificationsRead", JsonObject.of("ids", new JsonArray())))
                    .containsExactly("INVALID input.ids");
            List<Object> tooMany = new ArrayList<>();
            for (int at = 0; at < 1_001; at++) {
                tooMany.add(ids.getFirst());
            }
            assertThat(user.refusals("markNotificationsRead", JsonObject.of("ids", new JsonArray(tooMany))))
                    .containsExactly("INVALID input.ids");
        }

        @Test
        void all_up_to_a_moment_leaves_what_came_after_it_unread() {
            JsonArray newestFirst = nodes();
            mark("Read", ids.get(0));
            String seen = newestFirst.getJsonObject(1).getString("createdAt");

            JsonObject payload = user.mutate("markAllNotificationsRead", "markedCount", JsonObject.of("upTo", seen));

            assertThat(payload.getInteger("markedCount")).isEqualTo(1);
            assertThat(each(nodes(), "status")).containsExactly("UNREAD", "READ", "READ");
        }

        @Test
        void all_twice_changes_nothing() {
            JsonObject input = JsonObject.of("upTo", nodes().getJsonObject(0).getString("createdAt"));
            assertThat(user.mutate("markAllNotificationsRead", "markedCount", input)
                            .getInteger("markedCount"))
                    .isEqualTo(3);
            int activities = user.activityCount();

            assertThat(user.mutate("markAllNotificationsRead", "markedCount", input)
                            .getInteger("markedCount"))
                    .isZero();
            assertThat(user.activityCount()).isEqualTo(activities);
            assertThat(unreadCount()).isZero();
        }

        @Test
        void all_up_to_a_moment_includes_what_was_created_within_its_millisecond() {
            // As a former release has written it.
            STOCK.run(
                    "UPDATE notifications SET created_at = notifications.created_at + interval '789 microseconds' FROM users"
                            + " WHERE users.id = user_id AND username = ?",
                    user.name());
            String shown = nodes().getJsonObject(0).getString("createdAt");
            String asJavaScriptHandsItBack =
                    Instant.ofEpochMilli(Instant.parse(shown).toEpochMilli()).toString();

            assertThat(user.mutate(
                                    "markAllNotificationsRead",
                                    "markedCount",
                                    JsonObject.of("upTo", asJavaScriptHandsItBack))
                            .getInteger("markedCount"))
                    .isEqualTo(3);
            assertThat(shown).isEqualTo(asJavaScriptHandsItBack);
        }

        @Test
        void tells_what_this_call_has_changed() {
            JsonObject one = JsonObject.of("id", ids.get(1));
            assertThat(changed("markNotificationRead", one)).isTrue();
            assertThat(changed("markNotificationRead", one)).isFalse();
            assertThat(changed("markNotificationUnread", one)).isTrue();
            assertThat(changed("markNotificationUnread", one)).isFalse();
            JsonObject until = JsonObject.of("id", ids.get(1), "until", Noon.inDays(9));
            assertThat(changed("snoozeNotification", until)).isTrue();
            assertThat(changed("snoozeNotification", until)).isFalse();
            assertThat(changed("unsnoozeNotification", one)).isTrue();
            assertThat(changed("unsnoozeNotification", one)).isFalse();
            assertThat(changed("acknowledgeNotification", one)).isTrue();
            assertThat(changed("acknowledgeNotification", one)).isFalse();
            assertThat(changed("unacknowledgeNotification", one)).isTrue();
            assertThat(changed("unacknowledgeNotification", one)).isFalse();

            mark("Read", ids.get(0));
            assertThat(changedIds("markNotificationsRead", JsonObject.of("ids", JsonArray.of(ids.get(0), ids.get(1)))))
                    .containsExactly(ids.get(1));
            JsonObject all = JsonObject.of("upTo", nodes().getJsonObject(0).getString("createdAt"));
            assertThat(changedIds("markAllNotificationsRead", all)).containsExactly(ids.get(2));
            assertThat(changedIds("markAllNotificationsRead", all)).isEmpty();
        }

        private boolean changed(String mutation, JsonObject input) {
            return user.mutate(mutation, "changed", input).getBoolean("changed");
        }

        private List<Object> changedIds(String mutation, JsonObject input) {
            return user.mutate(mutation, "changedIds", input).getJsonArray("changedIds").stream()
                    .toList();
        }

        @Test
        void is_told_to_one_of_several_that_ask_at_once() throws Exception {
            JsonArray asked = new JsonArray(ids);
            try (ExecutorService scripts = Executors.newFixedThreadPool(4)) {
                List<Future<List<Object>>> answers = new ArrayList<>();
                for (int at = 0; at < 4; at++) {
                    User script = at % 2 == 0 ? user : user.on(TestApi.otherNode());
                    answers.add(scripts.submit(() -> script
                            .mutate("markNotificationsRead", "changedIds", JsonObject.of("ids", asked))
                            .getJsonArray("changedIds")
                            .stream()
                            .toList()));
                }
                List<Object> acted = new ArrayList<>();
                for (Future<List<Object>> answer : answers) {
                    acted.addAll(answer.get());
                }
                assertThat(acted).containsExactlyInAnyOrderElementsOf(ids);
            }
        }

        @Test
        void acknowledged_is_taken_back_with_what_was_resolved_by_it() {
            user.mutate("acknowledgeNotification", "changed", JsonObject.of("id", ids.get(0)));

            JsonObject payload = user.mutate(
                    "unacknowledgeNotification",
                    "changedIds notification { status resolution readAt }",
                    JsonObject.of("id", ids.get(0)));

            assertThat(payload.getJsonArray("changedIds")).containsExactly(ids.get(0));
            assertThat(payload.getJsonObject("notification"))
                    .isEqualTo(new JsonObject()
                            .put("status", "UNREAD")
                            .putNull("resolution")
                            .putNull("readAt"));
        }

        @Test
        void does_not_find_what_is_not_there_or_another_users() {
            for (Object missing : List.of(theirNotification(), "nonsense")) {
                for (String mutation :
                        List.of("markNotificationRead", "markNotificationUnread", "deleteNotification")) {
                    assertThat(user.refusals(mutation, JsonObject.of("id", missing)))
                            .containsExactly("NOT_FOUND input.id");
                }
            }
        }

        private String theirNotification() {
            User other = NODE.newUser(Noon.ZONE);
            other.createItem(dated("theirs", 1));
            return other.query("{ notifications { nodes { id } } }")
                    .getJsonObject("notifications")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");
        }
    }

    @Nested
    class DeleteNotification {

        @Test
        void takes_it_out_of_lists_and_counts_and_leaves_the_item() {
            String item = user.createItem(dated("Milk", 1));
            String id = nodes().getJsonObject(0).getString("id");

            assertThat(user.mutate("deleteNotification", "deletedId", JsonObject.of("id", id))
                            .getString("deletedId"))
                    .isEqualTo(id);

            assertThat(nodes()).isEmpty();
            assertThat(unreadCount()).isZero();
            assertThat(user.query("query ($id: ID!) { item(id: $id) { id } }", JsonObject.of("id", item))
                            .getJsonObject("item"))
                    .isNotNull();
            assertThat(user.refusals("deleteNotification", JsonObject.of("id", id)))
                    .containsExactly("NOT_FOUND input.id");
        }
    }

    @Nested
    class Listing {

        @Test
        void is_newest_first_and_reads_each_once_forward_and_backward() {
            user.createItems(dated("a", 1), dated("b", 2), dated("c", 3));
            user.createItems(dated("d", 1), dated("e", 2));
            user.createItem(dated("f", 1));
            List<Object> whole = each(nodes(), "id");

            List<Object> forward = new ArrayList<>();
            String after = "";
            JsonObject page;
            do {
                page = notifications("(first: 2" + after + ")");
                assertThat(page.getInteger("totalCount")).isEqualTo(6);
                forward.addAll(each(page.getJsonArray("nodes"), "id"));
                after = ", after: \"" + page.getJsonObject("pageInfo").getString("endCursor") + "\"";
            } while (page.getJsonObject("pageInfo").getBoolean("hasNextPage"));
            List<Object> backward = new ArrayList<>();
            String before = "";
            do {
                page = notifications("(last: 2" + before + ")");
                backward.addAll(0, each(page.getJsonArray("nodes"), "id"));
                before = ", before: \"" + page.getJsonObject("pageInfo").getString("startCursor") + "\"";
            } while (page.getJsonObject("pageInfo").getBoolean("hasPreviousPage"));

            assertThat(each(nodes(), "createdAt").reversed().stream().map(String.class::cast))
                    .hasSize(6)
                    .isSorted();
            assertThat(forward).isEqualTo(whole);
            assertThat(backward).isEqualTo(whole);
        }

        @Test
        void filters_by_state_and_kind_and_counts_only_those() {
            user.createItems(dated("past", -1), dated("soon", 1), dated("soon too", 2));
            String soon = nodes().stream()
                    .map(JsonObject.class::cast)
                    .filter(node -> node.getString("title").startsWith("soon expires"))
                    .map(node -> node.getString("id"))
                    .findFirst()
                    .orElseThrow();
            user.mutate("markNotificationRead", "notification { id }", JsonObject.of("id", soon));

            JsonObject unreadSoon = notifications("(filter: {status: UNREAD, kind: [EXPIRING_SOON]})");
            JsonObject read = notifications("(filter: {status: READ})");
            JsonObject both = notifications("(filter: {kind: [EXPIRED, EXPIRING_SOON]})");
            JsonObject system = notifications("(filter: {kind: [SYSTEM]})");

            assertThat(each(unreadSoon.getJsonArray("nodes"), "title"))
                    .containsExactly("soon too expires on " + Noon.inDays(2));
            assertThat(unreadSoon.getInteger("totalCount")).isEqualTo(1);
            assertThat(each(read.getJsonArray("nodes"), "id")).containsExactly(soon);
            assertThat(read.getInteger("unreadCount")).isZero();
            assertThat(both.getInteger("totalCount")).isEqualTo(3);
            assertThat(both.getInteger("unreadCount")).isEqualTo(2);
            assertThat(system.getJsonArray("nodes")).isEmpty();
        }
    }

    @Nested
    class OfAnItem {

        @Test
        void are_paged_and_counted_for_each_newest_first() {
            String milk = user.createItem(dated("Milk", 1));
            user.createItem(dated("Beans", 90));
            redate(milk, 2);
            redate(milk, 3);
            user.mutate(
                    "markNotificationUnread",
                    "notification { id }",
                    JsonObject.of("id", nodes().getJsonObject(1).getString("id")));

            JsonArray items = user.query(
                            "{ items { nodes { name notifications(first: 2) { nodes { title item { name } }"
                                    + " totalCount unreadCount pageInfo { hasNextPage endCursor } } } } }")
                    .getJsonObject("items")
                    .getJsonArray("nodes");

            JsonObject ofMilk = items.getJsonObject(0).getJsonObject("notifications");
            assertThat(each(ofMilk.getJsonArray("nodes"), "title"))
                    .containsExactly("Milk expires on " + Noon.inDays(3), "Milk expires on " + Noon.inDays(2));
            assertThat(each(ofMilk.getJsonArray("nodes"), "item")).containsOnly(JsonObject.of("name", "Milk"));
            assertThat(ofMilk.getInteger("totalCount")).isEqualTo(3);
            assertThat(ofMilk.getInteger("unreadCount")).isEqualTo(2);
            assertThat(ofMilk.getJsonObject("pageInfo").getBoolean("hasNextPage"))
                    .isTrue();
            JsonObject ofBeans = items.getJsonObject(1).getJsonObject("notifications");
            assertThat(ofBeans.getJsonArray("nodes")).isEmpty();
            assertThat(ofBeans.getInteger("totalCount")).isZero();
            assertThat(ofBeans.getInteger("unreadCount")).isZero();

            String cursor = ofMilk.getJsonObject("pageInfo").getString("endCursor");
            JsonObject rest = user.query(
                            "query ($id: ID!, $after: String) { item(id: $id) { notifications(after: $after) { nodes { title } } } }",
                            JsonObject.of("id", milk, "after", cursor))
                    .getJsonObject("item")
                    .getJsonObject("notifications");
            assertThat(each(rest.getJsonArray("nodes"), "title")).containsExactly("Milk expires on " + Noon.inDays(1));
        }
    }
}
