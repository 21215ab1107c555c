package org.expirytracker.maintenance;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.expirytracker.backups.UnfinishedFile;

/**
 * A folder, such as one that is mounted from another machine.
 *
 * @param folder that is there already: a mount that is missing is no place for backups
 */
public record DirectoryStore(Path folder) implements BackupStore {

    private static final int BUFFER = 1 << 20;

    @Override
    public void put(Path file, String name) throws IOException {
        try (UnfinishedFile unfinished = UnfinishedFile.create(folder.resolve(name))) {
            copy(file, unfinished.channel());
            unfinished.finish();
        } catch (IOException e) {
            throw explained("written to", e);
        }
    }

    private static void copy(Path file, FileChannel to) throws IOException {
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = in.size();
            for (long done = 0; done < size; ) {
                done += in.transferTo(done, Math.min(BUFFER, size - done), to);
            }
            to.force(true);
        }
    }

    @Override
    public List<Entry> list() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> new Entry(
                            String.valueOf(file.getFileName()), file.toFile().length()))
                    .toList();
        } catch (IOException e) {
            throw explained("listed in", e);
        }
    }

    @Override
    public void fetch(String name, Path to) throws IOException {
        try {
            Files.copy(folder.resolve(name), to);
        } catch (IOException e) {
            throw explained("read from", e);
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

    @Override
    public void sweep() {
        UnfinishedFile.sweep(folder);
    }

    @Override
    public void tryOut() throws IOException {
        if (!Files.isWritable(folder)) {
            throw explained("written to", new AccessDeniedException(folder.toString()));
        }
    }

    @Override
    public String placeOf(String name) {
        return folder.resolve(name).toString();
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
