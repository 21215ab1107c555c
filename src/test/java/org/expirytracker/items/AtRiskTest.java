package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.expirytracker.TestApi.each;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.expirytracker.Noon;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What will expire before it is used. */
class AtRiskTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final Database DATABASE =
            new Database(Vertx.vertx(), TestDatabase.migrated().connectOptions(), 2);
    private static final AtRiskRepository REPOSITORY = new AtRiskRepository();
    private static final LocalDate TODAY = LocalDate.of(2026, 11, 22);

    /** A lot of a thing as it is put into the table, and what a day-by-day reckoning leaves of it. */
    record Lot(String thing, int quantity, int days) {}

    private static UUID lot(
            InventoryId user, @Nullable UUID category, String name, int quantity, String unit, int days) {
        UUID id = RowIds.next();
        STOCK.run(
                "INSERT INTO items (user_id, id, category_id, name, quantity, unit, cost_price, expiry_date, created_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, 1.5, ?, now() - interval '200 days')",
                user.value(),
                id,
                category,
                name,
                quantity,
                unit,
                TODAY.plusDays(days));
        return id;
    }

    private static void used(InventoryId user, UUID item, String name, String quantity, String outcome, int daysAgo) {
        STOCK.run(
                "INSERT INTO take_outs (user_id, id, item_id, category_id, name, quantity, unit, value, outcome, created_at)"
                        + " SELECT ?, ?, ?, (SELECT category_id FROM items WHERE id = ?), ?, ?, 'l', 0, ?,"
                        + " now() - make_interval(days => ?)",
                user.value(),
                RowIds.next(),
                item,
                item,
                name,
                new BigDecimal(quantity),
                outcome,
                daysAgo);
    }

    private static AtRiskForecast forecast(InventoryId user, int within) {
        return REPOSITORY.atRisk(DATABASE.reads(), user, TODAY, within).await();
    }

    private static Map<UUID, BigDecimal> quantities(AtRiskForecast forecast) {
        Map<UUID, BigDecimal> quantities = new HashMap<>();
        forecast.lots().forEach(each -> quantities.put(each.item().id(), each.quantity()));
        return quantities;
    }

    @Property(tries = 60)
    void is_what_a_day_by_day_use_of_the_first_to_expire_leaves(
            @ForAll("lots") @Size(max = 12) List<Lot> lots,
            @ForAll @IntRange(max = 400) int milk,
            @ForAll @IntRange(max = 400) int rice) {
        InventoryId user = STOCK.user();
        Map<UUID, Lot> stored = new HashMap<>();
        for (Lot lot : lots) {
            stored.put(lot(user, null, lot.thing, lot.quantity, "l", lot.days), lot);
        }
        Map<String, Integer> use = Map.of("milk", milk, "rice", rice);
        use.forEach((thing, quantity) -> {
            if (quantity > 0) {
                UUID gone = lot(user, null, thing, 0, "l", 1);
                used(user, gone, thing, Integer.toString(quantity), "USED", 30);
            }
        });

        Map<UUID, BigDecimal> found = quantities(forecast(user, 100));

        Map<UUID, Double> reckoned = new HashMap<>();
        use.forEach((thing, quantity) -> reckoned.putAll(reckon(stored, thing, quantity / 90.0)));
        stored.keySet()
                .forEach(
                        id -> assertThat(found.getOrDefault(id, BigDecimal.ZERO).doubleValue())
                                .as("%s, using %s in 90 days", stored.get(id), use)
                                .isCloseTo(reckoned.getOrDefault(id, 0.0), within(0.002)));
    }

    /** Day by day, the first to expire of what is still good is used. */
    private static Map<UUID, Double> reckon(Map<UUID, Lot> stored, String thing, double daily) {
        List<Map.Entry<UUID, Lot>> queue = new ArrayList<>(stored.entrySet().stream()
                .filter(entry -> entry.getValue().thing.equals(thing) && entry.getValue().days >= 0)
                .sorted(Comparator.comparingInt((Map.Entry<UUID, Lot> entry) -> entry.getValue().days)
                        .thenComparing(entry -> entry.getKey().toString()))
                .toList());
        Map<UUID, Double> left = new HashMap<>();
        queue.forEach(entry -> left.put(entry.getKey(), (double) entry.getValue().quantity));
        for (int day = 0; day <= 100; day++) {
            double toUse = daily;
            for (Map.Entry<UUID, Lot> entry : queue) {
                if (entry.getValue().days >= day) {
                    double used = Math.min(toUse, left.getOrDefault(entry.getKey(), 0.0));
                    left.merge(entry.getKey(), -used, Double::sum);
                    toUse -= used;
                }
            }
        }
        return left;
    }

    @Provide
    Arbitrary<List<Lot>> lots() {
        return Combinators.combine(
                        Arbitraries.of("milk", "rice"),
                        Arbitraries.integers().between(1, 60),
                        Arbitraries.integers().between(-3, 100))
                .as(Lot::new)
                .list();
    }

    @Nested
    class OfOneUser {

        private final InventoryId mine = STOCK.user();

        @Test
        void takes_lots_of_one_name_unit_and_category_for_the_same_thing_and_no_others() {
            UUID dairy = STOCK.category(mine, "Dairy");
            UUID same = lot(mine, dairy, "MILK", 10, "l", 9);
            UUID otherUnit = lot(mine, dairy, "milk", 10, "pcs", 9);
            UUID otherCategory = lot(mine, null, "milk", 10, "l", 9);
            UUID otherName = lot(mine, dairy, "oat milk", 10, "l", 9);
            used(mine, same, "milk", "45", "USED", 80);

            assertThat(quantities(forecast(mine, 90)))
                    .hasSize(4)
                    .hasEntrySatisfying(same, left -> assertThat(left).isEqualByComparingTo("5"))
                    .hasEntrySatisfying(otherUnit, left -> assertThat(left).isEqualByComparingTo("10"))
                    .hasEntrySatisfying(otherCategory, left -> assertThat(left).isEqualByComparingTo("10"))
                    .hasEntrySatisfying(otherName, left -> assertThat(left).isEqualByComparingTo("10"));
        }

        @Test
        void counts_what_was_used_and_sold_in_90_days_and_neither_waste_nor_gifts_nor_what_was_before() {
            UUID milk = lot(mine, null, "milk", 30, "l", 9);
            used(mine, milk, "milk", "45", "USED", 89);
            used(mine, milk, "milk", "45", "SOLD", 1);
            used(mine, milk, "milk", "900", "DISCARDED", 1);
            used(mine, milk, "milk", "900", "DONATED", 1);
            used(mine, milk, "milk", "900", "USED", 91);

            AtRiskForecast forecast = forecast(mine, 90);

            assertThat(forecast.lots().getFirst().dailyUse()).isEqualByComparingTo("1");
            assertThat(forecast.lots().getFirst().quantity()).isEqualByComparingTo("20");
            assertThat(forecast.value()).isEqualByComparingTo("30");
        }

        @Test
        void divides_by_the_days_that_a_thing_was_known_but_by_a_week_at_least() {
            UUID milk = lot(mine, null, "milk", 30, "l", 9);
            UUID rice = lot(mine, null, "rice", 30, "l", 9);
            STOCK.run("UPDATE items SET created_at = now() - interval '10 days' WHERE id = ?", milk);
            STOCK.run("UPDATE items SET created_at = now() WHERE id = ?", rice);
            used(mine, milk, "milk", "10", "USED", 3);
            used(mine, rice, "rice", "7", "USED", 0);

            assertThat(forecast(mine, 90).lots())
                    .hasSize(2)
                    .allSatisfy(lot -> assertThat(lot.dailyUse()).isEqualByComparingTo("1"))
                    .allSatisfy(lot ->
                            assertThat(lot.quantity()).isCloseTo(new BigDecimal("20"), within(new BigDecimal("0.01"))));
        }

        /** Another lot, which the forecast does not ask about, was there long before. */
        @ParameterizedTest
        @CsvSource({"200, 5", "-1, 5", ", 5", "9, 0"})
        void knows_a_thing_since_the_first_of_it_was_there_however_far_it_looks(@Nullable Integer days, int quantity) {
            UUID first = lot(mine, null, "Milk", quantity, "l", 0);
            UUID asked = lot(mine, null, "milk", 20, "l", 9);
            STOCK.run(
                    "UPDATE items SET created_at = now() - interval '60 days', expiry_date = ? WHERE id = ?",
                    days == null ? null : TODAY.plusDays(days),
                    first);
            STOCK.run("UPDATE items SET created_at = now() - interval '7 days' WHERE id = ?", asked);
            used(mine, asked, "milk", "30", "USED", 1);

            assertThat(List.of(90, 365))
                    .allSatisfy(within -> assertThat(
                                    forecast(mine, within).lots().getFirst().dailyUse())
                            .isEqualByComparingTo("0.5"));
            assertThat(quantities(forecast(mine, 90)).get(asked))
                    .isCloseTo(new BigDecimal("15"), within(new BigDecimal("0.01")));
        }

        @Test
        void remembers_the_use_of_what_is_deleted() {
            UUID milk = lot(mine, null, "milk", 30, "l", 9);
            UUID gone = lot(mine, null, "milk", 0, "l", 9);
            used(mine, gone, "Milk", "90", "USED", 60);
            STOCK.run("DELETE FROM items WHERE id = ?", gone);

            assertThat(quantities(forecast(mine, 90)).get(milk)).isEqualByComparingTo("20");
        }

        @Test
        void leaves_out_what_is_past_what_is_undated_what_is_used_up_and_what_is_far_away() {
            lot(mine, null, "past", 1, "l", -1);
            lot(mine, null, "gone", 0, "l", 5);
            lot(mine, null, "far", 1, "l", 31);
            STOCK.item(mine, "salt", null, 30);
            UUID today = lot(mine, null, "today", 1, "l", 0);
            UUID last = lot(mine, null, "last", 1, "l", 30);

            assertThat(quantities(forecast(mine, 30))).containsOnlyKeys(today, last);
        }

        @Test
        void tells_the_100_greatest_losses_and_sums_up_all() {
            STOCK.run(
                    "INSERT INTO items (user_id, id, name, quantity, unit, cost_price, expiry_date)"
                            + " SELECT ?, gen_random_uuid(), 'thing ' || n, n, CASE n % 2 WHEN 0 THEN 'kg' ELSE 'l' END, 2, ?"
                            + " FROM generate_series(1, 150) AS n",
                    mine.value(), TODAY.plusDays(5));

            AtRiskForecast forecast = forecast(mine, 90);

            assertThat(forecast.items()).isEqualTo(150);
            assertThat(forecast.value()).isEqualByComparingTo("22650");
            assertThat(forecast.quantities())
                    .extracting(each -> each.unit() + " "
                            + each.quantity().stripTrailingZeros().toPlainString())
                    .containsExactly("kg 5700", "l 5625");
            assertThat(forecast.lots()).hasSize(100);
            assertThat(forecast.lots().getFirst().value()).isEqualByComparingTo("300");
            assertThat(forecast.lots().getLast().value()).isEqualByComparingTo("102");
        }
    }

    @Nested
    class AsAField {

        private final User user = TestApi.node().newUser(Noon.ZONE);

        private JsonObject atRisk(String arguments) {
            return user.query(
                            "{ atRisk" + arguments
                                    + " { asOf items value quantities { unit quantity } lots { item { name daysLeft } quantity value dailyUse } } }")
                    .getJsonObject("atRisk");
        }

        @Test
        void shows_the_items_and_what_will_be_left_of_them() {
            user.createItems(
                    JsonObject.of(
                            "name", "Milk", "unit", "l", "quantity", 9, "costPrice", "2", "expiryDate", Noon.inDays(1)),
                    JsonObject.of("name", "Rice", "unit", "kg", "quantity", 1, "expiryDate", Noon.inDays(200)));
            String used = user.createItem(JsonObject.of("name", "milk", "unit", "l", "quantity", 7));
            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", used, "outcome", "USED"));

            JsonObject forecast = atRisk("");

            assertThat(forecast.getString("asOf")).isEqualTo(Noon.inDays(0));
            assertThat(forecast.getInteger("items")).isEqualTo(1);
            assertThat(forecast.getString("value")).isEqualTo("14");
            assertThat(forecast.getJsonArray("quantities").getJsonObject(0))
                    .isEqualTo(JsonObject.of("unit", "l", "quantity", "7"));
            assertThat(forecast.getJsonArray("lots").getJsonObject(0))
                    .isEqualTo(JsonObject.of(
                            "item",
                            JsonObject.of("name", "Milk", "daysLeft", 1),
                            "quantity",
                            "7",
                            "value",
                            "14",
                            "dailyUse",
                            "1"));
            assertThat(each(atRisk("(within: 3650)").getJsonArray("lots"), "quantity"))
                    .containsExactly("7", "1");
            assertThat(each(atRisk("(asOf: \"" + Noon.inDays(1) + "\")").getJsonArray("lots"), "quantity"))
                    .containsExactly("8");
        }

        @Test
        void of_nothing_is_nothing() {
            assertThat(atRisk("").getInteger("items")).isZero();
            assertThat(atRisk("").getJsonArray("lots")).isEmpty();
        }
    }
}
