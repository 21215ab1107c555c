package org.expirytracker.users;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.MailingNode.address;
import static org.expirytracker.MailingNode.freshName;
import static org.expirytracker.MailingNode.registration;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.expirytracker.MailingNode;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("product")
class EmailVerificationTest {

    private static final MailingNode NODE = new MailingNode();
    private static final String SESSION = "session { accessToken } viewer { id }";
    private static final Duration A_MINUTE = Duration.ofMinutes(1);

    @AfterAll
    static void close() throws IOException {
        NODE.close();
    }

    private static JsonObject token(String token) {
        return new JsonObject().put("token", token);
    }

    private static void register(String name, String address) {
        NODE.nobody.mutate("register", SESSION, registration(name, address));
    }

    private static boolean isVerified(TestApi.User user) {
        return user.query("{ viewer { emailVerified } }")
                .getJsonObject("viewer")
                .getBoolean("emailVerified");
    }

    @Nested
    class Register {

        @Test
        void opens_nothing_before_the_address_is_verified() {
            String name = freshName();

            JsonObject payload = NODE.nobody.mutate("register", SESSION, registration(name, address(name)));
            String token = NODE.token(address(name));

            assertThat(payload.getValue("session")).isNull();
            assertThat(payload.getValue("viewer")).isNull();
            assertThat(NODE.loginRefusals(name, TestApi.PASSWORD)).containsExactly("WRONG_CREDENTIALS ");
            assertThat(NODE.nobody.mutate("verifyEmail", "email", token(token)).getString("email"))
                    .isEqualTo(address(name));
            assertThat(isVerified(NODE.login(name, TestApi.PASSWORD))).isTrue();
        }

        @Test
        void leads_to_a_page_of_this_server_and_tells_what_it_is_about() {
            String name = freshName();

            register(name, address(name));

            assertThat(NODE.text(address(name), 1))
                    .contains("https://expiry.example.org/#verify=eto_", name, "do nothing")
                    .doesNotContain(TestApi.PASSWORD);
        }

        @Test
        void of_a_taken_address_changes_nothing_and_tells_its_owner() {
            TestApi.User owner = NODE.newUser();
            String name = freshName();

            register(name, address(owner.name()).toUpperCase(Locale.ROOT));

            assertThat(NODE.text(address(owner.name()), 2)).contains("one already", owner.name());
            assertThat(value("SELECT count(*) FROM users WHERE username = ?", name))
                    .isEqualTo("0");
            assertThat(isVerified(owner)).isTrue();
        }

        @Test
        void of_a_taken_address_fills_nobodys_mailbox() {
            String owner = address(NODE.newUser().name());
            for (int times = 0; times < 5; times++) {
                NODE.seeToCommit(() -> NODE.send("register", SESSION, registration(freshName(), owner)));
            }

            NODE.pass(A_MINUTE);
            register(freshName(), owner);

            assertThat(NODE.text(owner, 3)).contains("one already");
            assertThat(NODE.mails(owner)).hasSize(3);
        }

        @Test
        void of_a_taken_name_fills_nobodys_mailbox() {
            String taken = NODE.newUser().name();
            String stranger = address(freshName());
            for (int times = 0; times < 5; times++) {
                NODE.seeToCommit(() -> NODE.send("register", SESSION, registration(taken, stranger)));
            }

            register(freshName(), stranger);

            assertThat(NODE.text(stranger, 2)).contains("#verify=");
            assertThat(NODE.mails(stranger)).hasSize(2);
        }

        @Test
        void of_a_taken_name_tells_the_newcomer_alone() {
            TestApi.User owner = NODE.newUser();
            String address = address(freshName());

            register(owner.name(), address);

            assertThat(NODE.text(address, 1)).contains("another name", owner.name());
            assertThat(NODE.mails(address(owner.name()))).hasSize(1);
            assertThat(value("SELECT count(*) FROM users WHERE email = ?", address))
                    .isEqualTo("0");
        }

        @Test
        void is_answered_alike_by_the_same_work_whether_or_not_anything_is_taken() {
            TestApi.User owner = NODE.newUser();
            String name = freshName();

            MailingNode.Seen free =
                    NODE.seeToCommit(() -> NODE.send("register", SESSION, registration(name, address(name))));
            MailingNode.Seen takenName = NODE.seeToCommit(
                    () -> NODE.send("register", SESSION, registration(owner.name(), address(freshName()))));
            MailingNode.Seen takenAddress = NODE.seeToCommit(
                    () -> NODE.send("register", SESSION, registration(freshName(), address(owner.name()))));

            assertThat(free.status()).isEqualTo(200);
            assertThat(free.hashed()).isEqualTo(1);
            assertThat(free.statements()).hasSize(13);
            assertThat(takenName).isEqualTo(free);
            assertThat(takenAddress).isEqualTo(free);
        }

        @Test
        void takes_the_place_of_one_that_was_not_verified_for_a_day_and_of_no_other() {
            String name = freshName();
            register(name, address(name));
            NODE.token(address(name));
            String other = address(freshName());

            register(name, other);
            assertThat(NODE.text(other, 1)).contains("another name");

            sql("UPDATE users SET created_at = created_at - interval '25 hours' WHERE username = ?", name);
            register(name, other);

            NODE.nobody.mutate("verifyEmail", "email", token(NODE.token(other, 2)));
            assertThat(value("SELECT email FROM users WHERE username = ?", name))
                    .isEqualTo(other);
            assertThat(NODE.login(name, TestApi.PASSWORD).token()).isNotEmpty();
        }

