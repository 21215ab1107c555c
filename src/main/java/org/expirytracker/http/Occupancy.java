package org.expirytracker.http;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.expirytracker.kernel.UserId;

/**
 * How much of a node is taken, so that nobody takes all of it: client connections, and the WebSockets and event streams
 * of each user. One for each process, shared by its event loops; what other nodes have is not counted.
 */
public final class Occupancy {

    private final int mostConnections;
    private final int mostSockets;
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong refused = new AtomicLong();
    private final CompletableFuture<Void> open = new CompletableFuture<>();
    private final ConcurrentHashMap<UserId, Integer> sockets = new ConcurrentHashMap<>();

    /**
     * Room for so many.
     *
     * @param mostConnections of clients; never more than three quarters of the files that the process may open, so that
     *     the database and a file can always be reached
     * @param mostSockets WebSockets and event streams of one user
     */
    public Occupancy(int mostConnections, int mostSockets) {
        this.mostConnections = Math.min(mostConnections, threeQuartersOfFiles());
        this.mostSockets = mostSockets;
    }

    private static int threeQuartersOfFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? (int) Math.min(system.getMaxFileDescriptorCount() / 4 * 3, Integer.MAX_VALUE)
                : Integer.MAX_VALUE;
    }

    /** Lets connections in: whatever answers them is ready. */
    void open() {
        open.complete(null);
    }

    /** Does something once it is {@link #open()}, or at once. */
    void whenOpen(Runnable work) {
        open.thenRun(work);
    }

    /** Counts one more connection, which {@link #disconnected} takes off again; false when there is no room for it. */
    boolean connected() {
        if (connections.incrementAndGet() <= mostConnections) {
            return true;
        }
        connections.decrementAndGet();
        refused.incrementAndGet();
        return false;
    }

    void disconnected() {
        connections.decrementAndGet();
    }

    int connections() {
        return connections.get();
    }

    /** How many connections there was no room for, since the process began. */
    long refused() {
        return refused.get();
    }

    /** Takes a place for a WebSocket or event stream of a user; false when they have as many as they may. */
    boolean takePlace(UserId userId) {
        boolean[] taken = {false};
        sockets.compute(userId, (user, open) -> {
            int before = open == null ? 0 : open;
            taken[0] = before < mostSockets;
            return taken[0] ? before + 1 : open;
        });
        return taken[0];
    }

    /** Gives a place back that was taken. */
    void leavePlace(UserId userId) {
        sockets.computeIfPresent(userId, (user, open) -> open > 1 ? open - 1 : null);
    }
}
