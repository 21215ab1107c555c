package org.expirytracker.migrations;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which tables and columns hold data, at one moment of a transaction. */
record DataShape(List<Column> columns) {

    private static final int WHOLE_TABLE = 0;

    /**
     * A column, or a whole table.
     *
     * @param oid of the table, which it keeps when it is renamed or moved to another schema
     * @param number of the column in it, which it keeps when it is renamed; 0 for the whole table
     * @param table quoted, with its schema
     * @param name of the column; the table's own for the whole table
     * @param constant the column's default when it is a plain value, else {@code NULL}
     * @param type of the column, as SQL writes it; empty for the whole table
     */
    record Column(
            long oid,
            int number,
            String schema,
            String table,
            String tableName,
            String name,
            String constant,
            String type) {

        /** True of the rows that would be missed. */
        String holdsSomething() {
            return number == WHOLE_TABLE ? "true" : "\"" + name + "\" IS DISTINCT FROM " + constant;
        }

        /** {@code items.notes}, or {@code items} for the whole table. */
        String label() {
            return number == WHOLE_TABLE ? tableName : tableName + "." + name;
        }

        @Override
        public String toString() {
            return (number == WHOLE_TABLE ? "table " : "column ") + label();
        }
    }

    private static final String COLUMNS = """
            SELECT c.oid, a.attnum, n.nspname, format('%I.%I', n.nspname, c.relname), c.relname,
                   CASE a.attnum WHEN 0 THEN c.relname ELSE a.attname END,
                   CASE WHEN pg_get_expr(d.adbin, d.adrelid) !~ '[(]' THEN pg_get_expr(d.adbin, d.adrelid) END,
                   coalesce(format_type(a.atttypid, a.atttypmod), '')
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            CROSS JOIN LATERAL (
                SELECT attnum, attname, atttypid, atttypmod FROM pg_attribute
                WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
                UNION ALL SELECT 0, NULL, NULL, NULL) AS a
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relkind IN ('r', 'p') AND n.nspname IN ('public', 'parked')
              AND c.relname <> 'flyway_schema_history'
            ORDER BY c.relname, a.attnum
            """;

    static DataShape of(Connection connection) throws SQLException {
        List<Column> columns = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(COLUMNS)) {
            while (row.next()) {
                String constant = row.getString(7);
                columns.add(new Column(
                        row.getLong(1),
                        row.getInt(2),
                        row.getString(3),
                        row.getString(4),
                        row.getString(5),
                        row.getString(6),
                        constant == null ? "NULL" : constant,
                        row.getString(8)));
            }
        }
        return new DataShape(columns);
    }

    /**
     * What was here in {@code public} and is nowhere in a later shape: not in its table, and not in a table of schema
     * {@code parked} that is new there and named after it, such as {@code u20261122_4_users} for {@code users}. Of a
     * lost table its columns are not named besides.
     */
    List<Column> lostIn(DataShape later) {
        List<Column> gone = columns.stream()
                .filter(column -> column.schema.equals("public"))
                .filter(column -> later.columns.stream()
                        .noneMatch(other -> other.oid == column.oid
                                && (other.number == column.number || other.name.equals(column.name))))
                .filter(column -> !isParked(column, later))
                .toList();
        return gone.stream()
                .filter(column -> column.number == WHOLE_TABLE
                        || gone.stream().noneMatch(other -> other.oid == column.oid && other.number == WHOLE_TABLE))
                .toList();
    }

    /** A column before and after. */
    record Converted(Column before, Column after) {}

    /**
     * What kept its name in {@code public} and may not have kept its values: its type is another, or it was dropped and
     * made again; unless what was in it is parked.
     */
    List<Converted> convertedIn(DataShape later) {
        return columns.stream()
                .filter(column -> column.schema.equals("public") && column.number != WHOLE_TABLE)
                .filter(column -> !isParked(column, later))
                .flatMap(column -> later.columns.stream()
                        .filter(other -> other.oid == column.oid
                                && other.name.equals(column.name)
                                && other.number != WHOLE_TABLE
                                && !(other.type.equals(column.type) && other.number == column.number))
                        .map(other -> new Converted(column, other)))
                .toList();
    }

    /** The table with this oid, if it is in {@code public} here and later, and nothing of its name was parked. */
    Optional<Column> keptButNotParked(long oid, DataShape later) {
        return columns.stream()
                .filter(column -> column.oid == oid && column.number == WHOLE_TABLE && column.schema.equals("public"))
                .filter(table -> later.columns.contains(table) && !isParked(table, later))
                .findFirst();
    }

    private boolean isParked(Column column, DataShape later) {
        return later.columns.stream()
                .filter(other -> other.schema.equals("parked"))
                .filter(other -> other.tableName.endsWith("_" + column.tableName))
                .filter(other -> columns.stream().noneMatch(before -> before.oid == other.oid))
                .anyMatch(other -> column.number == WHOLE_TABLE
                        ? other.number == WHOLE_TABLE
                        : other.number != WHOLE_TABLE && other.name.equals(column.name));
    }
}
