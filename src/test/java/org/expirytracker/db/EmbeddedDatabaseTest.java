package org.expirytracker.db;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.COPY_ATTRIBUTES;
import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static java.nio.file.StandardOpenOption.APPEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.expirytracker.ProvenRoom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
@ProvenRoom("product")
class EmbeddedDatabaseTest {

    /** A directory after its first start; the others link to its unpacked programs, which take longest by far. */
    @TempDir
    static Path first;

    /** What the first start made, as it lies there while no server runs. */
    @TempDir
    static Path stopped;

    private static EmbeddedDatabase running;

    @TempDir
    Path parent;

    @BeforeAll
    static void start() throws IOException {
        EmbeddedDatabase.start(first).close();
        copy(first.resolve("postgresql"), stopped);
        running = EmbeddedDatabase.start(first, 42);
    }

    @AfterAll
    static void stop() throws IOException {
        running.close();
    }

    @Nested
    class Start {

        @Test
        void keeps_what_was_written_between_starts() throws Exception {
            Path directory = dataDirectory();
            try (EmbeddedDatabase first = EmbeddedDatabase.start(directory)) {
                execute(first.url(), "CREATE TABLE kept (value text)", "INSERT INTO kept VALUES ('milk')");
            }
            try (EmbeddedDatabase second = EmbeddedDatabase.start(directory)) {
                assertThat(query(second.url(), "SELECT value FROM kept")).isEqualTo("milk");
            }
        }

        @Test
        void makes_a_durable_database_for_text_of_all_languages() throws Exception {
            assertThat(Stream.of(
                                    "fsync",
                                    "synchronous_commit",
                                    "full_page_writes",
                                    "max_connections",
                                    "server_encoding")
                            .map(setting -> show(running, setting)))
                    .containsExactly("on", "on", "on", "42", "UTF8");
            assertThat(show(running, "server_version")).startsWith(EmbeddedDatabase.MAJOR_VERSION + ".");
            assertThat(query(running.url(), "SELECT upper('é') || current_database() || current_user"))
                    .isEqualTo("Éexpiryexpiry");
            assertThat(query(
                            running.url(),
                            "SELECT concat(datlocprovider, ' ', datlocale) FROM pg_database"
                                    + " WHERE datname = current_database()"))
                    .isEqualTo("b C.UTF-8");
        }

        @Test
        void cannot_be_made_less_durable_by_its_configuration_file() throws Exception {
            Path directory = usedDataDirectory();
            Files.writeString(
                    directory.resolve("postgresql/postgresql.conf"), "fsync = off\nsynchronous_commit = off\n");
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(show(database, "fsync")).isEqualTo("on");
                assertThat(show(database, "synchronous_commit")).isEqualTo("on");
            }
        }

        @Test
        void keeps_in_memory_an_eighth_of_what_the_machine_has_up_to_a_gigabyte() throws Exception {
            long megabytes = Long.parseLong(
                    query(running.url(), "SELECT pg_size_bytes(current_setting('shared_buffers')) / 1048576"));
            long machine = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class)
                            .getTotalMemorySize()
                    / 1_048_576;

