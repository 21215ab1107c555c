package org.expirytracker.schemas;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.expirytracker.migrations.Loss;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.migrations.Progress;
import org.expirytracker.migrations.Revision;
import org.expirytracker.schemas.NewMigration.Written;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The edits of {@code schema.sql} that people make, each on filled tables, by the very text that {@code expiry db
 * migrate} writes: what stands in the tables before is there after the way up, after the way down, and after the way up
 * again; what is not was marked.
 */
@ProvenRoom("schemas")
@Timeout(60)
class SchemaEditTest {

    private static final String BASE = """
            CREATE EXTENSION IF NOT EXISTS btree_gist;
            CREATE TYPE mood AS ENUM ('good', 'bad');
            CREATE DOMAIN label AS text CHECK (char_length(VALUE) < 30);
            CREATE SEQUENCE tickets;
            CREATE FUNCTION grade(amount numeric) RETURNS text LANGUAGE sql IMMUTABLE
                RETURN CASE WHEN amount > 5 THEN 'many' ELSE 'few' END;
            CREATE TABLE shelves (
                id    integer PRIMARY KEY,
                place text NOT NULL
            );
            CREATE TABLE things (
                id       integer PRIMARY KEY,
                shelf_id integer,
                name     text NOT NULL,
                amount   numeric(15, 3) NOT NULL DEFAULT 1,
                price    numeric(18, 6),
                notes    text,
                code     varchar(20),
                seen_at  timestamptz,
                mood     mood NOT NULL DEFAULT 'good',
                tag      label,
                doubled  numeric GENERATED ALWAYS AS (amount * 2) STORED,
                graded   text GENERATED ALWAYS AS (grade(amount)) STORED
            );
            CREATE TABLE stamps (thing_id integer NOT NULL, at timestamptz NOT NULL);
            CREATE INDEX things_by_name ON things (name);
            CREATE INDEX things_by_grade ON things (grade(amount));
            CREATE VIEW names AS SELECT id, name FROM things;
            CREATE FUNCTION things_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO stamps VALUES (NEW.id, '2026-01-01Z');
                RETURN NEW;
            END $$;
            CREATE TRIGGER things_stamp AFTER INSERT ON things FOR EACH ROW EXECUTE FUNCTION things_stamp();
            """;

    private static final String ROWS = """
            INSERT INTO shelves VALUES (1, 'left'), (2, 'right');
            INSERT INTO things (id, shelf_id, name, amount, price, notes, code, seen_at, mood, tag) VALUES
                (1, 1, 'Milk', 2.5, 1.123456, '12', 'abc', '2026-03-29 01:30:00.123456+01', 'good', 'a'),
                (2, 2, 'Flour', 7, 2.5, '07', 'a code of 20 letters', '2026-10-25 02:30:00+02', 'bad', NULL),
                (3, NULL, 'Yeast', 1, NULL, NULL, NULL, NULL, 'good', 'c');
            """;

    /**
     * One edit.
     *
     * @param edits pairs of what stands in the declared schema and what it becomes; the last one alone is added
     * @param query after the way up
     * @param answer what it answers
     */
    record Edit(
            String name, List<String> edits, List<String> renames, String query, String answer, boolean onRowsOnly) {

        @Override
        public String toString() {
            return name;
        }

        String declared() {
            String declared = BASE;
            int pairs = edits.size() / 2 * 2;
            for (int i = 0; i < pairs; i += 2) {
                assertThat(declared).contains(edits.get(i));
                declared = declared.replace(edits.get(i), edits.get(i + 1));
            }
            return pairs < edits.size() ? declared + edits.getLast() + "\n" : declared;
        }

        Edit renamed(String... asked) {
            return new Edit(name, edits, List.of(asked), query, answer, onRowsOnly);
        }

        Edit gives(String sql, String text) {
            return new Edit(name, edits, renames, sql, text, onRowsOnly);
        }

        /** It needs a hand before it runs on rows. */
        Edit refused(String why) {
            return new Edit(name, edits, renames, "", why, true);
        }
    }

