package org.expirytracker.reports;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.expirytracker.items.CategoryTotals;

/**
 * What was in stock on a day: a snapshot that later changes do not touch. The activity log keeps it as JSON under
 * these names.
 *
 * @param date the user's local date
 * @param discardedValue what was thrown away since the last report of an earlier date was worth
 * @param byCategory by name, items of no category last; only categories that had items in stock
 * @param generatedAt when it was written, or written anew
 */
public record Report(
        UUID id,
        LocalDate date,
        int totalItems,
        int activeItems,
        int expiringItems,
        int expiredItems,
        int undatedItems,
        BigDecimal totalValue,
        BigDecimal activeValue,
        BigDecimal expiringValue,
        BigDecimal expiredValue,
        BigDecimal undatedValue,
        BigDecimal discardedValue,
        List<CategoryTotals> byCategory,
        Instant generatedAt) {}
