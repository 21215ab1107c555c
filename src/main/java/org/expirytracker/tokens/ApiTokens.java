package org.expirytracker.tokens;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.credentials.OpaqueToken;
import org.expirytracker.credentials.SessionKey;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.recovery.PasswordWatch;
import org.jspecify.annotations.Nullable;

/**
 * What programs prove with an API token, and how a user makes and revokes one. A token works until it is revoked or
 * expires, or until its user's password is set anew, and only while its user may act: an end of either is noticed as the end of a session is.
 */
public final class ApiTokens implements PasswordWatch {

    private static final int MOST_LIVE = 50;
    private static final long NOTING_MILLIS = 1_000;

    private final Vertx vertx;
    private final Database database;
    private final ActivityLog log;
    private final LiveSessions live;
    private final Clock clock;
    private final ApiTokenRepository repository = new ApiTokenRepository();
    private final Set<Caller> unnoted = new HashSet<>();

    /**
     * Tokens over one event loop's connections.
     *
     * @param live one for the process
     */
    public ApiTokens(Vertx vertx, Database database, ActivityLog log, LiveSessions live, Clock clock) {
        this.vertx = vertx;
        this.database = database;
        this.log = log;
        this.live = live;
        this.clock = clock;
    }

    /** Answer of {@code createApiToken}; the token is shown this once. */
    record Created(ApiToken apiToken, String token) implements Payload {
        @Override
        public String toString() {
            return "Created[" + apiToken + "]";
        }
    }

    /**
     * Answer of {@code revokeApiToken}.
     *
     * @param changed whether this call revoked it; null in an answer that a former release has kept
     */
    record Revoked(ApiToken apiToken, @Nullable Boolean changed) implements Payload {}

    /** Whether a bearer's token is meant to be an API token, be it a good one or not. */
    public static boolean isOne(String token) {
        return token.startsWith(OpaqueToken.Kind.API.prefix());
    }

    /**
     * Who sends an API token.
     *
     * @param text as it came after {@code Bearer}
     * @param inventory in which they want to act; empty for that of the token
     * @return fails with {@code UNAUTHENTICATED} when the token proves nothing, {@code FORBIDDEN} when it works in another
     *     inventory, {@code UNAVAILABLE} when the database does not answer
     */
    public Future<Authenticated> authenticate(String text, Optional<InventoryId> inventory) {
        Optional<OpaqueToken> token = OpaqueToken.decode(OpaqueToken.Kind.API, text);
        if (token.isEmpty()) {
            return Future.failedFuture(unauthenticated());
        }
        return require(token.get()).map(caller -> {
            if (inventory.isPresent() && !inventory.get().equals(caller.inventoryId())) {
                throw Problem.of(
                        Problem.Code.FORBIDDEN,
                        "This API token works in another inventory. Leave out the header Expiry-Inventory, or use a token "
                                + "that was made for that inventory.");
            }
            return new Authenticated(caller, null, () -> require(token.get()));
        });
    }

    private Future<Caller> require(OpaqueToken token) {
        // A token is fixed to one inventory: its own fingerprint is all that tells it from others.
        SessionKey key = new SessionKey(token.userId(), fingerprint(token), InventoryId.ownOf(token.userId()));
        return live.find(vertx.getOrCreateContext(), key, () -> findLive(token))
                .map(found -> found.orElseThrow(ApiTokens::unauthenticated));
    }

    /** Tells a token from every other, also from a forged one that bears its ids. */
    private static UUID fingerprint(OpaqueToken token) {
        Buffer hash = token.hash();
        return new UUID(hash.getLong(0), hash.getLong(Long.BYTES));
    }

    private Future<Optional<Caller>> findLive(OpaqueToken token) {
        return repository.findLive(database.reads(), token).map(found -> {
            found.filter(ApiTokenRepository.Live::unnoted).ifPresent(used -> note(used.caller()));
            return found.map(ApiTokenRepository.Live::caller);
        });
    }

    /** Notes that a token is used: soon, together with others, so that no request waits for it. */
    private void note(Caller caller) {
        if (unnoted.isEmpty()) {
            vertx.setTimer(NOTING_MILLIS, due -> {
                Set<Caller> callers = Set.copyOf(unnoted);
                unnoted.clear();
                // What fails here is noted when the token is next looked up.
                repository.used(database.reads(), callers);
            });
        }
        unnoted.add(caller);
    }

    private static Problem unauthenticated() {
        return Problem.of(
                Problem.Code.UNAUTHENTICATED,
                "The API token is not valid, or not any more. Its user can create a new one with the mutation createApiToken.");
    }

    /**
     * Makes a token for the inventory in which the caller acts. Its answer is secret, so none is kept for a repetition.
     *
     * @return fails with {@code INVALID} at {@code expiresAt} when that does not lie ahead, {@code CONFLICT} when as many
     *     tokens as may be work already
     */
    Future<Created> create(Caller caller, NewApiToken wanted) {
        Optional<String> objection = wanted.expiryObjection(clock.instant());
        if (objection.isPresent()) {
            return Future.failedFuture(
                    Problem.at(Problem.Code.INVALID, List.of("input", "expiresAt"), objection.get()));
        }
        OpaqueToken token = OpaqueToken.create(OpaqueToken.Kind.API, caller.userId(), RowIds.next());
        return log.change(
                caller.userId(),
                caller.sessionId(),
                change -> repository
                        .insert(change.connection(), token, wanted, caller.inventoryId(), MOST_LIVE)
                        .map(inserted -> {
                            ApiToken created = inserted.orElseThrow(ApiTokens::tooMany);
                            change.record(ApiTokenActivities.API_TOKEN_CREATED, created.id(), null, created);
                            return new Created(created, token.encoded());
                        }));
    }

    private static Problem tooMany() {
        return Problem.of(
                Problem.Code.CONFLICT,
                "You have %d API tokens that work, as many as there may be. Revoke one first.".formatted(MOST_LIVE));
    }

    /**
     * Revokes a token; one that was revoked before stays as it is.
     *
     * @return fails with {@code NOT_FOUND} at {@code id}
     */
    Future<Revoked> revoke(Actor actor, UUID id) {
        return log.change(actor, Revoked.class, change -> require(change, id).compose(before -> revoke(change, before)))
                .onSuccess(revoked -> live.forget(actor.caller().userId()));
    }

    private Future<Revoked> revoke(Change change, ApiToken before) {
        return repository
                .revoke(change.connection(), change.userId(), before.id())
                .map(revoked -> {
                    revoked.ifPresent(
                            after -> change.record(ApiTokenActivities.API_TOKEN_REVOKED, after.id(), before, after));
                    return new Revoked(revoked.orElse(before), revoked.isPresent());
                });
    }

    @Override
    public Future<?> passwordChanged(Change change) {
        return repository
                .revokeAll(change.connection(), change.userId())
                .onSuccess(revoked -> revoked.forEach(after ->
                        change.record(ApiTokenActivities.API_TOKEN_REVOKED, after.id(), after.unrevoked(), after)));
    }

    private Future<ApiToken> require(Change change, UUID id) {
        return repository
                .find(change.connection(), change.userId(), List.of(id))
                .map(found -> {
                    @Nullable ApiToken token = found.get(id);
                    if (token == null) {
                        throw Problem.at(
                                Problem.Code.NOT_FOUND, List.of("input", "id"), "There is no API token with this id.");
                    }
                    return token;
                });
    }
}
