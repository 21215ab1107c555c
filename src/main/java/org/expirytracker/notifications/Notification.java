package org.expirytracker.notifications;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something the user should know. The activity log keeps it as JSON under these names.
 *
 * @param itemId row id of the item it is about; null when it is about none
 * @param title in a few words, 1 to 300 characters
 * @param message in a sentence, up to 2,000 characters
 * @param readAt null exactly while unread
 * @param expiryDate the date that the item bore when this was said; null when it is about no date
 */
public record Notification(
        UUID id,
        @Nullable UUID itemId,
        Kind kind,
        String title,
        String message,
        Status status,
        @Nullable Instant readAt,
        @Nullable LocalDate expiryDate,
        Instant createdAt) {

    /** What a notification is about (GraphQL type {@code NotificationKind}). */
    public enum Kind {
        /** An item has come within its lead days. */
        EXPIRING_SOON,
        /** An item's date is past. */
        EXPIRED,
        /** Something about the account or the service. */
        SYSTEM
    }

    /** Whether it was read (GraphQL type {@code NotificationStatus}). */
    public enum Status {
        UNREAD,
        READ
    }

    /** The same, read or unread as told. */
    Notification marked(Status status, @Nullable Instant readAt) {
        return new Notification(id, itemId, kind, title, message, status, readAt, expiryDate, createdAt);
    }
}
