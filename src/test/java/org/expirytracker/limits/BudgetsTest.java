package org.expirytracker.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.ServerOptions;
import org.expirytracker.jobs.TestLease;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class BudgetsTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final ServerOptions CONNECT = TestDatabase.migrated().connectOptions();
    private static final Database DATABASE = new Database(VERTX, CONNECT, 3);
    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    /** Restores so slowly that nothing comes back while a test runs. */
    private static final Policy SLOW = new Policy("test", 10_000, 0.01);

    private static final int MUCH = 1_000;

    private final UUID whose = UUID.randomUUID();

    @AfterAll
    static void close() {
        DATABASE.close().await();
        VERTX.close().await();
    }

    /** What one process knows, asked over one event loop. */
    private record Node(Budgets budgets, Database database) {

        Node() {
            this(new Budgets(), DATABASE);
        }

        Receipt take(Policy policy, Object of, int cost) {
            return later(policy, of, cost).await();
        }

        Future<Receipt> later(Policy policy, Object of, int cost) {
            return later(new Budgets.Budget(policy, of, null), cost);
        }

        Future<Receipt> later(Budgets.Budget budget, int cost) {
            return onEventLoop(() -> budgets.take(VERTX, database.reads(), budget, cost));
        }
    }

    private static <T> Future<T> onEventLoop(Supplier<Future<T>> work) {
        Promise<T> done = Promise.promise();
        VERTX.runOnContext(now -> work.get().onComplete(done));
        return done.future();
    }

    private List<String> rows() {
        return STOCK.column("SELECT key FROM budgets WHERE key = ?", "test:" + whose).stream()
                .map(String::valueOf)
                .toList();
    }

    private void letPass(Policy policy, int points) {
        STOCK.run(
                "UPDATE budgets SET full_at = full_at - make_interval(secs => ?) WHERE key = ?",
                points / policy.restore(),
                policy.name() + ":" + whose);
    }

    /** Asks until no more is granted, many at a time and in turn; how much was. */
    private long drain(List<Node> nodes, int cost) {
        long granted = 0;
        boolean more = true;
        while (more) {
            List<Future<Receipt>> asked = new ArrayList<>();
            for (int at = 0; at < 20; at++) {
                asked.add(nodes.get(at % nodes.size()).later(SLOW, whose, cost));
            }
            long before = granted;
            for (Future<Receipt> each : asked) {
                granted += each.await().granted() ? cost : 0;
            }
            more = granted > before;
        }
        return granted;
    }

    @Nested
    class Take {

        @Test
        void grants_exactly_what_there_is() {
            assertThat(drain(List.of(new Node()), 90)).isEqualTo(9_990);
        }

        @Test
        void grants_the_whole_at_once_but_nothing_above_it() {
            assertThat(new Node().take(SLOW, whose, 10_001).granted()).isFalse();
            assertThat(new Node().take(SLOW, whose, 10_000).granted()).isTrue();
            assertThat(new Node().take(SLOW, whose, MUCH).granted()).isFalse();
        }

        @Test
        void tells_what_is_left_and_when_to_come_back() {
            Node node = new Node();
            Policy policy = new Policy("test", 10_000, 100);

            assertThat(node.take(policy, whose, 9_500)).isEqualTo(new Receipt(9_500, true, policy, 500, Duration.ZERO));

            Receipt refused = node.take(policy, whose, 1_000);
            assertThat(refused.granted()).isFalse();
            assertThat(refused.remaining()).isBetween(500L, 700L);
            assertThat(refused.retryAfter()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(5));
            assertThat(refused.untilFull()).isBetween(Duration.ofSeconds(93), Duration.ofSeconds(95));
        }

        @Test
        void shares_one_budget_between_two_nodes_to_within_five_percent() {
            assertThat(drain(List.of(new Node(), new Node()), 90)).isBetween(9_500L, 10_500L);
        }

        @Test
        void keeps_to_it_when_two_nodes_spend_in_turn_and_not_together() {
            Node one = new Node();
            Node other = new Node();
            long granted = 0;
            for (int at = 0; at < 300; at++) {
                granted += (at % 2 == 0 ? one : other).take(SLOW, whose, 57).granted() ? 57 : 0;
            }

            assertThat(granted).isBetween(9_500L, 10_500L);
        }

        @Test
        void takes_what_was_overdrawn_off_what_is_restored() {
            Node one = new Node();
            Node other = new Node();
            // Each of them may spend so much before it tells the database.
            one.take(SLOW, whose, 200);
            other.take(SLOW, whose, 200);
            other.take(SLOW, whose, 9_800);
            // The first tells what it owes when it must ask.
            assertThat(one.take(SLOW, whose, MUCH).granted()).isFalse();

            letPass(SLOW, 200);
            assertThat(new Node().take(SLOW, whose, 201).granted()).isFalse();
            letPass(SLOW, 201);
            assertThat(new Node().take(SLOW, whose, 201).granted()).isTrue();
        }

        @Test
        void grants_again_what_time_restores_and_never_more_than_the_whole() {
            assertThat(new Node().take(SLOW, whose, 10_000).granted()).isTrue();

            letPass(SLOW, 3_000);
            assertThat(new Node().take(SLOW, whose, 3_001).granted()).isFalse();
            assertThat(new Node().take(SLOW, whose, 3_000).granted()).isTrue();

            letPass(SLOW, 1_000_000);
            assertThat(new Node().take(SLOW, whose, 10_000).granted()).isTrue();
            assertThat(new Node().take(SLOW, whose, MUCH).granted()).isFalse();
        }

        @Test
        void believes_a_refusal_for_no_longer_than_a_second() {
            AtomicLong nanos = new AtomicLong();
            Node node = new Node(new Budgets(nanos::get), DATABASE);
            node.take(SLOW, whose, 10_000);
            letPass(SLOW, MUCH);

            assertThat(node.take(SLOW, whose, MUCH).granted()).isFalse();
            nanos.addAndGet(Duration.ofSeconds(1).toNanos());
            assertThat(node.take(SLOW, whose, MUCH).granted()).isTrue();
        }

        @Test
        void lets_a_cheap_request_pass_that_waits_behind_one_too_dear() {
            Node node = new Node();
            node.take(SLOW, whose, 9_000);

            Future<Receipt> dear = node.later(SLOW, whose, 5_000);
            Future<Receipt> cheap = node.later(SLOW, whose, 900);

            assertThat(cheap.await().granted()).isTrue();
            assertThat(dear.await().granted()).isFalse();
        }

        @Test
        void counts_what_was_spent_before_a_budget_was_forgotten_and_after_it() {
            AtomicLong nanos = new AtomicLong();
            Node node = new Node(new Budgets(nanos::get), DATABASE);
            // Both are told at the next tick.
            node.take(SLOW, whose, 10);
            nanos.addAndGet(Duration.ofMinutes(2).toNanos());
            node.take(SLOW, whose, 190);

            await(() -> spent() >= 199);
            assertThat(spent()).isBetween(199L, 200L);
            assertThat(new Node().take(SLOW, whose, 9_801).granted()).isFalse();
            assertThat(new Node().take(SLOW, whose, 9_800).granted()).isTrue();
        }

        private long spent() {
            return STOCK
                    .column(
                            "SELECT round(extract(epoch FROM full_at - now()) * 0.01) FROM budgets WHERE key = ?",
                            "test:" + whose)
                    .stream()
                    .mapToLong(points -> Long.parseLong(String.valueOf(points)))
                    .sum();
        }

        private static void await(BooleanSupplier condition) {
            Instant patience = Instant.now().plusSeconds(10);
            while (!condition.getAsBoolean()) {
                assertThat(Instant.now()).isBefore(patience);
            }
        }

        @Test
        void grants_the_usual_and_refuses_the_rest_as_unavailable_while_the_database_is_away() {
            Database away = new Database(
                    VERTX,
                    DatabaseUrl.parse("postgresql://anna@127.0.0.1:1/away").connectOptions(),
                    3);
            Node node = new Node(new Budgets(), away);

            assertThat(node.take(SLOW, whose, 100).granted()).isTrue();
            assertThat(node.take(SLOW, whose, 100).granted()).isTrue();
            assertThatThrownBy(() -> node.take(SLOW, whose, 100))
                    .isInstanceOfSatisfying(
                            Problem.class, problem -> assertThat(problem.code()).isEqualTo(Problem.Code.UNAVAILABLE));
            away.close().await();
        }
    }

    @Nested
    class OfAUser {

        private final UserId user = Stock.ownerOf(STOCK.user());
        private final Budgets.Budget budget = new Budgets.Budget(SLOW, user.value(), user);

        private List<?> rows() {
            return STOCK.column("SELECT key FROM budgets WHERE key = ?", "test:" + user.value());
        }

        @Test
        void goes_with_them_and_does_not_come_back() {
            Node node = new Node();
            assertThat(node.later(budget, MUCH).await().granted()).isTrue();
            assertThat(rows()).hasSize(1);

            STOCK.run("DELETE FROM users WHERE id = ?", user.value());

            assertThat(rows()).isEmpty();
            assertThat(node.later(budget, MUCH).await().granted()).isFalse();
            assertThat(rows()).isEmpty();
        }

        @Test
        void keeps_nobody_waiting_while_their_account_is_being_deleted() throws SQLException {
            Node node = new Node();
            node.later(budget, MUCH).await();
            try (Connection deleting = TestDatabase.connect(TestDatabase.migrated());
                    Statement statement = deleting.createStatement()) {
                deleting.setAutoCommit(false);
                statement.execute("DELETE FROM users WHERE id = '" + user.value() + "'");

                Future<Receipt> theirs = node.later(budget, MUCH);
                Future<Receipt> anothers = node.later(SLOW, whose, MUCH);

                assertThat(anothers.await().granted()).isTrue();
                assertThat(theirs.await().granted()).isFalse();
                deleting.commit();
            }
            assertThat(rows()).isEmpty();
        }
    }

    @Nested
    class GiveBack {

        @Test
        void undoes_a_take() {
            Node node = new Node();
            node.take(SLOW, whose, 10_000);

            onEventLoop(() -> {
                        node.budgets.giveBack(VERTX, DATABASE.reads(), new Budgets.Budget(SLOW, whose, null), 4_000);
                        return Future.succeededFuture();
                    })
                    .await();

            assertThat(node.take(SLOW, whose, 4_001).granted()).isFalse();
            assertThat(node.take(SLOW, whose, 4_000).granted()).isTrue();
        }
    }

    @Nested
    class Janitor {

        @Test
        void deletes_the_row_of_a_budget_that_is_full_again_and_of_no_other() {
            new Node().take(SLOW, whose, MUCH);
            assertThat(rows()).hasSize(1);

            TestLease.run(Budgets.JANITOR, DATABASE);
            assertThat(rows()).hasSize(1);

            letPass(SLOW, MUCH + 1);
            TestLease.run(Budgets.JANITOR, DATABASE);
            assertThat(rows()).isEmpty();
        }
    }
}
