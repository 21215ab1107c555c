package org.expirytracker.channels;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.expirytracker.notifications.Notification;
import org.expirytracker.outbound.OutboundClient;

/**
 * SQL of the tables {@code channel_deliveries} and {@code channel_places}. $1 is the user, but for what looks after those of
 * all.
 */
final class ChannelDeliveryRepository {

    private static final String LATEST = """
            SELECT latest.channel_id, latest.id, latest.content, latest.state, latest.attempts, latest.status_code,
                   latest.answer, latest.attempted_at, latest.created_at
              FROM unnest($2::uuid[]) AS asked (channel_id)
             CROSS JOIN LATERAL (
                   SELECT channel_id, id, place, content, state, attempts, status_code, answer, attempted_at, created_at
                     FROM channel_deliveries
                    WHERE user_id = $1 AND channel_id = asked.channel_id
                    ORDER BY place DESC
                    LIMIT $3) AS latest
             ORDER BY latest.channel_id, latest.place DESC
            """;

    private record OfChannel(UUID channel, ChannelDelivery delivery) {}

    /** The latest of each channel, the latest first. */
    Future<Map<UUID, List<ChannelDelivery>>> latest(
            SqlClient client, UserId userId, Collection<UUID> channels, int most) {
        Tuple parameters = Tuple.of(userId.value())
                .addArrayOfUUID(channels.toArray(UUID[]::new))
                .addInteger(most);
        return Rows.list(client, LATEST, parameters, row -> new OfChannel(row.getUUID("channel_id"), toDelivery(row)))
                .map(found -> {
                    Map<UUID, List<ChannelDelivery>> byChannel = new HashMap<>();
                    channels.forEach(channel -> byChannel.put(channel, new ArrayList<>()));
                    found.forEach(each -> byChannel
                            .computeIfAbsent(each.channel, none -> new ArrayList<>())
                            .add(each.delivery));
                    return byChannel;
                });
    }

    private static final String NEXT = """
            SELECT id, content, state, attempts, status_code, answer, attempted_at, created_at
              FROM channel_deliveries
             WHERE user_id = $1 AND channel_id = $2 AND state = 'PENDING'
             ORDER BY place
             LIMIT $3
            """;

    /** What is to be sent next, in its order. */
    Future<List<ChannelDelivery>> next(SqlClient client, UserId userId, UUID channel, int most) {
        return Rows.list(client, NEXT, Tuple.of(userId.value(), channel, most), ChannelDeliveryRepository::toDelivery);
    }

    /**
     * A notification that was made since the last look.
     *
     * @param inventory of which
     * @param wanted whether the channel tells it
     * @param last whether it is the latest of its inventory
     */
    record Fresh(
            UUID inventory,
            UUID notification,
            OffsetDateTime notifiedAt,
            MessageContent content,
            boolean wanted,
            boolean last) {}

    private static final String FRESH = """
            WITH clock AS MATERIALIZED (
                SELECT statement_timestamp() AS at
            ), channel AS MATERIALIZED (
                SELECT since, notification_kinds
                  FROM channels
                 WHERE user_id = $1 AND id = $2
            ), place AS MATERIALIZED (
                SELECT inventory_id, notified_at, notification_id
                  FROM channel_places
                 WHERE user_id = $1 AND channel_id = $2
            ), fresh AS MATERIALIZED (
                SELECT members.inventory_id, notifications.id, notifications.created_at, notifications.kind,
                       notifications.title, notifications.message, notifications.item_id, notifications.expiry_date,
                       resolution IS NULL AND snoozed_until IS NULL AND notifications.kind = ANY (channel.notification_kinds)
                           AND $1 <> ALL (coalesce(not_for, '{}')) AS wanted,
                       row_number() OVER (
                           PARTITION BY members.inventory_id ORDER BY notifications.created_at, notifications.id) AS number
                  FROM members
                 CROSS JOIN channel
                  LEFT JOIN place ON place.inventory_id = members.inventory_id
                  JOIN notifications
                    ON notifications.user_id = members.inventory_id
                       AND (notifications.created_at, notifications.id) > (
                           greatest(channel.since, members.joined_at, place.notified_at),
                           CASE WHEN place.notified_at = greatest(channel.since, members.joined_at, place.notified_at)
                                THEN place.notification_id
                                ELSE 'ffffffff-ffff-ffff-ffff-ffffffffffff' END)
                 WHERE members.user_id = $1
            ), chosen AS MATERIALIZED (
                SELECT fresh.*,
                       row_number() OVER (PARTITION BY inventory_id ORDER BY created_at DESC, id DESC) = 1 AS last
                  FROM fresh
                 WHERE number <= $3
            ), worded AS MATERIALIZED (
                SELECT chosen.inventory_id, chosen.id, items.name AS item_name,
                       chosen.expiry_date - (clock.at AT TIME ZONE inventories.time_zone)::date AS days
                  FROM chosen
                 CROSS JOIN clock
                  JOIN inventories ON inventories.id = chosen.inventory_id
                  LEFT JOIN items ON items.user_id = chosen.inventory_id AND items.id = chosen.item_id
            )
            SELECT chosen.inventory_id, chosen.id, chosen.created_at, chosen.kind, chosen.title, chosen.message, chosen.item_id,
                   chosen.expiry_date, chosen.wanted, worded.item_name, worded.days, chosen.last
              FROM chosen
              JOIN worded ON worded.inventory_id = chosen.inventory_id AND worded.id = chosen.id
             ORDER BY chosen.expiry_date, chosen.title, chosen.id
            """;

