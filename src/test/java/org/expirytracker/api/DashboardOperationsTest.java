package org.expirytracker.api;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import graphql.language.Document;
import graphql.language.Field;
import graphql.language.FieldDefinition;
import graphql.language.ObjectTypeDefinition;
import graphql.language.OperationDefinition;
import graphql.parser.Parser;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.TypeDefinitionRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.http.DashboardOperations;
import org.junit.jupiter.api.Test;

/** Whatever the API can do can be done in the dashboard, or there is a reason why not. */
class DashboardOperationsTest {

    private static final Path SCRIPTS = Path.of("src/main/resources/webroot/js");

    /** Why no screen asks for a field. */
    private static final Map<String, String> REASONS = Map.ofEntries(
            Map.entry("Query.caller", "For programs: what a token may do; the settings show the tokens themselves."),
            Map.entry("Query.rateLimit", "For programs: each answer to the dashboard bears its cost as well."),
            Map.entry("Query.node", "`nodes` asks for several at once."),
            Map.entry("Query.category", "`categories` reads them all."),
            Map.entry("Query.categoryByIdentifier", "For programs, which know categories by ids of their own."),
            Map.entry("Query.itemByIdentifier", "For programs, which know items by ids of their own."),
            Map.entry("Query.productByIdentifier", "`products` finds by a barcode as well."),
            Map.entry("Query.changes", "For programs that keep a copy; the dashboard follows `activity`."),
            Map.entry(
                    "Query.securityQuestion",
                    "The refusal of `resetPassword` tells the question to whoever holds the token."),
            Map.entry("Mutation.createItems", "For programs, which have many items at once."),
            Map.entry("Mutation.upsertItems", "For programs, which know items by ids of their own."),
            Map.entry("Subscription.notificationReceived", "`activity` tells of notifications too."),
            Map.entry("Subscription.itemChanged", "`activity` tells of items too."),
            Map.entry("Subscription.reportReady", "`activity` tells of reports too."));

    private static final Pattern WORD = Pattern.compile("\\w+");
    private static final Pattern CONSTANT = Pattern.compile("(\\w+)(?: =|:) `$");

    private static final TypeDefinitionRegistry SCHEMA = new SchemaParser().parse(text(Path.of("schema.graphqls")));

    @Test
    void reach_every_field_that_has_no_reason_to_be_left_out() throws IOException {
        Map<String, String> screens = screens();
        Set<String> without = new TreeSet<>(rootFields());
        without.removeAll(screens.keySet());

        assertThat(without).containsExactlyInAnyOrderElementsOf(REASONS.keySet());
    }

    @Test
    void are_each_sent_from_some_screen() throws IOException {
        assertThat(screens())
                .allSatisfy((field, screen) ->
                        assertThat(screen).as("what sends %s", field).isNotEmpty());
    }

    private static Set<String> rootFields() {
        return Stream.of("Query", "Mutation", "Subscription")
                .flatMap(
                        type -> Objects.requireNonNull(SCHEMA.getTypeOrNull(type, ObjectTypeDefinition.class))
                                .getFieldDefinitions()
                                .stream()
                                .map(FieldDefinition::getName)
                                .map(name -> type + "." + name))
                .collect(toCollection(TreeSet::new));
    }

    /** Of each field that an operation asks for, the scripts that name the operation. */
    private static Map<String, String> screens() throws IOException {
        Map<String, Set<String>> scripts = new TreeMap<>();
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            files.filter(file -> !DashboardOperations.FILES.contains(
                            file.getFileName().toString()))
                    .forEach(file -> scripts.put(file.getFileName().toString(), words(file)));
        }
        String operations = DashboardOperations.FILES.stream()
                .map(name -> text(SCRIPTS.resolve(name)))
                .collect(joining("\n"));
        Map<String, String> screens = new TreeMap<>();
        for (String document : DashboardOperations.read()) {
            for (OperationDefinition operation : operations(document)) {
                String name = constant(operations, operation);
                List<String> senders = scripts.entrySet().stream()
                        .filter(script -> script.getValue().contains(name))
                        .map(Map.Entry::getKey)
                        .toList();
                String type = operation.getOperation().name().charAt(0)
                        + operation.getOperation().name().substring(1).toLowerCase(Locale.ROOT);
                operation
                        .getSelectionSet()
                        .getSelectionsOfType(Field.class)
                        .forEach(field -> screens.merge(
                                type + "." + field.getName(),
                                String.join(", ", senders),
                                (a, b) -> a.isEmpty() ? b : a));
            }
        }
        return screens;
    }

    private static List<OperationDefinition> operations(String document) {
        Document parsed = Parser.parse(document);
        return parsed.getDefinitionsOfType(OperationDefinition.class);
    }

    /** The word by which scripts know an operation: its constant, or its member of one. */
    private static String constant(String operations, OperationDefinition operation) {
        int at = operations.indexOf(
                operation.getOperation().name().toLowerCase(Locale.ROOT) + " " + operation.getName());
        String line = operations.substring(operations.lastIndexOf('\n', at) + 1, at);
        Matcher constant = CONSTANT.matcher(line);
        assertThat(constant.find())
                .as("the word before `%s`", operation.getName())
                .isTrue();
        return constant.group(1);
    }

    private static Set<String> words(Path script) {
        return WORD.matcher(text(script)).results().map(MatchResult::group).collect(toSet());
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
