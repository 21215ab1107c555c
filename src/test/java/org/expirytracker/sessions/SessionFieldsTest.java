package org.expirytracker.sessions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Coming in and going out as a client does it, over HTTP, with two nodes that share nothing but the database. */
@Timeout(60)
@ProvenRoom("product")
class SessionFieldsTest {

    private static final Duration A_SECOND = Duration.ofSeconds(1);

    private static final Stock STOCK = new Stock(TestDatabase.migrated());
    private static final TestApi NODE = TestApi.node();
    private static final TestApi OTHER_NODE = TestApi.otherNode();
    private static final User NOBODY = new User(NODE, "", "");
    private static final String SESSION = "session { accessToken refreshToken expiresAt } viewer { username timeZone }";

    private static JsonObject particulars() {
        String name = "s" + UUID.randomUUID().toString().substring(0, 18);
        return JsonObject.of(
                "username", name, "email", name + "@example.org", "password", TestApi.PASSWORD, "timeZone", Noon.ZONE);
    }

    /** A client that logged in on one node. */
    private record Client(TestApi node, String name, String accessToken, String refreshToken) {

        static Client of(TestApi node, JsonObject payload) {
            JsonObject session = payload.getJsonObject("session");
            return new Client(
                    node,
                    payload.getJsonObject("viewer").getString("username"),
                    session.getString("accessToken"),
                    session.getString("refreshToken"));
        }

        static Client register() {
            return of(NODE, NOBODY.mutate("register", SESSION, particulars()));
        }

        static Client login(TestApi node, String name) {
            JsonObject input = JsonObject.of("username", name, "password", TestApi.PASSWORD);
            return of(node, NOBODY.on(node).mutate("login", SESSION, input));
        }

        User user() {
            return new User(node, name, accessToken);
        }

        int statusOn(TestApi asked) {
            return asked.post(accessToken, "{\"query\": \"{ viewer { id } }\"}").statusCode();
        }

        boolean lives() {
            return statusOn(NODE) == 200 && statusOn(OTHER_NODE) == 200;
        }

        /** After how long the last request was sent that a node still took. */
        Duration lingeringOn(TestApi asked) {
            Instant ended = Instant.now();
            Duration last = Duration.ZERO;
            Duration sent = Duration.ZERO;
            while (statusOn(asked) != 401) {
                last = sent;
                assertThat(last).isLessThan(A_SECOND);
                sent = Duration.between(ended, Instant.now());
            }
            return last;
        }
    }

    private static List<String> refusals(TestApi node, String mutation, JsonObject input) {
        return NOBODY.on(node).refusals(mutation, input);
    }

    @Nested
    class Register {

        @Test
        void opens_a_session_that_every_node_takes() {
            JsonObject input = particulars();

            JsonObject payload = NOBODY.mutate("register", SESSION, input);

            assertThat(payload.getJsonObject("viewer"))
                    .isEqualTo(JsonObject.of("username", input.getString("username"), "timeZone", Noon.ZONE));
            assertThat(Instant.parse(payload.getJsonObject("session").getString("expiresAt")))
                    .isBetween(
                            Instant.now().plus(Duration.ofMinutes(8)),
                            Instant.now().plus(Duration.ofMinutes(11)));
            assertThat(Client.of(NODE, payload).lives()).isTrue();
        }

        @Test
        void refuses_a_name_or_address_that_is_taken_in_whatever_case_on_whatever_node() {
            JsonObject first = particulars();
            NOBODY.mutate("register", SESSION, first);

            JsonObject sameName =
                    particulars().put("username", first.getString("username").toUpperCase(Locale.ROOT));
            JsonObject sameAddress =
                    particulars().put("email", first.getString("email").toUpperCase(Locale.ROOT));

            assertThat(refusals(OTHER_NODE, "register", sameName)).containsExactly("CONFLICT input.username");
            assertThat(refusals(OTHER_NODE, "register", sameAddress)).containsExactly("CONFLICT input.email");
        }

        @Test
        void tells_everything_that_is_wrong_at_once() {
            JsonObject wrong = JsonObject.of("username", "-", "email", "nowhere", "password", "short");

            assertThat(refusals(NODE, "register", wrong))
                    .containsExactlyInAnyOrder(
                            "INVALID input.username", "INVALID input.email", "INVALID input.password");
        }
    }

