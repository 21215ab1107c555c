package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.http.FixedOperation.Outcome;
import org.expirytracker.kernel.Problem;

/**
 * Staying signed in: {@code POST /session/login}, {@code /session/second-factor}, {@code /session/refresh} and
 * {@code /session/logout} do what the mutations do, by the same rules and limits, but the refresh token comes and goes in a
 * cookie that no script can read. Nothing else of this server looks at a cookie.
 *
 * <p>Only the server's own pages are answered: a browser keeps the cookie from requests that other sites cause
 * ({@code SameSite=Strict}), says whose page asks ({@code Origin}, {@code Sec-Fetch-Site}), and asks first before it sends the
 * header that is required here, which is never allowed.
 */
final class SessionCookie {

    /** What the cookie is called. */
    static final String NAME = "expiry-session";

    /** The header that a request must have, with any value. */
    static final String HEADER = "Expiry-Session";

    private static final String PLACE = "/session/";
    private static final int MOST_BODY_BYTES = 16_384;

    /** As long as a session lives without being used; each refresh begins it anew. */
    private static final Duration KEPT = Duration.ofDays(30);

    private static final String TOKENS = "session { accessToken refreshToken expiresAt } viewer { id }";
    private static final String ERRORS = "userErrors { code message field }";

    private static final FixedOperation LOGIN = new FixedOperation("""
            mutation StayingLogin($input: LoginInput!) {
              login(input: $input) { twoFactorChallenge { token } deviceToken %s %s } }""".formatted(TOKENS, ERRORS));

    private static final FixedOperation SECOND_FACTOR = new FixedOperation("""
            mutation StayingSecondFactor($input: VerifyTwoFactorInput!) {
              verifyTwoFactor(input: $input) { deviceToken %s %s } }""".formatted(TOKENS, ERRORS));

    private static final FixedOperation REFRESH = new FixedOperation("""
            mutation StayingRefresh($input: RefreshSessionInput!) {
              refreshSession(input: $input) { %s %s } }""".formatted(TOKENS, ERRORS));

    private static final FixedOperation LOGOUT = new FixedOperation("""
            mutation StayingLogout($input: LogoutInput!) { logout(input: $input) { %s } }""".formatted(ERRORS));

    /** What is asked here. */
    static final List<FixedOperation> OPERATIONS = List.of(LOGIN, SECOND_FACTOR, REFRESH, LOGOUT);

    private final Vertx vertx;
    private final HttpOptions options;
    private final GraphQLEngine engine;
    private final Authentication authentication;
    private final Origins origins;

    SessionCookie(
            Vertx vertx, HttpOptions options, GraphQLEngine engine, Authentication authentication, Origins origins) {
        this.vertx = vertx;
        this.options = options;
        this.engine = engine;
        this.authentication = authentication;
        this.origins = origins;
    }

    /** Answers one request. */
    void handle(HttpServerRequest request) {
        HttpExchange exchange = new HttpExchange(
                vertx, request, RequestId.begin(request), MediaTypes.Accepted.NAMED_JSON, options, engine);
        request.exceptionHandler(gone -> exchange.over());
        if (!request.method().equals(HttpMethod.POST)) {
            exchange.response().putHeader("Allow", "POST");
            refuse(exchange, 405, "Send POST. Programs use GraphQL: login, verifyTwoFactor, refreshSession, logout.");
        } else if (!isOwnPage(request)) {
            refuse(
                    exchange,
                    403,
                    "Only this server's own pages may stay signed in: Origin must be this server's, and the header "
                            + HEADER + " must be there. Programs use GraphQL: login, refreshSession.");
        } else if (!MediaTypes.isJson(request.getHeader("Content-Type"))) {
            refuse(exchange, 415, "The body must be JSON in UTF-8, with Content-Type application/json.");
        } else {
            receive(exchange);
        }
    }

    private boolean isOwnPage(HttpServerRequest request) {
        List<String> asking = request.headers().getAll("Origin");
        String site = request.getHeader("Sec-Fetch-Site");
        return asking.size() == 1
                && origins.mayConnect(asking.getFirst(), request.getHeader("Host"))
                // Browsers leave it out where the connection is not safe.
                && (site == null || site.equals("same-origin"))
                && request.headers().contains(HEADER);
    }

    private void refuse(HttpExchange exchange, int status, String message) {
        engine.payForRefusal(exchange.device())
                .otherwise(Optional.empty())
                .onSuccess(unpaid -> exchange.refuse(
                        unpaid.isPresent() ? 429 : status, ClientError.of(Problem.Code.INVALID.name(), message)));
    }

    private void receive(HttpExchange exchange) {
        exchange.receive(
                MOST_BODY_BYTES,
                () -> refuse(exchange, 413, "The body is larger than %d bytes.".formatted(MOST_BODY_BYTES)),
                exchange::refuseForMemory,
                body -> received(exchange, body));
    }

    private void received(HttpExchange exchange, Buffer body) {
        Map<String, Object> given;
        try {
            given = Json.object(Json.text(body));
        } catch (Json.Malformed malformed) {
            refuse(exchange, 400, malformed.message());
            return;
        }
        switch (options.within(String.valueOf(exchange.request().path())).substring(PLACE.length())) {
            case "login" -> enter(exchange, LOGIN, "login", given);
            case "second-factor" -> enter(exchange, SECOND_FACTOR, "verifyTwoFactor", given);
            case "refresh" -> refresh(exchange);
            case "logout" -> logout(exchange);
            default -> refuse(exchange, 404, "Here are login, second-factor, refresh and logout.");
        }
    }

