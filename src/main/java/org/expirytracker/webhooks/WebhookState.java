package org.expirytracker.webhooks;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A webhook as it was, as the activity log keeps it (GraphQL type {@code WebhookState}).
 *
 * @param origin of its address: the rest may be secret, and viewers read the log as well
 */
record WebhookState(
        UUID id,
        String origin,
        @Nullable String description,
        List<WebhookEvent> events,
        Webhook.@Nullable Off offBecause,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Global id of the webhook. */
    public String subjectId() {
        return new NodeId(Webhook.TYPE, id).encoded();
    }
}
