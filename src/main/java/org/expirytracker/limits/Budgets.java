package org.expirytracker.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * Budgets that all nodes share, in the table of that name. One for each process, shared by its event loops.
 *
 * <p>A node spends from memory and reports to the database soon, of many budgets at once; a {@link Bucket} knows how far it
 * may go before it must ask. So the usual request costs no statement, and a flood is refused without one. The database
 * adds up what all nodes report by its own clock, exactly: over any time all nodes together grant what a budget holds
 * and what is restored to it, and at any instant not more than a twenty-fifth of it above that (of two nodes; a
 * fiftieth for each further one), which is then taken off what is restored next.
 *
 * <p>While the database is away, what must ask it is refused with {@code UNAVAILABLE}: a budget that opened then would
 * be none, and hardly any request can be answered without the database anyway.
 */
public final class Budgets {

    private static final int MOST_REMEMBERED = 100_000;
    private static final Duration MEMORY = Duration.ofMinutes(1);
    private static final int MOST_IN_A_STATEMENT = 1_000;
    private static final long TICK_MILLIS = 100;

    private final LongSupplier nanoTime;
    private final Cache<Budget, Bucket> buckets;
    private final Queue<Bucket> unsettled = new ConcurrentLinkedQueue<>();
    private final Queue<Bucket> due = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean ticking = new AtomicBoolean();
    private final AtomicBoolean settling = new AtomicBoolean();

    /** Budgets of which nothing is known yet. */
    public Budgets() {
        this(System::nanoTime);
    }

