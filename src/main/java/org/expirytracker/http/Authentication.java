package org.expirytracker.http;

import io.vertx.core.Future;
import java.util.Optional;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.kernel.InventoryId;

/** Tells whose an access token or API token is. */
@FunctionalInterface
public interface Authentication {

    /**
     * Who sends a token, and acts where.
     *
     * @param inventory in which they want to act; empty for that of the API token, or the user's own
     * @return fails with {@code UNAUTHENTICATED} when the token is not valid or its session has ended (with {@link
     *     org.expirytracker.credentials.AccessTokens#expired} when it has run out), with
     *     {@code FORBIDDEN} when they may not act in that inventory, and with {@code UNAVAILABLE} when that cannot be told
     *     just now
     */
    Future<Authenticated> authenticate(String token, Optional<InventoryId> inventory);
}
