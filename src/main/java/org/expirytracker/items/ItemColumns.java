package org.expirytracker.items;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.expirytracker.kernel.Field;

/**
 * The columns with which items are read, each known by its place in {@link ItemRepository#COLUMNS}. A page is read with what
 * its fields show: half of the columns of a usual one would be written by the database and read here for nobody.
 */
final class ItemColumns {

    private static final String[] EACH = ItemRepository.COLUMNS.strip().split(",\\s*");

    /** All that there is. */
    static final ItemColumns ALL = new ItemColumns(-1);

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
        return MADE.computeIfAbsent(needed, ItemColumns::new);
    }

    private final String sql;
    private final boolean places;
    /** Where each stands in a row; negative where it is not read. */
    private final int[] positions = new int[EACH.length];

    /** Of a bit for each column, after one for the place. */
    private ItemColumns(int needed) {
        List<String> read = new ArrayList<>();
        for (int column = 0; column < EACH.length; column++) {
            boolean isRead = (needed & 2 << column) != 0;
            positions[column] = isRead ? read.size() : -1;
            if (isRead) {
                read.add(EACH[column]);
            }
        }
        this.sql = String.join(", ", read);
        this.places = (needed & 1) != 0;
    }

    /** As a statement selects them, before anything else. */
    String sql() {
        return sql;
    }

    /** Whether the place of each item is read, of which its cursor is made. */
    boolean places() {
        return places;
    }

    /** Where a column stands in a row; negative when it is not read. */
    int position(int column) {
        return positions[column];
    }

    private static boolean asks(Field list, String type, String... fields) {
        return list.asked(type)
                .map(asked -> Arrays.stream(fields).anyMatch(asked::contains))
                .orElse(true);
    }
}
