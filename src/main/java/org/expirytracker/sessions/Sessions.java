package org.expirytracker.sessions;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.credentials.KnownDevices;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.credentials.SessionKey;
import org.expirytracker.db.Database;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.users.User;
import org.expirytracker.users.UserActivities;
import org.expirytracker.users.UserRepository;
import org.jspecify.annotations.Nullable;

/**
 * Staying in: what every access token is checked against, and how sessions begin, go on and end. A session lives until
 * it is ended or was not used for 30 days; its access tokens live for minutes. It is dead while its user is locked by
 * an administrator, and when they are not active.
 */
public final class Sessions {

    /** Most sessions that one statement looks at. */
    private static final int MOST_AT_ONCE = 1_000;

    private final Vertx vertx;
    private final Database database;
    private final ActivityLog log;
    private final AccessTokens tokens;
    private final LiveSessions live;
    private final UserRepository users = new UserRepository();
    private final SessionRepository sessions = new SessionRepository();
    private final KnownDevices devices = new KnownDevices();
    private Map<SessionKey, Promise<Optional<Caller>>> asked = new HashMap<>();

    /**
     * Sessions over one event loop's connections.
     *
     * @param tokens one for the process
     * @param live one for the process
     */
    public Sessions(Vertx vertx, Database database, ActivityLog log, AccessTokens tokens, LiveSessions live) {
        this.vertx = vertx;
        this.database = database;
        this.log = log;
        this.tokens = tokens;
        this.live = live;
    }

    /**
     * A session that was opened or continued, and whose it is.
     *
     * @param deviceToken tells this device at its next login; null when the session was continued
     */
    public record Opened(
            Session session, User viewer, @Nullable String deviceToken) implements Payload {

        /** Without the tokens: it may end up in a log. */
        @Override
        public String toString() {
            return "Opened[session=" + session + ", viewer=" + viewer + "]";
        }
    }

    /**
     * Who sends an access token: its signature and times are checked, and that its session lives and its user is
     * active. An end is noticed at once on the node that ended it, and within a second on the others.
     *
     * @param accessToken as it came after {@code Bearer}
     * @param inventory in which they want to act; empty for their own
     * @return fails with {@code UNAUTHENTICATED} when the token proves nothing, {@code FORBIDDEN} when they are no member
     *     of the inventory, {@code UNAVAILABLE} when the database does not answer
     */
    public Future<Authenticated> authenticate(String accessToken, Optional<InventoryId> inventory) {
        return tokens.read(accessToken).compose(claims -> {
            SessionKey key = new SessionKey(
                    claims.userId(), claims.sessionId(), inventory.orElse(InventoryId.ownOf(claims.userId())));
            return require(key).map(caller -> new Authenticated(caller, claims.expiresAt(), () -> require(key)));
        });
    }

