package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class DatabaseClockTest {

    private static final Instant NOON = Instant.parse("2026-11-28T12:00:00Z");

    private final DatabaseClock clock = new DatabaseClock(InstantSource.fixed(NOON));

    private static Instant at(double seconds) {
        return NOON.plusMillis(Math.round(seconds * 1_000));
    }

    @Nested
    class Set {

        @Test
        void leaves_a_node_alone_that_may_be_right() {
            clock.set(at(0), at(0.4), at(1));

            assertThat(clock.offset()).isZero();
            assertThat(clock.instant()).isEqualTo(NOON);
        }

        @Test
        void sets_a_node_right_that_is_a_day_off_either_way() {
            clock.set(at(0), at(86_400.5), at(1));
            assertThat(Duration.between(at(86_400), clock.instant()).abs()).isLessThanOrEqualTo(Duration.ofSeconds(1));

            clock.set(at(0), at(-86_400.5), at(1));
            assertThat(Duration.between(at(-86_400), clock.instant()).abs()).isLessThanOrEqualTo(Duration.ofSeconds(1));
        }

        @Test
        void comes_closer_with_each_answer_and_loses_nothing_by_a_slow_one() {
            clock.set(at(0), at(91), at(2));
            assertThat(clock.offset()).isBetween(Duration.ofSeconds(89), Duration.ofSeconds(91));

            clock.set(at(10), at(100.02), at(10.03));
            Duration close = clock.offset();
            assertThat(close).isBetween(Duration.ofMillis(89_990), Duration.ofMillis(90_020));

            clock.set(at(20), at(112), at(28));
            assertThat(clock.offset()).isEqualTo(close);
        }

        @Test
        void ignores_an_answer_during_which_the_clock_of_the_node_was_put_back() {
            clock.set(at(0), at(5), at(-3_600));

            assertThat(clock.offset()).isZero();
        }
    }
}
