package org.expirytracker.daily;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.db.Database;
import org.expirytracker.db.Distribution;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.notifications.Digests;
import org.expirytracker.notifications.ExpiryNotices;
import org.expirytracker.notifications.InventoryDay;
import org.expirytracker.reports.ReportWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The turn of every user's day: notifies them of what has come due and writes their report, once for each local date.
 *
 * <p>Any number of nodes may run it at once. A batch of users is claimed by row locks, one of each, and everything about it
 * happens in one transaction: a node that dies leaves nothing behind and nothing out. When a day is due is decided by the
 * database's clock and its time zones alone. Each day follows from the slot of the one before it, never from the
 * present, so days that were missed are made up for, one after another.
 *
 * <p>A user whose day cannot be turned holds up nobody: it is tried again alone, and an item of which they cannot be
 * notified is set aside, so that they are notified of the others. Both become jobs; see {@link TurnJobs}.
 *
 * <p>For use on one event loop.
 */
public final class DailyRun {

    private static final Logger LOG = LoggerFactory.getLogger(DailyRun.class);

    /** Most users in one transaction. */
    static final int MOST_IN_A_BATCH = 200;

    /** Most items of one user that are set aside in one turn. */
    static final int MOST_STUCK_ITEMS = 100;

    /** A run rests for this part of the time that a batch took, so that whoever else asks the database gets their turn. */
    private static final double REST = 0.5;

    private static final long LONGEST_REST_MILLIS = 1_000;

    private final Vertx vertx;
    private final Database database;
    private final ActivityLog log;
    private final ExpiryNotices notices = new ExpiryNotices();
    private final ReportWriter reports = new ReportWriter();
    private final JobRepository jobs = new JobRepository();
    private final LongAdder turned = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private int batchSize = MOST_IN_A_BATCH;

    /** Whose log somebody else was changing: until the next run they take nobody's place in a batch. */
    private final Set<InventoryId> passedOver = new HashSet<>();

    private boolean stopping;

    /** A run over one event loop's connections. */
    public DailyRun(Vertx vertx, Database database, ActivityLog log) {
        this.vertx = vertx;
        this.database = database;
        this.log = log;
    }

    /**
     * Turns every day that is due, batch by batch, until none is left that nobody else is at. Of three seconds it works
     * for two, so that requests do not wait for it.
     *
     * @return how many days were turned; fails with {@code UNAVAILABLE} when the database does not answer in time,
     *     and then the days turned until then stay turned
     */
    public Future<Integer> turnDue() {
        passedOver.clear();
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
        long began = System.nanoTime();
        int passed = passedOver.size();
        turnBatch()
                .onComplete(
                        more -> {
                            if (more == 0 && passedOver.size() == passed) {
                                done.complete(turned);
                            } else {
                                rest(began).onComplete(rested -> turnMore(turned + more, done));
                            }
                        },
                        done::fail);
    }

    private Future<Void> rest(long began) {
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        return vertx.timer(Math.clamp((long) (took * REST), 1, LONGEST_REST_MILLIS), TimeUnit.MILLISECONDS);
    }

    /** How many days this run has turned; on any thread. */
    long turned() {
        return turned.sum();
    }

    /** How often a day or an item could not be turned; on any thread. */
    long failures() {
        return failures.sum();
    }

    /** Turns the days of at most a batch of inventories, of each one; how many. */
    Future<Integer> turnBatch() {
        List<InventoryId> claimed = new ArrayList<>();
        long began = System.nanoTime();
        return turn(connection -> claim(connection, batchSize), claimed)
                .onSuccess(turned -> batchSize = Math.min(batchSize * 2, MOST_IN_A_BATCH))
                .recover(failure -> {
                    boolean alone = claimed.size() == 1;
                    if (claimed.isEmpty() || (isUnavailable(failure) && !(alone && tookTooLong(began)))) {
                        // Should it be the size of the batch that takes too long, a smaller one will not.
                        batchSize = Math.max(1, batchSize / 4);
                        return Future.failedFuture(failure);
                    }
                    LOG.warn(
                            "A batch of {} users could not be turned; whose day it is, is looked for: {}",
                            claimed.size(),
                            JobRepository.textOf(failure));
                    return alone ? turnOrAddJob(claimed.getFirst()) : turnHalves(claimed);
                });
    }

