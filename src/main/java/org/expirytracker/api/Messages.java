package org.expirytracker.api;

/** Makes text that came from a client, or from a library that quotes one, fit for an answer. */
final class Messages {

    private Messages() {}

    /**
     * The text without control characters and halves of characters, cut where it is longer than {@code most} UTF-16
     * units.
     */
    static String shortened(String text, int most) {
        int end = Math.min(text.length(), most);
        StringBuilder clean = new StringBuilder(end + 1);
        for (int at = 0; at < end; at++) {
            char unit = text.charAt(at);
            if (Character.isHighSurrogate(unit) && at + 1 < end && Character.isLowSurrogate(text.charAt(at + 1))) {
                clean.append(unit).append(text.charAt(++at));
            } else if (Character.isSurrogate(unit) || Character.isISOControl(unit)) {
                clean.append(unit == '\n' || unit == '\t' ? ' ' : '\ufffd');
            } else {
                clean.append(unit);
            }
        }
        return text.length() > end ? clean.append('…').toString() : clean.toString();
    }
}
