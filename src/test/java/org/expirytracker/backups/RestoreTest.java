package org.expirytracker.backups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.backups.Backup.Written;
import org.expirytracker.backups.BackupFile.Writer;
import org.expirytracker.backups.Manifest.Table;
import org.expirytracker.cli.Registered;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.Revision;
import org.expirytracker.migrations.Revisions;
import org.expirytracker.migrations.RowFiller;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("backups")
@Timeout(120)
class RestoreTest {

    /** A database with every table filled, as it is, and its backup. */
    private record Sample(DatabaseUrl url, DatabaseState state, Path file) {}

    private static final Map<Revision, Sample> SAMPLES = new HashMap<>();

    @TempDir
    private static Path samples;

    /** Goes up from one revision to the next that a test asks for. */
    private static @Nullable DatabaseUrl climbing;

    /** The one at head. */
    private static Sample sample;

    @TempDir
    Path folder;

    @BeforeAll
    static void make() throws SQLException {
        sample = sampleOf(Migrations.head(), TestDatabase.freshMigrated());
    }

    /** Made when it is asked for first, since a run may ask for few of them. */
    private static Sample sampleAt(Revision revision) throws SQLException {
        Sample made = SAMPLES.get(revision);
        if (made != null) {
            return made;
        }
        DatabaseUrl url = climbing;
        if (url == null || Revisions.of(url).state().current().compareTo(revision) > 0) {
            url = TestDatabase.fresh();
        }
        Revisions.up(url, revision);
        climbing = url;
        return sampleOf(revision, TestDatabase.copyOf(url));
    }

