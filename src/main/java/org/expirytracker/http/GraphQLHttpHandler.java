package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.expirytracker.api.Answer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.Cost;
import org.expirytracker.api.FieldErrors;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.api.GraphQLRequest;
import org.expirytracker.api.Written;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.kernel.Problem;
import org.expirytracker.limits.Receipt;
import org.jspecify.annotations.Nullable;

/**
 * GraphQL over HTTP, by the specification of that name: POST for everything, GET for what only reads. Subscriptions are
 * answered as Server-Sent Events, by npm's graphql-sse in its distinct connections mode.
 */
final class GraphQLHttpHandler {

    private static final int MOST_BODY_BYTES = 1_048_576;
    /**
     * Most requests that are executed at a time; another is refused at once, which is quicker than to let all of them
     * wait. By Little's law this many keep an event loop busy that answers 5,000 a second in 50 ms each. Those without
     * a token get half: no crowd that logs in keeps out who has logged in.
     */
    private static final int MOST_UNDER_WAY = 256;

    private static final String EXPOSED = RequestId.HEADER
            + ", Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-RateLimit-Resource";

    /** What pages of named origins may send: what is read here, and what the usual clients and tracers add. */
    private static final String ALLOWED_HEADERS = String.join(
            ", ",
            "Authorization",
            ActingInventory.HEADER,
            "Content-Type",
            "Accept",
            "Cache-Control",
            "Last-Event-ID",
            RequestId.HEADER,
            "X-Requested-With",
            "Apollo-Require-Preflight",
            "Apollographql-Client-Name",
            "Apollographql-Client-Version",
            "X-Apollo-Operation-Id",
            "X-Apollo-Operation-Name",
            "X-Apollo-Operation-Type",
            "GraphQL-Preflight",
            "GraphQL-Require-Preflight",
            "X-GraphQL-Client-Name",
            "X-GraphQL-Client-Version",
            "Traceparent",
            "Tracestate",
            "Baggage",
            "Sentry-Trace",
            "B3");

    private static final String METHODS = "GET, HEAD, POST, OPTIONS";

    private static final CharSequence LIMIT = HttpHeaders.createOptimized("X-RateLimit-Limit");
    private static final CharSequence REMAINING = HttpHeaders.createOptimized("X-RateLimit-Remaining");
    private static final CharSequence RESET = HttpHeaders.createOptimized("X-RateLimit-Reset");
    private static final CharSequence RESOURCE = HttpHeaders.createOptimized("X-RateLimit-Resource");

    private static final String INVALID = Problem.Code.INVALID.name();
    private static final String UNAVAILABLE = Problem.Code.UNAVAILABLE.name();

    private final Vertx vertx;
    private final HttpOptions options;
    private final GraphQLEngine engine;
    private final RequestCallers callers;
    private final Origins origins;
    private final OperationMetrics metrics;
    private final OperationMetrics streamMetrics;
    private final Occupancy occupancy;
    private final InstantSource clock;
    private final Consumer<HttpConnection> outlasting;
    private final Set<EventStream> streams = new HashSet<>();
    private boolean closing;
    private int underWay;

    /**
     * A handler on the event loop that calls.
     *
     * @param outlasting called with each connection whose answer goes on
     */
    GraphQLHttpHandler(
            Vertx vertx,
            HttpOptions options,
            GraphQLEngine engine,
            RequestCallers callers,
            Origins origins,
            OperationMetrics metrics,
            OperationMetrics streamMetrics,
            Occupancy occupancy,
            InstantSource clock,
            Consumer<HttpConnection> outlasting) {
        this.vertx = vertx;
        this.options = options;
        this.engine = engine;
        this.callers = callers;
        this.origins = origins;
        this.metrics = metrics;
        this.streamMetrics = streamMetrics;
        this.occupancy = occupancy;
        this.clock = clock;
        this.outlasting = outlasting;
        // All at the same time: their sessions are then looked up together. The timers end with the verticle.
        eachStream(options.socketTimes().sessionCheck(), EventStream::checkSession);
        eachStream(options.socketTimes().ping(), EventStream::beat);
    }

