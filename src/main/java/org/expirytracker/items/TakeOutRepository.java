package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.Copied;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;

/** SQL that reads the table {@code take_outs} row by row. $1 is always the inventory, so no statement can cross tenants. */
final class TakeOutRepository {

    private static final String FIND = """
            SELECT id, item_id, category_id, name, quantity, unit, value, outcome, note, created_at
              FROM take_outs
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Take-outs by id; one that does not exist is left out. */
    Future<Map<UUID, TakenOut>> find(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), TakeOutRepository::toTakenOut);
    }

    /** Which of some take-outs there are. */
    Future<Set<UUID>> present(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        return find(client, inventoryId, ids).map(Map::keySet);
    }

    private static final String LIST = """
            SELECT id
              FROM take_outs
             WHERE user_id = $1 AND id > $2
               AND NOT EXISTS (
                   SELECT FROM activities
                    WHERE user_id = $1 AND subject_id = take_outs.item_id AND seq > $3 AND kind = ANY ($4::text[])
                      AND (after->'takeOut'->>'id')::uuid = take_outs.id)
             ORDER BY id
             LIMIT $5
            """;

    /** The ids of all that there were at a place in the log and still are. */
    Future<List<UUID>> list(SqlClient client, InventoryId inventoryId, Copied.Span span) {
        return span.list(client, inventoryId, LIST);
    }

    private static TakenOut toTakenOut(Row row) {
        return new TakenOut(
                row.getUUID("id"),
                row.getUUID("item_id"),
                row.getUUID("category_id"),
                row.getString("name"),
                row.getBigDecimal("quantity"),
                row.getString("unit"),
                row.getBigDecimal("value"),
                TakeOut.Outcome.valueOf(row.getString("outcome")),
                row.getString("note"),
                row.get(OffsetDateTime.class, "created_at").toInstant());
    }
}
