package org.expirytracker;

import io.vertx.pgclient.SslMode;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Migrations;
import org.jspecify.annotations.Nullable;

/**
 * One real PostgreSQL server for all tests of this JVM, started at first use and stopped by a shutdown hook;
 * no test closes it. {@code TEST_DATABASE_URL}, when set, names a server to use instead, or, with blanks between
 * them, one for each of the JVMs that Maven runs side by side: tests look at what all of a server holds. Its role must be
 * allowed to create databases; they are dropped in the end.
 */
public final class TestDatabase {

    private static final String SERVERS = "TEST_DATABASE_URL";
    private static final Queue<String> MADE = new ConcurrentLinkedQueue<>();
    private static volatile @Nullable DatabaseUrl usedMigrated;

    private TestDatabase() {}

    /** The shared database with every migration applied. Each test makes its own user in it, nothing is emptied. */
    public static DatabaseUrl migrated() {
        return Migrated.URL;
    }

    /** The shared database if any test has asked for it. */
    static @Nullable DatabaseUrl usedMigrated() {
        return usedMigrated;
    }

    /** A new empty database, at each call another one. */
    public static DatabaseUrl fresh() {
        return create("template1");
    }

    /** A new database of its own with every migration applied, copied from one that was migrated once. */
    public static DatabaseUrl freshMigrated() {
        return create(Template.URL.database());
    }

    /** A new database with all that another one holds, to which nobody is connected. */
    public static DatabaseUrl copyOf(DatabaseUrl other) {
        return create(other.database() + " STRATEGY file_copy");
    }

    /** Drops a database of a test that makes many; those of others go with the server. */
    public static void drop(DatabaseUrl url) {
        drop(new ArrayDeque<>(List.of(url.database())));
    }

    /** A blocking connection; its caller closes it. */
    public static Connection connect(DatabaseUrl url) throws SQLException {
        return url.dataSource().getConnection();
    }

    /** The URL as an operator writes it, with the password. */
    public static String textOf(DatabaseUrl url) {
        String password = url.password() == null ? "" : ":" + URLEncoder.encode(url.password(), StandardCharsets.UTF_8);
        return "postgresql://%s%s@%s?sslmode=%s"
                .formatted(
                        url.user(),
                        password,
                        url.address(),
                        url.sslMode() == SslMode.DISABLE ? SslMode.DISABLE.value : SslMode.PREFER.value);
    }

    /** The first column of every row. */
    public static List<String> strings(Connection connection, String sql) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                strings.add(row.getString(1));
            }
        }
        return strings;
    }

    private static synchronized DatabaseUrl create(String template) {
        String name = "test_" + UUID.randomUUID().toString().replace('-', '_');
        try (Connection connection = connect(Server.URL);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name + " TEMPLATE " + template);
        } catch (SQLException e) {
            throw new IllegalStateException("The test server cannot create a database", e);
        }
        if (!Server.EMBEDDED) {
            MADE.add(name);
        }
        return Server.URL.withDatabase(name);
    }

    /** Drops what was made on a server that goes on, one after the other over one connection. */
    static void dropAll() {
        if (!MADE.isEmpty()) {
            drop(MADE);
        }
    }

    private static void drop(Queue<String> names) {
        try (Connection connection = connect(Server.URL);
                Statement statement = connection.createStatement()) {
            for (String name = names.poll(); name != null; name = names.poll()) {
                statement.execute("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)");
            }
        } catch (SQLException e) {
            throw new IllegalStateException("Databases of tests are left behind", e);
        }
    }

    private static final class Server {
        static final boolean EMBEDDED = System.getenv(SERVERS) == null;
        static final DatabaseUrl URL = EMBEDDED ? embedded() : DatabaseUrl.parse(ofThisFork(System.getenv(SERVERS)));

        static {
            if (!EMBEDDED) {
                // Finds something to do only where the tests were interrupted.
                Runtime.getRuntime().addShutdownHook(new Thread(TestDatabase::dropAll));
            }
        }

        private static String ofThisFork(String urls) {
            String[] servers = urls.strip().split(" +", -1);
            int fork = Integer.getInteger("fork", 1);
            if (fork > servers.length) {
                throw new IllegalStateException(
                        SERVERS + " names " + servers.length + " servers; name one for each JVM,"
                                + " with a blank between them, or run mvn with -Dforks=" + servers.length);
            }
            return servers[fork - 1];
        }

        private static DatabaseUrl embedded() {
            try {
                EmbeddedPostgres postgres = EmbeddedPostgres.builder()
                        .setServerConfig("max_connections", "300")
                        .setServerConfig("unix_socket_directories", "''")
                        // Nothing here outlives the JVM; hundreds of databases are made and dropped.
                        .setServerConfig("fsync", "off")
                        .setServerConfig("full_page_writes", "off")
                        .setServerConfig("max_wal_size", "1GB")
                        .setServerConfig("autovacuum_naptime", "10min")
                        .setLocaleConfig("encoding", "UTF8")
                        .setLocaleConfig("locale-provider", "builtin")
                        .setLocaleConfig("builtin-locale", "C.UTF-8")
                        .setLocaleConfig("locale", "C")
                        .setPGStartupWait(Duration.ofSeconds(60))
                        .start();
                // It lets everyone in; the password is there to be looked for by SecretsTest.
                return DatabaseUrl.parse("postgresql://postgres:database-password-canary@127.0.0.1:"
                        + postgres.getPort() + "/postgres?sslmode=disable");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Template {
        static final DatabaseUrl URL = create("template1");

        static {
            Migrations.migrate(URL);
        }
    }

    private static final class Migrated {
        static final DatabaseUrl URL = freshMigrated();

        static {
            usedMigrated = URL;
        }
    }
}
