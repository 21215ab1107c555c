package org.expirytracker.items;

import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;

/**
 * An item as a row of a file has it, to be created or changed. It is known by its id, where that is one of the inventory,
 * else by its external id; what is known by neither is new.
 *
 * @param id null when the row says none
 * @param externalId what another program calls it; null when the row says none
 * @param named whether it says what the item is, without which none can be created
 * @param values puts what is given in place of what is there
 */
public record ItemRow(@Nullable UUID id, @Nullable String externalId, boolean named, UnaryOperator<Item> values) {

    /**
     * Reads one; what is wrong is noted in the input.
     *
     * @param id null when the row says none
     */
    public static ItemRow of(@Nullable UUID id, Input input) {
        UnaryOperator<Item> values = ItemPatch.changes(input);
        String externalId = input.isGiven("externalId")
                ? values.apply(Item.blank(RowIds.next())).externalId()
                : null;
        return new ItemRow(id, externalId, input.isGiven("name"), values);
    }

    /** The same in a category, or in none. */
    public ItemRow in(@Nullable UUID categoryId) {
        return new ItemRow(id, externalId, named, item -> values.apply(item).withCategory(categoryId));
    }

    /**
     * What became of one, or would.
     *
     * @param outcome null when it is refused
     * @param row with why it is refused
     */
    public record Done(Upsert.@Nullable Outcome outcome, BulkRow<ItemRow> row) {}
}
