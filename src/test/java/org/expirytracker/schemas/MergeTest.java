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
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Finding;
import org.expirytracker.migrations.Finding.Kind;
import org.expirytracker.migrations.MigrationFailure;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.Revision;
import org.expirytracker.migrations.Revisions;
import org.expirytracker.migrations.SchemaState;
import org.expirytracker.schemas.Merge.Move;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two branches met in a folder whose first revision, and sometimes more, is applied. */
@Timeout(60)
class MergeTest {

    private static final LocalDate TODAY = LocalDate.of(2030, 6, 1);
    private static final Revision FIRST = new Revision("20300101", "add_shelves");

    @TempDir
    Path folder;

    private final DatabaseUrl url = TestDatabase.fresh();

    @BeforeEach
    void applyTheFirst() throws IOException {
        add(FIRST);
        apply();
    }

    @Nested
    class OfTheSameVersion {

        private static final Revision ONE = new Revision("20300102", "add_boxes");
        private static final Revision OTHER = new Revision("20300102", "add_labels");

        @Test
        void moves_the_one_that_is_not_applied_behind_the_head() throws Exception {
            add(ONE);
            apply();
            add(OTHER);
            assertThat(conflicts()).containsExactly(Kind.SAME_VERSION);

            assertThat(merge()).containsExactly(new Move(OTHER, new Revision("20300601", "add_labels")));
            assertThatUpgradeGoesThrough("20300101", "20300102", "20300601");
        }

        @Test
        void moves_it_also_when_its_name_comes_first() throws Exception {
            add(OTHER);
            apply();
            add(ONE);
            assertThat(conflicts()).containsExactly(Kind.SAME_VERSION);

            assertThat(merge()).containsExactly(new Move(ONE, new Revision("20300601", "add_boxes")));
            assertThatUpgradeGoesThrough("20300101", "20300102", "20300601");
        }

        @Test
        void leaves_one_in_its_place_when_none_is_applied_and_passes_over_what_comes_between() throws Exception {
            Revision third = new Revision("20300103", "add_hooks");
            add(ONE);
            add(OTHER);
            add(third);
            assertThat(conflicts()).containsExactly(Kind.SAME_VERSION);

            assertThat(merge()).containsExactly(new Move(OTHER, new Revision("20300601", "add_labels")));
            assertThatUpgradeGoesThrough("20300101", "20300102", "20300103", "20300601");
        }

        @Test
        void gives_each_of_several_a_version_of_its_own() throws Exception {
            Revision last = new Revision("20300102", "add_marks");
            add(ONE);
            add(OTHER);
            add(last);
            assertThat(merge())
                    .containsExactly(
                            new Move(OTHER, new Revision("20300601", "add_labels")),
                            new Move(last, new Revision("20300601.1", "add_marks")));
            assertThatUpgradeGoesThrough("20300101", "20300102", "20300601", "20300601.1");
        }
    }

    @Nested
    class OfAnOlderVersion {

        private static final Revision OLD = new Revision("20290101", "add_boxes");
        private static final Revision LESS_OLD = new Revision("20290101.1", "add_labels");

        @Test
        void renames_the_pair_and_nothing_else() throws Exception {
            add(OLD);
            Files.write(folder.resolve(OLD.up()), new byte[] {'-', '-', ' ', (byte) 0xC3, (byte) 0xA4, '\r', '\n'});
            Files.writeString(folder.resolve("schema.sql"), "-- declared\n");
            Files.writeString(folder.resolve("README.txt"), "U20290101__add_boxes.sql\n");
            assertThat(conflicts()).containsExactly(Kind.OUT_OF_ORDER);
            Map<String, byte[]> expected = contents();
            Revision now = new Revision("20300601", "add_boxes");
            rename(expected, OLD.up(), now.up());
            rename(expected, OLD.down(), now.down());

            assertThat(merge()).containsExactly(new Move(OLD, now));
            Map<String, byte[]> after = contents();
            assertThat(after).containsOnlyKeys(expected.keySet());
            assertThat(after)
                    .allSatisfy((name, bytes) -> assertThat(bytes).as(name).isEqualTo(expected.get(name)));
        }

        @Test
        void keeps_the_order_of_several_and_leaves_what_is_newer_in_its_place() throws Exception {
            Revision newer = new Revision("20300201", "add_hooks");
            Revision twin = new Revision(FIRST.version(), "zzz");
            add(newer);
            add(LESS_OLD);
            add(OLD);
            add(twin);

            assertThat(merge())
                    .containsExactly(
                            new Move(OLD, new Revision("20300601", "add_boxes")),
                            new Move(LESS_OLD, new Revision("20300601.1", "add_labels")),
                            new Move(twin, new Revision("20300601.2", "zzz")));
            assertThatUpgradeGoesThrough("20300101", "20300201", "20300601", "20300601.1", "20300601.2");
        }

        @Test
        void moves_what_has_no_twin() throws Exception {
            add(OLD);
            Files.delete(folder.resolve(OLD.down()));
            assertThat(merge()).hasSize(1);
            assertThat(contents())
                    .containsOnlyKeys(
                            "U20300101__add_shelves.sql", "V20300101__add_shelves.sql", "V20300601__add_boxes.sql");
            assertThatUpgradeGoesThrough("20300101", "20300601");
        }

