package org.expirytracker.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.expirytracker.Authenticator;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Activity;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Logins of a user who has turned two-factor authentication on. */
@ProvenRoom("product")
class TwoFactorLoginTest {

    private static final TestNode NODE = new TestNode();
    private static final TestNode OTHER = new TestNode();

    private final Sessions.Opened registered = NODE.register();
    private final User user = registered.viewer();
    private final Caller caller = NODE.caller(registered.session());
    private final Authenticator app = new Authenticator(
            await(NODE.twoFactor.start(caller, TestNode.PASSWORD)).secret());
    private final List<String> recoveryCodes =
            await(NODE.twoFactor.confirm(caller, code())).recoveryCodes();

    TwoFactorLoginTest() {
        letCodesRunOut();
    }

    @AfterAll
    static void close() {
        NODE.close();
        OTHER.close();
    }

    private static void letCodesRunOut() {
        NODE.clock.pass(Duration.ofMinutes(1));
        OTHER.clock.pass(Duration.ofMinutes(1));
    }

    /** What the app shows. */
    private String code() {
        return app.code(NODE.clock.instant());
    }

    private String wrongCode() {
        return app.code(NODE.clock.instant().plusSeconds(3_600));
    }

    /** A login that has come as far as the second factor. */
    private String challenge() {
        return ((TwoFactorChallenge) await(login(""))).token();
    }

    private Future<Login.Admission> login(String deviceToken) {
        return NODE.login.login(user.username(), TestNode.PASSWORD, deviceToken, Device.UNKNOWN);
    }

    private static Future<Sessions.Opened> verify(TestNode node, String token, String code) {
        return node.login.verifyTwoFactor(token, code, "", Device.UNKNOWN);
    }

    private static Future<Sessions.Opened> verify(String token, String code) {
        return verify(NODE, token, code);
    }

    private static List<String> field(Problem refused) {
        return refused.errors().stream().map(UserError::field).findFirst().orElseThrow();
    }

    private List<String> outcomes() {
        return List.of(Objects.requireNonNull(value(
                        "SELECT string_agg(outcome, ' ' ORDER BY created_at, id) FROM login_attempts WHERE subject_id = ?",
                        user.id()))
                .split(" "));
    }

    private void letDelaysPass() {
        sql("UPDATE credential_guards SET blocked_until = now() WHERE subject_id = ?", user.id());
    }

    private int sessions() {
        return Integer.parseInt(Objects.requireNonNull(
                value("SELECT count(*) FROM sessions WHERE user_id = ? AND revoked_at IS NULL", user.id())));
    }

    @Nested
    class Password {

        @Test
        void gives_a_challenge_of_five_minutes_and_no_session() {
            int before = sessions();

            Login.Admission admission = await(login(""));

            assertThat(admission)
                    .isInstanceOfSatisfying(
                            TwoFactorChallenge.class,
                            challenge -> assertThat(Duration.between(Instant.now(), challenge.expiresAt()))
                                    .isBetween(Duration.ofMinutes(4), Duration.ofMinutes(6)));
            assertThat(sessions()).isEqualTo(before);
            assertThat(outcomes()).containsExactly("CODE_ASKED");
        }

        @Test
        void that_is_wrong_gives_none() {
            Problem refused = refusal(NODE.login.login(user.username(), "not the password", "", Device.UNKNOWN));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(outcomes()).containsExactly("WRONG_PASSWORD");
        }
    }

    @Nested
    class VerifyTwoFactor {

        @Test
        void opens_a_session() {
            Sessions.Opened opened = await(verify(OTHER, challenge(), code()));

            assertThat(opened.viewer().id()).isEqualTo(user.id());
            assertThat(NODE.isAlive(opened.session())).isTrue();
            assertThat(opened.deviceToken()).isNotNull();
            assertThat(outcomes()).containsExactly("CODE_ASKED", "SUCCEEDED");
            assertThat(NODE.activities(user))
                    .extracting(Activity::kind)
                    .last()
                    .isEqualTo(UserActivities.ACCOUNT_LOGGED_IN.name());
        }

        @Test
        void by_a_recovery_code_opens_one_once() {
            assertThat(NODE.isAlive(
                            await(verify(challenge(), recoveryCodes.getFirst())).session()))
                    .isTrue();
            assertThat(field(refusal(verify(challenge(), recoveryCodes.getFirst()))))
                    .containsExactly("input", "code");
        }

