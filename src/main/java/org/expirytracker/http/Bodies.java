package org.expirytracker.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/** What becomes of a request's body that nobody reads. */
final class Bodies {

    private static final long LINGER_MILLIS = 500;

    private Bodies() {}

    /** Whether a body was announced that has not come as a whole. */
    static boolean isAwaited(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        boolean announced =
                request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || (length != null && !length.equals("0"));
        return announced && !request.isEnded();
    }

    /** Ends the connection; while the client still sends, a moment later, or it could not read its answer. */
    static void endConnection(Vertx vertx, HttpServerRequest request) {
        if (isAwaited(request)) {
            vertx.setTimer(LINGER_MILLIS, over -> request.connection().close());
        } else {
            request.connection().close();
        }
    }
}
