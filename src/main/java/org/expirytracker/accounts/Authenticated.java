package org.expirytracker.accounts;

import java.time.Instant;
import org.expirytracker.kernel.Caller;

/**
 * What a valid access token proves.
 *
 * @param expiresAt when the token stops working: a connection that outlives it must end or bring a new one
 */
public record Authenticated(Caller caller, Instant expiresAt) {}
