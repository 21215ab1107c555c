package org.expirytracker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Reader;
import java.io.StringWriter;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** "Add a field in four edits" of README.md, done in a copy of the program, which then runs. */
@Timeout(300)
@ProvenRoom("product")
class FourEditsTest {

    private static final Path ITEMS = Path.of("src/main/java/org/expirytracker/items");
    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:[0-9]+/");
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    private final DatabaseUrl database = TestDatabase.freshMigrated();

    @Test
    void a_column_added_by_them_survives_whatever_happens_to_an_item(@TempDir Path copy) throws Exception {
        Path classes = edit(copy);
        Process program = java(classes, database, "serve");
        BufferedReader output = program.inputReader(UTF_8);
        try {
            Client client = new Client(address(output).resolve("/graphql"));
            Thread.ofVirtual().start(() -> output.lines().forEach(line -> {}));
            survives(client);
        } finally {
            program.destroy();
            program.waitFor(30, TimeUnit.SECONDS);
            program.destroyForcibly();
        }
        survivesABackup(copy, classes);
    }

    private static void survives(Client client) {
        client.register();
        String category = client.mutate("createCategory", "name: \"Dairy\"", "category { id }")
                .getJsonObject("category")
                .getString("id");
        JsonObject created = client.mutate(
                        "createItem",
                        "name: \"Milk\", shop: \"Corner\", categoryId: \"" + category + "\"",
                        "item { id shop leadDays }")
                .getJsonObject("item");
        String id = "id: \"" + created.getString("id") + "\"";
        assertThat(created.getString("shop")).isEqualTo("Corner");

        assertThat(client.mutate("updateItem", id + ", shop: \"Market\"", "item { shop }"))
                .isEqualTo(new JsonObject("{\"item\": {\"shop\": \"Market\"}}"));
        assertThat(client.mutate("updateItem", id + ", name: \"Whole milk\"", "item { shop }"))
                .isEqualTo(new JsonObject("{\"item\": {\"shop\": \"Market\"}}"));

        client.mutate("updateCategory", "id: \"" + category + "\", leadDays: 3", "category { id }");
        assertThat(client.ask("{ items(first: 1) { nodes { shop leadDays } } }").encode())
                .contains("{\"shop\":\"Market\",\"leadDays\":3}");
        String lastChange = client.ask(
                        "{ activities(first: 1, filter: { kind: [ITEM_UPDATED] }) { nodes { id stateAfter { ... on ItemState { shop leadDays } } } } }")
                .encode();
        assertThat(lastChange).contains("\"stateAfter\":{\"shop\":\"Market\",\"leadDays\":3}");

        client.mutate("deleteItem", id, "deletedId");
        String deletion = client.ask("{ activities(first: 1, filter: { kind: [ITEM_DELETED] }) { nodes { id } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")
                .getJsonObject(0)
                .getString("id");
        assertThat(client.mutate("undo", "activityId: \"" + deletion + "\"", "item { shop }"))
                .isEqualTo(new JsonObject("{\"item\": {\"shop\": \"Market\"}}"));

        assertThat(client.ask("{ exportMyData }").encode()).contains("\"shop\":\"Market\"");
    }

    private void survivesABackup(Path copy, Path classes) throws Exception {
        Path backup = copy.resolve("all.backup");
        DatabaseUrl empty = TestDatabase.fresh();
        run(classes, database, "db", "backup", backup.toString());
        run(classes, empty, "db", "restore", backup.toString());

        try (Connection connection = TestDatabase.connect(empty)) {
            assertThat(TestDatabase.strings(connection, "SELECT shop FROM items"))
                    .containsExactly("Market");
        }
    }

    /** Does the four edits in a copy, and compiles the room that they are in. */
    private Path edit(Path copy) throws IOException, URISyntaxException {
        Path classes = copy.resolve("classes");
        copy(programClasses(), classes);
        Path sources = copy.resolve("items");
        copy(ITEMS, sources);

        Path migrations = classes.resolve("migrations");
        replace(migrations.resolve("schema.sql"), "    purchase_date       date,\n", "$0    shop text,\n");
        migrate(migrations);
        replace(sources.resolve("Item.java"), "Instant updatedAt\\)", "Instant updatedAt, @Nullable String shop)");
        replace(sources.resolve("Item.java"), "Instant\\.EPOCH\\);", "Instant.EPOCH, null);");
        replace(sources.resolve("Item.java"), " changedAt\\);", " changedAt, shop);");
        replace(sources.resolve("ItemRepository.java"), "external_id, product_id\n", "external_id, product_id, shop\n");
        replace(sources.resolve("ItemRepository.java"), "product_id uuid\n", "product_id uuid, shop text\n");
        replace(
                sources.resolve("ItemRepository.java"),
                "moment\\(row, columns\\.position\\(4\\)\\)\\);",
                "moment(row, columns.position(4)), text(row, columns.position(20)));");
        replace(
                sources.resolve("ItemPatch.java"),
                "        return item -> new Item\\(",
                "        String shop = input.optionalName(\"shop\", 200);\n$0");
        replace(
                sources.resolve("ItemPatch.java"),
                "item\\.updatedAt\\(\\)\\);",
                "item.updatedAt(), input.has(\"shop\") ? shop : item.shop());");
        for (String type :
                List.of("type Item ", "type ItemState ", "input CreateItemInput ", "input UpdateItemInput ")) {
            replace(
                    classes.resolve("schema.graphqls"),
                    "(?s)(\n" + type + ".*?\n  lotNumber: String\n)",
                    "$1  \"Where it was bought.\"\n  shop: String\n");
        }
        compile(sources, classes);
        return classes;
    }

