package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.db.Distribution;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.items.ExpiryWatch;
import org.expirytracker.kernel.InventoryId;

/**
 * Notifies the members of an inventory that items have come within their lead days, closer to their date by one of the
 * reminders in force, or past it: once for each item, date and reminder, however often it is asked to, and once more each
 * time the date is set anew or the stock filled up again. In force are the reminders of every member; a notification that
 * comes of others' reminders alone is not addressed to a member ({@code not_for}): they find it in the list, read. Of an
 * item that has crossed several at once only the latest is notified, and what was notified of it before is resolved then.
 * What was notified of a date or stock that is changed is resolved, and opened again when the change is undone. Items of
 * which nothing is left, and those that were acknowledged or for which it failed, are passed over; so are
 * those that are snoozed, until their date itself has come.
 */
public final class ExpiryNotices implements ExpiryWatch {

    /** The kind of the jobs of items for which the notices could not be made; their object is the item. */
    public static final String KIND = "notice";

    private static final String ERASE_PERCENT_REMINDERS = """
            DELETE FROM percent_reminders
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM percent_reminders WHERE user_id = $1 LIMIT $2))
            """;

    private static final String ERASE_MARKS = """
            DELETE FROM notification_marks
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM notification_marks WHERE user_id = $1 LIMIT $2))
            """;

    private static final String ERASE_ACKNOWLEDGEMENTS = """
            DELETE FROM acknowledgements
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM acknowledgements WHERE user_id = $1 LIMIT $2))
            """;

    private static final String ERASE_NOTIFICATIONS = """
            DELETE FROM notifications
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM notifications WHERE user_id = $1 LIMIT $2))
            """;

    /** What goes of this room with a user who leaves. */
    public static final Erasure ERASURE =
            Erasure.of(ERASE_PERCENT_REMINDERS, ERASE_ACKNOWLEDGEMENTS, ERASE_MARKS, ERASE_NOTIFICATIONS);

    private static final UUID[] NONE = {};

    /** The JSON form of a row {@code notice} of {@code notifications}, as the activity log keeps it. */
    private static final String STATE = """
            jsonb_build_object(
                'id', notice.id, 'itemId', notice.item_id, 'kind', notice.kind, 'title', notice.title,
                'message', notice.message, 'status', notice.status,
                'readAt', to_char(notice.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'expiryDate', notice.expiry_date, 'reminder', notice.reminder,
                'snoozedUntil', notice.snoozed_until, 'resolution', notice.resolution,
                'resolvedAt', to_char(notice.resolved_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'createdAt', to_char(notice.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                'renewal', notice.renewal)
                || CASE WHEN notice.not_for IS NULL THEN '{}'::jsonb ELSE jsonb_build_object('notFor', notice.not_for) END
            """;

    /**
     * Resolves the rows of a preceding common table expression {@code former}, which has all columns of {@code
     * notifications} and {@code why}, or opens them again as they were where that is null: unread when they were read by being resolved. Goes on with {@code resolved (user_id, id,
     * expiry_date, item_id, before, after)}.
     */
    private static final String RESOLVE = """
            , clock AS MATERIALIZED (
                SELECT statement_timestamp() AS at
            ), closed AS (
                UPDATE notifications
                   SET resolution = former.why,
                       resolved_at = CASE WHEN former.why IS NOT NULL THEN clock.at END,
                       snoozed_until = CASE WHEN former.why IS DISTINCT FROM 'SUPERSEDED'
                                            THEN notifications.snoozed_until END,
                       status = CASE WHEN former.why IS NULL AND notifications.read_at = notifications.resolved_at
                                     THEN 'UNREAD' ELSE 'READ' END,
                       read_at = CASE WHEN former.why IS NOT NULL
                                      THEN coalesce(notifications.read_at, clock.at)
                                      WHEN notifications.read_at <> notifications.resolved_at
                                      THEN notifications.read_at END
                  FROM former
                 CROSS JOIN clock
                 WHERE notifications.user_id = former.user_id AND notifications.id = former.id
             RETURNING notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
                       notifications.title, notifications.message, notifications.status, notifications.read_at,
                       notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
                       notifications.resolution, notifications.resolved_at, notifications.created_at,
                       notifications.renewal, notifications.not_for
            ), resolved AS (
                SELECT closed.user_id, closed.id, closed.expiry_date, closed.item_id,
                       (SELECT
            """ + STATE + """
                          FROM (SELECT former.*) AS notice) AS before,
                       (SELECT
            """ + STATE + """
                          FROM (SELECT closed.*) AS notice) AS after
                  FROM closed
                  JOIN former ON former.user_id = closed.user_id AND former.id = closed.id
            )
            """;

