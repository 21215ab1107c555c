package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.Migrations;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Fills a database, starts both servers, and loads one after the other, round by round. */
@Command(
        name = "bench/run",
        subcommands = {
            BackupBenchmark.class,
            FanoutBenchmark.class,
            FloodBenchmark.class,
            LoginBenchmark.class,
            SizeBenchmark.class,
            TurnBenchmark.class,
            WriteBenchmark.class
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures the GraphQL query items(first: 50) { nodes { 10 fields, category { 3 fields } } } against a"
                    + " handler written by hand that runs the same SQL and writes the same JSON.",
            "",
            "Starts an embedded PostgreSQL in a temporary directory, fills it, runs each server in a process of its"
                    + " own, and loads them in turn from this process. Takes two to four minutes and leaves nothing"
                    + " behind. bench/README.md tells how to read the result."
        },
        footer = {
            "",
            "Examples:",
            "  bench/run",
            "      the figures to compare with",
            "  bench/run --rounds 2 --seconds 2 --warm-up 5000",
            "      a quick look",
            "  bench/run --json before.json",
            "      keeps every round, for a comparison after a change",
            "  bench/run --against ../before --rounds 20 --seconds 2",
            "      whether a change made the server faster; the first column is the other checkout",
            "  bench/run --profile graphql.jfr && jfr view hot-methods graphql.jfr",
            "      where the time of the GraphQL server goes; do not compare the figures of such a run",
            "  bench/run backup",
            "      something else: backup and restore of a million items against bare COPY",
            "  bench/run fanout",
            "      what 5,000 open subscriptions cost, and how soon they hear of 500 changes a second",
            "  bench/run flood",
            "      what others notice while one user asks for ten times what their budget allows",
            "  bench/run logins",
            "      something else: what the time of a login tells, and whether logins hold up other requests",
            "  bench/run size",
            "      something else: what one owner of a million items waits for",
            "  bench/run turn",
            "      something else: the turn of the day of 100,000 users with a million items",
            "  bench/run write",
            "      something else: a thousand new items at a time against one bare statement",
            "",
            "EXPIRY_JAVA_OPTS, EXPIRY_INSTANCES and EXPIRY_DATABASE_CONNECTIONS hold for both servers."
        })
final class Benchmark implements Callable<Integer> {

    private static final String QUERY = """
            query Items {
              items(first: 50) {
                nodes {
                  id name description quantity unit costPrice expiryDate status daysLeft location
                  category { id name color }
                }
              }
            }
            """;

    private static final String MAIN = "org.expirytracker.cli.Main";
    private static final int KEY_BYTES = 48;
    private static final int DATABASE_CONNECTIONS = 200;
    private static final int COMPARED_USERS = 20;
    private static final Duration MOST_WARM_UP = Duration.ofMinutes(2);

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds, each plain then GraphQL. Usual: 5.")
    private int rounds = 5;

    @Option(names = "--seconds", paramLabel = "<s>", description = "Seconds of each half of a round. Usual: 5.")
    private int seconds = 5;

    @Option(names = "--warm-up", paramLabel = "<n>", description = "Answers of each server before. Usual: 40000.")
    private int warmUp = 40_000;

    @Option(names = "--connections", paramLabel = "<n>", description = "Clients that ask at once. Usual: 32.")
    private int connections = 32;

    @Option(names = "--users", paramLabel = "<n>", description = "Users, who ask in turn. Usual: 1000.")
    private int users = 1_000;

    @Option(names = "--items", paramLabel = "<n>", description = "Items of each user. Usual: 200.")
    private int items = 200;

    @Option(names = "--json", paramLabel = "<file>", description = "Also write every round and fact to this file.")
    private @Nullable Path json;

    @Option(
            names = "--against",
            paramLabel = "<checkout>",
            description = "Instead of the handler written by hand, measure another checkout that is built, such as the"
                    + " one before a change.")
    private @Nullable Path against;

