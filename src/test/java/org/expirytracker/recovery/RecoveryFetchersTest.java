package org.expirytracker.recovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestNode.PASSWORD;

import io.vertx.core.json.JsonObject;
import org.expirytracker.TestNode;
import org.expirytracker.kernel.Caller;
import org.expirytracker.sessions.Sessions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecoveryFetchersTest {

    private static final TestNode NODE = new TestNode();
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

    @Nested
    class ChangePassword {

        @Test
        void answers_the_viewer() {
            JsonObject payload = mutate(
                    caller,
                    "changePassword",
                    "currentPassword: \"%s\", newPassword: \"something entirely new\"".formatted(PASSWORD),
                    VIEWER);

            assertThat(payload.getJsonArray("userErrors")).isEmpty();
            assertThat(payload.getJsonObject("viewer").getInteger("version")).isEqualTo(2);
        }
    }

    @Nested
    class Idempotent {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "register(input: {username: \"a\", email: \"b\", password: \"c\"})",
                    "login(input: {username: \"a\", password: \"b\"})",
                    "verifyTwoFactor(input: {token: \"a\", code: \"b\"})",
                    "refreshSession(input: {refreshToken: \"a\"})",
                    "logout(input: {})",
                    "logoutEverywhere(input: {})",
                    "changePassword(input: {currentPassword: \"a\", newPassword: \"b\"})",
                    "deleteAccount(input: {password: \"a\"})"
                })
        void is_refused_where_the_answer_must_not_be_kept(String field) {
            JsonObject payload = NODE.graphQL(
                            caller, "mutation { it: %s @idempotent(key: \"k\") { %s } }".formatted(field, ERRORS))
                    .getJsonObject("data")
                    .getJsonObject("it");

            assertThat(payload.getJsonArray("userErrors")).hasSize(1);
            assertThat(firstError(payload).getString("code")).isEqualTo("INVALID");
            assertThat(firstError(payload).getString("message")).contains("@idempotent");
            assertThat(NODE.isAlive(opened.session())).isTrue();
        }

        @Test
        void update_of_the_profile_happens_once_and_is_answered_twice() {
            String mutation = "mutation { updateProfile(input: {leadDays: 9}) @idempotent(key: \"k\") { %s %s } }"
                    .formatted(VIEWER, ERRORS);

            JsonObject first = NODE.graphQL(caller, mutation);
            JsonObject second = NODE.graphQL(caller, mutation);

            assertThat(second).isEqualTo(first);
            assertThat(second.encode()).contains("\"version\":2");
        }
    }
}
