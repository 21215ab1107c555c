package org.expirytracker.jobs;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the table {@code jobs}. All times are the database's. A row is due from {@code due_at} on, at infinity by an
 * operator alone; a claim puts that off to its own end, so that whatever becomes of the node, the job comes due again.
 */
public final class JobRepository {

    /** In the place of a tenant, the whole installation; in the place of an object, the whole of a tenant's. */
    public static final UUID WHOLE = new UUID(0, 0);

    private static final int MOST_LISTED = 1_000;
    private static final int ERROR_LENGTH = 500;

    private static final String ERASE = """
            DELETE FROM jobs
             WHERE tenant_id = $1
               AND (kind, object_id) IN (SELECT kind, object_id FROM jobs WHERE tenant_id = $1 LIMIT $2)
            """;

    /** What goes of this room with a tenant. */
    public static final Erasure ERASURE = Erasure.of(ERASE);

    /**
     * The end of a statement that inserts jobs: of one that is there already, what is added is part of its next run. One
     * that is under way runs once more when it is done; one that failed keeps its pause.
     */
    public static final String OR_ONCE_MORE = """
                ON CONFLICT (tenant_id, kind, object_id) DO UPDATE
               SET again = jobs.claim_id IS NOT NULL,
                   due_at = CASE WHEN jobs.claim_id IS NULL AND jobs.tries = 0 THEN excluded.due_at ELSE jobs.due_at END
            """;

    /**
     * A job as it stands.
     *
     * @param tenantId whose data it is about; {@link #WHOLE} for the whole installation
     * @param objectId what of theirs; {@link #WHOLE} for the whole
     * @param dueAt of the next run, or until when it is claimed; null when it is parked
     * @param running whether a node has claimed it
     * @param tries since it was last done
     * @param error what was wrong the last time; null when nothing is
     * @param doneAt when it was last done; null for not yet
     */
    public record Standing(
            UUID tenantId,
            String kind,
            UUID objectId,
            @Nullable Instant dueAt,
            boolean running,
            int tries,
            @Nullable String error,
            @Nullable Instant firstFailedAt,
            @Nullable Instant lastFailedAt,
            @Nullable Instant doneAt) {}

    /**
     * How much there is to do of a kind.
     *
     * @param lagSeconds since when the oldest that is due waits
     * @param waiting those that failed and are to be tried again
     */
    public record Backlog(String kind, int due, double lagSeconds, int waiting, int parked) {}

    /**
     * A job that was claimed.
     *
     * @param claimId of this claim and no other
     * @param tries since it was last done, with this one
     * @param died whether a node ended in the middle of the one before
     */
    record Claimed(UUID tenantId, String kind, UUID objectId, UUID claimId, int tries, boolean died) {

        private Tuple key() {
            return Tuple.of(tenantId, kind, objectId, claimId);
        }
    }

    private static final String ADD_RECURRING = """
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            SELECT '00000000-0000-0000-0000-000000000000'::uuid, added.kind, '00000000-0000-0000-0000-000000000000'::uuid, now()
              FROM unnest($1::text[]) AS added (kind)
                ON CONFLICT (tenant_id, kind, object_id) DO NOTHING
            """;

    /** Adds jobs of the whole installation that are not there yet; they are due at once. */
    Future<Integer> addRecurring(SqlClient client, Collection<String> kinds) {
        return Rows.change(client, ADD_RECURRING, kinds(kinds));
    }

    private static Tuple kinds(Collection<String> kinds) {
        return Tuple.tuple().addArrayOfString(kinds.toArray(String[]::new));
    }

    private static final String END_RECURRING = """
            DELETE FROM jobs
             WHERE tenant_id = '00000000-0000-0000-0000-000000000000' AND kind = $1 AND claim_id IS NULL
            """;

    /** Takes away a job of the whole installation that is not wanted any more, unless a node is at it. */
    public Future<Integer> endRecurring(SqlClient client, String kind) {
        return Rows.change(client, END_RECURRING, Tuple.of(kind));
    }

