package org.expirytracker.schemas;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationSession;

/**
 * A table or column that gets another name and keeps what is in it. Between two schemas this looks like one that goes
 * and another that comes, so somebody has to say it.
 *
 * @param table as it is called before
 * @param column as it is called before; empty for the table itself
 * @param to the new name
 */
public record Rename(String table, String column, String to) {

    private static final String NAME = "[a-z_][a-z0-9_$]*";
    private static final Pattern COLUMN =
            Pattern.compile("(" + NAME + ")\\.(" + NAME + ")=(" + NAME + ")\\.(" + NAME + ")");
    private static final Pattern TABLE = Pattern.compile("(" + NAME + ")=(" + NAME + ")");

    /**
     * Reads {@code items.a=items.b}, or {@code items=things} for a table.
     *
     * @throws IllegalArgumentException when it is neither, or the column would change its table too
     */
    public static Rename parse(String text) {
        Matcher table = TABLE.matcher(text);
        if (table.matches()) {
            return new Rename(table.group(1), "", table.group(2));
        }
        Matcher column = COLUMN.matcher(text);
        if (!column.matches()) {
            throw new IllegalArgumentException(
                    text + " says no renaming. Write items.a=items.b for a column, items=things for a table.");
        }
        if (!column.group(1).equals(column.group(3))) {
            throw new IllegalArgumentException(
                    text + " moves the column to another table, which is no renaming. Rename the"
                            + " table first (" + column.group(1) + "=" + column.group(3)
                            + "), and name the column's table as it"
                            + " is called before on both sides; or move the values in a migration of your own (--empty).");
        }
        return new Rename(column.group(1), column.group(2), column.group(4));
    }

    /** The statement there. */
    String up() {
        return column.isEmpty()
                ? "ALTER TABLE " + table + " RENAME TO " + to + ";\n"
                : "ALTER TABLE " + table + " RENAME COLUMN " + column + " TO " + to + ";\n";
    }

    /** The statement back. */
    String down() {
        return reversed().up();
    }

    /** From the new name to the old one. */
    Rename reversed() {
        return column.isEmpty() ? new Rename(to, "", table) : new Rename(table, to, column);
    }

    /** {@code renames column items.a to b}. */
    String words() {
        return column.isEmpty()
                ? "renames table " + table + " to " + to
                : "renames column " + table + "." + column + " to " + to;
    }

    private static final String EXISTS = """
            SELECT EXISTS (SELECT FROM pg_class c
                           LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
                             AND c.relname = ? AND (a.attname = ? OR ? = ''))
            """;

