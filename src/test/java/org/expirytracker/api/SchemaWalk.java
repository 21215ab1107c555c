package org.expirytracker.api;

import graphql.language.AstPrinter;
import graphql.language.DirectivesContainer;
import graphql.language.EnumTypeDefinition;
import graphql.language.EnumValue;
import graphql.language.EnumValueDefinition;
import graphql.language.FieldDefinition;
import graphql.language.ImplementingTypeDefinition;
import graphql.language.InputObjectTypeDefinition;
import graphql.language.InputValueDefinition;
import graphql.language.InterfaceTypeDefinition;
import graphql.language.ListType;
import graphql.language.NonNullType;
import graphql.language.ObjectTypeDefinition;
import graphql.language.Type;
import graphql.language.TypeDefinition;
import graphql.language.TypeName;
import graphql.language.UnionTypeDefinition;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeDefinitionRegistry;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.expirytracker.kernel.Access;
import org.jspecify.annotations.Nullable;

/**
 * The product's schema, walked by tests that must hold for every field: it lists the inputs that fields take, and makes
 * requests for a field with valid values everywhere but in one place.
 */
final class SchemaWalk {

    static final SchemaWalk PRODUCT = new SchemaWalk();

    private final TypeDefinitionRegistry types = new SchemaParser().parse(GraphQLFactory.schemaText());

    private SchemaWalk() {}

    /** A field of an object type. */
    record Field(String parent, FieldDefinition definition) {

        String name() {
            return definition.getName();
        }

        /** What it needs, as the schema declares it; for a field below the roots, any valid token. */
        Access access() {
            return declared(definition);
        }

        @Override
        public String toString() {
            return parent + "." + name();
        }
    }

    /**
     * A place in a field's arguments where one value of a scalar or enumeration goes.
     *
     * @param path from the argument on; an element of a list is {@code 0}
     * @param type the scalar's or enumeration's name
     */
    record Leaf(Field field, List<String> path, String type) {

        /** Such as {@code Mutation.createItems.input.items.name}. */
        String position() {
            return field + "." + path.stream().filter(part -> !part.equals("0")).collect(Collectors.joining("."));
        }

        @Override
        public String toString() {
            return position();
        }
    }

    /** Values for the inputs that a request needs besides the one in question. */
    @FunctionalInterface
    interface Samples {
        /**
         * A valid value.
         *
         * @param position as of {@link Leaf#position()}
         * @param type a scalar's name
         */
        Object value(String position, String type);
    }

    /** The name of the type that a field answers, without lists and such. */
    static String typeName(Field field) {
        return named(field.definition.getType());
    }

    /** Whether something can be selected of a type. */
    boolean isComposite(String type) {
        return types.getTypeOrNull(type) instanceof ImplementingTypeDefinition
                || types.getTypeOrNull(type) instanceof UnionTypeDefinition;
    }

    private static Access declared(DirectivesContainer<?> element) {
        return element.getDirectives("access").stream()
                .map(directive -> Objects.requireNonNull(directive.getArgument("needs")))
                .map(argument -> (EnumValue) argument.getValue())
                .map(value -> new Access(value.getName()))
                .findFirst()
                .orElse(Access.CALLER);
    }

    /** What it takes to see an object of a type with global ids. */
    Access accessOfNode(String type) {
        return declared((ObjectTypeDefinition) type(type));
    }

    private TypeDefinition<?> type(String name) {
        return Objects.requireNonNull(types.getTypeOrNull(name), name);
    }

    /** The values of an enumeration, in order. */
    List<String> enumValues(String name) {
        return ((EnumTypeDefinition) type(name))
                .getEnumValueDefinitions().stream()
                        .map(EnumValueDefinition::getName)
                        .toList();
    }

    /** The fields of an object type. */
    List<Field> fields(String objectType) {
        return ((ObjectTypeDefinition) type(objectType))
                .getFieldDefinitions().stream()
                        .map(definition -> new Field(objectType, definition))
                        .toList();
    }

    /** The fields of every object type. */
    List<Field> allFields() {
        return types.getTypes(ObjectTypeDefinition.class).stream()
                .flatMap(type -> fields(type.getName()).stream())
                .toList();
    }

    /** The object types with global ids. */
    List<String> nodeTypes() {
        return possibleTypes("Node");
    }

    /** The object types that something of an interface or a union may be; empty for any other type. */
    List<String> possibleTypes(String type) {
        return switch (type(type)) {
            case InterfaceTypeDefinition node ->
                types.getImplementationsOf(node).stream()
                        .map(TypeDefinition::getName)
                        .sorted()
                        .toList();
            case UnionTypeDefinition union ->
                union.getMemberTypes().stream().map(SchemaWalk::named).toList();
            default -> List.of();
        };
    }

