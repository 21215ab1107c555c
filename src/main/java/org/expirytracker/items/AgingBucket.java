package org.expirytracker.items;

import java.math.BigDecimal;

/**
 * The items in stock whose date is about as far away. Reports keep it as JSON under these names.
 *
 * @param band how far away
 * @param count how many items
 * @param value what they are worth
 */
public record AgingBucket(Band band, int count, BigDecimal value) {

    /** Days from the day asked for to the expiry date, both ends included (GraphQL enumeration {@code AgingBand}). */
    public enum Band {
        /** The date is past. */
        OVERDUE,
        DAYS_0_7,
        DAYS_8_30,
        DAYS_31_60,
        DAYS_61_90,
        /** More than 90 days. */
        LATER
    }
}
