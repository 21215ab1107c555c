package org.expirytracker.reports;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.items.AgingBucket;
import org.expirytracker.items.CategoryTotals;
import org.expirytracker.items.Inventory;
import org.expirytracker.items.InventoryRepository;
import org.expirytracker.items.LocationTotals;
import org.expirytracker.items.OutcomeTotals;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.notifications.InventoryDay;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass(name = "distributed: {0}")
@ValueSource(booleans = {false, true})
@Timeout(60)
@ProvenRoom("product")
class ReportWriterTest {

    /** Whether the database asks for one statement of each inventory. */
    @Parameter
    private boolean distributed;

    private static final DatabaseUrl URL = TestDatabase.migrated();
    private static final Database DATABASE = new Database(Vertx.vertx(), URL.connectOptions(), 4);
    private static final ActivityLog LOG = new ActivityLog(DATABASE, new LiveFeed(URL.connectOptions()));

    private static final LocalDate TODAY = LocalDate.of(2026, 11, 22);

    private final ReportWriter writer = new ReportWriter();
    private final ReportRepository reports = new ReportRepository();
    private final Stock stock = new Stock(URL);
    private final InventoryId mine = stock.user();

    private int dayBegan(LocalDate day, InventoryId... users) {
        List<InventoryDay> days = List.of(users).stream()
                .map(user -> new InventoryDay(user, day, null))
                .toList();
        return DATABASE.transaction(connection -> ActivityLog.lockFree(connection, List.of(users))
                        .compose(locked -> writer.daysBegan(connection, days, distributed)))
                .await();
    }

    private Report report(InventoryId user, LocalDate date) {
        return reports.find(DATABASE.reads(), user, date).await().orElseThrow();
    }

    private void fillStock(InventoryId user) {
        UUID dairy = stock.category(user, "dairy");
        UUID ecological = stock.category(user, "Écologique");
        stock.item(user, dairy, "milk", TODAY, 3);
        stock.item(user, dairy, "cheese", TODAY.minusDays(1), 3);
        stock.item(user, ecological, "rice", TODAY.plusDays(100), 30);
        stock.item(user, "salt", null, 30);
        UUID gone = stock.item(user, dairy, "butter", TODAY, 3);
        stock.run("UPDATE items SET quantity = 0 WHERE user_id = ? AND id = ?", user.value(), gone);
    }

    @Nested
    class DaysBegan {

        @Test
        void writes_counts_and_values_by_status_as_of_the_day() {
            fillStock(mine);

            assertThat(dayBegan(TODAY, mine)).isEqualTo(1);

            Report report = report(mine, TODAY);
            assertThat(report.totalItems()).isEqualTo(4);
            assertThat(report.activeItems()).isEqualTo(1);
            assertThat(report.expiringItems()).isEqualTo(1);
            assertThat(report.expiredItems()).isEqualTo(1);
            assertThat(report.undatedItems()).isEqualTo(1);
            assertThat(report.totalValue()).isEqualByComparingTo("12");
            assertThat(report.activeValue()).isEqualByComparingTo("3");
            assertThat(report.expiringValue()).isEqualByComparingTo("3");
            assertThat(report.expiredValue()).isEqualByComparingTo("3");
            assertThat(report.undatedValue()).isEqualByComparingTo("3");
            assertThat(report.discardedValue()).isZero();
        }

        @Test
        void agrees_with_the_inventory_category_by_category() {
            fillStock(mine);

            dayBegan(TODAY, mine);

            Inventory inventory =
                    new InventoryRepository().inventory(DATABASE, mine, TODAY).await();
            Report report = report(mine, TODAY);
            assertThat(report.byCategory()).usingRecursiveComparison().isEqualTo(inventory.byCategory());
            assertThat(report.byCategory())
                    .extracting(CategoryTotals::name)
                    .containsExactly("dairy", "Écologique", null);
        }

        @Test
        void writes_zeros_for_a_user_who_holds_nothing() {
            dayBegan(TODAY, mine);

            Report report = report(mine, TODAY);
            assertThat(report.totalItems()).isZero();
            assertThat(report.totalValue()).isZero();
            assertThat(report.byCategory()).isEmpty();
        }

        @Test
        void counts_for_each_of_many_users_only_what_is_theirs() {
            InventoryId theirs = stock.user();
            fillStock(theirs);

            assertThat(dayBegan(TODAY, mine, theirs)).isEqualTo(2);

            assertThat(report(mine, TODAY).totalItems()).isZero();
            assertThat(report(theirs, TODAY).totalItems()).isEqualTo(4);
        }

