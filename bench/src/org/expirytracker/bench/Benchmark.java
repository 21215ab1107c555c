package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fills a database, starts both servers, and loads one after the other, round by round. */
@Command(
        name = "bench/run",
        subcommands = {
            BackupBenchmark.class,
            FanoutBenchmark.class,
            FloodBenchmark.class,
            ImportBenchmark.class,
            IndexBenchmark.class,
            LoginBenchmark.class,
            PeersBenchmark.class,
            SizeBenchmark.class,
            OwnersBenchmark.class,
            ExportBenchmark.class,
            StartBenchmark.class,
            TurnBenchmark.class,
            WriteBenchmark.class
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures what GraphQL costs: the product against handlers written by hand that run the same SQL and write the"
                    + " same JSON.",
            "",
            "Starts an embedded PostgreSQL in a temporary directory, fills it, runs each server in a process of its"
                    + " own, and loads them in turn from this process. Takes one to two minutes for each question and"
                    + " leaves nothing behind. bench/README.md tells how to read the result.",
            ""
        },
        footer = {
            "",
            "Examples:",
            "  bench/run",
            "      the page, which is the figure to compare with",
            "  bench/run tree one viewer",
            "      other questions, one after another",
            "  bench/run all --chart docs/performance.svg",
            "      every question, and the chart of the README",
            "  bench/run --short --check",
            "      in less than a minute whether a ratio has fallen by more than a quarter; --record keeps those of today",
            "  bench/run --short page",
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
            "  bench/run indexes",
            "      what each index costs when rows are inserted",
            "  bench/run logins",
            "      something else: what the time of a login tells, and whether logins hold up other requests",
            "  bench/peers/run",
            "      other GraphQL servers beside this one",
            "  bench/run size",
            "      something else: what one owner of a million items waits for",
            "  bench/run start",
            "      something else: how soon the packaged program is ready and warm, and how much memory it holds",
            "  bench/run turn",
            "      something else: the turn of the day of 100,000 users with a million items",
            "  bench/run write",
            "      new items one at a time, and a thousand at a time against one bare statement",
            "",
            "EXPIRY_JAVA_OPTS, EXPIRY_INSTANCES and EXPIRY_DATABASE_CONNECTIONS hold for both servers."
        })
final class Benchmark implements Callable<Integer> {

    private static final int SHORT_USERS = 50;
    /**
     * What is compiled quickly is compiled soon, however busy the machine is; and with room for what it leaves behind, no
     * collection comes too soon.
     */
    private static final List<String> SHORT_JAVA_OPTIONS = List.of("-XX:TieredStopAtLevel=1", "-Xmn256m");

    private static final double SHORT_SECONDS = 0.3;
    /** A short run warms up by so much less, and by so much at most. */
    private static final int SHORTER = 20;

