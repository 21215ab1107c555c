package org.expirytracker.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class DeadlinesTest {

    private static final Vertx VERTX = Vertx.vertx();
    private static final Duration SOON = Duration.ofMillis(20);
    private static final Duration LATER = Duration.ofMillis(300);
    private static final Duration NEVER = Duration.ofHours(1);

    private final List<String> late = new ArrayList<>();

    @AfterAll
    static void close() {
        VERTX.close().await();
    }

    /** What is done with deadlines on an event loop, once it has come to its end. */
    private static <T> T onLoop(Function<Deadlines, Future<T>> work) {
        Promise<T> done = Promise.promise();
        VERTX.getOrCreateContext()
                .runOnContext(turn -> work.apply(new Deadlines(VERTX)).onComplete(done));
        return done.future().timeout(30, TimeUnit.SECONDS).await();
    }

    @Nested
    class Within {

        @Test
        void ends_what_is_not_over_in_time_where_it_was_begun() {
            List<Context> where = new ArrayList<>();

            onLoop(deadlines -> {
                Promise<Void> ended = Promise.promise();
                where.add(Vertx.currentContext());
                deadlines.within(SOON, () -> {
                    where.add(Vertx.currentContext());
                    ended.complete();
                });
                return ended.future();
            });

            assertThat(where.getLast()).isSameAs(where.getFirst());
        }

        @Test
        void ends_nothing_before_its_time() {
            long millis = onLoop(deadlines -> {
                long begin = System.nanoTime();
                Promise<Long> ended = Promise.promise();
                deadlines.within(LATER, () -> ended.complete((System.nanoTime() - begin) / 1_000_000));
                return ended.future();
            });

            assertThat(millis).isGreaterThanOrEqualTo(LATER.toMillis());
        }

        @Test
        void leaves_alone_what_has_time_left_though_it_was_begun_first() {
            onLoop(deadlines -> {
                Promise<Void> ended = Promise.promise();
                deadlines.within(NEVER, () -> late.add("first"));
                deadlines.within(SOON, () -> {
                    late.add("second");
                    ended.complete();
                });
                return ended.future();
            });

            assertThat(late).containsExactly("second");
        }

        @Test
        void is_of_use_again_after_all_were_over() {
            onLoop(deadlines -> {
                Promise<Void> second = Promise.promise();
                deadlines.within(SOON, () -> deadlines.within(SOON, second::complete));
                return second.future().onSuccess(ended -> late.add("second"));
            });

            assertThat(late).containsExactly("second");
        }
    }

    @Nested
    class Met {

        @Test
        void keeps_what_is_over_from_being_ended() {
            onLoop(deadlines -> {
                Promise<Void> last = Promise.promise();
                Deadlines.Deadline first = deadlines.within(SOON, () -> late.add("first"));
                deadlines.within(SOON, () -> late.add("second"));
                deadlines.within(LATER, last::complete);
                first.met();
                return last.future();
            });

            assertThat(late).containsExactly("second");
        }

        @Test
        void holds_for_what_is_late_in_the_same_moment() {
            onLoop(deadlines -> {
                Promise<Void> last = Promise.promise();
                List<Deadlines.Deadline> both = new ArrayList<>();
                both.add(deadlines.within(SOON, () -> {
                    late.add("first");
                    both.getLast().met();
                }));
                both.add(deadlines.within(SOON, () -> late.add("second")));
                deadlines.within(LATER, last::complete);
                return last.future();
            });

            assertThat(late).containsExactly("first");
        }

        @Test
        void changes_nothing_the_second_time_or_after_the_end() {
            onLoop(deadlines -> {
                Promise<Void> last = Promise.promise();
                Deadlines.Deadline early = deadlines.within(SOON, () -> late.add("early"));
                List<Deadlines.Deadline> passed = new ArrayList<>();
                passed.add(deadlines.within(SOON, () -> {
                    late.add("passed");
                    passed.getFirst().met();
                    early.met();
                    deadlines.within(SOON, last::complete);
                }));
                early.met();
                early.met();
                return last.future();
            });

            assertThat(late).containsExactly("passed");
        }
    }
}
