package org.expirytracker.administration;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.Objects;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Author;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.login.LoginAttempt;
import org.expirytracker.users.Particulars;
import org.expirytracker.users.User;

/** GraphQL fields with which administrators look after accounts. */
public final class AdministrationFetchers implements Fetchers {

    private static final String BY_USERNAME = "users by username";

    private final Administration administration;

    /** Fields over one event loop's administration. */
    public AdministrationFetchers(Administration administration) {
        this.administration = administration;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("users", this::users)
                .query("userLoginAttempts", this::userLoginAttempts)
                .mutation("lockUser", this::lockUser)
                .mutation("unlockUser", this::unlockUser)
                .mutation("deactivateUser", this::deactivateUser)
                .mutation("activateUser", this::activateUser)
                .mutation("promoteUser", this::promoteUser)
                .mutation("demoteUser", this::demoteUser)
                .mutation("resetTwoFactor", this::resetTwoFactor)
                .mutation("issuePasswordReset", this::issuePasswordReset)
                .connection("UserConnection");
    }

    /** Answer of the mutations that change another user's account. */
    public record UserPayload(User user) implements Payload {}

    /** Answer of {@code issuePasswordReset}. */
    public record PasswordResetPayload(String token, Instant expiresAt) implements Payload {
        /** Without the token: it may end up in a log. */
        @Override
        public String toString() {
            return "PasswordResetPayload[expiresAt=" + expiresAt + "]";
        }
    }

    private Future<Connection<User>> users(Field field) {
        Page page = Page.of(field);
        Input input = Input.arguments(field);
        String search = input.optionalText("search", Particulars.MOST_EMAIL);
        input.check();
        String place = Cursor.decode(page, BY_USERNAME, keys -> keys.getFirst());
        return administration
                .list(page, search, place)
                .map(found -> Connection.of(
                        found,
                        page,
                        user -> Cursor.encode(BY_USERNAME, user.username()),
                        counting -> administration.count(search)));
    }

    private Future<Connection<LoginAttempt>> userLoginAttempts(Field field) {
        Page page = Page.of(field);
        Input input = Input.arguments(field);
        UserId target = new UserId(input.id("userId", User.TYPE));
        input.check();
        return administration.attempts(target, page);
    }

    @FunctionalInterface
    private interface Act<T> {
        Future<T> on(Author author, UserId target);
    }

    private static <T> Future<T> act(Field field, Input input, Act<T> act) {
        ActivityLog.refuseKey(field);
        UserId target = new UserId(input.id("userId", User.TYPE));
        input.check();
        return act.on(Author.administrator(field.caller().userId()), target);
    }

    private static Future<UserPayload> act(Field field, Act<User> act) {
        return act(field, Input.of(field), act).map(UserPayload::new);
    }

    private Future<UserPayload> lockUser(Field field) {
        Input input = Input.of(field);
        Instant until = Objects.requireNonNull(input.optionalInstant("until"));
        return act(field, input, (author, target) -> administration.lock(author, target, until))
                .map(UserPayload::new);
    }

    private Future<UserPayload> unlockUser(Field field) {
        return act(field, administration::unlock);
    }

    private Future<UserPayload> deactivateUser(Field field) {
        return act(field, administration::deactivate);
    }

    private Future<UserPayload> activateUser(Field field) {
        return act(field, administration::activate);
    }

    private Future<UserPayload> promoteUser(Field field) {
        return act(field, administration::promote);
    }

    private Future<UserPayload> demoteUser(Field field) {
        return act(field, administration::demote);
    }

    private Future<UserPayload> resetTwoFactor(Field field) {
        return act(field, administration::resetTwoFactor);
    }

    private Future<PasswordResetPayload> issuePasswordReset(Field field) {
        return act(field, Input.of(field), administration::issuePasswordReset)
                .map(reset -> new PasswordResetPayload(reset.token(), reset.expiresAt()));
    }
}
