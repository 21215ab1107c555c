package org.expirytracker.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.PASSWORD;
import static org.expirytracker.TestNode.await;
import static org.expirytracker.TestNode.refusal;
import static org.expirytracker.users.OneTimeTokens.Purpose.PASSWORD_RESET;

import java.util.List;
import org.expirytracker.TestNode;
import org.expirytracker.activities.Activity;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Device;
import org.expirytracker.sessions.Session;
import org.expirytracker.sessions.Sessions;
import org.expirytracker.users.OneTimeTokens;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class PasswordChangeTest {

    private static final TestNode NODE = new TestNode();

    @AfterAll
    static void close() {
        NODE.close();
    }

    private static Problem refusedLogin(String name, String password) {
        return refusal(NODE.login.login(name, password, "", Device.UNKNOWN));
    }

    @Nested
    class ChangePassword {

        private static final String NEW = "battery staple correct";

        @Test
        void takes_effect_and_ends_every_other_session() {
            Sessions.Opened first = NODE.register();
            Session second = NODE.login(first.viewer()).session();
            assertThat(NODE.isAlive(second)).isTrue();

            User changed =
                    await(NODE.passwordChange.changePassword(NODE.caller(first.session()), PASSWORD, NEW, false));

            assertThat(changed.version()).isEqualTo(2);
            assertThat(NODE.isAlive(first.session())).isTrue();
            assertThat(NODE.isAlive(second)).isFalse();
            assertThat(refusedLogin(changed.username(), PASSWORD).code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(NODE.login(changed.username(), NEW).viewer())
                    .usingRecursiveComparison()
                    .ignoringFields("lastLoginAt")
                    .isEqualTo(changed);
            assertThat(NODE.activities(changed))
                    .extracting(Activity::kind)
                    .contains(UserActivities.ACCOUNT_PASSWORD_CHANGED.name());
        }

        @Test
        void ends_every_token_that_would_reset_it() {
            Caller caller = NODE.caller(NODE.register().session());
            String token = resetToken(caller.userId());

            await(NODE.passwordChange.changePassword(caller, PASSWORD, NEW, true));

            assertThat(isGood(token)).isFalse();
        }

        @Test
        void needs_the_current_password() {
            Sessions.Opened opened = NODE.register();

            Problem refused = refusal(
                    NODE.passwordChange.changePassword(NODE.caller(opened.session()), PASSWORD + "!", NEW, false));

            assertThat(refused.code()).isEqualTo(Problem.Code.WRONG_CREDENTIALS);
            assertThat(refused.errors().getFirst().field()).containsExactly("input", "currentPassword");
            assertThat(NODE.login(opened.viewer()).viewer())
                    .usingRecursiveComparison()
                    .ignoringFields("lastLoginAt")
                    .isEqualTo(opened.viewer());
        }

        @Test
        void needs_a_good_new_password() {
            Sessions.Opened opened = NODE.register();
            Caller caller = NODE.caller(opened.session());

            for (String bad :
                    List.of("short", opened.viewer().username(), opened.viewer().email())) {
                Problem refused = refusal(NODE.passwordChange.changePassword(caller, PASSWORD, bad, false));

                assertThat(refused.code()).isEqualTo(Problem.Code.INVALID);
                assertThat(refused.errors().getFirst().field()).containsExactly("input", "newPassword");
            }
        }
    }

    private static String resetToken(UserId userId) {
        return await(new OneTimeTokens().issue(NODE.database.reads(), userId, PASSWORD_RESET, null))
                .token();
    }

    private static boolean isGood(String token) {
        return await(new OneTimeTokens().find(NODE.database.reads(), token, PASSWORD_RESET))
                .isPresent();
    }
}
