package org.expirytracker.api;

import graphql.language.Argument;
import graphql.language.Directive;
import graphql.language.DirectivesContainer;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.FragmentSpread;
import graphql.language.InlineFragment;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import graphql.language.SelectionSet;
import graphql.language.VariableReference;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The plans of one operation: one for each combination of what its conditions ({@code @skip}, {@code @include}) are found
 * to be, made when it is first asked for. Those that are kept have together no more steps than the document has characters,
 * so that they take memory in proportion to what the document counts for in the cache of {@link Operations}; those that were
 * not asked for longest are forgotten first, so that nobody can keep others from theirs.
 */
final class Plans {

    /** So many steps every operation may have. */
    private static final int LEAST_STEPS = 256;

    private final OperationDefinition operation;
    private final Map<String, FragmentDefinition> fragments;
    private final List<String> conditions;
    private final Map<List<@Nullable Object>, Variant> variants = new LinkedHashMap<>(4, 0.75f, true);
    private final int mostSteps;
    private int steps;

    /**
     * What was made under some conditions.
     *
     * @param plan empty when graphql-java is to execute it
     * @param steps that it counts for
     */
    private record Variant(Optional<Plan> plan, int steps) {}

    /**
     * Of an operation of a valid document.
     *
     * @param characters of the document
     */
    Plans(OperationDefinition operation, Map<String, FragmentDefinition> fragments, int characters) {
        this.operation = operation;
        this.fragments = fragments;
        this.mostSteps = Math.max(LEAST_STEPS, characters);
        Set<String> found = new LinkedHashSet<>();
        conditions(operation.getSelectionSet(), found, new HashSet<>());
        this.conditions = List.copyOf(found);
    }

    /** The plan for a request with these variables, coerced; empty when graphql-java is to execute it. */
    Optional<Plan> of(PlanCompiler compiler, Map<String, Object> variables) {
        List<@Nullable Object> values = conditions.isEmpty() ? List.of() : values(variables);
        Variant known = variants.get(values);
        return known == null ? made(compiler, variables, values) : known.plan;
    }

    private List<@Nullable Object> values(Map<String, Object> variables) {
        List<@Nullable Object> values = new ArrayList<>(conditions.size());
        conditions.forEach(name -> values.add(variables.get(name)));
        return values;
    }

    private Optional<Plan> made(PlanCompiler compiler, Map<String, Object> variables, List<@Nullable Object> values) {
        Optional<PlanCompiler.Made> made = compiler.compile(operation, fragments, variables, mostSteps);
        Variant variant = new Variant(
                made.map(PlanCompiler.Made::plan),
                made.map(PlanCompiler.Made::steps).orElse(LEAST_STEPS / 8));
        variants.put(values, variant);
        steps += variant.steps;
        Iterator<Variant> oldest = variants.values().iterator();
        while (steps > mostSteps) {
            steps -= oldest.next().steps;
            oldest.remove();
        }
        return variant.plan;
    }

    /** How many combinations of conditions are kept. */
    int kept() {
        return variants.size();
    }

    /** The variables by which it is decided what is included. */
    private void conditions(@Nullable SelectionSet selections, Set<String> found, Set<String> visited) {
        if (selections == null) {
            return;
        }
        for (Selection<?> selection : selections.getSelections()) {
            if (selection instanceof DirectivesContainer<?> container) {
                conditions(container, found);
            }
            switch (selection) {
                case Field field -> conditions(field.getSelectionSet(), found, visited);
                case InlineFragment inline -> conditions(inline.getSelectionSet(), found, visited);
                case FragmentSpread spread -> {
                    if (visited.add(spread.getName())) {
                        FragmentDefinition fragment = Objects.requireNonNull(fragments.get(spread.getName()));
                        conditions(fragment, found);
                        conditions(fragment.getSelectionSet(), found, visited);
                    }
                }
                default -> throw new IllegalStateException("A selection of no kind: " + selection);
            }
        }
    }

    private static void conditions(DirectivesContainer<?> container, Set<String> found) {
        for (Directive directive : container.getDirectives()) {
            if (directive.getName().equals("skip") || directive.getName().equals("include")) {
                for (Argument argument : directive.getArguments()) {
                    if (argument.getValue() instanceof VariableReference reference) {
                        found.add(reference.getName());
                    }
                }
            }
        }
    }
}
