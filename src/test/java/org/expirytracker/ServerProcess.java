package org.expirytracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.cli.Main;
import org.expirytracker.db.DatabaseUrl;

/** The program in a process of its own, which can be killed. */
public final class ServerProcess implements AutoCloseable {

    private static final Pattern ADDRESS = Pattern.compile("http://127\\.0\\.0\\.1:[0-9]+/");

    private final Process process;
    private final URI address;

    private ServerProcess(Process process, URI address) {
        this.process = process;
        this.address = address;
    }

    /**
     * Starts one, and waits until it listens.
     *
     * @param options of Java, besides those of the product
     * @throws IOException when it ends instead
     */
    public static ServerProcess start(DatabaseUrl database, String... options) throws IOException {
        Map<String, String> environment = new HashMap<>(TestApi.environment(database));
        environment.put("EXPIRY_REGISTRATION", "open");
        List<String> all = new ArrayList<>(List.of(options));
        all.add("-Dlogback.configurationFile=logback.xml");
        Process process = java(all, environment, Main.class.getName(), "serve");
        BufferedReader output = process.inputReader(UTF_8);
        URI address = address(output);
        Thread.ofVirtual().start(() -> output.lines().forEach(line -> {}));
        return new ServerProcess(process, address);
    }

    /** Starts Java with the classes of the tests, and without the settings that this process has. */
    public static Process java(List<String> options, Map<String, String> environment, String... command)
            throws IOException {
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.add("@jvm.options");
        line.addAll(options);
        line.addAll(List.of(
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))));
        line.addAll(List.of(command));
        ProcessBuilder builder = new ProcessBuilder(line).redirectErrorStream(true);
        builder.environment().keySet().removeIf(name -> name.startsWith("EXPIRY_"));
        builder.environment().putAll(environment);
        return builder.start();
    }

    private static URI address(BufferedReader output) throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            lines.add(line);
            Matcher found = ADDRESS.matcher(line);
            if (found.find()) {
                return URI.create(found.group());
            }
        }
        throw new IOException("The node ended: " + lines);
    }

    /** Where it listens. */
    public URI uri(String path) {
        return address.resolve(path);
    }

    /** The names of all classes that it has loaded, a line each. */
    public String loadedClasses() throws IOException {
        Process asked = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(process.pid()),
                        "VM.class_hierarchy",
                        "-i")
                .redirectErrorStream(true)
                .start();
        return new String(asked.getInputStream().readAllBytes(), UTF_8);
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** As SIGKILL does; waits for its end. */
    public void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** As SIGTERM does; where that takes longer than half a minute, as SIGKILL. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 30, TimeUnit.SECONDS).join();
        process.destroyForcibly();
    }
}