        @Test
        void by_a_code_in_the_digits_of_another_script_and_in_groups_opens_one() {
            StringBuilder typed = new StringBuilder();
            code().chars().forEach(digit -> typed.append((char) (digit - '0' + '٠')));

            assertThat(NODE.isAlive(
                            await(verify(challenge(), typed.insert(3, "\u00a0–").toString()))
                                    .session()))
                    .isTrue();
        }

        @Test
        void by_a_recovery_code_typed_on_a_phone_opens_one_once() {
            StringBuilder wide = new StringBuilder();
            recoveryCodes
                    .getLast()
                    .toLowerCase(Locale.ROOT)
                    .chars()
                    .forEach(character -> wide.append((char) (character - '!' + '！')));
            String typed = "\u3000" + wide.toString().replace('－', '—') + " ";

            assertThat(NODE.isAlive(await(verify(challenge(), typed)).session()))
                    .isTrue();
            assertThat(field(refusal(verify(challenge(), typed)))).containsExactly("input", "code");
        }

        @Test
        void by_the_code_of_the_step_after_opens_one_and_uses_up_that_of_the_present() {
            String ahead = app.code(NODE.clock.instant().plusSeconds(30));
            await(verify(challenge(), ahead));

            assertThat(field(refusal(verify(challenge(), ahead)))).containsExactly("input", "code");
            assertThat(field(refusal(verify(challenge(), code())))).containsExactly("input", "code");
        }

        @Test
        void by_a_wrong_code_is_refused_and_leaves_the_challenge_good() {
            String challenge = challenge();

            Problem refused = refusal(verify(challenge, wrongCode()));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(field(refused)).containsExactly("input", "code");
            assertThat(NODE.isAlive(await(verify(challenge, code())).session())).isTrue();
            assertThat(outcomes()).containsExactly("CODE_ASKED", "WRONG_CODE", "SUCCEEDED");
        }

        @Test
        void uses_its_challenge_up() {
            String challenge = challenge();
            await(verify(challenge, code()));
            letCodesRunOut();

            assertThat(field(refusal(verify(challenge, code())))).containsExactly("input", "token");
        }

        @Test
        void uses_its_code_up_for_everything() {
            String code = code();
            await(verify(challenge(), code));

            assertThat(field(refusal(verify(OTHER, challenge(), code)))).containsExactly("input", "code");
            assertThat(field(refusal(NODE.twoFactor.disable(caller, TestNode.PASSWORD, code))))
                    .containsExactly("input", "code");
        }

        @Test
        void by_an_older_code_after_a_newer_is_refused() {
            String older = code();
            NODE.clock.pass(Duration.ofSeconds(30));
            OTHER.clock.pass(Duration.ofSeconds(30));
            await(verify(challenge(), code()));

            assertThat(field(refusal(verify(OTHER, challenge(), older)))).containsExactly("input", "code");
        }

        @Test
        void by_one_code_a_hundred_times_at_once_on_two_nodes_opens_one_session() {
            assertThat(sessionsOpenedByAHundred(code())).isEqualTo(1);
        }

        @Test
        void by_one_recovery_code_a_hundred_times_at_once_on_two_nodes_opens_one_session() {
            assertThat(sessionsOpenedByAHundred(recoveryCodes.getLast())).isEqualTo(1);
        }

        private int sessionsOpenedByAHundred(String code) {
            int before = sessions();
            List<String> challenges = List.of(challenge(), challenge(), challenge());
            List<Future<Sessions.Opened>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                all.add(verify(i % 2 == 0 ? NODE : OTHER, challenges.get(i % 3), code));
            }
            await(Future.join(all).otherwiseEmpty());

            assertThat(all).filteredOn(Future::succeeded).hasSize(1);
            return sessions() - before;
        }

        @Test
        void by_anything_that_is_no_challenge_is_refused() {
            String reset = await(new OneTimeTokens()
                            .issue(NODE.database.reads(), caller.userId(), OneTimeTokens.Purpose.PASSWORD_RESET, null))
                    .token();

            for (String token : List.of("", "eto_", reset, registered.session().refreshToken())) {
                assertThat(field(refusal(verify(token, code())))).containsExactly("input", "token");
            }
        }

        @Test
        void after_the_challenge_has_run_out_is_refused() {
            String challenge = challenge();
            sql("UPDATE one_time_tokens SET expires_at = now() WHERE user_id = ?", user.id());

            assertThat(field(refusal(verify(challenge, code())))).containsExactly("input", "token");
        }

