package org.expirytracker.backups;

import java.sql.SQLException;
import org.jspecify.annotations.Nullable;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/**
 * What PostgreSQL says of a statement that failed, without what it says of rows: its {@code Detail} and {@code Where} quote
 * them, and of a value that is not allowed already the message does. People's data belongs on no screen and in no log.
 */
final class Refusal {

    private static final String DATA_EXCEPTION = "22";

    private Refusal() {}

    /** In a sentence without its full stop: what is wrong, with which constraint and table, and the SQLSTATE. */
    static String text(SQLException e) {
        ServerErrorMessage server = e instanceof PSQLException told ? told.getServerErrorMessage() : null;
        String state = String.valueOf(e.getSQLState());
        if (server == null) {
            return e.getMessage() + " (SQLSTATE " + state + ")";
        }
        String what =
                state.startsWith(DATA_EXCEPTION) ? "a value that is not allowed" : String.valueOf(server.getMessage());
        return what + named(", constraint ", server.getConstraint(), what)
                + named(", table ", server.getTable(), what)
                + named(", column ", server.getColumn(), what)
                + " (SQLSTATE " + state + ")";
    }

    private static String named(String kind, @Nullable String name, String said) {
        return name == null || said.contains('"' + name + '"') ? "" : kind + name;
    }

    /** The same failure for logs: from where it comes, without rows. */
    static SQLException cause(SQLException e) {
        SQLException told = new SQLException(text(e), e.getSQLState());
        told.setStackTrace(e.getStackTrace());
        return told;
    }
}
