package org.expirytracker.migrations;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.expirytracker.db.DatabaseUrl;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.CoreErrorCode;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;
import org.flywaydb.core.api.MigrationVersion;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.flywaydb.core.api.output.MigrateResult;
import org.flywaydb.database.postgresql.PostgreSQLConfigurationExtension;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the schema to this program's revision, once, before anything is served. Blocking: never call it on
 * an event loop.
 *
 * <p>The files are in the folder {@code migrations}: {@code V<date>[.n]__<name>.sql} goes up, its twin
 * {@code U…} goes down. What was applied stands in table {@code flyway_schema_history}.
 */
public final class Migrations {

    /**
     * Asks, with {@link #head()} as {@code $1}, whether the schema is ready for this program. It still is when a
     * newer program has migrated further: each migration keeps the former release's statements working.
     */
    public static final String IS_CURRENT =
            "SELECT EXISTS (SELECT FROM flyway_schema_history WHERE version = $1 AND success) AS current";

    /** The advisory lock of whoever changes the schema; its number has no meaning of its own. */
    static final long LOCK = 0x65787069727964L;

    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    /** The name of a file that goes up: its version, its description. */
    static final Pattern UP = Pattern.compile("V([0-9]{8}(?:\\.[0-9]+)?)__([a-z0-9_]+)\\.sql");

    private static final String PROGRAM = "classpath:migrations";
    private static final int OLDEST_SERVER = 15;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int LOCKED_OUT_ATTEMPTS = 30;
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final DatabaseUrl url;
    private final String location;
    private final Duration patience;
    private volatile @Nullable String running;

    private Migrations(DatabaseUrl url, String location, Duration patience) {
        this.url = url;
        this.location = location;
        this.patience = patience;
    }

    /**
     * What {@link #migrate} did.
     *
     * @param version the schema's revision now
     * @param scripts names of the files just applied, in order; empty when there was nothing to do
     */
    public record Applied(String version, List<String> scripts) {}

    /**
     * Applies every migration that the database lacks, all in one transaction. Of several programs that start
     * together one migrates; the others wait for it, up to five minutes.
     *
     * @throws MigrationFailure when the database cannot be reached, holds something else, is newer than this
     *     program, or was built by files that are missing or altered, and when a migration fails; the database is
     *     untouched then
     */
    public static Applied migrate(DatabaseUrl url) {
        return migrate(url, PROGRAM, Duration.ofMinutes(5));
    }

    static Applied migrate(DatabaseUrl url, String location, Duration patience) {
        return new Migrations(url, location, patience).migrate();
    }

    /** The revision that this program needs: the version of its newest migration, such as {@code 20261122.4}. */
    public static String head() {
        return Head.VERSION;
    }

    /**
     * The names of this program's migration files, ups, downs and the declared schema, sorted by name. Their text
     * is the resource {@code /migrations/<name>}.
     */
    public static List<String> files() {
        URL declared = Migrations.class.getResource("/migrations/schema.sql");
        if (declared == null) {
            throw new IllegalStateException("The folder migrations is missing from this program; build it again");
        }
        try {
            URI uri = declared.toURI();
            if ("file".equals(uri.getScheme())) {
                return sqlFiles(Path.of(uri).getParent());
            }
            // Inside the program's own jar.
            try (FileSystem jar = FileSystems.newFileSystem(uri, Map.of())) {
                return sqlFiles(jar.getPath("/migrations"));
            }
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("The folder migrations of this program cannot be read", e);
        }
    }

