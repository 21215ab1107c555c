package org.expirytracker.limits;

import java.time.Clock;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Wiring;

/** GraphQL fields of the limits room. */
public final class LimitFetchers implements Fetchers {

    private final Clock clock;

    /** Fields that say when a budget is full again. */
    public LimitFetchers(Clock clock) {
        this.clock = clock;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("rateLimit", this::rateLimit);
    }

    private RateLimit rateLimit(Field field) {
        return RateLimit.of(
                field.ofRequest(Receipt.class).orElseThrow(() -> new IllegalStateException("This was not paid for")),
                clock);
    }
}
