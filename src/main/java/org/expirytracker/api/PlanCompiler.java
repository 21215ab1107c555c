package org.expirytracker.api;

import graphql.GraphQLContext;
import graphql.execution.conditional.ConditionalNodes;
import graphql.language.Directive;
import graphql.language.DirectivesContainer;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.FragmentSpread;
import graphql.language.InlineFragment;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import graphql.language.SelectionSet;
import graphql.language.TypeName;
import graphql.schema.GraphQLDirective;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLInterfaceType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLScalarType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import graphql.schema.GraphQLUnionType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/**
 * Makes plans of operations of valid documents, and leaves to graphql-java what it has no plan for: what asks for the
 * schema itself, and what comes to more steps than it may. One for each engine.
 */
final class PlanCompiler {

    private static final ConditionalNodes CONDITIONS = new ConditionalNodes();

    private final GraphQLSchema schema;
    private final Wiring wiring;
    private final Map<String, Function<Object, String>> typesOf;
    private final Map<String, Leaf> leaves = new HashMap<>();
    private final Map<String, Property> properties = new HashMap<>();

    /**
     * A compiler for a schema.
     *
     * @param wiring what the rooms have registered
     * @param typesOf by the name of an interface or union, what tells the type of a record
     * @throws IllegalStateException when a record that the rooms have named is not whole when it is there
     */
    PlanCompiler(GraphQLSchema schema, Wiring wiring, Map<String, Function<Object, String>> typesOf) {
        this.schema = schema;
        this.wiring = wiring;
        this.typesOf = typesOf;
        Set<Class<?>> records = new HashSet<>(wiring.states().values());
        wiring.nodes().values().forEach(node -> records.add(node.record()));
        Property.requireReady(records);
    }

