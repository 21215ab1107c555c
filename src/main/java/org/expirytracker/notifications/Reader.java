package org.expirytracker.notifications;

import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;

/**
 * Who reads the notifications of an inventory: what is read and unread is each member's own, all else is the same for all.
 *
 * @param owner whether they are the owner
 */
record Reader(InventoryId inventoryId, UserId userId, boolean owner) {

    static Reader of(Caller caller) {
        return new Reader(caller.inventoryId(), caller.userId(), caller.role() == Role.OWNER);
    }

    /** As the log keeps what happens to all: by the owner's eyes, whoever they are. */
    Reader asOwner() {
        return new Reader(inventoryId, userId, true);
    }
}