    /** Every place in a field's arguments where a scalar or enumeration goes. */
    List<Leaf> leaves(Field field) {
        List<Leaf> leaves = new ArrayList<>();
        for (InputValueDefinition argument : field.definition.getInputValueDefinitions()) {
            collect(field, List.of(argument.getName()), argument.getType(), Set.of(), leaves);
        }
        return leaves;
    }

    /** An input object that holds others of its type is gone into once within itself. */
    private void collect(
            Field field, List<String> path, Type<?> type, Set<InputObjectTypeDefinition> around, List<Leaf> leaves) {
        switch (type) {
            case NonNullType nonNull -> collect(field, path, nonNull.getType(), around, leaves);
            case ListType list -> collect(field, longer(path, "0"), list.getType(), around, leaves);
            case TypeName name -> {
                if (type(name.getName()) instanceof InputObjectTypeDefinition object) {
                    for (InputValueDefinition member : object.getInputValueDefinitions()) {
                        boolean within = named(member.getType()).equals(object.getName());
                        if (!within || !around.contains(object)) {
                            Set<InputObjectTypeDefinition> wider = new HashSet<>(around);
                            wider.add(object);
                            collect(field, longer(path, member.getName()), member.getType(), wider, leaves);
                        }
                    }
                } else {
                    leaves.add(new Leaf(field, path, name.getName()));
                }
            }
            default -> throw new IllegalStateException("A type of no kind: " + type);
        }
    }

    /**
     * A place in a field's arguments where a value must not be null: an argument, a member of an input, or an element
     * of a list.
     *
     * @param path from the argument on; an element of a list is {@code 0}
     * @param hasDefault whether it may be left out
     */
    record Required(Field field, List<String> path, Type<?> type, boolean hasDefault) {

        @Override
        public String toString() {
            return field + "." + String.join(".", path);
        }
    }

    /** Every place in a field's arguments where a value must not be null. */
    List<Required> required(Field field) {
        List<Required> required = new ArrayList<>();
        for (InputValueDefinition argument : field.definition.getInputValueDefinitions()) {
            collect(
                    field,
                    List.of(argument.getName()),
                    argument.getType(),
                    argument.getDefaultValue() != null,
                    required);
        }
        return required;
    }

    private void collect(Field field, List<String> path, Type<?> type, boolean hasDefault, List<Required> required) {
        switch (type) {
            case NonNullType nonNull -> {
                required.add(new Required(field, path, nonNull.getType(), hasDefault));
                collect(field, path, nonNull.getType(), false, required);
            }
            case ListType list -> collect(field, longer(path, "0"), list.getType(), false, required);
            case TypeName name -> {
                if (type(name.getName()) instanceof InputObjectTypeDefinition object) {
                    for (InputValueDefinition member : object.getInputValueDefinitions()) {
                        // What holds objects of its own type is gone into once.
                        if (path.size() == 1 || !named(member.getType()).equals(object.getName())) {
                            collect(
                                    field,
                                    longer(path, member.getName()),
                                    member.getType(),
                                    member.getDefaultValue() != null,
                                    required);
                        }
                    }
                }
            }
            default -> throw new IllegalStateException("A type of no kind: " + type);
        }
    }

    /**
     * A document that asks for a field with {@code $v} in one place and else with what its arguments require, written
     * as literals.
     *
     * @param nullByDefault whether the variable's default is null; else it is something that fits
     */
    String documentWithVariable(Required place, boolean nullByDefault, Samples samples) {
        Field field = place.field;
        List<String> given = new ArrayList<>();
        for (InputValueDefinition argument : field.definition.getInputValueDefinitions()) {
            boolean asked = argument.getName().equals(place.path.getFirst());
            if (asked || isRequired(argument)) {
                List<String> rest = asked ? place.path.subList(1, place.path.size()) : null;
                given.add(argument.getName() + ": "
                        + literal(argument.getType(), field + "." + argument.getName(), rest, samples));
            }
        }
        String head = "($v: %s = %s)"
                .formatted(
                        AstPrinter.printAst(place.type),
                        nullByDefault
                                ? "null"
                                : literal(place.type, place.toString().replace(".0", ""), null, samples));
        String call = field.name() + "(" + String.join(", ", given) + ")" + selection(field.definition.getType(), 0);
        return switch (field.parent) {
            case "Query", "Mutation", "Subscription" ->
                field.parent.toLowerCase(Locale.ROOT) + head + " { " + call + " }";
            default ->
                "query%s { node(id: \"%s\") { ... on %s { %s } } }"
                        .formatted(head, samples.value(field.parent, "ID"), field.parent, call);
        };
    }

