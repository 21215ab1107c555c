package org.expirytracker.daily;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobsVerticle;
import org.expirytracker.jobs.LookingNode;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mail.SmtpUrl;
import org.expirytracker.notifications.Digests;

/** A Java process of its own that turns days and does their jobs as a node does, until it is killed. */
final class TurningProcess implements AutoCloseable {

    /** What is there where Debian's package is installed by which a process sees another time. */
    static final Path FAKETIME = Path.of("/usr/bin/faketime");

    private static final Pattern STARTED = Pattern.compile("Started at (\\S+)\\R");
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration LEASE = Duration.ofSeconds(4);

    private final Process process;
    private final Path log;

    private TurningProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /** Starts one whose clock is right, which writes to the given log. */
    static TurningProcess start(DatabaseUrl url, Path log) throws IOException {
        return start(url, log, Duration.ZERO);
    }

    /** Starts one that sends digests too, through a mail server on a port of this machine. */
    static TurningProcess startWithMail(DatabaseUrl url, Path log, int port) throws IOException {
        ProcessBuilder builder = builder(url, log);
        builder.environment().put("SMTP_PORT", Integer.toString(port));
        return new TurningProcess(builder.start(), log);
    }

    /**
     * Starts one whose clock is off.
     *
     * @param log gets what it logs
     * @param off by how much its clock is ahead; without {@link #FAKETIME} its clock is right
     */
    static TurningProcess start(DatabaseUrl url, Path log, Duration off) throws IOException {
        ProcessBuilder builder = builder(url, log);
        if (!off.isZero() && Files.exists(FAKETIME)) {
            // Not by the command: it refuses to start where one of the same process number was killed before.
            builder.environment().put("LD_PRELOAD", "/usr/$LIB/faketime/libfaketimeMT.so.1");
            builder.environment().put("FAKETIME", "%+ds".formatted(off.toSeconds()));
            // The clock by which the JVM waits is nobody's time of day.
            builder.environment().put("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        }
        return new TurningProcess(builder.start(), log);
    }

    private static ProcessBuilder builder(DatabaseUrl url, Path log) {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        TurningProcess.class.getName())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.to(log.toFile()));
        builder.environment().put("DATABASE_URL", TestDatabase.textOf(url));
        return builder;
    }

    /**
     * Waits until it looks for days.
     *
     * @return what its clock showed then
     */
    Instant awaitStart() throws IOException {
        while (true) {
            boolean alive = process.isAlive();
            String logged = Files.readString(log);
            Matcher started = STARTED.matcher(logged);
            if (started.find()) {
                return Instant.parse(started.group(1));
            }
            assertThat(alive).as("alive; it logged: %s", logged).isTrue();
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

    /** Asks it to end, since one that is killed leaves shared memory of its false clock behind, and kills it if it does not. */
    @Override
    public void close() {
        process.destroy();
        process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join();
        process.destroyForcibly();
    }

    /** Turns days until it dies. */
    public static void main(String[] arguments) {
        DatabaseUrl url = DatabaseUrl.parse(System.getenv("DATABASE_URL"));
        Vertx vertx = Vertx.vertx();
        LiveFeed liveFeed = new LiveFeed(url.connectOptions());
        vertx.deployVerticle(new DailyVerticle(url.connectOptions(), liveFeed, INTERVAL, new SimpleMeterRegistry()))
                .await();
        vertx.deployVerticle(
                        LookingNode.verticle(url.connectOptions(), jobs(vertx, liveFeed), INTERVAL, LEASE),
                        JobsVerticle.OPTIONS)
                .await();
        System.out.println("Started at " + Instant.now());
    }

    private static List<Job> jobs(Vertx vertx, LiveFeed liveFeed) {
        List<Job> jobs = new ArrayList<>(TurnJobs.of(vertx, liveFeed));
        String port = System.getenv("SMTP_PORT");
        if (port != null) {
            SmtpUrl smtp = SmtpUrl.parse("smtp://127.0.0.1:" + port + "?starttls=disabled");
            jobs.add(Digests.job(Mailer.by(smtp, "no-reply@example.org", vertx), () -> "https://expiry.example.org"));
        }
        return jobs;
    }
}
