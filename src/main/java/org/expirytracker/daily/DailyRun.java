package org.expirytracker.daily;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.notifications.ExpiryNotices;
import org.expirytracker.notifications.UserDay;
import org.expirytracker.reports.ReportWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The turn of every user's day: tells them what has come due and writes their report, once for each local date.
 *
 * <p>Any number of nodes may run it at once. A batch of users is claimed by row locks, and everything about it happens
 * in one transaction: a node that dies leaves nothing behind and nothing out. When a day is due is told by the
 * database's clock and its time zones alone. Each day follows from the slot of the one before it, never from the
 * present, so days that were missed are made up for, one after another.
 *
 * <p>For use on one event loop.
 */
public final class DailyRun {

    private static final Logger LOG = LoggerFactory.getLogger(DailyRun.class);

    /** Most users in one transaction. */
    static final int MOST_IN_A_BATCH = 200;

    private final Database database;
    private final ActivityLog log;
    private final ExpiryNotices notices = new ExpiryNotices();
    private final ReportWriter reports = new ReportWriter();
    private int batchSize = MOST_IN_A_BATCH;
    private boolean stopping;

    /** A run over one event loop's connections. */
    public DailyRun(Database database, ActivityLog log) {
        this.database = database;
        this.log = log;
    }

    /**
     * Turns every day that is due, batch by batch, until none is left that nobody else is at.
     *
     * @return how many days were turned; fails with {@code UNAVAILABLE} when the database does not answer in time,
     *     and then the days turned until then stay turned
     */
    public Future<Integer> turnDue() {
        Promise<Integer> done = Promise.promise();
        turnMore(0, done);
        return done.future();
    }

    /** Lets a run that is under way end after its present batch, and every later one at once. */
    public void stop() {
        stopping = true;
    }

    // Not one future composed of all batches: there may be many thousands.
    private void turnMore(int turned, Promise<Integer> done) {
        if (stopping) {
            done.complete(turned);
            return;
        }
        turnBatch()
                .onComplete(
                        more -> {
                            if (more == 0) {
                                done.complete(turned);
                            } else {
                                turnMore(turned + more, done);
                            }
                        },
                        done::fail);
    }

    /** Turns the days of at most a batch of users, of each one; how many. */
    Future<Integer> turnBatch() {
        List<UserId> claimed = new ArrayList<>();
        return turn(connection -> claim(connection, batchSize), claimed)
                .onSuccess(turned -> batchSize = Math.min(batchSize * 2, MOST_IN_A_BATCH))
                .recover(failure -> {
                    if (isUnavailable(failure)) {
                        // Should it be the size of the batch that takes too long, a smaller one will not.
                        batchSize = Math.max(1, batchSize / 4);
                        return Future.failedFuture(failure);
                    }
                    if (claimed.isEmpty()) {
                        return Future.failedFuture(failure);
                    }
                    LOG.warn("A batch of {} users could not be turned; each is tried alone", claimed.size(), failure);
                    return turnEach(claimed);
                });
    }

    private Future<Integer> turnEach(List<UserId> users) {
        Future<Integer> turned = Future.succeededFuture(0);
        for (UserId user : users) {
            turned = turned.compose(before -> turnAlone(user).map(now -> before + now));
        }
        return turned;
    }

    private Future<Integer> turnAlone(UserId user) {
        return turn(connection -> claim(connection, user), new ArrayList<>()).recover(failure -> {
            if (isUnavailable(failure)) {
                return Future.failedFuture(failure);
            }
            LOG.error("The day of user {} could not be turned; it is tried again in an hour", user.value(), failure);
            return postpone(user);
        });
    }

    private static boolean isUnavailable(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Problem.Code.UNAVAILABLE;
    }

    /** One transaction; {@code claimed} is told whom it was about, even when it fails. */
    private Future<Integer> turn(Function<SqlConnection, Future<List<UserId>>> claim, List<UserId> claimed) {
        return database.transaction(connection -> claim.apply(connection).compose(users -> {
                    claimed.clear();
                    claimed.addAll(users);
                    return turn(connection, users);
                }))
                .map(users -> {
                    log.changed(users);
                    return users.size();
                });
    }

