package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Future;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
@ProvenRoom("product")
class ShutdownTest {

    private final TestServer server = new TestServer(new HttpOptions(
            "127.0.0.1",
            0,
            Set.of(),
            Duration.ofSeconds(10),
            HttpOptions.USUAL_KEEP_ALIVE,
            Duration.ofMillis(1_500),
            Duration.ofSeconds(5),
            HttpOptions.SocketTimes.USUAL,
            TrustedProxies.NONE,
            ""));

    @AfterEach
    void stop() {
        server.close();
    }

    private Future<Void> undeploy() {
        return server.vertx.undeploy(server.deploymentId);
    }

    @Test
    void requests_that_are_being_executed_finish() {
        CompletableFuture<HttpResponse<String>> running =
                CompletableFuture.supplyAsync(() -> server.query("{ begun: fails(how: \"NOT\") slow(millis: 1500) }"));
        TestSocket socket = TestSocket.ready(server);

        Future<Void> stopped = undeploy();

        assertThat(socket.closeCode()).isEqualTo(1001);
        HttpResponse<String> answer = running.orTimeout(10, TimeUnit.SECONDS).join();
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).contains("\"slow\":\"done\"");
        stopped.await();
        assertThat(stopped.succeeded()).isTrue();
    }

    @Test
    void while_it_drains_it_is_not_ready_and_ends_connections() {
        int port = server.port();
        Future<Void> stopped = undeploy();
        assertThat(port).isPositive();

        // To undeploy begins on another thread, some time.
        HttpResponse<String> ready = Stream.generate(() -> server.get("/health/ready"))
                .filter(answer -> answer.statusCode() != 200)
                .findFirst()
                .orElseThrow();

        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).contains("draining");
        assertThat(ready.headers().firstValue("Connection")).contains("close");
        stopped.await();
    }

    @Test
    void while_it_drains_it_serves_whom_the_balancer_still_sends() {
        Future<Void> stopped = undeploy();
        while (server.get("/health/ready").statusCode() == 200) {
            Thread.onSpinWait();
        }

        HttpResponse<String> answer = server.query("{ __typename }");
        TestSocket socket = TestSocket.ready(server);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Connection")).contains("close");
        assertThat(socket.closeCode()).isEqualTo(1001);
        stopped.await();
    }

    @Test
    void afterwards_nobody_can_connect() {
        java.net.URI address = server.uri("/health/live");

        undeploy().await();

        assertThatThrownBy(() -> server.send(java.net.http.HttpRequest.newBuilder(address)))
                .hasCauseInstanceOf(java.net.ConnectException.class);
    }
}
