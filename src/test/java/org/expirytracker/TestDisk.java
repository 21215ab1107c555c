package org.expirytracker;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A small disk of a test's own that can be filled: a mount of tmpfs, which needs the rights of root. */
public final class TestDisk implements AutoCloseable {

    private final Path root;

    private TestDisk(Path root) {
        this.root = root;
    }

    /**
     * Mounts one over an empty directory. Where that is not allowed, as in most containers, the test is skipped.
     *
     * @param megabytes its size
     */
    public static TestDisk mount(Path over, int megabytes) throws IOException {
        int result = run("mount", "-t", "tmpfs", "-o", "mode=0700,size=" + megabytes + "m", "tmpfs", over.toString());
        assumeTrue(result == 0, "Skipped, because a disk cannot be mounted here: it needs root and the right to mount");
        return new TestDisk(over);
    }

    /** The directory that is the disk. */
    public Path root() {
        return root;
    }

    /** Changes its size and keeps what is on it. */
    public void resize(int megabytes) throws IOException {
        if (run("mount", "-o", "remount,size=" + megabytes + "m", root.toString()) != 0) {
            throw new IOException("The disk does not change its size");
        }
    }

    /** Takes all of its space. */
    public void fill() throws IOException {
        try (OutputStream filler = Files.newOutputStream(root.resolve("filler"))) {
            byte[] zeros = new byte[1 << 16];
            while (true) {
                filler.write(zeros);
            }
        } catch (IOException full) {
            if (Files.getFileStore(root).getUsableSpace() > 0) {
                throw full;
            }
        }
    }

    /** Gives back what {@link #fill} took. */
    public void free() throws IOException {
        Files.deleteIfExists(root.resolve("filler"));
    }

    /** Takes the disk away; nothing may use it any more. */
    @Override
    public void close() throws IOException {
        run("umount", "-l", root.toString());
    }

    private static int run(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return process.waitFor(20, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }
}
