package org.expirytracker.activities;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.db.Database;
import org.expirytracker.db.Replicas;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Placement;
import org.expirytracker.kernel.ReadSource;

/**
 * Lets an operation read from a replica that has all that has happened to its inventory, and to the account of its caller, until
 * it began: whoever wrote it, and on whatever node. The primary is asked for the moment of the latest change and for the position
 * of its log: where it stood when a change was first seen lies behind that change's commit.
 *
 * <p>To be used on one event loop. All that is asked for in one turn of it is asked in one statement.
 */
public final class ReplicaPlacement implements Placement {

    private static final long NOWHERE = Long.MAX_VALUE;

    private final Vertx vertx;
    private final Database database;
    private final Replicas replicas;
    private Map<InventoryId, Promise<Long>> asked = new HashMap<>();

    /** Places operations that read by one event loop's connections. */
    public ReplicaPlacement(Vertx vertx, Database database, Replicas replicas) {
        this.vertx = vertx;
        this.database = database;
        this.replicas = replicas;
    }

    @Override
    public Future<Caller> place(Caller caller) {
        if (!replicas.areUsed()) {
            return Future.succeededFuture(caller);
        }
        Future<Long> ofInventory = needed(caller.inventoryId());
        Future<Long> ofAccount = caller.actsInOwn() ? ofInventory : needed(InventoryId.ownOf(caller.userId()));
        return Future.join(ofInventory, ofAccount)
                .map(both -> place(caller, Math.max(ofInventory.result(), ofAccount.result())))
                .otherwise(caller);
    }

    private Caller place(Caller caller, long position) {
        int replica = replicas.having(position);
        return replica < 0 ? caller : caller.readingFrom(ReadSource.ofReplica(replica));
    }

    private synchronized Future<Long> needed(InventoryId inventoryId) {
        if (asked.isEmpty()) {
            vertx.runOnContext(turn -> askForAll());
        }
        return asked.computeIfAbsent(inventoryId, fresh -> Promise.promise()).future();
    }

    private synchronized Map<InventoryId, Promise<Long>> takeAsked() {
        Map<InventoryId, Promise<Long>> all = asked;
        asked = new HashMap<>();
        return all;
    }

    // The position is read after what the statement sees was committed.
    private static final String LATEST = """
            SELECT feeds.user_id, feeds.last_at, (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint AS position,
                   left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) AS history
              FROM unnest($1::uuid[]) AS asked (user_id)
              JOIN feeds ON feeds.user_id = asked.user_id
            """;

    private void askForAll() {
        Map<InventoryId, Promise<Long>> all = takeAsked();
        UUID[] ids = all.keySet().stream().map(InventoryId::value).toArray(UUID[]::new);
        Rows.map(
                        database.reads(),
                        LATEST,
                        Tuple.tuple().addArrayOfUUID(ids),
                        row -> new InventoryId(row.getUUID("user_id")),
                        this::toPosition)
                .onSuccess(found -> all.forEach((id, answer) -> answer.complete(found.getOrDefault(id, NOWHERE))))
                .onFailure(failure -> all.values().forEach(answer -> answer.fail(failure)));
    }

    private long toPosition(Row row) {
        return replicas.needed(
                new InventoryId(row.getUUID("user_id")),
                row.getOffsetDateTime("last_at"),
                row.getLong("position"),
                row.getString("history"));
    }
}
