package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks of one owner who has very many items what people ask. */
@Command(
        name = "size",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures how long the queries and some changes of one owner take who has a million items, one after another,"
                    + " and prints the median and the longest of 15 each.",
            "",
            "Takes five minutes and 4 GB of disk."
        })
final class SizeBenchmark implements Callable<Integer> {

    private static final int WARM = 5;
    private static final int TIMES = 15;

    @Option(names = "--items", paramLabel = "<n>", description = "Items of the owner. Usual: 1000000.")
    private int items = 1_000_000;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    private final OneClient client = new OneClient();

    /** What is asked, in the order in which it is printed. */
    private static Map<String, String> questions(String category, String depth) {
        Map<String, String> asked = new LinkedHashMap<>();
        asked.put("page of 50", items("first: 50"));
        asked.put("page at half of the list", items("first: 50, after: \"" + depth + "\""));
        asked.put("by name", items("first: 50, orderBy: {field: NAME}"));
        asked.put("by time of change, newest first", items("first: 50, orderBy: {field: UPDATED_AT, direction: DESC}"));
        asked.put("search of one word", items("first: 50, filter: {search: \"salmon\"}"));
        asked.put("search of two words", items("first: 50, filter: {search: \"smoked salmon\"}"));
        asked.put("search of a number, one found", items("first: 50, filter: {search: \"milk 777777\"}"));
        asked.put("search of what is not there", items("first: 50, filter: {search: \"zzyzx\"}"));
        asked.put("search, by name", items("first: 50, orderBy: {field: NAME}, filter: {search: \"salmon\"}"));
        asked.put(
                "search of a number, by name",
                items("first: 50, orderBy: {field: NAME}, filter: {search: \"tea 123456\"}"));
        asked.put("status", items("first: 50, filter: {status: [EXPIRING_SOON]}"));
        asked.put("status, by name", items("first: 50, orderBy: {field: NAME}, filter: {status: [EXPIRING_SOON]}"));
        asked.put("location", items("first: 50, filter: {location: \"Cellar\"}"));
        asked.put("location and status", items("first: 50, filter: {location: \"Cellar\", status: [EXPIRED]}"));
        asked.put("category", items("first: 50, filter: {categoryId: [\"" + category + "\"]}"));
        asked.put(
                "category, status and word",
                items("first: 50, filter: {categoryId: [\"" + category + "\"], status: [ACTIVE], search: \"salmon\"}"));
        asked.put(
                "category, status and a word of few",
                items("first: 50, filter: {categoryId: [\"" + category + "\"], status: [EXPIRED], search: \"999\"}"));
        asked.put("barcode", items("first: 50, filter: {barcode: \"4000000104729\"}"));
        asked.put("price from, nothing found", items("first: 50, filter: {costPrice: {from: \"100000\"}}"));
        asked.put("number of all", "{ items(first: 1) { totalCount } }");
        asked.put("number of a search", "{ items(first: 1, filter: {search: \"salmon\"}) { totalCount } }");
        asked.put("number of a status", "{ items(first: 1, filter: {status: [ACTIVE]}) { totalCount } }");
        asked.put(
                "inventory",
                "{ inventory { total { count value } byStatus { status count value } byCategory { name totalItems }"
                        + " byLocation { location totalItems } aging { band count value } } }");
        asked.put(
                "inventory as of another day",
                "{ inventory(asOf: \"2030-01-01\") { total { count } byStatus { status count } } }");
        asked.put("categories with numbers", "{ categories(first: 50) { nodes { name itemCount } } }");
        asked.put(
                "categories with numbers and 5 items each",
                "{ categories(first: 50) { nodes { name itemCount items(first: 5) { nodes { name } } } } }");
        asked.put("at risk", "{ atRisk { items value lots { item { name } quantity } } }");
        asked.put("report", "mutation { generateReport(input: {}) { report { totalItems } userErrors { code } } }");
        asked.put(
                "create one item",
                "mutation { createItem(input: {name: \"New\", quantity: \"1\"}) { item { id } userErrors { code message } } }");
        return asked;
    }

    /** A page of items as a list shows them. */
    static String items(String arguments) {
        return "{ items(" + arguments + ") { nodes { id name quantity unit expiryDate status category { name } } } }";
    }

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        long begin = System.nanoTime();
        try (Stage stage = Stage.open(1, items)) {
            Dataset.use(stage.url());
            say("Filled the database in %.0f s: one owner with %,d items.", (System.nanoTime() - begin) / 1e9, items);
            try (Node node = stage.product(Stage.UNHINDERED)) {
                measure(node, stage.tokens().getFirst());
            }
        }
        return 0;
    }

    private void measure(Node node, String token) throws IOException, InterruptedException {
        String category = client.ask(node, token, "{ categories(first: 1) { nodes { id } } }")
                .getJsonObject("data")
                .getJsonObject("categories")
                .getJsonArray("nodes")
                .getJsonObject(0)
                .getString("id");
        // The cursor of an item in the middle, by its date.
        String depth = client.ask(
                        node,
                        token,
                        "{ items(first: 1, filter: {expiryDate: {from: \""
                                + LocalDate.now(ZoneOffset.UTC).plusDays(180) + "\"}}) { pageInfo { endCursor } } }")
                .getJsonObject("data")
                .getJsonObject("items")
                .getJsonObject("pageInfo")
                .getString("endCursor");
        say("");
        say("%-42s %10s %10s", "milliseconds", "median", "longest");
        for (Map.Entry<String, String> question : questions(category, depth).entrySet()) {
            double[] millis = new double[TIMES];
            String wrong = "";
            for (int at = -WARM; at < TIMES; at++) {
                long begin = System.nanoTime();
                JsonObject answer = client.ask(node, token, question.getValue());
                if (at >= 0) {
                    millis[at] = (System.nanoTime() - begin) / 1e6;
                }
                JsonArray errors = answer.getJsonArray("errors");
                if (errors != null) {
                    wrong = "  " + errors.getJsonObject(0).getString("message");
                }
            }
            Arrays.sort(millis);
            say("%-42s %10.1f %10.1f%s", question.getKey(), millis[TIMES / 2], millis[TIMES - 1], wrong);
        }
    }

    private void say(String text, Object... parts) {
        out.println(text.formatted(parts));
    }
}
