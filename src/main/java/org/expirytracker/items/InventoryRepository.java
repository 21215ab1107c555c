package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;

/** Counts and values of what is in stock, in SQL. */
public final class InventoryRepository {

    /**
     * The one definition of what counts how: a common table expression {@code totals} after another one
     * {@code due (user_id, day)}. It has a row for each of those users as a whole ({@code whole}) and one for each
     * category in which they have something in stock; none at all for a user who has nothing in stock.
     */
    public static final String TOTALS = """
            totals AS (
                SELECT due.user_id, due.day, items.category_id,
                       grouping(items.category_id) = 1 AS whole,
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
                              items.quantity * coalesce(items.cost_price, 0) AS value) AS standing
                 GROUP BY GROUPING SETS ((due.user_id, due.day), (due.user_id, due.day, items.category_id))
            )
            """;

    private static final String INVENTORY = """
            WITH due (user_id, day) AS (
                VALUES ($1::uuid, $2::date)
            ),
            """ + TOTALS + """
            SELECT totals.whole, totals.category_id, categories.name,
                   totals.total_items, totals.active_items, totals.expiring_items, totals.expired_items, totals.undated_items,
                   totals.total_value, totals.active_value, totals.expiring_value, totals.expired_value, totals.undated_value
              FROM totals
              LEFT JOIN categories ON categories.user_id = $1 AND categories.id = totals.category_id
             ORDER BY totals.whole DESC, fold(categories.name) COLLATE "C" NULLS LAST
            """;

    private record Counted(boolean whole, CategoryTotals totals) {}

    /** What is in stock, its status told as of a day. One statement. */
    public Future<Inventory> inventory(SqlClient client, UserId userId, LocalDate asOf) {
        return Rows.list(
                        client,
                        INVENTORY,
                        Tuple.of(userId.value(), asOf),
                        row -> new Counted(row.getBoolean("whole"), toTotals(row)))
                .map(counted -> counted.isEmpty()
                        ? new Inventory(asOf, NOTHING, List.of())
                        : new Inventory(
                                asOf,
                                counted.getFirst().totals,
                                counted.stream().skip(1).map(Counted::totals).toList()));
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

    private static CategoryTotals toTotals(Row row) {
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
}
