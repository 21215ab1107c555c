package org.expirytracker.backups;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.Reachability;
import org.expirytracker.migrations.Migrations;
import org.jspecify.annotations.Nullable;
import org.postgresql.copy.CopyManager;
import org.postgresql.core.BaseConnection;

/**
 * One connection for a whole backup or restore: without time limits, and with all settings fixed on which the text
 * of a value or the names in a definition depend.
 *
 * @param patience how long it waits for whoever holds a lock
 */
record DatabaseSession(Connection connection, Duration patience) implements AutoCloseable {

    private static final Duration POLL = Duration.ofMillis(200);

    // With nothing but pg_catalog in the path, the server writes every other name with its schema.
    private static final String SETTINGS = """
            SELECT set_config(wanted.name, wanted.value, false)
            FROM (VALUES
                ('search_path', 'pg_catalog'),
                ('statement_timeout', '0'), ('transaction_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
                ('lock_timeout', ?),
                ('row_security', 'off'),
                ('timezone', 'UTC'), ('datestyle', 'ISO, YMD'), ('intervalstyle', 'postgres'),
                ('extra_float_digits', '1'), ('bytea_output', 'hex'),
                ('client_min_messages', 'warning')) AS wanted (name, value)
            WHERE EXISTS (SELECT FROM pg_settings WHERE lower(pg_settings.name) = wanted.name)
            """;

    static DatabaseSession open(DatabaseUrl url, Duration patience) {
        try {
            // Closed with the session.
            DatabaseSession session = new DatabaseSession(url.dataSource().getConnection(), patience);
            session.fix();
            return session;
        } catch (SQLException e) {
            throw new BackupFailure(Reachability.explain(url, e), e);
        }
    }

    /** Fixes the settings, again after a script that may have changed them. */
    void fix() throws SQLException {
        strings(SETTINGS, patience.toMillis() + "ms");
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }

    /**
     * Keeps everyone from changing the schema until this session ends. Several may do so together when they only read.
     *
     * @return false when someone else holds the lock for longer than the patience
     */
    boolean lockSchema(boolean shared, Runnable waiting) throws SQLException {
        long deadline = System.nanoTime() + patience.toNanos();
        String function = shared ? "pg_try_advisory_lock_shared" : "pg_try_advisory_lock";
        int polls = 0;
        // Polled: a session that waits inside the server would block concurrent index builds.
        while (!strings("SELECT " + function + "(" + Migrations.LOCK + ")").equals(List.of("t"))) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            polls++;
            // The first time, it may be a session of this very program that the server has not ended yet.
            if (polls == 2) {
                waiting.run();
            }
            try {
                Thread.sleep(POLL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new BackupFailure("Interrupted while waiting; nothing has changed. Start again.", e);
            }
        }
        return true;
    }

    void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.setEscapeProcessing(false);
            statement.execute(sql);
        }
    }

    /** The first column of every row. */
    List<String> strings(String sql, String... parameters) throws SQLException {
        return rows(sql, row -> row.getString(1), parameters);
    }

    <T> List<T> rows(String sql, Mapping<T> mapping, @Nullable String... parameters) throws SQLException {
        List<T> rows = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int at = 0; at < parameters.length; at++) {
                statement.setString(at + 1, parameters[at]);
            }
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    rows.add(mapping.of(row));
                }
            }
        }
        return rows;
    }

    @FunctionalInterface
    interface Mapping<T> {
        T of(ResultSet row) throws SQLException;
    }

    CopyManager copy() throws SQLException {
        return new CopyManager(connection.unwrap(BaseConnection.class));
    }
}
