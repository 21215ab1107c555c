package org.expirytracker.kernel;

import java.util.Optional;

/** What may stand in a text that a client sends: whole Unicode characters that PostgreSQL can store. */
public final class Text {

    private Text() {}

    /**
     * Why a text cannot be taken.
     *
     * @param most most characters (Unicode code points) allowed
     * @return a clause that follows the name of the input, or empty when the text is fine
     */
    public static Optional<String> objection(String text, int most) {
        int length = text.codePointCount(0, text.length());
        if (length > most) {
            return Optional.of("is " + length + " characters long; at most " + most + " are allowed");
        }
        for (int at = 0; at < text.length(); at++) {
            char unit = text.charAt(at);
            if (Character.isHighSurrogate(unit)
                    && at + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(at + 1))) {
                at++;
            } else if (Character.isSurrogate(unit)) {
                return Optional.of("contains half a character (a lone surrogate) at position " + at);
            } else if (Character.isISOControl(unit) && unit != '\n' && unit != '\t' && unit != '\r') {
                return Optional.of("contains the control character U+%04X at position %d".formatted((int) unit, at));
            }
        }
        return Optional.empty();
    }
}
