package org.expirytracker.credentials;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.UserId;

/**
 * Remembers for less than a second which sessions live, so that a busy client costs one look a second. What this node
 * ends is forgotten at once; what another node ends is noticed when the memory fades. One for each process, shared by
 * its event loops.
 */
public final class LiveSessions {

    /** With the time that a look takes, below the second within which an end must be noticed. */
    private static final Duration MEMORY = Duration.ofMillis(500);

    private static final int MOST_SESSIONS = 100_000;

    // Failures are values here: the cache would log each failed look, and there are many while PostgreSQL is away.
    private final AsyncCache<SessionKey, AsyncResult<Optional<Caller>>> sessions = Caffeine.newBuilder()
            .expireAfterWrite(MEMORY)
            .maximumSize(MOST_SESSIONS)
            .buildAsync();

    /**
     * The caller behind a live session, or another proof that can end; empty when it does not live.
     *
     * @param context where the answer is wanted
     * @param key of the session; of another proof, with what tells it from every other, forged ones as well
     * @param look asks the database, when the answer is not remembered; concurrent askers share one look
     */
    public Future<Optional<Caller>> find(Context context, SessionKey key, Supplier<Future<Optional<Caller>>> look) {
        CompletableFuture<AsyncResult<Optional<Caller>>> found =
                sessions.get(key, (absent, executor) -> look(look).toCompletableFuture());
        if (found.isDone()) {
            return answer(key, found, found.join());
        }
        return Future.fromCompletionStage(found, context).compose(result -> answer(key, found, result));
    }

    private static CompletableFuture<AsyncResult<Optional<Caller>>> look(Supplier<Future<Optional<Caller>>> look) {
        return look.get()
                .transform(result -> Future.<AsyncResult<Optional<Caller>>>succeededFuture(result))
                .toCompletionStage()
                .toCompletableFuture();
    }

    private Future<Optional<Caller>> answer(
            SessionKey key,
            CompletableFuture<AsyncResult<Optional<Caller>>> found,
            AsyncResult<Optional<Caller>> result) {
        if (result.succeeded()) {
            return Future.succeededFuture(result.result());
        }
        sessions.asMap().remove(key, found);
        return Future.failedFuture(result.cause());
    }

    /** Forgets one session, after the commit that ended it. A look under way is not remembered either. */
    public void forget(UserId userId, UUID sessionId) {
        sessions.asMap()
                .keySet()
                .removeIf(key -> key.userId().equals(userId) && key.sessionId().equals(sessionId));
    }

    /** Forgets every session of a user, after the commit that changed them or the user. */
    public void forget(UserId userId) {
        sessions.asMap().keySet().removeIf(key -> key.userId().equals(userId));
    }
}
