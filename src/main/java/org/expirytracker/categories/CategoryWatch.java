package org.expirytracker.categories;

import io.vertx.core.Future;
import java.util.UUID;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.Caller;
import org.jspecify.annotations.Nullable;

/** What must follow, in the same transaction, when a category changes. The rooms of items and products implement it. */
public interface CategoryWatch {

    /** Called after a category's lead days changed. */
    Future<?> leadDaysChanged(Change change, Caller caller, UUID categoryId);

    /**
     * Called before a category is deleted.
     *
     * @param reassignTo the category that its items go to, one that exists; null for none
     */
    Future<?> deleting(Change change, Caller caller, UUID categoryId, @Nullable UUID reassignTo);

    /** This, and another one after it. */
    default CategoryWatch and(CategoryWatch next) {
        CategoryWatch first = this;
        return new CategoryWatch() {
            @Override
            public Future<?> leadDaysChanged(Change change, Caller caller, UUID categoryId) {
                return first.leadDaysChanged(change, caller, categoryId)
                        .compose(followed -> next.leadDaysChanged(change, caller, categoryId));
            }

            @Override
            public Future<?> deleting(Change change, Caller caller, UUID categoryId, @Nullable UUID reassignTo) {
                return first.deleting(change, caller, categoryId, reassignTo)
                        .compose(followed -> next.deleting(change, caller, categoryId, reassignTo));
            }
        };
    }
}
