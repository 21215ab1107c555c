package org.expirytracker.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.expirytracker.api.ClientError;
import org.expirytracker.api.Cost;
import org.expirytracker.api.GraphQLEngine;
import org.expirytracker.kernel.OutOfMemory;
import org.expirytracker.kernel.Problem;
import org.expirytracker.limits.BytesInFlight;
import org.expirytracker.limits.Deadlines;
import org.expirytracker.sessions.Device;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** One GraphQL request over HTTP, from its head to the last byte of its answer, which it gives exactly once. */
final class HttpExchange {

    private static final Logger LOG = LoggerFactory.getLogger(HttpExchange.class);

    private static final CharSequence CONTENT_TYPE = HttpHeaders.createOptimized("Content-Type");
    private static final CharSequence CACHE_CONTROL = HttpHeaders.createOptimized("Cache-Control");
    private static final CharSequence NO_STORE = HttpHeaders.createOptimized("no-store");
    private static final CharSequence REQUEST_ID = HttpHeaders.createOptimized(RequestId.HEADER);
    private static final CharSequence VARY = HttpHeaders.createOptimized("Vary");
    private static final CharSequence ACCEPT_ENCODING = HttpHeaders.createOptimized("Accept-Encoding");

    private static final long SLOW_NANOS = Duration.ofSeconds(1).toNanos();

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final String requestId;
    private final MediaTypes.Accepted accepted;
    private final HttpOptions options;
    private final BytesInFlight inFlight;
    private final Deadlines deadlines;
    private final long started = System.nanoTime();
    private Deadlines.Deadline step;
    private boolean answered;
    private boolean last;
    private long held;

    /**
     * Begins an exchange. The client has {@link HttpOptions#requestTimeout} to send the request, and again to take the
     * answer.
     */
    HttpExchange(
            Vertx vertx,
            HttpServerRequest request,
            String requestId,
            MediaTypes.Accepted accepted,
            HttpOptions options,
            GraphQLEngine engine) {
        this.vertx = vertx;
        this.request = request;
        this.requestId = requestId;
        this.accepted = accepted;
        this.options = options;
        this.inFlight = engine.inFlight();
        this.deadlines = engine.deadlines();
        this.step = beginStep();
    }

    /** Where the request came from. */
    Device device() {
        return new Device(
                request.getHeader(HttpHeaders.USER_AGENT),
                options.trustedProxies().client(request.remoteAddress(), request.headers()));
    }

    MediaTypes.Accepted accepted() {
        return accepted;
    }

    HttpServerRequest request() {
        return request;
    }

    HttpServerResponse response() {
        return request.response();
    }

    boolean isAnswered() {
        return answered;
    }

    /**
     * Receives the body; its bytes are held until the answer has left or the client.
     *
     * @param mostBytes what it may have
     * @param tooLarge answers when it has more
     * @param overloaded answers when there is no memory for it
     * @param whole has it, when none of these has answered
     */
    void receive(int mostBytes, Runnable tooLarge, Runnable overloaded, Consumer<Buffer> whole) {
        Buffer body = Buffer.buffer();
        request.handler(chunk -> {
            if (answered) {
                return;
            }
            if (body.length() + chunk.length() > mostBytes) {
                tooLarge.run();
            } else if (hold(chunk.length())) {
                body.appendBuffer(chunk);
            } else {
                overloaded.run();
            }
        });
        request.endHandler(end -> {
            if (!answered) {
                arrived();
                whole.accept(body);
            }
        });
    }

    /** Takes memory for more of the body, until the answer has left or the client; false when there is none. */
    private boolean hold(int bytes) {
        if (!inFlight.reserve(bytes)) {
            return false;
        }
        held += bytes;
        return true;
    }

    /** Answers that this server has no memory for the request now. */
    void refuseForMemory() {
        response().putHeader("Retry-After", "2");
        refuse(503, ClientError.of(Problem.Code.UNAVAILABLE.name(), "This server is busy. Ask again."));
    }

    /** The client has gone, or has its answer: whatever is held for it is given back. */
    void over() {
        step.met();
        inFlight.release(held);
        held = 0;
    }

    /** The whole request has arrived: from now on its execution has a deadline of its own. */
    void arrived() {
        step.met();
    }

    private Deadlines.Deadline beginStep() {
        return deadlines.within(options.requestTimeout(), this::tooSlow);
    }