    private Future<Integer> turnHalves(List<InventoryId> inventories) {
        int half = inventories.size() / 2;
        return turnThese(inventories.subList(0, half))
                .compose(turned ->
                        turnThese(inventories.subList(half, inventories.size())).map(more -> turned + more));
    }

    private Future<Integer> turnThese(List<InventoryId> inventories) {
        if (inventories.size() == 1) {
            return turnOrAddJob(inventories.getFirst());
        }
        return turn(connection -> claim(connection, inventories), new ArrayList<>())
                .recover(failure -> isUnavailable(failure) ? Future.failedFuture(failure) : turnHalves(inventories));
    }

    /** Turns the day of one inventory; where that fails, it is a job from now on. */
    private Future<Integer> turnOrAddJob(InventoryId inventory) {
        return turnAlone(inventory)
                .recover(failure -> isUnavailable(failure) ? Future.failedFuture(failure) : addJob(inventory, failure));
    }

    /**
     * Turns the day of one inventory, without the items of which its members cannot be notified.
     *
     * @return how many; fails when it is the day itself
     */
    private Future<Integer> turnAlone(InventoryId inventory) {
        long began = System.nanoTime();
        return turnWithout(Map.of(), inventory).recover(failure -> {
            if (tookTooLong(began)) {
                return Future.failedFuture(new IllegalStateException(
                        "It takes longer than %d ms".formatted(Database.STATEMENT_TIMEOUT_MILLIS)));
            }
            return isUnavailable(failure) ? Future.failedFuture(failure) : turnWithoutPoison(inventory, failure);
        });
    }

    /** Turns the day of one inventory; items for which that fails, by id and why, are left to jobs. */
    private Future<Integer> turnWithout(Map<UUID, String> poison, InventoryId inventory) {
        return notified(database.transaction(connection -> claim(connection, List.of(inventory))
                        .compose(inventories -> inventories.isEmpty()
                                ? Future.succeededFuture(inventories)
                                : jobs.addFailed(
                                                connection,
                                                inventory.value(),
                                                ExpiryNotices.KIND,
                                                TurnJobs.RETRIES,
                                                poison)
                                        .compose(added -> turn(connection, inventories)))))
                .onSuccess(turned::add);
    }

    /** Makes the notices of a day that cannot be turned for each item alone, and turns it without those where that fails. */
    private Future<Integer> turnWithoutPoison(InventoryId inventory, Throwable failure) {
        Map<UUID, String> poison = new LinkedHashMap<>();
        return database.transaction(connection -> claim(connection, List.of(inventory))
                        .compose(inventories -> dayOf(connection, inventories))
                        .compose(day -> day.isEmpty()
                                ? Future.succeededFuture(Optional.<Due>empty())
                                : notices.itemsOf(connection, day.get())
                                        .map(items -> Optional.of(new Due(day.get(), items)))))
                .compose(due -> due.isEmpty()
                        ? Future.succeededFuture(0)
                        : notify(due.get().day, due.get().items, poison)
                                .compose(notified -> poison.isEmpty()
                                        ? Future.<Integer>failedFuture(failure)
                                        : turnWithout(poison, inventory).onSuccess(turned -> log(inventory, poison))));
    }

    private record Due(InventoryDay day, List<UUID> items) {}

