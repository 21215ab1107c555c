package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDisk;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@ProvenRoom("product")
class EmbeddedSupervisorTest {

    /** Its unpacked programs are linked to by the others. */
    @TempDir
    static Path first;

    @TempDir
    Path parent;

    @BeforeAll
    static void unpack() throws IOException {
        EmbeddedDatabase.start(first).close();
    }

    private static void linkPrograms(Path directory) throws IOException {
        try (DirectoryStream<Path> programs = Files.newDirectoryStream(first, "postgresql-binaries-*")) {
            for (Path each : programs) {
                Files.createSymbolicLink(directory.resolve(each.getFileName()), each);
            }
        }
    }

    private static EmbeddedSupervisor supervised(Path directory, CompletableFuture<IOException> givenUp)
            throws IOException {
        linkPrograms(directory);
        return new EmbeddedSupervisor(EmbeddedDatabase.start(directory), Duration.ofSeconds(1), givenUp::complete);
    }

    private static long serverOf(Path directory) throws IOException {
        return Long.parseLong(Files.readAllLines(directory.resolve("postgresql/postmaster.pid"))
                .getFirst()
                .strip());
    }

    private static void kill(String signal, long pid) throws IOException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(pid))
                .start()
                .onExit()
                .join();
    }

    private static Connection connect(String url) throws SQLException {
        URI uri = URI.create(url);
        String[] user = uri.getUserInfo().split(":", 2);
        return DriverManager.getConnection(
                "jdbc:postgresql://" + uri.getHost() + ":" + uri.getPort() + uri.getPath() + "?connectTimeout=5",
                user[0],
                user[1]);
    }

    private static String query(String url, String sql) throws SQLException {
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            assertThat(result.next()).isTrue();
            return result.getString(1);
        }
    }

    private static void execute(String url, String sql) throws SQLException {
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The answer, as soon as there is one. */
    private static String eventually(String url, String sql) {
        Instant patience = Instant.now().plusSeconds(60);
        while (true) {
            try {
                return query(url, sql);
            } catch (SQLException away) {
                assertThat(Instant.now()).as(away.toString()).isBefore(patience);
            }
        }
    }

    @Nested
    class ServerKilled {

        @Test
        void is_started_again_at_the_same_place_with_everything_that_was_committed() throws Exception {
            try (EmbeddedSupervisor database = supervised(parent, new CompletableFuture<>())) {
                execute(database.url(), "CREATE TABLE kept AS SELECT 'milk' AS value");
                for (int time = 0; time < 2; time++) {
                    kill("KILL", serverOf(parent));
                    assertThat(eventually(database.url(), "SELECT value FROM kept"))
                            .isEqualTo("milk");
                }
            }
            assertThat(parent.resolve("postgresql/postmaster.pid")).doesNotExist();
        }

        @Test
        void takes_backends_along_that_stand_still() throws Exception {
            try (EmbeddedSupervisor database = supervised(parent, new CompletableFuture<>());
                    Connection open = connect(database.url());
                    Statement statement = open.createStatement();
                    ResultSet backend = statement.executeQuery("SELECT pg_backend_pid()")) {
                assertThat(backend.next()).isTrue();
                long pid = backend.getLong(1);
                kill("STOP", pid);
                kill("KILL", serverOf(parent));

                assertThat(eventually(database.url(), "SELECT 1")).isEqualTo("1");
                ProcessHandle.of(pid)
                        .ifPresent(leftover -> leftover.onExit()
                                .orTimeout(20, TimeUnit.SECONDS)
                                .join());
            }
        }

        @Test
        void is_given_up_for_another_reason_than_a_full_disk() throws Exception {
            CompletableFuture<IOException> givenUp = new CompletableFuture<>();
            try (EmbeddedSupervisor database = supervised(parent, givenUp)) {
                Files.writeString(parent.resolve("postgresql/postgresql.conf"), "no_such_setting = 1\n");
                kill("KILL", serverOf(parent));

                assertThat(givenUp.get(60, TimeUnit.SECONDS)).hasMessageContaining("no_such_setting");
                assertThat(database.away()).isGreaterThan(Duration.ofSeconds(1));
            }
        }

        @Test
        void while_it_is_closed_stays_down() throws Exception {
            EmbeddedSupervisor database = supervised(parent, new CompletableFuture<>());
            kill("KILL", serverOf(parent));

            database.close();

            assertThatThrownBy(() -> connect(database.url())).isInstanceOf(SQLException.class);
            try (EmbeddedDatabase again = EmbeddedDatabase.start(parent)) {
                assertThat(query(again.url(), "SELECT 1")).isEqualTo("1");
            }
        }
    }

    @Nested
    class FullDisk {

        @Test
        void is_waited_for_until_there_is_space_again() throws Exception {
            CompletableFuture<IOException> givenUp = new CompletableFuture<>();
            try (TestDisk disk = TestDisk.mount(parent, 160);
                    EmbeddedSupervisor database = supervised(disk.root(), givenUp)) {
                execute(database.url(), "CREATE TABLE kept AS SELECT 'milk' AS value");
                execute(database.url(), "CREATE TABLE more (value text)");
                disk.fill();
                assertThatThrownBy(() -> {
                            while (true) {
                                execute(
                                        database.url(),
                                        "INSERT INTO more SELECT md5(n::text) FROM generate_series(1, 10000) AS n");
                            }
                        })
                        .isInstanceOf(SQLException.class);
                kill("KILL", serverOf(disk.root()));

                disk.free();

                assertThat(eventually(database.url(), "SELECT value FROM kept")).isEqualTo("milk");
                assertThat(givenUp).isNotDone();
            }
        }

        @Test
        void at_the_first_start_leaves_nothing_half_made_and_says_what_to_do() throws Exception {
            try (TestDisk disk = TestDisk.mount(parent, 8)) {
                assertThatThrownBy(() -> EmbeddedDatabase.start(disk.root()))
                        .hasMessageContaining("no space left")
                        .hasMessageContaining("EXPIRY_DATA");
                assertThat(names(disk.root())).containsExactly("lock");

                linkPrograms(disk.root());
                assertThatThrownBy(() -> EmbeddedDatabase.start(disk.root()))
                        .hasMessageContaining("no space left")
                        .hasMessageContaining("EXPIRY_DATA");
                assertThat(names(disk.root()))
                        .filteredOn(name -> !name.startsWith("postgresql-binaries-"))
                        .containsExactlyInAnyOrder("lock", "postgresql-password");

                disk.resize(160);
                try (EmbeddedDatabase database = EmbeddedDatabase.start(disk.root())) {
                    assertThat(query(database.url(), "SELECT current_user")).isEqualTo("expiry");
                }
            }
        }

        @Test
        void leaves_a_secret_as_it_was_or_unmade() throws Exception {
            try (TestDisk disk = TestDisk.mount(parent, 1)) {
                Path kept = disk.root().resolve("kept");
                String secret = KeptSecret.in(kept, 48);
                disk.fill();

                assertThatThrownBy(() -> KeptSecret.in(disk.root().resolve("made"), 48))
                        .hasMessageContaining("no space left");
                assertThatThrownBy(() -> KeptSecret.write(kept, "another-secret-of-some-length"))
                        .hasMessageContaining("no space left");

                assertThat(names(disk.root())).containsExactlyInAnyOrder("filler", "kept");
                assertThat(KeptSecret.in(kept, 48)).isEqualTo(secret);
                disk.free();
                assertThat(KeptSecret.in(disk.root().resolve("made"), 48)).hasSize(64);
            }
        }

        private static List<String> names(Path directory) throws IOException {
            try (DirectoryStream<Path> found = Files.newDirectoryStream(directory)) {
                List<String> names = new ArrayList<>();
                found.forEach(path -> names.add(path.getFileName().toString()));
                return names;
            }
        }
    }
}
