package org.expirytracker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.Migrations;

/**
 * What most benchmarks begin with: an embedded database in a directory of its own, filled, and a token of each of its
 * users. Servers are started on it by {@link #product} and {@link #plain}. Nothing is left when it is closed.
 */
final class Stage implements AutoCloseable {

    /** That no budget holds the load back; budgets are kept as ever. */
    static final Map<String, String> UNHINDERED = Map.of("EXPIRY_RATE_RESTORE", "1000000");

    private static final String MAIN = "org.expirytracker.cli.Main";
    private static final int CONNECTIONS = 200;
    private static final byte[] KEY = new byte[48];
    private static final byte[] SECRET_KEY = new byte[32];

    private final Path directory;
    private final EmbeddedDatabase database;
    private final DatabaseUrl url;
    private List<String> tokens = List.of();
    private List<String> javaOptions = List.of();
    private int nodes;

    private Stage(Path directory, EmbeddedDatabase database) {
        this.directory = directory;
        this.database = database;
        this.url = DatabaseUrl.parse(database.url());
    }

    /** Starts a database and fills it with so many users and items of each. */
    static Stage open(int users, int itemsOfEach) throws IOException, SQLException, GeneralSecurityException {
        Path directory = Files.createTempDirectory("expiry-bench-");
        Stage stage;
        try {
            stage = new Stage(directory, EmbeddedDatabase.start(directory.resolve("data"), CONNECTIONS));
        } catch (IOException | RuntimeException failure) {
            delete(directory);
            throw failure;
        }
        try {
            Migrations.migrate(stage.url);
            Dataset.fill(stage.url, users, itemsOfEach);
            stage.tokens = Dataset.tokens(stage.url, KEY);
            return stage;
        } catch (SQLException | GeneralSecurityException | RuntimeException failure) {
            stage.close();
            throw failure;
        }
    }

    /** Starts servers with these options of Java besides the usual ones. */
    void setJavaOptions(List<String> options) {
        javaOptions = options;
    }

    DatabaseUrl url() {
        return url;
    }

    /** An access token of each user, in the order of their ids. */
    List<String> tokens() {
        return tokens;
    }

    /** What PostgreSQL has logged. */
    Path databaseLog() {
        return directory.resolve("data/postgresql.log");
    }

    /** The directory of PostgreSQL itself. */
    Path cluster() {
        return directory.resolve("data/postgresql");
    }

    /** Starts the product as {@code ./expiry serve} runs it, with these settings besides. */
    Node product(Map<String, String> settings) throws IOException {
        return start(settings, System.getProperty("java.class.path"), List.of(MAIN, "serve"));
    }

    /** Starts the product of another checkout, which is built. */
    Node product(Path checkout, Map<String, String> settings) throws IOException {
        return start(settings, checkout.resolve("target/expiry-tracker.jar").toString(), List.of(MAIN, "serve"));
    }

    /** Starts the handlers that are written by hand. */
    Node plain() throws IOException {
        return start(Map.of(), System.getProperty("java.class.path"), List.of(PlainServer.class.getName()));
    }

    /** Starts another program with the same environment. */
    Node peer(List<String> command) throws IOException {
        nodes++;
        return Node.run(directory.resolve("node-" + nodes + ".log"), environment(Map.of()), command);
    }

    private Node start(Map<String, String> settings, String classPath, List<String> program) throws IOException {
        nodes++;
        return Node.start(
                directory.resolve("node-" + nodes + ".log"),
                environment(settings),
                Stream.of(javaOptions, List.of("-cp", classPath), program)
                        .flatMap(List::stream)
                        .toList());
    }

    /** What a server is told of this stage, with these settings besides. */
    Map<String, String> environment(Map<String, String> settings) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "DATABASE_URL", database.url(),
                "EXPIRY_JWT_KEY", Base64.getEncoder().encodeToString(KEY),
                "EXPIRY_SECRET_KEYS", Base64.getEncoder().encodeToString(SECRET_KEY),
                "EXPIRY_DATA", directory.resolve("node-" + nodes).toString()));
        environment.putAll(settings);
        return environment;
    }

    static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            database.close();
        } finally {
            delete(directory);
        }
    }
}
