package org.expirytracker.items;

import java.math.BigDecimal;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What left the stock, and why.
 *
 * @param quantity how much, more than 0
 * @param value what it was worth: quantity times cost price
 * @param outcome what became of it
 */
public record TakeOut(
        UUID id,
        BigDecimal quantity,
        BigDecimal value,
        Outcome outcome,
        @Nullable String note) {

    /** What became of what was taken out (GraphQL enumeration {@code TakeOutOutcome}). */
    public enum Outcome {
        USED,
        SOLD,
        DONATED,
        DISCARDED
    }

    /** The same once more, after it was undone. */
    public TakeOut again(UUID anotherId) {
        return new TakeOut(anotherId, quantity, value, outcome, note);
    }
}
