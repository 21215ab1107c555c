package org.expirytracker.limits;

import java.time.Clock;
import java.time.Instant;

/**
 * What the operation that asks for it costs, and what that leaves (GraphQL type {@code RateLimit}).
 *
 * @param cost in points
 * @param limit points of the full budget
 * @param remaining points left after this operation
 * @param resetAt when it is full again, if nobody spends
 */
record RateLimit(int cost, int limit, long remaining, Instant resetAt) {

    static RateLimit of(Receipt receipt, Clock clock) {
        return new RateLimit(
                receipt.price(),
                receipt.policy().capacity(),
                receipt.remaining(),
                clock.instant().plus(receipt.untilFull()));
    }
}
