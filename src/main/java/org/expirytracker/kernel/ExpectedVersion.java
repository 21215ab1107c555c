package org.expirytracker.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Optimistic locking: the version of an object that somebody has read before they change it.
 *
 * @param value null when they do not care
 * @param path of the input that told it, for the refusal
 */
public record ExpectedVersion(@Nullable Integer value, List<String> path) {

    /** Changes whatever is there. */
    public static final ExpectedVersion ANY = new ExpectedVersion(null, List.of());

    /**
     * Compares it with what is there.
     *
     * @param what the object's type, for the message
     * @throws Problem {@code STALE_VERSION}
     */
    public void require(String what, int version) {
        if (value != null && value != version) {
            throw Problem.at(
                    Problem.Code.STALE_VERSION,
                    path,
                    "The %s has version %d by now, not %d. Read it again and repeat your change."
                            .formatted(what, version, value));
        }
    }
}
