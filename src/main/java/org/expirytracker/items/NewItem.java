package org.expirytracker.items;

import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;

/**
 * An item to be created.
 *
 * @param id its id from then on
 * @param productId of which product it is a lot, which says what is not said of the item; null when of none
 * @param values puts what is given in place of what is there
 */
public record NewItem(UUID id, @Nullable UUID productId, UnaryOperator<Item> values) {

    /** Reads one; what is wrong is noted in the input. */
    public static NewItem of(Input input) {
        UnaryOperator<Item> values = ItemPatch.fresh(input);
        UUID productId = input.optionalId("productId", Item.PRODUCT);
        if (!input.has("name") && productId == null) {
            input.reject(
                    "name",
                    Problem.Code.INVALID,
                    "name must be given, or productId of a product whose name the item takes.");
        }
        return new NewItem(RowIds.next(), productId, values);
    }

    /**
     * The item as it is to be; its version, times and lead days in force are made when it is written.
     *
     * @param products what products say of their lots, by product; one that is not there says nothing
     */
    Item item(Map<UUID, LotDefaults> products) {
        return values.apply(Item.blank(id, LotDefaults.of(productId, products)));
    }
}
