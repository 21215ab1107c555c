package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Migrations.Rehearsal;
import org.expirytracker.migrations.Progress.Step;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Going up and down with files of the test's own. */
@Timeout(60)
@ProvenRoom("product")
class UpgradeTest {

    private static final Revision FIRST = new Revision("20300101", "add_shelves");
    private static final Revision SECOND = new Revision("20300102", "add_labels");
    private static final Revision THIRD = new Revision("20300103", "index_labels");

    @TempDir
    Path folder;

    private final DatabaseUrl url = TestDatabase.fresh();

    @BeforeEach
    void writeFiles() throws IOException {
        write(FIRST.up(), """
                CREATE TABLE shelves (id integer PRIMARY KEY, name text NOT NULL DEFAULT 'plain', width integer);
                INSERT INTO shelves (id) SELECT generate_series(1, 100);
                """);
        write(FIRST.down(), "DROP TABLE shelves;\n");
        write(SECOND.up(), """
                ALTER TABLE shelves ADD COLUMN label text, ADD COLUMN seen boolean NOT NULL DEFAULT false;
                UPDATE shelves SET width = 3 WHERE id <= 10;
                """);
        write(SECOND.down(), "ALTER TABLE shelves DROP COLUMN label, DROP COLUMN seen;\n");
        write(THIRD.up(), """
                -- Runs outside a transaction: the index is built while people write.
                CREATE INDEX CONCURRENTLY IF NOT EXISTS shelves_by_label ON shelves (label);
                """);
        write(THIRD.down(), """
                -- Runs outside a transaction: so does its removal.
                DROP INDEX CONCURRENTLY IF EXISTS shelves_by_label;
                """);
    }

    @Nested
    class Up {

        @Test
        void tells_each_step_with_its_statements_and_the_rows_it_touched() {
            Told told = new Told();
            List<Step> steps = migrations(told).upgrade(THIRD);

            assertThat(steps).extracting(Step::revision).containsExactly(FIRST, SECOND, THIRD);
            assertThat(steps).extracting(Step::rows).containsExactly(100L, 10L, 0L);
            assertThat(told.lines)
                    .containsSubsequence(
                            "begins 1/3 20300101__add_shelves",
                            "runs INSERT INTO shelves (id) SELECT generate_series(1, 100);",
                            "ends 20300101__add_shelves",
                            "begins 2/3 20300102__add_labels",
                            "runs UPDATE shelves SET width = 3 WHERE id <= 10;",
                            "ends 20300102__add_labels",
                            "begins 3/3 20300103__index_labels",
                            "ends 20300103__index_labels");
        }

        @Test
        void stops_at_the_revision_it_was_asked_for() {
            assertThat(migrations().upgrade(FIRST)).hasSize(1);
            assertThat(migrations().state().current()).isEqualTo(FIRST);
            assertThat(migrations().state().pending()).containsExactly(SECOND, THIRD);
            assertThat(migrations().upgrade(Revision.BASE)).isEmpty();
        }

        @Test
        void writes_each_step_and_its_row_of_the_history_in_one_transaction() throws SQLException {
            migrations().upgrade(SECOND);
            assertThat(strings("SELECT DISTINCT h.xmin = c.xmin FROM flyway_schema_history h, pg_attribute c"
                            + " WHERE h.version = '20300102' AND c.attrelid = 'shelves'::regclass"
                            + " AND c.attname IN ('label', 'seen')"))
                    .containsExactly("t");
        }

        @Test
        void builds_an_index_anew_whose_concurrent_build_broke_off() throws SQLException {
            migrations().upgrade(SECOND);
            execute("INSERT INTO shelves (id, label) VALUES (200, 'same'), (201, 'same')");
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                assertThatExceptionOfType(SQLException.class)
                        .isThrownBy(() -> statement.execute(
                                "CREATE UNIQUE INDEX CONCURRENTLY shelves_by_label ON shelves (label)"));
            }
            assertThat(indexValidity()).containsExactly("f");

