package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.language.Document;
import graphql.parser.Parser;
import graphql.schema.GraphQLSchema;
import graphql.schema.idl.SchemaParser;
import graphql.schema.idl.UnExecutableSchemaGenerator;
import graphql.validation.Validator;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** GraphiQL at {@code /graphiql/}; conformance/graphiql.mjs has it in a browser. */
class GraphiQLTest {

    private static final Pattern PART = Pattern.compile("(?:src|href)=\"(graphiql/[^\"]+)\"");

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    /** What the page is made of, as it names it. */
    private static List<String> parts() {
        return PART.matcher(server.get("/graphiql/").body())
                .results()
                .map(found -> "/" + found.group(1))
                .toList();
    }

    @Nested
    class Page {

        @Test
        void is_found_below_its_own_folder() {
            assertThat(header(server.get("/graphiql"), "Location")).isEqualTo("graphiql/");
            assertThat(server.get("/graphiql/").body()).contains("<base href=\"../\">");
        }

        @Test
        void loads_nothing_but_files_of_this_server_and_runs_no_script_of_its_own() {
            HttpResponse<String> page = server.get("/graphiql/");

            assertThat(header(page, "Content-Security-Policy"))
                    .contains("default-src 'none'", "script-src 'self';", "connect-src 'self'")
                    .doesNotContain("http", "unsafe-eval");
            assertThat(page.body()).doesNotContainPattern("(src|href)=\"(https?:|/)");
            assertThat(parts())
                    .hasSize(6)
                    .allSatisfy(
                            part -> assertThat(server.get(part).statusCode()).isEqualTo(200));
        }

        @Test
        void is_kept_by_browsers_for_good_but_for_what_is_small() {
            assertThat(parts().stream().filter(part -> !part.endsWith("/page.js")))
                    .hasSize(5)
                    .allSatisfy(part -> assertThat(header(server.get(part), "Cache-Control"))
                            .contains("immutable"));
            assertThat(header(server.get("/graphiql/"), "Cache-Control")).isEqualTo("no-cache");
            assertThat(header(server.get("/graphiql/page.js"), "Cache-Control")).isEqualTo("no-cache");
        }

        @Test
        void of_another_release_gets_what_this_one_has() {
            HttpResponse<String> former = server.get("/graphiql/lib/react.0123456789abcdef.js");

            assertThat(former.statusCode()).isEqualTo(200);
            assertThat(header(former, "Cache-Control")).isEqualTo("no-store");
            assertThat(server.get("/graphiql/lib/nothing.0123456789abcdef.js").statusCode())
                    .isEqualTo(404);
        }

        @Test
        void is_drawn_with_the_fonts_of_its_reader() {
            assertThat(server.get("/graphiql/lib/graphiql.css").body())
                    .contains(".graphiql-container")
                    .doesNotContain("@font-face", "data:font");
        }
    }

    @Nested
    class Manual {

        private static final GraphQLSchema SCHEMA = UnExecutableSchemaGenerator.makeUnExecutableSchema(
                new SchemaParser().parse(read(Path.of("schema.graphqls"))));

        private static JsonObject manual() {
            return new JsonObject(server.get("/graphiql/operations.json").body());
        }

        private static String read(Path file) {
            try {
                return Files.readString(file);
            } catch (IOException failure) {
                throw new AssertionError(failure);
            }
        }

        private static List<String> faults(String text) {
            Document document = Parser.parse(text);
            return new Validator()
                    .validateDocument(SCHEMA, document, Locale.ENGLISH).stream()
                            .map(error -> text + error.getMessage())
                            .toList();
        }

        private static Stream<JsonObject> objects(JsonArray array) {
            return IntStream.range(0, array.size()).mapToObj(array::getJsonObject);
        }

        private static Stream<JsonObject> operations() {
            return objects(manual().getJsonArray("documents"))
                    .flatMap(document -> objects(document.getJsonArray("operations")));
        }

        @Test
        void begins_with_a_guide_whose_operations_the_schema_has() {
            String guide = manual().getString("guide");

            assertThat(guide).contains("query ", "subscription ", "# Sign in");
            assertThat(faults(guide)).isEmpty();
        }

        @Test
        void is_that_of_all_documents_that_have_operations() throws IOException {
            try (Stream<Path> documents = Files.list(Path.of("docs"))) {
                assertThat(documents
                                .filter(file -> file.toString().endsWith(".md"))
                                .filter(file -> read(file).contains("```graphql"))
                                .map(file -> "/" + file.getFileName()))
                        .containsExactlyInAnyOrderElementsOf(DocumentedOperations.DOCUMENTS);
            }
        }

        @Test
        void has_operations_that_the_schema_has() {
            assertThat(operations()).hasSizeGreaterThan(20);
            assertThat(operations().flatMap(each -> faults(each.getString("query")).stream()))
                    .isEmpty();
        }

        @Test
        void names_each_operation_once_in_its_document() {
            assertThat(objects(manual().getJsonArray("documents"))).allSatisfy(document -> {
                assertThat(document.getString("title")).isNotBlank();
                assertThat(objects(document.getJsonArray("operations")).map(each -> each.getString("title")))
                        .isNotEmpty()
                        .doesNotHaveDuplicates()
                        .allMatch(title -> title.matches("[A-Z][^_]+"));
            });
        }

        @Test
        void has_the_variables_of_an_operation() {
            JsonObject page = operations()
                    .filter(each -> each.getString("title").equals("Page"))
                    .findFirst()
                    .orElseThrow();

            assertThat(page.getString("kind")).isEqualTo("query");
            assertThat(new JsonObject(page.getString("variables")).getInteger("first"))
                    .isEqualTo(2);
        }
    }

    @Test
    void takes_an_operation_without_a_name_by_its_heading() {
        JsonObject document = DocumentedOperations.of("""
                # A document

                ## What there is

                ```graphql
                { __typename }
                ```

                ```sh
                # no heading
                ```

                1. Indented:
                   ```graphql
                   mutation DoIt { done }
                   ```
                """);

        assertThat(document.getString("title")).isEqualTo("A document");
        assertThat(document.getJsonArray("operations"))
                .containsExactly(
                        JsonObject.of(
                                "title", "What there is", "kind", "query", "query", "{ __typename }", "variables", ""),
                        JsonObject.of(
                                "title",
                                "Do it",
                                "kind",
                                "mutation",
                                "query",
                                "mutation DoIt { done }",
                                "variables",
                                ""));
    }
}
