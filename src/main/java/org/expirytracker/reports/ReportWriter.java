package org.expirytracker.reports;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.db.Distribution;
import org.expirytracker.db.Rows;
import org.expirytracker.items.InventoryRepository;
import org.expirytracker.items.StockDays;
import org.expirytracker.notifications.InventoryDay;

/** Writes reports, anew where there is one for the day already. */
public final class ReportWriter {

    /** Writes a report for each row of a preceding common table expression {@code due (user_id, day)}. */
    private static final String WRITE = InventoryRepository.TOTALS + """
            , categorized AS (
                SELECT totals.user_id,
                       json_agg(
                           json_build_object(
                               'categoryId', totals.category_id, 'name', categories.name,
                               'totalItems', totals.total_items, 'activeItems', totals.active_items,
                               'expiringItems', totals.expiring_items, 'expiredItems', totals.expired_items,
                               'undatedItems', totals.undated_items,
                               'totalValue', totals.total_value, 'activeValue', totals.active_value,
                               'expiringValue', totals.expiring_value, 'expiredValue', totals.expired_value,
                               'undatedValue', totals.undated_value)
                           ORDER BY fold(categories.name) COLLATE "C" NULLS LAST)::jsonb AS by_category
                  FROM totals
                  LEFT JOIN categories ON categories.user_id = totals.user_id AND categories.id = totals.category_id
                 WHERE totals.part = 'CATEGORY'
                 GROUP BY totals.user_id
            ), located AS (
                SELECT user_id,
                       json_agg(
                           json_build_object(
                               'location', location,
                               'totalItems', total_items, 'activeItems', active_items,
                               'expiringItems', expiring_items, 'expiredItems', expired_items,
                               'undatedItems', undated_items,
                               'totalValue', total_value, 'activeValue', active_value,
                               'expiringValue', expiring_value, 'expiredValue', expired_value,
                               'undatedValue', undated_value)
                           ORDER BY fold(location) COLLATE "C" NULLS LAST, location)::jsonb AS by_location
                  FROM totals
                 WHERE part = 'LOCATION'
                 GROUP BY user_id
            ), aged AS (
                SELECT user_id,
                       jsonb_agg(
                           jsonb_build_object('band', band, 'count', total_items, 'value', total_value)
                           ORDER BY band) AS aging
                  FROM totals
                 WHERE part = 'BAND'
                 GROUP BY user_id
            ), spans AS (
                SELECT due.user_id AS key, due.user_id,
                       coalesce(previous.generated_at, '-infinity') AS since, statement_timestamp() AS until
                  FROM due
                  LEFT JOIN LATERAL (
                       SELECT generated_at
                         FROM reports
                        WHERE user_id = due.user_id AND date < due.day
                        ORDER BY date DESC
                        LIMIT 1) AS previous ON true
            ),
            """ + InventoryRepository.OUTCOMES + """
            , written AS (
                INSERT INTO reports (
                       user_id, id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                       total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
                       by_category, by_location, aging, outcomes, generated_at)
                SELECT due.user_id, new_id(), due.day,
                       coalesce(totals.total_items, 0), coalesce(totals.active_items, 0),
                       coalesce(totals.expiring_items, 0), coalesce(totals.expired_items, 0),
                       coalesce(totals.undated_items, 0),
                       coalesce(totals.total_value, 0), coalesce(totals.active_value, 0),
                       coalesce(totals.expiring_value, 0), coalesce(totals.expired_value, 0),
                       coalesce(totals.undated_value, 0), coalesce(outcomes.discarded_value, 0),
                       coalesce(categorized.by_category, '[]'), coalesce(located.by_location, '[]'),
                       coalesce(aged.aging, '[]'), coalesce(outcomes.outcomes, '[]'),
                       -- Later than the lock on the user's log, and the end of the span: what is taken out from now on
                       -- is of the next report.
                       statement_timestamp()
                  FROM due
                  LEFT JOIN totals ON totals.user_id = due.user_id AND totals.part = 'WHOLE'
                  LEFT JOIN categorized ON categorized.user_id = due.user_id
                  LEFT JOIN located ON located.user_id = due.user_id
                  LEFT JOIN aged ON aged.user_id = due.user_id
                  LEFT JOIN outcomes ON outcomes.key = due.user_id
                    ON CONFLICT ON CONSTRAINT reports_user_id_date_key DO UPDATE
                   SET total_items = excluded.total_items, active_items = excluded.active_items,
                       expiring_items = excluded.expiring_items, expired_items = excluded.expired_items,
                       undated_items = excluded.undated_items,
                       total_value = excluded.total_value, active_value = excluded.active_value,
                       expiring_value = excluded.expiring_value, expired_value = excluded.expired_value,
                       undated_value = excluded.undated_value, discarded_value = excluded.discarded_value,
                       by_category = excluded.by_category, by_location = excluded.by_location, aging = excluded.aging,
                       outcomes = excluded.outcomes, generated_at = excluded.generated_at
             RETURNING user_id, id, date, total_items, active_items, expiring_items, expired_items, undated_items,
                       total_value, active_value, expiring_value, expired_value, undated_value, discarded_value,
                       by_category, by_location, aging, outcomes, generated_at
            )
            """;

