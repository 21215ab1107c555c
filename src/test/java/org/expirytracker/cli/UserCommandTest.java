package org.expirytracker.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The commands as an operator types them, beside running servers. */
@Timeout(60)
@ProvenRoom("product")
class UserCommandTest {

    private static final DatabaseUrl DATABASE = TestDatabase.migrated();
    private static final TestApi NODE = TestApi.node();
    private static final Map<String, String> ENVIRONMENT = Map.of("DATABASE_URL", TestDatabase.textOf(DATABASE));

    private final String name = "u" + UUID.randomUUID().toString().substring(0, 18);

    private record Answer(int code, String out, String err) {}

    private static CommandLine commandLine(Map<String, String> environment, String typed) {
        return Main.commandLine(environment, Clock.systemUTC(), new BufferedReader(new StringReader(typed)));
    }

    private static Answer run(Map<String, String> environment, String typed, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        List<String> all = new ArrayList<>(List.of("user"));
        all.addAll(List.of(arguments));
        int code = commandLine(environment, typed)
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all.toArray(String[]::new));
        return new Answer(code, out.toString(), err.toString());
    }

    private static String run(String... arguments) {
        Answer answer = run(ENVIRONMENT, "", arguments);
        assertThat(answer.code).as(answer.err).isZero();
        assertThat(answer.err).isEmpty();
        return answer.out;
    }

    private static JsonObject json(String... arguments) {
        return new JsonObject(
                run(Stream.concat(Stream.of(arguments), Stream.of("--json")).toArray(String[]::new)));
    }

    /** Adds a user and answers their password. */
    private String add() {
        return json("add", name, name + "@example.org").getString("password");
    }

    private JsonObject login(String password) {
        return new TestApi.User(NODE, name, "")
                .attempt(
                        "login",
                        "session { accessToken }",
                        new JsonObject().put("username", name).put("password", password));
    }

    private TestApi.User loggedIn(String password) {
        return new TestApi.User(
                NODE, name, login(password).getJsonObject("session").getString("accessToken"));
    }

    static Stream<String> commands() {
        return Objects.requireNonNull(commandLine(Map.of(), "").getSubcommands().get("user"))
                .getSubcommands()
                .keySet()
                .stream();
    }

    @Nested
    class Help {

        @ParameterizedTest
        @MethodSource("org.expirytracker.cli.UserCommandTest#commands")
        void of_every_command_explains_it_in_a_hundred_columns(String command) {
            Answer answer = run(Map.of(), "", command, "--help");

            assertThat(answer.code).isZero();
            assertThat(answer.out).startsWith("Usage: expiry user " + command).contains("--json");
            assertThat(answer.out.lines())
                    .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(100))
                    .anySatisfy(line -> assertThat(line).matches("[A-Z].{20,}[.:,a-z]"));
        }

        @Test
        void of_all_commands_lists_each_and_tells_how_the_first_administrator_comes_to_be() {
            String out = run(Map.of(), "", "--help").out;

            assertThat(out).contains("DATABASE_URL", "Examples:", "expiry user promote anna", "first administrator");
            assertThat(commands())
                    .hasSizeGreaterThanOrEqualTo(11)
                    .allSatisfy(command -> assertThat(out).containsPattern("\n  " + command + " +[A-Z]"));
        }

        @Test
        void is_offered_when_the_command_line_is_wrong() {
            for (String[] wrong : new String[][] {
                {},
                {"lok"},
                {"lock", "anna"},
                {"lock", "anna", "--for", "soon"},
                {"show"},
                {"add", "anna"},
                {"add", "anna", "a@example.org", "--time-zone", "Mars/Base"}
            }) {
                Answer answer = run(ENVIRONMENT, "", wrong);

                assertThat(answer.code).as(String.join(" ", wrong)).isEqualTo(2);
                assertThat(answer.err).containsPattern("Try: expiry user( \\w+)? --help");
            }
        }
    }

    @Nested
    class Add {

        @Test
        void opens_an_account_and_prints_its_password_once() {
            String out = run("add", name, name + "@example.org", "--time-zone", "Europe/Paris");

            String password = out.strip().substring(out.lastIndexOf(' ') + 1);
            assertThat(out).startsWith("Added " + name + ".");
            assertThat(loggedIn(password).query("{ viewer { timeZone role } }").encode())
                    .contains("Europe/Paris", "USER");
        }

        @Test
        void takes_a_password_from_standard_input_and_does_not_print_it() {
            Answer answer =
                    run(ENVIRONMENT, TestApi.PASSWORD + "\n", "add", name, name + "@example.org", "--password-stdin");

            assertThat(answer.code).as(answer.err).isZero();
            assertThat(answer.out).doesNotContain(TestApi.PASSWORD);
            assertThat(login(TestApi.PASSWORD).getJsonObject("session")).isNotNull();
        }

        @Test
        void refuses_what_registering_refuses_in_one_line() {
            add();

            Answer taken = run(ENVIRONMENT, "", "add", name, "other" + name + "@example.org");
            Answer weak = run(ENVIRONMENT, "short\n", "add", "x" + name, "x@example.org", "--password-stdin");

            assertThat(List.of(taken, weak)).allSatisfy(answer -> {
                assertThat(answer.code).isEqualTo(1);
                assertThat(answer.out).isEmpty();
                assertThat(answer.err.lines()).hasSize(1);
            });
        }

        @Test
        void is_the_first_entry_of_the_users_log() {
            String password = add();

            assertThat(loggedIn(password)
                            .query("{ activities(last: 1) { nodes { kind actor } } }")
                            .encode())
                    .contains("ACCOUNT_REGISTERED", "ADMIN");
        }
    }

    @Nested
    class Show {

        @Test
        void takes_the_name_the_address_or_the_id() {
            add();
            JsonObject shown = json("show", name);

            assertThat(json("show", shown.getString("email"))).isEqualTo(shown);
            assertThat(json("show", shown.getString("id"))).isEqualTo(shown);
        }

        @Test
        void finds_a_user_by_name_and_by_address_in_whatever_case() {
            add();

            assertThat(run("show", name.toUpperCase(java.util.Locale.ROOT)))
                    .contains("username", name, "role", "user", "state", "active", "two-factor", "off", "never");
            assertThat(json("show", name + "@example.org").getMap())
                    .containsEntry("username", name)
                    .containsEntry("active", true)
                    .containsEntry("lockedUntil", null);
        }

        @Test
        void fails_when_there_is_none() {
            Answer answer = run(ENVIRONMENT, "", "show", name);

            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.err).isEqualTo("There is no such user." + System.lineSeparator());
        }
    }

    @Nested
    class ListOfUsers {

        @Test
        void shows_every_user_found_beyond_one_page() {
            new Stock(DATABASE)
                    .run(
                            "INSERT INTO users (id, username, email, password_hash) SELECT gen_random_uuid(),"
                                    + " ? || place, ? || place || '@example.org', '-' FROM generate_series(1, 201) AS place",
                            name,
                            name);

            String text = run("list", "--search", name);
            JsonArray document = new JsonArray(run("list", "--search", name, "--json"));

            assertThat(text.lines()).hasSize(202).first().asString().startsWith("username");
            assertThat(document).hasSize(201);
        }
    }

    @Nested
    class Attempts {

        @Test
        void shows_who_tried_to_log_in_as_a_user() {
            String password = add();
            login("wrong");
            login(password);

            assertThat(run("attempts", name)).contains("wrong password", "succeeded", "127.0.0.1");
            assertThat(new JsonArray(run("attempts", name, "--json")).encode()).contains("WRONG_PASSWORD", "SUCCEEDED");
        }
    }

    @Nested
    class Acts {

        @Test
        void hold_at_once_for_a_running_server() {
            NODE.newAdministrator();
            String password = add();
            TestApi.User user = loggedIn(password);

            assertThat(run("lock", name, "--for", "2h")).startsWith("Locked " + name + ": user, locked until 2");
            Instant until = Instant.parse(json("show", name).getString("lockedUntil"));
            assertThat(until)
                    .isBetween(Instant.now().plusSeconds(7_000), Instant.now().plusSeconds(7_200));
            assertThat(run("unlock", name)).isEqualTo("Unlocked " + name + ": user, active." + System.lineSeparator());
            assertThat(run("deactivate", name)).contains("deactivated");
            assertThat(run("activate", name)).contains("active");
            assertThat(run("promote", name)).contains("administrator");
            assertThat(loggedIn(password).query("{ users(first: 1) { nodes { id } } }"))
                    .isNotNull();
            assertThat(run("demote", name)).contains("Demoted " + name + ": user");

            assertThat(loggedIn(password)
                            .query("{ activities(first: 6) { nodes { kind actor } } }")
                            .encode())
                    .contains("ACCOUNT_DEMOTED", "ACCOUNT_PROMOTED", "ADMIN");
            assertThat(user.answer("{ viewer { id } }", new JsonObject()).encode())
                    .as("The session from before the lock")
                    .contains("UNAUTHENTICATED");
        }

        @Test
        void give_a_token_for_a_new_password() {
            add();

            JsonObject reset = json("reset-password", name);

            assertThat(reset.getString("token")).startsWith("eto_");
            assertThat(run("reset-password", name)).startsWith("eto_").contains("works once, until 2");
        }

        @Test
        void turn_two_factor_authentication_off() {
            add();
            Stock stock = new Stock(DATABASE);
            assertThat(run(ENVIRONMENT, "", "reset-two-factor", name).code).isEqualTo(1);
            stock.run(
                    "UPDATE users SET two_factor_enabled = true, two_factor_secret = '\\x00' WHERE username = ?", name);

            assertThat(run("reset-two-factor", name)).startsWith("Turned two-factor authentication off for " + name);
            assertThat(json("show", name).getBoolean("twoFactorEnabled")).isFalse();
        }

        @ParameterizedTest
        @ValueSource(strings = {"demote", "deactivate", "lock"})
        void never_remove_the_last_administrator_who_can_act(String act) {
            Map<String, String> alone = Map.of("DATABASE_URL", TestDatabase.textOf(TestDatabase.freshMigrated()));
            assertThat(run(alone, "", "add", "anna", "anna@example.org").code).isZero();
            assertThat(run(alone, "", "add", "bert", "bert@example.org").code).isZero();
            run(alone, "", "promote", "anna");
            String[] arguments =
                    act.equals("lock") ? new String[] {act, "anna", "--for", "1d"} : new String[] {act, "anna"};

            Answer refused = run(alone, "", arguments);

            assertThat(refused.code).isEqualTo(1);
            assertThat(refused.err).startsWith("This is the last administrator who can act.");
            run(alone, "", "promote", "bert");
            assertThat(run(alone, "", arguments).code).isZero();
        }
    }

    @Nested
    class TheEmbeddedDatabase {

        @TempDir
        Path data;

        @Test
        void is_used_beside_a_running_server_and_alone() throws IOException {
            Map<String, String> environment =
                    Map.of("EXPIRY_DATA", data.toString(), "EXPIRY_PORT", "0", "EXPIRY_DATABASE_CONNECTIONS", "6");
            try (Server server = new Server(Config.from(environment), Clock.systemUTC())) {
                server.start(false, new PrintWriter(Writer.nullWriter()));

                assertThat(run(environment, "", "add", "anna", "anna@example.org").code)
                        .isZero();
                assertThat(run(environment, "", "promote", "anna").out).contains("administrator");
            }

            assertThat(run(environment, "", "show", "anna").out).contains("administrator");
        }

        @Test
        void that_is_not_migrated_is_told_with_what_to_do() {
            Map<String, String> empty = Map.of("DATABASE_URL", TestDatabase.textOf(TestDatabase.fresh()));

            Answer answer = run(empty, "", "list");

            assertThat(answer.code).isEqualTo(1);
            assertThat(answer.err).contains("expiry db upgrade");
        }
    }

    @Nested
    class Export {

        @TempDir
        Path folder;

        private void addCategories(int number) {
            new Stock(DATABASE)
                    .run(
                            "INSERT INTO categories (user_id, id, name)"
                                    + " SELECT users.id, gen_random_uuid(), 'c' || place"
                                    + "   FROM users, generate_series(1, ?) AS place WHERE username = ?",
                            number,
                            name);
        }

        @Test
        void prints_what_the_user_would_see() {
            TestApi.User user = loggedIn(add());
            user.createCategory("Größe \"L\"");

            JsonObject printed = new JsonObject(run("export", name));

            assertThat(printed.fieldNames()).contains("users", "activities", "loginAttempts", "categories");
            printed.remove("budgets");
            JsonObject shown = user.query("{ exportMyData }").getJsonObject("exportMyData");
            shown.remove("budgets");
            assertThat(printed).isEqualTo(shown);
        }

        @Test
        void writes_more_than_the_user_could_see_into_a_file_that_only_its_owner_can_read() throws IOException {
            add();
            addCategories(12_000);
            Path file = folder.resolve("export.json");

            assertThat(run("export", name, file.toString())).startsWith("Wrote " + file + ": 12,0");

            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo("rw-------");
            assertThat(new JsonObject(Files.readString(file)).getJsonArray("categories"))
                    .hasSize(12_000);
        }

        @Test
        void overwrites_nothing_and_knows_nobody_who_is_not_there() throws IOException {
            add();
            Path file = Files.writeString(folder.resolve("export.json"), "precious");

            assertThat(run(ENVIRONMENT, "", "export", name, file.toString()).err)
                    .contains("is not overwritten");
            assertThat(file).hasContent("precious");
            assertThat(run(ENVIRONMENT, "", "export", "nobody-" + name).code).isEqualTo(1);
        }
    }
}
