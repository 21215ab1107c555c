package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a database stores that functions of schema {@code public} have computed: generated columns, indexes on
 * expressions, partial indexes, constraints that were validated, materialized views. PostgreSQL does not compute it anew
 * when the body of such a function changes.
 */
final class StoredValues {

    /** Rows of a table that are looked at unless all are: those written first, which a later change left behind. */
    static final int LOOKED_AT = 10_000;

    private StoredValues() {}

    /**
     * Everything that depends on functions, straight or by way of other functions, as far as the server knows: it looks
     * into SQL bodies (RETURN, BEGIN ATOMIC), not into those in quotes.
     */
    private static final String DEPENDENTS = """
            WITH RECURSIVE changed AS (
                SELECT p.oid, p.proname, 0 AS depth FROM pg_proc p
                WHERE p.pronamespace = 'public'::regnamespace AND (?::text[] IS NULL OR p.proname = ANY (?::text[]))
                  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid
                                                            AND e.deptype = 'e')
                UNION
                SELECT p.oid, p.proname, c.depth + 1 FROM changed c
                JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = c.oid
                JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid
                WHERE c.depth < 20),
            depending AS (
                SELECT DISTINCT d.classid, d.objid FROM changed c
                JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = c.oid)
            SELECT 'COLUMN' AS kind, t.oid::regclass::text AS relation, quote_ident(a.attname) AS name,
                   pg_get_expr(f.adbin, f.adrelid) AS expression,
                   (SELECT quote_ident(b.attname) FROM pg_depend u
                    JOIN pg_attribute b ON b.attrelid = u.refobjid AND b.attnum = u.refobjsubid
                    WHERE u.classid = 'pg_attrdef'::regclass AND u.objid = f.oid AND u.refclassid = 'pg_class'::regclass
                      AND u.refobjid = f.adrelid AND u.refobjsubid <> f.adnum AND b.attgenerated = ''
                    ORDER BY b.attnum LIMIT 1) AS base,
                   t.relname || '.' || a.attname AS label
            FROM depending g
            JOIN pg_attrdef f ON g.classid = 'pg_attrdef'::regclass AND f.oid = g.objid
            JOIN pg_class t ON t.oid = f.adrelid
            JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum AND a.attgenerated = 's'
            WHERE t.relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'CONSTRAINT', t.oid::regclass::text, quote_ident(k.conname), pg_get_constraintdef(k.oid), '',
                   t.relname || '.' || k.conname
            FROM depending g
            JOIN pg_constraint k ON g.classid = 'pg_constraint'::regclass AND k.oid = g.objid
            JOIN pg_class t ON t.oid = k.conrelid
            WHERE t.relnamespace = 'public'::regnamespace AND k.contype = 'c' AND k.convalidated
            UNION ALL
            SELECT 'INDEX', i.oid::regclass::text, quote_ident(i.relname), '', '', i.relname
            FROM pg_class i
            WHERE i.relnamespace = 'public'::regnamespace AND i.relkind = 'i'
              AND EXISTS (SELECT FROM depending g WHERE g.classid = 'pg_class'::regclass AND g.objid = i.oid)
            UNION ALL
            SELECT 'MATERIALIZED VIEW', v.oid::regclass::text, quote_ident(v.relname), '', '', v.relname
            FROM depending g
            JOIN pg_rewrite r ON g.classid = 'pg_rewrite'::regclass AND r.oid = g.objid
            JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'm'
            WHERE v.relnamespace = 'public'::regnamespace
            ORDER BY 1, 2, 3
            """;

    /**
     * Something stored.
     *
     * @param relation table or index
     * @param expression what gives the value of a column, or the definition of a constraint
     * @param base a column of the table from which a generated one is computed; empty when there is none
     * @param label as a {@link SchemaComparison.Difference} names it
     */
    record Stored(String kind, String relation, String name, String expression, String base, String label) {

        /** The statements that compute it anew; each does as little as it can. Empty when none does. */
        String refresh() {
            return switch (kind) {
                case "COLUMN" ->
                    base.isEmpty()
                            ? ""
                            : "UPDATE " + relation + " SET " + base + " = " + base + " WHERE " + differs() + ";\n";
                case "CONSTRAINT" ->
                    "ALTER TABLE " + relation + " DROP CONSTRAINT " + name + ";\nALTER TABLE " + relation
                            + " ADD CONSTRAINT " + name + " " + expression + ";\n";
                case "INDEX" -> "REINDEX INDEX " + relation + ";\n";
                default -> "REFRESH MATERIALIZED VIEW " + relation + ";\n";
            };
        }

        private String differs() {
            return name + " IS DISTINCT FROM (" + expression + ")";
        }

        /** In steps that hold few locks for long, to be repeated. */
        String refreshInSteps() {
            return "UPDATE " + relation + " SET " + base + " = " + base
                    + " WHERE ctid = ANY (ARRAY(\n    SELECT ctid FROM " + relation + " WHERE " + differs()
                    + " LIMIT 10000));";
        }

        String words() {
            return kind.toLowerCase(Locale.ROOT) + " " + label;
        }
    }

    /** What depends on functions of these names; on any when the set is empty. */
    static List<Stored> of(Connection connection, Set<String> functions) throws SQLException {
        List<Stored> stored = new ArrayList<>();
        String names = functions.isEmpty() ? null : functions.stream().collect(Collectors.joining(",", "{", "}"));
        try (PreparedStatement statement = connection.prepareStatement(DEPENDENTS)) {
            statement.setString(1, names);
            statement.setString(2, names);
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    String base = row.getString("base");
                    stored.add(new Stored(
                            row.getString("kind"),
                            row.getString("relation"),
                            row.getString("name"),
                            row.getString("expression"),
                            base == null ? "" : base,
                            row.getString("label")));
                }
            }
        }
        return stored;
    }

    /**
     * How many rows hold something else in a generated column than its function gives now.
     *
     * @param looked how many rows were looked at
     */
    record Stale(Stored column, long rows, long looked) {}

    /**
     * The generated columns that are not what their functions give.
     *
     * @param deep whether every row is looked at, or the first {@value #LOOKED_AT} of each table
     */
    static List<Stale> stale(Connection connection, boolean deep) throws SQLException {
        List<Stale> stale = new ArrayList<>();
        for (Stored column : of(connection, Set.of())) {
            if (column.kind.equals("COLUMN")) {
                String rows =
                        deep ? column.relation : "(SELECT * FROM " + column.relation + " LIMIT " + LOOKED_AT + ")";
                try (Statement statement = connection.createStatement();
                        ResultSet row = statement.executeQuery("SELECT count(*) FILTER (WHERE " + column.differs()
                                + "), count(*) FROM " + rows + " AS " + alias(column))) {
                    row.next();
                    if (row.getLong(1) > 0) {
                        stale.add(new Stale(column, row.getLong(1), row.getLong(2)));
                    }
                }
            }
        }
        return stale;
    }

    /** The expression may name its table. */
    private static String alias(Stored column) {
        return column.relation.substring(column.relation.lastIndexOf('.') + 1);
    }
}
