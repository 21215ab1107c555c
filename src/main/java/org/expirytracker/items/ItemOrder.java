package org.expirytracker.items;

import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Input;

/**
 * In which order items come. The row's id is always the last key, so that every row has one place.
 *
 * @param field by what
 * @param descending whether the largest comes first
 */
record ItemOrder(Field field, boolean descending) {

    /** Soonest expiry first, undated last. */
    static final ItemOrder USUAL = new ItemOrder(Field.EXPIRY_DATE, false);

    /** By what items are ordered (GraphQL enumeration {@code ItemOrderField}); each has its index. */
    enum Field {
        EXPIRY_DATE("COALESCE(expiry_date, 'infinity')", "date"),
        NAME("fold(name) COLLATE \"C\"", "text"),
        CREATED_AT("created_at", "timestamptz"),
        UPDATED_AT("updated_at", "timestamptz");

        /** The SQL expression that is ordered by, exactly as its index has it. */
        final String key;

        /** The expression's SQL type. */
        final String type;

        Field(String key, String type) {
            this.key = key;
            this.type = type;
        }
    }

    private enum Direction {
        ASC,
        DESC
    }

    /** An item's place in an order: the key's value, and the row's id. */
    record Place(Object key, UUID id) {}

    /** Reads the GraphQL input {@code ItemOrder}; an empty object is the usual order. */
    static ItemOrder of(Input order) {
        Field field = order.optionalChoice("field", Field.class);
        return field == null
                ? USUAL
                : new ItemOrder(field, order.optionalChoice("direction", Direction.class) == Direction.DESC);
    }

    /** The name that this order's cursors bear. */
    String cursorName() {
        return "items by " + field + (descending ? " descending" : "");
    }

    /** The opaque cursor of a place in this order. */
    String cursor(Place place) {
        return Cursor.encode(cursorName(), LocalDate.MAX.equals(place.key) ? UNDATED : place.key, place.id);
    }

    /** Reads the keys of a cursor of this order. */
    Place place(List<String> keys) {
        String text = keys.get(0);
        Object key = switch (field) {
            case EXPIRY_DATE -> text.equals(UNDATED) ? LocalDate.MAX : Cursor.possible(LocalDate.parse(text));
            case NAME -> text;
            case CREATED_AT, UPDATED_AT -> Cursor.possible(OffsetDateTime.parse(text));
        };
        return new Place(key, UUID.fromString(keys.get(1)));
    }

    /** What stands in a cursor in place of the date of an undated item. */
    private static final String UNDATED = "undated";
}
