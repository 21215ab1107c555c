package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.data.Numeric;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.expirytracker.activities.Copied;
import org.expirytracker.db.Conflict;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RecordJson;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code items}. $1 is always the user, so no statement can cross tenants. */
public final class ItemRepository {

    // What people say of an item. With Item, toItem and GIVEN the only place that lists the columns.
    private static final String VALUES = """
            category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date, purchase_date,
            lead_days, location, barcode, lot_number, external_id, product_id
            """;

    // The same with its id, as rows of the JSON that a statement is given. Records of the whole table, by
    // jsonb_populate_recordset, cost a new item a tenth more.
    private static final String GIVEN = """
            id uuid, category_id uuid, name text, description text, quantity numeric, unit text, cost_price numeric,
            selling_price numeric, expiry_date date, purchase_date date, lead_days smallint, location text, barcode text,
            lot_number text, external_id text, product_id uuid
            """;

    static final String COLUMNS = "id, effective_lead_days, version, created_at, updated_at, " + VALUES;

    private static final String ERASE_TAKE_OUTS = """
            DELETE FROM take_outs
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM take_outs WHERE user_id = $1 LIMIT $2))
            """;

    private static final String ERASE_ITEMS = """
            DELETE FROM items
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM items WHERE user_id = $1 LIMIT $2))
            """;

    /** What goes of this room with a user who leaves. */
    public static final Erasure ERASURE = Erasure.of(ERASE_TAKE_OUTS, ERASE_ITEMS);

    /**
     * An item of a page.
     *
     * @param place its place in the order asked for; null when places are not read
     */
    record Placed(Item item, ItemOrder.@Nullable Place place) {}

    /**
     * A page of a user's items, in the direction of reading.
     *
     * @param columns what is read of each
     */
    Future<List<Placed>> list(
            SqlClient client,
            InventoryId inventoryId,
            ItemFilter filter,
            ItemOrder order,
            Page page,
            ItemOrder.@Nullable Place place,
            ItemColumns columns) {
        return pages(client, inventoryId, filter, order, page, place, null, columns);
    }

    /** The first or last items of each of several groups, in the direction of reading. One statement. */
    Future<Map<UUID, List<Placed>>> listOfEach(
            SqlClient client,
            InventoryId inventoryId,
            ItemGroups groups,
            ItemFilter filter,
            ItemOrder order,
            Page page,
            ItemOrder.@Nullable Place place) {
        return pages(client, inventoryId, filter, order, page, place, groups, ItemColumns.ALL)
                .map(found -> {
                    Map<UUID, List<Placed>> byGroup = new HashMap<>();
                    groups.ids().forEach(id -> byGroup.put(id, new ArrayList<>()));
                    for (Placed placed : found) {
                        byGroup.computeIfAbsent(groups.by().of(placed.item()), id -> new ArrayList<>())
                                .add(placed);
                    }
                    return byGroup;
                });
    }

    private Future<List<Placed>> pages(
            SqlClient client,
            InventoryId inventoryId,
            ItemFilter filter,
            ItemOrder order,
            Page page,
            ItemOrder.@Nullable Place place,
            @Nullable ItemGroups groups,
            ItemColumns columns) {
        boolean descending = order.descending() == page.forward();
        ItemQuery query =
                ItemQuery.page(inventoryId, filter, order.field(), descending, page.limit(), place, groups, columns);
        return Rows.list(
                client,
                query.sql(),
                query.parameters(),
                row -> new Placed(toItem(row, columns), columns.places() ? toPlace(row, order) : null));
    }

    /** How many items meet the conditions, counted to a limit. */
    Future<ItemCount> count(SqlClient client, InventoryId inventoryId, ItemFilter filter) {
        ItemQuery query = ItemQuery.count(inventoryId, filter);
        return Rows.first(client, query.sql(), query.parameters(), row -> ItemCount.found(row.getInteger("items")))
                .map(Optional::orElseThrow);
    }

