package org.expirytracker.schemas;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An empty database to build a schema in and throw away: on the server of another database, so that the catalogs of
 * both print alike, or, where the role may not create databases there, on a server of this program's own. Blocking.
 *
 * <p>{@link #close} drops it, and so does the end of the program. One that a killed program left behind is dropped by
 * whoever makes the next one on that server more than an hour later.
 */
public final class ScratchDatabase implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ScratchDatabase.class);
    private static final String INSUFFICIENT_PRIVILEGE = "42501";
    private static final String OBJECT_IN_USE = "55006";
    private static final int ATTEMPTS = 6;
    private static final int EMBEDDED_CONNECTIONS = 20;

    private final DatabaseUrl server;
    private final DatabaseUrl url;
    private final Removal removal;
    private final Thread atExit;
    private boolean closed;

    /** What takes the database away again. */
    @FunctionalInterface
    private interface Removal {
        void run() throws SQLException, IOException;
    }

    private ScratchDatabase(DatabaseUrl server, String name, Removal removal) {
        this.server = server;
        this.url = server.withDatabase(name);
        this.removal = removal;
        this.atExit = new Thread(this::remove, "drop " + url.database());
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * A new empty database beside the target, with its encoding and locale. When the target's role may not create
     * databases, it is one of an embedded server in a temporary directory, whose PostgreSQL may be newer; that takes
     * a few seconds more.
     *
     * @throws MigrationFailure when the target cannot be reached, or neither server can make a database
     */
    public static ScratchDatabase like(DatabaseUrl target) {
        try {
            return on(target, make(target, LIKE));
        } catch (SQLException e) {
            if (INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())) {
                LOG.info("{} may not create databases at {}; using an embedded one", target.user(), target.address());
                return embedded();
            }
            throw new MigrationFailure(
                    "No scratch database can be made on the server of " + target.address() + ": " + e.getMessage()
                            + " Check that it runs, and the login.",
                    e);
        }
    }

    /**
     * A new empty database on the same server, to be closed before this one.
     *
     * @throws MigrationFailure when the server cannot be reached
     */
    ScratchDatabase another() {
        try {
            return on(server, make(server, LIKE));
        } catch (SQLException e) {
            throw new MigrationFailure(
                    "No second scratch database can be made on the server of " + server.address() + ": "
                            + e.getMessage(),
                    e);
        }
    }

    /**
     * A new database with everything that this one holds. Nobody may be connected to this one meanwhile, and the copy
     * is to be closed first.
     *
     * @throws MigrationFailure when someone is connected, or the server cannot be reached
     */
    ScratchDatabase copy() {
        try {
            return on(server, make(server, COPY.replace("ORIGINAL", url.database())));
        } catch (SQLException e) {
            throw new MigrationFailure(
                    "The scratch database " + url.address() + " cannot be copied: " + e.getMessage(), e);
        }
    }

    /** Where it is, with the login to use. */
    public DatabaseUrl url() {
        return url;
    }

    /** Drops the database, whoever is connected to it. Calling it again does nothing; a failure is only logged. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            LOG.debug("The program is ending, and drops the database by itself", e);
        }
        remove();
    }

    private synchronized void remove() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            removal.run();
        } catch (SQLException | IOException e) {
            LOG.warn("Scratch database {} is left behind; drop it by hand", url.address(), e);
        }
    }

    /** The name holds when it was made, by the server's clock, which also tells its age. */
    private static final String NAME = """
            SELECT 'expiry_scratch_' || extract(epoch FROM now())::bigint || '_' || substr(md5(random()::text), 1, 12)
            """;

    /** The column of {@code pg_database} that holds the locale has had two names. */
    private static final String LIKE = """
            SELECT format('CREATE DATABASE NAME TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
                          pg_encoding_to_char(encoding), datcollate, datctype)
                   || CASE datlocprovider
                          WHEN 'c' THEN ' LOCALE_PROVIDER libc'
                          WHEN 'i' THEN format(' LOCALE_PROVIDER icu ICU_LOCALE %L', locale)
                          WHEN 'b' THEN format(' LOCALE_PROVIDER builtin BUILTIN_LOCALE %L', locale)
                      END
            FROM pg_database d, coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale
            WHERE datname = current_database()
            """;

    private static final String COPY = "SELECT 'CREATE DATABASE NAME TEMPLATE ORIGINAL'";

    private static ScratchDatabase on(DatabaseUrl server, String name) {
        return new ScratchDatabase(server, name, () -> drop(server, name));
    }

    /** Returns the name of the database made. */
    private static String make(DatabaseUrl server, String statementFor) throws SQLException {
        try (Connection connection = MigrationSession.open(server);
                Statement statement = connection.createStatement()) {
            dropLeftOvers(statement);
            String name = first(statement, NAME);
            untilFree(statement, first(statement, statementFor.replace("NAME", name)));
            return name;
        }
    }

    private static void drop(DatabaseUrl server, String name) throws SQLException {
        try (Connection connection = MigrationSession.open(server);
                Statement statement = connection.createStatement()) {
            untilFree(statement, "DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
        }
    }

    /**
     * Each time the server itself ends who holds the database, and waits five seconds for them. An autovacuum worker
     * or a prepared copy may come just then.
     */
    private static void untilFree(Statement statement, String sql) throws SQLException {
        for (int attempt = 1; ; attempt++) {
            try {
                statement.execute(sql);
                return;
            } catch (SQLException e) {
                if (!OBJECT_IN_USE.equals(e.getSQLState()) || attempt == ATTEMPTS) {
                    throw e;
                }
                LOG.debug("Someone is still in the database; attempt {} of {} follows", attempt + 1, ATTEMPTS, e);
            }
        }
    }

    private static final String LEFT_OVERS = """
            SELECT format('DROP DATABASE IF EXISTS %I WITH (FORCE)', datname)
            FROM pg_database
            WHERE substring(datname FROM '^expiry_scratch_([0-9]+)_')::bigint < extract(epoch FROM now()) - 3600
              AND pg_has_role(datdba, 'USAGE')
            """;

    private static void dropLeftOvers(Statement statement) throws SQLException {
        List<String> drops = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(LEFT_OVERS)) {
            while (row.next()) {
                drops.add(row.getString(1));
            }
        }
        for (String drop : drops) {
            try {
                statement.execute(drop);
            } catch (SQLException e) {
                // Another program is just doing the same, or it is still to be dropped the next time.
                LOG.debug("Not dropped: {}", drop, e);
            }
        }
    }

    private static String first(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getString(1);
        }
    }

    private static ScratchDatabase embedded() {
        @Nullable Path directory = null;
        @Nullable EmbeddedDatabase started = null;
        try {
            directory = Files.createTempDirectory("expiry-scratch-");
            started = EmbeddedDatabase.start(directory, EMBEDDED_CONNECTIONS);
            Path files = directory;
            EmbeddedDatabase server = started;
            DatabaseUrl url = DatabaseUrl.parse(server.url());
            return new ScratchDatabase(url, make(url, LIKE), () -> stop(server, files));
        } catch (IOException | SQLException e) {
            MigrationFailure failure = new MigrationFailure(
                    "The role may not create a scratch database on its server, and an embedded one does not start: "
                            + e.getMessage() + " Grant the role CREATEDB, or see what the embedded one lacks.",
                    e);
            try {
                stop(started, directory);
            } catch (IOException undeleted) {
                failure.addSuppressed(undeleted);
            }
            throw failure;
        }
    }

    private static void stop(@Nullable EmbeddedDatabase server, @Nullable Path directory) throws IOException {
        if (server != null) {
            server.close();
        }
        if (directory == null) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
