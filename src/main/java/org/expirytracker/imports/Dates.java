package org.expirytracker.imports;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.Month;
import java.time.YearMonth;
import java.time.format.TextStyle;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/** Dates as people and programs write them. A month without a day is its last day: so packages are printed. */
final class Dates {

    /** A date that cannot be read, in words that follow the name of its column. */
    static final class Unreadable extends Exception {

        private static final long serialVersionUID = 1L;

        Unreadable(String message) {
            super(message, null, false, false);
        }
    }

    private static final String TIME = "(?:[T ]\\d{1,2}:\\d{2}.*)?";
    private static final Pattern YEAR_FIRST = Pattern.compile("(\\d{4})[-/.](\\d{1,2})[-/.](\\d{1,2})" + TIME);
    private static final Pattern COMPACT = Pattern.compile("((?:19|20|21)\\d{2})(\\d{2})(\\d{2})");
    private static final Pattern YEAR_LAST =
            Pattern.compile("(\\d{1,2})\\s?([-/.])\\s?(\\d{1,2})\\s?\\2\\s?(\\d{4}|\\d{2})" + TIME);
    private static final Pattern YEAR_MONTH = Pattern.compile("(\\d{4})[-/.](\\d{1,2})");
    private static final Pattern MONTH_YEAR = Pattern.compile("(\\d{1,2})\\s?[-/.]\\s?(\\d{4})");
    private static final Pattern SERIAL = Pattern.compile("\\d{5}(?:[.,]\\d+)?");
    private static final Pattern DAY_WORD_YEAR =
            Pattern.compile("(?:(\\d{1,2})(?:\\.|st|nd|rd|th)?(?: de)?[ -])?(\\p{L}+)\\.?(?: de)?[ -](\\d{4}|\\d{2})");
    private static final Pattern WORD_DAY_YEAR = Pattern.compile("(\\p{L}+)\\.? (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})");

    private static final LocalDate FIRST_SERIAL_DAY = LocalDate.of(1899, 12, 30);
    private static final BigDecimal MOST_SERIAL = BigDecimal.valueOf(2_958_465);

    /** From 1954 to 2119: a number of another size is no date of a thing that somebody keeps. */
    private static final int LEAST_PLAUSIBLE_SERIAL = 20_000;

    private static final int MOST_PLAUSIBLE_SERIAL = 80_000;

    private static final Map<String, Month> MONTHS = months();

    private Dates() {}

    private static Map<String, Month> months() {
        Map<String, Month> months = new HashMap<>();
        List<Locale> languages = Stream.of("en", "de", "fr", "es", "it", "pt", "nl", "pl", "sv", "da", "cs")
                .map(Locale::of)
                .toList();
        for (Locale language : languages) {
            for (Month month : Month.values()) {
                for (TextStyle style : List.of(
                        TextStyle.FULL, TextStyle.SHORT, TextStyle.FULL_STANDALONE, TextStyle.SHORT_STANDALONE)) {
                    String name =
                            Text.fold(month.getDisplayName(style, language)).replace(".", "");
                    months.merge(name, month, (one, other) -> one);
                }
            }
        }
        return Map.copyOf(months);
    }

    /** The day of a number of Excel; null when it is none. */
    static @Nullable Object ofSerial(BigDecimal number) {
        return number.signum() > 0 && number.compareTo(MOST_SERIAL) <= 0
                ? FIRST_SERIAL_DAY.plusDays(number.longValue())
                : number;
    }

