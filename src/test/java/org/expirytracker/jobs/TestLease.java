package org.expirytracker.jobs;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.expirytracker.db.Database;

/** A lease of recurring work that nobody takes away. */
public record TestLease(Database database) implements Lease {

    /** Does a job once, and waits for it. */
    public static void run(Job job, Database database) {
        job.work().run(new TestLease(database));
    }

    @Override
    public UUID tenantId() {
        return JobRepository.WHOLE;
    }

    @Override
    public UUID objectId() {
        return JobRepository.WHOLE;
    }

    @Override
    public boolean goesOn() {
        return true;
    }

    @Override
    public boolean hold() {
        return true;
    }

    @Override
    public boolean isStopping() {
        return false;
    }

    @Override
    public void recovered() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void postpone(Duration pause) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void postponeTo(Instant moment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Boolean> end(SqlConnection connection) {
        throw new UnsupportedOperationException();
    }
}
