package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.List;
import org.expirytracker.maintenance.Signals;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HealthTest {

    private final TestServer server = new TestServer();

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void a_server_that_has_what_it_needs_is_live_and_ready() {
        assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
        HttpResponse<String> ready = server.get("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(200);
        assertThat(ready.body()).isEqualTo("{\"status\":\"ready\"}");
    }

    @Test
    void without_its_database_it_is_live_but_not_ready_and_says_what_is_missing() {
        server.database = Future.succeededFuture(false);

        HttpResponse<String> ready = server.get("/health/ready");

        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).isEqualTo("{\"status\":\"not ready\",\"missing\":[\"database\"]}");
        assertThat(server.get("/health/live").statusCode()).isEqualTo(200);
    }

    @Test
    void details_tell_of_each_need_and_of_maintenance_for_which_a_server_stays_ready() {
        server.maintenance = List.of(
                new Signals.Signal(
                        "backup", Instant.parse("2026-11-22T02:30:00Z"), Instant.parse("2026-11-23T02:30:00Z")),
                new Signals.Signal("check-database", null, null));

        HttpResponse<String> details = server.get("/health/details");

        assertThat(details.statusCode()).isEqualTo(200);
        assertThat(details.body())
                .isEqualTo(
                        "{\"status\":\"ready\",\"needs\":{\"database\":\"ok\"},\"ways\":{},\"maintenance\":{\"backup\":{"
                                + "\"status\":\"failed\",\"lastSuccess\":\"2026-11-22T02:30:00Z\","
                                + "\"lastFailure\":\"2026-11-23T02:30:00Z\"},\"check-database\":{\"status\":\"pending\","
                                + "\"lastSuccess\":null,\"lastFailure\":null}}}");
        server.database = Future.succeededFuture(false);
        assertThat(server.get("/health/details").statusCode()).isEqualTo(503);
    }

    @Test
    void a_server_that_cannot_go_on_is_not_live() {
        server.alive = false;

        HttpResponse<String> live = server.get("/health/live");

        assertThat(live.statusCode()).isEqualTo(503);
        assertThat(live.body()).isEqualTo("{\"status\":\"not live\"}");
    }

    @Test
    void a_failing_check_counts_as_missing() {
        server.database = Future.failedFuture("out of reach");

        assertThat(server.get("/health/ready").statusCode()).isEqualTo(503);
    }

    @Test
    void a_database_that_does_not_answer_within_a_second_is_missing() {
        server.database = Promise.<Boolean>promise().future();

        assertThat(server.get("/health/ready").statusCode()).isEqualTo(503);
    }

    @Test
    void metrics_are_shown_as_text_of_prometheus() {
        server.query("{ __typename }");

        HttpResponse<String> metrics = server.get("/metrics");

        assertThat(metrics.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
        assertThat(metrics.body())
                .contains(
                        "expiry_websocket_connections",
                        "expiry_graphql_operations_seconds_count{outcome=\"EXECUTED\",transport=\"http\"} 1");
    }
}
