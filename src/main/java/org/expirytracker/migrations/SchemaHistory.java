package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;

/** What a database says of the migrations that built it: table {@code flyway_schema_history}, one row for each. */
final class SchemaHistory {

    static final String TABLE = "flyway_schema_history";

    private SchemaHistory() {}

    private static final String EXISTS = "SELECT to_regclass('public.flyway_schema_history') IS NOT NULL";

    static boolean exists(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(EXISTS)) {
            return row.next() && row.getBoolean(1);
        }
    }

    /** As Flyway itself makes it. */
    static final String CREATION = """
            CREATE TABLE public.flyway_schema_history (
                installed_rank integer NOT NULL CONSTRAINT flyway_schema_history_pk PRIMARY KEY,
                version        varchar(50),
                description    varchar(200) NOT NULL,
                type           varchar(20) NOT NULL,
                script         varchar(1000) NOT NULL,
                checksum       integer,
                installed_by   varchar(100) NOT NULL,
                installed_on   timestamp NOT NULL DEFAULT now(),
                execution_time integer NOT NULL,
                success        boolean NOT NULL
            );
            CREATE INDEX flyway_schema_history_s_idx ON public.flyway_schema_history (success);
            """;

    /** Makes an empty history, whatever else the database holds. */
    static void create(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(CREATION);
        }
    }

    private static final String READ = """
            SELECT installed_rank, version, description, script, checksum, installed_by,
                   installed_on AT TIME ZONE current_setting('TimeZone') AS installed_at, execution_time, success
            FROM public.flyway_schema_history
            WHERE version IS NOT NULL
            """;

    /** All rows, by version; empty without a history. */
    static List<AppliedMigration> read(Connection connection) throws SQLException {
        List<AppliedMigration> entries = new ArrayList<>();
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

    private static AppliedMigration entry(ResultSet row) throws SQLException {
        int checksum = row.getInt("checksum");
        return new AppliedMigration(
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
