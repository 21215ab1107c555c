package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.items.AtRiskForecast.AtRiskLot;
import org.expirytracker.items.OutcomeTotals.UnitQuantity;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.RecordJson;

/**
 * The forecast of what will expire before it is used, in SQL.
 *
 * <p>Items of one name (as docs/text.md has it), unit and category are lots of the same thing. Their rate of use is
 * <pre>  r = (used and sold in the last 90 days) / n</pre>
 * a day, where n is for how many days they have been known, from 7 to 90: since the first of them was created, be it
 * among the lots that are asked about or not. Lots are of a thing that was used if they are spelled as one that was taken, or
 * as that with single blanks, but for case and the form of accents. It is the average consumption by which medical stores order (MSH, "MDS-3:
 * Managing Access to Medicines and Health Technologies", 2012, chapter 23), by days instead of months.
 *
 * <p>They are used first expired, first out, which is best when each has to be used by its date (J. R. Jackson,
 * "Scheduling a Production Line to Minimize Maximum Tardiness", 1955). Let the lots be in this order, q(i) the quantity
 * of lot i, Q(i) that of the first i together, and C(i) what can be used until the date of lot i is over: r times the
 * days from the day asked for through that date, both included. What is used of the first i lots is limited by what there
 * is and by time,
 * <pre>  U(i) = min(U(i-1) + q(i), C(i)), U(0) = 0</pre>
 * so of what is left of them, R(i) = Q(i) - U(i), follows
 * <pre>  R(i) = max(R(i-1), Q(i) - C(i)), R(0) = 0</pre>
 * a running maximum, which SQL knows as a window function. At risk of lot i is R(i) - R(i-1).
 */
final class AtRiskRepository {

    /** Most lots that are told one by one. */
    static final int MOST_LOTS = 100;

