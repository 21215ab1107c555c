package org.expirytracker.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Catalog;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.Finding.Kind;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.Revision;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Three revisions of the test's own, of which the first two are applied unless a test says otherwise. */
@ProvenRoom("schemas")
@Timeout(60)
class SchemaCheckTest {

    private static final Revision FIRST = new Revision("20300101", "add_shelves");
    private static final Revision SECOND = new Revision("20300102", "add_labels");
    private static final Revision THIRD = new Revision("20300103", "add_hooks");

    private static final String BY_HAND = "by hand:\n";

    @TempDir
    Path folder;

    private final DatabaseUrl url = TestDatabase.fresh();

    @BeforeEach
    void writeFilesAndApplyTwo() throws IOException {
        write(FIRST.up(), """
                CREATE TABLE shelves (
                    id    integer PRIMARY KEY,
                    name  text NOT NULL,
                    width integer,
                    CONSTRAINT shelves_width_range CHECK (width > 0)
                );
                CREATE UNIQUE INDEX shelves_by_name ON shelves (name);
                CREATE INDEX shelves_by_width ON shelves (width);
                CREATE FUNCTION twice(value integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN value * 2;
                """);
        write(FIRST.down(), "DROP FUNCTION twice(integer);\nDROP TABLE shelves;\n");
        write(SECOND.up(), """
                CREATE TABLE labels (id integer PRIMARY KEY, shelf_id integer REFERENCES shelves (id), words text);
                CREATE VIEW labelled AS SELECT shelf_id, count(*) AS labels FROM labels GROUP BY shelf_id;
                """);
        write(SECOND.down(), "DROP VIEW labelled;\nDROP TABLE labels;\n");
        write(THIRD.up(), "ALTER TABLE shelves ADD COLUMN hooks integer;\n");
        write(THIRD.down(), "ALTER TABLE shelves DROP COLUMN hooks;\n");
        write("schema.sql", text(FIRST.up()) + text(SECOND.up()) + text(THIRD.up()));
        migrations().upgrade(SECOND);
    }

    @Nested
    class FindsNothing {

        @Test
        void in_what_the_program_itself_migrated() throws SQLException {
            DatabaseUrl migrated = TestDatabase.freshMigrated();
            Snapshot before = Snapshot.of(migrated);
            assertThat(new SchemaCheck(migrated, MigrationFiles.ofProgram()).findings(true))
                    .isEmpty();
            assertThat(Snapshot.of(migrated)).isEqualTo(before);
        }

        @Test
        void in_an_empty_database_behind_the_head_and_at_the_head() {
            assertThat(findings(TestDatabase.fresh())).isEmpty();
            assertThat(findings()).isEmpty();
            migrations().upgrade(THIRD);
            assertThat(findings()).isEmpty();
        }
    }

    @Nested
    class Finds {

        /** Whatever it finds it leaves as it is; its remedy, followed to the letter, makes it go away. */
        @ParameterizedTest
        @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MISCOUNTED")
        void every_kind_with_what_is_wrong_and_a_remedy_that_works(Kind kind) throws Exception {
            arrange(kind);
            Snapshot before = Snapshot.of(url);
            Map<String, String> files = contents();

            Finding found = findings().getFirst();
            Finding expected = expected(kind);
            assertThat(found.kind()).isEqualTo(kind);
            assertThat(found.subject()).isEqualTo(expected.subject());
            assertThat(found.what()).contains(expected.what()).endsWith(".");
            assertThat(found.remedy()).contains(expected.remedy());
            assertThat(Snapshot.of(url)).isEqualTo(before);
            assertThat(contents()).isEqualTo(files);

            follow(found);
            assertThat(migrations().state().conflicts()).isEmpty();
        }

