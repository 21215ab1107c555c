package org.expirytracker.api;

import graphql.GraphQLContext;
import graphql.execution.TypeFromAST;
import graphql.language.OperationDefinition;
import graphql.language.SourceLocation;
import graphql.language.VariableDefinition;
import graphql.schema.CoercingParseValueException;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Tells where in a request's variables the values are that do not fit their types. The engine refuses them as well, but
 * says neither where they are nor what they should be in words of this API.
 */
final class VariableErrors {

    private static final int MOST_ERRORS = 20;
    private static final int MOST_NAME = 60;

    private final List<ClientError> errors = new ArrayList<>();
    private List<SourceLocation> locations = List.of();

    private VariableErrors() {}

    /**
     * What is wrong with the variables of an operation.
     *
     * @param given as they came with the request
     * @return the first {@value #MOST_ERRORS}; empty when every value fits
     */
    static List<ClientError> of(GraphQLSchema schema, OperationDefinition operation, Map<String, Object> given) {
        VariableErrors found = new VariableErrors();
        for (VariableDefinition variable : operation.getVariableDefinitions()) {
            GraphQLType type = TypeFromAST.getTypeFromAST(schema, variable.getType());
            found.locations = variable.getSourceLocation() == null ? List.of() : List.of(variable.getSourceLocation());
            found.member(
                    List.of(),
                    variable.getName(),
                    type,
                    given.containsKey(variable.getName()),
                    given.get(variable.getName()),
                    variable.getDefaultValue() != null);
        }
        return found.errors;
    }

    private void member(
            List<String> path,
            String name,
            GraphQLType type,
            boolean isGiven,
            @Nullable Object value,
            boolean hasDefault) {
        if (isGiven) {
            check(longer(path, name), type, value);
        } else if (type instanceof GraphQLNonNull && !hasDefault) {
            reject(longer(path, name), "must be given");
        }
    }

    private void check(List<String> path, GraphQLType type, @Nullable Object value) {
        if (type instanceof GraphQLNonNull required) {
            if (value == null) {
                reject(path, "must not be null");
            } else {
                check(path, required.getWrappedType(), value);
            }
        } else if (value != null) {
            switch (type) {
                case GraphQLList list -> elements(path, list, value);
                case GraphQLInputObjectType object -> members(path, object, value);
                case GraphQLEnumType choice -> {
                    if (!(value instanceof String name) || choice.getValue(name) == null) {
                        reject(path, "must be a value of " + choice.getName());
                    }
                }
                case GraphQLScalarType scalar -> scalar(path, scalar, value);
                default -> throw new IllegalStateException("No input type: " + type);
            }
        }
    }

    private void elements(List<String> path, GraphQLList list, Object value) {
        if (value instanceof Iterable<?> several) {
            int at = 0;
            for (Object element : several) {
                check(longer(path, Integer.toString(at++)), list.getWrappedType(), element);
            }
        } else {
            // One value stands for a list of one.
            check(path, list.getWrappedType(), value);
        }
    }

    private void members(List<String> path, GraphQLInputObjectType object, Object value) {
        if (!(value instanceof Map<?, ?> given)) {
            reject(path, "must be an object, a " + object.getName());
            return;
        }
        for (Object name : given.keySet()) {
            if (object.getFieldDefinition((String) name) == null) {
                reject(longer(path, (String) name), "is unknown: there is no such field in " + object.getName());
            }
        }
        for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
            member(
                    path,
                    field.getName(),
                    field.getType(),
                    given.containsKey(field.getName()),
                    given.get(field.getName()),
                    field.hasSetDefaultValue());
        }
    }

    private void scalar(List<String> path, GraphQLScalarType scalar, Object value) {
        try {
            scalar.getCoercing().parseValue(value, GraphQLContext.getDefault(), Locale.ROOT);
        } catch (CoercingParseValueException refused) {
            String expected = expected(scalar);
            reject(path, expected == null ? "is wrong. " + sentence(refused) : "must be " + expected);
        }
    }

    /** What to tell instead of the engine's own words, which name classes of Java; null when the scalar is ours. */
    private static @Nullable String expected(GraphQLScalarType scalar) {
        return switch (scalar.getName()) {
            case "Int" -> "a whole number from -2147483648 to 2147483647";
            case "Float" -> "a number";
            case "String" -> "a text";
            case "Boolean" -> "true or false";
            case "ID" -> "an id";
            default -> null;
        };
    }

    private static String sentence(CoercingParseValueException refused) {
        String message = refused.getMessage() == null ? "" : refused.getMessage();
        return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
    }

    private void reject(List<String> path, String objection) {
        if (errors.size() < MOST_ERRORS) {
            errors.add(new ClientError(
                    String.join(".", path) + " " + objection + ".",
                    Problem.Code.INVALID.name(),
                    List.copyOf(path),
                    null,
                    locations,
                    null,
                    null));
        }
    }

    private static List<String> longer(List<String> path, String name) {
        List<String> longer = new ArrayList<>(path);
        longer.add(Messages.shortened(name, MOST_NAME));
        return longer;
    }
}
