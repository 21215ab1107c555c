package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.backups.AfterRestore;
import org.expirytracker.channels.ChannelJobs;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.jobs.Job;
import org.expirytracker.mail.Mailer;
import org.expirytracker.mqtt.MqttPublisher;
import org.expirytracker.mqtt.MqttUrl;
import org.expirytracker.outbound.OutboundClient;
import org.expirytracker.outbound.OutboundTargets;
import org.expirytracker.webhooks.WebhookJobs;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Every table is looked after that has to be, though the room that does it does not know the table. */
class RegisteredTest {

    private static List<String> strings(String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
            return TestDatabase.strings(connection, sql);
        }
    }

    @Nested
    class Erasures {

        /** Why so few rows of one user are in a table that they can go with the user, in one statement. */
        private static final Map<String, String> SMALL = Map.ofEntries(
                Map.entry("sessions", "those that ended a month ago are deleted"),
                Map.entry("refresh_tokens", "those spent a month ago are deleted"),
                Map.entry("known_devices", "50"),
                Map.entry("one_time_tokens", "they end within a day"),
                Map.entry("recovery_codes", "10"),
                Map.entry("feeds", "one"),
                Map.entry("idempotency_keys", "kept for a day"),
                Map.entry("inventories", "100"),
                Map.entry("members", "100 of each inventory"),
                Map.entry("invitations", "50 of each inventory"),
                Map.entry("api_tokens", "50 that work, and those that ended within a month"),
                Map.entry("categories", "somebody thinks of each"),
                Map.entry("products", "somebody thinks of each"),
                Map.entry("product_barcodes", "50 of each product"),
                Map.entry("category_reminders", "one of each category"),
                Map.entry("reminder_settings", "one"),
                Map.entry("reports", "one a day"),
                Map.entry("stuck_turns", "one"),
                Map.entry("stuck_items", "100 in one turn, and none without a fault"),
                Map.entry("webhooks", "20"),
                Map.entry("channels", "10"),
                Map.entry("channel_places", "one of each channel and inventory"),
                Map.entry("imports", "those that ended 90 days ago are deleted"),
                Map.entry("import_mappings", "50"),
                Map.entry("budgets", "one, and one of each API token"));

        private static final String OF_USERS = """
                WITH RECURSIVE of_users (id) AS (
                    SELECT 'users'::regclass::oid
                     UNION
                    SELECT conrelid FROM pg_constraint JOIN of_users ON confrelid = of_users.id WHERE contype = 'f'
                )
                SELECT id::regclass::text FROM of_users WHERE id <> 'users'::regclass ORDER BY 1
                """;

        private static final List<String> IN_STEPS = Registered.ERASURES.stream()
                .flatMap(erasure -> erasure.statements().stream())
                .map(statement -> statement.strip().split("\\s+", 4)[2])
                .toList();

        @Test
        void cover_every_table_of_users_that_can_be_large() throws SQLException {
            // Jobs refer to nobody: a tenant of theirs may be the whole installation.
            assertThat(Stream.concat(SMALL.keySet().stream(), IN_STEPS.stream()))
                    .containsExactlyInAnyOrderElementsOf(Stream.concat(strings(OF_USERS).stream(), Stream.of("jobs"))
                            .toList());
        }

        @Test
        void come_before_those_of_the_tables_that_they_refer_to() throws SQLException {
            assertThat(strings("SELECT conrelid::regclass || ' ' || confrelid::regclass FROM pg_constraint"
                            + " WHERE contype = 'f' AND conrelid <> confrelid"))
                    .map(reference -> reference.split(" ", 2))
                    .filteredOn(reference -> IN_STEPS.contains(reference[0]) && IN_STEPS.contains(reference[1]))
                    .isNotEmpty()
                    .allSatisfy(reference ->
                            assertThat(IN_STEPS.indexOf(reference[0])).isLessThan(IN_STEPS.indexOf(reference[1])));
        }
    }

    @Nested
    class AfterARestore {

        /** Void without being touched: a refresh token with its session. */
        private static final List<String> WITH_ANOTHER = List.of("refresh_tokens");

        @Test
        void nothing_that_lets_someone_in_is_left_as_it_was() throws SQLException {
            List<String> lettingIn = strings("SELECT DISTINCT table_name FROM information_schema.columns"
                    + " WHERE table_schema = 'public' AND column_name IN ('hash', 'revoked_at', 'two_factor_last_step')"
                    + " ORDER BY 1");

            assertThat(Registered.AFTER_RESTORE)
                    .extracting(AfterRestore::table)
                    .containsAll(lettingIn.stream()
                            .filter(table -> !WITH_ANOTHER.contains(table))
                            .toList());
        }

        @Test
        void each_statement_is_about_its_table_in_the_schema_public() {
            assertThat(Registered.AFTER_RESTORE)
                    .allSatisfy(each -> assertThat(each.sql())
                            .containsOnlyOnce("public.")
                            .containsPattern("(?:UPDATE|DELETE FROM) public\\." + each.table() + "\\b"));
        }
    }

    @Nested
    class Jobs {

        @Test
        void have_names_of_their_own() throws IOException {
            Vertx vertx = Vertx.vertx();
            List<Job> jobs;
            try (TestRooms rooms = new TestRooms(TestDatabase.migrated())) {
                jobs = Registered.jobs(
                        new WebhookJobs.Context(
                                vertx,
                                new LiveFeed(TestDatabase.migrated().connectOptions()),
                                Mailer.without(vertx, true),
                                () -> "",
                                new SecretKeys(vertx, () -> List.of(SecretKeys.newKey())),
                                Clock.systemUTC(),
                                new OutboundClient(vertx, OutboundTargets.PUBLIC)),
                        new ChannelJobs.Context(
                                vertx,
                                new LiveFeed(TestDatabase.migrated().connectOptions()),
                                Mailer.without(vertx, true),
                                () -> "",
                                Optional.empty(),
                                new SecretKeys(vertx, () -> List.of(SecretKeys.newKey())),
                                new OutboundClient(vertx, OutboundTargets.PUBLIC)),
                        rooms.engine(),
                        Optional.of(new MqttPublisher(new MqttPublisher.Context(
                                vertx,
                                MqttUrl.parse("mqtt://127.0.0.1"),
                                List.of(),
                                "expiry",
                                "1",
                                Optional.empty(),
                                Clock.systemUTC(),
                                new SimpleMeterRegistry()))),
                        List.of());
            }
            vertx.close().await();

            assertThat(jobs)
                    .extracting(Job::kind)
                    .doesNotHaveDuplicates()
                    .allSatisfy(kind -> assertThat(kind).matches("[a-z-]{1,60}"));
        }
    }
}
