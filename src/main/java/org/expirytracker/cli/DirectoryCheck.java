package org.expirytracker.cli;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.users.UserDirectory;

/** Compares the directories of usernames and e-mail addresses with the users, for {@code expiry db check}. */
final class DirectoryCheck {

    private static final String ARE_THERE = """
            SELECT to_regclass('user_names') IS NOT NULL
            """;

    private final DatabaseUrl url;

    DirectoryCheck(DatabaseUrl url) {
        this.url = url;
    }

    /**
     * The directories that do not say what the users do; empty when all is well, and at a revision without directories. Reads
     * all users.
     *
     * @throws MigrationFailure when the database does not answer
     */
    List<Finding> findings() {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            List<Finding> found = new ArrayList<>();
            if (row(statement, ARE_THERE).equals("t")) {
                for (Map.Entry<String, String> each : new TreeMap<>(UserDirectory.ASTRAY).entrySet()) {
                    String astray = row(statement, each.getValue());
                    if (!astray.equals("0")) {
                        found.add(finding(each.getKey(), astray));
                    }
                }
            }
            return found;
        } catch (SQLException e) {
            throw new MigrationFailure("The directories could not be compared with the users: " + e.getMessage(), e);
        }
    }

    private static String row(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? String.valueOf(row.getString(1)) : "";
        }
    }

    private static Finding finding(String table, String astray) {
        return new Finding(
                Finding.Kind.STALE,
                "TABLE " + table,
                "The directory %s does not say what users does, in %s entries that are missing or nobody's."
                        .formatted(table, astray),
                "Rows were changed past the program, or it has a bug: please report it. To put it right by hand:\n"
                        + UserDirectory.remedy(table));
    }
}
