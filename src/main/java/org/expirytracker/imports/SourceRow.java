package org.expirytracker.imports;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A row of a file as it stands there.
 *
 * @param number by which people find it: the line of a file of text, the row of a sheet, the place in a list
 * @param values by column, each a text, a {@link BigDecimal}, a {@link LocalDate} or a {@link Boolean}; what is blank is left out
 * @param problem why it cannot be read; null when it can
 */
record SourceRow(
        int number, Map<String, Object> values, @Nullable String problem) {

    static SourceRow of(int number, Map<String, Object> values) {
        return new SourceRow(number, values, null);
    }

    static SourceRow unreadable(int number, String problem) {
        return new SourceRow(number, Map.of(), problem);
    }
}
