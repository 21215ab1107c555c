package org.expirytracker.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.DateTimeException;
import java.time.temporal.ChronoField;
import java.time.temporal.Temporal;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A row's place in an ordering, as the opaque text that clients hand back: the ordering's name and the values
 * of its keys. Rows may come and go around it; the place stays.
 */
public final class Cursor {

    private static final char SEPARATOR = '\u001f';

    private Cursor() {}

    /** The opaque text of a place. No key may contain U+001F, which no stored text does. */
    public static String encode(String ordering, Object... keys) {
        StringBuilder text = new StringBuilder(ordering);
        for (Object key : keys) {
            text.append(SEPARATOR).append(key);
        }
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(text.toString().getBytes(UTF_8));
    }

    /**
     * Reads the cursor of a page back.
     *
     * @param ordering the ordering that the list has now
     * @param read makes the place of the keys; may throw on a malformed key
     * @return null when the page has no cursor
     * @throws Problem {@code INVALID}, naming the argument, when the cursor is none of ours or of another ordering
     */
    public static <P> @Nullable P decode(Page page, String ordering, Function<List<String>, P> read) {
        String text = page.cursor();
        if (text == null) {
            return null;
        }
        try {
            List<String> parts = split(new String(Base64.getUrlDecoder().decode(text), UTF_8));
            if (parts.getFirst().equals(ordering)) {
                return read.apply(parts.subList(1, parts.size()));
            }
        } catch (IllegalArgumentException | DateTimeException | IndexOutOfBoundsException malformed) {
            // Falls through to the one answer that every unusable cursor gets.
        }
        throw Problem.at(
                Problem.Code.INVALID,
                List.of(page.cursorArgument()),
                "%s is not a cursor of this list in this order; take one from edges or pageInfo of the same query."
                        .formatted(page.cursorArgument()));
    }

    /**
     * For a reader of keys: a date or instant that PostgreSQL and Java can both hold.
     *
     * @throws DateTimeException outside of the years 1 to 9999, in which every row lies
     */
    public static <T extends Temporal> T possible(T key) {
        int year = key.get(ChronoField.YEAR);
        if (year < 1 || year > 9999) {
            throw new DateTimeException("No row has such a key");
        }
        return key;
    }

    private static List<String> split(String text) {
        List<String> parts = new ArrayList<>();
        int from = 0;
        for (int at = text.indexOf(SEPARATOR); at >= 0; at = text.indexOf(SEPARATOR, from)) {
            parts.add(text.substring(from, at));
            from = at + 1;
        }
        parts.add(text.substring(from));
        return parts;
    }
}