    private static final String ADD_FAILED = """
            INSERT INTO jobs (tenant_id, kind, object_id, due_at, tries, error, first_failed_at, last_failed_at)
            SELECT $1::uuid, $2::text, failed.object_id, now() + make_interval(secs => $5), 1, failed.error, now(), now()
              FROM unnest($3::uuid[], $4::text[]) AS failed (object_id, error)
                ON CONFLICT (tenant_id, kind, object_id) DO NOTHING
            """;

    /**
     * Adds what was tried without a job and failed: that was the first try. What has such a job already keeps it.
     *
     * @param errors by what of the tenant's it is about, why: see {@link #textOf}
     * @return how many were added
     */
    public Future<Integer> addFailed(
            SqlClient client, UUID tenantId, String kind, Job.Retries retries, Map<UUID, String> errors) {
        Tuple parameters = Tuple.of(tenantId, kind)
                .addArrayOfUUID(errors.keySet().toArray(UUID[]::new))
                .addArrayOfString(errors.values().toArray(String[]::new))
                .addDouble(seconds(retries.pauses().getFirst()));
        return errors.isEmpty() ? Future.succeededFuture(0) : Rows.change(client, ADD_FAILED, parameters);
    }

    /** How many of the jobs that are due are looked at first: those before the first that is free are few. */
    private static final int FEW = 10;

    private static final String DUE = """
            SELECT tenant_id, object_id
              FROM jobs
             WHERE kind = $1 AND due_at <= now()
             ORDER BY due_at
             LIMIT $2
            """;

    // Whoever ends a claim takes its id away: where it still stands, the node ended in the middle.
    private static final String CLAIM = """
            WITH due AS (
                SELECT claim_id IS NOT NULL AS died
                  FROM jobs
                 WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND due_at <= now()
                   FOR UPDATE SKIP LOCKED
            )
            UPDATE jobs
               SET claim_id = $4, due_at = now() + make_interval(secs => $5), again = false,
                   tries = least(jobs.tries + 1, 1000)
              FROM due
             WHERE jobs.tenant_id = $1 AND jobs.kind = $2 AND jobs.object_id = $3
            RETURNING jobs.tries, due.died
            """;

    /**
     * Claims the job of a kind that has been due for longest, of those at which nobody else is.
     *
     * @param lease for how long, unless it is held
     * @return empty when none is due
     */
    Future<Optional<Claimed>> claim(SqlClient client, String kind, Duration lease) {
        return claim(client, kind, lease, FEW);
    }

    private record Due(UUID tenantId, UUID objectId) {}

    private static Future<Optional<Claimed>> claim(SqlClient client, String kind, Duration lease, int most) {
        return Rows.list(
                        client,
                        DUE,
                        Tuple.of(kind, most),
                        row -> new Due(row.getUUID("tenant_id"), row.getUUID("object_id")))
                .compose(due -> claimFirst(client, kind, lease, due)
                        .compose(claimed -> claimed.isPresent() || due.size() < most
                                ? Future.succeededFuture(claimed)
                                : claim(client, kind, lease, most * 10)));
    }

