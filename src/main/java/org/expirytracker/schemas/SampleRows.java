package org.expirytracker.schemas;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationSession;
import org.jspecify.annotations.Nullable;

/**
 * One made-up row in each table of a scratch database, so that a draft is tried on tables that hold something. Where the
 * constraints let none of the made-up values pass, a table stays empty. The same schema always gets the same rows.
 */
final class SampleRows {

    private static final int ATTEMPTS = 120;
    private static final Pattern LITERAL = Pattern.compile("'((?:[^']|'')*)'::");

    private record Column(String name, String type, String base, boolean optional, List<String> known) {}

    private final Connection connection;
    private final Random random = new Random(1);

    private SampleRows(Connection connection) {
        this.connection = connection;
    }

    /** Fills what can be filled. */
    static void fill(DatabaseUrl url) throws SQLException {
        try (Connection connection = MigrationSession.open(url)) {
            connection.setAutoCommit(false);
            SampleRows rows = new SampleRows(connection);
            for (String table : rows.tables()) {
                rows.fill(table);
            }
            connection.commit();
        }
    }

    private static final String FILLED = """
            SELECT format('TRUNCATE %s CASCADE', string_agg(c.oid::regclass::text, ', '))
            FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
              AND c.relname <> 'flyway_schema_history'
            HAVING count(*) > 0
            """;

    /** Empties every table again. */
    static void remove(DatabaseUrl url) throws SQLException {
        try (Connection connection = MigrationSession.open(url);
                Statement statement = connection.createStatement()) {
            String truncate = null;
            try (ResultSet row = statement.executeQuery(FILLED)) {
                if (row.next()) {
                    truncate = row.getString(1);
                }
            }
            if (truncate != null) {
                statement.execute(truncate);
            }
        }
    }

    /** Referenced tables before those that refer to them. */
    private static final String TABLES = """
            WITH RECURSIVE above AS (
                SELECT c.oid, 0 AS depth FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                  AND c.relname <> 'flyway_schema_history'
                UNION
                SELECT f.conrelid, a.depth + 1 FROM above a
                JOIN pg_constraint f ON f.confrelid = a.oid AND f.contype = 'f' AND f.conrelid <> a.oid
                WHERE a.depth < 12)
            SELECT oid::regclass::text FROM above GROUP BY oid ORDER BY max(depth), 1
            """;

