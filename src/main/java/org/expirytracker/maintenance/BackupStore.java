package org.expirytracker.maintenance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where backups are kept. Blocking. */
public sealed interface BackupStore permits DirectoryStore, S3Store {

    /** What the name of a backup ends with that could not be proved good; one of them is kept. */
    String UNVERIFIED = ".unverified";

    /**
     * What is there by a name.
     *
     * @param bytes of it
     */
    record Entry(String name, long bytes) {}

    /**
     * Takes a whole file. It has its name when all of it is there for good, and not before.
     *
     * @param file that may be moved away
     * @throws IOException with a message for the operator; nothing is there by that name then
     */
    void put(Path file, String name) throws IOException;

    /**
     * All that is there, in any order.
     *
     * @throws IOException with a message for the operator
     */
    List<Entry> list() throws IOException;

    /**
     * Brings what is there by a name.
     *
     * @param to a file that does not exist
     * @throws IOException with a message for the operator
     */
    void fetch(String name, Path to) throws IOException;

    /**
     * Deletes what may be there by a name.
     *
     * @throws IOException with a message for the operator
     */
    void delete(String name) throws IOException;

    /**
     * Takes away what programs left there that were killed while they stored a backup, as far as that is possible. Only
     * whoever makes the backups calls it, and no backup is being stored then.
     */
    void sweep();

    /**
     * Tries whether a backup can be stored, and leaves nothing of it.
     *
     * @throws IOException with a message for the operator
     */
    void tryOut() throws IOException;

    /** What {@code expiry db restore} takes for the backup of a name. */
    String placeOf(String name);

    /** For logs: where it is, without secrets. */
    @Override
    String toString();
}
