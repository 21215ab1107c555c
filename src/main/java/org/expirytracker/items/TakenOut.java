package org.expirytracker.items;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * What once left the stock (GraphQL type {@code TakeOut}). It stays when its item goes, and goes when it is put back.
 *
 * @param rowItemId of which item, which may be gone
 * @param categoryId the category that the item was in; null for none
 * @param itemName what the item was called; null when it left before names were kept and its item is gone
 * @param quantity how much, more than 0
 * @param unit what the quantity counts
 * @param value what it was worth: quantity times cost price
 * @param outcome what became of it
 */
public record TakenOut(
        UUID id,
        UUID rowItemId,
        @Nullable UUID categoryId,
        @Nullable String itemName,
        BigDecimal quantity,
        String unit,
        BigDecimal value,
        TakeOut.Outcome outcome,
        @Nullable String note,
        Instant createdAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('O', "TakeOut");

    /** Global id of its item. */
    public String itemId() {
        return new NodeId(Item.TYPE, rowItemId).encoded();
    }
}
