package org.expirytracker.api;

import graphql.language.SourceLocation;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/**
 * What is to be done for one operation, as far as its document tells: which fields are answered by whom, in which order,
 * and how they are written. Made once by {@link PlanCompiler}, then run for each request by {@link PlanRun}. Of one event
 * loop, as the engine is.
 *
 * @param serial whether the fields of the root are answered one after the other, as those of a mutation are
 * @param variableArguments how many fields have arguments that depend on variables
 */
record Plan(Selection root, boolean serial, int variableArguments) {

    /** The fields that are selected of objects of one type, each name of the answer once, in the order of the answer. */
    static final class Selection {

        final String type;
        final Step[] steps;
        /** Those of which something is kept of each object until it is written. */
        final Step[] loading;

        Selection(String type, List<Step> steps) {
            this.type = type;
            this.steps = steps.toArray(Step[]::new);
            this.loading = steps.stream().filter(step -> step.slot >= 0).toArray(Step[]::new);
        }

        /** Whether anything in it must be loaded before it can be written. */
        boolean loads() {
            return loading.length > 0;
        }
    }

    /** One field of a selection. */
    static final class Step {

        /** Its name in the answer. */
        final String key;
        /** The same as it is written: a comma, the name in quotes, a colon. */
        final byte[] name;

        final String field;
        final @Nullable SourceLocation location;
        final Source source;
        final Shape shape;
        /** Where its value is kept of each object until that is written; negative when it is not. */
        final int slot;

        private final Map<String, Set<String>> asked = new HashMap<>();

        Step(String key, String field, @Nullable SourceLocation location, Source source, Shape shape, int slot) {
            this.key = key;
            this.name = JsonBytes.ascii(",\"" + key + "\":");
            this.field = field;
            this.location = location;
            this.source = source;
            this.shape = shape;
            this.slot = slot;
        }

        /** The names of the fields that are selected of objects of a type, anywhere below this one. */
        Set<String> asked(String type) {
            return asked.computeIfAbsent(type, first -> {
                Set<String> names = new HashSet<>();
                shape.selections().forEach(selection -> collect(selection, type, names));
                return Set.copyOf(names);
            });
        }

        private static void collect(Selection selection, String type, Set<String> names) {
            for (Step step : selection.steps) {
                if (selection.type.equals(type)) {
                    names.add(step.field);
                }
                step.shape.selections().forEach(below -> collect(below, type, names));
            }
        }
    }

    /** Where the value of a field comes from. */
    sealed interface Source permits Constant, Component, Fetched {}

    /** It is always the same. */
    static final class Constant implements Source {

        final byte[] json;

        Constant(byte[] json) {
            this.json = json;
        }
    }

    /** It is a component of the record. */
    static final class Component implements Source {

        final Property property;

        Component(Property property) {
            this.property = property;
        }

        /** Its value of a record, or why there is none. */
        @Nullable
        Object of(Object record) {
            try {
                return property.of(record);
            } catch (RuntimeException failure) {
                return new Failed(failure);
            }
        }
    }

    /** A room answers it. */
    static final class Fetched implements Source {

        final Wiring.Fetcher fetcher;
        final PlanArguments arguments;
        /** The arguments of {@code @idempotent}, where that stands at the field. */
        final @Nullable PlanArguments idempotent;
        /** The arguments of {@code @dryRun}, where that stands at the field. */
        final @Nullable PlanArguments dryRun;

        Fetched(
                Wiring.Fetcher fetcher,
                PlanArguments arguments,
                @Nullable PlanArguments idempotent,
                @Nullable PlanArguments dryRun) {
            this.fetcher = fetcher;
            this.arguments = arguments;
            this.idempotent = idempotent;
            this.dryRun = dryRun;
        }
    }

    /** What a field's type makes of its value. */
    sealed interface Shape permits Scalar, Many, Composite {

        /** Whether null is an error, which makes the object or list around it null. */
        boolean required();

        /** Whether anything in it must be loaded before it can be written. */
        boolean loads();

        /** What is selected of its objects, for each type that they may have; empty when it has none. */
        Collection<Selection> selections();
    }

    /** A scalar or enumeration. */
    record Scalar(boolean required, Leaf leaf) implements Shape {

        @Override
        public boolean loads() {
            return false;
        }

        @Override
        public Collection<Selection> selections() {
            return List.of();
        }
    }

    /** A list. */
    record Many(boolean required, Shape each, boolean loads) implements Shape {

        Many(boolean required, Shape each) {
            this(required, each, each.loads());
        }

        @Override
        public Collection<Selection> selections() {
            return each.selections();
        }
    }

    /**
     * An object of one of some types.
     *
     * @param typeOf tells the type of a record; null when there is only one
     * @param byType what is selected of each type; empty when there is only one
     * @param only that of the only type
     */
    record Composite(
            boolean required,
            @Nullable Function<Object, String> typeOf,
            Map<String, Selection> byType,
            @Nullable Selection only,
            boolean loads)
            implements Shape {

        /** Of one type. */
        static Composite of(boolean required, Selection only) {
            return new Composite(required, null, Map.of(), only, only.loads());
        }

        /** Of several types. */
        static Composite of(boolean required, Function<Object, String> typeOf, Map<String, Selection> byType) {
            return new Composite(
                    required, typeOf, byType, null, byType.values().stream().anyMatch(Selection::loads));
        }

        @Override
        public Collection<Selection> selections() {
            return only == null ? byType.values() : List.of(only);
        }

        /** What is selected of a record; null when its type is none of these. */
        @Nullable
        Selection selection(Object value) {
            return typeOf == null ? only : byType.get(typeOf.apply(value));
        }
    }

    /**
     * An object while it is loaded: what is kept of it until it is written.
     */
    static final class Loaded {

        final @Nullable Object source;
        final Selection selection;
        final @Nullable Object[] values;
        /** Where it was written last; {@link AnswerWriter} alone knows whether that is still there. */
        int from;

        int to;
        int writing = -1;

        Loaded(@Nullable Object source, Selection selection) {
            this.source = source;
            this.selection = selection;
            this.values = new Object[selection.loading.length];
        }
    }

    /** A list while its objects are loaded. */
    record LoadedList(List<@Nullable Object> elements) {}

    /** Takes the place of a value that could not be had. */
    record Failed(Throwable cause) {}
}
