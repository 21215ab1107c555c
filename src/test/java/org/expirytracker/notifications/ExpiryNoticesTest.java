package org.expirytracker.notifications;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
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
class ExpiryNoticesTest {

    /** Whether the database asks for one statement of each inventory. */
    @Parameter
    private boolean distributed;

    private static final DatabaseUrl URL = TestDatabase.migrated();
    private static final Vertx VERTX = Vertx.vertx();
    private static final Database DATABASE = new Database(VERTX, URL.connectOptions(), 4);
    private static final ActivityLog LOG = new ActivityLog(DATABASE, new LiveFeed(URL.connectOptions()));

    private static final LocalDate TODAY = LocalDate.of(2026, 11, 22);
    private static final LocalDate YESTERDAY = TODAY.minusDays(1);

    private final ExpiryNotices notices = new ExpiryNotices();
    private final NotificationRepository notifications = new NotificationRepository();
    private final Stock stock = new Stock(URL);
    private final InventoryId mine = stock.user();

    private int dayBegan(InventoryId user, LocalDate day, @Nullable LocalDate previousDay) {
        List<InventoryDay> days = List.of(new InventoryDay(user, day, previousDay));
        return DATABASE.transaction(connection -> ActivityLog.lockFree(connection, List.of(user))
                        .compose(locked -> notices.daysBegan(connection, days, distributed)))
                .await();
    }

    /** As when their owner has set the date of an item, or filled up its stock. */
    private int renewed(UUID item) {
        return LOG.change(
                        Stock.ownerOf(mine),
                        null,
                        change -> notices.datesChanged(change, TODAY, List.of(item), List.of(item)))
                .await();
    }

    private int datesChanged(InventoryId user, LocalDate today, UUID... items) {
        return LOG.change(
                        Stock.ownerOf(user),
                        null,
                        change -> notices.datesChanged(change, today, List.of(items), List.of()))
                .await();
    }

    private List<@Nullable String> titles(InventoryId user) {
        return stock.column("SELECT title FROM notifications WHERE user_id = ? ORDER BY title", user.value());
    }

    private List<@Nullable String> kinds(UUID item) {
        return stock.column("SELECT kind FROM notifications WHERE item_id = ? ORDER BY created_at, id", item);
    }

    /** What was told of an item, the oldest first, as reminder and, when resolved, why. */
    private List<@Nullable String> reminders(UUID item) {
        return stock.column("SELECT reminder FROM notifications WHERE item_id = ? ORDER BY created_at, id", item);
    }

    private List<@Nullable String> open(UUID item) {
        return stock.column("SELECT reminder FROM notifications WHERE item_id = ? AND resolution IS NULL", item);
    }

    private List<@Nullable String> resolutions(UUID item) {
        return stock.column(
                "SELECT reminder || ' ' || resolution || ' ' || status FROM notifications"
                        + " WHERE item_id = ? AND resolution IS NOT NULL ORDER BY created_at, id",
                item);
    }

    private void settings(InventoryId user, String days, String percents) {
        stock.run(
                "INSERT INTO reminder_settings (user_id, days, percents) VALUES (?, ?::smallint[], ?::smallint[])",
                user.value(),
                days,
                percents);
    }

    /** Turns every day from one to another, both included, each once. */
    private void daysBegan(LocalDate from, LocalDate to) {
        for (LocalDate day = from; !day.isAfter(to); day = day.plusDays(1)) {
            dayBegan(mine, day, day.minusDays(1));
        }
    }

    /** Where several people hold things together. */
    @Nested
    class Members {

        private final InventoryId friend = stock.user();

        @BeforeEach
        void join() {
            stock.run("INSERT INTO members VALUES (?, ?, 'VIEWER', '2026-01-01')", mine.value(), friend.value());
        }

        /** What was told of an item, the oldest first, as reminder and to whom it is not addressed. */
        private List<@Nullable String> addressed(UUID item) {
            return stock.column(
                    "SELECT reminder || ' ' || replace(replace(coalesce(not_for::text, '-'), ?, 'owner'), ?, 'friend') || ' '"
                            + " || CASE WHEN read_at = created_at THEN status ELSE '-' END"
                            + " FROM notifications WHERE item_id = ? ORDER BY created_at, id",
                    mine.value().toString(),
                    friend.value().toString(),
                    item);
        }

