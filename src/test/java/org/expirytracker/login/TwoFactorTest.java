package org.expirytracker.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.overtaken;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import org.expirytracker.Authenticator;
import org.expirytracker.MovedClock;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.credentials.Totp;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Session;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("product")
class TwoFactorTest {

    private static final TestNode NODE = new TestNode();
    private static final TestNode OTHER = new TestNode();

    /** Stands still until a test moves it. */
    private final MovedClock clock = new MovedClock();

    private final TwoFactor twoFactor = twoFactor(NODE);
    private final TwoFactor onOther = twoFactor(OTHER);
    private final User user = NODE.register().viewer();
    private final Session session = NODE.login(user).session();
    private final Caller caller = NODE.caller(session);
    private final UserId userId = caller.userId();

    @AfterAll
    static void close() {
        NODE.close();
        OTHER.close();
    }

    private TwoFactor twoFactor(TestNode node) {
        return new TwoFactor(node.database, node.log, node.confirmation, node.secretKeys, node.live, clock);
    }

    /** The secret in the authenticator app. */
    private byte[] start() {
        return Authenticator.decode(
                await(twoFactor.start(caller, TestNode.PASSWORD)).secret());
    }

    private TwoFactor.Recoverable confirm(byte[] secret) {
        return await(twoFactor.confirm(caller, Totp.code(secret, clock.step())));
    }

    /** Turns it on, and lets the code that was needed for it run out. */
    private byte[] turnOn() {
        byte[] secret = start();
        confirm(secret);
        clock.pass(Duration.ofMinutes(1));
        return secret;
    }

    private Future<Boolean> take(TestNode node, TwoFactor through, String code) {
        return node.log.change(
                userId, null, change -> through.take(change, code).map(taken -> true));
    }

    private Future<Boolean> take(String code) {
        return take(NODE, twoFactor, code);
    }

