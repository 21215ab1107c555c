package org.expirytracker.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.UpgradeRejectedException;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Assertions;

/** A WebSocket client that shows each message and the exact close code. */
final class TestSocket {

    private static final int PATIENCE_SECONDS = 60;
    private static final int MOST_MESSAGE_BYTES = 20_000_000;
    private static final Vertx VERTX = Vertx.vertx();

    final WebSocket socket;
    private final BlockingQueue<JsonObject> messages = new LinkedBlockingQueue<>();
    private final CompletableFuture<Integer> closed = new CompletableFuture<>();
    // Held, because a client that nobody holds is closed.
    private final WebSocketClient client;

    private TestSocket(WebSocketClient client, WebSocket socket) {
        this.client = client;
        this.socket = socket;
        socket.textMessageHandler(text -> messages.add(new JsonObject(text)));
        socket.closeHandler(
                end -> closed.complete(socket.closeStatusCode() == null ? -1 : (int) socket.closeStatusCode()));
    }

    static WebSocketConnectOptions options(TestServer server) {
        return new WebSocketConnectOptions()
                .setHost("127.0.0.1")
                .setPort(server.port())
                .setURI("/graphql");
    }

    /** Connects with the right subprotocol and says nothing yet. */
    static TestSocket connect(TestServer server) {
        return connect(server, options(server).addSubProtocol("graphql-transport-ws"));
    }

    static TestSocket connect(TestServer server, WebSocketConnectOptions options) {
        WebSocketClient client =
                VERTX.createWebSocketClient(new WebSocketClientOptions().setMaxMessageSize(MOST_MESSAGE_BYTES));
        // Listens before the first frame can be read: on the connection's own event loop.
        return client.connect(options)
                .map(socket -> new TestSocket(client, socket))
                .await();
    }

    /** Connects and initialises with a valid token. */
    static TestSocket ready(TestServer server) {
        TestSocket socket = connect(server);
        socket.initialise(TestServer.TOKEN);
        Assertions.assertThat(socket.next()).isEqualTo(new JsonObject().put("type", "connection_ack"));
        return socket;
    }

    /** The status with which the server refuses a handshake. */
    static int refusal(TestServer server, WebSocketConnectOptions options) {
        try {
            connect(server, options);
            return 101;
        } catch (UpgradeRejectedException refused) {
            return refused.getStatus();
        }
    }

    TestSocket send(String text) {
        socket.writeTextMessage(text);
        return this;
    }

    TestSocket initialise(String token) {
        return send(new JsonObject()
                .put("type", "connection_init")
                .put("payload", new JsonObject().put("authorization", "Bearer " + token))
                .encode());
    }

    TestSocket subscribe(String id, String query) {
        return send(new JsonObject()
                .put("type", "subscribe")
                .put("id", id)
                .put("payload", new JsonObject().put("query", query))
                .encode());
    }

    /** The next message; fails after {@value #PATIENCE_SECONDS} seconds. */
    JsonObject next() {
        try {
            JsonObject message = messages.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (message == null) {
                throw new AssertionError("No message came; closed: " + closed.getNow(0));
            }
            return message;
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    /** The type of the next message, or the code with which the server closes instead. */
    String answer() {
        CompletableFuture<String> first = new CompletableFuture<>();
        closed.thenAccept(code -> first.complete(String.valueOf(code)));
        Thread.ofVirtual().start(() -> first.complete(next().getString("type")));
        return first.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    /** All messages up to this one, or up to the end of the connection. */
    List<String> until(String last) {
        List<String> all = new ArrayList<>();
        Instant patience = Instant.now().plusSeconds(PATIENCE_SECONDS);
        while (!all.contains(last)) {
            if (Instant.now().isAfter(patience)) {
                throw new AssertionError("It did not come, but " + all);
            }
            try {
                JsonObject message = messages.poll(10, TimeUnit.MILLISECONDS);
                if (message != null) {
                    all.add(message.encode());
                } else if (closed.isDone() && messages.isEmpty()) {
                    return all;
                }
            } catch (InterruptedException interrupted) {
                throw new AssertionError(interrupted);
            }
        }
        return all;
    }

    /** The code with which the server closes; -1 when it only ends the connection. */
    int closeCode() {
        return closed.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }

    boolean isClosed() {
        return closed.isDone();
    }

    void close() {
        client.close().await();
    }
}
