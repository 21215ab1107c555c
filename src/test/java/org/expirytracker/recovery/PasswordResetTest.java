package org.expirytracker.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.MailingNode.NEW_PASSWORD;
import static org.expirytracker.MailingNode.address;
import static org.expirytracker.MailingNode.freshName;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.expirytracker.MailingNode;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

@ProvenRoom("product")
class PasswordResetTest {

    private static final MailingNode NODE = new MailingNode();
    private static final Duration TEN_MINUTES = Duration.ofMinutes(10);

    @AfterAll
    static void close() throws IOException {
        NODE.close();
    }

    private static JsonObject named(String name) {
        return new JsonObject().put("username", name);
    }

    private static JsonObject reset(String token) {
        return new JsonObject().put("token", token).put("newPassword", NEW_PASSWORD);
    }

    /** Asks for a token and takes it from the mailbox. */
    private static String requested(TestApi.User user) {
        int before = NODE.mails(address(user.name())).size();
        NODE.nobody.mutate("requestPasswordReset", "__typename", named(user.name()));
        return NODE.token(address(user.name()), before + 1);
    }

    private static void setQuestion(TestApi.User user, String answer) {
        user.mutate(
                "setSecurityQuestion",
                "viewer { securityQuestion }",
                new JsonObject()
                        .put("question", "FIRST_TEACHER")
                        .put("answer", answer)
                        .put("password", TestApi.PASSWORD));
    }

    private static void pass(Duration time, TestApi.User user) {
        sql("""
                UPDATE one_time_tokens
                   SET created_at = created_at - ?::interval, expires_at = expires_at - ?::interval
                 WHERE user_id = (SELECT id FROM users WHERE username = ?)
                """, time.toString(), time.toString(), user.name());
        NODE.clock.pass(time);
    }

    private static boolean isAlive(TestApi.User user) {
        return !user.answer("{ viewer { id } }", new JsonObject()).containsKey("errors");
    }

    @Nested
    class RequestPasswordReset {

        @Test
        void mails_a_link_to_who_names_their_username_or_their_address_in_any_case() {
            TestApi.User user = NODE.newUser();

            NODE.nobody.mutate(
                    "requestPasswordReset", "__typename", named(user.name().toUpperCase(Locale.ROOT)));
            NODE.token(address(user.name()), 2);
            pass(TEN_MINUTES, user);
            NODE.nobody.mutate(
                    "requestPasswordReset",
                    "__typename",
                    named(address(user.name()).toUpperCase(Locale.ROOT)));

            assertThat(NODE.text(address(user.name()), 3)).contains("https://expiry.example.org/#reset=eto_");
        }

        @Test
        void fills_nobodys_mailbox() {
            TestApi.User user = NODE.newUser();
            requested(user);

            for (int times = 0; times < 5; times++) {
                NODE.nobody.mutate("requestPasswordReset", "__typename", named(user.name()));
            }
            pass(TEN_MINUTES, user);
            requested(user);

            assertThat(NODE.mails(address(user.name()))).hasSize(3);
        }

        @Test
        void mails_nothing_to_who_is_not_active() {
            TestApi.User user = NODE.newUser();
            sql("UPDATE users SET active = false WHERE username = ?", user.name());
            TestApi.User other = NODE.newUser();

            NODE.nobody.mutate("requestPasswordReset", "__typename", named(user.name()));
            requested(other);

            assertThat(NODE.mails(address(user.name()))).hasSize(1);
        }

        @Test
        void is_answered_alike_by_the_same_work_for_a_name_that_nobody_has() {
            TestApi.User user = NODE.newUser();

            MailingNode.Seen known = NODE.seeToCommit(() -> NODE.send("requestPasswordReset", "", named(user.name())));
            MailingNode.Seen unknown =
                    NODE.seeToCommit(() -> NODE.send("requestPasswordReset", "", named(freshName())));
            MailingNode.Seen address =
                    NODE.seeToCommit(() -> NODE.send("requestPasswordReset", "", named(address(freshName()))));

            assertThat(known.status()).isEqualTo(200);
            assertThat(known.statements()).hasSize(5);
            assertThat(unknown).isEqualTo(known);
            assertThat(address).isEqualTo(known);
        }
    }

    @Nested
    class ResetPassword {

