package org.expirytracker.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is let in when others guess, and what is remembered of it, on two nodes that share nothing but the database. */
@Timeout(120)
@ProvenRoom("product")
class LoginTest {

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final TestApi NODE = TestApi.node();
    private static final TestApi OTHER_NODE = TestApi.otherNode();
    private static final User NOBODY = new User(NODE, "", "");
    private static final String ATTEMPTS =
            "{ loginAttempts(first: 100) { totalCount nodes { outcome userAgent address createdAt } } }";

    private final User victim = NODE.newUser();

    private static JsonObject input(String name, String password, String deviceToken) {
        return JsonObject.of("username", name, "password", password, "deviceToken", deviceToken);
    }

    private static JsonObject login(TestApi node, JsonObject input) {
        return new User(node, "", "")
                .attempt("login", "session { accessToken } deviceToken viewer { username }", input);
    }

    private static List<Object> codes(JsonObject payload) {
        return each(payload.getJsonArray("userErrors"), "code");
    }

    private static List<Object> guess(String name, int place) {
        return codes(login(place % 2 == 0 ? NODE : OTHER_NODE, input(name, "wrong password " + place, "")));
    }

    /** Wrong guesses from eight clients at once, over both nodes. */
    private static List<Object> guesses(String name, int count) throws Exception {
        List<Future<List<Object>>> answers = new ArrayList<>();
        try (ExecutorService clients = Executors.newFixedThreadPool(8)) {
            for (int at = 0; at < count; at++) {
                int place = at;
                answers.add(clients.submit(() -> guess(name, place)));
            }
        }
        List<Object> codes = new ArrayList<>();
        for (Future<List<Object>> answer : answers) {
            codes.addAll(answer.get());
        }
        return codes;
    }

    private String deviceToken() {
        return login(NODE, input(victim.name(), TestApi.PASSWORD, "")).getString("deviceToken");
    }

    /** As though so many had been wrong in a row, and the last just now. */
    private void fail(int failures) {
        STOCK.run("""
                INSERT INTO credential_guards (subject_id, kind, user_id, failures, blocked_until)
                SELECT id, 'LOGIN', id, ?, now() + interval '1 hour' FROM users WHERE username = ?
                ON CONFLICT (subject_id, kind) DO UPDATE
                   SET failures = excluded.failures, blocked_until = excluded.blocked_until
                """, failures, victim.name());
    }

    private List<Object> outcomes() {
        return each(victim.query(ATTEMPTS).getJsonObject("loginAttempts").getJsonArray("nodes"), "outcome");
    }

    @Nested
    class AThousandWrongGuesses {

        @Test
        void verify_ten_at_most_and_leave_live_sessions_and_known_devices_alone() throws Exception {
            String device = deviceToken();

            List<Object> codes = guesses(victim.name(), 1_000);

            assertThat(codes).hasSize(1_000).containsOnly("WRONG_CREDENTIALS", "ACCOUNT_LOCKED");
            assertThat(codes.stream().filter("WRONG_CREDENTIALS"::equals)).hasSizeBetween(3, 10);
            assertThat(STOCK.column("""
                            SELECT count(*) FROM login_attempts JOIN users ON users.id = subject_id
                             WHERE username = ? AND outcome = 'WRONG_PASSWORD'
                            """, victim.name()).getFirst().toString())
                    .satisfies(
                            verified -> assertThat(Integer.parseInt(verified)).isBetween(3, 10));
            assertThat(victim.query("{ viewer { username } }").getJsonObject("viewer"))
                    .isEqualTo(JsonObject.of("username", victim.name()));
            assertThat(victim.on(OTHER_NODE)
                            .query(ATTEMPTS)
                            .getJsonObject("loginAttempts")
                            .getInteger("totalCount"))
                    .isEqualTo(1_001);
            blockAgain();
            assertThat(codes(login(NODE, input(victim.name(), TestApi.PASSWORD, ""))))
                    .containsExactly("ACCOUNT_LOCKED");
            assertThat(login(OTHER_NODE, input(victim.name(), TestApi.PASSWORD, device))
                            .getJsonObject("viewer"))
                    .isEqualTo(JsonObject.of("username", victim.name()));
        }

        /** If the last delay was over before the last guess was answered. */
        private void blockAgain() {
            STOCK.run(
                    "UPDATE credential_guards SET blocked_until = now() + interval '1 hour' WHERE user_id = (SELECT id FROM users WHERE username = ?)",
                    victim.name());
        }
    }

    @Nested
    class ALock {

