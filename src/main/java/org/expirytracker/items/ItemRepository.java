package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code items}. $1 is always the user, so no statement can cross tenants. */
public final class ItemRepository {

    private static final String COLUMNS = """
            id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
            purchase_date, lead_days, effective_lead_days, location, barcode, lot_number, version, created_at, updated_at
            """;

    /** An item with its place in the order asked for. */
    record Placed(Item item, ItemOrder.Place place) {}

    // A page. The order, the direction, the cursor and the conditions are put in from the fixed texts below; what
    // a client sends only ever comes as a parameter. Parameters that a text does not use are named in the last line.
    private static final String PAGE = "SELECT " + COLUMNS + """
                   , %1$s AS place_key
              FROM items
             WHERE user_id = $1 AND used_up = $2 %4$s %5$s %6$s
             ORDER BY %1$s %3$s, id %3$s
             LIMIT $3
            """;

    private static final String AT_START = "AND $4::%2$s IS NULL AND $5::uuid IS NULL";
    private static final String AFTER = "AND (%1$s, id) > ($4::%2$s, $5::uuid)";
    private static final String BEFORE = "AND (%1$s, id) < ($4::%2$s, $5::uuid)";

    private static final String OF_USER = "AND $6::uuid[] IS NULL";
    private static final String OF_CATEGORY = "AND category_id = wanted.id";

    private static final String WITHOUT_CONDITIONS = "";
    private static final String CONDITIONS = """

               AND COALESCE(expiry_date, 'infinity') BETWEEN $7::date AND $8::date
               AND ($9::text[] IS NULL OR item_status(expiry_date, expiring_from, $10::date) = ANY ($9))
               AND ($11::uuid[] IS NULL OR category_id = ANY ($11))
               AND ($12::text IS NULL OR location_identity = $12)
               AND ($13::text IS NULL OR barcode_identity = code_identity($13))
               AND ($14::timestamptz IS NULL OR updated_at >= $14)
            """;

    // The longest word goes through the index; the other words are looked for in what it finds.
    private static final String SEARCH = CONDITIONS + """
               AND search_text LIKE $15::text
               AND search_text LIKE ALL (string_to_array($16::text, E'\\n'))
            """;

    private static final String PAGES_OF_CATEGORIES = """
            SELECT page.*
              FROM unnest($6::uuid[]) WITH ORDINALITY AS wanted (id, place)
             CROSS JOIN LATERAL (%s) AS page
             ORDER BY wanted.place, page.place_key %2$s, page.id %2$s
            """;

    private static final String COUNT = """
            SELECT count(*)::integer AS items
              FROM items
             WHERE user_id = $1 AND used_up = $2 AND $3::integer IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
               AND $6::uuid[] IS NULL %s
            """;

    private static final String COUNT_OF_CATEGORIES = """
            SELECT category_id, count(*)::integer AS items
              FROM items
             WHERE user_id = $1 AND used_up = $2 AND $3::integer IS NULL AND $4::date IS NULL AND $5::uuid IS NULL
               AND category_id = ANY ($6::uuid[]) %s
             GROUP BY category_id
            """;

    private record Shape(
            ItemOrder.Field field, boolean descending, boolean fromStart, boolean nested, String conditions) {

        String sql() {
            String direction = descending ? "DESC" : "ASC";
            String cursor = (fromStart ? AT_START : descending ? BEFORE : AFTER).formatted(field.key, field.type);
            String page = PAGE.formatted(
                    field.key, field.type, direction, nested ? OF_CATEGORY : OF_USER, cursor, conditions);
            return nested ? PAGES_OF_CATEGORIES.formatted(page, direction) : page;
        }
    }

    /** The texts of {@link #PAGE}, one for each shape: 96. */
    private static final Map<Shape, String> PAGES = pages();

    private static Map<Shape, String> pages() {
        Map<Shape, String> pages = new HashMap<>();
        for (ItemOrder.Field field : ItemOrder.Field.values()) {
            for (String conditions : List.of(WITHOUT_CONDITIONS, CONDITIONS, SEARCH)) {
                for (int flags = 0; flags < 8; flags++) {
                    Shape shape = new Shape(field, (flags & 1) != 0, (flags & 2) != 0, (flags & 4) != 0, conditions);
                    pages.put(shape, shape.sql());
                }
            }
        }
        return pages;
    }

