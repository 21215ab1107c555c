package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.expirytracker.TestDatabase;

/** What a database holds, in a form that two databases can be compared by: its schema, its rows, its history. */
public final class Catalog {

    /** Columns in any order, and everything that hangs on them; what belongs to an extension or to Flyway is left out. */
    private static final String SCHEMA = """
            WITH ours AS (
                SELECT c.oid, c.relname, c.relkind FROM pg_class c
                WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'flyway_schema_history%'
                  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e'))
            SELECT 'relation ' || relkind::text || ' ' || relname FROM ours
            UNION ALL
            SELECT 'column ' || relname || '.' || attname || ' ' || format_type(atttypid, atttypmod)
                   || CASE WHEN attnotnull THEN ' not null' ELSE '' END
                   || CASE attgenerated WHEN '' THEN ' default ' ELSE ' generated ' || attgenerated::text || ' ' END
                   || coalesce(pg_get_expr(adbin, adrelid), 'none')
                   || coalesce(' collate ' || (SELECT collname FROM pg_collation l WHERE l.oid = attcollation), '')
            FROM ours
            JOIN pg_attribute a ON a.attrelid = ours.oid
            LEFT JOIN pg_attrdef ON adrelid = a.attrelid AND adnum = a.attnum
            WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped
            UNION ALL
            SELECT 'constraint ' || relname || ' ' || conname || ' ' || pg_get_constraintdef(k.oid)
            FROM ours JOIN pg_constraint k ON k.conrelid = ours.oid
            WHERE k.contype <> 'n'
            UNION ALL
            SELECT 'index ' || pg_get_indexdef(i.indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' invalid' END
            FROM ours JOIN pg_index i ON i.indrelid = ours.oid
            UNION ALL
            SELECT 'trigger ' || pg_get_triggerdef(t.oid)
            FROM ours JOIN pg_trigger t ON t.tgrelid = ours.oid
            WHERE NOT tgisinternal
            UNION ALL
            SELECT 'function ' || pg_get_functiondef(p.oid) FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
            UNION ALL
            SELECT 'extension ' || extname FROM pg_extension
            ORDER BY 1
            """;

    private Catalog() {}

    /** One line for each part of the schema, sorted. */
    public static List<String> schema(Connection connection) throws SQLException {
        return TestDatabase.strings(connection, SCHEMA);
    }

    /** For each table in {@code public} but Flyway's, its rows, each as text that does not depend on the columns' order. */
    public static Map<String, List<String>> rows(Connection connection) throws SQLException {
        return rows(connection, "public");
    }

    /** The rows kept aside for a way back: for each table in {@code parked}, in the form of {@link #rows}. */
    public static Map<String, List<String>> parked(Connection connection) throws SQLException {
        return rows(connection, "parked");
    }

    private static Map<String, List<String>> rows(Connection connection, String schema) throws SQLException {
        Map<String, List<String>> rows = new TreeMap<>();
        for (String table : TestDatabase.strings(
                connection,
                "SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = to_regnamespace('"
                        + schema + "')")) {
            if (!table.equals("flyway_schema_history")) {
                rows.put(
                        table,
                        TestDatabase.strings(
                                connection,
                                "SELECT to_jsonb(t)::text FROM " + schema + "." + table
                                        + " AS t ORDER BY to_jsonb(t)::text COLLATE \"C\""));
            }
        }
        return rows;
    }

    /** The applied scripts with their checksums, in order; empty without a history. */
    public static List<String> history(Connection connection) throws SQLException {
        if (TestDatabase.strings(connection, "SELECT 1 WHERE to_regclass('public.flyway_schema_history') IS NOT NULL")
                .isEmpty()) {
            return List.of();
        }
        return TestDatabase.strings(
                connection,
                "SELECT concat_ws(' ', version, script, checksum, success) FROM flyway_schema_history"
                        + " ORDER BY installed_rank");
    }
}