    /** Notifies of as many of the items at once as can be; the others, with what was wrong, are put into {@code poison}. */
    private Future<Void> notify(InventoryDay day, List<UUID> items, Map<UUID, String> poison) {
        if (items.isEmpty()) {
            return Future.succeededFuture();
        }
        List<InventoryId> inventory = List.of(day.inventoryId());
        return notified(database.transaction(connection -> ActivityLog.lockFree(connection, inventory)
                        .compose(free -> free.isEmpty()
                                ? Future.succeededFuture(free)
                                : notices.notifyOf(connection, day.inventoryId(), day.day(), items)
                                        .map(free))))
                .<Void>mapEmpty()
                .recover(failure -> {
                    if (isUnavailable(failure)) {
                        return Future.failedFuture(failure);
                    }
                    if (items.size() > 1) {
                        int half = items.size() / 2;
                        return notify(day, items.subList(0, half), poison)
                                .compose(notified -> notify(day, items.subList(half, items.size()), poison));
                    }
                    poison.put(items.getFirst(), JobRepository.textOf(failure));
                    // So many are no exception: it is the day itself.
                    return poison.size() < MOST_STUCK_ITEMS ? Future.succeededFuture() : Future.failedFuture(failure);
                });
    }

    /** Leaves a day that is still due to a job. */
    private Future<Integer> addJob(InventoryId inventory, Throwable failure) {
        failures.increment();
        String error = JobRepository.textOf(failure);
        return database.transaction(connection -> claim(connection, List.of(inventory))
                        .compose(due -> due.isEmpty()
                                ? Future.succeededFuture(0)
                                : jobs.addFailed(
                                        connection,
                                        inventory.value(),
                                        TurnJobs.TURN,
                                        TurnJobs.RETRIES,
                                        Map.of(JobRepository.WHOLE, error))))
                .map(added -> {
                    LOG.warn("The day of inventory {} failed and is tried again: {}", inventory.value(), error);
                    return 0;
                });
    }

    private void log(InventoryId inventory, Map<UUID, String> poison) {
        failures.add(poison.size());
        poison.forEach((item, error) ->
                LOG.warn("Item {} of inventory {} failed and is tried again: {}", item, inventory.value(), error));
    }

    private static final String IS_DUE = """
            SELECT true AS due
              FROM inventories
             WHERE id = $1 AND active AND next_day_at <= now()
            """;

    /** Tries a day again; as a job, blocking. */
    void turnAgain(Lease lease) {
        InventoryId inventory = new InventoryId(lease.tenantId());
        int done = turnAlone(inventory).await();
        if (done == 0
                && Rows.first(database.reads(), IS_DUE, Tuple.of(inventory.value()), row -> row.getBoolean("due"))
                        .await()
                        .isPresent()) {
            lease.postpone(TurnJobs.WHILE_BUSY);
        }
    }

    private static final String LAST_DAY = """
            SELECT CASE WHEN inventories.active THEN inventories.last_day END AS last_day
              FROM inventories
              JOIN items ON items.user_id = inventories.id
             WHERE inventories.id = $1 AND items.id = $2
            """;

    /** Tries again to notify of an item; as a job, blocking. */
    void notifyAgain(Lease lease) {
        InventoryId inventory = new InventoryId(lease.tenantId());
        Optional<Optional<LocalDate>> found = Rows.first(
                        database.reads(),
                        LAST_DAY,
                        Tuple.of(lease.tenantId(), lease.objectId()),
                        row -> Optional.ofNullable(row.getLocalDate("last_day")))
                .await();
        if (found.isEmpty()) {
            return;
        }
        Optional<LocalDate> lastDay = found.get();
        if (lastDay.isEmpty()) {
            lease.postpone(TurnJobs.WHILE_AT_REST);
            return;
        }
        boolean free = notified(database.transaction(connection -> ActivityLog.lockFree(connection, List.of(inventory))
                                .compose(locked -> locked.isEmpty()
                                        ? Future.succeededFuture(locked)
                                        : lease.end(connection)
                                                .compose(mine -> mine
                                                        ? notices.notifyOf(
                                                                connection,
                                                                inventory,
                                                                lastDay.get(),
                                                                List.of(lease.objectId()))
                                                        : Future.succeededFuture(0))
                                                .map(locked))))
                        .await()
                > 0;
        if (!free) {
            lease.postpone(TurnJobs.WHILE_BUSY);
        }
    }

