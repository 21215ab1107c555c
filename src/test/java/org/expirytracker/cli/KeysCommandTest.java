package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;
import org.expirytracker.Authenticator;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
@ProvenRoom("product")
class KeysCommandTest {

    private record Answer(int code, String out, String err) {}

    private static Answer run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine(environment, Clock.systemUTC(), new BufferedReader(new StringReader("")))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
        return new Answer(code, out.toString(), err.toString());
    }

    private static String text(SecretKey... keys) {
        return String.join(
                ",",
                List.of(keys).stream()
                        .map(key -> Base64.getEncoder().encodeToString(key.getEncoded()))
                        .toList());
    }

    /** A user with two-factor on, and their authenticator app. */
    private record Owner(TestApi.User user, Authenticator app) {

        static Owner on(TestApi node) {
            TestApi.User user = node.newUser();
            Authenticator app = new Authenticator(user.mutate(
                            "startTwoFactor",
                            "twoFactorEnrolment { secret uri qrCode }",
                            JsonObject.of("password", TestApi.PASSWORD))
                    .getJsonObject("twoFactorEnrolment")
                    .getString("secret"));
            assertThat(user.mutate("confirmTwoFactor", "recoveryCodes", JsonObject.of("code", app.code(Instant.now())))
                            .getJsonArray("recoveryCodes"))
                    .hasSize(10);
            return new Owner(user, app);
        }

        /** Logs in by password and code, which needs the secret. */
        void logInOn(TestApi node, DatabaseUrl database) throws SQLException {
            // As if the last code had been used long ago.
            execute(database, "UPDATE users SET two_factor_last_step = NULL");
            TestApi.User nobody = new TestApi.User(node, user.name(), "");
            String challenge = nobody.mutate(
                            "login",
                            "twoFactorChallenge { token }",
                            JsonObject.of("username", user.name(), "password", TestApi.PASSWORD))
                    .getJsonObject("twoFactorChallenge")
                    .getString("token");
            assertThat(nobody.mutate(
                                    "verifyTwoFactor",
                                    "session { accessToken refreshToken } deviceToken",
                                    JsonObject.of("token", challenge, "code", app.code(Instant.now())))
                            .getJsonObject("session")
                            .getString("accessToken"))
                    .isNotEmpty();
        }
    }

    private static void execute(DatabaseUrl url, String sql) throws SQLException {
        try (Connection connection = TestDatabase.connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The ids of the keys under which there are secrets. */
    private static List<String> used(DatabaseUrl url) throws SQLException {
        try (Connection connection = TestDatabase.connect(url)) {
            return TestDatabase.strings(
                    connection,
                    "SELECT DISTINCT encode(substring(two_factor_secret FOR 4), 'hex') FROM users WHERE two_factor_secret IS NOT NULL ORDER BY 1");
        }
    }

    @Nested
    class Help {

        @Test
        void teaches_the_rotation_step_by_step_in_a_hundred_columns() {
            Answer answer = run(Map.of(), "keys", "--help");

            assertThat(answer.code).isZero();
            assertThat(answer.out.lines()).allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
            assertThat(answer.out)
                    .contains(
                            "openssl rand -base64 32",
                            "EXPIRY_SECRET_KEYS=old,new",
                            "EXPIRY_SECRET_KEYS=new,old",
                            "expiry keys rotate",
                            "EXPIRY_SECRET_KEYS=new ");
            assertThat(run(Map.of(), "keys", "rotate", "--help").out.lines())
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100));
        }

        @Test
        void is_offered_when_the_command_line_is_wrong() {
            assertThat(run(Map.of(), "keys")).satisfies(answer -> {
                assertThat(answer.code).isEqualTo(2);
                assertThat(answer.err).contains("rotate", "Try: expiry keys --help");
            });
        }
    }

    @Nested
    class RotateOnADatabaseOfOnesOwn {

        private final DatabaseUrl url = TestDatabase.freshMigrated();
        private final SecretKey former = SecretKeys.newKey();
        private final SecretKey latest = SecretKeys.newKey();

        private TestApi node(SecretKey... keys) {
            return TestApi.start(url, Map.of("EXPIRY_SECRET_KEYS", text(keys)));
        }

        private Answer rotate(String keys, String... options) {
            String[] arguments = new String[options.length + 2];
            arguments[0] = "keys";
            arguments[1] = "rotate";
            System.arraycopy(options, 0, arguments, 2, options.length);
            return run(Map.of("DATABASE_URL", TestDatabase.textOf(url), "EXPIRY_SECRET_KEYS", keys), arguments);
        }

        @Test
        void gives_several_nodes_a_new_key_and_nobody_notices() throws Exception {
            Owner early;
            Owner between;
            try (TestApi old = node(former);
                    TestApi added = node(former, latest)) {
                early = Owner.on(old);
                early.logInOn(added, url);
                try (TestApi first = node(latest, former)) {
                    between = Owner.on(first);
                    // A node that does not write under it yet reads the new key.
                    between.logInOn(added, url);
                    early.logInOn(first, url);
                    assertThat(used(url)).contains(SecretKeys.idOf(former), SecretKeys.idOf(latest));

                    Answer answer = rotate(text(latest, former));

                    assertThat(answer.code).as(answer.err).isZero();
                    assertThat(answer.out).isEqualTo("""
                            Secrets encrypted anew: 1
                            The key is %s.
                            Every secret is encrypted under it. Next: take %s out of EXPIRY_SECRET_KEYS on every node, and restart the nodes one by one.
                            """.formatted(SecretKeys.idOf(latest), SecretKeys.idOf(former)));
                    early.logInOn(first, url);
                    early.logInOn(added, url);
                }
            }
            assertThat(used(url)).containsExactly(SecretKeys.idOf(latest));
            try (TestApi alone = node(latest)) {
                early.logInOn(alone, url);
                between.logInOn(alone, url);
            }
        }

        @Test
        void a_second_time_has_nothing_to_do() {
            assertThat(rotate(text(latest)).out)
                    .isEqualTo(
                            "The key is " + SecretKeys.idOf(latest)
                                    + ".\nEvery secret is encrypted under it. EXPIRY_SECRET_KEYS has this key alone. To exchange it: expiry keys --help\n");
        }

        @Test
        void with_a_key_missing_names_it_and_takes_none_away() throws Exception {
            try (TestApi node = node(former)) {
                Owner.on(node);
            }

            Answer answer = rotate(text(latest));

            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.out)
                    .contains(
                            "is encrypted under the key " + SecretKeys.idOf(former),
                            "Secrets under other keys still: 1, of which 1 cannot be read. No key was removed.");
            assertThat(used(url)).containsExactly(SecretKeys.idOf(former));
        }

        @Test
        void is_what_a_server_waits_for_that_lacks_a_key() throws Exception {
            try (TestApi node = node(former)) {
                Owner.on(node);
                Owner.on(node);
            }

            assertThatThrownBy(() -> node(latest))
                    .rootCause()
                    .hasMessageContainingAll(
                            "key %s: 2\n".formatted(SecretKeys.idOf(former)),
                            "Add them to EXPIRY_SECRET_KEYS, after the first key",
                            "expiry keys rotate",
                            "expiry user reset-two-factor");

            assertThat(rotate(text(latest, former)).code).isZero();
            node(latest).close();
        }

        @Test
        void as_json_is_one_document() {
            assertThat(new JsonObject(rotate(text(latest, former), "--json").out).getMap())
                    .isEqualTo(JsonObject.of(
                                    "key",
                                    SecretKeys.idOf(latest),
                                    "made",
                                    false,
                                    "renewed",
                                    0,
                                    "left",
                                    0,
                                    "unreadable",
                                    List.of())
                            .getMap());
        }

        @Test
        void without_keys_is_refused() {
            Answer answer = rotate("");

            assertThat(answer.code).isEqualTo(2);
            assertThat(answer.err).startsWith("EXPIRY_SECRET_KEYS is required with DATABASE_URL");
        }

        @Test
        void on_a_database_that_is_not_migrated_is_refused() {
            Answer answer = run(
                    Map.of(
                            "DATABASE_URL",
                            TestDatabase.textOf(TestDatabase.fresh()),
                            "EXPIRY_SECRET_KEYS",
                            text(latest)),
                    "keys",
                    "rotate");

            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.err).contains("First: expiry db upgrade").hasLineCount(1);
        }
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class RotateOnTheEmbeddedDatabase {

        @TempDir
        private static Path data;

        private TestApi node;
        private SecretKeyFile file;
        private DatabaseUrl url;

        @BeforeAll
        void start() throws IOException {
            node = TestApi.startEmbedded(data);
            file = new SecretKeyFile(data.resolve("secret-keys"));
            url = DatabaseUrl.parse(EmbeddedDatabase.running(data).orElseThrow());
        }

        @AfterAll
        void stop() throws IOException {
            node.close();
        }

        private Answer rotate() {
            return run(Map.of("EXPIRY_DATA", data.toString()), "keys", "rotate");
        }

        private String current() throws IOException {
            return SecretKeys.idOf(file.read().getFirst());
        }

        @Test
        void makes_the_new_key_and_removes_the_former_while_the_server_runs() throws Exception {
            Owner early = Owner.on(node);
            String former = current();

            Answer answer = rotate();

            assertThat(answer.code).as(answer.err).isZero();
            assertThat(answer.out)
                    .contains(
                            "Made the key " + current() + ".",
                            "Every secret is encrypted under it.",
                            "expiry db backup");
            assertThat(file.read()).hasSize(1);
            assertThat(current()).isNotEqualTo(former);
            assertThat(used(url)).containsExactly(current());
            early.logInOn(node, url);
            Owner.on(node).logInOn(node, url);
            assertThat(used(url)).containsExactly(current());
        }

        @Test
        void completes_one_that_was_killed() throws Exception {
            Owner owner = Owner.on(node);
            SecretKey made = SecretKeys.newKey();
            file.write(List.of(made, file.read().getFirst()));

            Answer answer = rotate();

            assertThat(answer.out).contains("The key is " + SecretKeys.idOf(made) + ".");
            assertThat(file.read()).containsExactly(made);
            owner.logInOn(node, url);
        }

        @Test
        void keeps_the_former_key_while_a_secret_cannot_be_read() throws Exception {
            Owner owner = Owner.on(node);
            SecretKey former = file.read().getFirst();
            execute(
                    url,
                    "UPDATE users SET two_factor_secret = two_factor_secret || '\\x00' WHERE username = '%s'"
                            .formatted(owner.user().name()));
            try {
                Answer answer = rotate();

                assertThat(answer.code).isEqualTo(1);
                assertThat(answer.out).contains("was altered or moved", "No key was removed.");
                assertThat(file.read()).hasSize(2).contains(former);
            } finally {
                execute(
                        url,
                        "DELETE FROM users WHERE username = '%s'"
                                .formatted(owner.user().name()));
                rotate();
            }
        }

        // The lock is held, not used.
        @SuppressWarnings("try")
        @Test
        void beside_another_one_is_refused_and_changes_nothing() throws Exception {
            String before = Files.readString(file.path());
            try (FileChannel other = file.lock()) {
                Answer answer = rotate();

                assertThat(answer.code).isEqualTo(1);
                assertThat(answer.err).startsWith("Another rotation of the keys is at work, so nothing was done.");
            }
            assertThat(Files.readString(file.path())).isEqualTo(before);
        }
    }
}
