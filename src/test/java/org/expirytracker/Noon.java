package org.expirytracker;

import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Comparator;
import java.util.stream.Stream;

/** The days of a place where it is around noon when the tests begin, so that no day ends while they run. */
public final class Noon {

    /** Where it is around noon. */
    @SuppressWarnings("TimeInStaticInitializer")
    public static final String ZONE = Stream.of(
                    "Pacific/Honolulu",
                    "America/Bogota",
                    "America/Sao_Paulo",
                    "Africa/Lagos",
                    "Asia/Dubai",
                    "Asia/Bangkok",
                    "Pacific/Guadalcanal")
            .min(Comparator.comparingInt(
                    city -> Math.abs(LocalTime.now(ZoneId.of(city)).getHour() - 12)))
            .orElseThrow();

    private Noon() {}

    /** Today there. */
    public static LocalDate today() {
        return LocalDate.now(ZoneId.of(ZONE));
    }

    /** So many days from today, as the API writes it; negative for the past. */
    public static String inDays(int days) {
        return today().plusDays(days).toString();
    }
}
