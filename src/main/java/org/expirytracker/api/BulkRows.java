package org.expirytracker.api;

import graphql.language.Argument;
import graphql.language.ArrayValue;
import graphql.language.BooleanValue;
import graphql.language.Document;
import graphql.language.EnumValue;
import graphql.language.Field;
import graphql.language.InlineFragment;
import graphql.language.IntValue;
import graphql.language.NullValue;
import graphql.language.ObjectField;
import graphql.language.ObjectValue;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import graphql.language.SelectionSet;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.language.VariableReference;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The rows of mutations that may be refused one by one: the objects of a list whose input has a
 * {@code BulkErrorPolicy}. What cannot be read in a row is that row's error, so it may not end the request: it is
 * noted, something readable is put in its place, and the mutation leaves the row out or does nothing.
 */
final class BulkRows {

    private static final String POLICY = "BulkErrorPolicy";

    /** Argument, list, number of the row. */
    static final int DEPTH = 3;

    private BulkRows() {}

    /** Whether a path from an argument of a mutation leads to a row or into one. */
    static boolean isRow(GraphQLFieldDefinition mutation, List<String> path) {
        GraphQLArgument argument = path.size() < DEPTH ? null : mutation.getArgument(path.getFirst());
        if (argument == null
                || !(GraphQLTypeUtil.unwrapNonNull(argument.getType()) instanceof GraphQLInputObjectType input)) {
            return false;
        }
        GraphQLInputObjectField rows = input.getFieldDefinition(path.get(1));
        return rows != null && isBulk(input) && isRows(rows);
    }

    private static boolean isRows(GraphQLInputObjectField field) {
        return GraphQLTypeUtil.unwrapNonNull(field.getType()) instanceof GraphQLList list
                && GraphQLTypeUtil.unwrapNonNull(list.getWrappedType()) instanceof GraphQLInputObjectType;
    }

    /** The list of rows in the input of a mutation; null when it is no bulk mutation. */
    static @Nullable String listOf(GraphQLFieldDefinition mutation) {
        GraphQLArgument argument = mutation.getArgument("input");
        return argument != null
                        && GraphQLTypeUtil.unwrapNonNull(argument.getType()) instanceof GraphQLInputObjectType input
                        && isBulk(input)
                ? input.getFieldDefinitions().stream()
                        .filter(BulkRows::isRows)
                        .map(GraphQLInputObjectField::getName)
                        .findFirst()
                        .orElse(null)
                : null;
    }

    /** The names of the types that bulk mutations answer: their lists have an entry for each row. */
    static Set<String> payloads(GraphQLSchema schema) {
        GraphQLObjectType mutations = schema.getMutationType();
        return mutations == null
                ? Set.of()
                : mutations.getFieldDefinitions().stream()
                        .filter(mutation -> listOf(mutation) != null)
                        .map(mutation ->
                                GraphQLTypeUtil.unwrapAll(mutation.getType()).getName())
                        .collect(Collectors.toUnmodifiableSet());
    }

    private static boolean isBulk(GraphQLInputObjectType input) {
        return input.getFieldDefinitions().stream()
                .anyMatch(field ->
                        GraphQLTypeUtil.unwrapAll(field.getType()).getName().equals(POLICY));
    }

    /**
     * A variable's value with something readable in place of what cannot be read.
     *
     * @param value as JSON
     */
    static @Nullable Object repaired(GraphQLType type, @Nullable Object value) {
        if (type instanceof GraphQLNonNull required) {
            return value == null ? filler(required.getWrappedType()) : repaired(required.getWrappedType(), value);
        }
        if (value == null) {
            return null;
        }
        return switch (type) {
            case GraphQLList list -> {
                List<@Nullable Object> elements = new ArrayList<>();
                for (Object element : value instanceof Collection<?> several ? several : List.of(value)) {
                    elements.add(repaired(list.getWrappedType(), element));
                }
                yield elements;
            }
            case GraphQLInputObjectType object -> members(object, value instanceof Map<?, ?> map ? map : Map.of());
            default -> {
                InputErrors errors = new InputErrors(false);
                errors.value(List.of(), type, value);
                yield errors.count() == 0 ? value : filler(type);
            }
        };
    }

