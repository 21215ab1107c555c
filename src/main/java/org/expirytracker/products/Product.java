package org.expirytracker.products;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.UUID;
import org.expirytracker.items.Item;
import org.expirytracker.items.LotDefaults;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What lots of the same thing have in common.
 *
 * @param name unique among the products of the inventory; case does not count
 * @param unit what its quantities count
 * @param categoryId the category of new lots; null for none
 * @param location where new lots are kept; null when not said
 * @param shelfLifeDays for how many days a new lot is good, 0 to 36,500; null when not said
 * @param minimumQuantity how much of it should be in stock, 0 to 999,999,999.999; null when not said
 * @param barcodes what its packages say to a scanner, each of one product only
 * @param externalId what another program calls it, unique in the inventory; null when none does
 * @param version 1 at first, counts up with every change
 */
public record Product(
        UUID id,
        String name,
        String unit,
        @Nullable UUID categoryId,
        @Nullable String location,
        @Nullable Integer shelfLifeDays,
        @Nullable BigDecimal minimumQuantity,
        List<String> barcodes,
        @Nullable String notes,
        @Nullable String externalId,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = Item.PRODUCT;

    static final String PIECES = "pcs";

    /** The same with other barcodes. */
    Product withBarcodes(List<String> codes) {
        return new Product(
                id,
                name,
                unit,
                categoryId,
                location,
                shelfLifeDays,
                minimumQuantity,
                codes,
                notes,
                externalId,
                version,
                createdAt,
                updatedAt);
    }

    /** What it says of a lot that is added on a day. */
    LotDefaults lot(LocalDate today) {
        return new LotDefaults(
                id, name, unit, categoryId, location, shelfLifeDays == null ? null : today.plusDays(shelfLifeDays));
    }
}
