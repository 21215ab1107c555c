package org.expirytracker.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.KeptSecret;

/**
 * The file in which the embedded database's keys are kept, one on each line, the one that encrypts first. Only its owner
 * can read it.
 */
record SecretKeyFile(Path path) implements SecretKeys.Source {

    /** The keys of the environment; without them, those of the file. */
    static SecretKeys.Source or(Config config) {
        return config.secretKeys().<SecretKeys.Source>map(keys -> () -> keys).orElseGet(() -> of(config));
    }

    /** Where the file is, whether or not it is there. */
    static SecretKeyFile of(Config config) {
        return new SecretKeyFile(config.data().resolve("secret-keys"));
    }

    /** The keys; a first one is made when there is no file. */
    @Override
    public List<SecretKey> read() throws IOException {
        if (!Files.exists(path)) {
            Files.createDirectories(path.toAbsolutePath().getParent());
            write(List.of(SecretKeys.newKey()));
        }
        try (var lines = Files.lines(path, US_ASCII)) {
            List<SecretKey> keys = lines.map(SecretKeys::key).toList();
            if (keys.isEmpty()) {
                throw new IllegalArgumentException("There is none.");
            }
            return keys;
        } catch (IllegalArgumentException wrong) {
            throw new IOException("The keys in " + path + " are damaged; restore this file from a backup", wrong);
        }
    }

    /**
     * Keeps every other rotation away until it is closed, or the process ends.
     *
     * @throws IOException with a message for the operator when another one is at work
     */
    FileChannel lock() throws IOException {
        Path lock = path.resolveSibling(path.getFileName() + ".lock");
        FileChannel channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException heldByThisProcess) {
            // Said below.
        }
        channel.close();
        throw new IOException(
                "Another rotation of the keys is at work, so nothing was done. Wait until it has finished");
    }

    /** Replaces the keys, durably. */
    void write(List<SecretKey> keys) throws IOException {
        KeptSecret.write(
                path,
                keys.stream()
                        .map(key -> Base64.getEncoder().encodeToString(key.getEncoded()))
                        .collect(Collectors.joining("\n")));
    }
}
