package org.expirytracker.db;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What is to be said, and done, when a disk is full. */
final class DiskSpace {

    /** A file of PostgreSQL's write-ahead log; it cannot go on, or recover, without room for one. */
    private static final long LEAST_BYTES = 16L * 1_048_576;

    /** The programs, an empty database with its first files of the log, and the tables. */
    private static final int FIRST_START_MEGABYTES = 250;

    private DiskSpace() {}

    /** Work that writes. */
    @FunctionalInterface
    interface Writing<T> {
        T run() throws IOException;
    }

    /**
     * Does what needs space.
     *
     * @return what the work returns
     * @throws IOException that of the work; when it failed because there is no space, with what to do about it
     */
    static <T> T needed(Path directory, Writing<T> work) throws IOException {
        try {
            return work.run();
        } catch (IOException failure) {
            if (isFull(failure) || isShort(directory)) {
                throw new IOException(
                        "There is no space left in %s. Nothing was left half-made. Free some (a first start needs about %d MB), or name another directory by EXPIRY_DATA, and start again. (%s)"
                                .formatted(directory, FIRST_START_MEGABYTES, failure.getMessage()),
                        failure);
            }
            throw failure;
        }
    }

    private static boolean isFull(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("No space left on device") || message.contains("Disk quota exceeded");
    }

    /** Whether there is too little for a database to go on; false when that cannot be told. */
    static boolean isShort(Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace() < LEAST_BYTES;
        } catch (IOException unknown) {
            return false;
        }
    }
}
