package org.expirytracker.items;

import java.util.List;
import java.util.UUID;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserError;
import org.jspecify.annotations.Nullable;

/**
 * An item to be created.
 *
 * @param item as it is to be; its version, times and lead days in force are made when it is written
 * @param path of the input that it was read from
 * @param errors what could not be read of it; when there are any, it is not created
 */
public record NewItem(Item item, List<String> path, List<UserError> errors) {

    /** Reads one; what is wrong is noted in the input and in {@code errors}. */
    public static NewItem of(Input input) {
        Item item = ItemPatch.values(input, ItemPatch.LEAST_QUANTITY).apply(Item.blank(RowIds.next()));
        return new NewItem(item, input.path(), List.copyOf(input.errors()));
    }

    UUID id() {
        return item.id();
    }

    @Nullable
    UUID categoryId() {
        return item.categoryId();
    }
}
