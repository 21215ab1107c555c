package org.expirytracker.credentials;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.function.Supplier;
import org.expirytracker.kernel.Caller;
import org.jspecify.annotations.Nullable;

/**
 * What a valid access token or API token proves.
 *
 * @param expiresAt when the token stops working: a connection that outlives it must end or bring a new one; null for an
 *     API token, whose end is noticed by asking again
 * @param again asks again who the caller is, for a connection that stays open: fails with {@code UNAUTHENTICATED} when
 *     their session or token has ended, {@code UNAVAILABLE} when that cannot be told just now
 */
public record Authenticated(Caller caller, @Nullable Instant expiresAt, Supplier<Future<Caller>> again) {}
