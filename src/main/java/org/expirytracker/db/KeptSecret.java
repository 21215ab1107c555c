package org.expirytracker.db;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;

/** A random secret that a program makes once for itself and keeps in a file that only its owner can read. */
public final class KeptSecret {

    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{16,}");

    private KeptSecret() {}

    /**
     * The secret in a file, made when there is none. Blocking.
     *
     * @param file in a directory that exists; its mode becomes 0600
     * @param bytes how many random bytes, at least 12
     * @return URL-safe Base64 without padding
     * @throws IOException with a message for the operator when the file cannot be read or written, or is damaged
     */
    public static String in(Path file, int bytes) throws IOException {
        if (Files.exists(file)) {
            String secret = Files.readString(file, US_ASCII).strip();
            if (!FORM.matcher(secret).matches() || secret.length() * 6 / 8 < bytes) {
                throw new IOException("The secret in " + file + " is damaged; restore this file from a backup");
            }
            return secret;
        }
        byte[] random = new byte[bytes];
        new SecureRandom().nextBytes(random);
        String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        write(file, secret);
        return secret;
    }

    /**
     * Writes secrets in place of what a file holds. It is whole on disk when this returns; should the machine stop
     * before, the file is as it was. Blocking.
     *
     * @param file its mode becomes 0600
     * @param content ASCII, without the line feed that ends it
     * @throws IOException with a message for the operator; the file is as it was
     */
    public static void write(Path file, String content) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        DiskSpace.needed(Objects.requireNonNull(file.toAbsolutePath().getParent(), "A file is in a folder"), () -> {
            try {
                replace(file, content, unfinished);
            } catch (IOException e) {
                Files.deleteIfExists(unfinished);
                throw e;
            }
            return file;
        });
    }

    private static void replace(Path file, String content, Path unfinished) throws IOException {
        Files.deleteIfExists(unfinished);
        try (FileChannel channel = FileChannel.open(
                unfinished,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer bytes = US_ASCII.encode(content + "\n");
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
        // The new name is an entry of the directory, which has to be on disk as well.
        try (FileChannel directory = FileChannel.open(
                Objects.requireNonNull(file.toAbsolutePath().getParent(), "A file is in a folder"),
                StandardOpenOption.READ)) {
            directory.force(true);
        }
    }
}
