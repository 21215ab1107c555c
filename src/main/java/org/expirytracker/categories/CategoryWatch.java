package org.expirytracker.categories;

import io.vertx.core.Future;
import java.util.UUID;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.Caller;
import org.jspecify.annotations.Nullable;

/** What must follow, in the same transaction, when a category changes. The items room implements it. */
public interface CategoryWatch {

    /** Called after a category's lead days changed. */
    Future<?> leadDaysChanged(Change change, Caller caller, UUID categoryId);

    /**
     * Called before a category is deleted.
     *
     * @param reassignTo the category that its items go to, one that exists; null for none
     */
    Future<?> deleting(Change change, Caller caller, UUID categoryId, @Nullable UUID reassignTo);
}
