package org.expirytracker.accounts;

import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.kernel.UserId;

/**
 * A refresh token: {@value #PREFIX} and the URL-safe Base64 of the user's id, the session's id and 32 random bytes.
 * The ids find its row; the random bytes prove it. The prefix lets secret scanners recognise one that leaked.
 */
final class RefreshToken {

    private static final String PREFIX = "etr_";
    private static final int ID_BYTES = 32;
    private static final int RANDOM_BYTES = 32;
    private static final int LENGTH = PREFIX.length() + 86;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final byte[] bytes;

    private RefreshToken(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A new token for a session. */
    static RefreshToken create(UserId userId, UUID sessionId) {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return new RefreshToken(ByteBuffer.allocate(ID_BYTES + RANDOM_BYTES)
                .putLong(userId.value().getMostSignificantBits())
                .putLong(userId.value().getLeastSignificantBits())
                .putLong(sessionId.getMostSignificantBits())
                .putLong(sessionId.getLeastSignificantBits())
                .put(random)
                .array());
    }

    /** Reads a token back; empty when the text has not the form of one. */
    static Optional<RefreshToken> decode(String text) {
        if (text.length() != LENGTH || !text.startsWith(PREFIX)) {
            return Optional.empty();
        }
        try {
            RefreshToken token = new RefreshToken(Base64.getUrlDecoder().decode(text.substring(PREFIX.length())));
            // The last character carries unused bits: only one spelling of a token is a token.
            return token.encoded().equals(text) ? Optional.of(token) : Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    /** The text that the client gets. */
    String encoded() {
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    UserId userId() {
        return new UserId(uuidAt(0));
    }

    UUID sessionId() {
        return uuidAt(ID_BYTES / 2);
    }

    /** SHA-256 of the token, all that is stored of it. 256 random bits need no slow hash. */
    Buffer hash() {
        try {
            return Buffer.buffer(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private UUID uuidAt(int offset) {
        ByteBuffer at = ByteBuffer.wrap(bytes, offset, ID_BYTES / 2);
        return new UUID(at.getLong(), at.getLong());
    }
}
