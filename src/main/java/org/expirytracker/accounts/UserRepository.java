package org.expirytracker.accounts;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.expirytracker.db.Rows;
import org.expirytracker.db.SqlFailures;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code users}. */
final class UserRepository {

    static final String COLUMNS = """
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

    /**
     * Somebody who registers.
     *
     * @param passwordHash in PHC string format
     */
    record Newcomer(UserId userId, String username, String email, String passwordHash, ZoneId timeZone) {

        /** Without the hash: it may end up in a log. */
        @Override
        public String toString() {
            return "Newcomer[userId=" + userId + "]";
        }
    }

    /**
     * What was found by a name.
     *
     * @param folded the name as the database compares it
     */
    record Named<T>(String folded, Optional<T> found) {}

    /**
     * What a reset of the password is decided by.
     *
     * @param answerHash of the answer to the user's security question, in PHC string format; null when none is set
     */
    record Recovery(User user, @Nullable String answerHash) {}

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM users
             WHERE id = $1
            """;

    /** A user by id. */
    Future<Optional<User>> find(SqlClient client, UserId userId) {
        return Rows.first(client, FIND, Tuple.of(userId.value()), UserRepository::toUser);
    }

    // Usernames of today contain no @; one from earlier days may look like another user's e-mail address.
    private static final String CREDENTIALS_BY_NAME = "SELECT folded, " + CREDENTIALS_COLUMNS + """
              FROM text_identity($1) AS folded
              LEFT JOIN LATERAL (
                   SELECT *
                     FROM users
                    WHERE text_identity(username) COLLATE "C" = folded OR text_identity(email) COLLATE "C" = folded
                    ORDER BY text_identity(username) COLLATE "C" = folded DESC
                    LIMIT 1) AS users ON true
            """;

    /** What a login is decided by, found by username or e-mail address, in any spelling that counts as the same. */
    Future<Named<Credentials>> findCredentials(SqlClient client, String name) {
        return named(client, CREDENTIALS_BY_NAME, name, "id", UserRepository::toCredentials);
    }

    /** @param neverNull a column by which it is known whether anything was found */
    private static <T> Future<Named<T>> named(
            SqlClient client, String sql, String name, String neverNull, Function<Row, T> mapper) {
        return Rows.first(
                        client,
                        sql,
                        Tuple.of(name),
                        row -> new Named<T>(
                                row.getString("folded"),
                                row.getValue(neverNull) == null ? Optional.empty() : Optional.of(mapper.apply(row))))
                .map(Optional::orElseThrow);
    }

    private static final String CREDENTIALS = "SELECT " + CREDENTIALS_COLUMNS + """
              FROM users
             WHERE id = $1
            """;

    /** What a login is decided by, of a known user. */
    Future<Optional<Credentials>> findCredentials(SqlClient client, UserId userId) {
        return Rows.first(client, CREDENTIALS, Tuple.of(userId.value()), UserRepository::toCredentials);
    }

    private static final String FIND_ACTIVE = "SELECT " + COLUMNS + """
              FROM users
             WHERE (text_identity(username) COLLATE "C" = text_identity($1) OR text_identity(email) COLLATE "C" = text_identity($1)) AND active
             ORDER BY text_identity(username) COLLATE "C" = text_identity($1) DESC
             LIMIT 1
            """;

    /** An active user by username or e-mail address, in any spelling that counts as the same. */
    Future<Optional<User>> findActive(SqlClient client, String name) {
        return Rows.first(client, FIND_ACTIVE, Tuple.of(name), UserRepository::toUser);
    }

    private static final String FIND_BY_EMAIL = "SELECT " + COLUMNS + """
              FROM users
             WHERE text_identity(email) COLLATE "C" = text_identity($1)
            """;

    /** A user by e-mail address, in any spelling that counts as the same. */
    Future<Optional<User>> findByEmail(SqlClient client, String email) {
        return Rows.first(client, FIND_BY_EMAIL, Tuple.of(email), UserRepository::toUser);
    }

    private static final String FIND_RECOVERY = "SELECT " + COLUMNS + """
                 , security_answer_hash
              FROM users
             WHERE id = $1 AND active
            """;

    /** What a reset of an active user's password is decided by. */
    Future<Optional<Recovery>> findRecovery(SqlClient client, UserId userId) {
        return Rows.first(
                client,
                FIND_RECOVERY,
                Tuple.of(userId.value()),
                row -> new Recovery(toUser(row), row.getString("security_answer_hash")));
    }

    private static final String FIND_QUESTION = """
            SELECT folded, security_question
              FROM text_identity($1) AS folded
              LEFT JOIN users ON text_identity(username) COLLATE "C" = folded AND active
            """;

