package org.expirytracker.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.schemas.NewMigration.Written;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ProvenRoom("schemas")
@Timeout(120)
class NewMigrationTest {

    private static final LocalDate TODAY = LocalDate.of(2026, 12, 3);
    private static final String SETTINGS = """
            SET LOCAL lock_timeout = '800ms';
            SET LOCAL client_min_messages = warning;
            """;

    /** What the one migration of the folder builds. */
    private static final String BASE = """
            CREATE TABLE shelves (id integer PRIMARY KEY, place text NOT NULL);
            CREATE TABLE things (
                id       integer PRIMARY KEY,
                shelf_id integer REFERENCES shelves (id),
                name     text NOT NULL,
                amount   numeric(15, 3) NOT NULL DEFAULT 1,
                notes    text,
                used_up  boolean GENERATED ALWAYS AS (amount = 0) STORED
            );
            CREATE INDEX things_by_name ON things (name);
            CREATE INDEX things_unused ON things (id) WHERE NOT used_up;
            """;

    @TempDir
    Path folder;

    @BeforeEach
    void begin() throws IOException {
        Files.writeString(folder.resolve("V20240105__begin.sql"), BASE);
        Files.writeString(folder.resolve("U20240105__begin.sql"), "DROP TABLE things; DROP TABLE shelves;");
        Files.writeString(folder.resolve("schema.sql"), BASE);
    }

    @Nested
    class Generate {

        @Test
        void writes_nothing_when_there_is_nothing_to_do() throws IOException {
            assertThat(generate("nothing")).isEmpty();
            assertThat(names()).containsExactly("U20240105__begin.sql", "V20240105__begin.sql", "schema.sql");
        }

        @Test
        void adds_a_column() throws IOException, SQLException {
            declare(BASE.replace(
                    "notes    text,", "notes text, shelf_life smallint DEFAULT 7 CHECK (shelf_life > 0),"));
            Written written = generate("add shelf life").orElseThrow();
            assertThat(written.up())
                    .hasFileName("V20261203__add_shelf_life.sql")
                    .hasContent("""
                            -- Add shelf life: adds column things.shelf_life and constraint things.things_shelf_life_check.
                            """ + SETTINGS + """

                            ALTER TABLE things
                                ADD COLUMN shelf_life smallint DEFAULT 7,
                                ADD CONSTRAINT things_shelf_life_check CHECK (shelf_life > 0) NOT VALID;
                            ALTER TABLE things VALIDATE CONSTRAINT things_shelf_life_check;
                            """);
            assertThat(written.down())
                    .hasFileName("U20261203__add_shelf_life.sql")
                    .hasContent("""
                            -- Undoes "Add shelf life": drops column things.shelf_life and constraint things.things_shelf_life_check.
                            -- DESTRUCTIVE: drops column things.shelf_life and its data
                            """ + SETTINGS + """

                            ALTER TABLE things
                                DROP CONSTRAINT things_shelf_life_check,
                                DROP COLUMN shelf_life;
                            """);
            assertThat(written.destructive())
                    .containsExactly("U20261203__add_shelf_life.sql drops column things.shelf_life and its data");
            assertThat(written.verified()).isTrue();
            assertThatBothRun(written);
            assertThat(generate("once more")).isEmpty();
        }

        @Test
        void adds_a_table_and_an_index() throws IOException, SQLException {
            declare(BASE + """

                    -- bins ---------------------------------------------------

                    -- What holds things together.
                    CREATE TABLE bins (
                        id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                        -- A bin leaves with its shelf.
                        shelf_id integer NOT NULL REFERENCES shelves (id) ON DELETE CASCADE,
                        label    text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 20 AND label <> 'none')
                    );
                    CREATE INDEX bins_by_shelf ON bins (shelf_id);
                    CREATE INDEX things_by_shelf ON things (shelf_id) WHERE shelf_id IS NOT NULL;
                    """);
            Written written = generate("Bins").orElseThrow();
            assertThat(written.up()).hasContent("""
                            -- Bins: adds table bins and index things_by_shelf.
                            -- REVIEW: Building index things_by_shelf holds up every write to things; on a big table, build it with CREATE
                            -- INDEX CONCURRENTLY in a migration of its own.
                            """ + SETTINGS + """

                            -- What holds things together.
                            CREATE TABLE bins (
                                id       integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                                -- A bin leaves with its shelf.
                                shelf_id integer NOT NULL REFERENCES shelves (id) ON DELETE CASCADE,
                                label    text NOT NULL CHECK (char_length(label) BETWEEN 1 AND 20 AND label <> 'none')
                            );
                            CREATE INDEX bins_by_shelf ON bins (shelf_id);
                            CREATE INDEX things_by_shelf ON things (shelf_id) WHERE shelf_id IS NOT NULL;
                            """);
            assertThat(written.destructive()).containsExactly("U20261203__bins.sql drops table bins and its rows");
            assertThat(written.verified()).isTrue();
            assertThatBothRun(written);
        }

