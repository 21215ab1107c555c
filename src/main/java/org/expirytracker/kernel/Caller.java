package org.expirytracker.kernel;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.UUID;

/**
 * Who is calling: the user of a live session or of an API token, with what every answer to them depends on.
 *
 * @param userId the user
 * @param inventoryId the inventory in which they act: their own, or another of which they are a member
 * @param role what they are there
 * @param sessionId the session whose access token came with the request, or the API token
 * @param zone the IANA time zone in which the inventory's days begin and end
 * @param holds what they may do
 * @param source from where what they ask for is read
 */
public record Caller(
        UserId userId,
        InventoryId inventoryId,
        Role role,
        UUID sessionId,
        ZoneId zone,
        Holdings holds,
        ReadSource source) {

    /** A caller for whom everything is read from the primary. */
    public Caller(UserId userId, InventoryId inventoryId, Role role, UUID sessionId, ZoneId zone, Holdings holds) {
        this(userId, inventoryId, role, sessionId, zone, holds, ReadSource.PRIMARY);
    }

    /** The same caller, for one operation that reads from somewhere else. */
    public Caller readingFrom(ReadSource other) {
        return new Caller(userId, inventoryId, role, sessionId, zone, holds, other);
    }

    /**
     * The zone of a user by the one time-zone database that counts, PostgreSQL's: as Java knows it where both agree, else
     * the distance from UTC that PostgreSQL tells.
     *
     * @param name IANA name, which Java need not know
     * @param at when it was asked
     * @param offset of the zone then, by PostgreSQL
     */
    public static ZoneId zone(String name, Instant at, ZoneOffset offset) {
        try {
            ZoneId zone = ZoneId.of(name);
            return zone.getRules().getOffset(at).equals(offset) ? zone : offset;
        } catch (DateTimeException unknown) {
            return offset;
        }
    }

    /** Whether they act in the inventory that they have from registration on, whose log is that of their account too. */
    public boolean actsInOwn() {
        return inventoryId.equals(InventoryId.ownOf(userId));
    }

    /** Today in the inventory. */
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
            throw Problem.of(
                    Problem.Code.FORBIDDEN,
                    role == Role.VIEWER && access.changes()
                            ? "As a viewer you may not change this inventory. Its owner can make you an editor."
                            : access.remedy());
        }
    }
}
