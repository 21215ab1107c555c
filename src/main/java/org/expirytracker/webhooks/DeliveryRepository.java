package org.expirytracker.webhooks;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.outbound.OutboundClient;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code webhook_deliveries}. $1 is the inventory, but for what looks after those of all. */
final class DeliveryRepository {

    private static final String COLUMNS = """
            id, webhook_id, place, event, event_id, body, state, attempts, status_code, answer, millis, attempted_at,
            created_at
            """;

    private static final String NEWEST = "SELECT " + COLUMNS + """
              FROM webhook_deliveries
             WHERE user_id = $1 AND webhook_id = $2 AND ($3::bigint IS NULL OR place < $3)
               AND ($4::text[] IS NULL OR state = ANY ($4))
             ORDER BY place DESC
             LIMIT $5
            """;

    private static final String OLDEST = "SELECT " + COLUMNS + """
              FROM webhook_deliveries
             WHERE user_id = $1 AND webhook_id = $2 AND ($3::bigint IS NULL OR place > $3)
               AND ($4::text[] IS NULL OR state = ANY ($4))
             ORDER BY place
             LIMIT $5
            """;

    /**
     * A page, newest first, in the direction of reading.
     *
     * @param states in one of these; null for any
     * @param place after which, in that direction; null to begin at that end
     */
    Future<List<WebhookDelivery>> list(
            SqlClient client,
            InventoryId inventoryId,
            UUID webhook,
            @Nullable List<WebhookDelivery.State> states,
            Page page,
            @Nullable Long place) {
        return Rows.list(
                client,
                page.forward() ? NEWEST : OLDEST,
                Tuple.of(inventoryId.value(), webhook, place)
                        .addArrayOfString(names(states))
                        .addInteger(page.limit()),
                DeliveryRepository::toDelivery);
    }

