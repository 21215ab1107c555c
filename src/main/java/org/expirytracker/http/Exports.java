package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.FieldErrors;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.items.ItemExport;
import org.expirytracker.kernel.Problem;
import org.expirytracker.sessions.Device;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Files of what an inventory holds, written while they are read: {@code GET /exports/items.csv}, {@code .jsonl} and
 * {@code .xlsx}. */
final class Exports {

    private static final Logger LOG = LoggerFactory.getLogger(Exports.class);

    /** Each holds a connection to the database, which transactions need as well. */
    private static final int MOST_AT_ONCE = 2;

    private static final ClientError BUSY = ClientError.of(
            Problem.Code.UNAVAILABLE.name(), "Enough files are being written just now. Ask again in a few seconds.");

    private static final ClientError TOO_MANY = ClientError.of(
            Problem.Code.LIMIT_REACHED.name(), "Too many refused requests come from this address. Wait a little.");

    private final GraphQLEngine engine;
    private final RequestCallers callers;
    private final ItemExport items;
    private final HttpOptions options;
    private final Consumer<HttpConnection> outlasting;
    private int underWay;

    /**
     * A handler on the event loop that calls.
     *
     * @param outlasting called with each connection whose answer goes on
     */
    Exports(
            GraphQLEngine engine,
            RequestCallers callers,
            ItemExport items,
            HttpOptions options,
            Consumer<HttpConnection> outlasting) {
        this.engine = engine;
        this.callers = callers;
        this.items = items;
        this.options = options;
        this.outlasting = outlasting;
    }

    void route(Router router) {
        for (ItemExport.Format format : ItemExport.Format.values()) {
            Routes.readable(router, "/exports/items." + format.ending, context -> items(context, format));
        }
    }

    private void items(RoutingContext context, ItemExport.Format format) {
        HttpServerRequest request = context.request();
        Device device = new Device(
                request.getHeader(HttpHeaders.USER_AGENT),
                options.trustedProxies().client(request.remoteAddress(), request.headers()));
        context.response().putHeader(RequestId.HEADER, RequestId.begin(request)).putHeader("Cache-Control", "no-store");
        callers.of(request)
                .map(known -> known.map(Authenticated::caller)
                        .orElseThrow(() -> Problem.of(
                                Problem.Code.UNAUTHENTICATED,
                                "Send an access token or an API token: Authorization: Bearer …")))
                .map(caller -> items.read(caller, engine.itemsAsked(parameters(request.params())), format))
                .onComplete(
                        asked -> begin(context, asked, device),
                        failure -> engine.payForRefusal(device)
                                .otherwise(Optional.empty())
                                .onSuccess(unpaid -> refuse(
                                        context, unpaid.isPresent() ? List.of(TOO_MANY) : FieldErrors.of(failure))));
    }

    private static Map<String, List<String>> parameters(MultiMap given) {
        Map<String, List<String>> parameters = new LinkedHashMap<>();
        given.names().forEach(name -> parameters.put(name, given.getAll(name)));
        return parameters;
    }

    private void begin(RoutingContext context, ItemExport.Request asked, Device device) {
        if (underWay >= MOST_AT_ONCE) {
            refuse(context, List.of(BUSY));
            return;
        }
        underWay++;
        engine.payForExport(asked.caller(), device)
                .compose(unpaid -> {
                    if (unpaid.isPresent()) {
                        refuse(context, unpaid.get().errors());
                        return Future.succeededFuture();
                    }
                    return write(context, asked);
                })
                .onComplete(over -> underWay--)
                .onFailure(failure -> failed(context, failure));
    }

    private Future<Void> write(RoutingContext context, ItemExport.Request asked) {
        HttpServerResponse response = context.response();
        ItemExport.Format format = asked.format();
        response.putHeader("Content-Type", format.mediaType)
                .putHeader("Content-Disposition", "attachment; filename=\"items." + format.ending + "\"");
        if (context.request().method().equals(HttpMethod.HEAD)) {
            return response.end();
        }
        response.setChunked(true);
        outlasting.accept(context.request().connection());
        return items.write(asked, response).compose(written -> response.end());
    }

    /** What has begun cannot be refused any more: that it does not end well says that it is not whole. */
    private static void failed(RoutingContext context, Throwable failure) {
        if (context.response().headWritten()) {
            LOG.info("An export was broken off: {}", String.valueOf(failure.getMessage()));
            context.request().connection().close();
        } else {
            context.response().headers().remove("Content-Disposition").remove("Transfer-Encoding");
            refuse(context, FieldErrors.of(failure));
        }
    }

    private static void refuse(RoutingContext context, List<ClientError> errors) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        int status = switch (errors.getFirst().code()) {
            case "UNAUTHENTICATED" -> 401;
            case "FORBIDDEN" -> 403;
            case "LIMIT_REACHED" -> 429;
            case "UNAVAILABLE" -> 503;
            case ClientError.INTERNAL -> 500;
            default -> 400;
        };
        if (status == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        Long later = errors.getFirst().retryAfter();
        if (later != null || status == 503) {
            response.putHeader("Retry-After", Long.toString(later == null ? 2 : later));
        }
        response.setChunked(false).setStatusCode(status).putHeader("Content-Type", MediaTypes.JSON);
        Routes.end(context.request(), Json.write(json -> Json.writeRefused(json, errors, null)));
    }
}
