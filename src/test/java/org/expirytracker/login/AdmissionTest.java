package org.expirytracker.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.PASSWORD;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import java.util.List;
import java.util.Locale;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Activity;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class AdmissionTest {

    private static final TestNode NODE = new TestNode();

    @AfterAll
    static void close() {
        NODE.close();
    }

    private static Problem refusedLogin(String name, String password) {
        return refusal(NODE.login.login(name, password, "", Device.UNKNOWN));
    }

    @Nested
    class Login {

        @Test
        void takes_the_username_or_the_address_in_any_case() {
            User user = NODE.register().viewer();

            for (String name : List.of(
                    user.username(),
                    user.username().toUpperCase(Locale.ROOT),
                    user.email(),
                    user.email().toUpperCase(Locale.ROOT))) {
                assertThat(NODE.login(name, PASSWORD).viewer().id()).isEqualTo(user.id());
            }
        }

        @Test
        void opens_a_session_of_its_own_and_notes_it() {
            Sessions.Opened registered = NODE.register();

            Sessions.Opened again = NODE.login(registered.viewer());

            assertThat(NODE.caller(again.session()).sessionId())
                    .isNotEqualTo(NODE.caller(registered.session()).sessionId());
            assertThat(NODE.activities(registered.viewer()))
                    .extracting(Activity::kind)
                    .containsExactly(UserActivities.ACCOUNT_REGISTERED.name(), UserActivities.ACCOUNT_LOGGED_IN.name());
            assertThat(value(
                            "SELECT last_login_at IS NOT NULL FROM users WHERE id = ?",
                            registered.viewer().id()))
                    .isEqualTo("t");
        }

        @Test
        void gives_one_answer_to_wrong_passwords_unknown_names_and_inactive_users() {
            User user = NODE.register().viewer();
            User inactive = NODE.register().viewer();
            sql("UPDATE users SET active = false WHERE id = ?", inactive.id());

            List<UserError> wrong =
                    refusedLogin(user.username(), PASSWORD + "!").errors();

            assertThat(wrong)
                    .containsExactly(new UserError(
                            Problem.Code.WRONG_CREDENTIALS,
                            "The name or the password is not right. Check both and try again.",
                            List.of()));
            assertThat(refusedLogin("nobody-of-this-name", PASSWORD).errors()).isEqualTo(wrong);
            assertThat(refusedLogin(inactive.username(), PASSWORD).errors()).isEqualTo(wrong);
            assertThat(NODE.activities(user)).hasSize(1);
        }

        @Test
        void that_began_before_the_password_changed_opens_nothing() {
            User user = NODE.register().viewer();
            String before = "" + value("SELECT password_hash FROM users WHERE id = ?", user.id());
            sql("UPDATE users SET password_hash = 'another' WHERE id = ?", user.id());

            assertThat(await(new LoginRepository().loggedIn(NODE.database.reads(), new UserId(user.id()), before)))
                    .isEmpty();
        }

        @Test
        void opens_no_session_of_an_account_with_a_second_factor() {
            User user = NODE.register().viewer();
            sql("UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00' WHERE id = ?", user.id());

            assertThat(await(NODE.login.login(user.username(), PASSWORD, "", Device.UNKNOWN)))
                    .isInstanceOf(TwoFactorChallenge.class);
            assertThat(refusedLogin(user.username(), PASSWORD + "!").code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(value("SELECT count(*) FROM sessions WHERE user_id = ?", user.id()))
                    .isEqualTo("1");
        }
    }
}
