package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.ActivityStream;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** The stream of a user's inventory, on a real feed. */
@Timeout(60)
class InventoryStreamTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Context CONTEXT = VERTX.getOrCreateContext();
    private static final Database DATABASE =
            new Database(VERTX, TestDatabase.migrated().connectOptions(), 2);
    private static final LiveFeed FEED = new LiveFeed(TestDatabase.migrated().connectOptions());
    private static final ActivityLog LOG = new ActivityLog(DATABASE, FEED);

    private final InventoryId user = new Stock(TestDatabase.migrated()).user();

    @BeforeAll
    static void listen() {
        VERTX.deployVerticle(FEED).await();
    }

    @AfterAll
    static void close() {
        DATABASE.close().await();
        VERTX.close().await();
    }

    private record Thing(String name) {}

    private void somethingHappens() {
        LOG.change(Stock.ownerOf(user), null, change -> {
                    change.record(ItemActivities.ITEM_CREATED, RowIds.next(), null, new Thing("milk"));
                    return Future.succeededFuture();
                })
                .await();
    }

    /** A subscriber that is told of each element, and at first of its subscription. */
    private static <T> Subscriber<T> subscriber(Consumer<Subscription> begun, Consumer<T> next) {
        return new Subscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                begun.accept(subscription);
            }

            @Override
            public void onNext(T element) {
                next.accept(element);
            }

            @Override
            public void onError(Throwable failure) {}

            @Override
            public void onComplete() {}
        };
    }

    private ActivityStream<Boolean> changes(Function<Activity, @Nullable Boolean> show) {
        Promise<ActivityStream<Boolean>> opened = Promise.promise();
        CONTEXT.runOnContext(
                now -> ActivityStream.open(VERTX, LOG, FEED, user, null, show).onComplete(opened));
        return opened.future().await();
    }

    @Nested
    class Cancel {

        @Test
        void as_soon_as_it_is_subscribed_to_lets_the_feed_forget_it() throws InterruptedException {
            AtomicInteger heard = new AtomicInteger();
            ActivityStream<Boolean> changes = changes(activity -> heard.incrementAndGet() > 0);
            BlockingQueue<Boolean> witnessed = new LinkedBlockingQueue<>();
            ActivityStream<Boolean> witness = changes(activity -> true);

            CONTEXT.runOnContext(now -> {
                new InventoryStream(VERTX, changes, () -> Future.failedFuture("Nobody wants to know"))
                        .subscribe(subscriber(Subscription::cancel, inventory -> {}));
                witness.subscribe(
                        subscriber(subscription -> subscription.request(2), event -> witnessed.add(event.value())));
            });

            // Those who listen are told one after the other: after the second time all of them know of the first.
            for (int time = 0; time < 2; time++) {
                somethingHappens();
                assertThat(witnessed.poll(10, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(heard).hasValue(0);
        }
    }
}