    @Nested
    class Login {

        private final Client client = Client.register();

        @Test
        void takes_the_name_or_the_address_in_whatever_case_on_every_node() {
            for (String name :
                    List.of(client.name, client.name.toUpperCase(Locale.ROOT), client.name + "@Example.ORG")) {
                assertThat(Client.login(OTHER_NODE, name).lives()).isTrue();
            }
            assertThat(client.lives()).isTrue();
        }

        @Test
        void says_of_a_wrong_password_no_more_than_of_an_unknown_name() {
            JsonObject wrong = JsonObject.of("username", client.name, "password", "wrong password");
            JsonObject unknown = JsonObject.of("username", "nobody" + client.name, "password", TestApi.PASSWORD);

            JsonObject one = NOBODY.attempt("login", SESSION, wrong);
            JsonObject other = NOBODY.attempt("login", SESSION, unknown);

            assertThat(one).isEqualTo(other);
            assertThat(each(one.getJsonArray("userErrors"), "code")).containsExactly("WRONG_CREDENTIALS");
            assertThat(one.getValue("session")).isNull();
        }
    }

    @Nested
    class RefreshSession {

        private final Client client = Client.register();

        private Client refresh(TestApi node, Client old) {
            return Client.of(
                    node,
                    NOBODY.on(node).mutate("refreshSession", SESSION, JsonObject.of("refreshToken", old.refreshToken)));
        }

        @Test
        void gives_new_tokens_on_any_node_again_and_again() {
            Client second = refresh(OTHER_NODE, client);
            Client third = refresh(NODE, second);

            assertThat(third.refreshToken).isNotIn(client.refreshToken, second.refreshToken);
            assertThat(third.name).isEqualTo(client.name);
            assertThat(third.lives()).isTrue();
        }

        @Test
        void gives_the_same_refresh_token_on_any_node_to_whoever_lost_the_answer() {
            Client lost = refresh(NODE, client);

            Client retried = refresh(OTHER_NODE, client);

            assertThat(retried.refreshToken).isEqualTo(lost.refreshToken);
            assertThat(retried.lives()).isTrue();
            assertThat(lost.lives()).isTrue();
            assertThat(refresh(NODE, retried).refreshToken).isNotIn(client.refreshToken, lost.refreshToken);
        }

        @Test
        void with_a_token_that_was_used_half_a_minute_ago_ends_the_session_for_whoever_holds_it() {
            Client second = refresh(NODE, client);
            assertThat(second.lives()).isTrue();
            STOCK.run(
                    "UPDATE refresh_tokens SET spent_at = spent_at - interval '30 seconds'"
                            + " WHERE user_id = (SELECT id FROM users WHERE username = ?)",
                    client.name);

            assertThat(refusals(OTHER_NODE, "refreshSession", JsonObject.of("refreshToken", client.refreshToken)))
                    .containsExactly("WRONG_CREDENTIALS input.refreshToken");

            assertThat(second.lingeringOn(NODE)).isLessThan(A_SECOND);
            assertThat(second.statusOn(OTHER_NODE)).isEqualTo(401);
            assertThat(refusals(NODE, "refreshSession", JsonObject.of("refreshToken", second.refreshToken)))
                    .containsExactly("WRONG_CREDENTIALS input.refreshToken");
        }

        @Test
        void a_hundred_times_at_once_over_two_nodes_gives_everybody_the_same_refresh_token() throws Exception {
            List<Future<JsonObject>> answers = new ArrayList<>();
            try (ExecutorService clients = Executors.newFixedThreadPool(20)) {
                for (int at = 0; at < 100; at++) {
                    TestApi node = at % 2 == 0 ? NODE : OTHER_NODE;
                    answers.add(clients.submit(() -> NOBODY.on(node)
                            .attempt("refreshSession", SESSION, JsonObject.of("refreshToken", client.refreshToken))));
                }
            }
            List<Client> refreshed = new ArrayList<>();
            for (Future<JsonObject> answer : answers) {
                refreshed.add(Client.of(NODE, answer.get()));
            }

            assertThat(refreshed)
                    .extracting(Client::refreshToken)
                    .containsOnly(refreshed.getFirst().refreshToken)
                    .doesNotContain(client.refreshToken);
            assertThat(refreshed.getFirst().lives()).isTrue();
            assertThat(refreshed.getLast().lives()).isTrue();
        }

