package org.expirytracker;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which rows of which tenants a statement reads, as PostgreSQL plans it for any parameters. It is planned part by part, as a
 * distributed database does: a common table expression of its own and a subquery that depends on nothing are parts. An
 * equality counts wherever it stands in a condition.
 */
final class StatementPlan {

    private static final Pattern EQUALITY =
            Pattern.compile("([\\w\"*]+)\\.(\\w+)(?:\\)?::\\w+)? = \\(?(?:([\\w\"*]+)\\.(\\w+)|(\\$\\d+))");
    private static final List<String> CONDITIONS =
            List.of("Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Merge Cond", "Join Filter", "TID Cond");

    private static final Set<String> JOINS = Set.of("Nested Loop", "Hash Join", "Merge Join");

    /** A column of a subquery that is computed once and looked up. */
    private static final Pattern OF_SUBPLAN = Pattern.compile("\\((?:hashed |rescan )?SubPlan (\\d+)\\)\\.col(\\d+)");

    /** How the rows of a part's tables are found. */
    enum Reach {
        /** It reads no table that is distributed. */
        NONE,
        /** Each table's key is that of a parameter. */
        ONE_TENANT,
        /** Each table is joined to the others by their keys, or there is one only. */
        EACH_TENANT,
        /** Rows of one tenant meet those of another. */
        ACROSS
    }

    private final Map<String, String> keys;
    private final List<Reach> reaches = new ArrayList<>();
    private final List<String> across = new ArrayList<>();

    private StatementPlan(Map<String, String> keys) {
        this.keys = keys;
    }

    /**
     * Plans a statement.
     *
     * @param keys of each distributed table the column by whose values its rows are distributed
     */
    static StatementPlan of(Connection connection, String sql, Map<String, String> keys) throws SQLException {
        StatementPlan plan = new StatementPlan(keys);
        // The driver would send parameters with the statement; what a function executes has none.
        try (Statement statement = connection.createStatement()) {
            statement.execute("""
                    CREATE OR REPLACE FUNCTION pg_temp.plan(statement text) RETURNS text LANGUAGE plpgsql AS $$
                    DECLARE plan text;
                    BEGIN
                        EXECUTE 'EXPLAIN (GENERIC_PLAN, VERBOSE, COSTS OFF, FORMAT JSON) ' || statement INTO plan;
                        RETURN plan;
                    END $$
                    """);
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT pg_temp.plan(?)")) {
            statement.setString(1, sql);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                plan.readPart(new JsonArray(row.getString(1)).getJsonObject(0).getJsonObject("Plan"));
            }
        }
        return plan;
    }

    /** Of all parts the widest. */
    Reach reach() {
        return reaches.stream().max(Enum::compareTo).orElse(Reach.NONE);
    }

    /** Where one tenant's rows meet those of another: the tables of each such part. */
    List<String> across() {
        return across;
    }

    private void readPart(JsonObject root) {
        Map<String, String> tables = new HashMap<>();
        Map<String, String> classes = new HashMap<>();
        read(root, tables, classes, true);
        long bound = tables.keySet().stream()
                .filter(column -> find(classes, column).startsWith("$"))
                .count();
        long joined = tables.keySet().stream()
                .map(column -> find(classes, column))
                .distinct()
                .count();
        Reach reach = tables.isEmpty()
                ? Reach.NONE
                : bound == tables.size() && joined == 1
                        ? Reach.ONE_TENANT
                        : joined == 1 ? Reach.EACH_TENANT : Reach.ACROSS;
        reaches.add(reach);
        if (reach == Reach.ACROSS) {
            across.add(tables.keySet().stream()
                    .map(column -> column + "->" + find(classes, column))
                    .sorted()
                    .toList()
                    .toString());
        }
    }

    private void read(JsonObject node, Map<String, String> tables, Map<String, String> classes, boolean alone) {
        String table = node.getString("Relation Name");
        String key = table == null ? null : keys.get(table);
        if (key != null && !"Insert".equals(node.getString("Operation"))) {
            tables.put(node.getString("Alias") + "." + key, table);
        }
        for (String condition : CONDITIONS) {
            String text = node.getString(condition);
            if (text != null) {
                join(text, classes);
            }
        }
        String type = node.getString("Node Type");
        boolean stillAlone = alone && !JOINS.contains(type);
        for (Object each : node.getJsonArray("Plans", new JsonArray())) {
            JsonObject child = (JsonObject) each;
            String name = child.getString("Subplan Name", "");
            boolean result = (type.equals("Subquery Scan") || !stillAlone)
                    && !name.startsWith("SubPlan")
                    && isComputedFirst(child);
            if (name.startsWith("CTE ")
                    || name.startsWith("InitPlan")
                    || result
                    || (stillAlone && type.equals("Append"))) {
                readPart(child);
            } else {
                read(child, tables, classes, stillAlone);
            }
            if (name.startsWith("SubPlan ")) {
                JsonArray outputs = child.getJsonArray("Output", new JsonArray());
                for (int column = 0; column < outputs.size(); column++) {
                    join(
                            "sub%s.col%d = %s".formatted(name.substring(8), column + 1, outputs.getString(column)),
                            classes);
                }
            }
            if (type.equals("Subquery Scan") && !result) {
                pass(node.getString("Alias"), child, classes);
            }
        }
    }

    /** Whether a subquery is computed as a whole before what it is part of. */
    private static boolean isComputedFirst(JsonObject node) {
        String type = node.getString("Node Type");
        JsonArray children = node.getJsonArray("Plans", new JsonArray());
        return type.equals("Limit")
                || (type.equals("Aggregate") && !node.containsKey("Group Key"))
                || (type.equals("LockRows") && children.size() == 1 && isComputedFirst(children.getJsonObject(0)));
    }

    /** What a subquery puts out under the names of columns are these columns. */
    private static void pass(String alias, JsonObject child, Map<String, String> classes) {
        for (Object output : child.getJsonArray("Output", new JsonArray())) {
            String column = output.toString();
            int dot = column.indexOf('.');
            if (dot > 0 && column.matches("[\\w\"*]+\\.\\w+")) {
                String name = alias.matches("\\w+") && alias.equals(alias.toLowerCase(Locale.ROOT))
                        ? alias
                        : '"' + alias + '"';
                join(name + column.substring(dot) + " = " + column, classes);
            }
        }
    }

    private static void join(String condition, Map<String, String> classes) {
        EQUALITY.matcher(OF_SUBPLAN.matcher(condition).replaceAll("sub$1.col$2"))
                .results()
                .forEach(equal -> {
                    String left = find(classes, equal.group(1) + "." + equal.group(2));
                    String right = find(
                            classes, equal.group(5) != null ? equal.group(5) : equal.group(3) + "." + equal.group(4));
                    if (!left.equals(right)) {
                        // A parameter stands for its class.
                        if (left.startsWith("$")) {
                            classes.put(right, left);
                        } else {
                            classes.put(left, right);
                        }
                    }
                });
    }

    private static String find(Map<String, String> classes, String column) {
        String found = column;
        while (classes.containsKey(found)) {
            found = classes.get(found);
        }
        return found;
    }
}
