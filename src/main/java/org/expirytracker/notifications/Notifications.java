package org.expirytracker.notifications;

import io.vertx.core.Future;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.expirytracker.notifications.NotificationRepository.Marked;
import org.jspecify.annotations.Nullable;

/** What people do about notifications: read them, settle them, put them off. */
public final class Notifications {

    /** How many can be marked as read by id at once. */
    static final int MOST_MARKED_BY_ID = 1_000;

    private static final int MOST_DAYS_SNOOZED = 3_650;

    private final NotificationRepository notifications = new NotificationRepository();
    private final ExpiryNotices notices = new ExpiryNotices();
    private final ActivityLog log;
    private final Clock clock;

    /** Rules over one event loop's log. */
    public Notifications(ActivityLog log, Clock clock) {
        this.log = log;
        this.clock = clock;
    }

    /**
     * Answer of {@code markNotificationRead}, and of all that change one notification.
     *
     * @param changed whether this call changed it; null in an answer that a former release has kept
     */
    public record NotificationPayload(
            Notification notification, @Nullable Boolean changed) implements Payload {}

    /**
     * Marks a notification as read or unread, for the caller alone.
     *
     * @return fails with {@code NOT_FOUND}
     */
    public Future<NotificationPayload> mark(Actor actor, UUID id, Notification.Status status) {
        return log.change(
                actor,
                NotificationPayload.class,
                change -> mark(change, Reader.of(actor.caller()), List.of(id), status)
                        .map(found -> Optional.ofNullable(found.get(id)).orElseThrow(Notifications::notThere))
                        .map(marked -> new NotificationPayload(marked.after(), marked.changed())));
    }

    private static Problem notThere() {
        return Problem.at(Problem.Code.NOT_FOUND, List.of("input", "id"), "id names no notification.");
    }

    private Future<Map<UUID, Marked>> mark(Change change, Reader reader, List<UUID> ids, Notification.Status status) {
        return notifications
                .mark(change.connection(), reader, ids, status)
                .onSuccess(found -> ids.stream().distinct().forEach(id -> {
                    Marked marked = found.get(id);
                    if (marked != null && marked.changed()) {
                        change.record(NotificationActivities.NOTIFICATION_UPDATED, id, marked.before(), marked.after());
                    }
                }));
    }

    private static String idOf(Notification notification) {
        return new NodeId(Notification.TYPE, notification.id()).encoded();
    }

    /** Answer of {@code markNotificationsRead}. */
    public record MarkNotificationsReadPayload(
            List<Notification> notifications, @Nullable List<String> changedIds, List<UserError> userErrors)
            implements Payload {}

    /**
     * Marks notifications as read, for the caller alone; ids that name none are answered, and hinder nothing.
     *
     * @param ids 1 to 1,000
     * @return fails with {@code INVALID} for none at all
     */
    public Future<MarkNotificationsReadPayload> markRead(Actor actor, List<UUID> ids) {
        if (ids.isEmpty()) {
            return Future.failedFuture(
                    Problem.at(Problem.Code.INVALID, List.of("input", "ids"), "ids is empty; give at least one id."));
        }
        return log.change(
                actor,
                MarkNotificationsReadPayload.class,
                change -> mark(change, Reader.of(actor.caller()), ids, Notification.Status.READ)
                        .map(found -> markedOf(ids, found)));
    }

    private static MarkNotificationsReadPayload markedOf(List<UUID> asked, Map<UUID, Marked> found) {
        Map<UUID, Marked> left = new HashMap<>(found);
        List<Notification> there = new ArrayList<>(found.size());
        List<String> changed = new ArrayList<>();
        List<UserError> errors = new ArrayList<>();
        for (int at = 0; at < asked.size(); at++) {
            UUID id = asked.get(at);
            Marked once = left.remove(id);
            if (once != null) {
                there.add(once.after());
                if (once.changed()) {
                    changed.add(idOf(once.after()));
                }
            } else if (!found.containsKey(id)) {
                List<String> path = List.of("input", "ids", Integer.toString(at));
                errors.add(new UserError(Problem.Code.NOT_FOUND, "ids[%d] names no notification.".formatted(at), path));
            }
        }
        return new MarkNotificationsReadPayload(there, changed, errors);
    }

    /** Answer of {@code markAllNotificationsRead}. */
    public record MarkAllNotificationsReadPayload(
            int markedCount, @Nullable List<String> changedIds) implements Payload {}

