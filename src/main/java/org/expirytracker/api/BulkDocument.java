package org.expirytracker.api;

import graphql.language.Argument;
import graphql.language.AstPrinter;
import graphql.language.Document;
import graphql.language.EnumValue;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.FragmentSpread;
import graphql.language.InlineFragment;
import graphql.language.Node;
import graphql.language.NonNullType;
import graphql.language.ObjectField;
import graphql.language.ObjectValue;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import graphql.language.SelectionSet;
import graphql.language.Type;
import graphql.language.TypeName;
import graphql.language.VariableDefinition;
import graphql.language.VariableReference;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLEnumType;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLNamedOutputType;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeUtil;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.expirytracker.kernel.BulkQuery;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Rewrites a valid query of one connection, so that it and each connection below it can be read page by page: arguments for
 * pages come in, and for each connection below there is a document that goes on with it from the object that has it.
 */
final class BulkDocument {

    private static final String FIRST = "first";
    private static final String AFTER = "after";
    private static final String ID = "id";
    private static final Set<String> PAGING = Set.of(FIRST, AFTER, "last", "before");
    /** What never changes of an object: whoever is there from the beginning to the end is read once. */
    private static final String CREATED_AT = "CREATED_AT";

    private final GraphQLSchema schema;
    private final Map<String, FragmentDefinition> fragments = new HashMap<>();
    private final List<BulkQuery.Part> parts = new ArrayList<>();

    private BulkDocument(GraphQLSchema schema, Document document) {
        this.schema = schema;
        document.getDefinitionsOfType(FragmentDefinition.class)
                .forEach(fragment -> fragments.put(fragment.getName(), fragment));
    }

    /**
     * The parts of a query.
     *
     * @param document valid, with one operation
     * @throws Problem {@code INVALID} when it is not one connection, with what to write instead
     */
    static List<BulkQuery.Part> parts(GraphQLSchema schema, Document document) {
        OperationDefinition operation =
                document.getDefinitionsOfType(OperationDefinition.class).getFirst();
        if (!operation.getVariableDefinitions().isEmpty()) {
            throw invalid("A bulk query has no variables: write the values into it.");
        }
        List<Selection<?>> roots = new ArrayList<>();
        operation.getSelectionSet().getSelections().forEach(roots::add);
        GraphQLObjectType query = schema.getQueryType();
        if (roots.size() == 1 && roots.getFirst() instanceof Field field) {
            GraphQLFieldsContainer connection = connection(query, field);
            if (connection != null) {
                BulkDocument bulk = new BulkDocument(schema, document);
                bulk.add(query, field, connection, selection -> selection, List.of(), null);
                return List.copyOf(bulk.parts);
            }
        }
        throw invalid(
                "A bulk query asks for one connection at its root, such as { items { edges { node { id name } } } }.");
    }

    private static Problem invalid(String message) {
        return Problem.of(Problem.Code.INVALID, message);
    }

    private static @Nullable GraphQLFieldsContainer connection(GraphQLNamedType parent, Field field) {
        return type(parent, field) instanceof GraphQLFieldsContainer type && AccessRules.isConnection(type)
                ? type
                : null;
    }

    private static @Nullable GraphQLNamedType type(GraphQLNamedType parent, Field field) {
        GraphQLFieldDefinition definition = definition(parent, field);
        return definition == null ? null : (GraphQLNamedType) GraphQLTypeUtil.unwrapAll(definition.getType());
    }

    private static @Nullable GraphQLFieldDefinition definition(GraphQLNamedType parent, Field field) {
        return parent instanceof GraphQLFieldsContainer fields ? fields.getFieldDefinition(field.getName()) : null;
    }

    /** A connection as it was rewritten. */
    private record Added(int part, Field field) {}

    /**
     * Adds a connection.
     *
     * @param around what stands around it in the object that has it
     * @param path where it is in that object
     * @param owner the type of that object; null at the root
     */
    private Added add(
            GraphQLNamedType parent,
            Field field,
            GraphQLFieldsContainer connection,
            UnaryOperator<Selection<?>> around,
            List<String> path,
            @Nullable GraphQLNamedType owner) {
        field.getArguments().stream()
                .map(Argument::getName)
                .filter(PAGING::contains)
                .findFirst()
                .ifPresent(paging -> {
                    throw invalid("Leave out %s of %s: everything is read.".formatted(paging, field.getName()));
                });
        int at = parts.size();
        // Its place is kept for it until what is below it is known.
        parts.add(new BulkQuery.Part("", List.of(), List.of()));
        List<BulkQuery.Below> below = new ArrayList<>();
        SelectionSet objects = objects(field, connection, below);
        GraphQLFieldDefinition definition = Objects.requireNonNull(definition(parent, field));
        Field next = paged(field, definition, objects, true);
        List<String> whole = new ArrayList<>(owner == null ? List.of() : List.of("node"));
        whole.addAll(path);
        whole.add(field.getResultKey());
        parts.set(at, new BulkQuery.Part(text(around.apply(next), owner), List.copyOf(whole), List.copyOf(below)));
        return new Added(at, paged(field, definition, objects, false));
    }

