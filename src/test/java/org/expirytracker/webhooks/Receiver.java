package org.expirytracker.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A program that webhooks lead to: keeps what it gets, and answers as a test says. */
final class Receiver implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 20;
    private static final Vertx VERTX = Vertx.vertx();

    private final BlockingQueue<Got> got = new LinkedBlockingQueue<>();
    private final HttpServer server;
    private volatile Consumer<HttpServerRequest> answer =
            request -> request.response().setStatusCode(204).end();

    /** A request that came. */
    record Got(String path, MultiMap headers, String body) {

        String header(String name) {
            return Objects.requireNonNull(headers.get(name), name);
        }

        JsonObject json() {
            return new JsonObject(body);
        }

        String type() {
            return json().getString("type");
        }

        JsonObject data() {
            return json().getJsonObject("data");
        }

        /** The signatures as they should be, by these secrets. */
        boolean isSignedBy(String... secrets) {
            String expected = WebhookSecret.signatures(
                    Stream.of(secrets)
                            .map(secret -> Base64.getDecoder().decode(secret.substring("whsec_".length())))
                            .toList(),
                    header("webhook-id"),
                    Long.parseLong(header("webhook-timestamp")),
                    body);
            return expected.equals(header("webhook-signature"));
        }
    }

    Receiver() {
        this(new HttpServerOptions());
    }

    Receiver(HttpServerOptions options) {
        server = VERTX.createHttpServer(options)
                .requestHandler(request -> request.body().onSuccess(body -> {
                    got.add(new Got(request.uri(), request.headers(), body.toString()));
                    answer.accept(request);
                }))
                .listen(0, "127.0.0.1")
                .await();
    }

    int port() {
        return server.actualPort();
    }

    String url() {
        return "http://127.0.0.1:" + port() + "/hook";
    }

    void answers(Consumer<HttpServerRequest> by) {
        answer = by;
    }

    void answers(int status) {
        answers(request -> request.response().setStatusCode(status).end("status " + status));
    }

    /** The next request. */
    Got next() {
        try {
            Got next = got.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(next).as("a request within %d seconds", PATIENCE_SECONDS).isNotNull();
            return next;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    List<Got> next(int amount) {
        return Stream.generate(this::next).limit(amount).toList();
    }

    /** How many came that nobody has asked for. */
    int waiting() {
        return got.size();
    }

    @Override
    public void close() {
        server.close().await();
    }
}