    private void tooSlow() {
        if (answered) {
            // The client does not take its answer.
            request.connection().close();
        } else {
            endConnection();
            refuse(408, ClientError.of("INVALID", "The request did not arrive in time."));
        }
    }

    /** The connection ends after the answer, because what is still to come on it cannot be told apart or is too much. */
    void endConnection() {
        last = true;
        response().putHeader("Connection", "close");
    }

    /** Answers that nothing was done. */
    void refuse(int status, ClientError error) {
        refuse(status, List.of(error));
    }

    /** Answers that nothing was done. */
    void refuse(int status, List<ClientError> errors) {
        refuse(status, errors, null);
    }

    /** Answers that nothing was done, and what it would have cost. */
    void refuse(int status, List<ClientError> errors, @Nullable Cost cost) {
        end(status, Json.write(json -> Json.writeRefused(json, errors, cost)));
    }

    /**
     * Answers, compressed where the client accepts it and it is worth it. A second answer, or one to a client that has
     * gone, is dropped.
     */
    void end(int status, Buffer body) {
        boolean streaming = status == 200 && accepted == MediaTypes.Accepted.EVENT_STREAM;
        end(
                status,
                body,
                streaming || body.length() < ContentCoding.LEAST_BYTES
                        ? ContentCoding.IDENTITY
                        : ContentCoding.accepted(request.getHeader(HttpHeaders.ACCEPT_ENCODING)));
    }

    /**
     * As {@link #end(int, Buffer)}, but never compressed: from the length of a compressed answer, what it holds besides
     * the client's own words can be guessed letter by letter (BREACH).
     */
    void endUncompressed(int status, Buffer body) {
        end(status, body, ContentCoding.IDENTITY);
    }

    private void end(int status, Buffer body, ContentCoding coding) {
        if (answered) {
            return;
        }
        answered = true;
        step.met();
        log(status);
        if (isOpen()) {
            if (Bodies.isAwaited(request)) {
                // What is still to come would have to be read and thrown away, however slowly it drips.
                endConnection();
            }
            inFlight.hold(body.length());
            held += body.length();
            coding.encode(vertx, body).onSuccess(encoded -> {
                if (isOpen()) {
                    head(status, status == 200 ? accepted.contentType : accepted.errorType);
                    if (coding != ContentCoding.IDENTITY) {
                        response().putHeader(HttpHeaders.CONTENT_ENCODING, coding.token);
                    }
                    end(encoded);
                } else {
                    over();
                }
            });
        } else {
            over();
        }
    }

    private boolean isOpen() {
        return !response().closed() && !response().ended();
    }

    private void head(int status, String contentType) {
        response()
                .setStatusCode(status)
                .putHeader(CONTENT_TYPE, contentType)
                .putHeader(CACHE_CONTROL, NO_STORE)
                .putHeader(REQUEST_ID, requestId)
                .headers()
                .add(VARY, ACCEPT_ENCODING);
    }

    private Future<Void> end(Buffer body) {
        step = beginStep();
        return Routes.end(request, body).onComplete(written -> {
            over();
            OutOfMemory.endProcessIf(written.cause());
            if (last) {
                Bodies.endConnection(vertx, request);
            }
        });
    }

    /** Begins an answer that goes on, until {@link #endStream}; the connection ends with it. */
    void beginStream() {
        answered = true;
        over();
        log(200);
        if (isOpen()) {
            endConnection();
            head(200, accepted.contentType);
            // What is sent shall not wait in a proxy until there is more of it.
            response().putHeader("X-Accel-Buffering", "no").setChunked(true);
        }
    }

    /** Ends an answer that went on; a client that does not take the rest of it loses the connection. */
    Future<?> endStream() {
        return isOpen() ? end(Buffer.buffer()) : Future.succeededFuture();
    }

    private void log(int status) {
        long nanos = System.nanoTime() - started;
        Level level = status >= 500 || nanos > SLOW_NANOS ? Level.INFO : Level.DEBUG;
        if (LOG.isEnabledForLevel(level)) {
            LOG.atLevel(level)
                    .addKeyValue("method", request.method())
                    .addKeyValue("path", request.path())
                    .addKeyValue("status", status)
                    .addKeyValue("millis", nanos / 1_000_000)
                    .log("Request answered");
        }
    }
}
