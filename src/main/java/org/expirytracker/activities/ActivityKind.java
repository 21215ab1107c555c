package org.expirytracker.activities;

import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Named;
import org.expirytracker.kernel.NodeId;

/**
 * What can happen, to what, who may know of it, and what the log keeps of it. Each room declares what can happen to its
 * objects.
 *
 * @param name as the log and the schema write it
 * @param subject the type of what it happened to
 * @param opensTo what a caller must hold to know of it, unless they hold {@link Access#ACCOUNT}, which opens the whole log
 * @param state the GraphQL type of the state before and after: a member of {@code ActivityState}
 */
public record ActivityKind(String name, NodeId.Type subject, Access opensTo, String state) implements Named {

    /** Whether a caller may read of it. The log of a user's own inventory is that of their account too: for them alone. */
    public boolean isOpenTo(Caller caller) {
        return opensTo.equals(Access.ACCOUNT)
                ? caller.actsInOwn() && caller.holds().contains(Access.ACCOUNT)
                : caller.holds().contains(Access.ACCOUNT) || caller.holds().contains(opensTo);
    }

    /** Whether an activity is of this kind. */
    public boolean is(Activity activity) {
        return activity.kind().equals(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
