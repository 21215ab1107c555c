package org.expirytracker.login;

import java.time.Instant;

/**
 * A login that waits for its second factor.
 *
 * @param token handed to {@code verifyTwoFactor}
 * @param expiresAt when it stops working
 */
public record TwoFactorChallenge(String token, Instant expiresAt) implements Login.Admission {

    /** Without the token: it may end up in a log. */
    @Override
    public String toString() {
        return "TwoFactorChallenge[expiresAt=" + expiresAt + "]";
    }
}
