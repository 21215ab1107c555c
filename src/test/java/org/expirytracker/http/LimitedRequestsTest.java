package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.users.User;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Two nodes with the usual budgets, which hardly restore while a test runs. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitedRequestsTest {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** Costs 501, and reads little where there is little. */
    private static final String LIST =
            "items(first: 100) { nodes { category { name } notifications(first: 1) { nodes { id } } } }";

    private static final int CAPACITY = 20_000;
    private static final int AT_ONCE = 32;

    private DatabaseUrl database;
    private Stock stock;
    private TestApi node;
    private TestApi other;

    @BeforeAll
    void start() {
        database = TestDatabase.freshMigrated();
        stock = new Stock(database);
        Map<String, String> environment = Map.of(
                "EXPIRY_RATE_CAPACITY", "" + CAPACITY,
                "EXPIRY_RATE_RESTORE", "1",
                "EXPIRY_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8");
        node = TestApi.start(database, environment);
        other = TestApi.start(database, environment);
    }

    @AfterAll
    void stop() throws IOException {
        node.close();
        other.close();
    }

    private static CompletableFuture<HttpResponse<String>> send(
            TestApi to, String token, JsonObject body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(to.uri("/graphql"))
                .header("content-type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.encode()));
        if (!token.isEmpty()) {
            request.header("authorization", "Bearer " + token);
        }
        for (int at = 0; at < headers.length; at += 2) {
            request.header(headers[at], headers[at + 1]);
        }
        return CLIENT.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private static JsonObject query(String selection) {
        return new JsonObject().put("query", "{ " + selection + " }");
    }

    private static HttpResponse<String> ask(TestApi.User user, String selection) {
        return send(user.api(), user.token(), query(selection)).join();
    }

    private static JsonObject cost(HttpResponse<String> answer) {
        return new JsonObject(answer.body()).getJsonObject("extensions").getJsonObject("cost");
    }

    private static int remaining(TestApi.User user) {
        return cost(ask(user, "__typename")).getJsonObject("budget").getInteger("remaining");
    }

    private static String header(HttpResponse<?> answer, String name) {
        return answer.headers().firstValue(name).orElse("");
    }

    /** Leaves less in the user's budget than a list costs. */
    private void exhaust(TestApi.User user) {
        stock.run(
                "INSERT INTO budgets (key, full_at, capacity, useful, granted) VALUES (?, now() + interval '19950 s', 20000, 0, 0)"
                        + " ON CONFLICT (key) DO UPDATE SET full_at = excluded.full_at",
                key(user));
        // Both nodes learn of it.
        ask(user.on(node), LIST);
        ask(user.on(other), LIST);
    }

    private static String key(TestApi.User user) {
        String id = user.query("{ viewer { id } }").getJsonObject("viewer").getString("id");
        return "user:" + NodeId.decode(id, User.TYPE).orElseThrow();
    }

    @Nested
    class OfAUser {

        @Test
        void tell_what_they_cost_and_what_is_left() {
            TestApi.User user = node.newUser();

            HttpResponse<String> answer = ask(user, LIST);

            int requested = cost(answer).getInteger("requested");
            JsonObject budget = cost(answer).getJsonObject("budget");
            assertThat(budget.getString("name")).isEqualTo("user");
            assertThat(budget.getInteger("capacity")).isEqualTo(CAPACITY);
            assertThat(budget.getDouble("restoreRate")).isEqualTo(1);
            assertThat(budget.getInteger("remaining")).isEqualTo(CAPACITY - requested);
            assertThat(header(answer, "X-RateLimit-Limit")).isEqualTo("" + CAPACITY);
            assertThat(header(answer, "X-RateLimit-Remaining")).isEqualTo("" + (CAPACITY - requested));
            assertThat(header(answer, "X-RateLimit-Resource")).isEqualTo("user");
            assertThat(Long.parseLong(header(answer, "X-RateLimit-Reset"))
                            - Instant.now().getEpochSecond())
                    .isBetween(requested - 5L, requested + 2L);
        }

        @Test
        void are_granted_by_two_nodes_together_to_within_five_percent() {
            TestApi.User user = node.newUser();
            int price = cost(ask(user, LIST)).getInteger("requested");
            long granted = price;
            for (int from = 0; from < 3 * CAPACITY / price; from += AT_ONCE) {
                for (CompletableFuture<HttpResponse<String>> each : ofBothNodes(user)) {
                    int status = each.join().statusCode();
                    assertThat(status).isIn(200, 429);
                    granted += status == 200 ? price : 0;
                }
            }

            assertThat(granted).isBetween(CAPACITY * 95L / 100, CAPACITY * 105L / 100);
        }

        /** As many as there is room for in the memory of a small process; beyond it nodes answer 503. */
        private List<CompletableFuture<HttpResponse<String>>> ofBothNodes(TestApi.User user) {
            List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
            for (int at = 0; at < AT_ONCE; at++) {
                asked.add(send(at % 2 == 0 ? node : other, user.token(), query(LIST)));
            }
            return asked;
        }

        @Test
        void are_refused_with_429_and_when_to_come_back() {
            TestApi.User user = node.newUser();
            exhaust(user);

            HttpResponse<String> refused = ask(user, LIST);

            assertThat(refused.statusCode()).isEqualTo(429);
            JsonObject error =
                    new JsonObject(refused.body()).getJsonArray("errors").getJsonObject(0);
            int requested = cost(refused).getInteger("requested");
            int remaining = cost(refused).getJsonObject("budget").getInteger("remaining");
            assertThat(remaining).isLessThan(requested);
            int wait = Integer.parseInt(header(refused, "Retry-After"));
            assertThat(wait).isBetween(requested - remaining - 1, requested - remaining + 1);
            assertThat(error.getJsonObject("extensions"))
                    .isEqualTo(new JsonObject().put("code", "LIMIT_REACHED").put("retryAfter", wait));
            assertThat(error.getString("message"))
                    .isEqualTo(
                            "This operation costs %d, and your budget has %d left. Try again in %d s.",
                            requested, remaining, wait);
            assertThat(header(refused, "X-RateLimit-Remaining")).isEqualTo("" + remaining);
            assertThat(new JsonObject(refused.body()).containsKey("data")).isFalse();
        }

        @Test
        void change_nothing_when_they_are_refused() {
            TestApi.User user = node.newUser();
            exhaust(user);
            JsonObject create = new JsonObject()
                    .put(
                            "query",
                            "mutation { createCategory(input: { name: \"Refused\" }) { category { id items(first: 100)"
                                    + " { nodes { id } } } } }");

            assertThat(send(node, user.token(), create).join().statusCode()).isEqualTo(429);
            assertThat(send(other, user.token(), create).join().statusCode()).isEqualTo(429);

            assertThat(stock.column("SELECT name FROM categories WHERE name = 'Refused'"))
                    .isEmpty();
        }

        @Test
        void pay_for_each_alias() {
            TestApi.User user = node.newUser();

            int one = cost(ask(user, "a: categories(first: 10) { nodes { name } }"))
                    .getInteger("requested");
            int three = cost(ask(
                            user,
                            "a: categories(first: 10) { nodes { name } } b: categories(first: 10) { nodes { name } }"
                                    + " c: categories(first: 10) { nodes { name } }"))
                    .getInteger("requested");

            assertThat(three).isEqualTo(3 * one);
        }

        @Test
        void cost_at_least_one_even_when_they_cannot_be_executed() {
            TestApi.User user = node.newUser();
            int before = remaining(user);

            assertThat(ask(user, "nonsense").statusCode()).isEqualTo(400);
            assertThat(ask(user, "items(first: 1").statusCode()).isEqualTo(400);
            assertThat(ask(user, "items(first: 1000) { nodes { id } }").statusCode())
                    .isEqualTo(400);

            assertThat(remaining(user)).isEqualTo(before - 4);
        }

        @Test
        void above_the_limit_are_refused_with_their_price_and_cost_no_more_than_one() {
            TestApi.User user = node.newUser();
            int before = remaining(user);

            HttpResponse<String> refused =
                    ask(user, "items(first: 100) { nodes { notifications(first: 100) { nodes { item { id } } } } }");

            assertThat(refused.statusCode()).isEqualTo(400);
            assertThat(refused.body()).contains("This operation costs 20", "at most 10000 is allowed");
            assertThat(remaining(user)).isEqualTo(before - 2);
        }

        @Test
        void leave_other_users_theirs() {
            exhaust(node.newUser());

            assertThat(ask(node.newUser(), LIST).statusCode()).isEqualTo(200);
        }

        @Test
        void over_a_websocket_pay_when_they_begin() {
            TestApi.User user = node.newUser();
            exhaust(user);

            try (TestApi.Events events = user.subscribe(
                    "subscription { itemChanged { item { category { items(first: 100) { nodes { id } } } } } }")) {
                assertThat(events.errors()
                                .getJsonObject(0)
                                .getJsonObject("extensions")
                                .getString("code"))
                        .isEqualTo("LIMIT_REACHED");
            }
        }
    }

    @Nested
    class OfAnAddress {

        private static final JsonObject REFRESH = new JsonObject()
                .put("query", "mutation { refreshSession(input: { refreshToken: \"none\" }) { userErrors { code } } }");

        private HttpResponse<String> from(String forwardedFor, JsonObject body) {
            return send(node, "", body, "X-Forwarded-For", forwardedFor).join();
        }

        private void exhaustCredentials(String address) {
            List<CompletableFuture<HttpResponse<String>>> asked = new ArrayList<>();
            for (int at = 0; at < 210; at++) {
                asked.add(send(node, "", REFRESH, "X-Forwarded-For", address));
            }
            assertThat(asked.stream().map(each -> each.join().statusCode()).filter(status -> status == 200))
                    .hasSizeBetween(190, 210);
        }

        private JsonObject login(TestApi.User user) {
            return new JsonObject()
                    .put("query", "mutation ($input: LoginInput!) { login(input: $input) { session { accessToken } } }")
                    .put(
                            "variables",
                            new JsonObject()
                                    .put(
                                            "input",
                                            new JsonObject()
                                                    .put("username", user.name())
                                                    .put("password", TestApi.PASSWORD)));
        }

        /** The pool tells nothing of itself before its first work. */
        private int passwordsHashed() {
            Matcher hashed = Pattern.compile("vertx_pool_completed_total\\{[^}]*\"passwords\"[^}]*} ([0-9.]+)")
                    .matcher(node.get("/metrics").body());
            return hashed.find() ? (int) Double.parseDouble(hashed.group(1)) : 0;
        }

        @Test
        void that_has_sent_too_many_credentials_are_refused_before_any_password_is_hashed() {
            TestApi.User user = node.newUser();
            exhaustCredentials("198.51.100.1");
            int before = passwordsHashed();

            HttpResponse<String> refused = from("198.51.100.1", login(user));

            assertThat(refused.statusCode()).isEqualTo(429);
            assertThat(header(refused, "X-RateLimit-Resource")).isEqualTo("credentials");
            assertThat(Integer.parseInt(header(refused, "Retry-After"))).isPositive();
            assertThat(refused.body()).contains("Too many passwords");
            assertThat(passwordsHashed()).isEqualTo(before);
            assertThat(from("198.51.100.2", login(user)).statusCode()).isEqualTo(200);
            assertThat(passwordsHashed()).isGreaterThan(before);
        }

        @Test
        void is_the_one_that_a_trusted_proxy_names_and_not_what_a_client_invents() {
            TestApi.User user = node.newUser();
            exhaustCredentials("203.0.113.1");

            assertThat(from("198.51.100.77, 203.0.113.1", login(user)).statusCode())
                    .isEqualTo(429);
            assertThat(from("203.0.113.1, 198.51.100.78, 10.1.1.1", login(user)).statusCode())
                    .isEqualTo(200);
        }

        @Test
        void is_its_first_half_when_it_is_IPv6() {
            TestApi.User user = node.newUser();
            exhaustCredentials("2001:db8:0:1::1");

            assertThat(from("2001:db8:0:1:1234::5", login(user)).statusCode()).isEqualTo(429);
            assertThat(from("2001:db8:0:2::1", login(user)).statusCode()).isEqualTo(200);
        }

        @Test
        void with_a_wrong_token_pay_from_its_budget_and_are_refused_when_it_is_empty() {
            stock.run(
                    "INSERT INTO budgets (key, full_at, capacity, useful, granted) VALUES (?, now() + interval '19990 s', 20000, 0, 0)",
                    "address:c0000202");
            TestApi.User user = node.newUser();

            // What a node grants before it asks the database is a fiftieth of the budget at most.
            List<Integer> statuses = new ArrayList<>();
            for (int at = 0; at < 100; at++) {
                statuses.add(send(node, "etp_wrong" + at, query("__typename"), "X-Forwarded-For", "192.0.2.2")
                        .join()
                        .statusCode());
            }

            assertThat(statuses).startsWith(401, 401).endsWith(429, 429).containsOnly(401, 429);
            assertThat(send(node, user.token(), query("__typename"), "X-Forwarded-For", "192.0.2.2")
                            .join()
                            .statusCode())
                    .isEqualTo(200);
        }

        @Test
        void without_a_token_pay_from_its_budget() {
            HttpResponse<String> answer = from("192.0.2.1", query("__typename"));

            assertThat(cost(answer).getJsonObject("budget"))
                    .isEqualTo(new JsonObject()
                            .put("name", "address")
                            .put("capacity", 4_000)
                            .put("remaining", 3_999)
                            .put("restoreRate", 0.2));
        }
    }
}
