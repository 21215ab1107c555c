package org.expirytracker.login;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import org.expirytracker.credentials.Subject;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code login_attempts}. $1 is always the subject: the user, or whom a name stands for. */
public final class LoginAttempts {

    private static final String NEWEST_FIRST = "attempts to log in";

    /** An attempt's place in the list. */
    private record Place(Instant createdAt, UUID id) {}

    private static final String RECORD = """
            INSERT INTO login_attempts (subject_id, id, user_id, outcome, user_agent, address)
            SELECT $1::uuid, $2::uuid, $3::uuid, $4, $5, $6
             WHERE $3 IS NULL OR EXISTS (SELECT FROM users WHERE id = $3 FOR KEY SHARE)
            """;

    /** Notes an attempt and what came of it; not of a user who was deleted in the meantime. */
    Future<Integer> record(SqlClient client, Subject subject, LoginAttempt.Outcome outcome, Device device) {
        Tuple parameters = Tuple.of(
                subject.id(),
                RowIds.next(),
                subject.user().map(UserId::value).orElse(null),
                outcome.name(),
                device.userAgent(),
                device.address());
        return Rows.change(client, RECORD, parameters);
    }

    private static final String OLDER = """
            SELECT id, outcome, user_agent, address, created_at
              FROM login_attempts
             WHERE subject_id = $1
               AND (created_at, id)
                   < (coalesce($2::timestamptz, 'infinity'), coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
             ORDER BY created_at DESC, id DESC
             LIMIT $4
            """;

    private static final String NEWER = """
            SELECT id, outcome, user_agent, address, created_at
              FROM login_attempts
             WHERE subject_id = $1
               AND (created_at, id)
                   > (coalesce($2::timestamptz, '-infinity'), coalesce($3::uuid, '00000000-0000-0000-0000-000000000000'))
             ORDER BY created_at, id
             LIMIT $4
            """;

    /**
     * A page of the attempts to log in as a user, newest first.
     *
     * @throws org.expirytracker.kernel.Problem {@code INVALID} when the page's cursor is none of this list
     */
    public Future<Connection<LoginAttempt>> connection(SqlClient client, UserId userId, Page page) {
        Place place = Cursor.decode(page, NEWEST_FIRST, LoginAttempts::place);
        return list(client, userId, page, place)
                .map(found -> Connection.of(
                        found,
                        page,
                        attempt -> Cursor.encode(NEWEST_FIRST, attempt.createdAt(), attempt.id()),
                        counting -> count(client, userId)));
    }

    private static Place place(List<String> keys) {
        return new Place(
                Cursor.possible(Instant.parse(keys.get(0)).atOffset(ZoneOffset.UTC))
                        .toInstant(),
                UUID.fromString(keys.get(1)));
    }

    private Future<List<LoginAttempt>> list(SqlClient client, UserId userId, Page page, @Nullable Place place) {
        Tuple parameters = Tuple.of(
                userId.value(),
                place == null ? null : place.createdAt.atOffset(ZoneOffset.UTC),
                place == null ? null : place.id,
                page.limit());
        return Rows.list(client, page.forward() ? OLDER : NEWER, parameters, LoginAttempts::toAttempt);
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS attempts
              FROM login_attempts
             WHERE subject_id = $1
            """;

    /** How many attempts to log in as a user are kept. */
    Future<Integer> count(SqlClient client, UserId userId) {
        return Rows.first(client, COUNT, Tuple.of(userId.value()), row -> row.getInteger("attempts"))
                .map(found -> found.orElse(0));
    }

    private static final String ERASE = """
            DELETE FROM login_attempts
             WHERE subject_id = $1 AND id IN (SELECT id FROM login_attempts WHERE subject_id = $1 LIMIT $2)
            """;

    /** What goes with a user who leaves, whose own inventory bears their id. */
    public static final Erasure ERASURE = Erasure.of(ERASE);

    private static final String FORGET_OUTDATED = """
            DELETE FROM login_attempts
             WHERE (subject_id, id) IN (
                   SELECT subject_id, id
                     FROM login_attempts
                    WHERE created_at < now() - interval '90 days'
                    ORDER BY created_at
                    LIMIT $1)
            """;

    /** Forgets attempts of whomever that are older than 90 days. */
    public static final Job JANITOR = Job.deleting("forget-login-attempts", Duration.ofHours(1), FORGET_OUTDATED);

    private static LoginAttempt toAttempt(Row row) {
        return new LoginAttempt(
                row.getUUID("id"),
                LoginAttempt.Outcome.valueOf(row.getString("outcome")),
                row.getString("user_agent"),
                row.getString("address"),
                row.get(OffsetDateTime.class, "created_at").toInstant());
    }
}