    /** What was notified in the user's inventories since the last look, soonest to expire first. */
    Future<List<Fresh>> fresh(SqlClient client, UserId userId, UUID channel, int most) {
        return Rows.list(client, FRESH, Tuple.of(userId.value(), channel, most), ChannelDeliveryRepository::toFresh);
    }

    private static Fresh toFresh(Row row) {
        return new Fresh(
                row.getUUID("inventory_id"),
                row.getUUID("id"),
                row.get(OffsetDateTime.class, "created_at"),
                new MessageContent(
                        row.getString("title"),
                        row.getString("message"),
                        Notification.Kind.valueOf(row.getString("kind")),
                        row.getUUID("item_id"),
                        row.getString("item_name"),
                        row.getLocalDate("expiry_date"),
                        row.getInteger("days"),
                        1,
                        false),
                row.getBoolean("wanted"),
                row.getBoolean("last"));
    }

    private static final String INSERT = """
            WITH clock AS MATERIALIZED (
                SELECT now() AS at
            ), moved AS (
                UPDATE channels
                   SET last_place = last_place + cardinality($4::uuid[]),
                       day = greatest(day, (SELECT last_day FROM inventories WHERE id = $1))
                 WHERE user_id = $1 AND id = $2 AND last_place = $3
             RETURNING last_place - cardinality($4::uuid[]) AS base
            ), looked AS (
                INSERT INTO channel_places (user_id, channel_id, inventory_id, notified_at, notification_id)
                SELECT $1, $2, seen.inventory_id, seen.notified_at, seen.notification_id
                  FROM moved,
                       unnest($6::uuid[], $7::timestamptz[], $8::uuid[]) AS seen (inventory_id, notified_at, notification_id)
                    ON CONFLICT (user_id, channel_id, inventory_id) DO UPDATE
                   SET notified_at = excluded.notified_at, notification_id = excluded.notification_id
            )
            INSERT INTO channel_deliveries (user_id, id, channel_id, place, content, created_at)
            SELECT $1, made.id, $2, moved.base + made.place, made.content, clock.at
              FROM moved
             CROSS JOIN clock,
                   unnest($4::uuid[], $5::text[]) WITH ORDINALITY AS made (id, content, place)
            """;

    /**
     * Adds what a channel is to send, and notes how far it has looked; nothing where somebody else has done so since.
     *
     * @param place of its latest delivery, as it was read before
     */
    Future<Integer> insert(
            SqlClient client,
            UserId userId,
            UUID channel,
            long place,
            List<MessageContent> messages,
            List<Fresh> looked) {
        List<Fresh> last = looked.stream().filter(Fresh::last).toList();
        Tuple parameters = Tuple.of(userId.value(), channel, place)
                .addArrayOfUUID(messages.stream().map(each -> RowIds.next()).toArray(UUID[]::new))
                .addArrayOfString(messages.stream().map(RecordJson::write).toArray(String[]::new))
                .addArrayOfUUID(last.stream().map(Fresh::inventory).toArray(UUID[]::new))
                .addArrayOfOffsetDateTime(last.stream().map(Fresh::notifiedAt).toArray(OffsetDateTime[]::new))
                .addArrayOfUUID(last.stream().map(Fresh::notification).toArray(UUID[]::new));
        return Rows.change(client, INSERT, parameters);
    }

