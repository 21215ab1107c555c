package org.expirytracker.channels;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message that was sent by a channel, or is to be sent (GraphQL type {@code ChannelDelivery}).
 *
 * @param content what it says
 * @param statusCode of the last attempt; null when there was no answer
 * @param answer the beginning of it, or why there was none; null before the first attempt
 */
record ChannelDelivery(
        UUID id,
        MessageContent content,
        State state,
        int attempts,
        @Nullable Integer statusCode,
        @Nullable String answer,
        @Nullable Instant attemptedAt,
        Instant createdAt) {

    /** How it stands (GraphQL enumeration {@code ChannelDeliveryState}). */
    enum State {
        PENDING,
        DELIVERED,
        FAILED
    }

    /** Its title. */
    public String title() {
        return content.title();
    }

    /** What stands below the title. */
    public String message() {
        return content.message();
    }

    /** Whether the user asked for it as a test. */
    public boolean test() {
        return content.test();
    }
}
