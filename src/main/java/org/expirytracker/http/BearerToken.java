package org.expirytracker.http;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The access token in {@code Bearer …} (RFC 6750, section 2.1). */
final class BearerToken {

    private static final String TOKEN = "([A-Za-z0-9._~+/-]{1,4096}=*)";
    private static final Pattern FORM = Pattern.compile("(?i:Bearer) +" + TOKEN);
    private static final Pattern PLAIN_FORM = Pattern.compile("(?:(?i:Bearer) +)?" + TOKEN);

    /** Members of the payload of {@code connection_init} that hold a token, in whatever case; what comes first counts. */
    private static final List<String> PLACES =
            List.of("authorization", "authToken", "token", "accessToken", "access_token");

    /** Members that hold such members. */
    private static final List<String> AROUND = List.of("headers", "connectionParams");

    private BearerToken() {}

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
                return match(PLAIN_FORM, given);
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
        return credentials instanceof String text ? match(FORM, text) : Optional.empty();
    }

    private static Optional<String> match(Pattern form, String text) {
        Matcher matcher = form.matcher(text);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
