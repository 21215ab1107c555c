package org.expirytracker.tokens;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import org.expirytracker.kernel.Access;
import org.jspecify.annotations.Nullable;

/**
 * What any valid token may know of itself and of whom it acts for (GraphQL type {@code Caller}).
 *
 * @param userId global id of the user
 * @param today where the user lives
 * @param holds what the token may do, in the order of {@link Access#all}
 * @param apiToken null for a session
 */
record CallerParticulars(
        String userId,
        String username,
        ZoneId timeZone,
        LocalDate today,
        List<Access> holds,
        @Nullable CallerToken apiToken) {

    /**
     * The API token itself, apart from {@link ApiToken}, which only its owner's session sees.
     *
     * @param expiresAt null for never
     */
    record CallerToken(
            String name, List<Access> scopes, @Nullable Instant expiresAt) {}
}
