package org.expirytracker.items;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * An item as it was, from what the activity log keeps (GraphQL type {@code ItemState}). Its members are those of {@link
 * Item}; those that a former release did not know are null.
 *
 * @param takeOut what was taken out of it, or put back, by the activity; null for any other
 */
record ItemState(
        UUID id,
        @JsonProperty("categoryId") @Nullable UUID category,
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
        int version,
        Instant createdAt,
        Instant updatedAt,
        @Nullable TakeOut takeOut) {

    /** Global id of the item. */
    public String subjectId() {
        return new NodeId(NodeId.Type.Item, id).encoded();
    }

    /** Global id of its category; null when it was in none. */
    public @Nullable String categoryId() {
        return category == null ? null : new NodeId(NodeId.Type.Category, category).encoded();
    }
}
