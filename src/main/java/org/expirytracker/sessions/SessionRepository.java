package org.expirytracker.sessions;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.credentials.SessionKey;
import org.expirytracker.db.Rows;
import org.expirytracker.inventories.Membership;
import org.expirytracker.jobs.Outdated;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/** SQL of the tables {@code sessions} and {@code refresh_tokens}. $1 is the user, or the users of the sessions in $2. */
public final class SessionRepository {

    private static final String FIND_LIVE =
            """
            WITH asked AS MATERIALIZED (
                SELECT user_id, id, inventory_id
                  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS each (user_id, id, inventory_id)
            )
            """ + Membership.SEATS + """
            SELECT sessions.user_id, sessions.id, asked.inventory_id AS asked_inventory, users.role,
            """ + Membership.COLUMNS + """
              FROM asked
              JOIN sessions ON sessions.user_id = asked.user_id AND sessions.id = asked.id
              JOIN users ON users.id = sessions.user_id
            """ + Membership.JOIN + """
             WHERE sessions.revoked_at IS NULL AND sessions.expires_at > now()
               AND users.active AND (users.locked_until IS NULL OR users.locked_until <= now())
            """;

    /**
     * The callers behind live sessions; empty where they are no member of the inventory. A session that has ended is left
     * out, and one whose user is not active or locked.
     *
     * @param keys without repetition, 1,000 at most
     */
    Future<Map<SessionKey, Optional<Caller>>> findLive(SqlClient client, List<SessionKey> keys) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(keys.stream().map(key -> key.userId().value()).toArray(UUID[]::new))
                .addArrayOfUUID(keys.stream().map(SessionKey::sessionId).toArray(UUID[]::new))
                .addArrayOfUUID(
                        keys.stream().map(key -> key.inventoryId().value()).toArray(UUID[]::new));
        return Rows.map(
                client,
                FIND_LIVE,
                parameters,
                row -> new SessionKey(
                        new UserId(row.getUUID("user_id")),
                        row.getUUID("id"),
                        new InventoryId(row.getUUID("asked_inventory"))),
                SessionRepository::toCaller);
    }

    private static Optional<Caller> toCaller(Row row) {
        return Membership.of(row)
                .map(member -> member.caller(
                        new UserId(row.getUUID("user_id")),
                        row.getUUID("id"),
                        new Holdings.OfSession(User.Role.valueOf(row.getString("role")) == User.Role.ADMIN)));
    }

    private static final String COLUMNS = """
            id, user_agent, address, created_at, last_used_at, expires_at, id = $2 AS current
            """;

    private static final String OLDER = "SELECT " + COLUMNS + """
              FROM sessions
             WHERE user_id = $1 AND id < coalesce($3::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
               AND revoked_at IS NULL AND expires_at > now()
             ORDER BY id DESC
             LIMIT $4
            """;

    private static final String NEWER = "SELECT " + COLUMNS + """
              FROM sessions
             WHERE user_id = $1 AND id > coalesce($3::uuid, '00000000-0000-0000-0000-000000000000')
               AND revoked_at IS NULL AND expires_at > now()
             ORDER BY id
             LIMIT $4
            """;

    /** A page of the caller's live sessions, the one opened last first, in the direction of reading. */
    Future<List<DeviceSession>> list(SqlClient client, Caller caller, Page page, @Nullable UUID place) {
        Tuple parameters = Tuple.of(caller.userId().value(), caller.sessionId(), place, page.limit());
        return Rows.list(client, page.forward() ? OLDER : NEWER, parameters, SessionRepository::toDeviceSession);
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS sessions
              FROM sessions
             WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
            """;

    /** How many sessions of the user live. */
    Future<Integer> count(SqlClient client, UserId userId) {
        return Rows.first(client, COUNT, Tuple.of(userId.value()), row -> row.getInteger("sessions"))
                .map(found -> found.orElse(0));
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM sessions
             WHERE user_id = $1 AND id = ANY ($3) AND revoked_at IS NULL AND expires_at > now()
            """;

    /** Live sessions of the caller by id; one that has ended is left out. */
    Future<Map<UUID, DeviceSession>> find(SqlClient client, Caller caller, Set<UUID> ids) {
        Tuple parameters =
                Tuple.of(caller.userId().value(), caller.sessionId()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), SessionRepository::toDeviceSession);
    }

    private static DeviceSession toDeviceSession(Row row) {
        return new DeviceSession(
                row.getUUID("id"),
                row.getString("user_agent"),
                row.getString("address"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "last_used_at").toInstant(),
                row.get(OffsetDateTime.class, "expires_at").toInstant(),
                row.getBoolean("current"));
    }

    private static final String OPEN = """
            WITH crowded AS (
                UPDATE sessions
                   SET revoked_at = now()
                 WHERE user_id = $1
                   AND id IN (SELECT id
                                FROM sessions
                               WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > now()
                               ORDER BY last_used_at DESC, id
                              OFFSET 99)
            ), opened AS (
                INSERT INTO sessions (user_id, id, expires_at, user_agent, address)
                VALUES ($1, $2, now() + interval '30 days', $4, $5)
            )
            INSERT INTO refresh_tokens (user_id, session_id, hash)
            VALUES ($1, $2, $3)
            """;

    /**
     * Opens the session of a first refresh token. It ends by itself after 30 days without use, at the latest after half
     * a year; and of more than 100 sessions those end that were not used for longest.
     */
    Future<Integer> open(SqlClient client, OpaqueToken first, Device device) {
        Tuple parameters =
                Tuple.of(first.userId().value(), first.id(), first.hash(), device.userAgent(), device.address());
        return Rows.change(client, OPEN, parameters);
    }

    // Of many that spend one token at once, the first update wins; the others wait for it and then find nothing.
    private static final String ROTATE = """
            WITH spent AS (
                UPDATE refresh_tokens
                   SET spent_at = now()
                 WHERE user_id = $1 AND session_id = $2 AND hash = $3 AND spent_at IS NULL
             RETURNING user_id, session_id
            ), extended AS (
                UPDATE sessions
                   SET last_used_at = now(),
                       expires_at = least(
                           now() + interval '30 days',
                           (sessions.created_at AT TIME ZONE 'UTC' + interval '180 days') AT TIME ZONE 'UTC')
                  FROM spent
                  JOIN users ON users.id = spent.user_id AND users.active
                   AND (users.locked_until IS NULL OR users.locked_until <= now())
                 WHERE sessions.user_id = $1 AND sessions.user_id = spent.user_id AND sessions.id = spent.session_id
                   AND sessions.revoked_at IS NULL AND sessions.expires_at > now()
             RETURNING sessions.user_id, sessions.id
            )
            INSERT INTO refresh_tokens (user_id, session_id, hash)
            SELECT user_id, id, $4
              FROM extended
            """;

    /**
     * Exchanges a refresh token for the next one and extends its session.
     *
     * @return whether the token was good: known, not spent, of a live session of a user who is active and not locked
     */
    Future<Boolean> rotate(SqlClient client, OpaqueToken presented, OpaqueToken next) {
        Tuple parameters = Tuple.of(presented.userId().value(), presented.id(), presented.hash(), next.hash());
        return Rows.change(client, ROTATE, parameters).map(added -> added == 1);
    }

    private static final String FIND_REPEATED = """
            SELECT next.spent_at IS NOT NULL AS spent
              FROM refresh_tokens AS presented
              JOIN refresh_tokens AS next ON next.user_id = presented.user_id
               AND next.session_id = presented.session_id AND next.hash = $4
              JOIN sessions ON sessions.user_id = presented.user_id AND sessions.id = presented.session_id
               AND sessions.revoked_at IS NULL AND sessions.expires_at > now()
              JOIN users ON users.id = presented.user_id AND users.active
               AND (users.locked_until IS NULL OR users.locked_until <= now())
             WHERE presented.user_id = $1 AND presented.session_id = $2 AND presented.hash = $3
               AND presented.spent_at > now() - interval '30 seconds'
            """;

    /**
     * Looks for a refresh token that was exchanged for the next one less than 30 seconds ago, in a session that lives.
     *
     * @return whether the next one has been used as well; empty when there was no such exchange
     */
    Future<Optional<Boolean>> findRepeated(SqlClient client, OpaqueToken presented, OpaqueToken next) {
        Tuple parameters = Tuple.of(presented.userId().value(), presented.id(), presented.hash(), next.hash());
        return Rows.first(client, FIND_REPEATED, parameters, row -> row.getBoolean("spent"));
    }

    private static final String IS_REUSED = """
            SELECT session_id
              FROM refresh_tokens
             WHERE user_id = $1 AND session_id = $2 AND hash = $3 AND spent_at <= now() - interval '30 seconds'
            """;

    /** Whether a refresh token was ours and was used at least 30 seconds ago. */
    Future<Boolean> isReused(SqlClient client, OpaqueToken presented) {
        Tuple parameters = Tuple.of(presented.userId().value(), presented.id(), presented.hash());
        return Rows.first(client, IS_REUSED, parameters, row -> row.getUUID("session_id"))
                .map(Optional::isPresent);
    }

    private static final String REVOKE = """
            UPDATE sessions
               SET revoked_at = now()
             WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > now()
            """;

    /** Ends a session; whether it lived until now. */
    Future<Boolean> revoke(SqlClient client, UserId userId, UUID sessionId) {
        return Rows.change(client, REVOKE, Tuple.of(userId.value(), sessionId)).map(revoked -> revoked == 1);
    }

    // A token that resets the password stays: logging out everywhere does not ask for the password, so whoever has
    // stolen a session could end each token before its owner gets to use it.
    private static final String REVOKE_ALL = """
            WITH waiting AS (
                DELETE FROM one_time_tokens
                 WHERE user_id = $1 AND purpose = 'TWO_FACTOR_CHALLENGE'
            )
            UPDATE sessions
               SET revoked_at = now()
             WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid AND revoked_at IS NULL AND expires_at > now()
            """;

    /**
     * Ends every live session of a user, and every login that waits for its second factor.
     *
     * @param except a session that stays; null for none
     * @return how many ended
     */
    public Future<Integer> revokeAll(SqlClient client, UserId userId, @Nullable UUID except) {
        return Rows.change(client, REVOKE_ALL, Tuple.of(userId.value(), except));
    }

    private static final String REVOKE_EVERY = """
            UPDATE public.sessions
               SET revoked_at = now()
             WHERE revoked_at IS NULL
            """;

    /** A session may have ended since; its refresh tokens end with it. */
    public static final AfterRestore AFTER_RESTORE = new AfterRestore("sessions", "revoked_at", REVOKE_EVERY);

    private static final String FORGET_SESSIONS = """
            DELETE FROM sessions
             WHERE (user_id, id) IN (
                   SELECT user_id, id
                     FROM sessions
                    WHERE user_id = ANY ($1) AND expires_at < now() - interval '30 days'
                    LIMIT $2)
            """;

    /** Sessions that ended more than 30 days ago. */
    public static final Outdated OUTDATED_SESSIONS = new Outdated(FORGET_SESSIONS);

    private static final String FORGET_REFRESH_TOKENS = """
            DELETE FROM refresh_tokens
             WHERE (user_id, hash) IN (
                   SELECT user_id, hash
                     FROM refresh_tokens
                    WHERE user_id = ANY ($1) AND spent_at < now() - interval '30 days'
                    LIMIT $2)
            """;

    /** Refresh tokens that were spent more than 30 days ago. */
    public static final Outdated OUTDATED_REFRESH_TOKENS = new Outdated(FORGET_REFRESH_TOKENS);
}
