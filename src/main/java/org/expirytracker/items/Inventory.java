package org.expirytracker.items;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Stream;

/**
 * What is in stock (GraphQL type {@code Inventory}); items of which nothing is left do not count.
 *
 * @param asOf the day as of which status is told
 * @param whole everything
 * @param byCategory by name, items of no category last; only categories that have items in stock
 * @param byLocation by name, items of no place last; the {@value InventoryRepository#MOST_LOCATIONS} places that hold most
 * @param aging one entry for each band, in the order of the enumeration; undated items are in none
 */
public record Inventory(
        LocalDate asOf,
        CategoryTotals whole,
        List<CategoryTotals> byCategory,
        List<LocationTotals> byLocation,
        List<AgingBucket> aging) {

    /** How many items, worth how much. */
    public record StockTotals(int count, BigDecimal value) {}

    /** The items of one status. */
    public record StatusTotals(ItemStatus status, int count, BigDecimal value) {}

    /** Everything. */
    public StockTotals total() {
        return new StockTotals(whole.totalItems(), whole.totalValue());
    }

    /** One entry for each status, in the order of the enumeration. */
    public List<StatusTotals> byStatus() {
        return Stream.of(ItemStatus.values())
                .map(status -> switch (status) {
                    case UNDATED -> new StatusTotals(status, whole.undatedItems(), whole.undatedValue());
                    case EXPIRED -> new StatusTotals(status, whole.expiredItems(), whole.expiredValue());
                    case EXPIRING_SOON -> new StatusTotals(status, whole.expiringItems(), whole.expiringValue());
                    case ACTIVE -> new StatusTotals(status, whole.activeItems(), whole.activeValue());
                })
                .toList();
    }
}