    /**
     * Makes the notifications for a preceding common table expression {@code crossed (user_id, day, previous_day, shared,
     * id, name, quantity, unit, location, expiry_date, reminder, renewed)}: items that have crossed a reminder, or are past
     * their date, on that day; each at most once, and once more where {@code renewed}. Where an inventory is {@code shared},
     * one that comes of a reminder is not addressed to members none of whose reminders was crossed after the previous day; its
     * members are those of another one, {@code member (inventory_id, user_id, days, percents)}.
     */
    private static final String NOTIFY = """
            , worded AS (
                SELECT user_id, id, expiry_date, reminder,
                       coalesce((SELECT max(renewal) + CASE WHEN crossed.renewed THEN 1 ELSE 0 END
                                   FROM notifications
                                  WHERE user_id = crossed.user_id AND item_id = crossed.id
                                    AND expiry_date = crossed.expiry_date), 0) AS renewal,
                       (SELECT last_at FROM feeds WHERE user_id = crossed.user_id) AS moment,
                       expiry_date < day AS expired,
                       abs(expiry_date - day) AS days,
                       to_char(expiry_date, 'YYYY-MM-DD') AS printed,
                       name,
                       'You have ' || trim_scale(quantity) || ' ' || unit || ' of ' || name
                           || coalesce(' (' || location || ')', '') || '.' AS stock,
                       CASE WHEN shared AND reminder ~ '^[DP]' THEN (
                           SELECT array_agg(member.user_id)
                             FROM items
                             JOIN member ON member.inventory_id = items.user_id
                             LEFT JOIN category_reminders AS own
                               ON own.user_id = items.user_id AND own.category_id = items.category_id
                            WHERE items.user_id = crossed.user_id AND items.id = crossed.id
                              AND NOT (items.expiring_from > crossed.previous_day AND items.expiring_from <= crossed.day)
                              AND NOT EXISTS (
                                  SELECT FROM unnest(coalesce(own.days, member.days)) AS before
                                   WHERE before < items.effective_lead_days
                                     AND items.expiry_date - before > crossed.previous_day
                                     AND items.expiry_date - before <= crossed.day)
                              AND NOT EXISTS (
                                  SELECT FROM percent_reminders
                                   WHERE user_id = crossed.user_id AND item_id = crossed.id
                                     AND percent = ANY (coalesce(own.percents, member.percents))
                                     AND due_on > crossed.previous_day AND due_on <= crossed.day)) END AS not_for
                  FROM crossed
                 WHERE NOT EXISTS (
                       SELECT FROM acknowledgements
                        WHERE user_id = crossed.user_id AND item_id = crossed.id AND expiry_date = crossed.expiry_date
                          AND reminder IN ('*', crossed.reminder))
                   -- A reminder can be put off, the date itself cannot.
                   AND (crossed.expiry_date <= crossed.day
                        OR NOT EXISTS (
                           SELECT FROM notifications
                            WHERE user_id = crossed.user_id AND item_id = crossed.id
                              AND expiry_date = crossed.expiry_date
                              AND snoozed_until > crossed.day AND resolution IS NULL))
                   AND NOT EXISTS (
                       SELECT FROM jobs
                        WHERE tenant_id = crossed.user_id AND kind = 'notice' AND object_id = crossed.id)
            ), made AS (
                INSERT INTO notifications (
                       user_id, id, item_id, kind, title, message, expiry_date, reminder, renewal, created_at, not_for,
                       status, read_at)
                SELECT worded.user_id, new_id(), id,
                       CASE WHEN expired THEN 'EXPIRED' ELSE 'EXPIRING_SOON' END,
                       name || CASE WHEN expired THEN ' expired on ' || printed
                                    WHEN days = 0 THEN ' expires today'
                                    ELSE ' expires on ' || printed END,
                       stock || ' Its last good day '
                           || CASE WHEN expired AND days = 1 THEN 'was yesterday, ' || printed
                                   WHEN expired THEN 'was ' || printed || ', ' || days || ' days ago'
                                   WHEN days = 0 THEN 'is today, ' || printed
                                   WHEN days = 1 THEN 'is tomorrow, ' || printed
                                   ELSE 'is ' || printed || ', in ' || days || ' days' END
                           || '.',
                       expiry_date, reminder, renewal, moment, not_for, coalesce(owner.status, 'UNREAD'),
                       CASE owner.status WHEN 'READ' THEN moment END
                  FROM worded
                  LEFT JOIN LATERAL (
                       SELECT 'READ' AS status
                         FROM inventories
                        WHERE inventories.id = worded.user_id AND owner_id = ANY (worded.not_for)) AS owner
                    ON worded.not_for IS NOT NULL
                    ON CONFLICT ON CONSTRAINT notifications_once DO NOTHING
             RETURNING user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
                       snoozed_until, resolution, resolved_at, created_at, renewal, not_for
            ), former AS (
                SELECT notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
                       notifications.title, notifications.message, notifications.status, notifications.read_at,
                       notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
                       notifications.resolution, notifications.resolved_at, notifications.created_at,
                       notifications.renewal, notifications.not_for,
                       'SUPERSEDED' AS why
                  FROM made
                  JOIN notifications
                    ON notifications.user_id = made.user_id AND notifications.item_id = made.item_id
                       AND notifications.kind <> 'SYSTEM' AND notifications.resolution IS NULL
                       -- Where the statement is done part by part, what has just been made is there already.
                       AND notifications.id <> made.id
            )
            """ + RESOLVE + """
            , events AS (
                SELECT user_id, kind, subject_id, before, after,
                       row_number() OVER (PARTITION BY user_id ORDER BY expiry_date, item_id, subject_id) AS place
                  FROM (SELECT user_id, 'NOTIFICATION_UPDATED' AS kind, id AS subject_id, before, after,
                               expiry_date, item_id
                          FROM resolved
                         UNION ALL
                        SELECT user_id, 'NOTIFICATION_CREATED', id, NULL,
            """ + STATE + """
                               , expiry_date, item_id
                          FROM made AS notice) AS all_events
            )
            """ + ActivityLog.APPEND_EVENTS;

