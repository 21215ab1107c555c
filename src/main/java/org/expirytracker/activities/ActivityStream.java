package org.expirytracker.activities;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.LogEvent;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * One subscriber's view of a user's log: every activity after a place, once and in order, as fast as the subscriber
 * asks for more (Reactive Streams 1.0.4). What it is given is taken only when it follows directly on what it has; after
 * any gap, and when it falls behind, it reads the log itself. However slow its reader, it never holds more than
 * {@value #MOST_WAITING_CHARACTERS} characters of activities, or one that is longer: a hundred subscriptions of one
 * socket hold less than a million.
 *
 * @param <T> what activities are shown as
 */
public final class ActivityStream<T> implements Publisher<LogEvent<T>>, Subscription {

    private static final int MOST_WAITING_CHARACTERS = 8_192;
    private static final int LEAST_IN_A_READ = 8;
    private static final int MOST_IN_A_READ = 256;
    private static final int RETRY_AFTER_MILLIS = 1_000;

    private final Vertx vertx;
    private final Context context;
    private final ActivityLog log;
    private final LiveFeed feed;
    private final InventoryId inventoryId;
    private final Function<Activity, @Nullable T> show;
    private final Deque<Activity> waiting = new ArrayDeque<>();
    private int waitingCharacters;
    private int inARead = LEAST_IN_A_READ;
    private long taken;
    private long known;
    private long demand;
    private boolean behind;
    private boolean reading;
    private boolean delivering;
    private boolean cancelled;
    private @Nullable Subscriber<? super LogEvent<T>> subscriber;

    private ActivityStream(
            Vertx vertx,
            ActivityLog log,
            LiveFeed feed,
            InventoryId inventoryId,
            long after,
            Function<Activity, @Nullable T> show) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.log = log;
        this.feed = feed;
        this.inventoryId = inventoryId;
        this.taken = after;
        this.known = after;
        this.show = show;
    }

    /**
     * Opens a stream. Must be called on an event loop; everything is delivered there.
     *
     * @param after the place to continue after; null for only what happens from now on
     * @param show what to deliver for an activity; null to pass over it
     * @return fails with {@code INVALID} when {@code after} lies beyond the log's end
     */
    public static <T> Future<ActivityStream<T>> open(
            Vertx vertx,
            ActivityLog log,
            LiveFeed feed,
            InventoryId inventoryId,
            @Nullable Long after,
            Function<Activity, @Nullable T> show) {
        return log.lastSeq(inventoryId).map(last -> {
            if (after != null && after > last) {
                throw Problem.at(
                        Problem.Code.INVALID,
                        List.of("after"),
                        "after lies beyond the end of the log, which is at " + last + ".");
            }
            ActivityStream<T> stream =
                    new ActivityStream<>(vertx, log, feed, inventoryId, after == null ? last : after, show);
            stream.known = last;
            stream.behind = stream.taken < last;
            feed.attach(inventoryId, last, stream);
            return stream;
        });
    }

    @Override
    public void subscribe(Subscriber<? super LogEvent<T>> subscriber) {
        this.subscriber = subscriber;
        subscriber.onSubscribe(this);
    }

    @Override
    public void request(long more) {
        context.runOnContext(now -> {
            demand = Math.addExact(Math.min(demand, Long.MAX_VALUE / 2), Math.min(more, Long.MAX_VALUE / 2));
            deliver();
        });
    }

    @Override
    public void cancel() {
        cancelled = true;
        feed.detach(inventoryId, this);
    }

    /** Takes what the log has gained. From any thread. */
    void offer(List<Activity> activities) {
        context.runOnContext(now -> {
            take(activities);
            deliver();
        });
    }

    /** Notes that the log has reached a place without what happened until there. From any thread. */
    void reached(long seq) {
        context.runOnContext(now -> {
            known = Math.max(known, seq);
            behind = behind || taken < known;
            deliver();
        });
    }

    private void take(List<Activity> activities) {
        for (Activity activity : activities) {
            known = Math.max(known, activity.seq());
            if (behind || activity.seq() <= taken) {
                continue;
            }
            if (activity.seq() > taken + 1 || !add(activity)) {
                behind = true;
            }
        }
    }

    /** False when there is no room for it. */
    private boolean add(Activity activity) {
        if (!waiting.isEmpty() && waitingCharacters + activity.characters() > MOST_WAITING_CHARACTERS) {
            return false;
        }
        waiting.add(activity);
        waitingCharacters += activity.characters();
        taken = activity.seq();
        return true;
    }

    /**
     * Takes what the log itself says, where a gap is one: the restore of a backup leaves a gap in front of whatever
     * happens next.
     *
     * @param reach how far the log was known to go before it was read
     */
    private void takeRead(List<Activity> missed, long reach) {
        int fitting = 0;
        while (fitting < missed.size() && add(missed.get(fitting))) {
            fitting++;
        }
        boolean complete = fitting == missed.size() && missed.size() < inARead;
        // Not many more than fit: what does not is read once more.
        inARead = Math.clamp(2L * fitting, LEAST_IN_A_READ, MOST_IN_A_READ);
        taken = complete ? Math.max(taken, reach) : taken;
        known = Math.max(known, taken);
        behind = !complete || taken < known;
    }

    private void deliver() {
        if (delivering || subscriber == null) {
            return;
        }
        delivering = true;
        while (demand > 0 && !waiting.isEmpty() && !cancelled) {
            Activity next = waiting.remove();
            waitingCharacters -= next.characters();
            T shown = show.apply(next);
            if (shown != null) {
                demand--;
                subscriber.onNext(LogEvent.at(next.seq(), shown));
            }
        }
        delivering = false;
        if (behind && waiting.isEmpty() && demand > 0 && !reading && !cancelled) {
            catchUp();
        }
    }

    private void catchUp() {
        reading = true;
        long reach = known;
        log.listAfter(inventoryId, taken, inARead)
                .onComplete(
                        missed -> {
                            reading = false;
                            takeRead(missed, reach);
                            deliver();
                        },
                        failure -> vertx.setTimer(RETRY_AFTER_MILLIS, timer -> {
                            reading = false;
                            deliver();
                        }));
    }
}
