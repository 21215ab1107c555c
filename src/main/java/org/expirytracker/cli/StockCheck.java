package org.expirytracker.cli;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.items.StockDays;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.MigrationFailure;

/** Compares what is counted of the stock with what is in stock, for {@code expiry db check} and {@code db repair}. */
final class StockCheck {

    private static final String IS_THERE = """
            SELECT to_regclass('stock_days') IS NOT NULL
            """;

    private final DatabaseUrl url;

    StockCheck(DatabaseUrl url) {
        this.url = url;
    }

    /**
     * The inventories that are counted wrongly; empty when there are none, and at a revision that does not count. Reads all
     * items.
     *
     * @throws MigrationFailure when the database does not answer
     */
    Optional<Finding> finding() {
        return finding(StockDays.MISCOUNTED);
    }

    /**
     * As {@link #finding}, of a few inventories, each time of others.
     *
     * @throws MigrationFailure when the database does not answer
     */
    Optional<Finding> findingInSample() {
        return finding(StockDays.MISCOUNTED_IN_SAMPLE);
    }

    private Optional<Finding> finding(String miscounted) {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            List<String> wrong = new ArrayList<>();
            if (isThere(statement)) {
                try (ResultSet rows = statement.executeQuery(miscounted)) {
                    while (rows.next()) {
                        wrong.add(rows.getString("user_id"));
                    }
                }
            }
            return wrong.isEmpty() ? Optional.empty() : Optional.of(finding(wrong));
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    private static Finding finding(List<String> wrong) {
        return new Finding(
                Finding.Kind.MISCOUNTED,
                "stock_days",
                "What is in stock is counted wrongly for %d %s, first %s."
                        .formatted(wrong.size(), wrong.size() == 1 ? "inventory" : "inventories", wrong.getFirst()),
                "expiry db repair has it counted anew. Rows of items were changed past the program, or it has a bug:"
                        + " please report it.");
    }

    /**
     * Has what is counted wrongly counted anew.
     *
     * @throws MigrationFailure when the database does not answer
     */
    void repair() {
        try (Connection connection = url.dataSource().getConnection();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate(StockDays.UNCOUNT);
        } catch (SQLException e) {
            throw failure(e);
        }
    }

    private static boolean isThere(Statement statement) throws SQLException {
        try (ResultSet row = statement.executeQuery(IS_THERE)) {
            return row.next() && row.getBoolean(1);
        }
    }

    private static MigrationFailure failure(SQLException e) {
        return new MigrationFailure("What is in stock could not be compared: " + e.getMessage(), e);
    }
}
