package org.expirytracker.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import org.expirytracker.DatabaseProxy;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A node whose database is away for a while. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ProvenRoom("product")
class DatabaseAwayTest {

    private static final String QUERY = new JsonObject()
            .put("query", "{ items(first: 1) { nodes { name } } }")
            .encode();

    private DatabaseProxy proxy;
    private TestApi node;
    private TestApi.User user;

    @BeforeAll
    void start() throws IOException {
        DatabaseUrl url = TestDatabase.migrated();
        proxy = new DatabaseProxy(url.host(), url.port());
        node = TestApi.start(proxy.url(url));
        user = node.newUser();
    }

    @AfterAll
    void stop() throws IOException {
        proxy.pass();
        node.close();
        proxy.close();
    }

    @Test
    void answers_503_with_retry_after_while_it_is_down_and_recovers_without_a_restart() {
        assertThat(node.post(user.token(), QUERY).statusCode()).isEqualTo(200);

        proxy.refuse();

        HttpResponse<String> away = node.post(user.token(), QUERY);
        assertThat(away.statusCode()).as(away.body()).isEqualTo(503);
        assertThat(away.headers().firstValue("retry-after")).isPresent();
        assertThat(away.body()).contains("UNAVAILABLE").doesNotContain("INTERNAL");
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
        assertThat(node.get("/health/ready").statusCode()).isEqualTo(503);

        proxy.pass();

        assertThat(secondsUntilItAnswers()).isLessThan(10);
        assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
    }

    @Test
    void answers_within_the_deadline_when_the_network_swallows_everything() {
        assertThat(secondsUntilItAnswers()).isLessThan(10);
        proxy.swallow();
        Instant asked = Instant.now();

        HttpResponse<String> swallowed = node.post(user.token(), QUERY);

        assertThat(Duration.between(asked, Instant.now())).isLessThan(Duration.ofSeconds(12));
        assertThat(swallowed.statusCode()).as(swallowed.body()).isEqualTo(503);
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);

        proxy.pass();

        assertThat(secondsUntilItAnswers()).isLessThan(10);
    }

    @Test
    void gives_up_connections_that_fell_silent_however_much_is_asked_on_them() {
        assertThat(secondsUntilItAnswers()).isLessThan(10);

        proxy.strand();

        assertThat(secondsUntilItAnswers()).isLessThan(20);
        proxy.pass();
    }

    private long secondsUntilItAnswers() {
        Instant asked = Instant.now();
        while (node.post(user.token(), QUERY).statusCode() != 200) {
            if (Duration.between(asked, Instant.now()).toSeconds() > 30) {
                throw new AssertionError("The node did not recover in 30 seconds");
            }
        }
        return Duration.between(asked, Instant.now()).toSeconds();
    }
}
