package org.expirytracker.activities;

import java.util.UUID;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a change.
 *
 * @param sessionId the user's session, or API token, that it comes from; null for anybody else
 * @param actingUser the member of an inventory that is not their own, or who administers the user; null for the user
 *     themselves, and when it is done on the server's command line
 */
public record Author(
        Activity.Actor actor,
        @Nullable UUID sessionId,
        @Nullable UserId actingUser) {

    /** Nobody: the program does it on its own. */
    static final Author SYSTEM = new Author(Activity.Actor.SYSTEM, null, null);

    /** The user themselves. */
    public static Author user(@Nullable UUID sessionId) {
        return new Author(Activity.Actor.USER, sessionId, null);
    }

    /** Whoever changes an inventory. */
    static Author member(Actor actor) {
        Caller caller = actor.caller();
        boolean own = actor.inventoryId().equals(InventoryId.ownOf(caller.userId()));
        return new Author(Activity.Actor.USER, caller.sessionId(), own ? null : caller.userId());
    }

    /**
     * Somebody who administers the user's account.
     *
     * @param administrator null on the server's command line
     */
    public static Author administrator(@Nullable UserId administrator) {
        return new Author(Activity.Actor.ADMIN, null, administrator);
    }
}
