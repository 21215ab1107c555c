package org.expirytracker.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.migrations.Catalog;
import org.expirytracker.migrations.MigrationFailure;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@ProvenRoom("product")
class ScratchDatabaseTest {

    private static final String NAMES = "SELECT datname FROM pg_database";
    private static final String LOCALE = """
            SELECT concat_ws(' ', encoding, datcollate, datctype, datlocprovider, to_jsonb(d) ->> 'datlocale',
                             to_jsonb(d) ->> 'daticulocale')
            FROM pg_database d WHERE datname = current_database()
            """;

    @Nested
    class Like {

        @Test
        void makes_an_empty_database_on_the_same_server_with_the_same_locale() throws SQLException {
            DatabaseUrl target = TestDatabase.migrated();
            try (ScratchDatabase scratch = ScratchDatabase.like(target);
                    Connection there = TestDatabase.connect(target);
                    Connection here = TestDatabase.connect(scratch.url())) {
                assertThat(scratch.url().port()).isEqualTo(target.port());
                assertThat(TestDatabase.strings(here, LOCALE)).isEqualTo(TestDatabase.strings(there, LOCALE));
                assertThat(Catalog.schema(here)).isEqualTo(List.of("extension plpgsql"));
            }
        }

        @Test
        void keeps_an_icu_locale() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            String name = "test_" + UUID.randomUUID().toString().replace('-', '_');
            try (Connection connection = TestDatabase.connect(target);
                    Statement statement = connection.createStatement()) {
                statement.execute(
                        "CREATE DATABASE " + name + " TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'");
                try (ScratchDatabase scratch = ScratchDatabase.like(target.withDatabase(name));
                        Connection here = TestDatabase.connect(scratch.url())) {
                    assertThat(TestDatabase.strings(here, LOCALE).getFirst()).endsWith(" i de");
                }
                statement.execute("DROP DATABASE " + name);
            }
        }

        @Test
        void falls_back_to_an_embedded_server_for_a_role_that_may_not_create_databases() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            String role = "plain_" + UUID.randomUUID().toString().replace('-', '_');
            try (Connection connection = TestDatabase.connect(target);
                    Statement statement = connection.createStatement()) {
                statement.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'plain'");
                DatabaseUrl gone;
                try (ScratchDatabase scratch = ScratchDatabase.like(as(target, role));
                        ScratchDatabase copy = scratch.copy()) {
                    gone = scratch.url();
                    assertThat(gone.port()).isNotEqualTo(target.port());
                    try (Connection here = TestDatabase.connect(copy.url())) {
                        assertThat(TestDatabase.strings(here, "SHOW server_encoding"))
                                .containsExactly("UTF8");
                    }
                }
                statement.execute("DROP ROLE " + role);
                assertThatExceptionOfType(SQLException.class).isThrownBy(() -> TestDatabase.connect(gone));
            }
        }

        @Test
        void drops_what_a_killed_program_left_behind_more_than_an_hour_ago() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            try (Connection connection = TestDatabase.connect(target);
                    Statement statement = connection.createStatement()) {
                long now = Long.parseLong(TestDatabase.strings(connection, "SELECT extract(epoch FROM now())::bigint")
                        .getFirst());
                String old = "expiry_scratch_" + (now - 3700) + "_left";
                String young = "expiry_scratch_" + (now - 3000) + "_left";
                statement.execute("CREATE DATABASE " + old + " TEMPLATE template0");
                statement.execute("CREATE DATABASE " + young + " TEMPLATE template0");
                ScratchDatabase.like(target).close();
                assertThat(TestDatabase.strings(connection, NAMES))
                        .contains(young)
                        .doesNotContain(old);
                statement.execute("DROP DATABASE " + young);
            }
        }

        @Test
        void says_that_the_server_cannot_be_reached() {
            DatabaseUrl nowhere = DatabaseUrl.parse("postgresql://someone@127.0.0.1:1/nothing");
            assertThatExceptionOfType(MigrationFailure.class)
                    .isThrownBy(() -> ScratchDatabase.like(nowhere))
                    .withMessageStartingWith(
                            "No scratch database can be made on the server of 127.0.0.1:1/nothing: Connection to")
                    .withMessageEndingWith("Check that it runs, and the login.");
        }

        private static DatabaseUrl as(DatabaseUrl url, String role) {
            return new DatabaseUrl(
                    url.host(),
                    url.port(),
                    url.database(),
                    role,
                    "plain",
                    url.sslMode(),
                    url.sslRootCert(),
                    url.applicationName());
        }
    }

    @Nested
    class Copy {

        @Test
        void holds_what_the_original_holds() throws SQLException {
            try (ScratchDatabase original = ScratchDatabase.like(TestDatabase.fresh())) {
                execute(original, "CREATE TABLE t AS SELECT 'kept' AS a");
                try (ScratchDatabase copy = original.copy();
                        Connection here = TestDatabase.connect(copy.url())) {
                    assertThat(TestDatabase.strings(here, "SELECT a FROM t")).containsExactly("kept");
                }
            }
        }
    }

    @Nested
    class Close {

        /** As an autovacuum worker, which comes when it likes. */
        @Test
        void drops_the_database_although_someone_comes_back_again_and_again() throws Exception {
            ScratchDatabase scratch = ScratchDatabase.like(TestDatabase.fresh());
            AtomicBoolean over = new AtomicBoolean();
            CountDownLatch inside = new CountDownLatch(1);
            Thread guest = Thread.ofVirtual().start(() -> {
                while (!over.get()) {
                    try {
                        TestDatabase.connect(scratch.url()).close();
                        inside.countDown();
                    } catch (SQLException e) {
                        inside.countDown();
                    }
                }
            });
            inside.await();
            scratch.close();
            over.set(true);
            guest.join();
            try (Connection connection = TestDatabase.connect(TestDatabase.migrated())) {
                assertThat(TestDatabase.strings(connection, NAMES))
                        .doesNotContain(scratch.url().database());
            }
        }

        @Test
        void drops_the_database_even_while_someone_is_connected() throws SQLException {
            DatabaseUrl target = TestDatabase.fresh();
            ScratchDatabase scratch = ScratchDatabase.like(target);
            try (Connection connection = TestDatabase.connect(target);
                    Connection here = TestDatabase.connect(scratch.url())) {
                assertThat(TestDatabase.strings(connection, NAMES))
                        .contains(scratch.url().database());
                scratch.close();
                scratch.close();
                assertThat(TestDatabase.strings(connection, NAMES))
                        .doesNotContain(scratch.url().database());
                assertThat(here.isValid(5)).isFalse();
            }
        }
    }

    private static void execute(ScratchDatabase scratch, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(scratch.url());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
