package org.expirytracker.activities;

import java.util.Optional;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Problem;

/**
 * Who asks for a change, and by what a repetition of the same request is known.
 *
 * @param caller the user, by a session or an API token
 * @param key of {@code @idempotent}; empty when the change is made anew each time it is asked for
 */
public record Actor(Caller caller, Optional<IdempotencyKey> key) {

    /**
     * Who asks for a mutation.
     *
     * @throws Problem {@code UNAUTHENTICATED} without a caller; {@code INVALID} when the key is empty, too long or not
     *     plain text
     */
    public static Actor of(Field mutation) {
        return new Actor(mutation.caller(), IdempotencyKey.of(mutation));
    }

    /** Who asks by another way than a mutation. */
    public static Actor of(Caller caller) {
        return new Actor(caller, Optional.empty());
    }
}
