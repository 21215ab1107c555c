package org.expirytracker.jobs;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.expirytracker.db.Database;
import org.expirytracker.db.ServerOptions;
import org.jspecify.annotations.Nullable;

/**
 * Looks for jobs that are due, at start and then regularly, and does them: one for each process. Of many processes one does
 * a job; when it dies, another takes over as soon as its lease ends.
 *
 * <p>To be deployed with {@link #OPTIONS}: on a virtual thread, so that what it waits for holds up no event loop.
 */
public final class JobsVerticle extends VerticleBase {

    /** How it is deployed. */
    public static final DeploymentOptions OPTIONS =
            new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD);

    /** Longer than a step takes. */
    static final Duration LEASE = Duration.ofSeconds(30);

    /** Connections to the database: two for single statements, the others for transactions. */
    public static final int CONNECTIONS = 4;

    private final ServerOptions options;
    private final List<Job> jobs;
    private final Duration interval;
    private final Duration lease;
    private final MeterRegistry metrics;
    private Future<Void> looking = Future.succeededFuture();
    private volatile Map<String, JobRepository.Backlog> backlog = Map.of();
    private volatile boolean stopping;
    /** Whether somebody has asked for another look while one was under way. */
    private boolean woken;

    private @Nullable Database database;
    private volatile @Nullable Runner runner;

    /**
     * Does jobs in the database that {@code options} name, once it is deployed.
     *
     * @param jobs no two of one kind
     * @param interval from one look to the next, at least a millisecond; a look that takes longer is not overtaken
     * @param metrics count each run, and show after each look what is left
     */
    public JobsVerticle(ServerOptions options, List<Job> jobs, Duration interval, MeterRegistry metrics) {
        this(options, jobs, interval, metrics, LEASE);
    }

    /** As {@link #JobsVerticle(ServerOptions, List, Duration, MeterRegistry)}, with a lease of another length. */
    JobsVerticle(ServerOptions options, List<Job> jobs, Duration interval, MeterRegistry metrics, Duration lease) {
        this.options = options;
        this.jobs = List.copyOf(jobs);
        this.interval = interval;
        this.metrics = metrics;
        this.lease = lease;
    }

    @Override
    public Future<?> start() {
        Database opened = new Database(vertx, options, CONNECTIONS);
        Runner made = new Runner(opened, jobs, metrics, lease);
        database = opened;
        runner = made;
        for (Job job : jobs) {
            gauge("expiry.jobs.due", job, "", "Jobs that are due", JobRepository.Backlog::due);
            gauge("expiry.jobs.lag.seconds", job, "", "Since when the oldest waits", JobRepository.Backlog::lagSeconds);
            gauge("expiry.jobs.failed", job, "waiting", "Jobs that failed", JobRepository.Backlog::waiting);
            gauge("expiry.jobs.failed", job, "parked", "Jobs that failed", JobRepository.Backlog::parked);
        }
        vertx.runOnContext(first -> look(made));
        vertx.setPeriodic(interval.toMillis(), timer -> look(made));
        return Future.succeededFuture();
    }

    /** What is still under way after a lease is left to it. */
    @Override
    public Future<?> stop() {
        stopping = true;
        return looking.eventually(() -> runner == null
                        ? Future.succeededFuture()
                        : runner.stop().timeout(lease.toMillis(), TimeUnit.MILLISECONDS))
                .otherwiseEmpty()
                .eventually(() -> database == null ? Future.succeededFuture() : database.close());
    }

    /** Has this node look at once, since there is something due. From any thread; returns at once. */
    public void wake() {
        Context here = context;
        Runner made = runner;
        if (here != null && made != null) {
            here.runOnContext(now -> look(made));
        }
    }

    private void look(Runner made) {
        if (stopping) {
            return;
        }
        if (!looking.isComplete()) {
            woken = true;
            return;
        }
        woken = false;
        Promise<Void> looked = Promise.promise();
        looking = looked.future();
        try {
            backlog = made.look();
        } catch (Exception failure) {
            Runner.log(failure);
        } finally {
            looked.complete();
        }
        if (woken) {
            look(made);
        }
    }

    /** As of the last look of this node; of all nodes the same, give or take a look. */
    private void gauge(
            String name, Job job, String state, String description, ToDoubleFunction<JobRepository.Backlog> value) {
        Gauge.Builder<JobsVerticle> gauge = Gauge.builder(name, this, verticle -> {
                    JobRepository.Backlog left = verticle.backlog.get(job.kind());
                    return left == null ? 0 : value.applyAsDouble(left);
                })
                .tag("job", job.kind())
                .description(description);
        (state.isEmpty() ? gauge : gauge.tag("state", state)).register(metrics);
    }
}
