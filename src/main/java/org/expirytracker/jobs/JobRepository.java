package org.expirytracker.jobs;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.db.Rows;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the table {@code jobs}. All times are the database's. A row is due from {@code due_at} on, at infinity by an
 * operator alone; a claim puts that off to its own end, so that whatever becomes of the node, the job comes due again.
 */
public final class JobRepository {

    /** After how many tries in a row that failed a job is parked: after about six hours. */
    static final int MOST_TRIES = 12;

    private static final int MOST_LISTED = 1_000;
    private static final int ERROR_LENGTH = 500;

    /**
     * A job as it stands.
     *
     * @param dueAt of the next run, or until when it is claimed; null when it is parked
     * @param running whether a node has claimed it
     * @param tries since it was last done
     * @param error what was wrong the last time; null when nothing is
     * @param doneAt when it was last done; null for not yet
     */
    public record Standing(
            String kind,
            @Nullable Instant dueAt,
            boolean running,
            int tries,
            @Nullable String error,
            @Nullable Instant firstFailedAt,
            @Nullable Instant lastFailedAt,
            @Nullable Instant doneAt) {}

    /**
     * How much there is to do.
     *
     * @param lagSeconds since when the oldest that is due waits
     * @param waiting those that failed and are to be tried again
     */
    record Backlog(int due, double lagSeconds, int waiting, int parked) {}

    /**
     * A job that was claimed.
     *
     * @param tenantId whose data it is about; the nil id for the whole installation
     * @param objectId what of theirs; the nil id for the whole
     * @param claimId tells this claim from every other
     * @param parked whether it is not to be done, because it was tried too often by nodes that ended in the middle
     */
    record Claimed(UUID tenantId, String kind, UUID objectId, UUID claimId, boolean parked) {

        private Tuple key() {
            return Tuple.of(tenantId, kind, objectId, claimId);
        }
    }

    private static final String ADD = """
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            SELECT '00000000-0000-0000-0000-000000000000'::uuid, told.kind, '00000000-0000-0000-0000-000000000000'::uuid, now()
              FROM unnest($1::text[]) AS told (kind)
                ON CONFLICT (tenant_id, kind, object_id) DO NOTHING
            """;

    /** Adds jobs of the whole installation that are not there yet; they are due at once. */
    Future<Integer> add(SqlClient client, Collection<String> kinds) {
        return Rows.change(client, ADD, kinds(kinds));
    }

    private static Tuple kinds(Collection<String> kinds) {
        return Tuple.tuple().addArrayOfString(kinds.toArray(String[]::new));
    }

    // Whoever ends a claim takes its id away: where it still stands, the node ended in the middle.
    private static final String CLAIM = """
            WITH due AS (
                SELECT tenant_id, kind, object_id, claim_id IS NOT NULL AS died,
                       claim_id IS NOT NULL AND tries >= $4 AS parked
                  FROM jobs
                 WHERE kind = ANY ($1) AND due_at <= now()
                 ORDER BY due_at
                 LIMIT 1
                   FOR UPDATE SKIP LOCKED
            )
            UPDATE jobs
               SET claim_id = CASE WHEN due.parked THEN NULL ELSE $2::uuid END,
                   due_at = CASE WHEN due.parked THEN 'infinity' ELSE now() + make_interval(secs => $3) END,
                   tries = least(jobs.tries + CASE WHEN due.parked THEN 0 ELSE 1 END, 1000),
                   error = CASE WHEN due.died THEN 'The node that did it ended in the middle' ELSE jobs.error END,
                   first_failed_at = CASE WHEN due.died THEN coalesce(jobs.first_failed_at, now())
                                          ELSE jobs.first_failed_at END,
                   last_failed_at = CASE WHEN due.died THEN now() ELSE jobs.last_failed_at END
              FROM due
             WHERE jobs.tenant_id = due.tenant_id AND jobs.kind = due.kind AND jobs.object_id = due.object_id
            RETURNING jobs.tenant_id, jobs.kind, jobs.object_id, due.parked
            """;

    /**
     * Claims the job that has been due for longest.
     *
     * @param kinds those that this node can do
     * @param lease for how long, unless it is held
     * @return empty when none is due
     */
    Future<Optional<Claimed>> claim(SqlClient client, Collection<String> kinds, Duration lease) {
        UUID claim = UUID.randomUUID();
        Tuple parameters = kinds(kinds).addUUID(claim).addDouble(seconds(lease)).addInteger(MOST_TRIES);
        return Rows.first(
                client,
                CLAIM,
                parameters,
                row -> new Claimed(
                        row.getUUID("tenant_id"),
                        row.getString("kind"),
                        row.getUUID("object_id"),
                        claim,
                        row.getBoolean("parked")));
    }

    private static double seconds(Duration duration) {
        return duration.toMillis() / 1_000.0;
    }

