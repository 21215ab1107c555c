package org.expirytracker.kernel;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reason why a mutation did nothing, for the person who asked (GraphQL type {@code UserError}).
 *
 * @param code what clients may branch on
 * @param message what is wrong and what to do, in one or two sentences
 * @param field path to the input that is wrong, such as {@code [input, name]}; empty when no one input is
 * @param retryAt when the same may be tried again; null when time changes nothing
 */
public record UserError(
        Problem.Code code,
        String message,
        List<String> field,
        @Nullable Instant retryAt) {

    /** A reason that time does not change. */
    public UserError(Problem.Code code, String message, List<String> field) {
        this(code, message, field, null);
    }
}
