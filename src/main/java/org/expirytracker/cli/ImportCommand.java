package org.expirytracker.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code expiry import}: makes items of a file, on a server that runs anywhere, as any other program could. Ends with 0 when all
 * rows were good, and with 1 when some were refused or it failed.
 */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Makes items of a file: CSV, XLSX, JSON or lines of JSON, of a spreadsheet, of Grocy, of Homebox or of this program.",
            "Sends it to a running server, says what would become of each row, and has it done."
        },
        footer = {
            "",
            "The API token is read from the environment variable API_TOKEN, or from a file; it needs items:read and"
                    + " items:write. Without a choice, one bad row leaves everything as it is.",
            "",
            "Examples:",
            "  expiry import stock.csv --dry-run           what would become of each row; nothing is written",
            "  expiry import stock.xlsx --good-rows        leaves bad rows out, and says which and why",
            "  expiry import list.csv --map Ware=NAME --map Bis=EXPIRY_DATE --date-order DAY_FIRST",
            "  expiry import stock.json --url https://expiry.example.org --inventory Vg... --token-file token",
        })
final class ImportCommand implements Callable<Integer> {

    private static final int MOST_SHOWN = 20;
    private static final int BAR = 30;
    private static final long LOOK_MILLIS = 500;
    private static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Set<String> UNDER_WAY = Set.of("UPLOADING", "PREVIEWING", "RUNNING");

    private static final String IMPORT =
            "id state problem rowCount rowsDone createdCount updatedCount unchangedCount skippedCount"
                    + " refusedCount rowsPerSecond secondsLeft columns { name field }"
                    + " refusals(first: 20) { nodes { row column value reason } }";

    private final Map<String, String> environment;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The file.")
    private @Nullable Path file;

    @Option(
            names = "--url",
            paramLabel = "<url>",
            description = "Where the server is; http://127.0.0.1:8080 by default.")
    private String url = "http://127.0.0.1:8080";

    @Option(
            names = "--inventory",
            paramLabel = "<id>",
            description = "Id of the inventory, by default that of the token.")
    private @Nullable String inventory;

    @Option(
            names = "--token-file",
            paramLabel = "<file>",
            description = "A file with the API token, in place of API_TOKEN.")
    private @Nullable Path tokenFile;

    @Option(names = "--dry-run", description = "Only say what would become of each row.")
    private boolean dryRun;

    @Option(names = "--good-rows", description = "Leave out bad rows, in place of doing nothing when there are any.")
    private boolean goodRows;

    @Option(
            names = "--map",
            paramLabel = "<column>=<field>",
            description = "What a column says, such as Ware=NAME; nothing after = leaves it out. More than once.")
    private Map<String, String> map = Map.of();

    @Option(
            names = "--date-order",
            paramLabel = "<order>",
            description = "DAY_FIRST or MONTH_FIRST, for dates that could be two.")
    private @Nullable String dateOrder;

    @Option(
            names = "--decimal-sign",
            paramLabel = "<sign>",
            description = "COMMA or POINT, for numbers that could be two.")
    private @Nullable String decimalSign;

    @Option(
            names = "--charset",
            paramLabel = "<charset>",
            description = "UTF_8, WINDOWS_1252, WINDOWS_1250, UTF_16LE or UTF_16BE.")
    private @Nullable String charset;

    @Option(names = "--delimiter", paramLabel = "<character>", description = "What parts the values of a CSV file.")
    private @Nullable String delimiter;

    @Option(names = "--no-new-categories", description = "Refuse rows of categories that are not there.")
    private boolean noNewCategories;

    @Option(names = "--archived", description = "Read rows of what its owner keeps no more as well.")
    private boolean archived;

