package org.expirytracker.jobs;

import io.vertx.sqlclient.SqlClient;

/** A lease that nobody takes away. */
public record TestLease(SqlClient client) implements Lease {

    /** Does a job once, and waits for it. */
    public static void run(Job job, SqlClient client) {
        job.work().run(new TestLease(client));
    }

    @Override
    public boolean goesOn() {
        return true;
    }
}
