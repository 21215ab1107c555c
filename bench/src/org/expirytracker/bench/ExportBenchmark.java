package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Exports all items of one owner who has very many, in each way that there is. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures how fast the items of one owner who has a million are exported as CSV, JSON lines, a workbook and by"
                    + " bulkExport, and what of the heap is in use meanwhile, in a server with 256 MB.",
            "",
            "Takes ten minutes and 5 GB of disk."
        })
final class ExportBenchmark implements Callable<Integer> {

    private static final String BULK = "{ items { edges { node { id externalId name description quantity unit costPrice"
            + " sellingPrice expiryDate purchaseDate leadDays location barcode lotNumber category { id name } status"
            + " createdAt updatedAt } } } }";
    private static final int PIECE = 65_536;

    /** Looking at the heap takes processor time itself. */
    private static final int LOOK_MILLIS = 15_000;

    @Option(names = "--items", paramLabel = "<n>", description = "Items of the owner. Usual: 1000000.")
    private int items = 1_000_000;

    @Option(names = "--heap", paramLabel = "<m>", description = "Megabytes of heap. Usual: 256.")
    private int heap = 256;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    private final HttpClient client = HttpClient.newHttpClient();

    /** What is measured: how many bytes came. */
    @FunctionalInterface
    private interface Work {
        long run() throws IOException, InterruptedException;
    }

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        try (Stage stage = Stage.open(1, items)) {
            stage.setJavaOptions(List.of("-Xmx" + heap + "m"));
            try (Node node = stage.product(Stage.UNHINDERED)) {
                String token = stage.tokens().getFirst();
                bytes(node, token, "/exports/items.csv");
                say("%-12s %10s %10s %10s %14s", "", "seconds", "rows/s", "MB", "heap in use, MB");
                for (String ending : List.of("csv", "jsonl", "xlsx")) {
                    measure(node, ending, () -> bytes(node, token, "/exports/items." + ending));
                }
                measure(node, "bulkExport", () -> bulk(node, token));
                measure(node, "its file", () -> bytes(node, "", url(node, token)));
            }
        }
        return 0;
    }

    private void measure(Node node, String name, Work work) throws IOException, InterruptedException {
        AtomicBoolean over = new AtomicBoolean();
        double[] most = new double[1];
        Thread watch = Thread.ofPlatform().start(() -> {
            try {
                while (!over.get()) {
                    most[0] = Math.max(most[0], node.liveHeapMegabytes());
                    Thread.sleep(LOOK_MILLIS);
                }
            } catch (IOException | InterruptedException gone) {
                most[0] = Double.NaN;
            }
        });
        long begin = System.nanoTime();
        long bytes = work.run();
        double seconds = (System.nanoTime() - begin) / 1e9;
        over.set(true);
        watch.join();
        say("%-12s %10.1f %10.0f %10.0f %14.0f", name, seconds, items / seconds, bytes / 1e6, most[0]);
    }

    private long bytes(Node node, String token, String path) throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + path));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        HttpResponse<InputStream> answer = client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            throw new IOException(path + " was answered " + answer.statusCode());
        }
        byte[] piece = new byte[PIECE];
        long bytes = 0;
        try (InputStream body = answer.body()) {
            for (int read = body.read(piece); read >= 0; read = body.read(piece)) {
                bytes += read;
            }
        }
        return bytes;
    }

    private long bulk(Node node, String token) throws IOException, InterruptedException {
        ask(
                node,
                token,
                "mutation ($input: BulkExportInput!) { bulkExport(input: $input) { userErrors { message } } }");
        JsonObject export = export(node, token);
        while (export.getString("state").equals("RUNNING")) {
            Thread.sleep(500);
            export = export(node, token);
        }
        if (!export.getString("state").equals("COMPLETED") || export.getInteger("rows") != items) {
            throw new IOException(export.encode());
        }
        return export.getLong("bytes");
    }

    private String url(Node node, String token) throws IOException, InterruptedException {
        return export(node, token).getString("url");
    }

    private JsonObject export(Node node, String token) throws IOException, InterruptedException {
        return ask(node, token, "{ bulkExports { state rows bytes url error } }")
                .getJsonArray("bulkExports")
                .getJsonObject(0);
    }

    private JsonObject ask(Node node, String token, String document) throws IOException, InterruptedException {
        JsonObject body = new JsonObject()
                .put("query", document)
                .put("variables", JsonObject.of("input", JsonObject.of("query", BULK)));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + node.port() + "/graphql"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()))
                .build();
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
