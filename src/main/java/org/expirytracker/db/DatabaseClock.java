package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one clock of all nodes: the database's. It goes on by the clock of its node, set right by how far that is off,
 * which is measured again every few seconds. So what a node computes and what the database computes agree on the day,
 * and tokens of one node are good on every other, however wrong the nodes' clocks are. Before the first measurement it
 * is the clock of its node. Safe for any thread.
 */
public final class DatabaseClock implements InstantSource {

    /** From how much on it is worth a warning. */
    static final Duration WORTH_A_WARNING = Duration.ofSeconds(5);

    private static final Logger LOG = LoggerFactory.getLogger(DatabaseClock.class);
    private static final int MEASURE_EVERY_MILLIS = 5_000;

    private final InstantSource node;
    private volatile Duration offset = Duration.ZERO;
    private Duration warned = Duration.ZERO;

    /** Set right from the first measurement on; {@code node} is the clock of this node. */
    public DatabaseClock(InstantSource node) {
        this.node = node;
    }

    @Override
    public Instant instant() {
        return node.instant().plus(offset);
    }

    /** By how much the database's clock is ahead of this node's; negative when it is behind. */
    public Duration offset() {
        return offset;
    }

    private static final String NOW = """
            SELECT clock_timestamp() AS at
            """;

    /** Asks the database what time it is. Fails with {@code UNAVAILABLE}; then the clock goes on as it was set. */
    public Future<Duration> measure(SqlClient client) {
        Instant asked = node.instant();
        return Rows.list(client, NOW, Tuple.tuple(), row -> row.getOffsetDateTime("at"))
                .map(times -> {
                    times.stream().map(OffsetDateTime::toInstant).forEach(at -> set(asked, at, node.instant()));
                    return offset;
                });
    }

    /** Measures again every few seconds, until the event loops close. */
    public void follow(Vertx vertx, SqlClient client) {
        vertx.setPeriodic(
                MEASURE_EVERY_MILLIS,
                timer -> measure(client)
                        .onFailure(failure -> LOG.debug("The database does not say what time it is", failure)));
    }

    /**
     * The database said {@code at} at some time between the question and the answer. As long as that agrees with what is
     * known, nothing changes: a slow answer makes the clock no worse, and it does not jump to and fro.
     */
    synchronized void set(Instant asked, Instant at, Instant answered) {
        Duration least = Duration.between(answered, at);
        Duration most = Duration.between(asked, at);
        // Otherwise the clock of the node was set meanwhile, and the next answer shows more.
        if (least.compareTo(most) <= 0) {
            if (offset.compareTo(least) < 0) {
                offset = least;
            } else if (offset.compareTo(most) > 0) {
                offset = most;
            }
            warnIfOff();
        }
    }

    private void warnIfOff() {
        boolean off = offset.abs().compareTo(WORTH_A_WARNING) > 0;
        if (off && offset.minus(warned).abs().compareTo(WORTH_A_WARNING) > 0) {
            warned = offset;
            LOG.warn(
                    "The clock of this node is {} s {} the database's, which is followed instead. Set it right, best by"
                            + " a time service (NTP) on both machines.",
                    offset.abs().toSeconds(),
                    offset.isNegative() ? "ahead of" : "behind");
        } else if (!off && !warned.isZero()) {
            warned = Duration.ZERO;
            LOG.info("The clock of this node agrees with the database's again.");
        }
    }
}
