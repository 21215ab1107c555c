package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Handler;
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

    private static final String DASHBOARD_POLICY = """
            default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
            connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'""";

    // GraphiQL writes styles into its elements and its icons as data.
    private static final String GRAPHIQL_POLICY = """
            default-src 'none'; script-src 'self' 'sha256-HASH'; style-src 'self' 'unsafe-inline'; \
            img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'""";

    private static final String FIRST_QUERY = """
            # 1. Run this with your username and password to get an access token.
            mutation LogIn {
              login(input: { username: "demo", password: "" }) {
                session { accessToken expiresAt }
                userErrors { message }
              }
            }

            # 2. Put it under Headers, below: { "authorization": "Bearer <accessToken>" }
            # 3. Reload the schema (the arrows at the lower left), open its documentation, and ask.
            query ExpiresNext {
              items(first: 10) {
                nodes { name quantity unit expiryDate status daysLeft category { name } }
              }
            }
            """;

    private final String graphiQL;
    private final String graphiQLPolicy;

    Pages(Vertx vertx) {
        // Token and headers are the reader's to type in; the page sends them over WebSocket as well. It wants whole
        // paths,
        // and only the browser knows under which one a proxy shows this server.
        String configuration = """
                (base => ({...%s, graphQLUri: base + "graphql", graphQLWSUri: base.slice(1) + "graphql"}))\
                (new URL("..", location.href).pathname)""".formatted(new JsonObject()
                .put("graphQLWSEnabled", true)
                .put("query", FIRST_QUERY)
                .encode());
        String page =
                vertx.fileSystem().readFileBlocking(GRAPHIQL + "/index.html").toString(UTF_8);
        graphiQL = page.replace("__VERTX_GRAPHIQL_CONFIG__", configuration);
        int from = graphiQL.indexOf("<script>") + "<script>".length();
        String script = graphiQL.substring(from, graphiQL.indexOf("</script>", from));
        graphiQLPolicy = GRAPHIQL_POLICY.replace("HASH", sha256(script));
    }

    void route(Router router) {
        // The router takes /graphiql/ for the same path; the page names its parts relative to the latter. Relative as
        // well
        // is the redirection (RFC 9110, section 10.2.2): a proxy may show this server under another path.
        readable(router, "/graphiql").handler(context -> {
            if (context.request().path().endsWith("/")) {
                graphiQL(context);
            } else {
                context.redirect("graphiql/");
            }
        });
        readable(router, "/graphiql/*")
                .handler(context -> {
                    secured(context.response(), graphiQLPolicy);
                    context.next();
                })
                .handler(revalidated(GRAPHIQL));
        readable(router, "/*")
                .handler(context -> {
                    secured(context.response(), DASHBOARD_POLICY);
                    context.next();
                })
                .handler(revalidated(DASHBOARD));
    }

    private static Route readable(Router router, String path) {
        return router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD);
    }

    /** Files whose names do not change from release to release: kept by browsers, but asked for anew by each visit. */
    private static Handler<RoutingContext> revalidated(String folder) {
        StaticHandler files =
                StaticHandler.create(folder).setIncludeHidden(false).setDirectoryListing(false);
        return context -> {
            context.addHeadersEndHandler(end -> context.response().putHeader("Cache-Control", "no-cache"));
            files.handle(context);
        };
    }

    private void graphiQL(RoutingContext context) {
        secured(context.response(), graphiQLPolicy)
                .putHeader("Content-Type", "text/html; charset=utf-8")
                .putHeader("Cache-Control", "no-cache")
                .end(graphiQL);
    }

    private static HttpServerResponse secured(HttpServerResponse response, String policy) {
        return response.putHeader("Content-Security-Policy", policy)
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
