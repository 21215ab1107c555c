package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;

/** Counts and values of what is in stock and of what left it, in SQL. */
public final class InventoryRepository {

    /** Most places that are counted one by one. */
    public static final int MOST_LOCATIONS = 100;

    /**
     * The one definition of what counts how: a common table expression {@code totals} after another one
     * {@code due (user_id, day)}. Of each of those users who have something in stock, it has a row of part
     * {@code WHOLE}, one of part {@code CATEGORY} for each category, one of part {@code LOCATION} for each place, of
     * those that hold most, and one of part {@code BAND} for each {@link AgingBucket.Band}, in which they have
     * something.
     */
    public static final String TOTALS = """
            held AS (
                SELECT due.user_id, items.category_id, standing.band,
                       -- However it is spelled, it is one place; the spelling that comes first stands for it.
                       CASE WHEN grouping(items.location_identity) = 0 THEN min(items.location COLLATE "C") END AS location,
                       CASE grouping(items.category_id, items.location_identity, standing.band)
                           WHEN 7 THEN 'WHOLE' WHEN 3 THEN 'CATEGORY' WHEN 5 THEN 'LOCATION' ELSE 'BAND'
                       END AS part,
                       count(*)::integer AS total_items,
                       count(*) FILTER (WHERE standing.status = 'ACTIVE')::integer AS active_items,
                       count(*) FILTER (WHERE standing.status = 'EXPIRING_SOON')::integer AS expiring_items,
                       count(*) FILTER (WHERE standing.status = 'EXPIRED')::integer AS expired_items,
                       count(*) FILTER (WHERE standing.status = 'UNDATED')::integer AS undated_items,
                       sum(standing.value) AS total_value,
                       coalesce(sum(standing.value) FILTER (WHERE standing.status = 'ACTIVE'), 0) AS active_value,
                       coalesce(sum(standing.value) FILTER (WHERE standing.status = 'EXPIRING_SOON'), 0) AS expiring_value,
                       coalesce(sum(standing.value) FILTER (WHERE standing.status = 'EXPIRED'), 0) AS expired_value,
                       coalesce(sum(standing.value) FILTER (WHERE standing.status = 'UNDATED'), 0) AS undated_value
                  FROM due
                  JOIN items ON items.user_id = due.user_id AND NOT items.used_up
                 CROSS JOIN LATERAL (
                       SELECT item_status(items.expiry_date, items.expiring_from, due.day) AS status,
                              CASE WHEN items.expiry_date < due.day THEN 'OVERDUE'
                                   WHEN items.expiry_date <= due.day + 7 THEN 'DAYS_0_7'
                                   WHEN items.expiry_date <= due.day + 30 THEN 'DAYS_8_30'
                                   WHEN items.expiry_date <= due.day + 60 THEN 'DAYS_31_60'
                                   WHEN items.expiry_date <= due.day + 90 THEN 'DAYS_61_90'
                                   WHEN items.expiry_date IS NOT NULL THEN 'LATER'
                              END AS band,
                              items.quantity * coalesce(items.cost_price, 0) AS value) AS standing
                 GROUP BY GROUPING SETS (
                       (due.user_id), (due.user_id, items.category_id), (due.user_id, items.location_identity),
                       (due.user_id, standing.band))
            ), totals AS (
                SELECT ranked.*
                  FROM (SELECT held.*,
                               row_number() OVER (PARTITION BY user_id, part ORDER BY total_items DESC, location) AS rank
                          FROM held) AS ranked
                 WHERE (ranked.part <> 'LOCATION' OR ranked.rank <= 100)
                   AND (ranked.part <> 'BAND' OR ranked.band IS NOT NULL)
            )
            """;

    private static final String INVENTORY = """
            WITH due (user_id, day) AS (
                VALUES ($1::uuid, $2::date)
            ),
            """ + TOTALS + """
            SELECT totals.part, totals.category_id, categories.name, totals.location, totals.band,
                   totals.total_items, totals.active_items, totals.expiring_items, totals.expired_items, totals.undated_items,
                   totals.total_value, totals.active_value, totals.expiring_value, totals.expired_value, totals.undated_value
              FROM totals
              LEFT JOIN categories ON categories.user_id = $1 AND categories.id = totals.category_id
             ORDER BY fold(coalesce(categories.name, totals.location)) COLLATE "C" NULLS LAST, totals.location
            """;