    // Of the end of a snooze it can have been notified already, after a move westward: it must not stand before the
    // others.
    private static final String SNOOZE_STANDS = """
                          AND notifications.resolution IS NULL
                          AND NOT EXISTS (
                              SELECT FROM notifications AS again
                               WHERE again.user_id = notifications.user_id AND again.item_id = notifications.item_id
                                 AND again.expiry_date = notifications.expiry_date
                                 AND again.reminder = 'S' || to_char(notifications.snoozed_until, 'YYYYMMDD'))
            """;

    /**
     * The common table expression {@code crossed} of {@link #NOTIFY}, of inventories whose days began, after those of their
     * members where they have several.
     */
    private static final String CROSSED_OF_DAYS = """
            WITH member AS MATERIALIZED (
                SELECT inventory_id, user_id, days::smallint[] AS days, percents::smallint[] AS percents
                  FROM unnest($7::uuid[], $8::uuid[], $9::text[], $10::text[]) AS each (inventory_id, user_id, days, percents)
            ), due (user_id, day, previous_day, shared, days, percents) AS MATERIALIZED (
                SELECT inventory_id, day, coalesce(previous_day, '-infinity'), shared, days::smallint[], percents::smallint[]
                  FROM unnest($1::uuid[], $2::date[], $3::date[], $4::boolean[], $5::text[], $6::text[])
                       AS asked (inventory_id, day, previous_day, shared, days, percents)
            ), closer AS (
                SELECT user_id, unnest(days) AS before
                  FROM due
                 UNION
                SELECT category_reminders.user_id, unnest(category_reminders.days)
                  FROM due
                  JOIN category_reminders ON category_reminders.user_id = due.user_id
            ), crossed AS (
                SELECT DISTINCT ON (due.user_id, item.id)
                       due.user_id, due.day, due.previous_day, due.shared, item.id, item.name, item.quantity, item.unit, item.location,
                       item.expiry_date, item.reminder, false AS renewed
                  FROM due
                 CROSS JOIN LATERAL (
                       SELECT id, name, quantity, unit, location, expiry_date, '' AS reminder, -1 AS before
                         FROM items
                        WHERE user_id = due.user_id AND NOT used_up
                          AND coalesce(expiry_date, 'infinity') >= due.previous_day
                          AND coalesce(expiry_date, 'infinity') < due.day
                        UNION ALL
                       SELECT id, name, quantity, unit, location, expiry_date, 'D' || effective_lead_days,
                              effective_lead_days
                         FROM items
                        WHERE user_id = due.user_id AND NOT used_up
                          AND expiring_from > due.previous_day
                          AND expiring_from <= due.day
                          AND expiry_date >= due.day
                        UNION ALL
                       SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                              'D' || closer.before, closer.before
                         FROM closer
                         JOIN items
                           ON items.user_id = due.user_id AND NOT items.used_up
                              AND coalesce(items.expiry_date, 'infinity') > due.previous_day + closer.before
                              AND coalesce(items.expiry_date, 'infinity') <= due.day + closer.before
                              AND coalesce(items.expiry_date, 'infinity') >= due.day
                         LEFT JOIN category_reminders AS own
                           ON own.user_id = due.user_id AND own.category_id = items.category_id
                        WHERE closer.user_id = due.user_id
                          AND closer.before < items.effective_lead_days
                          AND closer.before = ANY (coalesce(own.days, due.days))
                        UNION ALL
                       SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                              'P' || percent_reminders.percent, items.expiry_date - percent_reminders.due_on
                         FROM percent_reminders
                         JOIN items
                           ON items.user_id = due.user_id AND items.id = percent_reminders.item_id
                              AND NOT items.used_up AND items.expiry_date >= due.day
                         LEFT JOIN category_reminders AS own
                           ON own.user_id = due.user_id AND own.category_id = items.category_id
                        WHERE percent_reminders.user_id = due.user_id
                          AND percent_reminders.percent = ANY (coalesce(own.percents, due.percents))
                          AND percent_reminders.due_on > due.previous_day AND percent_reminders.due_on <= due.day
                        UNION ALL
                       SELECT items.id, items.name, items.quantity, items.unit, items.location, items.expiry_date,
                              'S' || to_char(notifications.snoozed_until, 'YYYYMMDD'), -2
                         FROM notifications
                         JOIN items
                           ON items.user_id = due.user_id AND items.id = notifications.item_id
                              AND NOT items.used_up AND items.expiry_date = notifications.expiry_date
                        WHERE notifications.user_id = due.user_id AND notifications.snoozed_until <= due.day
            """ + SNOOZE_STANDS + """
                       ) AS item
                 ORDER BY due.user_id, item.id, item.before
            )
            """;

