package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.expirytracker.S3Server;
import org.expirytracker.Stock;
import org.expirytracker.TestDatabase;
import org.expirytracker.backups.Encryption;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The command as an operator types it. */
@Timeout(60)
class DoctorCommandTest {

    private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

    @TempDir
    Path folder;

    private record Answer(int code, String out, String err) {}

    private static Answer run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine(environment, Clock.systemUTC(), new BufferedReader(new StringReader("")))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(Stream.concat(Stream.of("doctor"), Arrays.stream(arguments))
                        .toArray(String[]::new));
        return new Answer(code, out.toString(), err.toString());
    }

    private static Map<String, String> environment(DatabaseUrl url, String... more) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "DATABASE_URL",
                TestDatabase.textOf(url),
                "EXPIRY_HOST",
                "127.0.0.1",
                "EXPIRY_PORT",
                "0",
                "EXPIRY_JWT_KEY",
                KEY,
                "EXPIRY_SECRET_KEYS",
                KEY));
        for (int at = 0; at < more.length; at += 2) {
            environment.put(more[at], more[at + 1]);
        }
        return environment;
    }

    @Nested
    class Help {

        @Test
        void explains_the_command_and_its_exit_codes_in_a_hundred_columns() {
            Answer answer = run(Map.of(), "--help");

            assertThat(answer.code).isZero();
            assertThat(answer.out).startsWith("Usage: expiry doctor").contains("--json", "with 1 after a warning");
            assertThat(answer.out.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        }
    }

    @Nested
    class Settings {

        @Test
        void are_named_one_by_one_when_they_are_wrong_or_misspelt_and_the_rest_waits() {
            Answer answer = run(Map.of("EXPIRY_PORT", "x", "EXPIRY_PROT", "1", "DATABSE_URL", "y"));

            assertThat(answer.code).isEqualTo(2);
            assertThat(answer.err).isEmpty();
            assertThat(answer.out)
                    .contains(
                            "error    settings: EXPIRY_PORT must be a whole number",
                            "error    settings: EXPIRY_PROT is not a variable of this program",
                            "warning  settings: DATABSE_URL is not read by this program.\n         Write DATABASE_URL if",
                            "warning  everything else: Not looked at",
                            "2 errors, 2 warnings.");
        }

        @Test
        void that_only_a_server_lacks_keep_nothing_from_being_looked_at() {
            Map<String, String> environment = environment(TestDatabase.migrated());
            environment.remove("EXPIRY_JWT_KEY");

            Answer answer = run(environment);

            assertThat(answer.code).isEqualTo(2);
            assertThat(answer.out)
                    .contains("error    settings: EXPIRY_JWT_KEY is required", "ok       database: PostgreSQL ");
        }
    }

    @Nested
    class OfADatabase {

        @Test
        void tells_of_a_replica_that_is_none() {
            DatabaseUrl url = TestDatabase.freshMigrated();

            Answer answer = run(environment(url, "DATABASE_REPLICA_URL", TestDatabase.textOf(url)));

            assertThat(answer.code).isEqualTo(2);
            assertThat(answer.out).contains("error    replica: " + url.address() + " is no standby");
        }

        @Test
        void tells_what_is_well() {
            Answer answer = run(environment(TestDatabase.freshMigrated()));

            assertThat(answer.code).as(answer.out).isEqualTo(1);
            assertThat(answer.out)
                    .contains(
                            "ok       encoding: UTF8",
                            "ok       clock: It agrees",
                            "ok       locks: A lock of one session keeps another one out.",
                            "ok       news: What one node notifies is heard by the others.",
                            "ok       connections: A node takes up to 26",
                            "ok       data: Indexes are whole",
                            "ok       jobs: None has failed.",
                            "ok       port: Any free one is taken.",
                            "warning  role: The role postgres is a superuser",
                            "warning  mail server: None is named")
                    .doesNotContain("error ")
                    .doesNotContain(KEY);
        }

        @Test
        void tells_what_is_wrong_for_people_and_for_programs() {
            DatabaseUrl url = TestDatabase.freshMigrated();
            Stock stock = new Stock(url);
            stock.run("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'items_pkey'::regclass");
            stock.run("INSERT INTO jobs (tenant_id, kind, object_id, tries, error, first_failed_at, due_at)"
                    + " VALUES ('00000000-0000-0000-0000-000000000000', 'backup', '00000000-0000-0000-0000-000000000000',"
                    + " 3, 'no room', now(), now())");
            Map<String, String> environment = environment(
                    url,
                    "EXPIRY_DATABASE_CONNECTIONS",
                    "500",
                    "EXPIRY_BACKUP_CRON",
                    "0 3 * * *",
                    "EXPIRY_BACKUP_TO",
                    folder.toString(),
                    "EXPIRY_WEBHOOK_ALLOW",
                    "0.0.0.0/0");

            JsonObject told = new JsonObject(run(environment, "--json").out);

            assertThat(told.getString("status")).isEqualTo("error");
            assertThat(told.getJsonArray("checks").stream()
                            .map(check -> (JsonObject) check)
                            .filter(check -> !check.getString("level").equals("ok"))
                            .map(check -> check.getString("level") + " " + check.getString("subject") + ": "
                                    + check.getString("what")))
                    .anyMatch(line -> line.startsWith("error connections: A node takes up to 506"))
                    .anyMatch(line -> line.startsWith("error data: The index public.items_pkey is not whole"))
                    .anyMatch(line -> line.equals("error backups: None was made yet; since then it failed: no room"))
                    .anyMatch(line -> line.startsWith("warning backups: They are not encrypted"))
                    .anyMatch(line -> line.startsWith("warning webhooks: EXPIRY_WEBHOOK_ALLOW has 0.0.0.0/0"));
        }

        @Test
        void says_how_to_reach_one_that_does_not_answer_and_that_migrations_wait() {
            Answer away = run(Map.of(
                    "DATABASE_URL",
                    "postgresql://anna:hush-hush@127.0.0.1:1/expiry?sslmode=disable",
                    "EXPIRY_JWT_KEY",
                    KEY,
                    "EXPIRY_SECRET_KEYS",
                    KEY,
                    "EXPIRY_PORT",
                    "0"));
            assertThat(away.code).isEqualTo(2);
            assertThat(away.out)
                    .contains("error    database: The database at 127.0.0.1:1/expiry cannot be reached")
                    .doesNotContain("hush");

            assertThat(run(environment(TestDatabase.fresh())).out)
                    .contains("ok       migrations: The database is empty; the first start fills it.");
        }
    }

    @Nested
    class OfABucket {

        @Test
        void tells_whether_backups_can_be_stored_there_and_leaves_nothing() {
            S3Server server = S3Server.shared();
            String bucket = server.bucket();
            Map<String, String> environment = environment(
                    TestDatabase.freshMigrated(),
                    "EXPIRY_BACKUP_CRON",
                    "0 3 * * *",
                    "EXPIRY_BACKUP_TO",
                    "s3://" + bucket,
                    "EXPIRY_BACKUP_RECIPIENTS",
                    Encryption.newKey().recipient());
            environment.putAll(S3Server.environment(server.port()));

            assertThat(run(environment).out)
                    .contains("ok       backups: They can be listed, stored and deleted in s3://" + bucket + ".");
            assertThat(server.keys(bucket)).isEmpty();
            assertThat(server.uploads(bucket)).isEmpty();

            environment.put("EXPIRY_BACKUP_TO", "s3://no-such-bucket-here?encryption=none");
            assertThat(run(environment).out)
                    .contains(
                            "error    backups: Backups cannot be listed in s3://no-such-bucket-here: there is no bucket");
            environment.remove("EXPIRY_BACKUP_RECIPIENTS");
            environment.put("EXPIRY_BACKUP_TO", "s3://" + bucket);
            assertThat(run(environment).out).contains("EXPIRY_BACKUP_RECIPIENTS is required with a bucket");
        }
    }

    @Nested
    class OfSurroundings {

        @Test
        void tells_of_a_port_that_is_taken_keys_that_others_read_and_a_mail_server_that_is_none() throws IOException {
            Path secret = Files.writeString(folder.resolve("secret-keys"), KEY);
            Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
            try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
                Thread.ofVirtual().start(() -> hangUp(taken));

                Answer answer = run(Map.of(
                        "EXPIRY_DATA",
                        folder.toString(),
                        "EXPIRY_PORT",
                        Integer.toString(taken.getLocalPort()),
                        "EXPIRY_SMTP_URL",
                        "smtp://127.0.0.1:" + taken.getLocalPort(),
                        "EXPIRY_MAIL_FROM",
                        "a@example.org",
                        "EXPIRY_BACKUP_CRON",
                        "0 3 * * *",
                        "EXPIRY_BACKUP_TO",
                        folder.resolve("none").toString()));

                assertThat(answer.code).isEqualTo(2);
                assertThat(answer.out)
                        .contains(
                                "error    port: 127.0.0.1:" + taken.getLocalPort() + " cannot be listened on",
                                "error    keys: Others than its owner may read or write " + secret,
                                "         chmod 600 " + secret,
                                "error    mail server: smtp://127.0.0.1:" + taken.getLocalPort() + " takes no mail",
                                "error    backups: Backups cannot be listed in " + folder.resolve("none"),
                                "ok       database: The embedded PostgreSQL does not run");
            }
        }

        private static void hangUp(ServerSocket taken) {
            try {
                while (true) {
                    taken.accept().close();
                }
            } catch (IOException closed) {
                // The test is over.
            }
        }
    }
}
