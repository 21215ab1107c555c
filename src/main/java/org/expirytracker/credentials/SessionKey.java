package org.expirytracker.credentials;

import java.util.UUID;
import org.expirytracker.kernel.UserId;

/** A session and whose it is. */
public record SessionKey(UserId userId, UUID sessionId) {}
