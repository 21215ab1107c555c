package org.expirytracker.kernel;

import java.util.UUID;

/**
 * Id of an inventory, which is the tenant: a UUID that cannot be mistaken for a user's or another row's.
 *
 * @param value primary key in table {@code inventories}; tables of things in an inventory name it {@code user_id}, from
 *     when each user had one
 */
public record InventoryId(UUID value) {

    /** The inventory that a user has from registration on: it bears the user's id. */
    public static InventoryId ownOf(UserId userId) {
        return new InventoryId(userId.value());
    }
}
