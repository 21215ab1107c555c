package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import io.vertx.sqlclient.TransactionRollbackException;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.ReadSource;

/**
 * One event loop's way to PostgreSQL: pipelined connections for reads and a pool for transactions. Everything
 * has a bound: how long a statement runs, how long it waits for a lock or a connection, how many wait.
 */
public final class Database {

    /**
     * What a statement begins with that is to be planned anew each time, for the values it comes with. PostgreSQL would soon
     * plan one that is kept for any values: a hundred thousand rows of a word then look like those of any other.
     */
    public static final String PLANNED_FOR_VALUES = "-- planned for its values\n";

    /** Longest run of one statement, in milliseconds; PostgreSQL cancels it then. */
    public static final int STATEMENT_TIMEOUT_MILLIS = 5_000;

    private static final int LOCK_TIMEOUT_MILLIS = 3_000;
    private static final int IDLE_IN_TRANSACTION_SECONDS = 10;
    private static final int POOL_WAIT_SECONDS = 2;
    private static final int MOST_WAITING = 512;
    /** Longer than any statement takes, or an idle transaction. */
    private static final int SILENT_CONNECTION_SECONDS = 12;

    private static final int READ_CONNECTIONS = 2;
    private static final int DEADLOCK_TRIES = 3;

    /** Numbers the pools, by which the metrics tell them apart. */
    private static final AtomicInteger POOLS = new AtomicInteger();

    private final PrimarySearch primary;
    private final SqlClient reads;
    private final List<Replicas.Replica> replicas;
    private final List<SqlClient> replicaReads;
    private final Pool pool;
    private final boolean pooled;
    private final SessionSettings.Bounds bounds;

    /**
     * Opens no connection yet.
     *
     * @param options where the database is and who connects; those of {@link DatabaseUrl#pooledOptions()} for a pooler
     * @param connections most connections of this event loop, at least 3: two of them are pipelined
     */
    public Database(Vertx vertx, ServerOptions options, int connections) {
        this(vertx, options, connections, List.of());
    }

    /**
     * As {@link #Database(Vertx, ServerOptions, int)}.
     *
     * @param replicas from which callers may read who say so; {@value #READ_CONNECTIONS} connections to each besides
     */
    public Database(Vertx vertx, ServerOptions options, int connections, List<Replicas.Replica> replicas) {
        this(vertx, options, connections, Duration.ofSeconds(IDLE_IN_TRANSACTION_SECONDS), replicas);
    }

    /**
     * As {@link #Database(Vertx, ServerOptions, int)}.
     *
     * @param longestSilence after which PostgreSQL ends a transaction in which no statement comes, and frees its locks
     */
    public Database(Vertx vertx, ServerOptions options, int connections, Duration longestSilence) {
        this(vertx, options, connections, longestSilence, List.of());
    }

    private Database(
            Vertx vertx,
            ServerOptions options,
            int connections,
            Duration longestSilence,
            List<Replicas.Replica> replicas) {
        this.pooled = options.pooled();
        primary = new PrimarySearch(vertx, options.with(server -> pooled ? server : caching(server)));
        bounds = new SessionSettings.Bounds(
                Duration.ofMillis(STATEMENT_TIMEOUT_MILLIS), Duration.ofMillis(LOCK_TIMEOUT_MILLIS), longestSilence);
        String number = Integer.toString(POOLS.incrementAndGet());
        // Behind a pooler a connection is nobody's: what would be set on it would be another's next.
        Handler<SqlConnection> begun =
                pooled ? SqlConnection::close : connection -> SessionSettings.release(connection, bounds);
        Handler<SqlConnection> connected = connection -> {
            WholeMessages.readBy(connection);
            begun.handle(connection);
        };
        int reading = pooled ? Math.max(READ_CONNECTIONS, connections / 2) : READ_CONNECTIONS;
        Supplier<Future<SqlConnectOptions>> single =
                pooled ? () -> primary.get().map(Database::oneAtATime) : primary;
        this.reads = PgBuilder.client()
                .with(waiting("reads-" + number, reading))
                .with(network("reads-" + number))
                .connectingTo(single)
                .withConnectHandler(connected)
                .using(vertx)
                .build();
        this.replicas = replicas;
        this.replicaReads = replicas.stream()
                .map(replica -> onReplica(vertx, replica, number))
                .toList();
        this.pool = PgBuilder.pool()
                .with(waiting("transactions-" + number, Math.max(1, connections - reading)))
                .with(network("transactions-" + number))
                .connectingTo(primary)
                .withConnectHandler(connected)
                .using(vertx)
                .build();
    }

    private static SqlClient onReplica(Vertx vertx, Replicas.Replica replica, String number) {
        Duration patience = Duration.ofMillis(ReplicaReads.PATIENCE_MILLIS);
        SessionSettings.Bounds soon = new SessionSettings.Bounds(patience, patience, patience);
        String purpose = "replica-" + replica + "-" + number;
        return PgBuilder.client()
                .with(waiting(purpose, READ_CONNECTIONS))
                .with(network(purpose))
                .connectingTo(
                        replica.options().with(Database::caching).servers().getFirst())
                .withConnectHandler(connection -> SessionSettings.release(connection, soon))
                .using(vertx)
                .build();
    }

    private static PgConnectOptions caching(PgConnectOptions options) {
        return options.setCachePreparedStatements(true)
                .setPreparedStatementCacheMaxSize(256)
                .setPreparedStatementCacheSqlFilter(sql -> !sql.startsWith(PLANNED_FOR_VALUES));
    }