    // A plan for any values joins what was used in loops: 18 s where 12,000 things were, which take half a second.
    private static final String AT_RISK = """
            %sWITH taken AS MATERIALIZED (
                SELECT coalesce(item.name, take_outs.name) AS name, take_outs.unit,
                       CASE WHEN item.id IS NULL THEN take_outs.category_id ELSE item.category_id END AS category_id,
                       sum(take_outs.quantity) AS quantity, min(take_outs.created_at) AS since
                  FROM take_outs
                  LEFT JOIN LATERAL (
                       SELECT id, name, category_id
                         FROM items
                        WHERE user_id = $1 AND id = take_outs.item_id
                       -- Each by its key: thousands of them are few of a million.
                       OFFSET 0) AS item ON true
                 WHERE take_outs.user_id = $1 AND take_outs.outcome IN ('USED', 'SOLD')
                   AND take_outs.created_at >= now() - interval '90 days'
                 GROUP BY 1, 2, 3
            ), names AS MATERIALIZED (
                SELECT name, text_identity(name) AS thing
                  FROM (SELECT DISTINCT name FROM taken) AS spelled
            ), used AS MATERIALIZED (
                SELECT names.thing, taken.unit, taken.category_id, sum(taken.quantity) AS quantity, min(taken.since) AS since
                  FROM taken
                  JOIN names ON names.name = taken.name
                 GROUP BY 1, 2, 3
            ), alike AS MATERIALIZED (
                -- Every lot of a thing that was used, be it in stock or not.
                SELECT spelled.thing, lot.id, lot.unit, lot.category_id, lot.created_at, lot.used_up,
                       lot.quantity, lot.cost_price, lot.expiry_date
                  FROM (SELECT thing, folded, min(name) AS name
                          FROM (SELECT thing, name, fold(name) COLLATE "C" AS folded FROM names
                                 UNION ALL
                                SELECT thing, NULL, fold(thing) COLLATE "C" FROM names WHERE thing <> lower(name)) AS ways
                         GROUP BY thing, folded) AS spelled
                 CROSS JOIN LATERAL (
                       SELECT id, name, unit, category_id, created_at, used_up, quantity, cost_price, expiry_date
                         FROM items
                        WHERE user_id = $1 AND used_up = ANY ('{false,true}') AND fold(name) COLLATE "C" = spelled.folded
                       OFFSET 0) AS lot
                 -- Most are spelled as what was taken, which costs less to see.
                 WHERE lot.name = spelled.name OR text_identity(lot.name) = spelled.thing
            ), rates AS MATERIALIZED (
                SELECT used.thing, used.unit, used.category_id,
                       used.quantity / least(90, greatest(7, extract(epoch FROM
                           now() - least(min(alike.created_at), used.since)) / 86400)) AS daily_use
                  FROM used
                  LEFT JOIN alike
                    ON alike.thing = used.thing AND alike.unit = used.unit
                   AND alike.category_id IS NOT DISTINCT FROM used.category_id
                 GROUP BY used.thing, used.unit, used.category_id, used.quantity, used.since
            ), queued AS MATERIALIZED (
                SELECT alike.id, alike.thing, alike.unit, alike.category_id, alike.cost_price, alike.expiry_date, rates.daily_use,
                       sum(alike.quantity) OVER first_expired - rates.daily_use * (alike.expiry_date - $2::date + 1) AS excess
                  FROM alike
                  JOIN rates
                    ON rates.thing = alike.thing AND rates.unit = alike.unit
                   AND rates.category_id IS NOT DISTINCT FROM alike.category_id
                 WHERE NOT alike.used_up AND alike.expiry_date BETWEEN $2::date AND $2::date + $3::integer
                WINDOW first_expired AS (
                       PARTITION BY alike.thing, alike.unit, alike.category_id ORDER BY alike.expiry_date, alike.id)
            ), summed AS (
                SELECT id, thing, unit, category_id, cost_price, expiry_date, daily_use,
                       greatest(0, max(excess) OVER first_expired) AS remains
                  FROM queued
                WINDOW first_expired AS (PARTITION BY thing, unit, category_id ORDER BY expiry_date, id)
            ), risks AS (
                SELECT id, unit, cost_price, expiry_date, daily_use,
                       round(remains - lag(remains, 1, 0.0) OVER (
                           PARTITION BY thing, unit, category_id ORDER BY expiry_date, id), 3) AS at_risk
                  FROM summed
            ), losses AS MATERIALIZED (
                -- What nobody uses is lost whole.
                SELECT id AS lost_id, unit AS lost_unit, expiry_date AS lost_on, 0 AS daily_use, quantity AS lost_quantity,
                       quantity * coalesce(cost_price, 0) AS lost_value
                  FROM items
                 WHERE user_id = $1 AND NOT used_up
                   AND COALESCE(expiry_date, 'infinity') BETWEEN $2::date AND $2::date + $3::integer
                   AND quantity > 0 AND NOT EXISTS (SELECT FROM queued WHERE queued.id = items.id)
                 UNION ALL
                SELECT id, unit, expiry_date, daily_use, at_risk, at_risk * coalesce(cost_price, 0)
                  FROM risks
                 WHERE at_risk > 0
            ), units AS (
                SELECT lost_unit, count(*) AS items, sum(lost_quantity) AS quantity, sum(lost_value) AS value
                  FROM losses
                 GROUP BY lost_unit
            ), most AS (
                SELECT lost_id, lost_on, lost_quantity, lost_value, daily_use
                  FROM losses
                 ORDER BY lost_value DESC, lost_on, lost_id
                 LIMIT 100
            )
            SELECT %s,
                   lost_quantity, lost_value, round(daily_use, 3) AS daily_use,
                   (SELECT sum(items) FROM units)::integer AS all_items, (SELECT sum(value) FROM units) AS all_value,
                   (SELECT jsonb_agg(jsonb_build_object('unit', lost_unit, 'quantity', quantity) ORDER BY lost_unit)
                      FROM units)::text AS all_quantities
              FROM most
              JOIN items ON user_id = $1 AND id = lost_id
             ORDER BY lost_value DESC, lost_on, lost_id
            """.formatted(Database.PLANNED_FOR_VALUES, ItemRepository.COLUMNS);

    private record Found(int items, BigDecimal value, String quantities, AtRiskLot lot) {}

    /**
     * The forecast for a user's items in stock. One statement.
     *
     * @param asOf the day from which on use is counted; what is past its date by then is left out
     * @param within only items whose date is at most so many days later
     */
    Future<AtRiskForecast> atRisk(SqlClient client, InventoryId inventoryId, LocalDate asOf, int within) {
        return Rows.list(client, AT_RISK, Tuple.of(inventoryId.value(), asOf, within), AtRiskRepository::toFound)
                .map(found -> found.isEmpty()
                        ? new AtRiskForecast(asOf, 0, BigDecimal.ZERO, List.of(), List.of())
                        : new AtRiskForecast(
                                asOf,
                                found.getFirst().items,
                                found.getFirst().value,
                                List.of(RecordJson.read(found.getFirst().quantities, UnitQuantity[].class)),
                                found.stream().map(Found::lot).toList()));
    }

    private static Found toFound(Row row) {
        return new Found(
                row.getInteger("all_items"),
                row.getBigDecimal("all_value"),
                row.getString("all_quantities"),
                new AtRiskLot(
                        ItemRepository.toItem(row),
                        row.getBigDecimal("lost_quantity"),
                        row.getBigDecimal("lost_value"),
                        row.getBigDecimal("daily_use")));
    }
}
