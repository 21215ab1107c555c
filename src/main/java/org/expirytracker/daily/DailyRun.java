package org.expirytracker.daily;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.notifications.Digests;
import org.expirytracker.notifications.ExpiryNotices;
import org.expirytracker.notifications.InventoryDay;
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
 * <p>A user whose day cannot be turned holds up nobody: it is tried again alone, and an item of which they cannot be
 * told is set aside, so that they are told of the others; see {@link StuckRepository}.
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
    private final StuckRepository stuck = new StuckRepository();
    private final LongAdder turned = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private int batchSize = MOST_IN_A_BATCH;
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
        turnBatch()
                .onComplete(
                        more -> {
                            if (more == 0) {
                                retryStuck().map(again -> turned + again).onComplete(done);
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
                            StuckRepository.textOf(failure));
                    return alone ? turnAlone(claimed.getFirst()) : turnHalves(claimed);
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
            return turnAlone(inventories.getFirst());
        }
        return turn(connection -> claim(connection, inventories), new ArrayList<>())
                .recover(failure -> isUnavailable(failure) ? Future.failedFuture(failure) : turnHalves(inventories));
    }

    private Future<Integer> turnAlone(InventoryId inventory) {
        long began = System.nanoTime();
        return turnWithout(Map.of(), inventory).recover(failure -> {
            if (tookTooLong(began)) {
                return stick(inventory, failure);
            }
            return isUnavailable(failure) ? Future.failedFuture(failure) : turnWithoutPoison(inventory, failure);
        });
    }

    /** Turns the day of one inventory; items of which they cannot be told, by id and why, are left for later. */
    private Future<Integer> turnWithout(Map<UUID, String> poison, InventoryId inventory) {
        return told(database.transaction(connection -> claim(connection, List.of(inventory))
                        .compose(inventories -> inventories.isEmpty()
                                ? Future.succeededFuture(inventories)
                                : stuck.addItems(connection, inventory, poison)
                                        .compose(added -> turn(connection, inventories))
                                        .compose(free -> stuck.removeTurns(connection, free)))))
                .onSuccess(turned::add);
    }

    /** Tells a user whose day cannot be turned of each item alone, and turns it without those where that fails. */
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
                        : tell(due.get().day, due.get().items, poison)
                                .compose(told -> poison.isEmpty()
                                        ? Future.<Integer>failedFuture(failure)
                                        : turnWithout(poison, inventory).onSuccess(turned -> warn(inventory, poison))))
                .recover(still -> isUnavailable(still) ? Future.failedFuture(still) : stick(inventory, still));
    }

    private record Due(InventoryDay day, List<UUID> items) {}

    /** Tells of as many of the items at once as can be; the others, with what was wrong, are put into {@code poison}. */
    private Future<Void> tell(InventoryDay day, List<UUID> items, Map<UUID, String> poison) {
        if (items.isEmpty()) {
            return Future.succeededFuture();
        }
        List<InventoryId> inventory = List.of(day.inventoryId());
        return told(database.transaction(connection -> ActivityLog.lockFree(connection, inventory)
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
                        return tell(day, items.subList(0, half), poison)
                                .compose(told -> tell(day, items.subList(half, items.size()), poison));
                    }
                    poison.put(items.getFirst(), StuckRepository.textOf(failure));
                    // So many are no exception: it is the user of whom nothing can be told.
                    return poison.size() < MOST_STUCK_ITEMS ? Future.succeededFuture() : Future.failedFuture(failure);
                });
    }

    private Future<Integer> stick(InventoryId inventory, Throwable failure) {
        failures.increment();
        String error = isUnavailable(failure)
                ? "It takes longer than %d ms".formatted(Database.STATEMENT_TIMEOUT_MILLIS)
                : StuckRepository.textOf(failure);
        return database.transaction(connection -> stuck.addTurn(connection, inventory, error))
                .map(tries -> {
                    tries.ifPresent(count -> tell("The day of inventory " + inventory.value(), count, error));
                    return 0;
                });
    }

    private void warn(InventoryId inventory, Map<UUID, String> poison) {
        failures.add(poison.size());
        poison.forEach((item, error) -> tell("Item " + item + " of inventory " + inventory.value(), 1, error));
    }

    private static void tell(String what, int tries, String error) {
        if (tries < StuckRepository.MOST_TRIES) {
            LOG.warn("{} failed {} times and is tried again: {}", what, tries, error);
        } else {
            LOG.error("{} failed {} times and is parked, see expiry jobs: {}", what, tries, error);
        }
    }

    /** Tries again what is stuck and due for another try, one by one; how many days were turned. */
    private Future<Integer> retryStuck() {
        return stuck.turnsDue(database.reads())
                .compose(inventories -> oneByOne(inventories, this::turnAlone))
                .compose(days -> stuck.itemsDue(database.reads())
                        .compose(items -> oneByOne(items, this::retryItem))
                        .map(days));
    }

    private <T> Future<Integer> oneByOne(List<T> each, Function<T, Future<Integer>> work) {
        Future<Integer> done = Future.succeededFuture(0);
        for (T next : each) {
            done = done.compose(before ->
                    stopping ? Future.succeededFuture(before) : work.apply(next).map(now -> before + now));
        }
        return done;
    }

    private Future<Integer> retryItem(StuckRepository.ItemDue item) {
        List<InventoryId> inventory = List.of(item.inventoryId());
        return told(database.transaction(connection -> ActivityLog.lockFree(connection, inventory)
                        .compose(free ->
                                free.isEmpty() ? Future.succeededFuture(false) : stuck.takeItem(connection, item))
                        .compose(taken -> taken
                                ? notices.notifyOf(connection, item.inventoryId(), item.day(), List.of(item.itemId()))
                                        .map(inventory)
                                : Future.succeededFuture(List.of()))))
                .recover(failure -> isUnavailable(failure) ? Future.failedFuture(failure) : stick(item, failure));
    }

    private Future<Integer> stick(StuckRepository.ItemDue item, Throwable failure) {
        failures.increment();
        String error = StuckRepository.textOf(failure);
        return database.transaction(
                        connection -> stuck.addItems(connection, item.inventoryId(), Map.of(item.itemId(), error)))
                .map(tries -> {
                    tries.forEach(count -> tell(
                            "Item " + item.itemId() + " of inventory "
                                    + item.inventoryId().value(),
                            count,
                            error));
                    return 0;
                });
    }

    private static boolean tookTooLong(long began) {
        return System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(Database.STATEMENT_TIMEOUT_MILLIS);
    }

    private static boolean isUnavailable(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Problem.Code.UNAVAILABLE;
    }

    /** One transaction; {@code claimed} is told whom it was about, even when it fails. */
    private Future<Integer> turn(Function<SqlConnection, Future<List<InventoryId>>> claim, List<InventoryId> claimed) {
        return told(database.transaction(connection -> claim.apply(connection).compose(inventories -> {
                    claimed.clear();
                    claimed.addAll(inventories);
                    return turn(connection, inventories);
                })))
                .onSuccess(turned::add);
    }

    /** Wakes the subscribers of users whose log grew in a transaction; how many inventories. */
    private Future<Integer> told(Future<List<InventoryId>> committed) {
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

    private static final String CLAIM = """
            SELECT id
              FROM inventories
             WHERE active AND next_day_at <= now()
               AND NOT EXISTS (SELECT FROM stuck_turns WHERE user_id = inventories.id)
             ORDER BY next_day_at
             LIMIT $1
               FOR NO KEY UPDATE SKIP LOCKED
            """;

    private static Future<List<InventoryId>> claim(SqlConnection connection, int most) {
        return Rows.list(connection, CLAIM, Tuple.of(most), DailyRun::toInventoryId);
    }

    private static final String CLAIM_THESE = """
            SELECT id
              FROM inventories
             WHERE id = ANY ($1) AND active AND next_day_at <= now()
             ORDER BY next_day_at
               FOR NO KEY UPDATE SKIP LOCKED
            """;

    private static Future<List<InventoryId>> claim(SqlConnection connection, List<InventoryId> inventories) {
        return Rows.list(connection, CLAIM_THESE, ids(inventories), DailyRun::toInventoryId);
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

        /** What is told after an outage is told once, and as of the present. */
        InventoryDay toTellOf() {
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

    /** The day of which a user would be told if it were turned now. */
    private static Future<Optional<InventoryDay>> dayOf(SqlConnection connection, List<InventoryId> inventories) {
        return Rows.first(connection, DAY, ids(inventories), DailyRun::toInventoryDay);
    }

    private static InventoryDay toInventoryDay(Row row) {
        return new InventoryDay(toInventoryId(row), row.getLocalDate("day"), row.getLocalDate("previous_day"));
    }

    private static final String ADVANCE = SLOTS + """
            UPDATE inventories
               SET last_day = greatest(inventories.last_day, slots.day), next_day_at = following.begins_at
              FROM slots
             CROSS JOIN LATERAL (
                   SELECT begins_at
                     FROM generate_series(0, 3) AS ahead
                    CROSS JOIN LATERAL day_begins_at(slots.day + ahead, slots.turn_hour, slots.time_zone) AS begins_at
                    WHERE begins_at > slots.slot
                    ORDER BY begins_at
                    LIMIT 1) AS following
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
        return notices.daysBegan(connection, begun.stream().map(Turn::toTellOf).toList())
                .compose(told -> reports.daysBegan(
                        connection, begun.stream().map(Turn::day).toList()))
                .compose(written -> Digests.daysBegan(
                        connection, begun.stream().map(Turn::day).toList()));
    }
}
