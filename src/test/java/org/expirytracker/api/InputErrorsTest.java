package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.GraphQLContext;
import graphql.GraphQLException;
import graphql.ParseAndValidate;
import graphql.execution.CoercedVariables;
import graphql.execution.RawVariables;
import graphql.execution.ValuesResolver;
import graphql.language.Document;
import graphql.language.InterfaceTypeDefinition;
import graphql.language.OperationDefinition;
import graphql.language.UnionTypeDefinition;
import graphql.parser.Parser;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeDefinitionRegistry;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * By chance, values for every input of the product: what the engine refuses is exactly what is found here, so that
 * nobody reads the engine's words, and nothing that it takes is refused. Another run is {@code -Dinputs.seed=…}.
 */
@ProvenRoom("product")
class InputErrorsTest {

    private static final long SEED = Long.getLong("inputs.seed", 20_261_128);
    private static final int VALUES = 40;
    private static final int DEPTH = 3;
    private static final GraphQLSchema SCHEMA = schema();

    private static final List<Object> ODD = List.of(
            "",
            "x",
            "\u0000",
            "2026-12-31",
            "31/12/2026",
            "2026-11-22T17:00:00Z",
            "Europe/Paris",
            "1,5",
            "12.50",
            "7",
            "ACTIVE",
            true,
            0,
            -1,
            1L << 40,
            BigInteger.TEN.pow(60),
            new BigDecimal("1.0"),
            new BigDecimal("0.5"),
            new BigDecimal("1e400"),
            List.of(),
            Map.of());

    private static GraphQLSchema schema() {
        RuntimeWiring.Builder wiring = RuntimeWiring.newRuntimeWiring();
        Scalars.ALL.forEach(wiring::scalar);
        TypeDefinitionRegistry types = new SchemaParser().parse(GraphQLFactory.schemaText());
        types.types().forEach((name, definition) -> {
            if (definition instanceof InterfaceTypeDefinition || definition instanceof UnionTypeDefinition) {
                wiring.type(name, type -> type.typeResolver(env -> null));
            }
        });
        return new SchemaGenerator().makeExecutableSchema(types, wiring.build());
    }

    record Input(String field, String argument, GraphQLType type, boolean mutation) {

        @Override
        public String toString() {
            return field + "." + argument;
        }
    }

    static Stream<Input> inputs() {
        return GraphQLFactory.roots(SCHEMA).stream()
                .filter(root -> !root.equals(SCHEMA.getSubscriptionType()))
                .flatMap(root -> root.getFieldDefinitions().stream()
                        .flatMap(field -> field.getArguments().stream()
                                .map(argument -> new Input(
                                        field.getName(),
                                        argument.getName(),
                                        argument.getType(),
                                        root.equals(SCHEMA.getMutationType())))));
    }

    /** @param depth how many more objects may lie in each other */
    private static @Nullable Object chosen(GraphQLType type, Random random, int depth) {
        if (random.nextInt(12) == 0) {
            return random.nextInt(4) == 0 ? null : ODD.get(random.nextInt(ODD.size()));
        }
        return switch (type) {
            case GraphQLNonNull required -> chosen(required.getWrappedType(), random, depth);
            case GraphQLList list -> {
                List<@Nullable Object> elements = new ArrayList<>();
                for (int at = random.nextInt(3); at >= 0; at--) {
                    elements.add(chosen(list.getWrappedType(), random, depth));
                }
                yield elements;
            }
            case GraphQLInputObjectType object -> members(object, random, depth - 1);
            case GraphQLEnumType choice ->
                choice.getValues()
                        .get(random.nextInt(choice.getValues().size()))
                        .getName();
            case GraphQLScalarType scalar -> Scalars.sample(scalar);
            default -> throw new IllegalStateException("No input type: " + type);
        };
    }

    private static Map<String, @Nullable Object> members(GraphQLInputObjectType object, Random random, int depth) {
        Map<String, @Nullable Object> members = new LinkedHashMap<>();
        for (GraphQLInputObjectField field : object.getFieldDefinitions()) {
            boolean required = field.getType() instanceof GraphQLNonNull && !field.hasSetDefaultValue();
            boolean leaf = !(GraphQLTypeUtil.unwrapAll(field.getType()) instanceof GraphQLInputObjectType);
            boolean fits = required || leaf || depth > 0;
            if (fits && (random.nextInt(required ? 20 : 3) != 0 || (required && random.nextInt(5) != 0))) {
                members.put(field.getName(), chosen(field.getType(), random, depth));
            }
        }
        if (random.nextInt(20) == 0) {
            members.put("nothing", 1);
        }
        return members;
    }

