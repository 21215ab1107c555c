package org.expirytracker.sessions;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a session was opened, as its user will recognise it. The transport puts it into the GraphQL context under
 * this class.
 *
 * @param userAgent what the client calls itself; null when unknown
 * @param address the client's network address; null when unknown
 */
public record Device(@Nullable String userAgent, @Nullable String address) {

    /** Nothing is known of it. */
    public static final Device UNKNOWN = new Device(null, null);

    private static final Pattern UNPRINTABLE = Pattern.compile("[^ -~]");

    private static final int MOST_USER_AGENT = 400;
    private static final int MOST_ADDRESS = 64;

    /** Keeps what can be stored: printable ASCII, cut to what the table takes. */
    public Device {
        userAgent = storable(userAgent, MOST_USER_AGENT);
        address = storable(address, MOST_ADDRESS);
    }

    private static @Nullable String storable(@Nullable String text, int most) {
        if (text == null) {
            return null;
        }
        // Each request comes by here, and nearly none has something to replace.
        String printable = isPrintable(text) ? text : UNPRINTABLE.matcher(text).replaceAll("?");
        return printable.length() > most ? printable.substring(0, most) : printable;
    }

    private static boolean isPrintable(String text) {
        int at = 0;
        while (at < text.length() && text.charAt(at) >= ' ' && text.charAt(at) <= '~') {
            at++;
        }
        return at == text.length();
    }
}
