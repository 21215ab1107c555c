package org.expirytracker.daily;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.db.Rows;
import org.jspecify.annotations.Nullable;

/** SQL by which operators see how the turn of the day gets on. */
public final class TurnRepository {

    /**
     * What is due and what failed.
     *
     * @param at when that was, by the database's clock
     * @param due inventories whose day is due, without those where it failed
     * @param oldestDueAt since when the oldest of these is due; null for none
     */
    public record Backlog(
            Instant at,
            int due,
            @Nullable Instant oldestDueAt,
            int waitingUsers,
            int parkedUsers,
            int waitingItems,
            int parkedItems) {}

    private static final String BACKLOG = """
            SELECT now() AS at, due.amount, due.oldest, failed.waiting_users, failed.parked_users, failed.waiting_items,
                   failed.parked_items
              FROM (SELECT count(*)::integer AS amount, min(next_day_at) AS oldest
                      FROM inventories
                     WHERE active AND next_day_at <= now()
                       AND NOT EXISTS (SELECT FROM jobs WHERE tenant_id = inventories.id AND kind = 'turn')) AS due,
                   (SELECT count(*) FILTER (WHERE kind = 'turn' AND due_at < 'infinity')::integer AS waiting_users,
                           count(*) FILTER (WHERE kind = 'turn' AND due_at = 'infinity')::integer AS parked_users,
                           count(*) FILTER (WHERE kind = 'notice' AND due_at < 'infinity')::integer AS waiting_items,
                           count(*) FILTER (WHERE kind = 'notice' AND due_at = 'infinity')::integer AS parked_items
                      FROM jobs
                     WHERE kind IN ('turn', 'notice')) AS failed
            """;

    /** How much there is to do. */
    public Future<Backlog> backlog(SqlClient client) {
        return Rows.first(client, BACKLOG, Tuple.tuple(), row -> {
                    OffsetDateTime oldest = row.get(OffsetDateTime.class, "oldest");
                    return new Backlog(
                            row.get(OffsetDateTime.class, "at").toInstant(),
                            row.getInteger("amount"),
                            oldest == null ? null : oldest.toInstant(),
                            row.getInteger("waiting_users"),
                            row.getInteger("parked_users"),
                            row.getInteger("waiting_items"),
                            row.getInteger("parked_items"));
                })
                .map(Optional::orElseThrow);
    }

    private static final String OWNERS = """
            WITH owned AS MATERIALIZED (
                SELECT id, owner_id
                  FROM inventories
                 WHERE id = ANY ($1)
            )
            SELECT owned.id, users.username
              FROM owned
              JOIN users ON users.id = owned.owner_id
            """;

    /** The user names of inventories' owners, by the inventory's id; of one that is gone, none. */
    public Future<Map<UUID, String>> owners(SqlClient client, Collection<UUID> inventories) {
        return Rows.map(client, OWNERS, ids(inventories), row -> row.getUUID("id"), row -> row.getString("username"));
    }

    private static final String ITEMS = """
            SELECT id, name
              FROM items
             WHERE user_id = ANY ($1) AND id = ANY ($2)
            """;

    /** The names of items, by id; of one that is gone, none. */
    public Future<Map<UUID, String>> items(SqlClient client, Collection<UUID> inventories, Collection<UUID> items) {
        return Rows.map(
                client,
                ITEMS,
                ids(inventories).addArrayOfUUID(items.toArray(UUID[]::new)),
                row -> row.getUUID("id"),
                row -> row.getString("name"));
    }

    private static Tuple ids(Collection<UUID> ids) {
        return Tuple.tuple().addArrayOfUUID(ids.toArray(UUID[]::new));
    }
}