    private Future<Caller> require(SessionKey key) {
        return live.find(vertx.getOrCreateContext(), key, () -> look(key))
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated));
    }

    /** Those asked for in one turn of the event loop are looked at together: many sockets ask at the same time. */
    private synchronized Future<Optional<Caller>> look(SessionKey key) {
        if (asked.isEmpty()) {
            vertx.runOnContext(turn -> lookAtAll());
        }
        Promise<Optional<Caller>> found = asked.computeIfAbsent(key, fresh -> Promise.promise());
        if (asked.size() == MOST_AT_ONCE) {
            lookAtAll();
        }
        return found.future();
    }

    private synchronized void lookAtAll() {
        Map<SessionKey, Promise<Optional<Caller>>> all = asked;
        if (all.isEmpty()) {
            return;
        }
        asked = new HashMap<>();
        sessions.findLive(database.reads(), List.copyOf(all.keySet()))
                .onSuccess(found -> all.forEach((key, answer) -> settle(answer, key, found)))
                .onFailure(failure -> all.values().forEach(answer -> answer.fail(failure)));
    }

    private static void settle(
            Promise<Optional<Caller>> answer, SessionKey key, Map<SessionKey, Optional<Caller>> live) {
        Optional<Caller> caller = live.getOrDefault(key, Optional.empty());
        if (caller.isEmpty() && live.containsKey(key)) {
            answer.fail(Membership.missing());
        } else {
            answer.complete(caller);
        }
    }

    /**
     * Opens a session in the transaction of a change, and makes its device known.
     *
     * @param kind what happened
     * @param before the user before it; null when they are new
     * @param refresh a new token of a new session
     * @param presented the token by which the device was known before, which stops working; empty for none
     */
    public Future<Opened> open(
            Change change,
            ActivityKind kind,
            @Nullable User before,
            User after,
            OpaqueToken refresh,
            Device device,
            Optional<OpaqueToken> presented) {
        change.record(kind, after.id(), before, after);
        OpaqueToken known = OpaqueToken.create(OpaqueToken.Kind.DEVICE, change.userId());
        return sessions.open(change.connection(), refresh, device)
                .compose(opened -> devices.remember(change.connection(), known, presented))
                .map(remembered -> opened(refresh, after, known.encoded()));
    }

    private Opened opened(OpaqueToken refresh, User user, @Nullable String deviceToken) {
        AccessTokens.Issued access = tokens.issue(refresh.userId(), refresh.id());
        return new Opened(new Session(access.token(), refresh.encoded(), access.expiresAt()), user, deviceToken);
    }

    /**
     * Exchanges a refresh token for new tokens of the same session. For 30 seconds by the database's clock, whoever
     * presents it again gets the same refresh token again, on whatever node: a client whose answer got lost, or two tabs
     * at once. Later, a second use means that two hold it, so it ends the session for both (RFC 9700 section 4.14.2).
     * A thief who comes within these seconds holds the same token as its owner: whichever of them exchanges it later
     * than that is found out.
     *
     * @param refreshToken the session's latest, or the one before it
     * @return fails with {@code WRONG_CREDENTIALS} for any token that is not good, {@code UNAVAILABLE}
     */
    public Future<Opened> refreshSession(String refreshToken) {
        Optional<OpaqueToken> decoded = OpaqueToken.decode(OpaqueToken.Kind.REFRESH, refreshToken);
        if (decoded.isEmpty()) {
            return Future.failedFuture(wrongRefreshToken());
        }
        OpaqueToken presented = decoded.get();
        return database.transaction(connection -> exchange(connection, presented)
                        .compose(next -> next.isPresent()
                                ? users.find(connection, presented.userId())
                                        .map(user -> user.map(known -> opened(next.get(), known, null)))
                                : Future.succeededFuture(Optional.<Opened>empty())))
                .compose(opened -> opened.map(Future::succeededFuture)
                        .orElseGet(() ->
                                endIfReused(presented).compose(ended -> Future.failedFuture(wrongRefreshToken()))));
    }

    private Future<Optional<OpaqueToken>> exchange(SqlConnection connection, OpaqueToken presented) {
        OpaqueToken next = tokens.successor(presented);
        return sessions.rotate(connection, presented, next)
                .compose(good -> good
                        ? Future.succeededFuture(Optional.of(next))
                        : exchangedLately(connection, presented, next));
    }

    /** What the token was exchanged for; or, where that was exchanged too, what it has come to. */
    private Future<Optional<OpaqueToken>> exchangedLately(
            SqlConnection connection, OpaqueToken presented, OpaqueToken next) {
        return sessions.findRepeated(connection, presented, next).compose(nextIsSpent -> {
            if (nextIsSpent.isEmpty()) {
                return Future.succeededFuture(Optional.empty());
            }
            return nextIsSpent.get()
                    ? exchangedLately(connection, next, tokens.successor(next))
                    : Future.succeededFuture(Optional.of(next));
        });
    }

    private Future<Boolean> endIfReused(OpaqueToken presented) {
        return sessions.isReused(database.reads(), presented)
                .compose(reused -> reused
                        ? log.change(presented.userId(), presented.id(), change -> end(change, presented.id()))
                        : Future.succeededFuture(false))
                .onSuccess(ended -> live.forget(presented.userId(), presented.id()));
    }

    private static Problem wrongRefreshToken() {
        return Problem.at(
                Problem.Code.WRONG_CREDENTIALS,
                List.of("input", "refreshToken"),
                "This refresh token does not work, or not any more. Log in again.");
    }

    /**
     * Ends a session of the caller, with every token of it.
     *
     * @return whether it lived until now
     */
    public Future<Boolean> end(Caller caller, UUID sessionId) {
        return log.change(caller.userId(), caller.sessionId(), change -> end(change, sessionId))
                .onSuccess(ended -> live.forget(caller.userId(), sessionId));
    }

    /**
     * Ends a session that the caller has chosen from their list.
     *
     * @return fails with {@code NOT_FOUND} at {@code id} when none of theirs with this id lives
     */
    Future<?> revoke(Caller caller, UUID sessionId) {
        return end(caller, sessionId)
                .compose(ended -> ended
                        ? Future.succeededFuture()
                        : Future.failedFuture(Problem.at(
                                Problem.Code.NOT_FOUND,
                                List.of("input", "id"),
                                "You have no live session of this id. Take one from the query sessions.")));
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
        return users.find(change.connection(), change.userId())
                .map(found -> found.orElseThrow(AccessTokens::unauthenticated))
                .onSuccess(user -> change.record(UserActivities.ACCOUNT_LOGGED_OUT, user.id(), user, user));
    }
}
