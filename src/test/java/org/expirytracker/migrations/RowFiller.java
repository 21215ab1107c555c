package org.expirytracker.migrations;

import io.vertx.core.json.JsonArray;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.expirytracker.TestDatabase;
import org.jspecify.annotations.Nullable;

/**
 * Fills every table of whatever schema it finds, but the directories, which follow users by themselves, with rows of all kinds: edge values of each type, every value of
 * an enumeration, nulls, references. What the schema's own constraints refuse is simply tried again otherwise,
 * so a new migration needs no new code here. The same seed gives the same rows.
 */
public final class RowFiller {

    private static final int ROWS = 24;
    private static final int FEWEST = 8;
    private static final int ATTEMPTS = 8000;
    private static final int TOGETHER = 60;
    private static final int VALUES = 250;
    private static final Pattern QUOTED = Pattern.compile("'((?:[^']|'')*)'::text");

    /** A column, and what it is filled with; nothing where any value of its type may do. */
    private record Column(String name, String type, boolean nullable, List<String> values) {}

    private record Reference(List<String> columns, String table, List<String> keys) {}

    private record Parents(Reference reference, List<List<String>> keys) {}

    private final Connection connection;
    private final Random random;

    private RowFiller(Connection connection, long seed) {
        this.connection = connection;
        this.random = new Random(seed);
    }

    /** Adds up to {@value #ROWS} rows to each table, parents first. */
    public static void fill(Connection connection, long seed) throws SQLException {
        connection.setAutoCommit(false);
        RowFiller filler = new RowFiller(connection, seed);
        for (String table : filler.tables()) {
            filler.fill(table);
        }
        connection.commit();
        connection.setAutoCommit(true);
    }

    private void fill(String table) throws SQLException {
        List<Column> columns = columns(table);
        List<Parents> parents = new ArrayList<>();
        for (Reference reference : references(table)) {
            parents.add(parents(reference));
        }
        long before = count(table);
        long made = 0;
        boolean more = true;
        for (int attempts = 0; attempts < ATTEMPTS && made < ROWS && (more || made < FEWEST); attempts += TOGETHER) {
            List<Map<String, @Nullable String>> candidates = new ArrayList<>();
            for (int i = 0; i < TOGETHER; i++) {
                candidates.add(candidate(columns, parents));
            }
            insert(table, columns, candidates, ROWS - made);
            long now = count(table) - before;
            more = now > made;
            made = now;
        }
        if (made < FEWEST) {
            throw new AssertionError("Only " + made + " rows could be made for table " + table
                    + "; its constraints need another kind of value in RowFiller");
        }
    }

    private Map<String, @Nullable String> candidate(List<Column> columns, List<Parents> parents) {
        Map<String, @Nullable String> values = new HashMap<>();
        for (Column column : columns) {
            values.put(column.name, column.nullable && random.nextInt(3) == 0 ? null : value(column));
        }
        for (Parents of : parents) {
            refer(of, values);
        }
        return values;
    }

    /** Tries many rows in one round trip, as some of them are refused, and ends with as many as are wanted. */
    private void insert(String table, List<Column> columns, List<Map<String, @Nullable String>> candidates, long wanted)
            throws SQLException {
        String names = String.join(", ", columns.stream().map(Column::name).toList());
        String values = String.join(
                ", ",
                columns.stream()
                        .map(column -> "CAST(candidate ->> '" + column.name + "' AS " + column.type + ")")
                        .toList());
        try (Statement statement = connection.createStatement()) {
            statement.execute(INSERT.formatted(
                    new JsonArray(candidates).encode(), wanted, "INSERT INTO " + table + " (" + names + ")", values));
        }
    }

    private static final String INSERT = """
            DO $filler$
            DECLARE
                candidate jsonb;
                made bigint := 0;
            BEGIN
                FOR candidate IN SELECT jsonb_array_elements($json$%s$json$) LOOP
                    EXIT WHEN made = %d;
                    BEGIN
                        %s VALUES (%s);
                        made := made + 1;
                    EXCEPTION WHEN integrity_constraint_violation OR data_exception THEN
                        CONTINUE;
                    END;
                END LOOP;
            END
            $filler$
            """;

    private long count(String table) throws SQLException {
        return Long.parseLong(TestDatabase.strings(connection, "SELECT count(*) FROM " + table)
                .getFirst());
    }

