package org.expirytracker.api;

import graphql.language.ArrayValue;
import graphql.language.EnumValue;
import graphql.language.IntValue;
import graphql.language.NullValue;
import graphql.language.ObjectValue;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.language.VariableReference;
import java.math.BigInteger;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What an operation costs: roughly the number of objects that its answer may hold. Made once for a document, worked
 * out for each request with its variables. An object costs 1, a mutation 10, each row of one 1, a scalar nothing; the page
 * size of a connection multiplies what its nodes cost, and a list without pages counts as {@value #LISTED} objects unless the
 * schema tells otherwise.
 */
sealed interface Price {

    /** How many objects a list without pages is taken for. */
    int LISTED = 10;

    /** What a mutation counts as, besides its rows if it has any. */
    int MUTATION = 10;

    /** What an export of everything counts as: its rows are many, but lie side by side. */
    int EXPORT = 5_000;

    /** A file that is to become items. */
    int IMPORT = 5_000;

    /** Sums stop growing here. */
    long CEILING = 1_000_000_000L;

    /**
     * The price of one occurrence.
     *
     * @param page size of the page that encloses it
     * @throws Problem {@code INVALID}, naming the argument, when a page or list is larger than allowed
     */
    long of(Variables variables, int page);

    /** How many steps the working out takes, at most {@link #CEILING}. */
    long steps();

    /** Nothing to pay. */
    Price FREE = new Free();

    /** Nothing to pay. */
    record Free() implements Price {

        @Override
        public long of(Variables variables, int page) {
            return 0;
        }

        @Override
        public long steps() {
            return 1;
        }
    }

    /** Several parts together, such as the fields of a selection. */
    record Sum(List<Price> parts, long steps) implements Price {

        static Price of(List<Price> parts) {
            List<Price> priced =
                    parts.stream().filter(part -> !(part instanceof Free)).toList();
            return switch (priced.size()) {
                case 0 -> FREE;
                case 1 -> priced.getFirst();
                default ->
                    new Sum(
                            priced,
                            bounded(1 + priced.stream().mapToLong(Price::steps).sum()));
            };
        }

        @Override
        public long of(Variables variables, int page) {
            long sum = 0;
            for (Price part : parts) {
                sum += part.of(variables, page);
            }
            return bounded(sum);
        }
    }

    /** So many objects, each with what is selected of it. */
    record Objects(int count, int own, Price each, long steps) implements Price {

        Objects(int count, int own, Price each) {
            this(count, own, each, bounded(each.steps() + 1));
        }

        @Override
        public long of(Variables variables, int page) {
            return bounded(count * (own + each.of(variables, 1)));
        }
    }

    /** The nodes or edges of the enclosing connection. */
    record PerNode(int own, Price each, long steps) implements Price {

        PerNode(int own, Price each) {
            this(own, each, bounded(each.steps() + 1));
        }

        @Override
        public long of(Variables variables, int page) {
            return bounded(page * (own + each.of(variables, 1)));
        }
    }

    /**
     * A connection: {@code first} or {@code last} tell how many nodes it has, {@code most} at most. Each filter that
     * stands in its {@code filter} counts like an object, because it is held against as many rows.
     */
    record Paged(
            String field,
            @Nullable Value<?> first,
            @Nullable Value<?> last,
            @Nullable Value<?> filter,
            int most,
            Price body,
            long steps)
            implements Price {

        Paged(
                String field,
                @Nullable Value<?> first,
                @Nullable Value<?> last,
                @Nullable Value<?> filter,
                int most,
                Price body) {
            this(field, first, last, filter, most, body, bounded(body.steps() + 1));
        }

        @Override
        public long of(Variables variables, int page) {
            int fromStart = size("first", first, variables);
            int fromEnd = size("last", last, variables);
            int size = Math.max(fromStart, fromEnd);
            return bounded(1 + variables.filters(filter) + body.of(variables, size == 0 ? Page.USUAL : size));
        }

        private int size(String argument, @Nullable Value<?> value, Variables variables) {
            BigInteger size = variables.whole(value);
            if (size == null) {
                return 0;
            }
            if (size.signum() < 1 || size.compareTo(BigInteger.valueOf(most)) > 0) {
                throw Problem.at(
                        Problem.Code.INVALID,
                        List.of(argument),
                        "%s of %s must be from 1 to %d.".formatted(argument, field, most));
            }
            return size.intValue();
        }
    }

    /**
     * A mutation of many rows: each counts as an object, and so does whatever is asked for of each.
     *
     * @param rows name of the list of rows in its input
     */
    record ByRows(@Nullable Value<?> input, String rows, Price body, long steps) implements Price {

        ByRows(@Nullable Value<?> input, String rows, Price body) {
            this(input, rows, body, bounded(body.steps() + 1));
        }

        @Override
        public long of(Variables variables, int page) {
            int count = variables.rows(input, rows);
            return bounded(MUTATION + count + body.of(variables, count));
        }
    }

    /** Objects by their ids: as many as there are ids. */
    record ByIds(String field, Value<?> ids, Price each, long steps) implements Price {

        ByIds(String field, Value<?> ids, Price each) {
            this(field, ids, each, bounded(each.steps() + 1));
        }

        @Override
        public long of(Variables variables, int page) {
            int count = variables.length(ids);
            if (count > Page.MOST) {
                throw Problem.at(
                        Problem.Code.INVALID,
                        List.of("ids"),
                        "ids of %s has %d ids; at most %d are allowed.".formatted(field, count, Page.MOST));
            }
            return bounded(count * (1 + each.of(variables, 1)));
        }
    }

    /**
     * One object for each interval of a range of days: {@code from} and {@code to} tell how many.
     *
     * @param by the name of the interval's length; days when absent
     */
    record PerInterval(
            @Nullable Value<?> from,
            @Nullable Value<?> to,
            @Nullable Value<?> by,
            Price each,
            long steps) implements Price {

        private static final int DAYS_OF_WEEK = 7;
        private static final int DAYS_OF_SHORT_MONTH = 28;

        PerInterval(@Nullable Value<?> from, @Nullable Value<?> to, @Nullable Value<?> by, Price each) {
            this(from, to, by, each, bounded(each.steps() + 1));
        }

        @Override
        public long of(Variables variables, int page) {
            return bounded(intervals(variables) * (1 + each.of(variables, 1)));
        }

        /** At least as many as there are; 1 when the dates are none, which the field itself refuses. */
        private long intervals(Variables variables) {
            int length = switch (variables.name(by)) {
                case "WEEK" -> DAYS_OF_WEEK;
                case "MONTH" -> DAYS_OF_SHORT_MONTH;
                default -> 1;
            };
            try {
                LocalDate first = LocalDate.parse(variables.name(from));
                long days = ChronoUnit.DAYS.between(first, LocalDate.parse(variables.name(to)));
                return Math.clamp(days / length + 1, 1, CEILING);
            } catch (DateTimeParseException noDate) {
                return 1;
            }
        }
    }

    private static long bounded(long price) {
        return Math.min(price, CEILING);
    }

    /**
     * What the arguments of an operation stand for.
     *
     * @param given the variables as they came with the request
     * @param defaults of the variables that did not
     */
    record Variables(Map<String, Object> given, Map<String, Value<?>> defaults) {

        /** A whole number; null when absent, null, or something else, which the engine refuses itself. */
        @Nullable
        BigInteger whole(@Nullable Value<?> value) {
            return switch (value) {
                case IntValue literal -> literal.getValue();
                case VariableReference reference ->
                    given.containsKey(reference.getName())
                            ? whole(given.get(reference.getName()))
                            : whole(defaults.get(reference.getName()));
                case null, default -> null;
            };
        }

        private static @Nullable BigInteger whole(@Nullable Object given) {
            return switch (given) {
                case Integer small -> BigInteger.valueOf(small);
                case Long large -> BigInteger.valueOf(large);
                case BigInteger huge -> huge;
                // 1e2 and 100.0 are whole as well.
                case java.math.BigDecimal decimal
                when Math.abs((long) decimal.scale()) < 100 ->
                    decimal.stripTrailingZeros().scale() <= 0 ? decimal.toBigInteger() : null;
                case null, default -> null;
            };
        }

        /** A text or the name of an enumeration's value; empty when absent, null, or something else. */
        String name(@Nullable Value<?> value) {
            return switch (value) {
                case StringValue text -> text.getValue() == null ? "" : text.getValue();
                case EnumValue choice -> choice.getName();
                case VariableReference reference ->
                    given.containsKey(reference.getName())
                            ? given.get(reference.getName()) instanceof String text ? text : ""
                            : name(defaults.get(reference.getName()));
                case null, default -> "";
            };
        }

        /** Members of a filter in which other filters stand. */
        private static final Set<String> JOINING = Set.of("and", "or", "not");

        /** Deeper than any filter may be, which the field itself refuses. */
        private static final int DEEP_ENOUGH = 10;

        /** How many filters stand in a filter, at any depth. */
        int filters(@Nullable Value<?> filter) {
            return filters(filter, 0);
        }

        private int filters(@Nullable Value<?> filter, int depth) {
            return switch (filter) {
                case ObjectValue object
                when depth < DEEP_ENOUGH ->
                    object.getObjectFields().stream()
                            .filter(member -> JOINING.contains(member.getName()))
                            .mapToInt(member -> length(member.getValue()) + filters(member.getValue(), depth + 1))
                            .sum();
                case ArrayValue list ->
                    list.getValues().stream()
                            .mapToInt(each -> filters(each, depth))
                            .sum();
                case VariableReference reference ->
                    given.containsKey(reference.getName())
                            ? filters(given.get(reference.getName()), depth)
                            : filters(defaults.get(reference.getName()), depth);
                case null, default -> 0;
            };
        }

        private static int filters(@Nullable Object filter, int depth) {
            return switch (filter) {
                case Map<?, ?> object
                when depth < DEEP_ENOUGH ->
                    object.entrySet().stream()
                            .filter(member -> JOINING.contains(member.getKey()) && member.getValue() != null)
                            .mapToInt(member -> (member.getValue() instanceof Collection<?> list ? list.size() : 1)
                                    + filters(member.getValue(), depth + 1))
                            .sum();
                case Collection<?> list ->
                    list.stream().mapToInt(each -> filters(each, depth)).sum();
                case null, default -> 0;
            };
        }

        /** The length of a list in an input object. */
        int rows(@Nullable Value<?> input, String name) {
            return switch (input) {
                case ObjectValue object ->
                    object.getObjectFields().stream()
                            .filter(member -> member.getName().equals(name))
                            .mapToInt(member -> length(member.getValue()))
                            .sum();
                case VariableReference reference
                when given.containsKey(reference.getName()) ->
                    given.get(reference.getName()) instanceof Map<?, ?> object ? size(object.get(name)) : 0;
                case VariableReference reference -> rows(defaults.get(reference.getName()), name);
                case null, default -> 0;
            };
        }

        private static int size(@Nullable Object given) {
            return switch (given) {
                case null -> 0;
                case Collection<?> list -> list.size();
                default -> 1;
            };
        }

        /** The length of a list; 1 for what is no list and would become one; 0 when absent or null. */
        int length(@Nullable Value<?> value) {
            return switch (value) {
                case ArrayValue list -> list.getValues().size();
                case VariableReference reference ->
                    given.containsKey(reference.getName())
                            ? size(given.get(reference.getName()))
                            : length(defaults.get(reference.getName()));
                case NullValue absent -> 0;
                case null -> 0;
                default -> 1;
            };
        }
    }
}