    private static final String NOTIFY_OF_DAYS = CROSSED_OF_DAYS + NOTIFY;

    private static final String NOTIFY_OF_DAY = Distribution.ofOne(NOTIFY_OF_DAYS);

    /**
     * Notifies the members of inventories of what has come due since the day up to which they were notified. Costs as much as
     * has come due, whatever is in stock. Two statements, of which the second is one of each inventory where the database is
     * distributed.
     *
     * @param connection its transaction has locked the log of each of the inventories
     * @param days of each inventory at most one
     * @param distributed see {@link Distribution}
     * @return how many activities were appended
     */
    public Future<Integer> daysBegan(SqlConnection connection, List<InventoryDay> days, boolean distributed) {
        return reminders(connection, days).compose(reminders -> {
            if (!distributed) {
                return Rows.change(connection, NOTIFY_OF_DAYS, parametersOf(days, reminders));
            }
            List<Tuple> each = days.stream()
                    .map(day -> addParameters(Tuple.of(day.inventoryId().value()), List.of(day), reminders))
                    .toList();
            return Rows.changeOfEach(connection, NOTIFY_OF_DAY, each);
        });
    }

    private static Future<Function<InventoryId, MemberReminders>> reminders(
            SqlConnection connection, List<InventoryDay> days) {
        return MemberReminders.of(
                connection, days.stream().map(InventoryDay::inventoryId).toList());
    }