    /** Claims the first that is still due and that nobody else holds. */
    private static Future<Optional<Claimed>> claimFirst(SqlClient client, String kind, Duration lease, List<Due> due) {
        if (due.isEmpty()) {
            return Future.succeededFuture(Optional.empty());
        }
        Due first = due.getFirst();
        UUID claim = UUID.randomUUID();
        return Rows.first(
                        client,
                        CLAIM,
                        Tuple.of(first.tenantId, kind, first.objectId, claim, seconds(lease)),
                        row -> new Claimed(
                                first.tenantId,
                                kind,
                                first.objectId,
                                claim,
                                row.getInteger("tries"),
                                row.getBoolean("died")))
                .compose(claimed -> claimed.isPresent()
                        ? Future.succeededFuture(claimed)
                        : claimFirst(client, kind, lease, due.subList(1, due.size())));
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

    private static final String RECOVERED = """
            UPDATE jobs
               SET tries = 1, error = NULL, first_failed_at = NULL, last_failed_at = NULL
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** Forgets what failed before a claim. */
    Future<Integer> recovered(SqlClient client, Claimed claimed) {
        return Rows.change(client, RECOVERED, claimed.key());
    }

    private static final String DONE = """
            UPDATE jobs
               SET claim_id = NULL, tries = 0, error = NULL, first_failed_at = NULL, last_failed_at = NULL,
                   done_at = now(), due_at = now() + make_interval(secs => $5)
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** Notes that a job was done; one that does not recur goes, unless it was added again meanwhile. */
    Future<Integer> done(SqlClient client, Claimed claimed, @Nullable Duration every) {
        if (every != null) {
            return Rows.change(client, DONE, claimed.key().addDouble(seconds(every)));
        }
        return end(client, claimed)
                .compose(ended -> ended ? Future.succeededFuture(1) : Rows.change(client, ONCE_MORE, claimed.key()));
    }

    private static final String END = """
            DELETE FROM jobs
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4 AND NOT again
            """;

    private static final String ONCE_MORE = """
            UPDATE jobs
               SET claim_id = NULL, again = false, tries = 0, error = NULL, first_failed_at = NULL, last_failed_at = NULL,
                   due_at = now()
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** Lets a job go that was not added again; whether it is gone. */
    Future<Boolean> end(SqlClient client, Claimed claimed) {
        return Rows.change(client, END, claimed.key()).map(ended -> ended == 1);
    }

    private static final String POSTPONE = """
            UPDATE jobs
               SET claim_id = NULL, tries = greatest(tries - 1, 0), due_at = now() + make_interval(secs => $5)
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** Leaves a job that is not done to whichever node looks then. */
    Future<Integer> postpone(SqlClient client, Claimed claimed, Duration pause) {
        return Rows.change(client, POSTPONE, claimed.key().addDouble(seconds(pause)));
    }

    private static final String POSTPONE_TO = """
            UPDATE jobs
               SET claim_id = NULL, tries = greatest(tries - 1, 0), due_at = $5
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** As {@link #postpone(SqlClient, Claimed, Duration)}, until a moment. */
    Future<Integer> postpone(SqlClient client, Claimed claimed, Instant moment) {
        return Rows.change(client, POSTPONE_TO, claimed.key().addOffsetDateTime(moment.atOffset(ZoneOffset.UTC)));
    }

    private static final String DIED = """
            UPDATE jobs
               SET error = $5, first_failed_at = least(first_failed_at, now()), last_failed_at = now()
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /** Notes why a job that is claimed now was not done before. */
    Future<Integer> died(SqlClient client, Claimed claimed, String error) {
        return Rows.change(client, DIED, claimed.key().addString(error));
    }

    private static final String FAILED = """
            UPDATE jobs
               SET claim_id = NULL, error = $5, first_failed_at = least(first_failed_at, now()),
                   last_failed_at = now(), due_at = now() + make_interval(secs => $6)
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    private static final String PARK = """
            UPDATE jobs
               SET claim_id = NULL, error = $5, first_failed_at = least(first_failed_at, now()),
                   last_failed_at = now(), due_at = 'infinity'
             WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND claim_id = $4
            """;

    /**
     * Notes that a job failed.
     *
     * @param pause until the next try; null parks it
     * @return false when another node has taken over
     */
    Future<Boolean> failed(SqlClient client, Claimed claimed, String error, @Nullable Duration pause) {
        Tuple parameters = claimed.key().addString(error);
        Future<Integer> noted = pause == null
                ? Rows.change(client, PARK, parameters)
                : Rows.change(client, FAILED, parameters.addDouble(seconds(pause)));
        return noted.map(rows -> rows == 1);
    }

    /** What was wrong, in a few words without the row in question. */
    public static String textOf(Throwable failure) {
        String text = failure instanceof PgException refused
                ? refused.getErrorMessage() + " (" + refused.getSqlState() + ")"
                : String.valueOf(failure.getMessage());
        return text.length() > ERROR_LENGTH ? text.substring(0, ERROR_LENGTH - 1) + "…" : text;
    }

    private static final String RETRY = """
            UPDATE jobs
               SET due_at = now()
             WHERE tries > 0 AND claim_id IS NULL
               AND ($1::text IS NULL OR kind = $1) AND ($2::uuid IS NULL OR tenant_id = $2 OR object_id = $2)
            """;

    /**
     * Has jobs that failed tried again at the next look of any node, also parked ones: of which another failure parks them
     * again.
     *
     * @param kind null for all
     * @param id of a tenant, or of what of theirs it is about; null for all
     * @return how many there are
     */
    public Future<Integer> retry(SqlClient client, @Nullable String kind, @Nullable UUID id) {
        return Rows.change(client, RETRY, Tuple.of(kind, id));
    }

    private static final String LIST = """
            SELECT tenant_id, kind, object_id, nullif(due_at, 'infinity') AS due_at, claim_id IS NOT NULL AS running, tries,
                   error, first_failed_at, last_failed_at, done_at
              FROM jobs
             WHERE error IS NOT NULL OR tenant_id = '00000000-0000-0000-0000-000000000000'
             ORDER BY tenant_id <> '00000000-0000-0000-0000-000000000000', first_failed_at, kind, tenant_id, object_id
             LIMIT $1
            """;

    /**
     * Jobs of the whole installation and those that failed, the oldest failures first; at most {@value #MOST_LISTED}.
     * Others are only counted.
     */
    public Future<List<Standing>> list(SqlClient client) {
        return Rows.list(client, LIST, Tuple.of(MOST_LISTED), JobRepository::standing);
    }

    private static final String RECURRING = """
            SELECT tenant_id, kind, object_id, nullif(due_at, 'infinity') AS due_at, claim_id IS NOT NULL AS running, tries,
                   error, first_failed_at, last_failed_at, done_at
              FROM jobs
             WHERE tenant_id = '00000000-0000-0000-0000-000000000000' AND kind = ANY ($1)
            """;

    /** How recurring jobs of the whole installation stand, by kind; of those that no node has had yet, nothing. */
    public Future<Map<String, Standing>> recurring(SqlClient client, Collection<String> kinds) {
        return Rows.map(client, RECURRING, kinds(kinds), row -> row.getString("kind"), JobRepository::standing);
    }

    private static Standing standing(Row row) {
        return new Standing(
                row.getUUID("tenant_id"),
                row.getString("kind"),
                row.getUUID("object_id"),
                instant(row, "due_at"),
                row.getBoolean("running"),
                row.getInteger("tries"),
                row.getString("error"),
                instant(row, "first_failed_at"),
                instant(row, "last_failed_at"),
                instant(row, "done_at"));
    }

    private static final String BACKLOG = """
            SELECT wanted.kind, count(*) FILTER (WHERE due_at <= now())::integer AS due,
                   coalesce(extract(epoch FROM now() - min(due_at) FILTER (WHERE due_at <= now())), 0)::double precision
                       AS lag_seconds,
                   count(*) FILTER (WHERE error IS NOT NULL AND due_at < 'infinity')::integer AS waiting,
                   count(*) FILTER (WHERE due_at = 'infinity')::integer AS parked
              FROM unnest($1::text[]) AS wanted (kind)
              LEFT JOIN jobs ON jobs.kind = wanted.kind
             GROUP BY wanted.kind
            """;

    /** How much there is to do, of each of these kinds. */
    public Future<Map<String, Backlog>> backlog(SqlClient client, Collection<String> kinds) {
        return Rows.map(
                client,
                BACKLOG,
                kinds(kinds),
                row -> row.getString("kind"),
                row -> new Backlog(
                        row.getString("kind"),
                        row.getInteger("due"),
                        row.getDouble("lag_seconds"),
                        row.getInteger("waiting"),
                        row.getInteger("parked")));
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.get(OffsetDateTime.class, column);
        return at == null ? null : at.toInstant();
    }
}
