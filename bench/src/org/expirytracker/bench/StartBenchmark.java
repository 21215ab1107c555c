package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts the packaged program by its launcher, again and again. */
@Command(
        name = "start",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures how long ./expiry serve takes until /health/ready says so, on an embedded database that is there and"
                    + " on an external one, what it holds when idle and after full load, and how fast its first thousand"
                    + " answers come against those of a warm server.",
            "",
            "Takes three minutes. With the AOT cache that the build has made; --without-cache tells what that is worth."
        })
final class StartBenchmark implements Callable<Integer> {

    private static final int USERS = 200;
    private static final int ITEMS = 200;
    private static final int CONNECTIONS = 32;
    private static final int FIRST = 1_000;
    private static final Duration IDLE = Duration.ofSeconds(2);
    private static final Duration LONGEST = Duration.ofMinutes(2);

    @Option(names = "--rounds", paramLabel = "<n>", description = "Starts of each kind. Usual: 5.")
    private int rounds = 5;

    @Option(names = "--seconds", paramLabel = "<s>", description = "Seconds of full load when warm. Usual: 5.")
    private int seconds = 5;

    @Option(names = "--warm-up", paramLabel = "<n>", description = "Answers until a server is warm. Usual: 40000.")
    private int warmUp = 40_000;

    @Option(names = "--without-cache", description = "Start without the AOT cache.")
    private boolean withoutCache;

    @Option(names = "--java-options", paramLabel = "<options>", description = "More options of Java, such as -Xmx128m.")
    private String javaOptions = "";

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    /**
     * What a start showed; of the load nothing where there was none.
     *
     * @param seconds until it was ready
     * @param cpuSeconds of the processors until then
     * @param idle megabytes soon after, or after the first answers
     */
    private record Start(
            double seconds,
            double cpuSeconds,
            double idle,
            double firstPerSecond,
            double firstCpuMillis,
            double warmPerSecond,
            double warmCpuMillis,
            double loaded) {}

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        Path directory = Files.createTempDirectory("expiry-bench-");
        try (Stage stage = Stage.open(USERS, ITEMS)) {
            Path log = directory.resolve("log");
            Map<String, String> embedded =
                    settings(Map.of("EXPIRY_DATA", directory.resolve("data").toString()));
            // The first one makes the database.
            Node.packaged(log, embedded).close();
            List<Start> own = new ArrayList<>();
            List<Start> external = new ArrayList<>();
            List<Start> unasked = new ArrayList<>();
            Load.Requests requests = Question.PAGE.graphQL(stage);
            for (int round = 0; round < rounds; round++) {
                try (Node node = Node.packaged(log, embedded)) {
                    own.add(unasked(node));
                }
                Map<String, String> settings = settings(stage.environment(Stage.UNHINDERED));
                try (Node node = Node.packaged(log, settings)) {
                    unasked.add(unasked(node));
                }
                try (Node node = Node.packaged(log, settings)) {
                    external.add(loaded(node, requests));
                }
            }
            say("load before  %s", Files.readString(Path.of("/proc/loadavg")).strip());
            say("AOT cache    %s", withoutCache ? "not used" : Node.checkout().resolve("target/expiry-tracker.aot"));
            say("");
            say("%-44s %9s   %s", "", "median", "each");
            row("embedded database: ready after, s", own, Start::seconds);
            row("processor time until then, s", own, Start::cpuSeconds);
            row("memory (RSS) when idle, MB", own, Start::idle);
            row("external database: ready after, s", external, Start::seconds);
            row("processor time until then, s", external, Start::cpuSeconds);
            row("memory (RSS) when idle, MB", unasked, Start::idle);
            row("memory (RSS) after 1,000 answers, MB", external, Start::idle);
            row("first 1,000 answers, per second", external, Start::firstPerSecond);
            row("warm answers, per second", external, Start::warmPerSecond);
            row("the first against the warm", external, start -> start.firstPerSecond() / start.warmPerSecond());
            row("processor time of one of the first, ms", external, Start::firstCpuMillis);
            row("processor time of a warm answer, ms", external, Start::warmCpuMillis);
            row("memory (RSS) after full load, MB", external, Start::loaded);
        } finally {
            Stage.delete(directory);
        }
        return 0;
    }

    private Map<String, String> settings(Map<String, String> environment) {
        Map<String, String> settings = new HashMap<>(environment);
        settings.put("EXPIRY_JAVA_OPTS", (javaOptions + (withoutCache ? " -XX:AOTMode=off" : "")).strip());
        return settings;
    }

    private static Start unasked(Node node) throws IOException, InterruptedException {
        return new Start(node.startSeconds(), cpu(node), idle(node), 0, 0, 0, 0, 0);
    }

    private Start loaded(Node node, Load.Requests requests) throws IOException, InterruptedException {
        double cpu = cpu(node);
        Load.Seen first = Load.run(node.port(), requests, CONNECTIONS, LONGEST, FIRST);
        double firstCpu = cpu(node) - cpu;
        double idle = idle(node);
        Load.run(node.port(), requests, CONNECTIONS, LONGEST, warmUp);
        double before = cpu(node);
        Load.Seen warm = Load.run(node.port(), requests, CONNECTIONS, Duration.ofSeconds(seconds), Long.MAX_VALUE);
        return new Start(
                node.startSeconds(),
                cpu,
                idle,
                first.perSecond(),
                firstCpu * 1_000 / first.answers(),
                warm.perSecond(),
                (cpu(node) - before) * 1_000 / warm.answers(),
                node.residentMegabytes());
    }

    private static double cpu(Node node) {
        return node.processorTime().toMillis() / 1_000.0;
    }

    private static double idle(Node node) throws IOException, InterruptedException {
        Thread.sleep(IDLE);
        return node.residentMegabytes();
    }

    private void row(String label, List<Start> starts, ToDoubleFunction<Start> figure) {
        double[] each = starts.stream().mapToDouble(figure).toArray();
        double[] sorted = each.clone();
        Arrays.sort(sorted);
        say(
                "%-44s %9s   %s",
                label,
                shown(sorted[sorted.length / 2]),
                String.join(
                        " ", Arrays.stream(each).mapToObj(StartBenchmark::shown).toList()));
    }

    private static String shown(double figure) {
        return (figure >= 100 ? "%.0f" : "%.2f").formatted(figure);
    }

    private void say(String text, Object... parts) {
        out.println(text.formatted(parts));
    }
}
