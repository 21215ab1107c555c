package org.expirytracker.kernel;

import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.UUID;

/**
 * Who is calling: the user of a live session, with what every answer to them depends on.
 *
 * @param userId the user, which is also the tenant
 * @param sessionId the session whose access token came with the request
 * @param zone the IANA time zone in which this user's days begin and end
 */
public record Caller(UserId userId, UUID sessionId, ZoneId zone) {

    /** Today where the caller lives. */
    public LocalDate today(Clock clock) {
        return LocalDate.ofInstant(clock.instant(), zone);
    }
}
