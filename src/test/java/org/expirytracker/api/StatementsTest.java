package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.expirytracker.DatabaseWire;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A nested query costs one statement for each of its levels, however many rows there are. */
class StatementsTest {

    private static final int ROWS = 100;

    private static final class Node {
        static final DatabaseUrl DATABASE = TestDatabase.freshMigrated();
        static final DatabaseWire WIRE = new DatabaseWire(DATABASE);
        // The turn of the day looks after users once, at the start, and then not for an hour.
        static final TestApi API = TestApi.start(
                WIRE.url(), Map.of("EXPIRY_TURN_INTERVAL_SECONDS", "3600", "EXPIRY_RATE_CAPACITY", "500000"));
        static final TestApi.User USER = filled();

        /** A hundred of everything, each item in a category of its own. */
        private static TestApi.User filled() {
            TestApi.User user = API.newUser();
            String viewer =
                    user.query("{ viewer { id } }").getJsonObject("viewer").getString("id");
            UserId owner = new UserId(NodeId.decode(viewer, User.TYPE).orElseThrow());
            Stock stock = new Stock(DATABASE);
            for (String rows : List.of(CATEGORIES, ITEMS, NOTIFICATIONS, REPORTS)) {
                stock.run(rows, owner.value());
            }
            return user;
        }

        private static final String CATEGORIES = """
                INSERT INTO categories (user_id, id, name)
                SELECT ?, gen_random_uuid(), 'Category ' || place FROM generate_series(1, 100) AS place
                """;

        private static final String ITEMS = """
                INSERT INTO items (user_id, id, category_id, name, quantity, unit, expiry_date, effective_lead_days)
                SELECT user_id, gen_random_uuid(), id, 'Item of ' || name, 1, 'pcs', current_date, 30
                  FROM categories WHERE user_id = ?
                """;

        private static final String NOTIFICATIONS = """
                INSERT INTO notifications (user_id, id, item_id, kind, title, message, expiry_date)
                SELECT user_id, gen_random_uuid(), id, 'EXPIRING_SOON', name, '', expiry_date
                  FROM items WHERE user_id = ?
                """;

        private static final String REPORTS = """
                INSERT INTO reports (user_id, id, date, by_category)
                SELECT ?, gen_random_uuid(), current_date - place, totals.by_category
                  FROM generate_series(1, 100) AS place,
                       (SELECT jsonb_agg(jsonb_build_object('categoryId', id, 'name', name, 'totalItems', 1,
                                   'activeItems', 1, 'expiringItems', 0, 'expiredItems', 0, 'undatedItems', 0,
                                   'totalValue', '0', 'activeValue', '0', 'expiringValue', '0', 'expiredValue', '0',
                                   'undatedValue', '0')) AS by_category
                          FROM (SELECT id, name FROM categories ORDER BY name LIMIT 3) AS three) AS totals
                """;
    }

    @AfterAll
    static void stop() throws IOException {
        Node.API.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | items(first: 100) { nodes { category { name } } }",
                "3 | items(first: 100) { nodes { category { name } } totalCount }",
                "2 | items(first: 100) { nodes { notifications(first: 1) { nodes { title } } } }",
                "3 | categories(first: 100) { nodes { items(first: 1) { nodes { name } } itemCount } }",
                "3 | categories(first: 100) { nodes { items(first: 1) { nodes { category { name } } } } }",
                "3 | notifications(first: 100) { nodes { item { category { name } } } }",
                "2 | reports(first: 100) { nodes { byCategory { name totalItems } previous { date } } }",
                "3 | reports(first: 100) { nodes { byCategory { name category { name } } previous { date } } }",
                "2 | activities(first: 100) { nodes { subject { id } } }",
            })
    void costs_one_statement_for_each_level(int levels, String field) {
        String document = "{ " + field + " }";
        Node.WIRE.clear();
        JsonObject data = Node.USER.query(document);

        // Now and then the caller's session is looked up as well, and the database is told what was spent.
        assertThat(Node.WIRE.statements())
                .filteredOn(statement -> !statement.contains("JOIN sessions") && !isOfBudgets(statement))
                .hasSize(levels);
        assertThat(Node.WIRE.statements()).hasSizeBetween(levels, levels + 2);
        String list = data.fieldNames().iterator().next();
        int rows = data.getJsonObject(list).getJsonArray("nodes").size();
        assertThat(rows).isEqualTo(list.equals("activities") ? 1 : ROWS);
        assertThat(data.encode()).doesNotContain("null,null", ":[]");
    }

    @Test
    void spends_without_a_statement_for_each_request() {
        TestApi.User user = Node.API.newUser();
        Node.WIRE.clear();
        for (int at = 0; at < 50; at++) {
            user.query("{ items(first: 50) { nodes { category { name } } } }");
        }

        assertThat(Node.WIRE.statements())
                .filteredOn(StatementsTest::isOfBudgets)
                .hasSizeLessThan(25);
    }

    @Test
    void asks_in_one_statement_for_all_requests_that_wait_for_a_budget() {
        TestApi.User user = Node.API.newUser();
        Node.WIRE.clear();
        // Too dear to be granted from memory.
        String dear = "{ items(first: 100) { nodes { category { items(first: 50) { nodes { name } } } } } }";
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int at = 0; at < 40; at++) {
                clients.execute(() -> user.query(dear));
            }
        }

        assertThat(Node.WIRE.statements())
                .filteredOn(StatementsTest::isOfBudgets)
                .hasSizeBetween(1, 25);
    }

    private static boolean isOfBudgets(String statement) {
        return statement.contains("INTO budgets");
    }
}
