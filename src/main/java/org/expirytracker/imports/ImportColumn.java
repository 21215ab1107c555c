package org.expirytracker.imports;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A column of a file.
 *
 * @param samples of its values, at most three
 * @param field what of an item it says, as chosen or proposed; null when it is left out
 * @param dayFirst whether one of its dates can only begin with the day
 * @param monthFirst whether one of its dates can only begin with the month
 * @param comma whether one of its numbers can only have a decimal comma
 * @param point whether one of its numbers can only have a decimal point
 */
public record ImportColumn(
        String name,
        List<String> samples,
        @Nullable ImportField field,
        boolean dayFirst,
        boolean monthFirst,
        boolean comma,
        boolean point) {

    ImportColumn as(@Nullable ImportField another) {
        return new ImportColumn(name, samples, another, dayFirst, monthFirst, comma, point);
    }

    /** Without the samples, which may be anything. */
    @Override
    public String toString() {
        return "ImportColumn[" + name + "]";
    }
}
