package org.expirytracker.categories;

import java.time.Instant;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.RowIds;

/**
 * A category to be created.
 *
 * @param category as it is to be; its version and times are made when it is written
 */
public record NewCategory(Category category) {

    /** Reads one; what is wrong is noted in the input. */
    public static NewCategory of(Input input) {
        Category blank = new Category(RowIds.next(), "", null, null, null, null, 1, Instant.EPOCH, Instant.EPOCH);
        return new NewCategory(CategoryPatch.values(input).apply(blank));
    }
}
