package org.expirytracker.daily;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The turn of the day as a running node does it by itself, seen by those whose day it is. */
@Timeout(60)
@ProvenRoom("product")
class TurnTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    private final User user = TestApi.node().newUser(Noon.ZONE);

    private static JsonObject dated(String name, int days) {
        return JsonObject.of("name", name, "expiryDate", Noon.inDays(days), "costPrice", "2");
    }

    /** As if items had been put away two days ago and nobody had looked since. */
    private void asOfTwoDaysAgo() {
        STOCK.run("DELETE FROM notifications USING users WHERE users.id = user_id AND username = ?", user.name());
        STOCK.run(
                "UPDATE inventories SET last_day = ?::date WHERE id = (SELECT id FROM users WHERE username = ?)",
                Noon.inDays(-1),
                user.name());
    }

    /** Today's turn is due since this day began; the next look of any node finds it. */
    private void fallDue() {
        STOCK.run(
                "UPDATE inventories SET next_day_at = day_begins_at(?::date, turn_hour, time_zone) WHERE id = (SELECT id FROM users WHERE username = ?)",
                Noon.inDays(0),
                user.name());
    }

    private JsonObject looks() {
        return user.query("{ notifications { nodes { title } unreadCount }"
                + " reports { nodes { date totalItems expiredItems expiringItems activeItems totalValue } } }");
    }

    @Test
    void reaches_subscribers_on_every_node_and_leaves_notifications_and_a_report() {
        // Past the day before yesterday's turn: only what crossed since is new.
        user.createItems(dated("long expired", -9), dated("expired", -1), dated("soon", 30), dated("later", 31));
        asOfTwoDaysAgo();
        String notification = "subscription { notificationReceived { kind title item { name } } }";
        String report = "subscription { reportReady { date totalItems } }";
        User elsewhere = user.on(TestApi.otherNode());
        try (Events notices = user.subscribe(notification);
                Events noticesElsewhere = elsewhere.subscribe(notification);
                Events reports = user.subscribe(report);
                Events reportsElsewhere = elsewhere.subscribe(report)) {
            fallDue();

            for (Events each : List.of(notices, noticesElsewhere)) {
                assertThat(Stream.of(each.next(), each.next())
                                .map(event -> event.getJsonObject("notificationReceived")))
                        .containsExactly(
                                JsonObject.of(
                                        "kind",
                                        "EXPIRED",
                                        "title",
                                        "expired expired on " + Noon.inDays(-1),
                                        "item",
                                        JsonObject.of("name", "expired")),
                                JsonObject.of(
                                        "kind",
                                        "EXPIRING_SOON",
                                        "title",
                                        "soon expires on " + Noon.inDays(30),
                                        "item",
                                        JsonObject.of("name", "soon")));
            }
            for (Events each : List.of(reports, reportsElsewhere)) {
                assertThat(each.next().getJsonObject("reportReady"))
                        .isEqualTo(JsonObject.of("date", Noon.inDays(0), "totalItems", 4));
            }
        }

        JsonObject seen = looks();
        assertThat(each(seen.getJsonObject("notifications").getJsonArray("nodes"), "title"))
                .containsExactlyInAnyOrder(
                        "expired expired on " + Noon.inDays(-1), "soon expires on " + Noon.inDays(30));
        assertThat(seen.getJsonObject("notifications").getInteger("unreadCount"))
                .isEqualTo(2);
        assertThat(seen.getJsonObject("reports").getJsonArray("nodes"))
                .isEqualTo(JsonArray.of(JsonObject.of(
                        "date",
                        Noon.inDays(0),
                        "totalItems",
                        4,
                        "expiredItems",
                        2,
                        "expiringItems",
                        1,
                        "activeItems",
                        1,
                        "totalValue",
                        "8")));
    }

    @Test
    void happens_once_however_many_nodes_look() {
        user.createItems(dated("expired", -1));
        asOfTwoDaysAgo();
        try (Events activity = user.subscribe("subscription { activity { kind actor } }")) {
            fallDue();

            assertThat(Stream.of(activity.next(), activity.next()).map(event -> event.getJsonObject("activity")))
                    .containsExactly(
                            JsonObject.of("kind", "NOTIFICATION_CREATED", "actor", "SYSTEM"),
                            JsonObject.of("kind", "REPORT_GENERATED", "actor", "SYSTEM"));
            // The next thing that happens is the user's own: nothing came in between.
            user.createCategory("Dairy");
            assertThat(activity.next().getJsonObject("activity").getString("kind"))
                    .isEqualTo("CATEGORY_CREATED");
        }
        assertThat(STOCK.column(
                        "SELECT next_day_at > now() FROM inventories WHERE id = (SELECT id FROM users WHERE username = ?)",
                        user.name()))
                .containsExactly("t");
    }

    private List<Object> reportDates() {
        return each(looks().getJsonObject("reports").getJsonArray("nodes"), "date");
    }

    /** Kiritimati is 25 hours ahead of Pago Pago, so the local date is one or two later. */
    @Test
    void comes_once_for_each_date_to_who_moves_over_the_date_line_and_back() {
        user.mutate("updateProfile", "viewer { id }", JsonObject.of("timeZone", "Pacific/Pago_Pago"));
        LocalDate west = LocalDate.now(ZoneId.of("Pacific/Pago_Pago"));
        STOCK.run(
                "UPDATE inventories SET last_day = ? WHERE id = (SELECT id FROM users WHERE username = ?)",
                west,
                user.name());
        LocalDate east = LocalDate.now(ZoneId.of("Pacific/Kiritimati"));
        try (Events reports = user.subscribe("subscription { reportReady { date } }")) {
            user.mutate("updateProfile", "viewer { id }", JsonObject.of("timeZone", "Pacific/Kiritimati"));
            for (LocalDate day = west.plusDays(1); !day.isAfter(east); day = day.plusDays(1)) {
                assertThat(reports.next().getJsonObject("reportReady").getString("date"))
                        .isEqualTo(day.toString());
            }

            user.mutate("updateProfile", "viewer { id }", JsonObject.of("timeZone", "Pacific/Pago_Pago"));
        }
        assertThat(reportDates()).doesNotHaveDuplicates().hasSize((int) west.until(east, ChronoUnit.DAYS));
        assertThat(STOCK.column(
                        "SELECT (next_day_at AT TIME ZONE time_zone)::date FROM inventories WHERE id = (SELECT id FROM users WHERE username = ?)",
                        user.name()))
                .containsExactly(east.plusDays(1).toString());
    }

    @Test
    void is_counted_in_the_metrics_of_a_node_with_what_is_due_and_stuck() {
        assertThat(TestApi.node().get("/metrics").body())
                .contains("expiry_turns_total ", "expiry_turns_failures_total ", "expiry_turns_due ")
                .contains("expiry_turns_lag_seconds ", "expiry_stuck_users{state=\"parked\"} ")
                .contains("expiry_stuck_users{state=\"waiting\"} ", "expiry_stuck_items{state=\"parked\"} ")
                .contains("expiry_jobs_failed{job=\"turn\",state=\"parked\"} ", "expiry_jobs_due{job=\"notice\"} ");
    }

    @Test
    void is_not_left_out_by_an_hour_that_is_chosen_when_it_has_passed_already() {
        STOCK.run("UPDATE users SET turn_hour = 23 WHERE username = ?", user.name());
        STOCK.run(
                "UPDATE inventories SET last_day = ?::date, next_day_at = now() + interval '11 hours'"
                        + " WHERE id = (SELECT id FROM users WHERE username = ?)",
                Noon.inDays(-1),
                user.name());
        try (Events reports = user.subscribe("subscription { reportReady { date } }")) {
            user.mutate("updateProfile", "viewer { id }", JsonObject.of("turnHour", 6));

            assertThat(reports.next().getJsonObject("reportReady").getString("date"))
                    .isEqualTo(Noon.inDays(0));
        }
    }

    @Test
    void tells_what_a_category_and_a_status_have_become_without_anyone_touching_them() {
        user.createItems(dated("milk", -1));
        asOfTwoDaysAgo();
        try (Events inventories = user.subscribe("subscription { inventoryChanged { asOf total { count } } }")) {
            assertThat(inventories.next()).isNotNull();
            fallDue();

            assertThat(inventories.next().getJsonObject("inventoryChanged"))
                    .isEqualTo(JsonObject.of("asOf", Noon.inDays(0), "total", JsonObject.of("count", 1)));
        }
        assertThat(looks().getJsonObject("reports").getJsonArray("nodes")).hasSize(1);
    }
}
