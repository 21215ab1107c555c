package org.expirytracker.items;

import io.vertx.core.Future;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.expirytracker.activities.Change;

/**
 * Is told which items may have come within their lead days or past their date, or are nothing to tell of any more, by a
 * change between two turns of the day: created, re-dated, used up, or given other lead days, another category or date of
 * purchase. The notifications room implements it.
 */
@FunctionalInterface
public interface ExpiryWatch {

    /**
     * Called inside the change's transaction, after the items were written.
     *
     * @param today the owner's local date
     * @param itemIds row ids of the items, possibly many; each is in stock or used up
     */
    Future<?> datesChanged(Change change, LocalDate today, List<UUID> itemIds);
}
