package org.expirytracker.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of a job on one node and on several. Each test has a kind of job of its own. */
@Timeout(60)
class JobsVerticleTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final DatabaseUrl URL = TestDatabase.migrated();
    private static final Stock STOCK = new Stock(URL);
    private static final Duration INTERVAL = Duration.ofMillis(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String kind = "test-" + UUID.randomUUID();
    private final JobRepository repository = new JobRepository();
    private final Database database = new Database(VERTX, URL.connectOptions(), 3);
    private final List<String> nodes = new ArrayList<>();
    private final MeterRegistry metrics = new SimpleMeterRegistry();

    @AfterEach
    void stopNodes() {
        nodes.forEach(node -> VERTX.undeploy(node).await());
        database.close().await();
    }

    @AfterAll
    static void stop() {
        VERTX.close().await();
    }

    private String node(Job.Work work) {
        return node(work, JobsVerticle.LEASE);
    }

    private String node(Job.Work work, Duration lease) {
        Job job = new Job(kind, Duration.ofHours(1), work);
        JobsVerticle verticle = new JobsVerticle(URL.connectOptions(), List.of(job), INTERVAL, metrics, lease);
        String id = VERTX.deployVerticle(verticle, JobsVerticle.OPTIONS).await();
        nodes.add(id);
        return id;
    }

    private void stop(String node) {
        nodes.remove(node);
        VERTX.undeploy(node).await();
    }

    private @Nullable String value(String expression) {
        List<@Nullable String> found = STOCK.column("SELECT " + expression + " FROM jobs WHERE kind = ?", kind);
        return found.isEmpty() ? null : found.getFirst();
    }

    private JobRepository.Standing standing() {
        return repository.list(database.reads()).await().stream()
                .filter(each -> each.kind().equals(kind))
                .findFirst()
                .orElseThrow();
    }

    private void makeDue() {
        STOCK.run("UPDATE jobs SET due_at = now() WHERE kind = ?", kind);
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(end);
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private boolean isDone() {
        return value("done_at") != null;
    }

    private double runs(String outcome) {
        return Objects.requireNonNull(metrics.find("expiry.jobs.runs")
                        .tags("job", kind, "outcome", outcome)
                        .counter())
                .count();
    }

    @Nested
    class AJob {

        @Test
        void is_done_at_once_when_it_is_new_and_again_when_it_is_due() {
            AtomicInteger runs = new AtomicInteger();
            node(lease -> runs.incrementAndGet());

            await(JobsVerticleTest.this::isDone);
            assertThat(value("due_at - done_at")).isEqualTo("01:00:00");
            assertThat(runs).hasValue(1);

            makeDue();
            await(() -> runs.get() == 2);
        }

        @Test
        void is_done_by_one_of_two_nodes() {
            AtomicInteger runs = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            Job.Work work = lease -> {
                runs.incrementAndGet();
                begun.countDown();
                await(goOn);
            };
            node(work);
            await(begun);
            String other = node(work);

            assertThat(repository
                            .claim(database.reads(), List.of(kind), JobsVerticle.LEASE)
                            .await())
                    .isEmpty();
            goOn.countDown();
            await(JobsVerticleTest.this::isDone);
            stop(other);
            assertThat(runs).hasValue(1);
        }

        @Test
        void is_counted() {
            AtomicInteger tries = new AtomicInteger();
            node(lease -> {
                if (tries.incrementAndGet() == 1) {
                    throw new IllegalStateException("not yet");
                }
            });
            await(() -> standingTries() == 1);
            makeDue();
            await(JobsVerticleTest.this::isDone);

            assertThat(runs("failed")).isEqualTo(1);
            assertThat(runs("done")).isEqualTo(1);
        }
    }

    private int standingTries() {
        String tries = value("CASE WHEN claim_id IS NULL THEN tries ELSE -1 END");
        return tries == null ? -1 : Integer.parseInt(tries);
    }

    @Nested
    class ANodeThatDies {

        @Test
        void leaves_its_job_to_another_when_its_lease_ends() {
            repository.add(database.reads(), List.of(kind)).await();
            assertThat(repository
                            .claim(database.reads(), List.of(kind), Duration.ofMillis(300))
                            .await())
                    .isPresent();
            assertThat(standing().running()).isTrue();

            AtomicInteger tries = new AtomicInteger();
            node(lease -> tries.set(standing().tries()));

            await(JobsVerticleTest.this::isDone);
            assertThat(tries).hasValue(2);
            assertThat(standing().tries()).isZero();
        }

        @Test
        void each_time_in_the_middle_of_the_same_job_has_it_parked() {
            repository.add(database.reads(), List.of(kind)).await();
            STOCK.run(
                    "UPDATE jobs SET tries = ?, claim_id = new_id(), due_at = now() - interval '1 second' WHERE kind = ?",
                    JobRepository.MOST_TRIES,
                    kind);
            AtomicInteger runs = new AtomicInteger();

            node(lease -> runs.incrementAndGet());

            await(() -> standing().dueAt() == null);
            assertThat(standing().error()).isEqualTo("The node that did it ended in the middle");
            assertThat(runs).hasValue(0);
        }
    }

    @Nested
    class ANodeThatStandsStill {

        @Test
        void has_lost_its_job_when_it_wakes() {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch wake = new CountDownLatch(1);
            CountDownLatch woken = new CountDownLatch(1);
            List<Boolean> goesOn = new ArrayList<>();
            String sleeper = node(
                    lease -> {
                        begun.countDown();
                        await(wake);
                        goesOn.add(lease.goesOn());
                        woken.countDown();
                    },
                    Duration.ofMillis(300));
            await(begun);
            node(lease -> {});
            await(JobsVerticleTest.this::isDone);
            String done = value("done_at");

            wake.countDown();
            await(woken);
            stop(sleeper);

            assertThat(goesOn).containsExactly(false);
            assertThat(value("done_at")).isEqualTo(done);
            assertThat(standing().tries()).isZero();
        }
    }

    @Nested
    class ALongJob {

        @Test
        void keeps_its_lease_from_step_to_step() {
            List<String> ends = new ArrayList<>();
            node(lease -> {
                for (int step = 0; step < 3; step++) {
                    ends.add(Objects.requireNonNull(value("due_at")));
                    assertThat(lease.goesOn()).isTrue();
                }
            });

            await(JobsVerticleTest.this::isDone);
            assertThat(ends).hasSize(3).doesNotHaveDuplicates().isSorted();
        }

        @Test
        void is_left_to_another_node_when_its_own_stops() {
            CountDownLatch begun = new CountDownLatch(1);
            String first = node(lease -> {
                begun.countDown();
                while (lease.goesOn()) {
                    LockSupport.parkNanos(1_000_000);
                }
            });
            await(begun);

            stop(first);

            assertThat(standing().running()).isFalse();
            assertThat(standing().tries()).isZero();
            assertThat(value("due_at <= now() AND done_at IS NULL")).isEqualTo("t");
        }
    }

    @Nested
    class AFailure {

        @Test
        void is_noted_and_tried_again_later_and_later_then_parked_until_an_operator_wants_another_try() {
            AtomicInteger runs = new AtomicInteger();
            node(lease -> {
                if (runs.incrementAndGet() <= JobRepository.MOST_TRIES + 1) {
                    throw new IllegalStateException("the disk is full");
                }
            });
            List<String> pauses = new ArrayList<>();
            for (int run = 1; run < JobRepository.MOST_TRIES; run++) {
                int tries = run;
                await(() -> standingTries() == tries);
                pauses.add(Objects.requireNonNull(value("due_at - last_failed_at")));
                makeDue();
            }
            assertThat(pauses)
                    .startsWith("00:01:00", "00:02:00", "00:04:00", "00:08:00", "00:16:00", "00:32:00", "01:00:00")
                    .endsWith("01:00:00");

            await(() -> standing().dueAt() == null);
            assertThat(standing().error()).isEqualTo("the disk is full");
            assertThat(standing().tries()).isEqualTo(JobRepository.MOST_TRIES);
            assertThat(standing().firstFailedAt()).isBefore(standing().lastFailedAt());

            assertThat(repository.retry(database.reads(), kind).await()).isEqualTo(1);
            await(() ->
                    standing().tries() > JobRepository.MOST_TRIES && standing().dueAt() == null);

            repository.retry(database.reads(), kind).await();
            await(JobsVerticleTest.this::isDone);
            assertThat(standing().error()).isNull();
            assertThat(standing().tries()).isZero();
        }
    }
}
