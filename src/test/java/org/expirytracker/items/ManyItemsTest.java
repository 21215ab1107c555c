package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** One owner of more items than are counted one by one, or looked at in time. */
@Timeout(120)
@ProvenRoom("product")
class ManyItemsTest {

    private static final String ADD = """
            INSERT INTO items (user_id, id, category_id, name)
            SELECT users.id, new_id(), (SELECT id FROM categories WHERE user_id = users.id), 'Tea ' || n
              FROM users
             CROSS JOIN generate_series(1, ?) AS n
             WHERE username = ?
            """;

    private static JsonObject counted(User user, String filter) {
        return user.query(
                "{ items(first: 1" + filter + ") { totalCount totalCountPrecision } categories(first: 1) { nodes {"
                        + " itemCount items(first: 1" + filter + ") { totalCount totalCountPrecision } } } }");
    }

    private static JsonObject expected(int itemCount, int totalCount, String precision) {
        JsonObject count = JsonObject.of("totalCount", totalCount, "totalCountPrecision", precision);
        return JsonObject.of(
                "items",
                count,
                "categories",
                JsonObject.of("nodes", JsonArray.of(JsonObject.of("itemCount", itemCount, "items", count))));
    }

    @Test
    void are_counted_to_ten_thousand_with_a_filter_and_exactly_without() {
        Stock stock = new Stock(TestDatabase.migrated());
        User user = TestApi.node().newUser();
        user.createCategory("Drinks");
        stock.run(ADD, 10_000, user.name());
        stock.run(
                "UPDATE feeds SET counted_seq = -1 FROM users WHERE users.id = user_id AND username = ?", user.name());

        assertThat(counted(user, "")).isEqualTo(expected(10_000, 10_000, "EXACT"));
        assertThat(counted(user, ", filter: { search: \"tea\" }")).isEqualTo(expected(10_000, 10_000, "EXACT"));

        stock.run(ADD, 1, user.name());
        stock.run(
                "UPDATE feeds SET counted_seq = -1 FROM users WHERE users.id = user_id AND username = ?", user.name());

        assertThat(counted(user, "")).isEqualTo(expected(10_001, 10_001, "EXACT"));
        assertThat(counted(user, ", filter: { search: \"tea\" }")).isEqualTo(expected(10_001, 10_000, "AT_LEAST"));
        assertThat(counted(user, ", filter: { search: \"tea 9\" }")).isEqualTo(expected(10_001, 3_439, "EXACT"));
    }

    /** Statements that are planned for their values have no name in the database, and share a connection. */
    @Test
    void that_many_ask_for_at_once_are_found_for_each() throws InterruptedException, ExecutionException {
        User user = TestApi.node().newUser();
        List<String> words =
                IntStream.range(0, 20).mapToObj(n -> "word" + (char) ('a' + n)).toList();
        words.forEach(word -> user.createItem(JsonObject.of("name", word, "location", word)));
        try (ExecutorService people = Executors.newFixedThreadPool(16)) {
            List<Future<Map.Entry<String, String>>> asked = new ArrayList<>();
            for (int at = 0; at < 400; at++) {
                String word = words.get(at % words.size());
                String filter = switch (at % 3) {
                    case 0 -> "(filter: { search: \"" + word + "\" })";
                    case 1 -> "(filter: { location: \"" + word + "\", status: [UNDATED] })";
                    default -> "(first: 1)";
                };
                asked.add(people.submit(() -> Map.entry(
                        filter.startsWith("(first") ? "worda" : word,
                        user.query("{ items" + filter + " { nodes { name } } }").encode())));
            }
            for (Future<Map.Entry<String, String>> each : asked) {
                assertThat(each.get().getValue())
                        .isEqualTo("{\"items\":{\"nodes\":[{\"name\":\""
                                + each.get().getKey() + "\"}]}}");
            }
        }
    }

    /** The database stops each statement after five seconds; here every one takes longer. */
    @Test
    void that_cannot_be_searched_in_time_are_too_much_to_ask_not_a_database_that_does_not_answer() {
        DatabaseUrl url = TestDatabase.freshMigrated();
        Stock stock = new Stock(url);
        try (TestApi node = TestApi.start(url)) {
            User user = node.newUser();
            user.createItem(JsonObject.of("name", "Tea"));
            stock.run("ALTER TABLE items RENAME TO quick_items");
            stock.run("CREATE VIEW items AS SELECT quick_items.* FROM quick_items, pg_sleep(20)");

            JsonObject error = user.answer(
                            "{ items(filter: { status: [ACTIVE, UNDATED] }) { nodes { id } } }", new JsonObject())
                    .getJsonArray("errors")
                    .getJsonObject(0);

            assertThat(error.getJsonObject("extensions").getString("code")).isEqualTo("LIMIT_REACHED");
            assertThat(error.getString("message")).contains("Narrow the filter");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
