package org.expirytracker.imports;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/** Makes of each row of a file what {@code upsertItems} takes of an item, or says why it cannot. */
final class RowReader {

    /**
     * What a row says.
     *
     * @param values by the names of {@code UpsertItemInput}
     * @param category the name of the category; null when it says none
     * @param clearsCategory whether it says that there is none
     * @param refusals why it is refused; none when it is good
     * @param skipped whether it is left out on purpose
     */
    record Read(
            int number,
            Map<String, @Nullable Object> values,
            @Nullable String category,
            boolean clearsCategory,
            List<Refusal> refusals,
            boolean skipped) {

        Read refused(Refusal why) {
            return new Read(number, values, category, clearsCategory, List.of(why), skipped);
        }

        /** Without the values, which may be anything. */
        @Override
        public String toString() {
            return "Read[" + number + "]";
        }
    }

    /**
     * Why a row is refused.
     *
     * @param row by which people find it
     * @param column of the file; null where it is about the whole row
     * @param value that stands there; null where there is none
     */
    record Refusal(
            int row, @Nullable String column, @Nullable String value, String reason) {

        private static final int MOST_VALUE = 200;

        Refusal {
            value = value != null && value.length() > MOST_VALUE ? value.substring(0, MOST_VALUE) : value;
        }

        /** Without the value, which may be anything. */
        @Override
        public String toString() {
            return "Refusal[" + row + ", " + column + "]";
        }
    }

    /** A spreadsheet shows a long number so, and saves what it shows: the last digits are gone. */
    private static final Pattern RUINED = Pattern.compile("\\d(?:[.,]\\d+)?E\\+?\\d{1,3}", Pattern.CASE_INSENSITIVE);

    /** A code that was forced to stay a text in a spreadsheet. */
    private static final Pattern FORCED = Pattern.compile("=\"(.*)\"", Pattern.DOTALL);

    /** What an export of ours has put before a text, so that no spreadsheet takes it for a formula. */
    private static final Pattern HARMLESS = Pattern.compile("'+[=+\\-@\\t\\r].*", Pattern.DOTALL);

    private static final Pattern TAG_ENDS = Pattern.compile("\\s*[;,]\\s*");
    private static final Pattern BLANKS = Pattern.compile("\\s+");
    private static final Set<String> YES = Set.of(
            "1",
            "true",
            "yes",
            "y",
            "x",
            "ja",
            "j",
            "wahr",
            "oui",
            "vrai",
            "si",
            "verdadero",
            "vero",
            "sim",
            "tak",
            "ano");

    private static final LocalDate NEVER = LocalDate.of(2999, 12, 31);
    private static final LocalDate NO_DAY = LocalDate.of(1, 1, 1);
    private static final int PRICE_PLACES = 4;
    private static final int QUANTITY_PLACES = 3;
    private static final String GROCY_IDS = "grocy-";

    private final ImportOptions options;
    private final List<ImportColumn> mapped;
    private final boolean ours;
    private final @Nullable DecimalSign sign;
    private final @Nullable DateOrder order;
    private final Map<String, String> columnOf = new HashMap<>();

    RowReader(ImportOptions options) {
        this.options = options;
        mapped = options.columns().stream()
                .filter(column -> column.field() != null)
                .toList();
        ours = options.origin() == Origin.EXPIRY_TRACKER;
        sign = options.decimalSign() != null ? options.decimalSign() : signOf(numbers());
        order = options.dateOrder() != null ? options.dateOrder() : orderOf(dates());
        mapped.forEach(column -> columnOf.putIfAbsent(Objects.requireNonNull(column.field()).input, column.name()));
    }

    private List<ImportColumn> numbers() {
        return ofKind(ImportField.Kind.NUMBER);
    }

    private List<ImportColumn> dates() {
        return ofKind(ImportField.Kind.DATE);
    }

    private List<ImportColumn> ofKind(ImportField.Kind kind) {
        return mapped.stream()
                .filter(column -> Objects.requireNonNull(column.field()).kind == kind)
                .toList();
    }