    /** Turns the days of users whose rows are locked. Those whose log someone else is changing stay due. */
    private Future<List<UserId>> turn(SqlConnection connection, List<UserId> users) {
        return users.isEmpty()
                ? Future.succeededFuture(users)
                : ActivityLog.lockFree(connection, users)
                        .compose(free -> advance(connection, free)
                                .compose(turns -> begin(connection, turns))
                                .map(free));
    }

    private static final String CLAIM = """
            SELECT id
              FROM users
             WHERE active AND next_day_at <= now()
             ORDER BY next_day_at
             LIMIT $1
               FOR NO KEY UPDATE SKIP LOCKED
            """;

    private static Future<List<UserId>> claim(SqlConnection connection, int most) {
        return Rows.list(connection, CLAIM, Tuple.of(most), DailyRun::toUserId);
    }

    private static final String CLAIM_ONE = """
            SELECT id
              FROM users
             WHERE id = $1 AND active AND next_day_at <= now()
               FOR NO KEY UPDATE SKIP LOCKED
            """;

    private static Future<List<UserId>> claim(SqlConnection connection, UserId user) {
        return Rows.list(connection, CLAIM_ONE, Tuple.of(user.value()), DailyRun::toUserId);
    }

    private static UserId toUserId(Row row) {
        return new UserId(row.getUUID("id"));
    }

    /**
     * A day that begins.
     *
     * @param begins false when it was turned before, which a change of time zone can bring about
     * @param latestDay the last day that has begun by now, which is later than the day when days were missed
     */
    private record Turn(UserDay day, boolean begins, LocalDate latestDay) {

        /** What is told after an outage is told once, and as of the present. */
        UserDay toTellOf() {
            return new UserDay(day.userId(), latestDay, day.previousDay());
        }
    }

    private static final String ADVANCE = """
            WITH slots AS (
                SELECT id, next_day_at AS slot, turn_hour, time_zone, last_day AS previous_day,
                       (next_day_at AT TIME ZONE time_zone)::date AS day,
                       (now() AT TIME ZONE time_zone - make_interval(hours => turn_hour))::date AS latest_day
                  FROM users
                 WHERE id = ANY ($1)
            )
            UPDATE users
               SET last_day = greatest(users.last_day, slots.day), next_day_at = following.begins_at
              FROM slots
             CROSS JOIN LATERAL (
                   SELECT begins_at
                     FROM generate_series(0, 3) AS ahead
                    CROSS JOIN LATERAL day_begins_at(slots.day + ahead, slots.turn_hour, slots.time_zone) AS begins_at
                    WHERE begins_at > slots.slot
                    ORDER BY begins_at
                    LIMIT 1) AS following
             WHERE users.id = slots.id
            RETURNING users.id, slots.day, slots.previous_day,
                      slots.day > coalesce(slots.previous_day, '-infinity') AS begins,
                      greatest(slots.day, slots.latest_day) AS latest_day
            """;

    private static Future<List<Turn>> advance(SqlConnection connection, List<UserId> users) {
        Tuple parameters =
                Tuple.tuple().addArrayOfUUID(users.stream().map(UserId::value).toArray(UUID[]::new));
        return Rows.list(
                connection,
                ADVANCE,
                parameters,
                row -> new Turn(
                        new UserDay(toUserId(row), row.getLocalDate("day"), row.getLocalDate("previous_day")),
                        row.getBoolean("begins"),
                        row.getLocalDate("latest_day")));
    }

    private Future<Integer> begin(SqlConnection connection, List<Turn> turns) {
        List<Turn> begun = turns.stream().filter(Turn::begins).toList();
        if (begun.isEmpty()) {
            return Future.succeededFuture(0);
        }
        return notices.daysBegan(connection, begun.stream().map(Turn::toTellOf).toList())
                .compose(told -> reports.daysBegan(
                        connection, begun.stream().map(Turn::day).toList()));
    }

    private static final String POSTPONE = """
            UPDATE users
               SET next_day_at = now() + interval '1 hour'
             WHERE id = $1 AND next_day_at <= now()
            """;

    private Future<Integer> postpone(UserId user) {
        return database.transaction(connection -> Rows.change(connection, POSTPONE, Tuple.of(user.value())))
                .map(postponed -> 0);
    }
}
