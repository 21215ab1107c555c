package org.expirytracker.accounts;

import java.time.Instant;
import org.expirytracker.kernel.Caller;
import org.jspecify.annotations.Nullable;

/**
 * What a valid access token or API token proves.
 *
 * @param expiresAt when the token stops working: a connection that outlives it must end or bring a new one; null for an
 *     API token, whose end is noticed by asking for it again
 */
public record Authenticated(Caller caller, @Nullable Instant expiresAt) {}
