package org.expirytracker.daily;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.mail.Mailer;
import org.expirytracker.notifications.Digests;

/** A Java process of its own that turns days as a node does, until it is killed. */
final class TurningProcess implements AutoCloseable {

    private static final String STARTED = "The process has started";
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Process process;
    private final Path log;

    private TurningProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * Starts one.
     *
     * @param log gets what it logs
     * @param before a command that runs the process, such as {@code faketime -f +90s}; empty for none
     */
    static TurningProcess start(DatabaseUrl url, Path log, List<String> before) throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        List<String> command = new ArrayList<>(before);
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                classPath,
                TurningProcess.class.getName()));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()));
        builder.environment().put("DATABASE_URL", TestDatabase.textOf(url));
        // The clock by which the JVM waits is nobody's time of day.
        builder.environment().put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        return new TurningProcess(builder.start(), log);
    }

    /** Waits until it looks for days. */
    void awaitStart() throws IOException {
        while (!Files.readString(log).contains(STARTED)) {
            assertThat(process.isAlive()).isTrue();
            LockSupport.parkNanos(20_000_000);
        }
    }

    /** What it has logged as an error. */
    List<String> errors() throws IOException {
        return Files.readAllLines(log).stream()
                .filter(line -> line.contains(" ERROR "))
                .toList();
    }

    /** By SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }

    /** By SIGSTOP. */
    void stand() throws IOException, InterruptedException {
        signal("-STOP");
    }

    /** By SIGCONT. */
    void goOn() throws IOException, InterruptedException {
        signal("-CONT");
    }

    private void signal(String signal) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", signal, Long.toString(process.pid())).start();
        assertThat(kill.waitFor()).isZero();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    /** Turns days until it dies. */
    public static void main(String[] arguments) {
        DatabaseUrl url = DatabaseUrl.parse(System.getenv("DATABASE_URL"));
        Vertx vertx = Vertx.vertx();
        vertx.deployVerticle(new DailyVerticle(
                        url.connectOptions(),
                        new LiveFeed(url.connectOptions()),
                        INTERVAL,
                        new SimpleMeterRegistry(),
                        database -> new Digests(database, Mailer.without(vertx, false), () -> "")))
                .await();
        System.out.println(STARTED);
    }
}