        @Test
        void are_each_notified_by_their_own_reminders_and_all_of_lead_days_and_dates() {
            settings(mine, "{14,3}", "{}");
            settings(friend, "{7,3}", "{}");
            UUID item = stock.item(mine, "milk", TODAY.plusDays(40), 30);

            daysBegan(TODAY, TODAY.plusDays(41));

            assertThat(addressed(item))
                    .containsExactly("D30 - -", "D14 {friend} -", "D7 {owner} READ", "D3 - -", " - -");
        }

        @Test
        void are_notified_once_of_several_that_were_crossed_each_by_one_of_theirs() {
            settings(mine, "{7}", "{}");
            settings(friend, "{10}", "{}");
            UUID item = stock.item(mine, "milk", TODAY.plusDays(5), 30);

            dayBegan(mine, TODAY, TODAY.minusDays(8));

            assertThat(addressed(item)).containsExactly("D7 - -");
        }

        @Test
        void are_each_notified_at_their_own_percentages_as_long_as_they_are_members() {
            settings(mine, "{}", "{20}");
            settings(friend, "{}", "{50}");
            UUID item = stock.item(mine, "reagent", TODAY.plusDays(100), 0);
            stock.run("UPDATE items SET purchase_date = ? WHERE id = ?", TODAY, item);
            datesChanged(mine, TODAY, item);

            daysBegan(TODAY, TODAY.plusDays(60));
            assertThat(addressed(item)).containsExactly("P50 {owner} READ");
            UUID later = stock.item(mine, "later", TODAY.plusDays(160), 0);
            stock.run("UPDATE items SET purchase_date = ? WHERE id = ?", TODAY.plusDays(60), later);
            datesChanged(mine, TODAY.plusDays(60), later);
            stock.run("DELETE FROM members WHERE user_id = ? AND inventory_id = ?", friend.value(), mine.value());
            daysBegan(TODAY.plusDays(61), TODAY.plusDays(150));

            assertThat(addressed(item)).containsExactly("P50 {owner} READ", "P20 - -", "D0 - -", " - -");
            assertThat(addressed(later)).containsExactly("P20 - -");
        }

        @Test
        void are_all_notified_as_the_category_wants() {
            settings(friend, "{7}", "{}");
            UUID category = stock.category(mine, "Cheese");
            stock.run(
                    "INSERT INTO category_reminders (user_id, category_id, days, percents) VALUES (?, ?, '{2}', '{}')",
                    mine.value(), category);
            UUID cheese = stock.item(mine, category, "cheese", TODAY.plusDays(40), 30);

            daysBegan(TODAY, TODAY.plusDays(41));

            assertThat(addressed(cheese)).containsExactly("D30 - -", "D2 - -", " - -");
        }
    }

    @Nested
    class Reminders {

        @Test
        void come_30_7_1_and_0_days_before_the_date_and_the_day_after_it() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(40), 30);

            daysBegan(TODAY, TODAY.plusDays(45));

