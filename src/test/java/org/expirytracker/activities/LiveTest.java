package org.expirytracker.activities;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What subscribers get to see, on the node where something happens and on every other one. */
@Timeout(60)
@ProvenRoom("product")
class LiveTest {

    /** What is promised. Who is not woken finds a change by looking, every two seconds. */
    private static final Duration SOON = Duration.ofSeconds(1);

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final String ACTIVITY =
            "subscription ($after: String) { activity(after: $after) { cursor kind actor subjectId before after } }";

    private final User user = TestApi.node().newUser(Noon.ZONE);
    private final User elsewhere = user.on(TestApi.otherNode());

    private static JsonObject dated(String name, int days) {
        return JsonObject.of("name", name, "expiryDate", Noon.inDays(days));
    }

    private static JsonObject activity(Events events) {
        return events.next().getJsonObject("activity");
    }

    private static List<Long> cursors(Events events, int count) {
        return IntStream.range(0, count)
                .mapToObj(at -> Long.valueOf(activity(events).getString("cursor")))
                .toList();
    }

    private static List<Long> between(long first, long last) {
        return LongStream.rangeClosed(first, last).boxed().toList();
    }

    /** How long the median of several happenings took to arrive: the machine may be busy once in a while. */
    private static Duration median(int times, Runnable happening, Supplier<JsonObject> arrival) {
        List<Duration> all = new ArrayList<>();
        for (int at = 0; at < times; at++) {
            happening.run();
            // From the answer on: whoever made the change sees it no later than that.
            Instant made = Instant.now();
            assertThat(arrival.get()).isNotNull();
            all.add(Duration.between(made, Instant.now()));
        }
        Collections.sort(all);
        return all.get(times / 2);
    }

    @Nested
    class Delivery {

        @Test
        void takes_less_than_a_second_here_and_on_another_node(TestReporter reporter) {
            String changes = "subscription { itemChanged { action item { name } } }";
            try (Events here = user.subscribe(changes);
                    Events there = elsewhere.subscribe(changes)) {
                Duration medianHere = median(10, () -> user.createItem(JsonObject.of("name", "Milk")), here::next);
                IntStream.range(0, 10).forEach(at -> assertThat(there.next()).isNotNull());
                Duration medianThere = median(10, () -> user.createItem(JsonObject.of("name", "Milk")), there::next);

                reporter.publishEntry("median of ten here, ms", Long.toString(medianHere.toMillis()));
                reporter.publishEntry("median of ten elsewhere, ms", Long.toString(medianThere.toMillis()));
                assertThat(medianHere).isLessThan(SOON);
                assertThat(medianThere).isLessThan(SOON);
            }
        }

        @Test
        void is_to_the_users_own_subscribers_only() {
            User other = TestApi.node().newUser(Noon.ZONE);
            try (Events mine = user.subscribe(ACTIVITY);
                    Events theirs = other.subscribe(ACTIVITY)) {
                user.createCategory("mine");
                other.createCategory("theirs");
                user.createCategory("mine too");

                assertThat(activity(mine).getJsonObject("after").getString("name"))
                        .isEqualTo("mine");
                assertThat(activity(mine).getJsonObject("after").getString("name"))
                        .isEqualTo("mine too");
                assertThat(activity(theirs).getJsonObject("after").getString("name"))
                        .isEqualTo("theirs");
            }
        }
    }

    @Nested
    class ItemChanged {

        @Test
        void tells_what_happened_and_the_item_after_it() {
            String document =
                    "subscription { itemChanged { action id item { name quantity status usedUp version category { name } } } }";
            String dairy = user.createCategory("Dairy");
            try (Events here = user.subscribe(document);
                    Events there = elsewhere.subscribe(document)) {
                String id = user.createItem(
                        dated("Milk", 1).put("categoryId", dairy).put("quantity", 2));
                user.mutate("updateItem", "item { id }", JsonObject.of("id", id, "name", "Cream"));
                user.mutate("takeOut", "item { id }", JsonObject.of("itemId", id, "outcome", "USED"));
                user.mutate("deleteItem", "deletedId", JsonObject.of("id", id));

                for (Events events : List.of(here, there)) {
                    JsonArray changes = new JsonArray(IntStream.range(0, 4)
                            .mapToObj(at -> events.next().getJsonObject("itemChanged"))
                            .toList());
                    assertThat(each(changes, "action")).containsExactly("CREATED", "UPDATED", "UPDATED", "DELETED");
                    assertThat(each(changes, "id")).containsOnly(id);
                    assertThat(changes.getJsonObject(0).getJsonObject("item"))
                            .isEqualTo(JsonObject.of(
                                            "name", "Milk", "quantity", "2", "status", "EXPIRING_SOON", "version", 1)
                                    .put("usedUp", false)
                                    .put("category", JsonObject.of("name", "Dairy")));
                    assertThat(changes.getJsonObject(1).getJsonObject("item").getString("name"))
                            .isEqualTo("Cream");
                    assertThat(changes.getJsonObject(2).getJsonObject("item").getBoolean("usedUp"))
                            .isTrue();
                    assertThat(changes.getJsonObject(3).getValue("item")).isNull();
                }
            }
        }
    }

