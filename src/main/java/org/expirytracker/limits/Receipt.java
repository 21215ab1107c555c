package org.expirytracker.limits;

import java.time.Duration;

/**
 * What a budget says to a request.
 *
 * @param price what was asked of it, in points
 * @param granted whether it had enough; otherwise nothing was taken
 * @param policy of the budget
 * @param remaining points left, never negative; others may have spent some of them by now
 * @param retryAfter when it will have enough, if nobody else spends; zero when granted
 */
public record Receipt(int price, boolean granted, Policy policy, long remaining, Duration retryAfter) {

    /** Whole seconds until it will have enough, at least 1: what Retry-After takes (RFC 9110, section 10.2.3). */
    public long retrySeconds() {
        return Math.max(1, retryAfter.plusMillis(999).toSeconds());
    }

    /** What whoever is not granted so many points is told. */
    public String refusal(int cost) {
        return policy.isOfCredentials()
                ? "Too many passwords, codes and tokens were sent from your network. Try again in %d s."
                        .formatted(retrySeconds())
                : "This operation costs %d, and your budget has %d left. Try again in %d s."
                        .formatted(cost, remaining, retrySeconds());
    }

    /** Until the budget is full again, if nobody spends. */
    public Duration untilFull() {
        return policy.timeToRestore(policy.capacity() - (double) remaining);
    }
}
