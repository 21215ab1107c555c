package org.expirytracker.outbound;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** A server that requests lead to: keeps what it gets, and answers as a test says. */
public final class Receiver implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 20;
    private static final Vertx VERTX = Vertx.vertx();

    private final BlockingQueue<Got> got = new LinkedBlockingQueue<>();
    private final HttpServer server;
    private volatile Consumer<HttpServerRequest> answer =
            request -> request.response().setStatusCode(204).end();

    /** A request that came. */
    public record Got(String method, String path, MultiMap headers, String body) {

        public String header(String name) {
            return Objects.requireNonNull(headers.get(name), name);
        }

        public JsonObject json() {
            return new JsonObject(body);
        }

        public String type() {
            return json().getString("type");
        }

        public JsonObject data() {
            return json().getJsonObject("data");
        }
    }

    public Receiver() {
        this(new HttpServerOptions());
    }

    public Receiver(HttpServerOptions options) {
        server = VERTX.createHttpServer(options)
                .requestHandler(request -> request.body().onSuccess(body -> {
                    got.add(new Got(request.method().name(), request.uri(), request.headers(), body.toString()));
                    answer.accept(request);
                }))
                .listen(0, "127.0.0.1")
                .await();
    }

    public int port() {
        return server.actualPort();
    }

    public String url() {
        return "http://127.0.0.1:" + port() + "/hook";
    }

    public void answers(Consumer<HttpServerRequest> by) {
        answer = by;
    }

    public void answers(int status) {
        answers(request -> request.response().setStatusCode(status).end("status " + status));
    }

    /** The next request. */
    public Got next() {
        try {
            Got next = got.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertThat(next).as("a request within %d seconds", PATIENCE_SECONDS).isNotNull();
            return next;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    public List<Got> next(int amount) {
        return Stream.generate(this::next).limit(amount).toList();
    }

    /** How many came that nobody has asked for. */
    public int waiting() {
        return got.size();
    }

    @Override
    public void close() {
        server.close().await();
    }
}
