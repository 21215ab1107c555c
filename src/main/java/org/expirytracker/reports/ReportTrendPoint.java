package org.expirytracker.reports;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;
import org.expirytracker.items.OutcomeTotals;
import org.jspecify.annotations.Nullable;

/**
 * How things stood at the end of an interval, and what left the stock within it, as it is known now: what was undone
 * since is not in it.
 *
 * @param from the interval's first day, or the first one asked for
 * @param to its last day, or the last one asked for
 * @param report the last report of a day of the interval; null when there is none
 * @param outcomes what left the stock on its days, which begin and end where the user lives; each outcome once
 */
record ReportTrendPoint(
        LocalDate from, LocalDate to, @Nullable Report report, List<OutcomeTotals> outcomes) {

    /** Most days from the first to the last one: a leap year. */
    static final int MOST_DAYS = 366;

    /** How long an interval is (GraphQL enumeration {@code ReportInterval}); weeks begin on Monday (ISO 8601). */
    enum Interval {
        DAY,
        WEEK,
        MONTH
    }

    /** Of the value that left the stock, the part that was thrown away; null when nothing of any value left. */
    public @Nullable BigDecimal wasteRate() {
        return OutcomeTotals.wasteRate(outcomes);
    }
}