    private static Field paged(
            Field field, GraphQLFieldDefinition definition, SelectionSet objects, boolean continued) {
        List<Argument> arguments = new ArrayList<>(field.getArguments());
        arguments.add(new Argument(FIRST, new VariableReference(FIRST)));
        if (continued) {
            arguments.add(new Argument(AFTER, new VariableReference(AFTER)));
        }
        if (field.getArguments().stream()
                        .noneMatch(argument -> argument.getName().equals("orderBy"))
                && ordersByCreation(definition)) {
            arguments.add(new Argument(
                    "orderBy",
                    ObjectValue.newObjectValue()
                            .objectField(new ObjectField("field", new EnumValue(CREATED_AT)))
                            .objectField(new ObjectField("direction", new EnumValue("ASC")))
                            .build()));
        }
        Field page = Field.newField("pageInfo")
                .alias(BulkQuery.PAGE)
                .selectionSet(new SelectionSet(List.of(new Field("hasNextPage"), new Field("endCursor"))))
                .build();
        List<Selection<?>> selections = new ArrayList<>();
        objects.getSelections().forEach(selections::add);
        selections.add(page);
        return field.transform(builder -> builder.arguments(arguments).selectionSet(new SelectionSet(selections)));
    }

    private static boolean ordersByCreation(GraphQLFieldDefinition definition) {
        GraphQLArgument order = definition.getArgument("orderBy");
        if (order == null || !(GraphQLTypeUtil.unwrapAll(order.getType()) instanceof GraphQLInputObjectType input)) {
            return false;
        }
        GraphQLInputObjectField by = input.getFieldDefinition("field");
        return by != null
                && GraphQLTypeUtil.unwrapAll(by.getType()) instanceof GraphQLEnumType known
                && known.getValue(CREATED_AT) != null;
    }

    /** The objects of a connection, as {@code edges { node { … } }} or {@code nodes { … }}. */
    private SelectionSet objects(Field field, GraphQLFieldsContainer connection, List<BulkQuery.Below> below) {
        Field only = only(field, field.getSelectionSet());
        if (only.getName().equals("edges")) {
            GraphQLNamedType edge = Objects.requireNonNull(type(connection, only));
            Field node = only(field, only.getSelectionSet());
            if (node.getName().equals("node")) {
                Field objects = objects(node, Objects.requireNonNull(type(edge, node)), below);
                return new SelectionSet(
                        List.of(only.transform(builder -> builder.selectionSet(new SelectionSet(List.of(objects))))));
            }
        }
        if (only.getName().equals("nodes")) {
            return new SelectionSet(List.of(objects(only, Objects.requireNonNull(type(connection, only)), below)));
        }
        throw onlyObjects(field);
    }

    private static Field only(Field connection, @Nullable SelectionSet selections) {
        if (selections != null
                && selections.getSelections().size() == 1
                && selections.getSelections().getFirst() instanceof Field field
                && field.getAlias() == null
                && field.getDirectives().isEmpty()) {
            return field;
        }
        throw onlyObjects(connection);
    }

    private static Problem onlyObjects(Field connection) {
        return invalid(
                "In a bulk query %s has edges { node { … } } or nodes { … }, and nothing besides: each object becomes a line."
                        .formatted(connection.getName()));
    }

    private Field objects(Field node, GraphQLNamedType type, List<BulkQuery.Below> below) {
        SelectionSet inside = Objects.requireNonNull(node.getSelectionSet());
        SelectionSet rewritten = inside(inside, type, new Way(type, selection -> selection, List.of(), false), below);
        if (!below.isEmpty()) {
            boolean known = inside.getSelections().stream()
                    .anyMatch(each -> each instanceof Field field
                            && field.getName().equals(ID)
                            && field.getResultKey().equals(ID));
            if (!known || !isNode(type)) {
                throw invalid("Lists below %s need its id: add id to the fields of %s."
                        .formatted(type.getName(), type.getName()));
            }
        }
        return node.transform(builder -> builder.selectionSet(rewritten));
    }

    private static boolean isNode(GraphQLNamedType type) {
        return type instanceof GraphQLObjectType object
                && object.getInterfaces().stream()
                        .map(GraphQLNamedOutputType::getName)
                        .anyMatch("Node"::equals);
    }

    /**
     * The way from an object to what is in it.
     *
     * @param owner the type of the object
     * @param around what stands around
     * @param path of names in the answer
     * @param listed whether it leads through a list
     */
    private record Way(GraphQLNamedType owner, UnaryOperator<Selection<?>> around, List<String> path, boolean listed) {}

