package org.expirytracker.api;

import graphql.language.Description;
import graphql.language.EnumTypeDefinition;
import graphql.language.InputObjectTypeDefinition;
import graphql.language.InputValueDefinition;
import graphql.language.ListType;
import graphql.language.NonNullType;
import graphql.language.OperationDefinition;
import graphql.language.ScalarTypeDefinition;
import graphql.language.Type;
import graphql.language.TypeDefinition;
import graphql.language.TypeName;
import graphql.language.VariableDefinition;
import graphql.parser.Parser;
import graphql.schema.idl.TypeDefinitionRegistry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The variables of an operation as JSON Schema (2020-12), as its client has to give them: types, enumerations and
 * descriptions are those of the product's schema.
 */
public final class VariablesSchema {

    private final TypeDefinitionRegistry types = GraphQLFactory.types();
    private final Map<String, Object> definitions = new LinkedHashMap<>();

    private VariablesSchema() {}

    /**
     * The schema of an object with the variables as its members.
     *
     * @param document with one operation
     */
    public static Map<String, Object> of(String document) {
        VariablesSchema schema = new VariablesSchema();
        OperationDefinition operation = Parser.parse(document)
                .getFirstDefinitionOfType(OperationDefinition.class)
                .orElseThrow();
        Map<String, Object> properties = new LinkedHashMap<>();
        for (VariableDefinition variable : operation.getVariableDefinitions()) {
            properties.put(variable.getName(), schema.of(variable.getType()));
        }
        List<String> required = operation.getVariableDefinitions().stream()
                .filter(variable -> variable.getType() instanceof NonNullType && variable.getDefaultValue() == null)
                .map(VariableDefinition::getName)
                .toList();
        Map<String, Object> whole = object(properties, required);
        if (!schema.definitions.isEmpty()) {
            whole.put("$defs", schema.definitions);
        }
        return whole;
    }

    private static Map<String, Object> object(Map<String, Object> properties, List<String> required) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("type", "object");
        object.put("properties", properties);
        if (!required.isEmpty()) {
            object.put("required", new ArrayList<>(required));
        }
        object.put("additionalProperties", false);
        return object;
    }

    private Map<String, Object> of(Type<?> type) {
        return switch (type) {
            case NonNullType sure -> of(sure.getType());
            case ListType list -> new LinkedHashMap<>(Map.of("type", "array", "items", of(list.getType())));
            case TypeName name -> named(name.getName());
            default -> throw new IllegalArgumentException("An input cannot be of the type " + type);
        };
    }

    private Map<String, Object> named(String name) {
        return switch (name) {
            case "Int" -> typed("integer");
            case "Float" -> typed("number");
            case "Boolean" -> typed("boolean");
            case "String", "ID" -> typed("string");
            default -> {
                ScalarTypeDefinition scalar = types.scalars().get(name);
                yield scalar != null ? scalar(scalar) : defined(types.types().get(name), name);
            }
        };
    }

    private static Map<String, Object> typed(String type) {
        return new LinkedHashMap<>(Map.of("type", type));
    }

    private static Map<String, Object> scalar(ScalarTypeDefinition scalar) {
        Map<String, Object> schema = typed("string");
        describe(schema, scalar.getDescription());
        switch (scalar.getName()) {
            case "Date" -> schema.put("format", "date");
            case "DateTime" -> schema.put("format", "date-time");
            default -> {}
        }
        return schema;
    }

    private Map<String, Object> defined(@Nullable TypeDefinition<?> type, String name) {
        return switch (type) {
            case EnumTypeDefinition choices -> {
                Map<String, Object> schema = typed("string");
                schema.put(
                        "enum",
                        choices.getEnumValueDefinitions().stream()
                                .map(value -> value.getName())
                                .toList());
                yield schema;
            }
            case InputObjectTypeDefinition input -> {
                if (!definitions.containsKey(name)) {
                    // A filter can hold filters: what is being written is not begun again.
                    definitions.put(name, Map.of());
                    definitions.put(name, object(input));
                }
                yield new LinkedHashMap<>(Map.of("$ref", "#/$defs/" + name));
            }
            case null, default -> throw new IllegalArgumentException("There is no input of the type " + name);
        };
    }

    private Map<String, Object> object(InputObjectTypeDefinition input) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (InputValueDefinition field : input.getInputValueDefinitions()) {
            if (field.getName().equals("clientMutationId")) {
                continue;
            }
            Map<String, Object> schema = of(field.getType());
            describe(schema, field.getDescription());
            properties.put(field.getName(), schema);
        }
        Map<String, Object> whole = object(
                properties,
                input.getInputValueDefinitions().stream()
                        .filter(field -> field.getType() instanceof NonNullType && field.getDefaultValue() == null)
                        .map(InputValueDefinition::getName)
                        .toList());
        if (input.hasDirective("oneOf")) {
            whole.put("minProperties", 1);
            whole.put("maxProperties", 1);
        }
        describe(whole, input.getDescription());
        return whole;
    }

    /** In place of what its type says of itself. */
    private static void describe(Map<String, Object> schema, @Nullable Description description) {
        if (description != null) {
            schema.put("description", description.getContent().strip());
        }
    }
}
