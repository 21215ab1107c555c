package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Asks the same of owners in a small and in a large database. */
@Command(
        name = "owners",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures whether what an owner waits for depends on how much all others have: the same questions, in turn, in a"
                    + " database of 100 owners and in one of many more, of 1,000 items each. Each question is asked by one owner"
                    + " after another, so that nobody's rows are at hand because of the question before.",
            "",
            "Takes half an hour and 15 GB of disk."
        })
final class OwnersBenchmark implements Callable<Integer> {

    private static final int FEW = 100;
    private static final int ITEMS = 1_000;
    private static final int WARM = 300;
    private static final int TIMES = 300;
    private static final double WANTED = 1.3;
    /** A prime, by which the owners who ask are scattered. */
    private static final int STEP = 7_919;

    @Option(names = "--owners", paramLabel = "<n>", description = "Owners in the large database. Usual: 10000.")
    private int owners = 10_000;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);
    private final OneClient client = new OneClient();
    private long asked;

    private static Map<String, String> questions() {
        Map<String, String> asked = new LinkedHashMap<>();
        asked.put("page of 50", SizeBenchmark.items("first: 50"));
        asked.put("by name", SizeBenchmark.items("first: 50, orderBy: {field: NAME}"));
        asked.put("search of a word", SizeBenchmark.items("first: 50, filter: {search: \"salmon\"}"));
        asked.put("search of what is not there", SizeBenchmark.items("first: 50, filter: {search: \"zzyzx\"}"));
        asked.put("status", SizeBenchmark.items("first: 50, filter: {status: [EXPIRING_SOON]}"));
        asked.put("location", SizeBenchmark.items("first: 50, filter: {location: \"Cellar\"}"));
        asked.put("number of a search", "{ items(first: 1, filter: {search: \"salmon\"}) { totalCount } }");
        asked.put(
                "inventory",
                "{ inventory { total { count value } byStatus { status count value } byCategory { name totalItems } } }");
        asked.put("categories with numbers", "{ categories(first: 50) { nodes { name itemCount } } }");
        asked.put("at risk", "{ atRisk { items value lots { item { name } quantity } } }");
        asked.put("report", "mutation { generateReport(input: {}) { report { totalItems } userErrors { code } } }");
        asked.put(
                "create one item",
                "mutation { createItem(input: {name: \"New\", quantity: \"1\"}) { item { id } userErrors { code message } } }");
        return asked;
    }

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        long begin = System.nanoTime();
        try (Stage small = Stage.open(FEW, ITEMS);
                Stage large = Stage.open(owners, ITEMS);
                Node of = small.product(Stage.UNHINDERED);
                Node ofMany = large.product(Stage.UNHINDERED)) {
            say(
                    "Filled the databases in %.0f s: %,d and %,d rows of items.",
                    (System.nanoTime() - begin) / 1e9, FEW * ITEMS, owners * ITEMS);
            say("");
            say("%-32s %10s %10s %8s   %s", "milliseconds, medians", "few", "many", "ratio", "nine of ten take less");
            double worst = 0;
            for (Map.Entry<String, String> question : questions().entrySet()) {
                double[] few = new double[TIMES];
                double[] many = new double[TIMES];
                for (int at = -WARM; at < TIMES; at++) {
                    double inSmall = millis(of, small.tokens(), question.getValue());
                    double inLarge = millis(ofMany, large.tokens(), question.getValue());
                    asked++;
                    if (at >= 0) {
                        few[at] = inSmall;
                        many[at] = inLarge;
                    }
                }
                Arrays.sort(few);
                Arrays.sort(many);
                double ratio = many[TIMES / 2] / few[TIMES / 2];
                worst = Math.max(worst, ratio);
                say(
                        "%-32s %10.2f %10.2f %8.2f   %.2f, %.2f",
                        question.getKey(),
                        few[TIMES / 2],
                        many[TIMES / 2],
                        ratio,
                        few[TIMES * 9 / 10],
                        many[TIMES * 9 / 10]);
            }
            say("%.2f at most; %.1f is wanted", worst, WANTED);
        }
        return 0;
    }

    private double millis(Node node, List<String> tokens, String document) throws IOException, InterruptedException {
        String token = tokens.get((int) (asked * STEP % tokens.size()));
        long begin = System.nanoTime();
        JsonObject answer = client.ask(node, token, document);
        double millis = (System.nanoTime() - begin) / 1e6;
        if (answer.getJsonArray("errors") != null) {
            throw new IllegalStateException(answer.getJsonArray("errors").encode());
        }
        return millis;
    }

    private void say(String text, Object... parts) {
        out.println(text.formatted(parts));
    }
}
