package org.expirytracker.kernel;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a connection is asked for (Relay Cursor Connections): so many rows after or before a cursor.
 *
 * @param size rows wanted, 1 to {@value #MOST} unless the schema allows a connection more
 * @param forward true for {@code first}/{@code after}, false for {@code last}/{@code before}
 * @param cursor the row's cursor to start beyond, or null to start at that end of the list
 */
public record Page(int size, boolean forward, @Nullable String cursor) {

    /** Rows when neither {@code first} nor {@code last} is given. */
    public static final int USUAL = 25;

    /** Most rows in one page. */
    public static final int MOST = 100;

    /**
     * Reads {@code first}, {@code after}, {@code last} and {@code before}.
     *
     * @throws Problem {@code INVALID}, naming the argument
     */
    public static Page of(Field field) {
        return of(field.arguments(), MOST);
    }

    /** As {@link #of(Field)}, of a connection whose {@code @pageSize} in the schema is another. */
    public static Page of(Field field, int most) {
        return of(field.arguments(), most);
    }

    /** As {@link #of(Field)}, from the arguments themselves. */
    public static Page of(Map<String, Object> arguments) {
        return of(arguments, MOST);
    }

    private static Page of(Map<String, Object> arguments, int most) {
        Integer first = (Integer) arguments.get("first");
        Integer last = (Integer) arguments.get("last");
        String after = (String) arguments.get("after");
        String before = (String) arguments.get("before");
        refuseEmpty("after", after, "first");
        refuseEmpty("before", before, "last");
        if (last == null) {
            refuse(before != null, "before", "before goes with last; use after with first.");
            return new Page(bounded("first", first == null ? USUAL : first, most), true, after);
        }
        refuse(first != null, "last", "Give first or last, not both.");
        refuse(after != null, "after", "after goes with first; use before with last.");
        return new Page(bounded("last", last, most), false, before);
    }

    /** The argument that carried the cursor. */
    public String cursorArgument() {
        return forward ? "after" : "before";
    }

    /** How many rows to ask the database for: one more than wanted tells whether there are more. */
    public int limit() {
        return size + 1;
    }

    private static int bounded(String name, int size, int most) {
        refuse(size < 1 || size > most, name, "%s must be from 1 to %d.".formatted(name, most));
        return size;
    }

    private static void refuseEmpty(String name, @Nullable String cursor, String size) {
        boolean empty = cursor != null && cursor.isEmpty();
        refuse(
                empty,
                name,
                "%s is empty. Leave it out, or give null, for the page at the %s of the list."
                        .formatted(name, size.equals("first") ? "beginning" : "end"));
    }

    private static void refuse(boolean wrong, String name, String message) {
        if (wrong) {
            throw Problem.at(Problem.Code.INVALID, List.of(name), message);
        }
    }
}
