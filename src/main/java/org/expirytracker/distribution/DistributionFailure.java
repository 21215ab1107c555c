package org.expirytracker.distribution;

import java.io.Serial;

/** Distributing failed on the way. Its message says what to do; what was committed before stays, and goes on from there. */
public final class DistributionFailure extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1;

    DistributionFailure(String message) {
        super(message);
    }

    DistributionFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
