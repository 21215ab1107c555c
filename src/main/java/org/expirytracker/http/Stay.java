package org.expirytracker.http;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * The time that a caller may stay on a connection which outlives a request. It takes one of the user's places, and is
 * over when the token expires, when the session has ended, and when the caller may do something else now than before.
 */
final class Stay {

    /** Why a stay is over. */
    enum Over {
        /** The token has run out: with a new one it may go on. */
        EXPIRED,
        /** The caller may do something else now: beginning again tells what. */
        CHANGED,
        /** The session has ended, or the API token: the same token opens nothing any more. */
        ENDED
    }

    private static final long NEVER = -1;

    private final Vertx vertx;
    private final Occupancy occupancy;
    private final Consumer<Over> over;
    private final long expiry;
    private Authenticated known;
    private boolean ended;

    private Stay(Vertx vertx, Occupancy occupancy, InstantSource clock, Authenticated known, Consumer<Over> over) {
        this.vertx = vertx;
        this.occupancy = occupancy;
        this.known = known;
        this.over = over;
        this.expiry = expiry(vertx, clock, known.expiresAt(), over);
    }

    private static long expiry(Vertx vertx, InstantSource clock, @Nullable Instant expiresAt, Consumer<Over> over) {
        if (expiresAt == null) {
            return NEVER;
        }
        long millis = Duration.between(clock.instant(), expiresAt).toMillis();
        return vertx.setTimer(Math.max(millis, 1), timer -> over.accept(Over.EXPIRED));
    }

    /**
     * Begins a stay on the event loop that calls.
     *
     * @param over called when the caller may stay no longer, until {@link #end}
     * @return empty when the user has as many connections as they may
     */
    static Optional<Stay> begin(
            Vertx vertx, Occupancy occupancy, InstantSource clock, Authenticated authenticated, Consumer<Over> over) {
        return occupancy.takePlace(authenticated.caller().userId())
                ? Optional.of(new Stay(vertx, occupancy, clock, authenticated, over))
                : Optional.empty();
    }

    Caller caller() {
        return known.caller();
    }

    /** Asks again who the caller is. Whoever cannot be checked just now stays. */
    void check() {
        known.again().get().onComplete(this::isStill, failure -> {
            if (!ended && Problem.isUnauthenticated(failure)) {
                over.accept(Over.ENDED);
            } else if (!ended && Problem.isForbidden(failure)) {
                over.accept(Over.CHANGED);
            }
        });
    }

    private void isStill(Caller caller) {
        if (ended) {
            return;
        }
        if (caller.holds().equals(known.caller().holds())
                && caller.role() == known.caller().role()) {
            known = new Authenticated(caller, known.expiresAt(), known.again());
        } else {
            over.accept(Over.CHANGED);
        }
    }

    /** Gives the place back; a second time does nothing. */
    void end() {
        if (!ended) {
            ended = true;
            vertx.cancelTimer(expiry);
            occupancy.leavePlace(known.caller().userId());
        }
    }
}
