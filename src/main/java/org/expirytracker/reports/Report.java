package org.expirytracker.reports;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.expirytracker.items.AgingBucket;
import org.expirytracker.items.CategoryTotals;
import org.expirytracker.items.LocationTotals;
import org.expirytracker.items.OutcomeTotals;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What was in stock on a day: a snapshot that later changes do not touch. The activity log keeps it as JSON under
 * these names. Those of former releases say nothing of places, bands and outcomes.
 *
 * @param date the user's local date
 * @param discardedValue what was thrown away since the last report of an earlier date was worth
 * @param byCategory by name, items of no category last; only categories that had items in stock
 * @param byLocation by name, items of no place last; of the places that held most
 * @param aging the bands in which there were items; null when they were not counted yet
 * @param outcomes what left the stock since the last report of an earlier date, by the outcomes that there were; null when
 *     they were not counted yet
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
        List<LocationTotals> byLocation,
        @Nullable List<AgingBucket> aging,
        @Nullable List<OutcomeTotals> outcomes,
        Instant generatedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('R', "Report");

    /** What the log keeps from before places were counted has none. */
    public Report {
        byLocation = Objects.requireNonNullElse(byLocation, List.of());
    }

    /** Of the value that left the stock, the part that was thrown away; null when nothing of any value left. */
    public @Nullable BigDecimal wasteRate() {
        return outcomes == null ? null : OutcomeTotals.wasteRate(outcomes);
    }
}
