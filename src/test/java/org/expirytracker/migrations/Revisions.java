package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationVersion;

/** Steps through the migration history of one database, up by Flyway and down by the U files. */
final class Revisions {

    private Revisions() {}

    /** A migration's version and the rest of its name, as in {@code V<version>__<name>.sql}. */
    record Revision(String version, String name) {
        String up() {
            return "V" + version + "__" + name + ".sql";
        }

        String down() {
            return "U" + version + "__" + name + ".sql";
        }

        @Override
        public String toString() {
            return version + " " + name;
        }
    }

    /** All revisions, oldest first. */
    static List<Revision> all() {
        return Migrations.files().stream()
                .filter(file -> file.startsWith("V"))
                .map(file -> file.substring(1, file.length() - ".sql".length()).split("__", 2))
                .map(parts -> new Revision(parts[0], parts[1]))
                .sorted((a, b) ->
                        MigrationVersion.fromVersion(a.version).compareTo(MigrationVersion.fromVersion(b.version)))
                .toList();
    }

    static void up(DatabaseUrl url, Revision to) {
        Flyway.configure()
                .dataSource(url.dataSource())
                .locations("classpath:migrations")
                .placeholderReplacement(false)
                .target(to.version)
                .load()
                .migrate();
    }

    /** Undoes one revision, the newest: the script and its row of the history in one transaction. */
    static void down(DatabaseUrl url, Revision revision) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(Migrations.text(revision.down()));
            statement.execute("DELETE FROM public.flyway_schema_history WHERE version = '" + revision.version + "'");
            connection.commit();
        }
    }
}
