package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.FieldErrors;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.exports.ExportLinks;
import org.expirytracker.items.ItemExport;
import org.expirytracker.kernel.Problem;
import org.expirytracker.sessions.Device;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files of exports, by links that let their holder in: {@code GET /exports/ID.jsonl?…}. They never change, so whoever was
 * cut off goes on where they were (Range, If-Range).
 */
final class BulkDownloads {

    private static final Logger LOG = LoggerFactory.getLogger(BulkDownloads.class);

    private static final int MOST_AT_ONCE = 8;
    private static final Duration PATIENCE = ItemExport.PATIENCE;

    private static final ClientError NO_LINK = ClientError.of(
            Problem.Code.FORBIDDEN.name(),
            "This link is not valid, or not any more: it works for an hour. Read the field url of the export again.");

    private static final ClientError GONE = ClientError.of(
            Problem.Code.NOT_FOUND.name(), "This export was deleted: it is kept for seven days. Make it again.");

    private static final ClientError BUSY = ClientError.of(
            Problem.Code.UNAVAILABLE.name(), "Enough files are being read just now. Ask again in a few seconds.");

    private final GraphQLEngine engine;
    private final Downloads downloads;
    private final HttpOptions options;
    private final Consumer<HttpConnection> outlasting;
    private int underWay;

    /**
     * A handler on the event loop that calls.
     *
     * @param outlasting called with each connection whose answer goes on
     */
    BulkDownloads(GraphQLEngine engine, Downloads downloads, HttpOptions options, Consumer<HttpConnection> outlasting) {
        this.engine = engine;
        this.downloads = downloads;
        this.options = options;
        this.outlasting = outlasting;
    }

    void route(Router router) {
        Routes.readable(router, "/exports/:id" + ExportLinks.ENDING, this::file);
    }

    private void file(RoutingContext context) {
        HttpServerRequest request = context.request();
        String id = Objects.requireNonNullElse(context.pathParam("id"), "");
        context.response().putHeader("Cache-Control", "no-store").putHeader("Referrer-Policy", "no-referrer");
        Optional<ExportLinks.Linked> linked = downloads
                .links()
                .read(
                        id,
                        parameter(request, "inventory"),
                        parameter(request, "expires"),
                        parameter(request, "signature"));
        if (linked.isEmpty()) {
            Device device = new Device(
                    request.getHeader(HttpHeaders.USER_AGENT),
                    options.trustedProxies().client(request.remoteAddress(), request.headers()));
            engine.payForRefusal(device)
                    .otherwise(Optional.empty())
                    .onSuccess(unpaid -> refuse(context, unpaid.isPresent() ? 429 : 403, NO_LINK));
        } else if (underWay >= MOST_AT_ONCE) {
            refuse(context, 503, BUSY);
        } else {
            underWay++;
            send(context, linked.get(), id + ExportLinks.ENDING)
                    .onComplete(over -> underWay--)
                    .onFailure(failure -> failed(context, failure));
        }
    }

    private static String parameter(HttpServerRequest request, String name) {
        return Objects.requireNonNullElse(request.getParam(name), "");
    }

    private Future<?> send(RoutingContext context, ExportLinks.Linked linked, String file) {
        return downloads.bulkExports().size(linked).compose(size -> {
            if (size.isEmpty()) {
                refuse(context, 404, GONE);
                return Future.succeededFuture();
            }
            return send(context, linked, file, size.get());
        });
    }

    private Future<?> send(RoutingContext context, ExportLinks.Linked linked, String file, long size) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = context.response();
        String tag = "\"" + linked.id() + "\"";
        String condition = request.getHeader("If-Range");
        ByteRange range = ByteRange.of(
                        condition == null || condition.equals(tag) ? request.getHeader("Range") : null, size)
                .orElse(null);
        response.putHeader("Accept-Ranges", "bytes").putHeader("ETag", tag);
        if (range != null && range.isEmpty()) {
            response.putHeader("Content-Range", "bytes */" + size);
            refuse(context, 416, ClientError.of(Problem.Code.INVALID.name(), "The file has %d bytes.".formatted(size)));
            return Future.succeededFuture();
        }
        ByteRange part = range == null ? new ByteRange(0, size) : range;
        if (range != null) {
            response.setStatusCode(206)
                    .putHeader("Content-Range", "bytes %d-%d/%d".formatted(part.from(), part.to() - 1, size));
        }
        response.putHeader("Content-Type", ItemExport.Format.JSON_LINES.mediaType)
                .putHeader("Content-Disposition", "attachment; filename=\"%s\"".formatted(file))
                .putHeader("Content-Length", Long.toString(part.to() - part.from()));
        if (request.method().equals(HttpMethod.HEAD)) {
            return response.end();
        }
        outlasting.accept(request.connection());
        return downloads
                .bulkExports()
                .read(linked, part.from(), part.to(), bytes -> taken(response, bytes))
                .compose(read -> response.end());
    }

    private static Future<Void> taken(HttpServerResponse response, Buffer bytes) {
        return response.write(bytes).timeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** What has begun cannot be refused any more: that it does not end well says that it is not whole. */
    private static void failed(RoutingContext context, Throwable failure) {
        if (context.response().headWritten()) {
            LOG.info("A download was broken off: {}", String.valueOf(failure.getMessage()));
            context.request().connection().close();
        } else {
            refuse(context, 503, FieldErrors.of(failure).getFirst());
        }
    }

    private static void refuse(RoutingContext context, int status, ClientError error) {
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        response.headers().remove("Content-Disposition").remove("Content-Length");
        if (status == 503 || status == 429) {
            response.putHeader("Retry-After", "2");
        }
        response.setStatusCode(status).putHeader("Content-Type", MediaTypes.JSON);
        Routes.end(context.request(), Json.write(json -> Json.writeRefused(json, List.of(error), null)));
    }
}
