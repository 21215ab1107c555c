package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.eatthepath.otp.HmacOneTimePasswordGenerator;
import java.net.URLEncoder;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.LongStream;
import javax.crypto.spec.SecretKeySpec;

/**
 * Time-based one-time passwords (RFC 6238) as every authenticator app shows them: HMAC-SHA-1, six digits, a new one
 * every 30 seconds.
 */
public final class Totp {

    /** How many digits a code has. */
    public static final int DIGITS = 6;

    static final int STEP_SECONDS = 30;

    /** RFC 4226 section 4 recommends 160 bits. */
    private static final int SECRET_BYTES = 20;

    private static final String ISSUER = "Expiry Tracker";
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final HmacOneTimePasswordGenerator GENERATOR = new HmacOneTimePasswordGenerator(DIGITS);
    private static final SecureRandom RANDOM = new SecureRandom();

    private Totp() {}

    /** A new secret. */
    public static byte[] newSecret() {
        byte[] secret = new byte[SECRET_BYTES];
        RANDOM.nextBytes(secret);
        return secret;
    }

    /** The number of the step that an instant lies in, counted since 1970. */
    public static long stepAt(Instant instant) {
        return Math.floorDiv(instant.getEpochSecond(), STEP_SECONDS);
    }

    /** The code of a step: six digits. */
    public static String code(byte[] secret, long step) {
        try {
            return GENERATOR.generateOneTimePasswordString(new SecretKeySpec(secret, "RAW"), step, Locale.ROOT);
        } catch (InvalidKeyException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * The step whose code this is: the present one, the one before, since it takes time to type (RFC 6238 section 5.2),
     * or the one after, since the clock of a phone may be ahead (section 6).
     *
     * @return empty when the code is of none of them
     */
    public static OptionalLong step(byte[] secret, String code, Instant now) {
        long present = stepAt(now);
        return LongStream.of(present, present - 1, present + 1)
                .filter(step -> isEqual(code(secret, step), code))
                .findFirst();
    }

    private static boolean isEqual(String right, String given) {
        return MessageDigest.isEqual(right.getBytes(US_ASCII), given.getBytes(UTF_8));
    }

    /** Base32 (RFC 4648 section 6) without padding, as people type secrets. */
    public static String base32(byte[] bytes) {
        StringBuilder text = new StringBuilder();
        int bits = 0;
        int held = 0;
        for (byte next : bytes) {
            bits = (bits << 8) | (next & 0xFF);
            for (held += 8; held >= 5; held -= 5) {
                text.append(BASE32.charAt((bits >> (held - 5)) & 31));
            }
        }
        return held == 0
                ? text.toString()
                : text.append(BASE32.charAt((bits << (5 - held)) & 31)).toString();
    }

    /**
     * What an authenticator app takes a secret from: Key URI Format, as Google Authenticator reads it.
     *
     * @param account tells apart the codes of several accounts
     */
    public static String uri(byte[] secret, String account) {
        return "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d"
                .formatted(encoded(ISSUER), encoded(account), base32(secret), encoded(ISSUER), DIGITS, STEP_SECONDS);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, UTF_8).replace("+", "%20");
    }
}