    /** As {@link #Budgets()}, by another clock than {@link System#nanoTime}. */
    Budgets(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MOST_REMEMBERED)
                .expireAfterAccess(MEMORY)
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run)
                .build();
    }

    /**
     * One of the budgets that a policy gives to each.
     *
     * @param of whose it is among those of the policy
     * @param user with whose account it goes; null when it is nobody's own, such as an address's
     */
    record Budget(Policy policy, Object of, @Nullable UserId user) {

        String key() {
            return policy.name() + ":" + of;
        }

        @Nullable
        UUID userId() {
            return user == null ? null : user.value();
        }
    }

    /**
     * Takes points from a budget, or none. Must be called on an event loop; the answer comes there.
     *
     * @param client a way to the database, not inside a transaction
     * @param cost in points, at least 1
     * @return fails with {@code UNAVAILABLE} when the database must be asked and does not answer
     */
    Future<Receipt> take(Vertx vertx, SqlClient client, Budget budget, int cost) {
        Bucket bucket = bucket(budget);
        CompletableFuture<Receipt> receipt = bucket.take(cost, nanoTime.getAsLong());
        if (receipt.isDone()) {
            touched(vertx, client, bucket);
            return Future.succeededFuture(receipt.join());
        }
        due.add(bucket);
        settle(vertx, client);
        return Future.fromCompletionStage(receipt, vertx.getOrCreateContext());
    }

    /** Gives back what {@link #take} granted and what was not used. */
    void giveBack(Vertx vertx, SqlClient client, Budget budget, int cost) {
        Bucket bucket = bucket(budget);
        bucket.giveBack(cost, nanoTime.getAsLong());
        touched(vertx, client, bucket);
    }

    private Bucket bucket(Budget budget) {
        return buckets.get(budget, Bucket::new);
    }

    private void touched(Vertx vertx, SqlClient client, Bucket bucket) {
        if (bucket.list()) {
            unsettled.add(bucket);
            tickSoon(vertx, client);
        }
    }

    private void tickSoon(Vertx vertx, SqlClient client) {
        if (ticking.compareAndSet(false, true)) {
            vertx.setTimer(TICK_MILLIS, tick -> {
                ticking.set(false);
                settleDue(vertx, client);
                if (!unsettled.isEmpty()) {
                    tickSoon(vertx, client);
                }
            });
        }
    }

    private void settleDue(Vertx vertx, SqlClient client) {
        unsettled.removeIf(Bucket::unlist);
        addDue(unsettled);
        settle(vertx, client);
    }

    private void addDue(Collection<Bucket> among) {
        long now = nanoTime.getAsLong();
        for (Bucket bucket : among) {
            if (bucket.isDue(now)) {
                due.add(bucket);
            }
        }
    }

    /** One statement at a time: whoever comes meanwhile shares the next. */
    private void settle(Vertx vertx, SqlClient client) {
        while (!due.isEmpty() && settling.compareAndSet(false, true)) {
            // A budget may have two: one that was forgotten before it was settled, and its successor. A statement takes
            // a key only once, so the other one waits for the next.
            Map<Budget, Bucket> batch = new LinkedHashMap<>();
            List<Bucket> next = new ArrayList<>();
            while (!due.isEmpty() && batch.size() < MOST_IN_A_STATEMENT) {
                Bucket each = due.remove();
                if (each.hasSomethingToSettle() && batch.computeIfAbsent(each.budget(), first -> each) != each) {
                    next.add(each);
                }
            }
            due.addAll(next);
            if (batch.isEmpty()) {
                settling.set(false);
            } else {
                settle(vertx, client, List.copyOf(batch.values()));
            }
        }
    }

    private record Standing(double lacks, double granted) {

        /** Of a budget that was left out. */
        static final Standing NOTHING = new Standing(0, 0);
    }

    private void settle(Vertx vertx, SqlClient client, List<Bucket> asked) {
        long askedAt = nanoTime.getAsLong();
        List<Bucket.Settlement> settlements = asked.stream().map(Bucket::settle).toList();
        report(client, settlements)
                .onComplete(
                        standings -> {
                            for (int at = 0; at < asked.size(); at++) {
                                Bucket.Settlement settlement = settlements.get(at);
                                Standing standing = standings.getOrDefault(
                                        settlement.budget().key(), Standing.NOTHING);
                                Policy policy = settlement.budget().policy();
                                double restore = policy.restore();
                                asked.get(at)
                                        .settled(
                                                policy.capacity() - standing.lacks * restore,
                                                standing.granted * restore,
                                                askedAt)
                                        .run();
                            }
                            // What was granted and is of no use goes back at once.
                            addDue(asked);
                        },
                        failure ->
                                asked.forEach(bucket -> bucket.failed(failure).run()))
                .onComplete(done -> {
                    settling.set(false);
                    asked.forEach(bucket -> touched(vertx, client, bucket));
                    settle(vertx, client);
                });
    }

    // A budget is stored as the instant when it is full again, and points are times: what restores them. The new row of
    // a budget that was full says what is spent; where there is a row already, it is held against the capacity. Rows
    // are locked in the order of their keys, so that two nodes do not wait for each other. Users who are gone, or whose
    // account is being deleted now, are left out: nothing of them comes back, and nobody waits for it. The commit does
    // not wait for the disk, because the reads behind it on the same connection would wait as well, and a crash that
    // forgets what was spent in its last second does no harm.
    private static final String SETTLE = """
            WITH present AS (
                SELECT id
                  FROM users
                 WHERE id = ANY ($6)
                   FOR KEY SHARE SKIP LOCKED
            )
            INSERT INTO budgets AS budget (key, full_at, capacity, useful, granted, user_id)
            SELECT key, now() + make_interval(secs => owed + asked), capacity, useful, asked, user_id
              FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::float8[], $6::uuid[])
                   AS asked_for (key, owed, asked, useful, capacity, user_id)
             CROSS JOIN set_config('synchronous_commit', 'off', true)
             WHERE user_id IS NULL OR user_id IN (SELECT id FROM present)
             ORDER BY key
                ON CONFLICT (key) DO UPDATE
               SET (full_at, granted, capacity, user_id) = (
                   SELECT now() + make_interval(secs => lacks + got), got, excluded.capacity, excluded.user_id
                     FROM (SELECT greatest(0, greatest(0, extract(epoch FROM budget.full_at - now()))::float8
                                  + extract(epoch FROM excluded.full_at - now())::float8 - excluded.granted) AS lacks)
                          AS before
                    CROSS JOIN LATERAL (
                          SELECT CASE WHEN excluded.capacity - lacks >= excluded.useful
                                      THEN least(excluded.granted, excluded.capacity - lacks)
                                      ELSE 0 END AS got) AS share)
            RETURNING key, extract(epoch FROM full_at - now())::float8 AS lacks, granted
            """;

    private static Future<Map<String, Standing>> report(SqlClient client, List<Bucket.Settlement> settlements) {
        int size = settlements.size();
        String[] keys = new String[size];
        Double[] owed = new Double[size];
        Double[] asked = new Double[size];
        Double[] useful = new Double[size];
        Double[] capacity = new Double[size];
        @Nullable UUID[] users = new UUID[size];
        for (int at = 0; at < size; at++) {
            Bucket.Settlement each = settlements.get(at);
            Budget budget = each.budget();
            double restore = budget.policy().restore();
            keys[at] = budget.key();
            owed[at] = each.owed() / restore;
            asked[at] = each.asked() / restore;
            useful[at] = each.useful() / restore;
            capacity[at] = budget.policy().capacity() / restore;
            users[at] = budget.userId();
        }
        return Rows.map(
                client,
                SETTLE,
                Tuple.of(keys, owed, asked, useful, capacity, users),
                row -> row.getString("key"),
                Budgets::toStanding);
    }

    private static Standing toStanding(Row row) {
        return new Standing(row.getDouble("lacks"), row.getDouble("granted"));
    }

    private static final String FORGET_FULL = """
            DELETE FROM budgets
             WHERE key IN (SELECT key
                             FROM budgets
                            WHERE full_at < now()
                            ORDER BY full_at
                            LIMIT $1
                              FOR UPDATE SKIP LOCKED)
            """;

    /** Forgets budgets that are full again. */
    public static final Job JANITOR = Job.deleting("forget-full-budgets", Duration.ofMinutes(1), FORGET_FULL);
}
