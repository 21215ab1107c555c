package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.ProgramStatements.Asked;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * While a release is rolled out, the former one still runs on the schema that the new one has migrated. So each step
 * keeps every statement of the former release working (expand), and only the next one takes away what none asks for any
 * more (contract).
 *
 * <p>What the last release asks is recorded in {@code src/test/resources/statements/<version>.tsv}, named after its
 * revision: a statement on each line. Only that one is kept. Whoever makes a release writes it anew and commits it:
 *
 * <pre>mvn test -Dtest=FormerStatementsTest -Dstatements.record</pre>
 */
@ProvenRoom("product")
class FormerStatementsTest {

    private static final Path RECORDS = Path.of("src/test/resources/statements");

    private static List<String> versions() {
        return Revisions.all().stream().map(revision -> revision.version()).toList();
    }

    private static Path record(Path records, String version) {
        return records.resolve(version + ".tsv");
    }

    private static String written(List<Asked> statements) {
        return statements.stream()
                .map(asked -> asked.origin() + "\t" + onOneLine(asked.sql()) + "\n")
                .collect(Collectors.joining());
    }

    /** Without its comments, which would end only with the line. */
    private static String onOneLine(String sql) {
        return sql.lines()
                .map(String::strip)
                .filter(line -> !line.startsWith("--"))
                .collect(Collectors.joining(" "));
    }

    private static List<Asked> read(Path record) throws IOException {
        return Files.readAllLines(record).stream()
                .map(line -> line.split("\t", 2))
                .map(parts -> new Asked(parts[0], parts[1]))
                .toList();
    }

    private static List<Path> records() throws IOException {
        try (Stream<Path> files = Files.list(RECORDS)) {
            return files.toList();
        }
    }

    @BeforeAll
    static void writeTheRecordWhenToldTo() throws Exception {
        if (System.getProperty("statements.record") != null) {
            for (Path former : records()) {
                Files.delete(former);
            }
            Files.writeString(record(RECORDS, versions().getLast()), written(ProgramStatements.all()));
        }
    }

    @Nested
    class TheRecord {

        @Test
        void holds_the_statements_of_one_release_each_on_a_line() throws Exception {
            assertThat(records())
                    .singleElement()
                    .satisfies(record -> assertThat(read(record))
                            .hasSizeGreaterThan(150)
                            .allSatisfy(asked ->
                                    assertThat(asked.sql()).matches("(SELECT|INSERT|UPDATE|DELETE|MERGE|WITH) .*")));
        }

        @Test
        void says_of_a_statement_all_but_its_comments_and_line_ends() throws Exception {
            assertThat(onOneLine("""
                    SELECT 1
                      -- for now
                      FROM users
                    """)).isEqualTo("SELECT 1 FROM users");
            assertThat(ProgramStatements.all())
                    .as("statements with a comment behind SQL: only what stands on a line of its own can be left out")
                    .noneMatch(asked -> onOneLine(asked.sql()).contains("--"));
        }

        @Test
        void holds_plain_and_composed_statements() throws Exception {
            assertThat(ProgramStatements.all())
                    .hasSizeGreaterThan(150)
                    .extracting(Asked::origin)
                    .contains(
                            "users.UserRepository.INSERT",
                            "activities.ActivityLog.APPEND",
                            "cli.Server.schemaIsCurrent",
                            "items.ItemQuery",
                            "notifications.ExpiryNotices.NOTIFY_OF_DAY",
                            "notifications.NotificationRepository.PAGES",
                            "reports.ReportWriter.WRITE_OF_DAYS");
        }

        @Test
        void belongs_to_a_revision_that_exists() throws IOException {
            assertThat(records())
                    .isSubsetOf(versions().stream()
                            .map(version -> record(RECORDS, version))
                            .toList());
        }
    }

    @Nested
    class EachStep {

        @Test
        void keeps_the_statements_of_the_former_release_working() throws Exception {
            DatabaseUrl url = TestDatabase.fresh();
            List<Step> steps = Revisions.all().stream()
                    .map(revision -> new Step(revision.version(), revision.up(), () -> Revisions.up(url, revision)))
                    .toList();
            assertThat(broken(url, steps, RECORDS)).isEmpty();
        }

