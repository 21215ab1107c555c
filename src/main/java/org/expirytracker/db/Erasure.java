package org.expirytracker.db;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import org.expirytracker.kernel.InventoryId;

/**
 * What a room deletes of an inventory that goes, before the row in {@code inventories} goes and takes the rest along: tables
 * of which it may have more rows than one statement deletes in time. The room that owns the tables has one.
 *
 * @param statements each deletes at most $2 rows of the inventory $1 from one table, which stands after those that refer to it
 */
public record Erasure(List<String> statements) {

    private static final int ROWS_AT_ONCE = 25_000;

    /** An erasure by these statements, in this order. */
    public static Erasure of(String... statements) {
        return new Erasure(List.of(statements));
    }

    /** Runs what all rooms have registered, one after another. */
    public static Future<?> runAll(List<Erasure> erasures, SqlConnection transaction, InventoryId inventoryId) {
        Future<?> emptied = Future.succeededFuture();
        for (Erasure erasure : erasures) {
            emptied = emptied.compose(before -> erasure.run(transaction, inventoryId));
        }
        return emptied;
    }

    /** Repeats each statement until nothing of the inventory is left for it. */
    private Future<?> run(SqlConnection transaction, InventoryId inventoryId) {
        Future<?> emptied = Future.succeededFuture();
        for (String statement : statements) {
            emptied = emptied.compose(before -> deleteAll(transaction, statement, inventoryId));
        }
        return emptied;
    }

    private static Future<?> deleteAll(SqlConnection transaction, String statement, InventoryId inventoryId) {
        return Rows.change(transaction, statement, Tuple.of(inventoryId.value(), (long) ROWS_AT_ONCE))
                .compose(deleted -> deleted < ROWS_AT_ONCE
                        ? Future.succeededFuture()
                        : deleteAll(transaction, statement, inventoryId));
    }
}
