package org.expirytracker.api;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON text that grows as UTF-8 (RFC 8259), byte for byte as the server's other JSON is written. What was written last can
 * be cut off again.
 */
final class JsonBytes {

    /** Aliases can ask for a long text many times, at no cost until it is written. */
    private static final int MOST_BYTES = 16_777_216;

    private static final int LEAST_CAPACITY = 4_096;
    /** What is larger is not kept for the next answer. */
    private static final int MOST_KEPT = 262_144;

    private static final byte[] NULL = ascii("null");
    private static final byte[] TRUE = ascii("true");
    private static final byte[] FALSE = ascii("false");
    private static final byte[] LEAST_INT = ascii("-2147483648");
    private static final byte[] HEX = ascii("0123456789ABCDEF");
    private static final byte[] REPLACEMENT = {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD};
    private static final int ASCII = 0x80;
    private static final int TWO_BYTES = 0x800;
    private static final int ESCAPED = 6;

    /** What stands after the backslash of an ASCII character; 0 for those that stand for themselves, u for a number. */
    private static final byte[] ESCAPES = escapes();

    private byte[] bytes;
    private int length;

    /** Nothing is written. */
    JsonBytes() {
        this(LEAST_CAPACITY);
    }

    /** Nothing is written; there is room for so many bytes at first. */
    JsonBytes(int capacity) {
        bytes = new byte[capacity];
    }

    /** More was to be written than may be sent. */
    static final class TooLong extends RuntimeException {

        private static final long serialVersionUID = 1L;

        TooLong() {
            super(null, null, false, false);
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(ISO_8859_1);
    }

    private static byte[] escapes() {
        byte[] escapes = new byte[ASCII];
        Arrays.fill(escapes, 0, ' ', (byte) 'u');
        escapes['\b'] = 'b';
        escapes['\t'] = 't';
        escapes['\n'] = 'n';
        escapes['\f'] = 'f';
        escapes['\r'] = 'r';
        escapes['"'] = '"';
        escapes['\\'] = '\\';
        return escapes;
    }

    /** Begins anew. */
    void clear() {
        length = 0;
        if (bytes.length > MOST_KEPT) {
            bytes = new byte[LEAST_CAPACITY];
        }
    }

    int length() {
        return length;
    }

    /** Forgets what was written from a place on. */
    void cut(int to) {
        length = to;
    }

    byte at(int place) {
        return bytes[place];
    }

    /** All that was written, as an array of its own. */
    byte[] copy() {
        return Arrays.copyOf(bytes, length);
    }

    private void room(int more) {
        int needed = length + more;
        if (needed > bytes.length) {
            if (needed > MOST_BYTES) {
                throw new TooLong();
            }
            bytes = Arrays.copyOf(bytes, Math.min(Math.max(needed, bytes.length * 2), MOST_BYTES));
        }
    }

    /** One character of ASCII. */
    void symbol(char symbol) {
        room(1);
        bytes[length++] = (byte) symbol;
    }

    /** Bytes as they are, from a place in them on. */
    void raw(byte[] text, int from) {
        int count = text.length - from;
        room(count);
        System.arraycopy(text, from, bytes, length, count);
        length += count;
    }

    /** Once more what was written between two places. */
    void again(int from, int to) {
        int count = to - from;
        room(count);
        System.arraycopy(bytes, from, bytes, length, count);
        length += count;
    }

    void nothing() {
        raw(NULL, 0);
    }

    void flag(boolean value) {
        raw(value ? TRUE : FALSE, 0);
    }

    void number(int value) {
        if (value == Integer.MIN_VALUE) {
            raw(LEAST_INT, 0);
            return;
        }
        int left = Math.abs(value);
        int digits = digits(left);
        room(digits + 1);
        if (value < 0) {
            bytes[length++] = '-';
        }
        for (int at = length + digits - 1; at >= length; at--) {
            bytes[at] = (byte) ('0' + left % 10);
            left /= 10;
        }
        length += digits;
    }

    /** A date of a year of at most four digits, in quotes (RFC 3339, full-date). */
    void date(int year, int month, int day) {
        room(12);
        bytes[length++] = '"';
        two(year / 100);
        two(year % 100);
        bytes[length++] = '-';
        two(month);
        bytes[length++] = '-';
        two(day);
        bytes[length++] = '"';
    }