    private static Tuple parametersOf(List<InventoryDay> days, Function<InventoryId, MemberReminders> reminders) {
        Tuple inventories = Tuple.tuple()
                .addArrayOfUUID(
                        days.stream().map(day -> day.inventoryId().value()).toArray(UUID[]::new));
        return addParameters(inventories, days, reminders);
    }

    /** Those of {@link #CROSSED_OF_DAYS} after the first. */
    private static Tuple addParameters(
            Tuple parameters, List<InventoryDay> days, Function<InventoryId, MemberReminders> reminders) {
        List<MemberReminders> each =
                days.stream().map(InventoryDay::inventoryId).map(reminders).toList();
        parameters
                .addArrayOfLocalDate(days.stream().map(InventoryDay::day).toArray(LocalDate[]::new))
                .addArrayOfLocalDate(
                        days.stream().map(InventoryDay::previousDay).toArray(LocalDate[]::new))
                .addArrayOfBoolean(each.stream().map(MemberReminders::isShared).toArray(Boolean[]::new))
                .addArrayOfString(each.stream()
                        .map(MemberReminders::days)
                        .map(MemberReminders::text)
                        .toArray(String[]::new))
                .addArrayOfString(each.stream()
                        .map(MemberReminders::percents)
                        .map(MemberReminders::text)
                        .toArray(String[]::new));
        return MemberReminders.addMembers(parameters, each);
    }

    private static final String ITEMS_OF_DAYS = CROSSED_OF_DAYS + """
            SELECT id
              FROM crossed
             WHERE NOT EXISTS (
                   SELECT FROM jobs
                    WHERE tenant_id = crossed.user_id AND kind = 'notice' AND object_id = crossed.id)
            """;

    /** The items of which {@link #daysBegan} would notify one user of, besides those of which they know already. */
    public Future<List<UUID>> itemsOf(SqlConnection connection, InventoryDay day) {
        List<InventoryDay> days = List.of(day);
        return reminders(connection, days)
                .compose(reminders ->
                        Rows.list(connection, ITEMS_OF_DAYS, parametersOf(days, reminders), row -> row.getUUID("id")));
    }

