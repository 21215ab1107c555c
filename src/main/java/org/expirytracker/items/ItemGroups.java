package org.expirytracker.items;

import java.util.Collection;
import java.util.Objects;
import java.util.UUID;

/**
 * Items apart by what they belong to.
 *
 * @param by what they belong to
 * @param ids of the groups that are asked for
 */
record ItemGroups(By by, Collection<UUID> ids) {

    /** What items belong to. */
    enum By {
        CATEGORY("category_id = wanted.id"),
        PRODUCT("product_id = wanted.id");

        /** The test of an item's belonging to {@code wanted}. */
        final String sql;

        By(String sql) {
            this.sql = sql;
        }

        /** The group of an item that belongs to one. */
        UUID of(Item item) {
            return Objects.requireNonNull(
                    switch (this) {
                        case CATEGORY -> item.categoryId();
                        case PRODUCT -> item.productId();
                    });
        }
    }
}
