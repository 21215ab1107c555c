package org.expirytracker.http;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.imports.Imports;
import org.expirytracker.kernel.OutOfMemory;
import org.expirytracker.sessions.Device;
import org.expirytracker.tracing.Trace;
import org.jspecify.annotations.Nullable;

/**
 * The server on one event loop; several of them share one port. Undeploying it stops gracefully: readiness is refused for a
 * while in which everything else is answered, each connection ending with its next answer; then sockets are closed with
 * 1001 and event streams ended, and requests that are being executed finish.
 */
public final class HttpVerticle extends VerticleBase {

    private static final int MOST_URI_BYTES = 8_192;
    private static final int MOST_HEADER_BYTES = 16_384;
    private static final long SWEEP_MILLIS = 250;

    /** What is no page loads nothing and stands in no frame, should a browser show it all the same (ASVS 3.4.3). */
    private static final CharSequence NO_PAGE_POLICY =
            HttpHeaders.createOptimized("default-src 'none'; frame-ancestors 'none'");

    private static final CharSequence POLICY = HttpHeaders.createOptimized("Content-Security-Policy");
    private static final CharSequence CONTENT_TYPE_OPTIONS = HttpHeaders.createOptimized("X-Content-Type-Options");
    private static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");

    private final HttpOptions options;
    private final GraphQLEngine engine;
    private final Authentication authentication;
    private final Optional<Downloads> downloads;
    private final Optional<Imports> imports;
    private final Health health;
    private final MeterRegistry metrics;
    private final PrometheusMeterRegistry shown;
    private final InstantSource clock;
    private final Occupancy occupancy;
    /** By when ({@link System#nanoTime}) the head of the next request of each connection must have come. */
    private final IdentityHashMap<HttpConnection, Long> expected = new IdentityHashMap<>();

    private final List<Meter> meters = new ArrayList<>();
    private @Nullable GraphQLHttpHandler requests;
    private @Nullable GraphQLSocketHandler sockets;
    private @Nullable HttpServer server;

    /**
     * A server that will listen where the options say, once it is deployed.
     *
     * @param engine this event loop's own
     * @param downloads this event loop's own; empty where there are no files
     * @param imports this event loop's own; empty where there are no files
     * @param health shared by the event loops of the process
     * @param occupancy shared by the event loops of the process
     * @param metrics where it counts
     * @param shown of these, what {@code /metrics} shows
     */
    public HttpVerticle(
            HttpOptions options,
            GraphQLEngine engine,
            Authentication authentication,
            Optional<Downloads> downloads,
            Optional<Imports> imports,
            Health health,
            Occupancy occupancy,
            MeterRegistry metrics,
            PrometheusMeterRegistry shown,
            InstantSource clock) {
        this.options = options;
        this.engine = engine;
        this.authentication = authentication;
        this.downloads = downloads;
        this.imports = imports;
        this.health = health;
        this.occupancy = occupancy;
        this.metrics = metrics;
        this.shown = shown;
        this.clock = clock;
    }

