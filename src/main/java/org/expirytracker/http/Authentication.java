package org.expirytracker.http;

import io.vertx.core.Future;
import java.time.Instant;
import org.expirytracker.kernel.Caller;

/** Tells whose an access token is. */
@FunctionalInterface
public interface Authentication {

    /**
     * The live session that a token stands for.
     *
     * @return fails with {@code UNAUTHENTICATED} when the token is not valid or its session has ended, and with
     *     {@code UNAVAILABLE} when that cannot be told just now
     */
    Future<Authenticated> authenticate(String accessToken);

    /**
     * A valid token.
     *
     * @param expiresAt when it stops being valid
     */
    record Authenticated(Caller caller, Instant expiresAt) {}
}
