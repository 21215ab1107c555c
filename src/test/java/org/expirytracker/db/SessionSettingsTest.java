package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.backups.Backup;
import org.expirytracker.backups.CopyProgress;
import org.expirytracker.backups.Erasures;
import org.expirytracker.backups.Restore;
import org.expirytracker.cli.Registered;
import org.expirytracker.migrations.MigrationFiles;
import org.expirytracker.migrations.Migrations;
import org.expirytracker.schemas.SchemaCheck;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Defaults of a role or database decide nothing about what the program reads and writes. */
@ProvenRoom("product")
class SessionSettingsTest {

    /** Each would change a result, or end what takes its time. */
    private static final Map<String, String> HOSTILE = new TreeMap<>(Map.ofEntries(
            Map.entry("search_path", "'\"$user\", other, public'"),
            Map.entry("DateStyle", "'German, DMY'"),
            Map.entry("IntervalStyle", "'sql_standard'"),
            Map.entry("TimeZone", "'Pacific/Kiritimati'"),
            Map.entry("lc_monetary", "'C.UTF-8'"),
            Map.entry("lc_numeric", "'C.UTF-8'"),
            Map.entry("lc_time", "'C.UTF-8'"),
            Map.entry("bytea_output", "'escape'"),
            Map.entry("extra_float_digits", "-15"),
            Map.entry("standard_conforming_strings", "off"),
            Map.entry("transform_null_equals", "on"),
            Map.entry("array_nulls", "off"),
            Map.entry("quote_all_identifiers", "on"),
            Map.entry("gin_fuzzy_search_limit", "1"),
            Map.entry("default_transaction_read_only", "on"),
            Map.entry("default_transaction_isolation", "'serializable'"),
            Map.entry("default_transaction_deferrable", "on"),
            Map.entry("statement_timeout", "1001"),
            Map.entry("lock_timeout", "1001"),
            Map.entry("idle_in_transaction_session_timeout", "1001"),
            Map.entry("idle_session_timeout", "1001")));

    private static final String SETTINGS = """
            SELECT name, setting FROM pg_settings ORDER BY name
            """;