    private static Path programClasses() throws URISyntaxException {
        return Path.of(
                Main.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path each : all.toList()) {
                Path target = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(each, target);
                }
            }
        }
    }

    private static void replace(Path file, String pattern, String replacement) throws IOException {
        Matcher place = Pattern.compile(pattern).matcher(Files.readString(file));
        assertThat(place.find()).as("%s in %s", pattern, file.getFileName()).isTrue();
        Files.writeString(file, place.replaceFirst(replacement));
    }

    private void migrate(Path migrations) {
        StringWriter printed = new StringWriter();
        int status = Main.commandLine(
                        Map.of("DATABASE_URL", TestDatabase.textOf(database)),
                        Clock.systemUTC(),
                        new BufferedReader(Reader.nullReader()))
                .setOut(new PrintWriter(printed))
                .setErr(new PrintWriter(printed))
                .execute("db", "migrate", "-m", "add item shop", "--directory", migrations.toString());
        assertThat(status).as(printed.toString()).isZero();
    }

    private static void compile(Path sources, Path classes) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, UTF_8);
                Stream<Path> list = Files.list(sources)) {
            boolean compiled = compiler.getTask(
                            complaints,
                            files,
                            null,
                            List.of("-proc:none", "-nowarn", "-cp", classPath(classes), "-d", classes.toString()),
                            null,
                            files.getJavaFileObjectsFromPaths(list.toList()))
                    .call();
            assertThat(compiled).as(complaints.toString()).isTrue();
        }
    }

    /** That of this test, with the copy in place of the program. */
    private static String classPath(Path classes) {
        String own = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String libraries = Arrays.stream(own.split(File.pathSeparator))
                .filter(entry -> entry.endsWith(".jar"))
                .collect(Collectors.joining(File.pathSeparator));
        return classes + File.pathSeparator + libraries;
    }

    private static void run(Path classes, DatabaseUrl on, String... command) throws Exception {
        Process process = java(classes, on, command);
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
    }

    private static Process java(Path classes, DatabaseUrl on, String... command) throws IOException {
        List<String> line = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                classPath(classes),
                Main.class.getName()));
        line.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("EXPIRY_"));
        builder.environment()
                .putAll(Map.of(
                        "DATABASE_URL",
                        TestDatabase.textOf(on),
                        "EXPIRY_JWT_KEY",
                        Base64.getEncoder().encodeToString(TestApi.jwtKey()),
                        "EXPIRY_SECRET_KEYS",
                        TestApi.SECRET_KEY,
                        "EXPIRY_HOST",
                        "127.0.0.1",
                        "EXPIRY_PORT",
                        "0",
                        "EXPIRY_DRAIN_SECONDS",
                        "0"));
        return builder.start();
    }

    private static URI address(BufferedReader output) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
            Matcher found = ADDRESS.matcher(line);
            if (found.find()) {
                return URI.create(found.group());
            }
        }
        throw new IOException("The program ended: " + lines);
    }

    /** A user of the program in the copy. */
    private static final class Client {

        private final URI graphQL;
        private String token = "";

        Client(URI graphQL) {
            this.graphQL = graphQL;
        }

        void register() {
            token = mutate(
                            "register",
                            "username: \"shopper\", email: \"shopper@example.org\", password: \"correct horse battery\"",
                            "session { accessToken }")
                    .getJsonObject("session")
                    .getString("accessToken");
        }

        /** What a mutation answers, without its user errors, of which there must be none. */
        JsonObject mutate(String mutation, String input, String selection) {
            JsonObject payload = ask("mutation { %s(input: { %s }) { %s userErrors { message } } }"
                            .formatted(mutation, input, selection))
                    .getJsonObject(mutation);
            assertThat(payload.getJsonArray("userErrors")).isEmpty();
            payload.remove("userErrors");
            return payload;
        }

        JsonObject ask(String document) {
            HttpRequest.Builder request = HttpRequest.newBuilder(graphQL)
                    .timeout(Duration.ofSeconds(60))
                    .header("content-type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            new JsonObject().put("query", document).encode()));
            if (!token.isEmpty()) {
                request.header("authorization", "Bearer " + token);
            }
            try {
                JsonObject answer = new JsonObject(CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString())
                        .body());
                assertThat(answer.containsKey("errors"))
                        .as(answer.encodePrettily())
                        .isFalse();
                return answer.getJsonObject("data");
            } catch (IOException e) {
                throw new AssertionError(document, e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError(document, e);
            }
        }
    }
}