    /** Poolers have been known to mix up the answers to what is sent ahead outside a transaction. */
    private static SqlConnectOptions oneAtATime(SqlConnectOptions options) {
        return new PgConnectOptions(options).setUseLayer7Proxy(true).setPipeliningLimit(1);
    }

    /**
     * A connection on which nothing arrives any more is given up, so a vanished database cannot hold the pool, however much is
     * asked of it.
     */
    static NetClientOptions network(String purpose) {
        return new NetClientOptions()
                .setMetricsName(purpose)
                .setConnectTimeout(POOL_WAIT_SECONDS * 1_000)
                .setReadIdleTimeout(SILENT_CONNECTION_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setTcpKeepAlive(true);
    }

    private static PoolOptions waiting(String purpose, int size) {
        return new PoolOptions()
                .setName(purpose)
                .setMaxSize(size)
                .setMaxWaitQueueSize(MOST_WAITING)
                .setConnectionTimeout(POOL_WAIT_SECONDS)
                .setConnectionTimeoutUnit(TimeUnit.SECONDS);
    }

    /** Runs single statements, many at a time on one connection; not for transactions. */
    public SqlClient reads() {
        return reads;
    }

    /**
     * Runs single statements that change nothing, on the primary or on the replica from which a caller may read. What reads may go
     * to the primary at any moment; see {@link ReadSource}.
     */
    public SqlClient reads(Caller caller) {
        int replica = caller.source().replica();
        return replica < 0
                ? reads
                : new ReplicaReads(replicas.get(replica), replicaReads.get(replica), reads, caller.source());
    }

    /**
     * Runs work in one transaction: committed when its future succeeds, rolled back when it fails. A deadlock
     * or serialization failure runs the work again, up to {@value #DEADLOCK_TRIES} times in all.
     *
     * @return fails with {@code UNAVAILABLE} when no connection or lock is to be had in time
     */
    // Vert.x declares that the work may answer null; here it answers what T allows.
    @SuppressWarnings("NullAway")
    public <T> Future<T> transaction(Function<SqlConnection, Future<T>> work) {
        return tried(
                () -> pool.withTransaction(connection -> unlessReadOnly(connection, work.apply(connection))),
                DEADLOCK_TRIES);
    }

    /**
     * As {@link #transaction(Function)}, with a first statement that is sent together with the beginning, which spares a wait.
     *
     * @param first sends it; should the transaction not begin, it was executed alone and must have done no harm
     * @param work goes on with what became of it
     */
    public <F, T> Future<T> transaction(
            Function<SqlConnection, Future<F>> first, BiFunction<SqlConnection, F, Future<T>> work) {
        return tried(
                () -> pool.getConnection()
                        .compose(connection ->
                                transaction(connection, first, work).onComplete(over -> connection.close())),
                DEADLOCK_TRIES);
    }

    private <F, T> Future<T> transaction(
            SqlConnection connection,
            Function<SqlConnection, Future<F>> first,
            BiFunction<SqlConnection, F, Future<T>> work) {
        Future<Transaction> begun = connection.begin();
        // A pooler looks for a server when a transaction begins: what comes after waits until it has one.
        Future<?> ready = pooled ? begun : Future.succeededFuture();
        Future<F> ahead = ready.compose(sent -> first.apply(connection));
        return begun.compose(transaction -> unlessReadOnly(
                        connection, ahead.compose(known -> work.apply(connection, known)))
                .compose(
                        result -> transaction.commit().map(result),
                        failure -> transaction.rollback().transform(over -> Future.failedFuture(failure))));
    }

    private <T> Future<T> tried(Supplier<Future<T>> transaction, int tries) {
        return transaction.get().recover(failure -> {
            if (tries > 1 && SqlFailures.isWorthAnotherTry(failure)) {
                return tried(transaction, tries - 1);
            }
            return Future.failedFuture(
                    failure instanceof TransactionRollbackException
                            ? SqlFailures.unavailable()
                            : SqlFailures.asProblem(failure));
        });
    }

    /**
     * Requires that sessions behind a pooler begin as this program needs them.
     *
     * @return fails with a message for the operator
     */
    public Future<?> requireSettingsOfPooler() {
        return Pooler.requireSettings(reads, bounds);
    }

    private static final String IS_WRITABLE = """
            SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writable
            """;

    /**
     * Whether the database takes changes, which a standby does not. The connection that found out otherwise is ended: the
     * next one may reach the server that is the primary by then.
     */
    public Future<Boolean> isWritable() {
        return isWritable(reads).onSuccess(writable -> {
            if (!writable) {
                SessionSettings.end(reads);
            }
        });
    }

    static Future<Boolean> isWritable(SqlClient client) {
        return Rows.first(client, IS_WRITABLE, Tuple.tuple(), row -> row.getBoolean("writable"))
                .map(writable -> writable.orElse(false));
    }

    private static <T> Future<T> unlessReadOnly(SqlConnection connection, Future<T> worked) {
        return worked.recover(failure -> SqlFailures.isReadOnly(failure)
                ? connection
                        .query("ROLLBACK")
                        .execute()
                        .transform(rolledBack -> SessionSettings.end(connection))
                        .transform(ended -> Future.failedFuture(failure))
                : Future.failedFuture(failure));
    }

    /** Closes every connection. */
    public Future<Void> close() {
        List<Future<Void>> closing = new ArrayList<>(List.of(reads.close(), pool.close(), primary.close()));
        replicaReads.forEach(each -> closing.add(each.close()));
        return Future.join(closing).mapEmpty();
    }
}
