package org.expirytracker.activities;

import java.util.Optional;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;

/**
 * Who asks for a change, of what, and by what a repetition of the same request is known.
 *
 * @param caller the user, by a session or an API token
 * @param inventoryId the inventory that changes, or the caller's own when it is their account that does
 * @param key of {@code @idempotent}; empty when the change is made anew each time it is asked for
 * @param dryRun whether everything is to be as it was afterwards
 */
public record Actor(Caller caller, InventoryId inventoryId, Optional<IdempotencyKey> key, boolean dryRun) {

    /**
     * Who asks for a mutation of the inventory in which the request acts.
     *
     * @throws Problem {@code UNAUTHENTICATED} without a caller; {@code INVALID} when the key is empty, too long or not
     *     plain text
     */
    public static Actor of(Field mutation) {
        Caller caller = mutation.caller();
        return new Actor(caller, caller.inventoryId(), IdempotencyKey.of(mutation), mutation.dryRun());
    }

    /** As {@link #of(Field)}, for a mutation of the caller's own account, whatever inventory the request acts in. */
    public static Actor ofAccount(Field mutation) {
        Caller caller = mutation.caller();
        return new Actor(caller, InventoryId.ownOf(caller.userId()), IdempotencyKey.of(mutation), mutation.dryRun());
    }

    /** Who asks by another way than a mutation. */
    public static Actor of(Caller caller) {
        return new Actor(caller, caller.inventoryId(), Optional.empty(), false);
    }
}