            migrations().upgrade(THIRD);
            assertThat(indexValidity()).containsExactly("t");
        }

        @Test
        void runs_a_migration_outside_a_transaction_again_after_it_failed() throws Exception {
            migrations().upgrade(SECOND);
            write(THIRD.up(), """
                    -- Runs outside a transaction: the index is built while people write.
                    CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS shelves_by_label ON shelves (label);
                    """);
            execute("INSERT INTO shelves (id, label) VALUES (200, 'same'), (201, 'same')");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().upgrade(THIRD))
                    .withMessageContaining("V20300103__index_labels.sql failed outside a transaction")
                    .withMessageContaining("23505");
            assertThat(migrations().state().current()).isEqualTo(SECOND);
            assertThat(migrations().state().conflicts()).isEmpty();

            execute("DELETE FROM shelves WHERE id = 201");
            assertThat(migrations().upgrade(THIRD)).hasSize(1);
            assertThat(indexValidity()).containsExactly("t");
            assertThat(strings("SELECT success FROM flyway_schema_history WHERE version = '20300103'"))
                    .containsExactly("t");
        }

        @Test
        void refuses_a_concurrent_build_in_a_file_that_does_not_say_so() throws Exception {
            write(THIRD.up(), "CREATE INDEX CONCURRENTLY shelves_by_label ON shelves (label);");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().upgrade(THIRD))
                    .withMessageContaining("V20300103__index_labels.sql does something CONCURRENTLY")
                    .withMessageContaining("-- Runs outside a transaction");
            assertThat(strings("SELECT to_regclass('shelves')")).containsExactly((String) null);
        }

        /** Up or down: what only one of the two ways could do, or neither takes back, begins nowhere. */
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "VACUUM shelves;| runs VACUUM| -- Runs outside a transaction",
                    "CREATE DATABASE other;| runs CREATE DATABASE| -- Runs outside a transaction",
                    "create /* a */ tablespace t LOCATION '/';| runs CREATE TABLESPACE| -- Runs outside a transaction",
                    "ALTER SYSTEM SET work_mem = '8MB';| runs ALTER SYSTEM| -- Runs outside a transaction",
                    "REINDEX (VERBOSE) DATABASE;| runs REINDEX (VERBOSE) DATABASE| -- Runs outside a transaction",
                    "SELECT 1; -- first\\nCOMMIT;| holds COMMIT| Take it out",
                    "BEGIN; SELECT 1; END;| holds BEGIN| Take it out",
                    "ROLLBACK;| holds ROLLBACK| Take it out",
                    "COPY shelves (id, name) FROM STDIN;\\n1\\ta\\n| holds COPY SHELVES (ID, NAME) FROM STDIN| Write INSERT INTO",
                    "\\\\set who me| holds \\SET| Write the SQL",
                })
        void refuses_what_neither_way_can_run_before_anything_runs(String sql, String what, String remedy)
                throws Exception {
            migrations().upgrade(FIRST);
            for (String file : List.of(SECOND.up(), SECOND.down())) {
                String before = Files.readString(folder.resolve(file));
                write(file, sql.translateEscapes());
                assertThatExceptionOfType(MigrationFailure.class)
                        .isThrownBy(() -> migrations().upgrade(THIRD))
                        .withMessageContaining(file + " " + what)
                        .withMessageContaining(remedy);
                assertThat(strings("SELECT version FROM flyway_schema_history")).containsExactly("20300101");
                write(file, before);
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "SELECT 'COMMIT; COPY a FROM STDIN; VACUUM';",
                    "SAVEPOINT a; ROLLBACK TO SAVEPOINT a; ROLLBACK TO a;",
                    "DO $$ BEGIN PERFORM 1; END $$;",
                    "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END;",
                    "-- COMMIT;\n/* VACUUM; */ SELECT 1;",
                    "CREATE TABLE commits (vacuum int);",
                    "CLUSTER shelves USING shelves_pkey;",
                })
        void runs_what_only_looks_like_it(String sql) throws Exception {
            write(SECOND.up(), sql);
            assertThat(migrations().upgrade(SECOND)).hasSize(2);
        }

        @Test
        void says_what_stays_when_something_unforeseen_ran_outside_a_transaction() throws Exception {
            migrations().upgrade(SECOND);
            write(THIRD.up(), """
                    -- Runs outside a transaction: the rows are visible at once.
                    INSERT INTO shelves (id) VALUES (500);
                    INSERT INTO shelves (id) VALUES (500);
                    """);
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().upgrade(THIRD))
                    .withMessageContaining("what it did before stays")
                    .withMessageNotContaining("nothing has changed");
            assertThat(strings("SELECT id FROM shelves WHERE id = 500")).containsExactly("500");
            assertThat(migrations().state().current()).isEqualTo(SECOND);
            // The mark is gone: then it is no longer run again by itself, and still not applied.
            write(THIRD.up(), "SELECT 1;");
            assertThat(migrations().state().current()).isEqualTo(SECOND);
            assertThat(migrations().state().failed()).containsExactly(THIRD);
        }

        @Test
        void tells_what_the_headers_of_the_files_call_destructive() throws Exception {
            write(SECOND.up(), """
                    -- Widths: drops a column.
                    -- DESTRUCTIVE: drops column shelves.width and its data, which is a line that goes on, as it is too
                    -- long for one
                    -- DESTRUCTIVE: drops column shelves.name and its data
                    -- REVIEW: nothing
                    ALTER TABLE shelves DROP COLUMN width;
                    """);
            assertThat(migrations().state().destructive(FIRST)).isEmpty();
            assertThat(migrations().state().destructive(THIRD))
                    .containsExactly(
                            SECOND.up() + " drops column shelves.width and its data, which is a line that goes on, as"
                                    + " it is too long for one",
                            SECOND.up() + " drops column shelves.name and its data");
        }

        /** What the role, the database or the server have as their defaults does not reach into a migration. */
        @Test
        void builds_the_same_whatever_the_sessions_defaults_are() throws Exception {
            execute("CREATE SCHEMA other; CREATE TABLE other.shelves (wrong int)");
            for (String setting : List.of(
                    "search_path = other, public",
                    "search_path = '$user'",
                    "TimeZone = 'Asia/Tokyo'",
                    "DateStyle = 'SQL, DMY'",
                    "IntervalStyle = 'sql_standard'",
                    "standard_conforming_strings = off",
                    "statement_timeout = '20ms'",
                    "default_transaction_read_only = on")) {
                execute("ALTER DATABASE \"" + url.database() + "\" SET " + setting);
            }
            write(SECOND.up(), """
                    ALTER TABLE shelves ADD COLUMN seen timestamptz NOT NULL DEFAULT '2026-02-01 12:00',
                        ADD COLUMN label text NOT NULL DEFAULT 'a\\b';
                    SELECT pg_sleep(0.1);
                    """);
            write(SECOND.down(), "ALTER TABLE shelves DROP COLUMN seen, DROP COLUMN label;\n");
            migrations().upgrade(SECOND);
            assertThat(strings("SELECT extract(epoch FROM seen)::bigint || label FROM public.shelves LIMIT 1"))
                    .containsExactly("1769947200a\\b");
            assertThat(migrations().downgrade(FIRST, true)).hasSize(1);
        }
    }

    @Nested
    class Rehearsed {

        @Test
        void runs_everything_and_takes_it_back() throws SQLException {
            migrations().upgrade(FIRST);
            Rehearsal rehearsal = migrations().rehearseUpgrade(THIRD);

            assertThat(rehearsal.steps()).extracting(Step::revision).containsExactly(SECOND);
            assertThat(rehearsal.steps()).extracting(Step::rows).containsExactly(10L);
            assertThat(rehearsal.left()).containsExactly(THIRD);
            assertThat(migrations().state().current()).isEqualTo(FIRST);
            assertThat(strings("SELECT count(width) FROM shelves")).containsExactly("0");
        }

        @Test
        void leaves_an_empty_database_empty() throws SQLException {
            assertThat(migrations().rehearseUpgrade(SECOND).steps()).hasSize(2);
            assertThat(strings("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"))
                    .isEmpty();
        }

        @Test
        void finds_what_would_fail() throws Exception {
            write(SECOND.up(), "ALTER TABLE shelves ADD CONSTRAINT wide CHECK (width IS NOT NULL);");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().rehearseUpgrade(SECOND))
                    .withMessageContaining("V20300102__add_labels.sql failed")
                    .withMessageContaining("\"wide\"");
            assertThat(migrations().state().initialized()).isFalse();
        }
    }

    @Nested
    class Down {

        @Test
        void undoes_newest_first_each_with_its_row_of_the_history() throws SQLException {
            migrations().upgrade(THIRD);
            Told told = new Told();
            assertThat(migrations(told).downgrade(FIRST, true))
                    .extracting(Step::revision)
                    .containsExactly(THIRD, SECOND);
            assertThat(told.lines)
                    .containsExactly(
                            "begins 1/2 20300103__index_labels",
                            "runs -- Runs outside a transaction: so does its removal.\n"
                                    + "DROP INDEX CONCURRENTLY IF EXISTS shelves_by_label",
                            "ends 20300103__index_labels",
                            "begins 2/2 20300102__add_labels",
                            "runs ALTER TABLE shelves DROP COLUMN label, DROP COLUMN seen",
                            "ends 20300102__add_labels");
            assertThat(strings("SELECT version FROM flyway_schema_history WHERE success"))
                    .containsExactly("20300101");
        }

        @Test
        void refuses_to_lose_data_and_names_tables_columns_and_rows() throws SQLException {
            migrations().upgrade(SECOND);
            execute("UPDATE shelves SET label = 'mine' WHERE id <= 7");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().downgrade(Revision.BASE, false))
                    .withMessageContaining("column shelves.label, 7 rows (by U20300102__add_labels.sql)")
                    .withMessageContaining("table shelves, 100 rows (by U20300101__add_shelves.sql)")
                    .withMessageContaining("--allow-data-loss")
                    .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("shelves.seen"));
            assertThat(migrations().state().current()).isEqualTo(SECOND);
            assertThat(strings("SELECT count(label) FROM shelves")).containsExactly("7");
        }

        @Test
        void loses_data_only_when_told_to() throws SQLException {
            migrations().upgrade(SECOND);
            execute("UPDATE shelves SET label = 'mine'");
            assertThat(migrations().downgrade(FIRST, true)).hasSize(1);
            assertThat(strings("SELECT count(*) FROM shelves")).containsExactly("100");
        }

        @Test
        void drops_columns_in_which_there_is_nothing_without_asking() {
            migrations().upgrade(SECOND);
            assertThat(migrations().downgrade(FIRST, false)).hasSize(1);
        }

        /** The column stays, and not all that is in it: cut, rounded, or replaced by what is there by default. */
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "ALTER TABLE shelves ALTER COLUMN size TYPE numeric(15, 3)| 1",
                    "ALTER TABLE shelves ALTER COLUMN size TYPE numeric(20, 6)| 0",
                    "ALTER TABLE shelves ALTER COLUMN size TYPE text| 0",
                    "ALTER TABLE shelves ALTER COLUMN size TYPE integer| 2",
                    "ALTER TABLE shelves DROP COLUMN size; ALTER TABLE shelves ADD COLUMN size numeric(18, 6)| 2",
                    "ALTER TABLE shelves ALTER COLUMN seen TYPE date| 1",
                    "ALTER TABLE shelves ALTER COLUMN seen TYPE timestamp USING seen AT TIME ZONE 'UTC'| 0",
                    "-- Keeps shelves.size: nobody needs more digits\\nALTER TABLE shelves ALTER COLUMN size TYPE integer| 0",
                })
        void refuses_to_lose_values_in_a_column_that_stays(String sql, int rows) throws Exception {
            write(SECOND.up(), "ALTER TABLE shelves ADD COLUMN size numeric(18, 6), ADD COLUMN seen timestamptz;\n");
            write(SECOND.down(), sql.translateEscapes() + ";\n");
            migrations().upgrade(SECOND);
            execute("UPDATE shelves SET size = 1.123456, seen = '2026-03-29 01:30:00.5Z' WHERE id = 1;"
                    + "UPDATE shelves SET size = 2.5, seen = '2026-03-29' WHERE id = 2");
            List<Loss> losses = migrations().rehearseDowngrade(FIRST).losses();
            if (rows == 0) {
                assertThat(losses).isEmpty();
                assertThat(migrations().downgrade(FIRST, false)).hasSize(1);
            } else {
                assertThat(losses)
                        .singleElement()
                        .satisfies(loss -> assertThat(loss.rows()).isEqualTo(rows))
                        .asString()
                        .matches("values in column shelves\\.(size|seen), .*");
                assertThatExceptionOfType(MigrationFailure.class)
                        .isThrownBy(() -> migrations().downgrade(FIRST, false))
                        .withMessageContaining("would lose data for good, so nothing was changed")
                        .withMessageContaining("values in column shelves.");
                assertThat(strings("SELECT size FROM shelves WHERE id = 1")).containsExactly("1.123456");
            }
        }

        @Test
        void refuses_to_lose_rows_too() throws Exception {
            write(SECOND.down(), "DELETE FROM shelves WHERE id > 95;\nALTER TABLE shelves DROP label, DROP seen;\n");
            migrations().upgrade(SECOND);
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().downgrade(FIRST, false))
                    .withMessageContaining("some of table shelves, 5 rows");
            assertThat(strings("SELECT count(*) FROM shelves")).containsExactly("100");
        }

        @Test
        void counts_as_kept_what_is_parked() throws Exception {
            write(SECOND.down(), """
                    CREATE SCHEMA parked;
                    CREATE TABLE parked.u20300102_shelves AS SELECT id, label FROM shelves;
                    ALTER TABLE shelves DROP COLUMN label, DROP COLUMN seen;
                    """);
            write(FIRST.down(), "ALTER TABLE shelves SET SCHEMA parked;\n");
            migrations().upgrade(SECOND);
            execute("UPDATE shelves SET label = 'mine'");
            assertThat(migrations().downgrade(Revision.BASE, false)).hasSize(2);
            assertThat(strings("SELECT count(label) FROM parked.u20300102_shelves"))
                    .containsExactly("100");
        }

        @Test
        void counts_as_kept_what_the_file_says_is_kept() throws Exception {
            write(SECOND.down(), """
                    -- Keeps shelves.label: in the name.
                    UPDATE shelves SET name = name || label;
                    ALTER TABLE shelves DROP COLUMN label, DROP COLUMN seen;
                    """);
            migrations().upgrade(SECOND);
            execute("UPDATE shelves SET label = 'mine'");
            assertThat(migrations().downgrade(FIRST, false)).hasSize(1);
        }

        @Test
        void rehearses_with_the_losses_and_takes_it_back() throws SQLException {
            migrations().upgrade(SECOND);
            execute("UPDATE shelves SET label = 'mine' WHERE id = 1");
            Rehearsal rehearsal = migrations().rehearseDowngrade(FIRST);
            assertThat(rehearsal.losses()).containsExactly(new Loss(SECOND, "column shelves.label", 1));
            assertThat(rehearsal.steps()).hasSize(1);
            assertThat(migrations().state().current()).isEqualTo(SECOND);
            assertThat(strings("SELECT count(label) FROM shelves")).containsExactly("1");
        }

        @Test
        void refuses_without_a_file_before_anything_is_undone() throws Exception {
            migrations().upgrade(THIRD);
            Files.delete(folder.resolve(SECOND.down()));
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().downgrade(FIRST, true))
                    .withMessageContaining("U20300102__add_labels.sql is missing")
                    .withMessageContaining("nothing has changed");
            assertThat(migrations().state().current()).isEqualTo(THIRD);
        }

        @Test
        void takes_a_failing_step_back() throws Exception {
            write(SECOND.down(), "ALTER TABLE shelves DROP COLUMN label;\nSELECT 1 / 0;\n");
            migrations().upgrade(SECOND);
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().downgrade(FIRST, true))
                    .withMessageContaining("U20300102__add_labels.sql failed and was rolled back")
                    .withMessageContaining("22012");
            assertThat(migrations().state().current()).isEqualTo(SECOND);
            assertThat(strings("SELECT count(label) FROM shelves")).containsExactly("0");
        }
    }

    @Nested
    class Stamped {

        @Test
        void records_without_running_up_and_down() throws SQLException {
            migrations().stamp(SECOND);
            assertThat(migrations().state().current()).isEqualTo(SECOND);
            assertThat(strings("SELECT to_regclass('shelves')")).containsExactly((String) null);
            migrations().stamp(FIRST);
            assertThat(migrations().state().current()).isEqualTo(FIRST);
            migrations().stamp(Revision.BASE);
            assertThat(migrations().state().current()).isEqualTo(Revision.BASE);
        }

        @Test
        void adopts_a_schema_that_has_no_history() throws SQLException {
            execute("CREATE TABLE shelves (id integer PRIMARY KEY, name text NOT NULL DEFAULT 'plain', width integer)");
            migrations().stamp(FIRST);
            assertThat(migrations().upgrade(SECOND)).hasSize(1);
            assertThat(strings("SELECT version FROM flyway_schema_history ORDER BY installed_rank"))
                    .containsExactly("20300101", "20300102");
        }
    }

    @Nested
    class Initialized {

        @Test
        void has_an_empty_history_and_a_second_time_nothing_happens() throws SQLException {
            assertThat(migrations().initialize()).isTrue();
            assertThat(migrations().initialize()).isFalse();
            assertThat(strings("SELECT count(*) FROM flyway_schema_history")).containsExactly("0");
            Map<String, List<String>> rows;
            try (Connection connection = TestDatabase.connect(url)) {
                rows = Catalog.rows(connection);
            }
            assertThat(rows).isEmpty();
            assertThat(migrations().upgrade(SECOND)).hasSize(2);
        }

        @Test
        void is_refused_where_something_else_lives() throws SQLException {
            execute("CREATE TABLE invoices (id integer)");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().initialize())
                    .withMessageContaining("holds tables but no migration history")
                    .withMessageContaining("expiry db stamp");
        }
    }

    private Migrations migrations() {
        return migrations(Progress.SILENT);
    }

    private Migrations migrations(Progress progress) {
        return new Migrations(url, MigrationFiles.in(folder), progress);
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private List<String> indexValidity() throws SQLException {
        return strings("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass('shelves_by_label')");
    }

    private List<String> strings(String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return TestDatabase.strings(connection, sql);
        }
    }

    /** Writes down what it hears. */
    private static final class Told implements Progress {

        private final List<String> lines = new ArrayList<>();

        @Override
        public void begins(Revision revision, boolean up, int step, int steps) {
            lines.add("begins " + step + "/" + steps + " " + revision);
        }

        @Override
        public void runs(String statement, int backend) {
            lines.add("runs " + statement);
        }

        @Override
        public void ends(Step step) {
            lines.add("ends " + step.revision());
        }
    }
}
