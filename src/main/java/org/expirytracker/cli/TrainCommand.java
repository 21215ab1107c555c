package org.expirytracker.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.http.DashboardOperations;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/**
 * {@code expiry train}: does for some seconds what a server usually does, on a database of its own that it deletes, and
 * ends. Run by a build with {@code -XX:AOTCacheOutput}, it makes the AOT cache (JEP 514) with which the program starts in
 * a third of the time: classes read and linked, and what is worth compiling. Reads no environment variable.
 */
@Command(
        name = "train",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = {
            "Does for some seconds what a server usually does, on a database of its own in a temporary directory, so that"
                    + " Java learns what a start needs. The script expiry runs it after a build and keeps what was learned"
                    + " in target/expiry-tracker.aot."
        })
final class TrainCommand implements Callable<Integer> {

    private static final Duration LOAD = Duration.ofMillis(2_500);
    private static final int CLIENTS = 4;
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int ITEMS = 200;
    private static final int WRITE_EVERY = 20;
    private static final Pattern SCRIPT = Pattern.compile("(?:src|href)=\"([\\w./-]+\\.(?:js|css|svg))\"");

    private static final String REGISTER = """
            mutation Register($input: RegisterInput!) { register(input: $input) { deviceToken userErrors { code message } } }
            """;

    private static final String LOGIN = """
            mutation Login($input: LoginInput!) { login(input: $input) { session { accessToken } } }
            """;

    private static final String CATEGORY = """
            mutation Category($input: CreateCategoryInput!) { createCategory(input: $input) { category { id } } }
            """;

    private static final String FILL = """
            mutation Fill($input: CreateItemsInput!) { createItems(input: $input) { items { id } } }
            """;

    private static final String PAGE = """
            query Items {
              items(first: 50) {
                nodes {
                  id name description quantity unit costPrice sellingPrice expiryDate status daysLeft location
                  category { id name color }
                }
                pageInfo { hasNextPage endCursor }
              }
            }
            """;

    private static final String CREATE = """
            mutation Create($input: CreateItemInput!) {
              createItem(input: $input) { item { id name status } userErrors { code message field } }
            }
            """;

    private static final String UPDATE = """
            mutation Update($input: UpdateItemInput!) {
              updateItem(input: $input) { item { id version } userErrors { code message field } }
            }
            """;

    private static final String DELETE = """
            mutation Delete($input: DeleteItemInput!) { deleteItem(input: $input) { deletedId userErrors { code } } }
            """;

    /** The variables of all questions that the dashboard asks. */
    private static final JsonObject VARIABLES = new JsonObject()
            .put("first", 20)
            .put("filter", new JsonObject())
            .put("count", true)
            .put("from", LocalDate.EPOCH.toString())
            .put("to", LocalDate.EPOCH.plusDays(30).toString());

