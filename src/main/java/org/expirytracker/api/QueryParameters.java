package org.expirytracker.api;

import graphql.GraphQLContext;
import graphql.Scalars;
import graphql.execution.CoercedVariables;
import graphql.execution.RawVariables;
import graphql.execution.ValuesResolver;
import graphql.language.TypeName;
import graphql.language.VariableDefinition;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLInputType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.jspecify.annotations.Nullable;

/**
 * Input objects of the schema as parameters of an address: a member is a parameter of its name, a list is a parameter that
 * is given more than once, and an object within is JSON. What values there may be says the schema, in both places.
 */
final class QueryParameters {

    private final GraphQLSchema schema;
    private final Map<String, List<String>> given;
    private final Map<String, Object> values = new HashMap<>();
    private final List<UserError> errors = new ArrayList<>();

    /** The parameters of one address, by name. */
    QueryParameters(GraphQLSchema schema, Map<String, List<String>> given) {
        this.schema = schema;
        this.given = new HashMap<>(given);
    }

    /** Reads a parameter of its own, of a type of the schema. */
    QueryParameters one(String name, String type) {
        read(name, typed(type, GraphQLInputType.class), values, type);
        return this;
    }

    /** Reads every parameter that is a member of an input object, which becomes the argument {@code name}. */
    QueryParameters members(String name, String type) {
        GraphQLInputObjectType object = typed(type, GraphQLInputObjectType.class);
        Map<String, Object> members = new HashMap<>();
        for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
            read(field.getName(), field.getType(), members, null);
        }
        if (errors.isEmpty()) {
            values.put(name, coerced(members, type));
        }
        return this;
    }

    /**
     * What was read, as fetchers have it.
     *
     * @throws Problem {@code INVALID} with everything that is wrong, each by the name of its parameter
     */
    Map<String, Object> arguments() {
        given.keySet()
                .forEach(unknown -> errors.add(new UserError(
                        Problem.Code.INVALID, "There is no parameter " + unknown + ".", List.of(unknown))));
        if (!errors.isEmpty()) {
            throw Problem.all(errors);
        }
        return values;
    }

    private void read(String name, GraphQLInputType type, Map<String, Object> into, @Nullable String coercedAs) {
        List<String> texts = given.remove(name);
        if (texts == null) {
            return;
        }
        boolean isList = GraphQLTypeUtil.unwrapNonNull(type) instanceof GraphQLList;
        if (texts.size() > 1 && !isList) {
            errors.add(new UserError(Problem.Code.INVALID, name + " is given more than once.", List.of(name)));
            return;
        }
        GraphQLType each = GraphQLTypeUtil.unwrapAll(type);
        List<Object> raw = texts.stream().map(text -> raw(each, text)).toList();
        Object value = isList && !(raw.size() == 1 && raw.getFirst() instanceof List) ? raw : raw.getFirst();
        InputErrors found = new InputErrors(true);
        found.value(List.of(name), type, value);
        found.objections()
                .forEach(objection ->
                        errors.add(new UserError(Problem.Code.INVALID, objection.message(), objection.path())));
        if (found.count() == 0) {
            into.put(name, coercedAs == null ? value : coerced(value, coercedAs));
        }
    }

    /** As JSON would have it; a text that stands for nothing of the type stays one, and is refused as such. */
    private static Object raw(GraphQLType type, String text) {
        try {
            if (type instanceof GraphQLInputObjectType) {
                return text.startsWith("[") ? new JsonArray(text).getList() : new JsonObject(text).getMap();
            }
            if (type.equals(Scalars.GraphQLInt)) {
                return Integer.valueOf(text);
            }
        } catch (DecodeException | NumberFormatException notReadable) {
            return text;
        }
        boolean isFlag = type.equals(Scalars.GraphQLBoolean) && (text.equals("true") || text.equals("false"));
        return isFlag ? Boolean.valueOf(text) : text;
    }

    private <T extends GraphQLType> T typed(String name, Class<T> kind) {
        return kind.cast(Objects.requireNonNull(schema.getType(name), name));
    }

    private Object coerced(Object raw, String type) {
        VariableDefinition variable = VariableDefinition.newVariableDefinition()
                .name("value")
                .type(new TypeName(type))
                .build();
        CoercedVariables coerced = ValuesResolver.coerceVariableValues(
                schema,
                List.of(variable),
                RawVariables.of(Map.of("value", raw)),
                GraphQLContext.getDefault(),
                Locale.ROOT);
        return Objects.requireNonNull(coerced.get("value"), "what is not null stays so");
    }
}