        @Test
        void every_kind_of_stored_value_that_is_stale() throws Exception {
            write(THIRD.up(), """
                    ALTER TABLE shelves ADD COLUMN doubled integer GENERATED ALWAYS AS (twice(width)) STORED;
                    CREATE INDEX shelves_by_twice ON shelves (twice(width));
                    ALTER TABLE shelves ADD CONSTRAINT shelves_few CHECK (twice(width) < 3);
                    """);
            write("schema.sql", text(FIRST.up()) + text(SECOND.up()) + text(THIRD.up()));
            migrations().upgrade(THIRD);
            String function = "CREATE OR REPLACE FUNCTION twice(value integer) RETURNS integer LANGUAGE sql IMMUTABLE"
                    + " RETURN value * ";
            execute(function + "1");
            execute("INSERT INTO shelves (id, name, width) VALUES (1, 'wrong', 2), (2, 'null', NULL)");
            execute(function + "2");

            List<Finding> found = findings();
            assertThat(found)
                    .extracting(Finding::subject, Finding::what)
                    .containsExactly(
                            tuple(
                                    "COLUMN shelves.doubled",
                                    "Column shelves.doubled holds something else than its function gives now, in 1 of 2"
                                            + " rows."),
                            tuple(
                                    "CONSTRAINT shelves.shelves_few",
                                    "Constraint shelves.shelves_few does not hold by what its function gives now, in 1"
                                            + " of 2 rows."),
                            tuple(
                                    "INDEX shelves_by_twice",
                                    "Index shelves_by_twice is not what its function gives now, so queries by it miss"
                                            + " rows, in 1 of 2 rows."));
            assertThat(found.get(1).remedy()).endsWith("\nSELECT * FROM shelves WHERE ((twice(width) < 3)) IS FALSE;");
            assertThat(sql(found.getLast())).isEqualTo("REINDEX INDEX CONCURRENTLY shelves_by_twice;");
            execute("UPDATE shelves SET width = 1 WHERE id = 1");
            assertThat(findings()).isEmpty();
        }

        private static IllegalArgumentException notOfTheSchema() {
            return new IllegalArgumentException("A matter of the data, see DbCommandTest");
        }

        private void arrange(Kind kind) throws Exception {
            switch (kind) {
                case MISNAMED -> write("V20300104_add-bins.sql", "CREATE TABLE bins ();\n");
                case SAME_VERSION -> {
                    write("V20300102__add_boxes.sql", "CREATE TABLE boxes ();\n");
                    write("U20300102__add_boxes.sql", "DROP TABLE boxes;\n");
                    write("schema.sql", text("schema.sql") + "CREATE TABLE boxes ();\n");
                }
                case OUT_OF_ORDER -> {
                    write("V20290101__add_boxes.sql", "CREATE TABLE boxes ();\n");
                    write("U20290101__add_boxes.sql", "DROP TABLE boxes;\n");
                    write("schema.sql", text("schema.sql") + "CREATE TABLE boxes ();\n");
                }
                case UNMARKED -> {
                    String concurrent = "CREATE INDEX\n    CONCURRENTLY IF NOT EXISTS by_width ON shelves (width);\n";
                    write(THIRD.up(), concurrent);
                    write(THIRD.down(), "DROP INDEX by_width;\n");
                    write("schema.sql", text(FIRST.up()) + text(SECOND.up()) + concurrent);
                }
                case UNFIT -> write(THIRD.up(), text(THIRD.up()) + "COMMIT;\n");
                case NEWER -> {
                    migrations().upgrade(THIRD);
                    Files.delete(folder.resolve(THIRD.up()));
                }
                case MISSING -> Files.delete(folder.resolve(FIRST.up()));
                case ALTERED -> write(FIRST.up(), text(FIRST.up()) + "\nSELECT 1;\n");
                case RENAMED -> {
                    Files.move(folder.resolve(FIRST.up()), folder.resolve("V20300101__make_shelves.sql"));
                    Files.move(folder.resolve(FIRST.down()), folder.resolve("U20300101__make_shelves.sql"));
                }
                case FAILED -> {
                    // As if THIRD had been marked to run outside a transaction then.
                    migrations().upgrade(THIRD);
                    execute("UPDATE flyway_schema_history SET success = false WHERE version = '20300103'");
                }
                case IRREVERSIBLE -> Files.delete(folder.resolve(FIRST.down()));
                case UNDECLARED -> write("schema.sql", text("schema.sql").replace("width integer,", "width bigint,"));
                case DRIFT -> execute("DROP INDEX shelves_by_width");
                case MISCOUNTED -> throw notOfTheSchema();
                case STALE -> {
                    write(
                            THIRD.up(),
                            "ALTER TABLE shelves ADD COLUMN doubled integer GENERATED ALWAYS AS (twice(width)) STORED;\n");
                    write("schema.sql", text(FIRST.up()) + text(SECOND.up()) + text(THIRD.up()));
                    migrations().upgrade(THIRD);
                    String function = "CREATE OR REPLACE FUNCTION twice(value integer) RETURNS integer LANGUAGE sql"
                            + " IMMUTABLE RETURN value * ";
                    execute("INSERT INTO shelves (id, name, width) VALUES (1, 'right', 1);" + function + "3;"
                            + "INSERT INTO shelves (id, name, width) VALUES (2, 'wrong', 1), (3, 'null', NULL);"
                            + function
                            + "2");
                }
            }
        }

