package org.expirytracker.backups;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.cli.Registered;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What users meet after a restore of an older backup into the database they worked with: the category of before is
 * there, those of after are not.
 */
@Timeout(60)
@ProvenRoom("product")
class RestoredNodeTest {

    private static final String ACTIVITY =
            "subscription ($after: String) { activity(after: $after) { cursor kind after } }";

    @TempDir
    Path folder;

    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final TestApi throughout = TestApi.start(url);
    private TestApi node = throughout;
    private final User before = throughout.newUser();
    private User after = before;
    private final User gone = throughout.newUser();
    private String refreshBefore = "";
    private String apiToken = "";
    private long end;
    private long endAfter;

    @BeforeEach
    void restore() throws IOException {
        before.createCategory("before");
        refreshBefore = session(before).getString("refreshToken");
        apiToken = before.mutate(
                        "createApiToken",
                        "token",
                        JsonObject.of("name", "script", "scopes", JsonArray.of("ITEMS_READ")))
                .getString("token");
        end = before.activityCount();
        Path file = new Backup(url, CopyProgress.SILENT).writeInto(folder).file();
        after = as(session(before).getString("accessToken"));
        for (String name : List.of("after", "later", "latest")) {
            after.createCategory(name);
        }
        endAfter = after.activityCount();
        gone.mutate("deleteAccount", "deletedId", JsonObject.of("password", TestApi.PASSWORD));

        new Restore(url, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, CopyProgress.SILENT)
                .load(file, true, Erasures.NONE);
        node = TestApi.start(url);
    }

    @AfterEach
    void stop() throws IOException {
        node.close();
        throughout.close();
    }

    private JsonObject session(User user) {
        return new User(node, user.name(), "")
                .mutate(
                        "login",
                        "session { accessToken refreshToken }",
                        JsonObject.of("username", user.name(), "password", TestApi.PASSWORD))
                .getJsonObject("session");
    }

    private User as(String token) {
        return new User(node, before.name(), token);
    }

    private User loggedIn() {
        return as(session(before).getString("accessToken"));
    }

    private static String refusal(User user) {
        return user.answer("{ viewer { id } }", new JsonObject())
                .getJsonArray("errors")
                .getJsonObject(0)
                .getJsonObject("extensions")
                .getString("code");
    }

    private static JsonObject next(Events events) {
        return events.next().getJsonObject("activity");
    }

    @Test
    void tokens_from_before_and_after_the_backup_are_dead_and_a_login_works() {
        assertThat(refusal(before.on(node))).isEqualTo("UNAUTHENTICATED");
        assertThat(refusal(after.on(node))).isEqualTo("UNAUTHENTICATED");
        assertThat(as("").refusals("refreshSession", JsonObject.of("refreshToken", refreshBefore)))
                .containsExactly("WRONG_CREDENTIALS input.refreshToken");

        assertThat(loggedIn()
                        .query("{ categories { nodes { name } } }")
                        .getJsonObject("categories")
                        .getJsonArray("nodes"))
                .isEqualTo(JsonArray.of(JsonObject.of("name", "before")));
    }

    @Test
    void an_api_token_that_might_have_been_revoked_since_is_dead_and_says_so() {
        assertThat(as(apiToken)
                        .answer("{ items { totalCount } }", new JsonObject())
                        .getJsonArray("errors")
                        .getJsonObject(0)
                        .getJsonObject("extensions")
                        .getString("code"))
                .isEqualTo("UNAUTHENTICATED");
    }

    @Test
    void an_account_that_was_deleted_since_stays_away() {
        assertThat(as("").refusals("login", JsonObject.of("username", gone.name(), "password", TestApi.PASSWORD)))
                .containsExactly("WRONG_CREDENTIALS ");
        assertThat(refusal(gone.on(node))).isEqualTo("UNAUTHENTICATED");
        assertThat(Erasures.of(url).accounts()).hasSize(1);
    }

    @Test
    void a_cursor_from_after_the_backup_continues_with_what_happens_next() {
        User user = loggedIn();
        try (Events events = user.subscribe(ACTIVITY, JsonObject.of("after", Long.toString(endAfter)))) {
            user.createCategory("new");

            JsonObject login = next(events);
            assertThat(login.getString("kind")).isEqualTo("ACCOUNT_LOGGED_IN");
            assertThat(login.getString("cursor")).isEqualTo(Long.toString(end + ActivityLog.CURSOR_GAP + 1));
            assertThat(next(events).getJsonObject("after").getString("name")).isEqualTo("new");
        }
    }

    @Test
    void everything_is_replayed_from_the_beginning_over_the_gap_and_goes_on_live() {
        User user = loggedIn();
        try (Events events = user.subscribe(ACTIVITY, JsonObject.of("after", "0"))) {
            for (long place = 1; place <= end; place++) {
                assertThat(next(events).getString("cursor")).isEqualTo(Long.toString(place));
            }
            assertThat(next(events).getString("cursor")).isEqualTo(Long.toString(end + ActivityLog.CURSOR_GAP + 1));
            user.createCategory("new");
            assertThat(next(events).getString("cursor")).isEqualTo(Long.toString(end + ActivityLog.CURSOR_GAP + 2));
        }
    }

    @Test
    void a_subscription_without_a_cursor_tells_what_comes() {
        User user = loggedIn();
        try (Events events = user.subscribe(ACTIVITY)) {
            user.createCategory("new");

            assertThat(next(events).getJsonObject("after").getString("name")).isEqualTo("new");
        }
    }

    @Test
    void a_node_that_ran_throughout_serves_the_restored_data() {
        User user = loggedIn();
        User there = user.on(throughout);
        try (Events events = there.subscribe(ACTIVITY)) {
            assertThat(there.query("{ categories { nodes { name } } }")
                            .getJsonObject("categories")
                            .getJsonArray("nodes"))
                    .isEqualTo(JsonArray.of(JsonObject.of("name", "before")));
            there.createCategory("there");
            user.createCategory("here");

            assertThat(next(events).getJsonObject("after").getString("name")).isEqualTo("there");
            assertThat(next(events).getJsonObject("after").getString("name")).isEqualTo("here");
        }
    }

    @Test
    void activities_are_counted_as_they_are() {
        User user = loggedIn();
        assertThat(user.activityCount()).isEqualTo((int) end + 1);
    }
}