    private static Sample sampleOf(Revision revision, DatabaseUrl url) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            RowFiller.fill(connection, revision.hashCode());
        }
        Path file = new Backup(url, CopyProgress.SILENT)
                .write(samples.resolve(revision.label() + ".backup"))
                .file();
        Sample made = new Sample(url, DatabaseState.of(url), file);
        SAMPLES.put(revision, made);
        return made;
    }

    static List<Revision> revisions() {
        return Revisions.all();
    }

    private static void execute(DatabaseUrl url, String... statements) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static List<String> strings(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return TestDatabase.strings(connection, sql);
        }
    }

    /** As the sample, but for what would show that it is another. */
    private static DatabaseUrl other() throws SQLException {
        DatabaseUrl url = TestDatabase.copyOf(sample.url);
        execute(url, "DELETE FROM reports", "DROP INDEX items_by_created_at");
        return url;
    }

    private Path backUp(DatabaseUrl url) {
        return new Backup(url, CopyProgress.SILENT)
                .write(folder.resolve(UUID.randomUUID() + ".backup"))
                .file();
    }

    private static Restore restore(DatabaseUrl url) {
        return new Restore(url, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, CopyProgress.SILENT);
    }

    private static void assertRefused(Runnable restore, DatabaseUrl url, String... messages) throws SQLException {
        List<String> before = everything(url);
        assertThatExceptionOfType(BackupFailure.class)
                .isThrownBy(restore::run)
                .satisfies(failure -> assertThat(failure.getMessage()).contains(messages));
        assertThat(everything(url)).isEqualTo(before);
    }

    /** Every object by its oid, so that one made anew is another, and every row. */
    private static List<String> everything(DatabaseUrl url) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            List<String> all = TestDatabase.strings(
                    connection,
                    "SELECT relnamespace::regnamespace::text || '.' || relname || ' ' || oid FROM pg_class"
                            + " WHERE oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_' ORDER BY 1");
            for (String table : TestDatabase.strings(
                    connection,
                    "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1")) {
                all.addAll(TestDatabase.strings(connection, "SELECT t::text FROM " + table + " AS t ORDER BY 1"));
            }
            return all;
        }
    }

    @Nested
    class BringsBack {

        @ParameterizedTest
        @MethodSource("org.expirytracker.backups.RestoreTest#revisions")
        void every_row_of_every_table_at_every_revision(Revision revision) throws SQLException {
            Sample source = sampleAt(revision);
            DatabaseUrl target = TestDatabase.fresh();

            Restore.Contents contents =
                    restore(target).load(source.file, false, Erasures.NONE).contents();

            assertThat(contents.revision()).isEqualTo(revision);
            source.state.assertRestoredIn(target);
            assertThat(Revisions.of(target).state().conflicts()).isEmpty();
            assertThat(Revisions.of(target).state().current()).isEqualTo(revision);
        }

        /** What downgrades have parked comes along, definitions included, and upgrades find it. */
        @ParameterizedTest
        @MethodSource("org.expirytracker.backups.RestoreTest#revisions")
        void what_every_downgrade_has_parked(Revision revision) throws SQLException {
            DatabaseUrl source = TestDatabase.copyOf(sample.url);
            Revisions.of(source).downgrade(Revisions.before(revision), true);
            DatabaseUrl target = TestDatabase.fresh();

            restore(target).load(backUp(source), false, Erasures.NONE);

            DatabaseState.of(source).assertRestoredIn(target);
            Migrations.migrate(source);
            Migrations.migrate(target);
            DatabaseState.of(source).withoutHistory().assertRestoredIn(target);
        }

        @Test
        void a_schema_at_head_so_that_nothing_is_left_to_migrate() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            restore(target).load(sample.file, false, Erasures.NONE);

            assertThat(Migrations.migrate(target)).isEmpty();
        }

        @Test
        void who_applied_each_migration_and_when() throws SQLException {
            DatabaseUrl source = TestDatabase.freshMigrated();
            execute(
                    source,
                    "UPDATE flyway_schema_history SET installed_by = 'anna', execution_time = 4711,"
                            + " installed_on = '2024-01-02 03:04:05.678901' WHERE installed_rank = 3");
            DatabaseUrl target = TestDatabase.fresh();
            restore(target).load(backUp(source), false, Erasures.NONE);

            assertThat(strings(
                            target,
                            "SELECT concat_ws(' ', installed_by, installed_on, execution_time)"
                                    + " FROM flyway_schema_history WHERE installed_rank = 3"))
                    .containsExactly("anna 2024-01-02 03:04:05.678901 4711");
        }

        @Test
        void tables_and_sequences_that_no_migration_makes() throws SQLException {
            DatabaseUrl source = TestDatabase.freshMigrated();
            execute(
                    source,
                    "CREATE SCHEMA parked",
                    "CREATE TABLE \"Odd \"\" name\" (id serial PRIMARY KEY, \"Größe\" text COLLATE \"C\" DEFAULT 'it''s',"
                            + " twice integer GENERATED ALWAYS AS (length(\"Größe\") * 2) STORED)",
                    "CREATE INDEX odd ON \"Odd \"\" name\" (lower(\"Größe\")) WHERE \"Größe\" <> ''",
                    "INSERT INTO \"Odd \"\" name\" (\"Größe\") VALUES ('a\tb\\N'), (NULL), ('')",
                    "CREATE TABLE parked.notes (user_id uuid REFERENCES users ON DELETE CASCADE,"
                            + " place bigint GENERATED ALWAYS AS IDENTITY (START 70), tags text[] NOT NULL,"
                            + " odd_id integer REFERENCES \"Odd \"\" name\", CHECK (tags <> '{}') NOT VALID)",
                    "INSERT INTO parked.notes (tags, odd_id) VALUES ('{a,\"b,c\"}', 2), ('{x}', NULL)",
                    "CREATE SEQUENCE alone INCREMENT 5 CYCLE",
                    "SELECT nextval('alone'), nextval('alone')");
            DatabaseUrl target = TestDatabase.fresh();

            restore(target).load(backUp(source), false, Erasures.NONE);

            DatabaseState.of(source).assertRestoredIn(target);
            assertThat(strings(target, "SELECT nextval('alone')")).containsExactly("11");
            assertThat(strings(target, "INSERT INTO parked.notes (tags) VALUES ('{y}') RETURNING place"))
                    .containsExactly("72");
            assertThat(strings(target, "INSERT INTO \"Odd \"\" name\" DEFAULT VALUES RETURNING concat(id, twice)"))
                    .containsExactly("48");
            execute(target, "DROP TABLE parked.notes, \"Odd \"\" name\"");
            assertThat(strings(target, "SELECT relname FROM pg_class WHERE relkind = 'S'"))
                    .containsExactly("alone");
        }

        @Test
        void rows_that_a_constraint_would_not_let_in_any_more() throws SQLException {
            DatabaseUrl source = TestDatabase.copyOf(sample.url);
            String constraint = "ALTER TABLE categories ADD CONSTRAINT short CHECK (length(name) < 2) NOT VALID";
            Path file = folder.resolve("V20990101__shorten_names.sql");
            MigrationFiles files = MigrationFiles.in(withProgramFiles(file, constraint));
            new Migrations(source, files, Progress.SILENT).upgrade(files.head());
            DatabaseUrl target = TestDatabase.fresh();

            new Restore(target, files, Registered.AFTER_RESTORE, CopyProgress.SILENT)
                    .load(backUp(source), false, Erasures.NONE);

            DatabaseState.of(source).assertRestoredIn(target);
        }

        @Test
        void indexes_that_a_migration_builds_outside_a_transaction() throws SQLException {
            DatabaseUrl source = TestDatabase.copyOf(sample.url);
            MigrationFiles files =
                    MigrationFiles.in(withProgramFiles(folder.resolve("V20990101__index_units.sql"), """
                    -- Runs outside a transaction: the index is built while people write.
                    CREATE INDEX CONCURRENTLY IF NOT EXISTS items_by_unit ON items (user_id, unit);
                    """));
            new Migrations(source, files, Progress.SILENT).upgrade(files.head());
            DatabaseUrl target = TestDatabase.fresh();

            new Restore(target, files, Registered.AFTER_RESTORE, CopyProgress.SILENT)
                    .load(backUp(source), false, Erasures.NONE);

            DatabaseState.of(source).assertRestoredIn(target);
        }

        private Path withProgramFiles(Path file, String text) {
            try {
                for (String name : MigrationFiles.ofProgram().names()) {
                    Files.writeString(
                            folder.resolve(name), MigrationFiles.ofProgram().text(name));
                }
                Files.writeString(file, text);
                return folder;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Test
        void a_database_whose_owner_is_no_superuser() throws SQLException {
            DatabaseUrl target = ownedByAnyone();
            restore(target).load(sample.file, false, Erasures.NONE);
            sample.state.assertRestoredIn(target);

            restore(target).load(sample.file, true, Erasures.NONE);
            sample.state.assertRestoredIn(target);
        }

        private static DatabaseUrl ownedByAnyone() throws SQLException {
            DatabaseUrl server = TestDatabase.fresh();
            String role = "owner_" + UUID.randomUUID().toString().replace('-', '_');
            execute(
                    server,
                    "CREATE ROLE " + role + " LOGIN PASSWORD 'secret'",
                    "ALTER DATABASE " + server.database() + " OWNER TO " + role,
                    // As an administrator may have done; the owner cannot drop it.
                    "CREATE EXTENSION pg_trgm");
            return new DatabaseUrl(
                    server.host(),
                    server.port(),
                    server.database(),
                    role,
                    "secret",
                    server.sslMode(),
                    server.sslRootCert(),
                    server.applicationName());
        }
    }

    @Nested
    class Changes {

        @Test
        void every_session_into_one_that_has_ended() throws SQLException {
            String live = "SELECT count(*) FROM sessions WHERE revoked_at IS NULL";
            assertThat(strings(sample.url, live)).doesNotContain("0");
            DatabaseUrl target = TestDatabase.fresh();
            restore(target).load(sample.file, false, Erasures.NONE);

            assertThat(strings(target, live)).containsExactly("0");
            String ended =
                    "SELECT id FROM sessions WHERE revoked_at IS NOT NULL AND revoked_at < now() - interval '1 day'"
                            + " ORDER BY id";
            assertThat(strings(target, ended)).isEqualTo(strings(sample.url, ended));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "api_tokens WHERE revoked_at IS NULL",
                    "one_time_tokens",
                    "recovery_codes",
                    "known_devices",
                    "users WHERE two_factor_secret IS NOT NULL"
                            + " AND coalesce(two_factor_last_step, 0) < extract(epoch FROM now()) / 30 - 20",
                })
        void what_lets_someone_in_into_what_does_not(String good) throws SQLException {
            String count = "SELECT count(*) FROM " + good;
            assertThat(strings(sample.url, count)).doesNotContain("0");
            DatabaseUrl target = TestDatabase.fresh();
            restore(target).load(sample.file, false, Erasures.NONE);

            assertThat(strings(target, count)).containsExactly("0");
        }

        @Test
        void the_end_of_every_feed_to_one_beyond_every_cursor() throws SQLException {
            DatabaseUrl source = TestDatabase.copyOf(sample.url);
            execute(source, "UPDATE feeds SET last_seq = 40");
            DatabaseUrl target = TestDatabase.fresh();
            restore(target).load(backUp(source), false, Erasures.NONE);

            assertThat(strings(target, "SELECT last_seq FROM feeds"))
                    .isNotEmpty()
                    .containsOnly("1000000040");
        }

        @Test
        void both_too_when_a_downgrade_has_parked_them() throws SQLException {
            DatabaseUrl source = TestDatabase.copyOf(sample.url);
            execute(source, "UPDATE feeds SET last_seq = 40");
            Revisions.of(source).downgrade(Revision.BASE, true);
            DatabaseUrl target = TestDatabase.fresh();
            restore(target).load(backUp(source), false, Erasures.NONE);
            Migrations.migrate(target);

            assertThat(strings(target, "SELECT DISTINCT last_seq FROM feeds")).containsExactly("1000000040");
            assertThat(strings(target, "SELECT count(*) FROM sessions WHERE revoked_at IS NULL"))
                    .containsExactly("0");
        }
    }

    /** Accounts that were deleted after the backup was taken. */
    @Nested
    class DeletesAgain {

        private static final String USERS = "SELECT id FROM users ORDER BY id";

        /** Whoever has most: a user with rows in every table that holds users' rows. */
        private static String somebody(DatabaseUrl url) throws SQLException {
            String somebody = strings(url, USERS).getFirst();
            execute(
                    url,
                    "DO $$ DECLARE row record; BEGIN FOR row IN SELECT table_name FROM information_schema.columns"
                            + " WHERE table_schema = 'public' AND column_name = 'subject_id' AND is_nullable = 'NO'"
                            + " AND table_name <> 'activities' LOOP"
                            + " EXECUTE format('UPDATE %I SET subject_id = %L WHERE ctid = (SELECT min(ctid) FROM %1$I)',"
                            + " row.table_name, '" + somebody + "'); END LOOP; END $$");
            return somebody;
        }

        private static void erase(DatabaseUrl url, String userId) throws SQLException {
            execute(
                    url,
                    "DELETE FROM users WHERE id = '" + userId + "'",
                    "INSERT INTO erasures (user_id) VALUES ('" + userId + "')");
        }

        private static void assertNothingIsLeftOf(String userId, DatabaseUrl url) throws SQLException {
            assertThat(everything(url)).filteredOn(row -> row.contains(userId)).hasSizeLessThanOrEqualTo(1);
            assertThat(strings(url, "SELECT user_id FROM erasures")).contains(userId);
        }

        @Test
        void those_that_the_replaced_database_knows_of() throws SQLException {
            DatabaseUrl url = TestDatabase.copyOf(sample.url);
            String gone = somebody(url);
            Path file = backUp(url);
            erase(url, gone);
            List<String> left = strings(url, USERS);

            Restore.Loaded loaded = restore(url).load(file, true, Erasures.NONE);

            assertThat(loaded.erased()).isEqualTo(1);
            assertThat(strings(url, USERS)).isEqualTo(left);
            assertNothingIsLeftOf(gone, url);
        }

        @Test
        void what_they_marked_in_inventories_of_others_too_and_their_jobs() throws SQLException {
            DatabaseUrl url = TestDatabase.copyOf(sample.url);
            String gone = strings(url, USERS).getFirst();
            execute(
                    url,
                    "INSERT INTO members (inventory_id, user_id, role) SELECT DISTINCT user_id, '" + gone
                            + "'::uuid, 'EDITOR' FROM notifications WHERE user_id <> '" + gone
                            + "' ON CONFLICT DO NOTHING",
                    "INSERT INTO notification_marks (user_id, notification_id, member_id, status, marked_at)"
                            + " SELECT user_id, id, '" + gone + "', 'READ', now() FROM notifications WHERE user_id <> '"
                            + gone + "' ON CONFLICT DO NOTHING",
                    "INSERT INTO jobs (tenant_id, kind, object_id, due_at) VALUES ('" + gone + "', 'digest', '"
                            + new UUID(0, 0) + "', now())");
            assertThat(strings(url, "SELECT 1 FROM notification_marks WHERE member_id = '" + gone + "'"))
                    .isNotEmpty();
            Path file = backUp(url);
            erase(url, gone);

            restore(url).load(file, true, Erasures.NONE);

            assertNothingIsLeftOf(gone, url);
        }

        @Test
        void those_that_a_list_tells_of_in_a_new_database() throws SQLException, IOException {
            DatabaseUrl url = TestDatabase.copyOf(sample.url);
            String gone = somebody(url);
            Path file = backUp(url);
            erase(url, gone);
            Path list = Files.writeString(
                    folder.resolve("erasures"), Erasures.of(url).toText());
            DatabaseUrl target = TestDatabase.fresh();

            restore(target).load(file, false, Erasures.read(list));

            assertThat(strings(target, USERS)).isEqualTo(strings(url, USERS));
            assertNothingIsLeftOf(gone, target);
            assertThat(Erasures.of(target)).isEqualTo(Erasures.of(url));
        }

        @Test
        void those_that_a_newer_backup_tells_of() throws SQLException {
            DatabaseUrl url = TestDatabase.copyOf(sample.url);
            String gone = somebody(url);
            Path file = backUp(url);
            erase(url, gone);
            DatabaseUrl target = TestDatabase.fresh();

            restore(target).load(file, false, Erasures.read(backUp(url)));

            assertNothingIsLeftOf(gone, target);
        }

        @ParameterizedTest
        @MethodSource("org.expirytracker.backups.RestoreTest#revisions")
        void at_every_revision_and_remembers_it_up_to_head(Revision revision) throws SQLException, IOException {
            Sample source = sampleAt(revision);
            String gone = strings(source.url, USERS).getFirst();
            DatabaseUrl target = TestDatabase.fresh();

            restore(target).load(source.file, false, new Erasures(Map.of(UUID.fromString(gone), "2026-11-22T09:30Z")));
            Migrations.migrate(target);

            assertThat(strings(target, USERS)).isNotEmpty().doesNotContain(gone);
            assertNothingIsLeftOf(gone, target);
            assertThat(Revisions.of(target).state().conflicts()).isEmpty();
        }

        @Test
        void nobody_when_the_list_is_no_list() throws IOException {
            Path list = Files.writeString(folder.resolve("erasures"), "somebody 2026-11-22T09:30Z\n");

            assertThatExceptionOfType(BackupFailure.class)
                    .isThrownBy(() -> Erasures.read(list))
                    .withMessageContaining("Line 1 of")
                    .withMessageContaining("expiry db erasures");
            assertThatExceptionOfType(BackupFailure.class)
                    .isThrownBy(() -> Erasures.read(folder.resolve("missing")))
                    .withMessageContaining("cannot be read from");
        }
    }

    @Nested
    class Refuses {

        @Test
        void a_database_that_is_not_empty() throws SQLException {
            DatabaseUrl target = other();
            assertRefused(
                    () -> restore(target).load(sample.file, false, Erasures.NONE),
                    target,
                    "is not empty: it holds table public.acknowledgements, table public.activities",
                    "--clean");
        }

        @Test
        void a_database_that_holds_no_more_than_a_function() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            execute(target, "CREATE FUNCTION one() RETURNS integer LANGUAGE sql RETURN 1");
            assertRefused(
                    () -> restore(target).load(sample.file, false, Erasures.NONE),
                    target,
                    "is not empty: it holds function public.one()");
        }

        @Test
        void a_backup_newer_than_the_program() throws SQLException, IOException {
            Files.writeString(folder.resolve("V20990101__future.sql"), "CREATE TABLE future ();");
            DatabaseUrl source = TestDatabase.fresh();
            MigrationFiles newer = MigrationFiles.in(folder);
            new Migrations(source, newer, Progress.SILENT).upgrade(newer.head());
            Path file = backUp(source);
            DatabaseUrl target = TestDatabase.fresh();
            assertRefused(
                    () -> restore(target).load(file, false, Erasures.NONE),
                    target,
                    "is of revision 20990101__future, and this program ends at " + Migrations.head(),
                    "Restore it with the release that has written it");
        }

        @Test
        void a_backup_whose_migrations_are_missing_or_altered() throws SQLException, IOException {
            for (String name : MigrationFiles.ofProgram().names()) {
                Files.writeString(
                        folder.resolve(name), MigrationFiles.ofProgram().text(name));
            }
            DatabaseUrl target = TestDatabase.fresh();
            String second = Revisions.all().get(1).up();
            Files.writeString(folder.resolve(second), "-- Changed.\n");
            assertRefused(
                    () -> new Restore(target, MigrationFiles.in(folder), Registered.AFTER_RESTORE, CopyProgress.SILENT)
                            .load(sample.file, false, Erasures.NONE),
                    target,
                    second + " on the way there was altered",
                    "Bring its former text back");
            Files.delete(folder.resolve(second));
            assertRefused(
                    () -> new Restore(target, MigrationFiles.in(folder), Registered.AFTER_RESTORE, CopyProgress.SILENT)
                            .load(sample.file, false, Erasures.NONE),
                    target,
                    second + " on the way there is missing");
        }

        @Test
        void a_backup_of_a_table_that_was_changed_by_hand() throws SQLException {
            DatabaseUrl source = TestDatabase.freshMigrated();
            execute(source, "ALTER TABLE items ADD COLUMN colour text");
            Path file = backUp(source);
            DatabaseUrl target = other();
            assertRefused(
                    () -> restore(target).load(file, true, Erasures.NONE),
                    target,
                    "table public.items has the columns",
                    "colour text",
                    "changed by hand");
        }

        @Test
        void to_drop_what_others_depend_on() throws SQLException {
            DatabaseUrl target = other();
            execute(target, "CREATE SCHEMA reporting", "CREATE VIEW reporting.stock AS SELECT name FROM public.items");
            assertRefused(
                    () -> restore(target).load(sample.file, true, Erasures.NONE),
                    target,
                    "something that is not of Expiry Tracker depends on",
                    "view reporting.stock depends on");
        }

        @Test
        void a_database_in_use() throws SQLException {
            DatabaseUrl target = other();
            try (Connection reader = TestDatabase.connect(target)) {
                reader.setAutoCommit(false);
                assertThat(TestDatabase.strings(reader, "SELECT count(*) FROM items"))
                        .isNotEmpty();
                Restore restore = new Restore(
                        target,
                        MigrationFiles.ofProgram(),
                        Registered.AFTER_RESTORE,
                        CopyProgress.SILENT,
                        Duration.ofMillis(300));
                assertRefused(
                        () -> restore.load(sample.file, true, Erasures.NONE),
                        target,
                        "is in use, so what it holds cannot be dropped",
                        "Stop all nodes");
            }
        }

        @Test
        void to_wait_for_ever_for_whoever_changes_the_schema() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            try (Connection other = TestDatabase.connect(target)) {
                assertThat(TestDatabase.strings(other, "SELECT pg_try_advisory_lock(" + Migrations.LOCK + ")"))
                        .containsExactly("t");
                List<String> waits = new ArrayList<>();
                CopyProgress progress = new CopyProgress() {
                    @Override
                    public void waits(String reason) {
                        waits.add(reason);
                    }
                };
                Restore restore = new Restore(
                        target, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, progress, Duration.ofMillis(300));
                assertRefused(
                        () -> restore.load(sample.file, false, Erasures.NONE),
                        target,
                        "Another program has been migrating",
                        "Start again");
                assertThat(waits).hasSize(1);
            }
        }

        @Test
        void an_unreachable_database_without_showing_the_password() {
            DatabaseUrl url = DatabaseUrl.parse("postgresql://anna:hush-hush@127.0.0.1:1/expiry?sslmode=disable");
            assertThatExceptionOfType(BackupFailure.class)
                    .isThrownBy(() -> restore(url).load(sample.file, false, Erasures.NONE))
                    .withMessageContaining("127.0.0.1:1/expiry")
                    .satisfies(failure -> assertThat(failure.getMessage()).doesNotContain("hush"));
        }
    }

    @Nested
    class TakesForEmpty {

        @Test
        void a_database_that_was_initialized() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            Revisions.of(target).initialize();

            restore(target).load(sample.file, false, Erasures.NONE);

            sample.state.assertRestoredIn(target);
        }

        @Test
        void a_database_with_no_more_than_an_extension() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            execute(target, "CREATE EXTENSION pg_trgm");

            restore(target).load(sample.file, false, Erasures.NONE);

            sample.state.assertRestoredIn(target);
        }
    }

    @Nested
    class Clean {

        @Test
        void replaces_everything_in_both_schemas_and_nothing_else() throws SQLException {
            DatabaseUrl target = other();
            Revisions.down(target, Revisions.all().get(7));
            execute(
                    target,
                    "CREATE TYPE mood AS ENUM ('good', 'bad')",
                    "CREATE TYPE pair AS (a integer, b text)",
                    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
                    "CREATE FUNCTION moods(positive) RETURNS SETOF mood LANGUAGE sql RETURN 'good'::mood",
                    "CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer)",
                    "CREATE TABLE diary (id integer GENERATED ALWAYS AS IDENTITY, mood mood, pair pair, level positive)",
                    "CREATE TABLE pages (id serial, parent integer) PARTITION BY RANGE (id)",
                    "CREATE TABLE pages_1 PARTITION OF pages FOR VALUES FROM (0) TO (9)",
                    "CREATE MATERIALIZED VIEW parked.moody AS SELECT mood FROM diary",
                    "CREATE VIEW \"All of it\" AS SELECT * FROM parked.moody, moods(1)",
                    "CREATE SEQUENCE parked.lonely",
                    "CREATE SCHEMA reporting",
                    "CREATE TABLE reporting.kept AS SELECT 1 AS one");

            restore(target).load(sample.file, true, Erasures.NONE);

            sample.state.assertRestoredIn(target);
            assertThat(strings(target, "SELECT one FROM reporting.kept")).containsExactly("1");
        }

        @Test
        void takes_an_empty_database_too() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();

            restore(target).load(sample.file, true, Erasures.NONE);

            sample.state.assertRestoredIn(target);
        }

        @Test
        void takes_the_database_that_the_backup_came_from() throws SQLException {
            DatabaseUrl url = TestDatabase.copyOf(sample.url);
            Path file = backUp(url);
            execute(url, "DELETE FROM users");

            restore(url).load(file, true, Erasures.NONE);

            sample.state.assertRestoredIn(url);
        }
    }

    @Nested
    class Failing {

        /** Fails at one of the moments that a listener hears of. */
        private static class FailingAt implements CopyProgress {

            private final int moment;
            private final Runnable failure;
            private int heard;

            FailingAt(int moment, Runnable failure) {
                this.moment = moment;
                this.failure = failure;
            }

            private void hear() {
                if (heard++ == moment) {
                    failure.run();
                }
            }

            @Override
            public void migrates(Revision revision) {
                hear();
            }

            @Override
            public void copies(String table, long rows, long expectedRows, long bytes) {
                hear();
            }

            @Override
            public void builds(String statement, int part, int parts) {
                hear();
            }
        }

        /** As when the program, its machine or the server is killed: the connection ends, whatever it was doing. */
        @Test
        void at_any_moment_leaves_the_old_data_and_the_same_command_brings_the_new() throws SQLException {
            DatabaseUrl target = other();
            List<String> before = everything(target);
            int moment = 0;
            boolean done = false;
            while (!done) {
                FailingAt progress = new FailingAt(moment, () -> killOthers(target));
                try {
                    new Restore(target, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, progress)
                            .load(sample.file, true, Erasures.NONE);
                    done = true;
                } catch (BackupFailure failure) {
                    assertThat(failure.getMessage()).contains("Nothing has changed");
                    assertThat(everything(target)).isEqualTo(before);
                    moment += 5;
                }
            }

            assertThat(moment).isGreaterThan(50);
            sample.state.assertRestoredIn(target);
        }

        private static void killOthers(DatabaseUrl url) {
            try {
                String others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                        + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'";
                strings(url, "SELECT pg_terminate_backend(pid) FROM (" + others + ") AS others");
                while (!strings(url, others).isEmpty()) {
                    Thread.onSpinWait();
                }
            } catch (SQLException e) {
                throw new IllegalStateException(e);
            }
        }

        @Test
        void in_the_program_itself_leaves_the_old_data() throws SQLException {
            DatabaseUrl target = other();
            List<String> before = everything(target);
            CopyProgress progress = new FailingAt(25, () -> {
                throw new IllegalStateException("a bug");
            });
            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(
                            () -> new Restore(target, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, progress)
                                    .load(sample.file, true, Erasures.NONE));
            assertThat(everything(target)).isEqualTo(before);
        }

        @Test
        void because_a_row_refers_to_none_leaves_the_old_data() throws SQLException, IOException {
            Path file = rewritten(
                    sample.file,
                    table -> table.label().equals("public.users")
                            ? table.copied(table.entry(), 0, 0, BackupFile.hex(BackupFile.sha256()))
                            : table,
                    rows -> rows.contains("users") ? new byte[0] : null);
            DatabaseUrl target = other();
            assertRefused(
                    () -> restore(target).load(file, true, Erasures.NONE),
                    target,
                    "violates foreign key constraint",
                    "Nothing has changed there");
        }

        @Test
        void because_the_manifest_tells_of_more_rows_leaves_the_old_data() throws SQLException, IOException {
            Path file = rewritten(
                    sample.file,
                    table -> table.label().equals("public.reports")
                            ? table.copied(table.entry(), table.rows() + 1, table.bytes(), table.sha256())
                            : table,
                    rows -> null);
            DatabaseUrl target = other();
            assertRefused(
                    () -> restore(target).load(file, true, Erasures.NONE),
                    target,
                    "is wrong in itself: table public.reports has",
                    "Take another backup");
        }

        @Test
        void because_the_rows_have_another_checksum_leaves_the_old_data() throws SQLException, IOException {
            Path file = rewritten(
                    sample.file,
                    table -> table.label().equals("public.items")
                            ? table.copied(table.entry(), table.rows(), table.bytes(), "0".repeat(64))
                            : table,
                    rows -> null);
            DatabaseUrl target = other();
            assertRefused(
                    () -> restore(target).load(file, true, Erasures.NONE),
                    target,
                    "is wrong in itself: table public.items");
        }

        private interface Rows {
            byte @Nullable [] instead(String entry);
        }

        /** A backup with a good checksum and another content. */
        private Path rewritten(Path file, UnaryOperator<Table> change, Rows rows) throws IOException {
            Path other = folder.resolve(UUID.randomUUID() + ".backup");
            try (BackupFile good = BackupFile.open(file, CopyProgress.SILENT);
                    Writer writer = new Writer(
                            FileChannel.open(other, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            good.manifest().takenAt())) {
                Manifest manifest = good.manifest();
                for (Table table : manifest.tables()) {
                    String entry = table.entry();
                    if (entry != null) {
                        byte[] instead = rows.instead(entry);
                        try (InputStream in = good.rows(table);
                                OutputStream out = writer.entry(entry, BackupFile.sha256())) {
                            out.write(instead == null ? in.readAllBytes() : instead);
                        }
                    }
                }
                writer.finish(new Manifest(
                        manifest.format(),
                        manifest.revision(),
                        manifest.program(),
                        manifest.server(),
                        manifest.takenAt(),
                        manifest.history(),
                        manifest.tables().stream().map(change).toList(),
                        manifest.sequences()));
            }
            return other;
        }
    }

    @Nested
    class Tells {

        @Test
        void how_far_it_has_come() throws SQLException {
            AtomicInteger rows = new AtomicInteger();
            AtomicInteger steps = new AtomicInteger();
            AtomicInteger parts = new AtomicInteger();
            List<Long> checked = new ArrayList<>();
            CopyProgress progress = new CopyProgress() {
                @Override
                public void checks(long bytes, long ofBytes) {
                    checked.add(ofBytes - bytes);
                }

                @Override
                public void migrates(Revision revision) {
                    steps.incrementAndGet();
                }

                @Override
                public void copies(String table, long now, long expectedRows, long bytes) {
                    if (now == expectedRows && bytes > 0) {
                        rows.addAndGet((int) now);
                    }
                }

                @Override
                public void builds(String statement, int part, int of) {
                    assertThat(part).isEqualTo(parts.incrementAndGet()).isLessThanOrEqualTo(of);
                }
            };
            Written written = new Backup(sample.url, CopyProgress.SILENT).write(folder.resolve("told.backup"));

            new Restore(TestDatabase.fresh(), MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, progress)
                    .load(written.file(), false, Erasures.NONE);

            assertThat(checked).isNotEmpty().last().isEqualTo(0L);
            assertThat(steps).hasValue(Revisions.all().size());
            assertThat(rows.get() + Revisions.all().size()).isEqualTo((int) written.rows());
            assertThat(parts).hasPositiveValue();
        }

        @Test
        void what_is_in_a_file_without_a_database() throws SQLException {
            Written written = new Backup(sample.url, CopyProgress.SILENT).write(folder.resolve("checked.backup"));
            Restore.Contents contents = restore(DatabaseUrl.parse("postgresql://nobody@127.0.0.1:1/none"))
                    .check(written.file());

            assertThat(contents.revision()).isEqualTo(Migrations.head());
            assertThat(contents.takenAt()).isEqualTo(written.takenAt());
            assertThat(contents.rows()).isEqualTo(written.rows());
            assertThat(contents.tables()).isEqualTo(written.tables());
        }
    }
}
