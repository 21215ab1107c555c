package org.expirytracker.http;

import io.vertx.core.http.HttpServerRequest;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.expirytracker.tracing.LogContext;
import org.jspecify.annotations.Nullable;

/** Names a request in the log and in its answer: the client's own name for it, or a random one, which is no secret. */
final class RequestId {

    static final String HEADER = "X-Request-Id";

    /** Plain enough to stand in a log line as it is. */
    private static final Pattern SANE = Pattern.compile("[A-Za-z0-9._:-]{1,64}");

    private RequestId() {}

    /** Names the request that is answered here, for its answer and for each line of the log until then. */
    static String begin(HttpServerRequest request) {
        String id = of(request.getHeader(HEADER));
        LogContext.request(id);
        return id;
    }

    private static String of(@Nullable String given) {
        return given != null && SANE.matcher(given).matches()
                ? given
                : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    }
}
