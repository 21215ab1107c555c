package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;

/** What can be read: the dashboard at {@code /}, GraphiQL at {@code /graphiql/}, the contract at {@code /schema.graphql}. */
final class Pages {

    private static final String GRAPHIQL = "io/vertx/ext/web/handler/graphiql";
    private static final String SCHEMA = "schema.graphqls";

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

    private final HttpOptions options;
    private final Dashboard dashboard;
    private final Assets graphiQLFiles;
    private final Assets.Asset graphiQL;
    private final String graphiQLPolicy;
    private final Assets.Asset schema;

    Pages(Vertx vertx, HttpOptions options) {
        this.options = options;
        dashboard = new Dashboard(vertx);
        graphiQLFiles = new Assets(vertx, GRAPHIQL);
        // Token and headers are the reader's to type in; the page sends them over WebSocket as well. It wants whole
        // paths, and only the browser knows under which one a proxy shows this server.
        String configuration = """
                (base => ({...%s, graphQLUri: base + "graphql", graphQLWSUri: base.slice(1) + "graphql"}))\
                (new URL("..", location.href).pathname)""".formatted(new JsonObject()
                .put("graphQLWSEnabled", true)
                .put("query", FIRST_QUERY)
                .encode());
        String page =
                vertx.fileSystem().readFileBlocking(GRAPHIQL + "/index.html").toString(UTF_8);
        String configured = page.replace("__VERTX_GRAPHIQL_CONFIG__", configuration);
        graphiQL = Assets.Asset.of("text/html; charset=utf-8", Buffer.buffer(configured));
        // No type is registered for it, and as text a browser shows it.
        schema = Assets.Asset.of("text/plain; charset=utf-8", vertx.fileSystem().readFileBlocking(SCHEMA));
        graphiQLPolicy = GRAPHIQL_POLICY.replace("HASH", sha256(within(configured, "<script>", "</script>")));
    }

    void route(Router router) {
        // The router takes /graphiql/ for the same path; the page names its parts relative to the latter. Relative as
        // well is the redirection (RFC 9110, section 10.2.2): a proxy may show this server under another path.
        Routes.readable(router, "/graphiql", context -> {
            if (path(context).endsWith("/")) {
                graphiQL.answer(secured(context, graphiQLPolicy));
            } else {
                context.redirect("graphiql/");
            }
        });
        Routes.readable(router, "/schema.graphql", context -> schema.answer(context.request()));
        Routes.readable(router, "/", context -> dashboard(context, "/"));
        router.route("/graphiql/*").handler(context -> {
            files(context, graphiQLFiles, path(context).substring("/graphiql".length()), graphiQLPolicy);
        });
        router.route("/*").handler(context -> dashboard(context, path(context)));
    }

    private String path(RoutingContext context) {
        return options.within(Objects.requireNonNull(context.request().path(), "The router matched no path"));
    }

    private void dashboard(RoutingContext context, String path) {
        if (!Routes.isReading(context.request())) {
            context.next();
            return;
        }
        dashboard
                .find(path)
                .onSuccess(found -> found.ifPresentOrElse(
                        answer -> answer.asset().answer(secured(context, answer.policy()), answer.caching()),
                        context::next))
                .onFailure(context::fail);
    }

    private static void files(RoutingContext context, Assets files, String path, String policy) {
        if (!Routes.isReading(context.request())) {
            context.next();
            return;
        }
        files.find(path)
                .onSuccess(
                        found -> found.ifPresentOrElse(asset -> asset.answer(secured(context, policy)), context::next))
                .onFailure(context::fail);
    }

    private static HttpServerRequest secured(RoutingContext context, String policy) {
        context.response()
                .putHeader("Content-Security-Policy", policy)
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
        return context.request();
    }

    private static String within(String page, String opening, String closing) {
        int from = page.indexOf(opening) + opening.length();
        return page.substring(from, page.indexOf(closing, from));
    }

    /** The hash of a script within a page, as its policy names it (Content Security Policy 3, section 2.3.1). */
    static String sha256(String text) {
        try {
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