    private static final Pattern NEEDED = Pattern.compile("\\$(\\w+): [\\w\\[\\]!]*!(?=[,)])");

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path directory = Files.createTempDirectory("expiry-train-");
        try {
            Config config = Config.from(Map.of(
                    "EXPIRY_DATA", directory.toString(),
                    "EXPIRY_PORT", "0",
                    "EXPIRY_LOG_LEVEL", "warn",
                    "EXPIRY_RATE_CAPACITY", "1000000000",
                    "EXPIRY_RATE_RESTORE", "1000000"));
            Logging.configure(config.logFormat(), config.logLevel());
            // What is to be fast is the start on a database that is there, so the one that makes it is another.
            try (Server first = new Server(config, Clock.systemUTC())) {
                first.start(false, new PrintWriter(new StringWriter()));
            }
            try (Server server = new Server(config, Clock.systemUTC());
                    HttpClient client = HttpClient.newBuilder()
                            .version(HttpClient.Version.HTTP_1_1)
                            .build()) {
                server.start(false, new PrintWriter(new StringWriter()));
                new Visitor(client, "http://127.0.0.1:" + server.port()).visit();
            }
            return CommandLine.ExitCode.OK;
        } finally {
            delete(directory);
        }
    }

    private static void delete(Path directory) throws IOException {
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** A user with the dashboard, and a program that asks for page after page. */
    private static final class Visitor {

        private final HttpClient client;
        private final String url;

        Visitor(HttpClient client, String url) {
            this.client = client;
            this.url = url;
        }

        void visit() throws IOException, InterruptedException {
            String start = get("/");
            for (String file : SCRIPT.matcher(start)
                    .results()
                    .map(found -> found.group(1))
                    .distinct()
                    .toList()) {
                get("/" + file);
            }
            get("/health/live");
            get("/health/ready");
            get("/graphiql/");
            JsonObject credentials =
                    new JsonObject().put("username", "trainee").put("password", "a password for one minute");
            ask(null, REGISTER, input(credentials.copy().put("email", "trainee@example.org")));
            String token = ask(null, LOGIN, input(credentials))
                    .getJsonObject("login")
                    .getJsonObject("session")
                    .getString("accessToken");
            fill(token);
            List<String> questions =
                    DashboardOperations.read().stream().filter(Visitor::canAsk).toList();
            for (String question : questions) {
                ask(token, question, VARIABLES);
            }
            List<Meanwhile<Boolean>> clients = Stream.generate(() -> Meanwhile.run("client", () -> load(token)))
                    .limit(CLIENTS)
                    .toList();
            for (Meanwhile<Boolean> each : clients) {
                each.get();
            }
            get("/metrics");
        }

        /** Whether a document asks what anybody may, and for nothing that must be named. */
        private static boolean canAsk(String document) {
            return document.startsWith("query")
                    && !document.startsWith("query Users(")
                    && NEEDED.matcher(document).results().allMatch(needed -> VARIABLES.containsKey(needed.group(1)));
        }

        private void fill(String token) throws IOException, InterruptedException {
            String category = ask(
                            token,
                            CATEGORY,
                            input(new JsonObject().put("name", "Dairy").put("color", "#90caf9")))
                    .getJsonObject("createCategory")
                    .getJsonObject("category")
                    .getString("id");
            List<JsonObject> items = IntStream.range(0, ITEMS)
                    .mapToObj(number -> item("Item " + number).put("categoryId", category))
                    .toList();
            ask(token, FILL, input(new JsonObject().put("items", items)));
        }

        private static JsonObject item(String name) {
            return new JsonObject()
                    .put("name", name)
                    .put("description", "What it is.")
                    .put("quantity", "2.5")
                    .put("unit", "kg")
                    .put("costPrice", "1.20")
                    .put("expiryDate", LocalDate.EPOCH.plusYears(100).toString());
        }

        private boolean load(String token) throws IOException, InterruptedException {
            long begun = System.nanoTime();
            for (int turn = 0; System.nanoTime() - begun < LOAD.toNanos(); turn++) {
                ask(token, PAGE, new JsonObject());
                if (turn % WRITE_EVERY == 0) {
                    write(token);
                }
            }
            return true;
        }

        private void write(String token) throws IOException, InterruptedException {
            String id = ask(token, CREATE, input(item("Trial")))
                    .getJsonObject("createItem")
                    .getJsonObject("item")
                    .getString("id");
            JsonObject itself = new JsonObject().put("id", id);
            ask(token, UPDATE, input(itself.copy().put("location", "Shelf")));
            ask(token, DELETE, input(itself));
        }

        private static JsonObject input(JsonObject input) {
            return new JsonObject().put("input", input);
        }

        private JsonObject ask(@Nullable String token, String document, JsonObject variables)
                throws IOException, InterruptedException {
            JsonObject body = new JsonObject().put("query", document).put("variables", variables);
            HttpRequest.Builder request = request("/graphql")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body.encode()));
            if (token != null) {
                request.header("Authorization", "Bearer " + token);
            }
            JsonObject answer = new JsonObject(send(request));
            if (answer.containsKey("errors")) {
                throw new IOException(document + "was answered with " + answer.getJsonArray("errors"));
            }
            return answer.getJsonObject("data");
        }

        private String get(String path) throws IOException, InterruptedException {
            return send(request(path).GET());
        }

        private HttpRequest.Builder request(String path) {
            return HttpRequest.newBuilder(URI.create(url + path)).timeout(PATIENCE);
        }

        private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
            HttpResponse<String> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofString(UTF_8));
            if (answer.statusCode() != 200) {
                throw new IOException(answer + " was answered with " + answer.body());
            }
            return answer.body();
        }
    }
}
