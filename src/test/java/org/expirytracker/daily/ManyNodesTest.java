package org.expirytracker.daily;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.InventoryId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nobody's day is turned twice or left out, however many nodes there are and whatever becomes of them. In small here; in
 * full with {@code -Dturn.users=10000 -Dturn.rounds=20 -Dturn.deaths=50}, which takes a quarter of an hour.
 */
@Timeout(3_600)
@ProvenRoom("product")
class ManyNodesTest {

    private static final int USERS = Integer.getInteger("turn.users", 1_000);
    private static final int ROUNDS = Integer.getInteger("turn.rounds", 3);
    private static final int DEATHS = Integer.getInteger("turn.deaths", 2);

    /** By how much the nodes' clocks are ahead. */
    private static final List<Duration> CLOCKS =
            List.of(Duration.ofSeconds(90), Duration.ofSeconds(-90), Duration.ofHours(1), Duration.ZERO);

    private static final int NODES = 4;
    private static final int ITEMS_DUE = 2;
    private static final Duration TAKEOVER = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final long LOOK_NANOS = 20_000_000;

    private static final Vertx VERTX = Vertx.vertx();

    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Stock stock = new Stock(url);
    private final LocalDate today = LocalDate.now(ZoneOffset.UTC);

    @TempDir
    Path folder;

    private void addUsers(int users) {
        stock.run("""
                WITH added AS (
                    INSERT INTO users (id, username, email, password_hash, next_day_at)
                    SELECT new_id(), 'user-' || number, 'user-' || number || '@example.org', '-', 'infinity'
                      FROM generate_series(1, ?) AS number
                 RETURNING id
                ), fed AS (
                    INSERT INTO feeds (user_id)
                    SELECT id FROM added
                )
                INSERT INTO items (user_id, id, name, expiry_date, effective_lead_days)
                SELECT id, new_id(), 'item', ?::date + days, 0
                  FROM added, generate_series(-1, 3) AS days
                """, users, today);
        stock.run("ANALYZE");
    }

    /** As if nobody had been notified yet and everybody's day began. */
    private void everybodyIsDue() {
        everybodyIsDueBut("nobody");
    }

    /** The same, but the day of one user begins in half an hour. */
    private void everybodyIsDueBut(String username) {
        stock.run(
                "TRUNCATE notifications, notification_marks, reports, activities, acknowledgements; UPDATE feeds SET last_seq = 0;"
                        + " UPDATE inventories SET last_day = current_date - 2, next_day_at = CASE WHEN name = ? THEN now()"
                        + " + interval '30 minutes' ELSE current_date END",
                inventoryOf(username));
    }

    private static String inventoryOf(String username) {
        return username + "'s inventory";
    }

    private int due() {
        return count("SELECT count(*) FROM inventories WHERE next_day_at <= now()");
    }

    private int count(String sql) {
        return Integer.parseInt(String.valueOf(stock.column(sql).getFirst()));
    }

    private void assertEverybodyWasTurnedOnce(int users) {
        assertThat(count("SELECT count(*) FROM reports")).isEqualTo(users);
        assertThat(count("SELECT count(*) FROM notifications")).isEqualTo(ITEMS_DUE * users);
        assertThat(count("SELECT count(*) FROM activities")).isEqualTo((ITEMS_DUE + 1) * users);
        assertThat(stock.column("SELECT DISTINCT last_seq FROM feeds"))
                .containsExactly(Integer.toString(ITEMS_DUE + 1));
        assertThat(stock.column("SELECT DISTINCT seqs FROM (SELECT array_agg(seq ORDER BY seq) AS seqs"
                        + " FROM activities GROUP BY user_id) AS logs"))
                .containsExactly("{1,2,3}");
        assertThat(count("SELECT count(*) FROM jobs WHERE kind = 'turn'")).isZero();
    }