    private static List<String> sqlFiles(@Nullable Path folder) throws IOException {
        if (folder == null) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getName(file.getNameCount() - 1).toString())
                    .filter(name -> name.endsWith(".sql"))
                    .sorted()
                    .toList();
        }
    }

    private Applied migrate() {
        try (Connection connection = url.dataSource().getConnection()) {
            requireSupportedServer(connection);
            if (location.equals(PROGRAM) && isExactlyOurs(connection)) {
                return new Applied(head(), List.of());
            }
            lock(connection);
            return migrateLocked();
        } catch (SQLException e) {
            throw new MigrationFailure(
                    "The database at " + url.address() + " cannot be reached or refused us: " + e.getMessage()
                            + " Check that it runs, and the address, login and TLS mode in DATABASE_URL.",
                    e);
        }
    }

    /**
     * Whether the history is, row by row, that of our files: the usual start, answered without waking Flyway,
     * which takes longer than the rest of it. Anything else is left to Flyway to judge.
     */
    private static boolean isExactlyOurs(Connection connection) throws SQLException {
        List<String> ours =
                files().stream().filter(name -> name.startsWith("V")).toList();
        List<String> expected = new ArrayList<>();
        for (String file : ours) {
            expected.add(file + " " + checksum(file));
        }
        List<String> applied = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            if (!exists(statement)) {
                return false;
            }
            try (ResultSet row = statement.executeQuery("""
                    SELECT script || ' ' || checksum || CASE WHEN success THEN '' ELSE ' failed' END
                    FROM public.flyway_schema_history
                    WHERE version IS NOT NULL
                    ORDER BY script COLLATE "C"
                    """)) {
                while (row.next()) {
                    applied.add(row.getString(1));
                }
            }
        }
        return applied.equals(expected);
    }

    private static boolean exists(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT to_regclass('public.flyway_schema_history') IS NOT NULL")) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** Flyway's own: the CRC-32 of all lines without their ends, so that line ends do not matter. */
    private static int checksum(String file) {
        CRC32 crc = new CRC32();
        text(file).lines().forEach(line -> crc.update(line.getBytes(StandardCharsets.UTF_8)));
        return (int) crc.getValue();
    }

    /**
     * The text of one of this program's migration files.
     *
     * @param file a name out of {@link #files()}
     */
    static String text(String file) {
        try (InputStream in = Migrations.class.getResourceAsStream("/migrations/" + file)) {
            if (in == null) {
                throw new IllegalArgumentException("This program has no migration file " + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requireSupportedServer(Connection connection) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < OLDEST_SERVER) {
            throw new MigrationFailure("The database server is PostgreSQL " + version + "; this program needs "
                    + OLDEST_SERVER + " or newer. Upgrade the server or point DATABASE_URL at another.");
        }
    }

    /** Polls instead of waiting inside the server, where a waiting session would block concurrent index builds. */
    private void lock(Connection connection) throws SQLException {
        long deadline = System.nanoTime() + patience.toNanos();
        boolean told = false;
        while (!tryLock(connection)) {
            if (System.nanoTime() > deadline) {
                throw new MigrationFailure("Another program has been migrating the database at " + url.address()
                        + " for more than " + patience.toSeconds() + " s. Start again when it is done; if it hangs,"
                        + " end its session (pg_locks, locktype advisory, names it).");
            }
            if (!told) {
                LOG.info(
                        "Another node is migrating {}; waiting for it, up to {} s",
                        url.address(),
                        patience.toSeconds());
                told = true;
            }
            pause(POLL);
        }
    }

    private static boolean tryLock(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT pg_try_advisory_lock(" + LOCK + ")")) {
            return row.next() && row.getBoolean(1);
        }
    }

    private Applied migrateLocked() {
        Flyway flyway = flyway();
        try {
            MigrationInfo[] all = flyway.info().all();
            requireHistoryIsOurs(all);
            boolean pending = Stream.of(all).anyMatch(info -> !info.getState().isApplied());
            return pending ? migratePatiently(flyway) : new Applied(lastVersion(all), List.of());
        } catch (FlywayException e) {
            throw explain(e);
        }
    }

    /** A migration that meets a lock gives way to the traffic behind it, and comes again a moment later. */
    private Applied migratePatiently(Flyway flyway) {
        for (int attempt = 1; ; attempt++) {
            try {
                MigrateResult result = flyway.migrate();
                List<String> scripts = result.migrations.stream()
                        .map(migration ->
                                Path.of(migration.filepath).getFileName().toString())
                        .toList();
                LOG.info("Migrated {} to {}: {}", url.address(), result.targetSchemaVersion, scripts);
                return new Applied(result.targetSchemaVersion, scripts);
            } catch (FlywayException e) {
                SQLException cause = sqlCause(e);
                boolean lockedOut = cause != null && LOCK_NOT_AVAILABLE.equals(cause.getSQLState());
                if (!lockedOut || attempt == LOCKED_OUT_ATTEMPTS) {
                    throw e;
                }
                LOG.info("{} found a table in use; trying again (attempt {})", running, attempt);
                pause(Duration.ofMillis(ThreadLocalRandom.current().nextLong(100, 200L + 100L * attempt)));
            }
        }
    }

    private Flyway flyway() {
        FluentConfiguration configuration = Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(url.dataSource())
                .locations(location)
                .failOnMissingLocations(true)
                .defaultSchema("public")
                .loggers("slf4j")
                // The down files and the declared schema lie in the same folder; a test checks all names.
                .validateMigrationNaming(false)
                .placeholderReplacement(false)
                .ignoreMigrationPatterns(new String[0])
                // All or nothing: a later step that fails takes the earlier ones of this start back with it.
                .group(true)
                .callbacks(new BaseCallback() {
                    @Override
                    public boolean supports(Event event, Context context) {
                        return event == Event.BEFORE_EACH_MIGRATE;
                    }

                    @Override
                    public void handle(Event event, Context context) {
                        running = context.getMigrationInfo().getScript();
                    }
                });
        PostgreSQLConfigurationExtension postgresql =
                configuration.getConfigurationExtension(PostgreSQLConfigurationExtension.class);
        // With the transactional lock an index could never be built concurrently.
        postgresql.setTransactionalLock(false);
        return configuration.load();
    }

    private void requireHistoryIsOurs(MigrationInfo[] all) {
        for (MigrationInfo info : all) {
            String name = "Migration " + info.getVersion() + " (" + info.getDescription() + ")";
            switch (info.getState()) {
                case FUTURE_SUCCESS, FUTURE_FAILED ->
                    throw new MigrationFailure("The database at " + url.address() + " is newer than this program: "
                            + name + " is applied there, and this program ends at " + lastResolved(all)
                            + ". Start the newer program, or take the database down to " + lastResolved(all)
                            + " with it first.");
                case MISSING_SUCCESS, MISSING_FAILED ->
                    throw new MigrationFailure(name + " is applied to the database at " + url.address()
                            + ", but its file is missing from this program. Bring " + info.getScript()
                            + " back from version control and build again.");
                case FAILED ->
                    throw new MigrationFailure(name + " once failed on the database at " + url.address()
                            + " outside a transaction. Undo by hand what " + info.getScript()
                            + " left behind, delete its row from flyway_schema_history, and start again.");
                case IGNORED ->
                    throw new MigrationFailure(info.getScript() + " is older than what is already applied to the"
                            + " database at " + url.address() + ", so it would be skipped. Give it (and its U file)"
                            + " a version after " + lastApplied(all) + " and build again.");
                default -> {
                    if (info.isApplied() && !info.isChecksumMatching()) {
                        throw new MigrationFailure(info.getScript() + " was altered after it was applied to the"
                                + " database at " + url.address() + " (checksum " + info.getAppliedChecksum()
                                + " then, " + info.getResolvedChecksum() + " now). Bring the applied text back from"
                                + " version control, and put the change into a new migration.");
                    }
                    if (info.isApplied()
                            && !fileName(info.getPhysicalLocation()).equals(info.getScript())) {
                        throw new MigrationFailure(info.getScript() + " was renamed to "
                                + fileName(info.getPhysicalLocation()) + " after it was applied to the database at "
                                + url.address() + ". Give the file its former name back.");
                    }
                }
            }
        }
    }

    private MigrationFailure explain(FlywayException e) {
        if (e.getErrorCode() == CoreErrorCode.NON_EMPTY_SCHEMA_WITHOUT_SCHEMA_HISTORY_TABLE) {
            return new MigrationFailure(
                    "The database at " + url.address() + " holds tables but no migration history, so it belongs to"
                            + " something else. Point DATABASE_URL at an empty database.",
                    e);
        }
        SQLException cause = sqlCause(e);
        String file = running;
        if (cause == null || file == null) {
            return new MigrationFailure(
                    "The database at " + url.address() + " cannot be migrated: " + e.getMessage(), e);
        }
        if (LOCK_NOT_AVAILABLE.equals(cause.getSQLState())) {
            return new MigrationFailure(
                    file + " found a table in use " + LOCKED_OUT_ATTEMPTS + " times and gave way each time; nothing"
                            + " has changed. End the long transaction that holds it (pg_stat_activity names it) and"
                            + " start again.",
                    e);
        }
        return new MigrationFailure(
                file + " failed and was rolled back; nothing has changed. PostgreSQL says: " + cause.getMessage()
                        + " (SQLSTATE " + cause.getSQLState() + "). Correct the data, or the file if it was never"
                        + " applied anywhere, and start again.",
                e);
    }

    private static @Nullable SQLException sqlCause(Throwable e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof SQLException sql) {
                return sql;
            }
        }
        return null;
    }

    private static String fileName(String location) {
        return location.substring(location.lastIndexOf('/') + 1);
    }

    private static String lastResolved(MigrationInfo[] all) {
        return lastVersion(
                Stream.of(all).filter(info -> info.getState().isResolved()).toArray(MigrationInfo[]::new));
    }

    private static String lastApplied(MigrationInfo[] all) {
        return lastVersion(
                Stream.of(all).filter(info -> info.getState().isApplied()).toArray(MigrationInfo[]::new));
    }

    private static String lastVersion(MigrationInfo[] sorted) {
        return sorted.length == 0
                ? "base"
                : sorted[sorted.length - 1].getVersion().toString();
    }

    private static void pause(Duration duration) {
        try {
            Thread.sleep(duration);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new MigrationFailure("Interrupted while waiting to migrate; nothing has changed. Start again.", e);
        }
    }

    /** Read once, and only by programs that ask. */
    private static final class Head {
        static final String VERSION = files().stream()
                .map(UP::matcher)
                .filter(Matcher::matches)
                .map(up -> MigrationVersion.fromVersion(up.group(1)))
                .max(MigrationVersion::compareTo)
                .map(MigrationVersion::toString)
                .orElseThrow();
    }
}