    private static final String HOLD = """
            UPDATE jobs
               SET due_at = now() + make_interval(secs => $5)
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** Makes a claim last longer; whether it still holds. */
    Future<Boolean> hold(SqlClient client, Claimed claimed, Duration lease) {
        return Rows.change(client, HOLD, claimed.key().addDouble(seconds(lease)))
                .map(held -> held == 1);
    }

    private static final String DONE = """
            UPDATE jobs
               SET claim_id = NULL, tries = 0, error = NULL, first_failed_at = NULL, last_failed_at = NULL,
                   done_at = now(), due_at = now() + make_interval(secs => $5)
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** Notes that a job was done. */
    Future<Integer> done(SqlClient client, Claimed claimed, Duration every) {
        return Rows.change(client, DONE, claimed.key().addDouble(seconds(every)));
    }

    private static final String GIVE_BACK = """
            UPDATE jobs
               SET claim_id = NULL, tries = greatest(tries - 1, 0), due_at = now()
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** Leaves a job that is not done to whichever node looks next. */
    Future<Integer> giveBack(SqlClient client, Claimed claimed) {
        return Rows.change(client, GIVE_BACK, claimed.key());
    }

    private static final String FAILED = """
            UPDATE jobs
               SET claim_id = NULL, error = $5, first_failed_at = coalesce(first_failed_at, now()),
                   last_failed_at = now(),
                   due_at = CASE WHEN tries >= $6 THEN 'infinity'
                                 ELSE now() + least(power(2, tries - 1), 60) * interval '1 minute' END
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            RETURNING due_at = 'infinity' AS parked
            """;

    /**
     * Notes that a job failed: it is tried again after one minute, two, four and so on, at most an hour, and then parked.
     *
     * @return whether it is parked now; empty when another node has taken over
     */
    Future<Optional<Boolean>> failed(SqlClient client, Claimed claimed, Throwable failure) {
        String text = textOf(failure);
        return Rows.first(
                client, FAILED, claimed.key().addString(text).addInteger(MOST_TRIES), row -> row.getBoolean("parked"));
    }

    /** What was wrong, in a few words without the row in question. */
    private static String textOf(Throwable failure) {
        String text = failure instanceof PgException refused
                ? refused.getErrorMessage() + " (" + refused.getSqlState() + ")"
                : String.valueOf(failure.getMessage());
        return text.length() > ERROR_LENGTH ? text.substring(0, ERROR_LENGTH - 1) + "…" : text;
    }

    private static final String RETRY = """
            UPDATE jobs
               SET due_at = now()
             WHERE tries > 0 AND claim_id IS NULL AND ($1::text IS NULL OR kind = $1)
            """;

    /**
     * Has jobs that failed tried again at the next look of any node, also parked ones: of which another failure parks them
     * again.
     *
     * @param kind null for all
     * @return how many there are
     */
    public Future<Integer> retry(SqlClient client, @Nullable String kind) {
        return Rows.change(client, RETRY, Tuple.of(kind));
    }

    private static final String LIST = """
            SELECT kind, nullif(due_at, 'infinity') AS due_at, claim_id IS NOT NULL AS running, tries, error,
                   first_failed_at, last_failed_at, done_at
              FROM jobs
             ORDER BY kind, tenant_id, object_id
             LIMIT $1
            """;

    /** All jobs by kind; at most {@value #MOST_LISTED}. */
    public Future<List<Standing>> list(SqlClient client) {
        return Rows.list(
                client,
                LIST,
                Tuple.of(MOST_LISTED),
                row -> new Standing(
                        row.getString("kind"),
                        instant(row, "due_at"),
                        row.getBoolean("running"),
                        row.getInteger("tries"),
                        row.getString("error"),
                        instant(row, "first_failed_at"),
                        instant(row, "last_failed_at"),
                        instant(row, "done_at")));
    }

    private static final String BACKLOG = """
            SELECT count(*) FILTER (WHERE due_at <= now())::integer AS due,
                   coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now())), 0)::double precision
                       AS lag_seconds,
                   count(*) FILTER (WHERE error IS NOT NULL AND due_at < 'infinity')::integer AS waiting,
                   count(*) FILTER (WHERE due_at = 'infinity')::integer AS parked
              FROM jobs
             WHERE kind = ANY ($1)
            """;

    Future<Backlog> backlog(SqlClient client, Collection<String> kinds) {
        return Rows.first(
                        client,
                        BACKLOG,
                        kinds(kinds),
                        row -> new Backlog(
                                row.getInteger("due"),
                                row.getDouble("lag_seconds"),
                                row.getInteger("waiting"),
                                row.getInteger("parked")))
                .map(Optional::orElseThrow);
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.get(OffsetDateTime.class, column);
        return at == null ? null : at.toInstant();
    }
}