    private static String @Nullable [] names(@Nullable List<WebhookDelivery.State> states) {
        return states == null ? null : states.stream().map(Enum::name).toArray(String[]::new);
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS deliveries
              FROM webhook_deliveries
             WHERE user_id = $1 AND webhook_id = $2 AND ($3::text[] IS NULL OR state = ANY ($3))
            """;

    /** How many there are. */
    Future<Integer> count(
            SqlClient client, InventoryId inventoryId, UUID webhook, @Nullable List<WebhookDelivery.State> states) {
        return Rows.first(
                        client,
                        COUNT,
                        Tuple.of(inventoryId.value(), webhook).addArrayOfString(names(states)),
                        row -> row.getInteger("deliveries"))
                .map(found -> found.orElse(0));
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM webhook_deliveries
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Deliveries by id; one that does not exist is left out. */
    Future<Map<UUID, WebhookDelivery>> find(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), DeliveryRepository::toDelivery);
    }

    private static final String NEXT = "SELECT " + COLUMNS + """
                   , once
              FROM webhook_deliveries
             WHERE user_id = $1 AND webhook_id = $2 AND state = 'PENDING' AND (once OR $3::boolean)
             ORDER BY NOT once, place
             LIMIT $4
            """;

    /**
     * One that is to be sent.
     *
     * @param once whether a member asks for it: tried once, it holds up nothing
     */
    record Next(WebhookDelivery delivery, boolean once) {}

    /**
     * What is to be sent next: first what members ask for, then all else in its order.
     *
     * @param all whether anything but what members ask for
     */
    Future<List<Next>> next(SqlClient client, InventoryId inventoryId, UUID webhook, boolean all, int most) {
        return Rows.list(
                client,
                NEXT,
                Tuple.of(inventoryId.value(), webhook, all, most),
                row -> new Next(toDelivery(row), row.getBoolean("once")));
    }

    private static final String INSERT = """
            WITH moved AS (
                UPDATE webhooks
                   SET after_seq = $4, last_place = last_place + cardinality($6::text[])
                 WHERE user_id = $1 AND id = $2 AND after_seq = $3
             RETURNING last_place - cardinality($6::text[]) AS base
            )
            INSERT INTO webhook_deliveries (user_id, id, webhook_id, place, event, event_id, body, once)
            SELECT $1, made.id, $2, moved.base + made.place, made.event, made.event_id, made.body, false
              FROM moved,
                   unnest($5::uuid[], $6::text[], $7::text[], $8::text[])
                       WITH ORDINALITY AS made (id, event, event_id, body, place)
            """;

    /**
     * Adds what a webhook is to be told of a part of the log, and notes that this part is done; nothing where somebody else
     * has done so since.
     *
     * @param from the place in the log after which that part begins
     * @param to the last place of it
     */
    Future<Integer> insert(
            SqlClient client,
            InventoryId inventoryId,
            UUID webhook,
            long from,
            long to,
            List<WebhookPayloads.Made> made) {
        Tuple parameters = Tuple.of(inventoryId.value(), webhook, from, to)
                .addArrayOfUUID(made.stream().map(each -> RowIds.next()).toArray(UUID[]::new))
                .addArrayOfString(made.stream().map(each -> each.event().name()).toArray(String[]::new))
                .addArrayOfString(
                        made.stream().map(WebhookPayloads.Made::eventId).toArray(String[]::new))
                .addArrayOfString(made.stream().map(WebhookPayloads.Made::body).toArray(String[]::new));
        return Rows.change(client, INSERT, parameters);
    }

    private static final String INSERT_ONCE = """
            WITH moved AS (
                UPDATE webhooks
                   SET last_place = last_place + 1
                 WHERE user_id = $1 AND id = $2
             RETURNING last_place
            )
            INSERT INTO webhook_deliveries (user_id, id, webhook_id, place, event, event_id, body, once)
            SELECT $1, $3, $2, moved.last_place, $4, $5, $6, true
              FROM moved
            RETURNING\s""" + COLUMNS;

    /** Adds one for which a member asks. */
    Future<WebhookDelivery> insertOnce(
            SqlClient client, InventoryId inventoryId, UUID webhook, UUID id, WebhookPayloads.Made made) {
        return Rows.first(
                        client,
                        INSERT_ONCE,
                        Tuple.of(inventoryId.value(), webhook, id, made.event().name(), made.eventId(), made.body()),
                        DeliveryRepository::toDelivery)
                .map(Optional::orElseThrow);
    }

    private static final String AGAIN = """
            UPDATE webhook_deliveries
               SET state = 'PENDING', once = true
             WHERE user_id = $1 AND id = $2 AND state <> 'PENDING'
            RETURNING\s""" + COLUMNS;

    /** Has one sent once more; empty when it is still to be sent. */
    Future<Optional<WebhookDelivery>> again(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(client, AGAIN, Tuple.of(inventoryId.value(), id), DeliveryRepository::toDelivery);
    }

    private static final String ATTEMPTED = """
            UPDATE webhook_deliveries
               SET state = $3, attempts = attempts + 1, status_code = $4, answer = $5, millis = $6, attempted_at = now()
             WHERE user_id = $1 AND id = $2
            """;

    /**
     * Notes what came of an attempt.
     *
     * @param state as it is now
     */
    Future<Integer> attempted(
            SqlClient client,
            InventoryId inventoryId,
            UUID id,
            WebhookDelivery.State state,
            OutboundClient.Answer answer,
            Duration took) {
        return Rows.change(
                client,
                ATTEMPTED,
                Tuple.of(inventoryId.value(), id, state.name(), answer.statusCode(), answer.text(), (int)
                        Math.min(took.toMillis(), Integer.MAX_VALUE)));
    }

    private static final String DROP_PENDING = """
            DELETE FROM webhook_deliveries
             WHERE user_id = $1 AND webhook_id = $2 AND state = 'PENDING' AND NOT once
            """;

    /** Forgets what is still to be sent, as it is made anew of the log. There are as many as one part of it makes. */
    Future<Integer> dropPending(SqlClient client, InventoryId inventoryId, UUID webhook) {
        return Rows.change(client, DROP_PENDING, Tuple.of(inventoryId.value(), webhook));
    }

    private static final int ROWS_AT_ONCE = 25_000;

    private static final String DELETE_SOME = """
            DELETE FROM webhook_deliveries
             WHERE user_id = $1 AND ctid = ANY (ARRAY(
                   SELECT ctid FROM webhook_deliveries WHERE user_id = $1 AND webhook_id = $2 LIMIT $3))
            """;

    /** Deletes all of a webhook, in bounded steps. */
    Future<?> deleteAll(SqlClient client, InventoryId inventoryId, UUID webhook) {
        return Rows.change(client, DELETE_SOME, Tuple.of(inventoryId.value(), webhook, (long) ROWS_AT_ONCE))
                .compose(deleted -> deleted < ROWS_AT_ONCE
                        ? Future.succeededFuture()
                        : deleteAll(client, inventoryId, webhook).map(done -> null));
    }

    private static WebhookDelivery toDelivery(Row row) {
        return new WebhookDelivery(
                row.getUUID("id"),
                row.getUUID("webhook_id"),
                row.getLong("place"),
                WebhookEvent.valueOf(row.getString("event")),
                row.getString("event_id"),
                row.getString("body"),
                WebhookDelivery.State.valueOf(row.getString("state")),
                row.getInteger("attempts"),
                row.getInteger("status_code"),
                row.getString("answer"),
                row.getInteger("millis"),
                WebhookRepository.instant(row, "attempted_at"),
                row.get(OffsetDateTime.class, "created_at").toInstant());
    }

    private static final String ERASE = """
            DELETE FROM webhook_deliveries
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM webhook_deliveries WHERE user_id = $1 LIMIT $2))
            """;

    /** What goes of this room with an inventory. */
    static final Erasure ERASURE = Erasure.of(ERASE);

    private static final String GIVE_UP = """
            UPDATE public.webhook_deliveries
               SET state = 'FAILED', answer = 'Not sent: a backup was restored before.'
             WHERE state = 'PENDING'
            """;

    /** What was still to be sent when the backup was taken may have been sent since. */
    static final AfterRestore AFTER_RESTORE = new AfterRestore("webhook_deliveries", "state", GIVE_UP);

    private static final String FORGET_OLD = """
            DELETE FROM webhook_deliveries
             WHERE (user_id, id) IN (
                   SELECT user_id, id
                     FROM webhook_deliveries
                    WHERE created_at < now() - interval '30 days' AND state <> 'PENDING'
                    ORDER BY created_at
                    LIMIT $1)
            """;

    /** Forgets deliveries of more than 30 days ago. */
    static final Job JANITOR = Job.deleting("forget-webhook-deliveries", Duration.ofHours(1), FORGET_OLD);
}
