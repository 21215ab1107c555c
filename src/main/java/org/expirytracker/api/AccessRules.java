package org.expirytracker.api;

import graphql.schema.GraphQLAppliedDirective;
import graphql.schema.GraphQLAppliedDirectiveArgument;
import graphql.schema.GraphQLDirectiveContainer;
import graphql.schema.GraphQLFieldDefinition;
import graphql.schema.GraphQLFieldsContainer;
import graphql.schema.GraphQLInterfaceType;
import graphql.schema.GraphQLNamedType;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLSchema;
import graphql.schema.GraphQLTypeUtil;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.expirytracker.kernel.Access;
import org.jspecify.annotations.Nullable;

/**
 * Who may use what, as the schema declares it with {@code @access}: on every root field and on every type with global
 * ids. The one place that reads these declarations; {@link GraphQLEngine} holds callers against what it says.
 */
final class AccessRules {

    private final Map<String, Access> fields = new HashMap<>();
    private final Map<String, Access> types = new HashMap<>();
    private final Set<String> credentialFields = new HashSet<>();

    /**
     * Reads a schema.
     *
     * @throws IllegalStateException naming every root field and every node type without a declaration
     */
    AccessRules(GraphQLSchema schema) {
        List<String> undeclared = new ArrayList<>();
        for (GraphQLObjectType root : GraphQLFactory.roots(schema)) {
            for (GraphQLFieldDefinition field : root.getFieldDefinitions()) {
                String name = root.getName() + "." + field.getName();
                note(fields, name, declared(field), undeclared);
                if (field.getAppliedDirective("checksCredential") != null) {
                    credentialFields.add(name);
                }
            }
        }
        if (schema.getType("Node") instanceof GraphQLInterfaceType node) {
            for (GraphQLObjectType type : Objects.requireNonNull(schema.getImplementations(node))) {
                note(types, type.getName(), declared(type), undeclared);
            }
        }
        if (!undeclared.isEmpty()) {
            throw new IllegalStateException("The schema does not declare @access of " + String.join(", ", undeclared));
        }
        for (GraphQLNamedType type : schema.getAllTypesAsList()) {
            if (isConnection(type) && type instanceof GraphQLFieldsContainer connection) {
                GraphQLFieldDefinition nodes = Objects.requireNonNull(
                        connection.getFieldDefinition("nodes"), () -> type.getName() + " has no nodes");
                Access ofNodes = types.get(unwrapped(nodes).getName());
                if (ofNodes != null) {
                    types.put(type.getName(), ofNodes);
                }
            }
        }
    }

    private static void note(
            Map<String, Access> rules, String name, @Nullable Access declared, List<String> undeclared) {
        if (declared == null) {
            undeclared.add(name);
        } else {
            rules.put(name, declared);
        }
    }

    private static @Nullable Access declared(GraphQLDirectiveContainer element) {
        GraphQLAppliedDirective directive = element.getAppliedDirective("access");
        if (directive == null) {
            return null;
        }
        GraphQLAppliedDirectiveArgument argument = Objects.requireNonNull(directive.getArgument("needs"));
        return new Access(Objects.requireNonNull(argument.<Object>getValue()).toString());
    }

    static boolean isConnection(GraphQLNamedType type) {
        return type.getName().endsWith("Connection");
    }

    private static GraphQLNamedType unwrapped(GraphQLFieldDefinition field) {
        return (GraphQLNamedType) GraphQLTypeUtil.unwrapAll(field.getType());
    }

    /** Whether a root field is open to anybody; the objects in its payload belong to whoever proved who they are by it. */
    boolean isOpen(GraphQLNamedType parent, GraphQLFieldDefinition field) {
        return Access.ANYONE.equals(fields.get(parent.getName() + "." + field.getName()));
    }

    /** What is declared of a field itself; empty below the roots. */
    Optional<Access> ofField(GraphQLNamedType parent, GraphQLFieldDefinition field) {
        return Optional.ofNullable(fields.get(parent.getName() + "." + field.getName()));
    }

    /** What it takes to select anything of a type, however it was reached; empty for one without global ids. */
    Optional<Access> ofType(GraphQLNamedType type) {
        return Optional.ofNullable(types.get(type.getName()));
    }

    /** What it takes to see an object whose type is known only by its id. */
    Access ofNode(String type) {
        return Objects.requireNonNull(types.get(type));
    }

    /** Whether a field's value lets its holder in. */
    static boolean isSecret(GraphQLFieldDefinition field) {
        return field.getAppliedDirective("secret") != null;
    }

    /** Whether a root field checks a password, a code or a token. */
    boolean checksCredential(GraphQLNamedType parent, GraphQLFieldDefinition field) {
        return credentialFields.contains(parent.getName() + "." + field.getName());
    }
}