    private static Edit edit(String name, String... edits) {
        return new Edit(name, List.of(edits), List.of(), "SELECT 1", "1", false);
    }

    static Stream<Edit> edits() {
        return Stream.of(
                edit("add a column", "notes    text,", "notes    text, shelf_life smallint,"),
                edit("add a column with default", "notes    text,", "notes    text, unit text NOT NULL DEFAULT 'pcs',")
                        .gives("SELECT string_agg(unit, ',') FROM things", "pcs,pcs,pcs"),
                edit("drop a column", "    notes    text,\n", ""),
                edit("rename a column", "notes    text,", "remarks  text,")
                        .renamed("things.notes=things.remarks")
                        .gives("SELECT string_agg(remarks, ',' ORDER BY id) FROM things", "12,07"),
                edit(
                                "rename an indexed column that a view and a function name",
                                "    name     text NOT NULL",
                                "    title    text NOT NULL",
                                "ON things (name)",
                                "ON things (title)",
                                "SELECT id, name FROM",
                                "SELECT id, title AS name FROM")
                        .renamed("things.name=things.title")
                        .gives("SELECT string_agg(title, ',' ORDER BY id) FROM things", "Milk,Flour,Yeast"),
                edit(
                        "add a table with a key to an old one",
                        "CREATE TABLE bins (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, shelf_id integer NOT NULL"
                                + " REFERENCES shelves (id) ON DELETE CASCADE, UNIQUE (shelf_id, id));"),
                edit(
                        "drop a table",
                        "CREATE TABLE stamps (thing_id integer NOT NULL, at timestamptz NOT NULL);\n",
                        "",
                        "    INSERT INTO stamps VALUES (NEW.id, '2026-01-01Z');\n",
                        ""),
                edit("rename a table", "CREATE TABLE shelves", "CREATE TABLE racks")
                        .renamed("shelves=racks")
                        .gives("SELECT string_agg(place, ',' ORDER BY id) FROM racks", "left,right"),
                edit("widen a number", "price    numeric(18, 6)", "price    numeric(20, 6)"),
                edit("narrow a number", "price    numeric(18, 6)", "price    numeric(15, 3)")
                        .gives("SELECT max(price::text) FROM things", "2.500"),
                edit("integer to bigint", "shelf_id integer", "shelf_id bigint"),
                edit("shorten text", "code     varchar(20)", "code     varchar(24)"),
                edit("text to a number by a cast", "notes    text", "notes    integer")
                        .gives("SELECT sum(notes) FROM things", "19"),
                edit("a moment to a local time", "seen_at  timestamptz", "seen_at  timestamp")
                        .gives(
                                "SELECT string_agg(seen_at::text, ',' ORDER BY id) FROM things",
                                "2026-03-29 00:30:00.123456,2026-10-25 00:30:00"),
                edit("NOT NULL with default", "notes    text", "notes    text NOT NULL DEFAULT '-'")
                        .gives("SELECT string_agg(notes, ',' ORDER BY id) FROM things", "12,07,-"),
                edit("NOT NULL without default", "notes    text", "notes    text NOT NULL")
                        .refused("fails when column things.notes holds a NULL. Fill it first"),
                edit(
                                "a new NOT NULL column without default",
                                "notes    text,",
                                "notes    text, owner integer NOT NULL,")
                        .refused("Column things.owner is NOT NULL without a default"),
                edit("drop NOT NULL", "name     text NOT NULL", "name     text"),
                edit("a check", "ALTER TABLE things ADD CONSTRAINT things_amount_range CHECK (amount >= 0);"),
                edit("a unique constraint", "ALTER TABLE things ADD CONSTRAINT things_once UNIQUE (name, shelf_id);"),
                edit(
                        "a partial unique index",
                        "CREATE UNIQUE INDEX things_open ON things (code) WHERE code IS NOT NULL;"),
                edit("an expression index", "CREATE INDEX things_lower ON things (lower(name), amount DESC);"),
                edit(
                        "an exclusion",
                        "ALTER TABLE things ADD CONSTRAINT things_apart EXCLUDE USING gist (id WITH =, name WITH =);"),
                edit(
                        "a foreign key with an action",
                        "shelf_id integer,",
                        "shelf_id integer REFERENCES shelves (id) ON DELETE SET NULL ON UPDATE CASCADE,"),
                edit(
                                "a new identity column",
                                "notes    text,",
                                "notes    text, number integer GENERATED ALWAYS AS IDENTITY,")
                        .gives("SELECT count(DISTINCT number) FROM things", "3"),
                edit(
                                "an old column becomes an identity",
                                "    id       integer PRIMARY KEY,\n    shelf_id",
                                "    id       integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,\n    shelf_id")
                        .gives("INSERT INTO things (name) VALUES ('Salt') RETURNING id", "4"),
                edit("a bigserial column", "notes    text,", "notes    text, serial_no bigserial,")
                        .gives("SELECT count(DISTINCT serial_no) FROM things", "3"),
                edit(
                                "a generated column",
                                "notes    text,",
                                "notes    text, worth numeric GENERATED ALWAYS AS (amount * price) STORED,")
                        .gives("SELECT max(worth) FROM things", "17.500000000"),
                edit(
                                "a generated column becomes a plain one",
                                "doubled  numeric GENERATED ALWAYS AS (amount * 2) STORED",
                                "doubled  numeric")
                        .gives("SELECT string_agg(doubled::text, ',' ORDER BY id) FROM things", "5.000,14.000,2.000"),
                edit("another expression of a generated column", "(amount * 2) STORED", "(amount * 3) STORED")
                        .gives("SELECT string_agg(doubled::text, ',' ORDER BY id) FROM things", "7.500,21.000,3.000"),
                edit("another default", "DEFAULT 1,", "DEFAULT 2,"),
                edit("a comment", "COMMENT ON COLUMN things.name IS 'It''s called; so';"),
                edit("a collation", "name     text NOT NULL", "name     text COLLATE \"C\" NOT NULL"),
                edit("a storage", "ALTER TABLE things ALTER COLUMN notes SET STORAGE EXTERNAL;"),
                edit("a view", "SELECT id, name FROM things", "SELECT id, name, amount FROM things"),
                edit(
                                "a body of a function that stored values come from",
                                "amount > 5 THEN 'many'",
                                "amount > 2 THEN 'much'")
                        .gives(
                                "SELECT string_agg(graded, ',' ORDER BY id) || (SELECT count(*) FROM things WHERE"
                                        + " grade(amount) = 'much') FROM things",
                                "much,much,few2"),
                edit("a trigger", "AFTER INSERT ON things FOR", "AFTER INSERT OR UPDATE OF amount ON things FOR"),
                edit(
                        "a sequence",
                        "CREATE SEQUENCE tickets;",
                        "CREATE SEQUENCE tickets INCREMENT BY 10;\nCREATE SEQUENCE orders START 100;"),
                edit("a value of an enumeration", "('good', 'bad')", "('good', 'bad', 'ugly')"),
                edit("an enumeration without a value", "('good', 'bad')", "('bad', 'good')")
                        .gives("SELECT string_agg(mood::text, ',' ORDER BY id) FROM things", "good,bad,good"),
                edit(
                        "a domain",
                        "char_length(VALUE) < 30",
                        "char_length(VALUE) < 40",
                        "CREATE DOMAIN zip AS text NOT NULL;"),
                edit(
                        "an extension",
                        "CREATE EXTENSION IF NOT EXISTS pg_trgm;\nCREATE INDEX things_words ON things USING gin (name gin_trgm_ops);"));
    }

