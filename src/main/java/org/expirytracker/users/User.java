package org.expirytracker.users;

import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A person or a business with an account, as they and their activity log may see it: nothing secret is in it.
 *
 * @param timeZone where their days begin and end
 * @param leadDays how many days before its date an item counts as expiring soon: 0 to 3650
 * @param turnHour hour of the local day at which notifications and the report are made: 0 to 23
 * @param securityQuestion asked when the password is reset; null when none is set
 * @param active whether anybody can act for them at all
 * @param lockedUntil until when an administrator has locked the account; null or past when it is not locked
 * @param lastLoginAt when a session was last opened; null when none was yet
 * @param version counts up with every change
 */
public record User(
        UUID id,
        String username,
        String email,
        boolean emailVerified,
        Role role,
        ZoneId timeZone,
        int leadDays,
        int turnHour,
        boolean twoFactorEnabled,
        @Nullable SecurityQuestion securityQuestion,
        boolean active,
        @Nullable Instant lockedUntil,
        @Nullable Instant lastLoginAt,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('U', "User");

    /** What a user may do (GraphQL type {@code UserRole}). */
    public enum Role {
        USER,
        ADMIN
    }
}
