package org.expirytracker.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The access token in {@code Bearer …} (RFC 6750, section 2.1). */
final class BearerToken {

    private static final String SCHEME = "Bearer ";
    private static final int MOST_CHARACTERS = 4_096;

    /** Members of the payload of {@code connection_init} that hold a token, in whatever case; what comes first counts. */
    private static final List<String> PLACES =
            List.of("authorization", "authToken", "token", "accessToken", "access_token");

    /** Members that hold such members. */
    private static final List<String> AROUND = List.of("headers", "connectionParams");

    /** Of each character of ASCII, whether a token may have it: a token has hundreds, and comes with each request. */
    private static final boolean[] OF_TOKEN = ofToken();

    private BearerToken() {}

    private static boolean[] ofToken() {
        boolean[] ofToken = new boolean[128];
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/-"
                .chars()
                .forEach(unit -> ofToken[unit] = true);
        return ofToken;
    }

    /**
     * The token in the payload of {@code connection_init}, where the usual clients and their examples put it: plain or
     * after {@code Bearer}.
     *
     * @param payload null when there was none
     * @param header the handshake's Authorization, which clients outside of browsers can send; null for none
     * @return empty when there is none of the form of a token
     */
    static Optional<String> ofInit(@Nullable Map<String, Object> payload, @Nullable String header) {
        return payload == null ? of(header) : inside(payload).or(() -> of(header));
    }

    private static Optional<String> inside(Map<?, ?> payload) {
        for (String place : PLACES) {
            if (member(payload, place) instanceof String given) {
                return token(given, isBearer(given) ? SCHEME.length() : 0);
            }
        }
        for (String place : AROUND) {
            if (member(payload, place) instanceof Map<?, ?> around) {
                return inside(around);
            }
        }
        return Optional.empty();
    }

    /** A member of a payload, whatever the case of its name; null when there is none. */
    static @Nullable Object member(Map<?, ?> payload, String name) {
        for (Map.Entry<?, ?> member : payload.entrySet()) {
            if (name.equalsIgnoreCase((String) member.getKey())) {
                return member.getValue();
            }
        }
        return null;
    }

    /** Empty when the credentials are of another scheme or form. */
    static Optional<String> of(@Nullable Object credentials) {
        return credentials instanceof String text && isBearer(text) ? token(text, SCHEME.length()) : Optional.empty();
    }

    private static boolean isBearer(String text) {
        return text.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    }

    /** The rest of a text, after blanks, if it is a token: some characters, and then perhaps equals signs. */
    private static Optional<String> token(String text, int from) {
        int start = from;
        while (from > 0 && start < text.length() && text.charAt(start) == ' ') {
            start++;
        }
        int end = start;
        while (end < text.length() && isOfToken(text.charAt(end))) {
            end++;
        }
        int whole = end;
        while (whole < text.length() && text.charAt(whole) == '=') {
            whole++;
        }
        return end > start && end - start <= MOST_CHARACTERS && whole == text.length()
                ? Optional.of(text.substring(start))
                : Optional.empty();
    }

    private static boolean isOfToken(char unit) {
        return unit < OF_TOKEN.length && OF_TOKEN[unit];
    }
}
