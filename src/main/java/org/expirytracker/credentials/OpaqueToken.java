package org.expirytracker.credentials;

import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/**
 * A secret that is handed out once and looked up in the database whenever it comes back: a prefix, and the URL-safe
 * Base64 of the user's id, for most kinds the id of a row, and 32 random bytes. The ids find the row; the random bytes
 * prove it. The prefix tells kinds apart and lets secret scanners recognise one that leaked. Only its SHA-256 is stored.
 */
public final class OpaqueToken {

    /** Longer than any token, in characters: what a client sends is not read beyond. */
    public static final int MOST_CHARACTERS = 4_096;

    private static final int ID_BYTES = 16;
    private static final int RANDOM_BYTES = 32;
    private static final SecureRandom RANDOM = new SecureRandom();

    /** What a token is for. */
    public enum Kind {
        /** Continues a session, whose id it bears. */
        REFRESH("etr_", true),
        /** Lets a program act for a user; bears the id of its row. */
        API("etp_", true),
        /** Does one thing once: see {@code OneTimeTokens} of the users room. */
        ONE_TIME("eto_", false),
        /** Tells a device that has logged in before. */
        DEVICE("etd_", false),
        /** Makes a member of whoever accepts it; bears the inventory's id in place of the user's, and that of its row. */
        INVITATION("eti_", true);

        private final String prefix;
        private final boolean hasId;

        Kind(String prefix, boolean hasId) {
            this.prefix = prefix;
            this.hasId = hasId;
        }

        private int bytes() {
            return ID_BYTES + (hasId ? ID_BYTES : 0) + RANDOM_BYTES;
        }

        /** What every token of this kind begins with. */
        public String prefix() {
            return prefix;
        }
    }

    private final Kind kind;
    private final byte[] bytes;

    private OpaqueToken(Kind kind, byte[] bytes) {
        this.kind = kind;
        this.bytes = bytes;
    }

    /** A new token of a kind that bears no id but the user's. */
    public static OpaqueToken create(Kind kind, UserId userId) {
        return create(kind, userId, null);
    }

    /**
     * A new token.
     *
     * @param id the row's; null exactly for kinds that bear none
     */
    public static OpaqueToken create(Kind kind, UserId userId, @Nullable UUID id) {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        ByteBuffer bytes = put(ByteBuffer.allocate(kind.bytes()), userId.value());
        return new OpaqueToken(
                kind, (id == null ? bytes : put(bytes, id)).put(random).array());
    }

    /**
     * The token of the same kind and ids with other random bytes.
     *
     * @param secret 32 bytes that nobody can guess
     */
    OpaqueToken withSecret(byte[] secret) {
        return new OpaqueToken(
                kind,
                ByteBuffer.allocate(kind.bytes())
                        .put(bytes, 0, bytes.length - RANDOM_BYTES)
                        .put(secret, 0, RANDOM_BYTES)
                        .array());
    }

    /** Reads a token back; empty when the text has not the form of one of this kind. */
    public static Optional<OpaqueToken> decode(Kind kind, String text) {
        // Base64 of n bytes without padding has as many characters as 8n bits need at 6 bits each.
        if (text.length() != kind.prefix.length() + (kind.bytes() * 8 + 5) / 6 || !text.startsWith(kind.prefix)) {
            return Optional.empty();
        }
        try {
            OpaqueToken token =
                    new OpaqueToken(kind, Base64.getUrlDecoder().decode(text.substring(kind.prefix.length())));
            // The last character may carry unused bits: only one spelling of a token is a token.
            return token.encoded().equals(text) ? Optional.of(token) : Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    /**
     * A new invitation.
     *
     * @param id the row's
     */
    public static OpaqueToken ofInventory(InventoryId inventoryId, UUID id) {
        return create(Kind.INVITATION, new UserId(inventoryId.value()), id);
    }

    /** The inventory of an invitation; the hash must be looked up before this is believed. */
    public InventoryId inventoryId() {
        return new InventoryId(uuidAt(0));
    }

    /** The text that the client gets. */
    public String encoded() {
        return kind.prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Whose it says it is; the hash must be looked up before this is believed. */
    public UserId userId() {
        return new UserId(uuidAt(0));
    }

    /** Id of the row; only of kinds that bear one. */
    public UUID id() {
        return uuidAt(ID_BYTES);
    }

    /** SHA-256 of the token, all that is stored of it. 256 random bits need no slow hash. */
    public Buffer hash() {
        try {
            return Buffer.buffer(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static ByteBuffer put(ByteBuffer bytes, UUID id) {
        return bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    }

    private UUID uuidAt(int offset) {
        ByteBuffer at = ByteBuffer.wrap(bytes, offset, ID_BYTES);
        return new UUID(at.getLong(), at.getLong());
    }
}
