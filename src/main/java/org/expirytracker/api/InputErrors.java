package org.expirytracker.api;

import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.execution.TypeFromAST;
import graphql.language.ArrayValue;
import graphql.language.AstPrinter;
import graphql.language.EnumValue;
import graphql.language.NullValue;
import graphql.language.ObjectField;
import graphql.language.ObjectValue;
import graphql.language.OperationDefinition;
import graphql.language.SourceLocation;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.language.VariableDefinition;
import graphql.language.VariableReference;
import graphql.schema.CoercingParseLiteralException;
import graphql.schema.CoercingParseValueException;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLEnumValueDefinition;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds where in a request the values are that do not fit their types, in its variables and in the literals of its
 * document alike, and says in words of this API what they should be. The engine refuses them as well, but tells only
 * the first, and names classes of Java.
 */
final class InputErrors {

    /** So many are told apart; the others are only counted. */
    static final int MOST_KEPT = 20_000;

    private static final int MOST_NAME = 60;
    private static final int MOST_ECHOED = 40;
    private static final int MOST_CHOICES = 40;
    private static final int MOST_NEAR = 50;
    private static final Pattern QUOTED_NUMBER = Pattern.compile("-?[0-9]{1,10}");

    /**
     * One value that does not fit.
     *
     * @param path from the variable or argument on
     * @param reason what follows the path in a sentence, and ends it
     * @param given what stands there, to tell it from other wrong values; null when nothing does
     * @param location where in the document: of the literal, or of the variable's declaration
     */
    record Objection(
            List<String> path,
            String reason,
            @Nullable Object given,
            @Nullable SourceLocation location) {

        /** One sentence or two. */
        String message() {
            return String.join(".", path) + " " + reason;
        }
    }

    private final boolean hints;
    private final GraphQLContext context = GraphQLContext.getDefault();
    private final List<Objection> objections = new ArrayList<>();
    private long count;
    private @Nullable SourceLocation location;

    /**
     * Nothing found yet.
     *
     * @param hints whether to tell what the schema has besides what is named; it is for callers only
     */
    InputErrors(boolean hints) {
        this.hints = hints;
    }

    /** The first {@value #MOST_KEPT} found. */
    List<Objection> objections() {
        return objections;
    }

    /** How many were found. */
    long count() {
        return count;
    }

    /**
     * Looks at the variables of an operation.
     *
     * @param given as they came with the request
     */
    void variables(GraphQLSchema schema, OperationDefinition operation, Map<String, Object> given) {
        for (VariableDefinition variable : operation.getVariableDefinitions()) {
            // In a document that is wrong there may be no such type; then that is what is told.
            if (TypeFromAST.getTypeFromAST(schema, variable.getType()) instanceof GraphQLInputType type) {
                location = variable.getSourceLocation();
                String name = variable.getName();
                if (given.containsKey(name)) {
                    value(List.of(name), type, given.get(name));
                } else if (type instanceof GraphQLNonNull && variable.getDefaultValue() == null) {
                    reject(List.of(name), "must be given", null);
                }
            }
        }
    }

    /** Looks at a value as JSON has it. */
    void value(List<String> path, GraphQLType type, @Nullable Object value) {
        if (type instanceof GraphQLNonNull required) {
            if (value == null) {
                reject(path, "must not be null", null);
            } else {
                value(path, required.getWrappedType(), value);
            }
        } else if (value != null) {
            switch (type) {
                case GraphQLList list -> elements(path, list, value);
                case GraphQLInputObjectType object -> members(path, object, value);
                case GraphQLEnumType choice -> {
                    if (!(value instanceof String name) || choice.getValue(name) == null) {
                        reject(path, choice(choice, value instanceof String name ? name : null, shown(value)), value);
                    }
                }
                case GraphQLScalarType scalar -> scalar(path, scalar, value);
                default -> throw new IllegalStateException("No input type: " + type);
            }
        }
    }

    private void elements(List<String> path, GraphQLList list, Object value) {
        if (value instanceof Collection<?> several) {
            int at = 0;
            for (Object element : several) {
                value(longer(path, Integer.toString(at++)), list.getWrappedType(), element);
            }
        } else {
            value(single(path, list), list.getWrappedType(), value);
        }
    }

