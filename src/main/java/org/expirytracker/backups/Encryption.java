package org.expirytracker.backups;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.exceptionfactory.jagged.RecipientStanzaReader;
import com.exceptionfactory.jagged.RecipientStanzaWriter;
import com.exceptionfactory.jagged.framework.stream.StandardDecryptingChannelFactory;
import com.exceptionfactory.jagged.framework.stream.StandardEncryptingChannelFactory;
import com.exceptionfactory.jagged.x25519.X25519KeyPairGenerator;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaReaderFactory;
import com.exceptionfactory.jagged.x25519.X25519RecipientStanzaWriterFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Encrypted backups: files in the format of age (age-encryption.org/v1), which age's own programs open too. Whoever
 * encrypts knows recipients, which are public ({@code age1…}); only the holder of an identity
 * ({@code AGE-SECRET-KEY-1…}) can read. So a server that makes backups cannot read the old ones. Blocking.
 */
public final class Encryption {

    /** What the name of an encrypted file ends with. */
    public static final String SUFFIX = ".age";

    private static final String INTRODUCTION = "age-encryption.org/v1\n";
    private static final int BUFFER = 1 << 16;

    private Encryption() {}

    /**
     * Who can read, and what for.
     *
     * @param recipient public: for it is encrypted
     * @param identity secret: with it is read
     */
    public record Key(String recipient, String identity) {

        @Override
        public String toString() {
            return "Key[recipient=" + recipient + ", identity=***]";
        }
    }

    /** A new one. */
    public static Key newKey() {
        try {
            KeyPair pair = new X25519KeyPairGenerator().generateKeyPair();
            return new Key(
                    new String(pair.getPublic().getEncoded(), US_ASCII),
                    new String(pair.getPrivate().getEncoded(), US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("This Java runtime has no X25519", e);
        }
    }

    /**
     * Lets a recipient pass for whom can be encrypted.
     *
     * @return the same
     * @throws IllegalArgumentException when it is none
     */
    public static String requireRecipient(String text) {
        writer(text);
        return text;
    }

    private static RecipientStanzaWriter writer(String recipient) {
        try {
            return X25519RecipientStanzaWriterFactory.newRecipientStanzaWriter(recipient);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no recipient of age", e);
        }
    }

    /**
     * The identities in a file as {@code expiry db backup-key} and {@code age-keygen} write it: one on a line, and
     * comments after {@code #}.
     *
     * @throws BackupFailure when it cannot be read or holds none
     */
    public static List<String> identities(Path file) {
        List<String> identities;
        try (var lines = Files.lines(file, ISO_8859_1)) {
            identities = lines.map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                    .toList();
        } catch (NoSuchFileException e) {
            throw new BackupFailure("There is no file " + file + ". Give the one that holds the identity.", e);
        } catch (IOException | UncheckedIOException e) {
            throw new BackupFailure("The file " + file + " cannot be read: " + e.getMessage(), e);
        }
        if (identities.isEmpty() || identities.stream().anyMatch(identity -> !isIdentity(identity))) {
            throw new BackupFailure(
                    "The file " + file + " holds no identity of age. Give one as expiry db backup-key or"
                            + " age-keygen writes it: lines that begin with AGE-SECRET-KEY-1.");
        }
        return identities;
    }

    private static boolean isIdentity(String text) {
        try {
            reader(text);
            return true;
        } catch (IllegalArgumentException none) {
            return false;
        }
    }

    private static RecipientStanzaReader reader(String identity) {
        try {
            return X25519RecipientStanzaReaderFactory.newRecipientStanzaReader(identity);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no identity of age", e);
        }
    }

    /**
     * Whether a file begins as an encrypted one does.
     *
     * @throws IOException when it cannot be read
     */
    static boolean isEncrypted(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return Arrays.equals(in.readNBytes(INTRODUCTION.length()), INTRODUCTION.getBytes(UTF_8));
        }
    }

    /**
     * Writes an encrypted copy of a file; it is on disk when this returns.
     *
     * @param to that does not exist; only its owner can read it
     * @param recipients each of whom can read it
     * @throws IOException when one file cannot be read or the other not be written, and then there is none
     */
    public static void encrypt(Path file, Path to, List<String> recipients) throws IOException {
        List<RecipientStanzaWriter> writers = new ArrayList<>();
        recipients.forEach(recipient -> writers.add(writer(recipient)));
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                FileChannel out = create(to);
                WritableByteChannel sealed =
                        new StandardEncryptingChannelFactory().newEncryptingChannel(out, writers)) {
            copy(in, sealed);
        } catch (GeneralSecurityException e) {
            Files.deleteIfExists(to);
            throw new IllegalStateException("This Java runtime has no ChaCha20-Poly1305", e);
        } catch (IOException e) {
            Files.deleteIfExists(to);
            throw e;
        }
        try (FileChannel written = FileChannel.open(to, StandardOpenOption.WRITE)) {
            written.force(true);
        }
    }

    /**
     * Writes a readable copy of an encrypted file.
     *
     * @param to that does not exist; only its owner can read it
     * @throws BackupFailure when none of the identities reads it, or it was altered
     */
    static void decrypt(Path file, Path to, List<String> identities) {
        List<RecipientStanzaReader> readers =
                identities.stream().map(Encryption::reader).toList();
        try {
            try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                    ReadableByteChannel opened =
                            new StandardDecryptingChannelFactory().newDecryptingChannel(in, readers);
                    FileChannel out = create(to)) {
                copy(opened, out);
            } catch (GeneralSecurityException | IOException e) {
                Files.deleteIfExists(to);
                throw e;
            }
        } catch (GeneralSecurityException e) {
            throw new BackupFailure(
                    "The backup " + file + " cannot be decrypted: " + e.getMessage() + ". It is for another identity,"
                            + " or was altered after it was written; nothing of it is loaded. Give the identity of its"
                            + " day, or take another copy of it.",
                    e);
        } catch (IOException e) {
            throw new BackupFailure(
                    "The backup " + file + " cannot be decrypted into " + to + ": " + e.getMessage()
                            + ". Nothing of it is loaded. See that there is room, or take another copy of the backup.",
                    e);
        }
    }

    private static FileChannel create(Path file) throws IOException {
        return FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }

    private static void copy(ReadableByteChannel from, WritableByteChannel to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        while (from.read(buffer) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                to.write(buffer);
            }
            buffer.clear();
        }
    }
}
