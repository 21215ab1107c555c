package org.expirytracker.users;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Outdated;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that do one thing once and not for long: SQL of the table {@code one_time_tokens}. All that is stored is their
 * SHA-256. Their times are the database's.
 */
public final class OneTimeTokens {

    /** What a token does, for how long it can, and how soon another may be mailed in its place. */
    public enum Purpose {
        /** Proves an e-mail address. */
        EMAIL_VERIFICATION(Duration.ofHours(24), Duration.ofMinutes(1)),
        /** One step towards a new password. */
        // Anybody can ask for one in a user's name: the former must outlast its mail, which is tried for six minutes.
        PASSWORD_RESET(Duration.ofMinutes(30), Duration.ofMinutes(10)),
        /** A login by password that waits for its second factor; never mailed. */
        TWO_FACTOR_CHALLENGE(Duration.ofMinutes(5), Duration.ZERO);

        private final Duration lifetime;
        private final Duration pause;

        Purpose(Duration lifetime, Duration pause) {
            this.lifetime = lifetime;
            this.pause = pause;
        }

        /** From its issue on. */
        Duration lifetime() {
            return lifetime;
        }
    }

    /** A new token, to be shown once, and when it stops working. */
    public record Issued(String token, Instant expiresAt) {

        /** Without the token: it may end up in a log. */
        @Override
        public String toString() {
            return "Issued[expiresAt=" + expiresAt + "]";
        }
    }

    /**
     * What a good token proves.
     *
     * @param email as it was when the token was issued; null when none was given
     */
    public record Proof(UserId userId, @Nullable String email) {}

    // Challenges stand side by side: else whoever knows the password could keep the owner from completing a login.
    private static final String ISSUE = """
            INSERT INTO one_time_tokens (user_id, hash, purpose, email, created_at, expires_at)
            VALUES ($1, $2, $3, $4, now(), now() + make_interval(secs => $5))
            ON CONFLICT (user_id, purpose) WHERE purpose <> 'TWO_FACTOR_CHALLENGE'
            DO UPDATE SET hash = excluded.hash, email = excluded.email, created_at = excluded.created_at,
                          expires_at = excluded.expires_at
            RETURNING expires_at
            """;

    /**
     * Makes a token. Any former one of the same user and purpose stops working, but for challenges.
     *
     * @param email the address that it is about; null for none
     */
    public Future<Issued> issue(SqlClient client, UserId userId, Purpose purpose, @Nullable String email) {
        OpaqueToken token = OpaqueToken.create(OpaqueToken.Kind.ONE_TIME, userId);
        Tuple parameters = Tuple.of(userId.value(), token.hash(), purpose.name(), email, (double)
                purpose.lifetime().toSeconds());
        return Rows.first(
                        client,
                        ISSUE,
                        parameters,
                        row -> row.get(OffsetDateTime.class, "expires_at").toInstant())
                .map(expiresAt -> new Issued(token.encoded(), expiresAt.orElseThrow()));
    }

    private static final String ISSUE_FOR_MAIL = """
            INSERT INTO one_time_tokens (user_id, hash, purpose, email, created_at, expires_at)
            SELECT id, $2, $3, email, now(), now() + make_interval(secs => $4)
              FROM users
             WHERE id = $1 AND active
            ON CONFLICT (user_id, purpose) WHERE purpose <> 'TWO_FACTOR_CHALLENGE'
            DO UPDATE SET hash = excluded.hash, email = excluded.email, created_at = excluded.created_at,
                          expires_at = excluded.expires_at
                    WHERE one_time_tokens.expires_at <= excluded.created_at
                       OR one_time_tokens.email <> excluded.email
                       OR (one_time_tokens.email IS NOT NULL
                           AND one_time_tokens.created_at AT TIME ZONE 'UTC'
                               < excluded.created_at AT TIME ZONE 'UTC' - make_interval(secs => $5))
            RETURNING expires_at
            """;

    /**
     * Makes a token to be mailed to the user's address, in place of any former one of the same purpose. But one that was
     * mailed there is left alone for a while, and a good one without address, which an administrator has handed out, as
     * long as it lives: so nobody puts them out of use, or has a mailbox filled, by asking for another.
     *
     * @return empty when there is no such user, or a former one is left alone
     */
    public Future<Optional<Issued>> issueForMail(SqlClient client, UserId userId, Purpose purpose) {
        OpaqueToken token = OpaqueToken.create(OpaqueToken.Kind.ONE_TIME, userId);
        Tuple parameters = Tuple.of(
                userId.value(),
                token.hash(),
                purpose.name(),
                (double) purpose.lifetime().toSeconds(),
                (double) purpose.pause.toSeconds());
        return Rows.first(
                client,
                ISSUE_FOR_MAIL,
                parameters,
                row -> new Issued(
                        token.encoded(),
                        row.get(OffsetDateTime.class, "expires_at").toInstant()));
    }

    private static final String DISCARD_ALL = """
            DELETE FROM one_time_tokens
             WHERE user_id = $1
            """;

    /** Makes every token of a user useless, whatever for; how many there were. */
    public Future<Integer> discardAll(SqlClient client, UserId userId) {
        return Rows.change(client, DISCARD_ALL, Tuple.of(userId.value()));
    }

    private static final String FIND = """
            SELECT email
              FROM one_time_tokens
             WHERE user_id = $1 AND hash = $2 AND purpose = $3 AND expires_at > now()
            """;

    /**
     * What a token proves, without using it up.
     *
     * @param token whatever a client sent
     * @return empty when it is not good: none of ours, for another purpose, used, replaced, or too old
     */
    public Future<Optional<Proof>> find(SqlClient client, String token, Purpose purpose) {
        return ask(client, FIND, token, purpose);
    }

    private static final String USE = """
            DELETE FROM one_time_tokens
             WHERE user_id = $1 AND hash = $2 AND purpose = $3 AND expires_at > now()
            RETURNING email
            """;

    /**
     * Uses a token up. Of many who try one at once, exactly one gets its proof. Inside a transaction it is used with what
     * else is done there, or not at all.
     *
     * @param token whatever a client sent
     * @return empty when it is not good, as for {@link #find}
     */
    public Future<Optional<Proof>> use(SqlClient client, String token, Purpose purpose) {
        return ask(client, USE, token, purpose);
    }

    private static Future<Optional<Proof>> ask(SqlClient client, String sql, String text, Purpose purpose) {
        Optional<OpaqueToken> decoded = OpaqueToken.decode(OpaqueToken.Kind.ONE_TIME, text);
        if (decoded.isEmpty()) {
            return Future.succeededFuture(Optional.empty());
        }
        OpaqueToken token = decoded.get();
        return Rows.first(
                client,
                sql,
                Tuple.of(token.userId().value(), token.hash(), purpose.name()),
                row -> new Proof(token.userId(), row.getString("email")));
    }

    private static final String FORGET_ALL = """
            DELETE FROM public.one_time_tokens
            """;

    /** A token may have been used since. */
    public static final AfterRestore AFTER_RESTORE = new AfterRestore("one_time_tokens", "hash", FORGET_ALL);

    private static final String FORGET_OUTDATED = """
            DELETE FROM one_time_tokens
             WHERE (user_id, hash) IN (
                   SELECT user_id, hash
                     FROM one_time_tokens
                    WHERE user_id = ANY ($1) AND expires_at <= now() - interval '1 day'
                    LIMIT $2)
            """;

    /** Tokens that have expired. */
    public static final Outdated OUTDATED = new Outdated(FORGET_OUTDATED);
}
