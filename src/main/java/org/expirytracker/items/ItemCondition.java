package org.expirytracker.items;

import java.util.List;
import org.expirytracker.activities.ActivityLog;

/** What is asked of an item: a test, or several joined. Two that ask the same are equal. */
sealed interface ItemCondition {

    /**
     * A test of an item's columns.
     *
     * @param values what is bound to the test's question marks, in their order; a list is bound as an array
     */
    record Test(Kind kind, List<Object> values) implements ItemCondition {

        static Test of(Kind kind, Object... values) {
            return new Test(kind, List.of(values));
        }

        /** Whether whatever meets a condition meets this test. */
        boolean isPartOf(ItemCondition condition) {
            return condition.equals(this)
                    || (condition instanceof All(List<ItemCondition> parts)
                            && parts.stream().anyMatch(this::isPartOf));
        }
    }

    /** All parts hold; what has no parts holds of every item. */
    record All(List<ItemCondition> parts) implements ItemCondition {}

    /** One of the parts holds; what has no parts holds of no item. */
    record Any(List<ItemCondition> parts) implements ItemCondition {}

    /** The part does not hold, be it only because a column of the item has no value. */
    record Not(ItemCondition part) implements ItemCondition {}

    /** Every test that there is, as SQL. What is compared stands as the indexes of {@code items} have it. */
    enum Kind {
        NEVER("false"),
        IN_STOCK("NOT used_up"),
        USED_UP("used_up"),
        EXPIRING_BY("expiring_from <= ?::date"),
        EXPIRING_AFTER("expiring_from > ?::date"),
        /** Of what is in stock and expires after a day: the first of their dates, so that an index by date is entered there. */
        FROM_FIRST_ACTIVE("""
                COALESCE(expiry_date, 'infinity') >= (
                       SELECT coalesce(min(stock_days.expiry_date), ?::date)
                         FROM feeds
                         LEFT JOIN stock_days
                           ON stock_days.user_id = $1 AND stock_days.part = 'WHOLE' AND stock_days.expiring_from > ?::date
                        WHERE feeds.user_id = $1 AND\s""" + ActivityLog.COUNTED + ")"),
        EXPIRY_DATE("COALESCE(expiry_date, 'infinity') BETWEEN ?::date AND ?::date"),
        PURCHASE_DATE("purchase_date BETWEEN ?::date AND ?::date"),
        /** Of one, so that an index by category and date gives them in order. */
        CATEGORY("category_id = ?::uuid"),
        CATEGORIES("category_id = ANY (?::uuid[])"),
        WITHOUT_CATEGORY("category_id IS NULL"),
        WITH_CATEGORY("category_id IS NOT NULL"),
        /** Of one, so that an index by product and date gives them in order. */
        PRODUCT("product_id = ?::uuid"),
        PRODUCTS("product_id = ANY (?::uuid[])"),
        WITHOUT_PRODUCT("product_id IS NULL"),
        WITH_PRODUCT("product_id IS NOT NULL"),
        /** As {@link org.expirytracker.kernel.Text#identity} has the places. */
        LOCATION("location_identity = ?::text"),
        LOCATIONS("location_identity = ANY (?::text[])"),
        WITHOUT_LOCATION("location IS NULL"),
        WITH_LOCATION("location IS NOT NULL"),
        BARCODE("barcode_identity = ANY (ARRAY(SELECT code_identity(code) FROM unnest(?::text[]) AS code))"),
        /** As {@link org.expirytracker.kernel.Text#identity} has the numbers. */
        LOT_NUMBER("text_identity(lot_number) = ANY (?::text[])"),
        EXTERNAL_ID("external_id IS NOT NULL AND external_id = ANY (?::text[])"),
        QUANTITY_FROM("quantity >= ?::numeric"),
        QUANTITY_TO("quantity <= ?::numeric"),
        COST_PRICE_KNOWN("cost_price IS NOT NULL"),
        COST_PRICE_FROM("cost_price >= ?::numeric"),
        COST_PRICE_TO("cost_price <= ?::numeric"),
        SELLING_PRICE_KNOWN("selling_price IS NOT NULL"),
        SELLING_PRICE_FROM("selling_price >= ?::numeric"),
        SELLING_PRICE_TO("selling_price <= ?::numeric"),
        UPDATED_SINCE("updated_at >= ?::timestamptz"),
        WORD("search_text LIKE ?::text"),
        /** The longest word goes through the index; all others, one a line, are looked for in what it finds. */
        WORDS("""
                search_text LIKE ?::text
                   AND search_text LIKE ALL (string_to_array(?::text, E'\\n'))""");

        /** The test, with a question mark for each value. */
        final String sql;

        Kind(String sql) {
            this.sql = sql;
        }
    }
}
