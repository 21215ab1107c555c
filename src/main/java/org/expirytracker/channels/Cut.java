package org.expirytracker.channels;

import static java.nio.charset.StandardCharsets.UTF_8;

/** Text that is made as short as a receiver needs it, between two characters. */
final class Cut {

    private static final String MORE = "…";

    private Cut() {}

    /** At most so many UTF-16 characters, with an ellipsis in place of what is left out. */
    static String toCharacters(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = most - MORE.length();
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + MORE;
    }

    /** At most so many bytes in UTF-8. */
    static String toBytes(String text, int most) {
        String cut = text;
        while (cut.getBytes(UTF_8).length > most) {
            // A character takes three bytes at most, so this never leaves out more than it must by much.
            int over = cut.getBytes(UTF_8).length - most;
            cut = toCharacters(cut, cut.length() - Math.max(1, over / 3));
        }
        return cut;
    }
}
