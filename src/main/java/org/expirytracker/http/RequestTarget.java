package org.expirytracker.http;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a request is addressed to (RFC 9112, section 3.2), read more strictly than by those who take it apart later: they
 * throw on what is malformed, or disagree about what it means.
 */
final class RequestTarget {

    private static final int LEAST_VISIBLE = 0x21;
    private static final int MOST_VISIBLE = 0x7e;

    private RequestTarget() {}

    /**
     * Whether the target is a path, or an http URL with one, of visible ASCII, whose path stands for UTF-8 without control
     * characters (RFC 3986, section 2.1; RFC 3629, section 3); or {@code *} of OPTIONS.
     */
    static boolean isWellFormed(HttpServerRequest request) {
        String uri = request.uri();
        if (uri.equals("*")) {
            return request.method().equals(HttpMethod.OPTIONS);
        }
        String path = request.path();
        return !request.method().equals(HttpMethod.CONNECT)
                && isVisible(uri)
                && (uri.startsWith("/") || isUrl(uri))
                && path != null
                && path.startsWith("/")
                && decodes(path, false);
    }

    private static boolean isVisible(String text) {
        for (int at = 0; at < text.length(); at++) {
            if (text.charAt(at) < LEAST_VISIBLE || text.charAt(at) > MOST_VISIBLE) {
                return false;
            }
        }
        return true;
    }

    private static boolean isUrl(String uri) {
        int from =
                uri.regionMatches(true, 0, "http://", 0, 7) ? 7 : uri.regionMatches(true, 0, "https://", 0, 8) ? 8 : -1;
        if (from < 0) {
            return false;
        }
        int end = from;
        while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
            end++;
        }
        return end > from && isHost(uri.substring(from, end));
    }

    /** Whether a query stands for UTF-8; a missing one does. */
    static boolean isQuery(@Nullable String query) {
        return query == null || decodes(query, true);
    }

    /** Whether a value of Host is one (RFC 9110, section 7.2): a host with or without a port, or nothing. */
    static boolean isHost(String host) {
        return host.isEmpty() || HostAndPort.parseAuthority(host, 0) != null;
    }

    private static boolean decodes(String text, boolean mayControl) {
        if (text.indexOf('%') < 0) {
            return true;
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int at = 0; at < text.length(); at++) {
            int value = text.charAt(at);
            if (value == '%') {
                value = at + 2 < text.length() ? octet(text, at + 1) : -1;
                at += 2;
            }
            if (value < 0 || (!mayControl && (value < ' ' || value == 0x7f))) {
                return false;
            }
            bytes.write(value);
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes.toByteArray()));
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }

    private static int octet(String text, int at) {
        int high = Character.digit(text.charAt(at), 16);
        int low = Character.digit(text.charAt(at + 1), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }
}