        @Test
        void sums_what_was_discarded_since_the_last_report_of_an_earlier_day() {
            UUID milk = stock.item(mine, "milk", TODAY, 3);
            stock.takeOut(mine, milk, "DISCARDED", "1.25");
            stock.takeOut(mine, milk, "SOLD", "100");
            dayBegan(TODAY, mine);
            stock.takeOut(mine, milk, "DISCARDED", "2.5");
            dayBegan(TODAY, mine);
            dayBegan(TODAY.plusDays(1), mine);
            stock.takeOut(mine, milk, "DISCARDED", "4");
            dayBegan(TODAY.plusDays(3), mine);

            assertThat(report(mine, TODAY).discardedValue()).isEqualByComparingTo("3.75");
            assertThat(report(mine, TODAY.plusDays(1)).discardedValue()).isZero();
            assertThat(report(mine, TODAY.plusDays(3)).discardedValue()).isEqualByComparingTo("4");
        }

        @Test
        void counts_by_the_time_to_the_expiry_date_and_leaves_out_what_is_undated() {
            for (int days : List.of(-400, -1, 0, 7, 8, 30, 31, 60, 61, 90, 91, 4000)) {
                stock.item(mine, "in " + days, TODAY.plusDays(days), 3);
            }
            stock.item(mine, "salt", null, 30);

            dayBegan(TODAY, mine);

            assertThat(AgingBucket.complete(
                            Objects.requireNonNull(report(mine, TODAY).aging())))
                    .extracting(bucket -> bucket.band() + " " + bucket.count() + " "
                            + bucket.value().stripTrailingZeros().toPlainString())
                    .containsExactly(
                            "OVERDUE 2 6",
                            "DAYS_0_7 2 6",
                            "DAYS_8_30 2 6",
                            "DAYS_31_60 2 6",
                            "DAYS_61_90 2 6",
                            "LATER 2 6");
        }

        @Test
        void counts_the_100_places_that_hold_most_by_name() {
            stock.item(mine, "salt", null, 30);
            stock.run("UPDATE items SET location = NULL WHERE user_id = ?", mine.value());
            stock.run(
                    "INSERT INTO items (user_id, id, name, location, expiry_date)"
                            + " SELECT ?, new_id(), 'rice', 'Shelf ' || lpad((place % 120)::text, 3, '0'), ?"
                            + " FROM generate_series(1, 219) AS place",
                    mine.value(), TODAY);

            dayBegan(TODAY, mine);

            List<LocationTotals> places = report(mine, TODAY).byLocation();
            assertThat(places).hasSize(100);
            // Two on each of the shelves 1 to 99; of those that hold one, and of no shelf, the first by name.
            assertThat(places)
                    .extracting(LocationTotals::location)
                    .doesNotContainNull()
                    .isSorted();
            assertThat(places.getFirst().location()).isEqualTo("Shelf 000");
            assertThat(places.getLast().location()).isEqualTo("Shelf 099");
            assertThat(places.getLast().expiringItems()).isEqualTo(2);
        }

        @Test
        void agrees_with_the_inventory_place_by_place_and_band_by_band() {
            fillStock(mine);
            stock.run("UPDATE items SET location = 'Éat' WHERE user_id = ? AND name = 'rice'", mine.value());
            stock.run("UPDATE items SET location = NULL WHERE user_id = ? AND name = 'salt'", mine.value());

            dayBegan(TODAY, mine);

            Inventory inventory =
                    new InventoryRepository().inventory(DATABASE, mine, TODAY).await();
            Report report = report(mine, TODAY);
            assertThat(report.byLocation()).usingRecursiveComparison().isEqualTo(inventory.byLocation());
            assertThat(report.byLocation()).extracting(LocationTotals::location).containsExactly("Éat", "Fridge", null);
            assertThat(AgingBucket.complete(Objects.requireNonNull(report.aging())))
                    .usingRecursiveComparison()
                    .isEqualTo(inventory.aging());
        }

        @Test
        void tells_what_left_since_the_last_report_by_what_became_of_it_each_time_in_one_report() {
            UUID milk = stock.item(mine, "milk", TODAY, 3);
            stock.takeOut(mine, milk, "DISCARDED", "1.25");
            stock.takeOut(mine, milk, "SOLD", "3.75");
            dayBegan(TODAY, mine);
            stock.takeOut(mine, milk, "USED", "2");
            stock.run("UPDATE take_outs SET unit = 'kg' WHERE user_id = ? AND outcome = 'SOLD'", mine.value());
            stock.takeOut(mine, milk, "USED", "3");
            // Three days were missed, and are made up for one after another.
            for (int day = 1; day <= 3; day++) {
                dayBegan(TODAY.plusDays(day), mine);
            }

            assertThat(told(TODAY)).containsExactly("USED 0", "SOLD 1 1 l 3.75", "DONATED 0", "DISCARDED 1 1 l 1.25");
            assertThat(told(TODAY.plusDays(1))).containsExactly("USED 2 2 l 5", "SOLD 0", "DONATED 0", "DISCARDED 0");
            assertThat(told(TODAY.plusDays(2))).containsExactly("USED 0", "SOLD 0", "DONATED 0", "DISCARDED 0");
            assertThat(report(mine, TODAY).wasteRate()).isEqualByComparingTo("0.25");
            assertThat(report(mine, TODAY.plusDays(1)).wasteRate()).isZero();
            assertThat(report(mine, TODAY.plusDays(2)).wasteRate()).isNull();
        }

