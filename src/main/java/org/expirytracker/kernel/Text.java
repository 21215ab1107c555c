package org.expirytracker.kernel;

import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What may stand in a text that a client sends, and which texts count as the same: the Java forms of the functions
 * {@code text_identity} and {@code fold} of the database. docs/text.md has it in words.
 */
public final class Text {

    /** What ends lines and indents them, for texts of several lines. */
    static final String LINES = "\n\t\r\u2028\u2029";

    /** What separates the parts of a barcode: GS, and the others of ISO/IEC 15434. */
    static final String SEPARATORS = "\u0004\u001c\u001d\u001e\u001f";

    /** Default_Ignorable_Code_Point of Unicode 14: characters that are never seen. */
    private static final Pattern IGNORABLE =
            Pattern.compile("[\\x{ad}\\x{34f}\\x{61c}\\x{115f}\\x{1160}\\x{17b4}\\x{17b5}\\x{180b}-\\x{180f}"
                    + "\\x{200b}-\\x{200f}\\x{202a}-\\x{202e}\\x{2060}-\\x{206f}\\x{fe00}-\\x{fe0f}"
                    + "\\x{feff}\\x{fff0}-\\x{fff8}\\x{1bca0}-\\x{1bca3}\\x{1d173}-\\x{1d17a}"
                    + "\\x{e0000}-\\x{e0fff}]");

    private static final Pattern MARKS =
            Pattern.compile("[\\x{300}-\\x{36f}\\x{483}-\\x{487}\\x{591}-\\x{5bd}\\x{5bf}\\x{5c1}\\x{5c2}\\x{5c4}"
                    + "\\x{5c5}\\x{5c7}\\x{610}-\\x{61a}\\x{64b}-\\x{65f}\\x{670}\\x{6d6}-\\x{6dc}"
                    + "\\x{6df}-\\x{6e4}\\x{6e7}\\x{6e8}\\x{6ea}-\\x{6ed}\\x{1ab0}-\\x{1aff}"
                    + "\\x{1dc0}-\\x{1dff}\\x{20d0}-\\x{20ff}\\x{fe20}-\\x{fe2f}]");

    /** White_Space of Unicode, of characters that NFKD leaves as they are. */
    private static final Pattern BLANKS = Pattern.compile("[\\t-\\r \\x{85}\\x{1680}\\x{2028}\\x{2029}]+");

    private static final Pattern GREEK_ACCENTS =
            Pattern.compile("([\\x{370}-\\x{3ff}]\\x{308}?)[\\x{300}\\x{301}\\x{313}\\x{314}\\x{342}]+");

    /** White_Space of Unicode. */
    private static final Pattern WHITE_SPACE = Pattern.compile(
            "[\\t-\\r \\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]+");

    private static final int MINUS = 0x2212;

    private static final String CODE_ENDS = " \t\r\n";

    private Text() {}

    /**
     * What tells a text from others, for names, addresses and places: without regard to case, to how characters are
     * composed, to their width and to what is never seen; blanks of every kind are one space, and none is at the ends.
     */
    public static String identity(String text) {
        String composed =
                Normalizer.normalize(GREEK_ACCENTS.matcher(caseless(text)).replaceAll("$1"), Normalizer.Form.NFC);
        String spaced = BLANKS.matcher(composed).replaceAll(" ");
        int from = spaced.startsWith(" ") ? 1 : 0;
        int to = spaced.length() - (spaced.endsWith(" ") ? 1 : 0);
        return from > to ? "" : spaced.substring(from, to);
    }

    /** A text as ordering and search see it: without regard to what {@link #identity} leaves out, and to accents. */
    public static String fold(String text) {
        StringBuilder plain = new StringBuilder();
        MARKS.matcher(caseless(text)).replaceAll("").codePoints().forEach(letter -> {
            switch (letter) {
                case 'ø' -> plain.append('o');
                case 'ł' -> plain.append('l');
                case 'đ', 'ð' -> plain.append('d');
                case 'ı' -> plain.append('i');
                case 'ħ' -> plain.append('h');
                case 'ŧ' -> plain.append('t');
                case 'æ' -> plain.append("ae");
                case 'œ' -> plain.append("oe");
                case 'þ' -> plain.append("th");
                default -> plain.appendCodePoint(letter);
            }
        });
        return Normalizer.normalize(plain, Normalizer.Form.NFC);
    }

    private static String caseless(String text) {
        String decomposed = Normalizer.normalize(text, Normalizer.Form.NFKD);
        return CaseFolding.fold(IGNORABLE.matcher(decomposed).replaceAll(""));
    }

