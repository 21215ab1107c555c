package org.expirytracker.items;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What left the stock in some time and came to one end. Reports keep it as JSON under these names.
 *
 * @param outcome what became of it
 * @param count how often something was taken out
 * @param value what it was worth
 * @param quantities how much it was, by unit
 */
public record OutcomeTotals(TakeOut.Outcome outcome, int count, BigDecimal value, List<UnitQuantity> quantities) {

    private static final int RATE_PLACES = 4;

    /** How much of something, in one unit. */
    public record UnitQuantity(String unit, BigDecimal quantity) {}

    /**
     * Of the value that left the stock, the part that was thrown away: from 0 to 1, rounded half up to 4 places.
     *
     * @param outcomes what left, each outcome once
     * @return null when nothing of any value left
     */
    public static @Nullable BigDecimal wasteRate(List<OutcomeTotals> outcomes) {
        BigDecimal all = BigDecimal.ZERO;
        BigDecimal discarded = BigDecimal.ZERO;
        for (OutcomeTotals each : outcomes) {
            all = all.add(each.value);
            if (each.outcome == TakeOut.Outcome.DISCARDED) {
                discarded = discarded.add(each.value);
            }
        }
        return all.signum() == 0 ? null : discarded.divide(all, RATE_PLACES, RoundingMode.HALF_UP);
    }
}