    @TempDir
    Path folder;

    @ParameterizedTest
    @MethodSource("edits")
    void is_right_both_ways(Edit edit) throws IOException, SQLException {
        write("V20240105__begin.sql", BASE);
        write("U20240105__begin.sql", "SELECT 1;\n");
        write("schema.sql", edit.declared());
        DatabaseUrl url = TestDatabase.fresh();
        migrations(url).upgrade(MigrationFiles.in(folder).head());
        try (Connection connection = TestDatabase.connect(url)) {
            execute(connection, ROWS);
            Map<String, String> before = values(connection);

            Written written = NewMigration.generate(
                            folder,
                            url,
                            LocalDate.of(2026, 12, 3),
                            edit.name,
                            edit.renames.stream().map(Rename::parse).toList())
                    .orElseThrow();
            String up = Files.readString(written.up());
            String down = Files.readString(written.down());
            String text = up + "\n---\n" + down;
            Revision head = MigrationFiles.in(folder).head();
            Revision begin = MigrationFiles.in(folder).revisions().getFirst();
            assertThat(written.verified()).as(text).isTrue();
            if (edit.onRowsOnly) {
                assertThat(String.join("\n", written.review())).as(text).contains(edit.answer);
                return;
            }
            migrations(url).upgrade(head);
            assertThat(StoredValues.stale(connection, true)).as(text).isEmpty();
            Map<String, String> above = values(connection);
            assertThat(lost(before, above, edit)).as(text).allMatch(column -> marked(up, column));
            assertThat(TestDatabase.strings(connection, edit.query)).as(text).containsExactly(edit.answer);
            execute(
                    connection,
                    "DELETE FROM "
                            + (edit.name.equals("drop a table") ? "shelves WHERE false" : "stamps WHERE thing_id > 3"));
            execute(connection, "DELETE FROM things WHERE id > 3");

            List<Loss> losses = migrations(url).rehearseDowngrade(begin).losses();
            migrations(url).downgrade(begin, true);
            assertThat(StoredValues.stale(connection, true)).as(text).isEmpty();
            Map<String, String> below = values(connection);
            List<String> gone = lost(before, below, edit);
            assertThat(gone).as(text).allMatch(column -> marked(up, column) || marked(down, column));
            // What the way up has made and holds something is named before it goes.
            assertThat(losses.isEmpty() || !written.destructive().isEmpty())
                    .as(text + losses)
                    .isTrue();

            migrations(url).upgrade(head);
            assertThat(values(connection).keySet()).as(text).isEqualTo(above.keySet());
        }
    }