    /** The JSON form of a row {@code report}, as the activity log keeps it. */
    private static final String STATE = """
            jsonb_build_object(
                'id', report.id, 'date', report.date,
                'totalItems', report.total_items, 'activeItems', report.active_items,
                'expiringItems', report.expiring_items, 'expiredItems', report.expired_items,
                'undatedItems', report.undated_items,
                'totalValue', report.total_value, 'activeValue', report.active_value,
                'expiringValue', report.expiring_value, 'expiredValue', report.expired_value,
                'undatedValue', report.undated_value, 'discardedValue', report.discarded_value,
                'byCategory', report.by_category, 'byLocation', report.by_location, 'aging', report.aging,
                'outcomes', report.outcomes,
                'generatedAt', to_char(report.generated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
            """;

    private static final String WRITE_OF_DAYS =
            """
            WITH due (user_id, day) AS (
                SELECT user_id, day
                  FROM unnest($1::uuid[], $2::date[]) AS begun (user_id, day)
            ),
            """ + WRITE + """
            , events AS (
                SELECT report.user_id, 'REPORT_GENERATED' AS kind, report.id AS subject_id, former.state AS before,
            """ + STATE + """
                    AS after, 1 AS place
                  FROM due
                  JOIN written AS report ON report.user_id = due.user_id
                  LEFT JOIN LATERAL (
                       SELECT
            """ + STATE + """
                           AS state
                         FROM reports AS report
                        WHERE report.user_id = due.user_id AND report.date = due.day) AS former ON true
            )
            """ + ActivityLog.APPEND_EVENTS;

    private static final String WRITE_OF_DAY = Distribution.ofOne(WRITE_OF_DAYS);

    /**
     * Writes the report of a day for each of many inventories, in one round trip, as an act of the system.
     *
     * @param connection its transaction has locked the log of each of the inventories
     * @param days of each inventory at most one
     * @param distributed see {@link Distribution}: then each is written by a statement of its own
     * @return how many reports were written
     */
    public Future<Integer> daysBegan(SqlConnection connection, List<InventoryDay> days, boolean distributed) {
        return StockDays.count(
                        connection, days.stream().map(InventoryDay::inventoryId).toList())
                .compose(counted -> distributed
                        ? Rows.changeOfEach(
                                connection,
                                WRITE_OF_DAY,
                                days.stream()
                                        .map(day -> Tuple.of(day.inventoryId().value())
                                                .addArrayOfLocalDate(new LocalDate[] {day.day()}))
                                        .toList())
                        : Rows.change(
                                connection,
                                WRITE_OF_DAYS,
                                Tuple.tuple()
                                        .addArrayOfUUID(days.stream()
                                                .map(day -> day.inventoryId().value())
                                                .toArray(UUID[]::new))
                                        .addArrayOfLocalDate(days.stream()
                                                .map(InventoryDay::day)
                                                .toArray(LocalDate[]::new))));
    }

    private static final String WRITE_OF_USER = """
            WITH due (user_id, day) AS (
                VALUES ($1::uuid, $2::date)
            ),
            """ + WRITE + "SELECT " + ReportRepository.COLUMNS + "FROM written";

    /**
     * Writes a user's report as part of a change that they make.
     *
     * @param former the report of that day until now
     */
    Future<Report> write(Change change, LocalDate day, Optional<Report> former) {
        return StockDays.count(change)
                .compose(counted -> Rows.first(
                        change.connection(),
                        WRITE_OF_USER,
                        Tuple.of(change.inventoryId().value(), day),
                        ReportRepository::toReport))
                .map(written -> {
                    Report report = written.orElseThrow();
                    change.record(ReportActivities.REPORT_GENERATED, report.id(), former.orElse(null), report);
                    return report;
                });
    }
}
