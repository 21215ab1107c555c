package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.StaticHandler;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** What browsers are shown: the dashboard at {@code /}, GraphiQL at {@code /graphiql/}. */
final class Pages {

    private static final String GRAPHIQL = "io/vertx/ext/web/handler/graphiql";
    private static final String DASHBOARD = "webroot";
    private static final long ASSET_SECONDS = 3_600;

    private static final String DASHBOARD_POLICY = """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
            connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'""";

    // GraphiQL writes styles into its elements and its icons as data.
    private static final String GRAPHIQL_POLICY = """
            default-src 'none'; script-src 'self' 'sha256-HASH'; style-src 'self' 'unsafe-inline'; \
            img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'""";

    private final String graphiQL;
    private final String graphiQLPolicy;

    Pages(Vertx vertx) {
        // Token and headers are the reader's to type in; the page sends them over WebSocket as well.
        String configuration = new JsonObject()
                .put("graphQLUri", "/graphql")
                .put("graphQLWSEnabled", true)
                // The page puts its own slash before it.
                .put("graphQLWSUri", "graphql")
                .encode();
        String page =
                vertx.fileSystem().readFileBlocking(GRAPHIQL + "/index.html").toString(UTF_8);
        graphiQL = page.replace("__VERTX_GRAPHIQL_CONFIG__", configuration);
        int from = graphiQL.indexOf("<script>") + "<script>".length();
        String script = graphiQL.substring(from, graphiQL.indexOf("</script>", from));
        graphiQLPolicy = GRAPHIQL_POLICY.replace("HASH", sha256(script));
    }

    void route(Router router) {
        // Matches with and without the slash; what the page names is relative to it.
        read(router, "/graphiql").handler(context -> {
            if (context.request().uri().startsWith("/graphiql/")) {
                graphiQL(context);
            } else {
                context.redirect("/graphiql/");
            }
        });
        read(router, "/graphiql/*")
                .handler(context -> {
                    secured(context.response(), graphiQLPolicy);
                    context.next();
                })
                .handler(StaticHandler.create(GRAPHIQL).setMaxAgeSeconds(ASSET_SECONDS));
        read(router, "/*")
                .handler(context -> {
                    secured(context.response(), DASHBOARD_POLICY);
                    if (context.normalizedPath().endsWith("/")
                            || context.normalizedPath().endsWith(".html")) {
                        // Fetched anew by each visit, so that a new release is seen; what it names may be kept.
                        context.addHeadersEndHandler(end -> context.response().putHeader("Cache-Control", "no-cache"));
                    }
                    context.next();
                })
                .handler(StaticHandler.create(DASHBOARD)
                        .setMaxAgeSeconds(ASSET_SECONDS)
                        .setIncludeHidden(false)
                        .setDirectoryListing(false));
    }

    private static Route read(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
    }

    private void graphiQL(RoutingContext context) {
        secured(context.response(), graphiQLPolicy)
                .putHeader("Content-Type", "text/html; charset=utf-8")
                .putHeader("Cache-Control", "no-cache")
                .end(graphiQL);
    }

    private static HttpServerResponse secured(HttpServerResponse response, String policy) {
        return response.putHeader("Content-Security-Policy", policy)
                .putHeader("X-Content-Type-Options", "nosniff")
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
