package org.expirytracker.users;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import org.expirytracker.db.Conflict;
import org.expirytracker.db.Rows;
import org.expirytracker.db.SqlFailures;
import org.expirytracker.inventories.OwnInventory;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code users}. */
public final class UserRepository {

    /** What {@link #toUser} reads; any statement on {@code users} can end with it. */
    public static final String COLUMNS = """
            id, username, email, email_verified, role, time_zone, lead_days, turn_hour, two_factor_enabled, active,
            CASE WHEN locked_until IS NOT NULL THEN least(locked_until, timestamptz '9999-12-31 00:00Z') END AS locked_until,
            last_login_at, security_question, version, created_at, updated_at
            """;

    /**
     * What a login is decided by.
     *
     * @param passwordHash in PHC string format
     * @param admitted whether the account is active and not awaiting verification
     * @param lockedUntil when an administrator's lock ends; null when there is none
     */
    public record Credentials(
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

    /**
     * What was found by a name.
     *
     * @param folded the name as the database compares it
     */
    public record Named<T>(String folded, Optional<T> found) {}

    private final UserDirectory directory = new UserDirectory();

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM users
             WHERE id = $1
            """;

    /** A user by id. */
    public Future<Optional<User>> find(SqlClient client, UserId userId) {
        return Rows.first(client, FIND, Tuple.of(userId.value()), UserRepository::toUser);
    }

    /** What a login is decided by, found by username or e-mail address, in any spelling that counts as the same. */
    public Future<Named<Credentials>> findCredentials(SqlClient client, String name) {
        return directory
                .find(client, name)
                .compose(named -> findCredentials(client, UserDirectory.orNobody(named.user()))
                        .map(found -> new Named<>(named.folded(), found)));
    }

    private static final String CREDENTIALS = "SELECT " + CREDENTIALS_COLUMNS + """
              FROM users
             WHERE id = $1
            """;

    /** What a login is decided by, of a known user. */
    public Future<Optional<Credentials>> findCredentials(SqlClient client, UserId userId) {
        return Rows.first(client, CREDENTIALS, Tuple.of(userId.value()), UserRepository::toCredentials);
    }

    private static final String INSERT =
            UserDirectory.ENTER + """
            , newcomer AS (
                INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at)
                SELECT entered.user_id, $2, $3, $4, $5, min(begins)
                  FROM entered, generate_series(0, 2) AS days,
                       day_begins_at((now() AT TIME ZONE $5::text)::date + days, 0::smallint, $5) AS begins
                 WHERE begins > now()
                 GROUP BY entered.user_id
             RETURNING *
            )
            """ + OwnInventory.OF_NEWCOMER + "SELECT " + COLUMNS + "FROM newcomer";

    /**
     * Adds a user and their own inventory, whose first day turns at their next local midnight.
     *
     * @return fails with {@code CONFLICT} when the username or the e-mail address is taken, and with {@code INVALID}
     *     when PostgreSQL does not know the time zone
     */
    public Future<User> insert(
            SqlClient client, UserId userId, String username, String email, String passwordHash, ZoneId timeZone) {
        Tuple parameters = Tuple.of(userId.value(), username, email, passwordHash, timeZone.getId());
        return Rows.first(client, INSERT, parameters, UserRepository::toUser)
                .map(Optional::orElseThrow)
                .recover(UserRepository::reword);
    }

    private static final String VERIFY_EMAIL = """
            UPDATE users
               SET email_verified = true, awaits_verification = false, version = version + 1, updated_at = now()
             WHERE id = $1 AND text_identity(email) COLLATE "C" = text_identity($2) AND active
            RETURNING\s""" + COLUMNS;

    /** Notes that the user's address is proven, unless it is another one by now. */
    Future<Optional<User>> verifyEmail(SqlClient client, OneTimeTokens.Proof proof) {
        return Rows.first(
                client, VERIFY_EMAIL, Tuple.of(proof.userId().value(), proof.email()), UserRepository::toUser);
    }

    private static final String HAS_PASSWORD = """
            SELECT id
              FROM users
             WHERE id = $1 AND password_hash = $2
            """;

    /**
     * Whether the password has not changed since it was checked.
     *
     * @param passwordHash the hash that the password was checked against
     */
    Future<Boolean> hasPassword(SqlClient client, UserId userId, String passwordHash) {
        return Rows.first(client, HAS_PASSWORD, Tuple.of(userId.value(), passwordHash), row -> row.getUUID("id"))
                .map(Optional::isPresent);
    }

    // What a user says of their days holds for their own inventory.
    private static final String UPDATE =
            "WITH own AS (" + OwnInventory.SET_DAYS + ")\n" + UserDirectory.RENAME + """
            UPDATE users
               SET username = $5, email = $6, email_verified = email_verified AND email = $6,
                   time_zone = $2, lead_days = $3, turn_hour = $4, version = version + 1, updated_at = now()
             WHERE id = $1
            RETURNING\s""" + COLUMNS;

    /**
     * Changes a user's username, e-mail address, time zone, lead days and turn hour to what is given, and counts the
     * version up. A new address counts as not verified.
     *
     * @param before as they are, in the same transaction
     * @return fails as {@link #insert} does
     */
    Future<User> update(SqlClient client, User before, User changed) {
        Tuple parameters = Tuple.of(
                        before.id(),
                        changed.timeZone().getId(),
                        changed.leadDays(),
                        changed.turnHour(),
                        changed.username(),
                        changed.email())
                .addString(before.username())
                .addString(before.email());
        return Rows.first(client, UPDATE, parameters, UserRepository::toUser)
                .map(Optional::orElseThrow)
                .recover(UserRepository::reword);
    }

    // Noted in the same statement: restoring a backup from before deletes the account again.
    private static final String DELETE = """
            WITH gone AS (
                DELETE FROM users
                 WHERE id = $1
             RETURNING id, username, email
            )
            """ + UserDirectory.OF_GONE + OwnInventory.OF_GONE + """
            INSERT INTO erasures (user_id)
            SELECT id
              FROM gone
            """;

    /** Deletes a user and everything that refers to them. What is left is the id and when. */
    Future<Integer> delete(SqlClient client, UserId userId) {
        return Rows.change(client, DELETE, Tuple.of(userId.value()));
    }

    private static Future<User> reword(Throwable failure) {
        return SqlFailures.isInvalidParameter(failure)
                ? Future.failedFuture(
                        Problem.at(
                                Problem.Code.INVALID,
                                List.of("input", "timeZone"),
                                "The database does not know this time zone. Name one by its continent and city, such as Europe/Paris."))
                : Conflict.reword(failure, UserDirectory.CONFLICTS);
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

    private static @Nullable SecurityQuestion question(Row row) {
        return SecurityQuestion.of(row.getString("security_question")).orElse(null);
    }

    /** Reads a row of {@link #COLUMNS}. */
    public static User toUser(Row row) {
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
                question(row),
                row.getBoolean("active"),
                instant(row, "locked_until"),
                instant(row, "last_login_at"),
                row.getInteger("version"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant());
    }
}
