package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Imports a file of very many rows, and sends the same rows by upsertItems. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures how fast a CSV file of a million rows becomes items of one owner, against the same rows as items of"
                    + " another by upsertItems, 1,000 at a time: half of these before the import, half of them after it. Tells"
                    + " what of the heap is in use and the memory of the server after a tenth, half and all of the rows.",
            "",
            "Takes twenty minutes and 8 GB of disk."
        })
final class ImportBenchmark implements Callable<Integer> {

    private static final int BATCH = 1_000;
    private static final int WARM_BATCHES = 20;
    private static final int LOOK_MILLIS = 200;

    /** After which tenths of the rows memory is looked at, which takes processor time itself. */
    private static final List<Integer> TENTHS = List.of(1, 5, 10);

    private static final List<String> NAMES = List.of("milk", "bread", "carrots", "salmon", "yoghurt", "rice", "soap");
    private static final List<String> PLACES = List.of("Fridge", "Cellar", "Pantry", "Shelf 4");

    @Option(names = "--rows", paramLabel = "<n>", description = "Rows, in thousands of them. Usual: 1000000.")
    private int rows = 1_000_000;

    @Option(
            names = "--compared",
            paramLabel = "<n>",
            description = "Rows by upsertItems, in thousands of them. Usual: as many as are imported.")
    private int compared;

    @Option(names = "--heap", paramLabel = "<m>", description = "Megabytes of heap. Usual: 256.")
    private int heap = 256;

