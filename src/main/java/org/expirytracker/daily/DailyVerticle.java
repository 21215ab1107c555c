package org.expirytracker.daily;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.pgclient.PgConnectOptions;
import java.time.Duration;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks for days that are due, at start and then regularly: one for each process, on an event loop of its own. */
public final class DailyVerticle extends VerticleBase {

    private static final Logger LOG = LoggerFactory.getLogger(DailyVerticle.class);
    private static final int CONNECTIONS = 3;

    private final PgConnectOptions options;
    private final LiveFeed liveFeed;
    private final Duration interval;
    private Future<Integer> running = Future.succeededFuture(0);
    private @Nullable Database database;
    private @Nullable DailyRun run;

    /**
     * Turns days in the database that {@code options} name, once it is deployed.
     *
     * @param liveFeed wakes the subscribers of users whose day was turned
     * @param interval from one look to the next, at least a millisecond; a look that takes longer is not overtaken
     */
    public DailyVerticle(PgConnectOptions options, LiveFeed liveFeed, Duration interval) {
        this.options = options;
        this.liveFeed = liveFeed;
        this.interval = interval;
    }

    @Override
    public Future<?> start() {
        Database opened = new Database(vertx, options, CONNECTIONS);
        DailyRun made = new DailyRun(opened, new ActivityLog(opened, liveFeed));
        database = opened;
        run = made;
        look(made);
        vertx.setPeriodic(interval.toMillis(), timer -> look(made));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        if (run != null) {
            run.stop();
        }
        return running.otherwise(0).eventually(() -> database == null ? Future.succeededFuture() : database.close());
    }

    private void look(DailyRun made) {
        if (!running.isComplete()) {
            return;
        }
        running = made.turnDue().onComplete(DailyVerticle::tell, DailyVerticle::tell);
    }

    private static void tell(int turned) {
        if (turned > 0) {
            LOG.info("{} days turned", turned);
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
