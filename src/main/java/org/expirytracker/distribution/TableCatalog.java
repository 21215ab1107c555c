package org.expirytracker.distribution;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the server's catalogs say of the tables in schema {@code public} that decides whether they can be distributed.
 *
 * @param tables their names, without those of extensions
 * @param references foreign keys that lead to one of them, from wherever
 * @param uniqueKeys primary and unique keys, and unique indexes
 * @param triggers besides those of the server's own
 * @param distributed how Citus has what it has distributed, by table; empty without Citus
 */
record TableCatalog(
        List<String> tables,
        List<Reference> references,
        List<UniqueKey> uniqueKeys,
        List<Trigger> triggers,
        Map<String, Distributed> distributed) {

    /**
     * A foreign key.
     *
     * @param from its table, with the schema unless that is {@code public}
     * @param columns in the order in which they lead to {@code toColumns}
     */
    record Reference(String name, String from, List<String> columns, String to, List<String> toColumns) {}

    /**
     * What has to be unique.
     *
     * @param columns without expressions
     */
    record UniqueKey(String name, String table, List<String> columns) {}

    /** A trigger. */
    record Trigger(String name, String table) {}

    /**
     * As Citus has it.
     *
     * @param method {@code h} by a hash of the column; {@code n} by no column
     * @param column empty when there is none
     */
    record Distributed(String method, String column, long colocation) {}

    private static final String TABLES = """
            SELECT c.relname
              FROM pg_class c
             WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
               AND NOT EXISTS (SELECT FROM pg_depend d
                                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
             ORDER BY c.relname
            """;

    private static final String REFERENCES = """
            SELECT k.conname,
                   CASE WHEN n.nspname = 'public' THEN f.relname ELSE n.nspname || '.' || f.relname END,
                   (SELECT string_agg(a.attname, ',' ORDER BY c.place)
                      FROM unnest(k.conkey) WITH ORDINALITY AS c (number, place)
                      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = c.number),
                   t.relname,
                   (SELECT string_agg(a.attname, ',' ORDER BY c.place)
                      FROM unnest(k.confkey) WITH ORDINALITY AS c (number, place)
                      JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = c.number)
              FROM pg_constraint k
              JOIN pg_class f ON f.oid = k.conrelid
              JOIN pg_namespace n ON n.oid = f.relnamespace
              JOIN pg_class t ON t.oid = k.confrelid AND t.relnamespace = 'public'::regnamespace
             WHERE k.contype = 'f'
             ORDER BY 2, 1
            """;

    private static final String UNIQUE_KEYS = """
            SELECT x.relname, t.relname,
                   (SELECT coalesce(string_agg(a.attname, ','), '')
                      FROM pg_attribute a
                     WHERE a.attrelid = t.oid AND a.attnum = ANY (i.indkey::smallint[]))
              FROM pg_index i
              JOIN pg_class x ON x.oid = i.indexrelid
              JOIN pg_class t ON t.oid = i.indrelid AND t.relnamespace = 'public'::regnamespace
             WHERE i.indisunique
             ORDER BY 2, 1
            """;

    private static final String TRIGGERS = """
            SELECT g.tgname, t.relname
              FROM pg_trigger g
              JOIN pg_class t ON t.oid = g.tgrelid AND t.relnamespace = 'public'::regnamespace
             WHERE NOT g.tgisinternal
             ORDER BY 2, 1
            """;

    private static final String DISTRIBUTED = """
            SELECT t.relname, p.partmethod, coalesce(column_to_column_name(p.logicalrelid, p.partkey), ''), p.colocationid
              FROM pg_dist_partition p
              JOIN pg_class t ON t.oid = p.logicalrelid AND t.relnamespace = 'public'::regnamespace
            """;

    static TableCatalog read(Connection connection) throws SQLException {
        Map<String, Distributed> distributed = new TreeMap<>();
        if (Citus.hasCatalog(connection)) {
            rows(
                    connection,
                    DISTRIBUTED,
                    row -> distributed.put(
                            row.getString(1), new Distributed(row.getString(2), row.getString(3), row.getLong(4))));
        }
        return new TableCatalog(
                rows(connection, TABLES, row -> row.getString(1)),
                rows(
                        connection,
                        REFERENCES,
                        row -> new Reference(
                                row.getString(1),
                                row.getString(2),
                                list(row.getString(3)),
                                row.getString(4),
                                list(row.getString(5)))),
                rows(
                        connection,
                        UNIQUE_KEYS,
                        row -> new UniqueKey(row.getString(1), row.getString(2), list(row.getString(3)))),
                rows(connection, TRIGGERS, row -> new Trigger(row.getString(1), row.getString(2))),
                distributed);
    }

    private static List<String> list(String joined) {
        return List.of(joined.split(","));
    }

    @FunctionalInterface
    interface Mapping<T> {
        T of(ResultSet row) throws SQLException;
    }

    static <T> List<T> rows(Connection connection, String sql, Mapping<T> mapping) throws SQLException {
        List<T> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                rows.add(mapping.of(row));
            }
        }
        return rows;
    }
}
