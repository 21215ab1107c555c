package org.expirytracker.api;

import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.execution.ValuesResolver;
import graphql.language.Argument;
import graphql.language.ArrayValue;
import graphql.language.ObjectValue;
import graphql.language.Value;
import graphql.language.VariableReference;
import graphql.schema.GraphQLArgument;
import graphql.schema.GraphQLCodeRegistry;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a field or directive, coerced by graphql-java: once where no variable stands in them, else once for
 * each request.
 */
final class PlanArguments {

    private static final CoercedVariables NO_VARIABLES = CoercedVariables.emptyVariables();

    private final GraphQLCodeRegistry code;
    private final List<GraphQLArgument> definitions;
    private final List<Argument> given;
    private final @Nullable Map<String, Object> constant;
    private final int number;

    /**
     * Arguments as they are written.
     *
     * @param number a place of its own among those of the plan that have variables
     */
    PlanArguments(GraphQLCodeRegistry code, List<GraphQLArgument> definitions, List<Argument> given, int number) {
        this.code = code;
        this.definitions = definitions;
        this.given = given;
        this.number = number;
        this.constant = hasVariables(given) ? null : coerced(NO_VARIABLES);
    }

    static boolean hasVariables(List<Argument> given) {
        return given.stream().anyMatch(argument -> hasVariables(argument.getValue()));
    }

    private static boolean hasVariables(Value<?> value) {
        return switch (value) {
            case VariableReference reference -> true;
            case ArrayValue list -> list.getValues().stream().anyMatch(PlanArguments::hasVariables);
            case ObjectValue object ->
                object.getObjectFields().stream().anyMatch(field -> hasVariables(field.getValue()));
            default -> false;
        };
    }

    private Map<String, Object> coerced(CoercedVariables variables) {
        return ValuesResolver.getArgumentValues(
                code, definitions, given, variables, GraphQLContext.getDefault(), Locale.ROOT);
    }

    /**
     * Their values; an absent one is not in it.
     *
     * @param known what was coerced for this request, by number
     * @throws graphql.GraphQLException when one does not fit its type
     */
    Map<String, Object> of(CoercedVariables variables, @Nullable Map<String, Object>[] known) {
        if (constant != null) {
            return constant;
        }
        Map<String, Object> before = known[number];
        if (before != null) {
            return before;
        }
        Map<String, Object> now = coerced(variables);
        known[number] = now;
        return now;
    }
}
