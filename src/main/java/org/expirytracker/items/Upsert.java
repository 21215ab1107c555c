package org.expirytracker.items;

import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;

/**
 * An item as another program knows it, to be created or changed.
 *
 * @param externalId what that program calls it
 * @param named whether it says what the item is, without which none can be created but of a product
 * @param productId of which product it is a lot; null when it says none
 * @param values puts what is given in place of what is there
 */
public record Upsert(
        String externalId, boolean named, @Nullable UUID productId, UnaryOperator<Item> values) {

    /** What became of one. */
    public enum Outcome {
        CREATED,
        UPDATED,
        UNCHANGED
    }

    /** Reads one; what is wrong is noted in the input. */
    public static Upsert of(Input input) {
        UnaryOperator<Item> values = ItemPatch.changes(input);
        String externalId = values.apply(Item.blank(RowIds.next())).externalId();
        if (externalId == null) {
            input.reject("externalId", Problem.Code.INVALID, "externalId must not be empty.");
        }
        return new Upsert(
                externalId == null ? "" : externalId,
                input.isGiven("name"),
                input.optionalId("productId", Item.PRODUCT),
                values);
    }

    /** Fails at a row that does not say enough of the item to create it. */
    static void requireEnough(BulkRow<Upsert> row, Item fresh) {
        if (!row.asked().named() && fresh.name().isEmpty()) {
            throw row.problem(
                    Problem.Code.INVALID,
                    "name",
                    "There is no item with this externalId yet; to create it, name must be given.");
        }
        if (fresh.usedUp()) {
            throw row.problem(
                    Problem.Code.INVALID,
                    "quantity",
                    "There is no item with this externalId yet; one of which nothing is left cannot be created.");
        }
    }
}
