package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.regex.Pattern;
import org.expirytracker.db.DatabaseUrl;

/** What a server and a database must be, looked at before anything runs there. */
final class Preconditions {

    private static final int OLDEST_SERVER = 15;
    private static final String ENCODING = "UTF8";

    private static final Pattern EXTENSION =
            Pattern.compile("(?im)^\\s*CREATE\\s+EXTENSION\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?\"?(\\w[\\w-]*)\"?");

    private Preconditions() {}

    /**
     * Lets pass a server and a database that can hold this program's schema.
     *
     * @throws MigrationFailure with the remedy when the server is too old or the database cannot hold all text
     */
    static void require(Connection connection, DatabaseUrl url) throws SQLException {
        int version = connection.getMetaData().getDatabaseMajorVersion();
        if (version < OLDEST_SERVER) {
            throw new MigrationFailure("The database server is PostgreSQL " + version + "; this program needs "
                    + OLDEST_SERVER + " or newer. Upgrade the server or point DATABASE_URL at another.");
        }
        String encoding = encoding(connection);
        if (!encoding.equals(ENCODING)) {
            throw new MigrationFailure("The database at " + url.address() + " has the encoding " + encoding
                    + "; this program needs " + ENCODING + ", because people write in every script. Nothing has"
                    + " changed. Make a database with CREATE DATABASE " + url.database() + "_utf8 TEMPLATE template0"
                    + " ENCODING 'UTF8' LOCALE 'C.UTF-8'; move there what is in this one (pg_dump, pg_restore), and"
                    + " point DATABASE_URL at it.");
        }
    }

    private static String encoding(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SHOW server_encoding")) {
            row.next();
            return row.getString(1);
        }
    }

    /** Null where an extension is not installed. */
    private static final String INSTALLED_IN = """
            SELECT n.nspname, EXISTS (SELECT FROM pg_available_extensions WHERE name = asked) AS available
            FROM (SELECT ?::text AS asked) AS question
            LEFT JOIN pg_extension e ON e.extname = asked
            LEFT JOIN pg_namespace n ON n.oid = e.extnamespace
            """;

    /**
     * Lets pass when each extension that these revisions make is made already where they look for it, or can be.
     *
     * @throws MigrationFailure with the remedy when one is in another schema, or the server does not have it
     */
    static void requireExtensions(Connection connection, DatabaseUrl url, MigrationFiles files, List<Revision> pending)
            throws SQLException {
        List<String> names = pending.stream()
                .flatMap(
                        revision -> EXTENSION.matcher(files.text(revision.up())).results())
                .map(found -> found.group(1))
                .distinct()
                .toList();
        for (String name : names) {
            try (PreparedStatement statement = connection.prepareStatement(INSTALLED_IN)) {
                statement.setString(1, name);
                try (ResultSet row = statement.executeQuery()) {
                    row.next();
                    String schema = row.getString(1);
                    if (schema == null && !row.getBoolean(2)) {
                        throw new MigrationFailure("The server of the database at " + url.address()
                                + " does not have the extension " + name + ". Nothing has changed. Install it there"
                                + " (the package postgresql-contrib of its release has PostgreSQL's own), and start"
                                + " again.");
                    }
                    if (schema != null && !schema.equals("public") && !schema.equals("pg_catalog")) {
                        throw new MigrationFailure("In the database at " + url.address() + " the extension " + name
                                + " is in schema " + schema + ", where the migrations do not look for it. Nothing has"
                                + " changed. Let its owner say ALTER EXTENSION " + name
                                + " SET SCHEMA public; and start"
                                + " again.");
                    }
                }
            }
        }
    }
}
