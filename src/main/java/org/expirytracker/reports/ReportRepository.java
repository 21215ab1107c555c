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
import org.expirytracker.db.Rows;
import org.expirytracker.items.CategoryTotals;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL that reads and deletes rows of table {@code reports}; {@link ReportWriter} writes them. */
public final class ReportRepository {

    private static final String FIND = """
            SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                   total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
                   by_category::text AS by_category, generated_at
              FROM reports
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Reports by their row ids; one that is not there is left out. */
    Future<Map<UUID, Report>> find(SqlClient client, UserId userId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(userId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), ReportRepository::toReport);
    }

    private static final String FIND_OF_DATE = """
            SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                   total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
                   by_category::text AS by_category, generated_at
              FROM reports
             WHERE user_id = $1 AND date = $2
            """;

    /** The report of a day, if there is one. */
    Future<Optional<Report>> find(SqlClient client, UserId userId, LocalDate date) {
        return Rows.first(client, FIND_OF_DATE, Tuple.of(userId.value(), date), ReportRepository::toReport);
    }

    private static final String BEFORE_PLACE = """
            SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                   total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
                   by_category::text AS by_category, generated_at
              FROM reports
             WHERE user_id = $1
               AND date >= coalesce($2::date, '-infinity') AND date <= coalesce($3::date, 'infinity')
               AND date < coalesce($4::date, 'infinity')
             ORDER BY date DESC
             LIMIT $5
            """;

    private static final String AFTER_PLACE = """
            SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                   total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
                   by_category::text AS by_category, generated_at
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
            UserId userId,
            @Nullable LocalDate from,
            @Nullable LocalDate to,
            Page page,
            @Nullable LocalDate place) {
        Tuple parameters = Tuple.of(userId.value())
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
    Future<Integer> count(SqlClient client, UserId userId, @Nullable LocalDate from, @Nullable LocalDate to) {
        Tuple parameters = Tuple.of(userId.value()).addLocalDate(from).addLocalDate(to);
        return Rows.first(client, COUNT, parameters, row -> row.getInteger("count"))
                .map(found -> found.orElse(0));
    }

    private static final String PREVIOUS = """
            SELECT asked.date AS asked_date,
                   report.id, report.date, report.total_items, report.active_items, report.expiring_items,
                   report.expired_items, report.undated_items, report.total_value, report.active_value,
                   report.expiring_value, report.expired_value, report.undated_value, report.discarded_value,
                   report.by_category::text AS by_category, report.generated_at
              FROM unnest($2::date[]) AS asked (date)
             CROSS JOIN LATERAL (
                   SELECT id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                          total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
                          by_category, generated_at
                     FROM reports
                    WHERE user_id = $1 AND date < asked.date
                    ORDER BY date DESC
                    LIMIT 1) AS report
            """;

    /** The last report before each of many days, in one statement; a day before the first report is left out. */
    Future<Map<LocalDate, Report>> previous(SqlClient client, UserId userId, Collection<LocalDate> dates) {
        Tuple parameters = Tuple.of(userId.value()).addArrayOfLocalDate(dates.toArray(LocalDate[]::new));
        return Rows.map(
                client, PREVIOUS, parameters, row -> row.getLocalDate("asked_date"), ReportRepository::toReport);
    }

    private static final String DELETE = """
            DELETE FROM reports
             WHERE user_id = $1 AND id = $2
            RETURNING id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                      total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
                      by_category::text AS by_category, generated_at
            """;

    /** Deletes a report: as it was, or empty when it is not there. */
    Future<Optional<Report>> delete(SqlClient client, UserId userId, UUID id) {
        return Rows.first(client, DELETE, Tuple.of(userId.value(), id), ReportRepository::toReport);
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
                row.getOffsetDateTime("generated_at").toInstant());
    }
}