    private static final String INSERT_TEST = """
            WITH moved AS (
                UPDATE channels
                   SET last_place = last_place + 1
                 WHERE user_id = $1 AND id = $2
             RETURNING last_place
            )
            INSERT INTO channel_deliveries (
                   user_id, id, channel_id, place, content, state, attempts, status_code, answer, attempted_at, created_at)
            SELECT $1, $3, $2, moved.last_place, $4, $5, 1, $6, $7, now(), now()
              FROM moved
            """;

    /** Notes a test, and what came of it. */
    Future<Integer> insertTest(SqlClient client, UserId userId, UUID channel, UUID id, OutboundClient.Answer answer) {
        return Rows.change(
                client,
                INSERT_TEST,
                Tuple.of(
                        userId.value(),
                        channel,
                        id,
                        RecordJson.write(MessageContent.TEST),
                        state(answer, ChannelDelivery.State.FAILED),
                        answer.statusCode(),
                        answer.text()));
    }

    private static String state(OutboundClient.Answer answer, ChannelDelivery.State otherwise) {
        return (answer.taken() ? ChannelDelivery.State.DELIVERED : otherwise).name();
    }

    private static final String ATTEMPTED = """
            UPDATE channel_deliveries
               SET state = $3, attempts = attempts + 1, status_code = $4, answer = $5, attempted_at = now()
             WHERE user_id = $1 AND id = $2
            """;

    /** Notes what came of an attempt. */
    Future<Integer> attempted(SqlClient client, UserId userId, UUID id, OutboundClient.Answer answer) {
        return Rows.change(
                client,
                ATTEMPTED,
                Tuple.of(
                        userId.value(),
                        id,
                        state(answer, ChannelDelivery.State.PENDING),
                        answer.statusCode(),
                        answer.text()));
    }

    private static final String DROP_PENDING = """
            UPDATE channel_deliveries
               SET state = 'FAILED', answer = 'Not sent: the channel was off.'
             WHERE user_id = $1 AND channel_id = $2 AND state = 'PENDING'
            """;

    /** Gives up what is still to be sent. There are as many as one look makes. */
    Future<Integer> dropPending(SqlClient client, UserId userId, UUID channel) {
        return Rows.change(client, DROP_PENDING, Tuple.of(userId.value(), channel));
    }

    private static ChannelDelivery toDelivery(Row row) {
        return new ChannelDelivery(
                row.getUUID("id"),
                RecordJson.read(row.getString("content"), MessageContent.class),
                ChannelDelivery.State.valueOf(row.getString("state")),
                row.getInteger("attempts"),
                row.getInteger("status_code"),
                row.getString("answer"),
                ChannelRepository.instant(row, "attempted_at"),
                row.get(OffsetDateTime.class, "created_at").toInstant());
    }

    private static final String ERASE = """
            DELETE FROM channel_deliveries
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM channel_deliveries WHERE user_id = $1 LIMIT $2))
            """;

    /** What goes with a user, whose own inventory bears their id. */
    static final Erasure ERASURE = Erasure.of(ERASE);

    private static final String GIVE_UP = """
            UPDATE public.channel_deliveries
               SET state = 'FAILED', answer = 'Not sent: a backup was restored before.'
             WHERE state = 'PENDING'
            """;

    /** What was still to be sent when the backup was taken may have been sent since. */
    static final AfterRestore AFTER_RESTORE = new AfterRestore("channel_deliveries", "state", GIVE_UP);

    private static final String FORGET_OLD = """
            DELETE FROM channel_deliveries
             WHERE (user_id, id) IN (
                   SELECT user_id, id
                     FROM channel_deliveries
                    WHERE created_at < now() - interval '30 days' AND state <> 'PENDING'
                    ORDER BY created_at
                    LIMIT $1)
            """;

    /** Forgets deliveries of more than 30 days ago. */
    static final Job JANITOR = Job.deleting("forget-channel-deliveries", Duration.ofHours(1), FORGET_OLD);
}
