package org.expirytracker.items;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

    /** Such totals with empty ones for the outcomes that are missing, in the order of the enumeration. */
    public static List<OutcomeTotals> complete(List<OutcomeTotals> totals) {
        Map<TakeOut.Outcome, OutcomeTotals> byOutcome =
                totals.stream().collect(Collectors.toMap(OutcomeTotals::outcome, each -> each));
        return Stream.of(TakeOut.Outcome.values())
                .map(outcome ->
                        byOutcome.getOrDefault(outcome, new OutcomeTotals(outcome, 0, BigDecimal.ZERO, List.of())))
                .toList();
    }

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
