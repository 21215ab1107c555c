package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.SslMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseUrlTest {

    @Nested
    class Parse {

        @Test
        void reads_every_part() {
            assertThat(DatabaseUrl.parse(
                            "postgresql://anna:secret@db.example.org:6543/expiry?sslmode=require&application_name=one"))
                    .isEqualTo(new DatabaseUrl(
                            "db.example.org", 6543, "expiry", "anna", "secret", SslMode.REQUIRE, null, "one"));
        }

        @Test
        void knows_what_may_be_left_out() {
            assertThat(DatabaseUrl.parse("postgres://anna@localhost/expiry"))
                    .isEqualTo(new DatabaseUrl(
                            "localhost", 5432, "expiry", "anna", null, SslMode.PREFER, null, "expiry-tracker"));
        }

        @Test
        void decodes_percent_signs_as_utf_8_and_leaves_plus_signs_alone() {
            DatabaseUrl url = DatabaseUrl.parse("postgresql://%C3%A4nn%40:p%2Fa%3As%3Fs%23+%25@localhost/my%20db");
            assertThat(url.user()).isEqualTo("änn@");
            assertThat(url.password()).isEqualTo("p/a:s?s#+%");
            assertThat(url.database()).isEqualTo("my db");
        }

        @Test
        void reads_an_ipv6_address() {
            DatabaseUrl url = DatabaseUrl.parse("postgresql://anna@[::1]:6543/expiry");
            assertThat(url.host()).isEqualTo("::1");
            assertThat(url.address()).isEqualTo("[::1]:6543/expiry");
        }

        @Test
        void reads_several_servers_each_with_its_port() {
            DatabaseUrl url =
                    DatabaseUrl.parse("postgresql://anna@one,[::1]:6543,two:5433/expiry?target_session_attrs=primary");
            assertThat(url.servers())
                    .containsExactly(
                            new DatabaseUrl.Server("one", 5432),
                            new DatabaseUrl.Server("::1", 6543),
                            new DatabaseUrl.Server("two", 5433));
            assertThat(url.address()).isEqualTo("one:5432,[::1]:6543,two:5433/expiry");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "postgres://anna:secret@h/d?sslmode=require&channel_binding=prefer&connect_timeout=10",
                    "postgresql://anna:secret@h/d?sslmode=require&target_session_attrs=read-write&gssencmode=disable",
                    "postgresql://anna:secret@h/d?keepalives=1&keepalives_idle=30&keepalives_interval=10&keepalives_count=5"
                            + "&sslmode=require",
                    "postgresql://anna:secret@h:5432/d?sslmode=require&client_encoding=utf8&tcp_user_timeout=1000"
                            + "&sslsni=1&sslcompression=0&sslnegotiation=postgres&load_balance_hosts=disable"
                })
        void takes_what_hosts_of_databases_offer_to_paste(String url) {
            assertThat(DatabaseUrl.parse(url))
                    .isEqualTo(
                            new DatabaseUrl("h", 5432, "d", "anna", "secret", SslMode.REQUIRE, null, "expiry-tracker"));
        }

        @Test
        void takes_channel_binding_for_done_where_the_certificate_proves_the_server() {
            assertThat(DatabaseUrl.parse(
                                    "postgresql://a@h/d?channel_binding=require&sslmode=verify-full&sslrootcert=system")
                            .sslMode())
                    .isEqualTo(SslMode.VERIFY_FULL);
        }

        @Test
        void verifies_the_authority_when_tls_is_required_and_a_root_certificate_given(@TempDir Path folder)
                throws Exception {
            Path root = Files.writeString(folder.resolve("root.pem"), "");
            DatabaseUrl url = DatabaseUrl.parse("postgresql://a@h/d?sslmode=require&sslrootcert=" + root);
            assertThat(url.sslMode()).isEqualTo(SslMode.VERIFY_CA);
            assertThat(url.sslRootCert()).isEqualTo(root.toString());
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', textBlock = """
                mysql://anna:hush@h/d                       | does not begin with postgresql://
                anna:hush@h/d                               | does not begin with postgresql://
                postgresql://h/d                            | names no user
                postgresql://:hush@h/d                      | names no user
                postgresql://anna:hu/sh@h/d                 | / or ? inside the password
                postgresql://anna:12/hush@h/d               | / or ? inside the password
                postgresql://anna:hu?sh@h/d                 | / or ? inside the password
                postgresql://anna:hush#1@h/d                | has to be written %23
                postgresql://anna:hu@sh@h/d                 | has to be written %40
                postgresql://anna:hush%@h/d                 | in the password a % is not followed
                postgresql://anna:hush%g0@h/d               | in the password a % is not followed
                postgresql://anna:hush%FF@h/d               | the password is not UTF-8
                postgresql://anna:hush%00@h/d               | the password holds a NUL character
                postgresql://anna:hush@h                    | names no database
                postgresql://anna:hush@h/                   | names no database
                postgresql://anna:hush@/d                   | names no host
                postgresql://anna:hush@:5432/d              | names no host
                postgresql://anna:hush@[::1/d               | never closed
                postgresql://anna:hush@a,/d                 | names no host
                postgresql://anna:hush@a:5432,b:x/d         | the port is not a number from 1 to 65535
                postgresql://anna:hush@a,b/d?load_balance_hosts=random | only one server takes changes
                postgresql://anna:hush@%2Ftmp/d             | socket directory
                postgresql://anna:hush@h:0/d                | the port is not a number from 1 to 65535
                postgresql://anna:hush@h:65536/d            | the port is not a number from 1 to 65535
                postgresql://anna:hush@h:x/d                | the port is not a number from 1 to 65535
                postgresql://anna:hush@h:99999999999/d      | the port is not a number from 1 to 65535
                postgresql://anna:hush@h/d?sslmode=on       | sslmode is none of
                postgresql://anna:hush@h/d?sslmode          | sslmode is none of
                postgresql://anna:hush@h/d?ssl=true         | the parameter ssl is not supported; write sslmode=require
                "postgresql://anna:hush@h/d"                | it is in quotes
                jdbc:postgresql://anna:hush@h/d             | without jdbc: before it
                postgresql+asyncpg://anna:hush@h/d          | +driver within
                postgresql://anna:hush@h/d?sslmode=no-verify | what others call no-verify is require
                postgresql://anna:hush@h/d?options=-csearch_path%3Dx | the parameter options is not supported
                postgresql://anna:hush@h/d?sslmode=require&channel_binding=require | write sslmode=verify-full&sslrootcert=system
                postgresql://anna:hush@h/d?target_session_attrs=standby | write that, or leave it out
                postgresql://anna:hush@h/d?gssencmode=require | use sslmode=require
                postgresql://anna:hush@h/d?sslnegotiation=direct | sslnegotiation=direct is not supported
                postgresql://anna:hush@h/d?client_encoding=LATIN1 | always UTF8
                postgresql://anna:hush@h/d?sslcert=me.pem   | log in with a password
                postgresql://anna:hush@h/d?pgbouncer=true   | the parameter pgbouncer is not supported; leave it out
                postgresql://anna:hush@h/d?password=hush    | write password before the question mark
                postgresql://anna:hush@/d?host=/var/run/postgresql | listen_addresses = 'localhost'
                postgresql://anna:hush@/d?host=%2Fvar%2Frun | listen_addresses = 'localhost'
                postgresql://anna:hush@a,b/d?target_session_attrs=prefer-standby | write that, or leave it out
                postgresql://anna:hush@h/d?sslmode=verify-full | needs sslrootcert
                postgresql://anna:hush@h/d?sslmode=verify-ca&sslrootcert=system | needs sslmode=verify-full
                postgresql://anna:hush@h/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem | cannot be read: /nowhere/ca.pem
                """)
        void names_what_is_wrong_and_never_the_password(String url, String reason) {
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> DatabaseUrl.parse(url))
                    .withMessageContaining(reason)
                    .satisfies(e -> assertThat(e)
                            .hasStackTraceContaining("The database URL")
                            .message()
                            .doesNotContain("hu", "12", "sh@"));
        }
    }

    @Nested
    class ToString {

        @Test
        void hides_the_password() {
            assertThat(DatabaseUrl.parse("postgresql://anna:hush@h/d?sslmode=disable"))
                    .hasToString("postgresql://anna:***@h:5432/d?sslmode=disable");
        }
    }

    @Nested
    class BothClients {

        @ParameterizedTest
        @ValueSource(strings = {"disable", "allow", "prefer"})
        void reach_the_same_database_whatever_tls_it_offers(String mode) throws Exception {
            DatabaseUrl plain = TestDatabase.migrated();
            DatabaseUrl url = new DatabaseUrl(
                    plain.host(),
                    plain.port(),
                    plain.database(),
                    plain.user(),
                    plain.password(),
                    SslMode.of(mode),
                    null,
                    "whoever");
            String sql = "SELECT current_database() || ' ' || current_setting('application_name')";
            try (Connection connection = TestDatabase.connect(url)) {
                assertThat(TestDatabase.strings(connection, sql)).containsExactly(plain.database() + " whoever");
            }
            assertThat(ask(url, sql)).isEqualTo(plain.database() + " whoever");
        }

        @Test
        void refuse_a_database_that_is_not_there() {
            DatabaseUrl url = TestDatabase.migrated().withDatabase("nowhere");
            assertThatExceptionOfType(SQLException.class)
                    .isThrownBy(() -> TestDatabase.connect(url).close())
                    .withMessageContaining("nowhere");
            assertThatExceptionOfType(Exception.class)
                    .isThrownBy(() -> ask(url, "SELECT 'x'"))
                    .withMessageContaining("nowhere");
        }

        @ParameterizedTest
        @CsvSource({"require, true, ''", "prefer, true, ''", "verify-full, false, HTTPS"})
        void are_told_the_same_about_certificates(String mode, boolean trustAll, String hostnames) {
            DatabaseUrl url = DatabaseUrl.parse(
                    "postgresql://a@h/d?sslmode=" + mode + (mode.startsWith("verify") ? "&sslrootcert=system" : ""));
            PgConnectOptions options = url.connectOptions().servers().getFirst();
            assertThat(options.getSslMode()).isEqualTo(SslMode.of(mode));
            assertThat(options.getSslOptions().isTrustAll()).isEqualTo(trustAll);
            assertThat(options.getSslOptions().getTrustOptions() == null).isEqualTo(trustAll);
            assertThat(options.getSslOptions().getHostnameVerificationAlgorithm())
                    .isEqualTo(hostnames);
        }

        private static String ask(DatabaseUrl url, String sql) throws Exception {
            Vertx vertx = Vertx.vertx();
            try {
                return PgConnection.connect(
                                vertx, url.connectOptions().servers().getFirst())
                        .compose(connection -> connection
                                .query(sql)
                                .execute()
                                .map(rows -> rows.iterator().next().getString(0))
                                .eventually(connection::close))
                        .toCompletionStage()
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS);
            } finally {
                vertx.close().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
            }
        }
    }
}
