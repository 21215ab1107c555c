package org.expirytracker.api;

import graphql.execution.TypeFromAST;
import graphql.language.Document;
import graphql.language.VariableDefinition;
import graphql.schema.GraphQLSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UnreadableRows;
import org.expirytracker.kernel.UserError;

/**
 * A request as it is executed: as it came, or, when something in rows of its mutations cannot be read, with something
 * readable in those places and the errors apart.
 */
record ReadableRequest(Document document, Map<String, Object> variables, UnreadableRows rows) {

    /** So many errors of one row are told. */
    private static final int MOST_OF_A_ROW = 20;

    /** Without what was asked: there may be a password among it. */
    @Override
    public String toString() {
        return "ReadableRequest[variables=" + variables.size() + "]";
    }

    /**
     * A request whose variables are not looked at yet.
     *
     * @param document that of the operation
     */
    static ReadableRequest of(Document document, Operations.Operation operation, Map<String, Object> variables) {
        if (operation.rows().isEmpty()) {
            return new ReadableRequest(document, variables, UnreadableRows.NONE);
        }
        Rows rows = new Rows();
        operation.rows().forEach((key, objections) -> objections.forEach(objection -> rows.add(key, objection)));
        return new ReadableRequest(document, variables, rows.all());
    }

    /**
     * The same request with what is wrong in its variables put right.
     *
     * @return empty when something is wrong that is not in a row, which ends the request
     */
    Optional<ReadableRequest> without(InputErrors wrong, GraphQLSchema schema, Operations.Operation operation) {
        if (wrong.count() > wrong.objections().size()) {
            return Optional.empty();
        }
        Rows found = new Rows();
        for (InputErrors.Objection objection : wrong.objections()) {
            String variable = objection.path().getFirst();
            List<String> below = objection.path().subList(1, objection.path().size());
            List<VariableUse> uses = operation.variables().stream()
                    .filter(use -> use.name().equals(variable))
                    .toList();
            if (uses.isEmpty() || !uses.stream().allMatch(use -> use.isInRow(below))) {
                return Optional.empty();
            }
            for (VariableUse use : uses) {
                found.add(
                        String.valueOf(use.row()),
                        new InputErrors.Objection(
                                use.whole(below), objection.reason(), objection.given(), objection.location()));
            }
        }
        found.addAll(rows);
        Map<String, Object> repaired = new HashMap<>(variables);
        for (VariableDefinition variable : operation.definition().getVariableDefinitions()) {
            boolean isWrong = wrong.objections().stream()
                    .anyMatch(objection -> objection.path().getFirst().equals(variable.getName()));
            Object value = isWrong
                    ? BulkRows.repaired(
                            TypeFromAST.getTypeFromAST(schema, variable.getType()), variables.get(variable.getName()))
                    : null;
            if (value != null) {
                repaired.put(variable.getName(), value);
            }
        }
        return Optional.of(new ReadableRequest(document, repaired, found.all()));
    }

    private static final class Rows {

        private final Map<String, Map<List<String>, List<UserError>>> errors = new LinkedHashMap<>();
        private final Map<String, StringBuilder> given = new HashMap<>();

        void add(String mutation, InputErrors.Objection objection) {
            List<String> path = objection.path();
            List<String> row = path.subList(0, BulkRows.DEPTH);
            List<UserError> ofRow = errors.computeIfAbsent(mutation, each -> new LinkedHashMap<>())
                    .computeIfAbsent(List.copyOf(row), each -> new ArrayList<>());
            String name = path.size() == BulkRows.DEPTH
                    ? path.get(1) + "." + path.get(2)
                    : String.join(".", path.subList(BulkRows.DEPTH, path.size()));
            if (ofRow.size() < MOST_OF_A_ROW) {
                ofRow.add(new UserError(Problem.Code.INVALID, name + " " + objection.reason(), path));
            }
            given.computeIfAbsent(mutation, each -> new StringBuilder())
                    .append(String.join(".", path))
                    .append('=')
                    .append(objection.given())
                    .append('\n');
        }

        void addAll(UnreadableRows others) {
            others.mutations().forEach((mutation, rows) -> {
                Map<List<String>, List<UserError>> known =
                        errors.computeIfAbsent(mutation, each -> new LinkedHashMap<>());
                rows.errors()
                        .forEach((row, found) -> known.computeIfAbsent(row, each -> new ArrayList<>())
                                .addAll(found));
                given.computeIfAbsent(mutation, each -> new StringBuilder()).append(rows.given());
            });
        }

        UnreadableRows all() {
            Map<String, UnreadableRows.OfMutation> all = new HashMap<>();
            errors.forEach((mutation, rows) ->
                    all.put(mutation, new UnreadableRows.OfMutation(rows, String.valueOf(given.get(mutation)))));
            return new UnreadableRows(all);
        }
    }
}
