package org.expirytracker;

import java.io.IOException;
import java.io.OutputStream;
import java.sql.Connection;
import java.sql.SQLException;
import org.expirytracker.db.DatabaseUrl;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/** All rows of a database as text, in the form of {@code COPY}. */
final class Dump {

    private Dump() {}

    /** Where the rows of a table go. */
    @FunctionalInterface
    interface Place {
        OutputStream of(String table) throws IOException;
    }

    private static final String TABLES = """
            SELECT oid::regclass::text FROM pg_class
            WHERE relkind = 'r' AND relnamespace IN (to_regnamespace('public'), to_regnamespace('parked'))
            """;

    /** Writes the rows of every table, the parked ones too. */
    static void of(DatabaseUrl url, Place place) throws SQLException, IOException {
        try (Connection connection = TestDatabase.connect(url)) {
            CopyManager copying = new CopyManager(connection.unwrap(BaseConnection.class));
            for (String table : TestDatabase.strings(connection, TABLES)) {
                try (OutputStream rows = place.of(table)) {
                    copying.copyOut("COPY " + table + " TO STDOUT", rows);
                }
            }
        }
    }
}
