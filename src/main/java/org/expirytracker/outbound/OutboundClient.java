package org.expirytracker.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.expirytracker.kernel.OutOfMemory;
import org.jspecify.annotations.Nullable;

/**
 * Sends to receivers. The name of a host is looked up once for each request, and the request goes to the very address that
 * was found permitted, whatever the name means a moment later (DNS rebinding). No redirect is followed, and neither a slow
 * answer nor a long one is read to its end. One for each process.
 */
public final class OutboundClient {

    /** From the look for an address to the end of an answer; well within the lease of a job. */
    public static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final int CONNECT_MILLIS = 5_000;
    private static final int KEEP_ALIVE_SECONDS = 10;
    private static final int MOST_ANSWER_BYTES = 4_096;
    private static final int MOST_ANSWER = 2_000;
    private static final int MOST_NAMES = 8;
    private static final int HTTPS = 443;
    private static final int HTTP = 80;

    private final OutboundTargets targets;
    private final HttpClient client;
    private final WorkerExecutor names;

    /** A client that asks only where {@code targets} permit. */
    public OutboundClient(Vertx vertx, OutboundTargets targets) {
        this(vertx, targets, new HttpClientOptions());
    }

    /**
     * As {@link #OutboundClient(Vertx, OutboundTargets)}.
     *
     * @param trusting which certificates it trusts
     */
    OutboundClient(Vertx vertx, OutboundTargets targets, HttpClientOptions trusting) {
        // Of its own: a name server that does not answer holds up nothing else.
        this.names = vertx.createSharedWorkerExecutor("outbound-names", MOST_NAMES);
        this.targets = targets;
        this.client = vertx.httpClientBuilder()
                .with(trusting.setConnectTimeout(CONNECT_MILLIS)
                        .setKeepAliveTimeout(KEEP_ALIVE_SECONDS)
                        .setMetricsName("outbound")
                        .setDecompressionSupported(false))
                // A receiver that goes away while nothing is asked of it is no trouble of this server's.
                .withConnectHandler(connection -> connection.exceptionHandler(OutOfMemory::endProcessIf))
                .build();
    }

    /**
     * What came of a request.
     *
     * @param statusCode null when there was no answer
     * @param text the beginning of the answer, or why there was none: at most 2,000 characters
     */
    public record Answer(@Nullable Integer statusCode, String text) {

        /** Whether the receiver has taken it. */
        public boolean taken() {
            return statusCode != null && statusCode >= 200 && statusCode < 300;
        }

        /** Whether the receiver says that nobody need come again (RFC 9110, section 15.5.11). */
        public boolean gone() {
            return statusCode != null && statusCode == 410;
        }
    }

    /** Where it may ask. */
    public OutboundTargets targets() {
        return targets;
    }

    /**
     * Sends a request.
     *
     * @param patience how long it may take, from the look for an address to the end of the answer
     * @return never fails: why there was no answer is one
     */
    public Future<Answer> send(OutboundRequest request, Duration patience) {
        AtomicReference<HttpClientRequest> sent = new AtomicReference<>();
        URI uri;
        try {
            uri = URI.create(request.url());
        } catch (IllegalArgumentException malformed) {
            return Future.succeededFuture(new Answer(null, "This is no address."));
        }
        return resolve(uri)
                .compose(address -> send(uri, address, request, sent))
                .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
                .recover(failure -> {
                    HttpClientRequest late = sent.get();
                    if (late != null) {
                        late.reset();
                    }
                    return Future.succeededFuture(new Answer(null, reason(failure, patience)));
                });
    }

    /** Where no address may be asked. Its message is for whoever has named the address. */
    private static final class Closed extends RuntimeException {

        private static final long serialVersionUID = 1;

        Closed(String message) {
            super(message, null, false, false);
        }
    }

    private Future<InetAddress> resolve(URI uri) {
        return names.executeBlocking(() -> InetAddress.getAllByName(OutboundTargets.hostOf(uri)), false)
                .map(addresses -> List.of(addresses).stream()
                        .filter(address -> targets.permits(uri, address))
                        .findFirst()
                        .orElseThrow(() -> new Closed(
                                "Not sent: the host has no public address, or https:// is missing. Whoever runs this server"
                                        + " can allow it: EXPIRY_WEBHOOK_ALLOW.")));
    }

    private Future<Answer> send(
            URI uri, InetAddress address, OutboundRequest asked, AtomicReference<HttpClientRequest> sent) {
        boolean https = "https".equalsIgnoreCase(uri.getScheme());
        int port = uri.getPort() > 0 ? uri.getPort() : https ? HTTPS : HTTP;
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.valueOf(asked.method()))
                .setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()))
                .setHost(uri.getHost())
                .setPort(port)
                .setSsl(https)
                .setFollowRedirects(false)
                .setURI(uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery())
                .putHeader("content-type", "application/json")
                .putHeader("user-agent", "Expiry-Tracker/1");
        asked.headers().forEach(options::putHeader);
        return client.request(options).compose(request -> {
            sent.set(request);
            String body = asked.body();
            Future<HttpClientResponse> answered =
                    body == null ? request.send() : request.send(Buffer.buffer(body, UTF_8.name()));
            return answered.compose(response -> read(request, response));
        });
    }

    /** Reads no more than is kept; what is longer loses its connection. */
    private static Future<Answer> read(HttpClientRequest request, HttpClientResponse response) {
        Buffer read = Buffer.buffer();
        Promise<Answer> answered = Promise.promise();
        response.handler(piece -> {
            read.appendBuffer(piece);
            if (read.length() > MOST_ANSWER_BYTES
                    && answered.tryComplete(new Answer(response.statusCode(), text(read)))) {
                request.reset();
            }
        });
        response.endHandler(end -> answered.tryComplete(new Answer(response.statusCode(), text(read))));
        response.exceptionHandler(failure -> answered.tryFail(failure));
        return answered.future();
    }

    private static String text(Buffer read) {
        // No text of the database holds U+0000.
        return cut(new String(read.getBytes(0, Math.min(read.length(), MOST_ANSWER_BYTES)), UTF_8).replace('\0', ' '));
    }

    private static String cut(String text) {
        if (text.length() <= MOST_ANSWER) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(MOST_ANSWER - 1)) ? MOST_ANSWER - 1 : MOST_ANSWER;
        return text.substring(0, end);
    }

    private static String reason(Throwable failure, Duration patience) {
        return switch (failure) {
            case Closed closed -> String.valueOf(closed.getMessage());
            case TimeoutException late -> "No answer within %d seconds.".formatted(patience.toSeconds());
            case java.net.UnknownHostException unknown -> "The name of the host is not known.";
            default -> cut(failure.getClass().getSimpleName() + ": " + failure.getMessage());
        };
    }
}
