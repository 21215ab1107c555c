package org.expirytracker.members;

import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/** An inventory as it was, from what the activity log keeps (GraphQL type {@code InventoryAccountState}). */
record InventoryAccountState(
        UUID id,
        UUID ownerId,
        String name,
        @Nullable String currency,
        ZoneId timeZone,
        int leadDays,
        int turnHour,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Global id of the inventory. */
    public String subjectId() {
        return new NodeId(Membership.TYPE, id).encoded();
    }

    /** Global id of the owner. */
    public String owner() {
        return new NodeId(User.TYPE, ownerId).encoded();
    }
}