    private static final String RESOLVE_OF_ITEMS = """
            WITH former AS (
                SELECT notifications.user_id, notifications.id, notifications.item_id, notifications.kind,
                       notifications.title, notifications.message, notifications.status, notifications.read_at,
                       notifications.expiry_date, notifications.reminder, notifications.snoozed_until,
                       notifications.resolution, notifications.resolved_at, notifications.created_at,
                       notifications.renewal, notifications.not_for,
                       stock.why
                  FROM notifications
                  JOIN items ON items.user_id = $1 AND items.id = notifications.item_id
                 CROSS JOIN LATERAL (
                       SELECT CASE WHEN items.used_up THEN 'USED_UP'
                                   WHEN items.expiry_date IS DISTINCT FROM notifications.expiry_date THEN 'REDATED'
                              END AS why) AS stock
                 WHERE notifications.user_id = $1 AND notifications.item_id = ANY ($2)
                   AND notifications.kind <> 'SYSTEM'
                   AND (notifications.resolution IS NULL AND stock.why IS NOT NULL
                        OR notifications.resolution IN ('USED_UP', 'REDATED') AND stock.why IS NULL
                           AND NOT notifications.item_id = ANY ($3)
                           AND NOT EXISTS (
                               SELECT FROM notifications AS later
                                WHERE later.user_id = $1 AND later.item_id = notifications.item_id
                                  AND later.expiry_date = notifications.expiry_date
                                  AND later.renewal > notifications.renewal)
                           AND NOT EXISTS (
                               SELECT FROM acknowledgements
                                WHERE user_id = $1 AND item_id = notifications.item_id
                                  AND expiry_date = notifications.expiry_date AND reminder = '*'))
            )
            """ + RESOLVE + """
            , events AS (
                SELECT user_id, 'NOTIFICATION_UPDATED' AS kind, id AS subject_id, before, after,
                       row_number() OVER (PARTITION BY user_id ORDER BY expiry_date, item_id, id) AS place
                  FROM resolved
            )
            """ + ActivityLog.APPEND_EVENTS;

    private static final String NOTIFY_OF_ITEMS = """
            WITH again AS (
                -- What failed may be possible now that the item is another. Who is at it has not begun: it would hold the log.
                UPDATE jobs
                   SET due_at = now(), claim_id = NULL
                 WHERE tenant_id = $1 AND kind = 'notice' AND object_id = ANY ($3) AND due_at > now()
            ), member AS MATERIALIZED (
                SELECT inventory_id, user_id, days::smallint[] AS days, percents::smallint[] AS percents
                  FROM unnest($8::uuid[], $9::uuid[], $10::text[], $11::text[]) AS each (inventory_id, user_id, days, percents)
            ), of_inventory AS (
                -- Never before the day that was turned already, after which no turn looks again, and never after what
                -- the database says is today: a node's clock may be wrong, and its day may have passed while it waited.
                SELECT greatest(least($2::date, (statement_timestamp() AT TIME ZONE time_zone)::date), last_day) AS day,
                       $5::boolean AS shared, $6::smallint[] AS days, $7::smallint[] AS percents
                  FROM inventories
                 WHERE id = $1
            ), crossed AS (
                SELECT DISTINCT ON (items.id)
                       items.user_id, day, '-infinity'::date AS previous_day, shared, items.id, items.name, items.quantity, items.unit,
                       items.location, items.expiry_date, reminder.reminder, items.id = ANY ($4) AS renewed
                  FROM of_inventory
                  JOIN items ON items.user_id = $1
                  LEFT JOIN category_reminders AS own
                    ON own.user_id = $1 AND own.category_id = items.category_id
                 CROSS JOIN LATERAL (
                       SELECT '' AS reminder, -1 AS before
                        WHERE items.expiry_date < day
                        UNION ALL
                       SELECT 'D' || items.effective_lead_days, items.effective_lead_days
                        WHERE items.expiring_from <= day AND items.expiry_date >= day
                        UNION ALL
                       SELECT 'D' || before, before
                         FROM unnest(coalesce(own.days, of_inventory.days)) AS before
                        WHERE before < items.effective_lead_days AND items.expiry_date - before <= day
                          AND items.expiry_date >= day
                        UNION ALL
                       SELECT 'P' || percent, items.expiry_date - due_on
                         FROM percent_reminders
                        WHERE user_id = $1 AND item_id = items.id AND due_on <= day
                          AND percent = ANY (coalesce(own.percents, of_inventory.percents))
                          AND items.expiry_date >= day
                        UNION ALL
                       SELECT 'S' || to_char(snoozed_until, 'YYYYMMDD'), -2
                         FROM notifications
                        WHERE user_id = $1 AND item_id = items.id AND expiry_date = items.expiry_date
                          AND snoozed_until <= day
            """ + SNOOZE_STANDS + """
                       ) AS reminder
                 WHERE items.id = ANY ($3) AND NOT items.used_up
                 ORDER BY items.id, reminder.before
            )
            """ + NOTIFY;

