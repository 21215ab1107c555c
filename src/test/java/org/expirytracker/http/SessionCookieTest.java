package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.expirytracker.Authenticator;
import org.expirytracker.Secrets;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A browser stays signed in by a cookie that no script reads. */
class SessionCookieTest {

    private static final TestApi NODE = TestApi.node();
    private static final TestApi OTHER_NODE = TestApi.otherNode();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String GONE = "expiry-session=; Max-Age=0; HttpOnly; SameSite=Strict";

    private final User user = NODE.newUser();

    private static String origin(TestApi node) {
        return "http://" + node.uri("/").getAuthority();
    }

    /** What a browser sends from a page of the server; headers come in pairs and replace its own. */
    private static HttpResponse<String> post(TestApi node, String place, JsonObject input, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(node.uri("/session/" + place))
                .header("Content-Type", "application/json")
                .header("Origin", origin(node))
                .header("Expiry-Session", "cookie")
                .POST(HttpRequest.BodyPublishers.ofString(input.encode()));
        for (int at = 0; at < headers.length; at += 2) {
            request.setHeader(headers[at], headers[at + 1]);
        }
        return send(request);
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> answer = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            cookies(answer).forEach(cookie -> {
                String token = cookie.substring(cookie.indexOf('=') + 1, cookie.indexOf(';'));
                if (!token.isEmpty()) {
                    Secrets.remember(token);
                }
            });
            return answer;
        } catch (IOException | InterruptedException broken) {
            throw new AssertionError(broken);
        }
    }

    private static List<String> cookies(HttpResponse<?> answer) {
        return answer.headers().allValues("Set-Cookie");
    }

    /** What the browser sends back: the cookie's name and value. */
    private static String kept(HttpResponse<?> answer) {
        assertThat(cookies(answer)).hasSize(1);
        String cookie = cookies(answer).getFirst();
        return cookie.substring(0, cookie.indexOf(';'));
    }

    private static JsonObject payload(HttpResponse<String> answer, String field) {
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body()).getJsonObject("data").getJsonObject(field);
    }

    private HttpResponse<String> login(String password, String... headers) {
        return post(NODE, "login", JsonObject.of("username", user.name(), "password", password), headers);
    }

    private static HttpResponse<String> refresh(TestApi node, String cookie) {
        return post(node, "refresh", new JsonObject(), "Cookie", cookie);
    }

    private static String accessToken(HttpResponse<String> answer, String field) {
        return payload(answer, field).getJsonObject("session").getString("accessToken");
    }

    private boolean isIn(String accessToken) {
        return new JsonObject(NODE.post(accessToken, "{\"query\":\"{ viewer { username } }\"}")
                        .body())
                .encode()
                .contains("\"" + user.name() + "\"");
    }

    @Nested
    class Login {

        @Test
        void puts_the_refresh_token_into_a_cookie_and_nowhere_else() {
            HttpResponse<String> answer = login(TestApi.PASSWORD);

            assertThat(cookies(answer))
                    .singleElement()
                    .asString()
                    .matches("expiry-session=etr_[\\w-]+; Max-Age=2592000; HttpOnly; SameSite=Strict");
            assertThat(answer.body()).doesNotContain("refreshToken").doesNotContain("etr_");
            assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
            assertThat(isIn(accessToken(answer, "login"))).isTrue();
        }

        @Test
        void from_a_page_by_https_sets_a_cookie_for_https_alone() {
            HttpResponse<String> answer =
                    login(TestApi.PASSWORD, "Origin", origin(NODE).replace("http:", "https:"));

            assertThat(cookies(answer)).singleElement().asString().endsWith("; SameSite=Strict; Secure");
        }

        @Test
        void with_a_wrong_password_is_refused_as_by_graphql_and_sets_nothing() {
            HttpResponse<String> answer = login("not the password at all");

            assertThat(payload(answer, "login")
                            .getJsonArray("userErrors")
                            .getJsonObject(0)
                            .getString("code"))
                    .isEqualTo("WRONG_CREDENTIALS");
            assertThat(cookies(answer)).isEmpty();
        }

        @Test
        void asks_for_the_second_factor_before_it_sets_anything() {
            String secret = user.mutate(
                            "startTwoFactor",
                            "twoFactorEnrolment { secret }",
                            JsonObject.of("password", TestApi.PASSWORD))
                    .getJsonObject("twoFactorEnrolment")
                    .getString("secret");
            String recovery = user.mutate(
                            "confirmTwoFactor",
                            "recoveryCodes",
                            JsonObject.of("code", new Authenticator(secret).code(Instant.now())))
                    .getJsonArray("recoveryCodes")
                    .getString(0);

            HttpResponse<String> challenged = login(TestApi.PASSWORD);
            String challenge = payload(challenged, "login")
                    .getJsonObject("twoFactorChallenge")
                    .getString("token");
            HttpResponse<String> answer =
                    post(NODE, "second-factor", JsonObject.of("token", challenge, "code", recovery));

            assertThat(cookies(challenged)).isEmpty();
            assertThat(kept(answer)).startsWith("expiry-session=etr_");
            assertThat(isIn(accessToken(answer, "verifyTwoFactor"))).isTrue();
        }
    }

    @Nested
    class Refresh {

        @Test
        void exchanges_the_token_of_the_cookie_on_any_node() {
            String first = kept(login(TestApi.PASSWORD));

            HttpResponse<String> answer = refresh(OTHER_NODE, first);

            assertThat(kept(answer)).startsWith("expiry-session=etr_").isNotEqualTo(first);
            assertThat(answer.body()).doesNotContain("etr_");
            assertThat(isIn(accessToken(answer, "refreshSession"))).isTrue();
        }

        @Test
        void of_two_tabs_at_once_gives_both_the_same_cookie() {
            String first = kept(login(TestApi.PASSWORD));

            String one = kept(refresh(NODE, first));
            String other = kept(refresh(OTHER_NODE, first));

            assertThat(other).isEqualTo(one);
            assertThat(isIn(accessToken(refresh(NODE, one), "refreshSession"))).isTrue();
        }

        @Test
        void with_a_token_that_was_used_before_ends_the_session_and_has_the_browser_forget_it() {
            String first = kept(login(TestApi.PASSWORD));
            String second = kept(refresh(NODE, first));
            new Stock(TestDatabase.migrated())
                    .run(
                            "UPDATE refresh_tokens SET spent_at = spent_at - interval '30 seconds'"
                                    + " WHERE user_id = (SELECT id FROM users WHERE username = ?)",
                            user.name());

            HttpResponse<String> reused = refresh(NODE, first);

            assertThat(payload(reused, "refreshSession").getJsonObject("session"))
                    .isNull();
            assertThat(cookies(reused)).containsExactly(GONE);
            assertThat(payload(refresh(NODE, second), "refreshSession").getJsonObject("session"))
                    .isNull();
        }

        @Test
        void without_a_cookie_tells_that_nobody_stays_signed_in() {
            HttpResponse<String> answer = post(NODE, "refresh", new JsonObject());

            assertThat(answer.statusCode()).isEqualTo(401);
            assertThat(answer.body()).contains("UNAUTHENTICATED");
            assertThat(cookies(answer)).containsExactly(GONE);
        }

        @Test
        void takes_neither_of_two_cookies_of_the_name() {
            String mine = kept(login(TestApi.PASSWORD));

            assertThat(refresh(NODE, mine + "; expiry-session=etr_another").statusCode())
                    .isEqualTo(401);
        }
    }

    @Nested
    class Logout {

        @Test
        void ends_the_session_and_has_the_browser_forget_it() {
            HttpResponse<String> entered = login(TestApi.PASSWORD);
            String accessToken = accessToken(entered, "login");

            HttpResponse<String> answer = post(NODE, "logout", new JsonObject(), "Cookie", kept(entered));

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            assertThat(cookies(answer)).containsExactly(GONE);
            assertThat(isIn(accessToken)).isFalse();
        }

        @Test
        void succeeds_where_nobody_is_signed_in_any_more() {
            HttpResponse<String> answer = post(NODE, "logout", new JsonObject(), "Cookie", "expiry-session=etr_spent");

            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(cookies(answer)).containsExactly(GONE);
        }
    }

    @Nested
    class OtherPages {

        @ParameterizedTest
        @CsvSource({
            "Origin, https://evil.example",
            "Origin, null",
            "Origin, http://127.0.0.1:1",
            "Sec-Fetch-Site, cross-site",
            "Sec-Fetch-Site, same-site",
            "Sec-Fetch-Site, none"
        })
        void are_refused_and_nothing_is_done(String header, String value) {
            String mine = kept(login(TestApi.PASSWORD));

            HttpResponse<String> answer = post(NODE, "logout", new JsonObject(), "Cookie", mine, header, value);

            assertThat(answer.statusCode()).isEqualTo(403);
            assertThat(cookies(answer)).isEmpty();
            assertThat(isIn(accessToken(refresh(NODE, mine), "refreshSession"))).isTrue();
        }

        @ParameterizedTest
        @ValueSource(strings = {"Origin", "Expiry-Session"})
        void cannot_leave_out_what_tells_them(String missing) {
            List<String> headers = new ArrayList<>(
                    List.of("Content-Type", "application/json", "Origin", origin(NODE), "Expiry-Session", "cookie"));
            int at = headers.indexOf(missing);
            headers.subList(at, at + 2).clear();

            HttpResponse<String> answer = send(HttpRequest.newBuilder(NODE.uri("/session/refresh"))
                    .headers(headers.toArray(String[]::new))
                    .POST(HttpRequest.BodyPublishers.ofString("{}")));

            assertThat(answer.statusCode()).isEqualTo(403);
        }

        @Test
        void are_not_told_that_they_may_ask() {
            HttpResponse<String> answer = send(HttpRequest.newBuilder(NODE.uri("/session/refresh"))
                    .header("Origin", "https://evil.example")
                    .header("Access-Control-Request-Headers", "expiry-session")
                    .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));

            assertThat(answer.statusCode()).isEqualTo(405);
            assertThat(answer.headers().firstValue("Access-Control-Allow-Origin"))
                    .isEmpty();
        }
    }

    @Nested
    class TheRestOfTheServer {

        @Test
        void knows_nobody_by_the_cookie() {
            String mine = kept(login(TestApi.PASSWORD));

            for (String path : Arrays.asList("/graphql?query=%7Bviewer%7Bid%7D%7D", "/exports/items.csv")) {
                assertThat(send(HttpRequest.newBuilder(NODE.uri(path)).header("Cookie", mine))
                                .statusCode())
                        .as(path)
                        .isEqualTo(401);
            }
        }

        @ParameterizedTest
        @CsvSource({"text/plain, login, {}, 415", "application/json, login, [], 400", "application/json, other, {}, 404"
        })
        void refuses_what_it_does_not_understand(String type, String place, String body, int status) {
            HttpResponse<String> answer = send(HttpRequest.newBuilder(NODE.uri("/session/" + place))
                    .headers("Content-Type", type, "Origin", origin(NODE), "Expiry-Session", "cookie")
                    .POST(HttpRequest.BodyPublishers.ofString(body)));

            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
        }
    }
}
