package org.expirytracker.daily;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each test has a database of its own, because a run turns the day of everyone in it. */
@Timeout(120)
class DailyRunTest {

    private static final Vertx VERTX = Vertx.vertx();

    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Stock stock = new Stock(url);
    private final List<Database> databases = new ArrayList<>();
    private final DailyRun run = newRun();

    @AfterEach
    void close() {
        Future.all(databases.stream().map(Database::close).toList()).await();
    }

    private DailyRun newRun() {
        Database database = new Database(VERTX, url.connectOptions(), 3);
        databases.add(database);
        return new DailyRun(database, new ActivityLog(database, new LiveFeed(url.connectOptions())));
    }

    /** Makes a user's next day due at an instant that lies in the past. */
    private void due(UserId user, String instant) {
        stock.run("UPDATE users SET next_day_at = ?::timestamptz WHERE id = ?", instant, user.value());
    }

    private List<@Nullable String> reportDates(UserId user) {
        return stock.column("SELECT date FROM reports WHERE user_id = ? ORDER BY date", user.value());
    }

    private @Nullable String ofUser(UserId user, String expression) {
        return stock.column("SELECT " + expression + " FROM users WHERE id = ?", user.value())
                .getFirst();
    }

    private static LocalDate today() {
        return LocalDate.now(ZoneOffset.UTC);
    }

    @Nested
    class TurnDue {

        @Test
        void turns_only_days_that_are_due_of_users_who_are_active() {
            UserId due = stock.user();
            UserId inactive = stock.user();
            UserId later = stock.user();
            due(due, today() + "T00:00:00Z");
            due(inactive, today() + "T00:00:00Z");
            stock.run("UPDATE users SET active = false WHERE id = ?", inactive.value());

            assertThat(run.turnDue().await()).isEqualTo(1);

            assertThat(reportDates(due)).containsExactly(today().toString());
            assertThat(reportDates(inactive)).isEmpty();
            assertThat(reportDates(later)).isEmpty();
            assertThat(ofUser(due, "last_day")).isEqualTo(today().toString());
            assertThat(ofUser(due, "next_day_at AT TIME ZONE 'UTC'")).isEqualTo(today().plusDays(1) + " 00:00:00");
        }

        @Test
        void notifies_and_reports_in_one_transaction_with_a_gapless_log() {
            UserId user = stock.user();
            stock.item(user, "milk", today().plusDays(1), 3);
            stock.item(user, "eggs", today().minusDays(1), 3);
            due(user, today() + "T00:00:00Z");

            run.turnDue().await();

            assertThat(stock.column("SELECT title FROM notifications WHERE user_id = ? ORDER BY title", user.value()))
                    .containsExactly(
                            "eggs expired on " + today().minusDays(1), "milk expires on " + today().plusDays(1));
            assertThat(stock.column(
                            "SELECT seq || ' ' || kind FROM activities WHERE user_id = ? ORDER BY seq", user.value()))
                    .containsExactly("1 NOTIFICATION_CREATED", "2 NOTIFICATION_CREATED", "3 REPORT_GENERATED");
        }

        @Test
        void turns_each_day_once_when_several_nodes_run_at_the_same_time() {
            int users = 500;
            stock.run("""
                    WITH due AS (
                        INSERT INTO users (id, username, email, password_hash, next_day_at)
                        SELECT new_id(), 'user-' || number, 'user-' || number || '@example.org', '-', ?::timestamptz
                          FROM generate_series(1, ?) AS number
                     RETURNING id
                    ), fed AS (
                        INSERT INTO feeds (user_id)
                        SELECT id FROM due
                    )
                    INSERT INTO items (user_id, id, name, expiry_date, effective_lead_days)
                    SELECT due.id, new_id(), 'item', ?::date - days, 0
                      FROM due, generate_series(0, 1) AS days
                    """, today() + "T00:00:00Z", users, today());

            List<Future<Integer>> runs =
                    IntStream.range(0, 4).mapToObj(node -> newRun().turnDue()).toList();
            Future.all(runs).await();

            assertThat(runs.stream().mapToInt(Future::result).sum()).isEqualTo(users);
            assertThat(stock.column("SELECT count(*) FROM reports")).containsExactly(Integer.toString(users));
            assertThat(stock.column("SELECT count(*) FROM notifications")).containsExactly(Integer.toString(2 * users));
            assertThat(stock.column("SELECT DISTINCT last_seq FROM feeds")).containsExactly("3");
            assertThat(stock.column("SELECT count(*) FROM activities")).containsExactly(Integer.toString(3 * users));
        }

        @Test
        void makes_up_for_missed_days_with_one_report_for_each_and_tells_once_what_is_true_now() {
            UserId user = stock.user();
            UUID passed = stock.item(user, "milk", today().minusDays(2), 1);
            UUID soon = stock.item(user, "eggs", today(), 1);
            stock.run("UPDATE users SET last_day = ? WHERE id = ?", today().minusDays(4), user.value());
            due(user, today().minusDays(3) + "T00:00:00Z");

            assertThat(run.turnDue().await()).isEqualTo(4);

            assertThat(reportDates(user))
                    .containsExactly(Stream.of(3, 2, 1, 0)
                            .map(days -> today().minusDays(days).toString())
                            .toArray(String[]::new));
            assertThat(stock.column("SELECT expired_items FROM reports WHERE user_id = ? ORDER BY date", user.value()))
                    .containsExactly("0", "0", "1", "1");
            assertThat(stock.column("SELECT title FROM notifications WHERE item_id = ?", passed))
                    .containsExactly("milk expired on " + today().minusDays(2));
            assertThat(stock.column("SELECT title FROM notifications WHERE item_id = ?", soon))
                    .containsExactly("eggs expires today");
        }