        /** Its subject, and what must be in its sentences. */
        private static Finding expected(Kind kind) {
            return switch (kind) {
                case MISNAMED ->
                    new Finding(kind, "V20300104_add-bins.sql", "V20300104_add-bins.sql is not named", "V<yyyymmdd>__");
                case SAME_VERSION ->
                    new Finding(
                            kind,
                            "V20300102__add_labels.sql",
                            "V20300102__add_boxes.sql and V20300102__add_labels.sql have the same version",
                            "Run expiry db merge");
                case OUT_OF_ORDER ->
                    new Finding(
                            kind,
                            "V20290101__add_boxes.sql",
                            "V20290101__add_boxes.sql is older than V20300102__add_labels.sql, which is already applied",
                            "Run expiry db merge");
                case UNMARKED ->
                    new Finding(kind, THIRD.up(), "does something CONCURRENTLY", "\"-- Runs outside a transaction\"");
                case UNFIT -> new Finding(kind, THIRD.up(), "holds COMMIT", "Take it out");
                case NEWER ->
                    new Finding(
                            kind,
                            THIRD.label(),
                            "Migration 20300103 (add hooks) is applied there, and this program ends at"
                                    + " 20300102__add_labels.",
                            "Start the newer program");
                case MISSING -> new Finding(kind, FIRST.up(), "its file is missing", "Bring " + FIRST.up() + " back");
                case ALTERED ->
                    new Finding(
                            kind, FIRST.up(), "V20300101__add_shelves.sql was altered after", "from version control");
                case RENAMED ->
                    new Finding(
                            kind,
                            FIRST.up(),
                            "V20300101__add_shelves.sql was renamed to V20300101__make_shelves.sql",
                            "Give the file its former name back");
                case FAILED ->
                    new Finding(kind, THIRD.up(), "20300103 (add hooks) once failed", "then run expiry db repair");
                case IRREVERSIBLE ->
                    new Finding(
                            kind,
                            FIRST.up(),
                            "has no twin U20300101__add_shelves.sql",
                            "Write U20300101__add_shelves.sql");
                case UNDECLARED ->
                    new Finding(
                            kind,
                            "COLUMN shelves.width",
                            "schema.sql and the migrations disagree: COLUMN shelves.width is width integer, and should"
                                    + " be width bigint",
                            "expiry db migrate");
                case DRIFT ->
                    new Finding(
                            kind,
                            "INDEX shelves_by_width",
                            "INDEX shelves_by_width is missing",
                            "CREATE INDEX shelves_by_width");
                case MISCOUNTED -> throw notOfTheSchema();
                case STALE ->
                    new Finding(
                            kind,
                            "COLUMN shelves.doubled",
                            "holds something else than its function gives now, in 1 of 3 rows",
                            "UPDATE shelves SET width = width WHERE ctid = ANY");
            };
        }

