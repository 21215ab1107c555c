package org.expirytracker.api;

import graphql.language.Argument;
import graphql.language.ArrayValue;
import graphql.language.Directive;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.FragmentSpread;
import graphql.language.InlineFragment;
import graphql.language.NullValue;
import graphql.language.ObjectField;
import graphql.language.ObjectValue;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import graphql.language.SelectionSet;
import graphql.language.SourceLocation;
import graphql.language.TypeName;
import graphql.language.Value;
import graphql.language.VariableDefinition;
import graphql.language.VariableReference;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLDirective;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInputObjectField;
import graphql.schema.GraphQLInputObjectType;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * A place of an operation where a variable stands for a value. A variable that may be null is allowed where null is not,
 * if it or the place has a default (GraphQL, All Variable Usages Are Allowed); that it is null then is seen only in the
 * request.
 *
 * @param path from the argument on
 * @param of the field or directive whose argument it is
 * @param mustNotBeNull whether null would be wrong there although the variable may be null
 * @param row the name in the answer of the mutation in a row of which it stands; null when it stands in none
 */
record VariableUse(
        VariableDefinition variable,
        List<String> path,
        String of,
        boolean mustNotBeNull,
        @Nullable GraphQLFieldDefinition mutation,
        @Nullable String row,
        @Nullable SourceLocation location) {

    String name() {
        return variable.getName();
    }

    /** Whether null stands there where it must not. */
    boolean isWrong(Map<String, Object> given) {
        return mustNotBeNull
                && (given.containsKey(name())
                        ? given.get(name()) == null
                        : variable.getDefaultValue() instanceof NullValue);
    }

    /** Whether what is found at some path below the variable's value is found in a row. */
    boolean isInRow(List<String> below) {
        return row != null && mutation != null && BulkRows.isRow(mutation, whole(below));
    }

    /** A path below the variable's value as one from the argument on. */
    List<String> whole(List<String> below) {
        List<String> whole = new ArrayList<>(path);
        whole.addAll(below);
        return List.copyOf(whole);
    }

    /** What to tell when null stands there. */
    ClientError error() {
        return new ClientError(
                "The variable $%s is null, but %s of %s must not be null: give a value%s."
                        .formatted(
                                name(),
                                String.join(".", path),
                                of,
                                variable.getDefaultValue() instanceof NullValue ? "" : ", or leave the variable out"),
                Problem.Code.INVALID.name(),
                List.of(name()),
                null,
                location == null ? List.of() : List.of(location),
                null,
                null);
    }

    /** The places of the variables of an operation of a valid document, those in its fragments included. */
    static List<VariableUse> of(
            GraphQLSchema schema, Map<String, FragmentDefinition> fragments, OperationDefinition operation) {
        if (operation.getVariableDefinitions().isEmpty()) {
            return List.of();
        }
        Finder finder = new Finder(schema, fragments, operation);
        finder.find();
        return List.copyOf(finder.uses);
    }

    private static final class Finder {

        private final GraphQLSchema schema;
        private final Map<String, FragmentDefinition> fragments;
        private final OperationDefinition operation;
        private final List<VariableUse> uses = new ArrayList<>();
        private final Set<String> visited = new HashSet<>();

        Finder(GraphQLSchema schema, Map<String, FragmentDefinition> fragments, OperationDefinition operation) {
            this.schema = schema;
            this.fragments = fragments;
            this.operation = operation;
        }

        /** The mutation whose arguments are looked at; both null outside. */
        private record Mutation(
                @Nullable GraphQLFieldDefinition definition,
                @Nullable String key) {
            static final Mutation NONE = new Mutation(null, null);
        }

        void find() {
            directives(operation.getDirectives());
            GraphQLType root = switch (operation.getOperation()) {
                case QUERY -> schema.getQueryType();
                case MUTATION -> schema.getMutationType();
                case SUBSCRIPTION -> schema.getSubscriptionType();
            };
            selections(
                    operation.getSelectionSet(),
                    root,
                    operation.getOperation() == OperationDefinition.Operation.MUTATION);
        }

        private void selections(@Nullable SelectionSet selections, @Nullable GraphQLType parent, boolean mutations) {
            if (selections == null) {
                return;
            }
            for (Selection<?> selection : selections.getSelections()) {
                switch (selection) {
                    case Field field -> field(field, parent, mutations);
                    case InlineFragment inline -> {
                        directives(inline.getDirectives());
                        selections(inline.getSelectionSet(), on(inline.getTypeCondition(), parent), mutations);
                    }
                    case FragmentSpread spread -> {
                        directives(spread.getDirectives());
                        FragmentDefinition fragment = fragments.get(spread.getName());
                        if (fragment != null && visited.add(spread.getName())) {
                            directives(fragment.getDirectives());
                            selections(fragment.getSelectionSet(), on(fragment.getTypeCondition(), parent), false);
                        }
                    }
                    default -> throw new IllegalStateException("A selection of no kind: " + selection);
                }
            }
        }

        private @Nullable GraphQLType on(@Nullable TypeName condition, @Nullable GraphQLType otherwise) {
            return condition == null ? otherwise : schema.getType(condition.getName());
        }

        private void field(Field field, @Nullable GraphQLType parent, boolean mutation) {
            directives(field.getDirectives());
            GraphQLFieldDefinition definition = definition(schema, parent, field.getName());
            if (definition != null) {
                Mutation within = mutation ? new Mutation(definition, field.getResultKey()) : Mutation.NONE;
                arguments(field.getArguments(), definition.getArguments(), field.getName(), within);
                selections(field.getSelectionSet(), GraphQLTypeUtil.unwrapAll(definition.getType()), false);
            }
        }

        private void directives(List<Directive> directives) {
            for (Directive directive : directives) {
                GraphQLDirective definition = schema.getDirective(directive.getName());
                if (definition != null) {
                    arguments(
                            directive.getArguments(),
                            definition.getArguments(),
                            "@" + directive.getName(),
                            Mutation.NONE);
                }
            }
        }

        private void arguments(List<Argument> given, List<GraphQLArgument> definitions, String of, Mutation mutation) {
            for (Argument argument : given) {
                for (GraphQLArgument definition : definitions) {
                    if (definition.getName().equals(argument.getName())) {
                        value(List.of(argument.getName()), definition.getType(), argument.getValue(), of, mutation);
                    }
                }
            }
        }

        private void value(List<String> path, GraphQLType type, Value<?> value, String of, Mutation mutation) {
            switch (value) {
                case VariableReference reference -> use(path, type, reference, of, mutation);
                case ArrayValue list
                when GraphQLTypeUtil.unwrapNonNull(type) instanceof GraphQLList elements -> {
                    int at = 0;
                    for (Value<?> element : list.getValues()) {
                        value(longer(path, Integer.toString(at++)), elements.getWrappedType(), element, of, mutation);
                    }
                }
                case ObjectValue single
                when GraphQLTypeUtil.unwrapNonNull(type) instanceof GraphQLList elements ->
                    value(InputErrors.single(path, elements), elements.getWrappedType(), single, of, mutation);
                case ObjectValue object
                when GraphQLTypeUtil.unwrapNonNull(type) instanceof GraphQLInputObjectType members -> {
                    for (ObjectField field : object.getObjectFields()) {
                        GraphQLInputObjectField member = members.getFieldDefinition(field.getName());
                        if (member != null) {
                            value(longer(path, field.getName()), member.getType(), field.getValue(), of, mutation);
                        }
                    }
                }
                default -> {
                    // Holds no variable.
                }
            }
        }

        private void use(
                List<String> path, GraphQLType type, VariableReference reference, String of, Mutation mutation) {
            for (VariableDefinition variable : operation.getVariableDefinitions()) {
                if (variable.getName().equals(reference.getName())) {
                    boolean mustNotBeNull = type instanceof GraphQLNonNull
                            && !(variable.getType() instanceof graphql.language.NonNullType);
                    uses.add(new VariableUse(
                            variable,
                            path,
                            of,
                            mustNotBeNull,
                            mutation.definition,
                            mutation.key,
                            reference.getSourceLocation()));
                }
            }
        }

        private static List<String> longer(List<String> path, String name) {
            List<String> longer = new ArrayList<>(path);
            longer.add(name);
            return List.copyOf(longer);
        }
    }

    /** The field of a type, those that every schema has included; null when there is none. */
    static @Nullable GraphQLFieldDefinition definition(
            GraphQLSchema schema, @Nullable GraphQLType parent, String field) {
        if (field.equals("__typename")) {
            return schema.getIntrospectionTypenameFieldDefinition();
        }
        if (schema.getQueryType().equals(parent) && field.equals("__schema")) {
            return schema.getIntrospectionSchemaFieldDefinition();
        }
        if (schema.getQueryType().equals(parent) && field.equals("__type")) {
            return schema.getIntrospectionTypeFieldDefinition();
        }
        return parent instanceof GraphQLFieldsContainer fields ? fields.getFieldDefinition(field) : null;
    }
}
