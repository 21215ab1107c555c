package org.expirytracker.accounts;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.ZoneId;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the tables {@code sessions} and {@code refresh_tokens}. $1 is always the user. */
final class SessionRepository {

    private static final String FIND_LIVE = """
            SELECT users.time_zone, users.role
              FROM sessions
              JOIN users ON users.id = sessions.user_id
             WHERE sessions.user_id = $1 AND sessions.id = $2
               AND sessions.revoked_at IS NULL AND sessions.expires_at > now() AND users.active
            """;

    /** The caller behind a live session; empty when the session has ended or the user is not active. */
    Future<Optional<Caller>> findLive(SqlClient client, UserId userId, UUID sessionId) {
        return Rows.first(
                client,
                FIND_LIVE,
                Tuple.of(userId.value(), sessionId),
                row -> new Caller(
                        userId,
                        sessionId,
                        ZoneId.of(row.getString("time_zone")),
                        Access.ofSession(User.Role.valueOf(row.getString("role")) == User.Role.ADMIN)));
    }

    private static final String OPEN = """
            WITH outdated AS (
                DELETE FROM sessions
                 WHERE user_id = $1 AND expires_at < now() - interval '30 days'
            ), opened AS (
                INSERT INTO sessions (user_id, id, expires_at, user_agent, address)
                VALUES ($1, $2, now() + interval '30 days', $4, $5)
            )
            INSERT INTO refresh_tokens (user_id, session_id, hash)
            VALUES ($1, $2, $3)
            """;

    /** Opens the session of a first refresh token. It ends by itself after 30 days without use. */
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
                   SET last_used_at = now(), expires_at = now() + interval '30 days'
                  FROM spent
                  JOIN users ON users.id = spent.user_id AND users.active
                 WHERE sessions.user_id = $1 AND sessions.user_id = spent.user_id AND sessions.id = spent.session_id
                   AND sessions.revoked_at IS NULL AND sessions.expires_at > now()
             RETURNING sessions.user_id, sessions.id
            ), outdated AS (
                DELETE FROM refresh_tokens
                 WHERE user_id = $1 AND session_id = $2 AND spent_at < now() - interval '30 days'
            )
            INSERT INTO refresh_tokens (user_id, session_id, hash)
            SELECT user_id, id, $4
              FROM extended
            """;

    /**
     * Exchanges a refresh token for the next one and extends its session.
     *
     * @return whether the token was good: known, not spent, of a live session of an active user
     */
    Future<Boolean> rotate(SqlClient client, OpaqueToken presented, OpaqueToken next) {
        Tuple parameters = Tuple.of(presented.userId().value(), presented.id(), presented.hash(), next.hash());
        return Rows.change(client, ROTATE, parameters).map(added -> added == 1);
    }

    private static final String IS_SPENT = """
            SELECT session_id
              FROM refresh_tokens
             WHERE user_id = $1 AND session_id = $2 AND hash = $3 AND spent_at IS NOT NULL
            """;

    /** Whether a refresh token was ours and has been used before. */
    Future<Boolean> isSpent(SqlClient client, OpaqueToken presented) {
        Tuple parameters = Tuple.of(presented.userId().value(), presented.id(), presented.hash());
        return Rows.first(client, IS_SPENT, parameters, row -> row.getUUID("session_id"))
                .map(Optional::isPresent);
    }

    private static final String REVOKE = """
            UPDATE sessions
               SET revoked_at = now()
             WHERE user_id = $1 AND id = $2 AND revoked_at IS NULL
            """;

    /** Ends a session; whether it had not ended before. */
    Future<Boolean> revoke(SqlClient client, UserId userId, UUID sessionId) {
        return Rows.change(client, REVOKE, Tuple.of(userId.value(), sessionId)).map(revoked -> revoked == 1);
    }

    private static final String REVOKE_ALL = """
            UPDATE sessions
               SET revoked_at = now()
             WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid AND revoked_at IS NULL AND expires_at > now()
            """;

    /**
     * Ends every live session of a user.
     *
     * @param except a session that stays; null for none
     * @return how many ended
     */
    Future<Integer> revokeAll(SqlClient client, UserId userId, @Nullable UUID except) {
        return Rows.change(client, REVOKE_ALL, Tuple.of(userId.value(), except));
    }
}
