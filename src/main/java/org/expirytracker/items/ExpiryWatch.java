package org.expirytracker.items;

import io.vertx.core.Future;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.Change;

/**
 * Is notified of changes of items between two turns of the day from which something follows that their owner should know.
 * The notifications room implements it. Each method is called inside the change's transaction.
 */
public interface ExpiryWatch {

    /**
     * Items may have come within their lead days or past their date, or are nothing to notify of any more: they were
     * created, re-dated, used up, or given other lead days, another category or date of purchase. Called after the items
     * were written.
     *
     * @param today the owner's local date by the clock of this node
     * @param itemIds row ids of the items, possibly many; each is in stock or used up
     * @param renewedIds those of them whose date was set, or whose stock was filled up again, by whoever owns them: they are
     *     notified of anew, even if they bore the date before
     */
    Future<?> datesChanged(Change change, LocalDate today, List<UUID> itemIds, Collection<UUID> renewedIds);

    /** Items are about to be deleted, and with them what was notified of them. */
    Future<?> deleting(Change change, Collection<UUID> itemIds);

    /**
     * An item is there again, as if it had not been deleted.
     *
     * @param ofDeletion what happened before in the same change as the deletion, which may be of other items as well
     */
    Future<?> restored(Change change, LocalDate today, UUID itemId, List<Activity> ofDeletion);
}
