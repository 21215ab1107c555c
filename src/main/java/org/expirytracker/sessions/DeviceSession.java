package org.expirytracker.sessions;

import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A live session as its user sees it in a list: where it was opened, and when it was used.
 *
 * @param userAgent what the client called itself; null when unknown
 * @param address the client's network address; null when unknown
 * @param lastUsedAt when it was opened or last refreshed
 * @param expiresAt when it ends by itself unless it is used
 * @param current whether the request comes from it
 */
public record DeviceSession(
        UUID id,
        @Nullable String userAgent,
        @Nullable String address,
        Instant createdAt,
        Instant lastUsedAt,
        Instant expiresAt,
        boolean current) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('S', "DeviceSession");
}