    /** The texts of {@link #COUNT}, by their conditions. */
    private static final Map<String, String> COUNTS = underConditions(COUNT);

    /** The texts of {@link #COUNT_OF_CATEGORIES}, by their conditions. */
    private static final Map<String, String> COUNTS_OF_CATEGORIES = underConditions(COUNT_OF_CATEGORIES);

    private static Map<String, String> underConditions(String text) {
        return Map.of(
                WITHOUT_CONDITIONS, text.formatted(WITHOUT_CONDITIONS),
                CONDITIONS, text.formatted(CONDITIONS),
                SEARCH, text.formatted(SEARCH));
    }

    private static String conditions(ItemFilter filter) {
        if (filter.isPlain()) {
            return WITHOUT_CONDITIONS;
        }
        return filter.words().isEmpty() ? CONDITIONS : SEARCH;
    }

    /** A page of a user's items, in the direction of reading. */
    Future<List<Placed>> list(
            SqlClient client,
            UserId userId,
            ItemFilter filter,
            ItemOrder order,
            Page page,
            ItemOrder.@Nullable Place place) {
        return pages(client, userId, filter, order, page, place, null);
    }

    /** The first or last items of each of several categories, in the direction of reading. One statement. */
    Future<Map<UUID, List<Placed>>> listOfCategories(
            SqlClient client,
            UserId userId,
            Collection<UUID> categoryIds,
            ItemFilter filter,
            ItemOrder order,
            Page page,
            ItemOrder.@Nullable Place place) {
        return pages(client, userId, filter, order, page, place, categoryIds).map(found -> {
            Map<UUID, List<Placed>> byCategory = new HashMap<>();
            categoryIds.forEach(category -> byCategory.put(category, new ArrayList<>()));
            for (Placed placed : found) {
                UUID category = Objects.requireNonNull(placed.item().categoryId());
                byCategory.computeIfAbsent(category, id -> new ArrayList<>()).add(placed);
            }
            return byCategory;
        });
    }

    private Future<List<Placed>> pages(
            SqlClient client,
            UserId userId,
            ItemFilter filter,
            ItemOrder order,
            Page page,
            ItemOrder.@Nullable Place place,
            @Nullable Collection<UUID> categoryIds) {
        boolean descending = order.descending() == page.forward();
        Shape shape = new Shape(order.field(), descending, place == null, categoryIds != null, conditions(filter));
        String sql = Objects.requireNonNull(PAGES.get(shape));
        Tuple parameters = parameters(userId, filter, page.limit(), place, categoryIds);
        return Rows.list(client, sql, parameters, row -> new Placed(toItem(row, filter.asOf()), toPlace(row, order)));
    }

    /** How many items meet the conditions. */
    Future<Integer> count(SqlClient client, UserId userId, ItemFilter filter) {
        return Rows.first(
                        client,
                        Objects.requireNonNull(COUNTS.get(conditions(filter))),
                        parameters(userId, filter, null, null, null),
                        row -> row.getInteger("items"))
                .map(found -> found.orElse(0));
    }

    /** How many items of each category meet the conditions; a category without any is left out. One statement. */
    Future<Map<UUID, Integer>> countOfCategories(
            SqlClient client, UserId userId, Collection<UUID> categoryIds, ItemFilter filter) {
        return Rows.map(
                client,
                Objects.requireNonNull(COUNTS_OF_CATEGORIES.get(conditions(filter))),
                parameters(userId, filter, null, null, categoryIds),
                row -> row.getUUID("category_id"),
                row -> row.getInteger("items"));
    }

    private static Tuple parameters(
            UserId userId,
            ItemFilter filter,
            @Nullable Integer limit,
            ItemOrder.@Nullable Place place,
            @Nullable Collection<UUID> categoryIds) {
        Tuple parameters = Tuple.of(
                userId.value(),
                filter.usedUp(),
                limit,
                place == null ? null : place.key(),
                place == null ? null : place.id(),
                categoryIds == null ? null : categoryIds.toArray(UUID[]::new));
        if (filter.isPlain()) {
            return parameters;
        }
        parameters
                .addLocalDate(filter.earliest())
                .addLocalDate(filter.latest())
                .addArrayOfString(names(filter.statuses()))
                .addLocalDate(filter.asOf())
                .addArrayOfUUID(
                        filter.categoryIds() == null
                                ? null
                                : filter.categoryIds().toArray(UUID[]::new))
                .addString(filter.location())
                .addString(filter.barcode())
                .addOffsetDateTime(
                        filter.updatedSince() == null
                                ? null
                                : filter.updatedSince().atOffset(ZoneOffset.UTC));
        return filter.words().isEmpty()
                ? parameters
                : parameters.addString(filter.longestPattern()).addString(filter.patterns());
    }

