package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.expirytracker.migrations.ProgramStatements;
import org.expirytracker.migrations.ProgramStatements.Asked;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * The shape in which tables can be distributed by their tenant over many machines (Citus 12 to 14), as far as the catalog
 * and the texts of statements show it. What is not in that shape yet is named here, and nothing is added to it.
 */
class DistributionTest {

    @Nested
    class Tables {

        /**
         * By which column each would be distributed: the tenant's, the user's, that of whom a guess is about, or what counts as
         * the same name or address.
         */
        private static final String KEYS = """
                SELECT c.relname || ' ' || i.indexrelid::regclass
                  FROM pg_class c
                  JOIN pg_index i ON i.indrelid = c.oid AND i.indisunique
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                   AND c.relname NOT IN ('flyway_schema_history', 'budgets')
                   AND NOT EXISTS (
                       SELECT FROM pg_attribute a
                        WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
                          AND (a.attname IN ('user_id', 'inventory_id', 'tenant_id', 'subject_id', 'identity')
                               OR a.attname = 'id' AND c.relname IN ('users', 'inventories')))
                 ORDER BY 1
                """;

        private static final String REFERENCES = """
                SELECT conrelid::regclass || ' ' || conname
                  FROM pg_constraint k
                 WHERE contype = 'f' AND connamespace = 'public'::regnamespace
                   AND NOT EXISTS (
                       SELECT FROM pg_attribute a
                        WHERE a.attrelid = conrelid AND a.attnum = ANY (conkey)
                          AND a.attname IN ('user_id', 'inventory_id', 'owner_id'))
                 ORDER BY 1
                """;

        private static List<String> strings(String sql) throws SQLException {
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
                return TestDatabase.strings(connection, sql);
            }
        }

        /** But for two indexes in whose place there are directories, which go with the next release. */
        @Test
        void have_their_tenant_in_every_unique_key() throws SQLException {
            assertThat(strings(KEYS)).containsExactly("users users_email_key", "users users_username_key");
        }

        @Test
        void refer_to_others_by_their_tenant() throws SQLException {
            assertThat(strings(REFERENCES)).isEmpty();
        }