    /** Gives a database defaults as no one would want them, and tables of the program's names in front of its own. */
    private static DatabaseUrl hostile(DatabaseUrl url) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            String own = TestDatabase.strings(connection, "SELECT quote_ident(current_user)")
                    .getFirst();
            for (String schema : List.of(own, "other")) {
                statement.execute("CREATE SCHEMA " + schema);
                statement.execute("CREATE TABLE " + schema + ".items (id integer, sku text)");
                statement.execute("CREATE TABLE " + schema + ".flyway_schema_history (installed_rank integer)");
                statement.execute("CREATE FUNCTION " + schema
                        + ".now() RETURNS timestamptz LANGUAGE sql AS 'SELECT timestamptz ''1999-01-01 00:00Z'''");
            }
            for (Map.Entry<String, String> each : HOSTILE.entrySet()) {
                statement.execute(
                        "ALTER DATABASE " + url.database() + " SET " + each.getKey() + " = " + each.getValue());
            }
        }
        return url;
    }

    private static Map<String, String> asked(Connection connection) throws SQLException {
        Map<String, String> settings = new TreeMap<>();
        try (Statement statement = connection.createStatement();
                var row = statement.executeQuery(SETTINGS)) {
            while (row.next()) {
                settings.put(row.getString(1), row.getString(2));
            }
        }
        settings.keySet().retainAll(HOSTILE.keySet());
        return settings;
    }

    private static void assertPinned(Map<String, String> settings) {
        assertThat(settings)
                .containsEntry("search_path", "public")
                .containsEntry("DateStyle", "ISO, YMD")
                .containsEntry("IntervalStyle", "postgres")
                .containsEntry("TimeZone", "UTC")
                .containsEntry("lc_monetary", "C")
                .containsEntry("lc_numeric", "C")
                .containsEntry("lc_time", "C")
                .containsEntry("bytea_output", "hex")
                .containsEntry("standard_conforming_strings", "on")
                .containsEntry("transform_null_equals", "off")
                .containsEntry("array_nulls", "on")
                .containsEntry("quote_all_identifiers", "off")
                .containsEntry("gin_fuzzy_search_limit", "0")
                .containsEntry("default_transaction_read_only", "off")
                .containsEntry("default_transaction_isolation", "read committed")
                .containsEntry("default_transaction_deferrable", "off")
                .containsEntry("idle_session_timeout", "0")
                .hasSameSizeAs(HOSTILE);
    }

    @Nested
    class A_session {

        private final DatabaseUrl url = hostile(TestDatabase.fresh());

        A_session() throws SQLException {}

        @Test
        void of_the_blocking_driver_has_the_programs_settings_and_no_limit() throws SQLException {
            try (Connection connection = url.dataSource().getConnection()) {
                Map<String, String> settings = asked(connection);

                assertPinned(settings);
                assertThat(settings)
                        .containsEntry("statement_timeout", "0")
                        .containsEntry("lock_timeout", "0")
                        .containsEntry("idle_in_transaction_session_timeout", "0");
            }
        }

        @Test
        void of_the_pools_has_the_programs_settings_and_limits() throws Exception {
            Vertx vertx = Vertx.vertx();
            try {
                Database database = new Database(vertx, url.connectOptions(), 3);
                for (Map<String, String> settings : List.of(
                        answered(Rows.map(
                                database.reads(),
                                SETTINGS,
                                Tuple.tuple(),
                                row -> row.getString("name"),
                                row -> row.getString("setting"))),
                        answered(database.transaction(connection -> Rows.map(
                                connection,
                                SETTINGS,
                                Tuple.tuple(),
                                row -> row.getString("name"),
                                row -> row.getString("setting")))))) {
                    assertPinned(settings);
                    assertThat(settings)
                            .containsEntry("statement_timeout", Integer.toString(Database.STATEMENT_TIMEOUT_MILLIS))
                            .containsEntry("lock_timeout", "3000")
                            .containsEntry("idle_in_transaction_session_timeout", "10000");
                }
            } finally {
                vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
            }
        }

        private static Map<String, String> answered(Future<Map<String, String>> answer) throws Exception {
            Map<String, String> settings = new TreeMap<>(
                    answer.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS));
            settings.keySet().retainAll(HOSTILE.keySet());
            return settings;
        }
    }

    @Nested
    class A_database_with_other_defaults_and_tables_of_the_same_names {

        @Test
        void is_migrated_into_schema_public_and_found_in_order() throws SQLException {
            DatabaseUrl url = hostile(TestDatabase.fresh());

            Migrations.migrate(url);

            assertThat(new SchemaCheck(url, MigrationFiles.ofProgram()).findings(false))
                    .isEmpty();
            try (Connection connection = TestDatabase.connect(url)) {
                assertThat(TestDatabase.strings(
                                connection,
                                "SELECT count(*) FROM other.items UNION ALL SELECT count(*) FROM public.items"))
                        .containsExactly("0", "0");
            }
        }

        @Test
        void is_served_as_any_other() throws Exception {
            DatabaseUrl url = hostile(TestDatabase.freshMigrated());
            try (TestApi node = TestApi.start(url)) {
                User user = node.newUser(Noon.ZONE);
                user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(1), "quantity", "0.1"));

                JsonObject item = user.query("{ items { nodes { name quantity expiryDate daysLeft } } }")
                        .getJsonObject("items")
                        .getJsonArray("nodes")
                        .getJsonObject(0);

                assertThat(item)
                        .isEqualTo(JsonObject.of(
                                "name", "Milk", "quantity", "0.1", "expiryDate", Noon.inDays(1), "daysLeft", 1));
                assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
            }
        }

        @Test
        void is_backed_up_and_restored(@TempDir Path folder) throws Exception {
            DatabaseUrl from = hostile(TestDatabase.freshMigrated());
            DatabaseUrl into = hostile(TestDatabase.freshMigrated());
            Stock stock = new Stock(from);
            stock.item(stock.user(), "Milk", LocalDate.parse("2026-02-03"), 3);
            String items = "SELECT items::text FROM public.items";

            new Restore(into, MigrationFiles.ofProgram(), Registered.AFTER_RESTORE, CopyProgress.SILENT)
                    .load(
                            new Backup(from, CopyProgress.SILENT)
                                    .writeInto(folder)
                                    .file(),
                            true,
                            Erasures.NONE);

            try (Connection before = TestDatabase.connect(from);
                    Connection after = TestDatabase.connect(into)) {
                assertThat(TestDatabase.strings(after, items)).isEqualTo(TestDatabase.strings(before, items));
                assertThat(TestDatabase.strings(after, items)).hasSize(1);
            }
        }
    }
}
