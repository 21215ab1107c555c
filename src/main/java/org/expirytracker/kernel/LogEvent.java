package org.expirytracker.kernel;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An event of a subscription that has a place in its user's log. A subscription continues after any place without gap
 * or repeat, whichever subscription told it.
 *
 * @param cursor the place; handed back in the argument {@code after} or the header {@code Last-Event-ID}
 * @param value what happened
 */
public record LogEvent<T>(String cursor, T value) {

    private static final Pattern CURSOR = Pattern.compile("[0-9]{1,18}");

    /** As the log numbers its places. */
    public static <T> LogEvent<T> at(long place, T value) {
        return new LogEvent<>(Long.toString(place), value);
    }

    /**
     * The place after which a subscription continues: that of its argument {@code after}, or that of the last event that
     * the client saw, whichever is further on. A client that connects again by itself repeats the argument it began with.
     *
     * @return null for only what happens from now on
     * @throws Problem {@code INVALID} when it is no place
     */
    public static @Nullable Long after(Field field) {
        Long argued = place(field.argument("after"), "after");
        Long seen = place(field.lastEventId().orElse(null), "Last-Event-ID");
        return argued == null || (seen != null && seen > argued) ? seen : argued;
    }

    private static @Nullable Long place(@Nullable String cursor, String name) {
        if (cursor == null) {
            return null;
        }
        if (cursor.isEmpty()) {
            throw Problem.at(
                    Problem.Code.INVALID,
                    List.of(name),
                    name + " is empty. Leave it out, or give null, for only what happens from now on.");
        }
        if (!CURSOR.matcher(cursor).matches()) {
            throw Problem.at(
                    Problem.Code.INVALID,
                    List.of(name),
                    name + " is not a cursor of an activity; take one from Activity.cursor or extensions.cursor.");
        }
        return Long.valueOf(cursor);
    }
}
