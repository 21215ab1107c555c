package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Progress.Step;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
@ProvenRoom("product")
class MigrationsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Nested
    class Migrate {

        @Test
        void brings_an_empty_database_to_head_and_then_finds_nothing_to_do() {
            DatabaseUrl url = TestDatabase.fresh();
            assertThat(Migrations.migrate(url)).extracting(Step::revision).isEqualTo(Revisions.all());
            assertThat(Migrations.migrate(url)).isEmpty();
            assertThat(Revisions.of(url).state().current()).isEqualTo(Migrations.head());
        }

        @Test
        void goes_on_from_an_older_revision() {
            DatabaseUrl url = TestDatabase.fresh();
            Revisions.up(url, Revisions.all().get(2));
            assertThat(Migrations.migrate(url)).hasSize(Revisions.all().size() - 3);
        }

        @Test
        void happens_once_when_ten_programs_start_together() throws Exception {
            DatabaseUrl url = TestDatabase.fresh();
            List<List<Step>> applied = new ArrayList<>();
            CountDownLatch start = new CountDownLatch(1);
            Callable<List<Step>> program = () -> {
                start.await();
                return Migrations.migrate(url);
            };
            try (ExecutorService programs = Executors.newFixedThreadPool(10)) {
                List<Future<List<Step>>> running = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    running.add(programs.submit(program));
                }
                start.countDown();
                for (Future<List<Step>> one : running) {
                    applied.add(one.get(60, TimeUnit.SECONDS));
                }
            }
            assertThat(applied)
                    .filteredOn(steps -> !steps.isEmpty())
                    .singleElement()
                    .satisfies(steps -> assertThat(steps).hasSameSizeAs(Revisions.all()));
            assertThat(Revisions.of(url).state().current()).isEqualTo(Migrations.head());
        }

        @Test
        void gives_way_to_a_table_in_use_and_comes_again() throws Exception {
            DatabaseUrl url = TestDatabase.fresh();
            Revisions.up(url, Revisions.all().getFirst());
            try (ExecutorService program = Executors.newSingleThreadExecutor();
                    Connection reader = TestDatabase.connect(url);
                    Connection observer = TestDatabase.connect(url)) {
                reader.setAutoCommit(false);
                assertThat(TestDatabase.strings(reader, "SELECT count(*) FROM users"))
                        .containsExactly("0");
                Future<List<Step>> migrating = program.submit(() -> Migrations.migrate(url));
                awaitLockWait(observer, true);
                awaitLockWait(observer, false);
                assertThat(migrating).isNotDone();
                reader.commit();
                assertThat(migrating.get(60, TimeUnit.SECONDS))
                        .hasSize(Revisions.all().size() - 1);
            }
        }

        private static void awaitLockWait(Connection observer, boolean waiting) throws SQLException {
            String state;
            do {
                state = TestDatabase.strings(
                                observer,
                                "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database ="
                                        + " (SELECT oid FROM pg_database WHERE datname = current_database()))"
                                        + " FROM pg_sleep(0.01)")
                        .getFirst();
            } while (!state.equals(waiting ? "t" : "f"));
        }
    }

    @Nested
    class Extensions {

        /** Only their owner can drop them, and a downgrade is not stopped by that. */
        @Test
        void of_an_administrator_stay_on_the_way_down() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            String role = "owner_" + System.nanoTime();
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE EXTENSION pg_trgm; CREATE EXTENSION btree_gin;"
                        + "CREATE ROLE " + role + " LOGIN PASSWORD 'plain';"
                        + "ALTER DATABASE \"" + url.database() + "\" OWNER TO " + role);
                DatabaseUrl own = new DatabaseUrl(
                        url.host(),
                        url.port(),
                        url.database(),
                        role,
                        "plain",
                        url.sslMode(),
                        url.sslRootCert(),
                        url.applicationName());
                Migrations.migrate(own);
                new Migrations(own, MigrationFiles.ofProgram(), Progress.SILENT).downgrade(Revision.BASE, false);
                assertThat(TestDatabase.strings(connection, "SELECT extname FROM pg_extension ORDER BY 1"))
                        .contains("btree_gin", "pg_trgm");
                assertThat(Migrations.migrate(own)).isNotEmpty();
            }
            TestDatabase.drop(url);
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated());
                    Statement statement = connection.createStatement()) {
                statement.execute("DROP ROLE " + role);
            }
        }
    }

    @Nested
    class Refuses {

        @TempDir
        Path folder;

        @Test
        void an_altered_file() throws Exception {
            DatabaseUrl url = migratedFromFolder();
            Path file = folder.resolve("V20240419__fix_report_date_constraint.sql");
            Files.writeString(file, Files.readString(file) + "\nSELECT 1;\n");
            assertRefused(url, "V20240419__fix_report_date_constraint.sql was altered", "Bring the applied text back");
        }

        @Test
        void a_missing_file() throws Exception {
            DatabaseUrl url = migratedFromFolder();
            Files.delete(folder.resolve("V20240308__add_status_column_to_notifications.sql"));
            assertRefused(url, "Migration 20240308 (add status column to notifications)", "its file is missing");
        }

        @Test
        void a_renamed_file() throws Exception {
            DatabaseUrl url = migratedFromFolder();
            Files.move(
                    folder.resolve("V20240202__fix_users_table.sql"),
                    folder.resolve("V20240202__mend_users_table.sql"));
            assertRefused(url, "V20240202__fix_users_table.sql was renamed to V20240202__mend_users_table.sql");
        }

        @Test
        void a_database_newer_than_the_program() throws Exception {
            DatabaseUrl url = migratedFromFolder();
            Revision head = Migrations.head();
            Revision before = Revisions.all().get(Revisions.all().size() - 2);
            Files.delete(folder.resolve(head.up()));
            assertRefused(
                    url,
                    "is newer than this program: Migration " + head.version() + " (" + head.description() + ")",
                    "this program ends at " + before,
                    "Start the newer program");
        }

        @Test
        void a_newer_database_with_the_programs_own_files_too() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO flyway_schema_history SELECT installed_rank + 1, '29991231',"
                        + " 'from the future', type, 'V29991231__from_the_future.sql', 1, installed_by, now(), 1, true"
                        + " FROM flyway_schema_history ORDER BY installed_rank DESC LIMIT 1");
            }
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> Migrations.migrate(url))
                    .withMessageContaining("newer than this program: Migration 29991231 (from the future)");
        }

        @Test
        void a_file_older_than_what_is_applied() throws Exception {
            DatabaseUrl url = migratedFromFolder();
            Files.writeString(folder.resolve("V20250101__from_another_branch.sql"), "CREATE TABLE late ();");
            assertRefused(
                    url,
                    "V20250101__from_another_branch.sql is older than "
                            + Migrations.head().up(),
                    "expiry db merge");
        }

        @Test
        void a_migration_that_failed_outside_a_transaction() throws Exception {
            DatabaseUrl url = migratedFromFolder();
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("UPDATE flyway_schema_history SET success = false WHERE version = '20261122.4'");
            }
            assertRefused(url, "Migration 20261122.4 (add daily turn) once failed", "expiry db repair");
        }

        /** Before anything runs: the tenth migration would be too late, and a write of a user even later. */
        @ParameterizedTest
        @ValueSource(strings = {"SQL_ASCII", "LATIN1"})
        void a_database_that_cannot_hold_every_script(String encoding) throws SQLException {
            String name = "test_" + encoding.toLowerCase(Locale.ROOT) + "_" + System.nanoTime();
            DatabaseUrl server = TestDatabase.fresh();
            try (Connection connection = TestDatabase.connect(server);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING '" + encoding
                        + "' LOCALE_PROVIDER libc LOCALE 'C'");
                DatabaseUrl url = server.withDatabase(name);
                assertThatExceptionOfType(MigrationFailure.class)
                        .isThrownBy(() -> Migrations.migrate(url))
                        .withMessageContaining("has the encoding " + encoding)
                        .withMessageContaining("Nothing has changed.")
                        .withMessageContaining("TEMPLATE template0 ENCODING 'UTF8'");
                try (Connection there = TestDatabase.connect(url)) {
                    assertThat(TestDatabase.strings(there, "SELECT relname FROM pg_class WHERE relnamespace = 2200"))
                            .isEmpty();
                }
                statement.execute("DROP DATABASE " + name);
            }
        }

        @Test
        void an_extension_where_the_migrations_do_not_look_for_it() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions");
                assertThatExceptionOfType(MigrationFailure.class)
                        .isThrownBy(() -> Migrations.migrate(url))
                        .withMessageContaining("the extension pg_trgm is in schema extensions")
                        .withMessageContaining("Nothing has changed.");
                assertThat(TestDatabase.strings(connection, "SELECT to_regclass('users')"))
                        .containsExactly((String) null);
                // What the refusal says to do.
                statement.execute("ALTER EXTENSION pg_trgm SET SCHEMA public");
                assertThat(Migrations.migrate(url)).isNotEmpty();
            }
        }

        @Test
        void an_extension_that_the_server_does_not_have() throws Exception {
            copyMigrations();
            DatabaseUrl url = TestDatabase.freshMigrated();
            Files.writeString(folder.resolve("V20991231__more.sql"), "CREATE EXTENSION IF NOT EXISTS \"no-such\";");
            assertRefused(url, "does not have the extension no-such", "Install it there");
        }

        @Test
        void a_failing_migration_and_stays_at_the_step_before_it() throws Exception {
            copyMigrations();
            DatabaseUrl url = TestDatabase.fresh();
            Revisions.up(url, Revisions.all().get(3));
            Files.writeString(
                    folder.resolve("V20991231__fail.sql"),
                    "CREATE TABLE half ();\nINSERT INTO users (id) VALUES (NULL);");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> fromFolder(url))
                    .withMessageContaining("V20991231__fail.sql failed and was rolled back; nothing has changed")
                    .withMessageContaining("null value in column \"id\"")
                    .withMessageContaining("23502");
            assertThat(Revisions.of(url).state().current()).isEqualTo(Migrations.head());
            try (Connection connection = TestDatabase.connect(url)) {
                assertThat(TestDatabase.strings(connection, "SELECT to_regclass('half')"))
                        .containsExactly((String) null);
            }
        }

        @Test
        void a_migration_whose_data_stands_against_it() throws Exception {
            copyMigrations();
            DatabaseUrl url = TestDatabase.freshMigrated();
            Files.writeString(
                    folder.resolve("V20991231__forbid_users.sql"),
                    "ALTER TABLE users ADD CONSTRAINT nobody CHECK (id IS NULL);");
            try (Connection connection = TestDatabase.connect(url)) {
                RowFiller.fill(connection, 3);
            }
            assertRefused(url, "V20991231__forbid_users.sql failed", "\"nobody\"", "Correct the data");
        }

        @Test
        void a_database_that_holds_something_else() throws Exception {
            copyMigrations();
            DatabaseUrl url = TestDatabase.fresh();
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE TABLE invoices (id integer)");
            }
            assertRefused(url, "holds tables but no migration history", "Point DATABASE_URL at an empty database");
        }

        @Test
        void to_wait_for_ever_for_another_program() throws Exception {
            DatabaseUrl url = TestDatabase.fresh();
            try (Connection other = TestDatabase.connect(url);
                    PreparedStatement lock = other.prepareStatement("SELECT pg_try_advisory_lock(?)")) {
                lock.setLong(1, Migrations.LOCK);
                try (ResultSet row = lock.executeQuery()) {
                    assertThat(row.next() && row.getBoolean(1)).isTrue();
                }
                assertThatExceptionOfType(MigrationFailure.class)
                        .isThrownBy(() -> new Migrations(
                                        url, MigrationFiles.ofProgram(), Progress.SILENT, Duration.ofMillis(300))
                                .upgrade(Migrations.head()))
                        .withMessageContaining("Another program has been migrating")
                        .withMessageContaining("Start again when it is done");
            }
        }

        @Test
        void an_unreachable_database_without_showing_the_password() {
            DatabaseUrl url = DatabaseUrl.parse("postgresql://anna:hush-hush@127.0.0.1:1/expiry?sslmode=disable");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> Migrations.migrate(url))
                    .withMessageContaining("127.0.0.1:1/expiry")
                    .withMessageContaining("DATABASE_URL")
                    .satisfies(failure -> assertThat(failure)
                            .hasStackTraceContaining("Connection")
                            .message()
                            .doesNotContain("hush"));
        }

        private DatabaseUrl migratedFromFolder() throws IOException {
            copyMigrations();
            return TestDatabase.freshMigrated();
        }

        private void copyMigrations() throws IOException {
            for (String file : MigrationFiles.ofProgram().names()) {
                Files.writeString(
                        folder.resolve(file), MigrationFiles.ofProgram().text(file));
            }
        }

        private List<Step> fromFolder(DatabaseUrl url) {
            MigrationFiles files = MigrationFiles.in(folder);
            return new Migrations(url, files, Progress.SILENT, PATIENCE).upgrade(files.head());
        }

        private void assertRefused(DatabaseUrl url, String... message) throws SQLException {
            try (Connection connection = TestDatabase.connect(url)) {
                List<String> schema = Catalog.schema(connection);
                List<String> history = Catalog.history(connection);
                Map<String, List<String>> rows = Catalog.rows(connection);
                assertThatExceptionOfType(MigrationFailure.class)
                        .isThrownBy(() -> fromFolder(url))
                        .satisfies(failure -> assertThat(failure.getMessage()).contains(message));
                assertThat(Catalog.schema(connection)).isEqualTo(schema);
                assertThat(Catalog.history(connection)).isEqualTo(history);
                assertThat(Catalog.rows(connection)).isEqualTo(rows);
            }
        }
    }

    @Nested
    class IsCurrent {

        @Test
        void is_true_at_head_and_false_before() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            assertThat(isCurrent(url)).isTrue();
            Revisions.down(url, Revisions.all().getLast());
            assertThat(isCurrent(url)).isFalse();
        }

        private static boolean isCurrent(DatabaseUrl url) throws SQLException {
            try (Connection connection = TestDatabase.connect(url);
                    PreparedStatement statement =
                            connection.prepareStatement(Migrations.IS_CURRENT.replace("$1", "?"))) {
                statement.setString(1, Migrations.head().version());
                try (ResultSet row = statement.executeQuery()) {
                    return row.next() && row.getBoolean("current");
                }
            }
        }
    }
}
