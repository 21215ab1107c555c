package org.expirytracker.jobs;

import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.expirytracker.db.Rows;
import org.jspecify.annotations.Nullable;

/**
 * A kind of work that comes due: again and again, or once for each time that it is added. Each piece of it is done by one
 * node at a time. Registered by the room whose tables it is about.
 *
 * @param kind by which operators and all nodes know it: 1 to 60 characters, never used for anything else
 * @param every how long after it was done it is due again; null when it goes once it is done
 * @param atOnce how many pieces of it one node does at the same time at most, at least 1
 */
public record Job(String kind, @Nullable Duration every, Retries retries, int atOnce, Work work) {

    /** Rows that one statement of a janitor deletes at most: so many that it is done well in time. */
    static final int MOST_ROWS = 10_000;

    /**
     * What follows a failure.
     *
     * @param pauses after the first failure, the second and so on; the last one also after each further one
     * @param most after how many tries that failed it is parked
     */
    public record Retries(List<Duration> pauses, int most) {

        /** After one minute, two, four and so on, at most an hour; parked after some six hours. */
        public static final Retries USUAL = minutes(12, 1, 2, 4, 8, 16, 32, 60);

        /** As {@link Retries}, with pauses in minutes. */
        public static Retries minutes(int most, Integer... pauses) {
            return new Retries(Stream.of(pauses).map(Duration::ofMinutes).toList(), most);
        }

        /** The pause after so many tries that failed; null when it is parked then. */
        @Nullable
        Duration pauseAfter(int tries) {
            return tries >= most ? null : pauses.get(Math.clamp(tries, 1, pauses.size()) - 1);
        }
    }

    /** What is to be done, in plain control flow on a virtual thread. */
    @FunctionalInterface
    public interface Work {

        /**
         * Does it, in steps of a few seconds with {@link Lease#goesOn} between them. What it throws is noted, and it is
         * tried again.
         */
        void run(Lease lease);
    }

    /** Work of the whole installation that recurs. */
    public Job(String kind, Duration every, Work work) {
        this(kind, every, Retries.USUAL, 1, work);
    }

    /** Work about a tenant that goes once it is done. */
    public static Job once(String kind, Retries retries, int atOnce, Work work) {
        return new Job(kind, null, retries, atOnce, work);
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