        @Test
        void takes_nobodys_place_who_was_verified_however_old() {
            TestApi.User owner = NODE.newUser();
            sql("UPDATE users SET created_at = created_at - interval '99 days' WHERE username = ?", owner.name());
            String other = address(freshName());

            register(owner.name(), other);

            assertThat(NODE.text(other, 1)).contains("another name");
            assertThat(isVerified(owner)).isTrue();
        }
    }

    @Nested
    class VerifyEmail {

        @Test
        void takes_a_token_once() {
            String name = freshName();
            register(name, address(name));
            JsonObject token = token(NODE.token(address(name)));

            NODE.nobody.mutate("verifyEmail", "email", token);

            assertThat(NODE.nobody.refusals("verifyEmail", token)).containsExactly("WRONG_CREDENTIALS input.token");
        }

        @Test
        void takes_no_token_after_a_day() {
            String name = freshName();
            register(name, address(name));
            String token = NODE.token(address(name));
            sql("""
                    UPDATE one_time_tokens SET expires_at = expires_at - interval '24 hours'
                     WHERE user_id = (SELECT id FROM users WHERE username = ?)
                    """, name);

            assertThat(NODE.nobody.refusals("verifyEmail", token(token)))
                    .containsExactly("WRONG_CREDENTIALS input.token");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "eto_",
                    "no token",
                    "eto_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
                })
        void takes_nothing_that_is_not_one_of_ours(String token) {
            assertThat(NODE.nobody.refusals("verifyEmail", token(token)))
                    .containsExactly("WRONG_CREDENTIALS input.token");
        }

        @Test
        void proves_only_the_address_that_the_token_was_mailed_to() {
            TestApi.User user = NODE.newUser();
            String first = address(freshName());
            String second = address(freshName());
            changeAddress(user, first);
            String stale = NODE.token(first);

            changeAddress(user, second);

            assertThat(NODE.nobody.refusals("verifyEmail", token(stale)))
                    .containsExactly("WRONG_CREDENTIALS input.token");
            NODE.nobody.mutate("verifyEmail", "email", token(NODE.token(second)));
            assertThat(isVerified(user)).isTrue();
        }
    }

    private static void changeAddress(TestApi.User user, String address) {
        user.mutate(
                "updateProfile",
                "viewer { email }",
                new JsonObject().put("email", address).put("password", TestApi.PASSWORD));
    }

    @Nested
    class UpdateProfile {

        @Test
        void with_a_new_address_asks_there_and_tells_the_former_one() {
            TestApi.User user = NODE.newUser();
            String address = address(freshName());

            changeAddress(user, address);

            assertThat(isVerified(user)).isFalse();
            assertThat(NODE.text(address, 1)).contains("#verify=");
            assertThat(NODE.text(address(user.name()), 2)).contains("another e-mail address now");
        }

        @Test
        void back_and_forth_fills_nobodys_mailbox() {
            TestApi.User user = NODE.newUser();
            String stranger = address(freshName());
            for (int times = 0; times < 3; times++) {
                changeAddress(user, stranger);
                changeAddress(user, address(user.name()));
            }

            NODE.pass(A_MINUTE);
            changeAddress(user, stranger);

            assertThat(NODE.text(stranger, 3)).contains("#verify=");
            assertThat(NODE.mails(stranger)).hasSize(3);
        }

        @Test
        void with_a_new_address_needs_the_password() {
            TestApi.User user = NODE.newUser();
            JsonObject input = new JsonObject().put("email", address(freshName()));

            assertThat(user.refusals("updateProfile", input)).containsExactly("WRONG_CREDENTIALS input.password");
            assertThat(user.refusals("updateProfile", input.copy().put("password", "another password of mine")))
                    .containsExactly("WRONG_CREDENTIALS input.password");
            assertThat(isVerified(user)).isTrue();
        }

        @Test
        void with_the_same_address_sends_nothing_and_needs_nothing() {
            TestApi.User user = NODE.newUser();

            user.mutate(
                    "updateProfile",
                    "viewer { email }",
                    new JsonObject().put("email", address(user.name())).put("leadDays", 3));

            assertThat(isVerified(user)).isTrue();
        }
    }

    @Nested
    class SendVerificationEmail {

        private static final JsonObject NOTHING = new JsonObject();

        @Test
        void mails_a_token_again_but_not_twice_a_minute() {
            TestApi.User user = NODE.newUser();
            String address = address(freshName());
            changeAddress(user, address);
            NODE.token(address);

            user.mutate("sendVerificationEmail", "__typename", NOTHING);
            sql("""
                    UPDATE one_time_tokens SET created_at = created_at - interval '61 seconds'
                     WHERE user_id = (SELECT id FROM users WHERE username = ?)
                    """, user.name());
            NODE.pass(A_MINUTE);
            user.mutate("sendVerificationEmail", "__typename", NOTHING);

            NODE.nobody.mutate("verifyEmail", "email", token(NODE.token(address, 2)));
            assertThat(NODE.mails(address)).hasSize(2);
        }

        @Test
        void is_refused_when_the_address_is_verified() {
            assertThat(NODE.newUser().refusals("sendVerificationEmail", NOTHING))
                    .isEqualTo(List.of("CONFLICT "));
        }
    }
}
