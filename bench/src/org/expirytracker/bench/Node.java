package org.expirytracker.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.tools.attach.AttachNotSupportedException;
import com.sun.tools.attach.VirtualMachine;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.expirytracker.db.DatabaseUrl;

/** A measured server: a process of its own, run as the launcher script runs the product. */
final class Node implements AutoCloseable {

    private static final String OPTIONS = "jvm.options";
    private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");
    private static final Pattern HEAP = Pattern.compile("total .*?used (\\d+)K");

    private final Process process;
    private final int port;
    private final double startSeconds;

    private Node(Process process, int port, double startSeconds) {
        this.process = process;
        this.port = port;
        this.startSeconds = startSeconds;
    }

    /**
     * Starts a server and waits until it listens.
     *
     * @param log where it writes what it has to say
     * @param program what follows the options of Java, of which it may begin with more
     */
    static Node start(Path log, Map<String, String> environment, List<String> program) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(JAVA_HOME.resolve("bin/java").toString());
        command.add("@" + checkout().resolve(OPTIONS));
        String more = System.getenv("EXPIRY_JAVA_OPTS");
        if (more != null && !more.isBlank()) {
            command.addAll(List.of(more.strip().split("\\s+")));
        }
        command.addAll(program);
        // As in the script ./expiry.
        Map<String, String> settings = new HashMap<>(Map.of("MALLOC_ARENA_MAX", "2"));
        settings.putAll(environment);
        return run(log, settings, command);
    }

    /** As {@link #start}, for a program that need not be Java's: it listens where {@code EXPIRY_PORT} tells. */
    static Node run(Path log, Map<String, String> environment, List<String> command) throws IOException {
        return run(log, environment, command, Node::listens);
    }

    /** Starts the program as people do, by its launcher, and waits until it says that it is ready. */
    static Node packaged(Path log, Map<String, String> environment) throws IOException {
        return run(log, environment, List.of(checkout().resolve("expiry").toString(), "serve"), Node::isReady);
    }

    @FunctionalInterface
    private interface Look {
        boolean at(int port) throws IOException;
    }

    private static Node run(Path log, Map<String, String> environment, List<String> command, Look look)
            throws IOException {
        int port = freePort();
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .redirectInput(new File("/dev/null"));
        builder.environment().putAll(environment);
        builder.environment().put("EXPIRY_HOST", "127.0.0.1");
        builder.environment().put("EXPIRY_PORT", Integer.toString(port));
        long begin = System.nanoTime();
        Process process = builder.start();
        while (!look.at(port)) {
            if (!process.isAlive() || System.nanoTime() - begin > START_PATIENCE.toNanos()) {
                process.destroyForcibly();
                throw new IOException("A server did not start; it said:\n" + Files.readString(log));
            }
        }
        return new Node(process, port, (System.nanoTime() - begin) / 1e9);
    }

    private static boolean isReady(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            socket.setSoTimeout((int) START_PATIENCE.toMillis());
            socket.getOutputStream().write("GET /health/ready HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
            if (answer.contains(" 200 ")) {
                return true;
            }
        } catch (ConnectException refused) {
            // Not yet.
        }
        pause();
        return false;
    }

    /** Where the product that is measured was built. */
    static Path checkout() {
        URI program = URI.create(DatabaseUrl.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString());
        Path at = Path.of(program);
        while (!Files.exists(at.resolve(OPTIONS))) {
            at = Objects.requireNonNull(at.getParent(), "The product stands in no checkout");
        }
        return at;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    private static boolean listens(int port) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("127.0.0.1", port), 1_000);
            return true;
        } catch (IOException refused) {
            pause();
            return false;
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(10);
        } catch (InterruptedException interrupted) {
            throw new IOException(interrupted);
        }
    }

    int port() {
        return port;
    }

    /** From the start of the process until it listened. */
    double startSeconds() {
        return startSeconds;
    }

    /** Processor time that the process and those that it started have used so far. */
    Duration processorTime() {
        return Stream.concat(Stream.of(process.toHandle()), process.descendants())
                .map(each -> each.info().totalCpuDuration().orElse(Duration.ZERO))
                .reduce(Duration.ZERO, Duration::plus);
    }

    /** Memory of the process that is in RAM, in megabytes. */
    double residentMegabytes() throws IOException {
        return first(RESIDENT, Files.readString(Path.of("/proc", Long.toString(process.pid()), "status"))) / 1_024.0;
    }

    /** Heap in use after a full collection, in megabytes. */
    double liveHeapMegabytes() throws IOException {
        command("GC.run");
        // A line for each generation, or one for all.
        return HEAP.matcher(command("GC.heap_info"))
                        .results()
                        .mapToLong(generation -> Long.parseLong(generation.group(1)))
                        .sum()
                / 1_024.0;
    }

    private static long first(Pattern pattern, String text) throws IOException {
        Matcher found = pattern.matcher(text);
        if (!found.find()) {
            throw new IOException("No " + pattern + " in:\n" + text);
        }
        return Long.parseLong(found.group(1));
    }

    /** What all threads have allocated on the heap since the start, in bytes. */
    long allocatedBytes() throws IOException {
        try {
            VirtualMachine machine = VirtualMachine.attach(Long.toString(process.pid()));
            try (JMXConnector connector =
                    JMXConnectorFactory.connect(new JMXServiceURL(machine.startLocalManagementAgent()))) {
                return (long) connector
                        .getMBeanServerConnection()
                        .getAttribute(
                                new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME), "TotalThreadAllocatedBytes");
            } finally {
                machine.detach();
            }
        } catch (AttachNotSupportedException | JMException failure) {
            throw new IOException(failure);
        }
    }

    /** What the JVM answers to a diagnostic command. */
    String command(String... command) throws IOException {
        List<String> line =
                new ArrayList<>(List.of(JAVA_HOME.resolve("bin/jcmd").toString(), Long.toString(process.pid())));
        line.addAll(List.of(command));
        Process tool = new ProcessBuilder(line).redirectErrorStream(true).start();
        return new String(tool.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(40, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException interrupted) {
            process.destroyForcibly();
            throw new UncheckedIOException(new IOException(interrupted));
        }
    }
}