            assertThat(megabytes).isBetween(128L, 1_024L);
            if (machine > 2_048) {
                assertThat(megabytes).isEqualTo(Math.min(1_024, machine / 8));
            }
        }

        @Test
        void takes_its_memory_and_its_checkpoints_from_its_configuration_file() throws Exception {
            Path directory = usedDataDirectory();
            Files.writeString(
                    directory.resolve("postgresql/postgresql.conf"),
                    "shared_buffers = 96MB\nmax_wal_size = 4GB\ncheckpoint_timeout = 15min\n",
                    APPEND);
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(show(database, "shared_buffers")).isEqualTo("96MB");
                assertThat(show(database, "max_wal_size")).isEqualTo("4GB");
                assertThat(show(database, "checkpoint_timeout")).isEqualTo("15min");
            }
        }

        @Test
        void starts_without_the_file_of_altered_settings() throws Exception {
            Path directory = usedDataDirectory();
            Files.delete(directory.resolve("postgresql/postgresql.auto.conf"));
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(show(database, "shared_buffers")).isEqualTo(show(running, "shared_buffers"));
            }
        }

        @Test
        void listens_on_loopback_only_and_asks_for_the_password() throws Exception {
            assertThat(show(running, "listen_addresses")).isEqualTo("127.0.0.1");
            assertThat(show(running, "is_superuser")).isEqualTo("off");
            String socketDirectory = Files.readAllLines(first.resolve("postgresql/postmaster.pid"))
                    .get(4);
            assertThat(socketDirectory).isEmpty();
            assertThatThrownBy(() -> connect(running.url(), "expiry", "wrong"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
            assertThatThrownBy(() -> connect(running.url(), "postgres", "postgres"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
            assertThat(permissions(first.resolve("postgresql-password"))).isEqualTo("rw-------");
            assertThat(permissions(first.resolve("postgresql"))).isEqualTo("rwx------");
            assertThat(permissions(first.resolve("postgresql.log"))).isEqualTo("rw-------");
        }

        @Test
        void makes_a_directory_that_only_its_owner_may_enter() throws Exception {
            Path directory = parent.resolve("new/data with spaces");
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(query(database.url(), "SELECT 1")).isEqualTo("1");
                assertThat(permissions(directory)).isEqualTo("rwx------");
                assertThat(names(directory, "postgresql-binaries-*"))
                        .isEqualTo(names(first, "postgresql-binaries-*"))
                        .hasSize(1);
            }
        }

        @Test
        void forgets_the_programs_of_another_release() throws Exception {
            Path directory = usedDataDirectory();
            Files.createDirectories(directory.resolve("postgresql-binaries-0123/bin"));
            EmbeddedDatabase.start(directory).close();
            assertThat(names(directory, "postgresql-binaries-*")).isEqualTo(names(first, "postgresql-binaries-*"));
        }

        @Test
        void refuses_a_directory_that_this_process_uses() throws Exception {
            assertThatThrownBy(() -> EmbeddedDatabase.start(first))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining(first.toRealPath().toString())
                    .hasMessageContaining("in use by another running program");
            assertThat(query(running.url(), "SELECT 1")).isEqualTo("1");
        }

        @Test
        void refuses_the_files_of_another_postgresql_release() throws Exception {
            Path directory = dataDirectory();
            Files.createDirectory(directory.resolve("postgresql"));
            Files.writeString(directory.resolve("postgresql/PG_VERSION"), "17\n");
            assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("was made by PostgreSQL 17")
                    .hasMessageContaining("brings PostgreSQL 18");
            assertThat(Files.readString(directory.resolve("postgresql/PG_VERSION")))
                    .isEqualTo("17\n");
        }

        @Test
        void refuses_to_replace_a_lost_password_or_files_it_does_not_know() throws Exception {
            Path directory = usedDataDirectory();
            Files.delete(directory.resolve("postgresql-password"));
            assertThatThrownBy(() -> EmbeddedDatabase.start(directory)).hasMessageContaining("postgresql-password");
            Files.delete(directory.resolve("postgresql/PG_VERSION"));
            assertThatThrownBy(() -> EmbeddedDatabase.start(directory)).hasMessageContaining("PG_VERSION");
        }

        @Test
        void tells_why_the_server_does_not_start_and_leaves_the_directory_free() throws Exception {
            Path directory = usedDataDirectory();
            Path configuration = directory.resolve("postgresql/postgresql.conf");
            String good = Files.readString(configuration);
            Files.writeString(configuration, "no_such_setting = 1\n");
            assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no_such_setting");
            Files.writeString(configuration, good);
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(query(database.url(), "SELECT 1")).isEqualTo("1");
            }
        }
    }

    @Nested
    class AfterACrash {

        @Test
        void adopts_the_data_of_a_server_that_outlived_its_program() throws Exception {
            Path directory = usedDataDirectory();
            try (Program program = Program.start(directory)) {
                assertThatThrownBy(() -> EmbeddedDatabase.start(directory))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining(directory.toRealPath().toString())
                        .hasMessageContaining("process " + program.process.pid());
                execute(program.url, "CREATE TABLE kept (value text)", "INSERT INTO kept VALUES ('milk')");
                program.kill();
            }
            ProcessHandle orphan = server(directory);
            assertThat(orphan.isAlive()).isTrue();
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(query(database.url(), "SELECT value FROM kept")).isEqualTo("milk");
                assertThat(server(directory).pid()).isNotEqualTo(orphan.pid());
            }
        }

        @Test
        void recovers_when_program_and_server_were_killed() throws Exception {
            Path directory = usedDataDirectory();
            EmbeddedDatabase killed = EmbeddedDatabase.start(directory);
            execute(killed.url(), "CREATE TABLE kept (value text)", "INSERT INTO kept VALUES ('milk')");
            assertThat(server(directory).destroyForcibly()).isTrue();
            killed.close();
            assertThat(directory.resolve("postgresql/postmaster.pid")).exists();
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(query(database.url(), "SELECT value FROM kept")).isEqualTo("milk");
            }
        }

        @Test
        void is_not_misled_by_a_pid_file_that_names_a_stranger() throws Exception {
            Path directory = usedDataDirectory();
            EmbeddedDatabase killed = EmbeddedDatabase.start(directory);
            execute(killed.url(), "CREATE TABLE kept (value text)", "INSERT INTO kept VALUES ('milk')");
            assertThat(server(directory).destroyForcibly()).isTrue();
            killed.close();
            Path pidFile = directory.resolve("postgresql/postmaster.pid");
            List<String> lines = Files.readAllLines(pidFile);
            Process stranger = new ProcessBuilder("sleep", "60").start();
            try {
                lines.set(0, Long.toString(stranger.pid()));
                Files.write(pidFile, lines);
                try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                    assertThat(query(database.url(), "SELECT value FROM kept")).isEqualTo("milk");
                }
                assertThat(stranger.isAlive()).isTrue();
            } finally {
                stranger.destroyForcibly();
            }
        }

        @Test
        void is_not_stopped_by_an_empty_pid_file() throws Exception {
            Path directory = usedDataDirectory();
            Files.writeString(directory.resolve("postgresql/postmaster.pid"), "");
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(query(database.url(), "SELECT 1")).isEqualTo("1");
            }
        }

        @Test
        void begins_again_when_the_first_start_was_killed_half_way() throws Exception {
            Path directory = dataDirectory();
            try (WatchService watch = directory.getFileSystem().newWatchService()) {
                directory.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
                try (Program program = Program.launch(directory)) {
                    awaitCreation(watch, "postgresql-unfinished-");
                    program.kill();
                }
            }
            try (EmbeddedDatabase database = EmbeddedDatabase.start(directory)) {
                assertThat(query(database.url(), "SELECT current_user")).isEqualTo("expiry");
            }
        }
    }

    @Nested
    class Close {

        @Test
        void stops_the_server_and_rolls_back_what_was_not_committed() throws Exception {
            Path directory = usedDataDirectory();
            EmbeddedDatabase database = EmbeddedDatabase.start(directory);
            execute(database.url(), "CREATE TABLE kept (value text)");
            try (Connection open = connect(database.url());
                    Statement statement = open.createStatement()) {
                open.setAutoCommit(false);
                statement.execute("INSERT INTO kept VALUES ('milk')");
                database.close();
                database.close();
            }
            assertThatThrownBy(() -> connect(database.url()))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("08001"));
            assertThat(directory.resolve("postgresql/postmaster.pid")).doesNotExist();
            try (EmbeddedDatabase again = EmbeddedDatabase.start(directory)) {
                assertThat(query(again.url(), "SELECT count(*) FROM kept")).isEqualTo("0");
            }
        }
    }

    /** A data directory as a first start leaves it after unpacking. */
    private Path dataDirectory() throws IOException {
        Path directory = Files.createDirectory(parent.resolve("data"));
        String programs = names(first, "postgresql-binaries-*").getFirst();
        Files.createSymbolicLink(directory.resolve(programs), first.resolve(programs));
        return directory;
    }

    /** A data directory as a first start and a clean stop leave it. */
    private Path usedDataDirectory() throws IOException {
        Path directory = dataDirectory();
        copy(stopped, directory.resolve("postgresql"));
        copy(first.resolve("postgresql-password"), directory.resolve("postgresql-password"));
        return directory;
    }

    private static void copy(Path source, Path target) throws IOException {
        try (Stream<Path> found = Files.walk(source)) {
            for (Path path : found.toList()) {
                Files.copy(path, target.resolve(source.relativize(path).toString()), COPY_ATTRIBUTES, REPLACE_EXISTING);
            }
        }
    }

    private static List<String> names(Path directory, String pattern) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, pattern)) {
            return StreamSupport.stream(found.spliterator(), false)
                    .map(path -> path.getFileName().toString())
                    .toList();
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static ProcessHandle server(Path directory) throws IOException {
        String pid = Files.readAllLines(directory.resolve("postgresql/postmaster.pid"))
                .getFirst();
        return ProcessHandle.of(Long.parseLong(pid.strip())).orElseThrow();
    }

    private static void awaitCreation(WatchService watch, String prefix) throws InterruptedException {
        boolean created = false;
        while (!created) {
            WatchKey key = watch.poll(20, TimeUnit.SECONDS);
            assertThat(key).as("something new in the data directory").isNotNull();
            for (WatchEvent<?> event : key.pollEvents()) {
                created |= String.valueOf(event.context()).startsWith(prefix);
            }
            key.reset();
        }
    }

    private static String show(EmbeddedDatabase database, String setting) {
        try {
            return query(database.url(), "SHOW " + setting);
        } catch (SQLException e) {
            throw new AssertionError(e);
        }
    }

    private static Connection connect(String url) throws SQLException {
        String[] user = URI.create(url).getUserInfo().split(":", 2);
        return connect(url, user[0], user[1]);
    }

    private static Connection connect(String url, String user, String password) throws SQLException {
        URI uri = URI.create(url);
        Properties properties = new Properties();
        properties.put("user", user);
        properties.put("password", password);
        return DriverManager.getConnection(
                "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath(), properties);
    }

    private static void execute(String url, String... statements) throws SQLException {
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static String query(String url, String sql) throws SQLException {
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }

    /** Another program that uses a data directory: a Java process of its own. */
    private static final class Program implements AutoCloseable {

        private final Process process;
        private String url = "";

        private Program(Process process) {
            this.process = process;
        }

        /** Starts one and does not wait for its database. */
        static Program launch(Path directory) throws IOException {
            String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
            return new Program(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-XX:TieredStopAtLevel=1",
                            "-XX:+UseSerialGC",
                            "-cp",
                            classPath,
                            HeldDatabase.class.getName(),
                            directory.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start());
        }

        /** Starts one and waits until its database answers. */
        static Program start(Path directory) throws IOException {
            Program program = launch(directory);
            BufferedReader output = program.process.inputReader(UTF_8);
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                if (line.startsWith("postgresql://")) {
                    program.url = line;
                    return program;
                }
            }
            throw new IOException("The other program ended with " + program.process);
        }

        void kill() throws InterruptedException {
            process.destroyForcibly();
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    /** Holds the database of a data directory (the only argument) until its standard input ends. */
    static final class HeldDatabase {

        private HeldDatabase() {}

        public static void main(String[] arguments) throws IOException {
            try (EmbeddedDatabase database = EmbeddedDatabase.start(Path.of(arguments[0]))) {
                System.out.println(database.url());
                System.in.readAllBytes();
            }
        }
    }
}
