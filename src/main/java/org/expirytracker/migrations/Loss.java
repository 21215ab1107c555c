package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Data that a downgrade would lose.
 *
 * @param revision whose undoing loses it
 * @param what {@code table notes} or {@code column items.shelf_life}
 * @param rows that hold something there: all of a table, and of a column those that differ from its default
 */
public record Loss(Revision revision, String what, long rows) {

    /** Counts what is in columns and whole tables; leaves out those where nothing is. Locks them against writers. */
    static List<Loss> count(Connection connection, Revision revision, List<DataShape.Column> gone) throws SQLException {
        List<Loss> losses = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            for (DataShape.Column column : gone) {
                statement.execute("LOCK TABLE " + column.table() + " IN SHARE MODE");
                try (ResultSet row = statement.executeQuery(
                        "SELECT count(*) FROM " + column.table() + " WHERE " + column.holdsSomething())) {
                    row.next();
                    if (row.getLong(1) > 0) {
                        losses.add(new Loss(revision, column.toString(), row.getLong(1)));
                    }
                }
            }
        }
        return losses;
    }

    /** The refusal of a downgrade that names each of them. */
    static MigrationFailure refusal(List<Loss> losses) {
        return new MigrationFailure(losses.stream()
                .map(loss -> "\n  " + loss)
                .collect(Collectors.joining(
                        "",
                        "This downgrade would lose data for good, so nothing was changed:",
                        "\nSay --allow-data-loss if that is meant, with --backup to keep a copy; or let the U file move"
                                + " the data to schema parked, from where the V file brings it back.")));
    }

    @Override
    public String toString() {
        return what + ", " + rows + (rows == 1 ? " row" : " rows") + " (by " + revision.down() + ")";
    }
}
