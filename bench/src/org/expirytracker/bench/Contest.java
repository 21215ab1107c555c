package org.expirytracker.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Two servers that are asked one question in alternating rounds, never at the same time. What counts is the ratio of the
 * second to the first in each round: the two halves of one round meet the same machine.
 */
final class Contest {

    /**
     * How the two are asked.
     *
     * @param connections clients that ask at once
     * @param seconds of each half of a round
     */
    record Manner(int connections, double seconds) {

        Load.Seen load(Node node, Load.Requests requests) throws IOException {
            return Load.run(
                    node.port(), requests, connections, Duration.ofNanos((long) (seconds * 1e9)), Long.MAX_VALUE);
        }
    }

    private static final int COMPARED_USERS = 20;
    private static final Duration MOST_WARM_UP = Duration.ofMinutes(2);
    private static final int ALLOCATING = 2_000;

    private final Question question;
    private final Manner manner;
    private final Contestant first;
    private final Contestant second;
    private final PrintWriter out;

    Contest(Question question, Manner manner, Contestant first, Contestant second, PrintWriter out) {
        this.question = question;
        this.manner = manner;
        this.first = first;
        this.second = second;
        this.out = out;
    }

    /** A server with what is asked of it and what came out. */
    static final class Contestant {

        private final String name;
        private final Node node;
        private final Load.Requests requests;
        private final List<Round> rounds = new ArrayList<>();

        Contestant(String name, Node node, Load.Requests requests) {
            this.name = name;
            this.node = node;
            this.requests = requests;
        }

        private double median(ToDoubleFunction<Round> figure) {
            return Contest.median(rounds.stream().mapToDouble(figure).toArray());
        }

        /** Of the heap, for each answer, in kilobytes. */
        private double allocated(int connections) throws IOException {
            long before = node.allocatedBytes();
            Load.run(node.port(), requests, connections, MOST_WARM_UP, ALLOCATING);
            return (node.allocatedBytes() - before) / 1_024.0 / ALLOCATING;
        }
    }

    /**
     * The figures of half a round.
     *
     * @param cpuMillis processor time of the server for each answer, without the database's
     */
    private record Round(double perSecond, double p50Millis, double p99Millis, double cpuMillis) {}

    Question question() {
        return question;
    }

    /**
     * Asks both for some users: the answers must be the same, byte for byte, but for what GraphQL adds after the data and
     * for ids that are made anew.
     *
     * @return bytes of an answer
     */
    int compare() throws IOException {
        int bytes = 0;
        for (int user = 0; user < Math.min(COMPARED_USERS, first.requests.size()); user++) {
            String one = Load.ask(first.node.port(), first.requests, user);
            String other = Load.ask(second.node.port(), second.requests, user);
            if (!data(one).equals(data(other))) {
                throw new IOException("The answers differ:\n" + one + "\n" + other);
            }
            bytes = one.getBytes(StandardCharsets.UTF_8).length;
        }
        return bytes;
    }

    private String data(String answer) {
        int extensions = answer.lastIndexOf(",\"extensions\"");
        String data = answer.substring(0, extensions < 0 ? answer.length() - 1 : extensions);
        return question.writes() ? data.replaceAll("\"id\":\"[^\"]+\"", "\"id\":\"\"") : data;
    }

    /** What PostgreSQL is asked for one answer of each. */
    void compareStatements(Stage stage) throws IOException {
        List<String> ofFirst = Statements.of(stage, first.node, first.requests);
        List<String> ofSecond = Statements.of(stage, second.node, second.requests);
        say(
                "%s: SQL statements for one answer: %s %d, %s %d",
                question, first.name, ofFirst.size(), second.name, ofSecond.size());
        if (!question.writes()) {
            ofSecond.stream()
                    .filter(statement -> !ofFirst.contains(statement))
                    .forEach(statement -> say("  only by %s: %s", second.name, statement));
        }
    }

    /** By number, not by time: how much of the code is compiled by then shall not depend on the machine. */
    void warmUp(int answers) throws IOException {
        for (Contestant each : List.of(first, second)) {
            Load.run(each.node.port(), each.requests, manner.connections, MOST_WARM_UP, answers);
        }
    }

    void measure(int rounds) throws IOException {
        for (int round = 1; round <= rounds; round++) {
            for (Contestant each : List.of(first, second)) {
                Duration before = each.node.processorTime();
                Load.Seen seen = manner.load(each.node, each.requests);
                Duration used = each.node.processorTime().minus(before);
                each.rounds.add(new Round(
                        seen.perSecond(), seen.millisAt(50), seen.millisAt(99), used.toNanos() / 1e6 / seen.answers()));
            }
        }
    }

    int rounds() {
        return first.rounds.size();
    }

    /** Answers a second, of the second as a share of the first's. */
    double throughput() {
        return median(ratios(Round::perSecond));
    }

    /** Answers for the same processor time, of the second as a share of the first's. */
    double thrift() {
        return 1 / median(ratios(Round::cpuMillis));
    }

    private double[] ratios(ToDoubleFunction<Round> figure) {
        double[] ratios = new double[first.rounds.size()];
        for (int round = 0; round < ratios.length; round++) {
            ratios[round] =
                    figure.applyAsDouble(second.rounds.get(round)) / figure.applyAsDouble(first.rounds.get(round));
        }
        return ratios;
    }

    String firstName() {
        return first.name;
    }

    /** Prints the table, and gives its figures. */
    JsonObject table() {
        say("");
        say("%-24s %10s %10s %8s   %s", question, first.name, second.name, "ratio", "ratio in each round");
        return new JsonObject()
                .put("requestsPerSecond", row("requests per second", Round::perSecond))
                .put("p50", row("p50 latency, ms", Round::p50Millis))
                .put("p99", row("p99 latency, ms", Round::p99Millis))
                .put("cpu", row("CPU per request, ms", Round::cpuMillis));
    }

    /** The table of two servers on Java, with what they allocate. */
    JsonObject report() throws IOException {
        JsonObject ratios = table().put(
                        "allocation",
                        row(
                                "allocated per answer, kB",
                                first.allocated(manner.connections),
                                second.allocated(manner.connections)));
        say("%.2f of the requests per second; at least %.2f is wanted", throughput(), question.wanted);
        return new JsonObject()
                .put("ratios", ratios)
                .put(first.name, rounds(first))
                .put(second.name, rounds(second));
    }

    private JsonObject row(String label, ToDoubleFunction<Round> figure) {
        double[] each = ratios(figure);
        List<String> shown = Arrays.stream(each).mapToObj("%.2f"::formatted).toList();
        say(
                "%-24s %10s %10s %8.2f   %s",
                label,
                shown(first.median(figure)),
                shown(second.median(figure)),
                median(each),
                String.join(" ", shown));
        return new JsonObject()
                .put(first.name, first.median(figure))
                .put(second.name, second.median(figure))
                .put("ratio", median(each));
    }

    private JsonObject row(String label, double one, double other) {
        say("%-24s %10s %10s %8.2f", label, shown(one), shown(other), other / one);
        return new JsonObject().put(first.name, one).put(second.name, other).put("ratio", other / one);
    }

    static String shown(double figure) {
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

    static double median(double[] figures) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }
}