    @Nested
    class NotificationReceived {

        @Test
        void tells_each_as_it_is_created() {
            String document = "subscription { notificationReceived { kind status title item { name } } }";
            try (Events here = user.subscribe(document);
                    Events there = elsewhere.subscribe(document)) {
                user.createItems(dated("Beans", 90), dated("Milk", -1));

                for (Events events : List.of(here, there)) {
                    assertThat(events.next().getJsonObject("notificationReceived"))
                            .isEqualTo(JsonObject.of(
                                    "kind",
                                    "EXPIRED",
                                    "status",
                                    "UNREAD",
                                    "title",
                                    "Milk expired on " + Noon.inDays(-1),
                                    "item",
                                    JsonObject.of("name", "Milk")));
                }
            }
        }

        @Test
        void does_not_tell_of_reading_them() {
            user.createItem(dated("Milk", 1));
            String id = user.query("{ notifications { nodes { id } } }")
                    .getJsonObject("notifications")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");
            try (Events events = user.subscribe("subscription { notificationReceived { title } }")) {
                user.mutate("markNotificationRead", "notification { id }", JsonObject.of("id", id));
                user.createItem(dated("Cream", 2));

                assertThat(events.next().getJsonObject("notificationReceived").getString("title"))
                        .isEqualTo("Cream expires on " + Noon.inDays(2));
            }
        }
    }

    @Nested
    class ReportReady {

        @Test
        void tells_each_as_it_is_written() {
            String document = "subscription { reportReady { date totalItems byCategory { name totalItems } } }";
            user.createItem(dated("Milk", 1));
            try (Events here = user.subscribe(document);
                    Events there = elsewhere.subscribe(document)) {
                user.mutate("generateReport", "report { id }", new JsonObject());

                for (Events events : List.of(here, there)) {
                    JsonObject report = events.next().getJsonObject("reportReady");
                    assertThat(report.getString("date")).isEqualTo(Noon.inDays(0));
                    assertThat(report.getJsonArray("byCategory"))
                            .isEqualTo(JsonArray.of(JsonObject.of("name", null, "totalItems", 1)));
                }
            }
        }
    }

    @Nested
    class InventoryChanged {

        private static final String DOCUMENT =
                "subscription { inventoryChanged { total { count } byStatus { status count } } }";

        private static int count(Events events) {
            return events.next()
                    .getJsonObject("inventoryChanged")
                    .getJsonObject("total")
                    .getInteger("count");
        }

        @Test
        void tells_it_as_it_is_and_then_whenever_it_has_changed() {
            user.createItem(dated("Milk", 1));
            try (Events here = user.subscribe(DOCUMENT);
                    Events there = elsewhere.subscribe(DOCUMENT)) {
                assertThat(count(here)).isEqualTo(1);
                assertThat(count(there)).isEqualTo(1);

                user.createItems(dated("Cream", 1), dated("Beans", 99));

                assertThat(count(here)).isEqualTo(3);
                assertThat(count(there)).isEqualTo(3);
            }
        }

        @Test
        void tells_many_changes_at_most_once_a_second_and_the_last_state_always() {
            try (Events events = user.subscribe(DOCUMENT)) {
                assertThat(count(events)).isZero();
                Instant begun = Instant.now();
                for (int at = 0; at < 60; at++) {
                    user.createItem(dated("Item " + at, at));
                }
                int told = 0;
                int last;
                do {
                    last = count(events);
                    told++;
                } while (last < 60);

                long seconds = Duration.between(begun, Instant.now()).toSeconds();
                assertThat(last).isEqualTo(60);
                assertThat(told).isLessThanOrEqualTo((int) seconds + 1);
            }
        }

        @Test
        void does_not_tell_of_what_does_not_change_it() throws InterruptedException {
            user.createItem(dated("Milk", 1));
            try (Events events = user.subscribe(DOCUMENT)) {
                assertThat(count(events)).isEqualTo(1);

                user.mutate(
                        "markAllNotificationsRead",
                        "markedCount",
                        JsonObject.of("upTo", Instant.now().toString()));

                assertThat(events.next(Duration.ofMillis(1_500))).isNull();
            }
        }
    }

