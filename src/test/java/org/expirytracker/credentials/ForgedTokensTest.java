package org.expirytracker.credentials;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.expirytracker.TestApi;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Forged access tokens at the door of a node: over HTTP and over WebSocket, none lets anybody in, none is logged. */
class ForgedTokensTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final String QUERY = "{\"query\":\"{ viewer { username } }\"}";
    private static final String GOOD = "signed as it should be";

    /** Of a living session, with the key of {@link TestApi}. */
    private static Map<String, String> forged() throws GeneralSecurityException {
        String token = TestApi.node().newUser().token();
        JsonObject claims = new JsonObject(new String(Base64.getUrlDecoder().decode(token.split("\\.", -1)[1]), UTF_8));
        ForgedTokens forged = new ForgedTokens(
                TestApi.jwtKey(),
                new UserId(UUID.fromString(claims.getString("sub"))),
                UUID.fromString(claims.getString("sid")),
                Instant.now());
        Map<String, String> all = new LinkedHashMap<>(forged.all());
        all.put(GOOD, forged.signed(forged.header(), forged.claims()));
        return all;
    }

    /** Byte by byte, since no client would send some of them. */
    private static String byHttp(String token) throws IOException {
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), TestApi.node().uri("/").getPort())) {
            socket.setSoTimeout(10_000);
            String head = "POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\n"
                    + "Accept: application/graphql-response+json\r\nContent-Length: " + QUERY.length()
                    + "\r\nAuthorization: Bearer ";
            socket.getOutputStream().write(head.getBytes(ISO_8859_1));
            socket.getOutputStream().write(token.getBytes(UTF_8));
            socket.getOutputStream().write(("\r\n\r\n" + QUERY).getBytes(ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        } catch (SocketException cut) {
            return "";
        }
    }

    /** The code with which the server closes; 0 when it lets in. */
    private static int byWebSocket(String token) {
        CompletableFuture<Integer> told = new CompletableFuture<>();
        WebSocket socket = HTTP.newWebSocketBuilder()
                .subprotocols("graphql-transport-ws")
                .buildAsync(
                        URI.create(TestApi.node().uri("/graphql").toString().replaceFirst("http", "ws")),
                        new WebSocket.Listener() {
                            @Override
                            public @Nullable CompletionStage<?> onText(
                                    WebSocket from, CharSequence data, boolean last) {
                                told.complete(0);
                                return null;
                            }

                            @Override
                            public @Nullable CompletionStage<?> onClose(WebSocket from, int code, String reason) {
                                told.complete(code);
                                return null;
                            }

                            @Override
                            public void onError(WebSocket from, Throwable error) {
                                told.complete(1006);
                            }
                        })
                .join();
        socket.sendText(
                new JsonObject()
                        .put("type", "connection_init")
                        .put("payload", new JsonObject().put("authorization", "Bearer " + token))
                        .encode(),
                true);
        int code = told.orTimeout(10, TimeUnit.SECONDS).join();
        socket.abort();
        return code;
    }

    private static String whole(ILoggingEvent event) {
        return event.getFormattedMessage() + event.getKeyValuePairs() + event.getThrowableProxy();
    }

    @Test
    void let_nobody_in_and_are_not_logged() throws GeneralSecurityException, IOException {
        Map<String, String> forged = forged();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger own = (Logger) LoggerFactory.getLogger("org.expirytracker");
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        List<String> letIn = new ArrayList<>();
        Level before = own.getLevel();
        log.start();
        root.addAppender(log);
        own.setLevel(Level.TRACE);
        try {
            for (Map.Entry<String, String> kind : forged.entrySet()) {
                // A line break would end the header, and what is before it is no forgery.
                String answer = kind.getValue().endsWith("\n") ? "" : byHttp(kind.getValue());
                if (answer.startsWith("HTTP/1.1 200 ")) {
                    letIn.add("HTTP: " + kind.getKey());
                } else {
                    // 400 and 431 for what is no header at all; the end for what is too long to be read.
                    assertThat(answer).as(kind.getKey()).matches("(?s)(HTTP/1.1 (401|400|431) .*)?");
                }
                int code = byWebSocket(kind.getValue());
                if (code == 0) {
                    letIn.add("WebSocket: " + kind.getKey());
                } else {
                    assertThat(code)
                            .as(kind.getKey())
                            .isIn(kind.getKey().startsWith("expired") ? 4403 : 4401, 1009, 1006);
                }
            }
        } finally {
            own.setLevel(before);
            root.detachAppender(log);
        }

        assertThat(forged).hasSizeGreaterThan(80);
        assertThat(letIn).containsExactly("HTTP: " + GOOD, "WebSocket: " + GOOD);
        String logged =
                String.join("\n", log.list.stream().map(ForgedTokensTest::whole).toList());
        forged.values().stream()
                .filter(token -> token.length() > 20)
                .forEach(token -> assertThat(logged).doesNotContain(token.substring(token.length() / 2)));
        assertThat(log.list).isNotEmpty();
    }
}
