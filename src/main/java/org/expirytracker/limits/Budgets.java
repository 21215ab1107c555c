package org.expirytracker.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.expirytracker.db.Rows;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Budgets that all nodes share, in the table of that name. One for each process, shared by its event loops.
 *
 * <p>A node spends from memory and tells the database soon, of many budgets at once; a {@link Bucket} knows how far it
 * may go before it must ask. So the usual request costs no statement, and a flood is refused without one. The database
 * adds up what all nodes tell it by its own clock, exactly: over any time all nodes together grant what a budget holds
 * and what is restored to it, and at any instant not more than a twenty-fifth of it above that (of two nodes; a
 * fiftieth for each further one), which is then taken off what is restored next.
 *
 * <p>While the database is away, what must ask it is refused with {@code UNAVAILABLE}: a budget that opened then would
 * be none, and hardly any request can be answered without the database anyway.
 */
public final class Budgets {

    private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);

    private static final int MOST_REMEMBERED = 100_000;
    private static final Duration MEMORY = Duration.ofMinutes(1);
    private static final int MOST_IN_A_STATEMENT = 1_000;
    private static final long TICK_MILLIS = 100;
    private static final long SWEEP_NANOS = Duration.ofMinutes(1).toNanos();

    private final LongSupplier nanoTime;
    private final Cache<Key, Bucket> buckets = Caffeine.newBuilder()
            .maximumSize(MOST_REMEMBERED)
            .expireAfterAccess(MEMORY)
            .executor(Runnable::run)
            .build();
    private final Queue<Bucket> unsettled = new ConcurrentLinkedQueue<>();
    private final Queue<Bucket> due = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean ticking = new AtomicBoolean();
    private final AtomicBoolean settling = new AtomicBoolean();
    private final AtomicLong sweptAt;

    /** Budgets of which nothing is known yet. */
    public Budgets() {
        this(System::nanoTime);
    }

    /** As {@link #Budgets()}, by another clock than {@link System#nanoTime}. */
    Budgets(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.sweptAt = new AtomicLong(nanoTime.getAsLong());
    }

    private record Key(Policy policy, Object of) {

        String text() {
            return policy.name() + ":" + of;
        }
    }

    /**
     * Takes points from a budget, or none. Must be called on an event loop; the answer comes there.
     *
     * @param client a way to the database, not inside a transaction
     * @param of whose budget it is
     * @param cost in points, at least 1
     * @return fails with {@code UNAVAILABLE} when the database must be asked and does not answer
     */
    Future<Receipt> take(Vertx vertx, SqlClient client, Policy policy, Object of, int cost) {
        Bucket bucket = bucket(policy, of);
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
    void giveBack(Vertx vertx, SqlClient client, Policy policy, Object of, int cost) {
        Bucket bucket = bucket(policy, of);
        bucket.giveBack(cost, nanoTime.getAsLong());
        touched(vertx, client, bucket);
    }

    private Bucket bucket(Policy policy, Object of) {
        return buckets.get(new Key(policy, of), key -> new Bucket(policy, key.text()));
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
            Set<Bucket> batch = new LinkedHashSet<>();
            for (Bucket next = due.poll(); next != null; next = due.poll()) {
                if (next.hasSomethingToSettle() && batch.add(next) && batch.size() == MOST_IN_A_STATEMENT) {
                    break;
                }
            }
            if (batch.isEmpty()) {
                settling.set(false);
            } else {
                settle(vertx, client, batch);
            }
        }
    }

    private record Said(double lacks, double granted) {}

    private void settle(Vertx vertx, SqlClient client, Set<Bucket> batch) {
        long askedAt = nanoTime.getAsLong();
        List<Bucket> asked = List.copyOf(batch);
        List<Bucket.Settlement> settlements = asked.stream().map(Bucket::settle).toList();
        tell(client, settlements)
                .onComplete(
                        said -> {
                            for (int at = 0; at < asked.size(); at++) {
                                Bucket.Settlement told = settlements.get(at);
                                Said of = said.getOrDefault(told.key(), new Said(0, 0));
                                double restore = told.policy().restore();
                                asked.get(at)
                                        .settled(
                                                told.policy().capacity() - of.lacks * restore,
                                                of.granted * restore,
                                                askedAt)
                                        .run();
                            }
                            // What was granted and is of no use goes back at once.
                            addDue(asked);
                            sweep(client);
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
    // are locked in the order of their keys, so that two nodes do not wait for each other. The commit does not wait for
    // the
    // disk, because the reads behind it on the same connection would wait as well, and a crash that forgets what was
    // spent in its last second does no harm.
    private static final String TELL = """
            INSERT INTO budgets AS budget (key, full_at, capacity, useful, granted)
            SELECT key, now() + make_interval(secs => owed + asked), capacity, useful, asked
              FROM unnest($1::text[], $2::float8[], $3::float8[], $4::float8[], $5::float8[])
                   AS told (key, owed, asked, useful, capacity)
             CROSS JOIN set_config('synchronous_commit', 'off', true)
             ORDER BY key
                ON CONFLICT (key) DO UPDATE
               SET (full_at, granted, capacity) = (
                   SELECT now() + make_interval(secs => lacks + got), got, excluded.capacity
                     FROM (SELECT greatest(0, greatest(0, extract(epoch FROM budget.full_at - now()))::float8
                                  + extract(epoch FROM excluded.full_at - now())::float8 - excluded.granted) AS lacks)
                          AS before
                    CROSS JOIN LATERAL (
                          SELECT CASE WHEN excluded.capacity - lacks >= excluded.useful
                                      THEN least(excluded.granted, excluded.capacity - lacks)
                                      ELSE 0 END AS got) AS share)
            RETURNING key, extract(epoch FROM full_at - now())::float8 AS lacks, granted
            """;

    private static Future<Map<String, Said>> tell(SqlClient client, List<Bucket.Settlement> settlements) {
        int size = settlements.size();
        String[] keys = new String[size];
        Double[] owed = new Double[size];
        Double[] asked = new Double[size];
        Double[] useful = new Double[size];
        Double[] capacity = new Double[size];
        for (int at = 0; at < size; at++) {
            Bucket.Settlement each = settlements.get(at);
            double restore = each.policy().restore();
            keys[at] = each.key();
            owed[at] = each.owed() / restore;
            asked[at] = each.asked() / restore;
            useful[at] = each.useful() / restore;
            capacity[at] = each.policy().capacity() / restore;
        }
        return Rows.map(
                client,
                TELL,
                Tuple.of(keys, owed, asked, useful, capacity),
                row -> row.getString("key"),
                Budgets::toSaid);
    }

    private static Said toSaid(Row row) {
        return new Said(row.getDouble("lacks"), row.getDouble("granted"));
    }

    private void sweep(SqlClient client) {
        long last = sweptAt.get();
        long now = nanoTime.getAsLong();
        if (now - last >= SWEEP_NANOS && sweptAt.compareAndSet(last, now)) {
            forgetFull(client)
                    .onFailure(failure -> LOG.warn("Budgets that are full again could not be deleted", failure));
        }
    }

    private static final String FORGET_FULL = """
            DELETE FROM budgets
             WHERE key IN (SELECT key
                             FROM budgets
                            WHERE full_at < now()
                            ORDER BY full_at
                            LIMIT 10000
                              FOR UPDATE SKIP LOCKED)
            """;

    /** Deletes the rows of budgets that are full again, at most 10,000; how many. */
    static Future<Integer> forgetFull(SqlClient client) {
        return Rows.change(client, FORGET_FULL, Tuple.tuple());
    }
}
