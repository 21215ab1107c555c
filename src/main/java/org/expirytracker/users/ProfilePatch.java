package org.expirytracker.users;

import java.time.ZoneId;
import java.util.Optional;
import java.util.function.Function;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Changes to a user's own particulars. What is null stays as it is.
 *
 * @param expected which version of them was read
 * @param username of the form that {@link Particulars} asks for, as are the address and the time zone
 * @param leadDays 0 to 3650
 * @param turnHour 0 to 23
 * @param password proves that another address is wanted; empty when none was given
 */
record ProfilePatch(
        ExpectedVersion expected,
        @Nullable String username,
        @Nullable String email,
        @Nullable ZoneId timeZone,
        @Nullable Integer leadDays,
        @Nullable Integer turnHour,
        String password) {

    /** Reads one; what is wrong is noted in the input. */
    static ProfilePatch of(Input input) {
        String username = text(input, "username", Particulars.MOST_USERNAME, Particulars::usernameObjection);
        String email = text(input, "email", Particulars.MOST_EMAIL, Particulars::emailObjection);
        ZoneId timeZone = required(input, "timeZone", input.optionalZone("timeZone"));
        Integer leadDays = required(input, "leadDays", input.optionalInt("leadDays", 0, Particulars.MOST_LEAD_DAYS));
        Integer turnHour = required(input, "turnHour", input.optionalInt("turnHour", 0, Particulars.MOST_TURN_HOUR));
        if (timeZone != null) {
            reject(input, "timeZone", Particulars.timeZoneObjection(timeZone));
        }
        String password = input.exactText("password", Particulars.MOST_PASSWORD);
        return new ProfilePatch(input.expectedVersion(), username, email, timeZone, leadDays, turnHour, password);
    }

    private static @Nullable String text(
            Input input, String name, int most, Function<String, Optional<String>> objection) {
        if (!input.has(name)) {
            return null;
        }
        int errors = input.errors().size();
        String text = input.name(name, most);
        if (input.errors().size() == errors) {
            reject(input, name, objection.apply(text));
        }
        return text;
    }

    private static <V> @Nullable V required(Input input, String name, @Nullable V value) {
        if (value == null && input.has(name)) {
            input.reject(name, Problem.Code.INVALID, name + " must not be null; leave it out to keep it as it is.");
        }
        return value;
    }

    private static void reject(Input input, String name, Optional<String> objection) {
        objection.ifPresent(message -> input.reject(name, Problem.Code.INVALID, message));
    }

    /** The user as they are to be. */
    User applyTo(User user) {
        return new User(
                user.id(),
                username == null ? user.username() : username,
                email == null ? user.email() : email,
                user.emailVerified(),
                user.role(),
                timeZone == null ? user.timeZone() : timeZone,
                leadDays == null ? user.leadDays() : leadDays,
                turnHour == null ? user.turnHour() : turnHour,
                user.twoFactorEnabled(),
                user.securityQuestion(),
                user.active(),
                user.lockedUntil(),
                user.lastLoginAt(),
                user.version(),
                user.createdAt(),
                user.updatedAt());
    }

    /** Without the password: it may end up in a log. */
    @Override
    public String toString() {
        return "ProfilePatch[username=%s, email=%s, timeZone=%s, leadDays=%s, turnHour=%s]"
                .formatted(username, email, timeZone, leadDays, turnHour);
    }
}
