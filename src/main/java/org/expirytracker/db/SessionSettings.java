package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;

/**
 * What every session with the database sets first: all that a role or a database may have as a default of its own and
 * that would change which table a name means, what a statement answers, or how long it may take (PostgreSQL manual,
 * chapter 20). Set by a statement, not when connecting: connection poolers refuse startup parameters that they do not
 * track. What changes no result, such as memory, planning and {@code synchronous_commit}, stays as the operator has it.
 */
public final class SessionSettings {

    private SessionSettings() {}

    /** Rows (name, value); $1, $2 and $3 are the limits of a statement, of a wait for a lock and of silence. */
    static final String PINNED = """
                   ('search_path', 'public'),
                   ('statement_timeout', $1), ('lock_timeout', $2), ('idle_in_transaction_session_timeout', $3),
                   ('transaction_timeout', '0'), ('idle_session_timeout', '0'),
                   ('default_transaction_isolation', 'read committed'), ('default_transaction_read_only', 'off'),
                   ('default_transaction_deferrable', 'off'),
                   ('TimeZone', 'UTC'), ('DateStyle', 'ISO, YMD'), ('IntervalStyle', 'postgres'),
                   ('lc_monetary', 'C'), ('lc_numeric', 'C'), ('lc_time', 'C'),
                   ('extra_float_digits', '1'), ('bytea_output', 'hex'),
                   ('standard_conforming_strings', 'on'), ('backslash_quote', 'safe_encoding'), ('array_nulls', 'on'),
                   ('transform_null_equals', 'off'), ('quote_all_identifiers', 'off'), ('gin_fuzzy_search_limit', '0'),
                   ('check_function_bodies', 'on'), ('row_security', 'on'), ('default_tablespace', ''),
                   ('client_min_messages', 'notice')
            """;

    // Names are qualified, because until it has run anything may come before pg_catalog in the path. What a server does
    // not know yet (transaction_timeout before 17) is left out.
    private static final String PIN = """
            SELECT pg_catalog.set_config(pinned.name, pinned.value, false)
              FROM (VALUES
            """ + PINNED + """
                   ) AS pinned (name, value)
             WHERE pg_catalog.current_setting(pinned.name, true) IS NOT NULL
            """;

    private static final String PIN_BLOCKING = PIN.replaceAll("\\$[123]", "?");

    /** Ends the session that runs it, which any role may do to its own. */
    private static final String END = """
            SELECT pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid())
            """;

    /**
     * How long a session lets things take.
     *
     * @param statement longest run of one statement; zero for ever
     * @param lock longest wait for a lock; zero for ever
     * @param silence longest time in a transaction without a statement; zero for ever
     */
    record Bounds(Duration statement, Duration lock, Duration silence) {

        static final Bounds NONE = new Bounds(Duration.ZERO, Duration.ZERO, Duration.ZERO);

        String[] milliseconds() {
            return new String[] {
                Long.toString(statement.toMillis()), Long.toString(lock.toMillis()), Long.toString(silence.toMillis())
            };
        }
    }

    /**
     * Sets up a new connection of a pool and releases it to the pool. One that refuses is ended, and whoever waits for
     * it fails.
     */
    static void release(SqlConnection connection, Bounds bounds) {
        connection
                .preparedQuery(PIN)
                .execute(Tuple.wrap((Object[]) bounds.milliseconds()))
                .onComplete(pinned -> connection.close(), refused -> end(connection));
    }

    /** Ends the session behind a client, or one of them: the client opens another when it needs one. */
    static Future<?> end(SqlClient client) {
        return client.query(END).execute();
    }

    /** Sets up a new connection of the blocking driver, in which nothing has a limit. */
    static void pin(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PIN_BLOCKING)) {
            String[] bounds = Bounds.NONE.milliseconds();
            for (int at = 0; at < bounds.length; at++) {
                statement.setString(at + 1, bounds[at]);
            }
            statement.execute();
        }
    }
}
