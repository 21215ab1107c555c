package org.expirytracker.db;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The standbys from which queries may read, one object for each process: how far each has replayed the log of the primary, and
 * how far it must have to show what has happened to an inventory (PostgreSQL manual, "Log-Shipping Standby Servers"). One that
 * does not answer, is no standby, or follows another database is not used until that has changed.
 */
public final class Replicas {

    private static final Logger LOG = LoggerFactory.getLogger(Replicas.class);

    private static final int ASK_EVERY_MILLIS = 100;
    private static final int PATIENCE_MILLIS = 1_000;
    private static final int MOST_KNOWN = 100_000;
    private static final long NOT_USED = -1;

    private final List<Replica> all;
    private final Cache<InventoryId, Seen> seen =
            Caffeine.newBuilder().maximumSize(MOST_KNOWN).build();
    private final AtomicInteger turn = new AtomicInteger();
    private final LongAdder primaryReads = new LongAdder();
    private final List<Pool> pools = new ArrayList<>();
    private volatile long written;
    private volatile @Nullable String identity;
    private @Nullable String timeline;
    private long timer = -1;

    /**
     * Where the primary's log was when the latest change of an inventory was first seen.
     *
     * @param moment of that change, which is another one for each
     * @param position behind its commit
     */
    private record Seen(OffsetDateTime moment, long position) {}

    /** Opens no connection yet. */
    public Replicas(DatabaseUrl url) {
        all = url.servers().stream()
                .map(server ->
                        new Replica(server.toString(), url.onServer(server).connectOptions()))
                .toList();
    }

    /** One of the standbys. */
    public static final class Replica {

        private final String name;
        private final ServerOptions options;
        private final LongAdder reads = new LongAdder();
        private final LongAdder failures = new LongAdder();
        private volatile long replayed = NOT_USED;
        private volatile long mustPass = NOT_USED;
        private @Nullable String trouble = "";
        private boolean asking;

        private Replica(String name, ServerOptions options) {
            this.name = name;
            this.options = options.named("replica");
        }

        ServerOptions options() {
            return options;
        }

        void answered() {
            reads.increment();
        }

        /** Not to be asked again before it has answered. */
        void failed() {
            failures.increment();
            replayed = NOT_USED;
        }

        private boolean has(long position) {
            long now = replayed;
            return now >= position && now > mustPass;
        }

        /** Whether queries may read from it just now. */
        public boolean isUsed() {
            return replayed != NOT_USED;
        }

        /** How many statements it has answered. */
        public long reads() {
            return reads.sum();
        }

        /** How many statements were repeated on the primary. */
        public long failures() {
            return failures.sum();
        }

        /** Address and port. */
        @Override
        public String toString() {
            return name;
        }

        /** Says once what has become of it; null when it is used. */
        private void note(@Nullable String now) {
            String before = trouble;
            trouble = now;
            if (now == null && before != null) {
                LOG.info("Queries may read from the replica {}", name);
            } else if (now != null && !now.equals(before)) {
                LOG.warn("Nothing is read from the replica {}: {}", name, now);
            }
        }
    }

    /** Those that the URL names, in its order. */
    public List<Replica> all() {
        return all;
    }

    /** How many operations that could have read from a replica read from the primary, since none had all they must see. */
    public long primaryReads() {
        return primaryReads.sum();
    }

    /** How many bytes of the primary's log, as far as it was seen, a replica has not replayed yet. */
    public long lagBytes(Replica replica) {
        return replica.isUsed() ? Math.max(0, written - replica.replayed) : written;
    }

    private static final String IDENTITY = """
            SELECT (SELECT system_identifier FROM pg_control_system()) || ' ' || current_database() AS identity
            """;

    private static final String PROGRESS = """
            SELECT pg_is_in_recovery() AS standby, (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::bigint AS replayed,
                   (SELECT system_identifier FROM pg_control_system()) || ' ' || current_database() AS identity
            """;

