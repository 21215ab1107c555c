package org.expirytracker.items;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * One dated quantity of a thing: a lot.
 *
 * @param quantity how much is left, 0 to 999,999,999.999
 * @param unit what the quantity counts
 * @param costPrice what one unit cost; null when not known
 * @param expiryDate the last day on which it is good; null when undated
 * @param purchaseDate when it was bought, from which its life counts; null when not known
 * @param ownLeadDays lead days of its own; null to take its category's or the user's
 * @param leadDays the lead days in force
 * @param externalId what another program calls it, unique in the inventory; null when none does
 * @param productId of which product it is a lot; null when of none
 * @param version 1 at first, counts up with every change
 */
public record Item(
        UUID id,
        @Nullable UUID categoryId,
        String name,
        @Nullable String description,
        BigDecimal quantity,
        String unit,
        @Nullable BigDecimal costPrice,
        @Nullable BigDecimal sellingPrice,
        @Nullable LocalDate expiryDate,
        @Nullable LocalDate purchaseDate,
        @Nullable Integer ownLeadDays,
        int leadDays,
        @Nullable String location,
        @Nullable String barcode,
        @Nullable String lotNumber,
        @Nullable String externalId,
        @Nullable UUID productId,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('I', "Item");

    /** The global ids of products, which a room above items owns. */
    public static final NodeId.Type PRODUCT = new NodeId.Type('P', "Product");

    /** A new item before anything is said of it: one piece of a thing without a name. */
    static Item blank(UUID id) {
        return blank(id, LotDefaults.NONE);
    }

    /** A new item before anything is said of it but what its product says. */
    static Item blank(UUID id, LotDefaults lot) {
        return new Item(
                id,
                lot.categoryId(),
                lot.name(),
                null,
                BigDecimal.ONE,
                lot.unit(),
                null,
                null,
                lot.expiryDate(),
                null,
                null,
                0,
                lot.location(),
                null,
                null,
                null,
                lot.productId(),
                1,
                Instant.EPOCH,
                Instant.EPOCH);
    }

    /** Where it stands on a day. */
    ItemStatus statusOn(LocalDate day) {
        return ItemStatus.on(day, expiryDate, leadDays);
    }

    /** Days from a day to the expiry date: 0 on the day itself, negative afterwards; null when undated. */
    @Nullable
    Integer daysLeftOn(LocalDate day) {
        return expiryDate == null ? null : Math.toIntExact(ChronoUnit.DAYS.between(day, expiryDate));
    }

    /** Quantity times cost price; 0 when the cost price is not known. */
    public BigDecimal totalValue() {
        return costPrice == null ? BigDecimal.ZERO : quantity.multiply(costPrice);
    }

    /** Whether nothing of it is left. */
    public boolean usedUp() {
        return quantity.signum() == 0;
    }

    /** The same item with another quantity left. */
    Item withQuantity(BigDecimal left) {
        return copy(categoryId, left, leadDays, version, updatedAt);
    }

    /** The same item with other lead days in force. */
    Item withLeadDays(int inForce) {
        return copy(categoryId, quantity, inForce, version, updatedAt);
    }

    /** The same item in another category, or in none. */
    public Item withCategory(@Nullable UUID anotherId) {
        return copy(anotherId, quantity, leadDays, version, updatedAt);
    }

    /** The item after some of it was taken out, one version further. */
    Item lessBy(BigDecimal taken) {
        return copy(categoryId, quantity.subtract(taken), leadDays, version + 1, updatedAt);
    }

    /** The same version of the item, written at the moment of another one. */
    Item writtenWith(Item another) {
        return copy(categoryId, quantity, another.leadDays, version, another.updatedAt);
    }

    private Item copy(@Nullable UUID category, BigDecimal left, int inForce, int counted, Instant changedAt) {
        return new Item(
                id,
                category,
                name,
                description,
                left,
                unit,
                costPrice,
                sellingPrice,
                expiryDate,
                purchaseDate,
                ownLeadDays,
                inForce,
                location,
                barcode,
                lotNumber,
                externalId,
                productId,
                counted,
                createdAt,
                changedAt);
    }
}