    private static String @Nullable [] names(@Nullable Set<ItemStatus> statuses) {
        return statuses == null ? null : statuses.stream().map(Enum::name).toArray(String[]::new);
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM items
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Items by id, used up or not; one that does not exist is left out. */
    Future<Map<UUID, Item>> find(SqlClient client, UserId userId, Collection<UUID> ids, LocalDate asOf) {
        Tuple parameters = Tuple.of(userId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), row -> toItem(row, asOf));
    }

    private static final String INSERT = """
            INSERT INTO items (user_id, id, category_id, name, description, quantity, unit, cost_price, selling_price,
                               expiry_date, purchase_date, lead_days, effective_lead_days, location, barcode, lot_number,
                               created_at, updated_at)
            SELECT $1, fresh.id, fresh.category_id, fresh.name, fresh.description, fresh.quantity, fresh.unit,
                   fresh.cost_price, fresh.selling_price, fresh.expiry_date, fresh.purchase_date, fresh.lead_days,
                   coalesce(fresh.lead_days, categories.lead_days, users.lead_days),
                   fresh.location, fresh.barcode, fresh.lot_number, feeds.last_at, feeds.last_at
              FROM jsonb_to_recordset($2::jsonb) AS fresh (
                       id uuid, category_id uuid, name text, description text, quantity numeric, unit text,
                       cost_price numeric, selling_price numeric, expiry_date date, purchase_date date,
                       lead_days smallint,
                       location text, barcode text, lot_number text)
              JOIN users ON users.id = $1
              JOIN feeds ON feeds.user_id = $1
              LEFT JOIN categories ON categories.user_id = $1 AND categories.id = fresh.category_id
            RETURNING\s""" + COLUMNS;

    /**
     * Adds any number of items in one statement.
     *
     * @param fresh new items; version, times and the lead days in force are made here
     * @return the items as they are now, by id
     */
    Future<Map<UUID, Item>> insert(SqlClient client, UserId userId, List<Item> fresh, LocalDate asOf) {
        JsonArray rows = new JsonArray();
        fresh.forEach(item -> rows.add(toJson(item)));
        return Rows.map(
                client, INSERT, Tuple.of(userId.value(), rows), row -> row.getUUID("id"), row -> toItem(row, asOf));
    }

    private static JsonObject toJson(Item item) {
        return new JsonObject()
                .put("id", item.id().toString())
                .put(
                        "category_id",
                        item.categoryId() == null ? null : item.categoryId().toString())
                .put("name", item.name())
                .put("description", item.description())
                .put("quantity", item.quantity())
                .put("unit", item.unit())
                .put("cost_price", item.costPrice())
                .put("selling_price", item.sellingPrice())
                .put(
                        "expiry_date",
                        item.expiryDate() == null ? null : item.expiryDate().toString())
                .put(
                        "purchase_date",
                        item.purchaseDate() == null ? null : item.purchaseDate().toString())
                .put("lead_days", item.ownLeadDays())
                .put("location", item.location())
                .put("barcode", item.barcode())
                .put("lot_number", item.lotNumber());
    }

