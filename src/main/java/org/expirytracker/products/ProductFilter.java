package org.expirytracker.products;

import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.expirytracker.categories.Category;
import org.expirytracker.kernel.Input;
import org.jspecify.annotations.Nullable;

/**
 * Which products are asked for.
 *
 * @param words folded; each occurs in the name, the notes or a barcode
 * @param barcodes one of its barcodes is one of these; null for any
 * @param categoryIds the category of its new lots is one of these; null for any or none
 * @param externalIds what another program calls it is one of these; null for any
 * @param belowMinimum whether less of it is in stock than should be; null for either
 * @param today the day on which lots must be good to count for that
 */
record ProductFilter(
        List<String> words,
        @Nullable List<String> barcodes,
        @Nullable List<UUID> categoryIds,
        @Nullable List<String> externalIds,
        @Nullable Boolean belowMinimum,
        LocalDate today) {

    private static final int MOST_SEARCH = 200;
    private static final int MOST_CODES = 100;
    private static final int MOST_CATEGORIES = 100;

    /**
     * Reads the GraphQL input {@code ProductFilter}; what is wrong is noted in the input.
     *
     * @param filter an empty object when there is none
     */
    static ProductFilter of(Input filter, LocalDate today) {
        return new ProductFilter(
                filter.optionalWords("search", MOST_SEARCH),
                filter.optionalCodes("barcodes", ProductPatch.MOST_BARCODE, MOST_CODES),
                filter.optionalIds("categoryIds", Category.TYPE, MOST_CATEGORIES),
                filter.optionalCodes("externalIds", ProductPatch.MOST_EXTERNAL_ID, MOST_CODES),
                filter.isGiven("belowMinimum") ? !filter.isFalse("belowMinimum") : null,
                today);
    }
}
