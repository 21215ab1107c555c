package org.expirytracker.notifications;

import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * Something the user should know. The activity log keeps it as JSON under these names.
 *
 * @param itemId row id of the item it is about; null when it is about none
 * @param title in a few words, 1 to 300 characters
 * @param message in a sentence, up to 2,000 characters
 * @param readAt null exactly while unread
 * @param expiryDate the date that the item bore when this was made; null when it is about no date
 * @param reminder which reminder it was: {@code D} and the days before the date, {@code P} and the percentage of life
 *     left, {@code S} and the day until which it had been snoozed; empty or null when it is none of these
 * @param snoozedUntil the local date on which it is notified again; null when it is not put off
 * @param resolution why there is nothing to do about it any more; null while there is
 * @param resolvedAt null exactly while there is no resolution
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
        @Nullable String reminder,
        @Nullable LocalDate snoozedUntil,
        @Nullable Resolution resolution,
        @Nullable Instant resolvedAt,
        Instant createdAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('N', "Notification");

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

    /** Why there is nothing to do about a notification any more (GraphQL type {@code NotificationResolution}). */
    public enum Resolution {
        /** Somebody has taken note: of this item and date nothing more is notified. */
        ACKNOWLEDGED,
        /** A later one about the same item has taken its place. */
        SUPERSEDED,
        /** Nothing is left of the item. */
        USED_UP,
        /** The item bears another date now. */
        REDATED
    }

    /** How many days before the date this reminder was due; null when it is not of this kind. */
    public @Nullable Integer daysBefore() {
        return number(reminder, 'D');
    }

    /** At how many percent of the item's life left this reminder was due; null when it is not of this kind. */
    public @Nullable Integer percentLeft() {
        return number(reminder, 'P');
    }

    static @Nullable Integer number(@Nullable String reminder, char kindOfReminder) {
        return reminder == null || reminder.isEmpty() || reminder.charAt(0) != kindOfReminder
                ? null
                : Integer.valueOf(reminder.substring(1));
    }

    /** The same, read or unread as given. */
    Notification marked(Status status, @Nullable Instant readAt) {
        return settled(status, readAt, snoozedUntil, resolution, resolvedAt);
    }

    /** The same, with all that can change of it. */
    Notification settled(
            Status status,
            @Nullable Instant readAt,
            @Nullable LocalDate snoozedUntil,
            @Nullable Resolution resolution,
            @Nullable Instant resolvedAt) {
        return new Notification(
                id,
                itemId,
                kind,
                title,
                message,
                status,
                readAt,
                expiryDate,
                reminder,
                snoozedUntil,
                resolution,
                resolvedAt,
                createdAt);
    }
}