    private static final String UPDATE = """
            UPDATE items
               SET category_id = $3, name = $4, description = $5, quantity = $6, unit = $7, cost_price = $8,
                   selling_price = $9, expiry_date = $10, lead_days = $11,
                   effective_lead_days = coalesce(
                       $11,
                       (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $3),
                       (SELECT lead_days FROM users WHERE id = $1)),
                   location = $12, barcode = $13, lot_number = $14, purchase_date = $15,
                   version = version + 1, updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /** Changes an item to what is given, and counts its version up. */
    Future<Item> update(SqlClient client, UserId userId, Item changed) {
        return Rows.first(client, UPDATE, values(userId, changed), row -> toItem(row, changed.asOf()))
                .map(Optional::orElseThrow);
    }

    private static Tuple values(UserId userId, Item item) {
        return Tuple.of(userId.value(), item.id(), item.categoryId())
                .addString(item.name())
                .addString(item.description())
                .addBigDecimal(item.quantity())
                .addString(item.unit())
                .addBigDecimal(item.costPrice())
                .addBigDecimal(item.sellingPrice())
                .addLocalDate(item.expiryDate())
                .addValue(item.ownLeadDays() == null ? null : item.ownLeadDays().shortValue())
                .addString(item.location())
                .addString(item.barcode())
                .addString(item.lotNumber())
                .addLocalDate(item.purchaseDate());
    }

    private static final String RESTORE = """
            INSERT INTO items (user_id, id, category_id, name, description, quantity, unit, cost_price, selling_price,
                               expiry_date, lead_days, effective_lead_days, location, barcode, lot_number, purchase_date, version,
                               created_at, updated_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                   coalesce($11, (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $3), users.lead_days),
                   $12, $13, $14, $15, $16::integer + 1, $17,
                   (SELECT last_at FROM feeds WHERE user_id = $1)
              FROM users
             WHERE users.id = $1
            RETURNING\s""" + COLUMNS;

    /** Puts a deleted item back under its id, as it was, and counts its version up. */
    Future<Item> restore(SqlClient client, UserId userId, Item deleted) {
        Tuple parameters = values(userId, deleted)
                .addInteger(deleted.version())
                .addOffsetDateTime(deleted.createdAt().atOffset(ZoneOffset.UTC));
        return Rows.first(client, RESTORE, parameters, row -> toItem(row, deleted.asOf()))
                .map(Optional::orElseThrow);
    }

    private static final String DELETE = """
            DELETE FROM items
             WHERE user_id = $1 AND id = $2
            """;

    /** Deletes an item, and with it what was said about it. */
    Future<Integer> delete(SqlClient client, UserId userId, UUID id) {
        return Rows.change(client, DELETE, Tuple.of(userId.value(), id));
    }

    private static final String INSERT_TAKE_OUT = """
            INSERT INTO take_outs (user_id, id, item_id, category_id, name, quantity, unit, value, outcome, note, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, statement_timestamp())
            """;

    /**
     * Records what was taken out of an item, at the time of the statement: the transaction may have begun before a
     * report was written, and waited for it.
     */
    Future<Integer> insert(SqlClient client, UserId userId, Item item, TakeOut takeOut) {
        Tuple parameters = Tuple.of(userId.value(), takeOut.id(), item.id(), item.categoryId(), item.name())
                .addBigDecimal(takeOut.quantity())
                .addString(item.unit())
                .addBigDecimal(takeOut.value())
                .addString(takeOut.outcome().name())
                .addString(takeOut.note());
        return Rows.change(client, INSERT_TAKE_OUT, parameters);
    }

    private static final String DELETE_TAKE_OUT = """
            DELETE FROM take_outs
             WHERE user_id = $1 AND id = $2
            """;

    /** Forgets what was taken out, because it was put back. */
    Future<Integer> deleteTakeOut(SqlClient client, UserId userId, UUID id) {
        return Rows.change(client, DELETE_TAKE_OUT, Tuple.of(userId.value(), id));
    }

    private static final String REFRESH_LEAD_DAYS = """
            UPDATE items
               SET effective_lead_days = wanted.lead_days, version = version + 1,
                   updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
              FROM (SELECT items.id AS item_id, items.effective_lead_days AS former_lead_days,
                           coalesce(categories.lead_days, users.lead_days) AS lead_days
                      FROM items
                      JOIN users ON users.id = $1
                      LEFT JOIN categories ON categories.user_id = $1 AND categories.id = items.category_id
                     WHERE items.user_id = $1 AND items.lead_days IS NULL
                       AND ($2::uuid IS NULL OR items.category_id = $2)) AS wanted
             WHERE items.user_id = $1 AND items.id = wanted.item_id AND items.effective_lead_days <> wanted.lead_days
            RETURNING id, category_id, name, description, quantity, unit, cost_price, selling_price, expiry_date,
                      purchase_date, items.lead_days, effective_lead_days, location, barcode, lot_number, version,
                      created_at, updated_at, wanted.former_lead_days
            """;

    /** An item whose lead days in force changed, and what they were. */
    record Refreshed(Item item, int formerLeadDays) {}

    /**
     * Puts the lead days in force right after those of a category, or of the user, changed.
     *
     * @param categoryId only items of this category; null for all
     * @return the items that changed
     */
    Future<List<Refreshed>> refreshLeadDays(
            SqlClient client, UserId userId, @Nullable UUID categoryId, LocalDate asOf) {
        return Rows.list(
                client,
                REFRESH_LEAD_DAYS,
                Tuple.of(userId.value(), categoryId),
                row -> new Refreshed(toItem(row, asOf), row.getShort("former_lead_days")));
    }

    private static final String OF_ONE_CATEGORY = "SELECT " + COLUMNS + """
              FROM items
             WHERE user_id = $1 AND category_id = $2
             ORDER BY id
            """;

    /** Every item of a category, used up or not. */
    Future<List<Item>> listOfCategory(SqlClient client, UserId userId, UUID categoryId, LocalDate asOf) {
        return Rows.list(client, OF_ONE_CATEGORY, Tuple.of(userId.value(), categoryId), row -> toItem(row, asOf));
    }

    private static final String REASSIGN = """
            UPDATE items
               SET category_id = $3,
                   effective_lead_days = coalesce(
                       lead_days,
                       (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $3),
                       (SELECT lead_days FROM users WHERE id = $1)),
                   version = version + 1, updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND category_id = $2
            RETURNING\s""" + COLUMNS;

    /** Moves every item of a category to another one, or to none; answers them as they are now, by id. */
    Future<Map<UUID, Item>> reassign(
            SqlClient client, UserId userId, UUID categoryId, @Nullable UUID reassignTo, LocalDate asOf) {
        return Rows.map(
                client,
                REASSIGN,
                Tuple.of(userId.value(), categoryId, reassignTo),
                row -> row.getUUID("id"),
                row -> toItem(row, asOf));
    }

    private static final String MOVE = """
            UPDATE items
               SET category_id = $4,
                   effective_lead_days = coalesce(
                       lead_days,
                       (SELECT lead_days FROM categories WHERE user_id = $1 AND id = $4),
                       (SELECT lead_days FROM users WHERE id = $1)),
                   version = version + 1, updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND id = ANY ($2) AND category_id IS NOT DISTINCT FROM $3
            RETURNING\s""" + COLUMNS;

    /** Moves those of some items that are in one category, or in none, to another one; answers them as they are now, by id. */
    Future<Map<UUID, Item>> move(
            SqlClient client, UserId userId, Collection<UUID> ids, @Nullable UUID from, UUID to, LocalDate asOf) {
        Tuple parameters = Tuple.of(userId.value())
                .addArrayOfUUID(ids.toArray(UUID[]::new))
                .addUUID(from)
                .addUUID(to);
        return Rows.map(client, MOVE, parameters, row -> row.getUUID("id"), row -> toItem(row, asOf));
    }

    private static ItemOrder.Place toPlace(Row row, ItemOrder order) {
        Object key = switch (order.field()) {
            case EXPIRY_DATE -> row.getLocalDate("place_key");
            case NAME -> row.getString("place_key");
            case CREATED_AT, UPDATED_AT -> row.getOffsetDateTime("place_key");
        };
        return new ItemOrder.Place(key, row.getUUID("id"));
    }

    static Item toItem(Row row, LocalDate asOf) {
        Short ownLeadDays = row.getShort("lead_days");
        return new Item(
                row.getUUID("id"),
                row.getUUID("category_id"),
                row.getString("name"),
                row.getString("description"),
                row.getBigDecimal("quantity"),
                row.getString("unit"),
                row.getBigDecimal("cost_price"),
                row.getBigDecimal("selling_price"),
                row.getLocalDate("expiry_date"),
                row.getLocalDate("purchase_date"),
                ownLeadDays == null ? null : ownLeadDays.intValue(),
                row.getShort("effective_lead_days"),
                row.getString("location"),
                row.getString("barcode"),
                row.getString("lot_number"),
                row.getInteger("version"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant(),
                asOf);
    }
}
