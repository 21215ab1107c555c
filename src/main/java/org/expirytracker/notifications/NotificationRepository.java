package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.Copied;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * SQL of the tables {@code notifications} and {@code notification_marks}. What the owner of an inventory has read stands
 * with the notification, so that an inventory of one's own costs no join; what any other member has marked, in a row of its
 * own. Where such a member has marked nothing, they have read what is resolved, what is not addressed to them, and what was
 * there before they joined.
 */
public final class NotificationRepository {

    private static final String COLUMNS = """
            id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until, resolution,
            resolved_at, created_at
            """;

    /** The notifications as a member sees them who is not the owner; their id is the parameter that is put in. */
    private static final String OF_MEMBER = """
            (SELECT notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
                    notifications.title, notifications.message,
                    CASE WHEN own.read_at IS NULL THEN 'UNREAD' ELSE 'READ' END AS status, own.read_at,
                    notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
                    notifications.resolution, notifications.resolved_at, notifications.created_at
               FROM notifications
               JOIN members ON members.inventory_id = notifications.user_id AND members.user_id = %s
               LEFT JOIN notification_marks AS marks
                 ON marks.user_id = notifications.user_id AND marks.notification_id = notifications.id
                    AND marks.member_id = members.user_id
              CROSS JOIN LATERAL (
                    SELECT CASE WHEN marks.status = 'READ' THEN marks.marked_at
                                WHEN notifications.resolved_at >= coalesce(marks.marked_at, '-infinity')
                                THEN notifications.resolved_at
                                WHEN marks.status = 'UNREAD' THEN NULL
                                WHEN members.user_id = ANY (notifications.not_for) THEN notifications.created_at
                                WHEN notifications.created_at <= members.joined_at THEN members.joined_at
                            END AS read_at) AS own)
            """;

    /**
     * A statement about what somebody sees.
     *
     * @param ofOwner for the owner
     * @param ofMember for any other member, whose id is its last parameter
     */
    private record Seen(String ofOwner, String ofMember) {

        /**
         * The two forms of a statement.
         *
         * @param text with a %s where the notifications are named from which it selects
         * @param member the parameter that is the member's id
         */
        static Seen of(String text, String member) {
            return new Seen(text.formatted("notifications"), text.formatted(OF_MEMBER.formatted(member)));
        }

        String by(Reader reader) {
            return reader.owner() ? ofOwner : ofMember;
        }
    }

    private static Tuple by(Reader reader, Tuple parameters) {
        return reader.owner() ? parameters : parameters.addUUID(reader.userId().value());
    }

    /**
     * Conditions that all must be met; null where there is none.
     *
     * @param resolved whether there is nothing to do about them any more
     * @param itemId row id of the item that they are about
     * @param since created at this instant or later
     * @param before created before this instant
     */
    record Filter(
            Notification.@Nullable Status status,
            @Nullable List<Notification.Kind> kinds,
            @Nullable Boolean resolved,
            @Nullable UUID itemId,
            @Nullable Instant since,
            @Nullable Instant before) {

        Filter unread() {
            return new Filter(Notification.Status.UNREAD, kinds, resolved, itemId, since, before);
        }
    }

    /** A notification's place in a list. */
    record Place(Instant createdAt, UUID id) {}

    /** A notification before and after something was done to it; equal when there was nothing to do. */
    record Marked(Notification before, Notification after) {
        boolean changed() {
            return !before.equals(after);
        }
    }

    private static final String SOME = "SELECT " + COLUMNS + """
              FROM %s AS notifications
             WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
               AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
               AND created_at >= coalesce($4::timestamptz, '-infinity')
               AND created_at < coalesce($5::timestamptz, 'infinity')
               %s %s
            """;

    // Written out, because an index finds the few that are about one item.
    private static final String OF_ANYTHING = """
            AND $6::uuid IS NULL
            """;

    private static final String OF_ITEM = """
            AND item_id = $6::uuid
            """;

    // Written out, because an index holds the unread ones alone.
    private static final String UNREAD = """
            AND status = 'UNREAD'
            """;

    private static final String READ = """
            AND status = 'READ'
            """;

