package org.expirytracker.notifications;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A notification as it was, from what the activity log keeps (GraphQL type {@code NotificationState}). Its members are
 * those of {@link Notification}; those that a former release did not know are null.
 */
record NotificationState(
        UUID id,
        @JsonProperty("itemId") @Nullable UUID item,
        Notification.Kind kind,
        String title,
        String message,
        Notification.Status status,
        @Nullable Instant readAt,
        @Nullable LocalDate expiryDate,
        @Nullable String reminder,
        @Nullable LocalDate snoozedUntil,
        Notification.@Nullable Resolution resolution,
        @Nullable Instant resolvedAt,
        Instant createdAt) {

    /** Global id of the notification. */
    public String subjectId() {
        return new NodeId(Notification.TYPE, id).encoded();
    }

    /** Global id of the item that it is about; null when it is about none. */
    public @Nullable String itemId() {
        return item == null ? null : new NodeId(Item.TYPE, item).encoded();
    }

    /** How many days before the date this reminder was due; null when it is not of this kind. */
    public @Nullable Integer daysBefore() {
        return Notification.number(reminder, 'D');
    }

    /** At how many percent of the item's life left this reminder was due; null when it is not of this kind. */
    public @Nullable Integer percentLeft() {
        return Notification.number(reminder, 'P');
    }
}