    /**
     * Marks as read, for the caller alone, whatever was there at a moment.
     *
     * @param upTo that moment
     */
    public Future<MarkAllNotificationsReadPayload> markReadUpTo(Actor actor, Instant upTo) {
        return log.change(
                actor,
                MarkAllNotificationsReadPayload.class,
                change -> notifications
                        .markReadUpTo(change.connection(), Reader.of(actor.caller()), upTo)
                        .map(marked -> {
                            for (Notification now : marked) {
                                Notification before = now.marked(Notification.Status.UNREAD, null);
                                change.record(NotificationActivities.NOTIFICATION_UPDATED, now.id(), before, now);
                            }
                            return new MarkAllNotificationsReadPayload(
                                    marked.size(),
                                    marked.stream()
                                            .limit(MOST_MARKED_BY_ID)
                                            .map(Notifications::idOf)
                                            .toList());
                        }));
    }

    /**
     * Answer of {@code acknowledgeNotification} and {@code unacknowledgeNotification}.
     *
     * @param changed whether this call did it; null, as the ids, in an answer that a former release has kept
     */
    public record AcknowledgementPayload(
            Notification notification,
            @Nullable Boolean changed,
            @Nullable List<String> changedIds) implements Payload {

        static AcknowledgementPayload of(Notification notification, boolean noted, Map<UUID, Marked> settled) {
            Marked marked = settled.get(notification.id());
            return new AcknowledgementPayload(
                    marked == null ? notification : marked.after(),
                    noted || !settled.isEmpty(),
                    settled.values().stream().map(each -> idOf(each.after())).toList());
        }
    }

    /**
     * Settles all that was notified of an item and its date.
     *
     * @param id of any notification of them
     * @return fails with {@code NOT_FOUND}, {@code CONFLICT} when it is not about a date
     */
    public Future<AcknowledgementPayload> acknowledge(Actor actor, UUID id) {
        return log.change(
                actor,
                AcknowledgementPayload.class,
                change -> require(change, actor, id)
                        .compose(notification -> acknowledge(change, notification))
                        .compose(answer -> seen(change, actor, answer.notification())
                                .map(notification -> new AcknowledgementPayload(
                                        notification, answer.changed(), answer.changedIds()))));
    }

    private Future<AcknowledgementPayload> acknowledge(Change change, Notification notification) {
        UUID itemId = Objects.requireNonNull(notification.itemId());
        LocalDate expiryDate = Objects.requireNonNull(notification.expiryDate());
        return notifications
                .acknowledge(change.connection(), change.inventoryId(), itemId, expiryDate)
                .compose(noted -> notifications
                        .settle(change.connection(), change.inventoryId(), itemId, expiryDate)
                        .map(settled -> AcknowledgementPayload.of(notification, noted > 0, recorded(change, settled))));
    }

    private static Map<UUID, Marked> recorded(Change change, Map<UUID, Marked> settled) {
        settled.forEach((id, each) ->
                change.record(NotificationActivities.NOTIFICATION_UPDATED, id, each.before(), each.after()));
        return settled;
    }

    /** Takes {@link #acknowledge} back; fails as that does. */
    public Future<AcknowledgementPayload> unacknowledge(Actor actor, UUID id) {
        LocalDate today = actor.caller().today(clock);
        return log.change(
                actor,
                AcknowledgementPayload.class,
                change -> require(change, actor, id)
                        .compose(notification -> unacknowledge(change, notification, today))
                        .compose(answer -> seen(change, actor, answer.notification())
                                .map(notification -> new AcknowledgementPayload(
                                        notification, answer.changed(), answer.changedIds()))));
    }

    private Future<AcknowledgementPayload> unacknowledge(Change change, Notification notification, LocalDate today) {
        UUID itemId = Objects.requireNonNull(notification.itemId());
        LocalDate expiryDate = Objects.requireNonNull(notification.expiryDate());
        return notifications
                .unacknowledge(change.connection(), change.inventoryId(), itemId, expiryDate)
                .compose(noted -> notifications
                        .reopen(change.connection(), change.inventoryId(), itemId, expiryDate)
                        .map(settled -> AcknowledgementPayload.of(notification, noted > 0, recorded(change, settled))))
                // What came due, or came to nothing, in the meantime.
                .compose(answer -> notices.datesChanged(change, today, List.of(itemId), List.of())
                        .map(answer));
    }

    /** A notification that was settled for all, as the caller sees it, whose reading is their own. */
    private Future<Notification> seen(Change change, Actor actor, Notification notification) {
        Reader reader = Reader.of(actor.caller());
        return reader.owner()
                ? Future.succeededFuture(notification)
                : notifications
                        .find(change.connection(), reader, List.of(notification.id()))
                        .map(found -> Objects.requireNonNull(found.get(notification.id())));
    }

