package org.expirytracker.http;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The access token in {@code Bearer …} (RFC 6750, section 2.1). */
final class BearerToken {

    private static final Pattern FORM = Pattern.compile("(?i:Bearer) +([A-Za-z0-9._~+/-]{1,4096}=*)");

    private BearerToken() {}

    /** Empty when the credentials are of another scheme or form. */
    static Optional<String> of(@Nullable Object credentials) {
        if (!(credentials instanceof String text)) {
            return Optional.empty();
        }
        Matcher matcher = FORM.matcher(text);
        return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
