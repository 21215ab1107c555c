package org.expirytracker.cli;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;

/**
 * What of {@code expiry db check} costs little: whether the history agrees with the migration files, whether each index is
 * whole, and whether the stock of some inventories, each time others, is counted rightly.
 */
final class LightCheck {

    /** One that is being built is not whole yet. */
    private static final String BROKEN_INDEXES = """
            SELECT n.nspname || '.' || c.relname
              FROM pg_catalog.pg_index i
              JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE NOT i.indisvalid AND n.nspname = 'public'
               AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
             ORDER BY 1
            """;

    private final DatabaseUrl url;

    LightCheck(DatabaseUrl url) {
        this.url = url;
    }

    /**
     * What is wrong, each with its remedy; empty when all is well. Changes nothing.
     *
     * @throws MigrationFailure when the database does not answer
     */
    List<Finding> findings() {
        List<Finding> found = new ArrayList<>(new Migrations(url, MigrationFiles.ofProgram(), Progress.SILENT)
                .state()
                .conflicts());
        found.addAll(brokenIndexes());
        new StockCheck(url).findingInSample().ifPresent(found::add);
        return found;
    }

    private List<Finding> brokenIndexes() {
        List<Finding> found = new ArrayList<>();
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(BROKEN_INDEXES)) {
            while (row.next()) {
                String index = row.getString(1);
                found.add(new Finding(
                        Finding.Kind.DRIFT,
                        "INDEX " + index,
                        "The index " + index + " is not whole: making it was broken off.",
                        "REINDEX INDEX CONCURRENTLY " + index + ";"));
            }
        } catch (SQLException e) {
            throw new MigrationFailure("The indexes could not be looked at: " + e.getMessage(), e);
        }
        return found;
    }
}
