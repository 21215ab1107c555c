package org.expirytracker.schemas;

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
import org.expirytracker.distribution.Citus;

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
                    ORDER BY b.attnum LIMIT 1) AS origin,
                   t.relname || '.' || a.attname AS label
            FROM depending g
            JOIN pg_attrdef f ON g.classid = 'pg_attrdef'::regclass AND f.oid = g.objid
            JOIN pg_class t ON t.oid = f.adrelid
            JOIN pg_attribute a ON a.attrelid = f.adrelid AND a.attnum = f.adnum AND a.attgenerated = 's'
            WHERE t.relnamespace = 'public'::regnamespace
            UNION ALL
            SELECT 'CONSTRAINT', t.oid::regclass::text, quote_ident(k.conname), pg_get_expr(k.conbin, k.conrelid),
                   pg_get_constraintdef(k.oid), t.relname || '.' || k.conname
            FROM depending g
            JOIN pg_constraint k ON g.classid = 'pg_constraint'::regclass AND k.oid = g.objid
            JOIN pg_class t ON t.oid = k.conrelid
            WHERE t.relnamespace = 'public'::regnamespace AND k.contype = 'c' AND k.convalidated
            UNION ALL
            SELECT 'INDEX', i.oid::regclass::text, quote_ident(i.relname), '',
                   CASE WHEN i.relispartition THEN format('REINDEX INDEX %s;', i.oid::regclass)
                        WHEN k.oid IS NOT NULL
                        THEN format('ALTER TABLE %1$s DROP CONSTRAINT %2$I;' || E'\\n'
                                    || 'ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s;',
                                    k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid))
                        ELSE format('DROP INDEX %s;' || E'\\n' || '%s;', i.oid::regclass,
                                    regexp_replace(pg_get_indexdef(i.oid), ' ON public[.]', ' ON '))
                             || CASE WHEN x.indisclustered
                                     THEN format(E'\\n' || 'ALTER TABLE %s CLUSTER ON %I;', x.indrelid::regclass, i.relname)
                                     ELSE '' END
                             || CASE WHEN obj_description(i.oid, 'pg_class') IS NOT NULL
                                     THEN format(E'\\n' || 'COMMENT ON INDEX %s IS %L;', i.oid::regclass,
                                                 obj_description(i.oid, 'pg_class'))
                                     ELSE '' END
                   END,
                   i.relname
            FROM pg_class i
            JOIN pg_index x ON x.indexrelid = i.oid
            LEFT JOIN pg_constraint k ON k.conindid = i.oid AND k.contype = 'x'
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
     * @param expression what gives the value of a column, or what a constraint wants to be true
     * @param origin a column of the table from which a generated one is computed, empty when there is none; how a
     *     constraint is declared; the statements that make an index anew
     * @param label as a {@link SchemaComparison.Difference} names it
     */
    record Stored(String kind, String relation, String name, String expression, String origin, String label) {

        /** The statements that compute it anew; each does as little as it can. Empty when none does. */
        String refresh() {
            return switch (kind) {
                case "COLUMN" ->
                    origin.isEmpty()
                            ? ""
                            : "UPDATE " + relation + " SET " + origin + " = " + origin + " WHERE " + differs() + ";\n";
                case "CONSTRAINT" ->
                    "ALTER TABLE " + relation + " DROP CONSTRAINT " + name + ";\nALTER TABLE " + relation
                            + " ADD CONSTRAINT " + name + " " + origin + ";\n";
                // REINDEX would build it with the body that the function had when this session first used the index.
                case "INDEX" -> origin + "\n";
                default -> "REFRESH MATERIALIZED VIEW " + relation + ";\n";
            };
        }

        private String differs() {
            return name + " IS DISTINCT FROM (" + expression + ")";
        }

        private String broken() {
            return "(" + expression + ") IS FALSE";
        }

        /** What is wrong when a row is stale, before the number of rows. */
        String fault() {
            return switch (kind) {
                case "COLUMN" -> "Column " + label + " holds something else than its function gives now";
                case "CONSTRAINT" -> "Constraint " + label + " does not hold by what its function gives now";
                default -> "Index " + label + " is not what its function gives now, so queries by it miss rows";
            };
        }

        /** What to do about stale rows while the database is in use, with statements at its end. */
        String remedy() {
            return switch (kind) {
                case "COLUMN" -> "Run this until it updates no row. To put it right by hand:\n" + refreshInSteps();
                case "CONSTRAINT" ->
                    "Correct the rows, or the function. To see them:\nSELECT * FROM " + relation + " WHERE " + broken()
                            + ";";
                default -> "To put it right by hand:\nREINDEX INDEX CONCURRENTLY " + relation + ";";
            };
        }

        /** In steps that hold few locks for long, to be repeated. */
        private String refreshInSteps() {
            return "UPDATE " + relation + " SET " + origin + " = " + origin
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
                    String origin = row.getString("origin");
                    stored.add(new Stored(
                            row.getString("kind"),
                            row.getString("relation"),
                            row.getString("name"),
                            row.getString("expression"),
                            origin == null ? "" : origin,
                            row.getString("label")));
                }
            }
        }
        return stored;
    }

    /**
     * What came of looking at rows.
     *
     * @param stale how many of them have something stored that is not what its function gives now
     * @param rows how many were looked at
     */
    record Looked(long stale, long rows) {

        static final Looked NOTHING = new Looked(0, 0);

        Looked and(Looked other) {
            return new Looked(stale + other.stale, rows + other.rows);
        }
    }

    /** Something stored of which at least one row is stale. */
    record Stale(Stored stored, Looked looked) {}

    /**
     * What is not as the functions give it: generated columns, B-trees ({@link IndexEntries}), and constraints that rows
     * break which they once let in. A materialized view is what it was when it was refreshed, for whatever reason.
     *
     * @param deep whether every row is looked at, or the first {@value #LOOKED_AT} of each table
     */
    static List<Stale> stale(Connection connection, boolean deep) throws SQLException {
        List<Stale> stale = new ArrayList<>();
        // Where tables are distributed their indexes are those of shards, which no query from here searches alone.
        boolean distributed = Citus.hasDistributed(connection);
        for (Stored stored : of(connection, Set.of())) {
            Looked looked = switch (stored.kind) {
                case "COLUMN" -> count(connection, stored, stored.differs(), deep);
                case "CONSTRAINT" -> count(connection, stored, stored.broken(), deep);
                case "INDEX" -> distributed ? Looked.NOTHING : IndexEntries.stale(connection, stored, deep);
                default -> Looked.NOTHING;
            };
            if (looked.stale > 0) {
                stale.add(new Stale(stored, looked));
            }
        }
        return stale;
    }

    private static Looked count(Connection connection, Stored stored, String condition, boolean deep)
            throws SQLException {
        String rows = deep ? stored.relation : "(SELECT * FROM " + stored.relation + " LIMIT " + LOOKED_AT + ")";
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FILTER (WHERE " + condition
                        + "), count(*) FROM " + rows + " AS " + alias(stored.relation))) {
            row.next();
            return new Looked(row.getLong(1), row.getLong(2));
        }
    }

    /** What to call the rows of a table: an expression may name it. */
    static String alias(String relation) {
        return relation.substring(relation.lastIndexOf('.') + 1);
    }
}
