package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.expirytracker.ProvenRoom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A server that is asked for more than it can do at a time. */
@ProvenRoom("product")
class OverloadTest {

    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private static final String BODY =
            new JsonObject().put("query", "{ slow(millis: 3000) }").encode();

    @SuppressWarnings("NullAway.Init")
    private static TestServer server;

    @BeforeAll
    static void start() {
        server = new TestServer();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static List<CompletableFuture<HttpResponse<String>>> keepBusy(int requests) {
        int before = server.things.slow.get();
        List<CompletableFuture<HttpResponse<String>>> under = IntStream.range(0, requests)
                .mapToObj(number -> CLIENT.sendAsync(
                        HttpRequest.newBuilder(server.uri("/graphql"))
                                .header("Content-Type", "application/json")
                                .header("Authorization", "Bearer " + TestServer.TOKEN)
                                .POST(HttpRequest.BodyPublishers.ofString(BODY))
                                .build(),
                        HttpResponse.BodyHandlers.ofString()))
                .toList();
        while (server.things.slow.get() < before + requests) {
            Thread.onSpinWait();
        }
        return under;
    }

    @Test
    void refuses_the_excess_at_once_and_answers_what_it_has_taken() {
        List<CompletableFuture<HttpResponse<String>>> taken = keepBusy(256);

        long asked = System.nanoTime();
        HttpResponse<String> excess = server.query("{ __typename }");
        long millis = (System.nanoTime() - asked) / 1_000_000;

        assertThat(excess.statusCode()).isEqualTo(503);
        assertThat(excess.headers().firstValue("Retry-After")).contains("2");
        assertThat(excess.body()).contains("UNAVAILABLE");
        assertThat(millis).isLessThan(1_000);
        assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
        assertThat(taken)
                .allSatisfy(each -> assertThat(each.join().statusCode()).isEqualTo(200));
        assertThat(server.query("{ __typename }").statusCode()).isEqualTo(200);
    }

    @Test
    void refuses_those_without_a_token_when_half_of_it_is_taken() {
        List<CompletableFuture<HttpResponse<String>>> taken = keepBusy(128);
        String body = new JsonObject().put("query", "{ __typename }").encode();

        assertThat(server.post(body, "Content-Type", "application/json").statusCode())
                .isEqualTo(503);
        assertThat(server.query("{ __typename }").statusCode()).isEqualTo(200);

        taken.forEach(CompletableFuture::join);
        assertThat(server.post(body, "Content-Type", "application/json").statusCode())
                .isEqualTo(200);
    }
}
