package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.kernel.InventoryId;
import org.jspecify.annotations.Nullable;

/**
 * What a product says of a new lot of it, as long as nothing else is said of that.
 *
 * @param productId null for what is a lot of no product
 * @param unit what its quantity counts
 * @param expiryDate the last day on which it is good; null when the product does not say how long that is
 */
public record LotDefaults(
        @Nullable UUID productId,
        String name,
        String unit,
        @Nullable UUID categoryId,
        @Nullable String location,
        @Nullable LocalDate expiryDate) {

    /** What is said of an item that is a lot of no product: it is counted in pieces. */
    static final LotDefaults NONE = new LotDefaults(null, "", "pcs", null, null, null);

    /** Knows what products say. The room of products implements it. */
    @FunctionalInterface
    public interface Source {

        /**
         * What each of some products says of a new lot of it.
         *
         * @param today from which a shelf life counts
         * @return by product; one that does not exist is left out
         */
        Future<Map<UUID, LotDefaults>> find(
                SqlClient client, InventoryId inventoryId, Collection<UUID> productIds, LocalDate today);
    }

    /** What is said of a lot of a product, if that is known; else {@link #NONE}. */
    static LotDefaults of(@Nullable UUID productId, Map<UUID, LotDefaults> known) {
        LotDefaults found = productId == null ? null : known.get(productId);
        return found == null ? NONE : found;
    }
}
