package org.expirytracker.webhooks;

import java.util.UUID;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * Whose rights count when a webhook's query is asked.
 *
 * @param tokenId the API token by which they gave it, which may let them do less; null for a session
 */
record QueryMaker(UserId userId, @Nullable UUID tokenId) {

    /** Who gives one now. */
    static QueryMaker of(Caller caller) {
        return new QueryMaker(caller.userId(), caller.holds().contains(Access.SESSION) ? null : caller.sessionId());
    }

    /** Without the API token. */
    @Override
    public String toString() {
        return "QueryMaker[" + userId + "]";
    }
}
