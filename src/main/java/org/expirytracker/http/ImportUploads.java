package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.FieldErrors;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.credentials.Authenticated;
import org.expirytracker.imports.Import;
import org.expirytracker.imports.Imports;
import org.expirytracker.imports.Utf8Check;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.expirytracker.sessions.Device;

/**
 * Files that are to become items: {@code POST /imports} with the file as body, or as the file of a form. It goes to the database
 * piece by piece as it comes, and no faster than the database takes it.
 */
final class ImportUploads {

    private static final int MOST_AT_ONCE = 4;

    /** However slowly a file comes. */
    private static final Duration LONGEST = Duration.ofHours(1);

    private static final ClientError BUSY = ClientError.of(
            Problem.Code.UNAVAILABLE.name(), "Enough files are coming just now. Send this one again in a few seconds.");

    private static final ClientError TOO_MANY = ClientError.of(
            Problem.Code.LIMIT_REACHED.name(), "Too many refused requests come from this address. Wait a little.");

    private final Vertx vertx;
    private final GraphQLEngine engine;
    private final RequestCallers callers;
    private final Imports imports;
    private final HttpOptions options;
    private final Consumer<HttpConnection> outlasting;
    private int underWay;

    /**
     * A handler on the event loop that calls.
     *
     * @param outlasting called with each connection whose request goes on
     */
    ImportUploads(
            Vertx vertx,
            GraphQLEngine engine,
            RequestCallers callers,
            Imports imports,
            HttpOptions options,
            Consumer<HttpConnection> outlasting) {
        this.vertx = vertx;
        this.engine = engine;
        this.callers = callers;
        this.imports = imports;
        this.options = options;
        this.outlasting = outlasting;
    }

    void route(Router router) {
        router.route("/imports").method(HttpMethod.POST).handler(this::upload);
        router.route("/imports").handler(context -> {
            context.response().putHeader("Allow", "POST, OPTIONS");
            if (context.request().method().equals(HttpMethod.OPTIONS)) {
                context.response().setStatusCode(204).end();
            } else {
                refuse(
                        context,
                        405,
                        List.of(ClientError.of(
                                Problem.Code.INVALID.name(),
                                "A file is sent here: POST. What became of it: { imports { id state } }.")));
            }
        });
    }

    /** A file that was let in. */
    private record LetIn(Caller caller, Import opened) {}

    private void upload(RoutingContext context) {
        HttpServerRequest request = context.request();
        request.pause();
        Device device = new Device(
                request.getHeader(HttpHeaders.USER_AGENT),
                options.trustedProxies().client(request.remoteAddress(), request.headers()));
        context.response().putHeader(RequestId.HEADER, RequestId.begin(request)).putHeader("Cache-Control", "no-store");
        if (underWay >= MOST_AT_ONCE) {
            refuse(context, 503, List.of(BUSY));
            return;
        }
        underWay++;
        callers.of(request)
                .map(known -> known.map(Authenticated::caller)
                        .orElseThrow(() -> Problem.of(
                                Problem.Code.UNAUTHENTICATED,
                                "Send an access token or an API token: Authorization: Bearer …")))
                .compose(caller -> letIn(context, caller, device))
                .recover(failure -> refusal(context, device, failure))
                .compose(letIn -> letIn.isEmpty()
                        ? Future.<Void>succeededFuture()
                        : receive(context, letIn.get())
                                .onSuccess(taken -> answer(context, taken))
                                .onFailure(failure -> refuse(context, failure))
                                .<Void>mapEmpty()
                                .otherwiseEmpty())
                .onComplete(over -> underWay--);
    }

    private Future<Optional<LetIn>> letIn(RoutingContext context, Caller caller, Device device) {
        HttpServerRequest request = context.request();
        String coding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (coding != null && !coding.equalsIgnoreCase("identity")) {
            throw Problem.of(Problem.Code.INVALID, "Send the file as it is, without Content-Encoding.");
        }
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        if (length != null && length.matches("\\d{1,18}") && Long.parseLong(length) > imports.mostBytes()) {
            throw imports.tooLong();
        }
        String name = Objects.requireNonNullElse(request.params().get("name"), "");
        return engine.payForImport(caller, device).compose(unpaid -> {
            if (unpaid.isPresent()) {
                refuse(context, 429, unpaid.get().errors());
                return Future.succeededFuture(Optional.empty());
            }
            return imports.open(caller, name).map(opened -> Optional.of(new LetIn(caller, opened)));
        });
    }

    /** Whoever is refused pays for it by their address. */
    private Future<Optional<LetIn>> refusal(RoutingContext context, Device device, Throwable failure) {
        return engine.payForRefusal(device).otherwise(Optional.empty()).map(unpaid -> {
            if (unpaid.isPresent()) {
                refuse(context, 429, List.of(TOO_MANY));
            } else {
                refuse(context, failure);
            }
            return Optional.empty();
        });
    }

