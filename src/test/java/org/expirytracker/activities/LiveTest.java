package org.expirytracker.activities;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What subscribers are told, on two nodes of one database. */
class LiveTest {

    private static final String ACTIVITY = "subscription ($after: String) { activity(after: $after) { cursor kind } }";
    private static final String ITEM_CHANGED = "subscription { itemChanged { action id item { name quantity } } }";

    private final TestApi node = TestApi.node();
    private final TestApi otherNode = TestApi.otherNode();
    private final TestApi.User user = node.newUser();

    @Nested
    class AChange {

        @Test
        void reaches_the_subscribers_of_its_user_on_every_node_within_a_second() {
            try (TestApi.Events here = user.subscribe(ITEM_CHANGED);
                    TestApi.Events there = user.on(otherNode).subscribe(ITEM_CHANGED)) {
                for (String subscriber : List.of("here", "there")) {
                    // The first change tells that both subscriptions stand; the others are measured.
                    user.createItem(new JsonObject().put("name", "warm-up " + subscriber));
                    here.next();
                    there.next();
                }
                for (int round = 0; round < 5; round++) {
                    Instant changed = Instant.now();
                    String id = user.createItem(new JsonObject().put("name", "milk " + round));

                    assertThat(here.next().getJsonObject("itemChanged").getString("id"))
                            .isEqualTo(id);
                    assertThat(there.next().getJsonObject("itemChanged").getString("id"))
                            .isEqualTo(id);
                    assertThat(Duration.between(changed, Instant.now())).isLessThan(Duration.ofSeconds(1));
                }
            }
        }

        @Test
        void reaches_nobody_else() throws InterruptedException {
            TestApi.User stranger = node.newUser();
            try (TestApi.Events events = stranger.subscribe(ACTIVITY)) {
                user.createItem(new JsonObject().put("name", "secret"));
                stranger.createItem(new JsonObject().put("name", "own"));

                assertThat(events.next().getJsonObject("activity").getString("kind"))
                        .isEqualTo("ITEM_CREATED");
                assertThat(events.next(Duration.ofMillis(300))).isNull();
            }
        }

        @Test
        void is_told_with_what_happened_and_the_item_as_it_then_was() {
            try (TestApi.Events events = user.subscribe(ITEM_CHANGED)) {
                String id = user.createItem(new JsonObject().put("name", "milk").put("quantity", "3"));
                user.mutate(
                        "takeOut",
                        "item { id }",
                        new JsonObject().put("itemId", id).put("quantity", "1").put("outcome", "USED"));
                user.mutate("deleteItem", "deletedId", new JsonObject().put("id", id));

                assertThat(events.next().getJsonObject("itemChanged").encode())
                        .isEqualTo(change(
                                "CREATED",
                                id,
                                new JsonObject().put("name", "milk").put("quantity", "3")));
                assertThat(events.next().getJsonObject("itemChanged").encode())
                        .isEqualTo(change(
                                "UPDATED",
                                id,
                                new JsonObject().put("name", "milk").put("quantity", "2")));
                assertThat(events.next().getJsonObject("itemChanged").encode()).isEqualTo(change("DELETED", id, null));
            }
        }

        private String change(String action, String id, @Nullable JsonObject item) {
            return new JsonObject()
                    .put("action", action)
                    .put("id", id)
                    .put("item", item)
                    .encode();
        }
    }

    @Nested
    class Notifications {

        @Test
        void and_reports_and_the_inventory_arrive_on_the_other_node() {
            TestApi.User there = user.on(otherNode);
            try (TestApi.Events notices =
                            there.subscribe("subscription { notificationReceived { kind item { name } } }");
                    TestApi.Events reports =
                            there.subscribe("subscription { reportReady { totalItems expiredItems } }");
                    TestApi.Events inventories =
                            there.subscribe("subscription { inventoryChanged { total { count } } }")) {
                assertThat(inventories.next().encode()).contains("\"count\":0");
                user.createItem(new JsonObject().put("name", "old milk").put("expiryDate", "2020-01-01"));

                assertThat(notices.next().encode()).contains("EXPIRED").contains("old milk");
                assertThat(inventories.next().encode()).contains("\"count\":1");

                user.mutate("generateReport", "report { date }", new JsonObject());

                assertThat(reports.next().encode()).contains("\"totalItems\":1").contains("\"expiredItems\":1");
            }
        }
    }

