package org.expirytracker.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MigrationHistoryTest {

    static List<Revision> revisions() {
        return Revisions.all();
    }

    @Nested
    class Files {

        @Test
        void are_ups_and_downs_in_pairs_and_the_declared_schema_and_nothing_else() {
            List<String> expected = new ArrayList<>(List.of("schema.sql"));
            for (Revision revision : revisions()) {
                expected.add(revision.up());
                expected.add(revision.down());
            }
            assertThat(MigrationFiles.ofProgram().names()).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(revisions())
                    .allSatisfy(revision ->
                            assertThat(revision.up()).matches("V20[0-9]{6}(\\.[1-9][0-9]*)?__[a-z0-9_]+\\.sql"));
        }

        @Test
        void begin_with_the_six_historic_steps_in_their_order() {
            assertThat(revisions())
                    .extracting(Revision::name)
                    .startsWith(
                            "initial_migration",
                            "add_security_fields",
                            "fix_users_table",
                            "add_status_column_to_notifications",
                            "cleanup_in_app_notifications",
                            "fix_report_date_constraint");
            assertThat(revisions().get(5).version()).isEqualTo("20240419");
            assertThat(revisions().getLast()).isEqualTo(Migrations.head());
        }

        @Test
        void say_in_their_header_what_they_do_and_never_wait_long_for_a_lock() {
            assertThat(MigrationFiles.ofProgram().names()).allSatisfy(file -> {
                assertThat(MigrationFiles.ofProgram().text(file)).startsWith("-- ");
                // What runs outside a transaction waits for others by design, and holds up nobody meanwhile.
                if (!file.equals("schema.sql") && !MigrationFiles.ofProgram().runsOutsideTransaction(file)) {
                    assertThat(MigrationFiles.ofProgram().text(file)).contains("\nSET LOCAL lock_timeout = '");
                }
            });
        }
    }

    @Nested
    @ProvenRoom("migrations")
    class Steps {

        /** Rows made before the step survive it and its undoing; rows made after it survive its undoing and redoing. */
        @ParameterizedTest
        @MethodSource("org.expirytracker.migrations.MigrationHistoryTest#revisions")
        void keep_every_row_and_the_schema_both_ways(Revision revision) throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            int index = revisions().indexOf(revision);
            try (Connection connection = TestDatabase.connect(url)) {
                if (index > 0) {
                    Revisions.up(url, revisions().get(index - 1));
                    RowFiller.fill(connection, index);
                }
                List<String> schemaBelow = Catalog.schema(connection);
                Map<String, List<String>> rowsBelow = Catalog.rows(connection);

                Revisions.up(url, revision);
                List<String> schema = Catalog.schema(connection);
                Map<String, List<String>> merged = Catalog.rows(connection);

                Revisions.down(url, revision);
                assertThat(Catalog.schema(connection)).isEqualTo(schemaBelow);
                assertThat(Catalog.rows(connection)).isEqualTo(rowsBelow);

                Revisions.up(url, revision);
                assertThat(Catalog.schema(connection)).isEqualTo(schema);
                assertThat(Catalog.rows(connection)).isEqualTo(merged);
                RowFiller.fill(connection, 1_000L + index);
                Map<String, List<String>> rows = Catalog.rows(connection);
                assertThat(rows.values()).allSatisfy(table -> assertThat(table).isNotEmpty());

                Revisions.down(url, revision);
                assertThat(Catalog.schema(connection)).isEqualTo(schemaBelow);
                Revisions.up(url, revision);
                assertThat(Catalog.schema(connection)).isEqualTo(schema);
                assertThat(Catalog.rows(connection)).isEqualTo(rows);
            }
        }

        @Test
        void keep_every_row_from_head_down_to_base_and_up_again() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            try (Connection connection = TestDatabase.connect(url)) {
                for (Revision revision : revisions()) {
                    Revisions.up(url, revision);
                    RowFiller.fill(connection, revision.hashCode());
                }
                Map<Revision, Map<String, List<String>>> onTheWayDown = new HashMap<>();
                for (Revision revision : revisions().reversed()) {
                    onTheWayDown.put(revision, Catalog.rows(connection));
                    Revisions.down(url, revision);
                }
                assertThat(Catalog.rows(connection)).isEmpty();
                for (Revision revision : revisions()) {
                    Revisions.up(url, revision);
                    assertThat(Catalog.rows(connection)).as(revision.toString()).isEqualTo(onTheWayDown.get(revision));
                }
            }
        }

        @Test
        void park_rows_only_as_long_as_their_user_exists() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                Revisions.up(url, revisions().getLast());
                RowFiller.fill(connection, 7);
                for (Revision revision :
                        revisions().subList(6, revisions().size()).reversed()) {
                    Revisions.down(url, revision);
                }
                assertThat(Catalog.parked(connection).values())
                        .anySatisfy(rows -> assertThat(rows).isNotEmpty());
                for (String nobodys : List.of(
                        "budgets",
                        "erasures",
                        "jobs",
                        "u20261129_6_jobs",
                        "login_attempts WHERE user_id IS NULL",
                        "credential_guards WHERE user_id IS NULL")) {
                    statement.execute("DELETE FROM parked." + nobodys);
                }
                statement.execute("DELETE FROM users");
                assertThat(Catalog.parked(connection).values())
                        .allSatisfy(rows -> assertThat(rows).isEmpty());
            }
        }
    }

    @Nested
    class FixUsersTable {

        @Test
        void keeps_users_who_differ_only_by_case_and_gives_the_later_one_its_name_back_on_the_way_down()
                throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            Revisions.up(url, revisions().get(1));
            UUID first = new UUID(0, 1);
            UUID later = new UUID(0, 2);
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO users (id, username, email, password_hash, created_at) VALUES"
                        + " ('" + later + "', 'Anna', 'ANNA@example.org', 'x', '2024-01-02'),"
                        + " ('" + first + "', 'anna', 'anna@example.org', 'x', '2024-01-01')");
                Revisions.up(url, revisions().get(2));
                assertThat(names(connection))
                        .containsExactly(
                                "anna anna@example.org",
                                "Anna-00000000000000000000000000000002"
                                        + " ANNA@example.org.00000000000000000000000000000002.invalid");
                Revisions.down(url, revisions().get(2));
                assertThat(names(connection)).containsExactly("anna anna@example.org", "Anna ANNA@example.org");
            }
        }

        @Test
        void leaves_a_name_alone_on_the_way_down_when_its_owner_has_chosen_another() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            Revisions.up(url, revisions().get(1));
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO users (id, username, email, password_hash) VALUES" + " ('"
                        + new UUID(0, 1) + "', 'x', 'x@example.org', 'x')");
                Revisions.up(url, revisions().get(2));
                statement.execute("UPDATE users SET username = 'xaver'");
                Revisions.down(url, revisions().get(2));
                assertThat(names(connection)).containsExactly("xaver x@example.org");
            }
        }

        private static List<String> names(Connection connection) throws SQLException {
            return TestDatabase.strings(connection, "SELECT username || ' ' || email FROM users ORDER BY id");
        }
    }

    @Nested
    class AddStatusColumn {

        @Test
        void keeps_the_former_releases_statements_and_the_new_ones_in_step() throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            Revisions.up(url, revisions().get(3));
            UUID user = new UUID(0, 1);
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO users (id, username, email, password_hash) VALUES ('" + user
                        + "', 'anna', 'anna@example.org', 'x')");
                statement.execute("INSERT INTO notifications (user_id, id, type, title, message) VALUES" + " ('" + user
                        + "', '" + new UUID(0, 1) + "', 'expiring', 'Former', '')");
                statement.execute("INSERT INTO notifications (user_id, id, kind, title, message) VALUES" + " ('" + user
                        + "', '" + new UUID(0, 2) + "', 'EXPIRED', 'New', '')");
                assertThat(states(connection))
                        .containsExactly(
                                "expiring EXPIRING_SOON false UNREAD unset", "expired EXPIRED false UNREAD unset");
                statement.execute("UPDATE notifications SET is_read = true WHERE title = 'New'");
                statement.execute("UPDATE notifications SET status = 'READ', read_at = now() WHERE title = 'Former'");
                assertThat(states(connection))
                        .containsExactly("expiring EXPIRING_SOON true READ set", "expired EXPIRED true READ set");
                statement.execute("UPDATE notifications SET is_read = false WHERE title = 'Former'");
                statement.execute("UPDATE notifications SET status = 'UNREAD', read_at = NULL WHERE title = 'New'");
                assertThat(states(connection))
                        .containsExactly(
                                "expiring EXPIRING_SOON false UNREAD unset", "expired EXPIRED false UNREAD unset");
            }
        }

        private static List<String> states(Connection connection) throws SQLException {
            return TestDatabase.strings(
                    connection,
                    "SELECT concat_ws(' ', type, kind, is_read::text, status,"
                            + " CASE WHEN read_at IS NULL THEN 'unset' ELSE 'set' END) FROM notifications ORDER BY id");
        }
    }

    @Nested
    class FixReportDateConstraint {

        @Test
        void merges_reports_of_one_day_into_the_latest_with_the_greatest_numbers_and_parts_them_again()
                throws SQLException {
            DatabaseUrl url = TestDatabase.fresh();
            Revisions.up(url, revisions().get(4));
            UUID user = new UUID(0, 1);
            try (Connection connection = TestDatabase.connect(url);
                    Statement statement = connection.createStatement()) {
                statement.execute("INSERT INTO users (id, username, email, password_hash) VALUES ('" + user
                        + "', 'anna', 'anna@example.org', 'x')");
                statement.execute("INSERT INTO reports (user_id, id, date, notes, total_items, expiring_items,"
                        + " expired_items, total_value, created_at) VALUES"
                        + " ('" + user + "', '" + new UUID(0, 1)
                        + "', '2024-04-01', 'morning', 9, 1, 2, 5.5, '2024-04-01 06:00+00'),"
                        + " ('" + user + "', '" + new UUID(0, 2)
                        + "', '2024-04-01', 'evening', 8, 3, 1, 6.5, '2024-04-01 18:00+00'),"
                        + " ('" + user + "', '" + new UUID(0, 3)
                        + "', '2024-04-02', NULL, 4, 1, 1, 2, '2024-04-02 06:00+00')");
                List<String> before = TestDatabase.strings(connection, "SELECT reports::text FROM reports ORDER BY id");

                Revisions.up(url, revisions().get(5));
                assertThat(TestDatabase.strings(
                                connection,
                                "SELECT concat_ws(' ', right(id::text, 1), replace(notes, E'\\n', '+'), total_items,"
                                        + " active_items, expiring_items, expired_items, total_value::float)"
                                        + " FROM reports ORDER BY id"))
                        .containsExactly("2 morning+evening 9 4 3 2 6.5", "3 4 2 1 1 2");

                Revisions.down(url, revisions().get(5));
                assertThat(TestDatabase.strings(connection, "SELECT reports::text FROM reports ORDER BY id"))
                        .isEqualTo(before);
            }
        }
    }
}
