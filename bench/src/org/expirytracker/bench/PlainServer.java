package org.expirytracker.bench;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import java.time.Clock;
import java.time.LocalDate;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.cli.Config;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.LiveSessions;
import org.expirytracker.db.Database;
import org.expirytracker.db.ServerOptions;
import org.expirytracker.kernel.Caller;
import org.expirytracker.sessions.Sessions;

/**
 * What a careful programmer would write by hand for what is measured, and nothing else: the same authentication, the same
 * statements on the same pools, the same JSON, a method for each {@link Question}. What GraphQL costs is measured against
 * it. Runs in a process of its own, configured as the product is.
 */
final class PlainServer extends VerticleBase {

    private static final int LEAST_CONNECTIONS_OF_A_LOOP = 3;

    private final Shared shared;
    private final int port;
    private final Sessions sessions;
    private final PlainReads reads;
    private final PlainCreate create;

    private record Shared(
            Clock clock, ServerOptions options, LiveFeed liveFeed, AccessTokens tokens, LiveSessions liveSessions) {}

    private PlainServer(Vertx vertx, Shared shared, int port, int connections) {
        this.shared = shared;
        this.port = port;
        Database database = new Database(vertx, shared.options, connections);
        ActivityLog log = new ActivityLog(database, shared.liveFeed);
        this.sessions = new Sessions(vertx, database, log, shared.tokens, shared.liveSessions);
        this.reads = new PlainReads(database.reads());
        this.create = new PlainCreate(database);
    }

    /** Serves until the process is ended; configured by the environment, like the product. */
    public static void main(String[] arguments) throws Exception {
        Config config = Config.from(System.getenv());
        VertxOptions options = new VertxOptions()
                .setPreferNativeTransport(true)
                .setMetricsOptions(new MicrometerMetricsOptions().setEnabled(true));
        Vertx vertx = Vertx.builder()
                .with(options)
                .withMetrics(new MicrometerMetricsFactory(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT)))
                .build();
        ServerOptions database = config.databaseUrl().orElseThrow().connectOptions();
        Clock clock = Clock.systemUTC();
        Shared shared = new Shared(
                clock,
                database,
                new LiveFeed(database),
                new AccessTokens(vertx, config.jwtKey().orElseThrow().getEncoded(), clock),
                new LiveSessions());
        int loops =
                Math.max(1, Math.min(config.instances(), config.databaseConnections() / LEAST_CONNECTIONS_OF_A_LOOP));
        for (int loop = 0; loop < loops; loop++) {
            PlainServer server = new PlainServer(vertx, shared, config.port(), config.databaseConnections() / loops);
            vertx.deployVerticle(server)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);
        }
    }

    @Override
    public Future<?> start() {
        return vertx.createHttpServer().requestHandler(this::answer).listen(port, "127.0.0.1");
    }

    private void answer(HttpServerRequest request) {
        if (request.path().equals("/items") && request.method().equals(HttpMethod.POST)) {
            request.body()
                    .onSuccess(body -> authenticated(request, caller -> create.item(caller, today(caller), body)));
            return;
        }
        authenticated(request, caller -> switch (request.path()) {
            case "/items" -> reads.page(caller, today(caller));
            case "/item" -> reads.one(caller, today(caller), request.getParam("id"));
            case "/viewer" -> reads.viewer(caller);
            case "/tree" -> reads.tree(caller, today(caller));
            default -> Future.failedFuture("There is nothing at " + request.path());
        });
    }

    private void authenticated(HttpServerRequest request, Function<Caller, Future<Buffer>> handler) {
        String token = request.getHeader("Authorization").substring("Bearer ".length());
        sessions.authenticate(token, Optional.empty())
                .compose(known -> handler.apply(known.caller()))
                .onComplete(
                        body -> request.response()
                                .putHeader("Content-Type", "application/json")
                                .end(body),
                        failure -> request.response().setStatusCode(500).end(failure.toString()));
    }

    private LocalDate today(Caller caller) {
        return caller.today(shared.clock);
    }
}
