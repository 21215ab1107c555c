package org.expirytracker.schemas;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What a B-tree holds, asked without any extension: rows are searched by what the index's expressions give for them now,
 * by way of that index alone. PostgreSQL believes an index and does not compute its expressions again, so it does not find
 * a row whose entry was made by another body of the function, and finds one that a partial index should not hold any more.
 */
final class IndexEntries {

    /** So that only the index, and none of what is as good, is left to the planner. */
    private static final String BY_INDEX_ONLY = """
            SET LOCAL enable_seqscan = off;
            SET LOCAL enable_bitmapscan = off;
            SET LOCAL enable_tidscan = off;
            SET LOCAL enable_memoize = off;
            SET LOCAL max_parallel_workers_per_gather = 0;
            SET LOCAL jit = off
            """;

    private static final String KEYS = """
            SELECT i.indrelid::regclass::text AS relation,
                   pg_get_expr(i.indpred, i.indrelid) AS predicate,
                   pg_get_indexdef(i.indexrelid, k, false) AS expression,
                   i.indkey[k - 1] = 0 AS computed,
                   CASE WHEN i.indcollation[k - 1] <> 0 THEN i.indcollation[k - 1]::regcollation::text END AS collation
            FROM pg_index i
            JOIN pg_class x ON x.oid = i.indexrelid
            JOIN pg_am a ON a.oid = x.relam
            CROSS JOIN generate_series(1, i.indnkeyatts) AS k
            WHERE i.indexrelid = ?::regclass AND a.amname = 'btree' AND i.indisvalid AND i.indisready
            ORDER BY k
            """;

    private final String index;
    private final String relation;
    private final @Nullable String predicate;
    /** Those with which to search: up to the last one that is computed. */
    private final List<String> keys;

    private IndexEntries(String index, String relation, @Nullable String predicate, List<String> keys) {
        this.index = index;
        this.relation = relation;
        this.predicate = predicate;
        this.keys = keys;
    }

    /**
     * How many rows the index does not hold under what its expressions give for them now, or holds although its
     * predicate leaves them out.
     *
     * @param deep whether every row is looked at, or the first {@value StoredValues#LOOKED_AT} of the table
     * @return 0 of 0 for an index that is no B-tree, is not valid, or beside one that PostgreSQL would rather search
     */
    static StoredValues.Looked stale(Connection connection, StoredValues.Stored index, boolean deep)
            throws SQLException {
        boolean committing = connection.getAutoCommit();
        connection.setAutoCommit(false);
        try (Statement statement = connection.createStatement()) {
            statement.execute(BY_INDEX_ONLY);
            IndexEntries entries = of(connection, index);
            StoredValues.Looked looked = StoredValues.Looked.NOTHING;
            if (entries != null) {
                String rows = deep ? "" : " LIMIT " + StoredValues.LOOKED_AT;
                for (List<Boolean> nulls : entries.nulls(statement, rows)) {
                    looked = looked.and(entries.stale(statement, rows, nulls));
                }
            }
            return looked;
        } finally {
            connection.rollback();
            connection.setAutoCommit(committing);
        }
    }

    private static @Nullable IndexEntries of(Connection connection, StoredValues.Stored index) throws SQLException {
        String relation = null;
        String predicate = null;
        List<String> keys = new ArrayList<>();
        int last = 0;
        try (PreparedStatement statement = connection.prepareStatement(KEYS)) {
            statement.setString(1, index.relation());
            try (ResultSet row = statement.executeQuery()) {
                while (row.next()) {
                    relation = row.getString("relation");
                    predicate = row.getString("predicate");
                    String collation = row.getString("collation");
                    keys.add("(" + row.getString("expression") + ")"
                            + (collation == null ? "" : " COLLATE " + collation));
                    last = row.getBoolean("computed") ? keys.size() : last;
                }
            }
        }
        return relation == null ? null : new IndexEntries(index.name(), relation, predicate, keys.subList(0, last));
    }

    /** The ways in which keys of these rows are null: a search finds nothing that equals null. */
    private List<List<Boolean>> nulls(Statement statement, String rows) throws SQLException {
        List<List<Boolean>> nulls = new ArrayList<>();
        try (ResultSet row = statement.executeQuery("SELECT DISTINCT true AS always"
                + each(keys.size(), at -> ", " + keys.get(at) + " IS NULL") + " FROM (SELECT * FROM " + relation + rows
                + ") AS " + StoredValues.alias(relation))) {
            while (row.next()) {
                List<Boolean> pattern = new ArrayList<>();
                for (int at = 0; at < keys.size(); at++) {
                    pattern.add(row.getBoolean(at + 2));
                }
                nulls.add(pattern);
            }
        }
        return nulls;
    }

    private StoredValues.Looked stale(Statement statement, String rows, List<Boolean> nulls) throws SQLException {
        int count = keys.size();
        // Each key once, so that keys that many rows share are not searched for each of them.
        String query = "WITH sampled AS MATERIALIZED (SELECT ctid AS place, "
                + (predicate == null ? "true" : "(" + predicate + ") IS TRUE") + " AS belongs"
                + each(count, at -> ", " + keys.get(at) + " AS k" + at) + " FROM " + relation + rows
                + "),\nalike AS MATERIALIZED (SELECT * FROM sampled WHERE true"
                + each(count, at -> " AND k" + at + (nulls.get(at) ? " IS NULL" : " IS NOT NULL"))
                + "),\nfound AS MATERIALIZED (SELECT entries.place" + each(count, at -> ", searched.k" + at)
                + " FROM (SELECT DISTINCT true AS always" + each(count, at -> ", k" + at)
                + " FROM alike) AS searched CROSS JOIN LATERAL (SELECT ctid AS place FROM " + relation + " WHERE "
                + (predicate == null ? "true" : "(" + predicate + ")")
                + each(count, at -> " AND " + keys.get(at) + (nulls.get(at) ? " IS NULL" : " = searched.k" + at))
                + " OFFSET 0) AS entries)\n"
                + "SELECT count(*) FILTER (WHERE belongs <> (found.place IS NOT NULL)), count(*) FROM alike"
                + " LEFT JOIN found ON found.place = alike.place"
                + each(count, at -> nulls.get(at) ? "" : " AND found.k" + at + " = alike.k" + at);
        if (!searchesIndex(statement, query)) {
            return StoredValues.Looked.NOTHING;
        }
        try (ResultSet row = statement.executeQuery(query)) {
            row.next();
            return new StoredValues.Looked(row.getLong(1), row.getLong(2));
        }
    }

    /** Whether PostgreSQL takes that index and adds no condition for which it would compute the expressions again. */
    private boolean searchesIndex(Statement statement, String query) throws SQLException {
        StringBuilder plan = new StringBuilder();
        try (ResultSet row = statement.executeQuery("EXPLAIN " + query)) {
            while (row.next()) {
                plan.append(row.getString(1)).append('\n');
            }
        }
        Matcher scan = Pattern.compile(
                        "Index Scan using " + Pattern.quote(index) + " on .*\n(?: *Index Cond: .*\n)?(?! *Filter: )")
                .matcher(plan);
        return scan.find();
    }

    private static String each(int count, IntFunction<String> text) {
        return IntStream.range(0, count).mapToObj(text).collect(Collectors.joining());
    }
}
