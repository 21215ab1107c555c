package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.backups.Backup;
import org.expirytracker.backups.BackupFailure;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.backups.Erasures;
import org.expirytracker.backups.Restore;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.distribution.DistributionFailure;
import org.expirytracker.distribution.DistributionPlan;
import org.expirytracker.distribution.DistributionProgress;
import org.expirytracker.distribution.Distributor;
import org.expirytracker.distribution.Omission;
import org.expirytracker.distribution.Placement;
import org.expirytracker.distribution.Placements;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.MigrationSession;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code expiry db distribute}, on plain PostgreSQL and on one that has the interface of Citus: its catalogs and functions by
 * name and signature, which note that they were called and refuse what Citus refuses. <strong>That is not Citus</strong>: no row
 * leaves the server. So this tells what is asked of Citus, in which order, and what a crash leaves; what Citus does then is
 * tried on a cluster by the commands in {@code docs/distribution.md}.
 */
@Timeout(60)
@ProvenRoom("product")
class DistributeCommandTest {

    private static final String USER = "11111111-1111-7111-8111-111111111111";
    private static final String OTHER = "22222222-2222-7222-8222-222222222222";

    /** A database at head with the interface of Citus and a few rows. */
    private static DatabaseUrl coordinator() throws SQLException, IOException {
        DatabaseUrl url = TestDatabase.freshMigrated();
        execute(
                url,
                Files.readString(Path.of("src/test/resources/citus-interface.sql")),
                "INSERT INTO users (id, username, email, password_hash) VALUES ('" + USER + "', 'someone',"
                        + " 'someone@example.com', 'x'), ('" + OTHER + "', 'another', 'another@example.com', 'x')",
                "INSERT INTO categories (user_id, id, name) VALUES ('" + USER + "', '" + USER + "', 'Food')",
                "INSERT INTO erasures (user_id) VALUES ('" + USER + "'), ('" + OTHER + "')");
        return url;
    }