    private void enter(HttpExchange exchange, FixedOperation operation, String field, Map<String, Object> input) {
        ask(exchange, operation, input).onSuccess(outcome -> answer(exchange, outcome, field));
    }

    private Future<Outcome> ask(HttpExchange exchange, FixedOperation operation, Map<String, Object> input) {
        return operation.askUnknown(engine, exchange.device(), Map.of("input", input), options.requestTimeout());
    }

    private void refresh(HttpExchange exchange) {
        Optional<String> kept = kept(exchange.request());
        if (kept.isEmpty()) {
            forget(exchange);
            refuse(exchange, 401, Problem.Code.UNAUTHENTICATED, "Nobody stays signed in here. Log in.");
            return;
        }
        ask(exchange, REFRESH, Map.of("refreshToken", kept.get())).onSuccess(outcome -> {
            if (isAnswered(outcome) && session(outcome, "refreshSession").isEmpty()) {
                forget(exchange);
            }
            answer(exchange, outcome, "refreshSession");
        });
    }

    /** Ends the session, and has the browser forget it as soon as that is settled. */
    private void logout(HttpExchange exchange) {
        Optional<String> kept = kept(exchange.request());
        if (kept.isEmpty()) {
            left(exchange);
            return;
        }
        ask(exchange, REFRESH, Map.of("refreshToken", kept.get())).onSuccess(outcome -> {
            Optional<JsonObject> session = session(outcome, "refreshSession");
            if (!isAnswered(outcome)) {
                end(exchange, outcome);
            } else if (session.isEmpty()) {
                // It has ended already.
                left(exchange);
            } else {
                // Should it not end now, the browser shall still be able to end it.
                keep(exchange, session.get());
                end(exchange, session.get());
            }
        });
    }

    private void end(HttpExchange exchange, JsonObject session) {
        authentication
                .authenticate(session.getString("accessToken"), Optional.empty())
                .map(Authenticated::caller)
                .compose(caller -> LOGOUT.ask(
                        engine, caller, exchange.device(), Map.of("input", Map.of()), options.requestTimeout()))
                .onSuccess(ended -> {
                    if (isAnswered(ended)) {
                        left(exchange);
                    } else {
                        end(exchange, ended);
                    }
                })
                .onFailure(failure -> {
                    exchange.response().putHeader("Retry-After", "2");
                    refuse(
                            exchange,
                            503,
                            Problem.Code.UNAVAILABLE,
                            "The session could not be ended just now. Try again in a moment.");
                });
    }

    private static void left(HttpExchange exchange) {
        forget(exchange);
        exchange.end(200, new JsonObject().put("data", new JsonObject()).toBuffer());
    }

    private static void refuse(HttpExchange exchange, int status, Problem.Code code, String message) {
        exchange.refuse(status, ClientError.of(code.name(), message));
    }

    private static boolean isAnswered(Outcome outcome) {
        return outcome.status() == 200;
    }

    private static Optional<JsonObject> session(Outcome outcome, String field) {
        return Optional.ofNullable(outcome.body().getJsonObject("data"))
                .map(data -> data.getJsonObject(field))
                .map(payload -> payload.getJsonObject("session"));
    }

    /** Answers as GraphQL does, but for the refresh token, which goes into the cookie. */
    private static void answer(HttpExchange exchange, Outcome outcome, String field) {
        session(outcome, field).ifPresent(session -> keep(exchange, session));
        end(exchange, outcome);
    }

    private static void end(HttpExchange exchange, Outcome outcome) {
        if (outcome.retrySeconds() > 0) {
            exchange.response().putHeader("Retry-After", Long.toString(outcome.retrySeconds()));
        }
        exchange.endUncompressed(outcome.status(), outcome.body().toBuffer());
    }

    private static void keep(HttpExchange exchange, JsonObject session) {
        cookie(exchange, String.valueOf(session.remove("refreshToken")), KEPT);
    }

    private static void forget(HttpExchange exchange) {
        cookie(exchange, "", Duration.ZERO);
    }

    /**
     * Sets the cookie. It has no path of its own: it is then of the folder of these addresses as the browser knows them
     * (RFC 6265, section 5.1.4), which a proxy may show under a path that this server is never told.
     */
    private static void cookie(HttpExchange exchange, String token, Duration kept) {
        // The page tells how the browser has come, whatever stands between.
        boolean safe = "https"
                .equals(URI.create(exchange.request().getHeader("Origin")).getScheme());
        exchange.response()
                .headers()
                .set(
                        "Set-Cookie",
                        "%s=%s; Max-Age=%d; HttpOnly; SameSite=Strict%s"
                                .formatted(NAME, token, kept.toSeconds(), safe ? "; Secure" : ""));
    }

    /** The refresh token that the browser keeps; empty when it keeps none, or a neighbour has put another beside it. */
    private static Optional<String> kept(HttpServerRequest request) {
        List<String> tokens = request.headers().getAll("Cookie").stream()
                .flatMap(pairs -> Arrays.stream(pairs.split(";", -1)))
                .map(String::strip)
                .filter(pair -> pair.toLowerCase(Locale.ROOT).startsWith(NAME + "="))
                .map(pair -> pair.substring(NAME.length() + 1))
                .filter(token -> !token.isEmpty())
                .toList();
        return tokens.size() == 1 ? Optional.of(tokens.getFirst()) : Optional.empty();
    }
}
