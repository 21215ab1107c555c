package org.expirytracker.jobs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.SqlClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for jobs that are due, at start and then regularly, and does one after the other: one for each process. Of many
 * processes one does a job; when it dies, another takes over as soon as its lease ends.
 *
 * <p>To be deployed with {@link #OPTIONS}: on a virtual thread, so that what it waits for holds up no event loop.
 */
public final class JobsVerticle extends VerticleBase {

    /** How it is deployed. */
    public static final DeploymentOptions OPTIONS =
            new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD);

    /** Longer than a step takes. */
    static final Duration LEASE = Duration.ofSeconds(30);

    private static final Logger LOG = LoggerFactory.getLogger(JobsVerticle.class);
    private static final int CONNECTIONS = 3;

    private final PgConnectOptions options;
    private final Map<String, Job> jobs;
    private final Duration interval;
    private final Duration lease;
    private final MeterRegistry metrics;
    private final JobRepository repository = new JobRepository();
    private Future<Void> looking = Future.succeededFuture();
    private volatile JobRepository.@Nullable Backlog backlog;
    private volatile boolean stopping;
    private boolean added;
    private @Nullable Database database;

    /**
     * Does jobs in the database that {@code options} name, once it is deployed.
     *
     * @param jobs no two of one kind
     * @param interval from one look to the next, at least a millisecond; a look that takes longer is not overtaken
     * @param metrics is told of each run, and after each look what is left
     */
    public JobsVerticle(PgConnectOptions options, List<Job> jobs, Duration interval, MeterRegistry metrics) {
        this(options, jobs, interval, metrics, LEASE);
    }

    /** As {@link #JobsVerticle(PgConnectOptions, List, Duration, MeterRegistry)}, with a lease of another length. */
    JobsVerticle(PgConnectOptions options, List<Job> jobs, Duration interval, MeterRegistry metrics, Duration lease) {
        this.options = options;
        this.jobs = jobs.stream().collect(Collectors.toUnmodifiableMap(Job::kind, Function.identity()));
        this.interval = interval;
        this.metrics = metrics;
        this.lease = lease;
    }

    @Override
    public Future<?> start() {
        Database opened = new Database(vertx, options, CONNECTIONS);
        database = opened;
        gauge("expiry.jobs.due", "", "Jobs that are due", JobRepository.Backlog::due);
        gauge("expiry.jobs.lag.seconds", "", "Since when the oldest of them is due", JobRepository.Backlog::lagSeconds);
        gauge("expiry.jobs.failed", "waiting", "Jobs that failed", JobRepository.Backlog::waiting);
        gauge("expiry.jobs.failed", "parked", "Jobs that failed", JobRepository.Backlog::parked);
        vertx.runOnContext(first -> look(opened.reads()));
        vertx.setPeriodic(interval.toMillis(), timer -> look(opened.reads()));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        stopping = true;
        return looking.eventually(() -> database == null ? Future.succeededFuture() : database.close());
    }

    private void look(SqlClient client) {
        if (stopping || !looking.isComplete()) {
            return;
        }
        Promise<Void> looked = Promise.promise();
        looking = looked.future();
        try {
            addOnce(client);
            boolean found = true;
            while (found && !stopping) {
                found = doNext(client);
            }
            backlog = repository.backlog(client, jobs.keySet()).await();
        } catch (Exception failure) {
            log(failure);
        } finally {
            looked.complete();
        }
    }

    private void addOnce(SqlClient client) {
        if (!added) {
            repository.add(client, jobs.keySet()).await();
            added = true;
        }
    }

    /** Whether there was one. */
    private boolean doNext(SqlClient client) {
        Optional<JobRepository.Claimed> claimed =
                repository.claim(client, jobs.keySet(), lease).await();
        claimed.ifPresent(each -> {
            if (each.parked()) {
                logParked(each.kind(), null);
            } else {
                run(Objects.requireNonNull(jobs.get(each.kind())), new Claim(client, each));
            }
        });
        return claimed.isPresent();
    }

    private void run(Job job, Claim claim) {
        try {
            job.work().run(claim);
        } catch (Exception failure) {
            count(job, "failed");
            noteFailure(job, claim, failure);
            return;
        }
        if (claim.interrupted) {
            repository.giveBack(claim.client, claim.claimed).await();
        } else {
            count(job, "done");
            repository.done(claim.client, claim.claimed, job.every()).await();
        }
    }

    private void noteFailure(Job job, Claim claim, Exception failure) {
        boolean parked =
                repository.failed(claim.client, claim.claimed, failure).await().orElse(false);
        if (parked) {
            logParked(job.kind(), failure);
        } else {
            LOG.warn("The job {} failed and is tried again: {}", job.kind(), failure.toString());
        }
    }

    private static void logParked(String kind, @Nullable Exception failure) {
        LOG.error(
                "The job {} failed too often and is parked. Mend what is wrong, then: expiry jobs retry {}",
                kind,
                kind,
                failure);
    }

    private void count(Job job, String outcome) {
        Counter.builder("expiry.jobs.runs")
                .description("Runs of jobs on this node")
                .tag("job", job.kind())
                .tag("outcome", outcome)
                .register(metrics)
                .increment();
    }

    /** As of the last look of this node; of all nodes the same, give or take a look. */
    private void gauge(String name, String state, String description, ToDoubleFunction<JobRepository.Backlog> value) {
        Gauge.Builder<JobsVerticle> gauge = Gauge.builder(name, this, verticle -> {
            JobRepository.Backlog left = verticle.backlog;
            return left == null ? 0 : value.applyAsDouble(left);
        });
        (state.isEmpty() ? gauge : gauge.tag("state", state))
                .description(description)
                .register(metrics);
    }

    private static void log(Exception failure) {
        if (failure instanceof Problem problem && problem.code() == Problem.Code.UNAVAILABLE) {
            LOG.warn("The jobs wait for the database: {}", problem.getMessage());
        } else {
            LOG.error("Looking for jobs failed; it is tried again", failure);
        }
    }

    private final class Claim implements Lease {

        private final SqlClient client;
        private final JobRepository.Claimed claimed;
        private boolean interrupted;

        Claim(SqlClient client, JobRepository.Claimed claimed) {
            this.client = client;
            this.claimed = claimed;
        }

        @Override
        public SqlClient client() {
            return client;
        }

        @Override
        public boolean goesOn() {
            interrupted = stopping || !repository.hold(client, claimed, lease).await();
            return !interrupted;
        }
    }
}
