package org.expirytracker.maintenance;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.TestNode;
import org.expirytracker.backups.BackupFailure;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.backups.Encryption;
import org.expirytracker.backups.Erasures;
import org.expirytracker.backups.OpenedBackup;
import org.expirytracker.backups.Restore;
import org.expirytracker.cli.Registered;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.jobs.LookingNode;
import org.expirytracker.migrations.MigrationFiles;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Backups as nodes make them by themselves, on a database of their own. */
@Timeout(60)
@ProvenRoom("product")
class ScheduledBackupsTest {

    private static final String NAME = "expiry-[0-9.]+-20[0-9]{6}T[0-9]{6}Z\\.backup";

    @TempDir
    Path folder;

    private final Vertx vertx = Vertx.vertx();
    private final DatabaseUrl url = TestDatabase.freshMigrated();
    private final Database database = new Database(vertx, url.connectOptions(), 4);

    @BeforeEach
    void fill() {
        Stock stock = new Stock(url);
        stock.item(stock.user(), "milk", null, 3);
    }

    @AfterEach
    void close() {
        TestNode.await(database.close());
        TestNode.await(vertx.close());
    }

    /** With the proof that takes seconds only where it is what a test is about. */
    private BackupSettings settings(String keep, List<String> recipients) {
        return settings(keep, recipients, BackupSettings.Verify.READ);
    }

    private BackupSettings settings(String keep, List<String> recipients, BackupSettings.Verify verification) {
        return new BackupSettings(
                Schedule.parse("0 3 * * *"),
                new DirectoryStore(folder),
                Retention.parse(keep),
                recipients,
                verification);
    }

    private LookingNode node(BackupSettings settings, DatabaseUrl as, Clock clock) {
        return new LookingNode(
                database, List.of(new ScheduledBackups(settings, as, Registered.AFTER_RESTORE, clock).job()));
    }