        @Test
        void tells_when_it_ends() {
            fail(10);

            JsonObject payload = NOBODY.query(
                            "mutation ($input: LoginInput!) { login(input: $input) { session { expiresAt } userErrors { code retryAt field } } }",
                            JsonObject.of("input", input(victim.name(), TestApi.PASSWORD, "")))
                    .getJsonObject("login");

            JsonObject error = payload.getJsonArray("userErrors").getJsonObject(0);
            assertThat(error.getString("code")).isEqualTo("ACCOUNT_LOCKED");
            assertThat(Instant.parse(error.getString("retryAt")))
                    .isBetween(
                            Instant.now().plus(Duration.ofMinutes(58)),
                            Instant.now().plus(Duration.ofMinutes(61)));
            assertThat(payload.getValue("session")).isNull();
        }

        @Test
        void by_an_administrator_is_told_only_to_who_knows_the_password_and_lets_no_device_in() {
            String device = deviceToken();
            STOCK.run("UPDATE users SET locked_until = now() + interval '1 hour' WHERE username = ?", victim.name());

            assertThat(codes(login(NODE, input(victim.name(), "wrong password", device))))
                    .containsExactly("WRONG_CREDENTIALS");
            assertThat(codes(login(NODE, input(victim.name(), TestApi.PASSWORD, device))))
                    .containsExactly("ACCOUNT_LOCKED");
        }

        @Test
        void by_an_administrator_ends_by_itself() {
            STOCK.run("UPDATE users SET locked_until = now() - interval '1 second' WHERE username = ?", victim.name());

            assertThat(codes(login(NODE, input(victim.name(), TestApi.PASSWORD, ""))))
                    .isEmpty();
        }
    }

    @Nested
    class AKnownDevice {

        @Test
        void has_ten_tries_of_its_own_and_is_then_forgotten() {
            String device = deviceToken();
            fail(12);
            for (int at = 0; at < 10; at++) {
                assertThat(codes(login(OTHER_NODE, input(victim.name(), "wrong password", device))))
                        .containsExactly("WRONG_CREDENTIALS");
            }

            assertThat(codes(login(NODE, input(victim.name(), TestApi.PASSWORD, device))))
                    .containsExactly("ACCOUNT_LOCKED");
        }

        @Test
        void gets_a_new_token_at_each_login_and_the_old_one_says_nothing_any_more() {
            String device = deviceToken();

            JsonObject second = login(OTHER_NODE, input(victim.name(), TestApi.PASSWORD, device));

            fail(10);
            assertThat(codes(login(NODE, input(victim.name(), TestApi.PASSWORD, device))))
                    .containsExactly("ACCOUNT_LOCKED");
            assertThat(codes(login(NODE, input(victim.name(), TestApi.PASSWORD, second.getString("deviceToken")))))
                    .isEmpty();
        }

        @Test
        void of_somebody_else_helps_nobody() {
            User stranger = NODE.newUser();
            String foreign =
                    login(NODE, input(stranger.name(), TestApi.PASSWORD, "")).getString("deviceToken");
            fail(10);

            for (String token : List.of(foreign, "etd_nonsense", "")) {
                assertThat(codes(login(NODE, input(victim.name(), TestApi.PASSWORD, token))))
                        .containsExactly("ACCOUNT_LOCKED");
            }
        }

        @Test
        void is_known_by_a_hash_alone_and_never_more_than_fifty_are() {
            String device = deviceToken();
            STOCK.run("""
                    INSERT INTO known_devices (user_id, hash, last_used_at)
                    SELECT id, decode(md5(place::text), 'hex'), now() - place * interval '1 minute'
                      FROM users, generate_series(1, 60) AS place WHERE username = ?
                    """, victim.name());

            deviceToken();

            List<@Nullable String> kept = STOCK.column("""
                    SELECT t::text FROM known_devices t JOIN users ON users.id = user_id WHERE username = ?
                    """, victim.name());
            assertThat(kept).hasSize(50);
            assertThat(kept.toString()).doesNotContain(device.substring(30));
        }

        @Test
        void is_one_after_registering_as_well() {
            String name = "r" + UUID.randomUUID().toString().substring(0, 18);
            JsonObject registered = NOBODY.mutate(
                    "register",
                    "deviceToken",
                    JsonObject.of("username", name, "email", name + "@example.org", "password", TestApi.PASSWORD));

            assertThat(registered.getString("deviceToken")).startsWith("etd_");
        }
    }

    @Nested
    class LoginAttempts {

