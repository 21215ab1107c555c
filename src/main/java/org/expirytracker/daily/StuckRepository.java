package org.expirytracker.daily;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the tables {@code stuck_turns} and {@code stuck_items}: users whose day could not be turned, and items of which
 * it could not be told. Each is tried again after a minute and after ten more, then parked until an operator wants it
 * tried again, or, for an item, until the item is changed. Nothing of it is lost meanwhile: the day stays due, and an
 * item is told of what has come due until then.
 */
public final class StuckRepository {

    /** After how many tries it is parked. */
    static final int MOST_TRIES = 3;

    private static final int MOST_AT_ONCE = 100;
    private static final int MOST_LISTED = 1_000;
    private static final int ERROR_LENGTH = 500;

    /**
     * What is due and what is stuck.
     *
     * @param at when that was, by the database's clock
     * @param due users whose day is due, without the stuck ones
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

    /**
     * A user or an item that is stuck.
     *
     * @param itemId null when it is the user's whole day
     * @param itemName null when it is the user's whole day
     * @param tries how many failed
     * @param error what was wrong the last time
     * @param retryAt of the next try; null when it is parked
     */
    public record Stuck(
            InventoryId inventoryId,
            String username,
            @Nullable UUID itemId,
            @Nullable String itemName,
            int tries,
            String error,
            Instant firstFailedAt,
            Instant lastFailedAt,
            @Nullable Instant retryAt) {}

    /** An item that is to be tried again, and the day up to which its owner has been told. */
    record ItemDue(InventoryId inventoryId, UUID itemId, LocalDate day) {}

    /** What was wrong, in a few words without the row in question. */
    static String textOf(Throwable failure) {
        String text = failure instanceof PgException refused
                ? refused.getErrorMessage() + " (" + refused.getSqlState() + ")"
                : String.valueOf(failure.getMessage());
        return text.length() > ERROR_LENGTH ? text.substring(0, ERROR_LENGTH - 1) + "…" : text;
    }

    // A second node may have been at it at the same time: a failure that is not due counts once.
    private static final String AGAIN = """
               SET tries = least(stuck.tries + 1, 1000), error = excluded.error, last_failed_at = now(),
                   retry_at = CASE stuck.tries WHEN 1 THEN now() + interval '10 minutes' ELSE 'infinity' END
             WHERE stuck.retry_at <= now()
            RETURNING tries
            """;

    private static final String ADD_TURN = """
            INSERT INTO stuck_turns AS stuck (user_id, error, retry_at)
            SELECT id, $2, now() + interval '1 minute'
              FROM inventories
             WHERE id = $1 AND active AND next_day_at <= now()
                ON CONFLICT (user_id) DO UPDATE
            """ + AGAIN;

    /** Notes that a user's day could not be turned; how many tries failed by now, if it is still due. */
    Future<Optional<Integer>> addTurn(SqlConnection connection, InventoryId inventory, String error) {
        return Rows.first(connection, ADD_TURN, Tuple.of(inventory.value(), error), row -> row.getInteger("tries"));
    }

    private static final String ADD_ITEMS = """
            INSERT INTO stuck_items AS stuck (user_id, item_id, error, retry_at)
            SELECT $1, items.id, told.error, now() + interval '1 minute'
              FROM unnest($2::uuid[], $3::text[]) AS told (item_id, error)
              JOIN items ON items.user_id = $1 AND items.id = told.item_id
                ON CONFLICT (user_id, item_id) DO UPDATE
            """ + AGAIN;

    /** Notes items of which a user could not be told, by id and why; of each how many tries failed by now. */
    Future<List<Integer>> addItems(SqlConnection connection, InventoryId inventory, Map<UUID, String> errors) {
        Tuple parameters = Tuple.of(inventory.value())
                .addArrayOfUUID(errors.keySet().toArray(UUID[]::new))
                .addArrayOfString(errors.values().toArray(String[]::new));
        return errors.isEmpty()
                ? Future.succeededFuture(List.of())
                : Rows.list(connection, ADD_ITEMS, parameters, row -> row.getInteger("tries"));
    }

    private static final String REMOVE_TURNS = """
            DELETE FROM stuck_turns
             WHERE user_id = ANY ($1)
            """;

    /** Notes that days were turned after all. */
    Future<List<InventoryId>> removeTurns(SqlConnection connection, List<InventoryId> users) {
        Tuple parameters = Tuple.tuple()
                .addArrayOfUUID(users.stream().map(InventoryId::value).toArray(UUID[]::new));
        return Rows.change(connection, REMOVE_TURNS, parameters).map(users);
    }

    private static final String TURNS_DUE = """
            SELECT stuck_turns.user_id
              FROM stuck_turns
              JOIN inventories ON inventories.id = stuck_turns.user_id AND inventories.active AND inventories.next_day_at <= now()
             WHERE stuck_turns.retry_at <= now()
             ORDER BY stuck_turns.retry_at
             LIMIT $1
            """;

    /** Users whose day is to be tried again. */
    Future<List<InventoryId>> turnsDue(SqlClient client) {
        return Rows.list(client, TURNS_DUE, Tuple.of(MOST_AT_ONCE), row -> new InventoryId(row.getUUID("user_id")));
    }

