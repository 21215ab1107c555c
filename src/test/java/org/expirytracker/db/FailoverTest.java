package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database of two servers, of which one follows the other. */
@Timeout(120)
@ProvenRoom("product")
class FailoverTest {

    private static final String CREATE =
            "mutation ($input: CreateItemInput!, $key: String!) { createItem(input: $input) @idempotent(key: $key)"
                    + " { item { name } userErrors { message } } }";

    private static final int ITEMS = 60;

    @TempDir
    Path folder;

    private StreamingPair servers;
    private DatabaseUrl primary;
    private DatabaseUrl standby;

    /** Each commit waits until the standby has it. */
    @BeforeEach
    void start() throws IOException {
        servers = new StreamingPair(folder, " -c synchronous_standby_names=second");
        primary = servers.primary;
        standby = servers.standby;
    }

    @AfterEach
    void stop() throws IOException {
        servers.close();
    }

    /** Creates it, asking again with the same key until it is acknowledged; how many answers refused it before. */
    private static int create(User user, String name) {
        String body = JsonObject.of(
                        "query", CREATE, "variables", JsonObject.of("input", JsonObject.of("name", name), "key", name))
                .encode();
        Instant patience = Instant.now().plusSeconds(60);
        for (int refusals = 0; ; refusals++) {
            HttpResponse<String> answer = user.api().post(user.token(), body);
            if (answer.statusCode() == 200) {
                assertThat(answer.body()).contains("\"name\":\"" + name + "\"");
                return refusals;
            }
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
            assertThat(Instant.now()).isBefore(patience);
        }
    }

    /** What was acknowledged, and when. */
    private record Acknowledged(String name, Instant at) {}

    @Test
    void a_standby_is_the_database_once_it_is_promoted_within_seconds_and_has_all_that_was_acknowledged()
            throws Exception {
        assertThatThrownBy(() ->
                        new StartWait(Duration.ZERO).untilWritable(StreamingPair.url(standby.port(), standby.port())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none of its servers takes changes")
                .matches(Reachability::mayPass);

        // The standby comes first: which one takes changes is found out, not read.
        try (TestApi node = TestApi.start(StreamingPair.url(standby.port(), primary.port()))) {
            User user = node.newUser();
            Events events = user.subscribe("subscription { itemChanged { item { name } } }");
            List<Acknowledged> acknowledged = new CopyOnWriteArrayList<>();
            CompletableFuture<Boolean> halfway = new CompletableFuture<>();
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                for (int at = 0; at < ITEMS; at++) {
                    create(user, "Item " + at);
                    acknowledged.add(new Acknowledged("Item " + at, Instant.now()));
                    if (at == ITEMS / 2) {
                        halfway.complete(true);
                    }
                }
            });
            CompletableFuture.anyOf(halfway, writing).join();

            servers.killPrimary();
            StreamingPair.ask(standby, "SELECT pg_promote()");
            Instant promoted = Instant.now();

            writing.join();
            assertThat(Duration.between(
                            promoted, acknowledged.get(ITEMS / 2 + 1).at()))
                    .isLessThan(Duration.ofSeconds(10));
            assertThat(user.query("{ items(first: 100) { nodes { name } } }")
                            .getJsonObject("items")
                            .getJsonArray("nodes"))
                    .extracting(item -> ((JsonObject) item).getString("name"))
                    .containsExactlyInAnyOrderElementsOf(
                            acknowledged.stream().map(Acknowledged::name).toList());
            for (Acknowledged each : acknowledged) {
                assertThat(events.next().getJsonObject("itemChanged").getJsonObject("item"))
                        .isEqualTo(JsonObject.of("name", each.name()));
            }
            assertThat(node.get("/health/ready").statusCode()).isEqualTo(200);
            assertThat(StreamingPair.ask(standby, "SELECT application_name FROM pg_stat_activity"))
                    .contains("expiry-tracker listener");
        }
    }
}
