package org.expirytracker.members;

import java.time.ZoneId;
import org.expirytracker.kernel.Input;
import org.expirytracker.users.Particulars;
import org.jspecify.annotations.Nullable;

/**
 * An inventory to be made. What is null is taken over from the one in which the caller acts, but for the currency.
 *
 * @param name 1 to 200 characters
 * @param currency ISO 4217; null when nobody says
 */
record NewInventory(
        String name,
        @Nullable String currency,
        @Nullable ZoneId timeZone,
        @Nullable Integer leadDays,
        @Nullable Integer turnHour) {

    /** Reads one; what is wrong is noted in the input. */
    static NewInventory of(Input input) {
        return new NewInventory(
                input.name("name", InventoryPatch.MOST_NAME),
                InventoryPatch.currency(input),
                InventoryPatch.timeZone(input),
                input.optionalInt("leadDays", 0, Particulars.MOST_LEAD_DAYS),
                input.optionalInt("turnHour", 0, Particulars.MOST_TURN_HOUR));
    }
}