        @Test
        void says_nothing_again_of_a_day_that_was_turned_in_another_time_zone() {
            UserId user = stock.user("Pacific/Auckland");
            stock.run("UPDATE users SET last_day = ? WHERE id = ?", today(), user.value());
            stock.run(
                    "UPDATE users SET next_day_at = (?::date::timestamp AT TIME ZONE time_zone) WHERE id = ?",
                    today().toString(),
                    user.value());

            run.turnBatch().await();

            assertThat(reportDates(user)).isEmpty();
            assertThat(ofUser(user, "last_day")).isEqualTo(today().toString());
            assertThat(ofUser(user, "next_day_at AT TIME ZONE time_zone")).isEqualTo(today().plusDays(1) + " 00:00:00");
        }

        @Test
        void leaves_alone_a_user_whose_data_is_being_changed_and_waits_for_nobody() throws SQLException {
            UserId busy = stock.user();
            UserId free = stock.user();
            due(busy, today() + "T00:00:00Z");
            due(free, today() + "T00:00:00Z");
            try (Connection other = TestDatabase.connect(url);
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                statement.execute("SELECT FROM feeds WHERE user_id = '" + busy.value() + "' FOR UPDATE");

                assertThat(run.turnDue().await()).isEqualTo(1);
                assertThat(reportDates(free)).hasSize(1);
                assertThat(reportDates(busy)).isEmpty();
                other.rollback();
            }

            assertThat(run.turnDue().await()).isEqualTo(1);
            assertThat(reportDates(busy)).hasSize(1);
        }

        @Test
        void postpones_a_user_who_cannot_be_turned_and_turns_the_others() {
            UserId poisoned = stock.user("Nowhere/Land");
            List<UserId> others = Stream.generate(stock::user).limit(5).toList();
            stock.run("UPDATE users SET next_day_at = ?::timestamptz", today() + "T00:00:00Z");

            assertThat(run.turnDue().await()).isEqualTo(5);

            assertThat(others).allSatisfy(user -> assertThat(reportDates(user)).hasSize(1));
            assertThat(reportDates(poisoned)).isEmpty();
            assertThat(ofUser(poisoned, "next_day_at > now() + interval '50 minutes'"))
                    .isEqualTo("t");
            assertThat(run.turnDue().await()).isZero();
        }

        @Test
        void does_nothing_after_it_was_stopped() {
            due(stock.user(), today() + "T00:00:00Z");

            run.stop();

            assertThat(run.turnDue().await()).isZero();
        }
    }

    @Nested
    class TurnBatch {

        /** From the midnight of {@code first}, local dates follow one another as the zone's clocks say. */
        @ParameterizedTest
        @CsvSource({
            // Spring and autumn.
            "Europe/Paris, 0, 2026-03-28, 2026-03-28 2026-03-29 2026-03-30 2026-03-31",
            "Europe/Paris, 2, 2026-03-28, 2026-03-28 2026-03-29 2026-03-30 2026-03-31",
            "Europe/Paris, 2, 2025-10-25, 2025-10-25 2025-10-26 2025-10-27 2025-10-28",
            // The hour after midnight is left out.
            "America/Santiago, 0, 2024-09-06, 2024-09-06 2024-09-07 2024-09-08 2024-09-09",
            "Asia/Beirut, 0, 2024-03-29, 2024-03-29 2024-03-30 2024-03-31 2024-04-01",
            "Africa/Cairo, 0, 2024-04-25, 2024-04-25 2024-04-26 2024-04-27 2024-04-28",
            // The hour before midnight comes twice.
            "America/Santiago, 23, 2024-04-05, 2024-04-05 2024-04-06 2024-04-07 2024-04-08",
            "Asia/Beirut, 0, 2024-10-26, 2024-10-26 2024-10-27 2024-10-28 2024-10-29",
            // The hour after midnight comes twice.
            "America/Havana, 0, 2024-11-02, 2024-11-02 2024-11-03 2024-11-04 2024-11-05",
            // A date is left out.
            "Pacific/Apia, 0, 2011-12-28, 2011-12-28 2011-12-29 2011-12-31 2012-01-01",
            "Pacific/Apia, 9, 2011-12-28, 2011-12-28 2011-12-29 2011-12-31 2012-01-01",
            // A clock changes by half an hour.
            "Australia/Lord_Howe, 2, 2024-10-05, 2024-10-05 2024-10-06 2024-10-07 2024-10-08",
        })
        void turns_each_local_date_once(String zone, int hour, String first, String dates) {
            UserId user = stock.user(zone);
            stock.run(
                    "UPDATE users SET turn_hour = ?, next_day_at = day_begins_at(?::date, ?::smallint, time_zone)"
                            + " WHERE id = ?",
                    hour,
                    first,
                    hour,
                    user.value());

            List<String> expected = List.of(dates.split(" "));
            for (String date : expected) {
                assertThat(run.turnBatch().await()).as(date).isEqualTo(1);
            }

            assertThat(reportDates(user)).containsExactlyElementsOf(expected);
        }
    }
}
