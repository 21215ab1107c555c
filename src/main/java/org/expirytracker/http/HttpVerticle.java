package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.util.concurrent.TimeUnit;
import org.expirytracker.api.GraphQLEngine;
import org.jspecify.annotations.Nullable;

/** The server on one event loop. Several of them share one port. */
public final class HttpVerticle extends VerticleBase {

    private static final int MOST_URI_BYTES = 8_192;
    private static final int MOST_HEADER_BYTES = 16_384;
    private static final int IDLE_SECONDS = 60;

    private final HttpOptions options;
    private final GraphQLEngine engine;
    private final Authentication authentication;
    private @Nullable HttpServer server;

    /** A server that will listen where the options say, once it is deployed. */
    public HttpVerticle(HttpOptions options, GraphQLEngine engine, Authentication authentication) {
        this.options = options;
        this.engine = engine;
        this.authentication = authentication;
    }

    @Override
    public Future<?> start() {
        Origins origins = new Origins(options.allowedOrigins());
        GraphQLHttpHandler graphQL = new GraphQLHttpHandler(vertx, options, engine, authentication, origins);
        Router router = Router.router(vertx);
        HttpServer listening = vertx.createHttpServer(serverOptions()).requestHandler(request -> {
            if ("/graphql".equals(request.path())) {
                graphQL.handle(request);
            } else {
                router.handle(request);
            }
        });
        server = listening;
        return listening.listen(options.port(), options.host());
    }

    private static HttpServerOptions serverOptions() {
        return new HttpServerOptions()
                .setMaxInitialLineLength(MOST_URI_BYTES)
                .setMaxHeaderSize(MOST_HEADER_BYTES)
                .setDecompressionSupported(false)
                .setHttp2ClearTextEnabled(false)
                .setHandle100ContinueAutomatically(true)
                .setIdleTimeout(IDLE_SECONDS)
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
    }

    /** The port that the server listens on; 0 before it is deployed. */
    public int actualPort() {
        return server == null ? 0 : server.actualPort();
    }

    @Override
    public Future<?> stop() {
        return server == null
                ? Future.succeededFuture()
                : server.shutdown(options.shutdownTimeout().toMillis(), TimeUnit.MILLISECONDS);
    }
}
