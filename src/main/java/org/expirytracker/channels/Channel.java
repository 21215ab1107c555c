package org.expirytracker.channels;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.notifications.Notification;
import org.jspecify.annotations.Nullable;

/**
 * By which way a user is notified besides mail. Where exactly it leads, and its tokens, are no part of it.
 *
 * @param name by which the user knows it, 1 to 100 characters
 * @param origin of the server's address: scheme, host and port
 * @param notificationKinds of which notifications, at least one, each once
 * @param offBecause why nothing is sent; null while it is on
 * @param failingSince when the first of the attempts failed of which none has succeeded since; null when the last one did
 * @param nextAttemptAt when the next try is due after one that failed; null when none did
 * @param lastDeliveredAt when something was taken last; null when nothing ever was
 * @param lastError what came of the last attempt, when it failed; null when it did not
 * @param version 1 at first, counts up with every change by the user
 */
public record Channel(
        UUID id,
        String name,
        Kind kind,
        String origin,
        List<Notification.Kind> notificationKinds,
        Rhythm rhythm,
        @Nullable Off offBecause,
        @Nullable Instant failingSince,
        @Nullable Instant nextAttemptAt,
        @Nullable Instant lastDeliveredAt,
        @Nullable String lastError,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('H', "Channel");

    /** How it is sent (GraphQL enumeration {@code ChannelKind}). */
    public enum Kind {
        NTFY,
        GOTIFY,
        TELEGRAM,
        TEMPLATE
    }

    /** When it is sent (GraphQL enumeration {@code ChannelRhythm}). */
    public enum Rhythm {
        AT_ONCE,
        DAILY
    }

    /** Why nothing is sent (GraphQL enumeration {@code ChannelOff}). */
    public enum Off {
        /** The user switched it off. */
        USER,
        /** Nothing was taken for three days. */
        FAILED
    }

    /** How it is (GraphQL enumeration {@code ChannelStatus}). */
    public enum Status {
        ACTIVE,
        FAILING,
        OFF
    }

    /** How it is. */
    public Status status() {
        return offBecause != null ? Status.OFF : failingSince != null ? Status.FAILING : Status.ACTIVE;
    }

    /** What the user has set of it. */
    ChannelState state() {
        return new ChannelState(
                id, name, kind, origin, notificationKinds, rhythm, offBecause, version, createdAt, updatedAt);
    }
}
