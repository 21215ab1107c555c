package org.expirytracker.items;

import java.util.UUID;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;

/**
 * An item that something is to be done with.
 *
 * @param expected which version of it was read
 */
public record ItemReference(UUID id, ExpectedVersion expected) {

    /** Reads one; what is wrong is noted in the input. */
    static ItemReference of(Input input) {
        return new ItemReference(input.id("id", Item.TYPE), input.expectedVersion());
    }
}
