package org.expirytracker.api;

import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.language.FloatValue;
import graphql.language.IntValue;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.schema.Coercing;
import graphql.schema.CoercingParseLiteralException;
import graphql.schema.CoercingParseValueException;
import graphql.schema.CoercingSerializeException;
import graphql.schema.GraphQLScalarType;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The scalars of the schema that GraphQL itself does not have. What each accepts is told in schema.graphqls. */
final class Scalars {

    /** Longest text of a value that any scalar looks at. */
    private static final int MOST_CHARACTERS = 64;

    private static final int MOST_DIGITS = 38;
    private static final int MOST_ECHOED = 40;

    static final GraphQLScalarType DATE = scalar(
            "Date",
            "a date such as \"2026-11-22\", of the years 1 to 9999",
            Scalars::date,
            LocalDate.class,
            "2026-11-22");
    static final GraphQLScalarType DATE_TIME = scalar(
            "DateTime",
            "an instant with its offset such as \"2026-11-22T17:00:00Z\", of the years 1 to 9999",
            Scalars::dateTime,
            Instant.class,
            "2026-11-22T17:00:00Z");
    static final GraphQLScalarType TIME_ZONE =
            scalar("TimeZone", "an IANA time zone such as \"Europe/Paris\"", Scalars::timeZone, ZoneId.class, "UTC");
    static final GraphQLScalarType DECIMAL = scalar(
            "Decimal",
            "a decimal number such as \"12.50\", with at most " + MOST_DIGITS + " digits",
            Scalars::decimal,
            BigDecimal.class,
            "1");
    static final GraphQLScalarType JSON =
            GraphQLScalarType.newScalar().name("JSON").coercing(new AnyJson()).build();

    /** All of them. */
    static final List<GraphQLScalarType> ALL = List.of(DATE, DATE_TIME, TIME_ZONE, DECIMAL, JSON);

    private Scalars() {}

    /** What a value of a scalar must be, GraphQL's own included: a clause that follows "must be". */
    static String expected(GraphQLScalarType scalar) {
        return switch (scalar.getName()) {
            case "Int" -> "a whole number from -2147483648 to 2147483647";
            case "Float" -> "a number";
            case "String" -> "a text";
            case "Boolean" -> "true or false";
            case "ID" -> "an id";
            default -> scalar.getCoercing() instanceof Strict<?> strict ? strict.expected : "a " + scalar.getName();
        };
    }

    /** A value that a scalar accepts, as JSON has it. */
    static Object sample(GraphQLScalarType scalar) {
        return switch (scalar.getName()) {
            case "Int", "Float" -> 0;
            case "Boolean" -> false;
            default -> scalar.getCoercing() instanceof Strict<?> strict ? strict.sample : "";
        };
    }