    private static Map<String, @Nullable Object> members(GraphQLInputObjectType object, Map<?, ?> given) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
            if (given.containsKey(field.getName())) {
                members.put(field.getName(), repaired(field.getType(), given.get(field.getName())));
            } else if (isRequired(field)) {
                members.put(field.getName(), filler(field.getType()));
            }
        }
        if (object.isOneOf() && (members.size() != 1 || members.containsValue(null))) {
            GraphQLInputObjectField first = object.getFieldDefinitions().getFirst();
            return Map.of(first.getName(), filler(first.getType()));
        }
        return members;
    }

    private static boolean isRequired(GraphQLInputObjectField field) {
        return field.getType() instanceof GraphQLNonNull && !field.hasSetDefaultValue();
    }

    /** The least that a type accepts, as JSON has it. */
    static Object filler(GraphQLType type) {
        return switch (type) {
            case GraphQLNonNull required -> filler(required.getWrappedType());
            case GraphQLList list -> List.of();
            case GraphQLInputObjectType object -> members(object, Map.of());
            case GraphQLEnumType choice -> choice.getValues().getFirst().getName();
            case GraphQLScalarType scalar -> Scalars.sample(scalar);
            default -> throw new IllegalStateException("No input type: " + type);
        };
    }

    /** The document with something readable in the rows that are written in it. */
    static Document repaired(GraphQLSchema schema, Document document) {
        GraphQLObjectType mutations = schema.getMutationType();
        return mutations == null
                ? document
                : document.transform(builder -> builder.definitions(document.getDefinitions().stream()
                        .map(definition -> definition instanceof OperationDefinition operation
                                        && operation.getOperation() == OperationDefinition.Operation.MUTATION
                                ? operation.transform(changed -> changed.selectionSet(
                                        new Repair(mutations).selections(operation.getSelectionSet())))
                                : definition)
                        .toList()));
    }

    private record Repair(GraphQLObjectType mutations) {

        SelectionSet selections(SelectionSet selections) {
            List<Selection<?>> repaired = new ArrayList<>();
            for (Selection<?> selection : selections.getSelections()) {
                repaired.add(
                        switch (selection) {
                            case Field field -> field(field);
                            case InlineFragment inline ->
                                inline.transform(builder -> builder.selectionSet(selections(inline.getSelectionSet())));
                            default -> selection;
                        });
            }
            return selections.transform(builder -> builder.selections(repaired));
        }

        private Field field(Field field) {
            GraphQLFieldDefinition definition = mutations.getFieldDefinition(field.getName());
            return definition == null
                    ? field
                    : field.transform(builder -> builder.arguments(field.getArguments().stream()
                            .map(argument -> argument(definition.getArgument(argument.getName()), argument))
                            .toList()));
        }

        private Argument argument(@Nullable GraphQLArgument definition, Argument argument) {
            return definition != null
                            && GraphQLTypeUtil.unwrapNonNull(definition.getType())
                                    instanceof GraphQLInputObjectType input
                            && isBulk(input)
                            && argument.getValue() instanceof ObjectValue given
                    ? argument.transform(builder -> builder.value(lists(input, given)))
                    : argument;
        }

        private ObjectValue lists(GraphQLInputObjectType input, ObjectValue given) {
            return given.transform(builder -> builder.objectFields(given.getObjectFields().stream()
                    .map(field -> {
                        GraphQLInputObjectField definition = input.getFieldDefinition(field.getName());
                        return definition != null
                                        && isRows(definition)
                                        && GraphQLTypeUtil.unwrapNonNull(definition.getType())
                                                instanceof GraphQLList list
                                ? field.transform(changed -> changed.value(literal(list, field.getValue())))
                                : field;
                    })
                    .toList()));
        }

        // graphql-java takes raw values.
        @SuppressWarnings("rawtypes")
        private Value<?> literal(GraphQLType type, Value<?> value) {
            if (value instanceof VariableReference) {
                return value;
            }
            if (type instanceof GraphQLNonNull required) {
                return value instanceof NullValue ? literalFiller(required) : literal(required.getWrappedType(), value);
            }
            if (value instanceof NullValue) {
                return value;
            }
            return switch (type) {
                case GraphQLList list ->
                    ArrayValue.newArrayValue()
                            .values((value instanceof ArrayValue several ? several.getValues() : List.of(value))
                                    .stream()
                                            .<Value>map(element -> literal(list.getWrappedType(), element))
                                            .toList())
                            .sourceLocation(value.getSourceLocation())
                            .build();
                case GraphQLInputObjectType object ->
                    value instanceof ObjectValue given ? members(object, given) : literalFiller(object);
                default -> {
                    InputErrors errors = new InputErrors(false);
                    errors.literal(List.of(), type, value);
                    yield errors.count() == 0 ? value : literalFiller(type);
                }
            };
        }

        private ObjectValue members(GraphQLInputObjectType object, ObjectValue given) {
            Map<String, ObjectField> members = new LinkedHashMap<>();
            for (ObjectField field : given.getObjectFields()) {
                GraphQLInputObjectField definition = object.getFieldDefinition(field.getName());
                if (definition != null) {
                    members.put(
                            field.getName(),
                            field.transform(changed -> changed.value(literal(definition.getType(), field.getValue()))));
                }
            }
            for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
                if (isRequired(field) && !members.containsKey(field.getName())) {
                    members.put(
                            field.getName(),
                            ObjectField.newObjectField()
                                    .name(field.getName())
                                    .value(literalFiller(field.getType()))
                                    .build());
                }
            }
            if (object.isOneOf()
                    && (members.size() != 1
                            || members.values().iterator().next().getValue() instanceof NullValue)) {
                GraphQLInputObjectField first = object.getFieldDefinitions().getFirst();
                members.clear();
                members.put(
                        first.getName(),
                        ObjectField.newObjectField()
                                .name(first.getName())
                                .value(literalFiller(first.getType()))
                                .build());
            }
            return given.transform(builder -> builder.objectFields(List.copyOf(members.values())));
        }

        private Value<?> literalFiller(GraphQLType type) {
            return switch (type) {
                case GraphQLNonNull required -> literalFiller(required.getWrappedType());
                case GraphQLList list -> ArrayValue.newArrayValue().build();
                case GraphQLInputObjectType object ->
                    members(object, ObjectValue.newObjectValue().build());
                case GraphQLEnumType choice ->
                    EnumValue.newEnumValue(choice.getValues().getFirst().getName())
                            .build();
                default ->
                    switch (filler(type)) {
                        case Integer number -> IntValue.of(number);
                        case Boolean truth -> BooleanValue.of(truth);
                        case Object text -> StringValue.of(text.toString());
                    };
            };
        }
    }
}