    private Future<NotificationPayload> seen(Change change, Actor actor, NotificationPayload answer) {
        return seen(change, actor, answer.notification())
                .map(notification -> new NotificationPayload(notification, answer.changed()));
    }

    /** What can be acknowledged or put off, as the log keeps it: a notification of an item and its date. */
    private Future<Notification> require(Change change, Actor actor, UUID id) {
        return notifications
                .find(change.connection(), Reader.of(actor.caller()).asOwner(), List.of(id))
                .map(found -> {
                    Notification notification =
                            Optional.ofNullable(found.get(id)).orElseThrow(Notifications::notThere);
                    if (notification.itemId() == null || notification.expiryDate() == null) {
                        throw Problem.at(
                                Problem.Code.CONFLICT,
                                List.of("input", "id"),
                                "This notification is not about the date of an item. Mark it read instead.");
                    }
                    return notification;
                });
    }

    /**
     * Puts a notification off.
     *
     * @param until the day on which it is notified again, at most ten years ahead
     * @return fails with {@code INVALID} for another day, {@code NOT_FOUND}, {@code CONFLICT} when nothing is to be done
     */
    public Future<NotificationPayload> snooze(Actor actor, UUID id, @Nullable LocalDate until) {
        LocalDate today = actor.caller().today(clock);
        if (until == null || !until.isAfter(today) || until.isAfter(today.plusDays(MOST_DAYS_SNOOZED))) {
            return Future.failedFuture(Problem.at(
                    Problem.Code.INVALID,
                    List.of("input", "until"),
                    "until must be a date after today, %s, and at most %d days ahead."
                            .formatted(today, MOST_DAYS_SNOOZED)));
        }
        return log.change(
                actor,
                NotificationPayload.class,
                change -> require(change, actor, id)
                        .compose(notification -> snooze(change, notification, until))
                        .compose(answer -> seen(change, actor, answer)));
    }

    private Future<NotificationPayload> snooze(Change change, Notification notification, LocalDate until) {
        if (notification.resolution() != null) {
            throw Problem.at(
                    Problem.Code.CONFLICT,
                    List.of("input", "id"),
                    "There is nothing to do about this notification any more: %s."
                            .formatted(notification.resolution()));
        }
        return until.equals(notification.snoozedUntil())
                ? Future.succeededFuture(new NotificationPayload(notification, false))
                : changed(
                        change,
                        notification,
                        notifications.snooze(change.connection(), change.inventoryId(), notification.id(), until));
    }

    private static Future<NotificationPayload> changed(
            Change change, Notification before, Future<Optional<Notification>> changing) {
        return changing.map(found -> {
            Notification after = found.orElseThrow(Notifications::notThere);
            change.record(NotificationActivities.NOTIFICATION_UPDATED, after.id(), before, after);
            return new NotificationPayload(after, true);
        });
    }

    /** Takes {@link #snooze} back; fails with {@code NOT_FOUND}, {@code CONFLICT} when it is not about a date. */
    public Future<NotificationPayload> unsnooze(Actor actor, UUID id) {
        LocalDate today = actor.caller().today(clock);
        return log.change(
                actor,
                NotificationPayload.class,
                change -> require(change, actor, id)
                        .compose(notification -> unsnooze(change, notification, today))
                        .compose(answer -> seen(change, actor, answer)));
    }

    private Future<NotificationPayload> unsnooze(Change change, Notification notification, LocalDate today) {
        if (notification.snoozedUntil() == null || notification.resolution() != null) {
            return Future.succeededFuture(new NotificationPayload(notification, false));
        }
        return changed(
                        change,
                        notification,
                        notifications.unsnooze(change.connection(), change.inventoryId(), notification.id()))
                // A reminder may have been held back in the meantime.
                .compose(answer -> notices.datesChanged(
                                change, today, List.of(Objects.requireNonNull(notification.itemId())), List.of())
                        .map(answer));
    }

    /**
     * Deletes a notification.
     *
     * @return fails with {@code NOT_FOUND}
     */
    public Future<Payload.Deletion> delete(Actor actor, UUID id) {
        return log.change(
                actor,
                Payload.Deletion.class,
                change -> notifications
                        .delete(change.connection(), change.inventoryId(), id)
                        .map(found -> {
                            Notification before = found.orElseThrow(Notifications::notThere);
                            change.record(NotificationActivities.NOTIFICATION_DELETED, id, before, null);
                            return Payload.Deletion.of(Notification.TYPE, id);
                        }));
    }
}
