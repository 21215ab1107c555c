package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that a proxy shows as {@code https://example.org/apps/expiry}: with that path left in requests, and without. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SubPathTest {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private TestApi node;

    @BeforeAll
    void start() {
        node = TestApi.start(TestDatabase.migrated(), Map.of("EXPIRY_PUBLIC_URL", "https://example.org/apps/expiry/"));
    }

    @AfterAll
    void stop() throws IOException {
        node.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/apps/expiry"})
    void answers_everything_under_both(String prefix) throws Exception {
        assertThat(node.get(prefix + "/").body()).contains("<title>");
        assertThat(node.get(prefix + "/js/main.js").statusCode()).isEqualTo(200);
        assertThat(node.get(prefix + "/health/ready").statusCode()).isEqualTo(200);
        assertThat(node.get(prefix + "/graphiql/").body())
                .contains("<base href=\"../\">", "src=\"graphiql/lib/graphiql.");
        assertThat(node.get(prefix + "/graphiql/page.js").statusCode()).isEqualTo(200);
        String query = new JsonObject().put("query", "{ __typename }").encode();
        HttpResponse<String> answer = HTTP.send(
                HttpRequest.newBuilder(node.uri(prefix + "/graphql"))
                        .header("content-type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(query))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.body()).contains("\"__typename\":\"Query\"");
        assertThat(opened(prefix + "/graphql")).isEqualTo("connection_ack");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/apps/expiry"})
    void leads_from_graphiql_to_its_folder_wherever_that_is(String prefix) {
        HttpResponse<String> redirected = node.get(prefix + "/graphiql");

        assertThat(redirected.statusCode()).isEqualTo(302);
        String location = redirected.headers().firstValue("location").orElseThrow();
        assertThat(URI.create("https://example.org/apps/expiry/graphiql").resolve(location))
                .hasToString("https://example.org/apps/expiry/graphiql/");
        assertThat(URI.create("https://example.org/graphiql").resolve(location))
                .hasToString("https://example.org/graphiql/");
    }

    @Test
    void leads_from_its_path_into_it() {
        HttpResponse<String> redirected = node.get("/apps/expiry");

        assertThat(redirected.statusCode()).isEqualTo(302);
        assertThat(redirected.headers().firstValue("location")).contains("expiry/");
    }

    @Test
    void takes_no_path_for_its_own_that_only_begins_like_it() {
        assertThat(node.get("/apps/expiryother/health/ready").statusCode()).isEqualTo(404);
    }

    private String opened(String path) throws Exception {
        CompletableFuture<String> first = new CompletableFuture<>();
        WebSocket socket = HTTP.newWebSocketBuilder()
                .subprotocols("graphql-transport-ws")
                .buildAsync(URI.create(node.uri(path).toString().replaceFirst("http", "ws")), new WebSocket.Listener() {
                    @Override
                    public CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
                        first.complete(new JsonObject(text.toString()).getString("type"));
                        return CompletableFuture.completedFuture(null);
                    }
                })
                .get(10, TimeUnit.SECONDS);
        try {
            String token = node.newUser().token();
            socket.sendText(
                            new JsonObject()
                                    .put("type", "connection_init")
                                    .put("payload", new JsonObject().put("authorization", "Bearer " + token))
                                    .encode(),
                            true)
                    .get(10, TimeUnit.SECONDS);
            socket.request(1);
            return first.get(10, TimeUnit.SECONDS);
        } finally {
            socket.abort();
        }
    }
}
