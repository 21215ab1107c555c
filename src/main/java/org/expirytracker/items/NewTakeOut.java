package org.expirytracker.items;

import java.math.BigDecimal;
import java.util.Objects;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What is to be taken out of stock.
 *
 * @param item of which item
 * @param quantity more than 0; null for all that is left
 * @param outcome what becomes of it
 * @param note at most 500 characters
 * @param expected which version of the item was read
 */
public record NewTakeOut(
        ItemIdentifier item,
        @Nullable BigDecimal quantity,
        TakeOut.Outcome outcome,
        @Nullable String note,
        ExpectedVersion expected) {

    static final int MOST_NOTE = 500;

    /** Reads one; what is wrong is noted in the input. */
    public static NewTakeOut of(Input input) {
        return new NewTakeOut(
                item(input),
                input.optionalDecimal(
                        "quantity", ItemPatch.LEAST_QUANTITY, ItemPatch.MOST_QUANTITY, ItemPatch.QUANTITY_PLACES),
                Objects.requireNonNull(
                        input.optionalChoice("outcome", TakeOut.Outcome.class), "the schema requires it"),
                input.optionalText("note", MOST_NOTE),
                input.expectedVersion());
    }

    private static ItemIdentifier item(Input input) {
        boolean byId = input.isGiven("itemId");
        if (byId == input.isGiven("externalId")) {
            input.reject(
                    "itemId",
                    Problem.Code.INVALID,
                    "Either itemId or externalId must be given" + (byId ? ", not both." : "."));
        }
        return byId ? new ItemIdentifier.ById(input.id("itemId", Item.TYPE)) : ItemIdentifier.ByExternalId.of(input);
    }

    /** The name of the input that says of which item. */
    String itemInput() {
        return switch (item) {
            case ItemIdentifier.ById id -> "itemId";
            case ItemIdentifier.ByExternalId externalId -> "externalId";
        };
    }
}
