package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/** Counts and values of what is in stock and of what left it, in SQL. */
public final class InventoryRepository {

    /** Most places that are counted one by one. */
    public static final int MOST_LOCATIONS = 100;

    /** Counts and values of some rows of {@code stock_days} as of the day of {@code due}, in the words of {@link ItemStatus}. */
    private static final String SUMS = """
                       sum(item_count)::integer AS total_items,
                       coalesce(sum(item_count) FILTER (WHERE expiring_from > due.day AND expiry_date < 'infinity'), 0)::integer
                           AS active_items,
                       coalesce(sum(item_count) FILTER (WHERE expiring_from <= due.day AND expiry_date >= due.day), 0)::integer
                           AS expiring_items,
                       coalesce(sum(item_count) FILTER (WHERE expiry_date < due.day), 0)::integer AS expired_items,
                       coalesce(sum(item_count) FILTER (WHERE expiry_date = 'infinity'), 0)::integer AS undated_items,
                       sum(value) AS total_value,
                       coalesce(sum(value) FILTER (WHERE expiring_from > due.day AND expiry_date < 'infinity'), 0) AS active_value,
                       coalesce(sum(value) FILTER (WHERE expiring_from <= due.day AND expiry_date >= due.day), 0)
                           AS expiring_value,
                       coalesce(sum(value) FILTER (WHERE expiry_date < due.day), 0) AS expired_value,
                       coalesce(sum(value) FILTER (WHERE expiry_date = 'infinity'), 0) AS undated_value
            """;

    /**
     * The one definition of what counts how: a common table expression {@code totals} after another one
     * {@code due (user_id, day)}, of inventories that are counted (see {@link StockDays}). Of each of those that have
     * something in stock, it has a row of part {@code WHOLE}, one of part {@code CATEGORY} for each category, one of part
     * {@code LOCATION} for each place, of those that hold most, and one of part {@code BAND} for each
     * {@link AgingBucket.Band}, in which they have something.
     */
    public static final String TOTALS = """
            held AS (
                SELECT due.user_id, stock_days.part, stock_days.part_key,
            %1$s
                  FROM due
                  JOIN stock_days ON stock_days.user_id = due.user_id
                 GROUP BY due.user_id, stock_days.part, stock_days.part_key
            ), placed AS (
                -- However it is spelled, it is one place; the spelling that comes first stands for it.
                SELECT user_id, min(nullif(part_key, '')) AS location,
                       sum(total_items)::integer AS total_items, sum(active_items)::integer AS active_items,
                       sum(expiring_items)::integer AS expiring_items, sum(expired_items)::integer AS expired_items,
                       sum(undated_items)::integer AS undated_items,
                       sum(total_value) AS total_value, sum(active_value) AS active_value,
                       sum(expiring_value) AS expiring_value, sum(expired_value) AS expired_value,
                       sum(undated_value) AS undated_value
                  FROM held
                 WHERE part = 'LOCATION'
                 GROUP BY user_id, text_identity(nullif(part_key, ''))
            ), banded AS MATERIALIZED (
                SELECT due.user_id, band.name AS band, sum(item_count)::integer AS total_items, sum(value) AS total_value
                  FROM due
                  JOIN stock_days
                    ON stock_days.user_id = due.user_id AND stock_days.part = 'WHOLE' AND stock_days.expiry_date < 'infinity'
                 CROSS JOIN LATERAL (
                       SELECT CASE WHEN expiry_date < due.day THEN 'OVERDUE'
                                   WHEN expiry_date <= due.day + 7 THEN 'DAYS_0_7'
                                   WHEN expiry_date <= due.day + 30 THEN 'DAYS_8_30'
                                   WHEN expiry_date <= due.day + 60 THEN 'DAYS_31_60'
                                   WHEN expiry_date <= due.day + 90 THEN 'DAYS_61_90'
                                   ELSE 'LATER'
                              END AS name) AS band
                 GROUP BY due.user_id, band.name
            ), totals AS (
                SELECT user_id, part, nullif(part_key, '')::uuid AS category_id, NULL AS location, NULL AS band,
                       %2$s
                  FROM held
                 WHERE part <> 'LOCATION'
                 UNION ALL
                SELECT user_id, 'LOCATION', NULL, location, NULL,
                       %2$s
                  FROM (SELECT placed.*, row_number() OVER (PARTITION BY user_id ORDER BY total_items DESC, location) AS rank
                          FROM placed) AS ranked
                 WHERE rank <= 100
                 UNION ALL
                SELECT user_id, 'BAND', NULL, NULL, band, total_items, 0, 0, 0, 0, total_value, 0, 0, 0, 0
                  FROM banded
            )
            """.formatted(SUMS.stripTrailing(), """
                    total_items, active_items, expiring_items, expired_items, undated_items,
                           total_value, active_value, expiring_value, expired_value, undated_value""");