        private void follow(Finding found) throws Exception {
            switch (found.kind()) {
                case MISNAMED -> Files.delete(folder.resolve(found.subject()));
                case SAME_VERSION, OUT_OF_ORDER -> Merge.behindHead(migrations().state(), LocalDate.of(2030, 6, 1));
                case UNMARKED -> {
                    write("schema.sql", text("schema.sql").replace(" CONCURRENTLY", ""));
                    write(THIRD.up(), "-- Runs outside a transaction: people write.\n" + text(THIRD.up()));
                }
                case UNFIT, NEWER -> write(THIRD.up(), "ALTER TABLE shelves ADD COLUMN hooks integer;\n");
                case MISSING -> writeFirst();
                case ALTERED -> write(FIRST.up(), text(FIRST.up()).replace("\nSELECT 1;\n", ""));
                case RENAMED -> {
                    Files.move(folder.resolve("V20300101__make_shelves.sql"), folder.resolve(FIRST.up()));
                    Files.move(folder.resolve("U20300101__make_shelves.sql"), folder.resolve(FIRST.down()));
                }
                case FAILED -> {
                    execute("ALTER TABLE shelves DROP COLUMN hooks");
                    migrations().repair(found);
                    migrations().upgrade(THIRD);
                }
                case MISCOUNTED -> throw notOfTheSchema();
                case STALE -> {
                    execute(sql(found));
                    assertThat(findings()).isEmpty();
                }
                case IRREVERSIBLE, UNDECLARED, DRIFT -> {
                    write(FIRST.down(), "DROP FUNCTION twice(integer);\nDROP TABLE shelves;\n");
                    write("schema.sql", text("schema.sql").replace("width bigint,", "width integer,"));
                    if (found.kind() == Kind.DRIFT) {
                        execute(sql(found));
                    }
                    assertThat(findings()).isEmpty();
                }
            }
        }

        private void writeFirst() throws IOException {
            String declared = text("schema.sql");
            write(FIRST.up(), declared.substring(0, declared.indexOf("CREATE TABLE labels")));
        }
    }

    @Nested
    class Drift {

