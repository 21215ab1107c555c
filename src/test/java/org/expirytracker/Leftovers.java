package org.expirytracker;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * What the tests of one JVM leave in a directory for {@link SecretsTest}, which comes after those of every JVM: the log,
 * the secrets, the errors, what the nodes measured, and a dump of the shared database.
 */
record Leftovers(Path directory) {

    private static final Path ALL = Path.of("target", "leftovers");

    /** Of this JVM, by the number that Maven gives it. */
    static final Leftovers HERE = new Leftovers(ALL.resolve(System.getProperty("fork", "alone")));

    /** Leaves them at the end of a fork of Maven's. */
    public static final class AtTheEnd implements LauncherSessionListener {

        @Override
        public void launcherSessionClosed(LauncherSession session) {
            if (System.getProperty("fork") != null) {
                HERE.leave();
            }
            TestDatabase.dropAll();
        }
    }

    /** Of each JVM, as far as they came. */
    static List<Leftovers> ofAll() throws IOException {
        try (Stream<Path> directories = Files.list(ALL)) {
            return directories
                    .filter(Files::isDirectory)
                    .sorted()
                    .map(Leftovers::new)
                    .toList();
        }
    }

    Path log() {
        return directory.resolve("captured.log");
    }

    private Path secretsFile() {
        return directory.resolve("secrets.json");
    }

    private Path errorsFile() {
        return directory.resolve("errors.json");
    }

    private Path metricsFile() {
        return directory.resolve("metrics.json");
    }

    private Path dumpDirectory() {
        return directory.resolve("dump");
    }

    List<String> secrets() throws IOException {
        return read(secretsFile());
    }

    List<String> errors() throws IOException {
        return read(errorsFile());
    }

    List<String> metrics() throws IOException {
        return read(metricsFile());
    }

    /** The dump of one table. */
    Path table(String name) {
        return dumpDirectory().resolve(name);
    }

    /** A file for each table. */
    List<Path> dump() throws IOException {
        try (Stream<Path> tables = Files.list(dumpDirectory())) {
            return tables.sorted().toList();
        }
    }

    /** Writes all of it down, but for the log, which is written all the time. */
    void leave() {
        try {
            CapturedLog.flush();
            TestApi.measureShared();
            Files.createDirectories(dumpDirectory());
            write(secretsFile(), Secrets.known());
            write(errorsFile(), Secrets.errors());
            write(metricsFile(), Secrets.metrics());
            for (Path table : dump()) {
                Files.delete(table);
            }
            DatabaseUrl url = TestDatabase.usedMigrated();
            if (url != null) {
                Dump.of(url, table -> Files.newOutputStream(table(table)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SQLException e) {
            throw new IllegalStateException("The test database cannot be dumped", e);
        }
    }

    private static void write(Path file, List<String> texts) throws IOException {
        Files.writeString(file, new JsonArray(texts).encode());
    }

    private static List<String> read(Path file) throws IOException {
        List<String> texts = new ArrayList<>();
        new JsonArray(Files.readString(file, UTF_8)).forEach(text -> texts.add((String) text));
        return texts;
    }
}
