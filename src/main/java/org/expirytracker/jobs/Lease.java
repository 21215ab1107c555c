package org.expirytracker.jobs;

import io.vertx.sqlclient.SqlClient;

/** A job that this node has claimed, for some time; a node that dies or stands still loses it to another. */
public interface Lease {

    /** Runs single statements. */
    SqlClient client();

    /**
     * Keeps the job for longer; to be called between two steps.
     *
     * @return false when this node has to leave the rest to a later run, because it stops or another has taken over
     */
    boolean goesOn();
}
