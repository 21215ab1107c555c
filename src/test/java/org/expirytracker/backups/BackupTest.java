package org.expirytracker.backups;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.backups.Backup.Written;
import org.expirytracker.backups.BackupFile.Writer;
import org.expirytracker.cli.Registered;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Revision;
import org.expirytracker.migrations.Revisions;
import org.expirytracker.migrations.RowFiller;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@ProvenRoom("product")
class BackupTest {

    @TempDir
    Path folder;

    private static void execute(DatabaseUrl url, String... statements) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static Backup backup(DatabaseUrl url) {
        return new Backup(url, CopyProgress.SILENT);
    }

    private static void restore(Path file, DatabaseUrl url) {
        new Restore(url, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, CopyProgress.SILENT)
                .load(file, false, Erasures.NONE);
    }

    private List<Path> written() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    @Nested
    class Write {

        @Test
        void makes_one_file_that_only_its_owner_can_read_and_any_zip_reader_can_open() throws Exception {
            DatabaseUrl url = TestDatabase.freshMigrated();
            try (Connection connection = TestDatabase.connect(url)) {
                RowFiller.fill(connection, 1);
            }
            Path file = folder.resolve("mine.backup");

            Written written = backup(url).write(file);

            assertThat(written()).containsExactly(file);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(written.file()).isEqualTo(file);
            assertThat(written.bytes()).isEqualTo(Files.size(file));
            assertThat(written.revision()).isEqualTo(Migrations.head());
            assertThat(Duration.between(written.takenAt(), Instant.now()).abs()).isLessThan(Duration.ofMinutes(1));
            try (ZipFile zip = new ZipFile(file.toFile())) {
                assertThat(zip.stream().map(ZipEntry::getName))
                        .startsWith("EXPIRY-TRACKER-BACKUP.txt")
                        .anyMatch(name -> name.matches("tables/[0-9]{3}-public\\.users\\.copy"))
                        .endsWith("manifest.json");
                String manifest = new String(
                        zip.getInputStream(zip.getEntry("manifest.json")).readAllBytes(), UTF_8);
                assertThat(manifest)
                        .startsWith("{\"format\":1,\"revision\":\"" + Migrations.head() + "\"")
                        .contains("\"program\":", "\"server\":", "\"takenAt\":\"" + written.takenAt())
                        .contains("\"script\":\"V20240105__initial_migration.sql\"");
            }
        }

        @Test
        void names_the_file_after_revision_and_moment() throws IOException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Written written = backup(url).writeInto(folder);

            assertThat(written()).containsExactly(written.file());
            assertThat(written.file().getFileName().toString())
                    .matches("expiry-" + Migrations.head().version() + "-20[0-9]{6}T[0-9]{6}Z\\.backup");

            Revisions.of(url).downgrade(Revision.BASE, true);
            assertThat(backup(url).writeInto(folder).file().getFileName().toString())
                    .startsWith("expiry-base-20");
        }

        @Test
        void shows_the_database_as_it_was_when_it_began_while_others_write() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Stock stock = new Stock(url);
            InventoryId user = stock.user();
            stock.item(user, stock.category(user, "Dairy"), "Milk", null, 3);
            DatabaseState before = DatabaseState.of(url);
            List<String> told = new ArrayList<>();
            CopyProgress writer = new CopyProgress() {
                @Override
                public void copies(String table, long rows, long expectedRows, long bytes) {
                    told.add(table);
                    InventoryId another = stock.user();
                    stock.item(another, stock.category(another, "Dairy"), "Milk", null, 3);
                    stock.item(user, "More milk", null, 3);
                }
            };

            Written written = new Backup(url, writer).writeInto(folder);

