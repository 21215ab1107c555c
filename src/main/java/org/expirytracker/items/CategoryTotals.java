package org.expirytracker.items;

import java.math.BigDecimal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The items of one category in stock, counted by status. Reports keep it as JSON under these names.
 *
 * @param categoryId row id of the category; null for items of none
 * @param name its name at the time; null for items of none
 */
public record CategoryTotals(
        @Nullable UUID categoryId,
        @Nullable String name,
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
