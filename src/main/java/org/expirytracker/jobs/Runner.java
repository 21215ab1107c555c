package org.expirytracker.jobs;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;
import org.expirytracker.tracing.Span;
import org.expirytracker.tracing.Trace;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what is due, of each kind a few at a time, each on a virtual thread of its own: so no kind waits for another.
 * Blocking, in plain control flow.
 */
final class Runner {

    private static final Logger LOG = LoggerFactory.getLogger(Runner.class);
    private static final String DIED = "The node that did it ended in the middle";

    private final Database database;
    private final Map<String, Job> jobs;
    private final Map<String, Semaphore> places;
    private final Set<Future<?>> working = ConcurrentHashMap.newKeySet();
    private final MeterRegistry metrics;
    private final Duration lease;
    private final JobRepository repository = new JobRepository();
    private boolean added;
    private volatile boolean stopping;

    /**
     * For the jobs of a database.
     *
     * @param jobs no two of one kind
     * @param metrics count each run
     * @param lease of a job, unless it is held: longer than a step takes
     */
    Runner(Database database, List<Job> jobs, MeterRegistry metrics, Duration lease) {
        this.database = database;
        this.jobs = jobs.stream().collect(Collectors.toUnmodifiableMap(Job::kind, Function.identity()));
        this.places =
                jobs.stream().collect(Collectors.toUnmodifiableMap(Job::kind, job -> new Semaphore(job.atOnce())));
        this.metrics = metrics;
        this.lease = lease;
    }

    /** Begins whatever is due, and does not wait for it; how much there is to do. */
    Map<String, JobRepository.Backlog> look() {
        if (!added) {
            repository.addRecurring(database.reads(), recurring()).await();
            added = true;
        }
        Map<String, JobRepository.Backlog> backlog =
                repository.backlog(database.reads(), jobs.keySet()).await();
        jobs.forEach((kind, job) -> {
            JobRepository.Backlog left = backlog.get(kind);
            begin(job, left == null ? 0 : left.due());
        });
        return backlog;
    }

    private List<String> recurring() {
        return jobs.values().stream()
                .filter(job -> job.every() != null)
                .map(Job::kind)
                .toList();
    }

    /** Lets what is under way be the last; succeeds when that is done. */
    Future<?> stop() {
        stopping = true;
        return idle();
    }

    /** Succeeds when nothing is under way. */
    Future<?> idle() {
        return working.isEmpty() ? Future.succeededFuture() : Future.join(List.copyOf(working));
    }

    private void begin(Job job, int due) {
        Context node = Vertx.currentContext();
        Semaphore free = places.get(job.kind());
        for (int begun = 0; begun < due && free != null && free.tryAcquire(); begun++) {
            Promise<Void> done = Promise.promise();
            working.add(done.future());
            Thread.ofVirtual().name("job " + job.kind()).start(() -> {
                try {
                    doAll(job, node);
                } finally {
                    free.release();
                    working.remove(done.future());
                    done.complete();
                }
            });
        }
    }

    private void doAll(Job job, @Nullable Context node) {
        try {
            while (!stopping && doNext(job, node)) {
                // The next one.
            }
        } catch (Exception failure) {
            log(failure);
        }
    }

    /** Whether there was one. */
    private boolean doNext(Job job, @Nullable Context node) {
        Optional<JobRepository.Claimed> claimed =
                repository.claim(database.reads(), job.kind(), lease).await();
        claimed.ifPresent(each -> Trace.job(node, job.kind(), each.tenantId(), span -> {
            if (span != null) {
                span.put("expiry.job.kind", job.kind());
                span.put("expiry.job.tenant", each.tenantId().toString());
                span.put("expiry.job.tries", each.tries());
            }
            run(job, new Claim(each), span);
        }));
        return claimed.isPresent();
    }

    private void run(Job job, Claim claim, @Nullable Span span) {
        if (claim.claimed.died()) {
            if (claim.claimed.tries() > job.retries().most()) {
                noteFailure(job, claim, DIED, null);
                return;
            }
            repository.died(database.reads(), claim.claimed, DIED).await();
        }
        try {
            job.work().run(claim);
        } catch (Exception failure) {
            count(job, "failed");
            if (span != null) {
                span.fail(failure.getClass().getName());
            }
            noteFailure(job, claim, JobRepository.textOf(failure), failure);
            return;
        }
        if (claim.interrupted) {
            repository.postpone(database.reads(), claim.claimed, Duration.ZERO).await();
        } else if (!claim.postponed) {
            count(job, "done");
            repository.done(database.reads(), claim.claimed, job.every()).await();
        }
    }

    private void noteFailure(Job job, Claim claim, String error, @Nullable Exception failure) {
        Duration pause = job.retries().pauseAfter(claim.claimed.tries());
        boolean noted =
                repository.failed(database.reads(), claim.claimed, error, pause).await();
        if (noted && pause == null) {
            LOG.error(
                    "The job {} failed too often and is parked: {}. Repair what is wrong, then: expiry jobs retry {}",
                    claim,
                    error,
                    claim.id(),
                    failure);
        } else if (noted) {
            LOG.warn("The job {} failed and is tried again: {}", claim, error);
        }
    }

    private void count(Job job, String outcome) {
        Counter.builder("expiry.jobs.runs")
                .description("Runs of jobs on this node")
                .tag("job", job.kind())
                .tag("outcome", outcome)
                .register(metrics)
                .increment();
    }

    static void log(Exception failure) {
        if (failure instanceof Problem problem && problem.code() == Problem.Code.UNAVAILABLE) {
            LOG.warn("The jobs wait for the database: {}", problem.getMessage());
        } else {
            LOG.error("Looking for jobs failed; it is tried again", failure);
        }
    }

    /** On the one thread that does it. */
    private final class Claim implements Lease {

        private final JobRepository.Claimed claimed;
        private boolean interrupted;
        private boolean postponed;

        Claim(JobRepository.Claimed claimed) {
            this.claimed = claimed;
        }

        @Override
        public UUID tenantId() {
            return claimed.tenantId();
        }

        @Override
        public UUID objectId() {
            return claimed.objectId();
        }

        @Override
        public Database database() {
            return database;
        }

        @Override
        public boolean goesOn() {
            interrupted = stopping || !hold();
            return !interrupted;
        }

        @Override
        public boolean hold() {
            return repository.hold(database.reads(), claimed, lease).await();
        }

        @Override
        public boolean isStopping() {
            return stopping;
        }

        @Override
        public void recovered() {
            repository.recovered(database.reads(), claimed).await();
        }

        @Override
        public void postpone(Duration pause) {
            repository.postpone(database.reads(), claimed, pause).await();
            postponed = true;
        }

        @Override
        public void postponeTo(Instant moment) {
            repository.postpone(database.reads(), claimed, moment).await();
            postponed = true;
        }

        @Override
        public Future<Boolean> end(SqlConnection connection) {
            return repository.end(connection, claimed);
        }

        /** By which an operator has it tried again. */
        String id() {
            if (!objectId().equals(JobRepository.WHOLE)) {
                return objectId().toString();
            }
            return tenantId().equals(JobRepository.WHOLE)
                    ? claimed.kind()
                    : tenantId().toString();
        }

        @Override
        public String toString() {
            String object = objectId().equals(JobRepository.WHOLE) ? "" : ", " + objectId();
            return tenantId().equals(JobRepository.WHOLE)
                    ? claimed.kind()
                    : claimed.kind() + " (" + tenantId() + object + ")";
        }
    }
}
