package org.expirytracker.jobs;

import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import org.expirytracker.db.Rows;

/**
 * Work that comes due again and again, done by one node at a time. Registered by the room whose tables it is about.
 *
 * @param kind by which operators and all nodes know it: 1 to 60 characters, never used for anything else
 * @param every how long after it was done it is due again
 */
public record Job(String kind, Duration every, Work work) {

    /** Rows that one statement of a janitor deletes at most: so many that it is done well in time. */
    static final int MOST_ROWS = 10_000;

    /** What is to be done, in plain control flow on a virtual thread. */
    @FunctionalInterface
    public interface Work {

        /**
         * Does it, in steps of a few seconds with {@link Lease#goesOn} between them. What it throws is noted, and it is
         * tried again.
         */
        void run(Lease lease);
    }

    /**
     * A janitor: deletes what is outdated, in bounded steps, until nothing is left.
     *
     * @param statement deletes at most $1 rows
     */
    public static Job deleting(String kind, Duration every, String statement) {
        return new Job(kind, every, lease -> {
            int deleted;
            do {
                deleted = Rows.change(lease.client(), statement, Tuple.of((long) MOST_ROWS))
                        .await();
            } while (deleted == MOST_ROWS && lease.goesOn());
        });
    }
}
