package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Data that a downgrade would lose.
 *
 * @param revision whose undoing loses it
 * @param what {@code table notes}, {@code column items.shelf_life}, or {@code values in column items.price} of one that
 *     stays and holds something else then
 * @param rows that hold something there: all of a table, of a column those that differ from its default, and of values
 *     those that are cut, rounded or gone
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

    /** Writes down what is in a column, to be compared after it is converted. Locks its table against writers. */
    static void remember(Connection connection, List<DataShape.Converted> converted) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            for (int i = 0; i < converted.size(); i++) {
                DataShape.Column column = converted.get(i).before();
                statement.execute("LOCK TABLE " + column.table() + " IN SHARE MODE");
                statement.execute("CREATE TEMPORARY TABLE expiry_values_" + i + " ON COMMIT DROP AS SELECT \""
                        + column.name() + "\"::text AS value FROM " + column.table() + " WHERE \"" + column.name()
                        + "\" IS NOT NULL");
            }
        }
    }

    /** Counts values that are no longer there, and forgets what was {@linkplain #remember remembered}. */
    static List<Loss> compare(Connection connection, Revision revision, List<DataShape.Converted> converted)
            throws SQLException {
        List<Loss> losses = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            for (int i = 0; i < converted.size(); i++) {
                DataShape.Column before = converted.get(i).before();
                DataShape.Column after = converted.get(i).after();
                String now = "\"" + after.name() + "\"::text";
                Savepoint start = connection.setSavepoint();
                long rows;
                try {
                    // As the former type would write it: 1.5 and 1.500 are the same number.
                    rows = missing(statement, i, "(" + now + ")::" + before.type() + "::text", after.table());
                } catch (SQLException e) {
                    connection.rollback(start);
                    rows = missing(statement, i, now, after.table());
                }
                if (rows > 0) {
                    losses.add(new Loss(revision, "values in " + before, rows));
                }
                statement.execute("DROP TABLE expiry_values_" + i);
            }
        }
        return losses;
    }

    private static long missing(Statement statement, int number, String now, String table) throws SQLException {
        try (ResultSet row = statement.executeQuery("SELECT count(*) FROM (SELECT value FROM expiry_values_" + number
                + " EXCEPT ALL SELECT " + now + " FROM " + table + ") AS missing")) {
            row.next();
            return row.getLong(1);
        }
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