    /** The words of a text: blanks of every kind part them. Empty for a text of blanks. */
    public static List<String> words(String text) {
        return Stream.of(WHITE_SPACE.split(text, -1))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    /**
     * A word as pattern for LIKE that finds it anywhere in text that is folded as {@link #fold} does: every character
     * stands for itself, also those that only folding makes into wildcards.
     */
    public static String pattern(String word) {
        return "%" + fold(word).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%";
    }

    /**
     * A code that somebody typed: in plain digits and capital letters, whatever script and width its digits have, and
     * without blanks, dashes of any kind and what is never seen.
     */
    public static String code(String text) {
        StringBuilder code = new StringBuilder();
        IGNORABLE
                .matcher(Normalizer.normalize(text, Normalizer.Form.NFKD))
                .replaceAll("")
                .codePoints()
                .filter(character -> !isSeparator(character))
                .forEach(character -> {
                    if (Character.getType(character) == Character.DECIMAL_DIGIT_NUMBER) {
                        code.append(Character.digit(character, 10));
                    } else {
                        code.appendCodePoint(character);
                    }
                });
        return code.toString().toUpperCase(Locale.ROOT);
    }

    private static boolean isSeparator(int character) {
        return Character.getType(character) == Character.DASH_PUNCTUATION
                || character == MINUS
                || (character <= Character.MAX_VALUE && isWhiteSpace((char) character));
    }

    /** A text in NFC, without blanks of any kind at its ends. */
    public static String normal(String text) {
        String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
        int from = 0;
        int to = composed.length();
        while (from < to && isWhiteSpace(composed.charAt(from))) {
            from++;
        }
        while (to > from && isWhiteSpace(composed.charAt(to - 1))) {
            to--;
        }
        return composed.substring(from, to);
    }

    /**
     * A code as it is kept: character by character as it was scanned or sent, but without the spaces, tabs and line ends
     * around it. Empty for a text of blanks of any kind.
     */
    public static String bareCode(String text) {
        int from = 0;
        int to = text.length();
        while (from < to && CODE_ENDS.indexOf(text.charAt(from)) >= 0) {
            from++;
        }
        while (to > from && CODE_ENDS.indexOf(text.charAt(to - 1)) >= 0) {
            to--;
        }
        String bare = text.substring(from, to);
        return isBlank(bare) ? "" : bare;
    }

    /**
     * Whether a text is empty but for blanks of any kind, and so says nothing where {@link #normal} reads it. The
     * separators of barcodes (U+001C to U+001F), which Java calls white space as well, say something.
     */
    public static boolean isBlank(String text) {
        return normal(text).isEmpty();
    }

    private static boolean isWhiteSpace(char character) {
        return switch (character) {
            case '\t', '\n', 0x0b, '\f', '\r', ' ', 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000 -> true;
            default -> character >= 0x2000 && character <= 0x200a;
        };
    }

    /** Whether anything is seen of a text: not of blanks, of characters without glyph, and of the empty Braille cell. */
    public static boolean isVisible(String text) {
        // Nothing takes a printed character of ASCII away, and nearly every text has one.
        if (text.chars().anyMatch(character -> character > ' ' && character < 0x7f)) {
            return true;
        }
        return !identity(text).replace("\u2800", "").isBlank();
    }

    /**
     * Why a text cannot be taken.
     *
     * @param most most characters (Unicode code points) allowed
     * @return a clause that follows the name of the input, or empty when the text is fine
     */
    public static Optional<String> objection(String text, int most) {
        return objection(text, most, LINES);
    }

    /**
     * Why a text cannot be taken.
     *
     * @param most most characters (Unicode code points) allowed
     * @param controls the control characters that may stand in it
     * @return a clause that follows the name of the input, or empty when the text is fine
     */
    public static Optional<String> objection(String text, int most, String controls) {
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
            } else if ((Character.isISOControl(unit) || unit == 0x2028 || unit == 0x2029)
                    && controls.indexOf(unit) < 0) {
                return Optional.of((isLineBreak(unit)
                                ? "contains a line break (U+%04X) at position %d"
                                : "contains the control character U+%04X at position %d")
                        .formatted((int) unit, at));
            }
        }
        return Optional.empty();
    }

    private static boolean isLineBreak(char unit) {
        return unit == '\n' || unit == '\r' || unit == 0x85 || unit == 0x2028 || unit == 0x2029;
    }
}