    @Nested
    class ActivityAfter {

        @Test
        void a_cursor_replays_what_came_since_and_goes_on_live_without_gap_or_repeat() {
            for (String name : List.of("a", "b", "c", "d")) {
                user.createCategory(name);
            }
            long end = user.activityCount();
            for (User on : List.of(user, elsewhere)) {
                try (Events events = on.subscribe(ACTIVITY, JsonObject.of("after", Long.toString(end - 2)))) {
                    assertThat(cursors(events, 2)).isEqualTo(between(end - 1, end));
                    user.mutate("updateProfile", "viewer { id }", JsonObject.of("leadDays", (int) end));
                    end++;
                    assertThat(cursors(events, 1)).containsExactly(end);
                }
            }
        }

        @Test
        void zero_replays_everything_from_the_opening_of_the_account_on() {
            user.createItems(IntStream.range(0, 700)
                    .mapToObj(at -> JsonObject.of("name", "Item " + at))
                    .toArray(JsonObject[]::new));
            int end = user.activityCount();
            try (Events events = elsewhere.subscribe(ACTIVITY, JsonObject.of("after", "0"))) {
                JsonObject first = activity(events);

                assertThat(first.getString("kind")).isEqualTo("ACCOUNT_REGISTERED");
                assertThat(first.getString("cursor")).isEqualTo("1");
                assertThat(first.getValue("before")).isNull();
                assertThat(cursors(events, end - 1)).isEqualTo(between(2, end));
            }
        }

        @Test
        void the_end_of_the_log_and_no_cursor_at_all_tell_only_what_comes() {
            String end = Integer.toString(user.activityCount());
            try (Events afterEnd = user.subscribe(ACTIVITY, JsonObject.of("after", end));
                    Events live = user.subscribe(ACTIVITY)) {
                user.createCategory("Dairy");

                assertThat(activity(afterEnd).getString("kind")).isEqualTo("CATEGORY_CREATED");
                assertThat(activity(live).getString("kind")).isEqualTo("CATEGORY_CREATED");
            }
        }

        @Test
        void a_dropped_connection_continues_where_it_broke_while_others_write() throws Exception {
            long end = user.activityCount();
            try (ExecutorService writer = Executors.newSingleThreadExecutor()) {
                Future<?> written = writer.submit(
                        () -> IntStream.range(0, 60).forEach(at -> user.createCategory("Category " + at)));
                List<Long> seen = new ArrayList<>();
                long cursor = end;
                for (int connection = 0; connection < 6; connection++) {
                    try (Events events = (connection % 2 == 0 ? user : elsewhere)
                            .subscribe(ACTIVITY, JsonObject.of("after", Long.toString(cursor)))) {
                        seen.addAll(cursors(events, 10));
                        cursor = seen.getLast();
                    }
                }
                written.get();

                assertThat(seen).isEqualTo(between(end + 1, end + 60));
            }
        }

        @Test
        void the_gap_that_a_restored_backup_leaves_is_passed_over_on_open_streams_and_on_new_ones() {
            long end = user.activityCount();
            try (Events open = user.subscribe(ACTIVITY)) {
                assertThat(STOCK.column(
                                "UPDATE feeds SET last_seq = last_seq + 1000 FROM users WHERE users.id = user_id"
                                        + " AND username = '" + user.name() + "' RETURNING last_seq"))
                        .hasSize(1);
                try (Events before = user.subscribe(ACTIVITY, JsonObject.of("after", Long.toString(end)));
                        Events within =
                                elsewhere.subscribe(ACTIVITY, JsonObject.of("after", Long.toString(end + 500)));
                        Events all = elsewhere.subscribe(ACTIVITY, JsonObject.of("after", "0"))) {
                    user.createCategory("a");
                    user.createCategory("b");

                    List<Long> fresh = between(end + 1_001, end + 1_002);
                    assertThat(cursors(open, 2)).isEqualTo(fresh);
                    assertThat(cursors(before, 2)).isEqualTo(fresh);
                    assertThat(cursors(within, 2)).isEqualTo(fresh);
                    assertThat(cursors(all, (int) end)).isEqualTo(between(1, end));
                    assertThat(cursors(all, 2)).isEqualTo(fresh);
                }
            }
            assertThat(user.activityCount()).isEqualTo((int) end + 2);
        }

        @ParameterizedTest
        @ValueSource(strings = {"nonsense", "", "-1", "1.5", " 1", "99999999999999999999", "1000000"})
        void refuses_what_is_no_cursor_or_lies_beyond_the_end(String cursor) {
            try (Events events = user.subscribe(ACTIVITY, JsonObject.of("after", cursor))) {
                JsonObject error = events.errors().getJsonObject(0);

                assertThat(error.getJsonObject("extensions").getString("code")).isEqualTo("INVALID");
                assertThat(error.getString("message")).startsWith("after ");
            }
        }
    }