    /** What the columns show; null when they show nothing, or both. */
    private static @Nullable DecimalSign signOf(List<ImportColumn> columns) {
        boolean comma = columns.stream().anyMatch(ImportColumn::comma);
        boolean point = columns.stream().anyMatch(ImportColumn::point);
        return comma == point ? null : comma ? DecimalSign.COMMA : DecimalSign.POINT;
    }

    private static @Nullable DateOrder orderOf(List<ImportColumn> columns) {
        boolean day = columns.stream().anyMatch(ImportColumn::dayFirst);
        boolean month = columns.stream().anyMatch(ImportColumn::monthFirst);
        return day == month ? null : day ? DateOrder.DAY_FIRST : DateOrder.MONTH_FIRST;
    }

    /** The column from which a value of {@code UpsertItemInput} comes; null when none does. */
    @Nullable
    String columnOf(String input) {
        return columnOf.get(input);
    }

    /** Reads a row. */
    Read read(SourceRow row) {
        if (row.problem() != null) {
            return new Read(
                    row.number(),
                    Map.of(),
                    null,
                    false,
                    List.of(new Refusal(row.number(), null, null, row.problem())),
                    false);
        }
        return new Reading(row).read();
    }

    /** A row while it is read. */
    private final class Reading {

        private final SourceRow row;
        private final Map<String, @Nullable Object> values = new HashMap<>();
        private final Map<ImportField, Object> plain = new EnumMap<>(ImportField.class);
        private final List<Refusal> refusals = new ArrayList<>();
        private final List<String> description = new ArrayList<>();
        private @Nullable String category;
        private boolean clearsCategory;

        Reading(SourceRow row) {
            this.row = row;
        }

        Read read() {
            mapped.forEach(this::value);
            settle();
            boolean skipped = !options.includeArchived() && Boolean.TRUE.equals(plain.get(ImportField.ARCHIVED));
            return new Read(row.number(), values, category, clearsCategory, skipped ? List.of() : refusals, skipped);
        }

        private void value(ImportColumn column) {
            ImportField field = Objects.requireNonNull(column.field());
            Object raw = row.values().get(column.name());
            Object given = raw instanceof String text ? unwrapped(text) : raw;
            if (given == null || (given instanceof String text && Text.isBlank(text))) {
                if (options.clearBlanks()) {
                    clear(field);
                }
                return;
            }
            switch (field.kind) {
                case NUMBER -> number(column, field, given);
                case DATE -> date(column, field, given);
                case FLAG -> plain.put(field, isYes(given));
                case CODE -> code(column, field, given);
                case LINE ->
                    line(field, ours ? text(given) : BLANKS.matcher(text(given)).replaceAll(" "));
                case TEXT -> description.add(text(given));
            }
        }

        private void refuse(ImportColumn column, Object given, String reason) {
            refusals.add(new Refusal(row.number(), column.name(), text(given), reason));
        }

        private void clear(ImportField field) {
            switch (field) {
                case NAME, UNIT, QUANTITY, ID, LIFETIME, ARCHIVED -> {}
                case CATEGORY, TAGS -> clearsCategory = true;
                default -> values.putIfAbsent(field.input, null);
            }
        }

        private void number(ImportColumn column, ImportField field, Object given) {
            try {
                BigDecimal number = switch (given) {
                    case BigDecimal exact -> exact;
                    case String text ->
                        ours
                                ? Numbers.read(text, DecimalSign.POINT)
                                : Numbers.read(
                                        text,
                                        column.comma() == column.point()
                                                ? sign
                                                : options.decimalSign() != null
                                                        ? options.decimalSign()
                                                        : column.comma() ? DecimalSign.COMMA : DecimalSign.POINT);
                    default -> throw new Numbers.Unreadable("“%s” is no number.".formatted(given));
                };
                if (field == ImportField.LEAD_DAYS) {
                    values.put(field.input, number.intValueExact());
                } else if (field == ImportField.TOTAL_COST) {
                    plain.put(field, number);
                } else {
                    values.put(field.input, rounded(field, number));
                }
            } catch (Numbers.Unreadable | ArithmeticException unreadable) {
                refuse(
                        column,
                        given,
                        unreadable instanceof ArithmeticException
                                ? "leadDays must be a whole number."
                                : String.valueOf(unreadable.getMessage()));
            }
        }

