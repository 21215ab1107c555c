package org.expirytracker.backups;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A new file, locked for as long as whoever made it works at it: the operating system lets go of the lock when the program is
 * killed, and so others see that nobody will finish it.
 */
final class HeldFile implements Closeable {

    /** Where the file system has no locks: nothing that is under way is so old. */
    static final Duration LEFT_BEHIND = Duration.ofDays(2);

    /** Of this process, which must not ask: closing a second channel would let go of the lock of the first. */
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    private final Path file;
    private final FileChannel channel;

    private HeldFile(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /**
     * Makes a file that only its owner can read.
     *
     * @throws IOException when it cannot be made, or is there already
     */
    static HeldFile create(Path file) throws IOException {
        Path path = file.toAbsolutePath();
        OURS.add(path);
        try {
            while (true) {
                FileChannel channel = FileChannel.open(
                        path,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                lock(channel);
                // Who sweeps may have come between making and locking.
                if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
                    return new HeldFile(path, channel);
                }
                channel.close();
            }
        } catch (IOException e) {
            OURS.remove(path);
            throw e;
        }
    }

    private static void lock(FileChannel channel) {
        try {
            channel.lock();
        } catch (IOException none) {
            // The file system has no locks; the age of the file tells then.
        }
    }

    /**
     * Whether nobody works at a file any more that was made by this class.
     *
     * @throws IOException when it cannot be looked at
     */
    static boolean isAbandoned(Path file) throws IOException {
        if (OURS.contains(file.toAbsolutePath())) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            return lock != null;
        } catch (NoSuchFileException gone) {
            return false;
        } catch (IOException noLocks) {
            return isOld(file);
        }
    }

    static boolean isOld(Path file) throws IOException {
        return Files.getLastModifiedTime(file)
                .toInstant()
                .isBefore(Instant.now().minus(LEFT_BEHIND));
    }

    Path path() {
        return file;
    }

    FileChannel channel() {
        return channel;
    }

    /** Lets go of it; whatever has become of the file. */
    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            OURS.remove(file);
        }
    }
}