    private static final String OLDER_THAN_PLACE = """
            AND (created_at, id)
                < (coalesce($7::timestamptz, 'infinity'), coalesce($8::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
            ORDER BY created_at DESC, id DESC
            LIMIT $9
            """;

    private static final String NEWER_THAN_PLACE = """
            AND (created_at, id)
                > (coalesce($7::timestamptz, '-infinity'), coalesce($8::uuid, '00000000-0000-0000-0000-000000000000'))
            ORDER BY created_at, id
            LIMIT $9
            """;

    private record Shape(boolean ofItem, Notification.@Nullable Status status, boolean forward) {

        private static Shape of(Filter filter, boolean forward) {
            return new Shape(filter.itemId != null, filter.status, forward);
        }

        private String conditions() {
            String about = ofItem ? OF_ITEM : OF_ANYTHING;
            return switch (status) {
                case null -> about;
                case UNREAD -> about + UNREAD;
                case READ -> about + READ;
            };
        }
    }

    private static List<Shape> shapes() {
        List<Shape> shapes = new ArrayList<>();
        for (int flags = 0; flags < 4; flags++) {
            boolean ofItem = (flags & 1) != 0;
            boolean forward = (flags & 2) != 0;
            shapes.add(new Shape(ofItem, null, forward));
            for (Notification.Status status : Notification.Status.values()) {
                shapes.add(new Shape(ofItem, status, forward));
            }
        }
        return shapes;
    }

    private static final Map<Shape, Seen> PAGES = pages();

    private static Map<Shape, Seen> pages() {
        Map<Shape, Seen> pages = new HashMap<>();
        shapes().forEach(shape -> pages.put(
                shape,
                Seen.of(
                        SOME.formatted("%s", shape.conditions(), shape.forward ? OLDER_THAN_PLACE : NEWER_THAN_PLACE),
                        "$10")));
        return pages;
    }

    /** A page of an inventory's notifications in the direction of reading, at most {@link Page#limit} rows. */
    Future<List<Notification>> list(SqlClient client, Reader reader, Filter filter, Page page, @Nullable Place place) {
        return Rows.list(
                client,
                Objects.requireNonNull(PAGES.get(Shape.of(filter, page.forward())))
                        .by(reader),
                by(reader, addPage(conditions(reader, filter), page, place)),
                NotificationRepository::toNotification);
    }

    private static final String COUNT = """
            SELECT count(*)::integer AS count
              FROM %s AS notifications
             WHERE user_id = $1 AND ($2::text[] IS NULL OR kind = ANY ($2))
               AND ($3::boolean IS NULL OR (resolution IS NOT NULL) = $3)
               AND created_at >= coalesce($4::timestamptz, '-infinity')
               AND created_at < coalesce($5::timestamptz, 'infinity')
               %s
            """;

    private static final Map<Shape, Seen> COUNTS = counts();

    private static Map<Shape, Seen> counts() {
        Map<Shape, Seen> counts = new HashMap<>();
        shapes().forEach(shape -> counts.put(shape, Seen.of(COUNT.formatted("%s", shape.conditions()), "$7")));
        return counts;
    }

    /** How many notifications meet the conditions. */
    Future<Integer> count(SqlClient client, Reader reader, Filter filter) {
        return Rows.first(
                        client,
                        Objects.requireNonNull(COUNTS.get(Shape.of(filter, true)))
                                .by(reader),
                        by(reader, conditions(reader, filter)),
                        row -> row.getInteger("count"))
                .map(found -> found.orElse(0));
    }

    /** How many unread notifications meet the conditions. */
    Future<Integer> countUnread(SqlClient client, Reader reader, Filter filter) {
        return filter.status == Notification.Status.READ
                ? Future.succeededFuture(0)
                : count(client, reader, filter.unread());
    }

    private static Tuple conditions(Reader reader, Filter filter) {
        return Tuple.of(reader.inventoryId().value())
                .addArrayOfString(
                        filter.kinds == null
                                ? null
                                : filter.kinds.stream()
                                        .map(Notification.Kind::name)
                                        .toArray(String[]::new))
                .addBoolean(filter.resolved)
                .addOffsetDateTime(filter.since == null ? null : filter.since.atOffset(ZoneOffset.UTC))
                .addOffsetDateTime(filter.before == null ? null : filter.before.atOffset(ZoneOffset.UTC))
                .addUUID(filter.itemId);
    }

