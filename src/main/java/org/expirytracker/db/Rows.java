package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * Runs one prepared statement and maps what comes back. Works alike on pipelined connections and inside a
 * transaction. A failure that a client may read comes as a {@link org.expirytracker.kernel.Problem}.
 */
public final class Rows {

    /** Longest wait for an answer, a little above the database's own limit, for when it does not answer at all. */
    private static final int DEADLINE_SECONDS = 8;

    private Rows() {}

    /** Every row, in the statement's order; possibly empty. */
    public static <T> Future<List<T>> list(SqlClient client, String sql, Tuple parameters, Function<Row, T> mapper) {
        return run(client, sql, parameters).map(rows -> {
            List<T> list = new ArrayList<>(rows.size());
            for (Row row : rows) {
                list.add(mapper.apply(row));
            }
            return list;
        });
    }

    /** Every row under its key; of two rows with one key the later stays. */
    public static <K, V> Future<Map<K, V>> map(
            SqlClient client, String sql, Tuple parameters, Function<Row, K> key, Function<Row, V> value) {
        return run(client, sql, parameters).map(rows -> {
            Map<K, V> map = HashMap.newHashMap(rows.size());
            for (Row row : rows) {
                map.put(key.apply(row), value.apply(row));
            }
            return map;
        });
    }

    /** The first row, if there is one. */
    public static <T> Future<Optional<T>> first(
            SqlClient client, String sql, Tuple parameters, Function<Row, T> mapper) {
        return run(client, sql, parameters).map(rows -> {
            var each = rows.iterator();
            return each.hasNext() ? Optional.of(mapper.apply(each.next())) : Optional.empty();
        });
    }

    /**
     * Every row of a statement that is run for each of many tenants, in their order, in one round trip: what locks or
     * changes rows of many tenants does so by statements of one tenant each.
     *
     * @param each the parameters of each run; possibly none
     * @return fails with the first run that fails, after which none is made
     */
    public static <T> Future<List<T>> listOfEach(
            SqlConnection transaction, String sql, List<Tuple> each, Function<Row, T> mapper) {
        if (each.isEmpty()) {
            return Future.succeededFuture(List.of());
        }
        return inTime(transaction.preparedQuery(sql).executeBatch(each)).map(first -> {
            List<T> list = new ArrayList<>(each.size());
            for (RowSet<Row> rows = first; rows != null; rows = rows.next()) {
                for (Row row : rows) {
                    list.add(mapper.apply(row));
                }
            }
            return list;
        });
    }

    /**
     * How many rows a statement writes in all that is run for each of many tenants, in one round trip; see {@link
     * #listOfEach}.
     *
     * @param each the parameters of each run; possibly none
     */
    public static Future<Integer> changeOfEach(SqlConnection transaction, String sql, List<Tuple> each) {
        if (each.isEmpty()) {
            return Future.succeededFuture(0);
        }
        return inTime(transaction.preparedQuery(sql).executeBatch(each)).map(first -> {
            int changed = 0;
            for (RowSet<Row> rows = first; rows != null; rows = rows.next()) {
                changed += rows.rowCount();
            }
            return changed;
        });
    }

    /** How many rows the statement wrote. */
    public static Future<Integer> change(SqlClient client, String sql, Tuple parameters) {
        return run(ReplicaReads.primaryOf(client), sql, parameters).map(RowSet::rowCount);
    }

    static Future<RowSet<Row>> run(SqlClient client, String sql, Tuple parameters) {
        return client instanceof ReplicaReads either ? either.read(sql, parameters) : onOne(client, sql, parameters);
    }

    private static Future<RowSet<Row>> onOne(SqlClient client, String sql, Tuple parameters) {
        return inTime(client.preparedQuery(sql).execute(parameters).recover(failure -> {
            // A migration changed a table under a cached statement; outside a transaction once more is
            // harmless.
            boolean again = SqlFailures.isStalePlan(failure) && !(client instanceof SqlConnection);
            return again ? client.preparedQuery(sql).execute(parameters) : Future.failedFuture(failure);
        }));
    }

    private static Future<RowSet<Row>> inTime(Future<RowSet<Row>> answer) {
        return answer.timeout(DEADLINE_SECONDS, TimeUnit.SECONDS)
                .recover(failure -> Future.failedFuture(SqlFailures.asProblem(failure)));
    }
}