    private List<String> tables() throws SQLException {
        List<String> tables = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(TABLES)) {
            while (row.next()) {
                tables.add(row.getString(1));
            }
        }
        return tables;
    }

    private void fill(String table) throws SQLException {
        if (!first("SELECT count(*) FROM " + table).equals("0")) {
            return;
        }
        List<Column> columns = columns(table);
        Map<String, String> parents = parents(table);
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            if (insert(table, columns, parents, attempt)) {
                return;
            }
        }
    }

    private boolean insert(String table, List<Column> columns, Map<String, String> parents, int attempt)
            throws SQLException {
        List<String> names = new ArrayList<>();
        List<String> marks = new ArrayList<>();
        List<String> values = new ArrayList<>();
        for (Column column : columns) {
            // At first everything that may be absent is filled too, later at random.
            if (attempt > ATTEMPTS / 4 && column.optional && random.nextBoolean()) {
                continue;
            }
            String parent = parents.get(column.name);
            String value = parent == null ? value(column, attempt) : parent;
            if (value != null) {
                names.add(column.name);
                marks.add("?::" + column.type);
                values.add(value);
            }
        }
        String sql = names.isEmpty()
                ? "INSERT INTO " + table + " DEFAULT VALUES"
                : "INSERT INTO " + table + " (" + String.join(", ", names) + ") VALUES (" + String.join(", ", marks)
                        + ")";
        Savepoint before = connection.setSavepoint();
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.size(); i++) {
                statement.setString(i + 1, values.get(i));
            }
            statement.executeUpdate();
            connection.releaseSavepoint(before);
            return true;
        } catch (SQLException e) {
            // Other values may pass.
            connection.rollback(before);
            return false;
        }
    }

    private static final String COLUMNS = """
            SELECT quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
                   CASE WHEN b.typtype = 'e' THEN 'enum' WHEN b.typtype IN ('r', 'm') THEN 'range'
                        WHEN b.typcategory = 'A' THEN 'array' ELSE format_type(b.oid, NULL) END,
                   NOT a.attnotnull OR a.atthasdef,
                   (SELECT string_agg(pg_get_constraintdef(c.oid), ' ') FROM pg_constraint c
                    WHERE c.contype = 'c' AND (c.contypid = t.oid OR c.conrelid = a.attrelid AND a.attnum = ANY (c.conkey))),
                   (SELECT min(enumlabel) FROM pg_enum WHERE enumtypid = b.oid)
            FROM pg_attribute a
            JOIN pg_type t ON t.oid = a.atttypid
            JOIN pg_type b ON b.oid = CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = ?::regclass AND a.attnum > 0 AND NOT a.attisdropped
              AND a.attgenerated = '' AND a.attidentity = '' AND coalesce(pg_get_expr(d.adbin, d.adrelid) !~ 'nextval', true)
            ORDER BY a.attnum
            """;

    private List<Column> columns(String table) throws SQLException {
        List<Column> columns = new ArrayList<>();
        try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    List<String> known = new ArrayList<>();
                    String label = row.getString(6);
                    if (label != null) {
                        known.add(label);
                    }
                    String checks = row.getString(5);
                    Matcher literal = LITERAL.matcher(checks == null ? "" : checks);
                    while (literal.find()) {
                        known.add(literal.group(1).replace("''", "'"));
                    }
                    columns.add(
                            new Column(row.getString(1), row.getString(2), row.getString(3), row.getBoolean(4), known));
                }
            }
        }
        return columns;
    }

    private static final String PARENTS = """
            SELECT quote_ident(a.attname), format('SELECT %I::text FROM %s LIMIT 1', p.attname, f.confrelid::regclass)
            FROM pg_constraint f
            CROSS JOIN unnest(f.conkey, f.confkey) AS pair (own, theirs)
            JOIN pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = pair.own
            JOIN pg_attribute p ON p.attrelid = f.confrelid AND p.attnum = pair.theirs
            WHERE f.contype = 'f' AND f.conrelid = ?::regclass
            """;

    /** The value of each column that refers to another table; those that refer to an empty one are left out. */
    private Map<String, String> parents(String table) throws SQLException {
        Map<String, String> queries = new HashMap<>();
        try (PreparedStatement statement = connection.prepareStatement(PARENTS)) {
            statement.setString(1, table);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    queries.put(row.getString(1), row.getString(2));
                }
            }
        }
        Map<String, String> parents = new HashMap<>();
        for (Map.Entry<String, String> query : queries.entrySet()) {
            String key = first(query.getValue());
            if (!key.isEmpty()) {
                parents.put(query.getKey(), key);
            }
        }
        return parents;
    }

    private @Nullable String value(Column column, int attempt) {
        if (!column.known.isEmpty() && random.nextInt(4) > 0) {
            return column.known.get(random.nextInt(column.known.size()));
        }
        return switch (column.base) {
            case "enum" -> column.known.isEmpty() ? null : column.known.getFirst();
            case "range" -> "empty";
            case "array" -> "{}";
            case "uuid" -> "019a0000-0000-7000-8000-000000000001";
            case "boolean" -> attempt % 2 == 0 ? "true" : "false";
            case "smallint", "integer", "bigint", "numeric", "real", "double precision", "money" ->
                pick(attempt, "1", "0", "10", "100", "1000");
            case "date" -> pick(attempt, "2026-01-02", "2024-02-29", "0001-01-01");
            case "timestamp with time zone", "timestamp without time zone" ->
                pick(attempt, "2026-01-02 03:04:05.678", "2024-02-29 00:00:00");
            case "time without time zone", "time with time zone" -> "03:04:05";
            case "interval" -> "1 day";
            case "bytea" -> pick(attempt, "\\x00", "\\x" + "00ff".repeat(8), "\\x" + "00ff".repeat(16));
            case "json", "jsonb" -> pick(attempt, "{}", "[]", "null");
            case "inet", "cidr" -> "127.0.0.1";
            case "xml" -> "<a/>";
            default -> pick(attempt, "a", "a@example.com", "abcd", "UTC", "1", "abcdefgh".repeat(8), "");
        };
    }

    private static String pick(int attempt, String... values) {
        return values[attempt % values.length];
    }

    private String first(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            String value = row.next() ? row.getString(1) : null;
            return value == null ? "" : value;
        }
    }
}
