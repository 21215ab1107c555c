package org.expirytracker.reports;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.Copied;
import org.expirytracker.db.Rows;
import org.expirytracker.items.AgingBucket;
import org.expirytracker.items.CategoryTotals;
import org.expirytracker.items.InventoryRepository;
import org.expirytracker.items.LocationTotals;
import org.expirytracker.items.OutcomeTotals;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RecordJson;
import org.jspecify.annotations.Nullable;

/** SQL that reads and deletes rows of table {@code reports}; {@link ReportWriter} writes them. */
public final class ReportRepository {

    static final String COLUMNS = """
            id, date, total_items, active_items, expiring_items, expired_items, undated_items,
            total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
            by_category::text AS by_category, by_location::text AS by_location, aging::text AS aging,
            outcomes::text AS outcomes, generated_at
            """;

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM reports
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Reports by their row ids; one that is not there is left out. */
    Future<Map<UUID, Report>> find(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), ReportRepository::toReport);
    }

    private static final String LIST_IDS = """
            SELECT id
              FROM reports
            """ + Copied.Span.conditions("reports");

    /** The ids of those to which nothing has happened since a place in the log. */
    Future<List<UUID>> listIds(SqlClient client, InventoryId inventoryId, Copied.Span span) {
        return span.list(client, inventoryId, LIST_IDS);
    }

    private static final String FIND_OF_DATE = "SELECT " + COLUMNS + """
              FROM reports
             WHERE user_id = $1 AND date = $2
            """;

    /** The report of a day, if there is one. */
    Future<Optional<Report>> find(SqlClient client, InventoryId inventoryId, LocalDate date) {
        return Rows.first(client, FIND_OF_DATE, Tuple.of(inventoryId.value(), date), ReportRepository::toReport);
    }

    private static final String LAST_FROM = "SELECT " + COLUMNS + """
              FROM reports
             WHERE user_id = $1 AND date >= $2
             ORDER BY date DESC
             LIMIT 1
            """;

    /** The last report of a day or of later ones, if there is one. */
    Future<Optional<Report>> lastFrom(SqlClient client, InventoryId inventoryId, LocalDate date) {
        return Rows.first(client, LAST_FROM, Tuple.of(inventoryId.value(), date), ReportRepository::toReport);
    }

    private static final String BEFORE_PLACE = "SELECT " + COLUMNS + """
              FROM reports
             WHERE user_id = $1
               AND date >= coalesce($2::date, '-infinity') AND date <= coalesce($3::date, 'infinity')
               AND date < coalesce($4::date, 'infinity')
             ORDER BY date DESC
             LIMIT $5
            """;

    private static final String AFTER_PLACE = "SELECT " + COLUMNS + """
              FROM reports
             WHERE user_id = $1
               AND date >= coalesce($2::date, '-infinity') AND date <= coalesce($3::date, 'infinity')
               AND date > coalesce($4::date, '-infinity')
             ORDER BY date
             LIMIT $5
            """;

    /**
     * A page of the reports of a range of days, in the direction of reading, at most {@link Page#limit} rows.
     *
     * @param from first day, included; null for no limit
     * @param to last day, included; null for no limit
     */
    Future<List<Report>> list(
            SqlClient client,
            InventoryId inventoryId,
            @Nullable LocalDate from,
            @Nullable LocalDate to,
            Page page,
            @Nullable LocalDate place) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addLocalDate(from)
                .addLocalDate(to)
                .addLocalDate(place)
                .addInteger(page.limit());
        return Rows.list(client, page.forward() ? BEFORE_PLACE : AFTER_PLACE, parameters, ReportRepository::toReport);
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS count
              FROM reports
             WHERE user_id = $1 AND date >= coalesce($2::date, '-infinity') AND date <= coalesce($3::date, 'infinity')
            """;

    /** How many reports there are of a range of days. */
    Future<Integer> count(SqlClient client, InventoryId inventoryId, @Nullable LocalDate from, @Nullable LocalDate to) {
        Tuple parameters = Tuple.of(inventoryId.value()).addLocalDate(from).addLocalDate(to);
        return Rows.first(client, COUNT, parameters, row -> row.getInteger("count"))
                .map(found -> found.orElse(0));
    }

    private static final String PREVIOUS = """
            SELECT asked.date AS asked_date, report.*
              FROM unnest($2::date[]) AS asked (date)
             CROSS JOIN LATERAL (
                   SELECT\s""" + COLUMNS + """
                     FROM reports
                    WHERE user_id = $1 AND date < asked.date
                    ORDER BY date DESC
                    LIMIT 1) AS report
            """;

    /** The last report before each of many days, in one statement; a day before the first report is left out. */
    Future<Map<LocalDate, Report>> previous(SqlClient client, InventoryId inventoryId, Collection<LocalDate> dates) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfLocalDate(dates.toArray(LocalDate[]::new));
        return Rows.map(
                client, PREVIOUS, parameters, row -> row.getLocalDate("asked_date"), ReportRepository::toReport);
    }

    private static final String TREND = """
            WITH intervals AS (
                SELECT inventories.time_zone,
                       greatest(begins::date, $2::date) AS first,
                       least((begins + step)::date - 1, $3::date) AS last
                  FROM inventories
                 CROSS JOIN make_interval(
                       days => CASE $4 WHEN 'DAY' THEN 1 WHEN 'WEEK' THEN 7 ELSE 0 END,
                       months => CASE $4 WHEN 'MONTH' THEN 1 ELSE 0 END) AS step
                 CROSS JOIN generate_series(date_trunc(lower($4), $2::date::timestamp), $3::date::timestamp, step) AS begins
                 WHERE inventories.id = $1
            ), spans AS (
                SELECT first AS key, $1::uuid AS user_id,
                       first::timestamp AT TIME ZONE time_zone AS since,
                       (last + 1)::timestamp AT TIME ZONE time_zone AS until
                  FROM intervals
            ),
            """ + InventoryRepository.OUTCOMES + """
            SELECT intervals.first, intervals.last, coalesce(outcomes.outcomes, '[]')::text AS left_stock, report.*
              FROM intervals
              LEFT JOIN outcomes ON outcomes.key = intervals.first
              LEFT JOIN LATERAL (
                   SELECT\s""" + COLUMNS + """
                     FROM reports
                    WHERE user_id = $1 AND date >= intervals.first AND date <= intervals.last
                    ORDER BY date DESC
                    LIMIT 1) AS report ON true
             ORDER BY intervals.first
            """;

    /**
     * The last report of each interval of a range of days, and what left the stock within it by the user's own days.
     * One statement.
     *
     * @param from first day, included
     * @param to last day, included; not before {@code from}
     */
    Future<List<ReportTrendPoint>> trend(
            SqlClient client, InventoryId inventoryId, LocalDate from, LocalDate to, ReportTrendPoint.Interval by) {
        return Rows.list(
                client,
                TREND,
                Tuple.of(inventoryId.value(), from, to, by.name()),
                row -> new ReportTrendPoint(
                        row.getLocalDate("first"),
                        row.getLocalDate("last"),
                        row.getUUID("id") == null ? null : toReport(row),
                        OutcomeTotals.complete(
                                List.of(RecordJson.read(row.getString("left_stock"), OutcomeTotals[].class)))));
    }

    private static final String DELETE = """
            DELETE FROM reports
             WHERE user_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /** Deletes a report: as it was, or empty when it is not there. */
    Future<Optional<Report>> delete(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(client, DELETE, Tuple.of(inventoryId.value(), id), ReportRepository::toReport);
    }

    private static <T> @Nullable List<T> toList(@Nullable String json, Class<T[]> type) {
        return json == null ? null : List.of(RecordJson.read(json, type));
    }

    static Report toReport(Row row) {
        return new Report(
                row.getUUID("id"),
                row.getLocalDate("date"),
                row.getInteger("total_items"),
                row.getInteger("active_items"),
                row.getInteger("expiring_items"),
                row.getInteger("expired_items"),
                row.getInteger("undated_items"),
                row.getBigDecimal("total_value"),
                row.getBigDecimal("active_value"),
                row.getBigDecimal("expiring_value"),
                row.getBigDecimal("expired_value"),
                row.getBigDecimal("undated_value"),
                row.getBigDecimal("discarded_value"),
                List.of(RecordJson.read(row.getString("by_category"), CategoryTotals[].class)),
                List.of(RecordJson.read(row.getString("by_location"), LocationTotals[].class)),
                toList(row.getString("aging"), AgingBucket[].class),
                toList(row.getString("outcomes"), OutcomeTotals[].class),
                row.getOffsetDateTime("generated_at").toInstant());
    }
}