        @Test
        void does_not_take_what_is_no_refresh_token() {
            for (String token : List.of("", "nonsense", client.accessToken)) {
                assertThat(refusals(NODE, "refreshSession", JsonObject.of("refreshToken", token)))
                        .isNotEmpty()
                        .allMatch(refusal -> refusal.endsWith(" input.refreshToken"));
            }
        }
    }

    @Nested
    class Logout {

        private final Client client = Client.register();

        @Test
        void kills_the_token_here_at_once_and_on_the_other_node_within_a_second(TestReporter reporter) {
            assertThat(client.lives()).isTrue();

            JsonObject payload =
                    client.user().mutate("logout", "clientMutationId", JsonObject.of("clientMutationId", "bye"));
            Duration lingering = client.lingeringOn(OTHER_NODE);

            assertThat(payload.getString("clientMutationId")).isEqualTo("bye");
            assertThat(client.statusOn(NODE)).isEqualTo(401);
            reporter.publishEntry("token lived on elsewhere, ms", Long.toString(lingering.toMillis()));
            assertThat(lingering).isLessThan(A_SECOND);
        }

        @Test
        void ends_the_refresh_token_too() {
            client.user().mutate("logout", "clientMutationId", new JsonObject());

            assertThat(refusals(OTHER_NODE, "refreshSession", JsonObject.of("refreshToken", client.refreshToken)))
                    .containsExactly("WRONG_CREDENTIALS input.refreshToken");
        }

        @Test
        void leaves_the_other_sessions_of_the_user() {
            Client phone = Client.login(OTHER_NODE, client.name);

            client.user().mutate("logout", "clientMutationId", new JsonObject());

            assertThat(phone.lives()).isTrue();
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void everywhere_ends_all_sessions_and_the_calling_one_only_if_asked(boolean exceptThis) {
            Client phone = Client.login(OTHER_NODE, client.name);
            Client tablet = Client.login(NODE, client.name);

            JsonObject payload =
                    client.user().mutate("logoutEverywhere", "endedSessions", JsonObject.of("exceptThis", exceptThis));

            assertThat(payload.getInteger("endedSessions")).isEqualTo(exceptThis ? 2 : 3);
            for (Client ended : List.of(phone, tablet)) {
                assertThat(ended.lingeringOn(OTHER_NODE)).isLessThan(A_SECOND);
                assertThat(ended.statusOn(NODE)).isEqualTo(401);
            }
            assertThat(client.lives()).isEqualTo(exceptThis);
        }
    }

    @Nested
    class Sessions {

        private static final String LIST =
                "{ sessions { totalCount nodes { id userAgent address createdAt lastUsedAt expiresAt current } } }";

        private final Client client = Client.register();

        private JsonObject list(Client asking) {
            return asking.user().query(LIST).getJsonObject("sessions");
        }

        @Test
        void shows_the_live_ones_newest_first_and_which_one_asks() {
            Client phone = Client.login(OTHER_NODE, client.name);
            Client tablet = Client.login(NODE, client.name);
            tablet.user().mutate("logout", "clientMutationId", new JsonObject());

            JsonObject sessions = list(client);

            assertThat(sessions.getInteger("totalCount")).isEqualTo(2);
            assertThat(each(sessions.getJsonArray("nodes"), "current")).containsExactly(false, true);
            assertThat(each(list(phone).getJsonArray("nodes"), "current")).containsExactly(true, false);
            JsonObject newest = sessions.getJsonArray("nodes").getJsonObject(0);
            assertThat(newest.getString("address")).isEqualTo("127.0.0.1");
            assertThat(newest.getString("userAgent")).contains("Java-http-client");
            assertThat(Instant.parse(newest.getString("expiresAt")))
                    .isAfter(Instant.now().plus(Duration.ofDays(29)));
        }

