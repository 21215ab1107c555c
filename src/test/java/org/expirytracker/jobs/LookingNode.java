package org.expirytracker.jobs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import org.expirytracker.db.Database;
import org.expirytracker.db.ServerOptions;

/** A node that looks for jobs when a test says so. */
public final class LookingNode {

    private final MeterRegistry metrics = new SimpleMeterRegistry();
    private final Runner runner;

    /** A node with the usual lease. */
    public LookingNode(Database database, List<Job> jobs) {
        runner = new Runner(database, jobs, metrics, JobsVerticle.LEASE);
    }

    /** A verticle with a lease of another length. */
    public static JobsVerticle verticle(ServerOptions options, List<Job> jobs, Duration interval, Duration lease) {
        return new JobsVerticle(options, jobs, interval, new SimpleMeterRegistry(), lease);
    }

    /** Begins what is due, and waits for none of it. */
    public void look() {
        runner.look();
    }

    /** Does what is due, and all that comes due meanwhile. */
    public void doDue() {
        look();
        runner.idle().await();
    }

    /** How many runs of a kind ended so. */
    public int runs(String kind, String outcome) {
        Counter counter = metrics.find("expiry.jobs.runs")
                .tags("job", kind, "outcome", outcome)
                .counter();
        return counter == null ? 0 : (int) counter.count();
    }
}