    /**
     * A literal of a type.
     *
     * @param path to where the variable goes; null when it goes elsewhere
     */
    private String literal(Type<?> type, String position, @Nullable List<String> path, Samples samples) {
        if (path != null && path.isEmpty()) {
            return "$v";
        }
        return switch (type) {
            case NonNullType nonNull -> literal(nonNull.getType(), position, path, samples);
            case ListType list ->
                "[" + literal(list.getType(), position, path == null ? null : path.subList(1, path.size()), samples)
                        + "]";
            case TypeName name ->
                switch (type(name.getName())) {
                    case InputObjectTypeDefinition object ->
                        object.getInputValueDefinitions().stream()
                                .filter(member -> isNeeded(object, member, path == null ? List.of() : path)
                                        || (path != null && member.getName().equals(path.getFirst())))
                                .map(member -> member.getName() + ": "
                                        + literal(
                                                member.getType(),
                                                position + "." + member.getName(),
                                                path != null && member.getName().equals(path.getFirst())
                                                        ? path.subList(1, path.size())
                                                        : null,
                                                samples))
                                .collect(Collectors.joining(", ", "{", "}"));
                    case EnumTypeDefinition choice ->
                        choice.getEnumValueDefinitions().getFirst().getName();
                    default -> Json.encode(samples.value(position, name.getName()));
                };
            default -> throw new IllegalStateException("A type of no kind: " + type);
        };
    }

    private static List<String> longer(List<String> path, String part) {
        List<String> longer = new ArrayList<>(path);
        longer.add(part);
        return longer;
    }

    /** A request for a field with what its arguments require. */
    JsonObject request(Field field, Samples samples) {
        return request(field, List.of(), JsonObject.of(), samples);
    }

    /** The same, that asks of what the field answers for {@code selection} only; empty for a scalar. */
    JsonObject request(Field field, String selection, Samples samples) {
        return request(field, List.of(), JsonObject.of(), samples, selection);
    }

    /** A request for a field with {@code value} in one place and else with what its arguments require. */
    JsonObject request(Leaf leaf, Object value, Samples samples) {
        return request(leaf.field, leaf.path, value, samples);
    }

    private JsonObject request(Field field, List<String> path, Object value, Samples samples) {
        return request(field, path, value, samples, selection(field.definition.getType(), 2));
    }

    private JsonObject request(Field field, List<String> path, Object value, Samples samples, String selection) {
        List<String> declared = new ArrayList<>();
        List<String> given = new ArrayList<>();
        JsonObject variables = new JsonObject();
        for (InputValueDefinition argument : field.definition.getInputValueDefinitions()) {
            boolean asked = !path.isEmpty() && argument.getName().equals(path.getFirst());
            if (asked || isRequired(argument)) {
                declared.add("$%s: %s".formatted(argument.getName(), AstPrinter.printAst(argument.getType())));
                given.add("%1$s: $%1$s".formatted(argument.getName()));
                List<String> rest = asked ? path.subList(1, path.size()) : List.of();
                String position = field + "." + argument.getName();
                variables.put(
                        argument.getName(),
                        asked && rest.isEmpty() ? value : made(argument.getType(), position, rest, value, samples));
            }
        }
        String call = field.name() + (given.isEmpty() ? "" : "(" + String.join(", ", given) + ")") + selection;
        String head = declared.isEmpty() ? "" : " (" + String.join(", ", declared) + ")";
        String document = switch (field.parent) {
            case "Query" -> "query%s { %s }".formatted(head, call);
            case "Mutation" -> "mutation%s { %s }".formatted(head, call);
            case "Subscription" -> "subscription%s { %s }".formatted(head, call);
            default -> {
                if (!nodeTypes().contains(field.parent)) {
                    throw new AssertionError("There is no telling how to reach the field " + field);
                }
                variables.put("parent", samples.value(field.parent, "ID"));
                yield "query ($parent: ID!%s) { node(id: $parent) { ... on %s { %s } } }"
                        .formatted(declared.isEmpty() ? "" : ", " + String.join(", ", declared), field.parent, call);
            }
        };
        return new JsonObject().put("query", document).put("variables", variables);
    }

    /** Whether it is required, or the first of a choice of which nothing else is asked for. */
    private static boolean isNeeded(InputObjectTypeDefinition object, InputValueDefinition member, List<String> path) {
        boolean first = object.getInputValueDefinitions().getFirst().getName().equals(member.getName());
        return isRequired(member)
                || (first && path.isEmpty() && object.hasDirective("oneOf"))
                // What is no lot of a product needs a name.
                || (first && object.getName().equals("CreateItemInput"))
                || (first
                        && object.getName().equals("TakeOutInput")
                        && !(!path.isEmpty() && path.getFirst().equals("externalId")));
    }

