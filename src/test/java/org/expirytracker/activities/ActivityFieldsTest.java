package org.expirytracker.activities;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.Noon;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The log as it is asked for: filtered, by object, as far as a token's scopes open it, and what it says of former states. */
@Timeout(60)
class ActivityFieldsTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    private final User user = TestApi.node().newUser(Noon.ZONE);

    private JsonObject activities(String arguments) {
        return activities(user, arguments);
    }

    private static JsonObject activities(User asking, String arguments) {
        return asking.query("{ activities(" + arguments
                        + ") { totalCount nodes { cursor kind subjectId createdAt } pageInfo { hasNextPage hasPreviousPage"
                        + " startCursor endCursor } } }")
                .getJsonObject("activities");
    }

    private static List<Object> kinds(JsonObject page) {
        return each(page.getJsonArray("nodes"), "kind");
    }

    private void rename(String id, String name) {
        user.mutate("updateItem", "item { id }", JsonObject.of("id", id, "name", name));
    }

    /** The user as a program with some scopes. */
    private User token(String... scopes) {
        String token = user.mutate(
                        "createApiToken",
                        "token",
                        JsonObject.of("name", "test", "scopes", new JsonArray(List.of(scopes))))
                .getString("token");
        return new User(user.api(), user.name(), token);
    }

    @Nested
    class Filter {

        @Test
        void by_kind_pages_and_counts_those_only() {
            String milk = user.createItem(JsonObject.of("name", "Milk"));
            user.createCategory("Dairy");
            for (String name : List.of("a", "b", "c")) {
                rename(milk, name);
            }
            String filter = "filter: {kind: [ITEM_UPDATED, CATEGORY_CREATED, ITEM_UPDATED]}";

            JsonObject first = activities("first: 3, " + filter);
            assertThat(kinds(first)).containsExactly("ITEM_UPDATED", "ITEM_UPDATED", "ITEM_UPDATED");
            assertThat(first.getInteger("totalCount")).isEqualTo(4);
            JsonObject second = activities("first: 3, after: \"%s\", %s"
                    .formatted(first.getJsonObject("pageInfo").getString("endCursor"), filter));
            assertThat(kinds(second)).containsExactly("CATEGORY_CREATED");
            assertThat(second.getJsonObject("pageInfo").getBoolean("hasNextPage"))
                    .isFalse();
            assertThat(kinds(activities("last: 2, " + filter))).containsExactly("ITEM_UPDATED", "CATEGORY_CREATED");
            assertThat(kinds(activities("filter: {kind: []}"))).isEmpty();
        }

        @Test
        void by_subject_and_actor() {
            String milk = user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(1)));
            String bread = user.createItem(JsonObject.of("name", "Bread"));
            rename(milk, "Cream");
            rename(bread, "Roll");

            JsonObject ofMilk = activities("filter: {subjectId: \"" + milk + "\"}");
            assertThat(kinds(ofMilk)).containsExactly("ITEM_UPDATED", "ITEM_CREATED");
            assertThat(each(ofMilk.getJsonArray("nodes"), "subjectId")).containsOnly(milk);
            assertThat(ofMilk.getInteger("totalCount")).isEqualTo(2);
            assertThat(kinds(activities("filter: {actor: [SYSTEM]}"))).containsExactly("NOTIFICATION_CREATED");
            assertThat(user.answer("{ activities(filter: {subjectId: \"nonsense\"}) { totalCount } }", new JsonObject())
                            .getJsonArray("errors")
                            .getJsonObject(0)
                            .getString("message"))
                    .contains("subjectId");
        }

        @Test
        void by_time_finds_the_same_as_looking_at_each() {
            String milk = user.createItem(JsonObject.of("name", "Milk"));
            for (int at = 0; at < 25; at++) {
                rename(milk, "Milk " + at);
            }
            List<JsonObject> all = activities("first: 100").getJsonArray("nodes").stream()
                    .map(JsonObject.class::cast)
                    .toList();
            String since = all.get(20).getString("createdAt");
            String before = all.get(5).getString("createdAt");

            JsonObject within = activities(
                    "filter: {createdSince: \"%s\", createdBefore: \"%s\"}, first: 50".formatted(since, before));

            assertThat(each(within.getJsonArray("nodes"), "cursor"))
                    .containsExactlyElementsOf(all.subList(6, 21).stream()
                            .map(each -> (Object) each.getString("cursor"))
                            .toList());
            assertThat(within.getInteger("totalCount")).isEqualTo(15);
            assertThat(kinds(activities("filter: {createdSince: \"9999-12-31T23:59:59Z\"}")))
                    .isEmpty();
            assertThat(kinds(activities("filter: {createdBefore: \"0001-01-01T00:00:00Z\"}")))
                    .isEmpty();
        }

        @Test
        void by_time_reads_no_more_of_a_long_log_than_it_finds() {
            STOCK.run(
                    "INSERT INTO activities (user_id, seq, kind, subject_id, actor, created_at)"
                            + " SELECT id, 1000000 + n, 'ITEM_UPDATED', id, 'USER', now() + n * interval '1 second'"
                            + " FROM users, generate_series(1, 20000) AS n WHERE username = ?",
                    user.name());
            STOCK.run(
                    "UPDATE feeds SET last_seq = 1020000 FROM users WHERE users.id = user_id AND username = ?",
                    user.name());
            String middle = activities("first: 1, after: \"1010001\"")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("createdAt");

            JsonObject page = activities("filter: {createdSince: \"%s\", createdBefore: \"%s\"}"
                    .formatted(middle, Instant.parse(middle).plusSeconds(3)));

            assertThat(each(page.getJsonArray("nodes"), "cursor")).containsExactly("1010002", "1010001", "1010000");
        }

        @Test
        void continues_a_poll_from_the_cursor_of_the_newest_activity_that_was_seen() {
            String milk = user.createItem(JsonObject.of("name", "Milk"));
            String seen = activities("first: 1")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("cursor");
            List<Object> told = new ArrayList<>();
            for (String name : List.of("a", "b", "c", "d", "e")) {
                rename(milk, name);
            }

            boolean more = true;
            while (more) {
                JsonObject page = activities("last: 2, before: \"" + seen + "\"");
                told.addAll(each(page.getJsonArray("nodes"), "cursor").reversed());
                seen = page.getJsonArray("nodes").getJsonObject(0).getString("cursor");
                more = page.getJsonObject("pageInfo").getBoolean("hasPreviousPage");
            }

            assertThat(told)
                    .hasSize(5)
                    .doesNotHaveDuplicates()
                    .isSortedAccordingTo((one, other) ->
                            Long.compare(Long.parseLong(one.toString()), Long.parseLong(other.toString())));
        }
    }

    @Nested
    class OfAnObject {

        @Test
        void are_paged_and_counted_for_each_of_many_newest_first() {
            String dairy = user.createCategory("Dairy");
            String milk = user.createItem(JsonObject.of("name", "Milk", "categoryId", dairy));
            user.createItem(JsonObject.of("name", "Bread"));
            rename(milk, "Cream");
            rename(milk, "Butter");

            JsonObject found = user.query("{ items(orderBy: {field: NAME, direction: ASC}) { nodes { name"
                    + " activities(first: 2) { totalCount nodes { kind } pageInfo { hasNextPage } }"
                    + " created: activities(kind: [ITEM_CREATED]) { totalCount nodes { kind } } } }"
                    + " category(id: \"" + dairy + "\") { activities { nodes { kind } } } }");

            JsonArray items = found.getJsonObject("items").getJsonArray("nodes");
            assertThat(each(items, "name")).containsExactly("Bread", "Butter");
            JsonObject ofBread = items.getJsonObject(0).getJsonObject("activities");
            JsonObject ofButter = items.getJsonObject(1).getJsonObject("activities");
            assertThat(kinds(ofBread)).containsExactly("ITEM_CREATED");
            assertThat(kinds(ofButter)).containsExactly("ITEM_UPDATED", "ITEM_UPDATED");
            assertThat(ofButter.getInteger("totalCount")).isEqualTo(3);
            assertThat(ofButter.getJsonObject("pageInfo").getBoolean("hasNextPage"))
                    .isTrue();
            assertThat(kinds(items.getJsonObject(1).getJsonObject("created"))).containsExactly("ITEM_CREATED");
            assertThat(kinds(found.getJsonObject("category").getJsonObject("activities")))
                    .containsExactly("CATEGORY_CREATED");
        }
    }

    @Nested
    class Scopes {

        @Test
        void open_the_kinds_of_what_they_let_read_and_no_others() {
            String milk = user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(1)));
            user.createCategory("Dairy");
            user.mutate("generateReport", "report { id }", new JsonObject());

            assertThat(kinds(activities(token("ITEMS_READ"), "first: 50")))
                    .containsExactly("CATEGORY_CREATED", "ITEM_CREATED");
            assertThat(kinds(activities(token("NOTIFICATIONS_READ"), "first: 50")))
                    .containsExactly("NOTIFICATION_CREATED");
            assertThat(kinds(activities(token("REPORTS_READ", "ITEMS_WRITE"), "first: 50")))
                    .containsExactly("REPORT_GENERATED");
            assertThat(kinds(activities(token("ACCOUNT"), "first: 50"))).contains("ACCOUNT_REGISTERED", "ITEM_CREATED");
            assertThat(activities(token("ITEMS_READ"), "first: 1").getInteger("totalCount"))
                    .isEqualTo(2);
            assertThat(user.query("{ item(id: \"" + milk + "\") { activities { totalCount } } }")
                            .getJsonObject("item")
                            .getJsonObject("activities")
                            .getInteger("totalCount"))
                    .isEqualTo(1);
        }

        @Test
        void are_named_where_they_are_lacking() {
            for (String query : List.of(
                    "{ activities(filter: {kind: [ACCOUNT_LOGGED_IN]}) { totalCount } }",
                    "{ activities(filter: {kind: [ITEM_CREATED, REPORT_DELETED]}) { totalCount } }")) {
                assertThat(code(token("ITEMS_READ"), query)).isEqualTo("FORBIDDEN");
            }
            assertThat(code(token("ITEMS_WRITE"), "{ activities { totalCount } }"))
                    .isEqualTo("FORBIDDEN");
        }

        @Test
        void hide_the_others_from_whoever_knows_their_id() {
            String login = user.query("{ activities(last: 1) { nodes { id } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");
            String query = "{ node(id: \"" + login + "\") { id } }";

            assertThat(user.query(query).getJsonObject("node")).isNotNull();
            assertThat(token("ITEMS_READ").query(query).getJsonObject("node")).isNull();
        }

        private String code(User asking, String query) {
            return asking.answer(query, new JsonObject())
                    .getJsonArray("errors")
                    .getJsonObject(0)
                    .getJsonObject("extensions")
                    .getString("code");
        }
    }

    @Nested
    class Live {

        @Test
        void tells_a_token_what_its_scopes_open_and_anybody_the_kinds_that_they_want() {
            User program = token("ITEMS_READ");
            try (Events opened = program.subscribe("subscription { activity(after: \"0\") { kind } }");
                    Events wanted = user.subscribe("subscription { activity(kind: [CATEGORY_CREATED]) { kind } }")) {
                user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(1)));
                user.createCategory("Dairy");

                assertThat(List.of(kind(opened), kind(opened))).containsExactly("ITEM_CREATED", "CATEGORY_CREATED");
                assertThat(kind(wanted)).isEqualTo("CATEGORY_CREATED");
            }
        }

        private String kind(Events events) {
            return events.next().getJsonObject("activity").getString("kind");
        }
    }

    @Nested
    class States {

        private static final String STATES = "kind stateBefore { ...state } stateAfter { ...state } } } }"
                + " fragment state on ActivityState { __typename ... on ItemState { subjectId categoryId name quantity costPrice"
                + " expiryDate version takeOut { quantity value outcome note } } ... on CategoryState { subjectId name ownLeadDays }"
                + " ... on NotificationState { subjectId itemId title daysBefore }"
                + " ... on ReportState { subjectId totalValue byCategory { name totalValue category { id } } outcomes { outcome } }"
                + " ... on UserState { subjectId username } ... on ApiTokenState { subjectId scopes }"
                + " ... on ReminderSettings { days } ... on CategoryReminders { percents } }";

        private JsonObject newest(String kind) {
            return user.query("{ activities(first: 1, filter: {kind: [" + kind + "]}) { nodes { " + STATES)
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0);
        }

        @Test
        void are_typed_with_exact_decimals_and_ids_of_this_api() {
            String dairy = user.createCategory("Dairy");
            String milk = user.createItem(
                    JsonObject.of("name", "Milk", "quantity", "999999999.999", "costPrice", "123456789.0123")
                            .put("categoryId", dairy)
                            .put("expiryDate", Noon.inDays(1)));
            user.mutate(
                    "takeOut", "item { id }", JsonObject.of("itemId", milk, "quantity", "0.001", "outcome", "SOLD"));
            String report = user.mutate("generateReport", "report { id }", new JsonObject())
                    .getJsonObject("report")
                    .getString("id");
            user.mutate("updateReminders", "changed", JsonObject.of("days", JsonArray.of(5)));
            user.mutate(
                    "updateCategoryReminders",
                    "changed",
                    JsonObject.of("categoryId", dairy, "days", new JsonArray(), "percents", JsonArray.of(10)));
            token("ITEMS_READ");

            JsonObject taken = newest("ITEM_TAKEN_OUT");
            assertThat(taken.getJsonObject("stateBefore"))
                    .isEqualTo(new JsonObject()
                            .put("__typename", "ItemState")
                            .put("subjectId", milk)
                            .put("categoryId", dairy)
                            .put("name", "Milk")
                            .put("quantity", "999999999.999")
                            .put("costPrice", "123456789.0123")
                            .put("expiryDate", Noon.inDays(1))
                            .put("version", 1)
                            .putNull("takeOut"));
            assertThat(taken.getJsonObject("stateAfter").getString("quantity")).isEqualTo("999999999.998");
            assertThat(taken.getJsonObject("stateAfter").getJsonObject("takeOut"))
                    .isEqualTo(new JsonObject()
                            .put("quantity", "0.001")
                            .put("value", "123456.7890123")
                            .put("outcome", "SOLD")
                            .putNull("note"));
            JsonObject told = newest("NOTIFICATION_CREATED");
            assertThat(told.getValue("stateBefore")).isNull();
            assertThat(told.getJsonObject("stateAfter").getString("itemId")).isEqualTo(milk);
            JsonObject generated = newest("REPORT_GENERATED").getJsonObject("stateAfter");
            assertThat(generated.getString("subjectId")).isEqualTo(report);
            assertThat(generated.getString("totalValue")).isEqualTo("123456789012053086.4219754");
            assertThat(generated
                            .getJsonArray("byCategory")
                            .getJsonObject(0)
                            .getJsonObject("category")
                            .getString("id"))
                    .isEqualTo(dairy);
            assertThat(newest("CATEGORY_CREATED").getJsonObject("stateAfter").getString("subjectId"))
                    .isEqualTo(dairy);
            assertThat(newest("ACCOUNT_REGISTERED").getJsonObject("stateAfter").getString("username"))
                    .isEqualTo(user.name());
            assertThat(newest("API_TOKEN_CREATED").getJsonObject("stateAfter").getJsonArray("scopes"))
                    .containsExactly("ITEMS_READ");
            assertThat(newest("REMINDERS_UPDATED").getJsonObject("stateAfter").getJsonArray("days"))
                    .containsExactly(5);
            assertThat(newest("CATEGORY_REMINDERS_UPDATED")
                            .getJsonObject("stateAfter")
                            .getJsonArray("percents"))
                    .containsExactly(10);
        }

        @Test
        void of_former_releases_are_read_as_well() {
            // As the first release with a log has written them.
            log("ITEM_UPDATED", """
                    {"id": "01890000-0000-7000-8000-000000000001", "name": "Milk", "unit": "l", "quantity": 1.500,
                     "costPrice": 0.1, "leadDays": 30, "version": 2, "createdAt": "2025-01-01T00:00:00.123456Z",
                     "updatedAt": "2025-01-02T00:00:00Z", "asOf": "2025-01-02"}""");
            log("NOTIFICATION_CREATED", """
                    {"id": "01890000-0000-7000-8000-000000000002", "kind": "EXPIRED", "title": "t", "message": "m",
                     "status": "UNREAD", "createdAt": "2025-01-01T00:00:00Z"}""");
            log("REPORT_GENERATED", """
                    {"id": "01890000-0000-7000-8000-000000000003", "date": "2025-01-01", "totalItems": 1, "activeItems": 1,
                     "expiringItems": 0, "expiredItems": 0, "undatedItems": 0, "totalValue": 0.30, "activeValue": 0.30,
                     "expiringValue": 0, "expiredValue": 0, "undatedValue": 0, "discardedValue": 0, "byCategory": [],
                     "generatedAt": "2025-01-01T00:00:00Z"}""");

            assertThat(newest("ITEM_UPDATED").getJsonObject("stateAfter").getString("quantity"))
                    .isEqualTo("1.5");
            assertThat(newest("NOTIFICATION_CREATED")
                            .getJsonObject("stateAfter")
                            .getValue("daysBefore"))
                    .isNull();
            assertThat(newest("REPORT_GENERATED").getJsonObject("stateAfter").getString("totalValue"))
                    .isEqualTo("0.3");
        }

        private void log(String kind, String state) {
            STOCK.run(
                    "WITH place AS (UPDATE feeds SET last_seq = last_seq + 1 FROM users WHERE users.id = user_id"
                            + " AND username = ? RETURNING user_id, last_seq)"
                            + " INSERT INTO activities (user_id, seq, kind, subject_id, actor, after)"
                            + " SELECT user_id, last_seq, ?, user_id, 'USER', ?::jsonb FROM place",
                    user.name(),
                    kind,
                    state);
        }

        @Test
        void as_json_keep_every_digit_for_one_more_release() {
            user.createItem(JsonObject.of("name", "Milk", "quantity", "999999999.999"));

            String answer = user.api()
                    .post(user.token(), "{\"query\": \"{ activities(first: 1) { nodes { after } } }\"}")
                    .body();

            assertThat(answer).contains("\"quantity\":999999999.999");
        }
    }
}
