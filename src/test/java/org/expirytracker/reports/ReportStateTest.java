package org.expirytracker.reports;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the statement of {@link ReportWriter} logs is what the record of the same report would be. */
@Timeout(60)
class ReportStateTest {

    private static final String LAST = """
            SELECT subject_id || ' ' || after::text
              FROM activities
             WHERE user_id = (SELECT id FROM users WHERE username = ?) AND kind = 'REPORT_GENERATED'
             ORDER BY seq DESC
             LIMIT 1
            """;

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final Database DATABASE =
            new Database(Vertx.vertx(), TestDatabase.migrated().connectOptions(), 4);

    private final User user = TestApi.node().newUser();

    @Test
    void has_every_component_of_a_report_first_and_again() {
        LocalDate today = LocalDate.now(ZoneOffset.UTC);
        String category = user.mutate("createCategory", "category { id }", JsonObject.of("name", "Dairy"))
                .getJsonObject("category")
                .getString("id");
        user.mutate(
                "createItem",
                "item { id }",
                JsonObject.of("name", "Milk", "expiryDate", today.plusDays(1).toString())
                        .put("costPrice", "1.25")
                        .put("location", "Fridge")
                        .put("categoryId", category));
        user.mutate("generateReport", "report { id }", new JsonObject());
        assertLogged();

        String id = user.mutate("createItem", "item { id }", JsonObject.of("name", "Salt", "quantity", "3"))
                .getJsonObject("item")
                .getString("id");
        user.mutate("takeOut", "item { id }", JsonObject.of("itemId", id, "quantity", "1", "outcome", "DISCARDED"));
        user.mutate("generateReport", "report { id }", new JsonObject());
        assertLogged();
    }

    private void assertLogged() {
        String logged = Objects.requireNonNull(STOCK.column(LAST, user.name()).getFirst());
        UUID id = UUID.fromString(logged.substring(0, 36));
        InventoryId userId =
                new InventoryId(UUID.fromString(STOCK.column("SELECT id FROM users WHERE username = ?", user.name())
                        .getFirst()));
        Map<UUID, Report> found = new ReportRepository()
                .find(DATABASE.reads(), userId, List.of(id))
                .toCompletionStage()
                .toCompletableFuture()
                .join();
        LoggedState.assertIs(logged.substring(37), Objects.requireNonNull(found.get(id)));
    }
}
