package org.expirytracker.mqtt;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.categories.Category;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.items.CategoryTotals;
import org.expirytracker.items.Inventory;
import org.expirytracker.items.InventoryRepository;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/** SQL of what is published. */
final class StateRepository {

    /** Most categories of an inventory that have sensors: those made first. */
    static final int MOST_CATEGORIES = 100;

    private final InventoryRepository inventories = new InventoryRepository();

    /**
     * By what one sees whether something may be new.
     *
     * @param seq how far its log has grown
     */
    record Standing(String name, ZoneId zone, long seq) {}

    private static final String STANDINGS = """
            SELECT inventories.id, inventories.name, inventories.time_zone, now() AS at,
                   extract(epoch FROM (now() AT TIME ZONE inventories.time_zone) - (now() AT TIME ZONE 'UTC'))::integer
                       AS utc_offset,
                   coalesce(feeds.last_seq, 0) AS last_seq
              FROM inventories
              LEFT JOIN feeds ON feeds.user_id = inventories.id
             WHERE inventories.id = ANY ($1)
            """;

    /** How some inventories stand; those that are gone are not among them. */
    Future<Map<InventoryId, Standing>> standings(SqlClient client, Collection<InventoryId> inventoryIds) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(inventoryIds.stream().map(InventoryId::value).toArray(UUID[]::new));
        return Rows.map(
                client,
                STANDINGS,
                parameters,
                row -> new InventoryId(row.getUUID("id")),
                row -> new Standing(
                        row.getString("name"),
                        Caller.zone(
                                row.getString("time_zone"),
                                row.getOffsetDateTime("at").toInstant(),
                                ZoneOffset.ofTotalSeconds(row.getInteger("utc_offset"))),
                        row.getLong("last_seq")));
    }

    /** The state of an inventory as of a day: its counts are those of the API. */
    Future<InventoryState> state(Database database, InventoryId inventoryId, String name, LocalDate day) {
        // First, since it counts anew what is not counted, which the dates depend on.
        return inventories
                .inventory(database, inventoryId, day)
                .compose(counted ->
                        nextDates(database.reads(), inventoryId, day).map(dates -> toState(name, counted, dates)));
    }

    private static final String NEXT_DATES = """
            SELECT NULL::uuid AS category_id, NULL AS name,
                   (SELECT min(expiry_date)
                      FROM stock_days
                     WHERE user_id = $1 AND part = 'WHOLE' AND part_key = '' AND item_count > 0
                       AND expiry_date >= $2 AND expiry_date < 'infinity') AS next_date
             UNION ALL
            SELECT oldest.id, oldest.name,
                   (SELECT min(expiry_date)
                      FROM stock_days
                     WHERE user_id = $1 AND part = 'CATEGORY' AND part_key = oldest.id::text AND item_count > 0
                       AND expiry_date >= $2 AND expiry_date < 'infinity')
              FROM (SELECT id, name
                      FROM categories
                     WHERE user_id = $1
                     ORDER BY id
                     LIMIT $3) AS oldest
             ORDER BY category_id NULLS FIRST
            """;

    /**
     * Of the whole, or of a category.
     *
     * @param categoryId null for the whole
     */
    private record NextDate(
            @Nullable UUID categoryId,
            @Nullable String name,
            @Nullable LocalDate date) {}

    private static Future<List<NextDate>> nextDates(SqlClient client, InventoryId inventoryId, LocalDate day) {
        return Rows.list(
                client, NEXT_DATES, Tuple.of(inventoryId.value(), day, MOST_CATEGORIES), StateRepository::toNextDate);
    }

    private static NextDate toNextDate(Row row) {
        return new NextDate(row.getUUID("category_id"), row.getString("name"), row.getLocalDate("next_date"));
    }

    private static InventoryState toState(String name, Inventory counted, List<NextDate> dates) {
        Map<UUID, CategoryTotals> totals = new HashMap<>();
        counted.byCategory().forEach(each -> {
            if (each.categoryId() != null) {
                totals.put(each.categoryId(), each);
            }
        });
        InventoryState.Counts whole = InventoryState.Counts.NONE;
        List<InventoryState.OfCategory> categories = new ArrayList<>();
        for (NextDate next : dates) {
            if (next.categoryId == null || next.name == null) {
                whole = counts(counted.whole(), next.date);
            } else {
                categories.add(new InventoryState.OfCategory(
                        new NodeId(Category.TYPE, next.categoryId).encoded(),
                        next.name,
                        counts(totals.get(next.categoryId), next.date)));
            }
        }
        return new InventoryState(name, whole, categories);
    }

    private static InventoryState.Counts counts(@Nullable CategoryTotals totals, @Nullable LocalDate nextDate) {
        return totals == null
                ? InventoryState.Counts.NONE
                : new InventoryState.Counts(totals.expiredItems(), totals.expiringItems(), nextDate);
    }
}