    private static final String ITEMS_DUE = """
            SELECT stuck_items.user_id, stuck_items.item_id, inventories.last_day
              FROM stuck_items
              JOIN inventories ON inventories.id = stuck_items.user_id AND inventories.active AND inventories.last_day IS NOT NULL
             WHERE stuck_items.retry_at <= now()
             ORDER BY stuck_items.retry_at
             LIMIT $1
            """;

    /** Items of which it is to be tried again to tell. */
    Future<List<ItemDue>> itemsDue(SqlClient client) {
        return Rows.list(
                client,
                ITEMS_DUE,
                Tuple.of(MOST_AT_ONCE),
                row -> new ItemDue(
                        new InventoryId(row.getUUID("user_id")), row.getUUID("item_id"), row.getLocalDate("last_day")));
    }

    private static final String TAKE_ITEM = """
            DELETE FROM stuck_items
             WHERE user_id = $1 AND item_id = $2 AND retry_at <= now()
            """;

    /** Takes an item out, for another try in the same transaction; whether nobody else has. */
    Future<Boolean> takeItem(SqlConnection connection, ItemDue item) {
        return Rows.change(connection, TAKE_ITEM, Tuple.of(item.inventoryId().value(), item.itemId()))
                .map(taken -> taken > 0);
    }

    private static final String RETRY = """
            WITH turns AS (
                UPDATE stuck_turns
                   SET retry_at = now()
                 WHERE $1::uuid IS NULL OR user_id = $1
             RETURNING 1
            ), items AS (
                UPDATE stuck_items
                   SET retry_at = now()
                 WHERE $1::uuid IS NULL OR user_id = $1 OR item_id = $1
             RETURNING 1
            )
            SELECT ((SELECT count(*) FROM turns) + (SELECT count(*) FROM items))::integer AS again
            """;

    /**
     * Has it tried again at the next look of any node, also what is parked: of which another failure parks it again.
     *
     * @param id of a user, whose items are meant too, or of an item; null for all that is stuck
     * @return how many there are
     */
    public Future<Integer> retry(SqlClient client, @Nullable UUID id) {
        return Rows.first(client, RETRY, Tuple.of(id), row -> row.getInteger("again"))
                .map(again -> again.orElse(0));
    }

    private static final String BACKLOG = """
            SELECT now() AS at, due.amount, due.oldest, turns.waiting AS waiting_users, turns.parked AS parked_users,
                   items.waiting AS waiting_items, items.parked AS parked_items
              FROM (SELECT count(*)::integer AS amount, min(next_day_at) AS oldest
                      FROM inventories
                     WHERE active AND next_day_at <= now()
                       AND NOT EXISTS (SELECT FROM stuck_turns WHERE user_id = inventories.id)) AS due,
                   (SELECT count(*) FILTER (WHERE retry_at < 'infinity')::integer AS waiting,
                           count(*) FILTER (WHERE retry_at = 'infinity')::integer AS parked
                      FROM stuck_turns) AS turns,
                   (SELECT count(*) FILTER (WHERE retry_at < 'infinity')::integer AS waiting,
                           count(*) FILTER (WHERE retry_at = 'infinity')::integer AS parked
                      FROM stuck_items) AS items
            """;

    /** How much there is to do. */
    public Future<Backlog> backlog(SqlClient client) {
        return Rows.first(
                        client,
                        BACKLOG,
                        Tuple.tuple(),
                        row -> new Backlog(
                                row.get(OffsetDateTime.class, "at").toInstant(),
                                row.getInteger("amount"),
                                instant(row, "oldest"),
                                row.getInteger("waiting_users"),
                                row.getInteger("parked_users"),
                                row.getInteger("waiting_items"),
                                row.getInteger("parked_items")))
                .map(Optional::orElseThrow);
    }

    private static final String LIST = """
            SELECT stuck.user_id, users.username, stuck.item_id, items.name, stuck.tries, stuck.error,
                   stuck.first_failed_at, stuck.last_failed_at, nullif(stuck.retry_at, 'infinity') AS retry_at
              FROM (SELECT user_id, NULL::uuid AS item_id, tries, error, first_failed_at, last_failed_at, retry_at
                      FROM stuck_turns
                     UNION ALL
                    SELECT user_id, item_id, tries, error, first_failed_at, last_failed_at, retry_at
                      FROM stuck_items) AS stuck
              JOIN inventories ON inventories.id = stuck.user_id
              JOIN users ON users.id = inventories.owner_id
              LEFT JOIN items ON items.user_id = stuck.user_id AND items.id = stuck.item_id
             ORDER BY stuck.first_failed_at, stuck.user_id, stuck.item_id
             LIMIT $1
            """;

    /** All that is stuck, the oldest first, the parked ones too; at most {@value #MOST_LISTED}. */
    public Future<List<Stuck>> list(SqlClient client) {
        return Rows.list(
                client,
                LIST,
                Tuple.of(MOST_LISTED),
                row -> new Stuck(
                        new InventoryId(row.getUUID("user_id")),
                        row.getString("username"),
                        row.getUUID("item_id"),
                        row.getString("name"),
                        row.getInteger("tries"),
                        row.getString("error"),
                        row.get(OffsetDateTime.class, "first_failed_at").toInstant(),
                        row.get(OffsetDateTime.class, "last_failed_at").toInstant(),
                        instant(row, "retry_at")));
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.get(OffsetDateTime.class, column);
        return at == null ? null : at.toInstant();
    }
}
