package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The passwords that guessers try first (NIST SP 800-63B-4 section 3.1.1.2): the common ones, and what is merely put
 * together from a few of them, from repetitions, from runs of characters and from what names the user or this product.
 * No password is refused for something that it contains; what counts is how little there would be to guess in all.
 */
public final class CommonPasswords {

    private static final String FILE = "/common-passwords.txt";

    /** How many characters of chance a part is worth that a guesser has in a list: about 1 in 50,000. */
    private static final int WORTH_OF_A_PART = 3;

    /** A part that was there before, or that names the user or the product: there are few to choose from. */
    private static final int WORTH_OF_THE_KNOWN = 1;

    /** Worth of three parts, such as the words of a short passphrase. */
    private static final int LEAST_WORTH = 9;

    private static final int LEAST_PART = 4;
    private static final int LEAST_REPETITION = 3;

    /** What follows is not looked at: folding makes up to 18 characters of one, and the work grows with their square. */
    private static final int MOST_JUDGED = 256;

    private static final List<String> PRODUCT = List.of("expiry", "tracker", "expirytracker");
    private static final Set<String> COMMON = read();
    private static final int LONGEST =
            COMMON.stream().mapToInt(String::length).max().orElse(0);

    private CommonPasswords() {}

    /**
     * Whether a guesser would come to a password soon.
     *
     * @param password of any length
     * @param personal the user's name and address
     */
    public static boolean include(String password, Collection<String> personal) {
        String folded = fold(password);
        Set<String> known = personal.stream()
                .flatMap(each -> parts(fold(each)).stream())
                .filter(part -> part.length() >= LEAST_REPETITION)
                .collect(Collectors.toCollection(HashSet::new));
        known.addAll(PRODUCT);
        String judged = folded.substring(0, Math.min(folded.length(), MOST_JUDGED));
        return COMMON.contains(folded) || worth(judged, known) < LEAST_WORTH;
    }

    /** The least that has to be guessed, in characters, over all ways to put the text together. */
    private static int worth(String text, Set<String> known) {
        int[] repetitions = repetitions(text);
        int[] runs = runs(text);
        int[] worth = new int[text.length() + 1];
        for (int end = 1; end <= text.length(); end++) {
            worth[end] = worth[end - 1] + 1;
            for (int size = LEAST_REPETITION; size <= repetitions[end]; size++) {
                worth[end] = Math.min(worth[end], worth[end - size] + WORTH_OF_THE_KNOWN);
            }
            for (int size = LEAST_REPETITION; size <= runs[end]; size++) {
                worth[end] = Math.min(worth[end], worth[end - size] + WORTH_OF_A_PART);
            }
            for (int size = LEAST_PART; size <= Math.min(end, LONGEST); size++) {
                if (COMMON.contains(text.substring(end - size, end))) {
                    worth[end] = Math.min(worth[end], worth[end - size] + WORTH_OF_A_PART);
                }
            }
            for (String part : known) {
                if (text.startsWith(part, end - part.length())) {
                    worth[end] = Math.min(worth[end], worth[end - part.length()] + WORTH_OF_THE_KNOWN);
                }
            }
        }
        return worth[text.length()];
    }

    /** For each place, how long the longest stretch is that ends there and has been there before. */
    private static int[] repetitions(String text) {
        int[] longest = new int[text.length() + 1];
        int[] alike = new int[text.length() + 1];
        for (int end = 1; end <= text.length(); end++) {
            for (int before = end - 1; before > 0; before--) {
                alike[before] = text.charAt(before - 1) == text.charAt(end - 1) ? alike[before - 1] + 1 : 0;
                longest[end] = Math.max(longest[end], alike[before]);
            }
        }
        return longest;
    }

    /** For each place, how many characters that end there follow each other, up or down, or are all the same. */
    private static int[] runs(String text) {
        int[] longest = new int[text.length() + 1];
        int step = 0;
        for (int end = 1; end <= text.length(); end++) {
            int next = end == 1 ? 0 : text.charAt(end - 1) - text.charAt(end - 2);
            longest[end] = Math.abs(next) > 1 ? 1 : next == step ? longest[end - 1] + 1 : 2;
            step = next;
        }
        return longest;
    }

    /** A text and the pieces that it consists of: {@code ann.lee@example.org}, {@code ann}, {@code lee} … */
    private static List<String> parts(String text) {
        Set<String> parts = new HashSet<>(List.of(text.split("[^\\p{L}\\p{N}]+")));
        parts.add(text);
        return List.copyOf(parts);
    }

    private static String fold(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    private static Set<String> read() {
        try (InputStream file = Objects.requireNonNull(CommonPasswords.class.getResourceAsStream(FILE), FILE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(file, UTF_8))) {
            return lines.lines().dropWhile(line -> !line.isEmpty()).skip(1).collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
