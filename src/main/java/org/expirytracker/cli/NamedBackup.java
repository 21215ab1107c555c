package org.expirytracker.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.expirytracker.backups.PrivateFolder;
import org.expirytracker.maintenance.BackupStore;
import org.expirytracker.maintenance.S3Address;
import org.jspecify.annotations.Nullable;

/** A backup that somebody names: a file, or one of a bucket, of which a copy is there until this is closed. */
record NamedBackup(Path file, @Nullable PrivateFolder folder) implements AutoCloseable {

    /**
     * Brings it, where it is not a file already.
     *
     * @param place a file, or {@code s3://bucket/prefix/name?…}
     * @throws IOException with a message for the operator
     */
    static NamedBackup of(String place, Map<String, String> environment) throws IOException {
        if (!S3Address.isOne(place)) {
            return new NamedBackup(Path.of(place), null);
        }
        int question = place.indexOf('?');
        String path = question < 0 ? place : place.substring(0, question);
        int slash = path.lastIndexOf('/');
        BackupStore store = Config.backupStore(path.substring(0, slash) + place.substring(path.length()), environment);
        PrivateFolder folder = PrivateFolder.create();
        try {
            Path file = folder.path().resolve(path.substring(slash + 1));
            store.fetch(path.substring(slash + 1), file);
            return new NamedBackup(file, folder);
        } catch (IOException | RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    @Override
    public void close() {
        if (folder != null) {
            folder.close();
        }
    }
}
