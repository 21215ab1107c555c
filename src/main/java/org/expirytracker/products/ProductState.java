package org.expirytracker.products;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.expirytracker.categories.Category;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/** A product as it was, from what the activity log keeps (GraphQL type {@code ProductState}). */
record ProductState(
        UUID id,
        String name,
        String unit,
        @JsonProperty("categoryId") @Nullable UUID rowCategoryId,
        @Nullable String location,
        @Nullable Integer shelfLifeDays,
        @Nullable BigDecimal minimumQuantity,
        List<String> barcodes,
        @Nullable String notes,
        @Nullable String externalId,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Global id of the product. */
    public String subjectId() {
        return new NodeId(Product.TYPE, id).encoded();
    }

    /** Global id of the category of its new lots; null for none. */
    public @Nullable String categoryId() {
        return rowCategoryId == null ? null : new NodeId(Category.TYPE, rowCategoryId).encoded();
    }
}