    @Option(
            names = "--all-or-none",
            description = "Write the import in one transaction, which at most 100000 rows may be.")
    private boolean allOrNone;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    private final HttpClient client = HttpClient.newHttpClient();
    private final LocalDate today = LocalDate.now(ZoneOffset.UTC);

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        Path file = Files.createTempFile("expiry-import-", ".csv");
        try (Stage stage = Stage.open(3, 0)) {
            write(file, rows);
            stage.setJavaOptions(List.of("-Xmx" + heap + "m"));
            try (Node node = stage.product(Stage.UNHINDERED)) {
                warmUp(node, stage.tokens().get(2));
                measure(node, stage.tokens(), file);
            }
        } finally {
            Files.delete(file);
        }
        return 0;
    }

    /** As long as code is compiled, nothing is measured. */
    private void warmUp(Node node, String token) throws IOException, InterruptedException {
        Path few = Files.createTempFile("expiry-import-", ".csv");
        try {
            write(few, WARM_BATCHES * BATCH);
            run(node, token, upload(node, token, few), false);
            upsert(node, token, WARM_BATCHES, 2 * WARM_BATCHES);
        } finally {
            Files.delete(few);
        }
    }

    private void measure(Node node, List<String> tokens, Path file) throws IOException, InterruptedException {
        String importing = tokens.get(0);
        String sending = tokens.get(1);
        int all = (compared == 0 ? rows : compared) / BATCH;
        int half = all / 2;
        say("%,d rows, %.0f MB as CSV; a heap of %d MB at most.", rows, Files.size(file) / 1e6, heap);
        double upserted = upsert(node, sending, 0, half);
        say("upsertItems, first half: %,.0f rows a second", half * BATCH / upserted);

        long begin = System.nanoTime();
        String id = upload(node, importing, file);
        double uploaded = (System.nanoTime() - begin) / 1e9;
        say("upload: %.1f s", uploaded);
        begin = System.nanoTime();
        JsonObject ready = settled(node, importing, id, false);
        double previewed = (System.nanoTime() - begin) / 1e9;
        say("preview: %.1f s, %,.0f rows a second; %s", previewed, rows / previewed, ready.encode());
        double ran = run(node, importing, id, true);
        say("import: %.1f s, %,.0f rows a second", ran, rows / ran);

        upserted += upsert(node, sending, half, all);
        double sent = all * BATCH / upserted;
        say("upsertItems, both halves: %.1f s, %,.0f rows a second", upserted, sent);
        say(
                "ratio: %.2f of upsertItems (at least 0.5 is wanted); with upload and preview %.2f",
                rows / ran / sent, rows / (uploaded + previewed + ran) / sent);
    }

    /** Makes items of a file that was looked through; in how many seconds. */
    private double run(Node node, String token, String id, boolean watched) throws IOException, InterruptedException {
        settled(node, token, id, false);
        long begin = System.nanoTime();
        JsonObject answer = ask(
                        node,
                        token,
                        "mutation ($input: StartImportInput!) { startImport(input: $input) { userErrors { message } } }",
                        JsonObject.of("id", id, "errorPolicy", allOrNone ? "REJECT_ALL" : "REJECT_FAILED_ROWS"))
                .getJsonObject("startImport");
        if (!answer.getJsonArray("userErrors").isEmpty()) {
            throw new IOException(answer.encode());
        }
        JsonObject done = settled(node, token, id, watched);
        double seconds = (System.nanoTime() - begin) / 1e9;
        if (!done.getString("state").equals("DONE")
                || !done.getInteger("createdCount").equals(done.getInteger("rowCount"))) {
            throw new IOException(done.encode());
        }
        return seconds;
    }

    private JsonObject settled(Node node, String token, String id, boolean watched)
            throws IOException, InterruptedException {
        int looks = 0;
        while (true) {
            JsonObject now = ask(
                            node,
                            token,
                            "query { import(id: \"" + id
                                    + "\") { state problem rowCount rowsDone createdCount refusedCount } }",
                            new JsonObject())
                    .getJsonObject("import");
            int done = now.getInteger("rowsDone");
            if (watched && looks < TENTHS.size() && done >= rows / 10 * TENTHS.get(looks)) {
                looks++;
                say(
                        "after %,9d rows: %3.0f MB resident, %3.0f MB of the heap in use",
                        done, node.residentMegabytes(), node.liveHeapMegabytes());
            }
            if (!List.of("UPLOADING", "PREVIEWING", "RUNNING").contains(now.getString("state"))) {
                return now;
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    private String upload(Node node, String token, Path file) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/imports?name=stock.csv"))
                        .header("Authorization", "Bearer " + token)
                        .POST(HttpRequest.BodyPublishers.ofFile(file))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 201) {
            throw new IOException(answer.body());
        }
        return new JsonObject(answer.body()).getString("id");
    }

    /** Sends batches from one to before another, the time of whose answers counts. */
    private double upsert(Node node, String token, int from, int to) throws IOException, InterruptedException {
        String document =
                "mutation ($input: UpsertItemsInput!) { upsertItems(input: $input) { createdCount userErrors { message } } }";
        Map<String, String> categories = categories(node, token);
        long took = 0;
        for (int batch = from; batch < to; batch++) {
            JsonArray items = new JsonArray();
            for (int n = batch * BATCH; n < (batch + 1) * BATCH; n++) {
                Values values = values(n);
                items.add(new JsonObject()
                        .put("externalId", values.externalId)
                        .put("name", values.name)
                        .put("quantity", values.quantity)
                        .put("unit", values.unit)
                        .put("costPrice", values.costPrice)
                        .put("expiryDate", values.expiryDate)
                        .put("location", values.location)
                        .put("barcode", values.barcode)
                        .put("categoryId", categories.get(values.category)));
            }
            HttpRequest request = request(node, token, document, JsonObject.of("items", items));
            long begin = System.nanoTime();
            JsonObject answer = data(request).getJsonObject("upsertItems");
            took += System.nanoTime() - begin;
            if (answer.getInteger("createdCount", 0) != BATCH) {
                throw new IOException(answer.encode());
            }
        }
        return took / 1e9;
    }

    private Map<String, String> categories(Node node, String token) throws IOException, InterruptedException {
        Map<String, String> byName = new TreeMap<>();
        ask(node, token, "{ categories(first: 100) { nodes { id name } } }", new JsonObject())
                .getJsonObject("categories")
                .getJsonArray("nodes")
                .forEach(
                        each -> byName.put(((JsonObject) each).getString("name"), ((JsonObject) each).getString("id")));
        return byName;
    }

    /** A row: the same in the file and in the request. */
    private record Values(
            String externalId,
            String name,
            String quantity,
            String unit,
            String costPrice,
            String expiryDate,
            String location,
            String barcode,
            String category) {}

    private Values values(int n) {
        return new Values(
                "stock-" + n,
                "Organic " + NAMES.get(n % NAMES.size()) + " " + n,
                Integer.toString(1 + n % 40),
                n % 3 == 0 ? "kg" : "pcs",
                n % 900 / 100 + "." + "%02d".formatted(n % 100),
                today.plusDays(40 + n * 53L % 400).toString(),
                PLACES.get(n % PLACES.size()),
                Long.toString(4_000_000_000_000L + n * 104_729L),
                List.of("Dairy", "Bakery", "Vegetables", "Fruit").get(n * 7 % 4));
    }

    private void write(Path file, int count) throws IOException {
        try (BufferedWriter writer = Files.newBufferedWriter(file)) {
            writer.write("External id,Name,Quantity,Unit,Cost price,Expiry date,Location,Barcode,Category\r\n");
            for (int n = 0; n < count; n++) {
                Values values = values(n);
                writer.write(String.join(
                        ",",
                        values.externalId,
                        values.name,
                        values.quantity,
                        values.unit,
                        values.costPrice,
                        values.expiryDate,
                        values.location,
                        values.barcode,
                        values.category));
                writer.write("\r\n");
            }
        }
    }

    private JsonObject ask(Node node, String token, String document, JsonObject input)
            throws IOException, InterruptedException {
        return data(request(node, token, document, input));
    }

    private static HttpRequest request(Node node, String token, String document, JsonObject input) {
        JsonObject body = new JsonObject().put("query", document).put("variables", JsonObject.of("input", input));
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/graphql"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
    }

    private JsonObject data(HttpRequest request) throws IOException, InterruptedException {
        JsonObject answer = new JsonObject(
                client.send(request, HttpResponse.BodyHandlers.ofString()).body());
        if (answer.containsKey("errors")) {
            throw new IOException(answer.encode());
        }
        return answer.getJsonObject("data");
    }

    private void say(String text, Object... parts) {
        out.println(text.formatted(parts));
    }
}