    private void awaitDue(int most) {
        await(() -> due() <= most);
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    @Test
    void at_the_same_time_turn_each_day_exactly_once() {
        addUsers(USERS);
        List<Database> databases = IntStream.range(0, NODES)
                .mapToObj(node -> new Database(VERTX, url.connectOptions(), 3))
                .toList();
        try {
            for (int round = 0; round < ROUNDS; round++) {
                everybodyIsDue();
                long began = System.nanoTime();
                List<Future<Integer>> runs = databases.stream()
                        .map(database -> new DailyRun(
                                        VERTX, database, new ActivityLog(database, new LiveFeed(url.connectOptions())))
                                .turnDue())
                        .toList();
                Future.all(runs).await();

                assertThat(runs.stream().mapToInt(Future::result).sum()).isEqualTo(USERS);
                assertEverybodyWasTurnedOnce(USERS);
                System.out.printf(
                        "Round %d: %s days in %d ms%n",
                        round, runs.stream().map(Future::result).toList(), millisSince(began));
            }
        } finally {
            Future.all(databases.stream().map(Database::close).toList()).await();
        }
    }

    /** One of two nodes is killed or stands still in the middle of its work, in turns. */
    @Test
    void take_over_within_15_seconds_from_one_that_dies_or_stands_still() throws IOException, InterruptedException {
        addUsers(USERS);
        List<Long> takeovers = new ArrayList<>();
        try (TurningProcess survivor = TurningProcess.start(url, folder.resolve("survivor"))) {
            TurningProcess victim = TurningProcess.start(url, folder.resolve("victim"));
            survivor.awaitStart();
            try {
                for (int death = 0; death < DEATHS; death++) {
                    victim.awaitStart();
                    everybodyIsDue();
                    awaitDue(USERS - 1 - USERS * (death % 8) / 10);
                    boolean killed = death % 2 == 0;
                    if (killed) {
                        victim.kill();
                    } else {
                        victim.stand();
                    }
                    long began = System.nanoTime();
                    awaitDue(0);
                    long millis = millisSince(began);
                    takeovers.add(millis);
                    System.out.printf("%s: taken over after %d ms%n", killed ? "SIGKILL" : "SIGSTOP", millis);
                    if (killed) {
                        victim = TurningProcess.start(url, folder.resolve("victim" + death));
                    } else {
                        victim.goOn();
                    }
                    assertEverybodyWasTurnedOnce(USERS);
                }
                everybodyIsDue();
                awaitDue(0);
                assertEverybodyWasTurnedOnce(USERS);
                assertThat(takeovers).allSatisfy(millis -> assertThat(millis).isLessThan(TAKEOVER.toMillis()));
                // Who was stopped finds its connection gone: it waits for the database, which is no error.
                assertThat(victim.errors()).isEmpty();
                assertThat(survivor.errors()).isEmpty();
                System.out.printf(
                        "%d deaths, takeovers in ms: %s%n",
                        DEATHS, takeovers.stream().sorted().toList());
            } finally {
                victim.close();
            }
        }
    }

    /** The transactions of a day and of an item wait for a lock of the test, and a mail for a server that never answers. */
    @Test
    void take_over_a_job_of_each_kind_in_the_middle_of_which_one_is_killed_and_do_it_once()
            throws IOException, InterruptedException, SQLException {
        InventoryId day = stock.user();
        InventoryId other = stock.user();
        stock.item(day, "milk", today, 3);
        UUID item = stock.item(other, "eggs", today, 3);
        UUID reader = stock.user().value();
        stock.run("UPDATE users SET email_verified = true WHERE id = ?", reader);
        stock.run("INSERT INTO reminder_settings (user_id, digest) VALUES (?, true)", reader);
        stock.run(
                "INSERT INTO notifications (user_id, id, kind, title, message)"
                        + " VALUES (?, new_id(), 'EXPIRED', 'rice expired', '')",
                reader);
        stock.run("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql"
                + " AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NEW; END $$");
        stock.run("CREATE TRIGGER wait AFTER INSERT ON notifications FOR EACH ROW EXECUTE FUNCTION wait()");
        stock.run(
                "UPDATE inventories SET last_day = current_date - 1, next_day_at = current_date WHERE id = ?",
                day.value());
        stock.run("UPDATE inventories SET last_day = current_date WHERE id = ?", other.value());
        stock.run(
                "INSERT INTO jobs (tenant_id, kind, object_id, due_at, tries, error) VALUES"
                        + " (?, 'turn', '00000000-0000-0000-0000-000000000000', now(), 1, 'failed'),"
                        + " (?, 'notice', ?, now(), 1, 'failed'),"
                        + " (?, 'digest', '00000000-0000-0000-0000-000000000000', now(), 1, 'failed')",
                day.value(),
                other.value(),
                item,
                reader);
        String waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        String undone = "SELECT count(*) FROM jobs WHERE kind IN ('turn', 'notice', 'digest')";

        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                Connection lock = TestDatabase.connect(url);
                TurningProcess victim =
                        TurningProcess.startWithMail(url, folder.resolve("victim"), silent.getLocalPort())) {
            silent.setSoTimeout((int) PATIENCE.toMillis());
            TestDatabase.strings(lock, "SELECT pg_advisory_lock(1)::text");
            victim.awaitStart();
            Socket mail = silent.accept();
            await(() -> count(waiting) == 2);
            victim.kill();
            mail.close();
        }
        assertThat(count(undone + " AND claim_id IS NOT NULL")).isEqualTo(3);

        GreenMail mails = new GreenMail(ServerSetup.SMTP.dynamicPort());
        mails.start();
        try (TurningProcess survivor = TurningProcess.startWithMail(
                url, folder.resolve("survivor"), mails.getSmtp().getPort())) {
            await(() -> count(undone) == 0);
            assertThat(survivor.errors()).isEmpty();
            assertThat(mails.getReceivedMessages()).hasSize(1);
        } finally {
            mails.stop();
        }
        assertThat(stock.column("SELECT title FROM notifications ORDER BY title"))
                .containsExactly("eggs expires today", "milk expires today", "rice expired");
        assertThat(stock.column("SELECT user_id FROM reports"))
                .containsExactly(day.value().toString());
        assertThat(count("SELECT count(*) FROM activities")).isEqualTo(3);
    }

