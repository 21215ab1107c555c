package org.expirytracker.backups;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A folder among the temporary files that only its owner may enter, for readable copies of data. It goes when this is closed,
 * also by Ctrl-C; what a killed program left goes with {@link #sweep}. Blocking.
 */
public final class PrivateFolder implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(PrivateFolder.class);
    private static final String PREFIX = "expiry-backup-";
    private static final String HELD = ".held";

    private final Path path;
    private final HeldFile held;
    private final Thread atExit;

    private PrivateFolder(Path path, HeldFile held) {
        this.path = path;
        this.held = held;
        this.atExit = new Thread(() -> delete(path), "private-folder-sweeper");
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /**
     * A new one.
     *
     * @throws IOException when there is no room among the temporary files
     */
    public static PrivateFolder create() throws IOException {
        Path path = Files.createTempDirectory(PREFIX);
        try {
            return new PrivateFolder(path, HeldFile.create(path.resolve(HELD)));
        } catch (IOException e) {
            delete(path);
            throw e;
        }
    }

    /** Where it is. */
    public Path path() {
        return path;
    }

    @Override
    public void close() {
        delete(path);
        try {
            held.close();
        } catch (IOException e) {
            LOG.debug("The lock of {} was not closed", path, e);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException ending) {
            // The hook runs already.
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (UncheckedIOException | IOException e) {
            LOG.warn("The folder {} is left behind, with a copy of the data in it; delete it by hand", folder, e);
        }
    }

    /** Deletes what programs left that were killed: readable data may be among it. */
    public static void sweep() {
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            List<Path> named = files.filter(
                            file -> String.valueOf(file.getFileName()).startsWith(PREFIX))
                    .toList();
            for (Path each : named) {
                if (isAbandoned(each)) {
                    delete(each);
                }
            }
        } catch (UncheckedIOException | IOException unseen) {
            LOG.debug("Not all that was left behind could be looked at", unseen);
        }
    }

    /** One without a lock is just being made, or was left before there were locks. */
    private static boolean isAbandoned(Path folder) throws IOException {
        Path lock = folder.resolve(HELD);
        return Files.exists(lock) ? HeldFile.isAbandoned(lock) : HeldFile.isOld(folder);
    }
}
