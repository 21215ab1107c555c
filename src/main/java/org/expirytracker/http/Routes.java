package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.expirytracker.api.ClientError;
import org.expirytracker.kernel.Problem;
import org.expirytracker.tracing.Trace;

/**
 * What all paths but GraphQL's have in common: what can be read can be asked about by HEAD, OPTIONS names the methods,
 * another method is 405; and what is not there is told as GraphQL tells errors, to a person who navigates as a page.
 */
final class Routes {

    private static final String METHODS = "GET, HEAD, OPTIONS";

    private static final String NOTHING =
            "Nothing is served at this address. GraphQL is at /graphql, its editor at /graphiql/, the dashboard at /,"
                    + " health at /health/live, /health/ready and /health/details.";

    private static final String NOTHING_PAGE = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <title>Nothing here</title>
            <h1>Nothing is served at this address</h1>
            <p>The dashboard is at <code>/</code>, the editor for GraphQL at <code>/graphiql/</code>.</p>
            </html>
            """;

    private Routes() {}

    /** Has a path, with or without a slash at its end, answered by a handler; HEAD asks it too. */
    static void readable(Router router, String path, Handler<RoutingContext> handler) {
        router.route(path).method(HttpMethod.GET).method(HttpMethod.HEAD).handler(context -> {
            Trace.route(context.request().method().name(), path);
            handler.handle(context);
        });
        router.route(path).handler(context -> {
            context.response().putHeader("Allow", METHODS);
            if (context.request().method().equals(HttpMethod.OPTIONS)) {
                context.response().setStatusCode(204).end();
            } else {
                refuse(context, 405, "This can only be read: send GET. GraphQL is at /graphql.");
            }
        });
    }

    /** What is told of every path that no route before this knows, and of faults. */
    static void others(Router router) {
        router.route().handler(Routes::nothing);
        router.errorHandler(400, context -> refuse(context, 400, "The request is not well-formed."));
        router.errorHandler(404, Routes::nothing);
        router.errorHandler(
                500,
                context ->
                        refuse(context, 500, ClientError.INTERNAL, "This failed; the cause is in the server's log."));
    }

    /** There is nothing at this path. */
    static void nothing(RoutingContext context) {
        String accept = context.request().getHeader("Accept");
        boolean navigates = accept != null && accept.contains("text/html");
        if (navigates && isReading(context.request())) {
            context.response().setStatusCode(404).putHeader("Content-Type", "text/html; charset=utf-8");
            end(context.request(), Buffer.buffer(NOTHING_PAGE));
        } else {
            refuse(context, 404, NOTHING);
        }
    }

    static boolean isReading(HttpServerRequest request) {
        return request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
    }

    /** Answers that a request is refused, and why. */
    static void refuse(RoutingContext context, int status, String message) {
        refuse(context, status, Problem.Code.INVALID.name(), message);
    }

    private static void refuse(RoutingContext context, int status, String code, String message) {
        if (context.response().ended() || context.response().headWritten()) {
            return;
        }
        context.response().setStatusCode(status).putHeader("Content-Type", MediaTypes.JSON);
        end(
                context.request(),
                Json.write(json -> Json.writeRefused(json, List.of(ClientError.of(code, message)), null)));
    }

    /** Ends an answer with a body, of which HEAD is told the length only. */
    static Future<Void> end(HttpServerRequest request, Buffer body) {
        if (request.method().equals(HttpMethod.HEAD)) {
            request.response().putHeader("Content-Length", Integer.toString(body.length()));
            return request.response().end();
        }
        return request.response().end(body);
    }
}