        @Test
        void counts_on_from_a_head_of_today_and_from_a_later_one() throws Exception {
            add(new Revision("20300601", "of_today"));
            add(OLD);
            assertThat(merge()).containsExactly(new Move(OLD, new Revision("20300601.1", "add_boxes")));

            add(new Revision("20310101.9", "from_a_clock_that_is_fast"));
            add(LESS_OLD);
            assertThat(merge()).containsExactly(new Move(LESS_OLD, new Revision("20310101.10", "add_labels")));
            assertThatUpgradeGoesThrough("20300101", "20300601", "20300601.1", "20310101.9", "20310101.10");
        }

        @Test
        void moves_it_behind_what_is_applied_even_without_its_file() throws Exception {
            Revision elsewhere = new Revision("20310101", "of_another_branch");
            add(elsewhere);
            apply();
            Files.delete(folder.resolve(elsewhere.up()));
            Files.delete(folder.resolve(elsewhere.down()));
            Revision next = new Revision("20300201", "add_hooks");
            add(next);
            assertThat(conflicts()).contains(Kind.OUT_OF_ORDER);

            assertThat(merge()).containsExactly(new Move(next, new Revision("20310101.1", "add_hooks")));
            assertThat(conflicts()).containsExactly(Kind.MISSING);
            add(elsewhere);
            assertThatUpgradeGoesThrough("20300101", "20310101", "20310101.1");
        }
    }

    @Nested
    class DoesNothing {

        @Test
        void to_a_linear_history_with_and_without_pending_revisions() throws Exception {
            assertThat(merge()).isEmpty();
            add(new Revision("20300102", "add_boxes"));
            add(new Revision("20300102.1", "add_labels"));
            Map<String, byte[]> before = contents();
            assertThat(merge()).isEmpty();
            assertThat(contents()).containsOnlyKeys(before.keySet());
        }

        @Test
        void to_a_folder_of_which_nothing_is_applied() throws Exception {
            add(new Revision("20290101", "add_boxes"));
            assertThat(Merge.behindHead(state(TestDatabase.fresh()), TODAY)).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(strings = {"aaa", "zzz"})
        void to_the_file_of_an_applied_revision_that_has_another_name_now(String name) throws Exception {
            Revision renamed = new Revision(FIRST.version(), name);
            Files.move(folder.resolve(FIRST.up()), folder.resolve(renamed.up()));
            Files.move(folder.resolve(FIRST.down()), folder.resolve(renamed.down()));
            assertThat(conflicts()).containsExactly(Kind.RENAMED);
            assertThat(merge()).isEmpty();
            assertThat(contents()).containsOnlyKeys(renamed.up(), renamed.down());
        }
    }

    @Nested
    class Refuses {

        @Test
        void the_files_inside_the_program() throws Exception {
            DatabaseUrl migrated = TestDatabase.freshMigrated();
            try (Connection connection = TestDatabase.connect(migrated);
                    Statement statement = connection.createStatement()) {
                statement.execute("DELETE FROM flyway_schema_history WHERE version = '20240308'");
            }
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> Merge.behindHead(Revisions.of(migrated).state(), TODAY))
                    .withMessageContaining("The files inside the program cannot be renamed")
                    .withMessageContaining("--directory");
        }

        @Test
        void what_cannot_be_renamed_and_leaves_the_pair_together() throws Exception {
            Revision old = new Revision("20290101", "add_boxes");
            add(old);
            Files.writeString(folder.resolve("U20300601__add_boxes.sql"), "-- of no one\n");
            Map<String, byte[]> before = contents();
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(MergeTest.this::merge)
                    .withMessageContaining("20290101__add_boxes could not be renamed to 20300601__add_boxes: ")
                    .withMessageContaining("run this again");
            assertThat(contents()).containsOnlyKeys(before.keySet());
        }
    }

    private List<Move> merge() {
        return Merge.behindHead(state(url), TODAY);
    }

    private void assertThatUpgradeGoesThrough(String... versions) throws SQLException {
        assertThat(conflicts()).isEmpty();
        assertThat(merge()).isEmpty();
        apply();
        try (Connection connection = TestDatabase.connect(url)) {
            assertThat(TestDatabase.strings(
                            connection, "SELECT version FROM flyway_schema_history ORDER BY installed_rank"))
                    .containsExactly(versions);
        }
    }

    private List<Kind> conflicts() {
        return state(url).conflicts().stream().map(Finding::kind).toList();
    }

    private SchemaState state(DatabaseUrl database) {
        return new Migrations(database, MigrationFiles.in(folder), Progress.SILENT).state();
    }

    private void apply() {
        MigrationFiles files = MigrationFiles.in(folder);
        new Migrations(url, files, Progress.SILENT).upgrade(files.head());
    }

    private void add(Revision revision) throws IOException {
        Files.writeString(folder.resolve(revision.up()), "CREATE TABLE " + revision.name() + " ();\n");
        Files.writeString(folder.resolve(revision.down()), "DROP TABLE " + revision.name() + ";\n");
    }

    private Map<String, byte[]> contents() throws IOException {
        Map<String, byte[]> contents = new TreeMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                contents.put(folder.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    private static void rename(Map<String, byte[]> contents, String from, String to) {
        byte[] content = contents.remove(from);
        assertThat(content).as(from).isNotNull();
        contents.put(to, content);
    }
}
