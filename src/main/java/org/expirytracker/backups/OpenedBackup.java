package org.expirytracker.backups;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A backup as its reader needs it: the file itself, or, of an encrypted one, a readable copy in a folder that only its
 * owner may enter, which goes when this is closed. Blocking.
 */
public final class OpenedBackup implements AutoCloseable {

    private static final String FOLDER = "expiry-backup-";

    private final Path file;
    private final @Nullable Path folder;
    private final Thread atExit = new Thread(this::sweep, "opened-backup-sweeper");

    private OpenedBackup(Path file, @Nullable Path folder) {
        this.file = file;
        this.folder = folder;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Opens a backup.
     *
     * @param identities with which an encrypted one is read; none are needed for another
     * @throws BackupFailure when it cannot be read, or is encrypted and no identity reads it
     */
    public static OpenedBackup of(Path file, List<String> identities) {
        try {
            if (!Encryption.isEncrypted(file)) {
                return new OpenedBackup(file, null);
            }
            if (identities.isEmpty()) {
                throw new BackupFailure("The backup " + file + " is encrypted. Give the file that holds the identity to"
                        + " read it with: --identity <file>");
            }
            Path folder = newFolder();
            OpenedBackup opened = new OpenedBackup(folder.resolve(readableName(file)), folder);
            try {
                Encryption.decrypt(file, opened.file, identities);
                return opened;
            } catch (BackupFailure failure) {
                opened.close();
                throw failure;
            }
        } catch (NoSuchFileException e) {
            throw new BackupFailure("There is no file " + file + ". Give the path of a backup.", e);
        } catch (IOException e) {
            throw new BackupFailure("The backup " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** So that what is said of the copy tells of which backup. */
    private static String readableName(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(Encryption.SUFFIX)
                ? name.substring(0, name.length() - Encryption.SUFFIX.length())
                : name + ".opened";
    }

    private static Path newFolder() throws IOException {
        // Only its owner may enter it.
        return Files.createTempDirectory(FOLDER);
    }

    /** What can be read. */
    public Path file() {
        return file;
    }

    @Override
    public void close() {
        sweep();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // The hook runs already.
        }
    }

    private void sweep() {
        if (folder != null) {
            delete(folder);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException e) {
            // Only its owner may enter it, and the folder of temporary files is emptied sooner or later.
        }
    }
}