    private Future<Import> receive(RoutingContext context, LetIn letIn) {
        HttpServerRequest request = context.request();
        outlasting.accept(request.connection());
        Receiving receiving = new Receiving(letIn.caller.inventoryId(), letIn.opened.id());
        long timer = vertx.setTimer(
                LONGEST.toMillis(),
                late -> receiving.fail(Problem.of(Problem.Code.LIMIT_REACHED, "The file took longer than an hour.")));
        request.exceptionHandler(receiving::fail);
        String type = Objects.requireNonNullElse(request.getHeader(HttpHeaders.CONTENT_TYPE), "");
        if (type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
            request.setExpectMultipart(true);
            request.uploadHandler(receiving::take);
            request.endHandler(end -> receiving.endUnlessTaken());
        } else {
            receiving.take(request);
        }
        request.resume();
        return receiving
                .done
                .future()
                .onComplete(over -> vertx.cancelTimer(timer))
                .recover(failure -> imports.abandon(letIn.caller.inventoryId(), letIn.opened.id())
                        .transform(gone -> Future.failedFuture(failure)));
    }

    /** A file while it comes. */
    private final class Receiving {

        private final InventoryId inventoryId;
        private final UUID id;
        private final Promise<Import> done = Promise.promise();
        private final Utf8Check utf8 = new Utf8Check();
        private Buffer piece = Buffer.buffer();
        private long bytes;
        private int places;
        private boolean taken;

        Receiving(InventoryId inventoryId, UUID id) {
            this.inventoryId = inventoryId;
            this.id = id;
        }

        void fail(Throwable failure) {
            done.tryFail(failure);
        }

        /** The first file of a form, and no other. */
        void take(ReadStream<Buffer> file) {
            if (taken) {
                return;
            }
            taken = true;
            file.exceptionHandler(this::fail).endHandler(end -> end()).handler(more -> add(file, more));
        }

        void endUnlessTaken() {
            if (!taken) {
                fail(Problem.of(Problem.Code.INVALID, "The form has no file."));
            }
        }

        private void add(ReadStream<Buffer> file, Buffer more) {
            if (done.future().isComplete()) {
                return;
            }
            bytes += more.length();
            if (bytes > imports.mostBytes()) {
                fail(imports.tooLong());
                return;
            }
            utf8.add(more.getBytes());
            piece.appendBuffer(more);
            if (piece.length() >= Imports.CHUNK_BYTES) {
                file.pause();
                keepWholePieces().onSuccess(kept -> file.resume()).onFailure(this::fail);
            }
        }

        private Future<?> keepWholePieces() {
            if (piece.length() < Imports.CHUNK_BYTES) {
                return Future.succeededFuture();
            }
            Buffer whole = piece.getBuffer(0, Imports.CHUNK_BYTES);
            piece = piece.getBuffer(Imports.CHUNK_BYTES, piece.length());
            return imports.add(inventoryId, id, places++, whole)
                    .compose(kept -> keepWholePieces().map(all -> null));
        }

        private void end() {
            if (done.future().isComplete()) {
                return;
            }
            Future<?> kept =
                    piece.length() == 0 ? Future.succeededFuture() : imports.add(inventoryId, id, places++, piece);
            kept.compose(all -> imports.close(inventoryId, id, bytes, utf8.isUtf8()))
                    .onComplete(done::tryComplete, done::tryFail);
        }
    }

    private static void answer(RoutingContext context, Import taken) {
        context.response().setStatusCode(201).putHeader("Content-Type", "application/json");
        Routes.end(
                context.request(),
                new JsonObject()
                        .put("id", new NodeId(Import.TYPE, taken.id()).encoded())
                        .put("name", taken.name())
                        .put("state", taken.state().name())
                        .toBuffer());
    }

    private void refuse(RoutingContext context, Throwable failure) {
        List<ClientError> errors = FieldErrors.of(failure);
        int status = switch (errors.getFirst().code()) {
            case "UNAUTHENTICATED" -> 401;
            case "FORBIDDEN" -> 403;
            case "CONFLICT" -> 409;
            case "LIMIT_REACHED" -> 413;
            case "UNAVAILABLE" -> 503;
            case ClientError.INTERNAL -> 500;
            default -> 400;
        };
        refuse(context, status, errors);
    }

    /** Of what is refused no more is read: the connection ends, a moment later, so that the client reads why. */
    private void refuse(RoutingContext context, int status, List<ClientError> errors) {
        HttpServerRequest request = context.request();
        HttpServerResponse response = context.response();
        if (response.ended() || response.closed()) {
            return;
        }
        if (status == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        Long later = errors.getFirst().retryAfter();
        if (later != null || status == 503) {
            response.putHeader("Retry-After", Long.toString(later == null ? 2 : later));
        }
        if (Bodies.isAwaited(request)) {
            response.putHeader("Connection", "close").endHandler(ended -> Bodies.endConnection(vertx, request));
            // What still comes is thrown away meanwhile, or the client would write into a full buffer and never read.
            request.exceptionHandler(gone -> {});
            request.endHandler(null);
            request.handler(thrown -> {});
            request.resume();
        }
        response.setStatusCode(status).putHeader("Content-Type", MediaTypes.JSON);
        Routes.end(request, Json.write(json -> Json.writeRefused(json, errors, null)));
    }
}
