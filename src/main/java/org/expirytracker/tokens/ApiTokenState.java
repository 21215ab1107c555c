package org.expirytracker.tokens;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/** An API token as it was, from what the activity log keeps (GraphQL type {@code ApiTokenState}). */
record ApiTokenState(
        UUID id,
        String name,
        List<Access> scopes,
        Instant createdAt,
        @Nullable Instant expiresAt,
        @Nullable Instant lastUsedAt,
        @Nullable Instant revokedAt) {

    /** Global id of the API token. */
    public String subjectId() {
        return new NodeId(ApiToken.TYPE, id).encoded();
    }
}