    @Nested
    class UnderWriters {

        private static final int CHANGES = 500;
        private static final int WRITERS = 4;

        private List<Future<?>> write(ExecutorService threads, int changes) {
            List<Future<?>> written = new ArrayList<>();
            for (int writer = 0; writer < WRITERS; writer++) {
                User on = writer % 2 == 0 ? user : elsewhere;
                String name = "Writer " + writer;
                written.add(threads.submit(() -> {
                    for (int at = 0; at < changes / WRITERS; at++) {
                        on.createItem(JsonObject.of("name", name + " " + at));
                    }
                }));
            }
            return written;
        }

        @Test
        void every_change_arrives_once_and_in_order_on_every_node() throws Exception {
            long end = user.activityCount();
            try (ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
                    Events here = user.subscribe(ACTIVITY);
                    Events there = elsewhere.subscribe(ACTIVITY)) {
                List<Future<?>> written = write(threads, CHANGES);

                assertThat(cursors(there, CHANGES)).isEqualTo(between(end + 1, end + CHANGES));
                assertThat(cursors(here, CHANGES)).isEqualTo(between(end + 1, end + CHANGES));
                for (Future<?> each : written) {
                    each.get();
                }
            }
            assertThat(user.activityCount()).isEqualTo(end + CHANGES);
        }
    }

    @Nested
    class Activities {

        @Test
        void are_listed_newest_first_with_who_did_what_to_what() {
            String id = user.createItem(dated("Milk", 90));
            user.mutate("updateItem", "item { id }", JsonObject.of("id", id, "name", "Cream"));

            JsonArray nodes = user.query("{ activities(first: 2) { nodes { kind actor subjectId before after"
                            + " subject { id ... on Item { name } } } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes");

            assertThat(each(nodes, "kind")).containsExactly("ITEM_UPDATED", "ITEM_CREATED");
            assertThat(each(nodes, "actor")).containsOnly("USER");
            assertThat(each(nodes, "subjectId")).containsOnly(id);
            assertThat(each(nodes, "subject")).containsOnly(JsonObject.of("id", id, "name", "Cream"));
            assertThat(nodes.getJsonObject(0).getJsonObject("before").getString("name"))
                    .isEqualTo("Milk");
            assertThat(nodes.getJsonObject(0).getJsonObject("after").getString("name"))
                    .isEqualTo("Cream");
            assertThat(nodes.getJsonObject(1).getValue("before")).isNull();
        }

        @Test
        void keep_what_is_gone() {
            String id = user.createItem(JsonObject.of("name", "Milk"));
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", id));

            JsonObject latest = user.query("{ activities(first: 1) { nodes { kind before after subject { id } } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0);

            assertThat(latest.getString("kind")).isEqualTo("ITEM_DELETED");
            assertThat(latest.getJsonObject("before").getString("name")).isEqualTo("Milk");
            assertThat(latest.getValue("after")).isNull();
            assertThat(latest.getValue("subject")).isNull();
        }

        @Test
        void are_read_once_each_forward_and_backward() {
            for (String name : List.of("a", "b", "c", "d", "e", "f")) {
                user.createCategory(name);
            }
            int end = user.activityCount();
            List<Object> forward = new ArrayList<>();
            List<Object> backward = new ArrayList<>();
            String after = "";
            JsonObject page;
            do {
                page = page("(first: 3" + after + ")");
                forward.addAll(each(page.getJsonArray("nodes"), "cursor"));
                after = ", after: \"" + page.getJsonObject("pageInfo").getString("endCursor") + "\"";
            } while (page.getJsonObject("pageInfo").getBoolean("hasNextPage"));
            String before = "";
            do {
                page = page("(last: 3" + before + ")");
                backward.addAll(0, each(page.getJsonArray("nodes"), "cursor"));
                before = ", before: \"" + page.getJsonObject("pageInfo").getString("startCursor") + "\"";
            } while (page.getJsonObject("pageInfo").getBoolean("hasPreviousPage"));

            List<Object> newestFirst = between(1, end).reversed().stream()
                    .<Object>map(String::valueOf)
                    .toList();
            assertThat(forward).isEqualTo(newestFirst);
            assertThat(backward).isEqualTo(newestFirst);
        }

        private JsonObject page(String arguments) {
            return user.query("{ activities" + arguments
                            + " { nodes { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }")
                    .getJsonObject("activities");
        }
    }
}