    @Nested
    class Replay {

        @Test
        void continues_after_a_cursor_without_gap_or_repeat_and_goes_live() {
            List<Long> seen = new ArrayList<>();
            createItems(user, 5);
            try (TestApi.Events events = user.subscribe(ACTIVITY, after("0"))) {
                for (int read = 0; read < 3; read++) {
                    seen.add(cursor(events.next()));
                }
            }
            createItems(user, 4);
            try (TestApi.Events events = user.on(otherNode).subscribe(ACTIVITY, after(Long.toString(seen.getLast())))) {
                // Registered, nine items, and one more while the subscription stands.
                while (seen.size() < 10) {
                    seen.add(cursor(events.next()));
                }
                createItems(user, 1);
                seen.add(cursor(events.next()));
            }

            assertThat(seen)
                    .containsExactlyElementsOf(
                            LongStream.rangeClosed(1, 11).boxed().toList());
        }

        @Test
        void longer_than_any_buffer_arrives_whole() {
            createItems(user, 700);
            try (TestApi.Events events = user.subscribe(ACTIVITY, after("0"))) {
                List<Long> seen = new ArrayList<>();
                while (seen.size() < 701) {
                    seen.add(cursor(events.next()));
                }

                assertThat(seen)
                        .containsExactlyElementsOf(
                                LongStream.rangeClosed(1, 701).boxed().toList());
            }
        }

        @Test
        void from_a_cursor_that_is_none_or_lies_ahead_is_refused() {
            for (String cursor : List.of("nonsense", "-1", "999999")) {
                try (TestApi.Events events = user.subscribe(ACTIVITY, after(cursor))) {
                    assertThat(events.errors().encode()).contains("INVALID").contains("after");
                }
            }
        }
    }

    @Nested
    class ManyChanges {

        private static final int WRITERS = 4;
        private static final int CHANGES_OF_EACH = 60;

        @Test
        void by_writers_on_both_nodes_arrive_in_order_though_the_listeners_are_killed()
                throws SQLException, InterruptedException {
            long before = lastCursor();
            try (TestApi.Events events = user.on(otherNode).subscribe(ACTIVITY, after(Long.toString(before)));
                    ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
                for (int writer = 0; writer < WRITERS; writer++) {
                    TestApi.User on = writer % 2 == 0 ? user : user.on(otherNode);
                    writers.submit(() -> {
                        for (int at = 0; at < CHANGES_OF_EACH; at++) {
                            createItems(on, 1);
                        }
                    });
                }
                List<Long> seen = new ArrayList<>();
                while (seen.size() < WRITERS * CHANGES_OF_EACH) {
                    seen.add(cursor(events.next()));
                    if (seen.size() % 40 == 0) {
                        killListeners();
                    }
                }
                writers.shutdown();

                assertThat(writers.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
                assertThat(seen)
                        .containsExactlyElementsOf(
                                LongStream.rangeClosed(before + 1, before + WRITERS * CHANGES_OF_EACH)
                                        .boxed()
                                        .toList());
                assertThat(events.next(Duration.ofMillis(300))).isNull();
            }
        }

        private void killListeners() throws SQLException {
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated());
                    Statement statement = connection.createStatement()) {
                statement.execute("""
                        SELECT pg_terminate_backend(pid)
                          FROM pg_stat_activity
                         WHERE datname = current_database() AND query LIKE 'LISTEN%' AND pid <> pg_backend_pid()
                        """);
            }
        }
    }

    private static void createItems(TestApi.User user, int count) {
        List<JsonObject> items = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            items.add(new JsonObject().put("name", "item " + at));
        }
        user.mutate("createItems", "count", new JsonObject().put("items", items));
    }

    private long lastCursor() {
        return Long.parseLong(user.query("{ activities(first: 1) { nodes { cursor } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")
                .getJsonObject(0)
                .getString("cursor"));
    }

    private static JsonObject after(String cursor) {
        return new JsonObject().put("after", cursor);
    }

    private static long cursor(JsonObject data) {
        return Long.parseLong(data.getJsonObject("activity").getString("cursor"));
    }
}
