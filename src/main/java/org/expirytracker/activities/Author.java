package org.expirytracker.activities;

import java.util.UUID;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * Who makes a change.
 *
 * @param sessionId the user's session, or API token, that it comes from; null for anybody else
 * @param administrator who administers the user; null when it is done on the server's command line, and for anybody else
 */
public record Author(
        Activity.Actor actor,
        @Nullable UUID sessionId,
        @Nullable UserId administrator) {

    /** The user themselves. */
    public static Author user(@Nullable UUID sessionId) {
        return new Author(Activity.Actor.USER, sessionId, null);
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
