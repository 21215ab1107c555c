package org.expirytracker.items;

import java.util.Collection;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Items apart by what they belong to.
 *
 * @param by what they belong to
 * @param ids of the groups that are asked for
 */
record ItemGroups(By by, Collection<UUID> ids) {

    /** What items belong to. */
    enum By {
        CATEGORY("category_id = wanted.id", Item::categoryId),
        PRODUCT("product_id = wanted.id", Item::productId);

        /** The test of an item's belonging to {@code wanted}. */
        final String sql;

        private final Function<Item, @Nullable UUID> id;

        By(String sql, Function<Item, @Nullable UUID> id) {
            this.sql = sql;
            this.id = id;
        }

        /** The group of an item that belongs to one. */
        UUID of(Item item) {
            return Objects.requireNonNull(id.apply(item));
        }
    }
}
