package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.expirytracker.api.GraphQLEngine;

/** Takes WebSocket connections to {@code /graphql} and keeps those that are open. */
final class GraphQLSocketHandler {

    /** The only protocol that is spoken. */
    static final String PROTOCOL = "graphql-transport-ws";

    private final Vertx vertx;
    private final HttpOptions options;
    private final GraphQLEngine engine;
    private final Authentication authentication;
    private final Origins origins;
    private final OperationMetrics metrics;
    private final Occupancy occupancy;
    private final InstantSource clock;
    private final Set<GraphQLSocket> open = new HashSet<>();
    private boolean closing;

    GraphQLSocketHandler(
            Vertx vertx,
            HttpOptions options,
            GraphQLEngine engine,
            Authentication authentication,
            Origins origins,
            OperationMetrics metrics,
            Occupancy occupancy,
            InstantSource clock) {
        this.vertx = vertx;
        this.options = options;
        this.engine = engine;
        this.authentication = authentication;
        this.origins = origins;
        this.metrics = metrics;
        this.occupancy = occupancy;
        this.clock = clock;
        // All at the same time: their sessions are then looked up together. The timer ends with the verticle.
        vertx.setPeriodic(
                options.socketTimes().sessionCheck().toMillis(),
                timer -> List.copyOf(open).forEach(GraphQLSocket::checkSession));
    }

    /** Whether a request asks for a WebSocket (RFC 6455, section 4.1). */
    static boolean isHandshake(HttpServerRequest request) {
        return request.headers().contains("Upgrade", "websocket", true);
    }

    /**
     * Accepts a handshake, or refuses it: another path, a page of a foreign origin, a server that is stopping.
     *
     * @return succeeds when a socket was opened
     */
    Future<?> handle(HttpServerRequest request) {
        if (!options.isGraphQL(request.path())) {
            return refuse(request, 404);
        }
        if (!origins.mayConnect(request.getHeader("Origin"), request.getHeader("Host"))) {
            return refuse(request, 403);
        }
        if (closing) {
            return refuse(request, 503);
        }
        RequestId.begin(request);
        return request.toWebSocket().onSuccess(socket -> {
            GraphQLSocket opened =
                    new GraphQLSocket(vertx, socket, engine, authentication, metrics, occupancy, clock, options);
            open.add(opened);
            socket.closeHandler(closed -> {
                open.remove(opened);
                opened.closed();
            });
            opened.begin();
        });
    }

    private static Future<?> refuse(HttpServerRequest request, int status) {
        if (status == 503) {
            request.response().putHeader("Retry-After", "2");
        }
        request.response().setStatusCode(status).end();
        return Future.failedFuture("Refused with " + status);
    }

    /** How many sockets are open. */
    int openSockets() {
        return open.size();
    }

    /** How many operations run over them. */
    int openOperations() {
        return open.stream().mapToInt(GraphQLSocket::operations).sum();
    }

    /** Takes no more sockets and closes those that are open with 1001: the server goes away. */
    Future<?> close() {
        closing = true;
        List<Future<?>> closed = new ArrayList<>();
        for (GraphQLSocket socket : List.copyOf(open)) {
            closed.add(socket.close(GraphQLSocket.Close.GOING_AWAY));
        }
        return Future.join(closed).otherwiseEmpty();
    }
}
