package org.expirytracker.migrations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.pgclient.SslMode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.expirytracker.db.DatabaseUrl;

/** A Java process of its own that upgrades or downgrades many databases at once, each on a thread, until it is killed. */
final class MigratingProcess implements AutoCloseable {

    private static final String TAB = "\t";
    private static final int SIGKILL = 128 + 9;

    private final Process process;
    private final PrintWriter orders;
    private final CompletableFuture<String> failed = new CompletableFuture<>();

    private MigratingProcess(Process process) {
        this.process = process;
        this.orders = new PrintWriter(process.outputWriter(UTF_8), true);
        Thread.ofVirtual().start(() -> process.inputReader(UTF_8).lines().forEach(failed::complete));
    }

    static MigratingProcess start() throws IOException {
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return new MigratingProcess(new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        MigratingProcess.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start());
    }

    /** Has it run a command on a database. */
    void run(StepCommand command, DatabaseUrl url) {
        orders.println(List.of(
                        command.files().folder().map(Path::toString).orElse(""),
                        command.up() ? "up" : "down",
                        command.revision().label(),
                        url.host(),
                        Integer.toString(url.port()),
                        url.database(),
                        url.user(),
                        Optional.ofNullable(url.password()).orElse(""))
                .stream()
                .collect(Collectors.joining(TAB)));
    }

    /** Why a command failed, as soon as one has. */
    CompletableFuture<String> failed() {
        return failed;
    }

    /** By SIGKILL. */
    void kill() throws InterruptedException {
        process.destroyForcibly();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(SIGKILL);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Runs a command for each line of its input. */
    public static void main(String[] arguments) throws IOException {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String line = orders.readLine(); line != null; line = orders.readLine()) {
            String[] order = line.split(TAB, -1);
            Thread.ofPlatform().start(() -> run(order));
        }
    }

    private static void run(String[] order) {
        MigrationFiles files = order[0].isEmpty() ? MigrationFiles.ofProgram() : MigrationFiles.in(Path.of(order[0]));
        StepCommand command = new StepCommand(files, order[1].equals("up"), files.find(order[2], Revision.BASE));
        DatabaseUrl url = new DatabaseUrl(
                order[3],
                Integer.parseInt(order[4]),
                order[5],
                order[6],
                order[7].isEmpty() ? null : order[7],
                SslMode.DISABLE,
                null,
                "expiry-tracker");
        try {
            command.run(url, Progress.SILENT);
        } catch (MigrationFailure e) {
            System.out.println(command.file() + ": " + e.getMessage());
        }
    }
}
