package org.expirytracker.api;

import io.vertx.core.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The results of a subscription: its events, each executed as a request of its own, one after the other (Reactive
 * Streams 1.0.4). The engine's own way of doing this keeps something of every event until the subscription ends.
 */
final class EventResults implements Publisher<Answer.Executed> {

    private final Publisher<?> events;
    private final Function<Object, Future<Answer.Executed>> execute;

    /**
     * Results of events.
     *
     * @param execute never fails
     */
    EventResults(Publisher<?> events, Function<Object, Future<Answer.Executed>> execute) {
        this.events = events;
        this.execute = execute;
    }

    @Override
    public void subscribe(Subscriber<? super Answer.Executed> downstream) {
        events.subscribe(new Each(downstream));
    }

    /** Ends results for which nobody waits any more: only what is subscribed to can be cancelled. */
    static void cancel(Publisher<Answer.Executed> results) {
        results.subscribe(new Subscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                subscription.cancel();
            }

            @Override
            public void onNext(Answer.Executed result) {}

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onComplete() {}
        });
    }

    /** Everything happens on one event loop, so nothing here needs a lock. */
    private final class Each implements Subscriber<Object>, Subscription {

        private final Subscriber<? super Answer.Executed> downstream;
        private @Nullable Subscription upstream;
        private @Nullable Runnable end;
        private long demand;
        private boolean pulling;
        private boolean waiting;
        private boolean executing;
        private boolean over;

        Each(Subscriber<? super Answer.Executed> downstream) {
            this.downstream = downstream;
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            downstream.onSubscribe(this);
        }

        @Override
        public void request(long more) {
            demand = Math.min(demand, Long.MAX_VALUE / 2) + Math.min(more, Long.MAX_VALUE / 2);
            pull();
        }

        /** A source may deliver while it is asked: then the loop goes on, not the stack. */
        private void pull() {
            if (pulling) {
                return;
            }
            pulling = true;
            while (demand > 0 && !waiting && !executing && !over && upstream != null) {
                demand--;
                waiting = true;
                upstream.request(1);
            }
            pulling = false;
        }

        @Override
        public void onNext(Object event) {
            waiting = false;
            executing = true;
            execute.apply(event).onSuccess(this::executed);
        }

        private void executed(Answer.Executed result) {
            executing = false;
            if (over) {
                return;
            }
            downstream.onNext(result);
            if (end == null) {
                pull();
            } else {
                end.run();
            }
        }

        @Override
        public void onError(Throwable failure) {
            end(() -> downstream.onError(failure));
        }

        @Override
        public void onComplete() {
            end(downstream::onComplete);
        }

        /** The end comes after the result of the last event. */
        private void end(Runnable last) {
            end = () -> {
                if (!over) {
                    over = true;
                    last.run();
                }
            };
            if (!executing) {
                end.run();
            }
        }

        @Override
        public void cancel() {
            over = true;
            if (upstream != null) {
                upstream.cancel();
            }
        }
    }
}
