package org.expirytracker.backups;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that gets its name when all of it is there, so that no half of it is ever taken for the whole. Until then it has
 * another one beside it, which ends in {@code .unfinished}, and only its owner can read it. It goes when this is closed
 * before, also by Ctrl-C; what a killed program left goes with {@link #sweep}. Blocking.
 */
public final class UnfinishedFile implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedFile.class);
    private static final String SUFFIX = ".unfinished";
    private static final Pattern NAME = Pattern.compile(".+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\\.unfinished");

    private final Path target;
    private final HeldFile held;
    private final Thread atExit = new Thread(this::delete, "unfinished-file-sweeper");

    private UnfinishedFile(Path target, HeldFile held) {
        this.target = target;
        this.held = held;
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * Begins a file.
     *
     * @param target what it is called in the end
     * @throws IOException when nothing can be written there
     */
    public static UnfinishedFile create(Path target) throws IOException {
        return new UnfinishedFile(
                target,
                HeldFile.create(target.resolveSibling(target.getFileName() + "." + UUID.randomUUID() + SUFFIX)));
    }

    /** Where its bytes go; forced to disk by whoever writes them. */
    public FileChannel channel() {
        return held.channel();
    }

    /**
     * Gives it its name, for good: what was there by that name is replaced.
     *
     * @throws IOException when that is not possible; it is not there by that name then
     */
    public void finish() throws IOException {
        Files.move(held.path(), target, StandardCopyOption.ATOMIC_MOVE);
        // The new name is on disk only when its folder is.
        try (FileChannel folder =
                FileChannel.open(target.toAbsolutePath().resolveSibling(""), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        delete();
        held.close();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // The hook runs already.
        }
    }

    private void delete() {
        try {
            Files.deleteIfExists(held.path());
        } catch (IOException e) {
            // Its name says what it is, and the failure that led here is told.
        }
    }

    /**
     * Deletes what programs left in a folder that were killed. Of no consequence when it fails: what is left is only in the
     * way.
     */
    public static void sweep(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> named = files.filter(file ->
                            NAME.matcher(String.valueOf(file.getFileName())).matches())
                    .toList();
            for (Path each : named) {
                if (HeldFile.isAbandoned(each)) {
                    Files.deleteIfExists(each);
                }
            }
        } catch (UncheckedIOException | IOException unseen) {
            LOG.debug("Not all that was left behind in {} could be looked at", folder, unseen);
        }
    }
}
