package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a database says of the migrations that built it: table {@code flyway_schema_history}, one row for each. */
final class SchemaHistory {

    static final String TABLE = "flyway_schema_history";

    private SchemaHistory() {}

    /**
     * One migration that was applied, or failed half-way when it ran outside a transaction.
     *
     * @param checksum of the file's text at that time; null when the row has none
     * @param by the database role
     */
    record Entry(
            int rank,
            String version,
            String description,
            String script,
            @Nullable Integer checksum,
            String by,
            Instant at,
            Duration took,
            boolean success) {

        /** The revision it led to, by the file's name. */
        Revision revision() {
            String suffix = ".sql";
            int from = script.indexOf("__");
            String name = from < 0 || !script.endsWith(suffix)
                    ? description.replace(' ', '_')
                    : script.substring(from + 2, script.length() - suffix.length());
            return new Revision(version, name);
        }
    }

    private static final String EXISTS = "SELECT to_regclass('public.flyway_schema_history') IS NOT NULL";

    static boolean exists(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(EXISTS)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static final String READ = """
            SELECT installed_rank, version, description, script, checksum, installed_by,
                   installed_on AT TIME ZONE current_setting('TimeZone') AS installed_at, execution_time, success
            FROM public.flyway_schema_history
            WHERE version IS NOT NULL
            """;

    /** All rows, by version; empty without a history. */
    static List<Entry> read(Connection connection) throws SQLException {
        List<Entry> entries = new ArrayList<>();
        if (!exists(connection)) {
            return entries;
        }
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(READ)) {
            while (row.next()) {
                entries.add(entry(row));
            }
        }
        entries.sort((a, b) -> a.revision().compareTo(b.revision()));
        return entries;
    }

    private static Entry entry(ResultSet row) throws SQLException {
        int checksum = row.getInt("checksum");
        return new Entry(
                row.getInt("installed_rank"),
                row.getString("version"),
                row.getString("description"),
                row.getString("script"),
                row.wasNull() ? null : checksum,
                row.getString("installed_by"),
                row.getObject("installed_at", OffsetDateTime.class).toInstant(),
                Duration.ofMillis(row.getInt("execution_time")),
                row.getBoolean("success"));
    }

    private static final String DELETE = "DELETE FROM public.flyway_schema_history WHERE version = ?";

    /** Forgets a migration; in the caller's transaction when there is one. */
    static void delete(Connection connection, String version) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(DELETE)) {
            statement.setString(1, version);
            statement.executeUpdate();
        }
    }

    private static final String CORRECT = """
            UPDATE public.flyway_schema_history SET script = ?, description = ?, checksum = ? WHERE version = ?
            """;

    /** Makes the history agree with the file as it is now. */
    static void correct(Connection connection, Revision revision, int checksum) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(CORRECT)) {
            statement.setString(1, revision.up());
            statement.setString(2, revision.description());
            statement.setInt(3, checksum);
            statement.setString(4, revision.version());
            statement.executeUpdate();
        }
    }

    /** The statement that records a migration, for a script that people run themselves. */
    static String insertion(Revision revision, int checksum) {
        return """
                INSERT INTO public.flyway_schema_history
                    (installed_rank, version, description, type, script, checksum, installed_by, execution_time, success)
                SELECT coalesce(max(installed_rank), 0) + 1, '%s', '%s', 'SQL', '%s', %d, current_user, 0, true
                FROM public.flyway_schema_history;
                """.formatted(revision.version(), revision.description(), revision.up(), checksum);
    }

    /** The statement that takes a migration's record back, for a script that people run themselves. */
    static String deletion(Revision revision) {
        return "DELETE FROM public.flyway_schema_history WHERE version = '%s';\n".formatted(revision.version());
    }
}