    @Option(names = "--clear-blanks", description = "A blank value clears what an item that is there has.")
    private boolean clearBlanks;

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    ImportCommand(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path source = Objects.requireNonNull(file);
        if (!Files.isRegularFile(source)) {
            throw new IOException("There is no file " + source + ".");
        }
        String token = token();
        JsonObject found = followed(token, upload(token, source), "looked through");
        String id = found.getString("id");
        JsonObject choices = choices(found);
        if (choices.size() > 1) {
            begin(token, "previewImport", choices);
            found = followed(token, id, "looked through");
        }
        show(found, "would be ");
        String problem = found.getString("problem");
        if (dryRun || problem != null) {
            begin(token, "cancelImport", JsonObject.of("id", id));
            return problem == null && found.getInteger("refusedCount") == 0
                    ? CommandLine.ExitCode.OK
                    : CommandLine.ExitCode.SOFTWARE;
        }
        begin(
                token,
                "startImport",
                JsonObject.of("id", id, "errorPolicy", goodRows ? "REJECT_FAILED_ROWS" : "REJECT_ALL"));
        found = followed(token, id, "written");
        show(found, "");
        return found.getString("state").equals("DONE") && found.getInteger("refusedCount") == 0
                ? CommandLine.ExitCode.OK
                : CommandLine.ExitCode.SOFTWARE;
    }

    private String token() throws IOException {
        String token = tokenFile == null ? environment.get("API_TOKEN") : Files.readString(tokenFile);
        if (token == null || token.isBlank()) {
            throw new ParameterException(
                    Objects.requireNonNull(spec).commandLine(),
                    "Which API token? Set API_TOKEN or give --token-file; one is made in the dashboard or by createApiToken");
        }
        return token.strip();
    }

