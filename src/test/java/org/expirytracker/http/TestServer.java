package org.expirytracker.http;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.expirytracker.api.GraphQLFactory;
import org.expirytracker.api.PersistedDocuments;
import org.expirytracker.credentials.AccessTokens;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Role;
import org.expirytracker.kernel.UserId;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.maintenance.Signals;

/** A server on a free port over the room {@link Things}, and a client of it. */
final class TestServer implements AutoCloseable {

    /** An access token that is valid for an hour. */
    static final String TOKEN = "valid-token";

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    final Vertx vertx;
    final Things things;

    /** What each access token stands for; tests add and take away. */
    final Map<String, Authenticated> tokens = new ConcurrentHashMap<>();

    /** Whether the database answers; tests replace it. */
    volatile Future<Boolean> database = Future.succeededFuture(true);

    /** How maintenance gets on; tests replace it. */
    volatile List<Signals.Signal> maintenance = List.of();

    /** Whether the process can go on; tests replace it. */
    volatile boolean alive = true;

    final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    final BytesInFlight inFlight;
    final HttpVerticle verticle;
    final String deploymentId;

    TestServer() {
        this(HttpOptions.of("127.0.0.1", 0));
    }

    TestServer(HttpOptions options) {
        this(options, new Occupancy(10_000, 100));
    }

    TestServer(HttpOptions options, Occupancy occupancy) {
        this(options, occupancy, new BytesInFlight());
    }

    TestServer(HttpOptions options, Occupancy occupancy, BytesInFlight inFlight) {
        this(options, occupancy, inFlight, PersistedDocuments.ofCallers());
    }

    TestServer(HttpOptions options, Occupancy occupancy, BytesInFlight inFlight, PersistedDocuments documents) {
        this.inFlight = inFlight;
        vertx = Vertx.builder().withTransport(new CountedTransport(occupancy)).build();
        things = new Things(vertx);
        tokens.put(TOKEN, authenticated(Duration.ofHours(1)));
        verticle = new HttpVerticle(
                options,
                GraphQLFactory.engine(vertx, Things::costFree, inFlight, documents, Things.schema(), List.of(things)),
                this::authenticate,
                Optional.empty(),
                Optional.empty(),
                new Health(List.of(new Health.Check("database", () -> database)), () -> alive, () -> maintenance),
                occupancy,
                metrics,
                metrics,
                InstantSource.system());
        deploymentId = vertx.deployVerticle(verticle).await();
    }

    /** A caller whose session lives as long as a token stands for them. */
    Authenticated authenticated(Duration life) {
        UserId user = new UserId(UUID.randomUUID());
        Caller caller = new Caller(
                user,
                InventoryId.ownOf(user),
                Role.OWNER,
                UUID.randomUUID(),
                ZoneId.of("UTC"),
                new Holdings.OfSession(false));
        return new Authenticated(
                caller,
                Instant.now().plus(life),
                () -> tokens.values().stream()
                        .map(Authenticated::caller)
                        .filter(known -> known.sessionId().equals(caller.sessionId()))
                        .findFirst()
                        .map(Future::succeededFuture)
                        .orElseGet(
                                () -> Future.failedFuture(Problem.of(Problem.Code.UNAUTHENTICATED, "It has ended."))));
    }

    private Future<Authenticated> authenticate(String token, Optional<InventoryId> inventory) {
        if (token.equals("unavailable")) {
            return Future.failedFuture(Problem.of(Problem.Code.UNAVAILABLE, "Not now."));
        }
        if (token.equals("expired")) {
            return Future.failedFuture(AccessTokens.expired());
        }
        Authenticated found = tokens.get(token);
        return found == null
                ? Future.failedFuture(Problem.of(Problem.Code.UNAUTHENTICATED, "This access token is not valid."))
                : Future.succeededFuture(found);
    }

    int port() {
        return verticle.actualPort();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    /** Sends a request; headers come in pairs of name and value. */
    HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            return CLIENT.send(request.timeout(Duration.ofSeconds(20)).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    HttpResponse<String> get(String path, String... headers) {
        return send(HttpRequest.newBuilder(uri(path)), headers);
    }

    HttpResponse<String> post(String body, String... headers) {
        return send(HttpRequest.newBuilder(uri("/graphql")).POST(HttpRequest.BodyPublishers.ofString(body)), headers);
    }

    /** Posts a query as an authenticated client that wants the status to tell. */
    HttpResponse<String> query(String query, Map<String, Object> variables) {
        return post(
                new JsonObject().put("query", query).put("variables", variables).encode(),
                "Content-Type",
                "application/json",
                "Accept",
                "application/graphql-response+json",
                "Authorization",
                "Bearer " + TOKEN);
    }

    HttpResponse<String> query(String query) {
        return query(query, Map.of());
    }

    @Override
    public void close() {
        vertx.close().await();
    }
}
