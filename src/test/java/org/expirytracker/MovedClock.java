package org.expirytracker;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.expirytracker.credentials.Totp;

/** A clock that stands still until a test moves it. Several nodes may share what one says. */
public final class MovedClock extends Clock {

    private volatile Instant now = Instant.parse("2026-11-22T12:00:15Z");

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    public void pass(Duration time) {
        now = now.plus(time);
    }

    /** The step of the codes that are good now. */
    public long step() {
        return Totp.stepAt(now);
    }
}
