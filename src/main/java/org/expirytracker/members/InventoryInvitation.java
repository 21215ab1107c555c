package org.expirytracker.members;

import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.Role;
import org.jspecify.annotations.Nullable;

/**
 * An invitation that nobody has accepted yet (GraphQL type {@code InventoryInvitation}).
 *
 * @param rowId of its row
 * @param role what whoever accepts it becomes
 * @param email to which it was mailed; null for none
 */
record InventoryInvitation(UUID rowId, Role role, @Nullable String email, Instant createdAt, Instant expiresAt) {

    /** By which {@code revokeInvitation} knows it; it opens nothing. */
    public String invitationId() {
        return rowId.toString();
    }
}
