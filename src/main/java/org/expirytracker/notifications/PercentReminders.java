package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.UUID;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;

/**
 * The days on which only so many percent are left of an item's life, which lasts from its purchase to its expiry date:
 * computed whenever one of them or the percentages in force change, which are those of every member, so that the turn of the day finds them by index.
 */
final class PercentReminders {

    private PercentReminders() {}

    private static final String REFRESH = """
            WITH wanted AS (
                SELECT items.id AS item_id, percent,
                       items.expiry_date - ((items.expiry_date - items.purchase_date) * percent::bigint / 100)::integer
                           AS due_on
                  FROM items
                  LEFT JOIN category_reminders AS own
                    ON own.user_id = $1 AND own.category_id = items.category_id
                 CROSS JOIN LATERAL (
                       SELECT DISTINCT unnest(coalesce(own.percents, $3::smallint[])) AS percent) AS each
                 WHERE items.user_id = $1 AND ($2::uuid[] IS NULL OR items.id = ANY ($2))
                   AND items.purchase_date < items.expiry_date
            ), outdated AS (
                DELETE FROM percent_reminders
                 WHERE user_id = $1 AND ($2::uuid[] IS NULL OR item_id = ANY ($2))
                   AND NOT EXISTS (
                       SELECT FROM wanted
                        WHERE wanted.item_id = percent_reminders.item_id AND wanted.percent = percent_reminders.percent)
            )
            INSERT INTO percent_reminders (user_id, item_id, percent, due_on)
            SELECT $1, item_id, percent, due_on
              FROM wanted
                ON CONFLICT (user_id, item_id, percent) DO UPDATE SET due_on = excluded.due_on
             WHERE percent_reminders.due_on <> excluded.due_on
            """;

    /** Computes the days of all items of an inventory anew. */
    static Future<Integer> refresh(SqlClient client, InventoryId inventoryId) {
        return MemberReminders.of(client, inventoryId)
                .compose(reminders -> refresh(client, inventoryId, null, reminders));
    }

    /**
     * Computes the days anew.
     *
     * @param itemIds of these items; null for all of the inventory's
     * @param reminders of its members
     */
    static Future<Integer> refresh(
            SqlClient client, InventoryId inventoryId, @Nullable List<UUID> itemIds, MemberReminders reminders) {
        Tuple parameters = Tuple.of(inventoryId.value())
                .addArrayOfUUID(itemIds == null ? null : itemIds.toArray(UUID[]::new))
                .addArrayOfShort(reminders.percents().toArray(Short[]::new));
        return Rows.change(client, REFRESH, parameters);
    }
}
