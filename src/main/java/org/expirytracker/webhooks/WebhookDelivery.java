package org.expirytracker.webhooks;

import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What a webhook was told, or is to be told.
 *
 * @param place among those of its webhook, in whose order they are sent
 * @param eventId by which the receiver knows it when it comes once more
 * @param body as it is sent
 * @param attempts how often it was sent
 * @param statusCode of the last answer; null when there was none
 * @param answer the beginning of the last answer, or why there was none; null before the first attempt
 * @param millis how long the last attempt took; null before it
 * @param attemptedAt when that was
 */
public record WebhookDelivery(
        UUID id,
        UUID webhook,
        long place,
        WebhookEvent event,
        String eventId,
        String body,
        State state,
        int attempts,
        @Nullable Integer statusCode,
        @Nullable String answer,
        @Nullable Integer millis,
        @Nullable Instant attemptedAt,
        Instant createdAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('D', "WebhookDelivery");

    /** What became of it (GraphQL enumeration {@code WebhookDeliveryState}). */
    public enum State {
        PENDING,
        DELIVERED,
        FAILED
    }

    /** Global id of the webhook. */
    public String webhookId() {
        return new NodeId(Webhook.TYPE, webhook).encoded();
    }
}
