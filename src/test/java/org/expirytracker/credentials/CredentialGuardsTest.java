package org.expirytracker.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.expirytracker.TestNode;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class CredentialGuardsTest {

    private static final TestNode NODE = new TestNode();
    private static final TestNode OTHER_NODE = new TestNode();
    private static final CredentialGuards.Kind LOGIN = CredentialGuards.Kind.LOGIN;

    private final CredentialGuards guards = new CredentialGuards(NODE.database);
    private final CredentialGuards elsewhere = new CredentialGuards(OTHER_NODE.database);
    private final Subject nobody = Subject.of(TestNode.freshName(), Optional.empty(), NODE.tokens);
    private final AtomicInteger looks = new AtomicInteger();

    @AfterAll
    static void close() {
        NODE.close();
        OTHER_NODE.close();
    }

    private Future<String> attempt(CredentialGuards at, CredentialGuards.Kind kind, Subject subject, boolean right) {
        return at.guard(kind, subject, () -> {
            looks.incrementAndGet();
            return right
                    ? Future.succeededFuture("come in")
                    : Future.failedFuture(Problem.of(Problem.Code.WRONG_CREDENTIALS, "wrong"));
        });
    }

    private Problem tryWrong(Subject subject) {
        return refusal(attempt(guards, LOGIN, subject, false));
    }

    /** Tries that came long enough after each other. */
    private void tryWrong(Subject subject, int times) {
        for (int at = 0; at < times; at++) {
            assertThat(tryWrong(subject).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            letPass(subject);
        }
    }

    private static void letPass(Subject subject) {
        sql(
                "UPDATE credential_guards SET blocked_until = now() WHERE subject_id = ? AND blocked_until IS NOT NULL",
                subject.id());
    }

    /** A slow machine must not let a block pass. */
    private static void stopTheClock(Subject subject) {
        sql(
                "UPDATE credential_guards SET blocked_until = now() + interval '1 hour' WHERE subject_id = ? AND blocked_until > last_tried_at",
                subject.id());
    }

    private static Duration blocked(Subject subject) {
        return Duration.ofSeconds(Long.parseLong(""
                + value(
                        "SELECT extract(epoch FROM blocked_until - last_tried_at)::bigint FROM credential_guards WHERE subject_id = ?",
                        subject.id())));
    }

    @Nested
    class Guard {

        @Test
        void looks_at_three_in_a_row_and_not_at_the_fourth() {
            for (int at = 0; at < 3; at++) {
                assertThat(tryWrong(nobody).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            }

            stopTheClock(nobody);
            assertThat(tryWrong(nobody).code()).isEqualTo(Problem.Code.ACCOUNT_LOCKED);
            assertThat(looks).hasValue(3);
        }

        @Test
        void waits_longer_after_each_failure_and_from_the_tenth_on_for_15_minutes_up_to_a_day() {
            List<Long> seconds = new ArrayList<>();
            tryWrong(nobody, 2);
            for (int failure = 3; failure <= 19; failure++) {
                tryWrong(nobody);
                seconds.add(blocked(nobody).toSeconds());
                letPass(nobody);
            }

            assertThat(seconds)
                    .containsExactly(
                            1L, 2L, 4L, 8L, 16L, 32L, 64L, 900L, 1_800L, 3_600L, 7_200L, 14_400L, 28_800L, 57_600L,
                            86_400L, 86_400L, 86_400L);
        }

        @Test
        void tells_when_the_next_try_is_taken() {
            tryWrong(nobody, 9);
            Instant tenth = Instant.now();
            tryWrong(nobody);

            Problem locked = tryWrong(nobody);

            assertThat(locked.errors().getFirst().retryAt())
                    .isBetween(tenth.plusSeconds(14 * 60), tenth.plusSeconds(16 * 60));
        }

        @Test
        void of_a_thousand_parallel_guesses_over_two_nodes_looks_at_ten_at_most() {
            List<Future<String>> guesses = new ArrayList<>();
            for (int at = 0; at < 500; at++) {
                guesses.add(attempt(guards, LOGIN, nobody, false));
                guesses.add(attempt(elsewhere, LOGIN, nobody, false));
            }
            await(Future.join(guesses).otherwiseEmpty());

            assertThat(guesses).allMatch(Future::failed);
            assertThat(looks.get()).isBetween(3, 10);
        }

        @Test
        void does_not_look_at_what_is_right_while_blocked_on_any_node() {
            tryWrong(nobody, 9);
            tryWrong(nobody);

            assertThat(refusal(attempt(elsewhere, LOGIN, nobody, true)).code()).isEqualTo(Problem.Code.ACCOUNT_LOCKED);
            assertThat(looks).hasValue(10);
        }

        @Test
        void counts_a_try_whose_node_died_before_its_end() {
            for (int at = 0; at < 3; at++) {
                Promise<Void> begun = Promise.promise();
                Future<?> unending = guards.guard(LOGIN, nobody, () -> Future.future(never -> begun.complete()));
                await(begun.future());
                assertThat(unending.isComplete()).isFalse();
            }
            stopTheClock(nobody);

            assertThat(refusal(attempt(elsewhere, LOGIN, nobody, true)).code()).isEqualTo(Problem.Code.ACCOUNT_LOCKED);
        }

        @Test
        void begins_anew_after_what_is_right() {
            tryWrong(nobody, 9);

            assertThat(await(attempt(elsewhere, LOGIN, nobody, true))).isEqualTo("come in");

            tryWrong(nobody, 9);
            assertThat(await(attempt(guards, LOGIN, nobody, true))).isEqualTo("come in");
        }

        @Test
        void gives_a_try_back_that_found_nothing_out() {
            Problem away = Problem.of(Problem.Code.UNAVAILABLE, "away");
            for (int at = 0; at < 5; at++) {
                assertThat(refusal(guards.guard(LOGIN, nobody, () -> Future.failedFuture(away))))
                        .isSameAs(away);
            }
            assertThat(refusal(guards.guard(LOGIN, nobody, () -> {
                        throw away;
                    })))
                    .isSameAs(away);

            assertThat(await(attempt(guards, LOGIN, nobody, true))).isEqualTo("come in");
        }

        @Test
        void counts_each_kind_and_each_subject_apart() {
            tryWrong(nobody, 10);
            tryWrong(nobody);

            assertThat(await(attempt(guards, CredentialGuards.Kind.TWO_FACTOR, nobody, true)))
                    .isEqualTo("come in");
            assertThat(await(attempt(
                            guards,
                            LOGIN,
                            Subject.of(new UserId(NODE.register().viewer().id())),
                            true)))
                    .isEqualTo("come in");
        }

        @Test
        void leaves_nothing_behind_of_a_user_who_is_deleted() {
            User user = NODE.register().viewer();
            tryWrong(Subject.of(new UserId(user.id())));

            sql("DELETE FROM users WHERE id = ?", user.id());
            assertThat(tryWrong(Subject.of(new UserId(user.id()))).code()).isEqualTo(Problem.Code.ACCOUNT_LOCKED);

            assertThat(value("SELECT count(*) FROM credential_guards WHERE subject_id = ?", user.id()))
                    .isEqualTo("0");
        }
    }

    @Nested
    class SubjectOfAName {

        private final String name = TestNode.freshName();

        private UUID idOf(String spelled, AccessTokens tokens) {
            return Subject.of(spelled, Optional.empty(), tokens).id();
        }

        @Test
        void is_one_on_every_node() {
            assertThat(idOf(name, NODE.tokens))
                    .isEqualTo(idOf(name, OTHER_NODE.tokens))
                    .isNotEqualTo(idOf(name + "x", NODE.tokens));
        }

        @Test
        void cannot_be_told_without_the_key() {
            byte[] anotherKey = "another access token key 256 bit".getBytes(StandardCharsets.US_ASCII);
            AccessTokens others = new AccessTokens(NODE.vertx, anotherKey, Clock.systemUTC());

            assertThat(idOf(name, others)).isNotEqualTo(idOf(name, NODE.tokens));
        }

        @Test
        void that_somebody_has_is_the_user() {
            UserId user = new UserId(UUID.randomUUID());

            assertThat(Subject.of(name, Optional.of(user), NODE.tokens)).isEqualTo(Subject.of(user));
        }
    }
}
