package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.TestDatabase;

/** A PostgreSQL and a standby that follows it, in a folder of a test. */
final class StreamingPair implements AutoCloseable {

    private static final String PRIMARY = "primary";
    private static final String STANDBY = "standby";

    private final Path folder;
    private final PostgresBinaries postgres;
    final DatabaseUrl primary;
    final DatabaseUrl standby;

    /**
     * Starts both.
     *
     * @param options of the primary besides those of tests
     */
    StreamingPair(Path folder, String options) throws IOException {
        this.folder = folder;
        postgres = PostgresBinaries.unpack(folder);
        Path first = folder.resolve(PRIMARY);
        require("initdb", "--pgdata=" + first, "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C");
        Path second = folder.resolve(STANDBY);
        copy(first, second);
        Files.createFile(second.resolve("standby.signal"));
        primary = url(freePort());
        standby = url(freePort());
        Files.writeString(
                second.resolve("postgresql.conf"),
                "primary_conninfo = 'host=127.0.0.1 port=%d user=postgres application_name=second'%n"
                        .formatted(primary.port()),
                StandardOpenOption.APPEND);
        start(first, primary.port(), options);
        start(second, standby.port(), "");
    }

    /** Of servers on this machine, of which the primary is wanted. */
    static DatabaseUrl url(int... ports) {
        return DatabaseUrl.parse("postgresql://postgres@%s/postgres?sslmode=disable&target_session_attrs=primary"
                .formatted(IntStream.of(ports)
                        .mapToObj(port -> "127.0.0.1:" + port)
                        .collect(Collectors.joining(","))));
    }

    private void require(String program, String... arguments) throws IOException {
        PostgresBinaries.Outcome outcome = postgres.run(null, program, arguments);
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
    }

    private void start(Path cluster, int port, String more) throws IOException {
        require(
                "pg_ctl",
                "start",
                "--wait",
                "--timeout=60",
                "--pgdata=" + cluster,
                "--log=" + cluster + ".log",
                "--options=-c port=%d -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off%s"
                        .formatted(port, more));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()), StandardCopyOption.COPY_ATTRIBUTES);
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    void killPrimary() throws IOException {
        List<String> lines = Files.readAllLines(folder.resolve(PRIMARY).resolve("postmaster.pid"));
        ProcessHandle.of(Long.parseLong(lines.getFirst().strip())).orElseThrow().destroyForcibly();
    }

    /** As a crash ends it. */
    void stopStandby() throws IOException {
        require("pg_ctl", "stop", "--mode=immediate", "--wait", "--pgdata=" + folder.resolve(STANDBY));
    }

    void startStandby() throws IOException {
        start(folder.resolve(STANDBY), standby.port(), "");
    }

    /** The first column of every row. */
    static List<String> ask(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return TestDatabase.strings(connection, sql);
        }
    }

    @Override
    public void close() throws IOException {
        for (String each : List.of(PRIMARY, STANDBY)) {
            postgres.run(null, "pg_ctl", "stop", "--mode=immediate", "--wait", "--pgdata=" + folder.resolve(each));
        }
    }
}
