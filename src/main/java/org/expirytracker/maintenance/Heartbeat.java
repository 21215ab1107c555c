package org.expirytracker.maintenance;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.Problem;

/**
 * Keeps a job claimed while its thread waits for something long. Interrupts that thread when the node stops or another one
 * has taken over. To be closed by the thread that made it.
 */
final class Heartbeat implements AutoCloseable {

    private static final long LOOK_MILLIS = 500;
    /** Well within a lease, and seldom: each is a write. */
    private static final Duration HOLD_EVERY = Duration.ofSeconds(10);

    private final Lease lease;
    private final Thread worker = Thread.currentThread();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread beats;
    private volatile boolean brokenOff;

    /** For the work that this thread does until it closes this. */
    Heartbeat(Lease lease) {
        this.lease = lease;
        this.beats = Thread.ofVirtual().name("heartbeat").start(this::beat);
    }

    private void beat() {
        long held = System.nanoTime();
        try {
            while (!over.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                boolean mine = !lease.isStopping();
                if (mine && System.nanoTime() - held > HOLD_EVERY.toNanos()) {
                    held = System.nanoTime();
                    mine = hold();
                }
                if (!mine) {
                    brokenOff = true;
                    worker.interrupt();
                    return;
                }
            }
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
        }
    }

    /** A database that does not answer lets nobody else take over either; the next beat asks again. */
    private boolean hold() {
        try {
            return lease.hold();
        } catch (Problem away) {
            return true;
        }
    }

    /** Whether the work was to end before it was done. */
    boolean isBrokenOff() {
        return brokenOff;
    }

    @Override
    public void close() {
        over.countDown();
        boolean interrupted = false;
        while (beats.isAlive()) {
            try {
                beats.join();
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        // What this interrupted is over; whoever else interrupts wants more.
        boolean pending = Thread.interrupted();
        if (!brokenOff && (interrupted || pending)) {
            worker.interrupt();
        }
    }
}
