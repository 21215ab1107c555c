package org.expirytracker.users;

import io.vertx.core.Future;
import java.util.UUID;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.Caller;
import org.jspecify.annotations.Nullable;

/** What must follow when lead days change. The items room implements it. */
public interface LeadDaysWatch {

    /**
     * Called inside the transaction, after the lead days of a user or of a category changed. A failure rolls the
     * change back.
     *
     * @param categoryId the category; null when the user's own lead days changed
     */
    Future<?> leadDaysChanged(Change change, Caller caller, @Nullable UUID categoryId);
}
