package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.sql.DataSource;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.distribution.Placements;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.jdbc.PreferQueryMode;

/** What is asked of the database session that runs a migration. */
public record MigrationSession(Connection connection) {

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_]+");

    /** A connection for scripts. */
    public static Connection open(DatabaseUrl url) throws SQLException {
        return source(url).getConnection();
    }

    /**
     * Connections for scripts, which the server itself takes apart: the driver's own parser loses its way in a function
     * body between {@code BEGIN ATOMIC} and {@code END}. Every session is alike, whatever the server, the database and
     * the role have as their defaults ({@link DatabaseUrl#dataSource}).
     */
    static DataSource source(DatabaseUrl url) {
        DataSource source = url.dataSource();
        if (source instanceof PGSimpleDataSource driver) {
            driver.setPreferQueryMode(PreferQueryMode.SIMPLE);
        }
        return source;
    }

    /** Its process id in the server. */
    int backend() throws SQLException {
        return Math.toIntExact(number("SELECT pg_backend_pid()"));
    }

    /** Keeps writers out of a table; a validation does not, and takes long. */
    private static final Pattern KEEPS_WRITERS_OUT = Pattern.compile(
            "(?:\\s|--[^\n]*+\n)*+(?:LOCK\\s+TABLE|ALTER\\s+TABLE\\s+\\S+\\s++(?!VALIDATE\\b)).*", Pattern.DOTALL);

    /** It keeps no reader out, so it waits longer than the files do. */
    private static final String AWAIT_CHANGES = """
            DO $$
            DECLARE
                patience CONSTANT text := current_setting('lock_timeout');
            BEGIN
                IF to_regclass('public.%1$s') IS NOT NULL THEN
                    PERFORM set_config('lock_timeout', '400ms', true);
                    LOCK TABLE public.%1$s IN EXCLUSIVE MODE;
                    PERFORM set_config('lock_timeout', patience, true);
                END IF;
            END $$
            """;

    /**
     * Before a statement that keeps writers out of a table: lets the changes of inventories that are under way end, and no
     * other begin before this transaction is over. Otherwise the transaction and a change would each hold a table for which
     * the other waits, and with many writers there is always such a change. Readers go on meanwhile.
     */
    void awaitChangesBefore(String statement) throws SQLException {
        if (KEEPS_WRITERS_OUT.matcher(statement).matches()) {
            try (Statement await = connection.createStatement()) {
                await.setEscapeProcessing(false);
                await.execute(AWAIT_CHANGES.formatted(Placements.lockedFirst()));
            }
        }
    }

    private static final String TOUCHED_ROWS = """
            SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)
            FROM pg_stat_xact_user_tables
            WHERE relname <> 'flyway_schema_history' AND schemaname NOT LIKE 'pg_temp%'
            """;

    /** Rows that it has inserted, updated and deleted so far; it only grows, so two counts give what was between. */
    public long touchedRows() throws SQLException {
        return number(TOUCHED_ROWS);
    }

    private static final String TABLES = """
            SELECT count(*) FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
            """;

    /** Whether schema {@code public} holds tables, views or sequences other than those of extensions. */
    public boolean holdsTables() throws SQLException {
        return number(TABLES) > 0;
    }

    private static final String DELETED_ROWS = """
            SELECT relid, n_tup_del FROM pg_stat_xact_user_tables
            WHERE schemaname = 'public' AND relname <> 'flyway_schema_history' AND n_tup_del > 0
            """;

    /** Rows that it has deleted so far, by the table's oid; they only grow. */
    Map<Long, Long> deletedRows() throws SQLException {
        Map<Long, Long> deleted = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(DELETED_ROWS)) {
            while (row.next()) {
                deleted.put(row.getLong(1), row.getLong(2));
            }
        }
        return deleted;
    }

    private static final String INVALID_INDEXES = """
            SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
            WHERE NOT i.indisvalid AND c.relnamespace = 'public'::regnamespace
            """;

    /** Indexes that a broken concurrent build left behind: they cost every write and serve no query. */
    public List<String> invalidIndexes() throws SQLException {
        List<String> names = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(INVALID_INDEXES)) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }

    /** Drops those that a script names, so that it can build them anew. Outside a transaction only. */
    void dropInvalidIndexes(String script) throws SQLException {
        List<String> words =
                WORD.matcher(script).results().map(word -> word.group()).toList();
        for (String name : invalidIndexes()) {
            if (words.contains(name)) {
                try (Statement statement = connection.createStatement()) {
                    statement.execute("DROP INDEX CONCURRENTLY IF EXISTS public.\"" + name + "\"");
                }
            }
        }
    }

    private static final String TRY_LOCK = """
            SELECT CASE WHEN pg_try_advisory_lock(?) THEN pg_try_advisory_xact_lock(?) ELSE false END
            """;

    /**
     * Takes the advisory lock of whoever changes the schema, if no one has it and no session of a former holder is
     * still at work; the session's end releases it. Outside a transaction only.
     */
    boolean tryLock() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(TRY_LOCK)) {
            statement.setLong(1, Migrations.LOCK);
            statement.setLong(2, Migrations.AT_WORK);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    private static final String PHASE = """
            SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done * 100 / blocks_total
                               WHEN tuples_total > 0 THEN tuples_done * 100 / tuples_total END
            FROM pg_stat_progress_create_index WHERE pid = ?
            """;

    /** What another session is at, while it builds an index. */
    static Optional<String> phase(Connection connection, int backend) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(PHASE)) {
            statement.setInt(1, backend);
            try (ResultSet row = statement.executeQuery()) {
                if (!row.next()) {
                    return Optional.empty();
                }
                String percent = row.getString(2);
                return Optional.of(row.getString(1) + (percent == null ? "" : ", " + percent + " %"));
            }
        }
    }

    /** Says that this session works for the holder of that lock, until the session's end. */
    void joinWork() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_try_advisory_lock_shared(?)")) {
            statement.setLong(1, Migrations.AT_WORK);
            statement.execute();
        }
    }

    private long number(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
        }
    }
}