        @Test
        void are_read_page_by_page_in_both_directions() {
            Client.login(OTHER_NODE, client.name);
            Client.login(NODE, client.name);
            String page = "{ sessions(%s) { nodes { id } pageInfo { hasNextPage startCursor endCursor } } }";
            JsonObject first = client.user().query(page.formatted("first: 2")).getJsonObject("sessions");
            String end = first.getJsonObject("pageInfo").getString("endCursor");

            JsonObject rest = client.user()
                    .query(page.formatted("first: 2, after: \"" + end + "\""))
                    .getJsonObject("sessions");
            String start = rest.getJsonObject("pageInfo").getString("startCursor");
            JsonObject back = client.user()
                    .query(page.formatted("last: 2, before: \"" + start + "\""))
                    .getJsonObject("sessions");

            assertThat(first.getJsonObject("pageInfo").getBoolean("hasNextPage"))
                    .isTrue();
            assertThat(rest.getJsonArray("nodes")).hasSize(1);
            assertThat(back.getJsonArray("nodes")).isEqualTo(first.getJsonArray("nodes"));
        }

        @Test
        void are_found_by_their_global_ids() {
            String id = list(client).getJsonArray("nodes").getJsonObject(0).getString("id");
            String query = "query ($id: ID!) { node(id: $id) { id ... on DeviceSession { current } } }";

            assertThat(client.user().query(query, JsonObject.of("id", id)).getJsonObject("node"))
                    .isEqualTo(JsonObject.of("id", id, "current", true));
            assertThat(NODE.newUser().query(query, JsonObject.of("id", id)).getValue("node"))
                    .isNull();
        }

        @Test
        void end_one_by_one() {
            Client phone = Client.login(OTHER_NODE, client.name);
            String id = list(client).getJsonArray("nodes").getJsonObject(0).getString("id");

            JsonObject payload = client.user().mutate("revokeSession", "deletedId", JsonObject.of("id", id));

            assertThat(payload.getString("deletedId")).isEqualTo(id);
            assertThat(phone.lingeringOn(OTHER_NODE)).isLessThan(A_SECOND);
            assertThat(client.lives()).isTrue();
            assertThat(list(client).getInteger("totalCount")).isEqualTo(1);
            assertThat(client.user().refusals("revokeSession", JsonObject.of("id", id)))
                    .containsExactly("NOT_FOUND input.id");
        }
    }

    /** Whatever ends a session ends it everywhere, and the sockets that it opened. */
    @Nested
    class AnEnd {

        /** Five seconds are promised; the machine that tests may be busy. */
        private static final Duration SOCKETS_SOON = Duration.ofSeconds(10);

        private record Way(Client phone, Events socket, Runnable end) {}

        private Way way(BiConsumer<Client, Client> end) {
            Client client = Client.register();
            Client phone = Client.login(OTHER_NODE, client.name);
            Events socket = phone.user().subscribe("subscription { itemChanged { id } }");
            return new Way(phone, socket, () -> end.accept(client, phone));
        }

        private Way bySql(String change) {
            return way((client, phone) -> STOCK.run("UPDATE users SET " + change + " WHERE username = ?", client.name));
        }

        @Test
        void kills_tokens_on_the_other_node_within_a_second_and_sockets_within_five(TestReporter reporter) {
            List<Way> ways = List.of(
                    way((client, phone) ->
                            phone.user().on(NODE).mutate("logout", "clientMutationId", new JsonObject())),
                    way((client, phone) -> client.user()
                            .mutate("logoutEverywhere", "endedSessions", JsonObject.of("exceptThis", true))),
                    way((client, phone) -> client.user()
                            .mutate(
                                    "changePassword",
                                    "viewer { id }",
                                    JsonObject.of(
                                            "currentPassword",
                                            TestApi.PASSWORD,
                                            "newPassword",
                                            "another long password"))),
                    way((client, phone) -> client.user()
                            .mutate("deleteAccount", "deletedId", JsonObject.of("password", TestApi.PASSWORD))),
                    bySql("locked_until = now() + interval '1 hour'"),
                    bySql("active = false"));

            List<Instant> ends = new ArrayList<>();
            for (Way way : ways) {
                assertThat(way.phone.statusOn(OTHER_NODE)).isEqualTo(200);
                way.end.run();
                ends.add(Instant.now());
                assertThat(way.phone.lingeringOn(OTHER_NODE)).isLessThan(A_SECOND);
                assertThat(way.phone.statusOn(NODE)).isEqualTo(401);
                assertThat(refusals(
                                OTHER_NODE, "refreshSession", JsonObject.of("refreshToken", way.phone.refreshToken)))
                        .containsExactly("WRONG_CREDENTIALS input.refreshToken");
            }

            for (int at = 0; at < ways.size(); at++) {
                assertThat(ways.get(at).socket.closeCode(SOCKETS_SOON)).isEqualTo(4401);
                Duration lingering =
                        Duration.between(ends.get(at), ways.get(at).socket.closedAt());
                reporter.publishEntry("socket lived on, ms", Long.toString(lingering.toMillis()));
                assertThat(lingering).isLessThan(SOCKETS_SOON);
            }
        }

