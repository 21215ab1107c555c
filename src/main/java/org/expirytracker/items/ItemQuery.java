package org.expirytracker.items;

import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;

/**
 * The statements that list and count items, in one place. Each is put together from the fixed texts below and the fixed
 * tests of {@link ItemCondition.Kind}; what a client sends is only ever bound. $1 is the user.
 */
final class ItemQuery {

    /** To how many items are counted that meet conditions. */
    static final int MOST_COUNTED = 10_000;

    private static final String PAGE = """
            SELECT %4$s%5$s
              FROM items
             WHERE user_id = $1%3$s
             ORDER BY %1$s %2$s, id %2$s
             LIMIT $2
            """;

    private static final String AFTER = "(%s, id) > (?::%s, ?::uuid)";
    private static final String BEFORE = "(%s, id) < (?::%s, ?::uuid)";

    // Each index has what is in stock apart from what is used up, so that both come in order only one after the other.
    private static final String PAGE_OF_BOTH = """
            SELECT page.*
              FROM unnest('{false,true}'::boolean[]) AS stock (used_up)
             CROSS JOIN LATERAL (%1$s) AS page
             ORDER BY page.place_key %2$s, page.id %2$s
             LIMIT $2
            """;
    private static final String OF_STOCK = "used_up = stock.used_up";

    private static final String PAGES_OF_EACH = """
            SELECT page.*
              FROM unnest($3::uuid[]) WITH ORDINALITY AS wanted (id, place)
             CROSS JOIN LATERAL (%1$s) AS page
             ORDER BY wanted.place, page.place_key %2$s, page.id %2$s
            """;
    private static final String EXPORT = "SELECT " + ItemRepository.COLUMNS + """
                 , (SELECT categories.name
                      FROM categories
                     WHERE categories.user_id = $1 AND categories.id = items.category_id) AS category_name
              FROM items
             WHERE user_id = $1%1$s
             ORDER BY id
            """;

    private static final String BEYOND = """
            SELECT EXISTS (SELECT
                             FROM items
                            WHERE user_id = $1%1$s
                           OFFSET %2$d) AS beyond
            """;

    // One more than the limit, by which it is known that there are more.
    private static final String COUNT = """
            SELECT count(*)::integer AS items
              FROM (SELECT
                      FROM items
                     WHERE user_id = $1%1$s
                     LIMIT %2$s) AS found
            """;

    private static final String COUNT_OF_EACH = """
            SELECT wanted.id AS group_id, counted.items
              FROM unnest($2::uuid[]) AS wanted (id)
             CROSS JOIN LATERAL (
                   SELECT count(*)::integer AS items
                     FROM (SELECT
                             FROM items
                            WHERE user_id = $1%1$s
                            LIMIT %2$s) AS found) AS counted
            """;

    private final Tuple parameters;
    private final List<String> conditions = new ArrayList<>();
    private String sql = "";
    private boolean planned;

    private ItemQuery(InventoryId inventoryId) {
        this.parameters = Tuple.of(inventoryId.value());
    }

    /**
     * A page, in the direction of reading.
     *
     * @param descending whether the page is read from the largest on
     * @param place where it begins; null at that end of the list
     * @param groups a page of each of these; null for one of all items
     * @param columns what is read of each
     */
    static ItemQuery page(
            InventoryId inventoryId,
            ItemFilter filter,
            ItemOrder.Field order,
            boolean descending,
            int limit,
            ItemOrder.@Nullable Place place,
            @Nullable ItemGroups groups,
            ItemColumns columns) {
        ItemQuery query = new ItemQuery(inventoryId);
        query.parameters.addInteger(limit);
        if (groups != null) {
            query.parameters.addArrayOfUUID(groups.ids().toArray(UUID[]::new));
            query.conditions.add(groups.by().sql);
        }
        boolean both = filter.stock() == ItemFilter.Stock.BOTH;
        if (both) {
            query.conditions.add(OF_STOCK);
        }
        query.meet(filter);
        if (place != null) {
            String beyond = (descending ? BEFORE : AFTER).formatted(order.key, order.type);
            query.conditions.add(query.bound(beyond, List.of(place.key(), place.id())));
        }
        String direction = descending ? "DESC" : "ASC";
        String page = PAGE.formatted(
                order.key,
                direction,
                query.met(),
                columns.sql(),
                columns.places() || both || groups != null ? ", " + order.key + " AS place_key" : "");
        String ofBoth = both ? PAGE_OF_BOTH.formatted(page, direction) : page;
        query.sql = groups == null ? ofBoth : PAGES_OF_EACH.formatted(ofBoth, direction);
        return query;
    }

