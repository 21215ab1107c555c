package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.UnixOperatingSystemMXBean;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLongArray;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Holds many subscriptions open at one node: what they cost, how soon they hear, and what writers notice of them. */
@Command(
        name = "fanout",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Opens thousands of WebSockets at one node, each with a subscription to the changes of its user's items, and"
                    + " measures the memory of each while it is idle; how soon changes arrive, of which there are so many"
                    + " a second over all users; and how many changes a second 32 clients make with them and without.",
            "",
            "Takes about five minutes. The open files that are allowed must be more than twice the sockets."
        })
final class FanoutBenchmark implements Callable<Integer> {

    private static final int ITEMS_OF_EACH_USER = 10;
    private static final int WRITERS = 32;
    private static final int WARM_UP = 10_000;
    private static final int WRITES_OF_HALF = 4_000;
    private static final int AT_ONCE = 1_000_000;
    private static final long SETTLE_MILLIS = 3_000;
    private static final Duration LAST_WAIT = Duration.ofSeconds(20);
    private static final String MUTATION = "mutation ($input: CreateItemInput!) { createItem(input: $input)"
            + " { item { id } userErrors { code } } }";
    /** What the names of the created items begin with; their number follows. */
    private static final byte[] NAME = "\"name\":\"change-".getBytes(UTF_8);

    @Option(names = "--users", paramLabel = "<n>", description = "Users. Usual: 5000.")
    private int users = 5_000;

    @Option(names = "--sockets", paramLabel = "<n>", description = "Sockets of each user, at most 5. Usual: 1.")
    private int socketsOfEach = 1;

    @Option(names = "--per-second", paramLabel = "<n>", description = "Changes of all users together. Usual: 500.")
    private int perSecond = 500;

    @Option(names = "--seconds", paramLabel = "<s>", description = "How long changes are made. Usual: 30.")
    private int seconds = 30;

    @Option(names = "--rounds", paramLabel = "<n>", description = "Rounds of writing, without and with. Usual: 7.")
    private int rounds = 7;

    @Option(
            names = "--profile",
            paramLabel = "<file>",
            description = "Record the node while changes are made with the JDK's Flight Recorder.")
    private @Nullable Path profile;

    private final PrintWriter out = new PrintWriter(System.out, true, UTF_8);

    /** When each change was sent, answered and heard of first, in nanoseconds; 0 for not yet. */
    private static final class Changes implements PacedLoad.Observer, Subscribers.Listener {

        private final AtomicLongArray sent;
        private final AtomicLongArray answered;
        private final AtomicLongArray heard;
        private final AtomicLongArray lastHeard;

        Changes(int most) {
            sent = new AtomicLongArray(most);
            answered = new AtomicLongArray(most);
            heard = new AtomicLongArray(most);
            lastHeard = new AtomicLongArray(most);
        }

        @Override
        public void sends(int request) {
            sent.set(request, System.nanoTime());
        }

        @Override
        public void answered(int request) {
            answered.set(request, System.nanoTime());
        }

        @Override
        public void received(byte[] message, int begin, int end) {
            long now = System.nanoTime();
            int number = number(message, begin, end);
            heard.incrementAndGet(number);
            lastHeard.set(number, now);
        }

        private static int number(byte[] message, int begin, int end) {
            for (int at = begin; at + NAME.length < end; at++) {
                if (Arrays.equals(message, at, at + NAME.length, NAME, 0, NAME.length)) {
                    int number = 0;
                    for (int digit = at + NAME.length; message[digit] != '"'; digit++) {
                        number = number * 10 + message[digit] - '0';
                    }
                    return number;
                }
            }
            throw new IllegalStateException(
                    "An event without a name: " + new String(message, begin, end - begin, UTF_8));
        }

        long heard() {
            long all = 0;
            for (int at = 0; at < heard.length(); at++) {
                all += heard.get(at);
            }
            return all;
        }

