package org.expirytracker.accounts;

import graphql.schema.DataFetchingEnvironment;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * Who may come in, and for how long: registering, logging in and out, and what every access token is checked against.
 * A session lives until it is ended or was not used for 30 days; its access tokens live for minutes.
 */
public final class Accounts {

    private final Vertx vertx;
    private final Database database;
    private final ActivityLog log;
    private final AccessTokens tokens;
    private final Passwords passwords;
    private final LiveSessions live;
    private final LeadDaysWatch watch;
    private final UserRepository users = new UserRepository();
    private final SessionRepository sessions = new SessionRepository();

    /**
     * Accounts over one event loop's connections.
     *
     * @param tokens one for the process
     * @param passwords one for the process
     * @param live one for the process
     * @param watch what follows for a user's items
     */
    public Accounts(
            Vertx vertx,
            Database database,
            ActivityLog log,
            AccessTokens tokens,
            Passwords passwords,
            LiveSessions live,
            LeadDaysWatch watch) {
        this.vertx = vertx;
        this.database = database;
        this.log = log;
        this.tokens = tokens;
        this.passwords = passwords;
        this.live = live;
        this.watch = watch;
    }

    /** A session that was opened or continued, and whose it is. */
    public record Opened(Session session, User viewer) implements Payload {}

    /** Answer of the mutations that change a user. */
    public record ViewerPayload(User viewer) implements Payload {}

    /**
     * Who sends an access token: its signature and times are checked, and that its session lives and its user is
     * active. An end is noticed at once on the node that ended it, and within a second on the others.
     *
     * @param accessToken as it came after {@code Bearer}
     * @return fails with {@code UNAUTHENTICATED} when the token proves nothing, {@code UNAVAILABLE} when the database
     *     does not answer
     */
    public Future<Authenticated> authenticate(String accessToken) {
        return tokens.read(accessToken)
                .compose(claims -> findLive(claims)
                        .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                        .map(caller -> new Authenticated(caller, claims.expiresAt())));
    }

    private Future<Optional<Caller>> findLive(AccessTokens.Claims claims) {
        return live.find(
                vertx.getOrCreateContext(),
                claims.userId(),
                claims.sessionId(),
                () -> sessions.findLive(database.reads(), claims.userId(), claims.sessionId()));
    }

