package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.language.AbstractDescribedNode;
import graphql.language.DirectiveDefinition;
import graphql.language.EnumTypeDefinition;
import graphql.language.FieldDefinition;
import graphql.language.InputObjectTypeDefinition;
import graphql.language.InputValueDefinition;
import graphql.language.InterfaceTypeDefinition;
import graphql.language.NamedNode;
import graphql.language.ObjectTypeDefinition;
import graphql.language.SDLDefinition;
import graphql.language.SchemaDefinition;
import graphql.parser.Parser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.SourceVersion;
import org.junit.jupiter.api.Test;

/** The schema and the code that answers it: the same names, found by one search. */
class SchemaWiringTest {

    private static final Path SOURCES = Path.of("src/main/java");

    private static final Pattern REGISTRATION = Pattern.compile(
            "\\.(query|mutation|subscription)\\(\\s*\"(\\w+)\",\\s*(?:(?:this|\\w+)::|field -> )(\\w+)(?:\\)|\\(field, wiring\\)\\))");

    private final List<SDLDefinition<?>> definitions = definitions();

    @Test
    void describes_every_element() {
        List<String> silent = new ArrayList<>();
        for (SDLDefinition<?> definition : definitions) {
            describe(definition, "", silent);
        }

        assertThat(silent).isEmpty();
    }

    @Test
    void registers_each_root_field_once_under_the_name_of_its_method() throws IOException {
        List<String> registered = new ArrayList<>();
        List<String> misnamed = new ArrayList<>();
        Matcher matcher = REGISTRATION.matcher(sources());
        while (matcher.find()) {
            registered.add(matcher.group(2));
            // A word of Java's own is no name of a method.
            String method = SourceVersion.isKeyword(matcher.group(2)) ? matcher.group(2) + "_" : matcher.group(2);
            if (!method.equals(matcher.group(3))) {
                misnamed.add(matcher.group());
            }
        }

        assertThat(misnamed).isEmpty();
        assertThat(registered).doesNotHaveDuplicates();
        assertThat(new TreeSet<>(registered)).isEqualTo(new TreeSet<>(rootFields()));
    }

    @Test
    void names_each_mutations_input_and_payload_after_it() {
        for (ObjectTypeDefinition type : objects("Mutation")) {
            for (FieldDefinition mutation : type.getFieldDefinitions()) {
                String name = Character.toUpperCase(mutation.getName().charAt(0))
                        + mutation.getName().substring(1);

                assertThat(mutation.getInputValueDefinitions())
                        .as(mutation.getName())
                        .extracting(
                                input -> input.getName() + ": " + graphql.language.AstPrinter.printAst(input.getType()))
                        .containsExactly("input: " + name + "Input!");
                assertThat(graphql.language.AstPrinter.printAst(mutation.getType()))
                        .isEqualTo(name + "Payload!");
            }
        }
    }

    /** Caches take every object with an id for one and the same wherever it bears that id. */
    @Test
    void gives_an_id_only_to_what_is_a_node_unless_it_is_deprecated() {
        List<String> others = definitions.stream()
                .filter(ObjectTypeDefinition.class::isInstance)
                .map(ObjectTypeDefinition.class::cast)
                .filter(type -> type.getImplements().isEmpty())
                .filter(type -> type.getFieldDefinitions().stream()
                        .anyMatch(field -> field.getName().equals("id")
                                && field.getDirectives("deprecated").isEmpty()))
                .map(ObjectTypeDefinition::getName)
                .toList();

        assertThat(others).isEmpty();
    }

    private List<String> rootFields() {
        return Stream.of("Query", "Mutation", "Subscription")
                .flatMap(type -> objects(type).stream())
                .flatMap(type -> type.getFieldDefinitions().stream())
                .map(FieldDefinition::getName)
                .toList();
    }

    private List<ObjectTypeDefinition> objects(String name) {
        return definitions.stream()
                .filter(ObjectTypeDefinition.class::isInstance)
                .map(ObjectTypeDefinition.class::cast)
                .filter(type -> type.getName().equals(name))
                .toList();
    }

    private static void describe(Object node, String parent, List<String> silent) {
        String name = node instanceof NamedNode<?> named ? parent + named.getName() : parent;
        if (node instanceof AbstractDescribedNode<?> described
                && !(node instanceof SchemaDefinition)
                && (described.getDescription() == null
                        || described.getDescription().getContent().isBlank())) {
            silent.add(name);
        }
        List<?> parts = switch (node) {
            case ObjectTypeDefinition type -> type.getFieldDefinitions();
            case InterfaceTypeDefinition type -> type.getFieldDefinitions();
            case InputObjectTypeDefinition type -> type.getInputValueDefinitions();
            case EnumTypeDefinition type -> type.getEnumValueDefinitions();
            case FieldDefinition field -> field.getInputValueDefinitions();
            case DirectiveDefinition directive -> directive.getInputValueDefinitions();
            case InputValueDefinition value -> List.of();
            default -> List.of();
        };
        parts.forEach(part -> describe(part, name + ".", silent));
    }

    private static List<SDLDefinition<?>> definitions() {
        try {
            List<SDLDefinition<?>> all = new ArrayList<>();
            Parser.parse(Files.readString(Path.of("schema.graphqls")))
                    .getDefinitionsOfType(SDLDefinition.class)
                    .forEach(all::add);
            return all;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String sources() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(SOURCES)) {
            for (Path file : files.filter(each -> each.toString().endsWith("Fetchers.java")
                            || each.toString().contains("/api/"))
                    .filter(each -> each.toString().endsWith(".java"))
                    .toList()) {
                all.append(Files.readString(file));
            }
        }
        return all.toString();
    }
}
