package org.expirytracker.channels;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.notifications.Notification;
import org.jspecify.annotations.Nullable;

/** A channel as it was, as the activity log keeps it (GraphQL type {@code ChannelState}). */
record ChannelState(
        UUID id,
        String name,
        Channel.Kind channelKind,
        String origin,
        List<Notification.Kind> notificationKinds,
        Channel.Rhythm rhythm,
        Channel.@Nullable Off channelOff,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Global id of the channel. */
    public String subjectId() {
        return new NodeId(Channel.TYPE, id).encoded();
    }
}
