package org.expirytracker.http;

import java.time.Duration;
import java.util.Set;

/**
 * How the server listens.
 *
 * @param host address to listen on
 * @param port 0 for any free one
 * @param allowedOrigins web origins besides the server's own whose pages may call it, such as
 *     {@code https://app.example.com}
 * @param requestTimeout how long a request may take to arrive, and then to be executed
 * @param drainDelay how long readiness is refused before the server stops listening, so that a load balancer notices
 * @param shutdownTimeout how long requests that are being executed may take to finish after that
 */
public record HttpOptions(
        String host,
        int port,
        Set<String> allowedOrigins,
        Duration requestTimeout,
        Duration drainDelay,
        Duration shutdownTimeout) {

    /** What suits most: no foreign origin, 10 seconds for a request, no delay, 20 seconds to finish. */
    public static HttpOptions of(String host, int port) {
        return new HttpOptions(host, port, Set.of(), Duration.ofSeconds(10), Duration.ZERO, Duration.ofSeconds(20));
    }
}