        @Test
        void sets_a_new_password_and_ends_every_session() {
            TestApi.User user = NODE.newUser();
            String token = requested(user);
            assertThat(isAlive(user)).isTrue();

            NODE.nobody.mutate("resetPassword", "__typename", reset(token));

            assertThat(isAlive(user)).isFalse();
            assertThat(NODE.loginRefusals(user.name(), TestApi.PASSWORD)).containsExactly("WRONG_CREDENTIALS ");
            TestApi.User again = NODE.login(user.name(), NEW_PASSWORD);
            assertThat(again.query("{ activities(first: 2) { nodes { kind } } }")
                            .encode())
                    .contains("ACCOUNT_PASSWORD_CHANGED");
            assertThat(NODE.text(address(user.name()), 3)).contains("your password was changed");
        }

        @Test
        void takes_a_token_once() {
            TestApi.User user = NODE.newUser();
            String token = requested(user);

            NODE.nobody.mutate("resetPassword", "__typename", reset(token));

            assertThat(NODE.nobody.refusals("resetPassword", reset(token)))
                    .containsExactly("WRONG_CREDENTIALS input.token");
        }

        @Test
        void of_many_at_once_succeeds_once() {
            TestApi.User user = NODE.newUser();
            String token = requested(user);

            List<String> bodies = IntStream.range(0, 20)
                    .parallel()
                    .mapToObj(
                            each -> NODE.send("resetPassword", "", reset(token)).body())
                    .toList();

            assertThat(bodies)
                    .filteredOn(body -> body.contains("\"userErrors\":[]"))
                    .hasSize(1);
        }

        @Test
        void takes_a_token_from_a_mail_that_took_some_minutes_whoever_asked_for_another() {
            TestApi.User user = NODE.newUser();
            String token = requested(user);
            pass(Duration.ofMinutes(9), user);

            NODE.seeToCommit(() -> NODE.send("requestPasswordReset", "", named(user.name())));

            NODE.nobody.mutate("resetPassword", "__typename", reset(token));
            assertThat(NODE.login(user.name(), NEW_PASSWORD).token()).isNotEmpty();
        }

        @Test
        void takes_neither_a_replaced_token_nor_one_of_another_purpose_nor_an_old_one() {
            TestApi.User user = NODE.newUser();
            String replaced = requested(user);
            pass(TEN_MINUTES, user);
            String token = requested(user);

            assertThat(NODE.nobody.refusals("resetPassword", reset(replaced)))
                    .containsExactly("WRONG_CREDENTIALS input.token");
            assertThat(NODE.nobody.refusals("verifyEmail", new JsonObject().put("token", token)))
                    .containsExactly("WRONG_CREDENTIALS input.token");
            sql("""
                    UPDATE one_time_tokens SET expires_at = expires_at - interval '30 minutes'
                     WHERE user_id = (SELECT id FROM users WHERE username = ?)
                    """, user.name());
            assertThat(NODE.nobody.refusals("resetPassword", reset(token)))
                    .containsExactly("WRONG_CREDENTIALS input.token");
            assertThat(NODE.login(user.name(), TestApi.PASSWORD).token()).isNotEmpty();
        }

        @Test
        void refuses_a_guessable_password_and_leaves_the_token_good() {
            TestApi.User user = NODE.newUser();
            String token = requested(user);

            assertThat(NODE.nobody.refusals("resetPassword", reset(token).put("newPassword", user.name())))
                    .containsExactly("INVALID input.newPassword");
            NODE.nobody.mutate("resetPassword", "__typename", reset(token));
        }

        @Test
        void takes_no_token_from_a_mailbox_that_is_not_the_users_any_more() {
            TestApi.User user = NODE.newUser();
            String token = requested(user);

            user.mutate(
                    "updateProfile",
                    "viewer { id }",
                    new JsonObject().put("email", address(freshName())).put("password", TestApi.PASSWORD));

            assertThat(NODE.nobody.refusals("resetPassword", reset(token)))
                    .containsExactly("WRONG_CREDENTIALS input.token");
        }

