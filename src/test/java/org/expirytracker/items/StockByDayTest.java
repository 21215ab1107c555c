package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.List;
import org.expirytracker.Noon;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is in stock by its date. */
class StockByDayTest {

    private final User user = TestApi.node().newUser(Noon.ZONE);

    private List<String> days(String arguments) {
        return user
                .query("{ stockByDay(from: \"%s\", to: \"%s\" %s) { date count value } }"
                        .formatted(Noon.inDays(0), Noon.inDays(30), arguments))
                .getJsonArray("stockByDay")
                .stream()
                .map(JsonObject.class::cast)
                .map(day -> day.getString("date") + " " + day.getInteger("count") + " " + day.getString("value"))
                .toList();
    }

    private JsonObject item(int inDays, String costPrice) {
        return JsonObject.of("name", "Milk", "quantity", 2, "costPrice", costPrice, "expiryDate", Noon.inDays(inDays));
    }

    @Test
    void counts_and_values_the_days_of_a_span_that_have_any() {
        user.createItems(item(-1, "9"), item(0, "1"), item(0, "0.5"), item(30, "4"), item(31, "9"));
        user.createItem(JsonObject.of("name", "Salt"));

        assertThat(days("")).containsExactly(Noon.inDays(0) + " 2 3", Noon.inDays(30) + " 1 8");
    }

    @Test
    void tells_of_one_category_or_of_none() {
        String dairy = user.createCategory("Dairy");
        user.createItems(item(1, "1").put("categoryId", dairy), item(2, "3"));

        assertThat(days("categoryId: \"" + dairy + "\"")).containsExactly(Noon.inDays(1) + " 1 2");
        assertThat(days("withoutCategory: true")).containsExactly(Noon.inDays(2) + " 1 6");
    }

    @Test
    void tells_of_one_place_however_it_is_spelled_or_of_none() {
        user.createItems(
                item(1, "1").put("location", "Top Shelf"), item(1, "1").put("location", "top  shelf"), item(2, "3"));

        assertThat(days("location: \"TOP SHELF\"")).containsExactly(Noon.inDays(1) + " 2 4");
        assertThat(days("withoutLocation: true")).containsExactly(Noon.inDays(2) + " 1 6");
        assertThat(days("location: \"nowhere\"")).isEmpty();
    }

    @Test
    void follows_what_is_taken_out() {
        String id = user.createItem(item(3, "1"));
        user.mutate("takeOut", "item { id }", JsonObject.of("itemId", id, "quantity", 1, "outcome", "USED"));
        assertThat(days("")).containsExactly(Noon.inDays(3) + " 1 1");

        user.mutate("takeOut", "item { id }", JsonObject.of("itemId", id, "outcome", "USED"));
        assertThat(days("")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-02, 2026-01-01, '', to must not be before from",
        "2026-01-01, 2027-01-02, '', more than 366 days",
        "2026-01-01, 2026-01-02, 'withoutCategory: true, location: \"Shelf\"', one category or for one place",
        "2026-01-01, 2026-01-02, 'withoutLocation: true, location: \"Shelf\"', one category or for one place"
    })
    void refuses_what_makes_no_sense(String from, String to, String others, String reason) {
        JsonObject answer = user.answer(
                "{ stockByDay(from: \"%s\", to: \"%s\" %s) { date } }".formatted(from, to, others), new JsonObject());

        assertThat(answer.getJsonArray("errors").getJsonObject(0).getString("message"))
                .contains(reason);
    }

    @Test
    void of_another_inventory_is_nothing() {
        user.createItem(item(1, "1"));
        String theirs = TestApi.node().newUser().createCategory("Theirs");

        assertThat(days("categoryId: \"" + theirs + "\"")).isEmpty();
        assertThat(TestApi.node()
                        .newUser()
                        .query("{ stockByDay(from: \"%s\", to: \"%s\") { date } }"
                                .formatted(Noon.inDays(0), Noon.inDays(9)))
                        .getJsonArray("stockByDay"))
                .isEmpty();
    }
}
