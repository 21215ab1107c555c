package org.expirytracker.members;

import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Role;
import org.expirytracker.users.User;

/**
 * Somebody who may use an inventory (GraphQL type {@code InventoryMember}).
 *
 * @param joinedAt since when
 */
record InventoryMember(UUID id, String username, Role role, Instant joinedAt) {

    /** Global id of the user. */
    public String userId() {
        return new NodeId(User.TYPE, id).encoded();
    }
}
