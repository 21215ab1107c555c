package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A connection pooler between this program and PostgreSQL that hands sessions to others between transactions, such as
 * PgBouncer with {@code pool_mode = transaction}. What belongs to a session is lost there: a lock that is held, what was
 * set, a statement that was prepared, LISTEN. So such work goes to PostgreSQL itself ({@code DATABASE_DIRECT_URL}), and
 * what a session would set ({@link SessionSettings}) has to be a default of the role.
 */
public final class Pooler {

    /** Any number that nothing else here locks. */
    private static final long LOCK = 0x6578_7069_7279_706cL;

    private static final int TRIES = 3;

    private Pooler() {}

    /**
     * Requires that a lock of one connection keeps another one out, as migrations and restoring need it. Blocking.
     *
     * @throws IOException with a message for the operator
     */
    static void requireSessions(DatabaseUrl url) throws IOException {
        try (Connection one = url.dataSource().getConnection();
                Connection other = url.dataSource().getConnection()) {
            for (int tries = 0; tries < TRIES; tries++) {
                if (!excludes(one, other)) {
                    throw new IOException("DATABASE_URL leads to a connection pooler at " + url.address()
                            + " that hands sessions to others between transactions: a lock that one connection holds is"
                            + " granted to another one. Name PostgreSQL itself in DATABASE_DIRECT_URL, for migrations and"
                            + " for what listens, or set the pooler to whole sessions (PgBouncer: pool_mode = session)."
                            + " Where nodes can reach the pooler alone, DATABASE_DIRECT_URL=none lets them ask for what"
                            + " is new, and expiry db upgrade migrates from elsewhere.");
                }
            }
        } catch (SQLException e) {
            throw new IOException(Reachability.explain(url, e), e);
        }
    }

    private static boolean excludes(Connection one, Connection other) throws SQLException {
        boolean held = ask(one, "SELECT pg_try_advisory_lock(" + LOCK + ")");
        try {
            // Another node that starts may hold it: then it does exclude.
            return !held || !ask(other, "SELECT pg_try_advisory_lock(" + LOCK + ")");
        } finally {
            ask(other, "SELECT pg_advisory_unlock_all() IS NULL");
            ask(one, "SELECT pg_advisory_unlock_all() IS NULL");
        }
    }

    private static boolean ask(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            return row.next() && row.getBoolean(1);
        }
    }

    // A limit of any length will do where there must be one.
    private static final String DIFFERING = """
            SELECT 'ALTER ROLE ' || quote_ident(current_user) || ' IN DATABASE ' || quote_ident(current_database())
                   || ' SET ' || pinned.name || ' = ' || quote_literal(pinned.value) || ';' AS remedy
              FROM (VALUES
            """ + SessionSettings.PINNED + """
                   ) AS pinned (name, value)
              JOIN pg_settings ON pg_settings.name = pinned.name
             WHERE CASE WHEN pinned.name IN ('statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout')
                        THEN pg_settings.setting = '0'
                        ELSE pg_settings.setting <> pinned.value END
             ORDER BY pinned.name
            """;

    /**
     * Requires that sessions behind a pooler begin as this program would set them, since it cannot set them itself.
     *
     * @param client through the pooler
     * @param bounds what the program would set
     * @return fails with a message for the operator that has the statements to run
     */
    static Future<?> requireSettings(SqlClient client, SessionSettings.Bounds bounds) {
        return Rows.list(
                        client, DIFFERING, Tuple.wrap((Object[]) bounds.milliseconds()), row -> row.getString("remedy"))
                .compose(differing -> differing.isEmpty()
                        ? Future.succeededFuture()
                        : Future.failedFuture(new IOException(remedy(differing))));
    }

    private static String remedy(List<String> differing) {
        return differing.stream()
                .collect(Collectors.joining(
                        "\n  ",
                        "Sessions behind the pooler of DATABASE_URL do not begin as this program needs them. Run, in PostgreSQL"
                                + " itself:\n  ",
                        "\nand let the pooler connect anew (PgBouncer: RECONNECT)."));
    }
}