    /** What a row of {@link #TOTALS} counts. */
    private enum Part {
        WHOLE,
        CATEGORY,
        LOCATION,
        BAND
    }

    /** What is in stock, its status told as of a day. One statement. */
    public Future<Inventory> inventory(SqlClient client, InventoryId inventoryId, LocalDate asOf) {
        return Rows.list(client, INVENTORY, Tuple.of(inventoryId.value(), asOf), row -> row)
                .map(rows -> toInventory(asOf, rows));
    }

    private static Inventory toInventory(LocalDate asOf, List<Row> rows) {
        CategoryTotals whole = NOTHING;
        List<CategoryTotals> byCategory = new ArrayList<>();
        List<LocationTotals> byLocation = new ArrayList<>();
        List<AgingBucket> aging = new ArrayList<>();
        for (Row row : rows) {
            switch (Part.valueOf(row.getString("part"))) {
                case WHOLE -> whole = toCategoryTotals(row);
                case CATEGORY -> byCategory.add(toCategoryTotals(row));
                case LOCATION -> byLocation.add(toLocationTotals(row));
                case BAND -> aging.add(toAgingBucket(row));
            }
        }
        return new Inventory(asOf, whole, byCategory, byLocation, AgingBucket.complete(aging));
    }

    private static final CategoryTotals NOTHING = new CategoryTotals(
            null,
            null,
            0,
            0,
            0,
            0,
            0,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO,
            BigDecimal.ZERO);

    private static CategoryTotals toCategoryTotals(Row row) {
        return new CategoryTotals(
                row.getUUID("category_id"),
                row.getString("name"),
                row.getInteger("total_items"),
                row.getInteger("active_items"),
                row.getInteger("expiring_items"),
                row.getInteger("expired_items"),
                row.getInteger("undated_items"),
                row.getBigDecimal("total_value"),
                row.getBigDecimal("active_value"),
                row.getBigDecimal("expiring_value"),
                row.getBigDecimal("expired_value"),
                row.getBigDecimal("undated_value"));
    }

    private static LocationTotals toLocationTotals(Row row) {
        return new LocationTotals(
                row.getString("location"),
                row.getInteger("total_items"),
                row.getInteger("active_items"),
                row.getInteger("expiring_items"),
                row.getInteger("expired_items"),
                row.getInteger("undated_items"),
                row.getBigDecimal("total_value"),
                row.getBigDecimal("active_value"),
                row.getBigDecimal("expiring_value"),
                row.getBigDecimal("expired_value"),
                row.getBigDecimal("undated_value"));
    }

    private static AgingBucket toAgingBucket(Row row) {
        return new AgingBucket(
                AgingBucket.Band.valueOf(row.getString("band")),
                row.getInteger("total_items"),
                row.getBigDecimal("total_value"));
    }

    /**
     * What left the stock in each of some spans of time: a common table expression {@code outcomes (key, outcomes,
     * discarded_value)} after another one {@code spans (key, user_id, since, until)}, where a span includes its
     * beginning and not its end. A span in which nothing left has none. {@code outcomes} is JSON of
     * {@link OutcomeTotals}, one for each outcome that there was.
     */
    public static final String OUTCOMES = """
            taken AS (
                SELECT spans.key, gone.outcome, gone.unit, gone.count, gone.quantity, gone.value
                  FROM spans
                 CROSS JOIN LATERAL (
                       SELECT outcome, unit, count(*)::integer AS count, sum(quantity) AS quantity, sum(value) AS value
                         FROM take_outs
                        WHERE user_id = spans.user_id AND created_at >= spans.since AND created_at < spans.until
                        GROUP BY outcome, unit) AS gone
            ), ended AS (
                SELECT key, outcome, sum(count)::integer AS count, sum(value) AS value,
                       jsonb_agg(jsonb_build_object('unit', unit, 'quantity', quantity) ORDER BY unit) AS quantities
                  FROM taken
                 GROUP BY key, outcome
            ), outcomes AS (
                SELECT key, coalesce(sum(value) FILTER (WHERE outcome = 'DISCARDED'), 0) AS discarded_value,
                       jsonb_agg(
                           jsonb_build_object(
                               'outcome', outcome, 'count', count, 'value', value, 'quantities', quantities)
                           ORDER BY outcome) AS outcomes
                  FROM ended
                 GROUP BY key
            )
            """;
}
