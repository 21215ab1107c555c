package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintWriter;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lets one user ask for far more than their budget allows, and looks at what the others see of it. */
@Command(
        name = "flood",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Measures how long other users wait while one user asks for ten times what their budget restores, from many"
                    + " connections, against how long they wait without that.",
            "",
            "Requests are sent by the clock, whether earlier ones are answered or not, and waits are counted from the"
                    + " instant at which a request was due. Takes two minutes."
        })
final class FloodBenchmark implements Callable<Integer> {

    private static final int USERS = 41;
    private static final int ITEMS = 200;
    /** What the query costs, and what a user's budget holds and restores each second. */
    private static final int PRICE = 101;

    private static final int CAPACITY = 20_000;
    private static final int RESTORE = 1_000;
    private static final int OTHERS_PER_SECOND = 160;
    private static final int OTHER_CONNECTIONS = 16;

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds, each idle then flood. Usual: 20.")
    private int rounds = 20;

    @Option(names = "--seconds", paramLabel = "<s>", description = "Seconds of each half of a round. Usual: 3.")
    private int seconds = 3;

    @Option(names = "--times", paramLabel = "<n>", description = "How many times too much is asked. Usual: 10.")
    private int times = 10;

    @Option(names = "--connections", paramLabel = "<n>", description = "Of the user who floods. Usual: 64.")
    private int connections = 64;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        Map<String, String> budgets = Map.of(
                "EXPIRY_RATE_CAPACITY", Integer.toString(CAPACITY),
                "EXPIRY_RATE_RESTORE", Integer.toString(RESTORE));
        try (Stage stage = Stage.open(USERS, ITEMS);
                Node node = stage.product(budgets)) {
            measure(node, Question.pages(stage.tokens()));
        }
        return 0;
    }

    private void measure(Node node, List<byte[]> requests) throws IOException, InterruptedException {
        List<byte[]> flood = requests.subList(0, 1);
        List<byte[]> others = requests.subList(1, requests.size());
        int floodPerSecond = times * RESTORE / PRICE;
        say(
                "One user asks %d times a second over %d connections, which is %d times their budget; %d others ask %d"
                        + " times together. Warming up.",
                floodPerSecond, connections, times, others.size(), OTHERS_PER_SECOND);
        PacedLoad.run(node.port(), others, OTHER_CONNECTIONS, OTHERS_PER_SECOND, 15);
        // From here on the budget of the one user is spent.
        PacedLoad.run(node.port(), flood, connections, Math.max(floodPerSecond, 2 * CAPACITY / PRICE / 5), 5);

        double[] ratios = new double[rounds];
        Histogram idle = new Histogram(PacedLoad.LONGEST_MICROS, 3);
        Histogram flooded = new Histogram(PacedLoad.LONGEST_MICROS, 3);
        for (int round = 0; round < rounds; round++) {
            PacedLoad.Seen quiet = PacedLoad.run(node.port(), others, OTHER_CONNECTIONS, OTHERS_PER_SECOND, seconds);
            try (ExecutorService attacker = Executors.newSingleThreadExecutor()) {
                Future<PacedLoad.Seen> attack =
                        attacker.submit(() -> PacedLoad.run(node.port(), flood, connections, floodPerSecond, seconds));
                PacedLoad.Seen loud = PacedLoad.run(node.port(), others, OTHER_CONNECTIONS, OTHERS_PER_SECOND, seconds);
                PacedLoad.Seen met = PacedLoad.get(attack);
                ratios[round] = loud.millisAt(99) / quiet.millisAt(99);
                idle.add(quiet.latency());
                flooded.add(loud.latency());
                say(
                        "Round %d of %d: p99 of the others %.1f ms idle, %.1f ms flooded, ratio %.2f; of the flood %d"
                                + " were granted and %d refused, those of others refused %d",
                        round + 1,
                        rounds,
                        quiet.millisAt(99),
                        loud.millisAt(99),
                        ratios[round],
                        met.granted(),
                        met.refused(),
                        quiet.refused() + loud.refused());
            }
        }
        Arrays.sort(ratios);
        say("");
        say("%-12s %10s %10s", "", "idle", "flooded");
        for (double percentile : new double[] {50, 90, 99}) {
            say(
                    "%-12s %10.2f %10.2f",
                    "p%.0f, ms".formatted(percentile),
                    idle.getValueAtPercentile(percentile) / 1_000.0,
                    flooded.getValueAtPercentile(percentile) / 1_000.0);
        }
        say("");
        say(
                "Ratio of the p99: of all answers %.2f, median of the rounds %.2f (at most 2 is wanted)",
                (double) flooded.getValueAtPercentile(99) / idle.getValueAtPercentile(99), ratios[rounds / 2]);
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }
}