        /** Grocy computes quantities, and shows all their digits. */
        private BigDecimal rounded(ImportField field, BigDecimal number) {
            return options.origin() == Origin.GROCY && field == ImportField.QUANTITY && number.scale() > QUANTITY_PLACES
                    ? number.setScale(QUANTITY_PLACES, RoundingMode.HALF_UP)
                    : number;
        }

        private void date(ImportColumn column, ImportField field, Object given) {
            try {
                LocalDate date = switch (given) {
                    case LocalDate day -> day;
                    case String text ->
                        ours && text.length() == 10 ? LocalDate.parse(text) : Dates.read(text, orderFor(column));
                    case BigDecimal number ->
                        Dates.ofSerial(number) instanceof LocalDate day
                                ? day
                                : Dates.read(number.toPlainString(), null);
                    default -> Dates.read(given.toString(), null);
                };
                if (date == null || (!ours && (date.equals(NEVER) || date.equals(NO_DAY)))) {
                    clearDate(field);
                } else {
                    values.put(field.input, date);
                }
            } catch (Dates.Unreadable | java.time.DateTimeException unreadable) {
                refuse(column, given, String.valueOf(unreadable.getMessage()));
            }
        }

        private @Nullable DateOrder orderFor(ImportColumn column) {
            return options.dateOrder() != null || column.dayFirst() == column.monthFirst()
                    ? order
                    : column.dayFirst() ? DateOrder.DAY_FIRST : DateOrder.MONTH_FIRST;
        }

        /** It says that there is none, which is more than to say nothing. */
        private void clearDate(ImportField field) {
            values.putIfAbsent(field.input, null);
        }

        private void code(ImportColumn column, ImportField field, Object given) {
            String text = text(given);
            if (!ours && RUINED.matcher(text.strip()).matches()) {
                refuse(
                        column,
                        given,
                        "“%s” is a code whose last digits a spreadsheet has dropped. Make the column a text there, and save the file once more."
                                .formatted(text.strip()));
                return;
            }
            values.put(
                    field.input,
                    field == ImportField.EXTERNAL_ID && options.origin() == Origin.GROCY ? GROCY_IDS + text : text);
        }

        private void line(ImportField field, String text) {
            switch (field) {
                case CATEGORY -> category = text.strip();
                case TAGS -> {
                    String[] tags = TAG_ENDS.split(text.strip(), -1);
                    category = tags[0];
                    if (tags.length > 1) {
                        description.add(
                                "Tags: " + String.join(", ", List.of(tags).subList(1, tags.length)));
                    }
                }
                default -> values.put(field.input, text);
            }
        }

        /** What several columns say together. */
        private void settle() {
            if (!description.isEmpty()) {
                values.put(ImportField.DESCRIPTION.input, String.join("\n", description));
            }
            if (Boolean.TRUE.equals(plain.get(ImportField.LIFETIME))) {
                values.put(ImportField.EXPIRY_DATE.input, null);
            }
            if (plain.get(ImportField.TOTAL_COST) instanceof BigDecimal total) {
                BigDecimal quantity =
                        values.get(ImportField.QUANTITY.input) instanceof BigDecimal given ? given : BigDecimal.ONE;
                if (quantity.signum() > 0) {
                    values.putIfAbsent(
                            ImportField.COST_PRICE.input, total.divide(quantity, PRICE_PLACES, RoundingMode.HALF_UP));
                }
            }
        }

        private String text(Object given) {
            return given instanceof BigDecimal number ? number.toPlainString() : given.toString();
        }

        /** As it was before a spreadsheet was kept from taking it for something else. */
        private String unwrapped(String text) {
            if (ours) {
                return options.layout().format() == ImportFormat.CSV
                                && HARMLESS.matcher(text).matches()
                        ? text.substring(1)
                        : text;
            }
            var forced = FORCED.matcher(text.strip());
            return forced.matches() ? forced.group(1).replace("\"\"", "\"") : text;
        }
    }

    private static boolean isYes(Object given) {
        return switch (given) {
            case Boolean flag -> flag;
            case BigDecimal number -> number.signum() != 0;
            default -> YES.contains(Text.fold(given.toString().strip()).toLowerCase(Locale.ROOT));
        };
    }
}