    /** There is no plan for this. */
    private static final class Declined extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Declined() {
            super(null, null, false, false);
        }
    }

    /**
     * The plan of an operation under some conditions.
     *
     * @param variables what decides {@code @skip} and {@code @include}
     * @param mostSteps how many it may have
     * @return empty when there is none
     */
    Optional<Made> compile(
            OperationDefinition operation,
            Map<String, FragmentDefinition> fragments,
            Map<String, Object> variables,
            int mostSteps) {
        Compilation compilation = new Compilation(fragments, variables, mostSteps);
        try {
            return Optional.of(compilation.plan(operation));
        } catch (Declined declined) {
            return Optional.empty();
        }
    }

    /** A plan, and how many steps it has. */
    record Made(Plan plan, int steps) {}

    private final class Compilation {

        private final Map<String, FragmentDefinition> fragments;
        private final Map<String, Object> variables;
        private final int mostSteps;
        private int steps;
        private int variableArguments;

        Compilation(Map<String, FragmentDefinition> fragments, Map<String, Object> variables, int mostSteps) {
            this.fragments = fragments;
            this.variables = variables;
            this.mostSteps = mostSteps;
        }

        Made plan(OperationDefinition operation) {
            GraphQLObjectType root = switch (operation.getOperation()) {
                case QUERY -> schema.getQueryType();
                case MUTATION -> schema.getMutationType();
                case SUBSCRIPTION -> schema.getSubscriptionType();
            };
            Map<String, List<Field>> fields = new LinkedHashMap<>();
            collect(operation.getSelectionSet(), Objects.requireNonNull(root), fields, new HashSet<>());
            Plan.Selection selection = selection(Objects.requireNonNull(root), fields);
            boolean serial = operation.getOperation() == OperationDefinition.Operation.MUTATION;
            return new Made(new Plan(selection, serial, variableArguments), steps);
        }

        /** The fields of a selection by their names in the answer, in its order (GraphQL, CollectFields). */
        private void collect(
                SelectionSet selections, GraphQLObjectType type, Map<String, List<Field>> fields, Set<String> visited) {
            for (Selection<?> selection : selections.getSelections()) {
                switch (selection) {
                    case Field field -> {
                        if (isIncluded(field)) {
                            fields.computeIfAbsent(field.getResultKey(), first -> new ArrayList<>())
                                    .add(field);
                        }
                    }
                    case InlineFragment inline -> {
                        if (isIncluded(inline) && applies(inline.getTypeCondition(), type)) {
                            collect(inline.getSelectionSet(), type, fields, visited);
                        }
                    }
                    case FragmentSpread spread -> {
                        if (!visited.contains(spread.getName()) && isIncluded(spread)) {
                            visited.add(spread.getName());
                            FragmentDefinition fragment = Objects.requireNonNull(fragments.get(spread.getName()));
                            if (isIncluded(fragment) && applies(fragment.getTypeCondition(), type)) {
                                collect(fragment.getSelectionSet(), type, fields, visited);
                            }
                        }
                    }
                    default -> throw new IllegalStateException("A selection of no kind: " + selection);
                }
            }
        }

        private boolean isIncluded(DirectivesContainer<?> selected) {
            return selected.getDirectives().isEmpty()
                    || CONDITIONS.shouldInclude(selected, variables, schema, GraphQLContext.getDefault());
        }

        private boolean applies(@Nullable TypeName condition, GraphQLObjectType type) {
            return condition == null
                    || switch (schema.getType(condition.getName())) {
                        case GraphQLObjectType same -> same.getName().equals(type.getName());
                        case GraphQLInterfaceType shared -> schema.isPossibleType(shared, type);
                        case GraphQLUnionType union -> schema.isPossibleType(union, type);
                        case null, default -> false;
                    };
        }

        private Plan.Selection selection(GraphQLObjectType type, List<Field> merged) {
            Map<String, List<Field>> fields = new LinkedHashMap<>();
            Set<String> visited = new HashSet<>();
            for (Field field : merged) {
                if (field.getSelectionSet() != null) {
                    collect(field.getSelectionSet(), type, fields, visited);
                }
            }
            return selection(type, fields);
        }

        private Plan.Selection selection(GraphQLObjectType type, Map<String, List<Field>> fields) {
            List<Plan.Step> all = new ArrayList<>();
            int slots = 0;
            for (Map.Entry<String, List<Field>> field : fields.entrySet()) {
                steps++;
                if (steps > mostSteps) {
                    throw new Declined();
                }
                Plan.Step step = step(type, field.getKey(), field.getValue(), slots);
                slots += step.slot >= 0 ? 1 : 0;
                all.add(step);
            }
            return new Plan.Selection(type.getName(), all);
        }

        private Plan.Step step(GraphQLObjectType parent, String key, List<Field> merged, int nextSlot) {
            Field first = merged.getFirst();
            String name = first.getName();
            if (name.equals("__typename")) {
                Plan.Constant typeName = new Plan.Constant(JsonBytes.ascii('"' + parent.getName() + '"'));
                return new Plan.Step(
                        key, name, first.getSourceLocation(), typeName, new Plan.Scalar(true, leaf("String")), -1);
            }
            GraphQLFieldDefinition definition = parent.getFieldDefinition(name);
            if (definition == null) {
                // Of the schema itself.
                throw new Declined();
            }
            Plan.Shape shape = shape(definition.getType(), merged);
            Plan.Source source = source(parent, definition, merged);
            boolean kept = source instanceof Plan.Fetched || shape.loads();
            return new Plan.Step(key, name, first.getSourceLocation(), source, shape, kept ? nextSlot : -1);
        }

        private Plan.Source source(GraphQLObjectType parent, GraphQLFieldDefinition definition, List<Field> merged) {
            Wiring.Fetcher fetcher = parent.equals(schema.getSubscriptionType())
                    ? PlanField::event
                    : wiring.fields().getOrDefault(parent.getName(), Map.of()).get(definition.getName());
            return fetcher == null
                    ? new Plan.Component(property(parent, definition))
                    : new Plan.Fetched(
                            fetcher,
                            arguments(
                                    definition.getArguments(), merged.getFirst().getArguments()),
                            directive(PlanField.IDEMPOTENT, merged),
                            directive(PlanField.DRY_RUN, merged));
        }

        private PlanArguments arguments(
                List<graphql.schema.GraphQLArgument> definitions, List<graphql.language.Argument> given) {
            int number = PlanArguments.hasVariables(given) ? variableArguments++ : -1;
            return new PlanArguments(schema.getCodeRegistry(), definitions, given, number);
        }

        /** The arguments of a directive, where it stands at the field. */
        private @Nullable PlanArguments directive(String name, List<Field> merged) {
            GraphQLDirective definition = schema.getDirective(name);
            for (Field field : merged) {
                for (Directive directive : field.getDirectives()) {
                    if (definition != null && directive.getName().equals(name)) {
                        return arguments(definition.getArguments(), directive.getArguments());
                    }
                }
            }
            return null;
        }

        private Plan.Shape shape(GraphQLType type, List<Field> merged) {
            boolean required = type instanceof GraphQLNonNull;
            return switch (GraphQLTypeUtil.unwrapNonNull(type)) {
                case GraphQLList list -> new Plan.Many(required, shape(list.getWrappedType(), merged));
                case GraphQLObjectType object -> Plan.Composite.of(required, selection(object, merged));
                case GraphQLInterfaceType shared ->
                    several(required, shared, Objects.requireNonNull(schema.getImplementations(shared)), merged);
                case GraphQLUnionType union ->
                    several(
                            required,
                            union,
                            union.getTypes().stream()
                                    .map(GraphQLObjectType.class::cast)
                                    .toList(),
                            merged);
                case GraphQLNamedType leaf -> new Plan.Scalar(required, leaf(leaf.getName()));
                default -> throw new Declined();
            };
        }

        private Plan.Shape several(
                boolean required, GraphQLNamedType type, List<GraphQLObjectType> possible, List<Field> merged) {
            Function<Object, String> typeOf = typesOf.get(type.getName());
            if (typeOf == null) {
                throw new Declined();
            }
            Map<String, Plan.Selection> selections = new HashMap<>();
            possible.forEach(each -> selections.put(each.getName(), selection(each, merged)));
            return Plan.Composite.of(required, typeOf, selections);
        }
    }

    private Leaf leaf(String name) {
        return leaves.computeIfAbsent(name, first -> switch (schema.getType(name)) {
            case GraphQLScalarType scalar -> Leaf.of(scalar);
            case GraphQLEnumType choice -> Leaf.of(choice);
            case null, default -> throw new IllegalStateException("No leaf: " + name);
        });
    }

    private Property property(GraphQLObjectType parent, GraphQLFieldDefinition definition) {
        return properties.computeIfAbsent(parent.getName() + "." + definition.getName(), first -> {
            Function<Object, Record> object = wiring.stateObjects().get(parent.getName());
            return object == null
                    ? new Property(definition)
                    : new Property(definition, wiring.states().get(parent.getName()), object);
        });
    }
}
