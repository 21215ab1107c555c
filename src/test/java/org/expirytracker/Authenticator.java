package org.expirytracker;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** An authenticator app as users have it: knows nothing of the product but RFC 6238. */
public final class Authenticator {

    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int SECRET_BYTES = 20;

    private final byte[] secret;

    /** An app that was given a secret of 160 bits in Base32. */
    public Authenticator(String base32) {
        this.secret = decode(base32);
    }

    /** The code that the app shows at a time. */
    public String code(Instant at) {
        try {
            Mac mac = Mac.getInstance("HmacSHA1");
            mac.init(new SecretKeySpec(secret, "RAW"));
            byte[] hash = mac.doFinal(
                    ByteBuffer.allocate(8).putLong(at.getEpochSecond() / 30).array());
            int number = ByteBuffer.wrap(hash).getInt(hash[19] & 0xF) & Integer.MAX_VALUE;
            return "%06d".formatted(number % 1_000_000);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** The bytes behind 32 characters of Base32. */
    public static byte[] decode(String base32) {
        BigInteger bits = BigInteger.ZERO;
        for (int at = 0; at < base32.length(); at++) {
            bits = bits.shiftLeft(5).or(BigInteger.valueOf(BASE32.indexOf(base32.charAt(at))));
        }
        byte[] padded = new byte[SECRET_BYTES + 1];
        byte[] bytes = bits.toByteArray();
        System.arraycopy(bytes, 0, padded, padded.length - bytes.length, bytes.length);
        return Arrays.copyOfRange(padded, 1, padded.length);
    }
}