    private static boolean marked(String file, String column) {
        return file.lines()
                .anyMatch(line -> (line.startsWith("-- DESTRUCTIVE: ")
                                || line.startsWith("-- REVIEW: Where column")
                                || line.startsWith("-- REVIEW: Column " + column + " is converted"))
                        && (line.contains(column)
                                || line.contains("table " + column.substring(0, column.indexOf('.')))));
    }

    /** Columns whose values are not what they were. A renamed one is looked up by its new name. */
    private static List<String> lost(Map<String, String> before, Map<String, String> after, Edit edit) {
        List<String> lost = new ArrayList<>();
        before.forEach((column, values) -> {
            String now = after.getOrDefault(renamed(column, edit), after.get(column));
            if (!column.equals("things.doubled") && !column.equals("things.graded") && !values.equals(now)) {
                lost.add(column);
            }
        });
        return lost;
    }

    private static String renamed(String column, Edit edit) {
        return edit.renames.stream()
                .map(rename -> rename.split("=", 2))
                .filter(pair -> column.equals(pair[0]) || column.startsWith(pair[0] + "."))
                .map(pair -> pair[1] + column.substring(pair[0].length()))
                .findFirst()
                .orElse(column);
    }

    /** All values of each column, in the order of the rows. */
    private static Map<String, String> values(Connection connection) throws SQLException {
        Map<String, String> values = new TreeMap<>();
        for (String column : TestDatabase.strings(connection, """
                SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
                WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0
                  AND NOT a.attisdropped AND c.relname <> 'flyway_schema_history'
                """)) {
            String[] parts = column.split("\\.", 2);
            String order = parts[0].equals("stamps") ? "thing_id" : "id";
            values.put(
                    column,
                    TestDatabase.strings(
                                    connection,
                                    "SELECT coalesce(string_agg(coalesce(\"" + parts[1]
                                            + "\"::text, 'null'), '|' ORDER BY " + order + "), '') FROM " + parts[0])
                            .getFirst());
        }
        return values;
    }

    private Migrations migrations(DatabaseUrl url) {
        return new Migrations(url, MigrationFiles.in(folder), Progress.SILENT);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
