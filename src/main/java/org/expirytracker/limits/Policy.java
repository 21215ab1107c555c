package org.expirytracker.limits;

import java.time.Duration;

/**
 * The size of a kind of budget: a bucket that is full at first, is drained by what is spent, and fills again steadily.
 *
 * @param name what clients and the table {@code budgets} know it by
 * @param capacity points in a full one, at least 1
 * @param restore points that come back each second, more than 0
 */
public record Policy(String name, int capacity, double restore) {

    /** The name of the one budget that is counted in operations. */
    static final String CREDENTIALS = "credentials";

    boolean isOfCredentials() {
        return name.equals(CREDENTIALS);
    }

    Duration timeToRestore(double points) {
        return Duration.ofMillis((long) Math.ceil(Math.max(0, points) / restore * 1_000));
    }
}
