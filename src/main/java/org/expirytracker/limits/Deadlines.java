package org.expirytracker.limits;

import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.Duration;

/**
 * By when each step of a request must be over, on one event loop. Thousands of steps are set a deadline each second, and nearly
 * all meet it: so they stand in a list that is looked through several times a second, while anything stands in it, instead of
 * having a timer each. What is late is ended up to {@value #LOOK_MILLIS} milliseconds after its deadline.
 */
public final class Deadlines {

    private static final long LOOK_MILLIS = 100;

    private final Vertx vertx;
    /** Where the ring of all that are open begins and ends. */
    private final Deadline ring;

    private boolean looking;

    /** None is set. They are set and met on the event loop that calls. */
    public Deadlines(Vertx vertx) {
        this.vertx = vertx;
        this.ring = new Deadline(vertx.getOrCreateContext(), 0, () -> {});
    }

    /** The deadline of one step, which is over in time or late. */
    public static final class Deadline {

        private final Context context;
        private final long at;
        private final Runnable late;
        private Deadline before = this;
        private Deadline after = this;

        private Deadline(Context context, long at, Runnable late) {
            this.context = context;
            this.at = at;
            this.late = late;
        }

        /** The step is over: it is not late any more. */
        public void met() {
            before.after = after;
            after.before = before;
            before = this;
            after = this;
        }

        private boolean isOpen() {
            return after != this;
        }

        private void passed() {
            if (isOpen()) {
                met();
                late.run();
            }
        }
    }

    /**
     * Sets a deadline.
     *
     * @param time from now on
     * @param late called where this is called, if the deadline is not {@linkplain Deadline#met met}
     */
    public Deadline within(Duration time, Runnable late) {
        Deadline set = new Deadline(vertx.getOrCreateContext(), System.nanoTime() + time.toNanos(), late);
        set.before = ring.before;
        set.after = ring;
        ring.before.after = set;
        ring.before = set;
        lookSoon();
        return set;
    }

    private void lookSoon() {
        if (!looking) {
            looking = true;
            vertx.setTimer(LOOK_MILLIS, timer -> look());
        }
    }

    private void look() {
        long now = System.nanoTime();
        for (Deadline each = ring.after; each != ring; each = each.after) {
            if (now - each.at >= 0) {
                Deadline late = each;
                late.context.runOnContext(turn -> late.passed());
            }
        }
        looking = false;
        if (ring.isOpen()) {
            lookSoon();
        }
    }
}