    private LookingNode node(BackupSettings settings) {
        return node(settings, url, Clock.systemUTC());
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private List<String> jobs(String column) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return TestDatabase.strings(connection, "SELECT " + column + " FROM jobs WHERE kind = 'backup'");
        }
    }

    /** As if the last backup had been made a day before, and its job were due. */
    private void dayPasses() throws SQLException {
        execute("UPDATE jobs SET done_at = done_at - interval '1 day', due_at = now() WHERE kind = 'backup'");
    }

    private long rowsRestored(Path file, List<String> identities) {
        DatabaseUrl empty = TestDatabase.fresh();
        try (OpenedBackup opened = OpenedBackup.of(file, identities)) {
            return new Restore(empty, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, CopyProgress.SILENT)
                    .load(opened.file(), false, Erasures.NONE)
                    .contents()
                    .rows();
        }
    }

    @Nested
    class Run {

        @Test
        void makes_the_first_backup_at_once_and_the_next_when_the_schedule_says_so() throws Exception {
            LookingNode node = node(settings("14", List.of()));

            node.doDue();

            assertThat(names()).hasSize(1).allSatisfy(name -> assertThat(name).matches(NAME));
            Path first = folder.resolve(names().getFirst());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(first)))
                    .isEqualTo("rw-------");
            assertThat(rowsRestored(first, List.of())).isPositive();

            execute("UPDATE jobs SET due_at = now() WHERE kind = 'backup'");
            node.doDue();
            assertThat(names()).hasSize(1);
            assertThat(jobs("due_at > now() AND claim_id IS NULL AND tries = 0"))
                    .containsExactly("t");

            dayPasses();
            node.doDue();
            assertThat(names()).hasSize(2);
        }

        @Test
        void is_done_by_one_of_two_nodes() throws Exception {
            LookingNode one = node(settings("14", List.of()));
            LookingNode other = node(settings("14", List.of()));

            one.look();
            other.look();
            one.doDue();
            other.doDue();

            assertThat(names()).hasSize(1);
            assertThat(one.runs("backup", "done") + other.runs("backup", "done"))
                    .isEqualTo(1);
        }

        @Test
        void encrypts_for_its_recipients_and_for_nobody_else() throws Exception {
            Encryption.Key ours = Encryption.newKey();

            node(settings("14", List.of(ours.recipient()), BackupSettings.Verify.RESTORE))
                    .doDue();

            assertThat(names()).hasSize(1).allSatisfy(name -> assertThat(name).matches(NAME + "\\.age"));
            Path file = folder.resolve(names().getFirst());
            assertThat(Files.readAllBytes(file)).startsWith("age-encryption.org/v1\n".getBytes(US_ASCII));
            assertThat(rowsRestored(file, List.of(ours.identity()))).isPositive();
            assertThatExceptionOfType(BackupFailure.class)
                    .isThrownBy(() -> OpenedBackup.of(file, List.of()))
                    .withMessageContaining("is encrypted")
                    .withMessageContaining("--identity");
            assertThatExceptionOfType(BackupFailure.class)
                    .isThrownBy(() ->
                            OpenedBackup.of(file, List.of(Encryption.newKey().identity())))
                    .withMessageContaining("cannot be decrypted");
        }

        @Test
        void loads_nothing_of_an_encrypted_backup_that_was_altered() throws Exception {
            Encryption.Key ours = Encryption.newKey();
            Path readable = Files.write(folder.resolve("monday.backup"), new byte[200_000]);
            Path file = folder.resolve("monday.backup.age");
            Encryption.encrypt(readable, file, List.of(ours.recipient()));
            byte[] bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);

            assertThatExceptionOfType(BackupFailure.class)
                    .isThrownBy(() -> OpenedBackup.of(file, List.of(ours.identity())))
                    .withMessageContaining(file.toString());
        }

        @Test
        void keeps_so_many_and_touches_no_other_file() throws Exception {
            Files.writeString(folder.resolve("expiry-20250101-20250101T030000Z.backup"), "old");
            Files.writeString(folder.resolve("expiry-20250101-20250102T030000Z.backup.age"), "newer");
            Files.writeString(folder.resolve("monday.backup"), "by hand");

            node(settings("2", List.of())).doDue();

            assertThat(names()).hasSize(3).contains("monday.backup", "expiry-20250101-20250102T030000Z.backup.age");
        }

        @Test
        void keeps_apart_what_could_not_be_restored_and_deletes_no_older_one_for_it() throws Exception {
            Files.writeString(folder.resolve("expiry-20250101-20250101T030000Z.backup"), "old");
            execute("ALTER TABLE feeds DROP CONSTRAINT feeds_pkey CASCADE", "INSERT INTO feeds SELECT * FROM feeds");

            node(settings("1", List.of(), BackupSettings.Verify.RESTORE)).doDue();

            assertThat(names())
                    .hasSize(2)
                    .contains("expiry-20250101-20250101T030000Z.backup")
                    .anySatisfy(name -> assertThat(name).matches(NAME + "\\.unverified"));
            assertThat(jobs("error"))
                    .singleElement()
                    .asString()
                    .contains("could not be loaded into", "feeds", "(SQLSTATE 23505). Nothing has changed there.")
                    .doesNotContain("Detail", "Key (");
            assertThat(jobs("due_at BETWEEN now() AND now() + interval '6 minutes'"))
                    .containsExactly("t");
        }

        @Test
        void says_what_is_wrong_with_the_place_and_does_it_when_that_is_repaired() throws Exception {
            BackupSettings settings = settings("14", List.of());
            Path moved = folder.resolveSibling(folder.getFileName() + "-away");
            Files.move(folder, moved);
            LookingNode node = node(settings);

            node.doDue();

            assertThat(jobs("error"))
                    .containsExactly("Backups cannot be listed in " + folder
                            + ": there is no such folder. Make it, or mount it");
            Files.move(moved, folder);
            execute("UPDATE jobs SET due_at = now() WHERE kind = 'backup'");
            node.doDue();
            assertThat(names()).hasSize(1);
            assertThat(jobs("error IS NULL AND done_at IS NOT NULL")).containsExactly("t");
        }

        @Test
        void is_read_only_where_the_role_may_not_create_a_database() throws Exception {
            String role = url.database() + "_reader";
            execute(
                    "CREATE ROLE " + role + " LOGIN PASSWORD 'reader'",
                    "GRANT pg_read_all_data TO " + role,
                    "GRANT CONNECT ON DATABASE " + url.database() + " TO " + role);
            DatabaseUrl reader = DatabaseUrl.parse(
                    "postgresql://" + role + ":reader@" + url.address() + "?sslmode=" + url.sslMode().value);
            try {
                node(settings("14", List.of(), BackupSettings.Verify.RESTORE), reader, Clock.systemUTC())
                        .doDue();

                assertThat(names())
                        .hasSize(1)
                        .allSatisfy(name -> assertThat(name).matches(NAME));
            } finally {
                execute("DROP OWNED BY " + role, "DROP ROLE " + role);
            }
        }
    }

    @Nested
    class Kept {

        private final List<StoredBackup> stored = Stream.of(
                        "expiry-20250101-20250101T030000Z.backup",
                        "expiry-20250101-20250103T030000Z.backup",
                        "expiry-20250101.2-20250102T030000Z.backup.age",
                        "expiry-20250101-20259999T030000Z.backup",
                        "expiry-20250101-20250103T030000Z.backup.unverified")
                .flatMap(name -> StoredBackup.of(new BackupStore.Entry(name, 1)).stream())
                .toList();

        private List<String> outdated(String keep, Duration later) {
            return Retention.parse(keep)
                    .outdated(stored, Instant.parse("2025-01-03T03:00:00Z").plus(later))
                    .stream()
                    .map(StoredBackup::name)
                    .toList();
        }

        @Test
        void are_the_newest() {
            assertThat(stored).hasSize(3);
            assertThat(outdated("1", Duration.ZERO))
                    .containsExactly(
                            "expiry-20250101.2-20250102T030000Z.backup.age", "expiry-20250101-20250101T030000Z.backup");
            assertThat(outdated("3", Duration.ofDays(1000))).isEmpty();
        }

        @Test
        void are_those_of_some_days_and_the_newest_in_any_case() {
            assertThat(outdated("1d", Duration.ZERO)).containsExactly("expiry-20250101-20250101T030000Z.backup");
            assertThat(outdated("2d", Duration.ofDays(1000))).hasSize(2);
        }

        @Test
        void are_not_said_otherwise() {
            for (String wrong : Arrays.asList("0", "", "14 days", "-1", "d")) {
                assertThatExceptionOfType(IllegalArgumentException.class)
                        .as(wrong)
                        .isThrownBy(() -> Retention.parse(wrong));
            }
        }
    }

    @Nested
    class Parse {

        @Test
        void takes_five_fields_in_utc() {
            assertThat(Schedule.parse(" 30 2 * * mon ").after(Instant.parse("2026-11-29T12:00:00Z")))
                    .isEqualTo("2026-11-30T02:30:00Z");
        }

        @Test
        void refuses_what_is_no_schedule_or_never_comes() {
            for (String wrong : Arrays.asList("", "daily", "61 * * * *", "0 0 30 2 *", "0 0 0 * * *")) {
                assertThatExceptionOfType(IllegalArgumentException.class)
                        .as(wrong)
                        .isThrownBy(() -> Schedule.parse(wrong));
            }
        }
    }
}
