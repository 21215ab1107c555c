package org.expirytracker.inventories;

import io.vertx.sqlclient.Row;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;

/**
 * In which inventory somebody acts, and as what: asked together with their session or API token, so that it costs no
 * statement of its own.
 *
 * @param zone in which the inventory's days begin and end
 */
public record Membership(InventoryId inventoryId, Role role, ZoneId zone) {

    /** The global ids of inventories as people share them. */
    public static final NodeId.Type TYPE = new NodeId.Type('V', "InventoryAccount");

    /** What {@link #of} reads, of a statement with {@link #SEATS} and {@link #JOIN}. */
    public static final String COLUMNS =
            "seats.inventory_id, seats.member_role, seats.time_zone, seats.at, seats.utc_offset\n";

    /**
     * A common table expression with the memberships that the rows of another one before it, {@code asked (user_id,
     * inventory_id)}, name: apart from what is asked of the users, since inventories and users can be at two places.
     */
    public static final String SEATS = """
            , seats AS MATERIALIZED (
                SELECT members.user_id, members.inventory_id, members.role AS member_role, inventories.time_zone, now() AS at,
                       extract(epoch FROM (now() AT TIME ZONE inventories.time_zone) - (now() AT TIME ZONE 'UTC'))::integer
                           AS utc_offset
                  FROM asked
                  JOIN members ON members.inventory_id = asked.inventory_id AND members.user_id = asked.user_id
                  JOIN inventories ON inventories.id = members.inventory_id
            )
            """;

    /** Finds for each row of {@code asked} its membership, if there is one. */
    public static final String JOIN = """
              LEFT JOIN seats ON seats.inventory_id = asked.inventory_id AND seats.user_id = asked.user_id
            """;

    /** Reads {@link #COLUMNS}; empty when the user is no member, or there is no such inventory. */
    public static Optional<Membership> of(Row row) {
        UUID inventory = row.getUUID("inventory_id");
        return inventory == null
                ? Optional.empty()
                : Optional.of(new Membership(
                        new InventoryId(inventory),
                        Role.valueOf(row.getString("member_role")),
                        Caller.zone(
                                row.getString("time_zone"),
                                row.getOffsetDateTime("at").toInstant(),
                                ZoneOffset.ofTotalSeconds(row.getInteger("utc_offset")))));
    }

    /**
     * The caller who acts in the inventory.
     *
     * @param holds what the session or API token may do where its user may do everything
     */
    public Caller caller(UserId userId, UUID sessionId, Holdings holds) {
        return new Caller(userId, inventoryId, role, sessionId, zone, role.limit(holds));
    }

    /** Why a request is refused that names an inventory of others, or none. */
    public static Problem missing() {
        return Problem.of(
                Problem.Code.FORBIDDEN,
                "There is no such inventory, or you are no member of it. The query inventories lists yours; "
                        + "without the header Expiry-Inventory a request acts in your own.");
    }
}