    /**
     * All of them in the order of their ids, each with the name of its category.
     *
     * @param after the id after which to begin; null for the first
     */
    static ItemQuery export(InventoryId inventoryId, ItemFilter filter, @Nullable UUID after) {
        ItemQuery query = after(inventoryId, filter, after);
        query.sql = EXPORT.formatted(query.met());
        return query;
    }

    /** Whether there are more of them than a number. */
    static ItemQuery beyond(InventoryId inventoryId, ItemFilter filter, @Nullable UUID after, int most) {
        ItemQuery query = after(inventoryId, filter, after);
        query.sql = BEYOND.formatted(query.met(), most);
        return query;
    }

    private static ItemQuery after(InventoryId inventoryId, ItemFilter filter, @Nullable UUID after) {
        ItemQuery query = new ItemQuery(inventoryId);
        query.meet(filter);
        if (after != null) {
            query.conditions.add(query.bound("id > ?::uuid", List.of(after)));
        }
        return query;
    }

    /** How many items there are, counted to one more than {@link #MOST_COUNTED}. */
    static ItemQuery count(InventoryId inventoryId, ItemFilter filter) {
        ItemQuery query = new ItemQuery(inventoryId);
        query.meet(filter);
        query.sql = COUNT.formatted(query.met(), MOST_COUNTED + 1);
        return query;
    }

    /** How many items each of some groups has, counted to one more than {@link #MOST_COUNTED}. */
    static ItemQuery countOfEach(InventoryId inventoryId, ItemFilter filter, ItemGroups groups) {
        ItemQuery query = new ItemQuery(inventoryId);
        query.parameters.addArrayOfUUID(groups.ids().toArray(UUID[]::new));
        query.conditions.add(groups.by().sql);
        query.meet(filter);
        query.sql = COUNT_OF_EACH.formatted(query.met(), MOST_COUNTED + 1);
        return query;
    }

    /** The statement. Where there are conditions, how many rows they leave decides how they are best found. */
    String sql() {
        return planned ? Database.PLANNED_FOR_VALUES + sql : sql;
    }

    Tuple parameters() {
        return parameters;
    }

    private void meet(ItemFilter filter) {
        planned = !filter.conditions().isEmpty();
        switch (filter.stock()) {
            case IN_STOCK -> conditions.add(ItemCondition.Kind.IN_STOCK.sql);
            case USED_UP -> conditions.add(ItemCondition.Kind.USED_UP.sql);
            case BOTH -> {}
        }
        filter.conditions().forEach(condition -> conditions.add(text(condition)));
    }

    private String met() {
        return conditions.stream().map(each -> "\n   AND " + each).collect(Collectors.joining());
    }

    private String text(ItemCondition condition) {
        return switch (condition) {
            case ItemCondition.Test(ItemCondition.Kind kind, List<Object> values) -> bound(kind.sql, values);
            case ItemCondition.All(List<ItemCondition> parts) -> joined(parts, " AND ", "true");
            case ItemCondition.Any(List<ItemCondition> parts) -> joined(parts, " OR ", "false");
            // Not "NOT": of an item that has no value there, the part is neither true nor false.
            case ItemCondition.Not(ItemCondition part) -> "(" + text(part) + ") IS NOT TRUE";
        };
    }

    private String joined(List<ItemCondition> parts, String by, String ofNone) {
        return parts.isEmpty()
                ? ofNone
                : parts.stream().map(part -> "(" + text(part) + ")").collect(Collectors.joining(by, "(", ")"));
    }

    /** A fixed text with the numbers of its parameters in place of its question marks. */
    private String bound(String text, List<Object> values) {
        StringBuilder numbered = new StringBuilder();
        int from = 0;
        for (Object value : values) {
            int mark = text.indexOf('?', from);
            parameters.addValue(bindable(value));
            numbered.append(text, from, mark).append('$').append(parameters.size());
            from = mark + 1;
        }
        return numbered.append(text, from, text.length()).toString();
    }

    private static Object bindable(Object value) {
        return switch (value) {
            case List<?> list when list.getFirst() instanceof UUID -> list.toArray(UUID[]::new);
            case List<?> list -> list.stream().map(Object::toString).toArray(String[]::new);
            case Instant instant -> instant.atOffset(ZoneOffset.UTC);
            default -> value;
        };
    }
}