    private void eachStream(Duration period, Consumer<EventStream> action) {
        vertx.setPeriodic(period.toMillis(), timer -> List.copyOf(streams).forEach(action));
    }

    /** How many subscriptions are being answered. */
    int openStreams() {
        return streams.size();
    }

    /** Takes no more subscriptions and ends those that are open: the server goes away. */
    Future<?> close() {
        closing = true;
        return Future.join(List.copyOf(streams).stream()
                        .map(stream -> stream.end(EventStream.End.GOING_AWAY))
                        .toList())
                .otherwiseEmpty();
    }

    /** Answers one request. */
    void handle(HttpServerRequest request) {
        MediaTypes.Accepted accepted = MediaTypes.accepted(request.getHeader("Accept"));
        HttpExchange exchange = new HttpExchange(
                vertx,
                request,
                RequestId.begin(request),
                accepted == null ? MediaTypes.Accepted.ANYTHING : accepted,
                options,
                engine);
        request.exceptionHandler(gone -> exchange.over());
        allowOrigin(request);
        if (request.method().equals(HttpMethod.OPTIONS)) {
            preflight(exchange);
        } else if (!request.method().equals(HttpMethod.POST) && !Routes.isReading(request)) {
            exchange.response().putHeader("Allow", METHODS);
            refuse(exchange, 405, ClientError.of(INVALID, "Send a GraphQL request by POST, or a query by GET."));
        } else if (accepted == null) {
            refuse(
                    exchange,
                    406,
                    ClientError.of(
                            INVALID,
                            "Accept must allow application/graphql-response+json, application/json or"
                                    + " text/event-stream."));
        } else if (request.method().equals(HttpMethod.POST)) {
            post(exchange);
        } else {
            get(exchange);
        }
    }

    /** Refuses what is malformed before it is known who asks; their address pays, or is told to wait. */
    private void refuse(HttpExchange exchange, int status, ClientError error) {
        engine.payForRefusal(exchange.device())
                .otherwise(Optional.empty())
                .onSuccess(unpaid -> unpaid.ifPresentOrElse(
                        answer -> answer(exchange, answer, Optional.empty()), () -> exchange.refuse(status, error)));
    }

    private void allowOrigin(HttpServerRequest request) {
        String origin = request.getHeader("Origin");
        if (origin != null && origins.isNamed(origin)) {
            request.response()
                    .putHeader("Access-Control-Allow-Origin", origin)
                    .putHeader("Access-Control-Expose-Headers", EXPOSED)
                    .putHeader("Vary", "Origin");
        }
    }

    private static void preflight(HttpExchange exchange) {
        exchange.response()
                .putHeader("Allow", METHODS)
                .putHeader("Access-Control-Allow-Methods", "GET, HEAD, POST")
                .putHeader("Access-Control-Allow-Headers", ALLOWED_HEADERS)
                .putHeader("Access-Control-Max-Age", "600");
        exchange.end(204, Buffer.buffer());
    }

    private void get(HttpExchange exchange) {
        exchange.arrived();
        if (!RequestTarget.isQuery(exchange.request().query())) {
            refuse(
                    exchange,
                    400,
                    ClientError.of(
                            INVALID, "The address is not well-formed: after each % two digits, together UTF-8."));
            return;
        }
        GraphQLRequest parsed;
        try {
            parsed = RequestBody.read(parameters(exchange.request().params()), exchange.device());
        } catch (Json.Malformed malformed) {
            refuse(exchange, 400, ClientError.of(INVALID, malformed.message()));
            return;
        }
        boolean streaming = exchange.accepted() == MediaTypes.Accepted.EVENT_STREAM
                && exchange.request().method().equals(HttpMethod.GET);
        execute(
                exchange,
                parsed,
                streaming ? GraphQLEngine.Allowed.QUERIES_AND_SUBSCRIPTIONS : GraphQLEngine.Allowed.QUERIES);
    }