    private SelectionSet inside(SelectionSet selections, GraphQLNamedType type, Way way, List<BulkQuery.Below> below) {
        List<Selection<?>> rewritten = new ArrayList<>();
        for (Selection<?> selection : selections.getSelections()) {
            rewritten.add(
                    switch (selection) {
                        case Field field -> inside(field, type, way, below);
                        case InlineFragment inline -> {
                            TypeName condition = inline.getTypeCondition();
                            GraphQLNamedType narrowed = condition == null
                                    ? type
                                    : Objects.requireNonNull((GraphQLNamedType) schema.getType(condition.getName()));
                            Way through = new Way(
                                    way.owner,
                                    each -> way.around.apply(inline.transform(
                                            builder -> builder.selectionSet(new SelectionSet(List.of(each))))),
                                    way.path,
                                    way.listed);
                            SelectionSet set = inside(inline.getSelectionSet(), narrowed, through, below);
                            yield inline.transform(builder -> builder.selectionSet(set));
                        }
                        case FragmentSpread spread -> {
                            requireNoConnections(spread);
                            yield spread;
                        }
                        default -> throw new IllegalStateException("A selection of no kind: " + selection);
                    });
        }
        return new SelectionSet(rewritten);
    }

    private Field inside(Field field, GraphQLNamedType type, Way way, List<BulkQuery.Below> below) {
        GraphQLFieldsContainer connection = connection(type, field);
        if (connection != null) {
            if (way.listed) {
                throw invalid("%s is below a list that is no connection, and cannot be read whole."
                        .formatted(field.getName()));
            }
            Added added = add(type, field, connection, way.around, way.path, way.owner);
            below.add(new BulkQuery.Below(
                    added.part,
                    Stream.concat(way.path.stream(), Stream.of(field.getResultKey()))
                            .toList()));
            return added.field;
        }
        SelectionSet selections = field.getSelectionSet();
        GraphQLNamedType of = type(type, field);
        if (selections == null || of == null) {
            return field;
        }
        GraphQLFieldDefinition definition = Objects.requireNonNull(definition(type, field));
        Way through = new Way(
                way.owner,
                each -> way.around.apply(
                        field.transform(builder -> builder.selectionSet(new SelectionSet(List.of(each))))),
                Stream.concat(way.path.stream(), Stream.of(field.getResultKey()))
                        .toList(),
                way.listed || GraphQLTypeUtil.isList(GraphQLTypeUtil.unwrapNonNull(definition.getType())));
        SelectionSet set = inside(selections, of, through, below);
        return field.transform(builder -> builder.selectionSet(set));
    }

    private void requireNoConnections(FragmentSpread spread) {
        FragmentDefinition fragment = Objects.requireNonNull(fragments.get(spread.getName()));
        GraphQLNamedType type = Objects.requireNonNull(
                (GraphQLNamedType) schema.getType(fragment.getTypeCondition().getName()));
        List<BulkQuery.Below> below = new ArrayList<>();
        int before = parts.size();
        inside(fragment.getSelectionSet(), type, new Way(type, selection -> selection, List.of(), false), below);
        if (parts.size() > before) {
            throw invalid("The fragment %s has a connection: write that in its place.".formatted(spread.getName()));
        }
    }

    /** The document that reads a page of a connection. */
    private String text(Selection<?> selection, @Nullable GraphQLNamedType owner) {
        List<VariableDefinition> variables = new ArrayList<>();
        Selection<?> root = selection;
        if (owner != null) {
            variables.add(variable(ID, new NonNullType(new TypeName("ID"))));
            InlineFragment of = InlineFragment.newInlineFragment()
                    .typeCondition(new TypeName(owner.getName()))
                    .selectionSet(new SelectionSet(List.of(selection)))
                    .build();
            root = Field.newField("node")
                    .arguments(List.of(new Argument(ID, new VariableReference(ID))))
                    .selectionSet(new SelectionSet(List.of(of)))
                    .build();
        }
        variables.add(variable(FIRST, new NonNullType(new TypeName("Int"))));
        variables.add(variable(AFTER, new TypeName("String")));
        OperationDefinition operation = OperationDefinition.newOperationDefinition()
                .operation(OperationDefinition.Operation.QUERY)
                .variableDefinitions(variables)
                .selectionSet(new SelectionSet(List.of(root)))
                .build();
        Document.Builder document = Document.newDocument().definition(operation);
        used(operation).forEach(document::definition);
        return AstPrinter.printAstCompact(document.build());
    }

    private static VariableDefinition variable(String name, Type<?> type) {
        return VariableDefinition.newVariableDefinition().name(name).type(type).build();
    }

    private Set<FragmentDefinition> used(OperationDefinition operation) {
        Set<FragmentDefinition> used = new LinkedHashSet<>();
        Deque<Node<?>> open = new ArrayDeque<>(List.of(operation));
        while (!open.isEmpty()) {
            Node<?> node = open.pop();
            FragmentDefinition fragment =
                    node instanceof FragmentSpread spread ? fragments.get(spread.getName()) : null;
            if (fragment != null && used.add(fragment)) {
                open.push(fragment);
            }
            node.getChildren().forEach(open::push);
        }
        return used;
    }
}
