package org.expirytracker.daily;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.LookingNode;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/** Each test has a database of its own, because a run turns the day of everyone in it. */
@Timeout(120)
@ProvenRoom("product")
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
        return new DailyRun(VERTX, database, new ActivityLog(database, new LiveFeed(url.connectOptions())));
    }

    /** Makes a user's next day due at an instant that lies in the past. */
    private void due(InventoryId user, String instant) {
        stock.run("UPDATE inventories SET next_day_at = ?::timestamptz WHERE id = ?", instant, user.value());
    }

    private List<@Nullable String> reportDates(InventoryId user) {
        return stock.column("SELECT date FROM reports WHERE user_id = ? ORDER BY date", user.value());
    }

    private @Nullable String ofUser(InventoryId user, String expression) {
        return stock.column("SELECT " + expression + " FROM inventories WHERE id = ?", user.value())
                .getFirst();
    }

    private static LocalDate today() {
        return LocalDate.now(ZoneOffset.UTC);
    }

    @Nested
    class TurnDue {

        @Test
        void turns_only_days_that_are_due_of_users_who_are_active() {
            InventoryId due = stock.user();
            InventoryId inactive = stock.user();
            InventoryId later = stock.user();
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
            InventoryId user = stock.user();
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
        void writes_to_no_row_of_an_item_not_even_a_lock() {
            InventoryId user = stock.user();
            stock.item(user, "milk", today().plusDays(1), 3);
            due(user, today() + "T00:00:00Z");

            run.turnDue().await();

            assertThat(stock.column("SELECT count(*) FROM notifications WHERE user_id = ?", user.value()))
                    .containsExactly("1");
            assertThat(stock.column("SELECT xmax FROM items WHERE user_id = ?", user.value()))
                    .containsExactly("0");
        }

        @Test
        void is_held_up_by_no_batch_of_users_whose_logs_somebody_else_holds() throws SQLException {
            for (int user = 0; user < DailyRun.MOST_IN_A_BATCH; user++) {
                due(stock.user(), today() + "T00:00:00Z");
            }
            InventoryId latest;
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SELECT user_id FROM feeds FOR UPDATE");
                latest = stock.user();
                due(latest, today() + "T00:00:01Z");

                assertThat(run.turnDue().await()).isEqualTo(1);
            }

            assertThat(reportDates(latest)).containsExactly(today().toString());
            assertThat(run.turnDue().await()).isEqualTo(DailyRun.MOST_IN_A_BATCH);
        }

        @Test
        void goes_on_to_whoever_comes_after_a_batch_that_another_node_is_at() throws SQLException {
            for (int user = 0; user < DailyRun.MOST_IN_A_BATCH; user++) {
                due(stock.user(), today() + "T00:00:00Z");
            }
            InventoryId latest = stock.user();
            due(latest, today() + "T00:00:01Z");
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SELECT id FROM inventories WHERE id <> '" + latest.value() + "' FOR NO KEY UPDATE");

                assertThat(run.turnDue().await()).isEqualTo(1);
            }

            assertThat(reportDates(latest)).containsExactly(today().toString());
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
            InventoryId user = stock.user();
            UUID passed = stock.item(user, "milk", today().minusDays(2), 1);
            UUID soon = stock.item(user, "eggs", today(), 1);
            stock.run("UPDATE inventories SET last_day = ? WHERE id = ?", today().minusDays(4), user.value());
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
            InventoryId user = stock.user("Pacific/Auckland");
            stock.run("UPDATE inventories SET last_day = ? WHERE id = ?", today(), user.value());
            stock.run(
                    "UPDATE inventories SET next_day_at = (?::date::timestamp AT TIME ZONE time_zone) WHERE id = ?",
                    today().toString(),
                    user.value());

            run.turnBatch().await();

            assertThat(reportDates(user)).isEmpty();
            assertThat(ofUser(user, "last_day")).isEqualTo(today().toString());
            assertThat(ofUser(user, "next_day_at AT TIME ZONE time_zone")).isEqualTo(today().plusDays(1) + " 00:00:00");
        }

        @Test
        void leaves_alone_a_user_whose_data_is_being_changed_and_waits_for_nobody() throws SQLException {
            InventoryId busy = stock.user();
            InventoryId free = stock.user();
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
        void does_nothing_after_it_was_stopped() {
            due(stock.user(), today() + "T00:00:00Z");

            run.stop();

            assertThat(run.turnDue().await()).isZero();
        }
    }

    /** A zone that PostgreSQL does not know makes a day that cannot be turned; a trigger, an item without notice. */
    @Nested
    class Poison {

        private final ListAppender<ILoggingEvent> logged = new ListAppender<>();
        private final Logger logger = (Logger) LoggerFactory.getLogger("org.expirytracker");
        private final LookingNode node =
                new LookingNode(databases.getFirst(), TurnJobs.of(VERTX, new LiveFeed(url.connectOptions())));

        @BeforeEach
        void listen() {
            logged.start();
            logger.addAppender(logged);
        }

        @AfterEach
        void detach() {
            logger.detachAppender(logged);
        }

        /** A node turns what is due and does the jobs that are; how many days were turned, but for those of jobs. */
        private int look() {
            int turned = run.turnDue().await();
            node.doDue();
            return turned;
        }

        private List<String> errors() {
            return logged.list.stream()
                    .filter(event -> event.getLevel() == Level.ERROR)
                    .map(ILoggingEvent::getFormattedMessage)
                    .toList();
        }

        private void poison(UUID... items) {
            stock.run("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
                    + " AS $$ BEGIN RAISE EXCEPTION 'This item is poison'; END $$");
            String ids = Stream.of(items).map(item -> "'" + item + "'").collect(Collectors.joining(", "));
            stock.run("CREATE TRIGGER poison BEFORE INSERT ON notifications FOR EACH ROW WHEN (NEW.item_id IN (" + ids
                    + ")) EXECUTE FUNCTION refuse()");
        }

        private void repair() {
            stock.run("DROP TRIGGER poison ON notifications");
        }

        private void nextTry() {
            stock.run("UPDATE jobs SET due_at = now() WHERE due_at < 'infinity'");
        }

        /** Tries, and in how many minutes comes the next one. */
        private List<@Nullable String> jobs(String kind) {
            return stock.column(
                    "SELECT tries || ' ' || CASE due_at WHEN 'infinity' THEN 'parked' ELSE"
                            + " round(extract(epoch FROM due_at - last_failed_at) / 60)::text END FROM jobs WHERE kind = ?",
                    kind);
        }

        private List<@Nullable String> titles(InventoryId user) {
            return stock.column(
                    "SELECT name FROM notifications JOIN items ON items.id = item_id"
                            + " WHERE notifications.user_id = ? ORDER BY name",
                    user.value());
        }

        @Test
        void of_a_user_stops_nobody_else_and_keeps_the_day_due() {
            InventoryId poisoned = stock.user("Nowhere/Land");
            List<InventoryId> others = Stream.generate(stock::user).limit(9).toList();
            stock.run("UPDATE inventories SET next_day_at = ?::timestamptz", today() + "T00:00:00Z");

            assertThat(look()).isEqualTo(9);

            assertThat(others).allSatisfy(user -> assertThat(reportDates(user)).hasSize(1));
            assertThat(reportDates(poisoned)).isEmpty();
            assertThat(ofUser(poisoned, "next_day_at AT TIME ZONE 'UTC'")).isEqualTo(today() + " 00:00:00");
            assertThat(jobs("turn")).containsExactly("1 1");
            assertThat(stock.column("SELECT error FROM jobs WHERE kind = 'turn'"))
                    .containsExactly("time zone \"Nowhere/Land\" not recognized (22023)");
            assertThat(look()).isZero();
            assertThat(jobs("turn")).containsExactly("1 1");
        }

        @Test
        void of_a_user_is_parked_after_three_tries_and_said_once_as_an_error() {
            InventoryId poisoned = stock.user("Nowhere/Land");
            due(poisoned, today() + "T00:00:00Z");
            List<@Nullable String> seen = new ArrayList<>();

            for (int attempt = 0; attempt < 5; attempt++) {
                look();
                seen.addAll(jobs("turn"));
                nextTry();
            }

            assertThat(seen).containsExactly("1 1", "2 10", "3 parked", "3 parked", "3 parked");
            assertThat(errors())
                    .singleElement()
                    .asString()
                    .contains(poisoned.value().toString(), "parked");
            assertThat(run.failures()).isEqualTo(1);
            assertThat(node.runs("turn", "failed")).isEqualTo(2);
            TurnRepository.Backlog backlog =
                    new TurnRepository().backlog(databases.getFirst().reads()).await();
            assertThat(backlog.parkedUsers()).isEqualTo(1);
            assertThat(backlog.due()).isZero();
        }

        @Test
        void of_a_user_that_was_mended_leaves_no_day_out() {
            InventoryId poisoned = stock.user("Nowhere/Land");
            due(poisoned, today().minusDays(2) + "T00:00:00Z");
            look();
            stock.run("UPDATE jobs SET tries = 3, due_at = 'infinity' WHERE kind = 'turn'");
            stock.run("UPDATE inventories SET time_zone = 'UTC'");

            assertThat(look()).isZero();
            assertThat(new JobRepository()
                            .retry(databases.getFirst().reads(), null, poisoned.value())
                            .await())
                    .isEqualTo(1);
            look();
            look();

            assertThat(reportDates(poisoned))
                    .containsExactly(
                            today().minusDays(2).toString(),
                            today().minusDays(1).toString(),
                            today().toString());
            assertThat(jobs("turn")).isEmpty();
        }

        @Test
        void because_it_takes_too_long_stops_nobody_else() {
            InventoryId slow = stock.user();
            InventoryId other = stock.user();
            stock.item(slow, "slow", today(), 3);
            stock.run("CREATE FUNCTION hesitate() RETURNS trigger LANGUAGE plpgsql"
                    + " AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$");
            stock.run("CREATE TRIGGER slow BEFORE INSERT ON notifications FOR EACH ROW EXECUTE FUNCTION hesitate()");
            due(slow, today() + "T00:00:00Z");

            assertThat(look()).isZero();

            assertThat(jobs("turn")).containsExactly("1 1");
            assertThat(stock.column("SELECT error FROM jobs WHERE kind = 'turn'"))
                    .containsExactly("It takes longer than 5000 ms");
            due(other, today() + "T00:00:00Z");
            assertThat(look()).isEqualTo(1);
            assertThat(reportDates(other)).hasSize(1);
            assertThat(reportDates(slow)).isEmpty();
        }

        @Test
        void of_an_item_keeps_from_nobody_what_else_is_due_and_is_told_when_it_works() {
            InventoryId user = stock.user();
            InventoryId other = stock.user();
            UUID poison = stock.item(user, "poison", today(), 3);
            for (int item = 0; item < 20; item++) {
                stock.item(user, "item " + item, today(), 3);
            }
            stock.item(other, "theirs", today(), 3);
            poison(poison);
            stock.run("UPDATE inventories SET next_day_at = ?::timestamptz", today() + "T00:00:00Z");

            assertThat(look()).isEqualTo(2);

            assertThat(titles(user)).hasSize(20).doesNotContain("poison");
            assertThat(titles(other)).containsExactly("theirs");
            assertThat(reportDates(user)).hasSize(1);
            assertThat(jobs("notice")).containsExactly("1 1");
            assertThat(stock.column("SELECT error FROM jobs WHERE kind = 'notice'"))
                    .containsExactly("This item is poison (P0001)");
            assertThat(jobs("turn")).isEmpty();

            repair();
            look();
            assertThat(titles(user)).doesNotContain("poison");
            nextTry();
            look();

            assertThat(titles(user)).hasSize(21).contains("poison");
            assertThat(jobs("notice")).isEmpty();
            assertThat(
                            stock.column(
                                    "SELECT last_seq = (SELECT count(*) FROM activities WHERE user_id = feeds.user_id)"
                                            + " AND last_seq = (SELECT max(seq) FROM activities WHERE user_id = feeds.user_id) FROM feeds"))
                    .containsOnly("t");
        }

        @Test
        void of_an_item_is_parked_after_three_tries_and_does_not_disturb_the_days_that_follow() {
            InventoryId user = stock.user();
            UUID poison = stock.item(user, "poison", today().plusDays(1), 3);
            poison(poison);
            due(user, today() + "T00:00:00Z");
            List<@Nullable String> seen = new ArrayList<>();

            for (int attempt = 0; attempt < 5; attempt++) {
                look();
                seen.addAll(jobs("notice"));
                nextTry();
            }

            assertThat(seen).containsExactly("1 1", "2 10", "3 parked", "3 parked", "3 parked");
            assertThat(errors()).singleElement().asString().contains(poison.toString(), "parked");
            stock.run(
                    "UPDATE inventories SET last_day = ?, next_day_at = ?::timestamptz",
                    today().minusDays(1),
                    today() + "T00:00:00Z");
            assertThat(look()).isEqualTo(1);
            assertThat(jobs("notice")).containsExactly("3 parked");
        }

        @Test
        void of_a_snoozed_item_is_told_when_it_works_though_its_day_has_passed() {
            InventoryId user = stock.user();
            UUID poison = stock.item(user, "poison", today().plusDays(2), 3);
            due(user, today().minusDays(1) + "T00:00:00Z");
            run.turnBatch().await();
            stock.run("UPDATE notifications SET snoozed_until = ? WHERE item_id = ?", today(), poison);
            poison(poison);
            look();
            assertThat(jobs("notice")).containsExactly("1 1");

            repair();
            nextTry();
            look();

            assertThat(stock.column("SELECT left(reminder, 1) FROM notifications WHERE resolution IS NULL"))
                    .containsExactly("S");
        }

        @Test
        void of_every_one_of_very_many_items_is_the_users_own() {
            InventoryId user = stock.user();
            UUID[] items = Stream.generate(() -> stock.item(user, "poison", today(), 3))
                    .limit(DailyRun.MOST_STUCK_ITEMS + 1)
                    .toArray(UUID[]::new);
            poison(items);
            due(user, today() + "T00:00:00Z");

            look();

            assertThat(jobs("turn")).containsExactly("1 1");
            assertThat(jobs("notice")).isEmpty();
        }

        @Test
        void counts_once_when_several_nodes_meet_it() {
            InventoryId poisoned = stock.user("Nowhere/Land");
            due(poisoned, today() + "T00:00:00Z");

            Future.all(IntStream.range(0, 4)
                            .mapToObj(node -> newRun().turnDue())
                            .toList())
                    .await();

            assertThat(jobs("turn")).containsExactly("1 1");
        }

        @Test
        void of_an_item_that_is_deleted_goes_with_it() {
            InventoryId user = stock.user();
            UUID poison = stock.item(user, "poison", today(), 3);
            poison(poison);
            due(user, today() + "T00:00:00Z");
            look();
            stock.run("DELETE FROM items");

            nextTry();
            look();

            assertThat(jobs("notice")).isEmpty();
        }

        @Test
        void of_an_inventory_whose_days_are_at_rest_waits() {
            InventoryId user = stock.user();
            UUID poison = stock.item(user, "poison", today(), 3);
            poison(poison);
            due(user, today() + "T00:00:00Z");
            look();
            repair();
            stock.run("UPDATE inventories SET active = false");
            nextTry();
            look();
            assertThat(titles(user)).isEmpty();

            stock.run("UPDATE inventories SET active = true");
            nextTry();
            look();

            assertThat(titles(user)).containsExactly("poison");
        }

        @Test
        void of_a_node_of_the_release_before_is_tried_again_by_this_one() {
            InventoryId user = stock.user();
            UUID parked = stock.item(user, "parked", today(), 3);
            UUID left = stock.item(user, "left", today(), 3);
            UUID busy = stock.item(user, "busy", today(), 3);
            stock.run("UPDATE inventories SET last_day = ?", today());
            stock.run(
                    "INSERT INTO stuck_items (user_id, item_id, tries, error, retry_at) VALUES"
                            + " (?, ?, 3, 'poison', 'infinity'), (?, ?, 2, 'poison', now() - interval '2 minutes'),"
                            + " (?, ?, 1, 'poison', now() + interval '1 minute')",
                    user.value(),
                    parked,
                    user.value(),
                    left,
                    user.value(),
                    busy);
            stock.run(
                    "INSERT INTO stuck_turns (user_id, error, retry_at) VALUES (?, 'zone', 'infinity')", user.value());
            stock.run(
                    "INSERT INTO reminder_settings (user_id, digest, digest_due_at)"
                            + " VALUES (?, true, now() - interval '2 minutes')",
                    user.value());

            node.doDue();
            node.doDue();

            assertThat(titles(user)).containsExactly("left");
            assertThat(jobs("notice")).containsExactly("3 parked");
            assertThat(jobs("turn")).containsExactly("1 parked");
            assertThat(stock.column("SELECT item_id FROM stuck_items")).containsExactly(busy.toString());
            assertThat(stock.column("SELECT count(*) FROM jobs WHERE kind = 'digest' AND due_at <= now()"))
                    .containsExactly("1");
            assertThat(stock.column("SELECT digest_due_at FROM reminder_settings"))
                    .containsOnlyNulls();
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
            "Europe/Paris, 3, 2026-03-28, 2026-03-28 2026-03-29 2026-03-30 2026-03-31",
            "Europe/Paris, 3, 2025-10-25, 2025-10-25 2025-10-26 2025-10-27 2025-10-28",
            // The hour after midnight is left out.
            "America/Santiago, 0, 2024-09-06, 2024-09-06 2024-09-07 2024-09-08 2024-09-09",
            "Asia/Beirut, 0, 2024-03-29, 2024-03-29 2024-03-30 2024-03-31 2024-04-01",
            "Africa/Cairo, 0, 2024-04-25, 2024-04-25 2024-04-26 2024-04-27 2024-04-28",
            // The hour before midnight is left out, and comes twice.
            "America/Nuuk, 23, 2026-03-27, 2026-03-27 2026-03-28 2026-03-29 2026-03-30",
            "America/Nuuk, 23, 2025-10-24, 2025-10-24 2025-10-25 2025-10-26 2025-10-27",
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
            InventoryId user = stock.user(zone);
            stock.run(
                    "UPDATE inventories SET turn_hour = ?, next_day_at = day_begins_at(?::date, ?::smallint, time_zone)"
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
