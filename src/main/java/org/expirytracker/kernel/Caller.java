package org.expirytracker.kernel;

import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.Set;
import java.util.UUID;

/**
 * Who is calling: the user of a live session or of an API token, with what every answer to them depends on.
 *
 * @param userId the user, which is also the tenant
 * @param sessionId the session whose access token came with the request, or the API token
 * @param zone the IANA time zone in which this user's days begin and end
 * @param holds what they may do
 */
public record Caller(UserId userId, UUID sessionId, ZoneId zone, Set<Access> holds) {

    /** Today where the caller lives. */
    public LocalDate today(Clock clock) {
        return LocalDate.ofInstant(clock.instant(), zone);
    }

    /**
     * Requires that the caller may do something.
     *
     * @throws Problem {@code FORBIDDEN}
     */
    public void require(Access access) {
        if (!holds.contains(access)) {
            throw Problem.of(Problem.Code.FORBIDDEN, access.remedy());
        }
    }
}
