package org.expirytracker.imports;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** An import each time that it has got on, at most twice a second; ends when nothing is under way any more. */
final class ImportStream implements Publisher<Import>, Subscription {

    private static final int LOOK_MILLIS = 500;

    private final Vertx vertx;
    private final Context context;
    private final Supplier<Future<Optional<Import>>> look;
    private @Nullable Subscriber<? super Import> subscriber;
    private @Nullable Import last;
    private long demand;
    private boolean looking;
    private boolean over;

    /**
     * A stream for one subscriber.
     *
     * @param look how it is now; empty when it is gone
     */
    ImportStream(Vertx vertx, Supplier<Future<Optional<Import>>> look) {
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.look = look;
    }

    @Override
    public void subscribe(Subscriber<? super Import> subscriber) {
        this.subscriber = subscriber;
        subscriber.onSubscribe(this);
    }

    @Override
    public void request(long more) {
        context.runOnContext(now -> {
            demand = Math.min(demand, Long.MAX_VALUE / 2) + Math.min(more, Long.MAX_VALUE / 2);
            look();
        });
    }

    @Override
    public void cancel() {
        over = true;
    }

    private void look() {
        if (looking || over || demand == 0) {
            return;
        }
        looking = true;
        look.get()
                .onComplete(
                        found -> {
                            found.ifPresentOrElse(this::show, this::end);
                            rest();
                        },
                        failure -> rest());
    }

    private void show(Import now) {
        if (over || subscriber == null) {
            return;
        }
        if (!now.equals(last)) {
            last = now;
            demand--;
            subscriber.onNext(now);
        }
        if (!now.state().underWay()) {
            end();
        }
    }

    private void end() {
        if (!over && subscriber != null) {
            over = true;
            subscriber.onComplete();
        }
    }

    private void rest() {
        vertx.setTimer(LOOK_MILLIS, timer -> {
            looking = false;
            look();
        });
    }
}
