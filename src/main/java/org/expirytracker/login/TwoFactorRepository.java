package org.expirytracker.login;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.Optional;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.EncryptedColumn;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;
import org.expirytracker.users.User;
import org.expirytracker.users.UserRepository;

/** SQL of the columns {@code two_factor_…} of the table {@code users}. $1 is always the user. */
public final class TwoFactorRepository {

    /** The column in which a secret is kept encrypted, as it is bound to it. */
    public static final String SECRET = "users.two_factor_secret";

    private static final String LIST_FORMER = """
            SELECT id AS tenant_id, id, two_factor_secret AS encrypted
              FROM users
             WHERE (id, id) > ($1, $2) AND two_factor_secret IS NOT NULL
               AND substring(two_factor_secret FROM 1 FOR 4) <> $3
             ORDER BY id
             LIMIT $4
            """;

    private static final String REPLACE = """
            UPDATE users
               SET two_factor_secret = renewed.encrypted
              FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])
                   AS renewed (user_id, id, former, encrypted)
             WHERE users.id = renewed.user_id AND users.two_factor_secret = renewed.former
            """;

    private static final String COUNT_BY_KEY = """
            SELECT encode(substring(two_factor_secret FROM 1 FOR 4), 'hex') AS key, count(*)::integer AS secrets
              FROM users
             WHERE two_factor_secret IS NOT NULL
             GROUP BY key
            """;

    /** For the exchange of keys. */
    public static final EncryptedColumn ENCRYPTED =
            new EncryptedColumn(SecretKeys.Owner.USER, SECRET, LIST_FORMER, REPLACE, COUNT_BY_KEY);

    private static final String FIND_SECRET = """
            SELECT two_factor_secret
              FROM users
             WHERE id = $1 AND two_factor_secret IS NOT NULL
            """;

    /** A user's secret, encrypted; also one that is not confirmed yet. */
    Future<Optional<Buffer>> findSecret(SqlClient client, UserId userId) {
        return Rows.first(client, FIND_SECRET, Tuple.of(userId.value()), row -> row.getBuffer("two_factor_secret"));
    }

    private static final String PREPARE = """
            UPDATE users
               SET two_factor_secret = $2, two_factor_last_step = NULL
             WHERE id = $1 AND NOT two_factor_enabled
            """;

    /** Keeps a secret that is still to be confirmed, in place of any former such one. */
    Future<Integer> prepare(SqlClient client, UserId userId, Buffer encrypted) {
        return Rows.change(client, PREPARE, Tuple.of(userId.value(), encrypted));
    }

    private static final String TAKE_STEP = """
            UPDATE users
               SET two_factor_last_step = $2
             WHERE id = $1 AND two_factor_secret IS NOT NULL
               AND (two_factor_last_step IS NULL OR two_factor_last_step < $2)
            """;

    /** Takes the code of a step. Of many who try at once exactly one succeeds, and none after the code of a later step. */
    Future<Boolean> takeStep(SqlClient client, UserId userId, long step) {
        return Rows.change(client, TAKE_STEP, Tuple.of(userId.value(), step)).map(taken -> taken == 1);
    }

    private static final String TURN_ON = """
            UPDATE users
               SET two_factor_enabled = true, version = version + 1, updated_at = now()
             WHERE id = $1
            RETURNING\s""" + UserRepository.COLUMNS;

    /** Asks for a code at every login from now on. */
    Future<User> turnOn(SqlClient client, UserId userId) {
        return Rows.first(client, TURN_ON, Tuple.of(userId.value()), UserRepository::toUser)
                .map(Optional::orElseThrow);
    }

    private static final String TURN_OFF = """
            UPDATE users
               SET two_factor_enabled = false, two_factor_secret = NULL, two_factor_last_step = NULL,
                   version = version + 1, updated_at = now()
             WHERE id = $1
            RETURNING\s""" + UserRepository.COLUMNS;

    /** Asks for no code any more, and forgets the secret. */
    public Future<User> turnOff(SqlClient client, UserId userId) {
        return Rows.first(client, TURN_OFF, Tuple.of(userId.value()), UserRepository::toUser)
                .map(Optional::orElseThrow);
    }

    private static final String TAKE_PRESENT_STEP = """
            WITH clock AS MATERIALIZED (
                SELECT extract(epoch FROM clock_timestamp())::bigint / 30 AS step
            )
            UPDATE public.users
               SET two_factor_last_step = greatest(two_factor_last_step, clock.step)
              FROM clock
             WHERE two_factor_secret IS NOT NULL
            """;

    /** The code of a step may have been used since: only those of later steps work. */
    public static final AfterRestore AFTER_RESTORE =
            new AfterRestore("users", "two_factor_last_step", TAKE_PRESENT_STEP);
}
