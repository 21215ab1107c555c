package org.expirytracker.categories;

import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A kind of things.
 *
 * @param name unique among the user's categories; case does not count
 * @param color {@code #rrggbb}, lower case
 * @param leadDays lead days for its items, 0 to 3650; null for the user's own setting
 * @param externalId what another program calls it, unique in the inventory; null when none does
 * @param version 1 at first, counts up with every change
 */
public record Category(
        UUID id,
        String name,
        @Nullable String description,
        @Nullable String color,
        @Nullable Integer leadDays,
        @Nullable String externalId,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('C', "Category");
}