    /**
     * The user who is calling.
     *
     * @return fails with {@code UNAUTHENTICATED} when the account was deleted a moment ago
     */
    public Future<User> viewer(Caller caller) {
        return users.find(database.reads(), caller.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated));
    }

    /**
     * Opens an account and its first session.
     *
     * @param username 3 to 40 letters, digits, dots, hyphens and underscores
     * @param email has one @, up to 254 characters
     * @param password 15 to 256 characters, taken exactly as given
     * @param timeZone an IANA time zone that Java and PostgreSQL know
     * @return fails with {@code INVALID} naming each input that is wrong, {@code CONFLICT} when the username or the
     *     address is taken, {@code UNAVAILABLE}
     */
    public Future<Opened> register(String username, String email, String password, ZoneId timeZone, Device device) {
        try {
            Particulars.check(username, email, password, timeZone);
        } catch (Problem refused) {
            return Future.failedFuture(refused);
        }
        OpaqueToken refresh = OpaqueToken.create(OpaqueToken.Kind.REFRESH, new UserId(RowIds.next()), RowIds.next());
        return passwords
                .hash(password)
                .compose(hash -> log.firstChange(
                        refresh.userId(),
                        refresh.id(),
                        change -> users.insert(change.connection(), change.userId(), username, email, hash, timeZone)
                                .compose(user ->
                                        open(change, ActivityKind.ACCOUNT_REGISTERED, null, user, refresh, device))));
    }

    /**
     * Opens a session by name and password. An unknown name, a wrong password and an inactive account get the same
     * answer after the same work.
     *
     * @param name the username or the e-mail address; case does not count
     * @return fails with {@code WRONG_CREDENTIALS}, {@code CONFLICT} when the account asks for a second factor,
     *     {@code UNAVAILABLE}
     */
    public Future<Opened> login(String name, String password, Device device) {
        return users.findCredentials(database.reads(), name)
                .compose(found -> verify(found, password, Accounts::wrongLogin))
                .compose(credentials -> credentials.twoFactorEnabled()
                        ? Future.failedFuture(
                                Problem.of(
                                        Problem.Code.CONFLICT,
                                        "This account asks for a second factor, which this server cannot check yet. No session was opened."))
                        : login(credentials, device));
    }

    private Future<Opened> login(UserRepository.Credentials credentials, Device device) {
        OpaqueToken refresh = OpaqueToken.create(OpaqueToken.Kind.REFRESH, credentials.userId(), RowIds.next());
        return log.change(
                refresh.userId(),
                refresh.id(),
                change -> users.loggedIn(change.connection(), change.userId(), credentials.passwordHash())
                        .map(found -> found.orElseThrow(Accounts::wrongLogin))
                        .compose(user -> open(change, ActivityKind.ACCOUNT_LOGGED_IN, user, user, refresh, device)));
    }

    private Future<Opened> open(
            Change change, ActivityKind kind, @Nullable User before, User after, OpaqueToken refresh, Device device) {
        change.record(kind, after.id(), before, after);
        return sessions.open(change.connection(), refresh, device).map(opened -> opened(refresh, after));
    }

    private Opened opened(OpaqueToken refresh, User user) {
        AccessTokens.Issued access = tokens.issue(refresh.userId(), refresh.id());
        return new Opened(new Session(access.token(), refresh.encoded(), access.expiresAt()), user);
    }

    /** The same work whether or not there is such a user, and the same answer to all who are not let in. */
    private Future<UserRepository.Credentials> verify(
            Optional<UserRepository.Credentials> found, String password, Refusal refusal) {
        String hash = found.map(UserRepository.Credentials::passwordHash).orElse(null);
        return passwords
                .matches(password, hash)
                .map(matches -> found.filter(credentials -> matches && credentials.active())
                        .orElseThrow(refusal::problem));
    }

    private interface Refusal {
        Problem problem();
    }

    private static Problem wrongLogin() {
        return Problem.of(
                Problem.Code.WRONG_CREDENTIALS, "The name or the password is not right. Check both and try again.");
    }

    /**
     * Exchanges a refresh token for new tokens of the same session. Each works once, without grace: a second use means
     * that two hold it, so it ends the session for both (RFC 9700 section 4.14.2). A client whose answer got lost logs
     * in again.
     *
     * @param refreshToken the session's latest
     * @return fails with {@code WRONG_CREDENTIALS} for any token that is not good, {@code UNAVAILABLE}
     */
    public Future<Opened> refreshSession(String refreshToken) {
        Optional<OpaqueToken> decoded = OpaqueToken.decode(OpaqueToken.Kind.REFRESH, refreshToken);
        if (decoded.isEmpty()) {
            return Future.failedFuture(wrongRefreshToken());
        }
        OpaqueToken presented = decoded.get();
        OpaqueToken next = OpaqueToken.create(OpaqueToken.Kind.REFRESH, presented.userId(), presented.id());
        return database.transaction(connection -> sessions.rotate(connection, presented, next)
                        .compose(good -> good
                                ? users.find(connection, presented.userId())
                                : Future.succeededFuture(Optional.<User>empty())))
                .compose(user -> user.isPresent()
                        ? Future.succeededFuture(opened(next, user.get()))
                        : revokeIfSpent(presented).compose(revoked -> Future.failedFuture(wrongRefreshToken())));
    }

    private Future<Boolean> revokeIfSpent(OpaqueToken presented) {
        return sessions.isSpent(database.reads(), presented)
                .compose(spent -> spent
                        ? log.change(presented.userId(), presented.id(), change -> end(change, presented.id()))
                        : Future.succeededFuture(false))
                .onSuccess(revoked -> live.forget(presented.userId(), presented.id()));
    }

    private static Problem wrongRefreshToken() {
        return Problem.at(
                Problem.Code.WRONG_CREDENTIALS,
                List.of("input", "refreshToken"),
                "This refresh token does not work, or not any more. Log in again.");
    }

    /**
     * Ends the calling session, with every token of it.
     *
     * @return whether it had not ended before
     */
    public Future<Boolean> logout(Caller caller) {
        return log.change(caller.userId(), caller.sessionId(), change -> end(change, caller.sessionId()))
                .onSuccess(ended -> live.forget(caller.userId(), caller.sessionId()));
    }

    private Future<Boolean> end(Change change, UUID sessionId) {
        return sessions.revoke(change.connection(), change.userId(), sessionId)
                .compose(ended -> ended ? loggedOut(change).map(logged -> true) : Future.succeededFuture(false));
    }

    /**
     * Ends every session of the caller.
     *
     * @param exceptThis keep the calling one
     * @return how many ended
     */
    public Future<Integer> logoutEverywhere(Caller caller, boolean exceptThis) {
        return log.change(
                        caller.userId(),
                        caller.sessionId(),
                        change -> endAll(change, exceptThis ? caller.sessionId() : null))
                .onSuccess(ended -> live.forget(caller.userId()));
    }

    private Future<Integer> endAll(Change change, @Nullable UUID except) {
        return sessions.revokeAll(change.connection(), change.userId(), except)
                .compose(ended -> ended > 0 ? loggedOut(change).map(logged -> ended) : Future.succeededFuture(0));
    }

    private Future<User> loggedOut(Change change) {
        return require(change).onSuccess(user -> change.record(ActivityKind.ACCOUNT_LOGGED_OUT, user.id(), user, user));
    }

    private Future<User> require(Change change) {
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated));
    }

    /**
     * Changes the caller's own particulars.
     *
     * @param input holds {@code expectedVersion}, if it was given
     * @param patch puts what was asked in place of what is there; its result is of the required form
     * @return the user as they are then; fails with {@code STALE_VERSION}, {@code CONFLICT}, {@code INVALID}
     */
    Future<ViewerPayload> updateProfile(
            DataFetchingEnvironment env, Caller caller, Input input, UnaryOperator<User> patch) {
        return log.change(
                        env,
                        ViewerPayload.class,
                        change -> require(change)
                                .compose(before -> {
                                    input.requireVersion("profile", before.version());
                                    User after = patch.apply(before);
                                    return after.equals(before)
                                            ? Future.succeededFuture(before)
                                            : update(change, caller, before, after);
                                })
                                .map(ViewerPayload::new))
                .onSuccess(updated -> live.forget(caller.userId()));
    }

    private Future<User> update(Change change, Caller caller, User before, User after) {
        return users.update(change.connection(), change.userId(), after).compose(updated -> {
            change.record(ActivityKind.ACCOUNT_UPDATED, updated.id(), before, updated);
            return before.leadDays() == updated.leadDays()
                    ? Future.succeededFuture(updated)
                    : watch.leadDaysChanged(change, caller, null).map(followed -> updated);
        });
    }

    /**
     * Changes the password and ends every session but the calling one.
     *
     * @return fails with {@code WRONG_CREDENTIALS} at the current password, {@code INVALID} at the new one,
     *     {@code UNAVAILABLE}
     */
    public Future<User> changePassword(Caller caller, String currentPassword, String newPassword) {
        return viewer(caller)
                .map(user -> Particulars.passwordObjection("newPassword", newPassword, user.username(), user.email()))
                .compose(objection -> objection.isEmpty()
                        ? verify(caller, currentPassword, "currentPassword")
                        : Future.failedFuture(
                                Problem.at(Problem.Code.INVALID, List.of("input", "newPassword"), objection.get())))
                .compose(credentials -> changePassword(caller, credentials, newPassword));
    }

    private Future<User> changePassword(Caller caller, UserRepository.Credentials credentials, String newPassword) {
        return passwords
                .hash(newPassword)
                .compose(hash -> log.change(
                        caller.userId(),
                        caller.sessionId(),
                        change -> changePassword(change, caller, credentials, hash)))
                .onSuccess(changed -> live.forget(caller.userId()));
    }

    private Future<User> changePassword(
            Change change, Caller caller, UserRepository.Credentials credentials, String newHash) {
        return require(change)
                .compose(before -> users.changePassword(
                                change.connection(), change.userId(), credentials.passwordHash(), newHash)
                        .map(found -> found.orElseThrow(() -> wrongPassword("currentPassword")))
                        .compose(after -> {
                            change.record(ActivityKind.ACCOUNT_PASSWORD_CHANGED, after.id(), before, after);
                            return sessions.revokeAll(change.connection(), change.userId(), caller.sessionId())
                                    .map(ended -> after);
                        }));
    }

    /**
     * Deletes the account and everything in it, at once and for good.
     *
     * @return fails with {@code WRONG_CREDENTIALS}, {@code UNAVAILABLE}
     */
    public Future<Boolean> deleteAccount(Caller caller, String password) {
        return verify(caller, password, "password")
                .compose(credentials -> log.change(
                        caller.userId(),
                        caller.sessionId(),
                        change -> users.delete(change.connection(), change.userId(), credentials.passwordHash())))
                .map(deleted -> {
                    if (!deleted) {
                        throw wrongPassword("password");
                    }
                    live.forget(caller.userId());
                    return true;
                });
    }

    private Future<UserRepository.Credentials> verify(Caller caller, String password, String input) {
        return users.findCredentials(database.reads(), caller.userId())
                .compose(found -> verify(found, password, () -> wrongPassword(input)));
    }

    private static Problem wrongPassword(String input) {
        return Problem.at(Problem.Code.WRONG_CREDENTIALS, List.of("input", input), "The password is not right.");
    }
}