    private static boolean tookTooLong(long began) {
        return System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(Database.STATEMENT_TIMEOUT_MILLIS);
    }

    private static boolean isUnavailable(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Problem.Code.UNAVAILABLE;
    }

    /** One transaction; {@code claimed} gets whom it was about, even when it fails. */
    private Future<Integer> turn(Function<SqlConnection, Future<List<InventoryId>>> claim, List<InventoryId> claimed) {
        return notified(database.transaction(
                                connection -> claim.apply(connection).compose(inventories -> {
                                    claimed.clear();
                                    claimed.addAll(inventories);
                                    return turn(connection, inventories);
                                }))
                        .onSuccess(free -> passOver(claimed, free)))
                .onSuccess(turned::add);
    }

    private void passOver(List<InventoryId> claimed, List<InventoryId> turned) {
        if (turned.size() < claimed.size()) {
            passedOver.addAll(claimed);
            turned.forEach(passedOver::remove);
        }
    }

    /** Wakes the subscribers of users whose log grew in a transaction; how many inventories. */
    private Future<Integer> notified(Future<List<InventoryId>> committed) {
        return committed.map(inventories -> {
            log.changed(inventories);
            return inventories.size();
        });
    }

    /** Turns the days of users whose rows are locked. Those whose log someone else is changing stay due. */
    private Future<List<InventoryId>> turn(SqlConnection connection, List<InventoryId> inventories) {
        return inventories.isEmpty()
                ? Future.succeededFuture(inventories)
                : ActivityLog.lockFree(connection, inventories)
                        .compose(free -> advance(connection, free)
                                .compose(turns -> begin(connection, turns))
                                .map(free));
    }

    private static final String DUE = """
            SELECT id
              FROM inventories
             WHERE active AND next_day_at <= now() AND id <> ALL ($2)
               AND NOT EXISTS (SELECT FROM jobs WHERE tenant_id = inventories.id AND kind = 'turn')
             ORDER BY next_day_at
             LIMIT $1
            """;

    private Future<List<InventoryId>> claim(SqlConnection connection, int most) {
        return claim(connection, most, passedOver);
    }

    /** The first that are due and that no other node is at, {@code passed} left out. */
    private static Future<List<InventoryId>> claim(SqlConnection connection, int most, Set<InventoryId> passed) {
        Tuple parameters = Tuple.of(MOST_IN_A_BATCH)
                .addArrayOfUUID(passed.stream().map(InventoryId::value).toArray(UUID[]::new));
        return Rows.list(connection, DUE, parameters, DailyRun::toInventoryId)
                .compose(due -> claimFirst(connection, most, due).compose(claimed -> {
                    if (!claimed.isEmpty() || due.size() < MOST_IN_A_BATCH) {
                        return Future.succeededFuture(claimed);
                    }
                    Set<InventoryId> held = new HashSet<>(passed);
                    held.addAll(due);
                    return claim(connection, most, held);
                }));
    }

    private static Future<List<InventoryId>> claimFirst(SqlConnection connection, int most, List<InventoryId> due) {
        int next = Math.min(most, due.size());
        return claim(connection, due.subList(0, next))
                .compose(claimed -> claimed.isEmpty() && next < due.size()
                        ? claimFirst(connection, most, due.subList(next, due.size()))
                        : Future.succeededFuture(claimed));
    }

    private static final String CLAIM = """
            SELECT id
              FROM inventories
             WHERE id = $1 AND active AND next_day_at <= now()
               FOR NO KEY UPDATE SKIP LOCKED
            """;

