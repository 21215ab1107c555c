package org.expirytracker.tokens;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What a user may know of an API token of theirs: everything but its text, which is shown once and never kept.
 *
 * @param name 1 to 100 characters
 * @param scopes what it was made for, at least one, each once and in the order of {@link Access#all}
 * @param expiresAt when it stops working by itself; null for never
 * @param lastUsedAt to the minute; null when it was not used yet
 * @param revokedAt null while it was not revoked
 */
public record ApiToken(
        UUID id,
        String name,
        List<Access> scopes,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant revokedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('T', "ApiToken");

    /** As it was before it was revoked. */
    ApiToken unrevoked() {
        return new ApiToken(id, name, scopes, createdAt, expiresAt, lastUsedAt, null);
    }
}