            assertThat(reminders(item)).containsExactly("D30", "D7", "D1", "D0", "");
            assertThat(stock.column(
                            "SELECT message FROM notifications WHERE item_id = ? ORDER BY created_at, id", item))
                    .element(1)
                    .isEqualTo("You have 2 l of milk (Fridge). Its last good day is 2027-01-01, in 7 days.");
        }

        @Test
        void come_within_the_lead_days_only_and_at_their_beginning_too() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(40), 5);

            daysBegan(TODAY, TODAY.plusDays(45));

            assertThat(reminders(item)).containsExactly("D5", "D1", "D0", "");
        }

        @Test
        void come_as_the_user_or_the_category_wants() {
            settings(mine, "{14,3}", "{}");
            UUID category = stock.category(mine, "Cheese");
            stock.run(
                    "INSERT INTO category_reminders (user_id, category_id, days, percents) VALUES (?, ?, '{2}', '{}')",
                    mine.value(), category);
            UUID bread = stock.item(mine, "bread", TODAY.plusDays(40), 30);
            UUID cheese = stock.item(mine, category, "cheese", TODAY.plusDays(40), 30);

            daysBegan(TODAY, TODAY.plusDays(41));

            assertThat(reminders(bread)).containsExactly("D30", "D14", "D3", "");
            assertThat(reminders(cheese)).containsExactly("D30", "D2", "");
        }

        @Test
        void come_at_percentages_of_life_left_where_the_date_of_purchase_is_known() {
            settings(mine, "{}", "{50,10}");
            UUID known = stock.item(mine, "reagent", TODAY.plusDays(100), 0);
            UUID unknown = stock.item(mine, "other", TODAY.plusDays(100), 0);
            stock.run("UPDATE items SET purchase_date = ? WHERE id = ?", TODAY, known);
            datesChanged(mine, TODAY, known, unknown);

            daysBegan(TODAY, TODAY.plusDays(49));
            assertThat(reminders(known)).isEmpty();
            dayBegan(mine, TODAY.plusDays(50), TODAY.plusDays(49));
            assertThat(reminders(known)).containsExactly("P50");
            daysBegan(TODAY.plusDays(51), TODAY.plusDays(101));

            assertThat(reminders(known)).containsExactly("P50", "P10", "D0", "");
            assertThat(reminders(unknown)).containsExactly("D0", "");
        }

        @Test
        void of_which_several_were_crossed_at_once_only_the_latest_comes() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(1), 30);
            UUID late = stock.item(mine, "late", TODAY.plusDays(5), 30);

            dayBegan(mine, TODAY, TODAY.minusDays(60));
            datesChanged(mine, TODAY, late);

            assertThat(reminders(item)).containsExactly("D1");
            assertThat(reminders(late)).containsExactly("D7");
        }

        @Test
        void take_the_place_of_what_was_told_before() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(7), 30);

            daysBegan(TODAY, TODAY.plusDays(6));

            assertThat(open(item)).containsExactly("D1");
            assertThat(resolutions(item)).containsExactly("D7 SUPERSEDED READ");
            assertThat(LOG.listAfter(mine, 0, 10).await())
                    .extracting(Activity::kind)
                    .containsExactly(
                            NotificationActivities.NOTIFICATION_CREATED.name(),
                            NotificationActivities.NOTIFICATION_UPDATED.name(),
                            NotificationActivities.NOTIFICATION_CREATED.name());
        }

        @Test
        void do_not_come_of_what_was_acknowledged_until_it_bears_another_date() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(7), 30);
            dayBegan(mine, TODAY, TODAY.minusDays(1));
            LocalDate date = TODAY.plusDays(7);
            notifications.acknowledge(DATABASE.reads(), mine, item, date).await();
            notifications.settle(DATABASE.reads(), mine, item, date).await();

            daysBegan(TODAY.plusDays(1), TODAY.plusDays(9));
            assertThat(reminders(item)).containsExactly("D7");
            assertThat(open(item)).isEmpty();

            stock.run("UPDATE items SET expiry_date = ? WHERE id = ?", TODAY.plusDays(10), item);
            daysBegan(TODAY.plusDays(10), TODAY.plusDays(10));
            assertThat(open(item)).containsExactly("D0");
        }

        @Test
        void do_not_come_while_snoozed_and_once_on_the_day_it_ends() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(7), 30);
            dayBegan(mine, TODAY, TODAY.minusDays(1));
            snooze(item, TODAY.plusDays(5));

            daysBegan(TODAY.plusDays(1), TODAY.plusDays(4));
            assertThat(reminders(item)).containsExactly("D7");

            daysBegan(TODAY.plusDays(5), TODAY.plusDays(5));
            assertThat(reminders(item)).containsExactly("D7", "S20261127");
            assertThat(kinds(item)).containsExactly("EXPIRING_SOON", "EXPIRING_SOON");
            assertThat(resolutions(item)).containsExactly("D7 SUPERSEDED READ");
        }

        @Test
        void come_on_the_date_itself_and_after_it_however_long_it_is_snoozed() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(7), 30);
            dayBegan(mine, TODAY, TODAY.minusDays(1));
            snooze(item, TODAY.plusDays(60));

            daysBegan(TODAY.plusDays(1), TODAY.plusDays(6));
            assertThat(reminders(item))
                    .as("the reminder of the day before is put off")
                    .containsExactly("D7");

            daysBegan(TODAY.plusDays(7), TODAY.plusDays(7));
            snooze(item, TODAY.plusDays(60));
            daysBegan(TODAY.plusDays(8), TODAY.plusDays(70));

            assertThat(reminders(item)).containsExactly("D7", "D0", "");
            assertThat(kinds(item)).containsExactly("EXPIRING_SOON", "EXPIRING_SOON", "EXPIRED");
        }

        private void snooze(UUID item, LocalDate until) {
            UUID open = UUID.fromString(String.valueOf(
                    stock.column("SELECT id FROM notifications WHERE item_id = ? AND resolution IS NULL", item)
                            .getFirst()));
            notifications.snooze(DATABASE.reads(), mine, open, until).await();
        }

        @Test
        void come_after_a_snooze_until_a_day_of_which_was_told_already() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(3), 3);
            dayBegan(mine, TODAY, YESTERDAY);
            stock.run("UPDATE notifications SET snoozed_until = ? WHERE item_id = ?", TODAY.plusDays(1), item);
            dayBegan(mine, TODAY.plusDays(1), TODAY);
            // As it can be chosen once more after a move westward.
            stock.run(
                    "UPDATE notifications SET snoozed_until = ? WHERE item_id = ? AND resolution IS NULL",
                    TODAY.plusDays(1),
                    item);

            dayBegan(mine, TODAY.plusDays(2), TODAY.plusDays(1));

            assertThat(open(item)).containsExactly("D1");
        }

        @Test
        void are_not_made_again_after_they_were_deleted() {
            UUID item = stock.item(mine, "milk", TODAY, 3);
            datesChanged(mine, TODAY, item);
            UUID told =
                    UUID.fromString(String.valueOf(stock.column("SELECT id FROM notifications WHERE item_id = ?", item)
                            .getFirst()));
            notifications.delete(DATABASE.reads(), mine, told).await();

            assertThat(datesChanged(mine, TODAY, item)).isZero();
            dayBegan(mine, TODAY.plusDays(1), TODAY);
            assertThat(reminders(item)).containsExactly("");
        }
    }

    @Nested
    class DaysBegan {

        @Test
        void tells_of_what_came_within_its_lead_days_and_of_what_passed_its_date_since_the_previous_day() {
            UUID justWithin = stock.item(mine, "within since today", TODAY.plusDays(3), 3);
            UUID within = stock.item(mine, "within since yesterday", TODAY.plusDays(2), 3);
            UUID later = stock.item(mine, "within from tomorrow", TODAY.plusDays(4), 3);
            UUID lastDay = stock.item(mine, "good through today", TODAY, 0);
            UUID justExpired = stock.item(mine, "good through yesterday", YESTERDAY, 3);
            UUID expired = stock.item(mine, "good through the day before", YESTERDAY.minusDays(1), 3);
            UUID undated = stock.item(mine, "undated", null, 3);

            assertThat(dayBegan(mine, TODAY, YESTERDAY)).isEqualTo(3);

            assertThat(kinds(justWithin)).containsExactly("EXPIRING_SOON");
            assertThat(kinds(lastDay)).containsExactly("EXPIRING_SOON");
            assertThat(kinds(justExpired)).containsExactly("EXPIRED");
            assertThat(List.of(within, later, expired, undated))
                    .allSatisfy(item -> assertThat(kinds(item)).isEmpty());
        }

        @Test
        void tells_a_user_who_was_never_told_of_everything_that_is_due() {
            UUID old = stock.item(mine, "old", TODAY.minusYears(20), 30);
            UUID soon = stock.item(mine, "soon", TODAY.plusDays(1), 3650);

            assertThat(dayBegan(mine, TODAY, null)).isEqualTo(2);

            assertThat(kinds(old)).containsExactly("EXPIRED");
            assertThat(kinds(soon)).containsExactly("EXPIRING_SOON");
        }

        @Test
        void tells_only_the_later_of_two_crossings_when_days_were_missed() {
            UUID item = stock.item(mine, "milk", TODAY.minusDays(2), 3);

            dayBegan(mine, TODAY, TODAY.minusDays(10));

            assertThat(kinds(item)).containsExactly("EXPIRED");
        }

        @Test
        void tells_every_crossing_on_its_day_and_each_once() {
            UUID item = stock.item(mine, "milk", TODAY, 1);

            for (LocalDate day = TODAY.minusDays(3); day.isBefore(TODAY.plusDays(4)); day = day.plusDays(1)) {
                dayBegan(mine, day, day.minusDays(1));
                dayBegan(mine, day, null);
            }

            assertThat(reminders(item)).containsExactly("D1", "D0", "");
        }

        @Test
        void passes_over_what_is_used_up() {
            UUID item = stock.item(mine, "milk", TODAY, 1);
            stock.run("UPDATE items SET quantity = 0 WHERE user_id = ? AND id = ?", mine.value(), item);

            assertThat(dayBegan(mine, TODAY, null)).isZero();
        }

        @Test
        void tells_each_of_many_users_only_of_their_own() {
            InventoryId theirs = stock.user();
            stock.item(mine, "milk", TODAY, 1);
            stock.item(theirs, "eggs", TODAY, 0);
            stock.item(theirs, "rice", TODAY.minusDays(1), 1);
            List<InventoryDay> days =
                    List.of(new InventoryDay(mine, TODAY, null), new InventoryDay(theirs, TODAY, YESTERDAY));

            int made = DATABASE.transaction(connection -> ActivityLog.lockFree(connection, List.of(mine, theirs))
                            .compose(locked -> notices.daysBegan(connection, days, distributed)))
                    .await();

            assertThat(made).isEqualTo(3);
            assertThat(titles(mine)).containsExactly("milk expires today");
            assertThat(titles(theirs)).containsExactly("eggs expires today", "rice expired on 2026-11-21");
            assertThat(LOG.lastSeq(mine).await()).isEqualTo(1);
            assertThat(LOG.lastSeq(theirs).await()).isEqualTo(2);
        }

        @Test
        void says_in_a_sentence_how_much_of_what_is_where_and_until_when_it_is_good() {
            stock.item(mine, "a", TODAY.plusDays(12), 20);
            stock.item(mine, "b", TODAY.plusDays(1), 20);
            stock.item(mine, "c", TODAY, 20);
            stock.item(mine, "d", YESTERDAY, 20);
            UUID elsewhere = stock.item(mine, "e", TODAY.minusDays(40), 20);
            stock.run(
                    "UPDATE items SET location = NULL, quantity = 0.125, unit = 'kg' WHERE user_id = ? AND id = ?",
                    mine.value(),
                    elsewhere);

            dayBegan(mine, TODAY, null);

            assertThat(titles(mine))
                    .containsExactly(
                            "a expires on 2026-12-04",
                            "b expires on 2026-11-23",
                            "c expires today",
                            "d expired on 2026-11-21",
                            "e expired on 2026-10-13");
            assertThat(stock.column("SELECT message FROM notifications WHERE user_id = ? ORDER BY title", mine.value()))
                    .containsExactly(
                            "You have 2 l of a (Fridge). Its last good day is 2026-12-04, in 12 days.",
                            "You have 2 l of b (Fridge). Its last good day is tomorrow, 2026-11-23.",
                            "You have 2 l of c (Fridge). Its last good day is today, 2026-11-22.",
                            "You have 2 l of d (Fridge). Its last good day was yesterday, 2026-11-21.",
                            "You have 0.125 kg of e. Its last good day was 2026-10-13, 40 days ago.");
        }

        @Test
        void takes_the_longest_names_and_the_widest_dates() {
            String longest = "\uD83E\uDD6B".repeat(200);
            stock.item(mine, longest, LocalDate.of(1, 1, 1), 3650);
            stock.item(mine, longest, LocalDate.of(9999, 12, 31), 3650);

            assertThat(dayBegan(mine, LocalDate.of(9999, 12, 31), null)).isEqualTo(2);
            assertThat(titles(mine))
                    .containsExactlyInAnyOrder(longest + " expired on 0001-01-01", longest + " expires today");
        }

        @Test
        void writes_to_the_log_what_it_wrote_to_the_table() {
            stock.item(mine, "milk", TODAY, 1);
            stock.item(mine, "say \"cheese\" \\ käse", YESTERDAY, 1);

            dayBegan(mine, TODAY, null);

            List<Activity> activities = LOG.listAfter(mine, 0, 10).await();
            assertThat(activities).extracting(Activity::seq).containsExactly(1L, 2L);
            assertThat(activities)
                    .extracting(Activity::kind)
                    .containsOnly(NotificationActivities.NOTIFICATION_CREATED.name());
            assertThat(activities).extracting(Activity::actor).containsOnly(Activity.Actor.SYSTEM);
            Map<UUID, Notification> kept = notifications
                    .find(
                            DATABASE.reads(),
                            new Reader(mine, new UserId(mine.value()), true),
                            activities.stream().map(Activity::subjectId).toList())
                    .await();
            assertThat(activities)
                    .extracting(activity -> activity.state(Notification.class))
                    .containsExactlyInAnyOrderElementsOf(kept.values());
        }
    }

    @Nested
    class DatesChanged {

        @Test
        void tells_at_once_of_an_item_that_is_within_its_lead_days_or_past_its_date() {
            UUID soon = stock.item(mine, "soon", TODAY.plusDays(3), 3);
            UUID expired = stock.item(mine, "expired", YESTERDAY, 3);
            UUID later = stock.item(mine, "later", TODAY.plusDays(4), 3);
            UUID other = stock.item(mine, "other", TODAY, 3);

            assertThat(datesChanged(mine, TODAY, soon, expired, later)).isEqualTo(2);

            assertThat(kinds(soon)).containsExactly("EXPIRING_SOON");
            assertThat(kinds(expired)).containsExactly("EXPIRED");
            assertThat(kinds(later)).isEmpty();
            assertThat(kinds(other)).isEmpty();
        }

        @Test
        void says_nothing_twice_of_one_date_and_speaks_again_of_another() {
            UUID item = stock.item(mine, "milk", TODAY, 3);

            assertThat(datesChanged(mine, TODAY, item)).isEqualTo(1);
            assertThat(datesChanged(mine, TODAY, item)).isZero();
            assertThat(dayBegan(mine, TODAY, null)).isZero();
            stock.run(
                    "UPDATE items SET expiry_date = ? WHERE user_id = ? AND id = ?",
                    TODAY.plusDays(1),
                    mine.value(),
                    item);

            assertThat(datesChanged(mine, TODAY, item)).isEqualTo(1);
            assertThat(resolutions(item)).containsExactly("D0 REDATED READ");
            assertThat(open(item)).containsExactly("D1");
            assertThat(LOG.lastSeq(mine).await()).isEqualTo(3);
        }

        @Test
        void resolves_what_was_told_of_an_item_of_which_nothing_is_left() {
            UUID item = stock.item(mine, "milk", TODAY, 3);
            datesChanged(mine, TODAY, item);
            stock.run("UPDATE items SET quantity = 0 WHERE id = ?", item);

            datesChanged(mine, TODAY, item);

            assertThat(resolutions(item)).containsExactly("D0 USED_UP READ");
        }

        @Test
        void tells_anew_of_a_date_that_is_set_again_and_leaves_what_was_told_before_resolved() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(1), 30);
            datesChanged(mine, TODAY, item);
            for (LocalDate date : Arrays.asList(null, TODAY.plusDays(1), TODAY.plusDays(40), TODAY.plusDays(1))) {
                stock.run("UPDATE items SET expiry_date = ?::date WHERE id = ?", date, item);
                renewed(item);
            }
            // Whatever else changes, what is over stays over.
            assertThat(datesChanged(mine, TODAY, item)).isZero();

            assertThat(open(item)).containsExactly("D1");
            assertThat(resolutions(item)).containsExactly("D1 REDATED READ", "D1 REDATED READ");
            daysBegan(TODAY.plusDays(1), TODAY.plusDays(3));
            assertThat(reminders(item)).containsExactly("D1", "D1", "D1", "D0", "");
        }

        @Test
        void tells_anew_of_what_was_deleted_or_acknowledged_when_its_date_is_set_again() {
            UUID deleted = stock.item(mine, "milk", TODAY, 3);
            UUID acknowledged = stock.item(mine, "bread", TODAY, 3);
            datesChanged(mine, TODAY, deleted, acknowledged);
            notifications
                    .delete(
                            DATABASE.reads(),
                            mine,
                            UUID.fromString(String.valueOf(
                                    stock.column("SELECT id FROM notifications WHERE item_id = ?", deleted)
                                            .getFirst())))
                    .await();
            notifications
                    .acknowledge(DATABASE.reads(), mine, acknowledged, TODAY)
                    .await();
            notifications.settle(DATABASE.reads(), mine, acknowledged, TODAY).await();
            for (LocalDate date : Arrays.asList(null, TODAY)) {
                stock.run("UPDATE items SET expiry_date = ?::date WHERE user_id = ?", date, mine.value());
                renewed(deleted);
                renewed(acknowledged);
            }

            assertThat(open(deleted)).containsExactly("D0");
            assertThat(open(acknowledged)).containsExactly("D0");
        }

        @Test
        void opens_again_and_tells_no_second_time_what_was_told_of_a_date_that_comes_back() {
            UUID item = stock.item(mine, "milk", TODAY, 3);
            datesChanged(mine, TODAY, item);
            for (LocalDate date : List.of(TODAY.plusDays(40), TODAY)) {
                stock.run("UPDATE items SET expiry_date = ? WHERE id = ?", date, item);
                datesChanged(mine, TODAY, item);
            }

            assertThat(reminders(item)).containsExactly("D0");
            assertThat(open(item)).containsExactly("D0");
        }

        @Test
        void opens_again_what_was_snoozed_as_snoozed_and_what_was_read_as_read() {
            UUID snoozed = stock.item(mine, "milk", TODAY, 3);
            UUID read = stock.item(mine, "bread", TODAY, 3);
            datesChanged(mine, TODAY, snoozed, read);
            stock.run(
                    "UPDATE notifications SET status = 'READ', read_at = now() - interval '1 hour' WHERE user_id = ?",
                    mine.value());
            stock.run("UPDATE notifications SET snoozed_until = ? WHERE item_id = ?", TODAY.plusDays(5), snoozed);
            List<@Nullable String> before = states();

            for (int quantity : List.of(0, 2)) {
                stock.run("UPDATE items SET quantity = ? WHERE user_id = ?", quantity, mine.value());
                datesChanged(mine, TODAY, snoozed, read);
            }

            assertThat(states()).isEqualTo(before).hasSize(2);
        }

        private List<@Nullable String> states() {
            return stock.column(
                    "SELECT row(item_id, status, read_at, snoozed_until, resolution)::text FROM notifications"
                            + " WHERE user_id = ? ORDER BY item_id",
                    mine.value());
        }

        @Test
        void reckons_from_the_day_that_was_turned_when_it_has_not_begun_where_the_user_lives_now() {
            UUID item = stock.item(mine, "milk", TODAY.plusDays(4), 3);
            stock.run("UPDATE inventories SET last_day = ? WHERE id = ?", TODAY.plusDays(1), mine.value());

            datesChanged(mine, TODAY, item);

            assertThat(open(item)).containsExactly("D3");
        }

        @Test
        void believes_no_clock_that_is_ahead_of_the_database() {
            LocalDate day = LocalDate.now(ZoneOffset.UTC);
            UUID item = stock.item(mine, "milk", day.plusDays(1), 3);

            datesChanged(mine, day.plusDays(5), item);

            assertThat(kinds(item)).containsExactly("EXPIRING_SOON");
        }

        @Test
        void passes_over_an_item_for_which_it_failed_and_has_it_tried_again_at_once() {
            UUID item = stock.item(mine, "milk", TODAY, 3);
            stock.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, tries, error, due_at)"
                            + " VALUES (?, 'notice', ?, 3, 'poison', 'infinity')",
                    mine.value(),
                    item);

            assertThat(dayBegan(mine, TODAY, null)).isZero();
            assertThat(stock.column("SELECT due_at FROM jobs WHERE object_id = ?", item))
                    .containsExactly("infinity");
            assertThat(datesChanged(mine, TODAY, item)).isZero();

            assertThat(kinds(item)).isEmpty();
            assertThat(stock.column("SELECT due_at <= now() FROM jobs WHERE object_id = ?", item))
                    .containsExactly("t");
        }

        @Test
        void never_sees_the_item_of_another_user() {
            UUID theirs = stock.item(stock.user(), "milk", TODAY, 3);

            assertThat(datesChanged(mine, TODAY, theirs)).isZero();
            assertThat(kinds(theirs)).isEmpty();
        }
    }
}