    /** How many items of each of several groups meet the conditions, counted to a limit for each. One statement. */
    Future<Map<UUID, ItemCount>> countOfEach(
            SqlClient client, InventoryId inventoryId, ItemGroups groups, ItemFilter filter) {
        ItemQuery query = ItemQuery.countOfEach(inventoryId, filter, groups);
        return Rows.map(
                client,
                query.sql(),
                query.parameters(),
                row -> row.getUUID("group_id"),
                row -> ItemCount.found(row.getInteger("items")));
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM items
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Items by id, used up or not; one that does not exist is left out. */
    public Future<Map<UUID, Item>> find(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), ItemRepository::toItem);
    }

    private static final String LIST_IDS = """
            SELECT id
              FROM items
            """ + Copied.Span.conditions("items");

    /** The ids of those to which nothing has happened since a place in the log. */
    Future<List<UUID>> listIds(SqlClient client, InventoryId inventoryId, Copied.Span span) {
        return span.list(client, inventoryId, LIST_IDS);
    }

    private static final String FIND_BY_EXTERNAL_ID = "SELECT " + COLUMNS + """
              FROM items
             WHERE user_id = $1 AND external_id IS NOT NULL AND external_id = ANY ($2)
            """;

    /** Items by what another program calls them, used up or not; one that does not exist is left out. */
    Future<Map<String, Item>> findByExternalId(
            SqlClient client, InventoryId inventoryId, Collection<String> externalIds) {
        return Rows.map(
                client,
                FIND_BY_EXTERNAL_ID,
                Tuple.of(inventoryId.value()).addArrayOfString(externalIds.toArray(String[]::new)),
                row -> row.getString("external_id"),
                ItemRepository::toItem);
    }

    /** Items by what is known of them; one that does not exist is left out. */
    Future<Map<ItemIdentifier, Item>> identify(
            SqlClient client, InventoryId inventoryId, Collection<ItemIdentifier> identifiers) {
        Set<UUID> ids = new HashSet<>();
        Set<String> externalIds = new HashSet<>();
        for (ItemIdentifier identifier : identifiers) {
            switch (identifier) {
                case ItemIdentifier.ById one -> ids.add(one.id());
                case ItemIdentifier.ByExternalId one -> externalIds.add(one.externalId());
            }
        }
        Map<ItemIdentifier, Item> known = new HashMap<>();
        Future<?> byId = ids.isEmpty()
                ? Future.succeededFuture()
                : find(client, inventoryId, ids)
                        .onSuccess(found -> found.forEach((id, item) -> known.put(new ItemIdentifier.ById(id), item)));
        Future<?> byExternalId = externalIds.isEmpty()
                ? Future.succeededFuture()
                : findByExternalId(client, inventoryId, externalIds)
                        .onSuccess(found ->
                                found.forEach((id, item) -> known.put(new ItemIdentifier.ByExternalId(id), item)));
        return Future.all(byId, byExternalId).map(both -> known);
    }

    // Of an item that has no lead days of its own, those of its category hold, else those of the inventory.
    private static final String LEAD_DAYS_OF_CATEGORY = """
            SELECT id AS category, lead_days AS category_lead_days
              FROM categories
             WHERE user_id = $1
            """;

    private static final String LEAD_DAYS_OF_INVENTORY = """
            SELECT lead_days AS inventory_lead_days
              FROM inventories
             WHERE id = $1
            """;

    private static final String MOMENT = """
            SELECT last_at
              FROM feeds
             WHERE user_id = $1
            """;

    private static final String INSERT =
            """
            INSERT INTO items (user_id, id, effective_lead_days, created_at, updated_at,
                   %1$s)
            SELECT $1, id, coalesce(lead_days, category_lead_days, inventory_lead_days), last_at, last_at,
                   %1$s
              FROM jsonb_to_recordset($2::text::jsonb) AS fresh (%6$s)
              LEFT JOIN (%2$s) AS of_category ON category = category_id
             CROSS JOIN (%3$s) AS of_inventory
             CROSS JOIN (%4$s) AS change
            RETURNING %5$s
            """.formatted(VALUES, LEAD_DAYS_OF_CATEGORY, LEAD_DAYS_OF_INVENTORY, MOMENT, COLUMNS, GIVEN);

    /**
     * Adds any number of items in one statement.
     *
     * @param fresh new items; version, times and the lead days in force are made here
     * @return the items as they are now, by id; fails with {@code CONFLICT} when an external id is taken
     */
    Future<Map<UUID, Item>> insert(SqlClient client, InventoryId inventoryId, List<Item> fresh) {
        return Rows.map(
                        client,
                        INSERT,
                        Tuple.of(inventoryId.value(), rows(fresh)),
                        row -> row.getUUID("id"),
                        ItemRepository::toItem)
                .recover(ItemRepository::reword);
    }

    private static final String WRITE =
            """
            WITH given AS (
                SELECT fresh, coalesce((fresh).lead_days, category_lead_days, inventory_lead_days) AS in_force
                  FROM jsonb_populate_recordset(NULL::items, $2::text::jsonb) AS fresh
                  LEFT JOIN (%2$s) AS of_category ON category = (fresh).category_id
                 CROSS JOIN (%3$s) AS of_inventory
            ), changed AS (
                UPDATE items
                   SET (%1$s, effective_lead_days, version)
                       = (SELECT %1$s, in_force, version + 1 FROM (SELECT (fresh).*) AS each),
                       updated_at = (%4$s)
                  FROM given
                 WHERE user_id = $1 AND id = (fresh).id
             RETURNING %5$s
            ), created AS (
                INSERT INTO items (user_id, id, effective_lead_days, created_at, updated_at,
                       %1$s)
                SELECT $1, id, coalesce(lead_days, category_lead_days, inventory_lead_days), last_at, last_at,
                       %1$s
                  FROM jsonb_to_recordset($3::text::jsonb) AS added (%6$s)
                  LEFT JOIN (%2$s) AS of_category ON category = category_id
                 CROSS JOIN (%3$s) AS of_inventory
                 CROSS JOIN (%4$s) AS change
             RETURNING %5$s
            )
            SELECT %5$s
              FROM changed
             UNION ALL
            SELECT %5$s
              FROM created
            """.formatted(VALUES, LEAD_DAYS_OF_CATEGORY, LEAD_DAYS_OF_INVENTORY, MOMENT, COLUMNS, GIVEN);

    /**
     * Changes and adds any number of items in one statement.
     *
     * @param changed items as they are to be, of the versions that they are to succeed
     * @param fresh new items, as {@link #insert} takes them
     * @return the items as they are now, by id; fails with {@code CONFLICT} when an external id is taken
     */
    Future<Map<UUID, Item>> write(SqlClient client, InventoryId inventoryId, List<Item> changed, List<Item> fresh) {
        return Rows.map(
                        client,
                        WRITE,
                        Tuple.of(inventoryId.value(), rows(changed), rows(fresh)),
                        row -> row.getUUID("id"),
                        ItemRepository::toItem)
                .recover(ItemRepository::reword);
    }

    /** What is said where an external id is asked for that another item has. */
    static final String EXTERNAL_ID_TAKEN = "Another item has this external id. Change that one, or choose another id.";

    private static final List<Conflict> CONFLICTS =
            List.of(new Conflict("items_external_id_key", "externalId", EXTERNAL_ID_TAKEN));

    private static <T> Future<T> reword(Throwable failure) {
        return Conflict.reword(failure, CONFLICTS);
    }

    private static final String UPDATE =
            """
            WITH given AS (
                SELECT %1$s, coalesce(lead_days, category_lead_days, inventory_lead_days) AS in_force
                  FROM jsonb_to_recordset($3::text::jsonb) AS fresh (%6$s)
                  LEFT JOIN (%2$s) AS of_category ON category = category_id
                 CROSS JOIN (%3$s) AS of_inventory
            )
            UPDATE items
               SET (%1$s, effective_lead_days)
                   = (SELECT %1$s, in_force FROM given),
                   version = version + 1, updated_at = (%4$s)
             WHERE user_id = $1 AND id = $2
            RETURNING %5$s
            """.formatted(VALUES, LEAD_DAYS_OF_CATEGORY, LEAD_DAYS_OF_INVENTORY, MOMENT, COLUMNS, GIVEN);

    /**
     * Changes an item to what is given, and counts its version up.
     *
     * @return fails with {@code CONFLICT} when its external id is taken
     */
    Future<Item> update(SqlClient client, InventoryId inventoryId, Item changed) {
        return Rows.first(
                        client,
                        UPDATE,
                        Tuple.of(inventoryId.value(), changed.id(), rows(List.of(changed))),
                        ItemRepository::toItem)
                .map(Optional::orElseThrow)
                .recover(ItemRepository::reword);
    }

    private static final String RESTORE =
            """
            INSERT INTO items (user_id, id, effective_lead_days, version, created_at, updated_at,
                   %1$s)
            SELECT $1, id, coalesce(lead_days, category_lead_days, inventory_lead_days), version + 1, created_at, last_at,
                   %1$s
              FROM jsonb_populate_recordset(NULL::items, $2::text::jsonb)
              LEFT JOIN (%2$s) AS of_category ON category = category_id
             CROSS JOIN (%3$s) AS of_inventory
             CROSS JOIN (%4$s) AS change
            RETURNING %5$s
            """.formatted(VALUES, LEAD_DAYS_OF_CATEGORY, LEAD_DAYS_OF_INVENTORY, MOMENT, COLUMNS);

    /**
     * Puts a deleted item back under its id, as it was, and counts its version up.
     *
     * @return fails with {@code CONFLICT} when its external id is taken
     */
    Future<Item> restore(SqlClient client, InventoryId inventoryId, Item deleted) {
        return Rows.first(
                        client, RESTORE, Tuple.of(inventoryId.value(), rows(List.of(deleted))), ItemRepository::toItem)
                .map(Optional::orElseThrow)
                .recover(ItemRepository::reword);
    }

    /** Items as rows of their table: a column is called as the component of the record, but for the lead days. */
    private static String rows(List<Item> items) {
        return RecordJson.rows(items, Map.of("ownLeadDays", "lead_days", "leadDays", "effective_lead_days"));
    }

    private static final String DELETE = """
            DELETE FROM items
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Deletes items. */
    Future<Integer> delete(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        return Rows.change(client, DELETE, Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new)));
    }

    private static final String INSERT_TAKE_OUTS = """
            INSERT INTO take_outs (user_id, id, item_id, category_id, name, quantity, unit, value, outcome, note, created_at)
            SELECT $1, id, item_id, category_id, name, quantity::numeric, unit, value::numeric, outcome, note,
                   statement_timestamp()
              FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                   $10::text[]) AS taken (id, item_id, category_id, name, quantity, unit, value, outcome, note)
            """;

    /**
     * Records what was taken out of items, at the time of the statement: the transaction may have begun before a
     * report was written, and waited for it.
     *
     * @param taken each with the item from which it was taken
     */
    Future<Integer> insertTakeOuts(SqlClient client, InventoryId inventoryId, List<ItemState> taken) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addArrayOfUUID(each(taken, UUID[]::new, state -> takeOut(state).id()))
                .addArrayOfUUID(each(taken, UUID[]::new, state -> state.item().id()))
                .addArrayOfUUID(each(taken, UUID[]::new, state -> state.item().categoryId()))
                .addArrayOfString(
                        each(taken, String[]::new, state -> state.item().name()))
                .addArrayOfString(each(
                        taken, String[]::new, state -> takeOut(state).quantity().toPlainString()))
                .addArrayOfString(
                        each(taken, String[]::new, state -> state.item().unit()))
                .addArrayOfString(each(
                        taken, String[]::new, state -> takeOut(state).value().toPlainString()))
                .addArrayOfString(each(
                        taken, String[]::new, state -> takeOut(state).outcome().name()))
                .addArrayOfString(
                        each(taken, String[]::new, state -> takeOut(state).note()));
        return Rows.change(client, INSERT_TAKE_OUTS, parameters);
    }

    private static TakeOut takeOut(ItemState state) {
        return Objects.requireNonNull(state.takeOut());
    }

    private static <T, V> V[] each(List<T> list, IntFunction<V[]> array, Function<T, @Nullable V> value) {
        return list.stream().map(value).toArray(array);
    }

    private static final String DELETE_TAKE_OUT = """
            DELETE FROM take_outs
             WHERE user_id = $1 AND id = $2
            """;

    /** Forgets what was taken out, because it was put back. */
    Future<Integer> deleteTakeOut(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, DELETE_TAKE_OUT, Tuple.of(inventoryId.value(), id));
    }

    private static final String REFRESH_LEAD_DAYS =
            """
            UPDATE items
               SET effective_lead_days = wanted_lead_days, version = version + 1, updated_at = (%s)
              FROM (SELECT id AS wanted_id, effective_lead_days AS former_lead_days,
                           coalesce(category_lead_days, inventory_lead_days) AS wanted_lead_days
                      FROM items
                      LEFT JOIN (%s) AS of_category ON category = category_id
                     CROSS JOIN (%s) AS of_inventory
                     WHERE user_id = $1 AND lead_days IS NULL
                       AND ($2::uuid IS NULL OR category_id = $2)) AS wanted
             WHERE user_id = $1 AND id = wanted_id AND effective_lead_days <> wanted_lead_days
            RETURNING %s, former_lead_days
            """.formatted(MOMENT, LEAD_DAYS_OF_CATEGORY, LEAD_DAYS_OF_INVENTORY, COLUMNS);

    /** An item whose lead days in force changed, and what they were. */
    record Refreshed(Item item, int formerLeadDays) {}

    /**
     * Puts the lead days in force right after those of a category, or of the user, changed.
     *
     * @param categoryId only items of this category; null for all
     * @return the items that changed
     */
    Future<List<Refreshed>> refreshLeadDays(SqlClient client, InventoryId inventoryId, @Nullable UUID categoryId) {
        return Rows.list(
                client,
                REFRESH_LEAD_DAYS,
                Tuple.of(inventoryId.value(), categoryId),
                row -> new Refreshed(toItem(row), row.getShort("former_lead_days")));
    }

    private static final String OF_ONE_CATEGORY = "SELECT " + COLUMNS + """
              FROM items
             WHERE user_id = $1 AND category_id = $2
             ORDER BY id
            """;

    /** Every item of a category, used up or not. */
    Future<List<Item>> listOfCategory(SqlClient client, InventoryId inventoryId, UUID categoryId) {
        return Rows.list(client, OF_ONE_CATEGORY, Tuple.of(inventoryId.value(), categoryId), ItemRepository::toItem);
    }

    private static final String REASSIGN = """
            UPDATE items
               SET category_id = $3,
                   effective_lead_days = coalesce(
                       lead_days,
                       (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $3),
                       (SELECT lead_days FROM inventories WHERE id = $1)),
                   version = version + 1, updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND category_id = $2
            RETURNING\s""" + COLUMNS;

    /** Moves every item of a category to another one, or to none; answers them as they are now, by id. */
    Future<Map<UUID, Item>> reassign(
            SqlClient client, InventoryId inventoryId, UUID categoryId, @Nullable UUID reassignTo) {
        return Rows.map(
                client,
                REASSIGN,
                Tuple.of(inventoryId.value(), categoryId, reassignTo),
                row -> row.getUUID("id"),
                ItemRepository::toItem);
    }

    private static final String MOVE = """
            UPDATE items
               SET category_id = $4,
                   effective_lead_days = coalesce(
                       lead_days,
                       (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $4),
                       (SELECT lead_days FROM inventories WHERE id = $1)),
                   version = version + 1, updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND id = ANY ($2) AND category_id IS NOT DISTINCT FROM $3
            RETURNING\s""" + COLUMNS;

    /** Moves those of some items that are in one category, or in none, to another one; answers them as they are now, by id. */
    Future<Map<UUID, Item>> move(
            SqlClient client, InventoryId inventoryId, Collection<UUID> ids, @Nullable UUID from, UUID to) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addArrayOfUUID(ids.toArray(UUID[]::new))
                .addUUID(from)
                .addUUID(to);
        return Rows.map(client, MOVE, parameters, row -> row.getUUID("id"), ItemRepository::toItem);
    }

    private static final String OF_ONE_PRODUCT = "SELECT " + COLUMNS + """
              FROM items
             WHERE user_id = $1 AND product_id = $2
             ORDER BY id
            """;

    /** Every lot of a product, used up or not. */
    Future<List<Item>> listOfProduct(SqlClient client, InventoryId inventoryId, UUID productId) {
        return Rows.list(client, OF_ONE_PRODUCT, Tuple.of(inventoryId.value(), productId), ItemRepository::toItem);
    }

    private static final String RELEASE = """
            UPDATE items
               SET product_id = NULL, version = version + 1,
                   updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND product_id = $2
            RETURNING\s""" + COLUMNS;

    /** Makes every lot of a product a lot of none; answers them as they are now, by id. */
    Future<Map<UUID, Item>> release(SqlClient client, InventoryId inventoryId, UUID productId) {
        return Rows.map(
                client,
                RELEASE,
                Tuple.of(inventoryId.value(), productId),
                row -> row.getUUID("id"),
                ItemRepository::toItem);
    }

    private static final String REJOIN = """
            UPDATE items
               SET product_id = $3, version = version + 1,
                   updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND id = ANY ($2) AND product_id IS NULL
            RETURNING\s""" + COLUMNS;

    /** Makes those of some items that are lots of no product lots of one; answers them as they are now, by id. */
    Future<Map<UUID, Item>> rejoin(SqlClient client, InventoryId inventoryId, Collection<UUID> ids, UUID productId) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addArrayOfUUID(ids.toArray(UUID[]::new))
                .addUUID(productId);
        return Rows.map(client, REJOIN, parameters, row -> row.getUUID("id"), ItemRepository::toItem);
    }

    // What comes before each lot, in the order in which they expire, tells how much of it is still needed.
    private static final String PORTIONS = "SELECT " + COLUMNS + """
                 , least(quantity, $4::numeric - before) AS portion, available
              FROM (SELECT items.*,
                           sum(quantity) OVER (ORDER BY COALESCE(expiry_date, 'infinity'), id) - quantity AS before,
                           sum(quantity) OVER () AS available
                      FROM items
                     WHERE user_id = $1 AND product_id = $2 AND NOT used_up AND unit = $3
                       AND COALESCE(expiry_date, 'infinity') >= $5::date) AS lots
             WHERE before < $4::numeric
             ORDER BY COALESCE(expiry_date, 'infinity'), id
             LIMIT $6
            """;

    /**
     * Part of a lot, or all of it.
     *
     * @param portion how much of it
     * @param available how much there is of all its product's lots that may be taken from
     */
    record Portion(Item lot, BigDecimal portion, BigDecimal available) {}

    /**
     * The lots of a product from which a quantity is taken, the first to expire first, undated ones last.
     *
     * @param unit only of lots that are counted in it
     * @param from only of lots that are good on this day; {@link LocalDate#MIN} for any
     * @param limit most lots
     */
    Future<List<Portion>> portions(
            SqlClient client,
            InventoryId inventoryId,
            UUID productId,
            String unit,
            BigDecimal quantity,
            LocalDate from,
            int limit) {
        Tuple parameters = Tuple.of(inventoryId.value(), productId, unit, quantity, from, limit);
        return Rows.list(
                client,
                PORTIONS,
                parameters,
                row -> new Portion(toItem(row), row.getBigDecimal("portion"), row.getBigDecimal("available")));
    }

    private static ItemOrder.Place toPlace(Row row, ItemOrder order) {
        Object key = switch (order.field()) {
            case EXPIRY_DATE -> row.getLocalDate("place_key");
            case NAME -> row.getString("place_key");
            case CREATED_AT, UPDATED_AT -> row.getOffsetDateTime("place_key");
        };
        return new ItemOrder.Place(key, row.getUUID(0));
    }

    /** Of a row that begins with {@link #COLUMNS}. */
    static Item toItem(Row row) {
        return toItem(row, ItemColumns.ALL);
    }

    // By the places of the columns: looking up names costs a page a tenth.
    private static Item toItem(Row row, ItemColumns columns) {
        int leadDays = columns.position(14);
        int version = columns.position(2);
        Short ownLeadDays = leadDays < 0 ? null : row.getShort(leadDays);
        return new Item(
                row.getUUID(columns.position(0)),
                row.getUUID(columns.position(5)),
                row.getString(columns.position(6)),
                text(row, columns.position(7)),
                Objects.requireNonNull(decimal(row, columns.position(8))),
                row.getString(columns.position(9)),
                decimal(row, columns.position(10)),
                decimal(row, columns.position(11)),
                date(row, columns.position(12)),
                date(row, columns.position(13)),
                ownLeadDays == null ? null : ownLeadDays.intValue(),
                row.getShort(columns.position(1)),
                text(row, columns.position(15)),
                text(row, columns.position(16)),
                text(row, columns.position(17)),
                text(row, columns.position(18)),
                columns.position(19) < 0 ? null : row.getUUID(columns.position(19)),
                version < 0 ? 0 : row.getInteger(version),
                moment(row, columns.position(3)),
                moment(row, columns.position(4)));
    }

    private static @Nullable String text(Row row, int position) {
        return position < 0 ? null : row.getString(position);
    }

    private static @Nullable LocalDate date(Row row, int position) {
        return position < 0 ? null : row.getLocalDate(position);
    }

    // Not by getBigDecimal, which writes the number as text to read it again.
    private static @Nullable BigDecimal decimal(Row row, int position) {
        return position >= 0 && row.getValue(position) instanceof Numeric number ? number.bigDecimalValue() : null;
    }

    private static Instant moment(Row row, int position) {
        return position < 0 ? Instant.EPOCH : row.getOffsetDateTime(position).toInstant();
    }
}