    private static Tuple addPage(Tuple parameters, Page page, @Nullable Place place) {
        return parameters
                .addOffsetDateTime(place == null ? null : place.createdAt.atOffset(ZoneOffset.UTC))
                .addUUID(place == null ? null : place.id)
                .addInteger(page.limit());
    }

    private static final Seen OF_ITEMS_OLDER = Seen.of("""
            SELECT page.id, page.item_id, page.kind, page.title, page.message, page.status, page.read_at,
                   page.expiry_date, page.reminder, page.snoozed_until, page.resolution, page.resolved_at,
                   page.created_at
              FROM unnest($2::uuid[]) AS asked (item_id)
             CROSS JOIN LATERAL (
                   SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
                          resolution, resolved_at, created_at
                     FROM %s AS notifications
                    WHERE user_id = $1 AND item_id = asked.item_id
                      AND (created_at, id)
                          < (coalesce($3::timestamptz, 'infinity'), coalesce($4::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
                    ORDER BY created_at DESC, id DESC
                    LIMIT $5) AS page
             ORDER BY page.item_id, page.created_at DESC, page.id DESC
            """, "$6");

    private static final Seen OF_ITEMS_NEWER = Seen.of("""
            SELECT page.id, page.item_id, page.kind, page.title, page.message, page.status, page.read_at,
                   page.expiry_date, page.reminder, page.snoozed_until, page.resolution, page.resolved_at,
                   page.created_at
              FROM unnest($2::uuid[]) AS asked (item_id)
             CROSS JOIN LATERAL (
                   SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
                          resolution, resolved_at, created_at
                     FROM %s AS notifications
                    WHERE user_id = $1 AND item_id = asked.item_id
                      AND (created_at, id)
                          > (coalesce($3::timestamptz, '-infinity'), coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
                    ORDER BY created_at, id
                    LIMIT $5) AS page
             ORDER BY page.item_id, page.created_at, page.id
            """, "$6");

    /**
     * The same page of the notifications of each of many items, in one statement: those of one item in the direction
     * of reading, at most {@link Page#limit}. An item that has none there is left out.
     */
    Future<Map<UUID, List<Notification>>> listOfItems(
            SqlClient client, Reader reader, Collection<UUID> itemIds, Page page, @Nullable Place place) {
        Tuple parameters = addPage(
                Tuple.of(reader.inventoryId().value()).addArrayOfUUID(itemIds.toArray(UUID[]::new)), page, place);
        return Rows.list(
                        client,
                        (page.forward() ? OF_ITEMS_OLDER : OF_ITEMS_NEWER).by(reader),
                        by(reader, parameters),
                        NotificationRepository::toNotification)
                .map(NotificationRepository::byItem);
    }

    private static Map<UUID, List<Notification>> byItem(List<Notification> notifications) {
        Map<UUID, List<Notification>> byItem = new HashMap<>();
        for (Notification notification : notifications) {
            UUID itemId = notification.itemId();
            if (itemId != null) {
                byItem.computeIfAbsent(itemId, item -> new ArrayList<>()).add(notification);
            }
        }
        return byItem;
    }

    private static final Seen COUNT_OF_ITEMS = Seen.of("""
            SELECT asked.item_id, count(notifications.id)::integer AS count
              FROM unnest($2::uuid[]) AS asked (item_id)
              LEFT JOIN %s AS notifications
                ON notifications.user_id = $1 AND notifications.item_id = asked.item_id
                   AND ($3 OR notifications.status = 'UNREAD')
             GROUP BY asked.item_id
            """, "$4");

    /**
     * How many notifications each of many items has, in one statement.
     *
     * @param read whether those that were read count too
     */
    Future<Map<UUID, Integer>> countOfItems(SqlClient client, Reader reader, Collection<UUID> itemIds, boolean read) {
        Tuple parameters = Tuple.of(reader.inventoryId().value())
                .addArrayOfUUID(itemIds.toArray(UUID[]::new))
                .addBoolean(read);
        return Rows.map(
                client,
                COUNT_OF_ITEMS.by(reader),
                by(reader, parameters),
                row -> row.getUUID("item_id"),
                row -> row.getInteger("count"));
    }

