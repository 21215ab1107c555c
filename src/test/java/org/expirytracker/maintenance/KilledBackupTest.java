package org.expirytracker.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.expirytracker.CuttingProxy;
import org.expirytracker.ProvenRoom;
import org.expirytracker.S3Server;
import org.expirytracker.ServerProcess;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.backups.Backup;
import org.expirytracker.backups.BackupFailure;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.backups.Restore;
import org.expirytracker.cli.Main;
import org.expirytracker.cli.Registered;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFiles;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The program itself, killed with SIGKILL in the middle of a backup. */
@Timeout(180)
@ProvenRoom("product")
class KilledBackupTest {

    private static final String KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    @TempDir
    Path folder;

    /** Where the program keeps its temporary files. */
    @TempDir
    Path temporary;

    private final DatabaseUrl url = TestDatabase.freshMigrated();

    /** With some thirty megabytes of a backup: so many that there are moments in the middle. */
    @BeforeEach
    void fill() {
        Stock stock = new Stock(url);
        stock.item(stock.user(), "milk", null, 3);
        stock.run("""
                CREATE TABLE ballast AS
                SELECT g AS id, (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 64) WHERE g > 0) AS bytes
                  FROM generate_series(1, 27000) AS g
                """);
    }

    private Process program(Map<String, String> more, String... command) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "DATABASE_URL",
                TestDatabase.textOf(url),
                "EXPIRY_JWT_KEY",
                KEY,
                "EXPIRY_SECRET_KEYS",
                KEY,
                "EXPIRY_HOST",
                "127.0.0.1",
                "EXPIRY_PORT",
                "0",
                "EXPIRY_BACKUP_VERIFY",
                "read",
                "EXPIRY_BACKUP_CRON",
                "0 3 * * *",
                "EXPIRY_BACKUP_TO",
                folder.toString()));
        environment.putAll(more);
        try {
            Process process = ServerProcess.java(
                    List.of("-Djava.io.tmpdir=" + temporary, "-Dlogback.configurationFile=logback.xml"),
                    environment,
                    Stream.concat(Stream.of(Main.class.getName()), Stream.of(command))
                            .toArray(String[]::new));
            Thread.ofVirtual().start(() -> process.inputReader().lines().forEach(line -> {}));
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void kill(Process process) {
        process.destroyForcibly().onExit().join();
    }

    private static void until(Process process, BooleanSupplier condition) {
        long patience = System.nanoTime() + Duration.ofSeconds(90).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(process.isAlive()).as("the program runs").isTrue();
            assertThat(System.nanoTime()).as("in time").isLessThan(patience);
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
        }
    }

    private static List<Path> files(Path in) {
        try (Stream<Path> all = Files.walk(in)) {
            return all.filter(Files::isRegularFile).toList();
        } catch (IOException | UncheckedIOException goneMeanwhile) {
            return List.of();
        }
    }

    private static long unfinished(Path in) {
        return files(in).stream()
                .filter(file -> file.toString().endsWith(".unfinished"))
                .mapToLong(file -> file.toFile().length())
                .max()
                .orElse(-1);
    }

    private static List<String> names(Path in) {
        return files(in).stream()
                .map(file -> String.valueOf(file.getFileName()))
                .toList();
    }

    private Restore.Contents check(Path backup) {
        return new Restore(url, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, CopyProgress.SILENT)
                .check(backup);
    }

    @Nested
    class ByHand {

        @ParameterizedTest
        @ValueSource(ints = {0, 1 << 20, 12 << 20})
        void leaves_nothing_that_passes_for_a_backup_and_the_next_one_takes_it_away(int bytes) {
            Path file = folder.resolve("monday.backup");
            Process program = program(Map.of(), "db", "backup", file.toString());
            until(program, () -> unfinished(folder) >= bytes);
            kill(program);

            assertThat(names(folder)).singleElement().asString().matches("monday\\.backup\\..*\\.unfinished");
            Path left = files(folder).getFirst();
            assertThatExceptionOfType(BackupFailure.class).isThrownBy(() -> check(left));

            Backup.Written written = new Backup(url, CopyProgress.SILENT).write(file);
            assertThat(names(folder)).containsExactly("monday.backup");
            assertThat(check(file).rows()).isEqualTo(written.rows()).isGreaterThan(27_000);
        }
    }

    @Nested
    class BySchedule {

        private BackupStore store() {
            return new DirectoryStore(folder);
        }

        /** The lease of who was killed has ended, and a node starts. */
        private Process startAgain(Map<String, String> more) {
            new Stock(url).run("UPDATE jobs SET due_at = now() WHERE kind = 'backup'");
            return program(more, "serve");
        }

        private List<StoredBackup> stored(BackupStore in) {
            try {
                return ScheduledBackups.stored(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private boolean isDone() {
            return new Stock(url)
                    .column("SELECT 'done' FROM jobs WHERE kind = 'backup' AND done_at IS NOT NULL")
                    .contains("done");
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 8 << 20})
        void goes_on_at_the_next_start_when_it_was_killed_while_it_copied(int bytes) {
            Process program = program(Map.of(), "serve");
            until(program, () -> unfinished(temporary) >= bytes);
            kill(program);

            assertThat(stored(store())).isEmpty();
            assertThat(unfinished(temporary)).isPositive();

            Process next = startAgain(Map.of());
            try {
                until(next, this::isDone);
                until(next, () -> names(temporary).stream().noneMatch(name -> name.contains("backup")));
            } finally {
                kill(next);
            }
            assertThat(names(folder)).hasSize(1);
            assertThat(check(files(folder).getFirst()).rows()).isGreaterThan(27_000);
        }

        @Test
        void keeps_no_half_of_one_that_was_killed_while_it_was_stored() {
            Process program = program(Map.of(), "serve");
            until(program, () -> !files(folder).isEmpty());
            kill(program);

            // Where the kill came too late, it is whole.
            assertThat(stored(store())).allSatisfy(each -> check(folder.resolve(each.name())));

            Process next = startAgain(Map.of());
            try {
                until(next, this::isDone);
            } finally {
                kill(next);
            }
            assertThat(names(folder)).isNotEmpty().noneMatch(name -> name.endsWith(".unfinished"));
            assertThat(stored(store())).allSatisfy(each -> check(folder.resolve(each.name())));
        }

        @Test
        void leaves_no_parts_in_a_bucket() throws Exception {
            S3Server server = S3Server.shared();
            String bucket = server.bucket();
            try (CuttingProxy proxy = new CuttingProxy(server.port())) {
                Map<String, String> environment = new HashMap<>(S3Server.environment(proxy.port()));
                environment.put("EXPIRY_BACKUP_TO", "s3://" + bucket + "/nightly?encryption=none");
                // The first part arrives, and the second stands still in its middle.
                proxy.holdAfter(S3Store.PART + S3Store.PART / 2);
                Process program = program(environment, "serve");
                until(program, () -> proxy.cuts() > 0);
                kill(program);

                BackupStore place = new S3Store(
                        S3Address.parse("s3://" + bucket + "/nightly?endpoint=" + S3Server.endpoint(server.port())),
                        Optional.of(new S3Key(S3Server.KEY, S3Server.SECRET, null)));
                assertThat(stored(place)).isEmpty();
                assertThat(server.uploads(bucket)).hasSize(1);

                proxy.pass();
                Process next = startAgain(environment);
                try {
                    until(next, this::isDone);
                } finally {
                    kill(next);
                }
                assertThat(server.uploads(bucket)).isEmpty();
                assertThat(stored(place)).hasSize(1);
                Path back = folder.resolve("back");
                place.fetch(stored(place).getFirst().name(), back);
                assertThat(check(back).rows()).isGreaterThan(27_000);
            }
        }
    }
}
