package org.expirytracker.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.expirytracker.accounts.SecretKeys;
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

    /** Replaces the keys, durably. */
    void write(List<SecretKey> keys) throws IOException {
        KeptSecret.write(
                path,
                keys.stream()
                        .map(key -> Base64.getEncoder().encodeToString(key.getEncoded()))
                        .collect(Collectors.joining("\n")));
    }
}
