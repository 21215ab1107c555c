package org.expirytracker.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.Erasure;
import org.expirytracker.kernel.InventoryId;
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
    private static final int MOST_TRIES = Job.Retries.USUAL.most();

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
        return node(List.of(new Job(kind, Duration.ofHours(1), work)), lease);
    }

    private String node(List<Job> jobs, Duration lease) {
        JobsVerticle verticle = new JobsVerticle(URL.connectOptions(), jobs, INTERVAL, metrics, lease);
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

    private double gauge(String state) {
        return Objects.requireNonNull(metrics.find("expiry.jobs.failed")
                        .tags("job", kind, "state", state)
                        .gauge())
                .value();
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
                            .claim(database.reads(), kind, JobsVerticle.LEASE)
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
            await(() -> gauge("waiting") == 1);
            makeDue();
            await(JobsVerticleTest.this::isDone);
            await(() -> gauge("waiting") == 0);

            assertThat(runs("failed")).isEqualTo(1);
            assertThat(runs("done")).isEqualTo(1);
        }
    }

    private int standingTries() {
        String tries = value("CASE WHEN claim_id IS NULL THEN tries ELSE -1 END");
        return tries == null ? -1 : Integer.parseInt(tries);
    }

    @Nested
    class AJobThatIsNotWantedAnyMore {

        @Test
        void goes_unless_a_node_is_at_it() {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            String node = node(lease -> {
                begun.countDown();
                await(end);
            });
            await(begun);

            assertThat(repository.endRecurring(database.reads(), kind).await()).isZero();
            end.countDown();
            await(() -> isDone());
            stop(node);

            assertThat(repository.endRecurring(database.reads(), kind).await()).isEqualTo(1);
            assertThat(value("kind")).isNull();
        }
    }

    @Nested
    class ANodeThatDies {

        @Test
        void leaves_its_job_to_another_when_its_lease_ends() {
            repository.addRecurring(database.reads(), List.of(kind)).await();
            assertThat(repository
                            .claim(database.reads(), kind, Duration.ofMillis(300))
                            .await())
                    .isPresent();
            assertThat(standing().running()).isTrue();

            AtomicInteger tries = new AtomicInteger();
            List<String> errors = new CopyOnWriteArrayList<>();
            node(lease -> {
                tries.set(standing().tries());
                errors.add(String.valueOf(standing().error()));
            });

            await(JobsVerticleTest.this::isDone);
            assertThat(errors).containsExactly("The node that did it ended in the middle");
            assertThat(tries).hasValue(2);
            assertThat(standing().tries()).isZero();
        }

        @Test
        void each_time_in_the_middle_of_the_same_job_has_it_parked() {
            repository.addRecurring(database.reads(), List.of(kind)).await();
            STOCK.run(
                    "UPDATE jobs SET tries = ?, claim_id = new_id(), due_at = now() - interval '1 second' WHERE kind = ?",
                    MOST_TRIES,
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
                if (runs.incrementAndGet() <= MOST_TRIES + 1) {
                    throw new IllegalStateException("the disk is full");
                }
            });
            List<String> pauses = new ArrayList<>();
            for (int run = 1; run < MOST_TRIES; run++) {
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
            assertThat(standing().tries()).isEqualTo(MOST_TRIES);
            assertThat(standing().firstFailedAt()).isBefore(standing().lastFailedAt());

            assertThat(repository.retry(database.reads(), kind, null).await()).isEqualTo(1);
            await(() -> standing().tries() > MOST_TRIES && standing().dueAt() == null);

            repository.retry(database.reads(), kind, null).await();
            await(JobsVerticleTest.this::isDone);
            assertThat(standing().error()).isNull();
            assertThat(standing().tries()).isZero();
        }
    }

    /** Work that is added for a tenant, and goes once it is done. */
    @Nested
    class AJobOfATenant {

        private final UUID tenant = UUID.randomUUID();

        private void add(UUID object) {
            STOCK.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, due_at) VALUES (?, ?, ?, now()) "
                            + JobRepository.OR_ONCE_MORE,
                    tenant,
                    kind,
                    object);
        }

        private Job once(int atOnce, Job.Work work) {
            return Job.once(kind, Job.Retries.minutes(2, 10), atOnce, work);
        }

        private String once(Job.Work work) {
            return node(List.of(once(1, work)), JobsVerticle.LEASE);
        }

        private boolean isGone() {
            return value("1") == null;
        }

        @Test
        void goes_when_it_is_done_and_knows_whom_it_is_about() {
            UUID object = UUID.randomUUID();
            List<UUID> seen = new CopyOnWriteArrayList<>();
            add(object);

            once(lease -> seen.addAll(List.of(lease.tenantId(), lease.objectId())));

            await(this::isGone);
            assertThat(seen).containsExactly(tenant, object);
        }

        @Test
        void that_is_added_while_it_is_under_way_is_done_once_more() {
            AtomicInteger runs = new AtomicInteger();
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch goOn = new CountDownLatch(1);
            add(JobRepository.WHOLE);
            once(lease -> {
                runs.incrementAndGet();
                begun.countDown();
                await(goOn);
            });
            await(begun);

            add(JobRepository.WHOLE);
            add(JobRepository.WHOLE);
            goOn.countDown();

            await(this::isGone);
            assertThat(runs).hasValue(2);
        }

        @Test
        void that_failed_keeps_its_pause_when_it_is_added_again_and_is_parked_as_its_kind_says() {
            add(JobRepository.WHOLE);
            once(lease -> {
                throw new IllegalStateException("away");
            });
            await(() -> standingTries() == 1);

            add(JobRepository.WHOLE);

            assertThat(value("due_at - last_failed_at")).isEqualTo("00:10:00");
            makeDue();
            await(() -> "t".equals(value("due_at = 'infinity'")));
            assertThat(value("tries || ' ' || error")).isEqualTo("2 away");
        }

        @Test
        void that_is_postponed_is_due_then_and_was_not_tried() {
            add(JobRepository.WHOLE);
            once(lease -> lease.postpone(Duration.ofHours(1)));

            await(() -> "t".equals(value("claim_id IS NULL AND due_at > now() + interval '59 minutes'")));

            assertThat(value("tries")).isEqualTo("0");
        }

        @Test
        void is_done_with_no_more_than_a_few_others_at_a_time() {
            AtomicInteger underWay = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            AtomicInteger done = new AtomicInteger();
            CountDownLatch three = new CountDownLatch(3);
            for (int job = 0; job < 10; job++) {
                add(UUID.randomUUID());
            }

            node(
                    List.of(once(3, lease -> {
                        most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
                        three.countDown();
                        await(three);
                        underWay.decrementAndGet();
                        done.incrementAndGet();
                    })),
                    JobsVerticle.LEASE);

            await(this::isGone);
            assertThat(most).hasValue(3);
            assertThat(done).hasValue(10);
        }

        @Test
        void is_done_once_however_many_nodes_there_are() {
            List<UUID> objects = Stream.generate(UUID::randomUUID).limit(100).toList();
            List<UUID> done = new CopyOnWriteArrayList<>();
            objects.forEach(this::add);

            for (int node = 0; node < 4; node++) {
                node(List.of(once(2, lease -> done.add(lease.objectId()))), JobsVerticle.LEASE);
            }

            await(this::isGone);
            assertThat(done).containsExactlyInAnyOrderElementsOf(objects);
        }

        @Test
        void waits_for_no_other_that_is_due_before_it_and_that_somebody_holds() throws SQLException {
            List<UUID> held = Stream.generate(UUID::randomUUID).limit(25).toList();
            List<UUID> done = new CopyOnWriteArrayList<>();
            held.forEach(this::add);
            try (Connection other = TestDatabase.connect(URL);
                    Statement statement = other.createStatement()) {
                other.setAutoCommit(false);
                statement.execute("SELECT FROM jobs WHERE kind = '" + kind + "' FOR UPDATE");
                UUID free = UUID.randomUUID();
                add(free);

                once(lease -> done.add(lease.objectId()));

                await(() -> done.equals(List.of(free)));
                other.rollback();
            }

            await(this::isGone);
            assertThat(done).hasSize(26).containsAll(held);
        }

        @Test
        void that_takes_long_holds_up_no_other_kind() {
            CountDownLatch begun = new CountDownLatch(1);
            CountDownLatch end = new CountDownLatch(1);
            AtomicInteger runs = new AtomicInteger();
            add(JobRepository.WHOLE);
            Job slow = once(1, lease -> {
                begun.countDown();
                await(end);
            });
            Job quick = new Job(kind + "-quick", Duration.ofMillis(1), lease -> runs.incrementAndGet());
            node(List.of(slow, quick), JobsVerticle.LEASE);
            await(begun);
            int before = runs.get();

            await(() -> runs.get() > before + 2);

            assertThat(isGone()).isFalse();
            end.countDown();
            await(this::isGone);
        }

        @Test
        void ends_with_a_transaction_or_not_at_all() {
            AtomicInteger tries = new AtomicInteger();
            add(JobRepository.WHOLE);
            once(lease -> lease.database()
                    .transaction(connection -> lease.end(connection)
                            .compose(ended -> tries.incrementAndGet() == 1
                                    ? Future.failedFuture(new IllegalStateException("rolled back"))
                                    : Future.succeededFuture(ended)))
                    .await());
            await(() -> standingTries() == 1);

            makeDue();

            await(this::isGone);
            assertThat(tries).hasValue(2);
        }

        @Test
        void goes_with_its_tenant() {
            add(UUID.randomUUID());
            add(UUID.randomUUID());

            database.transaction(connection ->
                            Erasure.runAll(List.of(JobRepository.ERASURE), connection, new InventoryId(tenant)))
                    .await();

            assertThat(isGone()).isTrue();
        }
    }
}
