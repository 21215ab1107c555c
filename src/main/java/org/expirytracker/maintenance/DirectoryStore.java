package org.expirytracker.maintenance;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder, such as one that is mounted from another machine.
 *
 * @param folder that is there already: a mount that is missing is no place for backups
 */
public record DirectoryStore(Path folder) implements BackupStore {

    static final String UNFINISHED = ".unfinished";

    private static final int BUFFER = 1 << 20;
    private static final Duration LEFT_BEHIND = Duration.ofDays(2);

    @Override
    public void put(Path file, String name) throws IOException {
        Path unfinished = folder.resolve(name + "." + UUID.randomUUID() + UNFINISHED);
        try {
            sweepLeftBehind();
            copy(file, unfinished);
            Files.move(unfinished, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
                names.force(true);
            }
        } catch (IOException e) {
            throw explained("written to", e);
        } finally {
            Files.deleteIfExists(unfinished);
        }
    }

    /** What a program left behind that was killed; nothing that is under way is so old. */
    private void sweepLeftBehind() throws IOException {
        Instant before = Instant.now().minus(LEFT_BEHIND);
        for (String name : names()) {
            if (name.startsWith("expiry-")
                    && name.endsWith(UNFINISHED)
                    && Files.getLastModifiedTime(folder.resolve(name))
                            .toInstant()
                            .isBefore(before)) {
                delete(name);
            }
        }
    }

    private static void copy(Path file, Path to) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ);
                FileChannel out = FileChannel.open(
                        to,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            long size = in.size();
            for (long done = 0; done < size; ) {
                done += in.transferTo(done, Math.min(BUFFER, size - done), out);
            }
            out.force(true);
        }
    }

    @Override
    public List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        } catch (IOException e) {
            throw explained("listed in", e);
        }
    }

    @Override
    public void delete(String name) throws IOException {
        try {
            Files.deleteIfExists(folder.resolve(name));
        } catch (IOException e) {
            throw explained("deleted in", e);
        }
    }

    private IOException explained(String done, IOException e) {
        String reason = switch (e) {
            case NoSuchFileException missing -> "there is no such folder. Make it, or mount it";
            case NotDirectoryException file -> "it is no folder. Name another one in EXPIRY_BACKUP_TO";
            case AccessDeniedException denied -> "permission denied. Let the user of this program write there";
            case FileSystemException failed
            when failed.getReason() != null ->
                failed.getReason() + ". See that there is room, and that it may be written";
            default -> e.getMessage() + ". See that there is room, and that it may be written";
        };
        return new IOException("Backups cannot be " + done + " " + folder + ": " + reason, e);
    }

    @Override
    public String toString() {
        return folder.toString();
    }
}
