package org.expirytracker.activities;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every subscription, while the connections on which nodes listen for each other are killed again and again. */
@Timeout(120)
@ProvenRoom("product")
class KilledListenerTest {

    private static final int USERS = 5;
    private static final int ROUNDS = 50;
    private static final int KILLS_IN_A_ROUND = 2;
    /** Each of them also makes a notification. */
    private static final int ITEMS_IN_A_ROUND = 100;

    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    /** One user, whose changes are made on both nodes in turn and followed on both. */
    private static final class Follower implements AutoCloseable {

        private static final String ACTIVITY = "subscription ($after: String) { activity(after: $after) { cursor } }";

        private final User user;
        private final User elsewhere;
        private final long begin;
        private final List<String> made = new ArrayList<>();
        private final List<Long> roamed = new ArrayList<>();
        private final List<Events> all = new ArrayList<>();
        private final Events activity;
        private final Events items;
        private final Events notifications;
        private final Events inventory;
        private final Events reports;
        private Events roaming;
        private final List<String> reportsMade = new ArrayList<>();
        private int turns;

        Follower(boolean hereFirst) {
            User fresh = TestApi.node().newUser(Noon.ZONE);
            user = fresh.on(hereFirst ? TestApi.node() : TestApi.otherNode());
            elsewhere = fresh.on(hereFirst ? TestApi.otherNode() : TestApi.node());
            begin = user.activityCount();
            activity = open(user, ACTIVITY, new JsonObject());
            items = open(elsewhere, "subscription { itemChanged { action item { name } } }", new JsonObject());
            notifications = open(elsewhere, "subscription { notificationReceived { title } }", new JsonObject());
            inventory = open(user, "subscription { inventoryChanged { total { count } } }", new JsonObject());
            reports = open(elsewhere, "subscription { reportReady { generatedAt } }", new JsonObject());
            roaming = open(elsewhere, ACTIVITY, new JsonObject());
        }

        private Events open(User on, String document, JsonObject variables) {
            Events events = on.subscribe(document, variables);
            all.add(events);
            return events;
        }

        void change() {
            User on = turns++ % 2 == 0 ? user : elsewhere;
            JsonObject[] inputs = IntStream.range(0, ITEMS_IN_A_ROUND)
                    .mapToObj(at -> "Item " + (made.size() + at))
                    .map(name -> JsonObject.of("name", name, "expiryDate", Noon.inDays(1)))
                    .toArray(JsonObject[]::new);
            for (JsonObject input : inputs) {
                made.add(input.getString("name"));
            }
            on.createItems(inputs);
            if (turns % 5 == 0) {
                report(on);
            }
        }

        private void report(User on) {
            reportsMade.add(on.mutate("generateReport", "report { generatedAt }", new JsonObject())
                    .getJsonObject("report")
                    .getString("generatedAt"));
        }

        /** Leaves one node with some events unread, and goes on at the other one. */
        void roam() {
            roamed.addAll(cursors(roaming, ITEMS_IN_A_ROUND));
            roaming.close();
            roaming = open(
                    turns % 2 == 0 ? user : elsewhere,
                    ACTIVITY,
                    JsonObject.of("after", roamed.getLast().toString()));
        }

        private static List<Long> cursors(Events events, int count) {
            return IntStream.range(0, count)
                    .mapToObj(at ->
                            Long.valueOf(events.next().getJsonObject("activity").getString("cursor")))
                    .toList();
        }

        private static List<String> texts(Events events, int count, String field, String... path) {
            return IntStream.range(0, count)
                    .mapToObj(at -> {
                        JsonObject object = events.next().getJsonObject(field);
                        for (int step = 0; step < path.length - 1; step++) {
                            object = object.getJsonObject(path[step]);
                        }
                        return object.getString(path[path.length - 1]);
                    })
                    .toList();
        }

        long assertComplete() {
            // Something after everything: whatever was doubled would come before it.
            user.createItem(JsonObject.of("name", "last", "expiryDate", Noon.inDays(1)));
            made.add("last");
            report(user);
            long end = user.activityCount();
            int count = (int) (end - begin);
            List<Long> expected = LongStream.rangeClosed(begin + 1, end).boxed().toList();

            assertThat(cursors(activity, count)).isEqualTo(expected);
            roamed.addAll(cursors(roaming, count - roamed.size()));
            assertThat(roamed).isEqualTo(expected);
            assertThat(texts(items, made.size(), "itemChanged", "item", "name")).isEqualTo(made);
            assertThat(texts(notifications, made.size(), "notificationReceived", "title"))
                    .containsExactlyInAnyOrderElementsOf(made.stream()
                            .map(name -> name + " expires on " + Noon.inDays(1))
                            .toList());
            assertThat(texts(reports, reportsMade.size(), "reportReady", "generatedAt"))
                    .isEqualTo(reportsMade);
            int last;
            do {
                last = inventory
                        .next()
                        .getJsonObject("inventoryChanged")
                        .getJsonObject("total")
                        .getInteger("count");
            } while (last < made.size());
            assertThat(last).isEqualTo(made.size());
            return count;
        }

        @Override
        public void close() {
            all.forEach(Events::close);
        }
    }

    @Test
    void a_hundred_times_during_ten_thousand_events_nothing_is_lost_or_doubled_and_order_is_kept() {
        List<Follower> followers = IntStream.range(0, USERS)
                .mapToObj(at -> new Follower(at % 2 == 0))
                .toList();
        try {
            int killed = 0;
            for (int round = 0; round < ROUNDS; round++) {
                followers.get(round % USERS).change();
                int before = killed;
                while (killed < before + KILLS_IN_A_ROUND) {
                    killed += killListeners();
                }
                if (round >= USERS) {
                    followers.get(round % USERS).roam();
                }
            }
            assertThat(killed).isGreaterThanOrEqualTo(100);
            long events = followers.stream().mapToLong(Follower::assertComplete).sum();
            assertThat(events).isGreaterThanOrEqualTo(10_000);
        } finally {
            followers.forEach(Follower::close);
        }
    }

    private static int killListeners() {
        return STOCK.column("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        + " WHERE datname = current_database() AND application_name LIKE '% listener'")
                .size();
    }
}
