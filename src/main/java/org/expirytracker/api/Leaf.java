package org.expirytracker.api;

import graphql.GraphQLContext;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLEnumValueDefinition;
import graphql.schema.GraphQLScalarType;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How the values of one scalar or enumeration are written. What it does not know it has graphql-java serialize. */
@FunctionalInterface
interface Leaf {

    /**
     * Writes a value.
     *
     * @return false when it comes to null, of which nothing is written
     * @throws graphql.schema.CoercingSerializeException when it is no value of the type
     */
    boolean write(JsonBytes out, Object value);

    /** Years of which the four digits of a date are the whole. */
    int MOST_YEAR = 9_999;

    /** So many digits every long has. */
    int MOST_DIGITS = 18;

    /** Of a scalar. */
    static Leaf of(GraphQLScalarType type) {
        Leaf any = (out, value) ->
                serialized(out, type.getCoercing().serialize(value, GraphQLContext.getDefault(), Locale.ROOT));
        return switch (type.getName()) {
            case "String", "ID" ->
                (out, value) -> value instanceof String text ? text(out, text) : any.write(out, value);
            case "Int" -> (out, value) -> value instanceof Integer number ? number(out, number) : any.write(out, value);
            case "Boolean" -> (out, value) -> value instanceof Boolean flag ? flag(out, flag) : any.write(out, value);
            case "Decimal" ->
                (out, value) -> isCompact(value) ? decimal(out, (BigDecimal) value) : any.write(out, value);
            case "Date" -> (out, value) -> isShort(value) ? date(out, (LocalDate) value) : any.write(out, value);
            default -> any;
        };
    }

    /** Of an enumeration: what its values are written as is kept. */
    static Leaf of(GraphQLEnumType type) {
        Map<Object, byte[]> names = new HashMap<>();
        for (GraphQLEnumValueDefinition value : type.getValues()) {
            names.putIfAbsent(value.getValue(), JsonBytes.ascii('"' + value.getName() + '"'));
        }
        return (out, value) -> {
            byte[] name = names.get(value);
            if (name == null) {
                name = JsonBytes.ascii('"'
                        + type.serialize(value, GraphQLContext.getDefault(), Locale.ROOT)
                                .toString()
                        + '"');
                if (value instanceof Enum) {
                    names.put(value, name);
                }
            }
            out.raw(name, 0);
            return true;
        };
    }

    private static boolean isShort(Object value) {
        return value instanceof LocalDate date && date.getYear() >= 0 && date.getYear() <= MOST_YEAR;
    }

    private static boolean isCompact(Object value) {
        return value instanceof BigDecimal decimal
                && decimal.scale() >= 0
                && decimal.scale() <= MOST_DIGITS
                && decimal.precision() <= MOST_DIGITS;
    }

    private static boolean serialized(JsonBytes out, @Nullable Object value) {
        if (value == null) {
            return false;
        }
        out.value(value);
        return true;
    }

    private static boolean text(JsonBytes out, String text) {
        out.text(text);
        return true;
    }

    private static boolean number(JsonBytes out, int number) {
        out.number(number);
        return true;
    }

    private static boolean flag(JsonBytes out, boolean flag) {
        out.flag(flag);
        return true;
    }

    private static boolean decimal(JsonBytes out, BigDecimal decimal) {
        out.decimal(decimal.unscaledValue().longValue(), decimal.scale());
        return true;
    }

    private static boolean date(JsonBytes out, LocalDate date) {
        out.date(date.getYear(), date.getMonthValue(), date.getDayOfMonth());
        return true;
    }
}
