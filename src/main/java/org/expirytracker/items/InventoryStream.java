package org.expirytracker.items;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.expirytracker.kernel.LogEvent;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The inventory whenever something happened that may have changed it: first at once, then at most once in
 * {@value #QUIET_MILLIS} ms however much happens, and always once more after the last change.
 */
final class InventoryStream implements Publisher<Inventory>, Subscription, Subscriber<LogEvent<Boolean>> {

    private static final int QUIET_MILLIS = 1_000;
    private static final int RETRY_MILLIS = 2_000;

    private final Vertx vertx;
    private final Context context;
    private final Publisher<LogEvent<Boolean>> changes;
    private final Supplier<Future<Inventory>> count;
    private @Nullable Subscription source;
    private @Nullable Subscriber<? super Inventory> subscriber;
    private long demand;
    private boolean changed = true;
    private boolean resting;
    private boolean cancelled;

    /**
     * A stream for one subscriber.
     *
     * @param changes one element for each activity that may have changed the inventory
     * @param count takes the inventory as it is now
     */
    InventoryStream(Vertx vertx, Publisher<LogEvent<Boolean>> changes, Supplier<Future<Inventory>> count) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.changes = changes;
        this.count = count;
    }

    @Override
    public void subscribe(Subscriber<? super Inventory> subscriber) {
        this.subscriber = subscriber;
        subscriber.onSubscribe(this);
        changes.subscribe(this);
    }

    @Override
    public void request(long more) {
        context.runOnContext(now -> {
            demand = Math.min(demand, Long.MAX_VALUE / 2) + Math.min(more, Long.MAX_VALUE / 2);
            deliver();
        });
    }

    @Override
    public void cancel() {
        cancelled = true;
        if (source != null) {
            source.cancel();
        }
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        // The subscriber may have cancelled before there was anything to cancel.
        if (cancelled) {
            subscription.cancel();
            return;
        }
        source = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(LogEvent<Boolean> change) {
        changed = true;
        deliver();
    }

    @Override
    public void onError(Throwable failure) {
        if (subscriber != null) {
            subscriber.onError(failure);
        }
    }

    @Override
    public void onComplete() {
        if (subscriber != null) {
            subscriber.onComplete();
        }
    }

    private void deliver() {
        if (!changed || resting || cancelled || demand == 0 || subscriber == null) {
            return;
        }
        changed = false;
        resting = true;
        demand--;
        Subscriber<? super Inventory> to = subscriber;
        count.get()
                .onComplete(
                        inventory -> {
                            if (!cancelled) {
                                to.onNext(inventory);
                            }
                            rest(QUIET_MILLIS);
                        },
                        failure -> {
                            demand++;
                            changed = true;
                            rest(RETRY_MILLIS);
                        });
    }

    private void rest(int millis) {
        vertx.setTimer(millis, timer -> {
            resting = false;
            deliver();
        });
    }
}
