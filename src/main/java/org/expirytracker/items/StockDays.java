package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.db.Database;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Keeps table {@code stock_days}: what is in stock, counted by day. Of the whole inventory, of each category and of each
 * place it has, for each pair of a date and the day from which it counts as expiring, how many items there are and their
 * value. Any status, aging band and day asked for is a sum over a range of these rows, however many items there are.
 *
 * <p>Each change of items notes what it takes from and adds to these counts, and they are written with its log, under the
 * lock that the change holds anyway, so that no row of them is ever waited for. A change of what is not counted wholly (see
 * {@link ActivityLog#COUNTED}) leaves them alone; who reads them next counts anew.
 */
public final class StockDays implements Change.Kept {

    private enum Part {
        WHOLE,
        CATEGORY,
        LOCATION
    }

    /** A row's key: no key for the whole, for what has no category and what has no place; no date as null. */
    private record Place(
            Part part,
            String key,
            @Nullable LocalDate expiryDate,
            @Nullable LocalDate expiringFrom) {}

    private record Sum(int items, BigDecimal value) {

        Sum plus(Sum other) {
            return new Sum(items + other.items, value.add(other.value));
        }

        boolean isNothing() {
            return items == 0 && value.signum() == 0;
        }
    }

    private final Map<Place, Sum> noted = new HashMap<>();

    private StockDays() {}

    /**
     * Notes that an item of a change is another now.
     *
     * @param before as it was; null when it was not there
     * @param after as it is; null when it is gone
     */
    static void note(Change change, @Nullable Item before, @Nullable Item after) {
        if (change.isCounted()) {
            StockDays days = change.kept(StockDays.class, StockDays::new);
            days.add(before, -1);
            days.add(after, 1);
        }
    }

    private void add(@Nullable Item item, int sign) {
        if (item == null || item.usedUp()) {
            return;
        }
        LocalDate date = item.expiryDate();
        LocalDate from = date == null ? null : date.minusDays(item.leadDays());
        BigDecimal value =
                item.costPrice() == null ? BigDecimal.ZERO : item.quantity().multiply(item.costPrice());
        Sum sum = new Sum(sign, sign < 0 ? value.negate() : value);
        UUID category = item.categoryId();
        String location = item.location();
        noted.merge(new Place(Part.WHOLE, "", date, from), sum, Sum::plus);
        noted.merge(new Place(Part.CATEGORY, category == null ? "" : category.toString(), date, from), sum, Sum::plus);
        noted.merge(new Place(Part.LOCATION, location == null ? "" : location, date, from), sum, Sum::plus);
    }

    private static final String ADD = """
            INSERT INTO stock_days (user_id, part, part_key, expiry_date, expiring_from, item_count, value)
            SELECT $1, part, part_key, coalesce(expiry_date, 'infinity'), coalesce(expiring_from, 'infinity'), item_count,
                   value::numeric
              FROM unnest($2::text[], $3::text[], $4::date[], $5::date[], $6::integer[], $7::text[])
                   AS noted (part, part_key, expiry_date, expiring_from, item_count, value)
                ON CONFLICT (user_id, part, part_key, expiry_date, expiring_from) DO UPDATE
               SET item_count = stock_days.item_count + excluded.item_count, value = stock_days.value + excluded.value
            """;

    private static final String DELETE_EMPTY = """
            DELETE FROM stock_days
             USING unnest($2::text[], $3::text[], $4::date[], $5::date[])
                   AS noted (part, part_key, expiry_date, expiring_from)
             WHERE stock_days.user_id = $1 AND stock_days.part = noted.part AND stock_days.part_key = noted.part_key
               AND stock_days.expiry_date = coalesce(noted.expiry_date, 'infinity')
               AND stock_days.expiring_from = coalesce(noted.expiring_from, 'infinity')
               AND stock_days.item_count = 0
            """;

    @Override
    public Future<?> write(Change change) {
        noted.values().removeIf(Sum::isNothing);
        if (noted.isEmpty()) {
            return Future.succeededFuture();
        }
        List<Map.Entry<Place, Sum>> all = List.copyOf(noted.entrySet());
        List<Place> fewer = all.stream()
                .filter(entry -> entry.getValue().items < 0)
                .map(Map.Entry::getKey)
                .toList();
        noted.clear();
        Tuple parameters = places(
                        change.inventoryId(),
                        all.stream().map(Map.Entry::getKey).toList())
                .addArrayOfInteger(
                        all.stream().map(entry -> entry.getValue().items).toArray(Integer[]::new))
                .addArrayOfString(all.stream()
                        .map(entry -> entry.getValue().value.toPlainString())
                        .toArray(String[]::new));
        Future<Integer> added = Rows.change(change.connection(), ADD, parameters);
        return fewer.isEmpty()
                ? added
                : Future.all(
                        added, Rows.change(change.connection(), DELETE_EMPTY, places(change.inventoryId(), fewer)));
    }

    private static Tuple places(InventoryId inventoryId, List<Place> places) {
        return Tuple.of(inventoryId.value())
                .addArrayOfString(
                        places.stream().map(place -> place.part.name()).toArray(String[]::new))
                .addArrayOfString(places.stream().map(Place::key).toArray(String[]::new))
                .addArrayOfLocalDate(places.stream().map(Place::expiryDate).toArray(LocalDate[]::new))
                .addArrayOfLocalDate(places.stream().map(Place::expiringFrom).toArray(LocalDate[]::new));
    }

    private static final String DELETE = """
            DELETE FROM stock_days
             WHERE user_id = $1
            """;

    /** What is in stock of an inventory whose condition follows, as rows of the table. */
    private static final String COUNTS = """
            SELECT items.user_id, counted.part, counted.part_key, coalesce(items.expiry_date, 'infinity') AS expiry_date,
                   coalesce(items.expiring_from, 'infinity') AS expiring_from, count(*)::integer AS item_count,
                   sum(items.quantity * coalesce(items.cost_price, 0)) AS value
              FROM items
             CROSS JOIN LATERAL (
                   VALUES ('WHOLE', ''), ('CATEGORY', coalesce(items.category_id::text, '')),
                          ('LOCATION', coalesce(items.location, ''))) AS counted (part, part_key)
             WHERE NOT items.used_up
            """;

    private static final String GROUPED = """
             GROUP BY items.user_id, counted.part, counted.part_key, coalesce(items.expiry_date, 'infinity'),
                   coalesce(items.expiring_from, 'infinity')
            """;

    private static final String COUNT = """
            INSERT INTO stock_days (user_id, part, part_key, expiry_date, expiring_from, item_count, value)
            """ + COUNTS + """
               AND items.user_id = $1
            """ + GROUPED;

    private static final String TAKE_YOUR_TIME = """
            SELECT set_config('statement_timeout', '60s', true)
            """;

    /** Counts an inventory anew, in a transaction that has locked its log. Reads all of its items. */
    private static Future<?> count(SqlConnection connection, InventoryId inventoryId) {
        Tuple inventory = Tuple.of(inventoryId.value());
        return Future.all(List.of(
                Rows.first(connection, TAKE_YOUR_TIME, Tuple.tuple(), row -> row),
                Rows.change(connection, DELETE, inventory),
                Rows.change(connection, COUNT, inventory),
                ActivityLog.isCounted(connection, inventoryId)));
    }

    /** Counts anew what of some inventories is not counted, in a transaction that has locked their logs. */
    public static Future<?> count(SqlConnection connection, List<InventoryId> inventories) {
        return ActivityLog.uncounted(connection, inventories)
                .compose(uncounted -> Future.all(
                        uncounted.stream().map(each -> count(connection, each)).toList()));
    }

    /** Counts anew the inventory of a change, unless it is counted. */
    public static Future<?> count(Change change) {
        if (change.isCounted()) {
            return Future.succeededFuture();
        }
        return change.flush()
                .compose(flushed -> count(change.connection(), change.inventoryId()))
                .onSuccess(counted -> change.counted(true));
    }

    /** Counts anew, unless it is counted by now. */
    private static Future<?> count(Database database, InventoryId inventoryId) {
        return database.transaction(connection -> ActivityLog.lockUncounted(connection, inventoryId)
                .compose(uncounted -> uncounted ? count(connection, inventoryId) : Future.succeededFuture()));
    }

    /**
     * Reads what is counted, after it was counted anew where it has to be.
     *
     * @param client with which is read first; what was counted anew is read from the primary
     * @param read empty where not all is counted
     */
    static <T> Future<T> read(
            Database database,
            SqlClient client,
            InventoryId inventoryId,
            T ofNone,
            Function<SqlClient, Future<Optional<T>>> read) {
        return read.apply(client)
                .compose(found -> found.isPresent()
                        ? Future.succeededFuture(found.get())
                        : count(database, inventoryId)
                                .compose(counted -> read.apply(database.reads()))
                                .map(again -> again.orElse(ofNone)));
    }

    private static final String ITEMS = """
            SELECT coalesce((SELECT sum(item_count) FROM stock_days WHERE user_id = $1 AND part = 'WHOLE'), 0)::integer
                   AS items
              FROM feeds
             WHERE user_id = $1 AND\s""" + ActivityLog.COUNTED + "\n";

    /** How many items an inventory has in stock; empty where not all is counted. */
    static Future<Optional<Integer>> items(SqlClient client, InventoryId inventoryId) {
        return Rows.first(client, ITEMS, Tuple.of(inventoryId.value()), row -> row.getInteger("items"));
    }

    private static final String ITEMS_OF_CATEGORIES = """
            SELECT asked.id AS category_id,
                   coalesce((SELECT sum(item_count)
                               FROM stock_days
                              WHERE user_id = $1 AND part = 'CATEGORY' AND part_key = asked.id::text), 0)::integer AS items
              FROM feeds
             CROSS JOIN unnest($2::uuid[]) AS asked (id)
             WHERE user_id = $1 AND\s""" + ActivityLog.COUNTED + "\n";

    /** How many items each of some categories has in stock; empty where not all is counted. One statement. */
    static Future<Optional<Map<UUID, Integer>>> itemsOfCategories(
            SqlClient client, InventoryId inventoryId, Collection<UUID> categoryIds) {
        return Rows.map(
                        client,
                        ITEMS_OF_CATEGORIES,
                        Tuple.of(inventoryId.value()).addArrayOfUUID(categoryIds.toArray(UUID[]::new)),
                        row -> row.getUUID("category_id"),
                        row -> row.getInteger("items"))
                .map(found -> found.isEmpty() ? Optional.empty() : Optional.of(found));
    }

    private static final String TO_COMPARE = """
            WITH counted AS MATERIALIZED (
                SELECT user_id
                  FROM feeds
                 WHERE\s""" + ActivityLog.COUNTED;

    private static final String ALL_OF_THEM = """

            ),
            """;

    private static final String SOME_OF_THEM = """

                 ORDER BY random()
                 LIMIT 50
            ),
            """;

    private static final String COMPARED = """
            wanted AS (
            """ + COUNTS + """
                   AND items.user_id IN (SELECT user_id FROM counted)
            """ + GROUPED + """
            ), kept AS (
                SELECT user_id, part, part_key, expiry_date, expiring_from, item_count, value
                  FROM stock_days
                 WHERE user_id IN (SELECT user_id FROM counted)
            )
            SELECT DISTINCT user_id
              FROM ((TABLE wanted EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE wanted)) AS different
             ORDER BY user_id
            """;

    /** The inventories that are counted wrongly, as column {@code user_id}. Reads all items of the database. */
    public static final String MISCOUNTED = TO_COMPARE + ALL_OF_THEM + COMPARED;

    /** As {@link #MISCOUNTED}, of fifty inventories, each time of others. */
    public static final String MISCOUNTED_IN_SAMPLE = TO_COMPARE + SOME_OF_THEM + COMPARED;

    /** Has those of {@link #MISCOUNTED} counted anew when they are asked for next, or within the hour. */
    public static final String UNCOUNT = "UPDATE feeds SET counted_seq = -1 WHERE user_id IN (" + MISCOUNTED + ")";

    private static final String ERASE = """
            DELETE FROM stock_days
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM stock_days WHERE user_id = $1 LIMIT $2))
            """;

    /** What goes of this table with a user who leaves. */
    public static final Erasure ERASURE = Erasure.of(ERASE);

    private static final int MOST_AT_ONCE = 100;
    private static final InventoryId FIRST = new InventoryId(new UUID(0, 0));

    /** Counts what nobody has asked for since it was counted last, so that the first who asks need not wait. */
    public static final Job JOB = new Job("count-stock", Duration.ofHours(1), StockDays::countAll);

    private static void countAll(Lease lease) {
        InventoryId after = FIRST;
        List<InventoryId> uncounted;
        do {
            uncounted =
                    ActivityLog.uncounted(lease.client(), after, MOST_AT_ONCE).await();
            for (InventoryId each : uncounted) {
                count(lease.database(), each)
                        .map((Object) each)
                        .recover(StockDays::unlessBusy)
                        .await();
                if (!lease.goesOn()) {
                    return;
                }
                after = each;
            }
        } while (uncounted.size() == MOST_AT_ONCE);
    }

    /** What somebody else is at is counted when it is asked for, or in an hour. */
    private static Future<Object> unlessBusy(Throwable failure) {
        return failure instanceof Problem problem && problem.code() == Problem.Code.UNAVAILABLE
                ? Future.succeededFuture()
                : Future.failedFuture(failure);
    }
}
