package org.expirytracker.daily;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.time.Duration;
import java.time.Instant;
import java.util.function.ToDoubleFunction;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.db.ServerOptions;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for days that are due, at start and then regularly: one for each process, on an event loop of its own. */
public final class DailyVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(DailyVerticle.class);
    private static final int CONNECTIONS = 3;

    /** A process that stands still in the middle of a batch keeps its users from the others for so long. */
    private static final Duration LONGEST_SILENCE = Duration.ofSeconds(5);

    private final ServerOptions options;
    private final LiveFeed liveFeed;
    private final Duration interval;
    private final MeterRegistry metrics;
    private final TurnRepository turns = new TurnRepository();
    private Future<Integer> running = Future.succeededFuture(0);
    private volatile TurnRepository.@Nullable Backlog backlog;
    private @Nullable Database database;
    private @Nullable DailyRun run;

    /**
     * Turns days in the database that {@code options} name, once it is deployed.
     *
     * @param liveFeed wakes the subscribers of users whose day was turned
     * @param interval from one look to the next, at least a millisecond; a look that takes longer is not overtaken
     * @param metrics count the days that were turned, and show after each look what is left
     */
    public DailyVerticle(ServerOptions options, LiveFeed liveFeed, Duration interval, MeterRegistry metrics) {
        this.options = options;
        this.liveFeed = liveFeed;
        this.interval = interval;
        this.metrics = metrics;
    }

    @Override
    public Future<?> start() {
        Database opened = new Database(vertx, options, CONNECTIONS, LONGEST_SILENCE);
        DailyRun made = new DailyRun(vertx, opened, new ActivityLog(opened, liveFeed));
        database = opened;
        run = made;
        register(made);
        look(opened, made);
        vertx.setPeriodic(interval.toMillis(), timer -> look(opened, made));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        if (run != null) {
            run.stop();
        }
        return running.otherwiseEmpty()
                .eventually(() -> database == null ? Future.succeededFuture() : database.close());
    }

    private void look(Database opened, DailyRun made) {
        if (!running.isComplete()) {
            return;
        }
        running = made.turnDue()
                .compose(turned -> turns.backlog(opened.reads())
                        .onSuccess(left -> backlog = left)
                        .map(turned))
                .onComplete(DailyVerticle::log, DailyVerticle::log);
    }

    private void register(DailyRun made) {
        FunctionCounter.builder("expiry.turns", made, DailyRun::turned)
                .description("Days of users that this node has turned")
                .register(metrics);
        FunctionCounter.builder("expiry.turns.failures", made, DailyRun::failures)
                .description(
                        "Days, and items of which nobody could be notified, that failed for the first time on this node")
                .register(metrics);
        gauge("expiry.turns.due", "", "Users whose day is due", TurnRepository.Backlog::due);
        gauge("expiry.turns.lag.seconds", "", "Since when the oldest of them is due", DailyVerticle::lag);
        gauge("expiry.stuck.users", "waiting", "Users whose day could not be turned", left -> left.waitingUsers());
        gauge("expiry.stuck.users", "parked", "Users whose day could not be turned", left -> left.parkedUsers());
        gauge("expiry.stuck.items", "waiting", "Items of which nobody could be notified", left -> left.waitingItems());
        gauge("expiry.stuck.items", "parked", "Items of which nobody could be notified", left -> left.parkedItems());
    }

    /** As of the last look of this node; of all nodes the same, give or take a look. */
    private void gauge(String name, String state, String description, ToDoubleFunction<TurnRepository.Backlog> value) {
        Gauge.Builder<DailyVerticle> gauge = Gauge.builder(name, this, verticle -> {
            TurnRepository.Backlog left = verticle.backlog;
            return left == null ? 0 : value.applyAsDouble(left);
        });
        (state.isEmpty() ? gauge : gauge.tag("state", state))
                .description(description)
                .register(metrics);
    }

    private static double lag(TurnRepository.Backlog left) {
        Instant oldest = left.oldestDueAt();
        return oldest == null ? 0 : left.at().getEpochSecond() - oldest.getEpochSecond();
    }

    private static void log(int turned) {
        if (turned > 0) {
            LOG.info("{} days turned", turned);
        }
    }

    private static void log(Throwable failure) {
        if (failure instanceof Problem problem && problem.code() == Problem.Code.UNAVAILABLE) {
            LOG.warn("The turn of the day waits for the database: {}", problem.getMessage());
        } else {
            LOG.error("The turn of the day failed; it is tried again", failure);
        }
    }
}
