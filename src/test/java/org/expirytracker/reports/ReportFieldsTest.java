package org.expirytracker.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@ProvenRoom("product")
class ReportFieldsTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final TestApi NODE = TestApi.node();
    private static final String FIELDS = """
            id date totalItems activeItems expiringItems expiredItems undatedItems
            totalValue activeValue expiringValue expiredValue undatedValue discardedValue
            byCategory { name category { name } totalItems activeItems expiringItems expiredItems undatedItems
                totalValue activeValue expiringValue expiredValue undatedValue }
            generatedAt previous { date totalItems }
            """;

    private final User user = NODE.newUser(Noon.ZONE);

    private static JsonObject dated(String name, int days) {
        return JsonObject.of("name", name, "expiryDate", Noon.inDays(days), "costPrice", "1.5", "quantity", 2);
    }

    private JsonObject generate() {
        return user.mutate("generateReport", "report { " + FIELDS + " }", new JsonObject())
                .getJsonObject("report");
    }

    private @Nullable JsonObject report(String date) {
        return user.query(
                        "query ($date: Date!) { report(date: $date) { " + FIELDS + " } }", JsonObject.of("date", date))
                .getJsonObject("report");
    }

    private JsonObject ofToday() {
        return Objects.requireNonNull(report(Noon.inDays(0)));
    }

    private JsonObject reports(String arguments) {
        return user.query("{ reports" + arguments + " { nodes { date previous { date } } totalCount"
                        + " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }")
                .getJsonObject("reports");
    }

    /** A report of a day in the past, as its turn of the day would have left it. */
    private void written(int daysAgo) {
        STOCK.run(
                "INSERT INTO reports (user_id, id, date, total_items, generated_at)"
                        + " SELECT id, new_id(), ?::date, ?, now() - make_interval(days => ?)"
                        + " FROM users WHERE username = ?",
                Noon.inDays(-daysAgo),
                daysAgo,
                daysAgo,
                user.name());
    }

    private void discard(String name, String price, String outcome) {
        String id = user.createItem(JsonObject.of("name", name, "costPrice", price));
        user.mutate("takeOut", "item { id }", JsonObject.of("itemId", id, "outcome", outcome));
    }

    @Nested
    class GenerateReport {

        @Test
        void counts_and_values_what_is_in_stock_by_status() {
            user.createItems(
                    dated("expired", -1),
                    dated("today", 0),
                    dated("soon", 30),
                    dated("later", 31),
                    JsonObject.of("name", "salt", "costPrice", "0.1"),
                    JsonObject.of("name", "no price"));
            discard("used up", "100", "USED");

            assertThat(generate().getMap())
                    .containsEntry("date", Noon.inDays(0))
                    .containsEntry("totalItems", 6)
                    .containsEntry("expiredItems", 1)
                    .containsEntry("expiringItems", 2)
                    .containsEntry("activeItems", 1)
                    .containsEntry("undatedItems", 2)
                    .containsEntry("totalValue", "12.1")
                    .containsEntry("expiredValue", "3")
                    .containsEntry("expiringValue", "6")
                    .containsEntry("activeValue", "3")
                    .containsEntry("undatedValue", "0.1")
                    .containsEntry("discardedValue", "0")
                    .containsEntry("previous", null);
        }

        @Test
        void agrees_with_the_inventory_of_the_day() {
            String dairy = user.createCategory("Dairy");
            user.createItems(dated("a", -3).put("categoryId", dairy), dated("b", 3), dated("c", 300));
            String totals = "name totalItems activeItems expiringItems expiredItems undatedItems"
                    + " totalValue activeValue expiringValue expiredValue undatedValue category { name }";

            JsonObject inventory = user.query("{ inventory { total { count value } byCategory { " + totals + " } } }")
                    .getJsonObject("inventory");
            JsonObject report = user.mutate(
                            "generateReport",
                            "report { totalItems totalValue byCategory { " + totals + " } }",
                            new JsonObject())
                    .getJsonObject("report");

            assertThat(report.getJsonArray("byCategory")).isEqualTo(inventory.getJsonArray("byCategory"));
            assertThat(report.getInteger("totalItems"))
                    .isEqualTo(inventory.getJsonObject("total").getInteger("count"));
            assertThat(report.getString("totalValue"))
                    .isEqualTo(inventory.getJsonObject("total").getString("value"));
        }

        @Test
        void counts_by_category_by_name_with_none_last_and_keeps_the_name_of_the_day() {
            String oil = user.createCategory("Oil");
            String dairy = user.createCategory("dairy");
            user.createCategory("Empty");
            user.createItems(
                    dated("a", -1).put("categoryId", dairy),
                    dated("b", 1).put("categoryId", dairy),
                    dated("c", 99).put("categoryId", oil),
                    JsonObject.of("name", "d"));
            generate();

            user.mutate("updateCategory", "category { id }", JsonObject.of("id", dairy, "name", "Milk and more"));
            user.mutate("deleteCategory", "deletedId", JsonObject.of("id", oil));
            JsonArray byCategory = ofToday().getJsonArray("byCategory");

            assertThat(each(byCategory, "name")).containsExactly("dairy", "Oil", null);
            assertThat(each(byCategory, "category"))
                    .containsExactly(JsonObject.of("name", "Milk and more"), null, null);
            assertThat(each(byCategory, "totalItems")).containsExactly(2, 1, 1);
            assertThat(each(byCategory, "expiredItems")).containsExactly(1, 0, 0);
            assertThat(each(byCategory, "expiringItems")).containsExactly(1, 0, 0);
            assertThat(each(byCategory, "activeItems")).containsExactly(0, 1, 0);
            assertThat(each(byCategory, "undatedItems")).containsExactly(0, 0, 1);
            assertThat(each(byCategory, "totalValue")).containsExactly("6", "3", "0");
            assertThat(each(byCategory, "expiredValue")).containsExactly("3", "0", "0");
        }

        @Test
        void tells_the_value_of_what_was_thrown_away_since_the_previous_report() {
            discard("long ago", "100", "DISCARDED");
            STOCK.run(
                    "UPDATE take_outs SET created_at = now() - interval '2 days' FROM users"
                            + " WHERE users.id = user_id AND username = ?",
                    user.name());
            written(1);
            discard("now", "2.25", "DISCARDED");
            discard("now too", "1", "DISCARDED");
            discard("eaten", "50", "USED");
            discard("sold", "50", "SOLD");
            discard("given away", "50", "DONATED");

            assertThat(generate().getString("discardedValue")).isEqualTo("3.25");
            // What is written anew still tells what happened since the report of the day before.
            assertThat(generate().getString("discardedValue")).isEqualTo("3.25");
        }

        @Test
        void tells_every_band_and_outcome_and_none_of_a_report_from_before_they_were_counted() {
            written(1);
            JsonArray nodes = user.query(
                            "{ reports { nodes { byLocation { location } aging { band } outcomes { outcome } wasteRate } } }")
                    .getJsonObject("reports")
                    .getJsonArray("nodes");
            assertThat(nodes.getJsonObject(0).encode())
                    .isEqualTo("{\"byLocation\":[],\"aging\":[],\"outcomes\":[],\"wasteRate\":null}");

            JsonObject report = user.mutate(
                            "generateReport",
                            "report { aging { band count } outcomes { outcome count } }",
                            new JsonObject())
                    .getJsonObject("report");

            assertThat(each(report.getJsonArray("aging"), "band"))
                    .containsExactly("OVERDUE", "DAYS_0_7", "DAYS_8_30", "DAYS_31_60", "DAYS_61_90", "LATER");
            assertThat(each(report.getJsonArray("outcomes"), "outcome"))
                    .containsExactly("USED", "SOLD", "DONATED", "DISCARDED");
        }

        @Test
        void writes_one_for_each_day_anew_under_the_same_id() {
            user.createItems(dated("Milk", 1));
            JsonObject first = generate();
            user.createItems(dated("Cream", 1));

            JsonObject second = generate();

            assertThat(second.getString("id")).isEqualTo(first.getString("id"));
            assertThat(second.getInteger("totalItems")).isEqualTo(2);
            assertThat(second.getString("generatedAt")).isGreaterThan(first.getString("generatedAt"));
            assertThat(reports("").getInteger("totalCount")).isEqualTo(1);
        }

        @Test
        void is_a_snapshot_that_later_changes_do_not_touch() {
            String milk = user.createItem(dated("Milk", 1));
            JsonObject report = generate();

            user.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));

            assertThat(report(Noon.inDays(0))).isEqualTo(report);
        }

        @Test
        void of_nothing_is_all_zeros() {
            JsonObject report = generate();

            assertThat(report.getInteger("totalItems")).isZero();
            assertThat(report.getString("totalValue")).isEqualTo("0");
            assertThat(report.getJsonArray("byCategory")).isEmpty();
        }

        @Test
        void takes_the_date_only_if_it_is_today_where_the_user_lives() {
            for (int day : List.of(-1, 1)) {
                assertThat(user.refusals("generateReport", JsonObject.of("date", Noon.inDays(day))))
                        .containsExactly("INVALID input.date");
            }
            assertThat(reports("").getInteger("totalCount")).isZero();

            assertThat(user.refusals("generateReport", JsonObject.of("date", Noon.inDays(0))))
                    .isEmpty();
            assertThat(reports("").getInteger("totalCount")).isEqualTo(1);
        }

        @Test
        void is_refused_where_it_is_yesterday_again_after_a_report_of_today() {
            User mover = NODE.newUser("Pacific/Kiritimati");
            mover.mutate("generateReport", "report { id }", new JsonObject());
            mover.mutate("updateProfile", "viewer { id }", JsonObject.of("timeZone", "Pacific/Pago_Pago"));

            assertThat(mover.refusals("generateReport", new JsonObject())).containsExactly("CONFLICT ");
        }

        @Test
        void bears_the_date_of_the_users_own_day() {
            for (String zone : List.of("Pacific/Kiritimati", "Pacific/Pago_Pago")) {
                assertThat(NODE.newUser(zone)
                                .mutate("generateReport", "report { date }", new JsonObject())
                                .getJsonObject("report")
                                .getString("date"))
                        .isEqualTo(LocalDate.now(ZoneId.of(zone)).toString());
            }
        }
    }

    @Nested
    class Previous {

        @Test
        void is_the_last_report_before_whatever_lies_between() {
            written(9);
            written(4);

            JsonObject today = generate();

            assertThat(today.getJsonObject("previous"))
                    .isEqualTo(JsonObject.of("date", Noon.inDays(-4), "totalItems", 4));
            assertThat(each(reports("").getJsonArray("nodes"), "previous"))
                    .containsExactly(
                            JsonObject.of("date", Noon.inDays(-4)), JsonObject.of("date", Noon.inDays(-9)), null);
        }
    }

    @Nested
    class DeleteReport {

        @Test
        void takes_it_away_once() {
            JsonObject input = JsonObject.of("id", generate().getString("id"));

            assertThat(user.mutate("deleteReport", "deletedId", input).getString("deletedId"))
                    .isEqualTo(input.getString("id"));

            assertThat(report(Noon.inDays(0))).isNull();
            assertThat(user.refusals("deleteReport", input)).containsExactly("NOT_FOUND input.id");
        }

        @Test
        void makes_the_one_before_it_the_previous_of_the_next() {
            written(2);
            written(1);
            generate();
            String yesterday = user.query(
                            "query ($date: Date!) { report(date: $date) { id } }",
                            JsonObject.of("date", Noon.inDays(-1)))
                    .getJsonObject("report")
                    .getString("id");

            user.mutate("deleteReport", "deletedId", JsonObject.of("id", yesterday));

            assertThat(ofToday().getJsonObject("previous").getString("date")).isEqualTo(Noon.inDays(-2));
        }

        @Test
        void does_not_find_another_users() {
            User other = NODE.newUser(Noon.ZONE);
            String theirs = other.mutate("generateReport", "report { id }", new JsonObject())
                    .getJsonObject("report")
                    .getString("id");

            assertThat(user.refusals("deleteReport", JsonObject.of("id", theirs)))
                    .containsExactly("NOT_FOUND input.id");
            assertThat(report(Noon.inDays(0))).isNull();
            assertThat(other.query("{ reports { totalCount } }").getJsonObject("reports"))
                    .isEqualTo(JsonObject.of("totalCount", 1));
        }
    }

    @Nested
    class Listing {

        private List<Object> days(int from, int to) {
            return IntStream.rangeClosed(from, to)
                    .<Object>mapToObj(day -> Noon.inDays(-day))
                    .toList();
        }

        private List<Object> dates(JsonObject page) {
            return each(page.getJsonArray("nodes"), "date");
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 3, 8})
        void is_latest_first_and_reads_each_once_forward_and_backward(int size) {
            IntStream.rangeClosed(1, 8).forEach(ReportFieldsTest.this::written);

            List<Object> forward = new ArrayList<>();
            String after = "";
            JsonObject page;
            do {
                page = reports("(first: " + size + after + ")");
                assertThat(page.getInteger("totalCount")).isEqualTo(8);
                forward.addAll(dates(page));
                after = ", after: \"" + page.getJsonObject("pageInfo").getString("endCursor") + "\"";
            } while (page.getJsonObject("pageInfo").getBoolean("hasNextPage"));
            List<Object> backward = new ArrayList<>();
            String before = "";
            do {
                page = reports("(last: " + size + before + ")");
                backward.addAll(0, dates(page));
                before = ", before: \"" + page.getJsonObject("pageInfo").getString("startCursor") + "\"";
            } while (page.getJsonObject("pageInfo").getBoolean("hasPreviousPage"));

            assertThat(forward).isEqualTo(days(1, 8));
            assertThat(backward).isEqualTo(days(1, 8));
        }

        @Test
        void is_of_a_range_of_days_with_both_ends_in_it() {
            IntStream.rangeClosed(1, 8).forEach(ReportFieldsTest.this::written);
            String from = "from: \"" + Noon.inDays(-5) + "\"";
            String to = "to: \"" + Noon.inDays(-3) + "\"";

            assertThat(dates(reports("(" + from + ")"))).isEqualTo(days(1, 5));
            assertThat(dates(reports("(" + to + ")"))).isEqualTo(days(3, 8));
            JsonObject between = reports("(" + from + ", " + to + ", first: 2)");
            assertThat(dates(between)).isEqualTo(days(3, 4));
            assertThat(between.getInteger("totalCount")).isEqualTo(3);
            String after = ", after: \"" + between.getJsonObject("pageInfo").getString("endCursor") + "\"";
            JsonObject rest = reports("(" + from + ", " + to + after + ")");
            assertThat(dates(rest)).isEqualTo(days(5, 5));
            assertThat(rest.getJsonObject("pageInfo").getBoolean("hasNextPage")).isFalse();
        }

        @Test
        void of_a_leap_year_is_one_page_and_no_page_holds_more() {
            STOCK.run(
                    "INSERT INTO reports (user_id, id, date) SELECT id, new_id(), ?::date - n"
                            + " FROM users, generate_series(1, 367) AS n WHERE username = ?",
                    Noon.inDays(0),
                    user.name());

            JsonObject year = reports("(first: 366)");
            assertThat(dates(year)).isEqualTo(days(1, 366));
            assertThat(year.getInteger("totalCount")).isEqualTo(367);
            for (String size : List.of("first: 367", "last: 367")) {
                JsonObject refused = user.answer("{ reports(" + size + ") { totalCount } }", new JsonObject());
                assertThat(refused.getJsonArray("errors").getJsonObject(0).getString("message"))
                        .contains("must be from 1 to 366");
            }
        }
    }

    @Nested
    class ReportTrend {

        private JsonArray trend(String from, String to, String by) {
            return user.query(
                            "query ($from: Date!, $to: Date!) { reportTrend(from: $from, to: $to" + by + ") {"
                                    + " from to report { date totalItems } wasteRate"
                                    + " outcomes { outcome count value quantities { unit quantity } } } }",
                            JsonObject.of("from", from, "to", to))
                    .getJsonArray("reportTrend");
        }

        /** Taken out at noon of a day in the past. */
        private void discarded(int daysAgo, String price, String outcome) {
            discard("gone", price, outcome);
            STOCK.run(
                    "UPDATE take_outs SET created_at = (?::date + time '12:00') AT TIME ZONE time_zone"
                            + " FROM users WHERE users.id = user_id AND username = ?"
                            + " AND take_outs.created_at > now() - interval '1 minute'",
                    Noon.inDays(-daysAgo),
                    user.name());
        }

        @Test
        void tells_each_day_with_its_report_and_what_left_on_it() {
            written(3);
            written(1);
            discarded(3, "4", "DISCARDED");
            discarded(3, "12", "USED");
            discarded(2, "5", "SOLD");

            JsonArray trend = trend(Noon.inDays(-3), Noon.inDays(-1), "");

            assertThat(each(trend, "from")).containsExactly(Noon.inDays(-3), Noon.inDays(-2), Noon.inDays(-1));
            assertThat(each(trend, "to")).isEqualTo(each(trend, "from"));
            assertThat(each(trend, "report"))
                    .containsExactly(
                            JsonObject.of("date", Noon.inDays(-3), "totalItems", 3),
                            null,
                            JsonObject.of("date", Noon.inDays(-1), "totalItems", 1));
            assertThat(each(trend, "wasteRate")).containsExactly("0.25", "0", null);
            assertThat(each(trend.getJsonObject(0).getJsonArray("outcomes"), "value"))
                    .containsExactly("12", "0", "0", "4");
            assertThat(each(trend.getJsonObject(1).getJsonArray("outcomes"), "count"))
                    .containsExactly(0, 1, 0, 0);
        }

        @Test
        void has_iso_weeks_and_calendar_months_cut_at_both_ends() {
            assertThat(trend("2026-01-01", "2026-01-14", ", by: WEEK").stream()
                            .map(JsonObject.class::cast)
                            .map(point -> point.getString("from") + " " + point.getString("to")))
                    .containsExactly("2026-01-01 2026-01-04", "2026-01-05 2026-01-11", "2026-01-12 2026-01-14");
            assertThat(trend("2024-01-31", "2024-03-01", ", by: MONTH").stream()
                            .map(JsonObject.class::cast)
                            .map(point -> point.getString("from") + " " + point.getString("to")))
                    .containsExactly("2024-01-31 2024-01-31", "2024-02-01 2024-02-29", "2024-03-01 2024-03-01");
        }

        @Test
        void tells_the_last_report_of_an_interval_and_all_that_left_within_it() {
            String monday = Noon.today()
                    .with(TemporalAdjusters.previous(DayOfWeek.MONDAY))
                    .minusDays(7)
                    .toString();
            int daysAgo = (int) ChronoUnit.DAYS.between(LocalDate.parse(monday), Noon.today());
            written(daysAgo);
            written(daysAgo - 4);
            discarded(daysAgo, "1", "DONATED");
            discarded(daysAgo - 6, "2", "DONATED");
            discarded(daysAgo - 7, "9", "DONATED");

            JsonArray trend = trend(monday, Noon.inDays(6 - daysAgo), ", by: WEEK");

            assertThat(each(trend, "report"))
                    .containsExactly(JsonObject.of("date", Noon.inDays(4 - daysAgo), "totalItems", daysAgo - 4));
            assertThat(trend.getJsonObject(0).getJsonArray("outcomes").getJsonObject(2))
                    .isEqualTo(JsonObject.of(
                            "outcome",
                            "DONATED",
                            "count",
                            2,
                            "value",
                            "3",
                            "quantities",
                            JsonArray.of(JsonObject.of("unit", "pcs", "quantity", "2"))));
        }

        @Test
        void of_a_leap_year_comes_at_once_and_no_more_than_that() {
            assertThat(trend("2024-01-01", "2024-12-31", "")).hasSize(366);
            for (String to : List.of("2025-01-01", "2023-12-31")) {
                JsonObject refused = user.answer(
                        "{ reportTrend(from: \"2024-01-01\", to: \"" + to + "\") { from } }", new JsonObject());
                assertThat(refused.getJsonArray("errors")
                                .getJsonObject(0)
                                .getJsonObject("extensions")
                                .getString("code"))
                        .isEqualTo("INVALID");
            }
        }

        @Test
        void costs_as_many_objects_as_it_may_have() {
            String document = "query ($to: Date!) { reportTrend(from: \"2024-01-01\", to: $to, by: MONTH) { from } }";

            assertThat(user.answer(document, JsonObject.of("to", "2024-12-31"))
                            .getJsonObject("extensions")
                            .getJsonObject("cost")
                            .getInteger("requested"))
                    .isBetween(12, 14);
        }
    }
}
