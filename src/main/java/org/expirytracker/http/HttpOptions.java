package org.expirytracker.http;

import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How the server listens.
 *
 * @param host address to listen on
 * @param port 0 for any free one, -1 for one that the event loops of the process share
 * @param allowedOrigins web origins besides the server's own whose pages may call it, such as
 *     {@code https://app.example.com}
 * @param requestTimeout how long a request may take to arrive, and then to be executed
 * @param keepAlive how long a connection may be silent between two requests
 * @param drainDelay how long readiness is refused before the server stops serving, so that a load balancer notices
 * @param shutdownTimeout how long requests that are being executed may take to finish after that
 * @param socketTimes how patient it is with a WebSocket
 * @param trustedProxies whose word about a client's address is believed
 * @param basePath what the paths of requests begin with when a proxy shows this server under a path of its own and does
 *     not take that away: {@code /expiry}, or nothing
 */
public record HttpOptions(
        String host,
        int port,
        Set<String> allowedOrigins,
        Duration requestTimeout,
        Duration keepAlive,
        Duration drainDelay,
        Duration shutdownTimeout,
        SocketTimes socketTimes,
        TrustedProxies trustedProxies,
        String basePath) {

    /** A path as this server knows it, whether a proxy left its own in front or not. */
    String within(String path) {
        boolean below = !basePath.isEmpty()
                && path.startsWith(basePath)
                && (path.length() == basePath.length() || path.charAt(basePath.length()) == '/');
        return below ? path.substring(basePath.length()) : path;
    }

    /** Whether a path is GraphQL's; people and proxies write a slash at its end. Null for a request without a path. */
    boolean isGraphQL(@Nullable String path) {
        return isAt("/graphql", path);
    }

    /** Whether a path is that of the Model Context Protocol. */
    boolean isMcp(@Nullable String path) {
        return isAt("/mcp", path);
    }

    /** Whether a path is that of files that are to become items. */
    boolean isImports(@Nullable String path) {
        return isAt("/imports", path);
    }

    /** Whether a path is one of those by which a browser stays signed in. */
    boolean isSession(@Nullable String path) {
        return path != null && within(path).startsWith("/session/");
    }

    private boolean isAt(String place, @Nullable String path) {
        String known = path == null ? "" : within(path);
        return known.equals(place) || known.equals(place + "/");
    }

    /**
     * How patient the server is with a WebSocket.
     *
     * @param init until {@code connection_init} has come
     * @param ping between two pings of the server; a peer silent from one to the next is given up
     * @param stall until what was sent to the client has left
     * @param sessionCheck between two looks at whether the sessions of all sockets are still alive
     */
    public record SocketTimes(Duration init, Duration ping, Duration stall, Duration sessionCheck) {

        /** What the protocol's reference and the security plan ask for. */
        public static final SocketTimes USUAL = new SocketTimes(
                Duration.ofSeconds(3), Duration.ofSeconds(20), Duration.ofSeconds(30), Duration.ofSeconds(2));
    }

    /** How long a connection is usually kept for another request: as long as load balancers and browsers keep theirs. */
    public static final Duration USUAL_KEEP_ALIVE = Duration.ofSeconds(60);

    /** What suits most: no foreign origin, no proxy, 10 seconds for a request, no delay, 20 seconds to finish. */
    public static HttpOptions of(String host, int port) {
        return new HttpOptions(
                host,
                port,
                Set.of(),
                Duration.ofSeconds(10),
                USUAL_KEEP_ALIVE,
                Duration.ZERO,
                Duration.ofSeconds(20),
                SocketTimes.USUAL,
                TrustedProxies.NONE,
                "");
    }
}