        @Test
        void lets_who_owns_a_mailbox_take_over_what_a_stranger_has_registered_for_it() {
            String name = freshName();
            NODE.nobody.mutate("register", "__typename", MailingNode.registration(name, address(name)));
            NODE.token(address(name));

            NODE.nobody.mutate("requestPasswordReset", "__typename", named(address(name)));
            NODE.nobody.mutate("resetPassword", "__typename", reset(NODE.token(address(name), 2)));

            assertThat(NODE.loginRefusals(name, TestApi.PASSWORD)).containsExactly("WRONG_CREDENTIALS ");
            assertThat(NODE.login(name, NEW_PASSWORD)
                            .query("{ viewer { emailVerified } }")
                            .encode())
                    .contains("true");
        }
    }

    @Nested
    class WithSecurityQuestion {

        @Test
        void asks_for_the_answer_and_tells_the_question() {
            TestApi.User user = NODE.newUser();
            setQuestion(user, "Mrs. Brûlée Straße");
            String token = requested(user);

            JsonObject refused = NODE.nobody.attempt("resetPassword", "__typename", reset(token));

            assertThat(refused.encode())
                    .contains("WRONG_CREDENTIALS", "\"answer\"", "Who was your first teacher?")
                    .doesNotContainIgnoringCase("mrs");
            assertThat(NODE.nobody.refusals("resetPassword", reset(token).put("answer", "Mrs. Brown")))
                    .containsExactly("WRONG_CREDENTIALS input.answer");
            NODE.nobody.mutate(
                    "resetPassword", "__typename", reset(token).put("answer", "  MRS   BRU\u0302LE\u0301E STRASSE!"));
            assertThat(NODE.login(user.name(), NEW_PASSWORD).token()).isNotEmpty();
        }

        @Test
        void is_never_enough_alone() {
            TestApi.User user = NODE.newUser();
            setQuestion(user, "Mrs. Brown");

            assertThat(NODE.nobody.refusals("resetPassword", reset("").put("answer", "Mrs. Brown")))
                    .containsExactly("WRONG_CREDENTIALS input.token");
        }

        @Test
        void counts_wrong_answers_and_looks_at_none_while_it_is_blocked() {
            TestApi.User user = NODE.newUser();
            setQuestion(user, "Mrs. Brown");
            String token = requested(user);

            for (int times = 0; times < 3; times++) {
                assertThat(NODE.nobody.refusals("resetPassword", reset(token).put("answer", "Mr. Green")))
                        .containsExactly("WRONG_CREDENTIALS input.answer");
            }
            assertThat(sql("""
                            UPDATE credential_guards SET blocked_until = now() + interval '1 hour'
                             WHERE kind = 'ANSWER' AND failures = 3
                               AND subject_id = (SELECT id FROM users WHERE username = ?)
                            """, user.name())).isEqualTo(1);

            assertThat(NODE.nobody.refusals("resetPassword", reset(token).put("answer", "Mrs. Brown")))
                    .containsExactly("ACCOUNT_LOCKED ");
            assertThat(isAlive(user)).isTrue();
            assertThat(NODE.login(user.name(), TestApi.PASSWORD).token()).isNotEmpty();
        }

        @Test
        void opens_no_session_however_often_it_is_answered_right_and_leaves_the_second_factor_on() {
            TestApi.User user = NODE.newUser();
            setQuestion(user, "Mrs. Brown");
            String token = requested(user);
            sql(
                    "UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00' WHERE username = ?",
                    user.name());

            List<HttpResponse<String>> answers = IntStream.range(0, 100)
                    .parallel()
                    .mapToObj(
                            each -> NODE.send("resetPassword", "", reset(token).put("answer", "Mrs. Brown")))
                    .toList();
            JsonObject login = NODE.nobody.attempt(
                    "login", "session { accessToken }", named(user.name()).put("password", NEW_PASSWORD));

            assertThat(answers)
                    .extracting(HttpResponse::body)
                    .filteredOn(body -> body.contains("\"userErrors\":[]"))
                    .hasSize(1);
            assertThat(answers)
                    .extracting(HttpResponse::body)
                    .noneMatch(body -> body.contains("ession") || body.contains("etr_"));
            assertThat(login.getValue("session")).isNull();
            assertThat(value(
                            "SELECT count(*) FROM sessions WHERE revoked_at IS NULL AND user_id = (SELECT id FROM users WHERE username = ?)",
                            user.name()))
                    .isEqualTo("0");
            assertThat(value("SELECT two_factor_enabled FROM users WHERE username = ?", user.name()))
                    .isEqualTo("t");
        }
    }
}
