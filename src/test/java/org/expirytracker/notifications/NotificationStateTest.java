package org.expirytracker.notifications;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.expirytracker.LoggedState;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the statements of {@link ExpiryNotices} log is what the record of the same notification would be. */
@Timeout(60)
class NotificationStateTest {

    private static final String LAST_OF_EACH = """
            SELECT DISTINCT ON (subject_id) subject_id || ' ' || after::text
              FROM activities
             WHERE user_id = (SELECT id FROM users WHERE username = ?) AND kind ~ '^NOTIFICATION_' AND after IS NOT NULL
             ORDER BY subject_id, seq DESC
            """;

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final Database DATABASE =
            new Database(Vertx.vertx(), TestDatabase.migrated().connectOptions(), 4);

    private final User user = TestApi.node().newUser();

    @Test
    void has_every_component_of_a_notification_that_is_new_put_off_or_settled() {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        user.mutate("createItem", "item { id }", item("Milk", today.plusDays(1)));
        user.mutate("createItem", "item { id }", item("Bread", today.minusDays(3)));
        String gone = user.mutate("createItem", "item { id }", item("Ham", today))
                .getJsonObject("item")
                .getString("id");
        user.mutate("takeOut", "item { id }", JsonObject.of("itemId", gone, "outcome", "USED"));

        List<@Nullable String> logged = STOCK.column(LAST_OF_EACH, user.name());

        assertThat(logged).hasSizeGreaterThanOrEqualTo(3);
        for (String each : logged) {
            String state = Objects.requireNonNull(each);
            LoggedState.assertIs(state.substring(37), find(UUID.fromString(state.substring(0, 36))));
        }
    }

    private Notification find(UUID id) {
        InventoryId userId =
                new InventoryId(UUID.fromString(STOCK.column("SELECT id FROM users WHERE username = ?", user.name())
                        .getFirst()));
        Map<UUID, Notification> found = new NotificationRepository()
                .find(DATABASE.reads(), new Reader(userId, new UserId(userId.value()), true), List.of(id))
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        return Objects.requireNonNull(found.get(id));
    }

    private static JsonObject item(String name, LocalDate expiryDate) {
        return JsonObject.of("name", name, "expiryDate", expiryDate.toString(), "leadDays", 5);
    }
}
