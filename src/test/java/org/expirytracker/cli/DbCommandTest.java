package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.assertj.core.api.AbstractStringAssert;
import org.expirytracker.ProvenRoom;
import org.expirytracker.S3Server;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.TestNode;
import org.expirytracker.backups.Encryption;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.expirytracker.jobs.LookingNode;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.maintenance.ScheduledBackups;
import org.expirytracker.migrations.Catalog;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Revision;
import org.expirytracker.users.UserDirectory;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.output.ValidateResult;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands as an operator types them. */
@Timeout(60)
@ProvenRoom("product")
class DbCommandTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2030-06-01T10:00:00Z"), ZoneOffset.UTC);
    private static final MigrationFiles PROGRAM = MigrationFiles.ofProgram();
    private static final List<Revision> REVISIONS = PROGRAM.revisions();
    private static final String HEAD = PROGRAM.head().label();

    /** What comes from the program's own files while the test changes some of them. */
    @TempDir
    Path folder;

    static Stream<String> commands() {
        CommandLine db = Objects.requireNonNull(
                commandLine(Map.of(), "").getSubcommands().get("db"));
        return db.getSubcommands().keySet().stream();
    }

    @Nested
    class Help {

        @ParameterizedTest
        @MethodSource("org.expirytracker.cli.DbCommandTest#commands")
        void of_every_command_explains_it_and_its_options_in_a_hundred_columns(String command) {
            Answer answer = run(Map.of(), "", command, "--help");
            assertThat(answer.code).isZero();
            assertThat(answer.err).isEmpty();
            List<String> lines = answer.out.lines().toList();
            assertThat(lines.getFirst()).startsWith("Usage: expiry db " + command);
            assertThat(lines).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
            assertThat(lines).anySatisfy(line -> assertThat(line).matches("[A-Z].{20,}[.:,a-z]"));
            assertThat(answer.out).contains("--json", "--directory=<folder>");
            assertThat(answer.out.lines().filter(line -> line.matches(" {2,6}-.*")))
                    .allSatisfy(line -> assertThat(line).matches(".*(  [A-Z].*|[a-z>])"));
        }

        @Test
        void of_all_commands_lists_each_with_what_it_does_and_examples() {
            Answer answer = run(Map.of(), "", "--help");
            assertThat(answer.code).isZero();
            assertThat(answer.out.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
            assertThat(answer.out).contains("DATABASE_URL", "EXPIRY_DATA", "Examples:", "expiry db downgrade -1");
            assertThat(commands())
                    .allSatisfy(command -> assertThat(answer.out).containsPattern("\n  " + command + " +[A-Z]"));
        }

        @Test
        void is_offered_when_the_command_line_is_wrong() {
            for (String[] wrong : new String[][] {
                {},
                {"upgade"},
                {"current", "--jsno"},
                {"stamp"},
                {"downgrade", "-1", "--dryrun"},
                {"upgrade", "a", "b"},
                {"migrate", "-m", "a", "--rename", "a.b=c"}
            }) {
                Answer answer = run(Map.of(), "", wrong);
                assertThat(answer.code).as(answer.err).isEqualTo(2);
                assertThat(answer.out).isEmpty();
                assertThat(answer.err).containsPattern("Try: expiry db( \\w+)? --help");
            }
            assertThat(run(Map.of(), "").err).contains("upgrade", "downgrade", "repair");
        }
    }

    @Nested
    class WrongDatabase {

        @ParameterizedTest
        @ValueSource(
                strings = {"init", "upgrade", "downgrade", "current", "history", "heads", "show", "check", "repair"})
        void that_does_not_answer_is_told_in_one_line_without_the_password(String command) {
            Answer answer = run(
                    Map.of(
                            "DATABASE_URL",
                            "postgresql://anna:hush-hush@127.0.0.1:1/expiry?sslmode=disable",
                            "EXPIRY_START_SECONDS",
                            "0"),
                    "",
                    command.split(" "));
            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.out).isEmpty();
            assertThat(answer.err)
                    .startsWith("The database at 127.0.0.1:1/expiry cannot be reached")
                    .contains("DATABASE_URL")
                    .doesNotContain("hush", "\tat ", "Exception")
                    .hasLineCount(1);
        }

        @Test
        void that_refuses_the_login_is_told_without_the_password() {
            DatabaseUrl url = TestDatabase.migrated();
            Answer answer = run(
                    Map.of(
                            "DATABASE_URL",
                            "postgresql://nobody:hush-hush@%s:%d/%s".formatted(url.host(), url.port(), url.database())),
                    "",
                    "current");
            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.err).contains("nobody", "DATABASE_URL").doesNotContain("hush", "\tat ", "Exception");
        }

        @Test
        void that_is_not_one_is_told_without_the_password() {
            Answer answer = run(Map.of("DATABASE_URL", "mysql://anna:hush-hush@127.0.0.1/expiry"), "", "current");
            assertThat(answer.code).isEqualTo(2);
            assertThat(answer.out).isEmpty();
            assertThat(answer.err)
                    .startsWith("DATABASE_URL must be postgresql://")
                    .doesNotContain("hush", "\tat ");
        }

        @Test
        void that_holds_something_else_is_left_alone_by_every_command() throws Exception {
            DatabaseUrl url = TestDatabase.fresh();
            execute(url, "CREATE TABLE invoices (id integer)");
            List<String> before = contents(url);
            for (String command : List.of("init", "upgrade", "upgrade --dry-run", "upgrade --sql")) {
                Answer answer = run(url, command.split(" "));
                assertThat(answer.code).as(command).isEqualTo(1);
                assertThat(answer.out).as(command).isEmpty();
                assertThat(answer.err)
                        .as(command)
                        .contains("holds tables but no migration history", "expiry db stamp <revision>")
                        .doesNotContain("\tat ");
            }
            assertThat(contents(url)).isEqualTo(before);
        }
    }

    @Nested
    class Init {

        @Test
        void prepares_an_empty_database_once_and_says_what_comes_next() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            Answer first = succeed(url, "init");
            assertThat(first.out).isEqualTo("The database is ready for migrations. Next: expiry db upgrade\n");
            List<String> prepared = contents(url);
            assertThat(succeed(url, "init").out).isEqualTo("The database was prepared before; it is at base.\n");
            assertThat(contents(url)).isEqualTo(prepared);
            assertThat(succeed(url, "init", "--json").json())
                    .containsExactly(entry("initialized", false), entry("revision", "base"));
            assertThat(succeed(TestDatabase.fresh(), "init", "--json").json()).contains(entry("initialized", true));
            assertThat(succeed(url, "upgrade").code).isZero();
        }
    }

    @Nested
    class UpgradeAndDowngrade {

        @Test
        void go_to_a_revision_however_it_is_named_and_print_each_step() {
            DatabaseUrl url = TestDatabase.fresh();
            Answer first = succeed(url, "upgrade", "20240202");
            assertThat(first.out.lines())
                    .satisfiesExactly(
                            step("up    1/3  20240105__initial_migration"),
                            step("up    2/3  20240119__add_security_fields"),
                            step("up    3/3  20240202__fix_users_table"),
                            line -> assertThat(line)
                                    .isEqualTo("The database is at 20240202__fix_users_table. Pending: "
                                            + (REVISIONS.size() - 3) + "."));
            assertThat(succeed(url, "upgrade", "20240202").out)
                    .startsWith("Nothing to do: the database is at 20240202__fix_users_table.");
            assertThat(succeed(url, "upgrade", "20240308__add_status_column_to_notifications").out)
                    .contains("up    1/1  20240308");
            assertThat(succeed(url, "upgrade", "V20240322__cleanup_in_app_notifications.sql").out)
                    .contains("up    1/1  20240322");
            assertThat(succeed(url, "upgrade", "202404").out).contains("up    1/1  20240419");

            JsonObject upgraded = new JsonObject(succeed(url, "upgrade", "--json").out);
            assertThat(upgraded.getString("revision")).isEqualTo(HEAD);
            assertThat(upgraded.getJsonArray("steps")).hasSize(REVISIONS.size() - 6);
            JsonObject step = upgraded.getJsonArray("steps").getJsonObject(0);
            assertThat(step.getString("revision")).isEqualTo(REVISIONS.get(6).label());
            assertThat(step.getString("direction")).isEqualTo("up");
            assertThat(step.getLong("milliseconds")).isNotNegative();
            assertThat(step.getLong("rows")).isZero();
            assertThat(succeed(url, "upgrade").out)
                    .isEqualTo("Nothing to do: the database is at " + HEAD + " (head).\n");

            int last = REVISIONS.size() - 1;
            assertThat(succeed(url, "downgrade").out.lines())
                    .satisfiesExactly(
                            step("down  1/1  " + REVISIONS.get(last)),
                            line -> assertThat(line)
                                    .isEqualTo("The database is at " + REVISIONS.get(last - 1) + ". Pending: 1."));
            assertThat(succeed(url, "downgrade", "-2").out).contains("down  2/2  " + REVISIONS.get(last - 2));
            assertThat(succeed(url, "downgrade", "-1", "--json").json())
                    .containsEntry("revision", REVISIONS.get(last - 4).label());
            assertThat(succeed(url, "downgrade", "20240322").out)
                    .contains("The database is at 20240322__cleanup_in_app_notifications.");
            assertThat(succeed(url, "downgrade", "fix_u").out)
                    .contains("The database is at 20240202__fix_users_table.");
            assertThat(succeed(url, "downgrade", "base").out).contains("The database is at base.");
            assertThat(succeed(url, "downgrade", "base").out).startsWith("Nothing to do: the database is at base.");
        }

        @Test
        void refuse_what_is_unknown_ambiguous_or_the_wrong_way_and_name_the_right_command() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            List<String> before = contents(url);
            refuse(url, "upgrade", "2024").contains("Several revisions begin with 2024: 20240105__initial_migration, ");
            refuse(url, "upgrade", "19990101").contains("There is no revision 19990101. Known are: base, 20240105__");
            refuse(url, "downgrade", "--dryrun").contains("There is no revision --dryrun.");
            refuse(url, "downgrade", "-999")
                    .contains("There are only " + REVISIONS.size() + " revisions below " + HEAD + ". Say base");
            refuse(url, "upgrade", "20240105").contains("To go it: expiry db downgrade 20240105");
            refuse(url, "upgrade", "base").contains("To go it: expiry db downgrade base");
            refuse(url, "upgrade", "base", "--dry-run").contains("To go it: expiry db downgrade base");
            refuse(url, "upgrade", "base", "--sql").contains("To go it: expiry db downgrade base");
            assertThat(contents(url)).isEqualTo(before);

            succeed(url, "downgrade", "20240202");
            refuse(url, "downgrade", "head").contains("To go it: expiry db upgrade " + HEAD);
            assertThat(succeed(url, "upgrade", "20240308").code).isZero();
        }

        @Test
        void refuse_to_lose_data_and_name_it_unless_told_to() throws Exception {
            copyProgram();
            write("V20300101__add_shelves.sql", "CREATE TABLE shelves (id integer, label text);\n");
            write("U20300101__add_shelves.sql", "DROP TABLE shelves;\n");
            DatabaseUrl url = TestDatabase.freshMigrated();
            succeed(url, "upgrade", "-d", folder.toString());
            execute(url, "INSERT INTO shelves SELECT i, 'x' FROM generate_series(1, 7) AS i");
            List<String> before = contents(url);

            refuse(url, "downgrade", "-1", "-d", folder.toString())
                    .contains("table shelves, 7 rows (by U20300101__add_shelves.sql)", "--allow-data-loss");
            Answer rehearsal = succeed(url, "downgrade", "--dry-run", "-d", folder.toString());
            assertThat(rehearsal.out)
                    .containsPattern("down  1/1  20300101__add_shelves  .* ms, 0 rows")
                    .contains("All of this was taken back; the database is as it was.")
                    .contains("This data would be lost for good:\n  table shelves, 7 rows");
            JsonObject json =
                    new JsonObject(succeed(url, "downgrade", "--dry-run", "--json", "-d", folder.toString()).out);
            assertThat(json.getString("rehearsed")).isEqualTo("downgrade");
            assertThat(json.getJsonArray("losses"))
                    .containsExactly("table shelves, 7 rows (by U20300101__add_shelves.sql)");
            assertThat(json.getJsonArray("left")).isEmpty();
            assertThat(contents(url)).isEqualTo(before);

            succeed(url, "downgrade", "-1", "--allow-data-loss", "-d", folder.toString());
            assertThat(succeed(url, "current").out).contains("revision  " + HEAD + " (head)");
        }
    }

    @Nested
    class DryRun {

        @Test
        void changes_nothing_up_and_down() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            List<String> empty = contents(url);
            Answer up = succeed(url, "upgrade", "--dry-run");
            assertThat(up.out.lines().filter(line -> line.startsWith("up "))).hasSize(REVISIONS.size());
            assertThat(up.out).endsWith("All of this was taken back; the database is as it was.\n");
            assertThat(contents(url)).isEqualTo(empty);

            succeed(url, "upgrade");
            execute(
                    url,
                    "INSERT INTO users (id, username, email, password_hash) VALUES"
                            + " ('018f0000-0000-7000-8000-000000000001', 'anna', 'anna@example.org', 'x')");
            List<String> full = contents(url);
            Answer down = succeed(url, "downgrade", "base", "--dry-run");
            assertThat(down.out.lines().filter(line -> line.startsWith("down ")))
                    .hasSize(REVISIONS.size());
            assertThat(down.out).contains("taken back").doesNotContain("lost for good");
            assertThat(contents(url)).isEqualTo(full);
            assertThat(succeed(url, "upgrade", "--dry-run").out).isEqualTo("Nothing to do.\n");
            assertThat(succeed(url, "downgrade", "head", "--dry-run", "--json").json())
                    .containsEntry("steps", List.of());
        }
    }

    @Nested
    class Script {

        @Test
        void brings_an_empty_database_to_head_by_any_client_and_back() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            String up = succeed(url, "upgrade", "--sql").out;
            assertThat(up).isEqualTo(succeed(url, "upgrade", "--sql", "--from", "base").out);
            assertThat(new JsonObject(succeed(url, "upgrade", "--sql", "--json").out)
                            .getString("script")
                            .strip())
                    .isEqualTo(up.strip());
            assertThat(contents(url)).isEqualTo(contents(TestDatabase.fresh()));

            execute(url, up);
            assertThat(succeed(url, "current", "--json").json())
                    .containsEntry("revision", HEAD)
                    .containsEntry("pending", List.of());
            assertThat(succeed(url, "check").out).startsWith("All is well");
            assertThat(flyway(url).validationSuccessful)
                    .as(flyway(url).getAllErrorMessages())
                    .isTrue();
            assertThat(succeed(url, "upgrade", "--sql").out).isEqualTo("-- Nothing to do\n");
            assertThat(succeed(url, "downgrade", "head", "--sql").out).isEqualTo("-- Nothing to do\n");

            execute(url, succeed(url, "downgrade", "-2", "--sql").out);
            assertThat(flyway(url).validationSuccessful)
                    .as(flyway(url).getAllErrorMessages())
                    .isTrue();
            assertThat(new JsonObject(succeed(url, "current", "--json").out).getJsonArray("pending"))
                    .hasSize(2);
            execute(url, succeed(url, "downgrade", "base", "--sql").out);
            assertThat(succeed(url, "current").out).contains("revision  base");
            assertThat(succeed(url, "upgrade").out).endsWith("The database is at " + HEAD + " (head).\n");
        }

        @Test
        void goes_only_the_way_of_its_command_and_needs_no_database() {
            Map<String, String> nowhere = Map.of("DATABASE_URL", "postgresql://anna:x@127.0.0.1:1/x?sslmode=disable");
            Answer down = run(nowhere, "", "downgrade", "--sql", "--from", "head");
            assertThat(down.code).isZero();
            assertThat(down.out).contains("\n\n-- " + PROGRAM.head().down()).endsWith("COMMIT;\n");
            Answer wrongWay = run(nowhere, "", "upgrade", "base", "--sql", "--from", "head");
            assertThat(wrongWay.code).isEqualTo(1);
            assertThat(wrongWay.err).contains("expiry db downgrade base");
            wrongWay = run(nowhere, "", "downgrade", "head", "--sql", "--from", "base");
            assertThat(wrongWay.code).isEqualTo(1);
            assertThat(wrongWay.err).contains("expiry db upgrade " + HEAD);
            Answer alone = run(nowhere, "", "upgrade", "--from", "base");
            assertThat(alone.code).isEqualTo(2);
            assertThat(alone.err).contains("--from", "--sql");
        }

        @Test
        void forgets_the_failed_try_of_what_runs_outside_a_transaction() throws Exception {
            copyProgram();
            write("V20300101__index_names.sql", """
                    -- Runs outside a transaction: the table is in use.
                    CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS items_by_name ON items (name);
                    """);
            write(
                    "U20300101__index_names.sql",
                    "-- Runs outside a transaction.\nDROP INDEX CONCURRENTLY items_by_name;\n");
            DatabaseUrl url = TestDatabase.freshMigrated();
            execute(
                    url,
                    "INSERT INTO flyway_schema_history SELECT installed_rank + 1, '20300101', 'index names', type,"
                            + " 'V20300101__index_names.sql', "
                            + MigrationFiles.in(folder).checksum("V20300101__index_names.sql")
                            + ", installed_by, now(), 1, false FROM flyway_schema_history ORDER BY installed_rank DESC LIMIT 1");
            assertThat(succeed(url, "current", "-d", folder.toString()).out).contains("20300101__index_names");
            assertThat(succeed(url, "history", "-d", folder.toString()).out)
                    .containsPattern("20300101__index_names +failed");

            String script = succeed(url, "upgrade", "--sql", "-d", folder.toString()).out;
            execute(url, script.replace(" CONCURRENTLY", ""));
            try (Connection connection = TestDatabase.connect(url)) {
                assertThat(TestDatabase.strings(
                                connection, "SELECT success FROM flyway_schema_history WHERE version = '20300101'"))
                        .containsExactly("t");
            }
        }

        private static ValidateResult flyway(DatabaseUrl url) {
            return Flyway.configure()
                    .dataSource(url.dataSource())
                    .locations("classpath:migrations")
                    .defaultSchema("public")
                    .ignoreMigrationPatterns("*:pending")
                    .loggers("slf4j")
                    .load()
                    .validateWithResult();
        }
    }

    @Nested
    class Listings {

        @Test
        void tell_where_the_database_stands_and_how_it_came_there() {
            DatabaseUrl url = TestDatabase.freshMigrated();
            succeed(url, "downgrade", "-2");
            Revision current = REVISIONS.get(REVISIONS.size() - 3);
            List<String> pending = REVISIONS.subList(REVISIONS.size() - 2, REVISIONS.size()).stream()
                    .map(Revision::label)
                    .toList();

            assertThat(succeed(url, "current").out.lines())
                    .containsExactly(
                            "database  " + url.address(),
                            "revision  " + current,
                            "pending   2",
                            "          " + pending.get(0),
                            "          " + pending.get(1),
                            "Next: expiry db upgrade");
            assertThat(succeed(url, "--json", "current").out).isEqualTo(succeed(url, "current", "--json").out);
            assertThat(succeed(url, "current", "--json").json())
                    .containsExactly(
                            entry("database", url.address()),
                            entry("revision", current.label()),
                            entry("head", HEAD),
                            entry("pending", pending));

            List<String> history = succeed(url, "history").out.lines().toList();
            assertThat(history).hasSize(REVISIONS.size() + 1);
            assertThat(history.get(0)).matches("REVISION +STATE +APPLIED AT");
            assertThat(history.get(1)).matches(HEAD + " +pending");
            assertThat(history.get(3)).matches(current + " +current +20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\dZ");
            assertThat(history.getLast()).matches(REVISIONS.getFirst() + " +applied +20.*Z");
            assertThat(succeed(url, "history", "-v").out.lines().toList().getLast())
                    .matches(REVISIONS.getFirst() + " +applied +20.*Z +" + url.user() + " +\\d+ ms +"
                            + PROGRAM.checksum(REVISIONS.getFirst().up()) + " +yes");

            JsonArray json = new JsonArray(succeed(url, "history", "--json").out);
            assertThat(json).hasSize(REVISIONS.size());
            assertThat(json.getJsonObject(0).getMap())
                    .containsExactly(entry("revision", HEAD), entry("state", "pending"), entry("reversible", true));
            JsonObject oldest = json.getJsonObject(REVISIONS.size() - 1);
            assertThat(oldest.getMap())
                    .containsKeys("appliedAt", "milliseconds")
                    .containsEntry("state", "applied")
                    .containsEntry("appliedBy", url.user())
                    .containsEntry(
                            "checksum", PROGRAM.checksum(REVISIONS.getFirst().up()));
            assertThat(Instant.parse(oldest.getString("appliedAt"))).isAfter(Instant.parse("2020-01-01T00:00:00Z"));

            assertThat(succeed(url, "heads").out).isEqualTo(HEAD + "\n");
            assertThat(succeed(url, "heads", "--json").json())
                    .containsExactly(entry("head", HEAD), entry("conflicts", List.of()));
        }

        @Test
        void show_a_revision_with_both_files() {
            DatabaseUrl url = TestDatabase.migrated();
            Revision first = REVISIONS.getFirst();
            assertThat(succeed(url, "show", "initial").out)
                    .containsPattern("revision +20240105__initial_migration\n")
                    .containsPattern("applied +20.*Z by " + url.user() + " in \\d+ ms\n")
                    .contains(
                            "-- V20240105__initial_migration.sql\n"
                                    + PROGRAM.text(first.up()).strip(),
                            "-- U20240105__initial_migration.sql\n"
                                    + PROGRAM.text(first.down()).strip());
            assertThat(succeed(url, "show", "20240105", "--json").json())
                    .containsEntry("revision", first.label())
                    .containsEntry("state", "applied")
                    .containsEntry("up", PROGRAM.text(first.up()))
                    .containsEntry("down", PROGRAM.text(first.down()));
            assertThat(succeed(url, "show").out).contains(PROGRAM.head().up());
            refuse(url, "show", "base").contains("base is the empty database");
            refuse(url, "show", "nothing").contains("There is no revision nothing. Known are: base, ");
        }
    }

    @Nested
    class Conflicts {

        /** Each way to change the schema is refused for each reason, and the database stays as it is. */
        @Test
        void refuse_every_step_with_the_database_untouched() throws Exception {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Path altered = copyProgram("altered");
            Files.writeString(altered.resolve("V20240202__fix_users_table.sql"), "SELECT 1;\n");
            refuseAll(url, altered, "V20240202__fix_users_table.sql was altered after it was applied", "repair");

            Path missing = copyProgram("missing");
            Files.delete(missing.resolve("V20240202__fix_users_table.sql"));
            refuseAll(url, missing, "Migration 20240202 (fix users table)", "its file is missing", "repair");

            Path older = copyProgram("older");
            Files.delete(older.resolve(PROGRAM.head().up()));
            Files.delete(older.resolve(PROGRAM.head().down()));
            refuseAll(url, older, "is newer than this program", PROGRAM.head().version(), "Start the newer program");

            Path late = copyProgram("late");
            Files.writeString(late.resolve("V20250101__add_late.sql"), "CREATE TABLE late ();\n");
            refuseAll(
                    url,
                    late,
                    "V20250101__add_late.sql is older than " + PROGRAM.head().up(),
                    "expiry db merge");

            Path twice = copyProgram("twice");
            String twin = PROGRAM.head().up().replaceFirst("__.*", "__add_twin.sql");
            Files.writeString(twice.resolve(twin), "CREATE TABLE twin ();\n");
            refuseAll(url, twice, twin, PROGRAM.head().up(), "have the same version", "expiry db merge");

            Path misnamed = copyProgram("misnamed");
            Files.writeString(misnamed.resolve("V3__three.sql"), "CREATE TABLE three ();\n");
            Files.writeString(misnamed.resolve("V20300101__next.sql"), "CREATE TABLE next ();\n");
            refuseAll(url, misnamed, "V3__three.sql is not named like a migration", "V<yyyymmdd>__<words>.sql");
        }

        private void refuseAll(DatabaseUrl url, Path files, String... message) throws SQLException {
            List<String> before = contents(url);
            String target = MigrationFiles.in(files).revisions().getLast().label();
            for (String command : List.of(
                    "upgrade",
                    "upgrade --dry-run",
                    "upgrade --sql",
                    "upgrade " + target,
                    "downgrade",
                    "downgrade -2 --dry-run",
                    "downgrade -2 --sql",
                    "downgrade base --allow-data-loss")) {
                List<String> arguments = new ArrayList<>(List.of(command.split(" ")));
                arguments.addAll(List.of("--directory", files.toString()));
                Answer answer = run(url, arguments.toArray(String[]::new));
                assertThat(answer.code).as(command).isEqualTo(1);
                assertThat(answer.out).as(command).isEmpty();
                assertThat(answer.err).as(command).contains(message).doesNotContain("\tat ");
            }
            Answer check = run(url, "check", "-d", files.toString());
            assertThat(check.code).isEqualTo(1);
            assertThat(check.out).contains(message);
            assertThat(contents(url)).isEqualTo(before);
        }

        @Test
        void are_told_by_heads_and_settled_by_merge() throws Exception {
            copyProgram();
            write("V20250101__add_late.sql", "CREATE TABLE late (id integer);\n");
            write("U20250101__add_late.sql", "DROP TABLE late;\n");
            String twin = PROGRAM.head().version() + "__add_twin";
            write("V" + twin + ".sql", "CREATE TABLE twin (id integer);\n");
            DatabaseUrl url = TestDatabase.freshMigrated();
            String here = folder.toString();

            Answer heads = run(url, "heads", "-d", here);
            assertThat(heads.code).isEqualTo(1);
            assertThat(heads.out)
                    .contains("OUT OF ORDER  V20250101__add_late.sql is older than "
                            + PROGRAM.head().up())
                    .contains("SAME VERSION  ", "V" + twin + ".sql", "    Run expiry db merge");
            Answer json = run(url, "heads", "--json", "-d", here);
            assertThat(json.code).isEqualTo(1);
            assertThat(new JsonObject(json.out).getJsonArray("conflicts")).hasSize(2);
            assertThat(succeed(url, "history", "-d", here).out)
                    .containsPattern(twin + " +in conflict\n")
                    .containsPattern("20250101__add_late +pending\n");

            Answer merge = succeed(url, "merge", "-d", here);
            assertThat(merge.out)
                    .contains("20250101__add_late is now 20300601__add_late\n")
                    .contains(twin + " is now 20300601.1__add_twin\n")
                    .contains("Next: expiry db upgrade --dry-run");
            assertThat(folder.resolve("U20300601__add_late.sql")).hasContent("DROP TABLE late;");
            assertThat(succeed(url, "heads", "-d", here).out).isEqualTo("20300601.1__add_twin\n");
            assertThat(succeed(url, "upgrade", "-d", here).out).contains("20300601.1__add_twin (head)");
            assertThat(succeed(url, "merge", "-d", here).out)
                    .isEqualTo("The history is linear; there is nothing to merge.\n");
            assertThat(new JsonArray(succeed(url, "merge", "--json", "-d", here).out))
                    .isEmpty();

            write("V20250101__add_more.sql", "CREATE TABLE more (id integer);\n");
            assertThat(new JsonArray(succeed(url, "merge", "--json", "-d", here).out))
                    .containsExactly(
                            new JsonObject().put("from", "20250101__add_more").put("to", "20300601.2__add_more"));
        }

        @Test
        void with_a_newer_program_do_not_look_like_the_head() throws Exception {
            copyProgram();
            Files.delete(folder.resolve(PROGRAM.head().up()));
            DatabaseUrl url = TestDatabase.freshMigrated();
            assertThat(succeed(url, "current", "-d", folder.toString()).out)
                    .contains("revision  " + HEAD)
                    .doesNotContain("(head)");
            assertThat(succeed(url, "history", "-d", folder.toString()).out).containsPattern(HEAD + " +missing +20");
        }

        @Test
        void of_a_folder_that_is_none_are_told() throws IOException {
            DatabaseUrl url = TestDatabase.migrated();
            refuse(url, "upgrade", "-d", folder.resolve("nowhere").toString()).contains("cannot be read", "nowhere");
            refuse(url, "current", "-d", folder.toString()).contains("There are no migration files in");
            Files.write(folder.resolve("V20300101__latin.sql"), new byte[] {'-', '-', ' ', (byte) 0xE4, '\n'});
            refuse(url, "upgrade", "-d", folder.toString()).contains("V20300101__latin.sql", "UTF-8");
        }
    }

    @Nested
    class Stamp {

        @Test
        void refuses_what_the_schema_is_not_and_insists_with_force() throws Exception {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Revision last = REVISIONS.getLast();
            Revision before = REVISIONS.stream()
                    .takeWhile(each -> !each.label().contains("add_channels"))
                    .toList()
                    .getLast();
            List<String> untouched = contents(url);
            Answer refused = run(url, "stamp", before.label());
            assertThat(refused.code).isEqualTo(1);
            assertThat(refused.out)
                    .contains("The record would say: at " + before + " (now: " + last + ").")
                    .contains("TABLE channels is not expected")
                    .contains("Not recorded: the live schema is not that of " + before)
                    .contains("--force");
            Answer json = run(url, "stamp", before.label(), "--json");
            assertThat(json.code).isEqualTo(1);
            assertThat(json.json()).containsEntry("stamped", false);
            assertThat(new JsonObject(json.out).getJsonArray("differences")).isNotEmpty();
            assertThat(contents(url)).isEqualTo(untouched);

            assertThat(succeed(url, "stamp", "head").out).endsWith("Recorded: the database is at " + last + ".\n");
            assertThat(contents(url)).isEqualTo(untouched);
            assertThat(succeed(url, "stamp", before.label(), "--force").out)
                    .contains("TABLE channels is not expected")
                    .endsWith("Recorded: the database is at " + before + ".\n");
            assertThat(succeed(url, "current").out).contains(before.label());
            JsonObject back = new JsonObject(succeed(url, "stamp", "head", "--json").out);
            assertThat(back.getMap())
                    .containsEntry("stamped", true)
                    .containsEntry("revision", HEAD)
                    .containsEntry("differences", List.of());
        }

        @Test
        void records_what_failed_and_what_is_older_than_the_newest() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            execute(
                    url,
                    "UPDATE flyway_schema_history SET success = false WHERE version = '"
                            + PROGRAM.head().version()
                            + "'; DELETE FROM flyway_schema_history WHERE version = '20240308'");
            assertThat(run(url, "upgrade").code).isEqualTo(1);
            succeed(url, "stamp", "head");
            assertThat(succeed(url, "upgrade").out)
                    .isEqualTo("Nothing to do: the database is at " + HEAD + " (head).\n");
            assertThat(succeed(url, "heads").code).isZero();
            assertThat(succeed(url, "history").out).doesNotContain("failed", "pending");
        }

        @Test
        void adopts_a_database_that_lost_its_history_and_says_base_of_an_empty_one() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            execute(url, "DROP TABLE flyway_schema_history");
            refuse(url, "upgrade").contains("expiry db stamp <revision>");
            assertThat(run(url, "stamp", "base").code).isEqualTo(1);
            assertThat(succeed(url, "stamp", "head").out).contains("(now: base)");
            assertThat(succeed(url, "upgrade").out).startsWith("Nothing to do");
            assertThat(succeed(TestDatabase.fresh(), "stamp", "base").out)
                    .endsWith("Recorded: the database is at base.\n");
            refuse(url, "stamp", "nothing").contains("There is no revision nothing.");
        }
    }

    @Nested
    class Check {

        @Test
        void succeeds_when_all_is_well_and_names_each_finding_with_its_remedy_otherwise() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            assertThat(succeed(url, "check").out)
                    .isEqualTo("All is well: the database is what " + HEAD
                            + " built, and schema.sql is what the migrations build.\n");
            execute(url, "DROP INDEX users_due; ALTER TABLE items ADD COLUMN colour text");
            List<String> before = contents(url);
            Answer text = run(url, "check");
            assertThat(text.code).isEqualTo(1);
            assertThat(text.out)
                    .contains("DRIFT  The live schema is not what " + HEAD + " built: INDEX users_due is missing.\n"
                            + "    Someone changed it by hand. To put it right by hand:\n"
                            + "    CREATE INDEX users_due")
                    .contains("COLUMN items.colour is not expected.\n    Declare it in schema.sql")
                    .contains("DROP COLUMN colour;");
            Answer json = run(url, "check", "--json");
            assertThat(json.code).isEqualTo(1);
            assertThat(new JsonObject(json.out).getString("revision")).isEqualTo(HEAD);
            assertThat(new JsonObject(json.out)
                            .getJsonArray("findings").stream()
                                    .map(finding -> ((JsonObject) finding).getString("subject")))
                    .containsExactlyInAnyOrder("INDEX users_due", "COLUMN items.colour");
            JsonObject finding =
                    new JsonObject(json.out).getJsonArray("findings").getJsonObject(0);
            assertThat(finding.getMap())
                    .containsOnlyKeys("kind", "subject", "what", "remedy", "repairable")
                    .containsEntry("kind", "DRIFT")
                    .containsEntry("repairable", false);
            assertThat(contents(url)).isEqualTo(before);
        }
    }

    @Nested
    class Repair {

        @Test
        void asks_before_each_and_does_what_was_agreed_to() throws Exception {
            copyProgram();
            Files.delete(folder.resolve("V20240119__add_security_fields.sql"));
            write("V20240202__fix_users_table.sql", "SELECT 1;\n");
            DatabaseUrl url = TestDatabase.freshMigrated();
            List<String> before = contents(url);
            Map<String, String> files = files();

            for (String answer : List.of("", "n\nn\n", "\n\n", "no\n")) {
                Answer refused = run(environment(url), answer, "repair", "-d", folder.toString());
                assertThat(refused.code).isEqualTo(1);
                assertThat(refused.out + refused.err)
                        .contains("Delete its row from the history? [y/N]")
                        .contains("Write the file as it is now into the history? [y/N]");
                assertThat(refused.out).doesNotContain("Repaired");
            }
            assertThat(contents(url)).isEqualTo(before);

            Answer one = run(environment(url), "y\nn\n", "repair", "-d", folder.toString());
            assertThat(one.code).isEqualTo(1);
            assertThat(one.out)
                    .contains("Repaired: V20240119__add_security_fields.sql")
                    .contains("ALTERED  V20240202__fix_users_table.sql was altered");
            Answer json = run(environment(url), "Yes\n", "repair", "--json", "-d", folder.toString());
            assertThat(json.code).isZero();
            assertThat(json.json())
                    .containsExactly(
                            entry("repaired", List.of("V20240202__fix_users_table.sql")), entry("findings", List.of()));
            assertThat(succeed(url, "repair", "-d", folder.toString()).out)
                    .isEqualTo("The history agrees with the files, and what is counted with the items.\n");
            assertThat(files()).isEqualTo(files);
            List<String> after = contents(url);
            assertThat(after.subList(0, after.indexOf("history")))
                    .isEqualTo(before.subList(0, before.indexOf("history")));
        }

        @Test
        void has_stock_counted_anew_that_is_counted_wrongly() {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Stock stock = new Stock(url);
            InventoryId inventory = stock.user();
            stock.item(inventory, "Milk", null, 30);
            stock.run("UPDATE feeds SET counted_seq = last_seq");

            Answer found = run(url, "check");
            assertThat(found.code).isEqualTo(1);
            assertThat(found.out)
                    .contains(
                            "MISCOUNTED",
                            "1 inventory, first " + inventory.value(),
                            "expiry db repair has it counted anew");
            Answer kept = run(environment(url), "n\n", "repair");
            assertThat(kept.code).isEqualTo(1);
            assertThat(kept.out).contains("Have it counted anew? [y/N]").doesNotContain("Repaired");
            assertThat(succeed(url, "repair", "--yes").out).startsWith("Repaired: stock_days\n");

            assertThat(succeed(url, "check").out).startsWith("All is well");
            assertThat(stock.column("SELECT counted_seq = last_seq FROM feeds")).containsExactly("f");
        }

        @Test
        void is_not_needed_for_directories_that_the_remedy_of_a_check_puts_right() throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Stock stock = new Stock(url);
            stock.user();
            stock.run("UPDATE user_names SET identity = 'somebody'");
            stock.run("DELETE FROM email_addresses");

            Answer found = run(url, "check");
            assertThat(found.code).isEqualTo(1);
            assertThat(found.out)
                    .contains("STALE")
                    .contains("The directory user_names does not say what users does, in 2 entries")
                    .contains("The directory email_addresses does not say what users does, in 1 entries");
            execute(url, UserDirectory.remedy("user_names"));
            execute(url, UserDirectory.remedy("email_addresses"));

            assertThat(succeed(url, "check").out).startsWith("All is well");
        }

        @Test
        void does_not_ask_with_yes_and_leaves_what_the_history_cannot_settle() throws Exception {
            copyProgram();
            Files.delete(folder.resolve("V20240119__add_security_fields.sql"));
            write("V20250101__add_late.sql", "CREATE TABLE late ();\n");
            DatabaseUrl url = TestDatabase.freshMigrated();
            Answer answer = run(url, "repair", "--yes", "-d", folder.toString());
            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.err).isEmpty();
            assertThat(answer.out)
                    .startsWith("Repaired: V20240119__add_security_fields.sql\n")
                    .contains("OUT OF ORDER  V20250101__add_late.sql", "    Run expiry db merge")
                    .doesNotContain("[y/N]");
        }
    }

    @Nested
    class BackupKey {

        @Test
        void is_made_once_and_reads_what_was_encrypted_for_it() throws Exception {
            Path identity = folder.resolve("identity.txt");
            DatabaseUrl url = TestDatabase.freshMigrated();
            String recipient = new JsonObject(succeed(url, "backup-key", identity.toString(), "--json").out)
                    .getString("recipient");

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(identity)))
                    .isEqualTo("rw-------");
            assertThat(Files.readString(identity))
                    .matches("# recipient: " + recipient + "\nAGE-SECRET-KEY-1[0-9A-Z]{58}\n");
            refuse(url, "backup-key", identity.toString()).contains("already", "not overwritten");

            Path readable = folder.resolve("monday.backup");
            Path encrypted = folder.resolve("monday.backup.age");
            succeed(url, "backup", readable.toString());
            Encryption.encrypt(readable, encrypted, List.of(recipient));
            DatabaseUrl target = TestDatabase.fresh();
            refuse(target, "restore", encrypted.toString()).contains("is encrypted", "--identity");
            refuse(target, "restore", encrypted.toString(), "--identity", encrypted.toString())
                    .contains("holds no identity of age");
            assertThat(succeed(target, "restore", encrypted.toString(), "--identity", identity.toString()).out)
                    .startsWith("Restored " + encrypted);
        }
    }

    @Nested
    class InABucket {

        private final S3Server server = S3Server.shared();
        private final String bucket = server.bucket();
        private final Vertx vertx = Vertx.vertx();

        @AfterEach
        void close() {
            TestNode.await(vertx.close());
        }

        private Map<String, String> environment(DatabaseUrl url, Encryption.Key key) {
            Map<String, String> environment = new HashMap<>(S3Server.environment(server.port()));
            environment.putAll(Map.of(
                    "DATABASE_URL",
                    TestDatabase.textOf(url),
                    "EXPIRY_BACKUP_CRON",
                    "0 3 * * *",
                    "EXPIRY_BACKUP_TO",
                    "s3://" + bucket + "/nightly",
                    "EXPIRY_BACKUP_KEEP",
                    "2",
                    "EXPIRY_BACKUP_RECIPIENTS",
                    key.recipient()));
            return environment;
        }

        private void backUp(Map<String, String> environment, DatabaseUrl url) {
            Database database = new Database(vertx, url.connectOptions(), 4);
            new LookingNode(
                            database,
                            List.of(new ScheduledBackups(
                                            Config.forMaintenance(environment)
                                                    .backups()
                                                    .orElseThrow(),
                                            url,
                                            Registered.AFTER_RESTORE,
                                            Clock.systemUTC())
                                    .job()))
                    .doDue();
        }

        @Test
        void a_backup_by_schedule_is_proved_and_listed_and_restored_and_old_ones_go() throws Exception {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Stock stock = new Stock(url);
            stock.item(stock.user(), "milk", null, 3);
            Encryption.Key key = Encryption.newKey();
            Path identity = Files.writeString(folder.resolve("identity.txt"), key.identity());
            Map<String, String> environment = environment(url, key);
            server.put(bucket, "nightly/expiry-20250101-20250101T030000Z.backup.age", "old");
            server.put(bucket, "nightly/expiry-20250101-20250102T030000Z.backup.age", "newer");
            server.put(bucket, "nightly/photos.tar", "of somebody");
            server.begin(bucket, "nightly/expiry-20250101-20250103T030000Z.backup.age");

            backUp(environment, url);

            JsonArray listed = new JsonArray(run(environment, "", "backups", "--json").out);
            assertThat(listed).hasSize(2);
            assertThat(listed.getJsonObject(1).getString("place"))
                    .isEqualTo("s3://" + bucket + "/nightly/expiry-20250101-20250102T030000Z.backup.age");
            assertThat(server.keys(bucket)).hasSize(3).contains("nightly/photos.tar");
            assertThat(server.uploads(bucket)).isEmpty();
            String newest = listed.getJsonObject(0).getString("place");
            assertThat(run(environment, "", "backups").out).contains(newest);
            assertThat(run(environment, "", "backups", "s3://" + bucket).out)
                    .isEqualTo("There are none in s3://" + bucket + ".\n");

            DatabaseUrl target = TestDatabase.fresh();
            Map<String, String> elsewhere = new HashMap<>(S3Server.environment(server.port()));
            elsewhere.put("DATABASE_URL", TestDatabase.textOf(target));
            assertThat(run(elsewhere, "", "restore", newest).err).contains("is encrypted", "--identity");
            Answer restored = run(elsewhere, "", "restore", newest, "--identity", identity.toString());
            assertThat(restored.out).as(restored.err).startsWith("Restored " + newest);
            assertThat(new Stock(target).column("SELECT name FROM items")).containsExactly("milk");
        }

        @Test
        void what_is_not_there_and_who_may_not_look_is_told() {
            DatabaseUrl url = TestDatabase.migrated();
            Map<String, String> environment = new HashMap<>(S3Server.environment(server.port()));
            environment.put("DATABASE_URL", TestDatabase.textOf(url));

            Answer missing = run(environment, "", "restore", "s3://" + bucket + "/nightly/monday.backup");
            assertThat(missing.code).isEqualTo(1);
            assertThat(missing.err).contains("there is none by that name. expiry db backups lists");
            environment.put("AWS_SECRET_ACCESS_KEY", "guess");
            Answer refused = run(environment, "", "backups", "s3://" + bucket);
            assertThat(refused.code).isEqualTo(1);
            assertThat(refused.err).contains("the key is refused (403").doesNotContain("guess", "\tat ");
            Answer wrong = run(environment, "", "backups", "s3://x");
            assertThat(wrong.code).isEqualTo(2);
            assertThat(wrong.err).startsWith("s3://x cannot be used: \"x\" is no name of a bucket");
            Answer nowhere = run(environment, "", "backups");
            assertThat(nowhere.code).isEqualTo(2);
            assertThat(nowhere.err).startsWith("Where? Name a folder or a bucket");
        }
    }

    @Nested
    class Erasures {

        private DatabaseUrl withSomebodyGone(Path backup) throws SQLException {
            DatabaseUrl url = TestDatabase.freshMigrated();
            InventoryId user = new Stock(url).user();
            succeed(url, "backup", backup.toString());
            new Stock(url).run("DELETE FROM users WHERE id = ?", user.value());
            new Stock(url).run("INSERT INTO erasures VALUES (?, '2026-11-22T09:30Z')", user.value());
            return url;
        }

        @Test
        void are_printed_and_written_and_applied_to_an_older_backup() throws Exception {
            Path backup = folder.resolve("monday.backup");
            Path list = folder.resolve("erasures.txt");
            DatabaseUrl url = withSomebodyGone(backup);

            assertThat(succeed(url, "erasures").out).matches("[0-9a-f-]{36} 2026-11-22T09:30:00\\+00:00\n");
            assertThat(succeed(url, "erasures", list.toString()).out)
                    .isEqualTo("Wrote " + list + ". Accounts that were deleted: 1.\n");
            DatabaseUrl target = TestDatabase.fresh();
            assertThat(succeed(target, "restore", backup.toString(), "--erasures", list.toString()).out)
                    .contains("Accounts deleted again, because they were deleted since: 1.");

            assertThat(new Stock(target).column("SELECT id FROM users")).isEmpty();
            assertThat(new JsonArray(succeed(target, "erasures", "--json").out)
                            .getJsonObject(0)
                            .getString("erasedAt"))
                    .isEqualTo("2026-11-22T09:30:00+00:00");
        }

        @Test
        void are_none_at_first() {
            assertThat(succeed(TestDatabase.freshMigrated(), "erasures").out).isEqualTo("No account was deleted.\n");
        }
    }

    @Nested
    class Embedded {

        @Test
        void is_started_for_a_command_and_shared_with_a_running_program(@TempDir Path data) throws Exception {
            Map<String, String> environment =
                    Map.of("EXPIRY_DATA", data.resolve("db").toString());
            Answer upgrade = run(environment, "", "upgrade", "--json");
            assertThat(upgrade.code).as(upgrade.err).isZero();
            assertThat(upgrade.json()).containsEntry("revision", HEAD);
            assertThat(EmbeddedDatabase.running(data.resolve("db"))).isEmpty();

            try (EmbeddedDatabase server = EmbeddedDatabase.start(data.resolve("db"))) {
                assertThat(run(environment, "", "downgrade").code).isZero();
                assertThat(run(environment, "", "current", "--json").json())
                        .containsEntry(
                                "database", DatabaseUrl.parse(server.url()).address())
                        .containsEntry("pending", List.of(HEAD));
                assertThat(run(environment, "", "check").out).startsWith("All is well");
                assertThat(run(environment, "", "upgrade", "base").err).contains("expiry db downgrade base");
                try (Connection connection = TestDatabase.connect(DatabaseUrl.parse(server.url()))) {
                    assertThat(TestDatabase.strings(connection, "SELECT datname FROM pg_database"))
                            .contains("expiry")
                            .noneMatch(name -> name.startsWith("expiry_scratch"));
                }
            }
            Answer current = run(environment, "", "current");
            assertThat(current.code).isZero();
            assertThat(current.out).contains("pending   1");
            assertThat(EmbeddedDatabase.running(data.resolve("db"))).isEmpty();
        }
    }

    /** What a command said and returned. */
    private record Answer(int code, String out, String err) {

        Map<String, Object> json() {
            // With lists and maps instead of their JSON forms, which compare equal.
            return new JsonObject(out).getMap();
        }
    }

    private static Answer succeed(DatabaseUrl url, String... arguments) {
        Answer answer = run(url, arguments);
        assertThat(answer.code).as(answer.out + answer.err).isZero();
        assertThat(answer.err).isEmpty();
        return answer;
    }

    /** Refused, with nothing but one message on standard error. */
    private static AbstractStringAssert<?> refuse(DatabaseUrl url, String... arguments) {
        Answer answer = run(url, arguments);
        assertThat(answer.code).as(answer.out + answer.err).isEqualTo(1);
        assertThat(answer.out).isEmpty();
        return assertThat(answer.err).doesNotContain("\tat ");
    }

    private static Answer run(DatabaseUrl url, String... arguments) {
        return run(environment(url), "", arguments);
    }

    private static Map<String, String> environment(DatabaseUrl url) {
        return Map.of("DATABASE_URL", TestDatabase.textOf(url));
    }

    private static Answer run(Map<String, String> environment, String typed, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("db"));
        all.addAll(List.of(arguments));
        int code = commandLine(environment, typed)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
        return new Answer(code, out.toString(), err.toString());
    }

    private static CommandLine commandLine(Map<String, String> environment, String typed) {
        return Main.commandLine(environment, CLOCK, new BufferedReader(new StringReader(typed)));
    }

    private static Consumer<String> step(String begin) {
        return line -> assertThat(line).startsWith(begin).matches(".*  \\d+(\\.\\d s| ms), 0 rows");
    }

    private void copyProgram() throws IOException {
        copyProgram("");
    }

    private Path copyProgram(String name) throws IOException {
        Path copy = Files.createDirectories(folder.resolve(name));
        for (String file : PROGRAM.names()) {
            Files.writeString(copy.resolve(file), PROGRAM.text(file));
        }
        return copy;
    }

    private void write(String file, String text) throws IOException {
        Files.writeString(folder.resolve(file), text);
    }

    private Map<String, String> files() throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(folder)) {
            for (Path file : all.toList()) {
                files.put(Objects.requireNonNull(file.getFileName()).toString(), Files.readString(file));
            }
        }
        return files;
    }

    private static void execute(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Everything in it: schema, rows, history. */
    private static List<String> contents(DatabaseUrl url) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            List<String> contents = new ArrayList<>(Catalog.schema(connection));
            contents.addAll(TestDatabase.strings(
                    connection, "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"));
            Catalog.rows(connection).forEach((table, rows) -> contents.add(table + " " + rows));
            contents.add("history");
            contents.addAll(Catalog.history(connection));
            return contents;
        }
    }
}
