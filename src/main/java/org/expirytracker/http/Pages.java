package org.expirytracker.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;
import java.util.Optional;
import org.expirytracker.api.GraphQLFactory;
import org.expirytracker.http.Dashboard.Answer;

/** What can be read: the dashboard at {@code /}, GraphiQL at {@code /graphiql/}, the contract at {@code /schema.graphql}. */
final class Pages {

    private final HttpOptions options;
    private final Dashboard dashboard;
    private final GraphiQL graphiQL;
    private final Vertx vertx;

    /** One for the process. No type is registered for it, and as text a browser shows it. */
    private static final class Schema {
        static final Assets.Asset ASSET =
                Assets.Asset.of("text/plain; charset=utf-8", Buffer.buffer(GraphQLFactory.schemaText()));
    }

    Pages(Vertx vertx, HttpOptions options) {
        this.vertx = vertx;
        this.options = options;
        dashboard = new Dashboard(vertx);
        graphiQL = new GraphiQL(vertx);
    }

    void route(Router router) {
        // The router takes /graphiql/ for the same path; the page names its parts relative to the latter. Relative as
        // well is the redirection (RFC 9110, section 10.2.2): a proxy may show this server under another path.
        Routes.readable(router, "/graphiql", context -> {
            if (path(context).endsWith("/")) {
                graphiQL(context, "/");
            } else {
                context.redirect("graphiql/");
            }
        });
        Routes.readable(
                router,
                "/schema.graphql",
                context -> vertx.executeBlocking(() -> Schema.ASSET, false)
                        .onSuccess(schema -> schema.answer(context.request()))
                        .onFailure(context::fail));
        Routes.readable(router, "/", context -> dashboard(context, "/"));
        router.route("/graphiql/*")
                .handler(context -> graphiQL(context, path(context).substring("/graphiql".length())));
        router.route("/*").handler(context -> dashboard(context, path(context)));
    }

    private String path(RoutingContext context) {
        return options.within(Objects.requireNonNull(context.request().path(), "The router matched no path"));
    }

    private void dashboard(RoutingContext context, String path) {
        if (Routes.isReading(context.request())) {
            answer(context, dashboard.find(path));
        } else {
            context.next();
        }
    }

    private void graphiQL(RoutingContext context, String path) {
        if (Routes.isReading(context.request())) {
            answer(context, graphiQL.find(path));
        } else {
            context.next();
        }
    }

    private static void answer(RoutingContext context, Future<Optional<Answer>> finding) {
        finding.onSuccess(found -> found.ifPresentOrElse(
                        answer -> answer.asset().answer(secured(context, answer.policy()), answer.caching()),
                        context::next))
                .onFailure(context::fail);
    }

    private static HttpServerRequest secured(RoutingContext context, String policy) {
        context.response()
                .putHeader("Content-Security-Policy", policy)
                .putHeader("Referrer-Policy", "no-referrer")
                .putHeader("Cross-Origin-Opener-Policy", "same-origin");
        return context.request();
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