        /** How long it took until the last socket of its user had heard of each change. */
        Histogram since(AtomicLongArray begin) {
            Histogram micros = new Histogram(PacedLoad.LONGEST_MICROS, 3);
            for (int at = 0; at < heard.length(); at++) {
                micros.recordValue(
                        Math.clamp((lastHeard.get(at) - begin.get(at)) / 1_000, 0, PacedLoad.LONGEST_MICROS));
            }
            return micros;
        }
    }

    @Override
    public Integer call() throws IOException, SQLException, GeneralSecurityException, InterruptedException {
        requireFiles();
        Map<String, String> settings = new HashMap<>(Stage.UNHINDERED);
        settings.put("EXPIRY_CLIENT_CONNECTIONS", "100000");
        try (Stage stage = Stage.open(users, ITEMS_OF_EACH_USER);
                Node node = stage.product(settings)) {
            measure(node, stage.tokens());
        }
        return 0;
    }

    private void requireFiles() throws IOException {
        long files =
                ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getMaxFileDescriptorCount();
        // A node gives its clients three quarters of what it may open.
        if (files < users * socketsOfEach * 4L / 3 + 500) {
            throw new IOException("Only %d files may be open (ulimit -n); %d sockets need more"
                    .formatted(files, users * socketsOfEach));
        }
    }

    private void measure(Node node, List<String> tokens) throws IOException, InterruptedException {
        List<String> ofSockets = new ArrayList<>();
        for (int socket = 0; socket < socketsOfEach; socket++) {
            ofSockets.addAll(tokens);
        }
        say("%d sockets of %d users. Warming up.", ofSockets.size(), tokens.size());
        write(node, tokens, WARM_UP, AT_ONCE, new Changes(WARM_UP));
        // What a first crowd leaves behind, pools and compiled code, is not what one of the next costs.
        try (Subscribers first = Subscribers.open(node.port(), ofSockets, (message, begin, end) -> {})) {
            write(node, tokens, WARM_UP, AT_ONCE, new Changes(WARM_UP));
            first.check();
        }
        Thread.sleep(SETTLE_MILLIS);
        double heapWithout = node.liveHeapMegabytes();
        double residentWithout = node.residentMegabytes();

        Changes changes = new Changes(perSecond * seconds);
        long opening = System.nanoTime();
        try (Subscribers idle = Subscribers.open(node.port(), ofSockets, changes)) {
            say("Opened in %.1f s.", (System.nanoTime() - opening) / 1e9);
            Thread.sleep(SETTLE_MILLIS);
            double heap = node.liveHeapMegabytes() - heapWithout;
            double resident = node.residentMegabytes() - residentWithout;
            say(
                    "Memory of an idle subscriber: %.1f kB of heap (at most 20 is wanted), %.1f kB of RSS",
                    heap * 1_024 / ofSockets.size(), resident * 1_024 / ofSockets.size());
            Duration before = node.processorTime();
            Thread.sleep(10_000);
            say(
                    "Processor time of the node while all are idle: %.1f %% of one",
                    node.processorTime().minus(before).toMillis() / 100.0);
            if (profile != null) {
                node.command("JFR.start", "name=bench", "settings=profile");
            }
            deliver(node, tokens, changes);
            if (profile != null) {
                node.command("JFR.stop", "name=bench", "filename=" + profile.toAbsolutePath());
            }
            idle.check();
        }
        compareWriters(node, tokens, ofSockets);
    }