        @Test
        void after_the_password_was_changed_is_refused() {
            String challenge = challenge();
            await(NODE.passwordChange.changePassword(caller, TestNode.PASSWORD, "another long and fine secret", false));

            assertThat(field(refusal(verify(challenge, code())))).containsExactly("input", "token");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"active = false", "locked_until = now() + interval '1 hour'", "awaits_verification = true"})
        void of_a_user_who_may_not_come_in_is_refused_and_uses_nothing_up(String change) {
            String challenge = challenge();
            sql("UPDATE users SET " + change + " WHERE id = ?", user.id());

            assertThat(refusal(verify(challenge, code())).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);

            assertThat(outcomes()).containsExactly("CODE_ASKED", "REFUSED");
            sql(
                    "UPDATE users SET active = true, locked_until = NULL, awaits_verification = false WHERE id = ?",
                    user.id());
            assertThat(NODE.isAlive(await(verify(challenge, code())).session())).isTrue();
        }

        @Test
        void of_a_deleted_user_is_refused() {
            String challenge = challenge();
            sql("DELETE FROM users WHERE id = ?", user.id());

            assertThat(field(refusal(verify(challenge, code())))).containsExactly("input", "token");
        }
    }

    @Nested
    class Guessing {

        @Test
        void a_thousand_codes_at_once_on_two_nodes_looks_at_ten_at_most() {
            String challenge = challenge();
            List<Future<Sessions.Opened>> all = new ArrayList<>();
            for (int guess = 0; guess < 1_000; guess++) {
                all.add(verify(guess % 2 == 0 ? NODE : OTHER, challenge, "%06d".formatted(guess)));
            }
            await(Future.join(all).otherwiseEmpty());

            assertThat(all)
                    .filteredOn(guess ->
                            guess.succeeded() || ((Problem) guess.cause()).code() == Problem.Code.WRONG_CREDENTIALS)
                    .hasSizeBetween(1, 10);
        }

        @Test
        void ten_wrong_codes_locks_the_second_factor_and_tells_until_when() {
            String challenge = challenge();
            for (int guess = 0; guess < 10; guess++) {
                letDelaysPass();
                refusal(verify(challenge, wrongCode()));
            }

            Problem refused = refusal(verify(challenge, code()));

            assertThat(refused.code()).isEqualTo(Problem.Code.ACCOUNT_LOCKED);
            assertThat(refused.errors().getFirst().retryAt()).isNotNull();
            assertThat(outcomes()).endsWith("WRONG_CODE", "BLOCKED");
            assertThat(NODE.isAlive(registered.session())).isTrue();
        }

        @Test
        void elsewhere_does_not_keep_a_known_device_out() {
            String known =
                    Objects.requireNonNull(await(verify(challenge(), code())).deviceToken());
            letCodesRunOut();
            lockOutEveryoneElse();

            assertThat(refusal(verify(challenge(), code())).code()).isEqualTo(Problem.Code.ACCOUNT_LOCKED);
            Sessions.Opened opened =
                    await(NODE.login.verifyTwoFactor(challengeOf(known), code(), known, Device.UNKNOWN));

            assertThat(NODE.isAlive(opened.session())).isTrue();
        }

        @Test
        void on_a_known_device_is_over_after_ten_codes_even_with_the_right_password_between() {
            String known =
                    Objects.requireNonNull(await(verify(challenge(), code())).deviceToken());
            letCodesRunOut();
            for (int guess = 0; guess < 10; guess++) {
                refusal(NODE.login.verifyTwoFactor(challengeOf(known), wrongCode(), known, Device.UNKNOWN));
            }
            lockOutEveryoneElse();

            assertThat(refusal(NODE.login.verifyTwoFactor(challengeOf(known), code(), known, Device.UNKNOWN))
                            .code())
                    .isEqualTo(Problem.Code.ACCOUNT_LOCKED);
        }

        private void lockOutEveryoneElse() {
            sql("""
                    INSERT INTO credential_guards (subject_id, kind, user_id, failures, blocked_until)
                    SELECT id, 'TWO_FACTOR', id, 10, now() + interval '15 minutes' FROM users WHERE id = ?
                    ON CONFLICT (subject_id, kind) DO UPDATE SET failures = 10, blocked_until = excluded.blocked_until
                    """, user.id());
        }

        private String challengeOf(String known) {
            return ((TwoFactorChallenge) await(login(known))).token();
        }
    }
}