    @Test
    void whose_clocks_are_off_turn_each_day_exactly_once_and_none_early() throws IOException {
        addUsers(USERS);
        List<TurningProcess> nodes = new ArrayList<>();
        try {
            for (Duration off : CLOCKS) {
                nodes.add(TurningProcess.start(url, folder.resolve("node" + off), off));
            }
            for (int node = 0; node < CLOCKS.size(); node++) {
                Instant clock = nodes.get(node).awaitStart();
                if (Files.exists(TurningProcess.FAKETIME)) {
                    assertThat(clock).isCloseTo(Instant.now().plus(CLOCKS.get(node)), within(1, ChronoUnit.MINUTES));
                }
            }
            for (int round = 0; round < ROUNDS; round++) {
                everybodyIsDueBut("user-1");
                awaitDue(0);
                assertThat(stock.column("SELECT DISTINCT name FROM inventories WHERE last_day < current_date"))
                        .containsExactly(inventoryOf("user-1"));
                stock.run("UPDATE inventories SET next_day_at = current_date WHERE name = ?", inventoryOf("user-1"));
                awaitDue(0);
                assertEverybodyWasTurnedOnce(USERS);
            }
            for (TurningProcess node : nodes) {
                assertThat(node.errors()).isEmpty();
            }
        } finally {
            nodes.forEach(TurningProcess::close);
        }
    }

    private static long millisSince(long began) {
        return Duration.ofNanos(System.nanoTime() - began).toMillis();
    }
}
