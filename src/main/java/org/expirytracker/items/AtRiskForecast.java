package org.expirytracker.items;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.expirytracker.items.OutcomeTotals.UnitQuantity;

/**
 * What will expire before it is used, if things are used as fast as lately. {@link AtRiskRepository} tells how it is
 * worked out.
 *
 * @param asOf the day from which on use is counted
 * @param items how many items something will be left of
 * @param value what is left will be worth, of all of them
 * @param quantities how much will be left, of all of them, by unit
 * @param lots those that lose most, at most {@value AtRiskRepository#MOST_LOTS}, greatest loss first
 */
public record AtRiskForecast(
        LocalDate asOf, int items, BigDecimal value, List<UnitQuantity> quantities, List<AtRiskLot> lots) {

    /**
     * An item of which something will be left at the end of its last good day.
     *
     * @param quantity how much will be left
     * @param value what that is worth: quantity times cost price
     * @param dailyUse how much of all such items together is used in a day
     */
    public record AtRiskLot(Item item, BigDecimal quantity, BigDecimal value, BigDecimal dailyUse) {}
}
