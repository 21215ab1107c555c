package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.UserId;

/**
 * Encrypts what must be read again and yet not be plain in the database, its backups or its dumps: AES-256-GCM (NIST SP
 * 800-38D) with a random nonce of 96 bits. Each ciphertext is bound to its owner, a user or whatever else has secrets, and its column, so it is worth nothing
 * anywhere else. The first key encrypts, all of them decrypt: so keys are exchanged while the servers run. One for each
 * process, shared by its event loops.
 *
 * <p>A ciphertext is the id of its key (4 bytes), the nonce (12), and the encrypted text with its tag (16 more).
 */
public final class SecretKeys {

    private static final String CIPHER = "AES/GCM/NoPadding";
    private static final int KEY_BYTES = 32;

    /** How many bytes at the beginning of a ciphertext name its key. */
    public static final int ID_BYTES = 4;

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;

    /** Advisory lock that a rotation takes; any number will do that no other lock of the program has. */
    public static final long LOCK = 0x5EC2_E7FE_E4L;

    private final SecureRandom random = new SecureRandom();
    private final Vertx vertx;
    private final Source source;
    private volatile Map<String, SecretKey> keys;

    /** Where the keys are kept. */
    @FunctionalInterface
    public interface Source {

        /**
         * The keys of this moment, the one that encrypts first. Blocking.
         *
         * @return at least one, each of 256 bits
         * @throws IOException with a message for the operator
         */
        List<SecretKey> read() throws IOException;
    }

    /**
     * Whose a secret is: its ciphertext is worth nothing anywhere else.
     *
     * @param kind what it is, in a word
     * @param id of its row
     */
    public record Owner(String kind, UUID id) {

        /** The kind of users. */
        public static final String USER = "user";

        /** A user. */
        public static Owner of(UserId userId) {
            return new Owner(USER, userId.value());
        }

        @Override
        public String toString() {
            return kind + " " + id;
        }
    }

    /** What no key here decrypts. The message is for the operator, and holds nothing secret. */
    public static final class Unreadable extends RuntimeException {

        private static final long serialVersionUID = 1;

        Unreadable(String message) {
            super(message);
        }
    }

    /**
     * Keys that are read now, and again whenever something is encrypted or an unknown key is met.
     *
     * @throws IOException with a message for the operator
     */
    public SecretKeys(Vertx vertx, Source source) throws IOException {
        this.vertx = vertx;
        this.source = source;
        this.keys = byId(source.read());
    }

    /**
     * Reads a key.
     *
     * @param text Base64, or its URL-safe form, of exactly 256 bits
     * @throws IllegalArgumentException when it is anything else
     */
    public static SecretKey key(String text) {
        byte[] key = Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
        if (key.length != KEY_BYTES) {
            throw new IllegalArgumentException(
                    "A key must have exactly %d bits, not %d.".formatted(KEY_BYTES * 8, key.length * 8));
        }
        return new SecretKeySpec(key, "AES");
    }

    /** A new random key. */
    public static SecretKey newKey() {
        byte[] key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return new SecretKeySpec(key, "AES");
    }

    /** The public name of a key: the first 4 bytes of its SHA-256, as 8 hexadecimal digits. */
    public static String idOf(SecretKey key) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
            return HexFormat.of().formatHex(hash, 0, ID_BYTES);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static final String HOLD_ROTATION = """
            SELECT pg_advisory_xact_lock_shared($1)
            """;

    /**
     * Encrypts a secret that is written in this transaction. Until it ends, a rotation waits: else it could take away a
     * key under which something is still to be written.
     *
     * @param column the table and column it is written to
     */
    public Future<Buffer> encrypt(SqlConnection transaction, UserId userId, String column, byte[] secret) {
        return encrypt(transaction, Owner.of(userId), column, secret);
    }

    /** As above, of any owner. */
    public Future<Buffer> encrypt(SqlConnection transaction, Owner owner, String column, byte[] secret) {
        return Rows.change(transaction, HOLD_ROTATION, Tuple.of(LOCK))
                .compose(held -> readAgain())
                .map(read -> encrypt(owner, column, secret));
    }

    /** As above, under the first of the keys that were read last. */
    public Buffer encrypt(UserId userId, String column, byte[] secret) {
        return encrypt(Owner.of(userId), column, secret);
    }

    /** As above, of any owner. */
    public Buffer encrypt(Owner owner, String column, byte[] secret) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        String id = currentId();
        byte[] encrypted = run(Cipher.ENCRYPT_MODE, id, nonce, owner, column, secret);
        return Buffer.buffer(HexFormat.of().parseHex(id)).appendBytes(nonce).appendBytes(encrypted);
    }

    /**
     * Decrypts a secret.
     *
     * @param column the table and column it was read from
     * @return fails with {@link Unreadable} when its key is not here, or when it is not what was encrypted for this user
     *     and column
     */
    public Future<byte[]> decrypt(UserId userId, String column, Buffer encrypted) {
        return decrypt(Owner.of(userId), column, encrypted);
    }

    /** As above, of any owner. */
    public Future<byte[]> decrypt(Owner owner, String column, Buffer encrypted) {
        if (encrypted.length() <= ID_BYTES + NONCE_BYTES + TAG_BYTES) {
            return Future.failedFuture(
                    new Unreadable("The %s of %s is no ciphertext of this program.".formatted(column, owner)));
        }
        String id = HexFormat.of().formatHex(encrypted.getBytes(0, ID_BYTES));
        Future<?> known = keys.containsKey(id) ? Future.succeededFuture() : readAgain();
        return known.map(ready -> run(
                Cipher.DECRYPT_MODE,
                id,
                encrypted.getBytes(ID_BYTES, ID_BYTES + NONCE_BYTES),
                owner,
                column,
                encrypted.getBytes(ID_BYTES + NONCE_BYTES, encrypted.length())));
    }

    /** The id of the key that encrypts. */
    public String currentId() {
        return ids().iterator().next();
    }

    /** The ids of all keys, the one that encrypts first. */
    public Set<String> ids() {
        return keys.keySet();
    }

    private Future<?> readAgain() {
        return vertx.executeBlocking(source::read, false).onSuccess(read -> keys = byId(read));
    }

    private byte[] run(int mode, String id, byte[] nonce, Owner owner, String column, byte[] text) {
        SecretKey key = Optional.ofNullable(keys.get(id))
                .orElseThrow(() -> new Unreadable(
                        "The %s of %s is encrypted under the key %s, which is not among the keys of this server (%s). Add that key after the others and start again; expiry keys --help explains."
                                .formatted(column, owner, id, String.join(", ", ids()))));
        try {
            Cipher cipher = Cipher.getInstance(CIPHER);
            cipher.init(mode, key, new GCMParameterSpec(TAG_BYTES * 8, nonce));
            cipher.updateAAD(ByteBuffer.allocate(column.length() + 16)
                    .put(column.getBytes(US_ASCII))
                    .putLong(owner.id.getMostSignificantBits())
                    .putLong(owner.id.getLeastSignificantBits())
                    .flip());
            return cipher.doFinal(text);
        } catch (AEADBadTagException altered) {
            throw new Unreadable(
                    "The %s of %s is not what was encrypted for it: it was altered or moved.".formatted(column, owner));
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static Map<String, SecretKey> byId(List<SecretKey> keys) {
        Map<String, SecretKey> byId = new LinkedHashMap<>();
        keys.forEach(key -> byId.putIfAbsent(idOf(key), key));
        return byId;
    }
}
