package org.expirytracker.users;

import java.time.Instant;
import java.time.ZoneId;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * A user as they were, from what the activity log keeps (GraphQL type {@code UserState}). Its members are those of {@link
 * User}; those that a former release did not know are null.
 */
record UserState(
        UUID id,
        String username,
        String email,
        boolean emailVerified,
        User.Role role,
        ZoneId timeZone,
        int leadDays,
        int turnHour,
        boolean twoFactorEnabled,
        @Nullable SecurityQuestion securityQuestion,
        @Nullable Boolean active,
        @Nullable Instant lockedUntil,
        @Nullable Instant lastLoginAt,
        int version,
        Instant createdAt,
        Instant updatedAt) {

    /** Global id of the user. */
    public String subjectId() {
        return new NodeId(User.TYPE, id).encoded();
    }
}