    /** Takes over the key of some parent that agrees with what an earlier reference has set. */
    private void refer(Parents parents, Map<String, @Nullable String> values) {
        Reference reference = parents.reference;
        boolean optional = values.get(reference.columns.getLast()) == null;
        if (optional) {
            return;
        }
        List<String> parent = parents.keys.get(random.nextInt(parents.keys.size()));
        for (int i = 0; i < reference.columns.size(); i++) {
            values.put(reference.columns.get(i), parent.get(i));
        }
    }

    private Parents parents(Reference reference) throws SQLException {
        String columns = String.join(", ", reference.keys);
        List<List<String>> keys = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT " + columns + " FROM " + reference.table + " ORDER BY " + columns)) {
            while (row.next()) {
                List<String> key = new ArrayList<>();
                for (int i = 1; i <= reference.keys.size(); i++) {
                    key.add(row.getString(i));
                }
                keys.add(key);
            }
        }
        return new Parents(reference, keys);
    }

    private String value(Column column) {
        return column.values.isEmpty() ? value(column.type) : pick(column.values.toArray(String[]::new));
    }

    private String value(String type) {
        return switch (type) {
            case "uuid" -> new UUID(random.nextLong(), random.nextLong()).toString();
            case "boolean" -> pick("true", "false");
            case "smallint" -> pick("0", "1", "7", "23", "3650", "32767");
            case "integer" -> pick("0", "1", "2", "40", "100000", "2147483647");
            case "bigint" -> pick("0", "1", "4294967296", "9223372036854775807", Long.toString(random.nextLong()));
            case "date" ->
                pick("0001-01-01", "9999-12-31", "2024-02-29", "2024-03-31", "2024-10-27", "2026-11-22", "1970-01-01");
            case "timestamp with time zone" ->
                pick(
                        "2024-03-31 01:30:00.123456+00",
                        "1970-01-01 00:00:00+00",
                        "infinity",
                        "0044-03-15 12:00:00+00 BC",
                        "2024-10-27 02:30:00+02",
                        "2026-11-22 23:59:59.999999+00");
            case "bytea" -> pick("\\x", "\\x00ff", "\\x" + HEX.repeat(4));
            case "jsonb" -> pick("[]", "{}", "null", "\"ß\"", "{\"a\": [1, 1.50, null, \"\\n\"]}");
            case "double precision" -> pick("0", "1", "0.1", "9999.5", "1e300");
            case "text[]" ->
                pick(
                        "{}",
                        "{items:read}",
                        "{account,items:write,items:read}",
                        "{reports:read,reports:write}",
                        "{EXPIRED}",
                        "{SYSTEM,EXPIRING_SOON}");
            case "uuid[]" -> pick("{}", "{" + new UUID(random.nextLong(), random.nextLong()) + "}");
            case "smallint[]" -> pick("{}", "{0}", "{30,7,1,0}", "{50,25}");
            case "text" -> text();
            default -> {
                if (type.startsWith("numeric")) {
                    yield pick("0", "0.001", "1", "12.5", "999999999.999", "3.3333", "0.0001");
                }
                throw new AssertionError("RowFiller knows no values of type " + type);
            }
        };
    }

    private static final String HEX = "0123456789abcdef";

    private String text() {
        String word = Integer.toString(random.nextInt(1_000_000), 36);
        return switch (random.nextInt(15)) {
            case 0 -> "Bob" + random.nextInt(3);
            case 1 -> "bob" + random.nextInt(3);
            case 2 -> "BOB" + random.nextInt(3);
            case 3 -> "Ann" + random.nextInt(3) + "@example.org";
            case 4 -> "ann" + random.nextInt(3) + "@Example.ORG";
            case 5 -> word + "@" + "x".repeat(random.nextInt(300)) + ".org";
            case 6 -> "";
            case 7 -> "x";
            case 8 -> "Crème brûlée ß Łódź 🥛 " + word;
            case 9 -> "it's \"quoted\" \\ ; $$ -- \n\t " + word;
            case 10 -> "y".repeat(1 + random.nextInt(400));
            case 11 -> "#" + HEX.substring(4, 10);
            case 12 -> "ITEM_CREATED";
            case 13 -> word + "@example.org";
            default -> "word " + word;
        };
    }

    private String pick(String... values) {
        return values[random.nextInt(values.length)];
    }

    private List<String> tables() throws SQLException {
        List<String> all = TestDatabase.strings(connection, """
                SELECT relname FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
                  AND relname NOT IN ('flyway_schema_history', 'user_names', 'email_addresses')
                ORDER BY relname
                """);
        Map<String, Set<String>> parents = new HashMap<>();
        for (String table : all) {
            Set<String> of = new HashSet<>();
            for (Reference reference : references(table)) {
                of.add(reference.table);
            }
            parents.put(table, of);
        }
        List<String> ordered = new ArrayList<>();
        while (ordered.size() < all.size()) {
            int before = ordered.size();
            for (String table : all) {
                if (!ordered.contains(table) && ordered.containsAll(parents.getOrDefault(table, Set.of()))) {
                    ordered.add(table);
                }
            }
            if (ordered.size() == before) {
                throw new AssertionError("The foreign keys form a circle");
            }
        }
        return ordered;
    }

    private List<Column> columns(String table) throws SQLException {
        Map<String, List<String>> checks = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT a.attname, pg_get_expr(k.conbin, k.conrelid) FROM pg_constraint k JOIN pg_attribute a ON"
                                + " a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey) WHERE k.contype = 'c' AND"
                                + " cardinality(k.conkey) = 1 AND k.conrelid = '" + table + "'::regclass"
                                + " ORDER BY k.conname")) {
            while (row.next()) {
                checks.computeIfAbsent(row.getString(1), column -> new ArrayList<>())
                        .add(row.getString(2));
            }
        }
        List<Column> columns = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(
                        "SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute WHERE"
                                + " attrelid = '" + table + "'::regclass AND attnum > 0 AND NOT attisdropped AND"
                                + " attgenerated = '' ORDER BY attname")) {
            while (row.next()) {
                columns.add(new Column(row.getString(1), row.getString(2), row.getBoolean(3), List.of()));
            }
        }
        return allowed(columns, checks);
    }

    /** Decides on the values of each column that has checks of its own, so that no row is tried in vain for them. */
    private List<Column> allowed(List<Column> columns, Map<String, List<String>> checks) throws SQLException {
        List<Column> allowed = new ArrayList<>();
        List<String> queries = new ArrayList<>();
        Map<String, List<String>> values = new HashMap<>();
        for (Column column : columns) {
            List<String> of = checks.getOrDefault(column.name, List.of());
            List<String> known = of.stream()
                    .filter(check -> check.contains("= ANY (ARRAY["))
                    .flatMap(check -> QUOTED.matcher(check).results().map(quoted -> quoted.group(1)))
                    .toList();
            if (!known.isEmpty()) {
                values.put(column.name, known);
            } else if (!of.isEmpty()) {
                values.put(column.name, new ArrayList<>());
                queries.add("SELECT '" + column.name + "', tried_value FROM (SELECT tried_value, CAST(tried_value AS "
                        + column.type
                        + ") AS " + column.name + " FROM jsonb_array_elements_text($json$"
                        + new JsonArray(Stream.generate(() -> value(column.type))
                                        .limit(VALUES)
                                        .distinct()
                                        .toList())
                                .encode()
                        + "$json$) AS tried_value) AS tried WHERE (" + String.join(") AND (", of) + ")");
            }
        }
        if (!queries.isEmpty()) {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(String.join(" UNION ALL ", queries))) {
                while (row.next()) {
                    Objects.requireNonNull(values.get(row.getString(1))).add(row.getString(2));
                }
            }
        }
        for (Column column : columns) {
            allowed.add(
                    new Column(column.name, column.type, column.nullable, values.getOrDefault(column.name, List.of())));
        }
        return allowed;
    }

    /** Shorter keys first, so that a reference to a row of a user decides on the user. */
    private List<Reference> references(String table) throws SQLException {
        List<Reference> references = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT confrelid::regclass::text,
                               (SELECT string_agg(attname, ',' ORDER BY n) FROM unnest(conkey) WITH ORDINALITY AS k (num, n)
                                JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = num),
                               (SELECT string_agg(attname, ',' ORDER BY n) FROM unnest(confkey) WITH ORDINALITY AS k (num, n)
                                JOIN pg_attribute a ON a.attrelid = confrelid AND a.attnum = num)
                        FROM pg_constraint
                        WHERE contype = 'f' AND conrelid = '%s'::regclass
                        ORDER BY cardinality(conkey), conname
                        """.formatted(table))) {
            while (row.next()) {
                references.add(new Reference(
                        Arrays.asList(row.getString(2).split(",")),
                        row.getString(1),
                        Arrays.asList(row.getString(3).split(","))));
            }
        }
        return references;
    }
}
