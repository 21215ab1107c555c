package org.expirytracker.items;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.expirytracker.kernel.Field;

/**
 * The columns with which a page of items is read: most of what reading fifty items costs is to write and read columns that
 * nobody asked for. The others come without a value, in their place, so that {@link ItemRepository#toItem} finds each where
 * it always is.
 *
 * @param sql as a statement selects them
 * @param places whether the place of each item is read, of which its cursor is made
 */
record ItemColumns(String sql, boolean places) {

    private static final String[] EACH = ItemRepository.COLUMNS.strip().split(",\\s*");

    /** All that there is. */
    static final ItemColumns ALL = new ItemColumns(String.join(", ", EACH), true);

    /** What is read for fields of {@code Item} alone that show it. What stands in no row here is always read. */
    private static final Map<String, Set<String>> FIELDS_OF = Map.ofEntries(
            Map.entry("version", Set.of("version")),
            Map.entry("created_at", Set.of("createdAt")),
            Map.entry("updated_at", Set.of("updatedAt")),
            Map.entry("description", Set.of("description")),
            Map.entry("cost_price", Set.of("costPrice", "totalValue")),
            Map.entry("selling_price", Set.of("sellingPrice")),
            Map.entry("purchase_date", Set.of("purchaseDate")),
            Map.entry("lead_days", Set.of()),
            Map.entry("location", Set.of("location")),
            Map.entry("barcode", Set.of("barcode")),
            Map.entry("lot_number", Set.of("lotNumber")),
            Map.entry("external_id", Set.of("externalId")),
            Map.entry("product_id", Set.of("product")));

    /** The fields of {@code Item} of which it is known what they read; whoever asks for another one gets all columns. */
    private static final Set<String> KNOWN = known();

    private static final ConcurrentHashMap<Integer, ItemColumns> MADE = new ConcurrentHashMap<>();

    private static Set<String> known() {
        Set<String> known = FIELDS_OF.values().stream().flatMap(Set::stream).collect(Collectors.toSet());
        known.addAll(Set.of(
                "__typename",
                "id",
                "name",
                "quantity",
                "unit",
                "expiryDate",
                "status",
                "statusOn",
                "daysLeft",
                "daysLeftOn",
                "leadDays",
                "usedUp",
                "category",
                "notifications",
                "activities"));
        return Set.copyOf(known);
    }

    /** Those that are needed for what an operation asks of the items of a list and of their cursors. */
    static ItemColumns of(Field list) {
        Optional<Set<String>> asked = list.asked(Item.TYPE.name());
        if (asked.isEmpty() || !KNOWN.containsAll(asked.get())) {
            return ALL;
        }
        boolean places = asks(list, "PageInfo", "startCursor", "endCursor") || asks(list, "ItemEdge", "cursor");
        int needed = places ? 1 : 0;
        for (int at = 0; at < EACH.length; at++) {
            Set<String> fields = FIELDS_OF.get(EACH[at]);
            if (fields == null || fields.stream().anyMatch(asked.get()::contains)) {
                needed |= 2 << at;
            }
        }
        return MADE.computeIfAbsent(needed, ItemColumns::made);
    }

    private static boolean asks(Field list, String type, String... fields) {
        return list.asked(type)
                .map(asked -> Arrays.stream(fields).anyMatch(asked::contains))
                .orElse(true);
    }

    private static ItemColumns made(int needed) {
        StringBuilder columns = new StringBuilder();
        for (int at = 0; at < EACH.length; at++) {
            columns.append(at == 0 ? "" : ", ").append((needed & 2 << at) == 0 ? "NULL" : EACH[at]);
        }
        return new ItemColumns(columns.toString(), (needed & 1) != 0);
    }
}