        @Test
        void of_a_lock_lets_the_session_go_on() {
            Client client = Client.register();
            STOCK.run("UPDATE users SET locked_until = now() + interval '1 hour' WHERE username = ?", client.name);
            client.lingeringOn(NODE);

            STOCK.run("UPDATE users SET locked_until = NULL WHERE username = ?", client.name);

            Instant unlocked = Instant.now();
            Duration sent = Duration.ZERO;
            while (client.statusOn(NODE) != 200) {
                assertThat(sent).isLessThan(A_SECOND);
                sent = Duration.between(unlocked, Instant.now());
            }
        }

        @Test
        void of_what_a_caller_may_do_ends_their_sockets_but_not_their_session() {
            Client client = Client.register();
            Events socket = client.user().subscribe("subscription { itemChanged { id } }");

            STOCK.run("UPDATE users SET role = 'ADMIN' WHERE username = ?", client.name);

            assertThat(socket.closeCode(SOCKETS_SOON)).isEqualTo(4403);
            assertThat(client.lives()).isTrue();
        }
    }

    @Nested
    class ChangePassword {

        @Test
        void ends_every_other_session_and_lets_only_the_new_password_in() {
            Client client = Client.register();
            Client phone = Client.login(OTHER_NODE, client.name);

            client.user()
                    .mutate(
                            "changePassword",
                            "viewer { id }",
                            JsonObject.of("currentPassword", TestApi.PASSWORD, "newPassword", "another long password"));

            assertThat(phone.lingeringOn(OTHER_NODE)).isLessThan(A_SECOND);
            assertThat(client.lives()).isTrue();
            assertThat(refusals(
                            OTHER_NODE, "login", JsonObject.of("username", client.name, "password", TestApi.PASSWORD)))
                    .containsExactly("WRONG_CREDENTIALS ");
            assertThat(refusals(
                            OTHER_NODE,
                            "login",
                            JsonObject.of("username", client.name, "password", "another long password")))
                    .isEmpty();
        }
    }

    @Nested
    class UpdateProfile {

        @Test
        void of_the_time_zone_moves_the_users_day_on_every_node() {
            Client client = Client.register();
            String query = "{ inventory { asOf } }";
            for (String zone : List.of("Pacific/Kiritimati", "Pacific/Pago_Pago")) {
                client.user().mutate("updateProfile", "viewer { timeZone }", JsonObject.of("timeZone", zone));

                String today = LocalDate.now(ZoneId.of(zone)).toString();
                Instant changed = Instant.now();
                assertThat(client.user().query(query).getJsonObject("inventory").getString("asOf"))
                        .isEqualTo(today);
                User elsewhere = client.user().on(OTHER_NODE);
                while (!elsewhere
                        .query(query)
                        .getJsonObject("inventory")
                        .getString("asOf")
                        .equals(today)) {
                    assertThat(Duration.between(changed, Instant.now())).isLessThan(A_SECOND);
                }
            }
        }
    }

    @Nested
    class DeleteAccount {

        /** Whatever table a later migration adds: it must be filled here, and be empty afterwards. */
        @Test
        void removes_everything_that_was_the_users() {
            Client client = Client.register();
            User user = client.user();
            String dairy = user.createCategory("Dairy");
            String milk = user.createItem(
                    JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(1), "categoryId", dairy, "quantity", 2));
            user.mutate("takeOut", "item { id }", JsonObject.of("itemId", milk, "quantity", 1, "outcome", "USED"));
            user.mutate("generateReport", "report { id }", new JsonObject());
            user.attempt("createItem", "@idempotent(key: \"k\")", "item { id }", JsonObject.of("name", "Rice"));
            String id = String.valueOf(STOCK.column("SELECT id FROM users WHERE username = ?", client.name)
                    .getFirst());
            for (String rows : WHAT_ELSE_THERE_IS) {
                STOCK.run(rows, UUID.fromString(id));
            }
            List<String> tables = tablesOfUsers();
            assertThat(tables).allSatisfy(table -> assertThat(rows(table, id)).isPositive());
            assertThat(client.lives()).isTrue();

