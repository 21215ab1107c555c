package org.expirytracker.accounts;

import java.util.UUID;
import org.expirytracker.kernel.UserId;

/** A session and whose it is. */
record SessionKey(UserId userId, UUID sessionId) {}
