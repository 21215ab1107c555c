package org.expirytracker.members;

import io.vertx.core.Future;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.UserId;

/** What must follow when the members of an inventory change. The notifications room implements it. */
public interface MembersWatch {

    /** Called inside the transaction, after a user has become a member. A failure rolls the change back. */
    Future<?> joined(Change change, UserId member);

    /** Called inside the transaction, after a member has become the owner instead of another, who stays a member. */
    Future<?> handedOn(Change change, UserId former, UserId owner);
}
