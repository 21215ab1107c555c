package org.expirytracker.imports;

import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Numbers as people and programs write them: with a comma or a point, thousands parted, a currency before or after. */
final class Numbers {

    /** A number that cannot be read, in words for whoever brought it. */
    static final class Unreadable extends Exception {

        private static final long serialVersionUID = 1L;

        Unreadable(String message) {
            super(message, null, false, false);
        }
    }

    private static final Pattern AROUND =
            Pattern.compile("^[\\p{Sc}\\s]+|(?:\\p{Sc}|\\s|EUR|USD|CHF|GBP)+$|^(?:EUR|USD|CHF|GBP)[\\p{Sc}\\s]*");
    /** Blanks and apostrophes between groups of three digits. */
    private static final Pattern GAPS = Pattern.compile("(?<=\\d)['’\\s\\u00a0\\u202f](?=\\d{3}(?:\\D|$))");

    private static final Pattern PLAIN = Pattern.compile("[-+]?\\d{1,18}");
    private static final Pattern EXPONENT = Pattern.compile("[-+]?\\d{1,18}(?:\\.\\d{1,18})?[eE][-+]?\\d{1,2}");
    /** No group of thousands begins with a zero: {@code 0.001} is a small number. */
    private static final Pattern GROUPED_BY_COMMA = Pattern.compile("[-+]?[1-9]\\d{0,2}(?:,\\d{3})+(?:\\.\\d{1,18})?");

    private static final Pattern GROUPED_BY_POINT = Pattern.compile("[-+]?[1-9]\\d{0,2}(?:\\.\\d{3})+(?:,\\d{1,18})?");
    private static final Pattern WITH_POINT = Pattern.compile("[-+]?\\d{0,18}\\.\\d{1,18}");
    private static final Pattern WITH_COMMA = Pattern.compile("[-+]?\\d{0,18},\\d{1,18}");
    /** One comma or point before three digits: a thousand and more, or a number of three decimal places. */
    private static final Pattern AMBIGUOUS = Pattern.compile("[-+]?[1-9]\\d{0,2}[.,]\\d{3}");

    private Numbers() {}

    private static String plain(String text) {
        return GAPS.matcher(AROUND.matcher(text.strip()).replaceAll("")).replaceAll("");
    }

    /**
     * Reads a number.
     *
     * @param sign what stands before its decimal places; null where nothing tells
     */
    static BigDecimal read(String text, @Nullable DecimalSign sign) throws Unreadable {
        String plain = plain(text);
        if (PLAIN.matcher(plain).matches() || EXPONENT.matcher(plain).matches()) {
            return new BigDecimal(plain);
        }
        DecimalSign known = AMBIGUOUS.matcher(plain).matches() ? sign : orElse(shown(text), sign);
        if (known == null && AMBIGUOUS.matcher(plain).matches()) {
            throw new Unreadable(
                    "“%s” could be two numbers, and no other row tells. Choose decimalSign: COMMA or POINT."
                            .formatted(text.strip()));
        }
        if (known == DecimalSign.COMMA) {
            if (WITH_COMMA.matcher(plain).matches()) {
                return new BigDecimal(plain.replace(',', '.'));
            }
            if (GROUPED_BY_POINT.matcher(plain).matches()) {
                return new BigDecimal(plain.replace(".", "").replace(',', '.'));
            }
        }
        if (known == DecimalSign.POINT) {
            if (WITH_POINT.matcher(plain).matches()) {
                return new BigDecimal(plain);
            }
            if (GROUPED_BY_COMMA.matcher(plain).matches()) {
                return new BigDecimal(plain.replace(",", ""));
            }
        }
        String shown = text.strip();
        throw new Unreadable("“%s” is no number%s."
                .formatted(
                        shown.length() > 40 ? shown.substring(0, 40) + "…" : shown,
                        known == null
                                ? ""
                                : known == DecimalSign.COMMA ? " with a decimal comma" : " with a decimal point"));
    }

    private static @Nullable DecimalSign orElse(@Nullable DecimalSign shown, @Nullable DecimalSign otherwise) {
        return shown == null ? otherwise : shown;
    }

    /** Which sign a number shows that can be read in one way only; null when it shows none, or is no number. */
    static @Nullable DecimalSign shown(String text) {
        String plain = plain(text);
        if (AMBIGUOUS.matcher(plain).matches()) {
            return null;
        }
        if (WITH_COMMA.matcher(plain).matches()
                || GROUPED_BY_POINT.matcher(plain).matches()) {
            return DecimalSign.COMMA;
        }
        return WITH_POINT.matcher(plain).matches()
                        || GROUPED_BY_COMMA.matcher(plain).matches()
                ? DecimalSign.POINT
                : null;
    }
}