        private List<String> told(LocalDate date) {
            return OutcomeTotals.complete(
                            Objects.requireNonNull(report(mine, date).outcomes()))
                    .stream()
                    .map(each -> each.outcome() + " " + each.count()
                            + each.quantities().stream()
                                    .map(part -> " "
                                            + part.quantity()
                                                    .stripTrailingZeros()
                                                    .toPlainString() + " "
                                            + part.unit() + " "
                                            + each.value().stripTrailingZeros().toPlainString())
                                    .collect(Collectors.joining()))
                    .toList();
        }

        @Test
        void counts_what_is_taken_out_in_the_instant_of_a_report_in_the_next_one() {
            UUID milk = stock.item(mine, "milk", TODAY, 3);
            dayBegan(TODAY, mine);
            stock.takeOut(mine, milk, "USED", "2");
            stock.run(
                    "UPDATE take_outs SET created_at = generated_at FROM reports"
                            + " WHERE reports.user_id = take_outs.user_id AND reports.user_id = ?",
                    mine.value());
            dayBegan(TODAY.plusDays(1), mine);

            assertThat(told(TODAY.plusDays(1))).contains("USED 1 1 l 2");
        }

        @Test
        void leaves_out_what_a_report_of_a_former_release_does_not_tell() {
            stock.run("INSERT INTO reports (user_id, id, date) VALUES (?, new_id(), ?)", mine.value(), TODAY);

            Report report = report(mine, TODAY);
            assertThat(report.aging()).isNull();
            assertThat(report.byLocation()).isEmpty();
            assertThat(report.outcomes()).isNull();
            assertThat(report.wasteRate()).isNull();
            assertThat(RecordJson.read("{\"date\":\"2026-01-01\"}", Report.class)
                            .byLocation())
                    .isEmpty();
        }

        @Test
        void writes_the_report_of_a_day_anew_under_the_same_id() {
            dayBegan(TODAY, mine);
            Report first = report(mine, TODAY);
            fillStock(mine);
            dayBegan(TODAY, mine);
            Report second = report(mine, TODAY);

            assertThat(second.id()).isEqualTo(first.id());
            assertThat(second.totalItems()).isEqualTo(4);
            assertThat(second.generatedAt()).isAfter(first.generatedAt());
            assertThat(stock.column("SELECT id FROM reports WHERE user_id = ?", mine.value()))
                    .hasSize(1);
        }

        @Test
        void writes_to_the_log_what_it_wrote_to_the_table() {
            dayBegan(TODAY, mine);
            Report first = report(mine, TODAY);
            fillStock(mine);
            dayBegan(TODAY, mine);
            Report second = report(mine, TODAY);

            List<Activity> activities = LOG.listAfter(mine, 0, 10).await();
            assertThat(activities).extracting(Activity::kind).containsOnly(ReportActivities.REPORT_GENERATED.name());
            assertThat(activities).extracting(Activity::actor).containsOnly(Activity.Actor.SYSTEM);
            assertThat(activities)
                    .extracting(activity -> activity.state(Report.class))
                    .containsExactly(first, second);
            assertThat(activities.getFirst().before()).isNull();
            assertThat(activities.getLast().before())
                    .isEqualTo(activities.getFirst().after());
        }

        @Test
        void keeps_names_and_values_when_categories_and_items_change_later() {
            fillStock(mine);
            dayBegan(TODAY, mine);
            Report before = report(mine, TODAY);
            stock.run("UPDATE categories SET name = name || '!' WHERE user_id = ?", mine.value());
            stock.run("DELETE FROM items WHERE user_id = ?", mine.value());

            assertThat(report(mine, TODAY)).isEqualTo(before);
        }
    }

    @Nested
    class Write {

        @Test
        void writes_the_same_report_as_an_act_of_the_user() {
            fillStock(mine);
            dayBegan(TODAY, mine);
            Report former = report(mine, TODAY);
            UUID session = UUID.randomUUID();

            Report report = LOG.change(
                            Stock.ownerOf(mine),
                            session,
                            change -> reports.find(change.connection(), mine, TODAY)
                                    .compose(found -> writer.write(change, TODAY, found)))
                    .await();

            assertThat(report).isEqualTo(report(mine, TODAY));
            assertThat(report)
                    .usingRecursiveComparison()
                    .ignoringFields("generatedAt")
                    .isEqualTo(former);
            Activity activity = LOG.listAfter(mine, 1, 10).await().getFirst();
            assertThat(activity.actor()).isEqualTo(Activity.Actor.USER);
            assertThat(activity.sessionId()).isEqualTo(session);
            assertThat(activity.state(Report.class)).isEqualTo(report);
            assertThat(activity.before()).isNotNull();
        }
    }
}