            user.mutate("deleteAccount", "deletedId", JsonObject.of("password", TestApi.PASSWORD));

            assertThat(tables).allSatisfy(table -> assertThat(rows(table, id)).isZero());
            assertThat(STOCK.column("SELECT id FROM users WHERE username = ?", client.name))
                    .isEmpty();
            assertThat(client.lingeringOn(OTHER_NODE)).isLessThan(A_SECOND);
            assertThat(client.statusOn(NODE)).isEqualTo(401);
            assertThat(refusals(NODE, "login", JsonObject.of("username", client.name, "password", TestApi.PASSWORD)))
                    .containsExactly("WRONG_CREDENTIALS ");
            assertThat(refusals(NODE, "refreshSession", JsonObject.of("refreshToken", client.refreshToken)))
                    .containsExactly("WRONG_CREDENTIALS input.refreshToken");
        }

        private static final List<String> WHAT_ELSE_THERE_IS = List.of(
                "INSERT INTO notification_marks (user_id, notification_id, member_id, status, marked_at)"
                        + " SELECT user_id, id, user_id, 'READ', now() FROM notifications WHERE user_id = ? LIMIT 1",
                "INSERT INTO credential_guards (subject_id, kind, user_id) SELECT id, 'ANSWER', id FROM users WHERE id = ?",
                "INSERT INTO login_attempts (subject_id, id, user_id, outcome)"
                        + " SELECT id, gen_random_uuid(), id, 'WRONG_PASSWORD' FROM users WHERE id = ?",
                "INSERT INTO known_devices (user_id, hash) VALUES (?, 'device')",
                "INSERT INTO one_time_tokens (user_id, hash, purpose, expires_at)"
                        + " VALUES (?, 'token', 'PASSWORD_RESET', now() + interval '1 hour')",
                "INSERT INTO recovery_codes (user_id, hash) VALUES (?, 'code')",
                "INSERT INTO api_tokens (user_id, id, name, hash, scopes)"
                        + " VALUES (?, gen_random_uuid(), 'token', 'hash', '{account}')",
                "INSERT INTO acknowledgements (user_id, item_id, expiry_date, reminder)"
                        + " SELECT user_id, id, expiry_date, '*' FROM items WHERE user_id = ? AND expiry_date IS NOT NULL",
                "INSERT INTO reminder_settings (user_id) VALUES (?)",
                "INSERT INTO category_reminders (user_id, category_id, days, percents)"
                        + " SELECT user_id, id, '{3}', '{}' FROM categories WHERE user_id = ?",
                "INSERT INTO percent_reminders (user_id, item_id, percent, due_on)"
                        + " SELECT user_id, id, 50, current_date FROM items WHERE user_id = ?",
                "INSERT INTO webhooks (user_id, id, url, events, secret, after_seq)"
                        + " VALUES (?, gen_random_uuid(), 'https://example.org/', '{ITEM_CREATED}', 'abc', 0)",
                "INSERT INTO webhook_deliveries (user_id, id, webhook_id, place, event, event_id, body, once)"
                        + " SELECT user_id, gen_random_uuid(), id, 1, 'ITEM_CREATED', 'msg', '{}', false FROM webhooks WHERE user_id = ?",
                "INSERT INTO channels (user_id, id, name, kind, origin, secret, notification_kinds, rhythm, since, day, created_at,"
                        + " updated_at) VALUES (?, gen_random_uuid(), 'phone', 'NTFY', 'https://example.org', 'abc', '{EXPIRED}',"
                        + " 'AT_ONCE', now(), '-infinity', now(), now())",
                "INSERT INTO channel_places (user_id, channel_id, inventory_id, notified_at, notification_id)"
                        + " SELECT user_id, id, user_id, now(), id FROM channels WHERE user_id = ?",
                "INSERT INTO channel_deliveries (user_id, id, channel_id, place, content, created_at)"
                        + " SELECT user_id, gen_random_uuid(), id, 1, '{}', now() FROM channels WHERE user_id = ?",
                "INSERT INTO imports (user_id, id, name, maker_id, session_id) VALUES (?, gen_random_uuid(), 'x', gen_random_uuid(), gen_random_uuid())",
                "INSERT INTO import_chunks (user_id, import_id, place, data) SELECT user_id, id, 0, 'x' FROM imports WHERE user_id = ?",
                "INSERT INTO import_refusals (user_id, import_id, place, row_number, reason) SELECT user_id, id, 1, 2, 'x' FROM imports WHERE user_id = ?",
                "INSERT INTO import_mappings (user_id, columns_key, options, used_at) VALUES (?, 'x', '{}', now())",
                "INSERT INTO jobs (tenant_id, kind, object_id, due_at) SELECT id, 'turn', id, 'infinity' FROM users WHERE id = ?",
                "INSERT INTO stuck_turns (user_id, error, retry_at) VALUES (?, 'wrong', 'infinity')",
                "INSERT INTO stuck_items (user_id, item_id, error, retry_at)"
                        + " SELECT user_id, id, 'wrong', 'infinity' FROM items WHERE user_id = ?",
                "INSERT INTO budgets (key, full_at, capacity, useful, granted, user_id)"
                        + " SELECT 'token:' || id, now() + interval '1 hour', 20, 0, 0, id FROM users WHERE id = ?");

