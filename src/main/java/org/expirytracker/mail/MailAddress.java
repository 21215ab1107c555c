package org.expirytracker.mail;

import java.net.IDN;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An address that mail can be sent to: {@code dot-atom@domain} of RFC 5322 section 3.4.1, which holds nothing that could
 * end a header line or name a second recipient. A domain may be written in any script.
 */
public final class MailAddress {

    private static final int MOST = 254;
    private static final String LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?";
    private static final Pattern FORM = Pattern.compile(
            "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@" + LABEL + "(\\." + LABEL + ")*");

    private MailAddress() {}

    /**
     * An address as SMTP takes it.
     *
     * @return empty when no mail can be sent to it
     */
    public static Optional<String> of(String text) {
        int at = text.lastIndexOf('@');
        if (at < 0) {
            return Optional.empty();
        }
        try {
            String address = text.substring(0, at + 1) + IDN.toASCII(text.substring(at + 1));
            return address.length() <= MOST && FORM.matcher(address).matches()
                    ? Optional.of(address)
                    : Optional.empty();
        } catch (IllegalArgumentException noDomain) {
            return Optional.empty();
        }
    }
}
