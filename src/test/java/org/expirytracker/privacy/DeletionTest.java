package org.expirytracker.privacy;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.expirytracker.CapturedLog;
import org.expirytracker.Noon;
import org.expirytracker.Secrets;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Test;

/** Whoever goes leaves no word behind. */
class DeletionTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    @Test
    void leaves_no_word_of_the_user_in_the_database_the_log_or_the_metrics() throws SQLException, IOException {
        User user = TestApi.node().newUser(Noon.ZONE);
        String canary = ExportTest.fill(user, ExportTest.canary());
        // What else tells of a person: where they come from.
        UUID id = UUID.fromString(String.valueOf(STOCK.column("SELECT id FROM users WHERE username = ?", user.name())
                .getFirst()));
        STOCK.run("UPDATE sessions SET user_agent = ? WHERE user_id = ?", canary + " Browser", id);
        STOCK.run(
                "INSERT INTO login_attempts (subject_id, id, user_id, outcome, user_agent)"
                        + " VALUES (?, gen_random_uuid(), ?, 'SUCCEEDED', ?)",
                id,
                id,
                canary + " Browser");
        Secrets.Search words = new Secrets.Search(List.of(canary, user.name(), user.token()));
        assertThat(words.in(TestDatabase.migrated())).hasSizeGreaterThan(20);

        user.on(TestApi.otherNode()).mutate("deleteAccount", "deletedId", JsonObject.of("password", TestApi.PASSWORD));

        assertThat(words.in(TestDatabase.migrated())).isEmpty();
        assertThat(words.in(CapturedLog.bytes())).isEmpty();
        assertThat(List.of(TestApi.node(), TestApi.otherNode()))
                .allSatisfy(node -> assertThat(node.get("/metrics").body()).doesNotContain(canary, user.name()));
    }
}