    private static final String LIST_IDS = """
            SELECT id
              FROM notifications
            """ + Copied.Span.conditions("notifications");

    /** The ids of those to which nothing has happened since a place in the log. */
    Future<List<UUID>> listIds(SqlClient client, InventoryId inventoryId, Copied.Span span) {
        return span.list(client, inventoryId, LIST_IDS);
    }

    private static final Seen FIND = Seen.of("""
            SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
                   resolution, resolved_at, created_at
              FROM %s AS notifications
             WHERE user_id = $1 AND id = ANY ($2)
            """, "$3");

    /** Notifications by their row ids; one that is not there is left out. */
    Future<Map<UUID, Notification>> find(SqlClient client, Reader reader, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(reader.inventoryId().value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(
                client,
                FIND.by(reader),
                by(reader, parameters),
                row -> row.getUUID("id"),
                NotificationRepository::toNotification);
    }

    private static final String MARKED = """
            SELECT former.id, former.item_id, former.kind, former.title, former.message, former.status, former.read_at,
                   former.expiry_date, former.reminder, former.snoozed_until, former.resolution, former.resolved_at,
                   former.created_at, marked.id IS NOT NULL AS marked, marked.read_at AS marked_read_at
              FROM former
              LEFT JOIN marked ON marked.id = former.id
            """;

    private static final Seen MARK = new Seen("""
            WITH clock AS MATERIALIZED (
                SELECT statement_timestamp() AS at
            ), former AS (
                SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
                       resolution, resolved_at, created_at
                  FROM notifications
                 WHERE user_id = $1 AND id = ANY ($2)
            ), marked AS (
                UPDATE notifications
                   SET status = $3, read_at = CASE $3 WHEN 'READ' THEN clock.at END
                  FROM clock
                 WHERE user_id = $1 AND id = ANY ($2) AND status <> $3
             RETURNING id, read_at
            )
            """ + MARKED, ("""
            WITH former AS (
                SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
                       resolution, resolved_at, created_at
                  FROM %s AS notifications
                 WHERE user_id = $1 AND id = ANY ($2)
            ), marked AS (
                INSERT INTO notification_marks (user_id, notification_id, member_id, status, marked_at)
                SELECT $1, id, $4, $3, statement_timestamp()
                  FROM former
                 WHERE status <> $3
                    ON CONFLICT (user_id, notification_id, member_id) DO UPDATE
                   SET status = excluded.status, marked_at = excluded.marked_at
             RETURNING notification_id AS id, CASE status WHEN 'READ' THEN marked_at END AS read_at
            )
            """ + MARKED).formatted(OF_MEMBER.formatted("$4")));

    /**
     * Marks notifications read or unread for one member. By row id, each before and after; one that is not there is left
     * out.
     */
    Future<Map<UUID, Marked>> mark(SqlClient client, Reader reader, Collection<UUID> ids, Notification.Status status) {
        Tuple parameters = Tuple.of(reader.inventoryId().value())
                .addArrayOfUUID(ids.toArray(UUID[]::new))
                .addString(status.name());
        return Rows.map(client, MARK.by(reader), by(reader, parameters), row -> row.getUUID("id"), row -> {
            Notification before = toNotification(row);
            return new Marked(
                    before,
                    row.getBoolean("marked") ? before.marked(status, toInstant(row, "marked_read_at")) : before);
        });
    }

    private static final Seen MARK_READ_UP_TO = new Seen("""
            UPDATE notifications
               SET status = 'READ', read_at = statement_timestamp()
             WHERE user_id = $1 AND status = 'UNREAD' AND created_at < $2::timestamptz + interval '1 millisecond'
            RETURNING\s""" + COLUMNS, """
            WITH unread AS (
                SELECT id, item_id, kind, title, message, expiry_date, reminder, snoozed_until, resolution, resolved_at,
                       created_at
                  FROM %s AS notifications
                 WHERE user_id = $1 AND status = 'UNREAD' AND created_at < $2::timestamptz + interval '1 millisecond'
            ), marked AS (
                INSERT INTO notification_marks (user_id, notification_id, member_id, status, marked_at)
                SELECT $1, id, $3, 'READ', statement_timestamp()
                  FROM unread
                    ON CONFLICT (user_id, notification_id, member_id) DO UPDATE
                   SET status = excluded.status, marked_at = excluded.marked_at
             RETURNING notification_id, status, marked_at
            )
            SELECT unread.id, unread.item_id, unread.kind, unread.title, unread.message, marked.status,
                   marked.marked_at AS read_at, unread.expiry_date, unread.reminder, unread.snoozed_until,
                   unread.resolution, unread.resolved_at, unread.created_at
              FROM unread
              JOIN marked ON marked.notification_id = unread.id
            """.formatted(OF_MEMBER.formatted("$3")));

    /**
     * Marks every notification read that one member has not and that was created up to the end of a millisecond; those
     * that it marked, oldest first.
     */
    Future<List<Notification>> markReadUpTo(SqlClient client, Reader reader, Instant upTo) {
        return Rows.list(
                        client,
                        MARK_READ_UP_TO.by(reader),
                        by(reader, Tuple.of(reader.inventoryId().value(), upTo.atOffset(ZoneOffset.UTC))),
                        NotificationRepository::toNotification)
                .map(marked -> marked.stream()
                        .sorted(Comparator.comparing(Notification::createdAt).thenComparing(Notification::id))
                        .toList());
    }

    private static final String ACKNOWLEDGE = """
            INSERT INTO acknowledgements (user_id, item_id, expiry_date, reminder)
            VALUES ($1, $2, $3, '*')
                ON CONFLICT DO NOTHING
            """;

    /** Takes note of an item and its date: nothing more is notified of them. 0 when that was noted before. */
    Future<Integer> acknowledge(SqlClient client, InventoryId inventoryId, UUID itemId, LocalDate expiryDate) {
        return Rows.change(client, ACKNOWLEDGE, Tuple.of(inventoryId.value(), itemId, expiryDate));
    }

    private static final String UNACKNOWLEDGE = """
            DELETE FROM acknowledgements
             WHERE user_id = $1 AND item_id = $2 AND expiry_date = $3 AND reminder = '*'
            """;

    /** Undoes {@link #acknowledge}; 0 when there was nothing to undo. */
    Future<Integer> unacknowledge(SqlClient client, InventoryId inventoryId, UUID itemId, LocalDate expiryDate) {
        return Rows.change(client, UNACKNOWLEDGE, Tuple.of(inventoryId.value(), itemId, expiryDate));
    }

    /** What it was like, and is, of each row that {@code settled} holds the ids and new members of. */
    private static final String BEFORE_AND_AFTER = """
            SELECT former.id, former.item_id, former.kind, former.title, former.message, former.status, former.read_at,
                   former.expiry_date, former.reminder, former.snoozed_until, former.resolution, former.resolved_at,
                   former.created_at, settled.status AS new_status, settled.read_at AS new_read_at,
                   settled.snoozed_until AS new_snoozed_until, settled.resolution AS new_resolution,
                   settled.resolved_at AS new_resolved_at
              FROM settled
              JOIN notifications AS former ON former.user_id = $1 AND former.id = settled.id
             ORDER BY former.created_at, former.id
            """;

    private static final String SETTLE = """
            WITH clock AS MATERIALIZED (
                SELECT statement_timestamp() AS at
            ), settled AS (
                UPDATE notifications
                   SET resolution = 'ACKNOWLEDGED', resolved_at = clock.at, snoozed_until = NULL, status = 'READ',
                       read_at = coalesce(read_at, clock.at)
                  FROM clock
                 WHERE user_id = $1 AND item_id = $2 AND expiry_date = $3 AND resolution IS NULL
             RETURNING id, status, read_at, snoozed_until, resolution, resolved_at
            )
            """ + BEFORE_AND_AFTER;

    /** Resolves what was notified of an acknowledged item and date and is open; by row id, the oldest first. */
    Future<Map<UUID, Marked>> settle(SqlClient client, InventoryId inventoryId, UUID itemId, LocalDate expiryDate) {
        return beforeAndAfter(client, SETTLE, Tuple.of(inventoryId.value(), itemId, expiryDate));
    }

    private static final String REOPEN = """
            WITH settled AS (
                UPDATE notifications
                   SET resolution = NULL, resolved_at = NULL,
                       status = CASE WHEN read_at = resolved_at THEN 'UNREAD' ELSE 'READ' END,
                       read_at = CASE WHEN read_at <> resolved_at THEN read_at END
                 WHERE user_id = $1 AND item_id = $2 AND expiry_date = $3 AND resolution = 'ACKNOWLEDGED'
             RETURNING id, status, read_at, snoozed_until, resolution, resolved_at
            )
            """ + BEFORE_AND_AFTER;

    /** Undoes {@link #settle}: what was read by it is unread again. What was put off is not any more. */
    Future<Map<UUID, Marked>> reopen(SqlClient client, InventoryId inventoryId, UUID itemId, LocalDate expiryDate) {
        return beforeAndAfter(client, REOPEN, Tuple.of(inventoryId.value(), itemId, expiryDate));
    }

    private static Future<Map<UUID, Marked>> beforeAndAfter(SqlClient client, String sql, Tuple parameters) {
        return Rows.list(client, sql, parameters, row -> {
                    Notification before = toNotification(row);
                    return new Marked(
                            before,
                            before.settled(
                                    Notification.Status.valueOf(row.getString("new_status")),
                                    toInstant(row, "new_read_at"),
                                    row.getLocalDate("new_snoozed_until"),
                                    toResolution(row.getString("new_resolution")),
                                    toInstant(row, "new_resolved_at")));
                })
                .map(settled -> {
                    Map<UUID, Marked> byId = new LinkedHashMap<>();
                    settled.forEach(each -> byId.put(each.before().id(), each));
                    return byId;
                });
    }

    private static final String SNOOZE = """
            WITH clock AS MATERIALIZED (
                SELECT statement_timestamp() AS at
            ), members_read AS (
                INSERT INTO notification_marks (user_id, notification_id, member_id, status, marked_at)
                SELECT $1, $2, members.user_id, 'READ', clock.at
                  FROM clock
                 CROSS JOIN notifications
                  JOIN members ON members.inventory_id = $1 AND members.role <> 'OWNER'
                 WHERE notifications.user_id = $1 AND notifications.id = $2
                   AND members.user_id <> ALL (coalesce(notifications.not_for, '{}'))
                    ON CONFLICT (user_id, notification_id, member_id) DO UPDATE
                   SET status = excluded.status, marked_at = excluded.marked_at
                 WHERE notification_marks.status <> excluded.status
            )
            UPDATE notifications
               SET snoozed_until = $3, status = 'READ', read_at = coalesce(read_at, clock.at)
              FROM clock
             WHERE user_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /** Puts a notification off until a local date, for all members; it counts as read meanwhile. As the owner sees it. */
    Future<Optional<Notification>> snooze(SqlClient client, InventoryId inventoryId, UUID id, LocalDate until) {
        return Rows.first(
                client, SNOOZE, Tuple.of(inventoryId.value(), id, until), NotificationRepository::toNotification);
    }

    private static final String UNSNOOZE = """
            WITH members_unread AS (
                UPDATE notification_marks
                   SET status = 'UNREAD', marked_at = statement_timestamp()
                 WHERE user_id = $1 AND notification_id = $2
            )
            UPDATE notifications
               SET snoozed_until = NULL, status = 'UNREAD', read_at = NULL
             WHERE user_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /** Puts a notification off no longer; it is unread again, for all to whom it is addressed. As the owner sees it. */
    Future<Optional<Notification>> unsnooze(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(client, UNSNOOZE, Tuple.of(inventoryId.value(), id), NotificationRepository::toNotification);
    }

    private static final String DELETE = """
            WITH deleted AS (
                DELETE FROM notifications
                 WHERE user_id = $1 AND id = $2
             RETURNING id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
                       resolution, resolved_at, created_at
            ), noted AS (
                INSERT INTO acknowledgements (user_id, item_id, expiry_date, reminder)
                SELECT $1, item_id, expiry_date, reminder
                  FROM deleted
                 WHERE item_id IS NOT NULL AND expiry_date IS NOT NULL
                    ON CONFLICT DO NOTHING
            )
            SELECT id, item_id, kind, title, message, status, read_at, expiry_date, reminder, snoozed_until,
                   resolution, resolved_at, created_at
              FROM deleted
            """;

    /** Deletes a notification, which is not made again: as it was, or empty when it is not there. */
    Future<Optional<Notification>> delete(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(client, DELETE, Tuple.of(inventoryId.value(), id), NotificationRepository::toNotification);
    }

    private static final String HAND_ON = """
            WITH clock AS MATERIALIZED (
                SELECT statement_timestamp() AS at
            ), of_former AS (
                INSERT INTO notification_marks (user_id, notification_id, member_id, status, marked_at)
                SELECT user_id, id, $2, status, coalesce(read_at, clock.at)
                  FROM clock
                 CROSS JOIN notifications
                 WHERE user_id = $1 AND (status = 'UNREAD' OR read_at IS DISTINCT FROM resolved_at)
                    ON CONFLICT (user_id, notification_id, member_id) DO UPDATE
                   SET status = excluded.status, marked_at = excluded.marked_at
            ), of_owner AS (
                UPDATE notifications
                   SET status = seen.status, read_at = seen.read_at
                  FROM\s""" + OF_MEMBER.formatted("$3") + """
                       AS seen
                 WHERE notifications.user_id = $1 AND seen.user_id = $1 AND seen.id = notifications.id
                   AND (notifications.status, notifications.read_at) IS DISTINCT FROM (seen.status, seen.read_at)
            )
            DELETE FROM notification_marks
             WHERE user_id = $1 AND member_id = $3
            """;

    /** Keeps what two members have read when one becomes the owner instead of the other. */
    Future<Integer> handOn(SqlClient client, InventoryId inventoryId, UserId former, UserId owner) {
        return Rows.change(client, HAND_ON, Tuple.of(inventoryId.value(), former.value(), owner.value()));
    }

    private static final String INSERT =
            "INSERT INTO notifications (user_id, id, kind, title, message, created_at, not_for)" + """

            SELECT $1, $2, 'SYSTEM', $3, $4, last_at,
                   (SELECT array_agg(members.user_id)
                      FROM members
                     WHERE members.inventory_id = $1 AND members.role <> 'OWNER' AND $5::boolean)
              FROM feeds
             WHERE user_id = $1
            RETURNING\s""" + COLUMNS;

    /**
     * Adds one that is about no item.
     *
     * @param forOwner whether it is addressed to the owner alone
     */
    Future<Notification> insert(
            SqlClient client, InventoryId inventoryId, String title, String message, boolean forOwner) {
        return Rows.first(
                        client,
                        INSERT,
                        Tuple.of(inventoryId.value(), RowIds.next(), title, message, forOwner),
                        NotificationRepository::toNotification)
                .map(Optional::orElseThrow);
    }

    private static Notification toNotification(Row row) {
        return new Notification(
                row.getUUID("id"),
                row.getUUID("item_id"),
                Notification.Kind.valueOf(row.getString("kind")),
                row.getString("title"),
                row.getString("message"),
                Notification.Status.valueOf(row.getString("status")),
                toInstant(row, "read_at"),
                row.getLocalDate("expiry_date"),
                row.getString("reminder"),
                row.getLocalDate("snoozed_until"),
                toResolution(row.getString("resolution")),
                toInstant(row, "resolved_at"),
                row.getOffsetDateTime("created_at").toInstant());
    }

    private static Notification.@Nullable Resolution toResolution(@Nullable String name) {
        return name == null ? null : Notification.Resolution.valueOf(name);
    }

    private static @Nullable Instant toInstant(Row row, String column) {
        OffsetDateTime at = row.getOffsetDateTime(column);
        return at == null ? null : at.toInstant();
    }
}