    private static boolean isTaken(OperationDefinition operation, @Nullable Object value) {
        Map<String, @Nullable Object> given = new LinkedHashMap<>();
        given.put("v", value);
        try {
            ValuesResolver.coerceVariableValues(
                    SCHEMA,
                    operation.getVariableDefinitions(),
                    RawVariables.of(unchecked(given)),
                    GraphQLContext.getDefault(),
                    Locale.ROOT);
            return true;
        } catch (GraphQLException refused) {
            return false;
        }
    }

    private static boolean isTaken(Input input, graphql.language.Field field) {
        GraphQLObjectType root =
                Objects.requireNonNull(input.mutation ? SCHEMA.getMutationType() : SCHEMA.getQueryType());
        try {
            ValuesResolver.getArgumentValues(
                    SCHEMA.getCodeRegistry(),
                    List.of(root.getFieldDefinition(input.field).getArgument(input.argument)),
                    field.getArguments(),
                    CoercedVariables.emptyVariables(),
                    GraphQLContext.getDefault(),
                    Locale.ROOT);
            return true;
        } catch (GraphQLException refused) {
            return false;
        }
    }

    /** Neither side says that values may be null. */
    @SuppressWarnings("NullAway")
    private static Map<String, Object> unchecked(Map<String, @Nullable Object> given) {
        return given;
    }

    private static OperationDefinition operation(GraphQLType type) {
        Document document =
                new Parser().parseDocument("query ($v: %s) { a }".formatted(GraphQLTypeUtil.simplePrint(type)));
        return document.getDefinitionsOfType(OperationDefinition.class).getFirst();
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void are_found_in_variables_exactly_where_the_engine_refuses_and_what_is_put_in_their_place_is_taken(Input input) {
        OperationDefinition operation = operation(input.type);
        Random random = new Random(SEED + input.toString().hashCode());
        for (int at = 0; at < VALUES; at++) {
            Object value = chosen(input.type, random, DEPTH);
            Map<String, @Nullable Object> given = new LinkedHashMap<>();
            given.put("v", value);
            InputErrors found = new InputErrors(true);
            found.variables(SCHEMA, operation, unchecked(given));

            assertThat(found.count() == 0)
                    .as("%s %s", value, found.objections())
                    .isEqualTo(isTaken(operation, value));
            assertThat(isTaken(operation, BulkRows.repaired(input.type, value)))
                    .as("instead of %s", value)
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void are_found_in_literals_exactly_where_the_engine_refuses(Input input) {
        Random random = new Random(SEED - input.toString().hashCode());
        for (int at = 0; at < VALUES; at++) {
            String literal = literal(input.type, chosen(input.type, random, DEPTH));
            Document document = new Parser()
                    .parseDocument("%s { %s(%s: %s) { __typename } }"
                            .formatted(input.mutation ? "mutation" : "query", input.field, input.argument, literal));
            boolean valid = ParseAndValidate.validate(SCHEMA, document, Locale.ROOT).stream()
                    .map(error -> String.valueOf(error.getValidationErrorType()))
                    .noneMatch(kind -> kind.equals("WrongType") || kind.equals("NullValueForNonNullArgument"));
            InputErrors found = new InputErrors(true);
            graphql.language.Field field =
                    (graphql.language.Field) document.getDefinitionsOfType(OperationDefinition.class)
                            .getFirst()
                            .getSelectionSet()
                            .getSelections()
                            .getFirst();
            found.literal(
                    List.of(input.argument),
                    input.type,
                    field.getArguments().getFirst().getValue());

            assertThat(found.count() == 0)
                    .as("%s %s", literal, found.objections())
                    // That the one member of several is null is found only when the values are read.
                    .isEqualTo(valid && isTaken(input, field));
        }
    }

    /** As a person would write it: values of enumerations without quotes. */
    private static String literal(GraphQLType type, @Nullable Object value) {
        GraphQLType bare = GraphQLTypeUtil.unwrapNonNull(type);
        return switch (value) {
            case null -> "null";
            case String name
            when GraphQLTypeUtil.unwrapAll(type) instanceof GraphQLEnumType && name.matches("[A-Z]+[A-Z_]*") -> name;
            case String text -> "\"" + text.replace("\u0000", "\\u0000") + "\"";
            case List<?> list ->
                list.stream()
                        .map(element -> literal(bare instanceof GraphQLList of ? of.getWrappedType() : bare, element))
                        .collect(Collectors.joining(", ", "[", "]"));
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .map(member -> member.getKey() + ": "
                                + literal(member((String) member.getKey(), bare), member.getValue()))
                        .collect(Collectors.joining(", ", "{", "}"));
            default -> value.toString();
        };
    }

    private static GraphQLType member(String name, GraphQLType type) {
        GraphQLInputObjectField field = GraphQLTypeUtil.unwrapAll(type) instanceof GraphQLInputObjectType object
                ? object.getFieldDefinition(name)
                : null;
        return field == null ? type : field.getType();
    }
}
