package org.expirytracker.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.PASSWORD;
import static org.expirytracker.TestNode.freshName;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.expirytracker.TestNode;
import org.expirytracker.kernel.Caller;
import org.expirytracker.sessions.Session;
import org.expirytracker.sessions.Sessions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LoginFetchersTest {

    private static final TestNode NODE = new TestNode();
    private static final String SESSION = "session { accessToken refreshToken expiresAt }";
    private static final String VIEWER =
            "viewer { id username email emailVerified role timeZone leadDays turnHour twoFactorEnabled version createdAt updatedAt }";
    private static final String ERRORS = "userErrors { code message field }";

    private final Sessions.Opened opened = NODE.register();
    private final Caller caller = NODE.caller(opened.session());

    @AfterAll
    static void close() {
        NODE.close();
    }

    private static JsonObject mutate(@Nullable Caller caller, String field, String input, String selection) {
        return NODE.graphQL(caller, "mutation { %s(input: {%s}) { %s %s } }".formatted(field, input, selection, ERRORS))
                .getJsonObject("data")
                .getJsonObject(field);
    }

    private static JsonObject firstError(JsonObject payload) {
        return payload.getJsonArray("userErrors").getJsonObject(0);
    }

    private JsonObject update(String input) {
        return mutate(caller, "updateProfile", input, VIEWER);
    }

    @Nested
    class Register {

        @Test
        void answers_the_session_and_the_viewer() {
            String name = freshName();

            JsonObject payload = mutate(
                    null,
                    "register",
                    "username: \"%s\", email: \"%s@example.org\", password: \"%s\", timeZone: \"Europe/Rome\""
                            .formatted(name, name, PASSWORD),
                    SESSION + VIEWER);

            assertThat(payload.getJsonArray("userErrors")).isEmpty();
            assertThat(payload.getJsonObject("viewer").getString("timeZone")).isEqualTo("Europe/Rome");
            assertThat(payload.getJsonObject("session").getMap()).hasSize(3).doesNotContainValue(null);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "ünal@example.org",
                    "a b@example.org",
                    "two@at@example.org",
                    "dot.@example.org",
                    ".dot@example.org",
                    "a..b@example.org",
                    "quo\u201dte@example.org",
                    "name@exa_mple.org",
                    "name@-",
                    "name@example..org",
                    "name@example.org,other@example.org",
                    "name@[127.0.0.1]",
                    "Anna <anna@example.org>",
                    "name@"
                })
        void refuses_an_address_that_no_mail_can_be_sent_to(String email) {
            JsonObject registering = mutate(
                    null,
                    "register",
                    "username: \"%s\", email: \"%s\", password: \"%s\"".formatted(freshName(), email, PASSWORD),
                    SESSION);
            JsonObject changing = update("email: \"%s\", password: \"%s\"".formatted(email, PASSWORD));

            for (JsonObject payload : List.of(registering, changing)) {
                assertThat(payload.getJsonArray("userErrors")).hasSize(1);
                assertThat(firstError(payload).getMap())
                        .containsEntry("code", "INVALID")
                        .containsEntry("field", List.of("input", "email"));
            }
        }

        @Test
        void answers_what_is_wrong_and_nothing_else() {
            JsonObject payload =
                    mutate(null, "register", "username: \"a\", email: \"b\", password: \"c\"", SESSION + VIEWER);

            assertThat(payload.getValue("session")).isNull();
            assertThat(payload.getValue("viewer")).isNull();
            assertThat(payload.getJsonArray("userErrors")).hasSize(3);
        }
    }

    @Nested
    class Login {

        @Test
        void answers_a_session_and_no_challenge() {
            JsonObject payload = mutate(
                    null,
                    "login",
                    "username: \"%s\", password: \"%s\""
                            .formatted(opened.viewer().email(), PASSWORD),
                    SESSION + VIEWER + "twoFactorChallenge { token expiresAt }");

            assertThat(payload.getJsonObject("viewer").getString("username"))
                    .isEqualTo(opened.viewer().username());
            assertThat(payload.getValue("twoFactorChallenge")).isNull();
            assertThat(NODE.isAlive(new Session(
                            payload.getJsonObject("session").getString("accessToken"),
                            "",
                            opened.session().expiresAt())))
                    .isTrue();
        }

        @Test
        void answers_wrong_credentials() {
            JsonObject payload = mutate(null, "login", "username: \"nobody\", password: \"wrong\"", SESSION);

            assertThat(firstError(payload).getString("code")).isEqualTo("WRONG_CREDENTIALS");
            assertThat(payload.getValue("session")).isNull();
        }
    }

    @Nested
    class VerifyTwoFactor {

        @Test
        void refuses_what_is_no_challenge() {
            JsonObject payload = mutate(null, "verifyTwoFactor", "token: \"t\", code: \"000000\"", SESSION + VIEWER);

            assertThat(firstError(payload).getString("code")).isEqualTo("WRONG_CREDENTIALS");
        }
    }
}
