package org.expirytracker.backups;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.expirytracker.TestDatabase;
import org.expirytracker.backups.Manifest.Table;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Catalog;

/** Everything in a database that a backup carries or a restore builds. */
record DatabaseState(
        List<String> schema,
        Map<String, List<String>> rows,
        Map<String, List<String>> parked,
        List<Table> parkedTables,
        List<String> history) {

    private static final Set<String> NOT_AS_THEY_WERE = Set.of(
            "sessions",
            "feeds",
            "api_tokens",
            "invitations",
            "webhooks",
            "webhook_deliveries",
            "channels",
            "channel_deliveries");

    private static final Set<String> FORGOTTEN = Set.of("recovery_codes", "one_time_tokens", "known_devices");

    private static final String USERS = "users";
    private static final String TIME_STEP = ",? ?\"two_factor_last_step\": [^,}]*";

    static DatabaseState of(DatabaseUrl url) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                DatabaseSession session = DatabaseSession.open(url, Duration.ofSeconds(10))) {
            return new DatabaseState(
                    Catalog.schema(connection),
                    Catalog.rows(connection),
                    Catalog.parked(connection),
                    new SchemaCatalog(session)
                            .tables().stream()
                                    .filter(table -> table.schema().equals("parked"))
                                    .map(DatabaseState::sorted)
                                    .toList(),
                    TestDatabase.strings(
                            connection,
                            "SELECT h::text FROM public.flyway_schema_history AS h ORDER BY installed_rank"));
        }
    }

    /** Indexes come back in another order. */
    private static Table sorted(Table table) {
        return new Table(
                table.schema(),
                table.name(),
                table.columns(),
                table.definition().stream().sorted().toList(),
                table.references().stream().sorted().toList(),
                null,
                0,
                0,
                "");
    }

    /** The same, whenever each migration was applied. */
    DatabaseState withoutHistory() {
        return new DatabaseState(schema, rows, parked, parkedTables, List.of());
    }

    /** Asserts that a restored database is as this one was, but for what a restore changes on purpose. */
    void assertRestoredIn(DatabaseUrl url) throws SQLException {
        DatabaseState restored = of(url);
        assertThat(restored.schema).isEqualTo(schema);
        assertThat(restored.parkedTables).isEqualTo(parkedTables);
        if (!history.isEmpty()) {
            assertThat(restored.history).isEqualTo(history);
        }
        assertThat(same(restored.rows)).isEqualTo(same(rows));
        assertThat(same(restored.parked)).isEqualTo(same(parked));
        assertThat(changed(restored.rows)).isEqualTo(changed(rows));
        assertThat(changed(restored.parked)).isEqualTo(changed(parked));
    }

    private static Map<String, List<String>> same(Map<String, List<String>> rows) {
        Map<String, List<String>> same = new TreeMap<>(rows);
        same.keySet().removeIf(DatabaseState::isNotAsItWas);
        same.keySet().removeAll(FORGOTTEN);
        same.computeIfPresent(
                USERS,
                (table, users) -> users.stream()
                        .map(user -> user.replaceFirst(TIME_STEP, ""))
                        .sorted()
                        .toList());
        return same;
    }

    /** Also of what a step has parked of such a table, under a name that ends with its own. */
    private static boolean isNotAsItWas(String table) {
        return NOT_AS_THEY_WERE.stream().anyMatch(each -> table.equals(each) || table.endsWith("_" + each));
    }

    /** The number of rows of the tables whose values a restore changes. */
    private static Map<String, Integer> changed(Map<String, List<String>> rows) {
        return rows.entrySet().stream()
                .filter(table -> isNotAsItWas(table.getKey()))
                .collect(Collectors.toMap(
                        Map.Entry::getKey, table -> table.getValue().size()));
    }
}
