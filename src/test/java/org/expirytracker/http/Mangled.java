package org.expirytracker.http;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Texts with changes by chance, of the kinds that break parsers. */
public final class Mangled {

    private static final String ODD = "{}[]()\"\\:,$@!.# \n\u0000\ud800é\u202e0-1e9truenull_a";

    private Mangled() {}

    /** A text with one to four changes. */
    public static String text(String seed, Random random) {
        StringBuilder text = new StringBuilder(seed);
        for (int change = 1 + random.nextInt(4); change > 0; change--) {
            int at = random.nextInt(text.length());
            int length = Math.min(random.nextInt(8), text.length() - at);
            switch (random.nextInt(4)) {
                case 0 -> text.delete(at, at + length);
                case 1 -> text.insert(at, ODD.charAt(random.nextInt(ODD.length())));
                case 2 -> text.insert(at, text.substring(at, at + length).repeat(1 + random.nextInt(50)));
                default -> text.setCharAt(at, ODD.charAt(random.nextInt(ODD.length())));
            }
            if (text.isEmpty()) {
                text.append('{');
            }
        }
        return text.toString();
    }

    /** As {@link #text}, in UTF-8, at times with a byte that is none. */
    public static byte[] bytes(String seed, Random random) {
        byte[] bytes = text(seed, random).getBytes(StandardCharsets.UTF_8);
        if (random.nextInt(10) == 0) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