    /** One value stands for a list of one. Objects have errors of their own, so they need their place. */
    static List<String> single(List<String> path, GraphQLList list) {
        return GraphQLTypeUtil.unwrapNonNull(list.getWrappedType()) instanceof GraphQLInputObjectType
                ? longer(path, "0")
                : path;
    }

    private void members(List<String> path, GraphQLInputObjectType object, Object value) {
        if (!(value instanceof Map<?, ?> given)) {
            reject(path, "must be an object, a " + object.getName() + ", not " + shown(value), value);
            return;
        }
        for (Map.Entry<?, ?> member : given.entrySet()) {
            unknown(path, object, (String) member.getKey(), member.getValue());
        }
        for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
            if (given.containsKey(field.getName())) {
                value(longer(path, field.getName()), field.getType(), given.get(field.getName()));
            } else {
                missing(path, field);
            }
        }
        if (object.isOneOf() && (given.size() != 1 || given.containsValue(null))) {
            reject(path, onlyOneOf(object), value);
        }
    }

    /** The rule of the specification for {@code @oneOf} (3.10, Input Coercion). */
    private static String onlyOneOf(GraphQLInputObjectType object) {
        return object.getFieldDefinitions().stream()
                .map(GraphQLInputObjectField::getName)
                .collect(Collectors.joining(", ", "must have exactly one of these, and not null: ", ""));
    }

    private void unknown(List<String> path, GraphQLInputObjectType object, String name, @Nullable Object given) {
        if (object.getFieldDefinition(name) == null) {
            reject(
                    longer(path, name),
                    "is unknown: there is no such field in " + object.getName(),
                    given,
                    near(
                            name,
                            object.getFieldDefinitions().stream()
                                    .map(GraphQLInputObjectField::getName)
                                    .toList()));
        }
    }

    private void missing(List<String> path, GraphQLInputObjectField field) {
        if (field.getType() instanceof GraphQLNonNull && !field.hasSetDefaultValue()) {
            reject(longer(path, field.getName()), "must be given", null);
        }
    }

    private void scalar(List<String> path, GraphQLScalarType scalar, Object value) {
        try {
            scalar.getCoercing().parseValue(value, context, Locale.ROOT);
        } catch (CoercingParseValueException refused) {
            reject(path, scalar(scalar, shown(value), value instanceof String text ? text : ""), value);
        }
    }

    /**
     * Looks at a value that is written in the document. A variable in it is left to {@link VariableUse}.
     *
     * @param path of the value, its argument's name first
     */
    void literal(List<String> path, GraphQLType type, Value<?> value) {
        if (value instanceof VariableReference) {
            return;
        }
        location = value.getSourceLocation() == null ? location : value.getSourceLocation();
        if (type instanceof GraphQLNonNull required) {
            if (value instanceof NullValue) {
                reject(path, "must not be null", null);
            } else {
                literal(path, required.getWrappedType(), value);
            }
        } else if (!(value instanceof NullValue)) {
            switch (type) {
                case GraphQLList list -> elements(path, list, value);
                case GraphQLInputObjectType object -> members(path, object, value);
                case GraphQLEnumType choice -> choice(path, choice, value);
                case GraphQLScalarType scalar -> scalar(path, scalar, value);
                default -> throw new IllegalStateException("No input type: " + type);
            }
        }
    }

    private void elements(List<String> path, GraphQLList list, Value<?> value) {
        if (value instanceof ArrayValue several) {
            int at = 0;
            for (Value<?> element : several.getValues()) {
                literal(longer(path, Integer.toString(at++)), list.getWrappedType(), element);
            }
        } else {
            literal(single(path, list), list.getWrappedType(), value);
        }
    }

    private void members(List<String> path, GraphQLInputObjectType object, Value<?> value) {
        if (!(value instanceof ObjectValue given)) {
            reject(path, "must be an object, a " + object.getName() + ", not " + shown(value), printed(value));
            return;
        }
        SourceLocation whole = location;
        Set<String> names = new HashSet<>();
        for (ObjectField field : given.getObjectFields()) {
            names.add(field.getName());
            location = field.getSourceLocation() == null ? whole : field.getSourceLocation();
            GraphQLInputObjectField definition = object.getFieldDefinition(field.getName());
            if (definition == null) {
                unknown(path, object, field.getName(), printed(field.getValue()));
            } else {
                literal(longer(path, field.getName()), definition.getType(), field.getValue());
            }
        }
        location = whole;
        for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
            if (!names.contains(field.getName())) {
                missing(path, field);
            }
        }
        if (object.isOneOf()
                && (given.getObjectFields().size() != 1
                        || given.getObjectFields().getFirst().getValue() instanceof NullValue)) {
            reject(path, onlyOneOf(object), printed(given));
        }
    }

    private void choice(List<String> path, GraphQLEnumType choice, Value<?> value) {
        if (value instanceof EnumValue named && choice.getValue(named.getName()) != null) {
            return;
        }
        boolean quoted = value instanceof StringValue text && choice.getValue(String.valueOf(text.getValue())) != null;
        String name = value instanceof EnumValue named ? named.getName() : null;
        reject(
                path,
                quoted
                        ? "must be written without quotes: it is a value of " + choice.getName()
                        : choice(choice, name, shown(value)),
                printed(value));
    }

    private void scalar(List<String> path, GraphQLScalarType scalar, Value<?> value) {
        try {
            scalar.getCoercing().parseLiteral(value, CoercedVariables.emptyVariables(), context, Locale.ROOT);
        } catch (CoercingParseLiteralException refused) {
            String text = value instanceof StringValue quoted ? String.valueOf(quoted.getValue()) : "";
            reject(path, scalar(scalar, shown(value), text), printed(value));
        }
    }

    /** What a text or an id was is not repeated: it may be a secret at the wrong place. */
    private static String scalar(GraphQLScalarType scalar, String shown, String text) {
        boolean secret = scalar.getName().equals("String") || scalar.getName().equals("ID");
        boolean quotedNumber =
                scalar.getName().equals("Int") && QUOTED_NUMBER.matcher(text).matches();
        return "must be " + Scalars.expected(scalar) + (secret ? "" : ", not " + shown)
                + (quotedNumber ? "; write it without quotes" : "");
    }

    private String choice(GraphQLEnumType choice, @Nullable String name, String shown) {
        if (!hints) {
            return "must be a value of " + choice.getName();
        }
        List<String> names = choice.getValues().stream()
                .map(GraphQLEnumValueDefinition::getName)
                .toList();
        String named = String.join(", ", names.subList(0, Math.min(names.size(), MOST_CHOICES)));
        String objection = "must be one of " + named + (names.size() > MOST_CHOICES ? ", …" : "") + ", not " + shown;
        String question = name == null ? "" : near(name, names);
        return question.isEmpty() ? objection : objection + "." + question;
    }

    private String near(String name, Collection<String> known) {
        return hints && count < MOST_NEAR ? NearName.question(name, known) : "";
    }

    /** A value of JSON, as short as it can be told. */
    private static String shown(Object value) {
        return switch (value) {
            case String text -> '"' + Messages.shortened(text, MOST_ECHOED) + '"';
            case Number number -> Messages.shortened(number.toString(), MOST_ECHOED);
            case Boolean truth -> truth.toString();
            case Collection<?> list -> "a list";
            default -> "an object";
        };
    }

    private static String shown(Value<?> value) {
        return switch (value) {
            case ArrayValue list -> "a list";
            case ObjectValue object -> "an object";
            case StringValue text -> '"' + Messages.shortened(String.valueOf(text.getValue()), MOST_ECHOED) + '"';
            default -> Messages.shortened(printed(value), MOST_ECHOED);
        };
    }

    private static String printed(Value<?> value) {
        return AstPrinter.printAstCompact(value);
    }

    private void reject(List<String> path, String objection, @Nullable Object given) {
        reject(path, objection, given, "");
    }

    private void reject(List<String> path, String objection, @Nullable Object given, String question) {
        count++;
        if (objections.size() < MOST_KEPT) {
            String end = objection.endsWith("?") ? "" : ".";
            objections.add(new Objection(path, objection + end + question, given, location));
        }
    }

    private static List<String> longer(List<String> path, String name) {
        List<String> longer = new ArrayList<>(path.size() + 1);
        longer.addAll(path);
        longer.add(Messages.shortened(name, MOST_NAME));
        return List.copyOf(longer);
    }
}
