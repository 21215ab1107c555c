package org.expirytracker.kernel;

import org.jspecify.annotations.Nullable;

/**
 * What GraphQL answered, each part as JSON text.
 *
 * @param data {@code null} where nothing could be answered
 * @param errors a list of at least one; null when there is none
 */
public record KeptAnswer(String data, @Nullable String errors) {

    /** Without what was answered, which is the inventory's own. */
    @Override
    public String toString() {
        return "KeptAnswer[" + data.length() + "]";
    }
}