    private static Map<String, Object> parameters(MultiMap given) throws Json.Malformed {
        Map<String, Object> parameters = new LinkedHashMap<>();
        for (String name : List.of("query", "documentId", "operationName", "variables", "extensions")) {
            List<String> values = given.getAll(name);
            if (values.size() > 1) {
                throw new Json.Malformed(name + " is given more than once.");
            }
            if (values.size() == 1 && !values.getFirst().isEmpty()) {
                boolean structured = name.equals("variables") || name.equals("extensions");
                parameters.put(name, structured ? Json.object(values.getFirst()) : values.getFirst());
            }
        }
        return parameters;
    }

    private void post(HttpExchange exchange) {
        HttpServerRequest request = exchange.request();
        if (!MediaTypes.isJson(request.getHeader("Content-Type"))) {
            exchange.response().putHeader("Accept-Post", "application/json");
            refuse(
                    exchange,
                    415,
                    ClientError.of(INVALID, "The body must be JSON in UTF-8, with Content-Type application/json."));
            return;
        }
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            refuse(exchange, 415, ClientError.of(INVALID, "The body must not be compressed."));
            return;
        }
        if (announcedLength(request) > MOST_BODY_BYTES) {
            tooLarge(exchange);
            return;
        }
        exchange.receive(
                MOST_BODY_BYTES, () -> tooLarge(exchange), () -> overloaded(exchange), body -> posted(exchange, body));
    }

    private static long announcedLength(HttpServerRequest request) {
        String length = request.getHeader("Content-Length");
        return length == null || length.length() > 18 || !length.chars().allMatch(Character::isDigit)
                ? 0
                : Long.parseLong(length);
    }

    private void tooLarge(HttpExchange exchange) {
        refuse(
                exchange,
                413,
                ClientError.of(
                        Problem.Code.LIMIT_REACHED.name(),
                        "The body is larger than %d bytes.".formatted(MOST_BODY_BYTES)));
    }

    private void posted(HttpExchange exchange, Buffer body) {
        GraphQLRequest parsed;
        try {
            parsed = RequestBody.read(Json.object(Json.text(body)), exchange.device());
        } catch (Json.Malformed malformed) {
            refuse(exchange, 400, ClientError.of(INVALID, malformed.message()));
            return;
        }
        execute(
                exchange,
                parsed,
                exchange.accepted() == MediaTypes.Accepted.EVENT_STREAM
                        ? GraphQLEngine.Allowed.EVERYTHING
                        : GraphQLEngine.Allowed.QUERIES_AND_MUTATIONS);
    }

    private static void refuseWhole(HttpExchange exchange, List<ClientError> errors, @Nullable Cost cost) {
        if (exchange.accepted() == MediaTypes.Accepted.EVENT_STREAM) {
            exchange.end(200, EventStream.whole(Json.write(json -> Json.writeRefused(json, errors, cost))));
        } else {
            exchange.refuse(200, errors, cost);
        }
    }

    private void execute(HttpExchange exchange, GraphQLRequest parsed, GraphQLEngine.Allowed allowed) {
        boolean anonymous = !exchange.request().headers().contains("Authorization");
        if (underWay >= (anonymous ? MOST_UNDER_WAY / 2 : MOST_UNDER_WAY)) {
            overloaded(exchange);
            return;
        }
        underWay++;
        GraphQLRequest continued = exchange.accepted() == MediaTypes.Accepted.EVENT_STREAM
                ? parsed.after(exchange.request().getHeader("Last-Event-ID"))
                : parsed;
        callers.of(exchange.request())
                .onComplete(
                        caller -> execute(exchange, continued, allowed, caller),
                        failure -> wrongToken(exchange, parsed, failure));
    }

    private void overloaded(HttpExchange exchange) {
        answer(exchange, Answer.Refused.OVERLOADED, Optional.empty());
    }

    private void wrongToken(HttpExchange exchange, GraphQLRequest parsed, Throwable failure) {
        Future<Optional<Answer>> unpaid = Problem.isUnauthenticated(failure)
                ? engine.payForRefusal(parsed.device())
                : Future.succeededFuture(Optional.empty());
        unpaid.otherwise(Optional.empty()).onSuccess(refusal -> {
            underWay--;
            refusal.ifPresentOrElse(
                    answer -> answer(exchange, answer, Optional.empty()), () -> unauthenticated(exchange, failure));
        });
    }

    private void execute(
            HttpExchange exchange,
            GraphQLRequest parsed,
            GraphQLEngine.Allowed allowed,
            Optional<Authenticated> caller) {
        long started = System.nanoTime();
        engine.execute(parsed, caller.map(Authenticated::caller), allowed, options.requestTimeout())
                .onSuccess(answer -> {
                    underWay--;
                    boolean streaming = exchange.accepted() == MediaTypes.Accepted.EVENT_STREAM;
                    (streaming ? streamMetrics : metrics).answered(answer, started);
                    answer(exchange, answer, caller);
                });
    }

    private static void unauthenticated(HttpExchange exchange, Throwable failure) {
        List<ClientError> errors = FieldErrors.of(failure);
        int status = switch (errors.getFirst().code()) {
            case "UNAVAILABLE" -> 503;
            case ClientError.INTERNAL -> 500;
            case "FORBIDDEN" -> 403;
            default -> 401;
        };
        describe(exchange.response(), status, status == 401);
        exchange.refuse(status, errors);
    }

    private void answer(HttpExchange exchange, Answer answer, Optional<Authenticated> caller) {
        switch (answer) {
            case Answer.Refused refused -> {
                int status = status(refused, exchange);
                describe(exchange.response(), status, false);
                writeBudget(exchange.response(), refused.cost(), refused.reason() == Answer.Reason.BUDGET);
                if (status == 200) {
                    refuseWhole(exchange, refused.errors(), refused.cost());
                } else {
                    exchange.refuse(status, refused.errors(), refused.cost());
                }
            }
            case Answer.Executed executed -> {
                int status = status(executed, exchange.accepted());
                describe(exchange.response(), status, false);
                writeBudget(exchange.response(), executed.cost(), false);
                end(exchange, status, executed);
            }
            case Answer.Events events -> {
                writeBudget(exchange.response(), events.cost(), false);
                stream(exchange, events, caller);
            }
        }
    }

    private void stream(HttpExchange exchange, Answer.Events events, Optional<Authenticated> caller) {
        EventStream stream = new EventStream(
                vertx, exchange, events.cost(), options.socketTimes().stall(), engine.inFlight(), streams::remove);
        Optional<Stay> stay = closing
                ? Optional.empty()
                : caller.flatMap(known -> Stay.begin(vertx, occupancy, clock, known, stream::over));
        if (stay.isPresent()) {
            streams.add(stream);
            outlasting.accept(exchange.request().connection());
            stream.begin(stay.get());
        } else {
            stream.cancel();
            noPlace(exchange);
        }
        // Even if nobody waits any more: only what is subscribed to can be cancelled.
        events.results().subscribe(stream);
    }

    private void noPlace(HttpExchange exchange) {
        if (closing) {
            describe(exchange.response(), 503, false);
            exchange.refuse(503, ClientError.of(UNAVAILABLE, "This server goes away. Ask again."));
        } else {
            exchange.refuse(
                    429,
                    ClientError.of(
                            Problem.Code.LIMIT_REACHED.name(),
                            "You have as many subscriptions and sockets at this server as a user may. End one."));
        }
    }

    /**
     * The headers that GitHub has made usual and that clients read. The draft {@code RateLimit} of the IETF has changed
     * its shape three times, and knows no unit but requests, bytes and concurrency.
     */
    private void writeBudget(HttpServerResponse response, @Nullable Cost cost, boolean retry) {
        if (cost == null) {
            return;
        }
        Receipt receipt = cost.receipt();
        long fullAt = clock.instant().plus(receipt.untilFull()).plusMillis(999).getEpochSecond();
        response.putHeader(LIMIT, Integer.toString(receipt.policy().capacity()))
                .putHeader(REMAINING, Long.toString(receipt.remaining()))
                .putHeader(RESET, Long.toString(fullAt))
                .putHeader(RESOURCE, receipt.policy().name());
        if (retry) {
            response.putHeader("Retry-After", Long.toString(receipt.retrySeconds()));
        }
    }

    private void end(HttpExchange exchange, int status, Answer.Executed executed) {
        Buffer body;
        try {
            body = exchange.accepted() == MediaTypes.Accepted.EVENT_STREAM && status == 200
                    ? EventStream.whole(Json.executed(executed))
                    : Json.executed(executed);
        } catch (Json.TooLarge tooLarge) {
            exchange.refuse(400, tooLarge.error());
            return;
        }
        if (executed.cost() != null) {
            engine.inFlight().answered(executed.cost().requested(), body.length());
        }
        if (executed.holdsSecret()) {
            exchange.endUncompressed(status, body);
        } else {
            exchange.end(status, body);
        }
    }

    private static int status(Answer.Refused refused, HttpExchange exchange) {
        boolean always200 = exchange.accepted() == MediaTypes.Accepted.NAMED_JSON;
        boolean streaming = exchange.accepted() == MediaTypes.Accepted.EVENT_STREAM;
        return switch (refused.reason()) {
            // Whatever is accepted: the links of clients do not look into an answer with another status.
            case DOCUMENT_UNKNOWN -> 200;
            // What is wrong with a document is an event: a browser shows no more of another answer than its status.
            case INVALID -> always200 || streaming ? 200 : 400;
            case UNAUTHENTICATED -> always200 ? 200 : 401;
            case FORBIDDEN -> always200 ? 200 : 403;
            case LIMIT -> streaming ? 200 : 400;
            case BUDGET -> 429;
            case NOT_A_QUERY -> Routes.isReading(exchange.request()) ? 405 : 400;
            case OVERLOAD -> 503;
            case LATE -> 504;
        };
    }

    private static int status(Answer.Executed executed, MediaTypes.Accepted accepted) {
        if (executed.errors().isEmpty() || !isEmpty(executed.data())) {
            return 200;
        }
        if (executed.errors().stream().allMatch(error -> error.code().equals(UNAVAILABLE))) {
            return 503;
        }
        if (accepted != MediaTypes.Accepted.GRAPHQL_RESPONSE || executed.data() != null) {
            return 200;
        }
        return switch (executed.errors().getFirst().code()) {
            case "UNAUTHENTICATED" -> 401;
            case "FORBIDDEN" -> 403;
            case ClientError.INTERNAL -> 500;
            default -> 200;
        };
    }

    private static boolean isEmpty(@Nullable Object data) {
        return data == null
                || (data instanceof Written written && written.isEmpty())
                || (data instanceof Map<?, ?> fields && fields.values().stream().allMatch(value -> value == null));
    }

    private static void describe(HttpServerResponse response, int status, boolean tokenGiven) {
        switch (status) {
            case 401 ->
                response.putHeader(
                        "WWW-Authenticate",
                        tokenGiven
                                ? "Bearer realm=\"Expiry Tracker\", error=\"invalid_token\""
                                : "Bearer realm=\"Expiry Tracker\"");
            case 405 -> response.putHeader("Allow", "POST");
            case 503, 504 -> response.putHeader("Retry-After", "2");
            default -> {}
        }
    }
}