    /**
     * Begins to ask the standbys how far they are.
     *
     * @param primary runs single statements
     */
    public void start(Vertx vertx, SqlClient primary) {
        List<Runnable> looks = new ArrayList<>();
        for (Replica replica : all) {
            Pool pool = PgBuilder.pool()
                    .with(new PoolOptions()
                            .setName("replica " + replica)
                            .setMaxSize(1)
                            .setConnectionTimeout(PATIENCE_MILLIS)
                            .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS))
                    .with(Database.network("replica"))
                    .connectingTo(replica.options.servers().getFirst())
                    .using(vertx)
                    .build();
            pools.add(pool);
            looks.add(() -> look(replica, pool));
        }
        timer = vertx.setPeriodic(0, ASK_EVERY_MILLIS, again -> {
            if (identity == null) {
                Rows.first(primary, IDENTITY, Tuple.tuple(), row -> row.getString("identity"))
                        .onSuccess(found -> found.ifPresent(known -> identity = known));
            } else {
                looks.forEach(Runnable::run);
            }
        });
    }

    private void look(Replica replica, SqlClient client) {
        if (replica.asking) {
            return;
        }
        replica.asking = true;
        Rows.first(client, PROGRESS, Tuple.tuple(), row -> row)
                .timeout(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                .onSuccess(found -> found.ifPresent(row -> {
                    String unfit = unfit(row);
                    replica.replayed = unfit == null ? row.getLong("replayed") : NOT_USED;
                    replica.note(unfit);
                }))
                .onFailure(away -> {
                    replica.replayed = NOT_USED;
                    replica.note("it does not answer");
                })
                .onComplete(asked -> replica.asking = false);
    }

    private @Nullable String unfit(Row row) {
        if (!row.getBoolean("standby") || row.getLong("replayed") == null) {
            return "it is no standby. Was it promoted, name the others in DATABASE_REPLICA_URL";
        }
        return row.getString("identity").equals(identity)
                ? null
                : "it is no standby of this database, but of another server or database";
    }

    /** Whether there is any from which queries may read just now. */
    public boolean areUsed() {
        for (Replica each : all) {
            if (each.isUsed()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Up to where a standby must have replayed the log to show all that has happened to an inventory.
     *
     * @param moment of the latest change that was seen
     * @param position of the primary's log when it was seen, so behind that change's commit
     * @param history of the primary, which is another one after each promotion
     */
    public synchronized long needed(InventoryId inventoryId, OffsetDateTime moment, long position, String history) {
        written = Math.max(written, position);
        if (!history.equals(timeline)) {
            promoted(history, position);
        }
        Seen before = seen.getIfPresent(inventoryId);
        if (before != null && before.moment.equals(moment)) {
            return before.position;
        }
        seen.put(inventoryId, new Seen(moment, position));
        return position;
    }

    /**
     * Positions of the former primary say nothing of the new one. A standby that was ahead of what was promoted holds what was
     * lost and never goes on: so each has to go on before it is used again.
     */
    private void promoted(String history, long position) {
        if (timeline != null) {
            LOG.info("Another server is the primary: replicas are used again as they follow it");
            all.forEach(replica -> replica.mustPass = replica.replayed);
        }
        timeline = history;
        written = position;
        seen.invalidateAll();
    }

    /** The number of a standby that has replayed the log up to a position; negative when none has. They take turns. */
    public int having(long position) {
        int first = Math.floorMod(turn.getAndIncrement(), all.size());
        for (int at = 0; at < all.size(); at++) {
            int number = (first + at) % all.size();
            if (all.get(number).has(position)) {
                return number;
            }
        }
        primaryReads.increment();
        return -1;
    }

    /** Asks no more. */
    public Future<Void> close(Vertx vertx) {
        vertx.cancelTimer(timer);
        return Future.join(pools.stream().map(Pool::close).toList()).mapEmpty();
    }
}