        /** They serve nodes of the release before, and go with the next one. */
        @Test
        void have_triggers_only_for_nodes_of_the_release_before() throws SQLException {
            assertThat(strings("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"))
                    .containsExactly("keep_directories", "keep_own_inventory");
        }
    }

    @Nested
    class Plans {

        /** Of each table that would be distributed, by which column. */
        private static final String KEYS = """
                SELECT c.relname, CASE WHEN c.relname IN ('user_names', 'email_addresses') THEN 'identity'
                                       WHEN c.relname = 'members' THEN 'inventory_id'
                                       ELSE a.attname END
                  FROM pg_class c
                 CROSS JOIN LATERAL (
                       SELECT attname
                         FROM pg_attribute
                        WHERE attrelid = c.oid
                          AND (attname IN ('user_id', 'inventory_id', 'tenant_id', 'subject_id')
                               OR attname = 'id' AND c.relname IN ('users', 'inventories'))
                        ORDER BY array_position(
                                     '{id,user_id,inventory_id,tenant_id,subject_id}'::name[], attname)
                        LIMIT 1) AS a
                 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'budgets'
                """;

        private static final String MEMBERS_WITH_NAMES = """
                SELECT users.username
                  FROM members
                  JOIN users ON users.id = members.user_id
                 WHERE members.inventory_id = $1
                """;

        private static final String NAMES_OF_MEMBERS = """
                WITH member AS MATERIALIZED (
                    SELECT user_id
                      FROM members
                     WHERE inventory_id = $1
                )
                SELECT users.username
                  FROM member
                  JOIN users ON users.id = member.user_id
                """;

        private static Map<String, String> keys(Connection connection) throws SQLException {
            Map<String, String> keys = new HashMap<>();
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(KEYS)) {
                while (row.next()) {
                    keys.put(row.getString(1), row.getString(2));
                }
            }
            return keys;
        }

        /** A user and an inventory of which they are a member can be at two places. */
        @Test
        void join_rows_of_one_tenant_to_those_of_the_same_alone()
                throws SQLException, IOException, ReflectiveOperationException {
            Map<String, List<String>> across = new TreeMap<>();
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
                Map<String, String> keys = keys(connection);
                for (Asked asked : ProgramStatements.all()) {
                    StatementPlan plan = StatementPlan.of(connection, asked.sql(), keys);
                    if (plan.reach() == StatementPlan.Reach.ACROSS) {
                        across.put(asked.origin(), plan.across());
                    }
                }
            }
            assertThat(across).isEmpty();
        }

        @Test
        void are_told_apart_by_what_they_reach() throws SQLException {
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
                Map<String, String> keys = keys(connection);
                assertThat(keys).containsEntry("items", "user_id").containsEntry("members", "inventory_id");
                assertThat(StatementPlan.of(connection, "SELECT now()", keys).reach())
                        .isEqualTo(StatementPlan.Reach.NONE);
                assertThat(StatementPlan.of(connection, "SELECT FROM items WHERE user_id = $1", keys)
                                .reach())
                        .isEqualTo(StatementPlan.Reach.ONE_TENANT);
                assertThat(StatementPlan.of(connection, "SELECT FROM items JOIN feeds USING (user_id)", keys)
                                .reach())
                        .isEqualTo(StatementPlan.Reach.EACH_TENANT);
                assertThat(StatementPlan.of(connection, NAMES_OF_MEMBERS, keys).reach())
                        .isEqualTo(StatementPlan.Reach.EACH_TENANT);
                assertThat(StatementPlan.of(connection, MEMBERS_WITH_NAMES, keys)
                                .across())
                        .singleElement()
                        .asString()
                        .contains("members.inventory_id", "users.id");
            }
        }
    }

    @Nested
    class Statements {

        private static final Pattern UPSERT = Pattern.compile(
                "ON CONFLICT \\([^)]*\\)\\s+DO UPDATE\\s+SET.*?\\b(?:now|clock_timestamp)\\(", Pattern.DOTALL);

        private static final Pattern WRITES = Pattern.compile("\\b(?:INSERT INTO|UPDATE|DELETE FROM)\\b");
        private static final Pattern TIME = Pattern.compile("(?:now|clock_timestamp|statement_timestamp)\\(");
        private static final Pattern CONDITIONS =
                Pattern.compile("\\b(?:CASE|END)\\b|\\bcoalesce\\(|" + TIME + "|[()]", Pattern.CASE_INSENSITIVE);

        private static final Pattern LOCK = Pattern.compile("\\bFOR (?:(?:NO KEY )?UPDATE|(?:KEY )?SHARE)\\b");
        private static final Pattern OF_ONE =
                Pattern.compile("\\b(?:id|user_id|inventory_id|tenant_id|subject_id) = \\$[0-9]\\b");

        private static Set<String> origins(Predicate<String> shape) throws IOException, ReflectiveOperationException {
            return ProgramStatements.all().stream()
                    .filter(asked -> shape.test(asked.sql()))
                    .map(Asked::origin)
                    .collect(Collectors.toSet());
        }

        @Test
        void find_rows_by_their_place_only_within_a_tenant() throws IOException, ReflectiveOperationException {
            assertThat(origins(sql -> sql.contains("ctid = ANY") && !sql.contains("user_id = $1 AND ctid = ANY")))
                    .isEmpty();
        }

        /** Those of budgets, a table that stays on the coordinator, do. */
        @Test
        void lock_rows_of_one_tenant_each() throws IOException, ReflectiveOperationException {
            assertThat(origins(Statements::locksRowsOfMany))
                    .containsExactlyInAnyOrder("limits.Budgets.FORGET_FULL", "limits.Budgets.SETTLE");
        }

        /** Whether a query that ends in a lock does not bind a tenant by equality in its last condition. */
        private static boolean locksRowsOfMany(String sql) {
            return LOCK.matcher(sql).results().anyMatch(lock -> {
                String before = sql.substring(0, lock.start());
                int where = before.lastIndexOf("WHERE");
                return where < 0 || !OF_ONE.matcher(before.substring(where)).find();
            });
        }

        @Test
        void count_by_one_grouping_at_a_time() throws IOException, ReflectiveOperationException {
            assertThat(origins(sql -> sql.contains("GROUPING SETS"))).isEmpty();
        }

        /** But of a table that stays on the coordinator. */
        @Test
        void ask_for_the_time_in_no_upsert() throws IOException, ReflectiveOperationException {
            assertThat(origins(sql -> UPSERT.matcher(sql).find())).containsExactly("limits.Budgets.SETTLE");
        }

        @Test
        void ask_for_the_time_under_no_condition_when_they_write() throws IOException, ReflectiveOperationException {
            assertThat(origins(sql -> WRITES.matcher(sql).find() && asksUnderACondition(sql)))
                    .isEmpty();
        }

        private static final Pattern OWN_TIME = Pattern.compile("[a-z]_(?:at|until) [-+] ");
        private static final Pattern SET = Pattern.compile(
                "\\bUPDATE\\s+(?:\\w+\\.)?\\w+\\s+SET\\b(.*?)(?:\\bFROM\\b|\\bWHERE\\b|\\bRETURNING\\b|$)",
                Pattern.DOTALL);
        private static final Pattern VOLATILE =
                Pattern.compile("\\b(?:clock_timestamp|random|new_id|gen_random_uuid)\\(");
        private static final Pattern OF_MANY =
                Pattern.compile("unnest\\(\\$1::uuid\\[\\]|\\b(?:id|user_id|inventory_id) = ANY \\(\\$1\\)");

        /** But of a table that stays on the coordinator: a timestamp with a zone and an interval need the session's zone. */
        @Test
        void compute_with_a_rows_own_times_only_what_depends_on_no_setting()
                throws IOException, ReflectiveOperationException {
            assertThat(origins(sql ->
                            sql.contains("UPDATE") && OWN_TIME.matcher(sql).find()))
                    .containsExactly("limits.Budgets.SETTLE");
        }

        @Test
        void set_no_column_to_what_is_another_each_time() throws IOException, ReflectiveOperationException {
            assertThat(origins(sql -> SET.matcher(sql)
                            .results()
                            .anyMatch(set -> VOLATILE.matcher(set.group(1)).find())))
                    .isEmpty();
        }

        @Test
        void call_no_function_of_their_own_in_place_of_a_table_when_they_write()
                throws IOException, ReflectiveOperationException {
            assertThat(origins(sql -> WRITES.matcher(sql).find() && sql.contains("LATERAL day_begins_at(")))
                    .isEmpty();
        }

        /** One of each tenant in their place takes five times the time on one server, and is what a distributed database gets. */
        @Test
        void write_for_many_tenants_row_by_row_only_where_they_do_it_for_one_as_well()
                throws SQLException, IOException, ReflectiveOperationException {
            Set<String> ofMany = origins(
                    sql -> WRITES.matcher(sql).find() && OF_MANY.matcher(sql).find() && sql.contains("LATERAL"));
            assertThat(ofMany)
                    .containsExactlyInAnyOrder(
                            "notifications.ExpiryNotices.NOTIFY_OF_DAYS", "reports.ReportWriter.WRITE_OF_DAYS");
            Map<String, StatementPlan.Reach> ofOne = new TreeMap<>();
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
                Map<String, String> keys = Plans.keys(connection);
                for (Asked asked : ProgramStatements.all()) {
                    if (ofMany.contains(asked.origin() + "S")) {
                        ofOne.put(
                                asked.origin(),
                                StatementPlan.of(connection, asked.sql(), keys).reach());
                    }
                }
            }
            assertThat(ofOne)
                    .isEqualTo(Map.of(
                            "notifications.ExpiryNotices.NOTIFY_OF_DAY",
                            StatementPlan.Reach.ONE_TENANT,
                            "reports.ReportWriter.WRITE_OF_DAY",
                            StatementPlan.Reach.ONE_TENANT));
        }

        /** Whether the time is asked for within CASE … END or within the parentheses of coalesce. */
        private static boolean asksUnderACondition(String sql) {
            Deque<String> open = new ArrayDeque<>();
            Matcher tokens = CONDITIONS.matcher(sql);
            while (tokens.find()) {
                String token = tokens.group().toLowerCase(Locale.ROOT);
                if (TIME.matcher(token).matches()) {
                    if (open.contains("case") || open.contains("coalesce(")) {
                        return true;
                    }
                    open.push("(");
                } else if (token.equals(")") || token.equals("end")) {
                    open.poll();
                } else {
                    open.push(token);
                }
            }
            return false;
        }
    }
}
