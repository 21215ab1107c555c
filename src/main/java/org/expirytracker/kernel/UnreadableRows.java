package org.expirytracker.kernel;

import java.util.List;
import java.util.Map;

/**
 * What could not be read of the rows of bulk mutations. Something readable, which means nothing, stands there in the
 * arguments; the errors are those of the rows.
 *
 * @param mutations by the name in the answer
 */
public record UnreadableRows(Map<String, OfMutation> mutations) {

    /** Everything could be read. */
    public static final UnreadableRows NONE = new UnreadableRows(Map.of());

    /**
     * The rows of one mutation.
     *
     * @param errors of each row that has any, by its path, such as {@code [input, items, 3]}
     * @param given what could not be read, as it came: it tells two requests apart that are the same otherwise
     */
    public record OfMutation(Map<List<String>, List<UserError>> errors, String given) {

        /** Every row could be read. */
        public static final OfMutation NONE = new OfMutation(Map.of(), "");
    }

    /** Those of a mutation. */
    public OfMutation of(String resultKey) {
        return mutations.getOrDefault(resultKey, OfMutation.NONE);
    }
}
