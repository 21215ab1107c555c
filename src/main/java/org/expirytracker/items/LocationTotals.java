package org.expirytracker.items;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * The items of one place in stock, counted by status. Reports keep it as JSON under these names.
 *
 * @param location where they are kept; null for items that are kept nowhere in particular
 */
public record LocationTotals(
        @Nullable String location,
        int totalItems,
        int activeItems,
        int expiringItems,
        int expiredItems,
        int undatedItems,
        BigDecimal totalValue,
        BigDecimal activeValue,
        BigDecimal expiringValue,
        BigDecimal expiredValue,
        BigDecimal undatedValue) {}