    private static final int SHORT_WARM_UP = 3_000;
    /** So often as many rounds are measured at most, when a ratio seems to have fallen. */
    private static final int PATIENCE = 5;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            paramLabel = "<question>",
            arity = "0..*",
            description = {
                "page (usual): fifty items with their categories",
                "one: an item by its id, with its category",
                "viewer: { viewer { id } }",
                "tree: categories, their items, and the notifications of these, about 500 objects",
                "create: a new item",
                "all: each of these"
            })
    private List<String> asked = List.of();

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds, each plain then GraphQL. Usual: 5.")
    private int rounds = 5;

    @Option(names = "--seconds", paramLabel = "<s>", description = "Seconds of each half of a round. Usual: 5.")
    private double seconds = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "<n>",
            description = "Answers of each server before. Usual: 20000 to 200000, by the question.")
    private int warmUp;

    @Option(names = "--connections", paramLabel = "<n>", description = "Clients that ask at once. Usual: 32.")
    private int connections = 32;

    @Option(names = "--users", paramLabel = "<n>", description = "Users, who ask in turn. Usual: 1000.")
    private int users = 1_000;

    @Option(names = "--items", paramLabel = "<n>", description = "Items of each user. Usual: 200.")
    private int items = 200;

    @Option(
            names = "--short",
            description =
                    "50 users, 0.3 s for each half of a round, a twentieth of the warm-up, no optimising compiler;"
                            + " all questions unless some are named.")
    private boolean brief;

    @Option(
            names = "--check",
            description = "With --short: fail when a ratio is more than a quarter below the one in bench/recorded.json,"
                    + " after up to five times as many rounds.")
    private boolean check;

    @Option(
            names = "--record",
            description = "With --short: write the ratios of five times as many rounds to bench/recorded.json.")
    private boolean record;

    @Option(names = "--json", paramLabel = "<file>", description = "Also write every round and fact to this file.")
    private @Nullable Path json;

    @Option(names = "--chart", paramLabel = "<file>", description = "Also draw the ratios, as SVG.")
    private @Nullable Path chart;

    @Option(
            names = "--against",
            paramLabel = "<checkout>",
            description = "Instead of the handlers written by hand, measure another checkout that is built, such as the"
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
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        List<Question> questions = questions();
        if (IntStream.of(rounds, connections, users, items).anyMatch(number -> number < 1)
                || seconds <= 0
                || warmUp < 0
                || connections > 10_000) {
            throw wrong("Every number must be at least 1.");
        }
        if ((check || record) && (!brief || against != null)) {
            throw wrong("Only the figures of --short against the handlers written by hand are recorded.");
        }
        if (record) {
            rounds *= PATIENCE;
        }
        if (brief) {
            users = Math.min(users, SHORT_USERS);
            seconds = Math.min(seconds, SHORT_SECONDS);
        }
        long begin = System.nanoTime();
        try (Stage stage = Stage.open(users, items)) {
            if (brief) {
                stage.setJavaOptions(SHORT_JAVA_OPTIONS);
            }
            if (questions.contains(Question.TREE)) {
                Dataset.notifyOfAll(stage.url());
            }
            say(
                    "Filled the database in %.1f s: %d users with %d items each.",
                    (System.nanoTime() - begin) / 1e9, users, items);
            try (Node first = against == null ? stage.plain() : stage.product(against, Stage.UNHINDERED);
                    Node second = stage.product(Stage.UNHINDERED)) {
                return measure(stage, questions, first, second);
            }
        }
    }

    private List<Question> questions() {
        if (asked.contains("all") || (asked.isEmpty() && brief)) {
            return List.of(Question.values());
        }
        if (asked.isEmpty()) {
            return List.of(Question.PAGE);
        }
        List<Question> questions = new ArrayList<>();
        for (String name : asked) {
            questions.add(Stream.of(Question.values())
                    .filter(question -> question.toString().equals(name))
                    .findFirst()
                    .orElseThrow(() -> wrong("There is no question " + name + ".")));
        }
        return questions;
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }

    private int measure(Stage stage, List<Question> questions, Node first, Node second)
            throws IOException, SQLException, InterruptedException {
        JsonObject facts = facts(stage.url());
        JsonObject whole = new JsonObject().put("at", Instant.now().toString()).put("facts", facts);
        facts.forEach(fact -> say("%-12s %s", fact.getKey(), fact.getValue()));
        List<Contest> contests = new ArrayList<>();
        for (Question question : questions) {
            Contest contest = contest(stage, question, first, second);
            contests.add(contest);
            run(stage, contest, second);
            if (!brief) {
                whole.put(question.toString(), contest.report());
            }
        }
        int status = brief ? brief(contests) : 0;
        if (!brief) {
            reportServers(whole, first, second);
        }
        Map<String, Double> ratios = new LinkedHashMap<>();
        contests.forEach(contest -> ratios.put(contest.question().title, contest.throughput()));
        if (chart != null) {
            ratios.put(
                    "createItems of 1,000, against SQL",
                    WriteBenchmark.manyAtATime(stage, second, WriteBenchmark.ROUNDS, out));
            String machine = "%s processors, load before %s"
                    .formatted(
                            facts.getInteger("cores"),
                            facts.getString("load before").split(" ")[0]);
            Chart.write(chart, ratios, machine, LocalDate.now(ZoneOffset.UTC));
        }
        if (json != null) {
            Files.writeString(json, whole.encodePrettily() + "\n");
        }
        return status;
    }

    private Contest contest(Stage stage, Question question, Node first, Node second) throws SQLException {
        Contest.Contestant one = against == null
                ? new Contest.Contestant("plain", first, question.plain(stage))
                : new Contest.Contestant("other", first, question.graphQL(stage));
        return new Contest(
                question,
                new Contest.Manner(connections, seconds),
                one,
                new Contest.Contestant("GraphQL", second, question.graphQL(stage)),
                out);
    }

    private void run(Stage stage, Contest contest, Node graphQL) throws IOException {
        int bytes = contest.compare();
        if (!brief) {
            say("");
            say("%s: both answer the same, %d bytes for one user", contest.question(), bytes);
            contest.compareStatements(stage);
        }
        int usual = brief ? Math.min(contest.question().warmUp / SHORTER, SHORT_WARM_UP) : contest.question().warmUp;
        contest.warmUp(warmUp == 0 ? usual : warmUp);
        if (profile != null) {
            graphQL.command("JFR.start", "name=bench", "settings=profile");
        }
        contest.measure(rounds);
        if (profile != null) {
            graphQL.command("JFR.stop", "name=bench", "filename=" + profile.toAbsolutePath());
        }
    }

    /** Prints the ratios of a short run; where one seems to have fallen, more rounds decide. */
    private int brief(List<Contest> contests) throws IOException {
        Path file = Path.of(System.getProperty("bench.directory", "bench"), "recorded.json");
        if (record) {
            Recorded.write(file, contests);
        }
        Recorded recorded = Recorded.read(file);
        int status = 0;
        say("");
        say("%-12s %20s %20s %8s   %s", "of plain", "requests per second", "of the same CPU time", "rounds", "");
        for (Contest contest : contests) {
            String fallen = recorded.fallen(contest);
            while (check && !fallen.isEmpty() && contest.rounds() < PATIENCE * rounds) {
                say("%s: %s measuring more rounds, as this machine may be busy", contest.question(), fallen);
                contest.measure(rounds);
                fallen = recorded.fallen(contest);
            }
            say(
                    "%-12s %20.2f %20.2f %8d   %s",
                    contest.question(),
                    contest.throughput(),
                    contest.thrift(),
                    contest.rounds(),
                    fallen.isEmpty() ? "" : "FALLEN: " + fallen);
            if (check && !fallen.isEmpty()) {
                status = 1;
            }
        }
        return status;
    }

    private void reportServers(JsonObject whole, Node first, Node second) throws IOException {
        say("");
        say("%-24s %10s %10s %8s", "the servers", against == null ? "plain" : "other", "GraphQL", "ratio");
        whole.put("rss", row("memory (RSS), MB", first.residentMegabytes(), second.residentMegabytes()));
        whole.put("heap", row("heap after GC, MB", first.liveHeapMegabytes(), second.liveHeapMegabytes()));
        whole.put("start", row("start, s", first.startSeconds(), second.startSeconds()));
    }

    private JsonObject row(String label, double a, double b) {
        say("%-24s %10s %10s %8.2f", label, Contest.shown(a), Contest.shown(b), b / a);
        return new JsonObject().put("first", a).put("second", b).put("ratio", b / a);
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
