package org.expirytracker.credentials;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.db.SqlFailures;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.UserId;

/** SQL of the table {@code credential_guards}. $1 is always the subject: the user, or whom a name stands for. */
final class CredentialGuardRepository {

    // Of many at once each waits for the row and then sees the failures of those before it. Somebody who began before
    // the row was blocked sees the block as well, because it ends after their own now().
    private static final String TAKE = """
            INSERT INTO credential_guards (subject_id, kind, user_id, failures, last_tried_at)
            VALUES ($1, $2, $3, 1, now())
            ON CONFLICT (subject_id, kind) DO UPDATE
               SET failures = credential_guards.failures + 1,
                   last_tried_at = excluded.last_tried_at,
                   blocked_until = (excluded.last_tried_at AT TIME ZONE 'UTC' + CASE
                       WHEN credential_guards.failures + 1 < 3 THEN NULL
                       WHEN credential_guards.failures + 1 < 10
                       THEN interval '1 second' * 2 ^ (credential_guards.failures + 1 - 3)
                       ELSE least(
                           interval '15 minutes' * 2 ^ least(credential_guards.failures + 1 - 10, 7),
                           interval '24 hours') END) AT TIME ZONE 'UTC'
             WHERE credential_guards.blocked_until IS NULL OR credential_guards.blocked_until <= excluded.last_tried_at
            RETURNING failures
            """;

    private static final String BLOCKED_UNTIL = """
            SELECT greatest(max(blocked_until), now()) AS blocked_until
              FROM credential_guards
             WHERE subject_id = $1 AND kind = $2
            """;

    /**
     * Takes a try, which counts as failed until it is given back or the count is set back.
     *
     * @return empty when a try was taken; otherwise the instant from which the next one can be; fails as {@link #isGone}
     *     knows when the user was deleted
     */
    Future<Optional<Instant>> take(SqlClient client, CredentialGuards.Kind kind, Subject subject) {
        Tuple parameters = Tuple.of(
                subject.id(), kind.name(), subject.user().map(UserId::value).orElse(null));
        return Rows.first(client, TAKE, parameters, row -> row.getInteger("failures"))
                .compose(taken -> taken.isPresent()
                        ? Future.succeededFuture(Optional.empty())
                        : blockedUntil(client, kind, subject));
    }

    /** The instant from which the next try can be: now when nothing is counted. */
    Future<Optional<Instant>> blockedUntil(SqlClient client, CredentialGuards.Kind kind, Subject subject) {
        return Rows.first(
                client,
                BLOCKED_UNTIL,
                key(kind, subject),
                row -> row.get(OffsetDateTime.class, "blocked_until").toInstant());
    }

    /** Whether a try could not be taken because the user was deleted in the meantime. */
    static boolean isGone(Throwable failure) {
        return SqlFailures.violates(failure, "credential_guards_user_id_fkey");
    }

    private static final String GIVE_BACK = """
            UPDATE credential_guards
               SET failures = failures - 1, blocked_until = NULL
             WHERE subject_id = $1 AND kind = $2 AND failures > 0
            """;

    /** Gives a try back that found nothing out. */
    Future<Integer> giveBack(SqlClient client, CredentialGuards.Kind kind, Subject subject) {
        return Rows.change(client, GIVE_BACK, key(kind, subject));
    }

    private static final String RESET = """
            DELETE FROM credential_guards
             WHERE subject_id = $1 AND kind = $2
            """;

    /** Forgets every failure. */
    Future<Integer> reset(SqlClient client, CredentialGuards.Kind kind, Subject subject) {
        return Rows.change(client, RESET, key(kind, subject));
    }

    private static final String ERASE = """
            DELETE FROM credential_guards
             WHERE subject_id = $1 AND kind IN (SELECT kind FROM credential_guards WHERE subject_id = $1 LIMIT $2)
            """;

    /** What goes with a user who leaves, whose own inventory bears their id. */
    static final Erasure ERASURE = Erasure.of(ERASE);

    private static final String FORGET_OUTDATED = """
            DELETE FROM credential_guards
             WHERE (subject_id, kind) IN (
                   SELECT subject_id, kind
                     FROM credential_guards
                    WHERE last_tried_at < now() - interval '30 days'
                    ORDER BY last_tried_at
                    LIMIT $1)
            """;

    /** Forgets the failures of whomever that are older than any block. */
    static final Job JANITOR = Job.deleting("forget-failures", Duration.ofHours(1), FORGET_OUTDATED);

    private static Tuple key(CredentialGuards.Kind kind, Subject subject) {
        return Tuple.of(subject.id(), kind.name());
    }
}
