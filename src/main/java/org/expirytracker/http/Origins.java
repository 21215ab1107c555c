package org.expirytracker.http;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which web pages may call: the server's own, and those of the origins that its keeper names (RFC 6454). */
final class Origins {

    private final Set<String> allowed;

    Origins(Set<String> allowed) {
        this.allowed = allowed;
    }

    /**
     * Whether a page of this origin may open a WebSocket.
     *
     * @param origin the request's Origin; null from a client that is no browser
     * @param host the request's Host
     */
    boolean mayConnect(@Nullable String origin, @Nullable String host) {
        return origin == null || allowed.contains(origin) || isOwn(origin, host);
    }

    /** Whether the origin is one of those named. */
    boolean isNamed(@Nullable String origin) {
        return origin != null && allowed.contains(origin);
    }

    private static boolean isOwn(String origin, @Nullable String host) {
        try {
            String authority = new URI(origin).getRawAuthority();
            return authority != null
                    && host != null
                    && authority.toLowerCase(Locale.ROOT).equals(host.toLowerCase(Locale.ROOT));
        } catch (URISyntaxException malformed) {
            return false;
        }
    }
}
