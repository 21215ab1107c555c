package org.expirytracker.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.sql;
import static org.expirytracker.TestNode.value;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.expirytracker.MailingNode;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.users.SecurityQuestion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("product")
class SecurityQuestionsTest {

    private static final MailingNode NODE = new MailingNode();

    @AfterAll
    static void close() throws IOException {
        NODE.close();
    }

    private static JsonObject question(String answer, String password) {
        return new JsonObject()
                .put("question", "UNFULFILLED_WISH")
                .put("answer", answer)
                .put("password", password);
    }

    private static String shown(TestApi api, String username) {
        return new TestApi.User(api, "", "")
                .query(
                        "query ($name: String!) { securityQuestion(username: $name) }",
                        new JsonObject().put("name", username))
                .getString("securityQuestion");
    }

    private static String shown(String username) {
        return shown(NODE.api, username);
    }

    @Test
    void cost_something_each_time_they_are_asked_for() {
        String fields = "a: securityQuestion(username: \"a\") b: securityQuestion(username: \"b\")";

        assertThat(new JsonObject(NODE.api
                                .post(
                                        "",
                                        JsonObject.of("query", "{ " + fields + " }")
                                                .encode())
                                .body())
                        .getJsonObject("extensions")
                        .getJsonObject("cost")
                        .getInteger("requested"))
                .isEqualTo(2);
    }

    @Nested
    class Answer {

        @ParameterizedTest
        @CsvSource({
            "Mrs. Brown, mrs brown",
            "'  a   b ', A B",
            "Straße, STRASSE",
            "ﬁnch, Finch",
            "Ｆｉｎｃｈ, finch",
            "O'Neill-Smith, oneillsmith",
            "ΣΊΣΥΦΟΣ, σίσυφος",
            "'!?.', ''"
        })
        void is_the_same_however_it_is_spelled(String one, String other) {
            assertThat(SecurityQuestion.normal(one)).isEqualTo(SecurityQuestion.normal(other));
        }

        @Test
        void is_not_the_same_when_it_is_another_word() {
            assertThat(SecurityQuestion.normal("Brown")).isNotEqualTo(SecurityQuestion.normal("Browne"));
        }
    }

    @Nested
    class SetSecurityQuestion {

        @Test
        void keeps_the_question_and_only_a_slow_hash_of_the_answer() {
            TestApi.User user = NODE.newUser();

            user.mutate("setSecurityQuestion", "viewer { id }", question("An astronaut", TestApi.PASSWORD));

            assertThat(user.query("{ viewer { securityQuestion } }").encode()).contains("UNFULFILLED_WISH");
            assertThat(value("SELECT security_answer_hash FROM users WHERE username = ?", user.name()))
                    .startsWith("$argon2id$v=19$m=19456,t=2,p=1$");
            assertThat(user.query("{ activities(first: 1) { nodes { kind before after } } }")
                            .encode())
                    .contains("ACCOUNT_UPDATED", "UNFULFILLED_WISH")
                    .doesNotContainIgnoringCase("astronaut")
                    .doesNotContain("argon2");
        }

        @Test
        void needs_the_password() {
            TestApi.User user = NODE.newUser();

            assertThat(user.refusals("setSecurityQuestion", question("An astronaut", "not the password at all")))
                    .containsExactly("WRONG_CREDENTIALS input.password");
            assertThat(user.query("{ viewer { securityQuestion } }").encode()).contains("null");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "  ", "!!!!", "ab", "a-b"})
        void needs_an_answer_of_which_something_is_left(String answer) {
            assertThat(NODE.newUser().refusals("setSecurityQuestion", question(answer, TestApi.PASSWORD)))
                    .containsExactly("INVALID input.answer");
        }
    }

    @Nested
    class RemoveSecurityQuestion {

        @Test
        void needs_the_password_and_leaves_nothing() {
            TestApi.User user = NODE.newUser();
            user.mutate("setSecurityQuestion", "viewer { id }", question("An astronaut", TestApi.PASSWORD));

            assertThat(user.refusals(
                            "removeSecurityQuestion", new JsonObject().put("password", "not the password at all")))
                    .containsExactly("WRONG_CREDENTIALS input.password");
            user.mutate("removeSecurityQuestion", "viewer { id }", new JsonObject().put("password", TestApi.PASSWORD));

            assertThat(value("SELECT security_answer_hash FROM users WHERE username = ?", user.name()))
                    .isNull();
        }
    }

    @Nested
    class Shown {

        @Test
        void is_what_the_user_has_set() {
            TestApi.User user = NODE.newUser();
            user.mutate("setSecurityQuestion", "viewer { id }", question("An astronaut", TestApi.PASSWORD));

            assertThat(shown(user.name().toUpperCase(Locale.ROOT))).isEqualTo("UNFULFILLED_WISH");
        }

        @Test
        void is_always_the_same_one_of_several_for_who_has_set_none_and_for_nobody() {
            Set<String> questions = new HashSet<>();
            for (int times = 0; times < 40; times++) {
                String nobody = MailingNode.freshName();
                String question = shown(nobody);
                questions.add(question);

                assertThat(shown(nobody.toUpperCase(Locale.ROOT))).isEqualTo(question);
                assertThat(shown(TestApi.node(), nobody)).isEqualTo(question);
            }
            String user = NODE.newUser().name();
            String before = shown(user);
            sql("DELETE FROM users WHERE username = ?", user);

            assertThat(shown(user)).isEqualTo(before);
            assertThat(questions).hasSizeGreaterThan(3);
        }

        @Test
        void is_answered_alike_by_the_same_work_for_a_name_that_nobody_has() {
            TestApi.User user = NODE.newUser();
            user.mutate("setSecurityQuestion", "viewer { id }", question("An astronaut", TestApi.PASSWORD));
            String nobody = MailingNode.freshName();
            sql("UPDATE users SET security_question = ? WHERE username = ?", shown(nobody), user.name());

            MailingNode.Seen known = ask(user.name());

            assertThat(known.status()).isEqualTo(200);
            assertThat(known.statements()).hasSize(2);
            assertThat(ask(nobody)).isEqualTo(known);
        }

        private static MailingNode.Seen ask(String name) {
            String body = new JsonObject()
                    .put("query", "query ($name: String!) { securityQuestion(username: $name) }")
                    .put("variables", new JsonObject().put("name", name))
                    .encode();
            return NODE.see(() -> NODE.api.post("", body));
        }
    }
}
