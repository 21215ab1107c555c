package org.expirytracker.jobs;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.expirytracker.db.Database;

/** A job that this node has claimed, for some time; a node that dies or stands still loses it to another. */
public interface Lease {

    /** Whose data it is about; the nil id for the whole installation. */
    UUID tenantId();

    /** What of theirs; the nil id for the whole. */
    UUID objectId();

    /** Where the job is, and where its work is done. */
    Database database();

    /** Runs single statements. */
    default SqlClient client() {
        return database().reads();
    }

    /**
     * Keeps the job for longer; to be called between two steps.
     *
     * @return false when this node has to leave the rest to a later run, because it stops or another has taken over
     */
    boolean goesOn();

    /**
     * Keeps the job for longer, also when this node stops.
     *
     * @return false when another has taken over
     */
    boolean hold();

    /** Whether this node stops, and the job with it. Asks nobody; {@link #goesOn} says no then. */
    boolean isStopping();

    /** Notes that it goes well, for work that lasts: what failed before it began counts no more. */
    void recovered();

    /** Leaves the job for a while, by the database's clock. That is no try. */
    void postpone(Duration pause);

    /** Leaves the job until a moment, by the database's clock. That is no try. */
    void postponeTo(Instant moment);

    /**
     * Ends the job together with what a transaction does.
     *
     * @return false when another has taken over, and so does it
     */
    Future<Boolean> end(SqlConnection connection);
}
