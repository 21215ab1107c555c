package org.expirytracker.imports;

import java.util.Collection;
import java.util.Set;

/** Which program has written a file, as far as its columns tell (GraphQL enumeration {@code ImportOrigin}). */
public enum Origin {
    /** This one: an export of items. */
    EXPIRY_TRACKER,
    GROCY,
    HOMEBOX,
    /** Anything else. */
    OTHER;

    private static final Set<String> OF_OURS =
            Set.of("id", "externalId", "name", "quantity", "unit", "expiryDate", "leadDays", "status", "updatedAt");

    static Origin of(Collection<String> columns) {
        if (columns.containsAll(OF_OURS)) {
            return EXPIRY_TRACKER;
        }
        if (columns.stream().anyMatch(column -> column.startsWith("HB."))) {
            return HOMEBOX;
        }
        return columns.contains("best_before_date") && columns.contains("amount") ? GROCY : OTHER;
    }
}