    private static final String FORGET_ACKNOWLEDGEMENTS = """
            DELETE FROM acknowledgements
             USING items
             WHERE acknowledgements.user_id = $1 AND acknowledgements.item_id = ANY ($2)
               AND items.user_id = $1 AND items.id = acknowledgements.item_id
               AND items.expiry_date = acknowledgements.expiry_date
            """;

    @Override
    public Future<Integer> datesChanged(
            Change change, LocalDate today, List<UUID> itemIds, Collection<UUID> renewedIds) {
        UUID inventory = change.inventoryId().value();
        UUID[] items = itemIds.toArray(UUID[]::new);
        UUID[] renewed = renewedIds.toArray(UUID[]::new);
        // Sent before, and answered with, what the flush sends.
        Future<MemberReminders> reminders = MemberReminders.of(change.connection(), change.inventoryId());
        return change.flush()
                .compose(flushed -> reminders)
                .compose(ofMembers -> PercentReminders.refresh(
                                change.connection(), change.inventoryId(), itemIds, ofMembers)
                        .compose(refreshed -> renewed.length == 0
                                ? Future.succeededFuture(0)
                                : Rows.change(
                                        change.connection(),
                                        FORGET_ACKNOWLEDGEMENTS,
                                        Tuple.of(inventory).addArrayOfUUID(renewed)))
                        .compose(forgotten -> append(
                                change,
                                RESOLVE_OF_ITEMS,
                                Tuple.of(inventory).addArrayOfUUID(items).addArrayOfUUID(renewed)))
                        .compose(resolved -> append(
                                change,
                                NOTIFY_OF_ITEMS,
                                parametersOf(change.inventoryId(), today, items, renewed, ofMembers))));
    }

    private static Tuple parametersOf(
            InventoryId inventory, LocalDate day, UUID[] items, UUID[] renewed, MemberReminders reminders) {
        Tuple parameters = Tuple.of(inventory.value(), day)
                .addArrayOfUUID(items)
                .addArrayOfUUID(renewed)
                .addBoolean(reminders.isShared())
                .addArrayOfShort(reminders.days().toArray(Short[]::new))
                .addArrayOfShort(reminders.percents().toArray(Short[]::new));
        return MemberReminders.addMembers(parameters, List.of(reminders));
    }

    private static final String DELETE_OF_ITEMS = """
            WITH job AS (
                DELETE FROM jobs
                 WHERE tenant_id = $1 AND kind = 'notice' AND object_id = ANY ($2)
            ), notice AS (
                DELETE FROM notifications
                 WHERE user_id = $1 AND item_id = ANY ($2)
             RETURNING user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
                       snoozed_until, resolution, resolved_at, created_at, renewal, not_for
            ), events AS (
                SELECT user_id, 'NOTIFICATION_DELETED' AS kind, id AS subject_id,
            """ + STATE + """
                           || coalesce((
                               SELECT jsonb_build_object('marks', jsonb_agg(jsonb_build_object(
                                          'member', member_id, 'status', marks.status, 'at', marked_at)))
                                 FROM notification_marks AS marks
                                WHERE marks.user_id = $1 AND marks.notification_id = notice.id
                               HAVING count(*) > 0), '{}')
                       AS before, NULL::jsonb AS after,
                       row_number() OVER (PARTITION BY user_id ORDER BY created_at, id) AS place
                  FROM notice
            )
            """ + ActivityLog.APPEND_EVENTS;

