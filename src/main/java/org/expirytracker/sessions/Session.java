package org.expirytracker.sessions;

import java.time.Instant;

/**
 * A live session's tokens, handed out once.
 *
 * @param accessToken sent with every request
 * @param refreshToken exchanged once for new tokens
 * @param expiresAt when the access token stops working
 */
public record Session(String accessToken, String refreshToken, Instant expiresAt) {

    /** Without the tokens: it may end up in a log. */
    @Override
    public String toString() {
        return "Session[expiresAt=" + expiresAt + "]";
    }
}