        @Test
        void marks_a_dropped_column_as_destructive() throws IOException, SQLException {
            declare(BASE.replace("    notes    text,\n", ""));
            Written written = generate("drop notes").orElseThrow();
            assertThat(written.up())
                    .content()
                    .contains(
                            "\n-- DESTRUCTIVE: drops column things.notes and its data\n", "\n    DROP COLUMN notes;\n");
            assertThat(written.destructive())
                    .containsExactly("V20261203__drop_notes.sql drops column things.notes and its data");
            assertThatBothRun(written);
        }

        @Test
        void changes_a_type_without_touching_what_depends_on_the_column() throws IOException, SQLException {
            declare(BASE.replace("name     text", "name     varchar(40)"));
            Written written = generate("shorter names").orElseThrow();
            assertThat(written.up()).hasContent("""
                            -- Shorter names: alters column things.name.
                            -- DESTRUCTIVE: changes column things.name from text to character varying(40): values that do not fit are cut,
                            -- rounded or refused
                            -- REVIEW: This rewrites table things, which nobody can read or write meanwhile.
                            """ + SETTINGS + """

                            ALTER TABLE things
                                ALTER COLUMN name TYPE character varying(40);
                            """);
            assertThat(written.down()).content().doesNotContain("DESTRUCTIVE", "REVIEW");
            assertThatBothRun(written);
        }

        @Test
        void casts_a_type_that_does_not_turn_into_the_other_by_itself() throws IOException, SQLException {
            declare(BASE.replace("notes    text", "notes    integer"));
            Written written = generate("count notes").orElseThrow();
            assertThat(written.up()).content().contains("ALTER COLUMN notes TYPE integer USING notes::integer;\n");
            assertThat(written.down()).content().contains("ALTER COLUMN notes TYPE text;\n");
            assertThatBothRun(written);
        }

        @Test
        void rebuilds_what_depends_on_a_column_only_where_postgresql_insists() throws IOException, SQLException {
            declare(BASE.replace("numeric(15, 3) NOT NULL DEFAULT 1", "numeric(15, 3) NOT NULL DEFAULT 2"));
            Written gentle = generate("two at once").orElseThrow();
            assertThat(gentle.up())
                    .content()
                    .endsWith("\n\nALTER TABLE things\n    ALTER COLUMN amount SET DEFAULT 2;\n")
                    .doesNotContain("used_up");
            assertThatBothRun(gentle);

            declare(BASE.replace("numeric(15, 3) NOT NULL DEFAULT 1", "numeric(18, 4) NOT NULL DEFAULT 2"));
            Written thorough = generate("finer amounts").orElseThrow();
            assertThat(thorough.up())
                    .content()
                    .contains(
                            "DROP COLUMN used_up",
                            "ADD COLUMN used_up boolean GENERATED ALWAYS AS (amount = 0::numeric)")
                    .contains("CREATE INDEX things_unused")
                    .doesNotContain("DESTRUCTIVE");
            assertThat(thorough.verified()).isTrue();
            assertThatBothRun(thorough);
        }

        @Test
        void hints_at_a_renamed_column_and_at_a_renamed_table() throws IOException {
            declare(BASE.replace("notes    text", "remarks  text"));
            Written written = generate("say remarks").orElseThrow();
            assertThat(written.review().getFirst())
                    .isEqualTo(
                            "V20261203__say_remarks.sql: Only renamed? If column things.notes is to be called remarks"
                                    + " from now on, delete both files and say expiry db migrate -m \"...\" --rename"
                                    + " things.notes=things.remarks: nothing is lost then.");
            assertThat(written.review())
                    .filteredOn(line -> line.contains("Only renamed?"))
                    .hasSize(1);
            assertThat(written.destructive()).hasSize(2);
            Files.delete(written.up());
            Files.delete(written.down());

            declare(BASE.replace("shelves", "racks"));
            assertThat(generate("say racks").orElseThrow().review())
                    .filteredOn(line -> line.contains("Only renamed?"))
                    .singleElement()
                    .asString()
                    .contains("If table shelves is to be called racks", "--rename shelves=racks");
        }

