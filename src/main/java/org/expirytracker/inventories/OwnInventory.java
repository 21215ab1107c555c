package org.expirytracker.inventories;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;

/**
 * SQL of the inventory that a user has from registration on. It bears the user's id, and what the user says of their days
 * (time zone, lead days, hour of the turn) holds for it.
 */
public final class OwnInventory {

    /**
     * Goes on with a statement that begins with a common table expression {@code newcomer} of the row that was added to
     * {@code users}, if any: adds their inventory and makes them its owner.
     */
    public static final String OF_NEWCOMER = """
            , inventory AS (
                INSERT INTO inventories (id, owner_id, name, time_zone, lead_days, turn_hour, next_day_at)
                SELECT id, id, username || '''s inventory', time_zone, lead_days, turn_hour, next_day_at
                  FROM newcomer
            ), owner AS (
                INSERT INTO members (inventory_id, user_id, role)
                SELECT id, id, 'OWNER'
                  FROM newcomer
            )
            """;

    /**
     * Goes on with a statement that begins with a common table expression {@code gone} of rows that were deleted from
     * {@code users}: deletes their inventories and memberships. Where a database is distributed, no foreign key does.
     */
    public static final String OF_GONE = """
            , disowned AS (
                DELETE FROM inventories
                 USING gone
                 WHERE inventories.owner_id = gone.id
            ), unjoined AS (
                DELETE FROM members
                 USING gone
                 WHERE members.user_id = gone.id
            )
            """;

    // The next day to turn is the one after the last that was turned, and due at once when it has begun there already.
    // So no date is left out and none comes twice. Where no day was turned yet, it is the first that is ahead or due.
    /** Changes time zone ($2), lead days ($3) and hour of the turn ($4) of the inventory $1. */
    public static final String SET_DAYS = """
            WITH clock AS MATERIALIZED (
                SELECT now() AS at
            )
            UPDATE inventories
               SET time_zone = $2, lead_days = $3, turn_hour = $4,
                   next_day_at = CASE WHEN time_zone = $2 AND turn_hour = $4 THEN next_day_at ELSE coalesce(
                       day_begins_at(last_day + 1, $4, $2),
                       (SELECT min(begins)
                          FROM generate_series(0, 2) AS days,
                               day_begins_at((clock.at AT TIME ZONE $2::text)::date + days, $4, $2) AS begins
                         WHERE begins > clock.at OR next_day_at <= clock.at)) END,
                   version = version + 1, updated_at = clock.at
              FROM clock
             WHERE id = $1 AND (time_zone, lead_days, turn_hour) IS DISTINCT FROM ($2, $3, $4)
            """;

    /**
     * An inventory that is somebody's.
     *
     * @param shared whether others are members of it
     */
    public record Owned(InventoryId id, String name, boolean shared) {}

    private static final String OWNED = """
            SELECT id, name,
                   (SELECT count(*) FROM members WHERE inventory_id = inventories.id) > 1 AS shared
              FROM inventories
             WHERE owner_id = $1
             ORDER BY id
            """;

    /** All inventories that are a user's. */
    public static Future<List<Owned>> ownedBy(SqlClient client, UserId userId) {
        return Rows.list(
                client,
                OWNED,
                Tuple.of(userId.value()),
                row -> new Owned(new InventoryId(row.getUUID("id")), row.getString("name"), row.getBoolean("shared")));
    }

    private OwnInventory() {}
}
