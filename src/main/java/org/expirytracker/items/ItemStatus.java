package org.expirytracker.items;

import java.time.LocalDate;
import org.jspecify.annotations.Nullable;

/**
 * Where an item stands on a day. The buckets are disjoint and a thing is good through its printed day. The SQL
 * function {@code item_status} says the same; a property test holds the two together.
 */
public enum ItemStatus {
    /** No expiry date. */
    UNDATED,
    /** Expiry date before today. */
    EXPIRED,
    /** Today up to and including the expiry date, within the lead days before it. */
    EXPIRING_SOON,
    /** Later. */
    ACTIVE;

    /**
     * The status on a day.
     *
     * @param expiryDate last good day; null when undated
     * @param leadDays the lead days in force, 0 to 3650
     */
    public static ItemStatus on(LocalDate today, @Nullable LocalDate expiryDate, int leadDays) {
        if (expiryDate == null) {
            return UNDATED;
        }
        if (expiryDate.isBefore(today)) {
            return EXPIRED;
        }
        return expiryDate.minusDays(leadDays).isAfter(today) ? ACTIVE : EXPIRING_SOON;
    }
}
