package org.expirytracker.login;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Somebody tried to log in.
 *
 * @param userAgent what the client called itself; null when unknown
 * @param address the client's network address; null when unknown
 */
public record LoginAttempt(
        UUID id,
        Outcome outcome,
        @Nullable String userAgent,
        @Nullable String address,
        Instant createdAt) {

    /** What came of it. */
    public enum Outcome {
        /** A session was opened. */
        SUCCEEDED,
        /** The password was right; the second factor was asked for. */
        CODE_ASKED,
        /** The password was wrong. */
        WRONG_PASSWORD,
        /** The code of the second factor was wrong. */
        WRONG_CODE,
        /** The password was right, but the account is locked by an administrator, not active, or not yet verified. */
        REFUSED,
        /** Nothing was looked at, after too many wrong ones. */
        BLOCKED
    }
}
