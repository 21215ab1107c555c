package org.expirytracker.items;

import org.expirytracker.kernel.Connection.CountPrecision;

/**
 * How many items there are of some kind.
 *
 * @param items 0 or more; with {@link CountPrecision#AT_LEAST} there are more
 */
record ItemCount(int items, CountPrecision precision) {

    /** So many and no more. */
    static ItemCount exactly(int items) {
        return new ItemCount(items, CountPrecision.EXACT);
    }

    /** What was counted to one more than {@link ItemQuery#MOST_COUNTED}. */
    static ItemCount found(int counted) {
        return counted <= ItemQuery.MOST_COUNTED
                ? exactly(counted)
                : new ItemCount(ItemQuery.MOST_COUNTED, CountPrecision.AT_LEAST);
    }
}