    private static void execute(DatabaseUrl url, String... statements) throws SQLException {
        try (Connection connection = MigrationSession.open(url);
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

    private static List<String> calls(DatabaseUrl url, String function) throws SQLException {
        return strings(
                url,
                "SELECT split_part(call, ' ', 2) FROM citus.calls WHERE call LIKE '" + function + " %' ORDER BY place");
    }

    private static Distributor.Done distribute(DatabaseUrl url) throws SQLException {
        try (Connection connection = MigrationSession.open(url)) {
            return new Distributor(connection, DistributionProgress.SILENT).run(OptionalInt.empty());
        }
    }

    private static DistributionPlan plan(DatabaseUrl url) throws SQLException {
        try (Connection connection = MigrationSession.open(url)) {
            return DistributionPlan.of(connection);
        }
    }

    private static List<String> names(List<Placement> placements) {
        return placements.stream().map(Placement::table).toList();
    }

    private record Answer(int code, String out, String err) {}

    private static Answer run(DatabaseUrl url, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine(
                        Map.of("DATABASE_URL", TestDatabase.textOf(url)),
                        Clock.systemUTC(),
                        new BufferedReader(new StringReader("")))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(Stream.concat(Stream.of("db"), Stream.of(arguments)).toArray(String[]::new));
        return new Answer(code, out.toString(), err.toString());
    }

    @Nested
    class OnPlainPostgres {

        private final DatabaseUrl url = TestDatabase.freshMigrated();

        @Test
        void it_is_refused_and_says_what_is_missing() throws SQLException {
            Answer answer = run(url, "distribute");

            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.out).isEmpty();
            assertThat(answer.err)
                    .startsWith("Not distributed:\n")
                    .contains("The extension citus is not installed", "plain PostgreSQL", "docs/distribution.md")
                    .doesNotContain("\tat ");
            assertThat(plan(url).removals())
                    .as("nothing was taken away")
                    .containsExactlyInAnyOrderElementsOf(Placements.OMISSIONS);
        }

        @Test
        void a_dry_run_says_the_same_and_has_the_plan_as_json() {
            Answer text = run(url, "distribute", "--dry-run");
            assertThat(text.code).isEqualTo(1);
            assertThat(text.out).startsWith("Not distributed:\n").contains("The extension citus is not installed");

            Answer json = run(url, "distribute", "--dry-run", "--json");
            JsonObject answer = new JsonObject(json.out);
            assertThat(json.code).isEqualTo(1);
            assertThat(answer.getString("citus")).isEmpty();
            assertThat(answer.getJsonArray("obstacles")).hasSize(1);
            assertThat(answer.getJsonArray("moves")).hasSameSizeAs(Placements.ALL);
        }

        @Test
        void a_number_of_shards_that_there_cannot_be_is_refused() {
            assertThat(run(url, "distribute", "--shards", "0").code).isEqualTo(2);
        }
    }

    @Nested
    class OnACoordinator {

        @Test
        void a_dry_run_shows_every_step_and_changes_nothing() throws SQLException, IOException {
            DatabaseUrl url = coordinator();

            Answer answer = run(url, "distribute", "--dry-run");

            assertThat(answer.err).isEmpty();
            assertThat(answer.code).as(answer.out).isZero();
            assertThat(answer.out.lines())
                    .anyMatch(line -> line.matches("citus +13\\.2-1"))
                    .anyMatch(line -> line.matches("workers +2"))
                    .anyMatch(line -> line.matches("without +foreign key members_user_id_fkey of members: .*"))
                    .anyMatch(line -> line.matches("distribute +users by id"))
                    .anyMatch(line -> line.matches("distribute +items by user_id, with users"))
                    .anyMatch(line -> line.matches("stays +budgets"));
            assertThat(answer.out).endsWith("Nothing was changed. Next: expiry db distribute\n");
            assertThat(plan(url).done()).isEmpty();
            assertThat(strings(url, "SELECT call FROM citus.calls")).isEmpty();
        }

        @Test
        void it_distributes_every_table_once_parents_first_and_frees_the_disk_last() throws SQLException, IOException {
            DatabaseUrl url = coordinator();

            Answer answer = run(url, "distribute", "--shards", "128");

            assertThat(answer.err).isEmpty();
            assertThat(answer.code).as(answer.out).isZero();
            assertThat(answer.out)
                    .contains("users by id: 2 rows, in ", "categories by user_id: 1 rows, in ")
                    .endsWith("Distributed: 13 rows in " + Placements.ALL.size() + " tables. Next: expiry db check\n");
            assertThat(calls(url, "create_distributed_table"))
                    .containsExactlyInAnyOrderElementsOf(names(Placements.ALL))
                    .startsWith("users");
            assertThat(strings(url, "SELECT call FROM citus.calls WHERE call ~ '_table (users|items|user_names) '"))
                    .containsExactlyInAnyOrder(
                            "create_distributed_table users id none 128",
                            "create_distributed_table items user_id public.users",
                            "create_distributed_table user_names identity none 128");
            assertThat(strings(
                            url,
                            "SELECT max(place) FILTER (WHERE call LIKE 'create%') < min(place) FILTER (WHERE call LIKE"
                                    + " 'truncate%') FROM citus.calls"))
                    .containsExactly("t");
            assertThat(calls(url, "create_distributed_function")).anyMatch(name -> name.startsWith("day_begins_at("));
            assertThat(plan(url).complete()).isTrue();

            Answer again = run(url, "distribute");
            assertThat(again.out).endsWith("Nothing to do: every table is where it should be.\n");
            assertThat(again.code).isZero();
        }

        @Test
        void the_schema_is_in_order_afterwards() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            distribute(url);
            execute(url, "ALTER TABLE members DROP CONSTRAINT members_role_known");

            Answer answer = run(url, "check", "--json");

            assertThat(new JsonObject(answer.out)
                            .getJsonArray("findings").stream().map(each -> ((JsonObject) each).getString("subject")))
                    .as("what a distributed database does without is none; what somebody has dropped is")
                    .containsExactly("CONSTRAINT members.members_role_known");
        }

        @Test
        void it_is_refused_while_anybody_is_connected_and_names_them() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            try (Connection node = TestDatabase.connect(url);
                    Statement statement = node.createStatement()) {
                statement.execute("SET application_name = 'a node'");

                Answer answer = run(url, "distribute");

                assertThat(answer.code).isEqualTo(1);
                assertThat(answer.err).contains("Others are connected", "a node of ", "Stop every node");
            }
            assertThat(strings(url, "SELECT call FROM citus.calls")).isEmpty();
        }

