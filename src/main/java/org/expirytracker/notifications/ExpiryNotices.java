package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.db.Rows;
import org.expirytracker.items.ExpiryWatch;

/**
 * Tells users that items have come within their lead days ({@code EXPIRING_SOON}) or are past their date
 * ({@code EXPIRED}): once for each item, kind and date, however often it is asked to. Of an item that is past its date
 * already, only that is told. Items of which nothing is left are passed over.
 */
public final class ExpiryNotices implements ExpiryWatch {

    /**
     * Makes the notifications for a preceding common table expression {@code crossed (user_id, day, id, name,
     * quantity, unit, location, expiry_date)}: items within their lead days, or past their date, on that day.
     */
    private static final String NOTIFY = """
            , worded AS (
                SELECT user_id, id, expiry_date,
                       expiry_date < day AS expired,
                       abs(expiry_date - day) AS days,
                       to_char(expiry_date, 'YYYY-MM-DD') AS printed,
                       name,
                       'You have ' || trim_scale(quantity) || ' ' || unit || ' of ' || name
                           || coalesce(' (' || location || ')', '') || '.' AS stock
                  FROM crossed
            ), made AS (
                INSERT INTO notifications (user_id, id, item_id, kind, title, message, expiry_date, created_at)
                SELECT user_id, new_id(), id,
                       CASE WHEN expired THEN 'EXPIRED' ELSE 'EXPIRING_SOON' END,
                       name || CASE WHEN expired THEN ' expired on ' || printed
                                    WHEN days = 0 THEN ' expires today'
                                    ELSE ' expires on ' || printed END,
                       stock || ' Its last good day '
                           || CASE WHEN expired AND days = 1 THEN 'was yesterday, ' || printed
                                   WHEN expired THEN 'was ' || printed || ', ' || days || ' days ago'
                                   WHEN days = 0 THEN 'is today, ' || printed
                                   WHEN days = 1 THEN 'is tomorrow, ' || printed
                                   ELSE 'is ' || printed || ', in ' || days || ' days' END
                           || '.',
                       expiry_date,
                       -- Later than the lock on the user's log, so a user's notifications are in the order of commit.
                       statement_timestamp()
                  FROM worded
                    ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
             RETURNING user_id, id, item_id, kind, title, message, status, expiry_date, created_at
            ), events AS (
                SELECT user_id, 'NOTIFICATION_CREATED' AS kind, id AS subject_id, NULL::jsonb AS before,
                       jsonb_build_object(
                           'id', id, 'itemId', item_id, 'kind', kind, 'title', title, 'message', message,
                           'status', status, 'readAt', NULL, 'expiryDate', expiry_date,
                           'createdAt', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) AS after,
                       row_number() OVER (PARTITION BY user_id ORDER BY expiry_date, id) AS place
                  FROM made
            )
            """ + ActivityLog.APPEND_EVENTS;

    private static final String NOTIFY_OF_DAYS = """
            WITH due (user_id, day, previous_day) AS (
                SELECT user_id, day, coalesce(previous_day, '-infinity')
                  FROM unnest($1::uuid[], $2::date[], $3::date[]) AS told (user_id, day, previous_day)
            ), crossed AS (
                SELECT due.user_id, due.day, item.id, item.name, item.quantity, item.unit, item.location, item.expiry_date
                  FROM due
                 CROSS JOIN LATERAL (
                       SELECT id, name, quantity, unit, location, expiry_date
                         FROM items
                        WHERE user_id = due.user_id AND NOT used_up
                          AND coalesce(expiry_date, 'infinity') >= due.previous_day
                          AND coalesce(expiry_date, 'infinity') < due.day
                        UNION ALL
                       SELECT id, name, quantity, unit, location, expiry_date
                         FROM items
                        WHERE user_id = due.user_id AND NOT used_up
                          AND expiring_from > due.previous_day
                          AND expiring_from <= due.day
                          AND expiry_date >= due.day) AS item
            )
            """ + NOTIFY;

    /**
     * Tells users what has come due since the day they were last told of. Costs as much as has come due, whatever is
     * in stock. One statement.
     *
     * @param connection its transaction has locked the log of each of the users
     * @param days of each user at most one
     * @return how many notifications were made
     */
    public Future<Integer> daysBegan(SqlConnection connection, List<UserDay> days) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(days.stream().map(day -> day.userId().value()).toArray(UUID[]::new))
                .addArrayOfLocalDate(days.stream().map(UserDay::day).toArray(LocalDate[]::new))
                .addArrayOfLocalDate(days.stream().map(UserDay::previousDay).toArray(LocalDate[]::new));
        return Rows.change(connection, NOTIFY_OF_DAYS, parameters);
    }

    private static final String NOTIFY_OF_ITEMS = """
            WITH crossed AS (
                SELECT user_id, $2::date AS day, id, name, quantity, unit, location, expiry_date
                  FROM items
                 WHERE user_id = $1 AND id = ANY ($3) AND NOT used_up AND expiring_from <= $2
            )
            """ + NOTIFY;

    @Override
    public Future<Integer> datesChanged(Change change, LocalDate today, List<UUID> itemIds) {
        Tuple parameters = Tuple.of(change.userId().value(), today).addArrayOfUUID(itemIds.toArray(UUID[]::new));
        return change.flush()
                .compose(flushed -> Rows.change(change.connection(), NOTIFY_OF_ITEMS, parameters))
                .onSuccess(made -> {
                    if (made > 0) {
                        change.appended();
                    }
                });
    }
}
