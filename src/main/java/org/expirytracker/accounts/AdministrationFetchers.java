package org.expirytracker.accounts;

import graphql.schema.DataFetchingEnvironment;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.Objects;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Author;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;

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

    private Future<Connection<User>> users(DataFetchingEnvironment env) {
        Page page = Page.of(env);
        Input input = Input.arguments(env);
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

    private Future<Connection<LoginAttempt>> userLoginAttempts(DataFetchingEnvironment env) {
        Page page = Page.of(env);
        Input input = Input.arguments(env);
        UserId target = new UserId(input.id("userId", NodeId.Type.User));
        input.check();
        return administration.attempts(target, page);
    }

    @FunctionalInterface
    private interface Act<T> {
        Future<T> on(Author author, UserId target);
    }

    private static <T> Future<T> act(DataFetchingEnvironment env, Input input, Act<T> act) {
        ActivityLog.refuseKey(env);
        UserId target = new UserId(input.id("userId", NodeId.Type.User));
        input.check();
        return act.on(Author.administrator(Fetchers.caller(env).userId()), target);
    }

    private static Future<UserPayload> act(DataFetchingEnvironment env, Act<User> act) {
        return act(env, Input.of(env), act).map(UserPayload::new);
    }

    private Future<UserPayload> lockUser(DataFetchingEnvironment env) {
        Input input = Input.of(env);
        Instant until = Objects.requireNonNull(input.optionalInstant("until"));
        return act(env, input, (author, target) -> administration.lock(author, target, until))
                .map(UserPayload::new);
    }

    private Future<UserPayload> unlockUser(DataFetchingEnvironment env) {
        return act(env, administration::unlock);
    }

    private Future<UserPayload> deactivateUser(DataFetchingEnvironment env) {
        return act(env, administration::deactivate);
    }

    private Future<UserPayload> activateUser(DataFetchingEnvironment env) {
        return act(env, administration::activate);
    }

    private Future<UserPayload> promoteUser(DataFetchingEnvironment env) {
        return act(env, administration::promote);
    }

    private Future<UserPayload> demoteUser(DataFetchingEnvironment env) {
        return act(env, administration::demote);
    }

    private Future<UserPayload> resetTwoFactor(DataFetchingEnvironment env) {
        return act(env, administration::resetTwoFactor);
    }

    private Future<PasswordResetPayload> issuePasswordReset(DataFetchingEnvironment env) {
        return act(env, Input.of(env), administration::issuePasswordReset)
                .map(reset -> new PasswordResetPayload(reset.token(), reset.expiresAt()));
    }
}