        @Test
        void it_is_refused_with_every_reason_at_once() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            execute(
                    url,
                    "UPDATE citus.settings SET value = CASE name WHEN 'jit' THEN 'on' WHEN 'TimeZone' THEN 'Asia/Tokyo'"
                            + " ELSE '0' END",
                    "CREATE TABLE public.notes (user_id uuid REFERENCES public.users (id))",
                    "CREATE UNIQUE INDEX items_name_key ON public.items (name)");

            Answer answer = run(url, "distribute", "--dry-run");

            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.out)
                    .contains(
                            "On node 2 jit is on",
                            "SET jit = off",
                            "On node 3 the time zone is Asia/Tokyo",
                            "On node 1 there is no lock_timeout",
                            "foreign key notes_user_id_fkey of notes leads",
                            "index items_name_key of items does not hold the column");
        }

        @Test
        void it_is_refused_on_a_worker_without_workers_and_by_an_unknown_version() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            execute(url, "UPDATE pg_dist_node SET isactive = false WHERE nodeid = 2");
            assertThat(run(url, "distribute").err).contains("These workers are not active", "one:5432");
            execute(url, "DELETE FROM pg_dist_node WHERE groupid <> 0");
            assertThat(run(url, "distribute").err).contains("no active worker", "citus_add_node");
            execute(url, "DELETE FROM pg_dist_node");
            assertThat(run(url, "distribute").err).contains("is a worker of the cluster");
            execute(
                    url,
                    "SET allow_system_table_mods = on",
                    "UPDATE pg_extension SET extversion = '11.3-1' WHERE extname = 'citus'");
            assertThat(run(url, "distribute").err)
                    .contains("Citus 11.3-1 is installed, and this is written for 12 to 14");
        }

        @Test
        void a_table_that_is_distributed_otherwise_is_named() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            execute(url, "INSERT INTO pg_dist_partition VALUES ('public.erasures', 'n', NULL, 7, 't')");

            assertThat(run(url, "distribute").err)
                    .contains("Table erasures is distributed by no column", "undistribute_table('public.erasures'");
        }
    }

    @Nested
    class WhenItIsBrokenOff {

        /** The session is killed inside the transaction of each table in turn. */
        @Test
        void at_any_table_the_next_run_goes_on_there() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            List<String> done = new ArrayList<>();
            List<Placement> left = plan(url).moves();
            List<Placement> killed = left;
            while (!killed.isEmpty()) {
                for (Placement each : killed) {
                    String call = "create_distributed_table " + each.table() + " " + each.key() + " "
                            + (each.leads() ? "none" : "public." + each.group());
                    execute(url, "INSERT INTO citus.trouble VALUES ('" + call + "', 'killed')");
                }

                assertThatThrownBy(() -> distribute(url))
                        .isInstanceOf(DistributionFailure.class)
                        .hasMessageContaining("57P01")
                        .hasMessageContaining("run expiry db distribute again");
                assertThat(names(plan(url).done())).containsExactlyInAnyOrderElementsOf(done);

                execute(url, "DELETE FROM citus.trouble");
                // The next run gets past its first table, and is killed at whichever comes then.
                left = plan(url).moves();
                done.add(left.getFirst().table());
                killed = left.subList(1, left.size());
            }

            assertThat(names(distribute(url).tables())).containsExactly(done.getLast());
            assertThat(calls(url, "create_distributed_table")).containsExactlyElementsOf(done);
            assertThat(plan(url).complete()).isTrue();
        }

        @Test
        void by_a_node_that_fails_it_says_so_and_goes_on() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            for (String call : List.of(
                    "create_distributed_function new_id()",
                    "create_distributed_table items user_id public.users",
                    "truncate_local_data_after_distributing_table users")) {
                execute(url, "INSERT INTO citus.trouble VALUES ('" + call + "', 'refused')");
                Answer answer = run(url, "distribute");
                assertThat(answer.code).isEqualTo(1);
                assertThat(answer.err)
                        .contains("connection to the remote node one:5432 failed", "goes on where it stopped")
                        .doesNotContain("\tat ");
                execute(url, "DELETE FROM citus.trouble");
            }
            assertThat(run(url, "distribute").code).isZero();
            assertThat(plan(url).complete()).isTrue();
        }

        @Test
        void because_a_row_went_missing_the_table_is_left_as_it_was() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            execute(url, "INSERT INTO citus.trouble VALUES ('erasures', 'loses a row')");

            assertThatThrownBy(() -> distribute(url))
                    .isInstanceOf(DistributionFailure.class)
                    .hasMessageContaining("Table erasures had 2 rows and would have had 1");

            assertThat(strings(url, "SELECT count(*) FROM erasures")).containsExactly("2");
            assertThat(names(plan(url).moves())).contains("erasures");
        }
    }

    @Nested
    class Backups {

        @Test
        void of_it_need_it_to_be_quiet_and_go_into_one_that_is_not_distributed(@TempDir Path folder)
                throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            distribute(url);
            Backup.Written written;
            try (Connection node = TestDatabase.connect(url)) {
                assertThat(node.isValid(1)).isTrue();
                assertThatThrownBy(() -> new Backup(url, CopyProgress.SILENT).writeInto(folder))
                        .isInstanceOf(BackupFailure.class)
                        .hasMessageContaining("no moment in common")
                        .hasMessageContaining("docs/distribution.md");
            }
            written = new Backup(url, CopyProgress.SILENT).writeInto(folder);

            assertThatThrownBy(() -> restore(url).load(written.file(), true, Erasures.NONE))
                    .isInstanceOf(BackupFailure.class)
                    .hasMessageContaining("is distributed")
                    .hasMessageContaining("Nothing has changed");

            DatabaseUrl empty = TestDatabase.fresh();
            assertThat(restore(empty)
                            .load(written.file(), false, Erasures.NONE)
                            .contents()
                            .rows())
                    .isEqualTo(written.rows());
            assertThat(plan(empty).removals())
                    .as("there it has all that a distributed one does without")
                    .extracting(Omission::name)
                    .contains("inventories_owner_id_fkey", "users_email_key");
        }

        private static Restore restore(DatabaseUrl url) {
            return new Restore(url, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, CopyProgress.SILENT);
        }
    }

    @Nested
    class TablesThatCome {

        @Test
        void with_a_migration_are_distributed_in_its_transaction() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            distribute(url);
            execute(url, "DELETE FROM pg_dist_partition WHERE logicalrelid = 'public.import_mappings'::regclass");

            try (Connection connection = MigrationSession.open(url)) {
                Distributor.follow(connection);
            }

            assertThat(calls(url, "create_distributed_table").getLast()).isEqualTo("import_mappings");
            assertThat(plan(url).complete()).isTrue();
        }

        @Test
        void on_a_database_that_is_not_distributed_stay_where_they_are() throws SQLException, IOException {
            DatabaseUrl url = coordinator();
            try (Connection connection = MigrationSession.open(url)) {
                Distributor.follow(connection);
            }
            assertThat(strings(url, "SELECT call FROM citus.calls")).isEmpty();
        }
    }
}
