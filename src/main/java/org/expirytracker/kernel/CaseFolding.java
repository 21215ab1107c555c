package org.expirytracker.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Full case folding of Unicode 14 (CaseFolding.txt, C and F), of text in NFKD. Fixed, not Java's own, which changes with
 * its releases: what is stored in the database was made by the same table.
 */
final class CaseFolding {

    private static final Map<Integer, Integer> LETTERS = letters();

    private CaseFolding() {}

    private static Map<Integer, Integer> letters() {
        Map<Integer, Integer> letters = new HashMap<>();
        try (InputStream file = CaseFolding.class.getResourceAsStream("/case-folding.txt")) {
            List<String> lines = new String(
                            Objects.requireNonNull(file, "case-folding.txt is part of the program")
                                    .readAllBytes(),
                            StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList();
            for (int at = 0; at < lines.size(); at += 2) {
                int[] from = lines.get(at).codePoints().toArray();
                int[] to = lines.get(at + 1).codePoints().toArray();
                for (int letter = 0; letter < from.length; letter++) {
                    letters.put(from[letter], to[letter]);
                }
            }
            return Map.copyOf(letters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A text in NFKD without case. */
    static String fold(String text) {
        StringBuilder folded = new StringBuilder(text.length() + 4);
        text.codePoints().forEach(letter -> {
            if (letter >= 'A' && letter <= 'Z') {
                folded.append((char) (letter + 32));
            } else if (letter == 'ß' || letter == 'ẞ') {
                folded.append("ss");
            } else if (letter == 0x345) {
                folded.append('ι');
            } else if (letter < 0x80) {
                folded.append((char) letter);
            } else {
                folded.appendCodePoint(LETTERS.getOrDefault(letter, letter));
            }
        });
        return folded.toString();
    }
}