    /**
     * Reads a date.
     *
     * @param order what the first number is of a date that has its year last and could be two; null where nothing tells
     * @return null for what stands for no date: zeros, and the year 1
     */
    static @Nullable LocalDate read(String text, @Nullable DateOrder order) throws Unreadable {
        String plain = text.strip();
        Matcher parts = YEAR_FIRST.matcher(plain);
        if (parts.matches()) {
            return isZero(plain) ? null : day(text, number(parts, 1), number(parts, 2), number(parts, 3));
        }
        parts = YEAR_LAST.matcher(plain);
        if (parts.matches()) {
            return isZero(plain) ? null : yearLast(text, parts, order);
        }
        parts = COMPACT.matcher(plain);
        if (parts.matches()) {
            return day(text, number(parts, 1), number(parts, 2), number(parts, 3));
        }
        parts = YEAR_MONTH.matcher(plain);
        if (parts.matches()) {
            return lastDay(text, number(parts, 1), number(parts, 2));
        }
        parts = MONTH_YEAR.matcher(plain);
        if (parts.matches()) {
            return lastDay(text, number(parts, 2), number(parts, 1));
        }
        if (SERIAL.matcher(plain).matches()) {
            int serial = Integer.parseInt(plain.substring(0, 5));
            if (serial >= LEAST_PLAUSIBLE_SERIAL && serial <= MOST_PLAUSIBLE_SERIAL) {
                return FIRST_SERIAL_DAY.plusDays(serial);
            }
        }
        return words(text, plain);
    }

    private static boolean isZero(String plain) {
        return plain.startsWith("0001-01-01") || plain.startsWith("0000-00-00");
    }

    private static LocalDate yearLast(String text, Matcher parts, @Nullable DateOrder order) throws Unreadable {
        int first = number(parts, 1);
        int second = number(parts, 3);
        int year = year(parts.group(4));
        boolean points = ".".equals(parts.group(2));
        DateOrder known = points
                ? DateOrder.DAY_FIRST
                : first > 12 ? DateOrder.DAY_FIRST : second > 12 ? DateOrder.MONTH_FIRST : order;
        if (known == null && first == second) {
            known = DateOrder.DAY_FIRST;
        }
        if (known == null) {
            throw new Unreadable(
                    "“%s” could be two dates, and no other row of the column tells. Choose dateOrder: DAY_FIRST or MONTH_FIRST."
                            .formatted(text.strip()));
        }
        return known == DateOrder.DAY_FIRST ? day(text, year, second, first) : day(text, year, first, second);
    }

    /** Two digits are of this century: nobody keeps what expired in the last one. */
    private static int year(String digits) {
        int year = Integer.parseInt(digits);
        return digits.length() == 2 ? 2_000 + year : year;
    }

    private static LocalDate words(String text, String plain) throws Unreadable {
        String folded = Text.fold(plain);
        Matcher parts = DAY_WORD_YEAR.matcher(folded);
        if (parts.matches()) {
            Month month = MONTHS.get(parts.group(2));
            if (month != null) {
                int year = year(parts.group(3));
                return parts.group(1) == null
                        ? lastDay(text, year, month.getValue())
                        : day(text, year, month.getValue(), number(parts, 1));
            }
        }
        parts = WORD_DAY_YEAR.matcher(folded);
        if (parts.matches()) {
            Month month = MONTHS.get(parts.group(1));
            if (month != null) {
                return day(text, number(parts, 3), month.getValue(), number(parts, 2));
            }
        }
        throw unreadable(text);
    }

    private static int number(Matcher parts, int group) {
        return Integer.parseInt(parts.group(group));
    }

    private static LocalDate day(String text, int year, int month, int day) throws Unreadable {
        try {
            return LocalDate.of(year, month, day);
        } catch (DateTimeException none) {
            throw new Unreadable("“%s” is no day of the calendar.".formatted(text.strip()));
        }
    }

    private static LocalDate lastDay(String text, int year, int month) throws Unreadable {
        try {
            return YearMonth.of(year, month).atEndOfMonth();
        } catch (DateTimeException none) {
            throw unreadable(text);
        }
    }

    private static Unreadable unreadable(String text) {
        String plain = text.strip();
        return new Unreadable("“%s” is no date that can be read. Write it as 2026-12-31."
                .formatted(plain.length() > 40 ? plain.substring(0, 40) + "…" : plain));
    }

    /** Which order a date shows that can be only one; null when it shows none. */
    static @Nullable DateOrder shown(String text) {
        Matcher parts = YEAR_LAST.matcher(text.strip());
        if (!parts.matches() || ".".equals(parts.group(2))) {
            return null;
        }
        boolean day = number(parts, 1) > 12;
        boolean month = number(parts, 3) > 12;
        return day == month ? null : day ? DateOrder.DAY_FIRST : DateOrder.MONTH_FIRST;
    }
}