    private int winnersOfAHundred(String code) {
        List<Future<Boolean>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(i % 2 == 0 ? take(NODE, twoFactor, code) : take(OTHER, onOther, code));
        }
        await(Future.join(all).otherwiseEmpty());
        assertThat(all)
                .filteredOn(Future::failed)
                .allSatisfy(lost -> assertThat(lost.cause())
                        .isInstanceOfSatisfying(
                                Problem.class,
                                problem -> assertThat(problem.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS)));
        return (int) all.stream().filter(Future::succeeded).count();
    }

    /** What is said to an operation that was confirmed by a password which is another one by now. */
    private Problem refusedForTheFormerPassword(Supplier<Future<?>> operation) {
        return overtaken(
                userId,
                () -> refusal(operation.get()),
                "UPDATE users SET password_hash = 'another' WHERE id = ?",
                userId.value());
    }

    private boolean isOn() {
        return await(NODE.accounts.viewer(caller)).twoFactorEnabled();
    }

    @Nested
    class Start {

        @Test
        void gives_the_secret_for_typing_as_uri_and_as_qr_code() {
            TwoFactor.Enrolment enrolment = await(twoFactor.start(caller, TestNode.PASSWORD));

            assertThat(enrolment.secret()).matches("[A-Z2-7]{32}");
            assertThat(enrolment.uri())
                    .isEqualTo(
                            "otpauth://totp/Expiry%%20Tracker:%s?secret=%s&issuer=Expiry%%20Tracker&algorithm=SHA1&digits=6&period=30"
                                    .formatted(user.username(), enrolment.secret()));
            assertThat(enrolment.qrCode()).startsWith("<svg ").endsWith("</svg>");
            assertThat(enrolment.toString()).doesNotContain(enrolment.secret());
        }

        @Test
        void turns_nothing_on_yet() {
            start();

            assertThat(isOn()).isFalse();
            assertThat(NODE.isAlive(NODE.login(user).session())).isTrue();
        }

        @Test
        void stores_nothing_readable() {
            byte[] secret = start();

            String row = value("SELECT users::text FROM users WHERE id = ?", userId.value());
            assertThat(row)
                    .doesNotContainIgnoringCase(HexFormat.of().formatHex(secret))
                    .doesNotContainIgnoringCase(Totp.base32(secret));
        }

        @Test
        void wants_the_password_so_that_a_stolen_session_locks_nobody_out() {
            Problem refused = refusal(twoFactor.start(caller, "not the password"));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "password");
        }

        @Test
        void is_refused_when_the_password_changes_meanwhile() {
            Problem refused = refusedForTheFormerPassword(() -> twoFactor.start(caller, TestNode.PASSWORD));

            assertThat(refused.errors().getFirst().field()).containsExactly("input", "password");
            assertThat(value("SELECT two_factor_secret::text FROM users WHERE id = ?", userId.value()))
                    .isNull();
        }

        @Test
        void forgets_a_former_secret_that_was_not_confirmed() {
            byte[] former = start();
            byte[] latest = start();

            assertThat(refusal(twoFactor.confirm(caller, Totp.code(former, clock.step())))
                            .code())
                    .isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(confirm(latest).viewer().twoFactorEnabled()).isTrue();
        }

        @Test
        void is_refused_when_it_is_on_already() {
            byte[] secret = turnOn();

            assertThat(refusal(twoFactor.start(caller, TestNode.PASSWORD)).code())
                    .isEqualTo(Problem.Code.CONFLICT);
            assertThat(await(take(Totp.code(secret, clock.step())))).isTrue();
        }
    }

    @Nested
    class Confirm {

        @Test
        void turns_it_on_and_tells_ten_recovery_codes() {
            TwoFactor.Recoverable on = confirm(start());

            assertThat(on.viewer().twoFactorEnabled()).isTrue();
            assertThat(on.recoveryCodes())
                    .hasSize(10)
                    .doesNotHaveDuplicates()
                    .allMatch(code -> code.matches("([A-Z2-7]{4}-){5}[A-Z2-7]{4}"));
            assertThat(on.toString()).doesNotContain(on.recoveryCodes().getFirst());
            assertThat(isOn()).isTrue();
        }

        @Test
        void is_recorded() {
            confirm(start());

            Activity last = NODE.activities(user).getLast();
            assertThat(last.kind()).isEqualTo(UserActivities.ACCOUNT_UPDATED.name());
            assertThat(last.before()).contains("\"twoFactorEnabled\": false");
            assertThat(last.after()).contains("\"twoFactorEnabled\": true");
        }

        @Test
        void stores_the_recovery_codes_hashed() {
            TwoFactor.Recoverable on = confirm(start());

            String rows =
                    value("SELECT string_agg(c::text, ' ') FROM recovery_codes c WHERE user_id = ?", userId.value());
            assertThat(on.recoveryCodes())
                    .allSatisfy(code -> assertThat(rows).doesNotContain(code).doesNotContain(code.replace("-", "")));
        }

        @Test
        void ends_every_other_session() {
            Session other = NODE.login(user).session();

            confirm(start());

            assertThat(OTHER.isAlive(other)).isFalse();
            assertThat(OTHER.isAlive(session)).isTrue();
        }

        @Test
        void by_a_wrong_code_turns_nothing_on() {
            byte[] secret = start();

            Problem refused = refusal(twoFactor.confirm(caller, Totp.code(secret, clock.step() + 7)));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "code");
            assertThat(isOn()).isFalse();
        }

        @Test
        void before_it_was_started_is_refused() {
            assertThat(refusal(twoFactor.confirm(caller, "123456")).code())
                    .isEqualTo(Problem.Code.TWO_FACTOR_NOT_SET_UP);
        }

        @Test
        void a_second_time_is_refused() {
            byte[] secret = turnOn();

            assertThat(refusal(twoFactor.confirm(caller, Totp.code(secret, clock.step())))
                            .code())
                    .isEqualTo(Problem.Code.CONFLICT);
        }

        @Test
        void uses_its_code_up() {
            byte[] secret = start();
            confirm(secret);

            assertThat(refusal(take(Totp.code(secret, clock.step()))).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }
    }

    @Nested
    class Take {

        @Test
        void accepts_the_present_code_and_the_one_before() {
            byte[] secret = turnOn();

            assertThat(await(take(Totp.code(secret, clock.step() - 1)))).isTrue();
            assertThat(await(take(Totp.code(secret, clock.step())))).isTrue();
        }

        @Test
        void accepts_a_code_as_apps_show_it() {
            String code = Totp.code(turnOn(), clock.step());

            assertThat(await(take(" " + code.substring(0, 3) + " " + code.substring(3))))
                    .isTrue();
        }

        @ParameterizedTest
        @ValueSource(longs = {-2, 2})
        void refuses_a_code_of_another_time(long later) {
            byte[] secret = turnOn();

            assertThat(refusal(take(Totp.code(secret, clock.step() + later))).code())
                    .isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void refuses_a_code_that_was_used() {
            String code = Totp.code(turnOn(), clock.step());
            await(take(code));

            assertThat(refusal(take(OTHER, onOther, code)).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            clock.pass(Duration.ofSeconds(30));
            assertThat(refusal(take(code)).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void refuses_an_older_code_after_a_newer() {
            byte[] secret = turnOn();
            await(take(Totp.code(secret, clock.step())));

            assertThat(refusal(take(Totp.code(secret, clock.step() - 1))).code())
                    .isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void of_one_code_by_a_hundred_at_once_on_two_nodes_has_one_winner() {
            assertThat(winnersOfAHundred(Totp.code(turnOn(), clock.step()))).isEqualTo(1);
        }

        @Test
        void of_one_recovery_code_by_a_hundred_at_once_on_two_nodes_has_one_winner() {
            assertThat(winnersOfAHundred(confirm(start()).recoveryCodes().getLast()))
                    .isEqualTo(1);
        }

        @Test
        void accepts_each_recovery_code_once_however_it_is_typed() {
            List<String> codes = confirm(start()).recoveryCodes();

            for (Function<String, String> typed : List.<Function<String, String>>of(
                    code -> code,
                    code -> code.toLowerCase(Locale.ROOT),
                    code -> code.replace('-', ' '),
                    code -> " " + code.replace("-", "") + "\n")) {
                String code = codes.get(0);
                codes = codes.subList(1, codes.size());
                assertThat(await(take(typed.apply(code)))).isTrue();
                assertThat(refusal(take(code)).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "12345", "1234567", "١٢٣٤٥٦", "AAAA-AAAA-AAAA-AAAA-AAAA-AAAA", "\u0000"})
        void refuses_whatever_is_no_code(String text) {
            turnOn();

            assertThat(refusal(take(text)).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void in_a_change_that_is_given_up_uses_nothing_up() {
            String code = Totp.code(turnOn(), clock.step());

            await(NODE.log
                    .change(
                            userId,
                            null,
                            (Change change) -> twoFactor
                                    .take(change, code)
                                    .compose(taken -> Future.<Boolean>failedFuture("given up")))
                    .otherwiseEmpty());

            assertThat(await(take(code))).isTrue();
        }

        @Test
        void of_a_secret_that_was_moved_from_another_user_is_refused() {
            byte[] secret = turnOn();
            UserId victim = new UserId(NODE.register().viewer().id());
            sql(
                    "UPDATE users SET two_factor_enabled = true, two_factor_secret = (SELECT two_factor_secret FROM users WHERE id = ?) WHERE id = ?",
                    userId.value(),
                    victim.value());

            Future<Boolean> moved = NODE.log.change(
                    victim,
                    null,
                    change -> twoFactor
                            .take(change, Totp.code(secret, clock.step()))
                            .map(taken -> true));
            Throwable refused = await(moved.transform(done -> Future.succeededFuture(done.cause())));

            assertThat(refused).isInstanceOf(SecretKeys.Unreadable.class);
        }
    }

    @Nested
    class Disable {

        @Test
        void turns_it_off_and_forgets_secret_and_recovery_codes() {
            String code = Totp.code(turnOn(), clock.step());

            assertThat(await(twoFactor.disable(caller, TestNode.PASSWORD, code)).twoFactorEnabled())
                    .isFalse();

            assertThat(isOn()).isFalse();
            assertThat(value("SELECT two_factor_secret::text FROM users WHERE id = ?", userId.value()))
                    .isNull();
            assertThat(value("SELECT count(*) FROM recovery_codes WHERE user_id = ?", userId.value()))
                    .isEqualTo("0");
            assertThat(NODE.activities(user).getLast().after()).contains("\"twoFactorEnabled\": false");
        }

        @Test
        void takes_a_recovery_code_too() {
            String code = confirm(start()).recoveryCodes().get(3);

            assertThat(await(twoFactor.disable(caller, TestNode.PASSWORD, code)).twoFactorEnabled())
                    .isFalse();
        }

        @Test
        void wants_both_the_password_and_a_code() {
            byte[] secret = turnOn();
            String code = Totp.code(secret, clock.step());

            assertThat(refusal(twoFactor.disable(caller, "not the password", code))
                            .errors()
                            .getFirst()
                            .field())
                    .containsExactly("input", "password");
            assertThat(refusal(twoFactor.disable(caller, TestNode.PASSWORD, "AAAA"))
                            .errors()
                            .getFirst()
                            .field())
                    .containsExactly("input", "code");
            assertThat(isOn()).isTrue();
        }

        @Test
        void is_refused_when_the_password_changes_meanwhile() {
            String code = Totp.code(turnOn(), clock.step());

            Problem refused = refusedForTheFormerPassword(() -> twoFactor.disable(caller, TestNode.PASSWORD, code));

            assertThat(refused.errors().getFirst().field()).containsExactly("input", "password");
            assertThat(isOn()).isTrue();
        }

        @Test
        void when_it_is_off_is_refused() {
            assertThat(refusal(twoFactor.disable(caller, TestNode.PASSWORD, "123456"))
                            .code())
                    .isEqualTo(Problem.Code.TWO_FACTOR_NOT_SET_UP);
        }

        @Test
        void can_be_followed_by_another_app() {
            byte[] former = turnOn();
            await(twoFactor.disable(caller, TestNode.PASSWORD, Totp.code(former, clock.step())));
            byte[] latest = start();

            confirm(latest);

            clock.pass(Duration.ofMinutes(1));
            assertThat(refusal(take(Totp.code(former, clock.step()))).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(await(take(Totp.code(latest, clock.step())))).isTrue();
        }
    }

    @Nested
    class RegenerateRecoveryCodes {

        @Test
        void makes_ten_others_and_puts_the_former_out_of_use() {
            List<String> former = confirm(start()).recoveryCodes();

            List<String> latest = await(twoFactor.regenerateRecoveryCodes(caller, TestNode.PASSWORD))
                    .recoveryCodes();

            assertThat(latest).hasSize(10).doesNotContainAnyElementsOf(former);
            assertThat(refusal(take(former.getFirst())).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(await(take(latest.getFirst()))).isTrue();
        }

        @Test
        void wants_the_password() {
            confirm(start());

            assertThat(refusal(twoFactor.regenerateRecoveryCodes(caller, "not the password"))
                            .code())
                    .isEqualTo(Problem.Code.WRONG_CREDENTIALS);
        }

        @Test
        void is_refused_when_the_password_changes_meanwhile() {
            String former = confirm(start()).recoveryCodes().getFirst();

            Problem refused =
                    refusedForTheFormerPassword(() -> twoFactor.regenerateRecoveryCodes(caller, TestNode.PASSWORD));

            assertThat(refused.errors().getFirst().field()).containsExactly("input", "password");
            assertThat(await(take(former))).isTrue();
        }

        @Test
        void when_it_is_off_is_refused_and_turns_nothing_on() {
            start();

            assertThat(refusal(twoFactor.regenerateRecoveryCodes(caller, TestNode.PASSWORD))
                            .code())
                    .isEqualTo(Problem.Code.TWO_FACTOR_NOT_SET_UP);
            assertThat(isOn()).isFalse();
        }
    }
}
