package org.expirytracker.products;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in stock of a product on a day.
 *
 * @param quantities by unit, in their order
 * @param nextExpiryDate the soonest date of a lot that is still good; null when none has one
 */
record ProductStock(List<Quantity> quantities, @Nullable LocalDate nextExpiryDate) {

    /** Nothing at all. */
    static final ProductStock NONE = new ProductStock(List.of(), null);

    /**
     * How much is in stock, of the lots that are counted in one unit (GraphQL type {@code ProductQuantity}).
     *
     * @param quantity of lots that are good
     * @param expiredQuantity of lots whose date is past
     * @param lotCount how many lots, good or not
     */
    record Quantity(String unit, BigDecimal quantity, BigDecimal expiredQuantity, int lotCount) {}

    /** How much is in stock in one unit; nothing where there are no such lots. */
    Quantity in(String unit) {
        return quantities.stream()
                .filter(each -> each.unit.equals(unit))
                .findFirst()
                .orElseGet(() -> new Quantity(unit, BigDecimal.ZERO, BigDecimal.ZERO, 0));
    }
}