    @Override
    public Future<?> start() {
        Origins origins = new Origins(options.allowedOrigins());
        RequestCallers callers = new RequestCallers(authentication);
        GraphQLHttpHandler graphQL = new GraphQLHttpHandler(
                vertx,
                options,
                engine,
                callers,
                origins,
                new OperationMetrics(metrics, "http"),
                new OperationMetrics(metrics, "sse"),
                occupancy,
                clock,
                expected::remove);
        requests = graphQL;
        McpHandler mcp = new McpHandler(vertx, options, engine, callers, origins);
        SessionCookie sessionCookie = new SessionCookie(vertx, options, engine, authentication, origins);
        GraphQLSocketHandler graphQLSockets = new GraphQLSocketHandler(
                vertx,
                options,
                engine,
                authentication,
                origins,
                new OperationMetrics(metrics, "websocket"),
                occupancy,
                clock);
        sockets = graphQLSockets;
        gauge("expiry.websocket.connections", graphQLSockets, GraphQLSocketHandler::openSockets);
        gauge("expiry.websocket.operations", graphQLSockets, GraphQLSocketHandler::openOperations);
        gauge("expiry.sse.streams", graphQL, GraphQLHttpHandler::openStreams);
        gauge("expiry.http.connections", expected, IdentityHashMap::size);
        // One for all loops: who comes second gets the first one's.
        FunctionCounter.builder("expiry.http.connections.refused", occupancy, Occupancy::refused)
                .register(metrics);
        vertx.setPeriodic(SWEEP_MILLIS, tick -> endOverdue());
        Router router = router(callers);
        HttpServer listening = vertx.createHttpServer(serverOptions(options.keepAlive()))
                .connectionHandler(this::connected)
                .invalidRequestHandler(request ->
                        payFor(request, () -> HttpServerRequest.DEFAULT_INVALID_REQUEST_HANDLER.handle(request)))
                .requestHandler(request -> {
                    arrived(request);
                    // Pages replace the policy by their own.
                    request.response().putHeader(POLICY, NO_PAGE_POLICY).putHeader(CONTENT_TYPE_OPTIONS, NOSNIFF);
                    if (!isProper(request)) {
                        payFor(request, () -> refuse(request, 400));
                    } else if (GraphQLSocketHandler.isHandshake(request)) {
                        handshake(request, graphQLSockets);
                    } else if (options.isGraphQL(request.path())) {
                        Trace.route(request.method().name(), "/graphql");
                        graphQL.handle(request);
                    } else if (options.isMcp(request.path())) {
                        Trace.route(request.method().name(), "/mcp");
                        mcp.handle(request);
                    } else if (options.isSession(request.path())) {
                        Trace.route(request.method().name(), "/session/*");
                        sessionCookie.handle(request);
                    } else {
                        boolean file = imports.isPresent() && options.isImports(request.path());
                        if (Bodies.isAwaited(request) && !file) {
                            // Nothing else reads a body.
                            endsConnection(request);
                        }
                        route(request, router);
                    }
                });
        server = listening;
        return listening.listen(options.port(), options.host()).onSuccess(bound -> occupancy.open());
    }

