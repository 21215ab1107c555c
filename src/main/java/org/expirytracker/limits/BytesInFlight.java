package org.expirytracker.limits;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much memory the requests of a node hold while they are on their way: bodies that arrive, operations that are being
 * executed, answers that have not left. One for each process, shared by its event loops. What cannot be bounded by
 * counting requests is bounded here: a quarter of what the heap or the buffers outside of it may be, so that many large
 * answers at a time are refused instead of ending the process.
 *
 * <p>What an operation will hold is not known before. It is taken to be what answers of late have held for each point of
 * their price: a larger one is believed at once, smaller ones bit by bit. The first are taken to be larger than usual.
 */
public final class BytesInFlight {

    /** Rows as texts, the tree of the result, its JSON twice while that grows, and as bytes for the network. */
    private static final int COPIES = 4;

    private static final double FIRST_BYTES_PER_POINT = 4_096;
    private static final double LEAST_BYTES_PER_POINT = 1_024;
    /** No price says how often an alias repeats a text; one such answer shall not keep everybody else out. */
    private static final double MOST_BYTES_PER_POINT = 65_536;

    private static final double SMOOTHING = 64;
    private static final long MOST_BYTES_OF_AN_OPERATION = 48L * 1_048_576;
    private static final long LEAST_CAPACITY = 8L * 1_048_576;

    private final long capacity;
    private final AtomicLong taken = new AtomicLong();
    private volatile double bytesPerPoint = FIRST_BYTES_PER_POINT;

    /** As much as suits this process. */
    public BytesInFlight() {
        this(Math.max(LEAST_CAPACITY, Math.min(Runtime.getRuntime().maxMemory(), directMemory()) / 4));
    }

    /**
     * Room for so many bytes.
     *
     * @param capacity at least 1
     */
    public BytesInFlight(long capacity) {
        this.capacity = capacity;
    }

    /** What buffers outside of the heap may take: as much as the heap unless the operator says otherwise. */
    private static long directMemory() {
        HotSpotDiagnosticMXBean machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        long limit = machine == null
                ? 0
                : Long.parseLong(machine.getVMOption("MaxDirectMemorySize").getValue());
        return limit > 0 ? limit : Long.MAX_VALUE;
    }

    /**
     * What an operation of this price is expected to hold, in bytes.
     *
     * @param cost in points, at least 1
     */
    public long expected(int cost) {
        return Math.min((long) (cost * bytesPerPoint), MOST_BYTES_OF_AN_OPERATION);
    }

    /** Learns from an answer what the next ones will hold. */
    public void answered(int cost, int bytes) {
        double held = Math.clamp((double) bytes * COPIES / cost, LEAST_BYTES_PER_POINT, MOST_BYTES_PER_POINT);
        double before = bytesPerPoint;
        bytesPerPoint = held > before ? held : before + (held - before) / SMOOTHING;
    }

    /** Takes room that {@link #release} gives back; false when there is none. Whoever is alone always gets it. */
    public boolean reserve(long bytes) {
        long before = taken.getAndAdd(bytes);
        if (before > 0 && before + bytes > capacity) {
            taken.addAndGet(-bytes);
            return false;
        }
        return true;
    }

    /** Takes room for what is in memory already; {@link #release} gives it back. */
    public void hold(long bytes) {
        taken.addAndGet(bytes);
    }

    /** Gives room back. */
    public void release(long bytes) {
        taken.addAndGet(-bytes);
    }

    /** Whether there is no room for anything more. */
    public boolean isFull() {
        return taken.get() >= capacity;
    }

    /** How many bytes are taken. */
    public long taken() {
        return taken.get();
    }
}
