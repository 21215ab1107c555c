package org.expirytracker.db;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.db.PostgresBinaries.Outcome;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL of this program's own, run as a child process on a data directory that is kept between
 * starts. It is durable ({@code fsync} and {@code synchronous_commit} on), listens on loopback TCP only, and
 * asks for a password (SCRAM) that it makes itself.
 *
 * <p>The data directory holds
 *
 * <ul>
 *   <li>{@code postgresql/}: the database files, readable by their owner only
 *   <li>{@code postgresql-password}: the password of role {@code expiry}, mode 0600
 *   <li>{@code postgresql-binaries-…/}: the unpacked programs; deleting them costs only the time to unpack
 *   <li>{@code postgresql.log}: what the server logged since its last start
 *   <li>{@code lock}: held while a program uses the directory
 * </ul>
 *
 * <p>The server is its own process group: Ctrl-C in a terminal does not reach it, so the program can finish its
 * work before it calls {@link #close}. No shutdown hook is registered here. A program that ends without
 * {@code close} leaves the server running; the next {@link #start} stops it, and nothing committed is lost. Who serves
 * others keeps it running by an {@link EmbeddedSupervisor}.
 */
public final class EmbeddedDatabase implements AutoCloseable {

    /** The PostgreSQL release whose files this program reads and writes. */
    static final int MAJOR_VERSION = 18;

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedDatabase.class);
    private static final int DEFAULT_CONNECTIONS = 100;
    private static final Duration RETRY_PATIENCE = Duration.ofSeconds(20);
    private static final Duration RETRY_PAUSE = Duration.ofMillis(100);
    /** Longer than any statement runs. */
    private static final Duration LEFTOVER_PATIENCE = Duration.ofMillis(Database.STATEMENT_TIMEOUT_MILLIS + 1_000);

    private static final int LAST_WORDS = 5;
    /** Recovery after a crash replays at most {@code max_wal_size} (1 GB unless it is configured) and some. */
    private static final Duration START_PATIENCE = Duration.ofMinutes(5);

    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
    /** Lines of {@code postmaster.pid}, from 0, as {@code pg_ctl} reads them. */
    private static final int PORT_LINE = 3;

    private static final int STATUS_LINE = 7;

    /** No process can bear it: Linux ends at 2^22, macOS at 99998. */
    private static final String IMPOSSIBLE_PID = Integer.toString(Integer.MAX_VALUE);

    private static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    private static final Pattern PASSWORD = Pattern.compile("[A-Za-z0-9_-]{16,}");
    /** {@code pg_ctl} passes paths through a shell, between double quotes. */
    private static final Pattern UNSAFE_IN_PATH = Pattern.compile("[\"$`\\\\\\p{Cntrl}]");

    private static final Pattern SHARED_BUFFERS = Pattern.compile("(?im)^[ \\t]*shared_buffers\\b");

    private static final String ACCESS = """
            # Only from this machine, only with the password in postgresql-password.
            # type  database  user  address       method
            host    all       all   127.0.0.1/32  scram-sha-256
            """;

    private final Path directory;
    private final Path cluster;
    private final FileChannel lock;
    private final PostgresBinaries postgres;
    private final String url;
    private final int port;
    private final int maxConnections;
    private final AtomicBoolean closed = new AtomicBoolean();

    private EmbeddedDatabase(
            Path directory,
            FileChannel lock,
            PostgresBinaries postgres,
            String password,
            int port,
            int maxConnections) {
        this.directory = directory;
        this.cluster = directory.resolve("postgresql");
        this.lock = lock;
        this.postgres = postgres;
        this.url = url(password, port);
        this.port = port;
        this.maxConnections = maxConnections;
    }

    /** As {@link #start(Path, int)}, for at most 100 connections. */
    public static EmbeddedDatabase start(Path dataDirectory) throws IOException {
        return start(dataDirectory, DEFAULT_CONNECTIONS);
    }

    /**
     * Starts the server and returns when it answers. The first start in a directory unpacks PostgreSQL and makes
     * an empty database {@code expiry} (UTF-8, built-in locale {@code C.UTF-8}) that belongs to role
     * {@code expiry}, which may create further databases but is no superuser. A later start first stops a server
     * that a killed program left behind, and recovers from a crash. Blocking: not for an event loop.
     *
     * @param dataDirectory made (mode 0700) when missing
     * @param maxConnections the most connections the server accepts, 10 to 1,000
     * @throws IOException with a message for the operator: the directory is in use by another program, belongs to
     *     another PostgreSQL release, cannot be written; there is no PostgreSQL for this machine; the server
     *     does not start
     */
    public static EmbeddedDatabase start(Path dataDirectory, int maxConnections) throws IOException {
        if (maxConnections < 10 || maxConnections > 1_000) {
            throw new IllegalArgumentException("maxConnections must be 10 to 1000, not " + maxConnections);
        }
        long begun = System.nanoTime();
        Path directory = existing(dataDirectory);
        FileChannel lock = DiskSpace.needed(directory, () -> lock(directory));
        try {
            EmbeddedDatabase database = DiskSpace.needed(directory, () -> startLocked(directory, lock, maxConnections));
            LOG.atInfo()
                    .addKeyValue("directory", directory)
                    .addKeyValue(
                            "millis",
                            Duration.ofNanos(System.nanoTime() - begun).toMillis())
                    .log("Embedded PostgreSQL is ready");
            return database;
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /**
     * Where the database is that another program on this machine runs on a data directory right now.
     *
     * @return as {@link #url()}; empty when no program does, or when its server does not answer yet
     * @throws IOException when the directory cannot be read
     */
    public static Optional<String> running(Path dataDirectory) throws IOException {
        Path pidFile = dataDirectory.resolve("postgresql").resolve("postmaster.pid");
        Path password = dataDirectory.resolve("postgresql-password");
        if (!Files.exists(pidFile) || !Files.exists(password) || !isLocked(dataDirectory.resolve("lock"))) {
            return Optional.empty();
        }
        List<String> lines = Files.readAllLines(pidFile);
        if (lines.size() <= STATUS_LINE || !lines.get(STATUS_LINE).strip().equals("ready")) {
            return Optional.empty();
        }
        return Optional.of(url(
                Files.readString(password).strip(),
                Integer.parseInt(lines.get(PORT_LINE).strip())));
    }

    private static boolean isLocked(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, READ, WRITE);
                FileLock free = channel.tryLock()) {
            return free == null;
        } catch (OverlappingFileLockException e) {
            LOG.debug("This very process holds the lock", e);
            return true;
        }
    }

    private static String url(String password, int port) {
        return "postgresql://expiry:" + password + "@127.0.0.1:" + port + "/expiry";
    }

    /**
     * Where the database is, as a libpq-style URI with its password:
     * {@code postgresql://expiry:…@127.0.0.1:port/expiry}. The port changes with every start.
     */
    public String url() {
        return url;
    }

    /**
     * The process of the server that runs now, as it is named in its directory.
     *
     * @throws IOException when none runs
     */
    ProcessHandle server() throws IOException {
        List<String> lines = Files.readAllLines(cluster.resolve("postmaster.pid"));
        return ProcessHandle.of(Long.parseLong(lines.getFirst().strip()))
                .orElseThrow(() -> new IOException("The process of the embedded PostgreSQL has ended"));
    }

    /**
     * Starts the server again after it has ended by itself, on the same port, so that whoever was connected finds it
     * again. Blocking.
     *
     * @throws IOException with a message for the operator when it does not start, or was closed meanwhile
     */
    synchronized void restart() throws IOException {
        releaseFromPreviousServer(postgres, cluster);
        startServer(postgres, directory, cluster, maxConnections, () -> port, closed::get);
    }

    /** What the server logged last, for the log; empty when that cannot be read. */
    String lastWords() {
        try {
            List<String> lines = Files.readAllLines(directory.resolve("postgresql.log"));
            return String.join("\n", lines.subList(Math.max(0, lines.size() - LAST_WORDS), lines.size()));
        } catch (IOException unreadable) {
            return "";
        }
    }

    /** Whether the disk has no room for another file of its write-ahead log. */
    boolean isDiskFull() {
        return DiskSpace.isShort(cluster);
    }

    /**
     * Stops the server: open transactions are rolled back, everything committed is on disk. Calling it again
     * does nothing. Blocking.
     *
     * @throws IOException when the server could not be stopped
     */
    @Override
    public void close() throws IOException {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        // Not yet exclusively: this also ends a start that is under way.
        stop(postgres, cluster);
        closeExclusively();
    }

    private synchronized void closeExclusively() throws IOException {
        try (lock) {
            if (isRunning(postgres, cluster)) {
                stop(postgres, cluster);
            }
            LOG.atInfo().addKeyValue("directory", directory).log("Embedded PostgreSQL has stopped");
        }
    }

    private static EmbeddedDatabase startLocked(Path directory, FileChannel lock, int maxConnections)
            throws IOException {
        Path cluster = directory.resolve("postgresql");
        checkVersion(cluster);
        PostgresBinaries postgres = PostgresBinaries.unpack(directory);
        releaseFromPreviousServer(postgres, cluster);
        postgres.deleteOthers();
        deleteUnfinished(directory);
        String password = password(directory, cluster);
        if (!Files.exists(cluster)) {
            initialize(postgres, directory, cluster, password);
        }
        int port = startServer(postgres, directory, cluster, maxConnections, EmbeddedDatabase::freePort, () -> false);
        return new EmbeddedDatabase(directory, lock, postgres, password, port, maxConnections);
    }

    private static Path existing(Path dataDirectory) throws IOException {
        try {
            make(dataDirectory);
        } catch (FileSystemException e) {
            throw new IOException("The data directory " + dataDirectory.toAbsolutePath() + " cannot be made: " + e, e);
        }
        if (!Files.isDirectory(dataDirectory) || !Files.isWritable(dataDirectory)) {
            throw new IOException("The data directory " + dataDirectory.toAbsolutePath()
                    + " is not a directory this program may write to");
        }
        Path directory = dataDirectory.toRealPath();
        if (UNSAFE_IN_PATH.matcher(directory.toString()).find()) {
            throw new IOException("The data directory " + directory
                    + " must not have quotes, $, `, backslashes or control characters in its path");
        }
        return directory;
    }

    private static void make(Path dataDirectory) throws IOException {
        if (Files.exists(dataDirectory)) {
            return;
        }
        Path parent = dataDirectory.toAbsolutePath().getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        Files.createDirectory(
                dataDirectory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    private static FileChannel lock(Path directory) throws IOException {
        FileChannel channel = FileChannel.open(directory.resolve("lock"), Set.of(CREATE, READ, WRITE), OWNER_ONLY);
        try {
            if (channel.tryLock() != null) {
                byte[] holder = Long.toString(ProcessHandle.current().pid()).getBytes(UTF_8);
                channel.truncate(0).write(ByteBuffer.wrap(holder));
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            LOG.debug("This very process holds the lock", e);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IOException("The data directory " + directory + " is in use by another running program (process "
                + Files.readString(directory.resolve("lock")).strip()
                + "). Stop that one first, or choose another directory");
    }

    private static void checkVersion(Path cluster) throws IOException {
        if (!Files.exists(cluster)) {
            return;
        }
        Path versionFile = cluster.resolve("PG_VERSION");
        if (!Files.exists(versionFile)) {
            throw new IOException(cluster + " is not a PostgreSQL data directory: it has no file PG_VERSION."
                    + " Restore it, or move it away to begin with an empty database");
        }
        String version = Files.readString(versionFile).strip();
        if (!version.equals(Integer.toString(MAJOR_VERSION))) {
            throw new IOException("The data directory " + cluster + " was made by PostgreSQL " + version
                    + ", and this program brings PostgreSQL " + MAJOR_VERSION + ". Dump it with the release that made"
                    + " it and restore it here, or run that release and set DATABASE_URL");
        }
    }

    /**
     * Makes sure that no server runs on these files, and that PostgreSQL will not mistake a stranger for one. What
     * decides is {@code postmaster.pid}; a dead process in it is left for PostgreSQL, which then also looks for
     * surviving backends by the shared memory key in the same file.
     */
    private static void releaseFromPreviousServer(PostgresBinaries postgres, Path cluster) throws IOException {
        Path pidFile = cluster.resolve("postmaster.pid");
        if (!Files.exists(pidFile)) {
            return;
        }
        List<String> lines = Files.readAllLines(pidFile);
        if (lines.isEmpty() || !lines.getFirst().strip().matches("[1-9][0-9]{0,9}")) {
            LOG.atWarn().addKeyValue("file", pidFile).log("Deleting a pid file that a crash left unfinished");
            Files.delete(pidFile);
            return;
        }
        long pid = Long.parseLong(lines.getFirst().strip());
        if (!ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)) {
            return;
        }
        if (isServerOf(cluster, pid)) {
            LOG.atWarn().addKeyValue("pid", pid).log("Stopping the PostgreSQL that a killed program left running");
            stop(postgres, cluster);
            return;
        }
        LOG.atWarn().addKeyValue("pid", pid).log("The pid file of PostgreSQL names a process that is none: a crash");
        // Only the pid is replaced: without the shared memory key PostgreSQL could not see surviving backends.
        lines.set(0, IMPOSSIBLE_PID);
        replace(cluster, pidFile, String.join("\n", lines) + "\n");
    }

    private static boolean isServerOf(Path cluster, long pid) {
        return worksIn(cluster, pid)
                || ProcessHandle.of(pid)
                        .flatMap(process -> process.info().commandLine())
                        .filter(line -> line.contains("postgres -D " + cluster))
                        .isPresent();
    }

    /** A server and its backends work in its data directory, under whatever name that has by now. */
    private static boolean worksIn(Path cluster, long pid) {
        Path workingDirectory = Path.of("/proc", Long.toString(pid), "cwd");
        try {
            return Files.isReadable(workingDirectory) && Files.isSameFile(workingDirectory, cluster);
        } catch (IOException ended) {
            return false;
        }
    }

    private static void deleteUnfinished(Path directory) throws IOException {
        try (DirectoryStream<Path> found =
                Files.newDirectoryStream(directory, "{postgresql-unfinished-*,unfinished-*.tmp}")) {
            for (Path unfinished : found) {
                try {
                    PostgresBinaries.deleteTree(unfinished);
                } catch (IOException e) {
                    // Its initdb may have outlived its program and still be writing; the next start deletes it.
                    LOG.atDebug()
                            .addKeyValue("directory", unfinished)
                            .setCause(e)
                            .log("Not deleted yet");
                }
            }
        }
    }

    private static String password(Path directory, Path cluster) throws IOException {
        Path file = directory.resolve("postgresql-password");
        if (Files.exists(file)) {
            String password = Files.readString(file).strip();
            if (!PASSWORD.matcher(password).matches()) {
                throw new IOException("The password in " + file + " is damaged; restore this file from a backup");
            }
            return password;
        }
        if (Files.exists(cluster)) {
            throw new IOException(
                    "The password of the database in " + cluster + " is missing; restore " + file + " from a backup");
        }
        byte[] random = new byte[24];
        new SecureRandom().nextBytes(random);
        String password = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        replace(directory, file, password + "\n");
        return password;
    }

    /** Makes the database beside its place and renames it when it is whole: a crash leaves no half of one. */
    private static void initialize(PostgresBinaries postgres, Path directory, Path cluster, String password)
            throws IOException {
        Path unfinished = directory.resolve("postgresql-unfinished-" + UUID.randomUUID());
        try {
            initialize(postgres, cluster, password, unfinished);
            Files.move(unfinished, cluster, ATOMIC_MOVE);
        } catch (IOException e) {
            PostgresBinaries.deleteTree(unfinished);
            throw e;
        }
        PostgresBinaries.force(directory);
    }

    private static void initialize(PostgresBinaries postgres, Path cluster, String password, Path unfinished)
            throws IOException {
        require(
                postgres.run(
                        null,
                        "initdb",
                        "--pgdata=" + unfinished,
                        "--username=postgres",
                        "--auth=reject",
                        "--encoding=UTF8",
                        "--locale=C",
                        "--locale-provider=builtin",
                        "--builtin-locale=C.UTF-8",
                        "--no-instructions"),
                "PostgreSQL could not make its data directory " + cluster);
        Files.writeString(unfinished.resolve("pg_hba.conf"), ACCESS);
        // Single-user mode listens nowhere, so no one can come in before there is a password.
        require(
                postgres.run(
                        "CREATE ROLE expiry LOGIN CREATEDB PASSWORD '" + password + "'\n"
                                + "CREATE DATABASE expiry OWNER expiry\n",
                        "postgres",
                        "--single",
                        "-D",
                        unfinished.toString(),
                        "-c",
                        "exit_on_error=on",
                        "-c",
                        // A failing statement is in the output, which becomes a message: not with the password.
                        "log_min_error_statement=panic",
                        "postgres"),
                "PostgreSQL could not make the database expiry in " + cluster);
        PostgresBinaries.force(unfinished.resolve("pg_hba.conf"));
    }

    /** A port to listen on. */
    @FunctionalInterface
    private interface PortChoice {
        int get() throws IOException;
    }

    /** Returns the port it listens on. */
    private static int startServer(
            PostgresBinaries postgres,
            Path directory,
            Path cluster,
            int maxConnections,
            PortChoice choice,
            BooleanSupplier givenUp)
            throws IOException {
        Path log = directory.resolve("postgresql.log");
        long begun = System.nanoTime();
        while (!givenUp.getAsBoolean()) {
            int port = choice.get();
            Files.deleteIfExists(log);
            Outcome outcome = postgres.run(
                    null,
                    "pg_ctl",
                    "start",
                    "--wait",
                    "--silent",
                    "--timeout=" + START_PATIENCE.toSeconds(),
                    "--pgdata=" + cluster,
                    "--log=" + log,
                    "--options=" + options(cluster, port, maxConnections));
            if (!outcome.failed()) {
                return port;
            }
            // A server that is merely slow still runs, and would outlive the lock.
            postgres.run(null, "pg_ctl", "stop", "--mode=immediate", "--wait", "--pgdata=" + cluster);
            String logged = Files.exists(log) ? Files.readString(log) : "";
            Duration waited = Duration.ofNanos(System.nanoTime() - begun);
            if (!isPassing(logged) || waited.compareTo(RETRY_PATIENCE) > 0) {
                throw new IOException("The embedded PostgreSQL does not start; " + log + " says:\n"
                        + (logged.isBlank() ? outcome.output() : logged.strip()));
            }
            if (waited.compareTo(LEFTOVER_PATIENCE) > 0 && isHeldByLeftovers(logged)) {
                killLeftovers(cluster);
            }
            pause();
        }
        throw new IOException("The embedded PostgreSQL was closed while it started");
    }

    /**
     * Backends see at once that their server has died, unless they stand still or wait for a disk. Without a server they
     * can commit nothing that a client would be told of, and nobody could start another one beside them.
     */
    private static void killLeftovers(Path cluster) {
        ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .command()
                        .filter(command -> command.endsWith("/postgres"))
                        .isPresent())
                .filter(process -> worksIn(cluster, process.pid()))
                .forEach(leftover -> {
                    LOG.atWarn().addKeyValue("pid", leftover.pid()).log("Killing a backend that outlived its server");
                    leftover.destroyForcibly();
                });
    }

    /** Another program took the port just now, or the backends of a killed server are still about to end. */
    private static boolean isPassing(String logged) {
        return logged.contains("Address already in use") || isHeldByLeftovers(logged);
    }

    private static boolean isHeldByLeftovers(String logged) {
        return logged.contains("pre-existing shared memory block");
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(RETRY_PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while waiting to start PostgreSQL again");
        }
    }

    /** Given on the command line, where they win over postgresql.conf: nothing there can take durability away. */
    private static String options(Path cluster, int port, int maxConnections) throws IOException {
        Stream<String> settings = Stream.of(
                "port=" + port,
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "max_connections=" + maxConnections,
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "timezone=UTC",
                // Not the statements of failed queries: they hold what users wrote.
                "log_min_messages=log",
                "log_checkpoints=off",
                "log_timezone=UTC");
        return Stream.concat(settings, memory(cluster))
                .map(setting -> "-c " + setting)
                .collect(Collectors.joining(" "));
    }

    /**
     * How much PostgreSQL keeps in memory of its own: an eighth of what the machine or container has, from 128 MB to 1 GB, of
     * which it takes what it has read. With less than that, whoever owns a million items waits up to four times as long.
     *
     * @return nothing where an operator has added a value to the one with which {@code initdb} begins
     */
    private static Stream<String> memory(Path cluster) throws IOException {
        Path altered = cluster.resolve("postgresql.auto.conf");
        String configured = Files.readString(cluster.resolve("postgresql.conf"))
                // PostgreSQL starts without it.
                + (Files.exists(altered) ? Files.readString(altered) : "");
        if (SHARED_BUFFERS.matcher(configured).results().count() > 1) {
            return Stream.empty();
        }
        long megabytes =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() >> 20;
        return Stream.of("shared_buffers=%dMB".formatted(Math.clamp(megabytes / 8, 128, 1_024)));
    }

    private static void stop(PostgresBinaries postgres, Path cluster) throws IOException {
        Outcome outcome = stop(postgres, cluster, "fast");
        if (outcome.failed() && isRunning(postgres, cluster)) {
            LOG.atWarn()
                    .addKeyValue("directory", cluster)
                    .log("PostgreSQL takes long to stop; it will recover instead");
            outcome = stop(postgres, cluster, "immediate");
        }
        if (outcome.failed() && isRunning(postgres, cluster)) {
            throw new IOException("PostgreSQL in " + cluster + " does not stop: " + outcome.output());
        }
        if (outcome.failed()) {
            LOG.atWarn().addKeyValue("directory", cluster).log("PostgreSQL had crashed; it recovers at the next start");
        }
    }

    private static boolean isRunning(PostgresBinaries postgres, Path cluster) throws IOException {
        return !postgres.run(null, "pg_ctl", "status", "--pgdata=" + cluster).failed();
    }

    private static Outcome stop(PostgresBinaries postgres, Path cluster, String mode) throws IOException {
        return postgres.run(
                null,
                "pg_ctl",
                "stop",
                "--wait",
                "--silent",
                "--mode=" + mode,
                "--timeout=" + STOP_PATIENCE.toSeconds(),
                "--pgdata=" + cluster);
    }

    private static void require(Outcome outcome, String failure) throws IOException {
        if (outcome.failed()) {
            throw new IOException(failure + ":\n" + outcome.output());
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** Writes a file of a directory in one step; only its owner may read it. */
    private static void replace(Path directory, Path file, String content) throws IOException {
        Path unfinished = Files.createTempFile(directory, "unfinished-", ".tmp", OWNER_ONLY);
        try {
            Files.writeString(unfinished, content);
            PostgresBinaries.force(unfinished);
            Files.move(unfinished, file, ATOMIC_MOVE);
        } catch (IOException e) {
            Files.deleteIfExists(unfinished);
            throw e;
        }
        PostgresBinaries.force(directory);
    }
}