    private static boolean exists(Connection connection, String table, String column) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(EXISTS)) {
            statement.setString(1, table);
            statement.setString(2, column);
            statement.setString(3, column);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /**
     * Renames in a database that is where the migrations end. Columns first, then tables, so that each is called as it
     * was before.
     *
     * @return the statements there and, in their order, back
     * @throws MigrationFailure when something is not there, or its new name is taken
     */
    static Renamed apply(List<Rename> renames, DatabaseUrl from, DatabaseUrl declared) throws SQLException {
        List<Rename> ordered = new ArrayList<>(
                renames.stream().filter(rename -> !rename.column.isEmpty()).toList());
        renames.stream().filter(rename -> rename.column.isEmpty()).forEach(ordered::add);
        try (Connection here = MigrationSession.open(from);
                Connection there = MigrationSession.open(declared);
                Statement statement = here.createStatement()) {
            for (Rename rename : ordered) {
                rename.require(here);
                statement.execute(rename.up());
            }
            List<String> up = new ArrayList<>(ordered.stream().map(Rename::up).toList());
            List<String> down =
                    new ArrayList<>(ordered.stream().map(Rename::down).toList());
            for (Named belonging : belongings(here, there)) {
                statement.execute(belonging.up());
                up.add(belonging.up());
                down.add(belonging.down());
            }
            return new Renamed(
                    String.join("", up),
                    String.join("", down.reversed()),
                    ordered.stream().map(Rename::words).collect(Collectors.joining(", ")),
                    ordered.reversed().stream()
                            .map(rename -> rename.reversed().words())
                            .collect(Collectors.joining(", ")));
        }
    }

    /**
     * Renaming there and back, each with its statements and its words.
     */
    record Renamed(String up, String down, String upWords, String downWords) {

        static final Renamed NOTHING = new Renamed("", "", "", "");
    }

    private void require(Connection connection) throws SQLException {
        String from = column.isEmpty() ? table : table + "." + column;
        if (!exists(connection, table, column)) {
            throw new MigrationFailure("There is no " + (column.isEmpty() ? "table " : "column ") + from
                    + " where the migrations end, so it cannot be renamed. Say --rename <old>=<new> with the names as they"
                    + " are in the migrations and in schema.sql.");
        }
        if (column.isEmpty() ? exists(connection, to, "") : exists(connection, table, to)) {
            throw new MigrationFailure(
                    "There is " + (column.isEmpty() ? to : table + "." + to) + " already where the migrations end, so "
                            + from + " cannot be renamed to that. Choose another name.");
        }
    }

    /** Something that belongs to a table, is called otherwise in the declared schema, and is the same but for its name. */
    private record Named(String kind, String table, String from, String to) {

        String up() {
            return sql(from, to);
        }

        String down() {
            return sql(to, from);
        }

        private String sql(String before, String after) {
            return switch (kind) {
                case "CONSTRAINT" -> "ALTER TABLE " + table + " RENAME CONSTRAINT " + before + " TO " + after + ";\n";
                case "TRIGGER" -> "ALTER TRIGGER " + before + " ON " + table + " RENAME TO " + after + ";\n";
                default -> "ALTER " + kind + " " + before + " RENAME TO " + after + ";\n";
            };
        }
    }

    /** Kind, table, name, and what it is without its name. Of sequences only those that belong to a column. */
    private static final String BELONGINGS = """
            SELECT 'CONSTRAINT', quote_ident(t.relname), quote_ident(c.conname), pg_get_constraintdef(c.oid)
            FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
            WHERE t.relnamespace = 'public'::regnamespace AND c.contype IN ('c', 'f', 'p', 'u', 'x')
            UNION ALL
            SELECT 'INDEX', quote_ident(t.relname), quote_ident(i.relname),
                   regexp_replace(pg_get_indexdef(i.oid), ' INDEX \\S+ ON ', ' INDEX ON ')
            FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
            WHERE t.relnamespace = 'public'::regnamespace
              AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.oid AND c.contype IN ('p', 'u', 'x'))
            UNION ALL
            SELECT 'SEQUENCE', quote_ident(t.relname), quote_ident(s.relname), a.attname
            FROM pg_class s
            JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            JOIN pg_class t ON t.oid = d.refobjid
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
            WHERE s.relkind = 'S' AND t.relnamespace = 'public'::regnamespace
            """;

    private static List<Named> belongings(Connection here, Connection there) throws SQLException {
        List<List<String>> before = rows(here);
        List<List<String>> after = rows(there);
        List<List<String>> gone =
                before.stream().filter(row -> !after.contains(row)).toList();
        List<List<String>> come =
                after.stream().filter(row -> !before.contains(row)).toList();
        List<Named> named = new ArrayList<>();
        for (List<String> old : gone) {
            List<List<String>> same =
                    come.stream().filter(row -> isSameButForName(row, old)).toList();
            boolean only =
                    gone.stream().filter(row -> isSameButForName(row, old)).count() == 1;
            if (same.size() == 1 && only) {
                named.add(new Named(
                        old.get(0), old.get(1), old.get(2), same.getFirst().get(2)));
            }
        }
        return named;
    }

    private static boolean isSameButForName(List<String> one, List<String> other) {
        return one.get(0).equals(other.get(0))
                && one.get(1).equals(other.get(1))
                && one.get(3).equals(other.get(3));
    }

    private static List<List<String>> rows(Connection connection) throws SQLException {
        List<List<String>> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(BELONGINGS)) {
            while (row.next()) {
                rows.add(List.of(row.getString(1), row.getString(2), row.getString(3), row.getString(4)));
            }
        }
        return rows;
    }
}