        /** Another type, a column made anew, two that may be either: nobody means a renaming there, or nobody can tell. */
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "notes    text,| remarks  integer,",
                    "notes    text,| remarks text, comments text,",
                    "notes    text,| remarks text NOT NULL DEFAULT '',",
                    "GENERATED ALWAYS AS (amount = 0) STORED| NOT NULL DEFAULT false",
                })
        void hints_at_no_nonsense(String before, String after) throws IOException {
            declare(BASE.replace(before, after)
                    .replace("CREATE INDEX things_unused ON things (id) WHERE NOT used_up;\n", ""));
            assertThat(generate("something else").orElseThrow().review())
                    .noneMatch(line -> line.contains("Only renamed?"));
        }

        @Test
        void renames_what_it_is_told_to_and_all_that_is_called_after_it() throws IOException {
            declare(BASE.replace("shelves", "racks").replace("place text", "spot text"));
            Written written = generate(
                            "racks", Rename.parse("shelves=racks"), Rename.parse("shelves.place=shelves.spot"))
                    .orElseThrow();
            assertThat(written.up()).hasContent("""
                            -- Racks: renames column shelves.place to spot, renames table shelves to racks.
                            """ + SETTINGS + """

                            ALTER TABLE shelves RENAME COLUMN place TO spot;
                            ALTER TABLE shelves RENAME TO racks;
                            ALTER TABLE racks RENAME CONSTRAINT shelves_pkey TO racks_pkey;
                            """);
            assertThat(written.down()).hasContent("""
                            -- Undoes "Racks": renames table racks to shelves, renames column shelves.spot to place.
                            """ + SETTINGS + """

                            ALTER TABLE racks RENAME CONSTRAINT racks_pkey TO shelves_pkey;
                            ALTER TABLE racks RENAME TO shelves;
                            ALTER TABLE shelves RENAME COLUMN spot TO place;
                            """);
            assertThat(written.destructive()).isEmpty();
            assertThat(written.verified()).isTrue();
        }

        @ParameterizedTest
        @CsvSource({
            "things.nothing=things.a, There is no column things.nothing where the migrations end",
            "nothing=a, There is no table nothing where the migrations end",
            "things.notes=things.name, There is things.name already where the migrations end",
            "things=shelves, There is shelves already where the migrations end",
        })
        void refuses_to_rename_what_is_not_there_or_to_what_is(String rename, String message) {
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> generate("renamed", Rename.parse(rename)))
                    .withMessageStartingWith(message);
            assertThat(folder).isDirectoryNotContaining("glob:**renamed**");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "a", "a=", "a.b=c", "a.b=c.d", "a=b.c", "a;b=c", "a.b.c=a.b.d"})
        void wants_a_renaming_that_names_both(String text) {
            assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> Rename.parse(text));
        }

        @Test
        void says_what_fails_on_rows() throws IOException {
            declare(BASE.replace("notes    text,", "notes text, owner integer NOT NULL,"));
            Written written = generate("owners").orElseThrow();
            assertThat(written.verified()).isTrue();
            assertThat(written.review().getFirst())
                    .startsWith(
                            "V20261203__owners.sql: On tables with rows this fails, as tried with a made-up row in each:"
                                    + " PostgreSQL says column \"owner\" of relation \"things\" contains null values.");
        }

        @Test
        void warns_of_a_column_that_rows_cannot_have() throws IOException {
            declare(BASE.replace("notes    text", "notes text NOT NULL, owner integer NOT NULL"));
            Written written = generate("owners").orElseThrow();
            assertThat(written.review())
                    .contains(
                            "V20261203__owners.sql: Column things.owner is NOT NULL without a default: this fails when"
                                    + " things has rows. Give it a default, or add it without NOT NULL, fill it, and"
                                    + " then set NOT NULL.",
                            "V20261203__owners.sql: This fails when column things.notes holds a NULL. Fill it first.");
        }

        @Test
        void handles_functions_triggers_and_extensions() throws IOException, SQLException {
            declare("CREATE EXTENSION IF NOT EXISTS pg_trgm;\n" + BASE + """
                    CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE
                        RETURN lower(normalize(value, NFKD));
                    CREATE FUNCTION things_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN
                        NEW.notes := coalesce(NEW.notes, 'public.' || NEW.name);
                        RETURN NEW;
                    END $$;
                    CREATE TRIGGER things_stamp BEFORE INSERT ON things FOR EACH ROW EXECUTE FUNCTION things_stamp();
                    CREATE INDEX things_by_fold ON things USING gin (fold(name) gin_trgm_ops);
                    """);
            Written written = generate("search").orElseThrow();
            assertThat(written.up())
                    .content()
                    .contains("CREATE EXTENSION IF NOT EXISTS pg_trgm;\n", "'public.' || NEW.name")
                    .doesNotContain(" public.");
            assertThat(written.verified()).isTrue();
            assertThatBothRun(written);
        }

        @Test
        void goes_on_with_the_migrations_of_this_program() throws IOException, SQLException {
            Path real = Files.createDirectory(folder.resolve("real"));
            for (String file : MigrationFiles.ofProgram().names()) {
                Files.writeString(real.resolve(file), MigrationFiles.ofProgram().text(file));
            }
            Files.writeString(
                    real.resolve("schema.sql"),
                    MigrationFiles.ofProgram()
                            .text("schema.sql")
                            .replace(
                                    "    barcode             text,\n",
                                    "    barcode varchar(64),\n    shelf_life interval,\n"));
            Written written = NewMigration.generate(real, TestDatabase.migrated(), TODAY, "add shelf life", List.of())
                    .orElseThrow();
            assertThat(written.verified()).isTrue();
            assertThat(written.up()).content().contains("ADD COLUMN shelf_life interval");
            DatabaseUrl url = TestDatabase.freshMigrated();
            execute(url, Files.readString(written.up()));
            execute(url, Files.readString(written.down()));
            assertThat(SchemaComparison.between(url, TestDatabase.migrated()).differences())
                    .isEmpty();
        }

        @Test
        void replaces_a_function_by_its_declaration() throws IOException, SQLException {
            String function = """
                    CREATE FUNCTION status(amount numeric) RETURNS text LANGUAGE sql IMMUTABLE
                        RETURN CASE WHEN amount = 0 THEN 'GONE' ELSE 'THERE' END;
                    CREATE FUNCTION twice(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
                        BEGIN ATOMIC
                            SELECT CASE WHEN amount IS NULL THEN 0 ELSE amount * 2 END;
                        END;
                    """;
            Files.writeString(folder.resolve("V20240105__begin.sql"), BASE + function);
            declare(BASE + function.replace("'GONE'", "'USED_UP'").replace("* 2", "* 2.0"));
            Written written = generate("say used up").orElseThrow();
            assertThat(written.up()).hasContent("""
                            -- Say used up: alters function status(numeric) and function twice(numeric).
                            """ + SETTINGS + """

                            CREATE OR REPLACE FUNCTION status(amount numeric) RETURNS text LANGUAGE sql IMMUTABLE
                                RETURN CASE WHEN amount = 0 THEN 'USED_UP' ELSE 'THERE' END;
                            CREATE OR REPLACE FUNCTION twice(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE
                                BEGIN ATOMIC
                                    SELECT CASE WHEN amount IS NULL THEN 0 ELSE amount * 2.0 END;
                                END;
                            """);
            assertThat(written.down()).content().contains("THEN 'GONE'");
            assertThat(written.verified()).isTrue();
        }

        @Test
        void writes_a_draft_that_it_could_not_verify_with_the_reason() throws IOException {
            declare(BASE.replace("notes    text,", "notes text, grade varchar(1) CHECK (grade IN ('a', 'b')),"));
            Written written = generate("grades").orElseThrow();
            assertThat(written.verified()).isFalse();
            assertThat(written.up())
                    .content()
                    .contains(
                            "-- REVIEW: This draft does not lead to its end yet: CONSTRAINT things.things_grade_check is ");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {
                    "name     text NOT NULL| name     txt NOT NULL| , line 5 does not run. PostgreSQL says type \"txt\" does not exist. (SQLSTATE 42704)",
                    "CREATE INDEX things_by_name| CREATE INDEX things_unused| , line 11 does not run. PostgreSQL says relation \"things_unused\" already exists. (SQLSTATE 42P07)",
                    "CREATE INDEX things_unused ON| CREATE INDEX things_unused IN| , line 11 does not run. PostgreSQL says syntax error at or near \"IN\". (SQLSTATE 42601)",
                    "amount = 0| amount = 0 AND name| , line 8 does not run. PostgreSQL says argument of AND must be type boolean, not type text. (SQLSTATE 42804)",
                })
        void names_the_line_of_schema_sql_that_does_not_run(String good, String bad, String message) {
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> {
                        declare(BASE.replace(good, bad));
                        generate("bad");
                    })
                    .withMessage("schema.sql" + message + " Correct the file and start again; nothing was changed.");
            assertThat(folder).isDirectoryNotContaining("glob:**bad**");
        }

        @Test
        void says_that_schema_sql_is_missing() throws IOException {
            Files.delete(folder.resolve("schema.sql"));
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> generate("anything"))
                    .withMessageContaining("There is no schema.sql among the migrations.");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "  ", "…", "?!"})
        void wants_a_message_that_gives_a_name(String message) {
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> generate(message))
                    .withMessage(
                            "The message \"" + message + "\" has no letter or digit to name the files after. Say in"
                                    + " a few words what the migration does, such as \"add shelf life\".");
        }

        @Test
        void leaves_no_scratch_database_behind() throws IOException, SQLException {
            DatabaseUrl server = TestDatabase.fresh();
            declare(BASE + "CREATE TABLE bins (id integer);");
            try (Connection connection = TestDatabase.connect(server)) {
                List<String> before = scratch(connection);
                NewMigration.generate(folder, server, TODAY, "bins", List.of());
                assertThat(scratch(connection)).isEqualTo(before);
            }
        }

        private static List<String> scratch(Connection connection) throws SQLException {
            return TestDatabase.strings(
                    connection, "SELECT datname FROM pg_database WHERE datname LIKE 'expiry_scratch%' ORDER BY 1");
        }
    }

    @Nested
    class Empty {

        @Test
        void writes_a_pair_with_its_heading_only() {
            Written written = NewMigration.empty(folder, TODAY, "fix the\n dates.");
            assertThat(written.up())
                    .hasFileName("V20261203__fix_the_dates.sql")
                    .hasContent("-- Fix the dates.\n" + SETTINGS);
            assertThat(written.down())
                    .hasFileName("U20261203__fix_the_dates.sql")
                    .hasContent("-- Undoes \"Fix the dates\".\n" + SETTINGS);
            assertThat(written.verified()).isFalse();
        }

        @ParameterizedTest
        @CsvSource({
            "Add Crème brûlée, V20261203__add_creme_brulee.sql",
            "a -- b/../c\\d, V20261203__a_b_c_d.sql",
            "2 things, V20261203__2_things.sql",
        })
        void names_the_files_after_the_message(String message, String name) {
            assertThat(NewMigration.empty(folder, TODAY, message).up()).hasFileName(name);
        }

        @Test
        void keeps_a_name_short() {
            Written written = NewMigration.empty(folder, TODAY, "word ".repeat(50));
            assertThat(written.up().getFileName().toString()).hasSizeLessThan(100);
        }

        @Test
        void writes_both_files_or_none() throws IOException {
            Files.writeString(folder.resolve("U20261203__again.sql"), "mine");
            List<String> before = names();
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> NewMigration.empty(folder, TODAY, "again"))
                    .withMessageContaining("U20261203__again.sql exists already, so nothing was written.");
            assertThat(names()).isEqualTo(before);
            assertThat(folder.resolve("U20261203__again.sql")).hasContent("mine");
        }
    }

    private Optional<Written> generate(String message, Rename... renames) {
        return NewMigration.generate(folder, TestDatabase.migrated(), TODAY, message, List.of(renames));
    }

    private void declare(String schema) throws IOException {
        Files.writeString(folder.resolve("schema.sql"), schema);
    }

    /** By the program's own way up, down and up again. */
    private void assertThatBothRun(Written written) throws IOException, SQLException {
        try (ScratchDatabase declared = ScratchDatabase.like(TestDatabase.migrated());
                ScratchDatabase migrated = ScratchDatabase.like(TestDatabase.migrated())) {
            execute(declared.url(), Files.readString(folder.resolve("schema.sql")));
            MigrationFiles files = MigrationFiles.in(folder);
            new Migrations(migrated.url(), files, Progress.SILENT).upgrade(files.head());
            execute(migrated.url(), Files.readString(written.down()));
            execute(migrated.url(), Files.readString(written.up()));
            assertThat(SchemaComparison.between(migrated.url(), declared.url()).differences())
                    .isEmpty();
        }
    }

    private static void execute(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute(sql);
            connection.commit();
        }
    }

    private List<String> names() throws IOException {
        List<String> names = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.map(file -> file.getFileName().toString()).sorted().forEach(names::add);
        }
        return names;
    }
}
