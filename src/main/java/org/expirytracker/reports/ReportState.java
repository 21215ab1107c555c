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

/**
 * A report as it was, from what the activity log keeps (GraphQL type {@code ReportState}). Its members are those of {@link
 * Report}; lists that a former release did not count are empty.
 */
record ReportState(
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
        List<AgingBucket> aging,
        List<OutcomeTotals> outcomes,
        Instant generatedAt) {

    ReportState {
        byCategory = Objects.requireNonNullElse(byCategory, List.of());
        byLocation = Objects.requireNonNullElse(byLocation, List.of());
        aging = aging == null ? List.of() : AgingBucket.complete(aging);
        outcomes = outcomes == null ? List.of() : OutcomeTotals.complete(outcomes);
    }

    /** Global id of the report. */
    public String subjectId() {
        return new NodeId(Report.TYPE, id).encoded();
    }
}
