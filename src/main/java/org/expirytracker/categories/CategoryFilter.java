package org.expirytracker.categories;

import java.util.List;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Which categories are asked for.
 *
 * @param words folded; each occurs in the name or the description
 * @param names the name is one of these; null for any name
 * @param externalIds what another program calls it is one of these; null for any
 */
record CategoryFilter(
        List<String> words,
        @Nullable List<String> names,
        @Nullable List<String> externalIds) {

    private static final int MOST_SEARCH = 200;
    private static final int MOST_NAMES = 100;
    static final int MOST_NAME = 200;

    /**
     * Reads the GraphQL input {@code CategoryFilter}; what is wrong is noted in the input.
     *
     * @param filter an empty object when there is none
     */
    static CategoryFilter of(Input filter) {
        return new CategoryFilter(
                filter.optionalWords("search", MOST_SEARCH),
                filter.optionalNames("names", MOST_NAME, MOST_NAMES),
                externalIds(filter));
    }

    private static @Nullable List<String> externalIds(Input filter) {
        List<String> several = filter.optionalCodes("externalIds", CategoryPatch.MOST_EXTERNAL_ID, MOST_NAMES);
        if (!filter.isGiven("externalId")) {
            return several;
        }
        String one = filter.optionalCode("externalId", CategoryPatch.MOST_EXTERNAL_ID);
        if (one == null) {
            filter.reject("externalId", Problem.Code.INVALID, "externalId must not be empty.");
            return several;
        }
        return several == null || several.contains(one) ? List.of(one) : List.of();
    }
}
