package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;

/** Hours in which a user wants nothing sent. */
public final class QuietTime {

    /** Of {@code users} joined with {@code reminder_settings} and {@link #CLOCK}: when quiet ends; null when it is none. */
    static final String UNTIL = """
            CASE WHEN CASE WHEN quiet_from < quiet_to THEN clock.hour >= quiet_from AND clock.hour < quiet_to
                           ELSE clock.hour >= quiet_from OR clock.hour < quiet_to END
                 THEN day_begins_at(
                      clock.day + CASE WHEN clock.hour >= quiet_to THEN 1 ELSE 0 END, quiet_to, users.time_zone)
            END AS quiet_until
            """;

    /** The present day and hour where a user lives. */
    static final String CLOCK = """
             CROSS JOIN LATERAL (
                   SELECT (now() AT TIME ZONE users.time_zone)::date AS day,
                          extract(hour FROM now() AT TIME ZONE users.time_zone) AS hour) AS clock
            """;

    private static final String FIND = "SELECT " + UNTIL + """
              FROM users
              JOIN reminder_settings ON reminder_settings.user_id = users.id
            """ + CLOCK + """
             WHERE users.id = $1 AND quiet_from IS NOT NULL
            """;

    private QuietTime() {}

    /** When the user's present quiet ends; empty when they want none now. */
    public static Future<Optional<Instant>> find(SqlClient client, UserId userId) {
        return Rows.first(client, FIND, Tuple.of(userId.value()), QuietTime::until)
                .map(found -> found.orElse(Optional.empty()));
    }

    static Optional<Instant> until(Row row) {
        return Optional.ofNullable(row.get(OffsetDateTime.class, "quiet_until")).map(OffsetDateTime::toInstant);
    }
}
