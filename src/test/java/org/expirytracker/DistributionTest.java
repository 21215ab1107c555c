package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.expirytracker.distribution.DistributionPlan;
import org.expirytracker.distribution.Placement;
import org.expirytracker.distribution.Placements;
import org.expirytracker.migrations.ProgramStatements;
import org.expirytracker.migrations.ProgramStatements.Asked;
import org.expirytracker.migrations.SqlStatements;
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

        private static DistributionPlan plan() throws SQLException {
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
                return DistributionPlan.of(connection);
            }
        }

        /** Of {@link Placements}, the one table in the code; whoever adds one to the schema adds it there. */
        @Test
        void are_each_in_the_table_of_the_code_once() throws SQLException {
            assertThat(Stream.concat(Placements.ALL.stream().map(Placement::table), Placements.ON_COORDINATOR.stream()))
                    .containsExactlyInAnyOrderElementsOf(
                            strings("SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
                                    + " AND relkind IN ('r', 'p')"));
        }

        /** A reference that leads elsewhere, a unique key without the column and a trigger are each named, with what is instead. */
        @Test
        void can_be_distributed_by_it_but_for_what_is_named() throws SQLException {
            DistributionPlan plan = plan();

            assertThat(plan.obstacles()).isEmpty();
            assertThat(plan.removals()).containsExactlyInAnyOrderElementsOf(Placements.OMISSIONS);
            assertThat(plan.moves()).containsExactlyInAnyOrderElementsOf(Placements.ALL);
            assertThat(plan.done()).isEmpty();
        }

        @Test
        void are_distributed_after_those_to_which_they_refer() throws SQLException {
            List<String> order = plan().moves().stream().map(Placement::table).toList();
            assertThat(strings(KEPT_REFERENCES))
                    .isNotEmpty()
                    .allSatisfy(pair -> assertThat(order.indexOf(pair.replaceFirst(".* ", "")))
                            .as(pair)
                            .isLessThan(order.indexOf(pair.replaceFirst(" .*", ""))));
        }

        private static final String KEPT_REFERENCES = """
                SELECT conrelid::regclass || ' ' || confrelid::regclass
                  FROM pg_constraint
                 WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conname NOT IN (%s)
                """.formatted(Placements.OMISSIONS.stream()
                .map(each -> "'" + each.name() + "'")
                .collect(Collectors.joining(", ")));

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

        private static final Map<String, String> KEYS =
                Placements.ALL.stream().collect(Collectors.toMap(Placement::table, Placement::key));

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

        /** A user and an inventory of which they are a member can be at two places. */
        @Test
        void join_rows_of_one_tenant_to_those_of_the_same_alone()
                throws SQLException, IOException, ReflectiveOperationException {
            Map<String, List<String>> across = new TreeMap<>();
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
                for (Asked asked : ProgramStatements.all()) {
                    StatementPlan plan = StatementPlan.of(connection, asked.sql(), Plans.KEYS);
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
                assertThat(KEYS).containsEntry("items", "user_id").containsEntry("members", "inventory_id");
                assertThat(StatementPlan.of(connection, "SELECT now()", KEYS).reach())
                        .isEqualTo(StatementPlan.Reach.NONE);
                assertThat(StatementPlan.of(connection, "SELECT FROM items WHERE user_id = $1", KEYS)
                                .reach())
                        .isEqualTo(StatementPlan.Reach.ONE_TENANT);
                assertThat(StatementPlan.of(connection, "SELECT FROM items JOIN feeds USING (user_id)", KEYS)
                                .reach())
                        .isEqualTo(StatementPlan.Reach.EACH_TENANT);
                assertThat(StatementPlan.of(connection, NAMES_OF_MEMBERS, KEYS).reach())
                        .isEqualTo(StatementPlan.Reach.EACH_TENANT);
                assertThat(StatementPlan.of(connection, MEMBERS_WITH_NAMES, KEYS)
                                .across())
                        .singleElement()
                        .asString()
                        .contains("members.inventory_id", "users.id");
            }
        }
    }

    /**
     * Of the releases after this one: before it no database could be distributed, and a migration that is released stays as it
     * is. See docs/distribution.md, "Migrations afterwards".
     */
    @Nested
    class Migrations {

        private static final String LAST_OF_THIS_RELEASE = "20261130.99";

        private static final Pattern REFERENCE = Pattern.compile("\\bREFERENCES\\b");
        private static final Pattern ADDS = Pattern.compile("\\bADD (?:CONSTRAINT|PRIMARY|UNIQUE|FOREIGN|CHECK)\\b");
        private static final Pattern OF_AN_ACTION =
                Pattern.compile("ALTER TABLE (?:IF EXISTS )?(?:ONLY )?\\S+|\\([^()]*(?:\\([^()]*\\)[^()]*)*\\)"
                        + "| ON (?:DELETE|UPDATE) SET ");
        private static final Pattern ACTIONS = Pattern.compile("\\b(?:ADD|ALTER|DROP|SET|RENAME) ");

        /** The statements that a distributed database would refuse. */
        private static List<String> refused(String script) {
            return SqlStatements.split(script).stream()
                    .map(statement -> statement
                            .replaceAll("--[^\\n]*", " ")
                            .replaceAll("\\s+", " ")
                            .strip())
                    .filter(Migrations::isRefused)
                    .toList();
        }

        private static boolean isRefused(String sql) {
            boolean alters = sql.startsWith("ALTER TABLE");
            return (sql.startsWith("CREATE TABLE") && (REFERENCE.matcher(sql).find() || sql.contains("AS IDENTITY")))
                    || sql.matches("CREATE (?:OR REPLACE )?(?:CONSTRAINT )?TRIGGER .*")
                    || (alters
                            && ADDS.matcher(sql).find()
                            && ACTIONS.matcher(OF_AN_ACTION.matcher(sql).replaceAll(" "))
                                            .results()
                                            .count()
                                    > 1)
                    || (alters
                            && Pattern.compile("\\bADD COLUMN\\b.*\\bREFERENCES\\b")
                                    .matcher(sql)
                                    .find())
                    || Placements.OMISSIONS.stream()
                            .anyMatch(each -> sql.matches("(?:DROP|ALTER TABLE .* DROP).* " + each.name() + "\\b.*")
                                    && !sql.contains("IF EXISTS"));
        }

        @Test
        void after_this_release_do_what_a_distributed_database_takes() throws IOException {
            try (Stream<Path> files = Files.list(Path.of("migrations"))) {
                assertThat(files.filter(file -> file.getFileName().toString().matches("V[0-9.]+__\\w+\\.sql")
                                && isLater(file.getFileName().toString())))
                        .allSatisfy(file -> assertThat(refused(Files.readString(file)))
                                .as(file.toString())
                                .isEmpty());
            }
        }

        private static boolean isLater(String file) {
            String[] version = file.substring(1, file.indexOf("__")).split("\\.", -1);
            String[] last = LAST_OF_THIS_RELEASE.split("\\.", -1);
            int days = Integer.compare(Integer.parseInt(version[0]), Integer.parseInt(last[0]));
            return days > 0
                    || (days == 0 && version.length > 1 && Integer.parseInt(version[1]) > Integer.parseInt(last[1]));
        }

        @Test
        void are_told_apart_by_what_they_do() {
            assertThat(refused("""
                            CREATE TABLE things (user_id uuid NOT NULL, id uuid NOT NULL, PRIMARY KEY (user_id, id));
                            ALTER TABLE things ADD CONSTRAINT things_fkey FOREIGN KEY (user_id) REFERENCES inventories (id)
                                ON DELETE CASCADE;
                            ALTER TABLE items ADD COLUMN colour text, ADD COLUMN shape text;
                            DROP TRIGGER IF EXISTS keep_directories ON users;
                            DROP INDEX IF EXISTS users_email_key;
                            """)).isEmpty();
            assertThat(refused("""
                            CREATE TABLE things (user_id uuid NOT NULL REFERENCES inventories (id) ON DELETE CASCADE);
                            ALTER TABLE items ADD COLUMN colour text, ADD CONSTRAINT items_colour CHECK (colour <> '');
                            CREATE TRIGGER keep AFTER INSERT ON items FOR EACH ROW EXECUTE FUNCTION keep();
                            CREATE TABLE numbers (user_id uuid, number bigint GENERATED ALWAYS AS IDENTITY);
                            DROP INDEX users_email_key;
                            ALTER TABLE inventories DROP CONSTRAINT inventories_owner_id_fkey;
                            """)).hasSize(6);
        }
    }

    @Nested
    class Document {

        @Test
        void names_every_table_by_its_key_and_all_that_is_done_without() throws IOException {
            String document = Files.readString(Path.of("docs/distribution.md"));
            assertThat(Placements.ALL)
                    .allSatisfy(each -> assertThat(document.lines())
                            .anyMatch(line -> line.startsWith("| `" + each.key() + "`")
                                    && line.contains("`" + each.table() + "`")));
            assertThat(Placements.OMISSIONS)
                    .allSatisfy(each -> assertThat(document).contains("`" + each.name() + "`"));
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
                for (Asked asked : ProgramStatements.all()) {
                    if (ofMany.contains(asked.origin() + "S")) {
                        ofOne.put(
                                asked.origin(),
                                StatementPlan.of(connection, asked.sql(), Plans.KEYS)
                                        .reach());
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