    private static final String INVENTORY = """
            WITH due (user_id, day) AS (
                SELECT user_id, $2::date
                  FROM feeds
                 WHERE user_id = $1 AND\s""" + ActivityLog.COUNTED + """

            ),
            """ + TOTALS + """
            SELECT totals.part, totals.category_id, categories.name, totals.location, totals.band,
                   totals.total_items, totals.active_items, totals.expiring_items, totals.expired_items, totals.undated_items,
                   totals.total_value, totals.active_value, totals.expiring_value, totals.expired_value, totals.undated_value
              FROM due
              LEFT JOIN totals ON totals.user_id = due.user_id
              LEFT JOIN categories ON categories.user_id = due.user_id AND categories.id = totals.category_id
             ORDER BY fold(coalesce(categories.name, totals.location)) COLLATE "C" NULLS LAST, totals.location
            """;

    /** What a row of {@link #TOTALS} counts. */
    private enum Part {
        WHOLE,
        CATEGORY,
        LOCATION,
        BAND
    }

    /** What is in stock, its status computed as of a day. One statement, where all is counted. */
    public Future<Inventory> inventory(Database database, InventoryId inventoryId, LocalDate asOf) {
        return inventory(database, database.reads(), inventoryId, asOf);
    }

    /** As {@link #inventory(Database, InventoryId, LocalDate)}, read by a client of one's choice. */
    Future<Inventory> inventory(Database database, SqlClient client, InventoryId inventoryId, LocalDate asOf) {
        return StockDays.read(
                database,
                client,
                inventoryId,
                toInventory(asOf, List.of()),
                reads -> Rows.list(reads, INVENTORY, Tuple.of(inventoryId.value(), asOf), row -> row)
                        .map(rows -> rows.isEmpty() ? Optional.empty() : Optional.of(toInventory(asOf, rows))));
    }

    /**
     * A part of what is in stock: of a category, of a place, or everything.
     *
     * @param name of the table's column {@code part}
     * @param key the category's id or the identity of the place's name; empty for what has none, and for everything
     */
    record StockPart(String name, String key) {

        static final StockPart WHOLE = new StockPart("WHOLE", "");

        static StockPart category(@Nullable UUID categoryId) {
            return new StockPart("CATEGORY", categoryId == null ? "" : categoryId.toString());
        }

        static StockPart location(@Nullable String location) {
            return new StockPart("LOCATION", location == null ? "" : Text.identity(location));
        }
    }

    private static final String STOCK_BY_DAY = """
            WITH counted AS (
                SELECT user_id
                  FROM feeds
                 WHERE user_id = $1 AND\s""" + ActivityLog.COUNTED + """

            ), held AS (
                SELECT user_id, expiry_date, sum(item_count)::integer AS item_count, sum(value) AS value
                  FROM stock_days
                 WHERE user_id = $1 AND part = $2 AND expiry_date BETWEEN $4 AND $5
                   AND CASE WHEN part = 'LOCATION' AND part_key <> '' THEN text_identity(part_key) ELSE part_key END = $3
                 GROUP BY user_id, expiry_date
            )
            SELECT held.expiry_date, held.item_count, held.value
              FROM counted
              LEFT JOIN held ON held.user_id = counted.user_id
             ORDER BY held.expiry_date
             LIMIT $6
            """;

    /** The days of a span that dates of what is in stock fall on, in their order. One statement, where all is counted. */
    Future<List<StockDay>> stockByDay(
            Database database,
            SqlClient client,
            InventoryId inventoryId,
            StockPart part,
            LocalDate from,
            LocalDate to) {
        Tuple parameters = Tuple.of(inventoryId.value(), part.name, part.key, from, to, StockDay.MOST_DAYS);
        return StockDays.read(
                database,
                client,
                inventoryId,
                List.of(),
                reads -> Rows.list(reads, STOCK_BY_DAY, parameters, row -> row)
                        .map(rows -> rows.isEmpty() ? Optional.empty() : Optional.of(toStockDays(rows))));
    }

    private static List<StockDay> toStockDays(List<Row> rows) {
        // One row without a date stands for an inventory that has nothing there.
        return rows.stream()
                .filter(row -> row.getLocalDate("expiry_date") != null)
                .map(row -> new StockDay(
                        row.getLocalDate("expiry_date"), row.getInteger("item_count"), row.getBigDecimal("value")))
                .toList();
    }

    private static Inventory toInventory(LocalDate asOf, List<Row> rows) {
        CategoryTotals whole = NOTHING;
        List<CategoryTotals> byCategory = new ArrayList<>();
        List<LocationTotals> byLocation = new ArrayList<>();
        List<AgingBucket> aging = new ArrayList<>();
        for (Row row : rows) {
            // One row without a part stands for an inventory that has nothing in stock.
            if (row.getString("part") == null) {
                continue;
            }
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