    private static boolean isRequired(InputValueDefinition input) {
        return input.getType() instanceof NonNullType && input.getDefaultValue() == null;
    }

    private Object made(Type<?> type, String position, List<String> path, Object value, Samples samples) {
        return switch (type) {
            case NonNullType nonNull -> made(nonNull.getType(), position, path, value, samples);
            case ListType list -> {
                List<String> rest = path.isEmpty() ? path : path.subList(1, path.size());
                yield JsonArray.of(path.size() == 1 ? value : made(list.getType(), position, rest, value, samples));
            }
            case TypeName name ->
                switch (type(name.getName())) {
                    case InputObjectTypeDefinition object -> members(object, position, path, value, samples);
                    case EnumTypeDefinition choice ->
                        choice.getEnumValueDefinitions().getFirst().getName();
                    default -> samples.value(position, name.getName());
                };
            default -> throw new IllegalStateException("A type of no kind: " + type);
        };
    }

    private JsonObject members(
            InputObjectTypeDefinition object, String position, List<String> path, Object value, Samples samples) {
        JsonObject members = new JsonObject();
        for (InputValueDefinition member : object.getInputValueDefinitions()) {
            boolean asked = !path.isEmpty() && member.getName().equals(path.getFirst());
            if (asked || isNeeded(object, member, path)) {
                List<String> rest = asked ? path.subList(1, path.size()) : List.of();
                members.put(
                        member.getName(),
                        asked && rest.isEmpty()
                                ? value
                                : made(member.getType(), position + "." + member.getName(), rest, value, samples));
            }
        }
        return members;
    }

    /**
     * Everything that a type shows, down to so many objects below it. Fields that need arguments are left out, and
     * connections within connections.
     */
    String selection(Type<?> type, int depth) {
        return selection(type, depth, true);
    }

    private String selection(Type<?> type, int depth, boolean connections) {
        return switch (type) {
            case NonNullType nonNull -> selection(nonNull.getType(), depth, connections);
            case ListType list -> selection(list.getType(), depth, connections);
            case TypeName name ->
                switch (type(name.getName())) {
                    case ObjectTypeDefinition object -> " { " + members(object, depth, connections) + " }";
                    case InterfaceTypeDefinition node ->
                        nodeTypes().stream()
                                .map(each -> "... on %s { %s }".formatted(each, texts(each)))
                                .collect(Collectors.joining(" ", " { __typename id ", " }"));
                    // All that is told of each: whoever asks for several at once must not have to name them apart.
                    case UnionTypeDefinition union ->
                        union.getMemberTypes().stream()
                                .map(SchemaWalk::named)
                                .map(each -> "... on %s { %s }".formatted(each, scalars(each)))
                                .collect(Collectors.joining(" ", " { __typename ", " }"));
                    default -> "";
                };
            default -> throw new IllegalStateException("A type of no kind: " + type);
        };
    }

    private String scalars(String objectType) {
        return fields(objectType).stream()
                .filter(field -> !isComposite(typeName(field)))
                .map(Field::name)
                .collect(Collectors.joining(" ", "__typename ", ""));
    }

    /** Fields of the same name in several types can be asked for together only when they are of one type. */
    private String texts(String node) {
        return fields(node).stream()
                .filter(field -> AstPrinter.printAst(field.definition.getType()).equals("String!"))
                .map(Field::name)
                .collect(Collectors.joining(" ", "__typename ", ""));
    }

    private String members(ObjectTypeDefinition object, int depth, boolean connections) {
        boolean connection = object.getName().endsWith("Connection");
        List<String> members = new ArrayList<>(List.of("__typename"));
        for (FieldDefinition field : object.getFieldDefinitions()) {
            if (field.getInputValueDefinitions().stream().anyMatch(SchemaWalk::isRequired)) {
                continue;
            }
            String type = named(field.getType());
            boolean leaf = !isComposite(type);
            boolean wanted = !field.getName().equals("edges") && (connections || !type.endsWith("Connection"));
            // A connection is no object of its own on the way to its rows.
            int left = connection ? depth : depth - 1;
            if (leaf || (wanted && left >= 0)) {
                members.add(field.getName() + selection(field.getType(), left, connections && !connection));
            }
        }
        return String.join(" ", members);
    }

    private static String named(Type<?> type) {
        return switch (type) {
            case NonNullType nonNull -> named(nonNull.getType());
            case ListType list -> named(list.getType());
            case TypeName name -> name.getName();
            default -> throw new IllegalStateException("A type of no kind: " + type);
        };
    }
}