    private void deliver(Node node, List<String> tokens, Changes changes) throws IOException, InterruptedException {
        int most = perSecond * seconds;
        Duration before = node.processorTime();
        PacedLoad.Seen seen = write(node, tokens, most, perSecond, changes);
        long patience = System.nanoTime() + LAST_WAIT.toNanos();
        while (changes.heard() < (long) most * socketsOfEach && System.nanoTime() < patience) {
            Thread.sleep(10);
        }
        Duration used = node.processorTime().minus(before);
        say(
                "%d changes, %d of them heard of %d times; expected %d",
                most, seen.granted(), changes.heard(), (long) most * socketsOfEach);
        Histogram sinceSent = changes.since(changes.sent);
        Histogram sinceAnswered = changes.since(changes.answered);
        say("%-34s %10s %10s %10s", "ms", "p50", "p99", "most");
        row("the change itself, since due", seen.latency());
        row("heard by all, since it was sent", sinceSent);
        row("heard by all, since its answer", sinceAnswered);
        say(
                "p99 of the delivery %.1f ms (less than 500 is wanted); processor of the node %.2f ms a change",
                sinceSent.getValueAtPercentile(99) / 1_000.0, used.toNanos() / 1e6 / most);
        if (changes.heard() != (long) most * socketsOfEach) {
            throw new IOException("Events were lost or doubled");
        }
    }

    private void row(String name, Histogram micros) {
        say(
                "%-34s %10.1f %10.1f %10.1f",
                name,
                micros.getValueAtPercentile(50) / 1_000.0,
                micros.getValueAtPercentile(99) / 1_000.0,
                micros.getMaxValue() / 1_000.0);
    }

    private void compareWriters(Node node, List<String> tokens, List<String> ofSockets)
            throws IOException, InterruptedException {
        double[] ratios = new double[rounds];
        for (int round = 0; round < rounds; round++) {
            double without = perSecond(node, tokens);
            double with;
            try (Subscribers all = Subscribers.open(node.port(), ofSockets, (message, begin, end) -> {})) {
                Thread.sleep(SETTLE_MILLIS);
                with = perSecond(node, tokens);
                all.check();
            }
            // The node shall be done with their leaving.
            Thread.sleep(SETTLE_MILLIS);
            ratios[round] = with / without;
            say(
                    "Round %d of %d: %d writers make %.0f changes a second without subscribers, %.0f with; ratio %.3f",
                    round + 1, rounds, WRITERS, without, with, ratios[round]);
        }
        Arrays.sort(ratios);
        say("Ratio of the changes, median of the rounds: %.3f (at least 0.9 is wanted)", ratios[rounds / 2]);
    }

    private double perSecond(Node node, List<String> tokens) throws IOException, InterruptedException {
        long begin = System.nanoTime();
        write(node, tokens, WRITES_OF_HALF, AT_ONCE, new Changes(WRITES_OF_HALF));
        return WRITES_OF_HALF / ((System.nanoTime() - begin) / 1e9);
    }

    /** Creates items of the users in turn, numbered from 0. */
    private static PacedLoad.Seen write(Node node, List<String> tokens, int most, int perSecond, Changes changes)
            throws IOException, InterruptedException {
        List<byte[]> requests = new ArrayList<>(Collections.nCopies(most, new byte[0]));
        for (int number = 0; number < most; number++) {
            requests.set(number, request(tokens.get(number % tokens.size()), number));
        }
        PacedLoad.Seen seen = PacedLoad.run(node.port(), requests, WRITERS, perSecond, most, changes);
        if (seen.refused() > 0) {
            throw new IOException(seen.refused() + " changes were refused");
        }
        return seen;
    }

    private static byte[] request(String token, int number) {
        String body = JsonObject.of(
                        "query",
                        MUTATION,
                        "variables",
                        JsonObject.of("input", JsonObject.of("name", "change-" + number, "quantity", 1 + number % 9)))
                .encode();
        return ("""
                POST /graphql HTTP/1.1
                Host: 127.0.0.1
                Content-Type: application/json
                Content-Length: %d
                Authorization: Bearer %s

                """.formatted(body.getBytes(UTF_8).length, token).replace("\n", "\r\n") + body).getBytes(UTF_8);
    }

    private void say(String format, Object... values) {
        out.println(format.formatted(values));
    }
}
