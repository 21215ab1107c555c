package org.expirytracker.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import org.expirytracker.TestNode;
import org.expirytracker.kernel.Caller;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class SessionFetchersTest {

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

    @Nested
    class RefreshSession {

        @Test
        void answers_new_tokens() {
            JsonObject payload = mutate(
                    null,
                    "refreshSession",
                    "refreshToken: \"" + opened.session().refreshToken() + "\"",
                    SESSION + VIEWER);

            assertThat(payload.getJsonObject("session").getString("refreshToken"))
                    .startsWith("etr_")
                    .isNotEqualTo(opened.session().refreshToken());
        }
    }

    @Nested
    class Logout {

        @Test
        void ends_the_session_and_gives_the_mutation_id_back() {
            JsonObject payload = mutate(caller, "logout", "clientMutationId: \"7\"", "clientMutationId");

            assertThat(payload.getString("clientMutationId")).isEqualTo("7");
            assertThat(NODE.isAlive(opened.session())).isFalse();
        }
    }

    @Nested
    class LogoutEverywhere {

        @Test
        void tells_how_many_sessions_ended() {
            NODE.login(opened.viewer());

            assertThat(mutate(caller, "logoutEverywhere", "exceptThis: true", "endedSessions")
                            .getInteger("endedSessions"))
                    .isEqualTo(1);
            assertThat(mutate(caller, "logoutEverywhere", "", "endedSessions").getInteger("endedSessions"))
                    .isEqualTo(1);
        }
    }
}
