package org.expirytracker.backups;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A backup as its reader needs it: the file itself, or, of an encrypted one, a readable copy in a folder that only its
 * owner may enter, which goes when this is closed. Blocking.
 */
public final class OpenedBackup implements AutoCloseable {

    private final Path file;
    private final @Nullable PrivateFolder folder;

    private OpenedBackup(Path file, @Nullable PrivateFolder folder) {
        this.file = file;
        this.folder = folder;
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
            PrivateFolder folder = PrivateFolder.create();
            OpenedBackup opened = new OpenedBackup(folder.path().resolve(readableName(file)), folder);
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

    /** What can be read. */
    public Path file() {
        return file;
    }

    @Override
    public void close() {
        if (folder != null) {
            folder.close();
        }
    }
}