    /** RFC 3339 full-date; the lenient parts of ISO 8601, such as signs and more than four digits, are left out. */
    private static final Pattern DATE_FORM = Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}");

    private static LocalDate date(Object input) {
        String text = text(input);
        LocalDate date = DATE_FORM.matcher(text).matches() ? LocalDate.parse(text) : null;
        if (date == null || date.getYear() < 1) {
            throw new DateTimeException("no date");
        }
        return date;
    }

    /** RFC 3339 date-time; at most nine decimal places of a second. */
    private static final Pattern DATE_TIME_FORM = Pattern.compile(
            "[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})");

    private static final DateTimeFormatter STRICT =
            DateTimeFormatter.ISO_OFFSET_DATE_TIME.withResolverStyle(ResolverStyle.STRICT);
    private static final Instant FIRST_INSTANT = Instant.parse("0001-01-01T00:00:00Z");
    private static final Instant LAST_INSTANT = Instant.parse("9999-12-31T23:59:59.999999999Z");

    private static Instant dateTime(Object input) {
        String text = text(input);
        if (!DATE_TIME_FORM.matcher(text).matches()) {
            throw new DateTimeException("no instant");
        }
        Instant instant =
                OffsetDateTime.parse(text.toUpperCase(Locale.ROOT), STRICT).toInstant();
        if (instant.isBefore(FIRST_INSTANT) || instant.isAfter(LAST_INSTANT)) {
            throw new DateTimeException("out of range");
        }
        return instant.truncatedTo(ChronoUnit.MILLIS);
    }

    /** Regions only: a fixed offset under a region's name would not follow the clocks of any place. */
    private static final Set<String> ZONES = ZoneId.getAvailableZoneIds().stream()
            .filter(id -> !id.startsWith("SystemV/") && !id.matches(".*[+-][0-9]+"))
            .collect(Collectors.toUnmodifiableSet());

    private static ZoneId timeZone(Object input) {
        String text = text(input);
        if (!ZONES.contains(text)) {
            throw new DateTimeException("no zone");
        }
        return ZoneId.of(text);
    }

    private static final Pattern DECIMAL_FORM = Pattern.compile("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?");

    private static BigDecimal decimal(Object input) {
        BigDecimal value = switch (input) {
            case BigDecimal exact -> exact;
            case BigInteger whole when whole.bitLength() <= 128 -> new BigDecimal(whole);
            case Integer whole -> new BigDecimal(whole);
            case Long whole -> new BigDecimal(whole);
            case Double inexact -> BigDecimal.valueOf(inexact);
            case String text
            when text.length() <= MOST_CHARACTERS && DECIMAL_FORM.matcher(text).matches() -> new BigDecimal(text);
            default -> throw new NumberFormatException("no decimal");
        };
        // Looked at before anything is computed with it: the plain form of 1e999999999 would fill the memory.
        long scale = value.scale();
        if (Math.abs(scale) > 1_000 || value.precision() > 1_000) {
            throw new NumberFormatException("too long");
        }
        BigDecimal shortest = value.stripTrailingZeros();
        int wholeDigits = Math.max(shortest.precision() - shortest.scale(), 0);
        if (wholeDigits + Math.max(shortest.scale(), 0) > MOST_DIGITS) {
            throw new NumberFormatException("too long");
        }
        return shortest.scale() < 0 ? shortest.setScale(0) : shortest;
    }

    private static String text(Object input) {
        if (input instanceof String text && text.length() <= MOST_CHARACTERS) {
            return text;
        }
        throw new IllegalArgumentException("no short text");
    }

    private static String written(Object value) {
        return switch (value) {
            case BigDecimal decimal ->
                decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
            // As exact as the clock of a browser, which hands back what it was given.
            case Instant instant -> instant.truncatedTo(ChronoUnit.MILLIS).toString();
            default -> value.toString();
        };
    }

    private static <T> GraphQLScalarType scalar(
            String name, String expected, Function<Object, T> reader, Class<T> form, String sample) {
        return GraphQLScalarType.newScalar()
                .name(name)
                .coercing(new Strict<>(name, expected, reader, form, sample))
                .build();
    }

    /** Text on the wire, one Java type inside. */
    private record Strict<T>(String name, String expected, Function<Object, T> reader, Class<T> form, String sample)
            implements Coercing<T, String> {

        @Override
        public String serialize(Object value, GraphQLContext context, Locale locale) {
            if (!form.isInstance(value)) {
                throw new CoercingSerializeException(
                        name + " is made of " + form.getSimpleName() + ", not of " + value.getClass());
            }
            return written(value);
        }

        @Override
        public T parseValue(Object input, GraphQLContext context, Locale locale) {
            try {
                return reader.apply(input);
            } catch (DateTimeException | IllegalArgumentException refused) {
                throw new CoercingParseValueException(objection(input));
            }
        }

        @Override
        public T parseLiteral(Value<?> literal, CoercedVariables variables, GraphQLContext context, Locale locale) {
            Object input = switch (literal) {
                case StringValue text -> text.getValue();
                case IntValue whole -> whole.getValue();
                case FloatValue exact -> exact.getValue();
                default -> null;
            };
            try {
                if (input != null) {
                    return reader.apply(input);
                }
            } catch (DateTimeException | IllegalArgumentException refused) {
                // One answer for every unusable literal, below.
            }
            throw new CoercingParseLiteralException(objection(input));
        }

        @Override
        public Value<?> valueToLiteral(Object input, GraphQLContext context, Locale locale) {
            return StringValue.of(form.isInstance(input) ? written(input) : input.toString());
        }

        private String objection(@Nullable Object input) {
            return input instanceof String text
                    ? "Expected %s, not \"%s\".".formatted(expected, Messages.shortened(text, MOST_ECHOED))
                    : "Expected %s.".formatted(expected);
        }
    }

    /** Output only: whatever maps, lists and scalars it is made of. */
    private static final class AnyJson implements Coercing<Object, Object> {

        @Override
        public Object serialize(Object value, GraphQLContext context, Locale locale) {
            return value;
        }

        @Override
        public Object parseValue(Object input, GraphQLContext context, Locale locale) {
            throw new CoercingParseValueException("No input is of type JSON.");
        }

        @Override
        public Object parseLiteral(
                Value<?> literal, CoercedVariables variables, GraphQLContext context, Locale locale) {
            throw new CoercingParseLiteralException("No input is of type JSON.");
        }
    }
}