    /** Locks those of these that are still due and that no other node is at. */
    private static Future<List<InventoryId>> claim(SqlConnection connection, List<InventoryId> inventories) {
        List<Tuple> each = inventories.stream().map(id -> Tuple.of(id.value())).toList();
        return Rows.listOfEach(connection, CLAIM, each, DailyRun::toInventoryId);
    }

    private static Tuple ids(List<InventoryId> inventories) {
        return Tuple.tuple()
                .addArrayOfUUID(inventories.stream().map(InventoryId::value).toArray(UUID[]::new));
    }

    private static InventoryId toInventoryId(Row row) {
        return new InventoryId(row.getUUID("id"));
    }

    /**
     * A day that begins.
     *
     * @param begins false when it was turned before, which a change of time zone can bring about
     * @param latestDay the last day that has begun by now, which is later than the day when days were missed
     */
    private record Turn(InventoryDay day, boolean begins, LocalDate latestDay) {

        /** After an outage notices are made once, and as of the present. */
        InventoryDay toNotifyOf() {
            return new InventoryDay(day.inventoryId(), latestDay, day.previousDay());
        }
    }

    // Where clocks leave out the hour of choice, the day may begin on the next date: so the hour is taken off again.
    private static final String SLOTS = """
            WITH slots AS (
                SELECT id, next_day_at AS slot, turn_hour, time_zone, last_day AS previous_day,
                       (next_day_at AT TIME ZONE time_zone - make_interval(hours => turn_hour))::date AS day,
                       (now() AT TIME ZONE time_zone - make_interval(hours => turn_hour))::date AS latest_day
                  FROM inventories
                 WHERE id = ANY ($1)
            )
            """;

    private static final String DAY = SLOTS + """
            SELECT id, greatest(day, latest_day) AS day, previous_day
              FROM slots
            """;

    /** The day of which members would be notified if it were turned now. */
    private static Future<Optional<InventoryDay>> dayOf(SqlConnection connection, List<InventoryId> inventories) {
        return Rows.first(connection, DAY, ids(inventories), DailyRun::toInventoryDay);
    }

    private static InventoryDay toInventoryDay(Row row) {
        return new InventoryDay(toInventoryId(row), row.getLocalDate("day"), row.getLocalDate("previous_day"));
    }

    private static final String ADVANCE = SLOTS + """
            , following AS (
                SELECT id, min(begins_at) AS begins_at
                  FROM (SELECT id, slot, day_begins_at(day + ahead, turn_hour, time_zone) AS begins_at
                          FROM slots
                         CROSS JOIN generate_series(0, 3) AS ahead) AS next_days
                 WHERE begins_at > slot
                 GROUP BY id
            )
            UPDATE inventories
               SET last_day = greatest(inventories.last_day, slots.day), next_day_at = following.begins_at
              FROM slots
              JOIN following ON following.id = slots.id
             WHERE inventories.id = slots.id
            RETURNING inventories.id, slots.day, slots.previous_day,
                      slots.day > coalesce(slots.previous_day, '-infinity') AS begins,
                      greatest(slots.day, slots.latest_day) AS latest_day
            """;

    private static Future<List<Turn>> advance(SqlConnection connection, List<InventoryId> inventories) {
        return Rows.list(
                connection,
                ADVANCE,
                ids(inventories),
                row -> new Turn(toInventoryDay(row), row.getBoolean("begins"), row.getLocalDate("latest_day")));
    }

    private Future<Integer> begin(SqlConnection connection, List<Turn> turns) {
        List<Turn> begun = turns.stream().filter(Turn::begins).toList();
        if (begun.isEmpty()) {
            return Future.succeededFuture(0);
        }
        return Distribution.isOf(connection)
                .compose(distributed -> notices.daysBegan(
                                connection, begun.stream().map(Turn::toNotifyOf).toList(), distributed)
                        .compose(notified -> reports.daysBegan(
                                connection, begun.stream().map(Turn::day).toList(), distributed)))
                .compose(written -> Digests.daysBegan(
                        connection, begun.stream().map(Turn::day).toList()));
    }
}
