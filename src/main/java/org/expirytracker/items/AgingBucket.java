package org.expirytracker.items;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The items in stock whose date is about as far away. Reports keep it as JSON under these names.
 *
 * @param band how far away
 * @param count how many items
 * @param value what they are worth
 */
public record AgingBucket(Band band, int count, BigDecimal value) {

    /** Such buckets with empty ones for the bands that are missing, in the order of the enumeration. */
    public static List<AgingBucket> complete(List<AgingBucket> buckets) {
        Map<Band, AgingBucket> byBand = buckets.stream().collect(Collectors.toMap(AgingBucket::band, bucket -> bucket));
        return Stream.of(Band.values())
                .map(band -> byBand.getOrDefault(band, new AgingBucket(band, 0, BigDecimal.ZERO)))
                .toList();
    }

    /** Days from the day asked for to the expiry date, both ends included (GraphQL enumeration {@code AgingBand}). */
    public enum Band {
        /** The date is past. */
        OVERDUE,
        DAYS_0_7,
        DAYS_8_30,
        DAYS_31_60,
        DAYS_61_90,
        /** More than 90 days. */
        LATER
    }
}
