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
            if (!FORM.matcher(secret).matches()) {
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

    /** Whole on disk or not there at all: written beside its place, forced, and renamed. */
    private static void write(Path file, String secret) throws IOException {
        Path unfinished = file.resolveSibling(file.getFileName() + ".unfinished");
        Files.deleteIfExists(unfinished);
        try (FileChannel channel = FileChannel.open(
                unfinished,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            ByteBuffer content = US_ASCII.encode(secret + "\n");
            while (content.hasRemaining()) {
                channel.write(content);
            }
            channel.force(true);
        }
        Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
