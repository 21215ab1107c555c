package org.expirytracker.mqtt;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is published of an inventory on its day: counts and dates, no item.
 *
 * @param name of the inventory
 * @param whole everything
 * @param categories with those in which nothing is in stock, the oldest first
 */
record InventoryState(String name, Counts whole, List<OfCategory> categories) {

    private static final String CATEGORIES = "categories";

    /**
     * As sensors show them.
     *
     * @param nextDate the first date that has not passed; null when there is none
     */
    record Counts(int expired, int expiringSoon, @Nullable LocalDate nextDate) {

        static final Counts NONE = new Counts(0, 0, null);

        private JsonObject in(JsonObject state) {
            return state.put("expired", expired)
                    .put("expiring_soon", expiringSoon)
                    .put("next_date", nextDate == null ? null : nextDate.toString());
        }
    }

    /**
     * One category.
     *
     * @param id as the API says it
     */
    record OfCategory(String id, String name, Counts counts) {}

    /** The message. The same state makes the same text. */
    String json() {
        JsonObject ofCategories = new JsonObject();
        categories.forEach(each -> ofCategories.put(each.id, each.counts.in(new JsonObject().put("name", each.name))));
        return whole.in(new JsonObject().put("name", name))
                .put(CATEGORIES, ofCategories)
                .encode();
    }

    /** The ids of the categories in a message that was published before; none when it is no such message. */
    static Set<String> categoriesOf(String json) {
        try {
            return new JsonObject(json)
                    .getJsonObject(CATEGORIES, new JsonObject())
                    .fieldNames();
        } catch (DecodeException | ClassCastException another) {
            return Set.of();
        }
    }
}