    /**
     * HTTP/1.1 with one Host (RFC 9112, section 3.2), or HTTP/1.0 with at most one; a target that stands for something;
     * and a body of no coding but the one that is understood (section 6.1), since a proxy before this server might see its
     * end elsewhere.
     */
    private static boolean isProper(HttpServerRequest request) {
        HttpVersion version = request.version();
        List<String> hosts = request.headers().getAll("Host");
        boolean hosted = (version == HttpVersion.HTTP_1_0 && hosts.isEmpty())
                || ((version == HttpVersion.HTTP_1_0 || version == HttpVersion.HTTP_1_1)
                        && hosts.size() == 1
                        && RequestTarget.isHost(hosts.getFirst()));
        List<String> codings = request.headers().getAll("Transfer-Encoding");
        return hosted
                && RequestTarget.isWellFormed(request)
                && (codings.isEmpty()
                        || (codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked")));
    }

    /** Has the client's address pay for a request that is refused, or tells it to wait. */
    private void payFor(HttpServerRequest request, Runnable refusal) {
        Device device = new Device(
                request.getHeader(HttpHeaders.USER_AGENT),
                options.trustedProxies().client(request.remoteAddress(), request.headers()));
        engine.payForRefusal(device).otherwise(Optional.empty()).onSuccess(unpaid -> {
            if (unpaid.isPresent()) {
                request.response().putHeader("Retry-After", "1");
                refuse(request, 429);
            } else {
                refusal.run();
            }
        });
    }

    private void refuse(HttpServerRequest request, int status) {
        endsConnection(request);
        request.response().setStatusCode(status).end();
    }

    private static HttpServerOptions serverOptions(Duration keepAlive) {
        return new HttpServerOptions()
                .setMaxInitialLineLength(MOST_URI_BYTES)
                .setMaxHeaderSize(MOST_HEADER_BYTES)
                .setDecompressionSupported(false)
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(true)
                .addWebSocketSubProtocol(GraphQLSocketHandler.PROTOCOL)
                .setPerFrameWebSocketCompressionSupported(false)
                .setPerMessageWebSocketCompressionSupported(false)
                .setMaxWebSocketFrameSize(GraphQLSocket.MOST_MESSAGE_BYTES)
                .setMaxWebSocketMessageSize(GraphQLSocket.MOST_MESSAGE_BYTES)
                // Also ends a connection whose peer takes nothing any more: a socket is written to by its pings.
                .setIdleTimeout((int) keepAlive.toMillis())
                .setWriteIdleTimeout((int) keepAlive.toMillis())
                .setIdleTimeoutUnit(TimeUnit.MILLISECONDS);
    }

    private <T> void gauge(String name, T of, ToIntFunction<T> value) {
        meters.add(Gauge.builder(name, of, value::applyAsInt)
                .tag("loop", String.valueOf(deploymentID()))
                .register(metrics));
    }

    private Router router(RequestCallers callers) {
        Router router = Router.router(vertx);
        Routes.readable(router, "/health/live", this::live);
        Routes.readable(router, "/health/ready", this::ready);
        Routes.readable(router, "/health/details", this::details);
        Routes.readable(router, "/metrics", this::metrics);
        downloads.ifPresent(files -> {
            new Exports(engine, callers, files.items(), options, expected::remove).route(router);
            new BulkDownloads(engine, files, options, expected::remove).route(router);
        });
        imports.ifPresent(
                files -> new ImportUploads(vertx, engine, callers, files, options, expected::remove).route(router));
        new CalendarPage(vertx, options, engine, authentication, clock).route(router);
        new QrPicture(vertx).route(router);
        new Pages(vertx, options).route(router);
        Routes.others(router);
        return options.basePath().isEmpty() ? router : below(options.basePath(), router);
    }

    /** The same under a path of a proxy; who names that path itself wants what is in it. */
    private Router below(String basePath, Router routes) {
        Router router = Router.router(vertx);
        router.route(basePath).handler(context -> {
            if (String.valueOf(context.request().path()).endsWith("/")) {
                context.next();
            } else {
                context.redirect(basePath.substring(basePath.lastIndexOf('/') + 1) + "/");
            }
        });
        router.route(basePath + "/*").subRouter(routes);
        router.route("/*").subRouter(routes);
        Routes.others(router);
        return router;
    }

    private void route(HttpServerRequest request, Router router) {
        if (engine.inFlight().isFull()
                && !options.within(String.valueOf(request.path())).startsWith("/health/")) {
            request.response().putHeader("Retry-After", "2").setStatusCode(503).end();
        } else {
            router.handle(request);
        }
    }

    private void live(RoutingContext context) {
        boolean alive = health.isAlive();
        context.response().setStatusCode(alive ? 200 : 503).putHeader("Cache-Control", "no-store");
        json(context, new JsonObject().put("status", alive ? "live" : "not live"));
    }

    private void ready(RoutingContext context) {
        health.missing().onSuccess(missing -> {
            context.response().setStatusCode(missing.isEmpty() ? 200 : 503).putHeader("Cache-Control", "no-store");
            json(
                    context,
                    missing.isEmpty()
                            ? new JsonObject().put("status", "ready")
                            : new JsonObject().put("status", "not ready").put("missing", missing));
        });
    }

    private void details(RoutingContext context) {
        health.missing().onSuccess(missing -> {
            JsonObject needs = new JsonObject();
            health.needs().forEach(need -> needs.put(need, missing.contains(need) ? "missing" : "ok"));
            JsonObject maintenance = new JsonObject();
            health.maintenance()
                    .forEach(signal -> maintenance.put(
                            signal.name(),
                            new JsonObject()
                                    .put("status", signal.status())
                                    .put("lastSuccess", signal.lastSuccess())
                                    .put("lastFailure", signal.lastFailure())));
            context.response().setStatusCode(missing.isEmpty() ? 200 : 503).putHeader("Cache-Control", "no-store");
            json(
                    context,
                    new JsonObject()
                            .put("status", missing.isEmpty() ? "ready" : "not ready")
                            .put("needs", needs)
                            .put("ways", new JsonObject(Map.copyOf(health.ways())))
                            .put("maintenance", maintenance));
        });
    }

    private static void json(RoutingContext context, JsonObject body) {
        context.response().putHeader("Content-Type", "application/json");
        Routes.end(context.request(), body.toBuffer());
    }

    private void metrics(RoutingContext context) {
        // Takes milliseconds with many meters: not on the event loop.
        vertx.executeBlocking(shown::scrape, false)
                .compose(text -> {
                    ContentCoding coding =
                            ContentCoding.accepted(context.request().getHeader("Accept-Encoding"));
                    context.response()
                            .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                            .putHeader("Vary", "Accept-Encoding");
                    if (coding != ContentCoding.IDENTITY) {
                        context.response().putHeader("Content-Encoding", coding.token);
                    }
                    return coding.encode(vertx, Buffer.buffer(text));
                })
                .onSuccess(body -> {
                    engine.inFlight().hold(body.length());
                    Routes.end(context.request(), body)
                            .onComplete(left -> engine.inFlight().release(body.length()));
                })
                .onFailure(context::fail);
    }

    /** A connection must send the head of its first request soon, however slowly its bytes drip. */
    private void connected(HttpConnection connection) {
        connection.closeHandler(closed -> expected.remove(connection)).exceptionHandler(OutOfMemory::endProcessIf);
        Pipelining.bound(connection, engine.inFlight());
        expectWithin(connection, options.requestTimeout());
    }

    private void handshake(HttpServerRequest request, GraphQLSocketHandler graphQLSockets) {
        HttpConnection connection = request.connection();
        graphQLSockets
                .handle(request)
                .onComplete(
                        socket -> {
                            // From here on it is the socket that ends, and no more requests come.
                            connection.closeHandler(null);
                            expected.remove(connection);
                        },
                        refused -> connection.close());
    }

    private void expectWithin(HttpConnection connection, Duration patience) {
        expected.put(connection, System.nanoTime() + patience.toNanos());
    }

    private void endOverdue() {
        long now = System.nanoTime();
        List<HttpConnection> overdue = new ArrayList<>();
        expected.forEach((connection, by) -> {
            if (now - by > 0) {
                overdue.add(connection);
            }
        });
        overdue.forEach(HttpConnection::close);
    }

    private void arrived(HttpServerRequest request) {
        // To arrive, to be executed, and to be silent after: whoever takes longer for the next head lets it drip.
        expectWithin(
                request.connection(), options.requestTimeout().multipliedBy(2).plus(options.keepAlive()));
        if (health.isDraining()) {
            endsConnection(request);
        }
    }

    private void endsConnection(HttpServerRequest request) {
        request.response().putHeader("Connection", "close").endHandler(ended -> Bodies.endConnection(vertx, request));
    }

    /** The port that the server listens on; 0 before it is deployed. */
    public int actualPort() {
        return server == null ? 0 : server.actualPort();
    }

    /** The event loop on which its engine answers, once it is deployed. */
    public Context loop() {
        return context;
    }

    @Override
    public Future<?> stop() {
        health.drain();
        return delay(options.drainDelay())
                .compose(noticed -> {
                    meters.forEach(metrics::remove);
                    return Future.join(
                            sockets == null ? Future.succeededFuture() : sockets.close(),
                            requests == null ? Future.succeededFuture() : requests.close());
                })
                .compose(closed -> server == null
                        ? Future.succeededFuture()
                        : server.shutdown(options.shutdownTimeout().toMillis(), TimeUnit.MILLISECONDS));
    }

    private Future<Void> delay(Duration time) {
        if (time.isZero()) {
            return Future.succeededFuture();
        }
        Promise<Void> over = Promise.promise();
        vertx.setTimer(time.toMillis(), timer -> over.complete());
        return over.future();
    }
}
