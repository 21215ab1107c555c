package org.expirytracker.webhooks;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.credentials.EncryptedColumn;
import org.expirytracker.db.Rows;
import org.expirytracker.items.ItemStatus;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the table {@code webhooks}. $1 is the inventory, but for what looks after the webhooks of many. */
final class WebhookRepository {

    private static final String COLUMNS = """
            id, url, description, events, category_ids, locations, statuses, query, off_because, after_seq, failing_since,
            retry_at, former_until, version, created_at, updated_at
            """;

    private static final String LIST = "SELECT " + COLUMNS + """
              FROM webhooks
             WHERE user_id = $1
             ORDER BY id
             LIMIT $2
            """;

    /** Those of an inventory, the oldest first. */
    Future<List<Webhook>> list(SqlClient client, InventoryId inventoryId, int most) {
        return Rows.list(client, LIST, Tuple.of(inventoryId.value(), most), WebhookRepository::toWebhook);
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM webhooks
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Webhooks by id; one that does not exist is left out. */
    Future<Map<UUID, Webhook>> find(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), WebhookRepository::toWebhook);
    }

    private static final String INSERT = """
            INSERT INTO webhooks (user_id, id, url, description, events, category_ids, locations, statuses, secret, maker_id,
                   query, query_maker_id, query_token_id, after_seq)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $12, $13, $14, last_seq
              FROM feeds
             WHERE user_id = $1 AND $11 > (SELECT count(*) FROM webhooks WHERE user_id = $1)
            RETURNING\s""" + COLUMNS;

    /**
     * Adds one, in a transaction that locks the inventory's log: it is told of what happens from then on.
     *
     * @param secret encrypted
     * @param maker who makes it, and gives its query, if it has one
     * @param most how many an inventory may have
     * @return empty when there are as many
     */
    Future<Optional<Webhook>> insert(
            SqlClient client,
            InventoryId inventoryId,
            UUID id,
            NewWebhook fresh,
            Buffer secret,
            QueryMaker maker,
            int most) {
        Tuple parameters = Tuple.of(inventoryId.value(), id, fresh.url(), fresh.description())
                .addArrayOfString(names(fresh.events()));
        addFilter(parameters, fresh.filter())
                .addBuffer(secret)
                .addUUID(maker.userId().value())
                .addLong((long) most);
        addQuery(parameters, fresh.query(), maker);
        return Rows.first(client, INSERT, parameters, WebhookRepository::toWebhook);
    }

    private static final String UPDATE = """
            UPDATE webhooks
               SET url = $3, description = $4, events = $5, category_ids = $6, locations = $7, statuses = $8,
                   off_because = $9, failing_since = $10, failures = 0, retry_at = NULL, version = version + 1,
                   query = $11::text,
                   query_maker_id = CASE WHEN $11::text IS NOT NULL THEN coalesce($12::uuid, query_maker_id) END,
                   query_token_id = CASE WHEN $12::uuid IS NOT NULL THEN $13::uuid
                                         WHEN $11::text IS NOT NULL THEN query_token_id END,
                   updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /**
     * Writes what a member has set; what failed is tried again at once.
     *
     * @param maker whose rights count from now on when its query is asked; null when they stay those that they are
     */
    Future<Webhook> update(
            SqlClient client, InventoryId inventoryId, Webhook webhook, boolean on, @Nullable QueryMaker maker) {
        Instant failing = on ? null : webhook.failingSince();
        Tuple parameters = Tuple.of(inventoryId.value(), webhook.id(), webhook.url(), webhook.description())
                .addArrayOfString(names(webhook.events()));
        addFilter(parameters, webhook.filter())
                .addString(
                        webhook.offBecause() == null
                                ? null
                                : webhook.offBecause().name())
                .addOffsetDateTime(failing == null ? null : failing.atOffset(ZoneOffset.UTC));
        addQuery(parameters, webhook.query(), maker);
        return Rows.first(client, UPDATE, parameters, WebhookRepository::toWebhook)
                .map(Optional::orElseThrow);
    }

    private static void addQuery(Tuple parameters, @Nullable String query, @Nullable QueryMaker maker) {
        QueryMaker asks = query == null ? null : maker;
        parameters
                .addString(query)
                .addUUID(asks == null ? null : asks.userId().value())
                .addUUID(asks == null ? null : asks.tokenId());
    }

    private static Tuple addFilter(Tuple parameters, WebhookFilter filter) {
        List<UUID> categories = filter.categories();
        List<String> locations = filter.locations();
        List<ItemStatus> statuses = filter.statuses();
        return parameters
                .addArrayOfUUID(categories == null ? null : categories.toArray(UUID[]::new))
                .addArrayOfString(locations == null ? null : locations.toArray(String[]::new))
                .addArrayOfString(statuses == null ? null : names(statuses));
    }

    private static String[] names(List<? extends Enum<?>> values) {
        return values.stream().map(Enum::name).toArray(String[]::new);
    }

    private static final String FIND_SECRET = """
            SELECT secret
              FROM webhooks
             WHERE user_id = $1 AND id = $2
            """;

    /** The present secret, encrypted. */
    Future<Buffer> findSecret(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(client, FIND_SECRET, Tuple.of(inventoryId.value(), id), row -> row.getBuffer("secret"))
                .map(Optional::orElseThrow);
    }

    private static final String SET_SECRETS = """
            UPDATE webhooks
               SET secret = $3, former_secret = $4, former_until = $5, version = version + 1,
                   updated_at = (SELECT last_at FROM feeds WHERE user_id = $1)
             WHERE user_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /**
     * Puts another secret in the place of the present one.
     *
     * @param former that signs as well; null for none
     * @param until when it does; null exactly when there is none
     */
    Future<Webhook> setSecrets(
            SqlClient client,
            InventoryId inventoryId,
            UUID id,
            Buffer secret,
            @Nullable Buffer former,
            @Nullable Instant until) {
        Tuple parameters = Tuple.of(inventoryId.value(), id, secret, former)
                .addOffsetDateTime(until == null ? null : until.atOffset(ZoneOffset.UTC));
        return Rows.first(client, SET_SECRETS, parameters, WebhookRepository::toWebhook)
                .map(Optional::orElseThrow);
    }

    private static final String DELETE = """
            DELETE FROM webhooks
             WHERE user_id = $1 AND id = $2
            """;

    /** Deletes one, of which few deliveries are left. */
    Future<Integer> delete(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, DELETE, Tuple.of(inventoryId.value(), id));
    }

    private static final String MOVE_TO = """
            UPDATE webhooks
               SET after_seq = $3, retry_at = NULL
             WHERE user_id = $1 AND id = $2 AND $3 <= (SELECT last_seq FROM feeds WHERE user_id = $1)
            RETURNING\s""" + COLUMNS;

    /** Has it told of what happened after a place in the log; empty when the log has not come so far. */
    Future<Optional<Webhook>> moveTo(SqlClient client, InventoryId inventoryId, UUID id, long seq) {
        return Rows.first(client, MOVE_TO, Tuple.of(inventoryId.value(), id, seq), WebhookRepository::toWebhook);
    }

    /**
     * A webhook with all that it takes to deliver to it.
     *
     * @param zone of the inventory
     * @param secret encrypted
     * @param former encrypted, and only while it signs as well
     * @param due whether another try is not put off
     * @param makerId who made it; null when nobody knows
     * @param queryMaker whose rights count when its query is asked; null when it has none
     */
    record Delivered(
            Webhook webhook,
            String zone,
            Buffer secret,
            @Nullable Buffer former,
            boolean due,
            @Nullable UUID makerId,
            @Nullable QueryMaker queryMaker) {

        /** Without the secrets. */
        @Override
        public String toString() {
            return "Delivered[" + webhook + "]";
        }

        /** The inventory's zone, in UTC where Java does not know it. */
        ZoneId zoneId() {
            try {
                return ZoneId.of(zone);
            } catch (DateTimeException unknown) {
                return ZoneOffset.UTC;
            }
        }
    }

    private static final String DELIVERED = """
            SELECT webhooks.id, url, description, events, category_ids, locations, statuses, query, off_because, after_seq,
                   query_maker_id, query_token_id, failing_since, retry_at, former_until, webhooks.version, webhooks.created_at, webhooks.updated_at,
                   inventories.time_zone, secret, maker_id, retry_at IS NULL OR retry_at <= now() AS due,
                   CASE WHEN former_until > now() THEN former_secret END AS former_secret
              FROM webhooks
              JOIN inventories ON inventories.id = webhooks.user_id
             WHERE webhooks.user_id = $1 AND webhooks.id = $2
            """;

    /** A webhook with all that it takes to deliver to it; empty when it is gone. */
    Future<Optional<Delivered>> findDelivered(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(
                client,
                DELIVERED,
                Tuple.of(inventoryId.value(), id),
                row -> new Delivered(
                        toWebhook(row),
                        row.getString("time_zone"),
                        row.getBuffer("secret"),
                        row.getBuffer("former_secret"),
                        row.getBoolean("due"),
                        row.getUUID("maker_id"),
                        queryMaker(row)));
    }

    private static @Nullable QueryMaker queryMaker(Row row) {
        UUID maker = row.getUUID("query_maker_id");
        return maker == null ? null : new QueryMaker(new UserId(maker), row.getUUID("query_token_id"));
    }

    private static final String TAKEN = """
            UPDATE webhooks
               SET failing_since = NULL, failures = 0, retry_at = NULL
             WHERE user_id = $1 AND id = $2 AND failing_since IS NOT NULL
            """;

    /** Notes that the receiver takes deliveries again. */
    Future<Integer> taken(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, TAKEN, Tuple.of(inventoryId.value(), id));
    }

    /**
     * How it stands after a failure.
     *
     * @param hopeless whether nothing was taken for so long that it is not tried any more
     */
    record Failing(int failures, boolean hopeless) {}

    private static final String FAILED = """
            UPDATE webhooks
               SET failing_since = least(failing_since, now()), failures = failures + 1
             WHERE user_id = $1 AND id = $2
            RETURNING failures, failing_since < now() - make_interval(secs => $3) AS hopeless
            """;

    /** Notes that the receiver has not taken a delivery; empty when the webhook is gone. */
    Future<Optional<Failing>> failed(SqlClient client, InventoryId inventoryId, UUID id, Duration longest) {
        return Rows.first(
                client,
                FAILED,
                Tuple.of(inventoryId.value(), id, (double) longest.toSeconds()),
                row -> new Failing(row.getInteger("failures"), row.getBoolean("hopeless")));
    }

    private static final String PUT_OFF = """
            UPDATE webhooks
               SET retry_at = now() + make_interval(secs => $3)
             WHERE user_id = $1 AND id = $2
            """;

    /** Puts the next try off. */
    Future<Integer> putOff(SqlClient client, InventoryId inventoryId, UUID id, Duration pause) {
        return Rows.change(client, PUT_OFF, Tuple.of(inventoryId.value(), id, pause.toMillis() / 1_000.0));
    }

    private static final String SWITCH_OFF = """
            UPDATE webhooks
               SET off_because = $3, retry_at = NULL
             WHERE user_id = $1 AND id = $2 AND off_because IS NULL
            RETURNING\s""" + COLUMNS;

    /** Tells it nothing any more; empty when it is off, or gone, already. */
    Future<Optional<Webhook>> switchOff(SqlClient client, InventoryId inventoryId, UUID id, Webhook.Off why) {
        return Rows.first(
                client, SWITCH_OFF, Tuple.of(inventoryId.value(), id, why.name()), WebhookRepository::toWebhook);
    }

    private static Webhook toWebhook(Row row) {
        UUID[] categories = row.getArrayOfUUIDs("category_ids");
        String[] locations = row.getArrayOfStrings("locations");
        String[] statuses = row.getArrayOfStrings("statuses");
        String off = row.getString("off_because");
        return new Webhook(
                row.getUUID("id"),
                row.getString("url"),
                row.getString("description"),
                Stream.of(row.getArrayOfStrings("events"))
                        .map(WebhookEvent::valueOf)
                        .toList(),
                new WebhookFilter(
                        categories == null ? null : List.of(categories),
                        locations == null ? null : List.of(locations),
                        statuses == null
                                ? null
                                : Stream.of(statuses).map(ItemStatus::valueOf).toList()),
                row.getString("query"),
                off == null ? null : Webhook.Off.valueOf(off),
                row.getLong("after_seq"),
                instant(row, "failing_since"),
                instant(row, "retry_at"),
                instant(row, "former_until"),
                row.getInteger("version"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant());
    }

    static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.get(OffsetDateTime.class, column);
        return at == null ? null : at.toInstant();
    }

    // As far as the log itself is moved ahead (ActivityLog.CURSOR_GAP): beyond all that was restored, before whatever
    // happens next.
    private static final String MOVE_AHEAD = """
            UPDATE public.webhooks
               SET after_seq = after_seq + 1000000000
             WHERE after_seq <= 9223372036854775807 - 1000000000
            """;

    /** What was restored may have been told since it was backed up: nothing of it is told again. */
    static final AfterRestore AFTER_RESTORE = new AfterRestore("webhooks", "after_seq", MOVE_AHEAD);

    /** The column in which secrets are kept encrypted, as they are bound to it. */
    static final String SECRET = "webhooks.secret";

    /** Of secrets, what they are bound to. */
    static final String OWNER = "webhook";

    private static final String LIST_FORMER_KEYS = """
            SELECT user_id AS tenant_id, id, secret AS encrypted
              FROM webhooks
             WHERE (user_id, id) > ($1, $2) AND substring(secret FROM 1 FOR 4) <> $3
             ORDER BY user_id, id
             LIMIT $4
            """;

    private static final String REPLACE = """
            UPDATE webhooks
               SET secret = renewed.encrypted
              FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])
                   AS renewed (user_id, id, former, encrypted)
             WHERE webhooks.user_id = renewed.user_id AND webhooks.id = renewed.id
               AND webhooks.secret = renewed.former
            """;

    private static final String COUNT_BY_KEY = """
            SELECT encode(substring(secret FROM 1 FOR 4), 'hex') AS key, count(*)::integer AS secrets
              FROM webhooks
             GROUP BY key
            """;

    private static final String LIST_FORMER_KEYS_OF_FORMER = """
            SELECT user_id AS tenant_id, id, former_secret AS encrypted
              FROM webhooks
             WHERE (user_id, id) > ($1, $2) AND former_secret IS NOT NULL
               AND substring(former_secret FROM 1 FOR 4) <> $3
             ORDER BY user_id, id
             LIMIT $4
            """;

    private static final String REPLACE_FORMER = """
            UPDATE webhooks
               SET former_secret = renewed.encrypted
              FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[])
                   AS renewed (user_id, id, former, encrypted)
             WHERE webhooks.user_id = renewed.user_id AND webhooks.id = renewed.id
               AND webhooks.former_secret = renewed.former
            """;

    private static final String COUNT_FORMER_BY_KEY = """
            SELECT encode(substring(former_secret FROM 1 FOR 4), 'hex') AS key, count(*)::integer AS secrets
              FROM webhooks
             WHERE former_secret IS NOT NULL
             GROUP BY key
            """;

    /** For the exchange of keys. A former secret was the present one once, and is bound to the same column. */
    static final List<EncryptedColumn> ENCRYPTED = List.of(
            new EncryptedColumn(OWNER, SECRET, LIST_FORMER_KEYS, REPLACE, COUNT_BY_KEY),
            new EncryptedColumn(OWNER, SECRET, LIST_FORMER_KEYS_OF_FORMER, REPLACE_FORMER, COUNT_FORMER_BY_KEY));
}