    /** The security question of the active user with this name; empty when there is no such user or question. */
    Future<Named<SecurityQuestion>> findQuestion(SqlClient client, String username) {
        return named(
                client,
                FIND_QUESTION,
                username,
                "security_question",
                row -> SecurityQuestion.valueOf(row.getString("security_question")));
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

    private static final String GIVE_WAY = """
            DELETE FROM users
             WHERE (text_identity(username) COLLATE "C" = text_identity($1) OR text_identity(email) COLLATE "C" = text_identity($2))
               AND awaits_verification AND created_at < now() - interval '1 day'
            """;

    /** Deletes whoever has registered with this name or address more than a day ago, but never proven the address. */
    Future<Integer> giveWay(SqlClient client, Newcomer newcomer) {
        return Rows.change(client, GIVE_WAY, Tuple.of(newcomer.username(), newcomer.email()));
    }

    private static final String INSERT_AWAITING = """
            INSERT INTO users (id, username, email, password_hash, time_zone, next_day_at, awaits_verification)
            SELECT $1::uuid, $2, $3, $4, $5, min(begins), true
              FROM generate_series(0, 2) AS days,
                   day_begins_at((now() AT TIME ZONE $5::text)::date + days, 0::smallint, $5) AS begins
             WHERE begins > now()
            ON CONFLICT DO NOTHING
            RETURNING\s""" + COLUMNS;

    /** As {@link #insert}, for a user who cannot log in yet; empty when the username or the address is taken. */
    Future<Optional<User>> insertAwaiting(SqlClient client, Newcomer newcomer) {
        Tuple parameters = Tuple.of(
                newcomer.userId().value(),
                newcomer.username(),
                newcomer.email(),
                newcomer.passwordHash(),
                newcomer.timeZone().getId());
        return Rows.first(client, INSERT_AWAITING, parameters, UserRepository::toUser);
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

    // A token without address comes from an administrator and proves none.
    private static final String RESET_PASSWORD = """
            UPDATE users
               SET password_hash = $3, email_verified = email_verified OR $2::text IS NOT NULL,
                   awaits_verification = awaits_verification AND $2::text IS NULL,
                   version = version + 1, updated_at = now()
             WHERE id = $1 AND active AND ($2::text IS NULL OR text_identity(email) COLLATE "C" = text_identity($2::text))
            RETURNING\s""" + COLUMNS;

    /**
     * Sets a new password by a token, unless it was mailed to an address that is not the user's any more. One that was
     * mailed proves the address.
     */
    Future<Optional<User>> resetPassword(SqlClient client, OneTimeTokens.Proof proof, String newHash) {
        return Rows.first(
                client,
                RESET_PASSWORD,
                Tuple.of(proof.userId().value(), proof.email(), newHash),
                UserRepository::toUser);
    }

    private static final String CHANGE_QUESTION = """
            UPDATE users
               SET security_question = $3, security_answer_hash = $4, version = version + 1, updated_at = now()
             WHERE id = $1 AND password_hash = $2
            RETURNING\s""" + COLUMNS;

    /**
     * Sets the security question, or removes it, unless the password has changed since it was checked.
     *
     * @param passwordHash the hash that the password was checked against
     * @param question null to remove it; then so is {@code answerHash}
     */
    Future<Optional<User>> changeQuestion(
            SqlClient client,
            UserId userId,
            String passwordHash,
            @Nullable SecurityQuestion question,
            @Nullable String answerHash) {
        Tuple parameters =
                Tuple.of(userId.value(), passwordHash, question == null ? null : question.name(), answerHash);
        return Rows.first(client, CHANGE_QUESTION, parameters, UserRepository::toUser);
    }

    // The next day to turn is the one after the last that was turned, and due at once when it has begun there already.
    // So no date is left out and none comes twice. Of a user whose day never turned, it is the first that is ahead or
    // due.
    private static final String UPDATE = """
            UPDATE users
               SET username = $2, email = $3, email_verified = email_verified AND email = $3,
                   time_zone = $4, lead_days = $5, turn_hour = $6,
                   next_day_at = CASE WHEN time_zone = $4 AND turn_hour = $6 THEN next_day_at ELSE coalesce(
                       day_begins_at(last_day + 1, $6, $4),
                       (SELECT min(begins)
                          FROM generate_series(0, 2) AS days,
                               day_begins_at((now() AT TIME ZONE $4::text)::date + days, $6, $4) AS begins
                         WHERE begins > now() OR next_day_at <= now())) END,
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

    private static final int DELETED_AT_ONCE = 25_000;

    /**
     * Deletes some rows of a user from a table of which they may have more than one statement deletes in time; a table
     * stands after those that refer to it.
     */
    private static final List<String> DELETE_SOME = Stream.of(
                    "percent_reminders", "acknowledgements", "notifications", "take_outs", "items", "activities")
            .map(table -> """
                    DELETE FROM %1$s
                     WHERE ctid = ANY (ARRAY(SELECT ctid FROM %1$s WHERE user_id = $1 LIMIT %2$d))
                    """.formatted(table, DELETED_AT_ONCE))
            .toList();

    // Noted in the same statement: restoring a backup from before deletes the account again.
    private static final String DELETE = """
            WITH gone AS (
                DELETE FROM users
                 WHERE id = $1
             RETURNING id
            )
            INSERT INTO erasures (user_id)
            SELECT id
              FROM gone
            """;

    /** Deletes a user and everything of theirs. What is left is the id and when. */
    Future<?> delete(SqlConnection transaction, UserId userId) {
        Future<?> emptied = Future.succeededFuture();
        for (String deleteSome : DELETE_SOME) {
            emptied = emptied.compose(before -> deleteAll(transaction, deleteSome, userId));
        }
        return emptied.compose(before -> Rows.change(transaction, DELETE, Tuple.of(userId.value())));
    }

    private static Future<?> deleteAll(SqlConnection transaction, String deleteSome, UserId userId) {
        return Rows.change(transaction, deleteSome, Tuple.of(userId.value()))
                .compose(deleted -> deleted < DELETED_AT_ONCE
                        ? Future.succeededFuture()
                        : deleteAll(transaction, deleteSome, userId));
    }

    private static final String FIRST = "SELECT " + COLUMNS + """
              FROM users
             WHERE ($1::text IS NULL OR text_identity(username) COLLATE "C" > text_identity($1))
               AND ($2::text IS NULL OR strpos(fold(username), $2) > 0 OR strpos(fold(email), $2) > 0)
             ORDER BY text_identity(username) COLLATE "C"
             LIMIT $3
            """;

    private static final String LAST = "SELECT " + COLUMNS + """
              FROM users
             WHERE ($1::text IS NULL OR text_identity(username) COLLATE "C" < text_identity($1))
               AND ($2::text IS NULL OR strpos(fold(username), $2) > 0 OR strpos(fold(email), $2) > 0)
             ORDER BY text_identity(username) COLLATE "C" DESC
             LIMIT $3
            """;

    /**
     * A page of all users by username, for administrators, in the direction of reading.
     *
     * @param search what username or e-mail address holds; null for all
     * @param place the username to begin beyond; null for that end of the list
     */
    Future<List<User>> list(SqlClient client, Page page, @Nullable String search, @Nullable String place) {
        return Rows.list(
                client,
                page.forward() ? FIRST : LAST,
                Tuple.of(place, folded(search), page.limit()),
                UserRepository::toUser);
    }

    private static @Nullable String folded(@Nullable String search) {
        return search == null ? null : Text.fold(search);
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS users
              FROM users
             WHERE ($1::text IS NULL OR strpos(fold(username), $1) > 0 OR strpos(fold(email), $1) > 0)
            """;

    /** How many users there are, as {@link #list} finds them. */
    Future<Integer> count(SqlClient client, @Nullable String search) {
        return Rows.first(client, COUNT, Tuple.of(folded(search)), row -> row.getInteger("users"))
                .map(found -> found.orElse(0));
    }

    // Locks the rows in one order, so that of two administrators who would remove each other the second sees the
    // first's.
    private static final String ABLE_ADMINISTRATORS = """
            SELECT id
              FROM users
             WHERE role = 'ADMIN' AND active AND coalesce(locked_until <= now(), true)
             ORDER BY id
               FOR NO KEY UPDATE
            """;

    /** The administrators who can act; they stay so until the transaction ends. */
    Future<List<UserId>> ableAdministrators(SqlClient client) {
        return Rows.list(client, ABLE_ADMINISTRATORS, Tuple.tuple(), row -> new UserId(row.getUUID("id")));
    }

    private static final String ADMINISTER = """
            UPDATE users
               SET role = $2, active = $3, locked_until = $4, version = version + 1, updated_at = now()
             WHERE id = $1
            RETURNING\s""" + COLUMNS;

    /** Changes role, activity and lock to what is given, and counts the version up. */
    Future<User> administer(SqlClient client, UserId userId, User changed) {
        Instant lockedUntil = changed.lockedUntil();
        Tuple parameters = Tuple.of(
                userId.value(),
                changed.role().name(),
                changed.active(),
                lockedUntil == null ? null : lockedUntil.atOffset(ZoneOffset.UTC));
        return Rows.first(client, ADMINISTER, parameters, UserRepository::toUser)
                .map(Optional::orElseThrow);
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

    private static @Nullable SecurityQuestion question(Row row) {
        return SecurityQuestion.of(row.getString("security_question")).orElse(null);
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
                question(row),
                row.getBoolean("active"),
                instant(row, "locked_until"),
                instant(row, "last_login_at"),
                row.getInteger("version"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant());
    }
}