        @Test
        void show_who_tried_and_what_came_of_it_newest_first() {
            guess(victim.name(), 0);
            deviceToken();
            guess(victim.name() + "@Example.org", 1);
            fail(10);
            login(NODE, input(victim.name(), TestApi.PASSWORD, ""));
            STOCK.run(
                    "DELETE FROM credential_guards WHERE user_id = (SELECT id FROM users WHERE username = ?)",
                    victim.name());
            STOCK.run("UPDATE users SET active = false WHERE username = ?", victim.name());
            login(NODE, input(victim.name(), TestApi.PASSWORD, ""));
            STOCK.run("UPDATE users SET active = true WHERE username = ?", victim.name());

            JsonArray attempts = loggedInAgain()
                    .query(ATTEMPTS)
                    .getJsonObject("loginAttempts")
                    .getJsonArray("nodes");

            assertThat(each(attempts, "outcome"))
                    .containsExactly(
                            "SUCCEEDED", "REFUSED", "BLOCKED", "WRONG_PASSWORD", "SUCCEEDED", "WRONG_PASSWORD");
            assertThat(each(attempts, "address")).containsOnly("127.0.0.1");
            assertThat(each(attempts, "userAgent").toString()).contains("Java-http-client");
        }

        /** Their session may have been found dead while they were not active. */
        private User loggedInAgain() {
            return new User(
                    OTHER_NODE,
                    victim.name(),
                    login(OTHER_NODE, input(victim.name(), TestApi.PASSWORD, ""))
                            .getJsonObject("session")
                            .getString("accessToken"));
        }

        @Test
        void are_read_page_by_page_in_both_directions() {
            for (int at = 0; at < 3; at++) {
                guess(victim.name(), at);
            }
            String page =
                    "{ loginAttempts(%s) { nodes { createdAt } pageInfo { hasNextPage startCursor endCursor } } }";
            JsonObject first = victim.query(page.formatted("first: 2")).getJsonObject("loginAttempts");
            JsonObject info = first.getJsonObject("pageInfo");

            JsonObject rest = victim.query(page.formatted("first: 2, after: \"" + info.getString("endCursor") + "\""))
                    .getJsonObject("loginAttempts");
            JsonObject back = victim.query(page.formatted("last: 2, before: \""
                            + rest.getJsonObject("pageInfo").getString("startCursor") + "\""))
                    .getJsonObject("loginAttempts");

            assertThat(info.getBoolean("hasNextPage")).isTrue();
            assertThat(rest.getJsonArray("nodes")).hasSize(1);
            assertThat(back.getJsonArray("nodes")).isEqualTo(first.getJsonArray("nodes"));
        }

        @Test
        void are_noted_for_a_name_that_nobody_has_as_well() {
            String name = "nobody-" + UUID.randomUUID();
            int before = attemptsOfNobody();

            guess(name, 0);

            assertThat(attemptsOfNobody()).isGreaterThan(before);
        }

        private int attemptsOfNobody() {
            return STOCK.column("SELECT id FROM login_attempts WHERE user_id IS NULL")
                    .size();
        }

        @Test
        void are_not_shown_to_anybody_else() {
            guess(victim.name(), 0);
            guess(victim.name(), 1);
            User stranger = NODE.newUser();

            String cursor = victim.query("{ loginAttempts(first: 1) { pageInfo { endCursor } } }")
                    .getJsonObject("loginAttempts")
                    .getJsonObject("pageInfo")
                    .getString("endCursor");
            for (String page : List.of("first: 100", "first: 1, after: \"%s\"", "last: 1, before: \"%s\"")) {
                assertThat(stranger.query(
                                "{ loginAttempts(" + page.formatted(cursor) + ") { totalCount nodes { outcome } } }"))
                        .isEqualTo(JsonObject.of(
                                "loginAttempts", JsonObject.of("totalCount", 0, "nodes", new JsonArray())));
            }
            assertThat(outcomes()).containsExactly("WRONG_PASSWORD", "WRONG_PASSWORD");
        }
    }

    @Nested
    class TheCurrentPassword {

        @Test
        void can_be_guessed_no_more_than_another_and_locks_only_itself() {
            JsonObject wrong = JsonObject.of("currentPassword", "wrong password", "newPassword", "a long new password");
            for (int at = 0; at < 3; at++) {
                assertThat(victim.refusals("changePassword", wrong))
                        .containsExactly("WRONG_CREDENTIALS input.currentPassword");
            }

            // A slow machine must not let the second pass that they have to wait.
            STOCK.run("""
                    UPDATE credential_guards SET blocked_until = now() + interval '1 hour'
                     WHERE kind = 'CONFIRMATION' AND blocked_until > last_tried_at
                       AND user_id = (SELECT id FROM users WHERE username = ?)
                    """, victim.name());
            assertThat(victim.on(OTHER_NODE).refusals("deleteAccount", JsonObject.of("password", TestApi.PASSWORD)))
                    .containsExactly("ACCOUNT_LOCKED ");
            assertThat(codes(login(NODE, input(victim.name(), TestApi.PASSWORD, ""))))
                    .isEmpty();
        }
    }
}