    private HttpRequest.Builder request(String token, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url.replaceFirst("/+$", "") + path))
                .header("Authorization", "Bearer " + token);
        return inventory == null ? request : request.header("Expiry-Inventory", inventory);
    }

    private String upload(String token, Path source) throws IOException, InterruptedException {
        String name = URLEncoder.encode(String.valueOf(source.getFileName()), StandardCharsets.UTF_8);
        HttpResponse<String> answer = client.send(
                request(token, "/imports?name=" + name)
                        .header("Content-Type", "application/octet-stream")
                        .POST(HttpRequest.BodyPublishers.ofFile(source))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 201) {
            throw refused(answer);
        }
        return new JsonObject(answer.body()).getString("id");
    }

    private static IOException refused(HttpResponse<String> answer) {
        String body = answer.body();
        JsonArray errors = body.startsWith("{") ? new JsonObject(body).getJsonArray("errors") : null;
        return new IOException(
                errors == null || errors.isEmpty()
                        ? "The server answered with status " + answer.statusCode() + "."
                        : errors.getJsonObject(0).getString("message"));
    }

    private JsonObject ask(String token, String document, JsonObject variables)
            throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                request(token, "/graphql")
                        .timeout(PATIENCE)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(
                                JsonObject.of("query", document, "variables", variables)
                                        .encode()))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200 || new JsonObject(answer.body()).containsKey("errors")) {
            throw refused(answer);
        }
        return new JsonObject(answer.body()).getJsonObject("data");
    }

    private void begin(String token, String mutation, JsonObject input) throws IOException, InterruptedException {
        String type = mutation.substring(0, 1).toUpperCase(Locale.ROOT) + mutation.substring(1) + "Input!";
        JsonArray errors = ask(
                        token,
                        "mutation ($input: %s) { %s(input: $input) { userErrors { message } } }"
                                .formatted(type, mutation),
                        JsonObject.of("input", input))
                .getJsonObject(mutation)
                .getJsonArray("userErrors");
        if (!errors.isEmpty()) {
            throw new IOException(errors.getJsonObject(0).getString("message"));
        }
    }

    /** What was chosen on the command line, besides the id. */
    private JsonObject choices(JsonObject found) throws IOException {
        JsonObject choices = JsonObject.of("id", found.getString("id"));
        if (!map.isEmpty()) {
            choices.put("mapping", mapping(found));
        }
        put(choices, "dateOrder", dateOrder);
        put(choices, "decimalSign", decimalSign);
        put(choices, "charset", charset);
        put(choices, "delimiter", delimiter);
        if (noNewCategories) {
            choices.put("createCategories", false);
        }
        if (archived) {
            choices.put("includeArchived", true);
        }
        if (clearBlanks) {
            choices.put("clearBlanks", true);
        }
        return choices;
    }

    private static void put(JsonObject choices, String name, @Nullable String value) {
        if (value != null) {
            choices.put(name, value);
        }
    }

    /** What was recognised, but for the columns that are named, and for others that were taken for the same. */
    private JsonArray mapping(JsonObject found) throws IOException {
        JsonArray mapping = new JsonArray();
        List<JsonObject> columns = found.getJsonArray("columns").stream()
                .map(JsonObject.class::cast)
                .toList();
        for (String named : map.keySet()) {
            if (columns.stream().noneMatch(column -> column.getString("name").equals(named))) {
                throw new IOException("The file has no column “%s”. It has: %s."
                        .formatted(
                                named,
                                String.join(
                                        ", ",
                                        columns.stream()
                                                .map(column -> column.getString("name"))
                                                .toList())));
            }
        }
        for (JsonObject column : columns) {
            String name = column.getString("name");
            String recognised = column.getString("field");
            String field = map.containsKey(name)
                    ? Objects.requireNonNull(map.get(name)).toUpperCase(Locale.ROOT)
                    : map.values().stream().anyMatch(each -> each.equalsIgnoreCase(recognised)) ? "" : recognised;
            if (field != null && !field.isEmpty()) {
                mapping.add(JsonObject.of("column", name, "field", field));
            }
        }
        return mapping;
    }

    /** As it is when nothing is under way any more; meanwhile shows how far it is. */
    private JsonObject followed(String token, String id, String doing) throws IOException, InterruptedException {
        boolean terminal =
                Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
        long lastLine = System.nanoTime();
        while (true) {
            JsonObject found = ask(
                            token,
                            "query ($id: ID!) { import(id: $id) { %s } }".formatted(IMPORT),
                            JsonObject.of("id", id))
                    .getJsonObject("import");
            if (found == null) {
                throw new IOException("The import is gone.");
            }
            boolean underWay = UNDER_WAY.contains(found.getString("state"));
            if (terminal) {
                out().print("\r\u001b[K" + (underWay ? progress(found, doing) : ""));
                out().flush();
            } else if (underWay && System.nanoTime() - lastLine > LINE_NANOS) {
                out().println(progress(found, doing));
                lastLine = System.nanoTime();
            }
            if (!underWay) {
                return found;
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
    }

    private static String progress(JsonObject found, String doing) {
        Integer all = found.getInteger("rowCount");
        int done = found.getInteger("rowsDone");
        StringBuilder line = new StringBuilder();
        if (all != null && all > 0) {
            int full = (int) Math.min(BAR, (long) BAR * done / all);
            line.append("[%s%s] %d %%  ".formatted("#".repeat(full), " ".repeat(BAR - full), 100L * done / all));
        }
        line.append("%,d%s rows %s".formatted(done, all == null ? "" : " of %,d".formatted(all), doing));
        if (found.getString("rowsPerSecond") != null) {
            line.append(", %s a second".formatted(found.getString("rowsPerSecond")));
        }
        if (found.getInteger("secondsLeft") != null) {
            line.append(", %d s left".formatted(found.getInteger("secondsLeft")));
        }
        return line.toString();
    }

    private void show(JsonObject found, String would) {
        out().printf(
                        "%,d rows: %,d %screated, %,d %schanged, %,d the same, %,d left out, %,d %srefused.%n",
                        Objects.requireNonNullElse(found.getInteger("rowCount"), 0),
                        found.getInteger("createdCount"),
                        would,
                        found.getInteger("updatedCount"),
                        would,
                        found.getInteger("unchangedCount"),
                        found.getInteger("skippedCount"),
                        found.getInteger("refusedCount"),
                        would);
        for (Object each : found.getJsonObject("refusals").getJsonArray("nodes")) {
            JsonObject refusal = (JsonObject) each;
            String column = refusal.getString("column");
            out().printf(
                            "  row %,d%s: %s%n",
                            refusal.getInteger("row"),
                            column == null ? "" : ", " + column,
                            refusal.getString("reason"));
        }
        if (found.getInteger("refusedCount") > MOST_SHOWN) {
            out().println("  … The rest: { import(id: \"%s\") { refusals { nodes { row column value reason } } } }"
                    .formatted(found.getString("id")));
        }
        if (found.getString("problem") != null) {
            out().println(found.getString("problem"));
        }
        out().flush();
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }
}