        @Test
        void is_named_object_by_object_and_mended_by_the_statements_of_the_remedies() throws SQLException {
            execute("""
                    DROP INDEX shelves_by_width;
                    CREATE INDEX labels_by_words ON labels (words);
                    ALTER TABLE shelves ADD COLUMN colour text DEFAULT 'white';
                    ALTER TABLE shelves ALTER COLUMN name DROP NOT NULL;
                    ALTER TABLE shelves DROP CONSTRAINT shelves_width_range;
                    ALTER TABLE shelves ADD CONSTRAINT shelves_width_range CHECK (width > 1);
                    ALTER TABLE labels DROP CONSTRAINT labels_shelf_id_fkey;
                    CREATE OR REPLACE FUNCTION twice(value integer) RETURNS integer LANGUAGE sql IMMUTABLE
                        RETURN value * 3;
                    DROP VIEW labelled;
                    CREATE TABLE strangers (id integer PRIMARY KEY);
                    CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
                    CREATE TRIGGER labels_stamp BEFORE UPDATE ON labels FOR EACH ROW EXECUTE FUNCTION stamp();
                    COMMENT ON TABLE labels IS 'by hand';
                    """);
            List<Finding> found = check().drift(SECOND);
            assertThat(found).extracting(Finding::kind).containsOnly(Kind.DRIFT);
            assertThat(found)
                    .extracting(Finding::subject)
                    .containsExactlyInAnyOrder(
                            "INDEX shelves_by_width",
                            "INDEX labels_by_words",
                            "COLUMN shelves.colour",
                            "COLUMN shelves.name",
                            "CONSTRAINT shelves.shelves_width_range",
                            "CONSTRAINT labels.labels_shelf_id_fkey",
                            "FUNCTION twice(integer)",
                            "VIEW labelled",
                            "TABLE strangers",
                            "FUNCTION stamp()",
                            "TRIGGER labels.labels_stamp",
                            "TABLE labels");
            assertThat(found)
                    .extracting(Finding::what)
                    .allSatisfy(what ->
                            assertThat(what).startsWith("The live schema is not what 20300102__add_labels built: "))
                    .contains(
                            "The live schema is not what 20300102__add_labels built: INDEX shelves_by_width is missing.",
                            "The live schema is not what 20300102__add_labels built: COLUMN shelves.colour is not"
                                    + " expected.",
                            "The live schema is not what 20300102__add_labels built: COLUMN shelves.name is name text,"
                                    + " and should be name text NOT NULL.");
            assertThat(remedyOf(found, "COLUMN shelves.colour")).startsWith("Declare it in schema.sql and run");
            assertThat(remedyOf(found, "INDEX shelves_by_width")).startsWith("Someone changed it by hand.");

            for (Finding finding : found) {
                execute(sql(finding));
            }
            assertThat(check().drift(SECOND)).isEmpty();
        }

        @Test
        void is_an_index_whose_build_broke_off() throws SQLException {
            execute("DROP INDEX shelves_by_name");
            execute("INSERT INTO shelves VALUES (1, 'same'), (2, 'same')");
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> execute("CREATE UNIQUE INDEX CONCURRENTLY shelves_by_name ON shelves (name)"));

            List<Finding> found = check().drift(SECOND);
            assertThat(found)
                    .singleElement()
                    .satisfies(finding -> assertThat(finding.what()).contains("INDEX shelves_by_name is invalid"));
            execute("DELETE FROM shelves WHERE id = 2");
            execute(sql(found.getFirst()));
            assertThat(check().drift(SECOND)).isEmpty();
        }

        @Test
        void is_everything_in_a_database_without_a_history() throws SQLException {
            execute("DROP TABLE flyway_schema_history");
            assertThat(findings())
                    .extracting(Finding::kind, Finding::subject)
                    .contains(tuple(Kind.DRIFT, "TABLE shelves"), tuple(Kind.DRIFT, "VIEW labelled"));
        }

