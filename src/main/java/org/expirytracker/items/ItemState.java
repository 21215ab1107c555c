package org.expirytracker.items;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.UUID;
import org.expirytracker.categories.Category;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * An item as it was, as the activity log keeps it (GraphQL type {@code ItemState}): the item's own members, and what was
 * taken out of it. Those members that a former release did not know are null.
 *
 * @param takeOut what was taken out of it, or put back, by the activity; null for any other
 */
public record ItemState(@JsonUnwrapped Item item, @Nullable TakeOut takeOut) {

    /** Global id of the item. */
    public String subjectId() {
        return new NodeId(Item.TYPE, item.id()).encoded();
    }

    /** Global id of its category; null when it was in none. */
    public @Nullable String categoryId() {
        UUID category = item.categoryId();
        return category == null ? null : new NodeId(Category.TYPE, category).encoded();
    }

    /** Global id of the product of which it was a lot; null when of none. */
    public @Nullable String productId() {
        UUID product = item.productId();
        return product == null ? null : new NodeId(Item.PRODUCT, product).encoded();
    }
}