        @Test
        void ends_where_the_statements_of_this_program_work() throws Exception {
            try (Connection connection = TestDatabase.connect(TestDatabase.freshMigrated())) {
                assertThat(broken(connection, ProgramStatements.all(), required(connection), "the newest revision"))
                        .isEmpty();
            }
        }
    }

    /** The same judgement on steps that do not exist, so that it is seen to judge. */
    @Nested
    class AStep {

        @TempDir
        Path migrations;

        @TempDir
        Path records;

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "ALTER TABLE items ADD COLUMN shelf text",
                    "ALTER TABLE items ADD COLUMN shelf text NOT NULL DEFAULT ''",
                    "ALTER TABLE items ALTER COLUMN cost_price SET NOT NULL",
                    "CREATE TABLE shelves (user_id uuid NOT NULL REFERENCES users (id), id uuid NOT NULL)",
                })
        void that_leaves_what_is_used_breaks_nothing(String sql) throws Exception {
            assertThat(brokenBy(sql)).isEmpty();
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                items.ItemRepository.FIND       | column "unit" does not exist      | ALTER TABLE items DROP COLUMN unit
                items.ItemQuery                 | column "unit" does not exist      | ALTER TABLE items RENAME COLUMN unit TO measure
                users.UserRepository.FIND    | relation "users" does not exist   | ALTER TABLE users RENAME TO people
                daily.DailyRun.ADVANCE          | function day_begins_at            | DROP FUNCTION day_begins_at
                sessions.SessionRepository.OPEN | operator does not exist           | ALTER TABLE sessions ALTER COLUMN expires_at TYPE text
                activities.ActivityLog.KEEP_ANSWER | no unique or exclusion constraint | ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey
                """)
        void that_takes_away_what_is_used_is_found(String origin, String why, String sql) throws Exception {
            assertThat(brokenBy(sql))
                    .anySatisfy(broken ->
                            assertThat(broken).startsWith(origin + " ").contains("V29991231.1__step.sql", why));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "ALTER TABLE take_outs ADD COLUMN shelf text NOT NULL",
                    "ALTER TABLE take_outs ADD COLUMN shelf text; ALTER TABLE take_outs ALTER COLUMN shelf SET NOT NULL",
                })
        void that_requires_a_value_of_whoever_inserts_is_found(String sql) throws Exception {
            assertThat(brokenBy(sql))
                    .singleElement()
                    .asString()
                    .startsWith("items.ItemRepository.INSERT_TAKE_OUTS ")
                    .contains("V29991231.1__step.sql", "take_outs.shelf", "default");
        }

        @Test
        void may_take_away_what_the_release_before_it_no_longer_asks() throws Exception {
            Files.writeString(
                    record(records, "29991231.1"),
                    written(List.of(new Asked("items.ItemRepository.COUNT", "SELECT count(*) FROM items"))));
            assertThat(brokenBy("ALTER TABLE items ADD COLUMN measure text", "ALTER TABLE items DROP COLUMN unit"))
                    .isEmpty();
        }

        @Test
        void is_no_excuse_for_the_next_when_there_was_no_release_between_them() throws Exception {
            assertThat(brokenBy("ALTER TABLE items ADD COLUMN measure text", "ALTER TABLE items DROP COLUMN unit"))
                    .isNotEmpty()
                    .allSatisfy(broken -> assertThat(broken).contains("V29991231.2__step.sql"));
        }

        private List<String> brokenBy(String... sql) throws Exception {
            String head = versions().getLast();
            Files.writeString(record(records, head), written(ProgramStatements.all()));
            try (Stream<Path> files = Files.list(Path.of("migrations"))) {
                for (Path file : files.toList()) {
                    Files.copy(file, migrations.resolve(file.getFileName()));
                }
            }
            DatabaseUrl url = TestDatabase.freshMigrated();
            List<Step> steps = new ArrayList<>();
            steps.add(new Step(head, Revisions.all().getLast().up(), () -> {}));
            for (int i = 0; i < sql.length; i++) {
                String version = "29991231." + (i + 1);
                String file = "V" + version + "__step.sql";
                Files.writeString(migrations.resolve(file), sql[i] + ";\n");
                steps.add(new Step(version, file, () -> up(url, version)));
            }
            return broken(url, steps, records);
        }

        private void up(DatabaseUrl url, String version) {
            Flyway.configure()
                    .dataSource(url.dataSource())
                    .locations("filesystem:" + migrations)
                    .placeholderReplacement(false)
                    .target(version)
                    .load()
                    .migrate();
        }
    }

    /** A migration and how a database that is one revision below is brought up to it. */
    private record Step(String version, String file, Runnable up) {}

    /**
     * Goes up step by step, from the first record on, and asks at each what the last record before it asks. Between two
     * records there may be several steps: then a release brings them all at once.
     *
     * @return what does not work, one line for each statement and step
     */
    private static List<String> broken(DatabaseUrl url, List<Step> steps, Path records)
            throws IOException, SQLException {
        List<String> broken = new ArrayList<>();
        List<Asked> asked = List.of();
        Set<String> requiredThen = Set.of();
        try (Connection connection = TestDatabase.connect(url)) {
            for (Step step : steps) {
                Path record = record(records, step.version);
                if (asked.isEmpty() && !Files.exists(record)) {
                    continue;
                }
                step.up.run();
                broken.addAll(broken(connection, asked, requiredThen, step.file));
                if (Files.exists(record)) {
                    asked = read(record);
                    requiredThen = required(connection);
                    broken.addAll(broken(connection, asked, requiredThen, step.file + ", its own revision"));
                }
            }
        }
        assertThat(asked).as("statements recorded in %s", records).isNotEmpty();
        return broken;
    }

    private static List<String> broken(
            Connection connection, List<Asked> statements, Set<String> requiredThen, String migration)
            throws SQLException {
        List<String> broken = new ArrayList<>();
        Set<String> newlyRequired = new TreeSet<>(required(connection));
        newlyRequired.removeAll(requiredThen);
        try (Statement statement = connection.createStatement()) {
            // As the program's own prepared statements: planned once, for parameters yet unknown.
            statement.execute("SET plan_cache_mode = force_generic_plan");
            for (Asked asked : statements) {
                try {
                    plan(statement, asked.sql());
                } catch (SQLException e) {
                    broken.add(
                            "%s no longer works at %s: %s. Keep what it uses for this step; take it away in the next."
                                    .formatted(asked.origin(), migration, firstLine(e)));
                }
                for (String column : unfilled(asked.sql(), newlyRequired)) {
                    broken.add("%s inserts no %s, which %s requires. Give the column a default for this step."
                            .formatted(asked.origin(), column, migration));
                }
            }
        }
        return broken;
    }

    /** Preparing finds what is gone; only planning finds the unique key that an ON CONFLICT needs. */
    private static void plan(Statement statement, String sql) throws SQLException {
        int parameters = PARAMETER
                .matcher(sql)
                .results()
                .mapToInt(parameter -> Integer.parseInt(parameter.group(1)))
                .max()
                .orElse(0);
        String nulls = parameters == 0 ? "" : "(" + String.join(", ", Collections.nCopies(parameters, "NULL")) + ")";
        statement.execute("DEALLOCATE ALL; PREPARE asked AS " + sql + "\n; EXPLAIN EXECUTE asked " + nulls);
    }

    private static String firstLine(SQLException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static final Pattern PARAMETER = Pattern.compile("\\$([0-9]+)");

    private static final Pattern INSERT =
            Pattern.compile("\\bINSERT\\s+INTO\\s+([a-z_]+)(?:\\s+AS\\s+[a-z_]+)?\\s*(?:\\(([^()]*)\\))?");

    private static List<String> unfilled(String sql, Set<String> required) {
        List<String> unfilled = new ArrayList<>();
        Matcher insert = INSERT.matcher(sql);
        while (insert.find()) {
            String table = insert.group(1);
            List<String> filled = insert.group(2) == null
                    ? List.of()
                    : Arrays.stream(insert.group(2).split(","))
                            .map(column -> table + "." + column.strip())
                            .toList();
            required.stream()
                    .filter(column -> column.startsWith(table + ".") && !filled.contains(column))
                    .forEach(unfilled::add);
        }
        return unfilled;
    }

    /** The columns, as {@code table.column}, that every insert has to fill. */
    private static Set<String> required(Connection connection) throws SQLException {
        return new TreeSet<>(TestDatabase.strings(connection, """
                SELECT relname || '.' || attname
                FROM pg_attribute
                JOIN pg_class ON pg_class.oid = attrelid
                WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0 AND NOT attisdropped
                  AND attnotnull AND NOT atthasdef AND attidentity = ''
                """));
    }
}
