package org.expirytracker.mqtt;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Debian's Mosquitto on a free port of this machine, and its own clients, which know nothing of ours. */
final class TestBroker implements AutoCloseable {

    private static final Path BROKER = Path.of("/usr/sbin/mosquitto");
    private static final Path SUBSCRIBER = Path.of("/usr/bin/mosquitto_sub");
    private static final Path PUBLISHER = Path.of("/usr/bin/mosquitto_pub");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String READY = "test/ready";

    private final Path folder;
    private final int port;
    private final List<String> settings;
    private final List<String> login;
    private Process process;

    /**
     * A broker that keeps nothing when it ends.
     *
     * @param settings lines of its configuration
     * @param login options by which its own clients come in
     */
    TestBroker(Path folder, List<String> settings, List<String> login) throws IOException, InterruptedException {
        this.folder = folder;
        this.settings = settings;
        this.login = login;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        process = start();
    }

    /** A broker that lets everybody in. */
    TestBroker(Path folder) throws IOException, InterruptedException {
        this(folder, List.of("allow_anonymous true"), List.of());
    }

    static void require() {
        assumeTrue(
                Files.isExecutable(BROKER) && Files.isExecutable(SUBSCRIBER),
                "Mosquitto is not installed (Debian's packages mosquitto and mosquitto-clients)");
    }

    int port() {
        return port;
    }

    private Process start() throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>(List.of("listener " + port + " 127.0.0.1", "persistence false"));
        if (System.getProperty("user.name").equals("root")) {
            lines.add("user root");
        }
        lines.addAll(settings);
        Path configuration = folder.resolve("mosquitto-" + port + ".conf");
        Files.write(configuration, lines);
        Process started = new ProcessBuilder(BROKER.toString(), "-c", configuration.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("mosquitto-" + port + ".log").toFile())
                .start();
        while (!answers()) {
            assertThat(started.waitFor(20, TimeUnit.MILLISECONDS))
                    .as("the broker ended")
                    .isFalse();
        }
        process = started;
        publish(READY, "", "-r", "-m", "yes");
        return started;
    }

    private boolean answers() {
        try {
            new Socket(InetAddress.getLoopbackAddress(), port).close();
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    /** Ends it as a power cut does, and starts it again with nothing. */
    void restart() throws IOException, InterruptedException {
        close();
        process = start();
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }

    /** Publishes a message that the broker does not keep. */
    void publish(String topic, String payload) throws IOException, InterruptedException {
        publish(topic, payload, "-m", payload);
    }

    private void publish(String topic, String payload, String... options) throws IOException, InterruptedException {
        List<String> command = command(PUBLISHER, topic);
        command.addAll(List.of(options));
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor())
                .as(payload)
                .isZero();
    }

    private List<String> command(Path program, String topic) {
        List<String> command = new ArrayList<>(
                List.of(program.toString(), "-h", "127.0.0.1", "-p", Integer.toString(port), "-q", "1", "-t", topic));
        command.addAll(login);
        return command;
    }

    /** A client that hears everything from now on, first what the broker kept. */
    Watch watch() throws IOException {
        return new Watch();
    }

    /**
     * A message.
     *
     * @param kept whether it was there before the client came
     */
    record Heard(boolean kept, String topic, String payload) {}

    /** What a client hears. */
    final class Watch implements AutoCloseable {

        private final Process subscriber;
        private final List<Heard> heard = new ArrayList<>();
        private final Map<String, Heard> last = new HashMap<>();

        Watch() throws IOException {
            List<String> command = command(SUBSCRIBER, "#");
            command.addAll(List.of("-F", "%r %t %p"));
            subscriber = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            Thread.ofVirtual().start(this::listen);
            await(READY, payload -> true);
        }

        private void listen() {
            try (BufferedReader lines = subscriber.inputReader(UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String[] parts = line.split(" ", 3);
                    hear(new Heard(parts[0].equals("1"), parts[1], parts[2]));
                }
            } catch (IOException ended) {
                // The test is over.
            }
        }

        private synchronized void hear(Heard message) {
            heard.add(message);
            last.put(message.topic, message);
            notifyAll();
        }

        /** The last message of a topic, once it is as wanted. */
        synchronized Heard await(String topic, Predicate<String> wanted) {
            Instant end = Instant.now().plus(PATIENCE);
            while (true) {
                Heard found = last.get(topic);
                if (found != null && wanted.test(found.payload)) {
                    return found;
                }
                long left = Duration.between(Instant.now(), end).toMillis();
                assertThat(left).as("%s is %s", topic, found).isPositive();
                try {
                    wait(left);
                } catch (InterruptedException interrupted) {
                    throw new IllegalStateException(interrupted);
                }
            }
        }

        /** All messages of a topic so far. */
        synchronized List<String> all(String topic) {
            return heard.stream()
                    .filter(message -> message.topic.equals(topic))
                    .map(Heard::payload)
                    .toList();
        }

        /** The last message of a topic so far. */
        synchronized @Nullable Heard last(String topic) {
            return last.get(topic);
        }

        @Override
        public void close() {
            subscriber.destroyForcibly();
        }
    }
}
