package org.expirytracker.maintenance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where backups are kept. Blocking. */
public interface BackupStore {

    /** What the name of a backup ends with that could not be proved good; one of them is kept. */
    String UNVERIFIED = ".unverified";

    /**
     * Takes a whole file. It has its name when all of it is there for good, and not before.
     *
     * @param file that may be moved away
     * @throws IOException with a message for the operator; nothing is there by that name then
     */
    void put(Path file, String name) throws IOException;

    /**
     * The names of all that is there.
     *
     * @throws IOException with a message for the operator
     */
    List<String> names() throws IOException;

    /**
     * Deletes what may be there by a name.
     *
     * @throws IOException with a message for the operator
     */
    void delete(String name) throws IOException;

    /** For logs: where it is, without secrets. */
    @Override
    String toString();
}
