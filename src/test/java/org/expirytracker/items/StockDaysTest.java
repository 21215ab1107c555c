package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.jobs.TestLease;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is in stock, counted by day. */
@Timeout(120)
@ProvenRoom("product")
class StockDaysTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    private final LocalDate today = LocalDate.now(ZoneOffset.UTC);
    private final User user = TestApi.node().newUser();
    private final UUID inventory = UUID.fromString(
            STOCK.column("SELECT id FROM users WHERE username = ?", user.name()).getFirst());

    private boolean isCounted() {
        return STOCK.column("SELECT counted_seq = last_seq FROM feeds WHERE user_id = ?", inventory)
                .equals(List.of("t"));
    }

    private boolean isCountedWrongly() {
        return STOCK.column(StockDays.MISCOUNTED).contains(inventory.toString());
    }

    private List<@Nullable String> rows() {
        return STOCK.column(
                "SELECT part || ' ' || part_key || ' ' || expiry_date || ' ' || expiring_from || ' ' || item_count || ' '"
                        + " || trim_scale(value) FROM stock_days WHERE user_id = ? ORDER BY 1",
                inventory);
    }

    private int total() {
        return user.query("{ inventory { total { count } } }")
                .getJsonObject("inventory")
                .getJsonObject("total")
                .getInteger("count");
    }

    @Nested
    class Counts {

        @Test
        void are_kept_of_the_whole_of_each_category_and_of_each_place_as_it_is_spelled() {
            String dairy = user.createCategory("Dairy");
            user.createItem(new JsonObject()
                    .put("name", "Milk")
                    .put("quantity", "2")
                    .put("costPrice", "1.5")
                    .put("expiryDate", "2031-05-10")
                    .put("leadDays", 9)
                    .put("categoryId", dairy)
                    .put("location", "Fridge"));
            user.createItem(new JsonObject().put("name", "Salt"));

            assertThat(rows())
                    .containsExactlyInAnyOrder(
                            "WHOLE  2031-05-10 2031-05-01 1 3",
                            "WHOLE  infinity infinity 1 0",
                            "CATEGORY "
                                    + STOCK.column("SELECT id FROM categories WHERE user_id = ?", inventory)
                                            .getFirst() + " 2031-05-10 2031-05-01 1 3",
                            "CATEGORY  infinity infinity 1 0",
                            "LOCATION Fridge 2031-05-10 2031-05-01 1 3",
                            "LOCATION  infinity infinity 1 0");
        }

        @Test
        void have_no_row_of_what_is_not_there_any_more() {
            String milk = user.createItem(JsonObject.of("name", "Milk", "quantity", "2"));
            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", milk, "outcome", "USED"));

            assertThat(rows()).isEmpty();
            assertThat(isCounted()).isTrue();
        }

        @Test
        void are_kept_when_two_change_one_inventory_at_once() throws InterruptedException, ExecutionException {
            try (ExecutorService people = Executors.newFixedThreadPool(8)) {
                List<Future<String>> made = new ArrayList<>();
                for (int at = 0; at < 40; at++) {
                    made.add(people.submit(() -> user.createItem(JsonObject.of("name", "Milk", "location", "Fridge"))));
                }
                for (Future<String> each : made) {
                    each.get();
                }
            }

            assertThat(total()).isEqualTo(40);
            assertThat(isCounted()).isTrue();
            assertThat(isCountedWrongly()).isFalse();
        }

        @Test
        void go_with_the_account() {
            user.createItem(JsonObject.of("name", "Milk"));
            user.mutate("deleteAccount", "deletedId", JsonObject.of("password", TestApi.PASSWORD));

            assertThat(rows()).isEmpty();
        }
    }

    @Nested
    class WhatIsNotCounted {

        /** As a node of the former release does. */
        private void changePastTheCounts(String sql, Object... parameters) {
            STOCK.run(sql, parameters);
            STOCK.run("UPDATE feeds SET last_seq = last_seq + 1 WHERE user_id = ?", inventory);
        }

        @Test
        void is_counted_when_somebody_asks() {
            user.createItems(JsonObject.of("name", "Milk"), JsonObject.of("name", "Bread"));
            changePastTheCounts("DELETE FROM items WHERE user_id = ? AND name = 'Milk'", inventory);
            assertThat(isCounted()).isFalse();

            assertThat(total()).isEqualTo(1);
            assertThat(isCounted()).isTrue();
            assertThat(isCountedWrongly()).isFalse();
        }

        @Test
        void is_left_alone_by_a_change_and_counted_for_a_report() {
            user.createItems(JsonObject.of("name", "Milk"), JsonObject.of("name", "Bread"));
            changePastTheCounts("DELETE FROM items WHERE user_id = ? AND name = 'Milk'", inventory);
            user.createItem(JsonObject.of("name", "Rice"));
            assertThat(isCounted()).isFalse();

            assertThat(user.mutate("generateReport", "report { totalItems }", new JsonObject())
                            .getJsonObject("report")
                            .getInteger("totalItems"))
                    .isEqualTo(2);
            assertThat(isCounted()).isTrue();
            assertThat(isCountedWrongly()).isFalse();
        }

        @Test
        void is_counted_for_each_category_and_for_the_number_of_all() {
            String dairy = user.createCategory("Dairy");
            user.createItems(
                    JsonObject.of("name", "Milk", "categoryId", dairy),
                    JsonObject.of("name", "Curd", "categoryId", dairy));
            changePastTheCounts("DELETE FROM items WHERE user_id = ? AND name = 'Milk'", inventory);

            assertThat(user.query(
                                    "{ categories(first: 1) { nodes { itemCount items { totalCount } } } items { totalCount } }")
                            .encode())
                    .isEqualTo("{\"categories\":{\"nodes\":[{\"itemCount\":1,\"items\":{\"totalCount\":1}}]},"
                            + "\"items\":{\"totalCount\":1}}");
        }
    }

    @Nested
    class TheJob {

        /** More than it reads at once, one of them held by somebody else for longer than anybody waits. */
        @Test
        void counts_what_nobody_has_asked_for_but_leaves_what_is_being_changed() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Stock stock = new Stock(url);
            List<InventoryId> inventories = new ArrayList<>();
            for (int at = 0; at < 3; at++) {
                inventories.add(stock.user());
                stock.item(inventories.get(at), "Milk", today, 3);
            }
            Vertx vertx = Vertx.vertx();
            Database database = new Database(vertx, url.connectOptions(), 4);
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                connection.setAutoCommit(false);
                statement.execute("SELECT FROM feeds WHERE user_id = '"
                        + inventories.get(1).value() + "' FOR UPDATE");

                TestLease.run(StockDays.JOB, database);

                assertThat(stock.column("SELECT user_id FROM feeds WHERE counted_seq = last_seq ORDER BY 1"))
                        .containsExactly(
                                inventories.get(0).value().toString(),
                                inventories.get(2).value().toString());
            } finally {
                database.close().toCompletionStage().toCompletableFuture().join();
                vertx.close().toCompletionStage().toCompletableFuture().join();
            }
            assertThat(stock.column("SELECT sum(item_count) FROM stock_days GROUP BY user_id"))
                    .containsExactly("3", "3");
        }
    }

    /** Whatever is done in whatever order, to items, categories and lead days; each seed is another history. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void stand_for_what_is_in_stock_after_any_history(long seed) {
        Random random = new Random(seed);
        List<String> categories = new ArrayList<>();
        List<String> items = new ArrayList<>();
        for (int step = 0; step < 60; step++) {
            act(random, categories, items);
        }

        assertThat(isCounted()).isTrue();
        assertThat(isCountedWrongly()).isFalse();
        assertThat(total())
                .isEqualTo(Integer.parseInt(
                        STOCK.column("SELECT count(*) FROM items WHERE user_id = ? AND NOT used_up", inventory)
                                .getFirst()));
    }

    private void act(Random random, List<String> categories, List<String> items) {
        String category = categories.isEmpty() ? null : categories.get(random.nextInt(categories.size()));
        String item = items.isEmpty() ? null : items.get(random.nextInt(items.size()));
        switch (random.nextInt(12)) {
            case 0, 1 -> items.add(user.createItem(item(random, category)));
            case 2 ->
                user.createItems(item(random, category), item(random, null), item(random, category))
                        .forEach(id -> items.add((String) id));
            case 3, 4 -> {
                if (item != null) {
                    user.attempt(
                            "updateItem",
                            "item { id }",
                            item(random, category)
                                    .put("quantity", String.valueOf(random.nextInt(4)))
                                    .put("id", item));
                }
            }
            case 5 -> {
                if (item != null) {
                    user.attempt("takeOut", "item { id }", JsonObject.of("itemId", item, "outcome", "USED"));
                }
            }
            case 6 -> {
                if (item != null) {
                    user.attempt("deleteItem", "deletedId", JsonObject.of("id", item));
                }
            }
            case 7 -> categories.add(user.createCategory("category " + random.nextInt(1_000_000)));
            case 8 -> {
                if (category != null) {
                    user.attempt(
                            "updateCategory",
                            "category { id }",
                            JsonObject.of("id", category).put("leadDays", random.nextInt(40)));
                }
            }
            case 9 -> {
                if (category != null) {
                    categories.remove(category);
                    user.attempt("deleteCategory", "deletedId", JsonObject.of("id", category));
                }
            }
            case 10 -> user.mutate("updateProfile", "viewer { id }", JsonObject.of("leadDays", random.nextInt(40)));
            default -> undo(random);
        }
    }

    private void undo(Random random) {
        JsonArray recent = user.query("{ activities(first: 8) { nodes { id } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes");
        user.attempt(
                "undo",
                "deletedId",
                JsonObject.of(
                        "activityId",
                        recent.getJsonObject(random.nextInt(recent.size())).getString("id")));
    }

    private JsonObject item(Random random, @Nullable String category) {
        JsonObject item = JsonObject.of("name", "thing " + random.nextInt(5))
                .put("quantity", String.valueOf(1 + random.nextInt(4)))
                .put("costPrice", random.nextBoolean() ? null : random.nextInt(9_000) / 1000.0 + "")
                .put(
                        "expiryDate",
                        random.nextInt(4) == 0
                                ? null
                                : today.plusDays(random.nextInt(5)).toString())
                .put("leadDays", random.nextBoolean() ? null : random.nextInt(3))
                .put(
                        "location",
                        random.nextBoolean()
                                ? null
                                : List.of("Fridge", "fridge", "Cellar").get(random.nextInt(3)));
        return random.nextBoolean() ? item.put("categoryId", category) : item;
    }
}
