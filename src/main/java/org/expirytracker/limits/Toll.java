package org.expirytracker.limits;

import io.vertx.core.Future;
import java.util.Optional;
import org.expirytracker.kernel.Caller;
import org.jspecify.annotations.Nullable;

/** What is paid for a request before any of it is executed. */
@FunctionalInterface
public interface Toll {

    /**
     * Takes the price from the budgets of whoever asks, from all of them or from none.
     *
     * @param caller empty for a request without an access token
     * @param address the client's IP address; null when unknown
     * @param cost in points, at least 1
     * @param checksCredential whether a password, a code or a token is checked
     * @return the budget that was asked, or the first that has not enough; fails with {@code UNAVAILABLE} when that
     *     cannot be told just now
     */
    Future<Receipt> pay(Optional<Caller> caller, @Nullable String address, int cost, boolean checksCredential);
}
