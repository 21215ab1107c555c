package org.expirytracker.daily;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.pgclient.PgConnectOptions;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;
import org.expirytracker.notifications.Digests;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for days that are due, at start and then regularly: one for each process, on an event loop of its own. */
public final class DailyVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(DailyVerticle.class);
    private static final int CONNECTIONS = 3;

    /** A process that stands still in the middle of a batch keeps its users from the others for so long. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);

    private final PgConnectOptions options;
    private final LiveFeed liveFeed;
    private final Duration interval;
    private final MeterRegistry metrics;
    private final Function<Database, Digests> digests;
    private final StuckRepository stuck = new StuckRepository();
    private Future<Integer> running = Future.succeededFuture(0);
    private Future<Integer> sending = Future.succeededFuture(0);
    private volatile StuckRepository.@Nullable Backlog backlog;
    private @Nullable Database database;
    private @Nullable DailyRun run;
    private @Nullable Digests digest;

    /**
     * Turns days in the database that {@code options} name, once it is deployed.
     *
     * @param liveFeed wakes the subscribers of users whose day was turned
     * @param interval from one look to the next, at least a millisecond; a look that takes longer is not overtaken
     * @param metrics is told how many days were turned, and after each look what is left
     * @param digests sends, over these connections, what is to be mailed after a turn
     */
    public DailyVerticle(
            PgConnectOptions options,
            LiveFeed liveFeed,
            Duration interval,
            MeterRegistry metrics,
            Function<Database, Digests> digests) {
        this.options = options;
        this.liveFeed = liveFeed;
        this.interval = interval;
        this.metrics = metrics;
        this.digests = digests;
    }

    @Override
    public Future<?> start() {
        Database opened = new Database(vertx, options, CONNECTIONS, LONGEST_SILENCE);
        DailyRun made = new DailyRun(vertx, opened, new ActivityLog(opened, liveFeed));
        database = opened;
        run = made;
        Digests sender = digests.apply(opened);
        digest = sender;
        register(made);
        look(opened, made, sender);
        vertx.setPeriodic(interval.toMillis(), timer -> look(opened, made, sender));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        if (run != null) {
            run.stop();
        }
        if (digest != null) {
            digest.stop();
        }
        return Future.join(running, sending)
                .otherwiseEmpty()
                .eventually(() -> database == null ? Future.succeededFuture() : database.close());
    }

    private void look(Database opened, DailyRun made, Digests sender) {
        // A mail server that is slow holds up no day, nor the other way round.
        if (sending.isComplete()) {
            sending = sender.sendDue().onComplete(DailyVerticle::tellSent, DailyVerticle::tell);
        }
        if (!running.isComplete()) {
            return;
        }
        running = made.turnDue()
                .compose(turned -> stuck.backlog(opened.reads())
                        .onSuccess(left -> backlog = left)
                        .map(turned))
                .onComplete(DailyVerticle::tell, DailyVerticle::tell);
    }

    private void register(DailyRun made) {
        FunctionCounter.builder("expiry.turns", made, DailyRun::turned)
                .description("Days of users that this node has turned")
                .register(metrics);
        FunctionCounter.builder("expiry.turns.failures", made, DailyRun::failures)
                .description("Tries of this node to turn a day, or to tell of an item, that failed")
                .register(metrics);
        gauge("expiry.turns.due", "", "Users whose day is due", StuckRepository.Backlog::due);
        gauge("expiry.turns.lag.seconds", "", "Since when the oldest of them is due", DailyVerticle::lag);
        gauge("expiry.stuck.users", "waiting", "Users whose day could not be turned", left -> left.waitingUsers());
        gauge("expiry.stuck.users", "parked", "Users whose day could not be turned", left -> left.parkedUsers());
        gauge("expiry.stuck.items", "waiting", "Items of which it could not be told", left -> left.waitingItems());
        gauge("expiry.stuck.items", "parked", "Items of which it could not be told", left -> left.parkedItems());
    }

    /** As of the last look of this node; of all nodes the same, give or take a look. */
    private void gauge(String name, String state, String description, ToDoubleFunction<StuckRepository.Backlog> value) {
        Gauge.Builder<DailyVerticle> gauge = Gauge.builder(name, this, verticle -> {
            StuckRepository.Backlog left = verticle.backlog;
            return left == null ? 0 : value.applyAsDouble(left);
        });
        (state.isEmpty() ? gauge : gauge.tag("state", state))
                .description(description)
                .register(metrics);
    }

    private static double lag(StuckRepository.Backlog left) {
        Instant oldest = left.oldestDueAt();
        return oldest == null ? 0 : left.at().getEpochSecond() - oldest.getEpochSecond();
    }

    private static void tell(int turned) {
        if (turned > 0) {
            LOG.info("{} days turned", turned);
        }
    }

    private static void tellSent(int sent) {
        if (sent > 0) {
            LOG.info("{} digests sent", sent);
        }
    }

    private static void tell(Throwable failure) {
        if (failure instanceof Problem problem && problem.code() == Problem.Code.UNAVAILABLE) {
            LOG.warn("The turn of the day waits for the database: {}", problem.getMessage());
        } else {
            LOG.error("The turn of the day failed; it is tried again", failure);
        }
    }
}
