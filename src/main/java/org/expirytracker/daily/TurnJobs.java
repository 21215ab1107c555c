package org.expirytracker.daily;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.Problem;
import org.expirytracker.notifications.ExpiryNotices;

/**
 * The jobs of what could not be done in the turn of a day: an inventory's day, and an item of which nobody could be
 * notified. Each is tried again after a minute and after ten more, then parked until an operator wants it tried again, or,
 * for an item, until the item is changed. Nothing of it is lost meanwhile: the day stays due, and an item's notice is of
 * what has come due until then.
 */
public final class TurnJobs {

    /** The kind of the jobs of a day; their tenant is the inventory. */
    public static final String TURN = "turn";

    static final Job.Retries RETRIES = Job.Retries.minutes(3, 1, 10);

    /** While someone else changes the inventory, or the database does not answer. */
    static final Duration WHILE_BUSY = Duration.ofSeconds(5);

    /** While the inventory's days do not turn. */
    static final Duration WHILE_AT_REST = Duration.ofHours(1);

    private TurnJobs() {}

    /**
     * The jobs.
     *
     * @param liveFeed wakes the subscribers of users whose day was turned
     */
    public static List<Job> of(Vertx vertx, LiveFeed liveFeed) {
        return List.of(
                job(TURN, vertx, liveFeed, DailyRun::turnAgain),
                job(ExpiryNotices.KIND, vertx, liveFeed, DailyRun::notifyAgain),
                new Job("take-over-from-former-release", Duration.ofMinutes(10), TurnJobs::takeOver));
    }

    private static Job job(String kind, Vertx vertx, LiveFeed liveFeed, BiConsumer<DailyRun, Lease> work) {
        return Job.once(kind, RETRIES, 1, lease -> {
            try {
                work.accept(new DailyRun(vertx, lease.database(), new ActivityLog(lease.database(), liveFeed)), lease);
            } catch (Problem problem) {
                if (problem.code() != Problem.Code.UNAVAILABLE) {
                    throw problem;
                }
                lease.postpone(WHILE_BUSY);
            }
        });
    }

    // What has been due for so long has no node of that release at it any more.
    private static final String TAKE_OVER_TURNS = """
            WITH former AS (
                DELETE FROM stuck_turns
                 WHERE retry_at = 'infinity' OR retry_at < now() - interval '1 minute'
             RETURNING user_id, retry_at, tries, error, first_failed_at, last_failed_at
            )
            INSERT INTO jobs (tenant_id, kind, object_id, due_at, tries, error, first_failed_at, last_failed_at)
            SELECT user_id, 'turn', '00000000-0000-0000-0000-000000000000'::uuid, retry_at, tries, error, first_failed_at,
                   last_failed_at
              FROM former
                ON CONFLICT (tenant_id, kind, object_id) DO NOTHING
            """;

    private static final String TAKE_OVER_ITEMS = """
            WITH former AS (
                DELETE FROM stuck_items
                 WHERE retry_at = 'infinity' OR retry_at < now() - interval '1 minute'
             RETURNING user_id, item_id, retry_at, tries, error, first_failed_at, last_failed_at
            )
            INSERT INTO jobs (tenant_id, kind, object_id, due_at, tries, error, first_failed_at, last_failed_at)
            SELECT user_id, 'notice', item_id, retry_at, tries, error, first_failed_at, last_failed_at
              FROM former
                ON CONFLICT (tenant_id, kind, object_id) DO NOTHING
            """;

    private static final String TAKE_OVER_DIGESTS = """
            WITH former AS (
                UPDATE reminder_settings
                   SET digest_due_at = NULL, digest_tries = 0
                 WHERE digest_due_at < now() - interval '1 minute'
             RETURNING user_id
            )
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            SELECT user_id, 'digest', '00000000-0000-0000-0000-000000000000'::uuid, now()
              FROM former
                ON CONFLICT (tenant_id, kind, object_id) DO NOTHING
            """;

    /** Makes jobs of what nodes of the release before left behind. Goes with the next release, and so do these tables. */
    private static void takeOver(Lease lease) {
        for (String statement : List.of(TAKE_OVER_TURNS, TAKE_OVER_ITEMS, TAKE_OVER_DIGESTS)) {
            Rows.change(lease.client(), statement, Tuple.tuple()).await();
            if (!lease.goesOn()) {
                return;
            }
        }
    }
}