    @Option(
            names = "--profile",
            paramLabel = "<file>",
            description = "Record the GraphQL server during the rounds with the JDK's Flight Recorder.")
    private @Nullable Path profile;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    /** Ends with 0, or with 1 and a message. */
    public static void main(String[] arguments) {
        // The same figures look the same everywhere.
        Locale.setDefault(Locale.ROOT);
        ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).setLevel(Level.WARN);
        ((Logger) LoggerFactory.getLogger("org.expirytracker")).setLevel(Level.WARN);
        System.exit(new CommandLine(new Benchmark())
                .setExecutionExceptionHandler((failure, line, parsed) -> {
                    line.getErr().println("bench/run: " + failure);
                    return 1;
                })
                .execute(arguments));
    }

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException {
        if (Stream.of(rounds, seconds, warmUp, connections, users, items).anyMatch(number -> number < 1)
                || connections > 10_000) {
            throw new CommandLine.ParameterException(
                    java.util.Objects.requireNonNull(spec).commandLine(), "Every number must be at least 1.");
        }
        Path directory = Files.createTempDirectory("expiry-bench-");
        try (EmbeddedDatabase database = EmbeddedDatabase.start(directory.resolve("data"), DATABASE_CONNECTIONS)) {
            measure(directory, database);
        } finally {
            delete(directory);
        }
        return 0;
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    private void measure(Path directory, EmbeddedDatabase database)
            throws IOException, SQLException, GeneralSecurityException {
        DatabaseUrl url = DatabaseUrl.parse(database.url());
        Migrations.migrate(url);
        long begin = System.nanoTime();
        Dataset.fill(url, users, items);
        say(
                "Filled the database in %.1f s: %d users with %d items each.",
                (System.nanoTime() - begin) / 1e9, users, items);

        byte[] key = new byte[KEY_BYTES];
        Map<String, String> environment = Map.of(
                "DATABASE_URL", database.url(),
                "EXPIRY_JWT_KEY", Base64.getEncoder().encodeToString(key),
                "EXPIRY_SECRET_KEYS", Base64.getEncoder().encodeToString(new byte[32]),
                "EXPIRY_DATA", directory.resolve("node").toString());
        // Budgets are kept as ever, but do not hold the load back.
        Map<String, String> unhindered = new HashMap<>(environment);
        unhindered.put("EXPIRY_RATE_RESTORE", "1000000");
        List<String> tokens = Dataset.tokens(url, key);
        String classPath = System.getProperty("java.class.path");
        List<String> product = List.of("-cp", classPath, MAIN, "serve");
        List<String> other = against == null
                ? List.of("-cp", classPath, PlainServer.class.getName())
                : List.of("-cp", against.resolve("target/expiry-tracker.jar").toString(), MAIN, "serve");
        try (Node first = Node.start(directory.resolve("first.log"), environment, other);
                Node second = Node.start(directory.resolve("second.log"), unhindered, product)) {
            Contestant a = against == null
                    ? new Contestant("plain", first, plainRequests(tokens))
                    : new Contestant("other", first, graphQLRequests(tokens));
            Contestant b = new Contestant("GraphQL", second, graphQLRequests(tokens));
            JsonObject facts = facts(url);
            int bytes = compare(a, b);
            say("Both give the same data, %d bytes for one user. Warming up.", bytes);
            run(a, b);
            report(facts.put("answerBytes", bytes), a, b);
        }
    }

    /** A server with what is asked of it and what came out. */
    private static final class Contestant {

        private final String name;
        private final Node node;
        private final List<byte[]> requests;
        private final List<Round> rounds = new ArrayList<>();

        Contestant(String name, Node node, List<byte[]> requests) {
            this.name = name;
            this.node = node;
            this.requests = requests;
        }

        double median(ToDoubleFunction<Round> figure) {
            return Benchmark.median(rounds.stream().mapToDouble(figure).toArray());
        }
    }

    /**
     * The figures of half a round.
     *
     * @param cpuMillis processor time of the server for each answer, without the database's
     */
    private record Round(double perSecond, double p50Millis, double p99Millis, double cpuMillis) {}

    private static List<byte[]> plainRequests(List<String> tokens) {
        return tokens.stream()
                .map(token -> """
                        GET /items?first=50 HTTP/1.1
                        Host: 127.0.0.1
                        Authorization: Bearer %s

                        """.formatted(token).replace("\n", "\r\n").getBytes(UTF_8))
                .toList();
    }

    static List<byte[]> graphQLRequests(List<String> tokens) {
        String body = new JsonObject().put("query", QUERY).encode();
        return tokens.stream()
                .map(token -> ("""
                        POST /graphql HTTP/1.1
                        Host: 127.0.0.1
                        Content-Type: application/json
                        Content-Length: %d
                        Authorization: Bearer %s

                        """.formatted(body.getBytes(UTF_8).length, token).replace("\n", "\r\n") + body)
                        .getBytes(UTF_8))
                .toList();
    }

    /** What differs between the answers must be only what GraphQL adds after the data. */
    private static int compare(Contestant a, Contestant b) throws IOException {
        int bytes = 0;
        for (int user = 0; user < Math.min(COMPARED_USERS, a.requests.size()); user++) {
            String plain = Load.ask(a.node.port(), a.requests.get(user));
            String graphQL = Load.ask(b.node.port(), b.requests.get(user));
            if (!data(plain).equals(data(graphQL))) {
                throw new IOException("The answers differ:\n" + plain + "\n" + graphQL);
            }
            bytes = plain.getBytes(UTF_8).length;
        }
        return bytes;
    }

    private static String data(String answer) {
        int extensions = answer.lastIndexOf(",\"extensions\"");
        return answer.substring(0, extensions < 0 ? answer.length() - 1 : extensions);
    }

    private void run(Contestant a, Contestant b) throws IOException {
        for (Contestant each : List.of(a, b)) {
            // By number, not by time: how much of the code is compiled by then shall not depend on the machine.
            Load.run(each.node.port(), each.requests, connections, MOST_WARM_UP, warmUp);
        }
        if (profile != null) {
            b.node.command("JFR.start", "name=bench", "settings=profile");
        }
        for (int round = 1; round <= rounds; round++) {
            for (Contestant each : List.of(a, b)) {
                Duration before = each.node.processorTime();
                Load.Seen seen = Load.run(
                        each.node.port(), each.requests, connections, Duration.ofSeconds(seconds), Long.MAX_VALUE);
                Duration used = each.node.processorTime().minus(before);
                each.rounds.add(new Round(
                        seen.perSecond(), seen.millisAt(50), seen.millisAt(99), used.toNanos() / 1e6 / seen.answers()));
            }
            say(
                    "Round %d of %d: %s %.0f/s, %s %.0f/s",
                    round, rounds, a.name, a.rounds.getLast().perSecond, b.name, b.rounds.getLast().perSecond);
        }
        if (profile != null) {
            b.node.command("JFR.stop", "name=bench", "filename=" + profile.toAbsolutePath());
        }
    }

    private void report(JsonObject facts, Contestant a, Contestant b) throws IOException {
        JsonObject whole = new JsonObject().put("at", Instant.now().toString()).put("facts", facts);
        say("");
        facts.forEach(fact -> say("%-12s %s", fact.getKey(), fact.getValue()));
        say("");
        say("%-24s %10s %10s %8s   %s", "", a.name, b.name, "ratio", "ratio in each round");
        JsonObject ratios = new JsonObject();
        ratios.put("requestsPerSecond", row("requests per second", a, b, Round::perSecond));
        ratios.put("p50", row("p50 latency, ms", a, b, Round::p50Millis));
        ratios.put("p99", row("p99 latency, ms", a, b, Round::p99Millis));
        ratios.put("cpu", row("CPU per request, ms", a, b, Round::cpuMillis));
        ratios.put("rss", row("memory (RSS), MB", a.node.residentMegabytes(), b.node.residentMegabytes()));
        ratios.put("heap", row("heap after GC, MB", a.node.liveHeapMegabytes(), b.node.liveHeapMegabytes()));
        ratios.put("start", row("start, s", a.node.startSeconds(), b.node.startSeconds()));
        whole.put("ratios", ratios).put(a.name, rounds(a)).put(b.name, rounds(b));
        if (json != null) {
            Files.writeString(json, whole.encodePrettily() + "\n");
        }
    }

    private JsonObject row(String label, Contestant a, Contestant b, ToDoubleFunction<Round> figure) {
        List<Double> each = new ArrayList<>();
        for (int round = 0; round < a.rounds.size(); round++) {
            each.add(figure.applyAsDouble(b.rounds.get(round)) / figure.applyAsDouble(a.rounds.get(round)));
        }
        // The median of ratios, not the ratio of medians: the two halves of one round met the same machine.
        double ratio = median(each.stream().mapToDouble(Double::doubleValue).toArray());
        List<String> shown = each.stream().map("%.2f"::formatted).toList();
        say(
                "%-24s %10s %10s %8.2f   %s",
                label, shown(a.median(figure)), shown(b.median(figure)), ratio, String.join(" ", shown));
        return new JsonObject()
                .put(a.name, a.median(figure))
                .put(b.name, b.median(figure))
                .put("ratio", ratio);
    }

    private JsonObject row(String label, double a, double b) {
        say("%-24s %10s %10s %8.2f", label, shown(a), shown(b), b / a);
        return new JsonObject().put("first", a).put("second", b).put("ratio", b / a);
    }

    private static String shown(double figure) {
        return (figure >= 100 ? "%.0f" : figure >= 10 ? "%.1f" : "%.2f").formatted(figure);
    }

    private static JsonArray rounds(Contestant contestant) {
        JsonArray rounds = new JsonArray();
        contestant.rounds.forEach(round -> rounds.add(new JsonObject()
                .put("requestsPerSecond", round.perSecond)
                .put("p50Millis", round.p50Millis)
                .put("p99Millis", round.p99Millis)
                .put("cpuMillis", round.cpuMillis)));
        return rounds;
    }

    private static double median(double[] figures) {
        double[] sorted = figures.clone();
        java.util.Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private JsonObject facts(DatabaseUrl url) throws IOException, SQLException {
        String version;
        try (Connection connection = url.dataSource().getConnection()) {
            version = connection.getMetaData().getDatabaseProductVersion();
        }
        return new JsonObject()
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("processor", line("/proc/cpuinfo", "model name"))
                .put("memory", line("/proc/meminfo", "MemTotal"))
                .put("load before", Files.readString(Path.of("/proc/loadavg")).strip())
                .put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"))
                .put("Java", System.getProperty("java.vendor") + " " + Runtime.version())
                .put("PostgreSQL", version + ", embedded")
                .put("load", connections + " connections, " + rounds + " rounds of " + seconds + " s each");
    }

    private static String line(String file, String name) throws IOException {
        try (Stream<String> lines = Files.lines(Path.of(file))) {
            return lines.filter(line -> line.startsWith(name))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("unknown");
        } catch (UncheckedIOException unreadable) {
            throw unreadable.getCause();
        }
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }
}
