package org.expirytracker.http;

import io.vertx.core.Future;
import org.expirytracker.credentials.Authenticated;

/** Tells whose an access token or API token is. */
@FunctionalInterface
public interface Authentication {

    /**
     * Who sends a token.
     *
     * @return fails with {@code UNAUTHENTICATED} when the token is not valid or its session has ended (with {@link
     *     org.expirytracker.credentials.AccessTokens#expired} when it has run out), and with
     *     {@code UNAVAILABLE} when that cannot be told just now
     */
    Future<Authenticated> authenticate(String token);
}