        @Test
        void is_measured_against_any_revision() {
            assertThat(check().drift(SECOND)).isEmpty();
            assertThat(check().drift(THIRD)).extracting(Finding::subject).containsExactly("COLUMN shelves.hooks");
            assertThat(check().drift(FIRST))
                    .extracting(Finding::subject)
                    .containsExactlyInAnyOrder("TABLE labels", "VIEW labelled");
        }
    }

    @Nested
    class Declaration {

        @Test
        void that_differs_is_told_object_by_object_whatever_the_live_schema_is() throws Exception {
            write(
                    "schema.sql",
                    text(FIRST.up()).replace("value * 2", "value * 3") + text(SECOND.up())
                            + "CREATE TABLE boxes ();\n");
            assertThat(findings())
                    .extracting(Finding::kind, Finding::what)
                    .containsExactlyInAnyOrder(
                            tuple(
                                    Kind.UNDECLARED,
                                    "schema.sql and the migrations disagree: TABLE boxes is missing in what the"
                                            + " migrations build."),
                            tuple(
                                    Kind.UNDECLARED,
                                    "schema.sql and the migrations disagree: COLUMN shelves.hooks is not expected in"
                                            + " what the migrations build."),
                            tuple(
                                    Kind.UNDECLARED,
                                    "schema.sql and the migrations disagree: FUNCTION twice(integer) is CREATE OR"
                                            + " REPLACE FUNCTION twice(value integer) RETURNS integer LANGUAGE sql"
                                            + " IMMUTABLE RETURN (value * 2), and should be CREATE OR REPLACE FUNCTION"
                                            + " twice(value integer) RETURNS integer LANGUAGE sql IMMUTABLE RETURN"
                                            + " (value * 3) in what the migrations build."));
        }

        @Test
        void that_is_missing_or_does_not_run_is_a_finding_beside_the_others() throws Exception {
            execute("DROP INDEX shelves_by_width");
            Files.delete(folder.resolve(FIRST.down()));
            Files.delete(folder.resolve("schema.sql"));
            assertThat(findings())
                    .extracting(Finding::kind, Finding::subject)
                    .containsExactly(
                            tuple(Kind.IRREVERSIBLE, FIRST.up()),
                            tuple(Kind.UNDECLARED, "schema.sql"),
                            tuple(Kind.DRIFT, "INDEX shelves_by_width"));

            write("schema.sql", "CREATE TABLE shelves (id int;\n");
            List<Finding> found = findings();
            assertThat(found)
                    .extracting(Finding::kind, Finding::subject)
                    .containsExactly(
                            tuple(Kind.IRREVERSIBLE, FIRST.up()),
                            tuple(Kind.UNDECLARED, "schema.sql"),
                            tuple(Kind.DRIFT, "INDEX shelves_by_width"));
            assertThat(found.get(1).what())
                    .startsWith("schema.sql, line 1 does not run. PostgreSQL says syntax error at ");
        }
    }

    @Nested
    class Repair {

        /** Only rows of the history change, and of those only the one in question; no file does. */
        @ParameterizedTest
        @EnumSource(names = {"MISSING", "ALTERED", "RENAMED", "FAILED"})
        void settles_by_the_history_alone(Kind kind) throws Exception {
            execute("INSERT INTO shelves VALUES (1, 'kept', 2)");
            new Finds().arrange(kind);
            Finding found = migrations().state().conflicts().getFirst();
            assertThat(found.kind().isRepairable()).isTrue();
            Snapshot before = Snapshot.of(url);
            Map<String, String> files = contents();

            migrations().repair(found);
            assertThat(migrations().state().conflicts()).isEmpty();
            Snapshot after = Snapshot.of(url);
            assertThat(after.schema).isEqualTo(before.schema);
            assertThat(after.rows).isEqualTo(before.rows);
            assertThat(contents()).isEqualTo(files);
            List<String> others = new ArrayList<>(before.history);
            String repaired = others.remove(kind == Kind.FAILED ? 2 : 0);
            switch (kind) {
                case MISSING, FAILED -> assertThat(after.history).isEqualTo(others);
                default -> {
                    Revision now = MigrationFiles.in(folder).revisions().getFirst();
                    assertThat(after.history).containsAll(others).hasSize(2);
                    assertThat(after.history.getFirst())
                            .isNotEqualTo(repaired)
                            .contains("\"script\": \"" + now.up() + "\"")
                            .contains("\"description\": \"" + now.description() + "\"")
                            .contains(
                                    "\"checksum\": " + MigrationFiles.in(folder).checksum(now.up()) + ",");
                }
            }
        }

        @Test
        void accepts_the_text_of_the_applied_file_and_not_of_another_with_its_version() throws Exception {
            new Finds().arrange(Kind.ALTERED);
            write("V20300101__aaa.sql", "CREATE TABLE aaa ();\n");
            assertThat(migrations().state().conflicts())
                    .extracting(Finding::kind)
                    .containsExactly(Kind.SAME_VERSION, Kind.ALTERED);
            migrations().repair(migrations().state().conflicts().getLast());
            assertThat(migrations().state().applied()).containsExactly(FIRST, SECOND);
            Merge.behindHead(migrations().state(), LocalDate.of(2030, 6, 1));
            assertThat(migrations().state().conflicts()).isEmpty();
        }

        @Test
        void does_not_guess_which_of_two_files_the_renamed_one_is() throws Exception {
            new Finds().arrange(Kind.RENAMED);
            Files.delete(folder.resolve("V20300101__make_shelves.sql"));
            write("V20300101__aaa.sql", "CREATE TABLE aaa ();\n");
            write("V20300101__bbb.sql", "CREATE TABLE bbb ();\n");
            Finding renamed = migrations().state().conflicts().getLast();
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> migrations().repair(renamed))
                    .withMessageContaining("V20300101__aaa.sql and V20300101__bbb.sql");
            assertThat(migrations().state().applied()).containsExactly(FIRST, SECOND);
        }

        @Test
        void takes_for_the_renamed_file_the_one_with_its_text() throws Exception {
            new Finds().arrange(Kind.RENAMED);
            write("V20300101__aaa.sql", "CREATE TABLE aaa ();\n");
            Finding renamed = migrations().state().conflicts().getLast();
            assertThat(renamed.kind()).isEqualTo(Kind.RENAMED);
            migrations().repair(renamed);
            assertThat(migrations().state().applied())
                    .containsExactly(new Revision("20300101", "make_shelves"), SECOND);
        }
    }

    @Nested
    class Refuses {

        @Test
        void a_migration_that_does_not_run_on_an_empty_database_and_leaves_nothing_behind() throws Exception {
            migrations().upgrade(THIRD);
            execute("INSERT INTO shelves VALUES (1, 'one', 2)");
            Revision last = new Revision("20300104", "need_a_shelf");
            write(last.up(), "SELECT 1 / count(*) FROM shelves;\n");
            write(last.down(), "SELECT 1;\n");
            migrations().upgrade(last);
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(SchemaCheckTest.this::findings)
                    .withMessageContaining("V20300104__need_a_shelf.sql failed")
                    .withMessageContaining("22012");
        }
    }

    private List<Finding> findings() {
        return findings(url);
    }

    private List<Finding> findings(DatabaseUrl database) {
        return new SchemaCheck(database, MigrationFiles.in(folder)).findings(false);
    }

    private SchemaCheck check() {
        return new SchemaCheck(url, MigrationFiles.in(folder));
    }

    private Migrations migrations() {
        return new Migrations(url, MigrationFiles.in(folder), Progress.SILENT);
    }

    private static String remedyOf(List<Finding> findings, String subject) {
        return findings.stream()
                .filter(finding -> finding.subject().equals(subject))
                .findFirst()
                .orElseThrow()
                .remedy();
    }

    /** As an operator would copy it out of the remedy. */
    private static String sql(Finding finding) {
        assertThat(finding.remedy()).contains(BY_HAND);
        return finding.remedy().substring(finding.remedy().indexOf(BY_HAND) + BY_HAND.length());
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    private String text(String file) throws IOException {
        return Files.readString(folder.resolve(file));
    }

    private Map<String, String> contents() throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(folder.relativize(file).toString(), Files.readString(file));
            }
        }
        return contents;
    }

    private void execute(String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** All of a database, and which scratch databases its server has. */
    private record Snapshot(
            List<String> schema, Map<String, List<String>> rows, List<String> history, List<String> scratch) {

        static Snapshot of(DatabaseUrl url) throws SQLException {
            try (Connection connection = TestDatabase.connect(url)) {
                return new Snapshot(
                        Catalog.schema(connection),
                        Catalog.rows(connection),
                        TestDatabase.strings(
                                connection, "SELECT to_jsonb(h)::text FROM flyway_schema_history h ORDER BY 1"),
                        TestDatabase.strings(
                                connection,
                                "SELECT datname FROM pg_database WHERE datname LIKE 'expiry\\_scratch\\_%' ORDER BY 1"));
            }
        }
    }
}
