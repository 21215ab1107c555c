package org.expirytracker.members;

import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Role;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/**
 * A member, or an invitation to become one, as it was (GraphQL type {@code InventoryMemberState}).
 *
 * @param memberId whose it is; null for an invitation, which anybody may accept who has its code
 * @param memberName at the time
 * @param memberRole what they may do
 */
public record InventoryMemberState(
        @Nullable UUID memberId, @Nullable String memberName, Role memberRole) {

    /** Global id of the user; null for an invitation. */
    public @Nullable String userId() {
        return memberId == null ? null : new NodeId(User.TYPE, memberId).encoded();
    }
}
