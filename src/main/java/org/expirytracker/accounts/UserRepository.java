package org.expirytracker.accounts;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.expirytracker.db.Rows;
import org.expirytracker.db.SqlFailures;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code users}. */
final class UserRepository {

    static final String COLUMNS = """
            id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, version,
            created_at, updated_at
            """;

    /**
     * What a login is decided by.
     *
     * @param passwordHash in PHC string format
     * @param admitted whether the account is active and not awaiting verification
     * @param lockedUntil when an administrator's lock ends; null when there is none
     */
    record Credentials(
            UserId userId,
            String passwordHash,
            boolean admitted,
            @Nullable Instant lockedUntil,
            boolean twoFactorEnabled) {

        /** Without the hash: it may end up in a log. */
        @Override
        public String toString() {
            return "Credentials[" + userId + "]";
        }
    }

    private static final String CREDENTIALS_COLUMNS = """
            id, password_hash, active AND NOT awaits_verification AS admitted,
            CASE WHEN locked_until > now() THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
            two_factor_enabled
            """;

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM users
             WHERE id = $1
            """;

    /** A user by id. */
    Future<Optional<User>> find(SqlClient client, UserId userId) {
        return Rows.first(client, FIND, Tuple.of(userId.value()), UserRepository::toUser);
    }

    // Usernames of today contain no @; one from earlier days may look like another user's e-mail address.
    private static final String CREDENTIALS_BY_NAME = "SELECT " + CREDENTIALS_COLUMNS + """
              FROM users
             WHERE lower(username) = lower($1) OR lower(email) = lower($1)
             ORDER BY lower(username) = lower($1) DESC
             LIMIT 1
            """;

    /** What a login is decided by, found by username or e-mail address; case does not count. */
    Future<Optional<Credentials>> findCredentials(SqlClient client, String name) {
        return Rows.first(client, CREDENTIALS_BY_NAME, Tuple.of(name), UserRepository::toCredentials);
    }

    private static final String CREDENTIALS = "SELECT " + CREDENTIALS_COLUMNS + """
              FROM users
             WHERE id = $1
            """;

    /** What a login is decided by, of a known user. */
    Future<Optional<Credentials>> findCredentials(SqlClient client, UserId userId) {
        return Rows.first(client, CREDENTIALS, Tuple.of(userId.value()), UserRepository::toCredentials);
    }

    private static final String INSERT = """
            INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at)
            SELECT $1::uuid, $2, $3, $4, $5, min(begins)
              FROM generate_series(0, 2) AS days,
                   day_begins_at((now() AT TIME ZONE $5::text)::date + days, 0::smallint, $5) AS begins
             WHERE begins > now()
            RETURNING\s""" + COLUMNS;

    /**
     * Adds a user, whose first day turns at their next local midnight.
     *
     * @return fails with {@code CONFLICT} when the username or the e-mail address is taken, and with {@code INVALID}
     *     when PostgreSQL does not know the time zone
     */
    Future<User> insert(
            SqlClient client, UserId userId, String username, String email, String passwordHash, ZoneId timeZone) {
        Tuple parameters = Tuple.of(userId.value(), username, email, passwordHash, timeZone.getId());
        return Rows.first(client, INSERT, parameters, UserRepository::toUser)
                .map(Optional::orElseThrow)
                .recover(UserRepository::unknownTimeZone);
    }

    // The next day to turn is the first after the last one turned whose beginning lies ahead. When a turn is due at
    // this very moment it stays due: it is not lost, and a day that was turned is not turned again.
    private static final String UPDATE = """
            UPDATE users
               SET username = $2, email = $3, email_verified = email_verified AND email = $3,
                   time_zone = $4, lead_days = $5, turn_hour = $6,
                   next_day_at = CASE WHEN time_zone = $4 AND turn_hour = $6 THEN next_day_at ELSE (
                       SELECT min(begins)
                         FROM generate_series(0, 2) AS days,
                              day_begins_at(
                                  greatest((now() AT TIME ZONE $4::text)::date, last_day + 1) + days, $6, $4) AS begins
                        WHERE begins > now() OR next_day_at <= now()) END,
                   version = version + 1, updated_at = now()
             WHERE id = $1
            RETURNING\s""" + COLUMNS;

    /**
     * Changes a user's username, e-mail address, time zone, lead days and turn hour to what is given, and counts the
     * version up. A new address counts as not verified.
     *
     * @return fails as {@link #insert} does
     */
    Future<User> update(SqlClient client, UserId userId, User changed) {
        Tuple parameters = Tuple.of(
                userId.value(),
                changed.username(),
                changed.email(),
                changed.timeZone().getId(),
                changed.leadDays(),
                changed.turnHour());
        return Rows.first(client, UPDATE, parameters, UserRepository::toUser)
                .map(Optional::orElseThrow)
                .recover(UserRepository::unknownTimeZone);
    }

    private static final String LOGGED_IN = """
            UPDATE users
               SET last_login_at = now()
             WHERE id = $1 AND password_hash = $2 AND active AND NOT awaits_verification AND NOT two_factor_enabled
               AND (locked_until IS NULL OR locked_until <= now())
            RETURNING\s""" + COLUMNS;

    /**
     * Notes a login, unless the password or the account has changed since it was checked.
     *
     * @param passwordHash the hash that the password was checked against
     */
    Future<Optional<User>> loggedIn(SqlClient client, UserId userId, String passwordHash) {
        return Rows.first(client, LOGGED_IN, Tuple.of(userId.value(), passwordHash), UserRepository::toUser);
    }

    private static final String COMPLETED_LOGIN = """
            UPDATE users
               SET last_login_at = now()
             WHERE id = $1 AND two_factor_enabled AND active AND NOT awaits_verification
               AND (locked_until IS NULL OR locked_until <= now())
            RETURNING\s""" + COLUMNS;

    /** Notes a login that was completed by a second factor, unless the account has changed since it began. */
    Future<Optional<User>> completedLogin(SqlClient client, UserId userId) {
        return Rows.first(client, COMPLETED_LOGIN, Tuple.of(userId.value()), UserRepository::toUser);
    }

    private static final String CHANGE_PASSWORD = """
            UPDATE users
               SET password_hash = $3, version = version + 1, updated_at = now()
             WHERE id = $1 AND password_hash = $2
            RETURNING\s""" + COLUMNS;

    /**
     * Changes the password, unless it has changed since it was checked.
     *
     * @param passwordHash the hash that the current password was checked against
     */
    Future<Optional<User>> changePassword(SqlClient client, UserId userId, String passwordHash, String newHash) {
        return Rows.first(
                client, CHANGE_PASSWORD, Tuple.of(userId.value(), passwordHash, newHash), UserRepository::toUser);
    }

    // Noted in the same statement: restoring a backup from before deletes the account again.
    private static final String DELETE = """
            WITH gone AS (
                DELETE FROM users
                 WHERE id = $1 AND password_hash = $2
             RETURNING id
            )
            INSERT INTO erasures (user_id)
            SELECT id
              FROM gone
            """;

    /**
     * Deletes a user and everything of theirs, unless the password has changed since it was checked. What is left is
     * the id and when.
     *
     * @param passwordHash the hash that the password was checked against
     */
    Future<Boolean> delete(SqlClient client, UserId userId, String passwordHash) {
        return Rows.change(client, DELETE, Tuple.of(userId.value(), passwordHash))
                .map(deleted -> deleted == 1);
    }

    private static Future<User> unknownTimeZone(Throwable failure) {
        return Future.failedFuture(
                SqlFailures.isInvalidParameter(failure)
                        ? Problem.at(
                                Problem.Code.INVALID,
                                List.of("input", "timeZone"),
                                "The database does not know this time zone. Name one by its continent and city, such as Europe/Paris.")
                        : failure);
    }

    private static Credentials toCredentials(Row row) {
        return new Credentials(
                new UserId(row.getUUID("id")),
                row.getString("password_hash"),
                row.getBoolean("admitted"),
                instant(row, "locked_until"),
                row.getBoolean("two_factor_enabled"));
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime time = row.get(OffsetDateTime.class, column);
        return time == null ? null : time.toInstant();
    }

    static User toUser(Row row) {
        return new User(
                row.getUUID("id"),
                row.getString("username"),
                row.getString("email"),
                row.getBoolean("email_verified"),
                User.Role.valueOf(row.getString("role")),
                ZoneId.of(row.getString("time_zone")),
                row.getInteger("lead_days"),
                row.getInteger("turn_hour"),
                row.getBoolean("two_factor_enabled"),
                row.getInteger("version"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant());
    }
}