            DatabaseUrl target = TestDatabase.fresh();
            restore(written.file(), target);
            before.assertRestoredIn(target);
            assertThat(told).hasSizeGreaterThan(10);
            assertThat(DatabaseState.of(url).rows().get("users")).hasSize(1 + told.size());
        }

        @Test
        void reads_past_the_security_of_rows() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            new Stock(url).user();
            execute(url, "ALTER TABLE users ENABLE ROW LEVEL SECURITY", "ALTER TABLE users FORCE ROW LEVEL SECURITY");
            assertThat(backup(url).writeInto(folder).rows()).isGreaterThan(1);
        }

        @Test
        void carries_a_failed_migration_outside_a_transaction_as_not_applied() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            execute(
                    url,
                    "INSERT INTO flyway_schema_history SELECT installed_rank + 1, '20990101', 'broken', type,"
                            + " 'V20990101__broken.sql', 1, installed_by, now(), 1, false"
                            + " FROM flyway_schema_history ORDER BY installed_rank DESC LIMIT 1");
            assertThat(backup(url).writeInto(folder).revision()).isEqualTo(Migrations.head());
        }
    }

    @Nested
    class Refuses {

        private void assertRefused(Runnable backup, String... messages) {
            assertThatExceptionOfType(BackupFailure.class)
                    .isThrownBy(backup::run)
                    .satisfies(failure -> assertThat(failure.getMessage()).contains(messages));
        }

        @Test
        void to_overwrite_a_file() throws IOException {
            Path file = Files.writeString(folder.resolve("mine.backup"), "precious");
            assertRefused(
                    () -> backup(TestDatabase.migrated()).write(file), "mine.backup already", "Give another name");
            assertThat(written()).containsExactly(file);
            assertThat(Files.readString(file)).isEqualTo("precious");
        }

        @Test
        void to_overwrite_a_file_that_was_made_meanwhile() throws IOException {
            Path file = folder.resolve("mine.backup");
            CopyProgress other = new CopyProgress() {
                @Override
                public void copies(String table, long rows, long expectedRows, long bytes) {
                    try {
                        Files.writeString(file, "precious");
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }
            };
            assertRefused(() -> new Backup(TestDatabase.migrated(), other).write(file), "mine.backup already");
            assertThat(written()).containsExactly(file);
            assertThat(Files.readString(file)).isEqualTo("precious");
        }

        @Test
        void a_folder_that_does_not_exist() {
            assertRefused(
                    () -> backup(TestDatabase.migrated()).write(folder.resolve("nowhere/mine.backup")),
                    "nowhere/mine.backup: there is no such folder",
                    "Give a file in a folder");
        }

        @Test
        void a_folder_that_is_a_file() throws IOException {
            Path file = Files.writeString(folder.resolve("file"), "");
            assertRefused(
                    () -> backup(TestDatabase.migrated()).write(file.resolve("mine.backup")),
                    "cannot be written to " + file.resolve("mine.backup") + ": Not a directory");
        }

        @Test
        void a_database_without_a_history() {
            assertRefused(
                    () -> backup(TestDatabase.fresh()).writeInto(folder),
                    "has no migration history",
                    "Point DATABASE_URL");
        }

        @Test
        void to_wait_for_ever_for_whoever_changes_the_schema() throws Exception {
            DatabaseUrl url = TestDatabase.freshMigrated();
            try (Connection other = TestDatabase.connect(url)) {
                assertThat(TestDatabase.strings(other, "SELECT pg_try_advisory_lock(" + Migrations.LOCK + ")"))
                        .containsExactly("t");
                assertRefused(
                        () -> new Backup(url, CopyProgress.SILENT, Duration.ofMillis(300)).writeInto(folder),
                        "Another program has been migrating or restoring",
                        "Start again");
            }
            assertThat(written()).isEmpty();
        }

        @Test
        void an_unreachable_database_without_showing_the_password() {
            DatabaseUrl url = DatabaseUrl.parse("postgresql://anna:hush-hush@127.0.0.1:1/expiry?sslmode=disable");
            assertRefused(() -> backup(url).writeInto(folder), "127.0.0.1:1/expiry", "DATABASE_URL");
            assertThatExceptionOfType(BackupFailure.class)
                    .isThrownBy(() -> backup(url).writeInto(folder))
                    .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("hush"));
        }

        @Test
        void to_leave_a_half_written_file() throws Exception {
            DatabaseUrl url = TestDatabase.freshMigrated();
            CopyProgress cut = new CopyProgress() {
                @Override
                public void copies(String table, long rows, long expectedRows, long bytes) {
                    if (table.equals("public.items")) {
                        try {
                            execute(
                                    url,
                                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname ="
                                            + " current_database() AND pid <> pg_backend_pid()");
                        } catch (SQLException e) {
                            throw new IllegalStateException(e);
                        }
                    }
                }
            };
            assertRefused(
                    () -> new Backup(url, cut).writeInto(folder), "cannot be backed up", "Nothing is left of the file");
            assertThat(written()).isEmpty();
        }

        @Test
        void to_go_on_when_the_disk_is_full() {
            assertThatIOException()
                    .isThrownBy(() -> {
                        try (Writer writer = new Writer(
                                FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE), Instant.EPOCH)) {
                            OutputStream entry = writer.entry("rows", BackupFile.sha256());
                            byte[] noise = new byte[1 << 20];
                            new Random(1).nextBytes(noise);
                            entry.write(noise);
                        }
                    })
                    .withMessage("No space left on device");
        }
    }

    @Nested
    class Damage {

        private Path file = Path.of("");
        private final Restore restore = new Restore(
                DatabaseUrl.parse("postgresql://nobody@127.0.0.1:1/none"),
                MigrationFiles.ofProgram(),
                Registered.AFTER_RESTORE,
                CopyProgress.SILENT);

        @BeforeEach
        void write() {
            DatabaseUrl url = TestDatabase.freshMigrated();
            new Stock(url).user();
            file = backup(url).writeInto(folder).file();
            assertThat(restore.check(file).revision()).isEqualTo(Migrations.head());
        }

        private String refusal(Path damaged) {
            try {
                restore.check(damaged);
                return "";
            } catch (BackupFailure failure) {
                return String.valueOf(failure.getMessage());
            }
        }

        @Test
        void of_any_single_byte_is_recognised() throws IOException {
            Random random = new Random(4711);
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                for (long at = 0; at < bytes.length(); at++) {
                    bytes.seek(at);
                    int good = bytes.read();
                    bytes.seek(at);
                    bytes.write(good ^ (1 + random.nextInt(255)));
                    assertThat(refusal(file))
                            .as("byte " + at)
                            .contains(" is damaged: ")
                            .contains("Take another copy");
                    bytes.seek(at);
                    bytes.write(good);
                }
            }
            assertThat(refusal(file)).isEmpty();
        }

        @Test
        void by_cutting_off_is_recognised_at_any_length() throws IOException {
            try (RandomAccessFile bytes = new RandomAccessFile(file.toFile(), "rw")) {
                for (long length = bytes.length() - 1; length >= 0; length--) {
                    bytes.setLength(length);
                    // The name of the first entry ends here; what is shorter could be any archive.
                    assertThat(refusal(file))
                            .as("length " + length)
                            .contains(length >= 55 ? " is damaged: its end is missing" : " is not a backup");
                }
            }
        }

        @Test
        void by_adding_to_it_is_recognised() throws IOException {
            Files.writeString(file, "\n", StandardOpenOption.APPEND);
            assertThat(refusal(file)).contains("is damaged: its end is missing or altered");
        }

        @Test
        void is_told_from_a_file_of_another_kind() throws IOException {
            Path text = Files.writeString(folder.resolve("text"), "SELECT 1;\n".repeat(100));
            Path zip = folder.resolve("zip");
            try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
                out.putNextEntry(new ZipEntry("manifest.json"));
                out.write("{}".getBytes(UTF_8));
            }
            assertThat(refusal(text)).contains("text is not a backup of Expiry Tracker");
            assertThat(refusal(zip)).contains("zip is not a backup of Expiry Tracker");
            assertThat(refusal(folder)).contains("cannot be read: Is a directory");
            assertThat(refusal(folder.resolve("none"))).contains("There is no file");
        }

        @Test
        void is_told_from_a_newer_format_and_from_what_is_not_understood() throws IOException {
            assertThat(refusal(sealed("{\"format\":2,\"program\":\"9.1.0\",\"tables\":7}")))
                    .contains("is of format 2; this program reads format 1. Restore it with release 9.1.0 or newer");
            assertThat(refusal(sealed("{\"format\":1,\"tables\":7}"))).contains("does not understand it");
            assertThat(refusal(sealed("nonsense"))).contains("does not understand it");
        }

        private Path sealed(String manifest) throws IOException {
            Path other = Files.createTempFile(folder, "other", ".backup");
            try (Writer writer = new Writer(FileChannel.open(other, StandardOpenOption.WRITE), Instant.EPOCH)) {
                writer.finish(manifest);
            }
            return other;
        }
    }
}