        /** Each column that may hold a user's id, such as {@code items.user_id}. */
        private static List<String> tablesOfUsers() {
            return STOCK
                    .column("SELECT table_name || '.' || column_name FROM information_schema.columns"
                            + " WHERE table_schema = 'public' AND column_name IN ('user_id', 'subject_id', 'tenant_id')"
                            + " AND table_name <> 'erasures'")
                    .stream()
                    .map(String::valueOf)
                    .toList();
        }

        private static int rows(String column, String userId) {
            return STOCK.column(
                            "SELECT 1 FROM " + column.substring(0, column.indexOf('.')) + " WHERE " + column
                                    + " = ?::uuid",
                            userId)
                    .size();
        }

        @Test
        void keeps_of_the_user_nothing_but_the_id_and_when_they_went() {
            Client client = Client.register();
            String id = String.valueOf(STOCK.column("SELECT id FROM users WHERE username = ?", client.name)
                    .getFirst());

            client.user().mutate("deleteAccount", "deletedId", JsonObject.of("password", TestApi.PASSWORD));

            assertThat(STOCK.column(
                            "SELECT to_jsonb(e) - 'erased_at' FROM erasures AS e WHERE user_id = ?::uuid"
                                    + " AND erased_at > now() - interval '1 minute'",
                            id))
                    .containsExactly("{\"user_id\": \"" + id + "\"}");
        }

        @Test
        void frees_the_name_for_someone_who_starts_with_nothing() {
            JsonObject input = particulars();
            Client former = Client.of(NODE, NOBODY.mutate("register", SESSION, input));
            former.user().createItem(JsonObject.of("name", "Milk"));
            former.user().mutate("deleteAccount", "deletedId", JsonObject.of("password", TestApi.PASSWORD));

            Client next = Client.of(OTHER_NODE, NOBODY.on(OTHER_NODE).mutate("register", SESSION, input));

            assertThat(next.user().query("{ items { totalCount } }").getJsonObject("items"))
                    .isEqualTo(JsonObject.of("totalCount", 0));
        }

        @Test
        void needs_the_password() {
            Client client = Client.register();

            assertThat(client.user().refusals("deleteAccount", JsonObject.of("password", "wrong password")))
                    .containsExactly("WRONG_CREDENTIALS input.password");
            assertThat(client.lives()).isTrue();
        }

        @Test
        void leaves_other_users_as_they_are() {
            Client client = Client.register();
            User other = NODE.newUser(Noon.ZONE);
            other.createItem(JsonObject.of("name", "Milk"));
            try (Events events = other.subscribe("subscription { itemChanged { item { name } } }")) {
                client.user().mutate("deleteAccount", "deletedId", JsonObject.of("password", TestApi.PASSWORD));
                other.createItem(JsonObject.of("name", "Cream"));

                assertThat(events.next().getJsonObject("itemChanged").getJsonObject("item"))
                        .isEqualTo(JsonObject.of("name", "Cream"));
            }
        }
    }
}
