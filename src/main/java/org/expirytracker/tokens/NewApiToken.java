package org.expirytracker.tokens;

import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * An API token to be made.
 *
 * @param name 1 to 100 characters
 * @param scopes what it is for, at least one, in the order in which clients see them
 * @param expiresAt when it stops working by itself; null for never
 */
record NewApiToken(
        String name, Set<Access> scopes, @Nullable Instant expiresAt) {

    private static final int MOST_NAME = 100;

    /**
     * Reads one; what is wrong at an instant is noted in the input.
     *
     * @param all there are, in the order in which clients see them
     */
    static NewApiToken of(Input input, List<Access> all, Instant now) {
        NewApiToken token =
                new NewApiToken(input.name("name", MOST_NAME), scopes(input, all), input.optionalInstant("expiresAt"));
        token.expiryObjection(now).ifPresent(message -> input.reject("expiresAt", Problem.Code.INVALID, message));
        return token;
    }

    private static Set<Access> scopes(Input input, List<Access> all) {
        List<Access> given = input.optionalNamed("scopes", Access.class);
        if (given == null || given.isEmpty()) {
            input.reject("scopes", Problem.Code.INVALID, "scopes must name at least one.");
            return Set.of();
        }
        return all.stream().filter(given::contains).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Why it cannot be made at an instant. */
    Optional<String> expiryObjection(Instant now) {
        return expiresAt == null || expiresAt.isAfter(now)
                ? Optional.empty()
                : Optional.of("expiresAt must lie ahead.");
    }
}
