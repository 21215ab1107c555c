package org.expirytracker.tokens;

import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * An API token to be made.
 *
 * @param name 1 to 100 characters
 * @param scopes what it is for, at least one
 * @param expiresAt when it stops working by itself; null for never
 */
record NewApiToken(
        String name, Set<Access> scopes, @Nullable Instant expiresAt) {

    private static final int MOST_NAME = 100;

    /** Reads one; what is wrong at an instant is noted in the input. */
    static NewApiToken of(Input input, Instant now) {
        NewApiToken token =
                new NewApiToken(input.name("name", MOST_NAME), scopes(input), input.optionalInstant("expiresAt"));
        token.expiryObjection(now).ifPresent(message -> input.reject("expiresAt", Problem.Code.INVALID, message));
        return token;
    }

    private static Set<Access> scopes(Input input) {
        List<Access> given = input.optionalChoices("scopes", Access.class);
        if (given == null || given.isEmpty()) {
            input.reject("scopes", Problem.Code.INVALID, "scopes must name at least one.");
            return Set.of();
        }
        return EnumSet.copyOf(given);
    }

    /** Why it cannot be made at an instant. */
    Optional<String> expiryObjection(Instant now) {
        return expiresAt == null || expiresAt.isAfter(now)
                ? Optional.empty()
                : Optional.of("expiresAt must lie ahead.");
    }
}