    @Override
    public Future<?> deleting(Change change, Collection<UUID> itemIds) {
        return change.flush()
                .compose(flushed -> append(
                        change,
                        DELETE_OF_ITEMS,
                        Tuple.of(change.inventoryId().value()).addArrayOfUUID(itemIds.toArray(UUID[]::new))));
    }

    // No NOTIFICATION_CREATED: whoever waits for those has seen them.
    private static final String RESTORE = """
            WITH former AS (
                SELECT text::jsonb AS state
                  FROM unnest($2::text[]) AS kept (text)
                 WHERE text::jsonb->>'itemId' = $3::text
            ), notice AS (
                INSERT INTO notifications (
                       user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
                       snoozed_until, resolution, resolved_at, created_at, renewal, not_for)
                SELECT $1, (state->>'id')::uuid, (state->>'itemId')::uuid, state->>'kind', state->>'title',
                       state->>'message', state->>'status', (state->>'readAt')::timestamptz,
                       (state->>'expiryDate')::date, state->>'reminder', (state->>'snoozedUntil')::date,
                       state->>'resolution', (state->>'resolvedAt')::timestamptz, (state->>'createdAt')::timestamptz,
                       coalesce((state->>'renewal')::integer, 0),
                       CASE WHEN state ? 'notFor'
                            THEN ARRAY(SELECT jsonb_array_elements_text(state->'notFor')::uuid) END
                  FROM former
                    ON CONFLICT DO NOTHING
             RETURNING user_id, id, item_id, kind, title, message, status, read_at, expiry_date, reminder,
                       snoozed_until, resolution, resolved_at, created_at, renewal, not_for
            ), marked AS (
                INSERT INTO notification_marks (user_id, notification_id, member_id, status, marked_at)
                SELECT $1, notice.id, members.user_id, mark->>'status', (mark->>'at')::timestamptz
                  FROM notice
                  JOIN former ON (former.state->>'id')::uuid = notice.id
                 CROSS JOIN LATERAL jsonb_array_elements(former.state->'marks') AS mark
                  JOIN members ON members.inventory_id = $1 AND members.user_id = (mark->>'member')::uuid
            ), events AS (
                SELECT user_id, 'NOTIFICATION_UPDATED' AS kind, id AS subject_id, NULL::jsonb AS before,
            """ + STATE + """
                       AS after,
                       row_number() OVER (PARTITION BY user_id ORDER BY created_at, id) AS place
                  FROM notice
            )
            """ + ActivityLog.APPEND_EVENTS;

    @Override
    public Future<?> restored(Change change, LocalDate today, UUID itemId, List<Activity> ofDeletion) {
        String[] states = ofDeletion.stream()
                .filter(NotificationActivities.NOTIFICATION_DELETED::is)
                .map(Activity::before)
                .filter(Objects::nonNull)
                .toArray(String[]::new);
        return change.flush()
                .compose(flushed -> append(
                        change,
                        RESTORE,
                        Tuple.of(change.inventoryId().value())
                                .addArrayOfString(states)
                                .addString(itemId.toString())))
                .compose(restored -> datesChanged(change, today, List.of(itemId), List.of()));
    }

    /**
     * Notifies a user, of some of their items, of whatever was due up to a day and has not been notified.
     *
     * @param connection its transaction has locked the user's log
     * @return how many activities were appended
     */
    public Future<Integer> notifyOf(
            SqlConnection connection, InventoryId inventory, LocalDate day, List<UUID> itemIds) {
        UUID[] items = itemIds.toArray(UUID[]::new);
        return MemberReminders.of(connection, inventory)
                .compose(reminders ->
                        Rows.change(connection, NOTIFY_OF_ITEMS, parametersOf(inventory, day, items, NONE, reminders)));
    }

    private static Future<Integer> append(Change change, String sql, Tuple parameters) {
        return Rows.change(change.connection(), sql, parameters).onSuccess(made -> {
            if (made > 0) {
                change.appended();
            }
        });
    }
}