    /**
     * A decimal number in quotes, without zeros at its end.
     *
     * @param unscaled its digits; not the least of all
     * @param scale how many of them stand after the point, at least 0
     */
    void decimal(long unscaled, int scale) {
        long left = Math.abs(unscaled);
        int after = scale;
        while (after > 0 && left % 10 == 0) {
            left /= 10;
            after--;
        }
        int digits = Math.max(digits(left), after + 1);
        room(digits + 4);
        bytes[length++] = '"';
        if (unscaled < 0) {
            bytes[length++] = '-';
        }
        int end = length + digits + (after > 0 ? 1 : 0);
        for (int at = end - 1; at >= length; at--) {
            if (after > 0 && at == end - 1 - after) {
                bytes[at] = '.';
            } else {
                bytes[at] = (byte) ('0' + left % 10);
                left /= 10;
            }
        }
        length = end;
        bytes[length++] = '"';
    }

    private static int digits(long number) {
        int digits = 1;
        for (long at = number; at >= 10; at /= 10) {
            digits++;
        }
        return digits;
    }

    private void two(int number) {
        bytes[length++] = (byte) ('0' + number / 10);
        bytes[length++] = (byte) ('0' + number % 10);
    }

    /** A text of ASCII that needs no escapes, without quotes. */
    private void plain(String text) {
        raw(ascii(text), 0);
    }

    /** A text in quotes; half a character, which UTF-8 cannot write, is replaced. */
    void text(String text) {
        int count = text.length();
        // Most are ASCII; what is longer makes room for itself.
        room(count + 2);
        byte[] into = bytes;
        int start = length + 1;
        into[start - 1] = '"';
        int at = 0;
        while (at < count) {
            char unit = text.charAt(at);
            if (unit >= ASCII || ESCAPES[unit] != 0) {
                break;
            }
            into[start + at] = (byte) unit;
            at++;
        }
        length = start + at;
        if (at < count) {
            difficult(text, at);
        }
        bytes[length++] = '"';
    }

    /** The rest of a text; leaves room for a quote. */
    private void difficult(String text, int from) {
        int count = text.length();
        for (int at = from; at < count; at++) {
            char unit = text.charAt(at);
            room(count - at + 7);
            if (unit < ASCII) {
                ascii(unit);
            } else if (unit < TWO_BYTES) {
                bytes[length++] = (byte) (0xC0 | (unit >> 6));
                bytes[length++] = (byte) (0x80 | (unit & 0x3F));
            } else if (!Character.isSurrogate(unit)) {
                bytes[length++] = (byte) (0xE0 | (unit >> 12));
                bytes[length++] = (byte) (0x80 | ((unit >> 6) & 0x3F));
                bytes[length++] = (byte) (0x80 | (unit & 0x3F));
            } else if (Character.isHighSurrogate(unit)
                    && at + 1 < count
                    && Character.isLowSurrogate(text.charAt(at + 1))) {
                // As two escapes, which is what the other writer makes of it.
                room(2 * ESCAPED + count - at);
                numbered(unit);
                numbered(text.charAt(++at));
            } else {
                raw(REPLACEMENT, 0);
            }
        }
        room(1);
    }

    private void ascii(char unit) {
        byte escape = ESCAPES[unit];
        if (escape == 0) {
            bytes[length++] = (byte) unit;
            return;
        }
        if (escape == 'u') {
            numbered(unit);
        } else {
            bytes[length++] = '\\';
            bytes[length++] = escape;
        }
    }

    /** A character by its number. */
    private void numbered(char unit) {
        bytes[length++] = '\\';
        bytes[length++] = 'u';
        bytes[length++] = HEX[unit >> 12];
        bytes[length++] = HEX[(unit >> 8) & 0xF];
        bytes[length++] = HEX[(unit >> 4) & 0xF];
        bytes[length++] = HEX[unit & 0xF];
    }

    /** Maps, lists, texts, numbers, flags and nulls; anything else as the text that it says it is. */
    void value(@Nullable Object value) {
        switch (value) {
            case null -> nothing();
            case String text -> text(text);
            case Integer number -> number(number);
            case Boolean flag -> flag(flag);
            case Long number -> plain(number.toString());
            case Map<?, ?> map -> {
                symbol('{');
                boolean first = true;
                for (Map.Entry<?, ?> member : map.entrySet()) {
                    if (!first) {
                        symbol(',');
                    }
                    first = false;
                    text((String) member.getKey());
                    symbol(':');
                    value(member.getValue());
                }
                symbol('}');
            }
            case Iterable<?> list -> {
                symbol('[');
                boolean first = true;
                for (Object element : list) {
                    if (!first) {
                        symbol(',');
                    }
                    first = false;
                    value(element);
                }
                symbol(']');
            }
            // JSON has no infinity.
            case Double number -> finite(number.toString(), Double.isFinite(number));
            case Float number -> finite(number.toString(), Float.isFinite(number));
            case BigDecimal number -> plain(number.toString());
            case BigInteger number -> plain(number.toString());
            default -> text(value.toString());
        }
    }

    private void finite(String number, boolean finite) {
        if (finite) {
            plain(number);
        } else {
            text(number);
        }
    }
}
