package org.expirytracker.db;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Two nodes whose queries may read from a standby that follows their database. */
@Timeout(120)
@ProvenRoom("product")
class ReplicasTest {

    private static final String NAMES = "{ items(first: 100) { totalCount nodes { name category { name } } } }";
    private static final int QUERIES = 30;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    static Path folder;

    private static StreamingPair servers;
    private static TestApi here;
    private static TestApi there;

    @BeforeAll
    static void start() throws IOException {
        servers = new StreamingPair(folder, "");
        Map<String, String> more = Map.of("DATABASE_REPLICA_URL", TestDatabase.textOf(servers.standby));
        here = TestApi.start(servers.primary, more);
        there = TestApi.start(servers.primary, more);
    }

    @AfterAll
    static void stop() throws IOException {
        here.close();
        there.close();
        servers.close();
    }

    private static JsonObject items(User user) {
        return user.query(NAMES).getJsonObject("items");
    }

    private static double metric(TestApi node, String name) {
        Matcher line = Pattern.compile("(?m)^" + name + "(?:\\{.*})? ([0-9.E]+)$")
                .matcher(node.get("/metrics").body());
        assertThat(line.find()).as(name).isTrue();
        return Double.parseDouble(line.group(1));
    }

    private static double statements(TestApi node) {
        return metric(node, "expiry_replica_statements_total");
    }

    /** Asks until an answer came from the replica; every answer has as many items as there are. */
    private static void untilTheReplicaAnswers(User user, int items) {
        double before = statements(user.api());
        Instant end = Instant.now().plus(PATIENCE);
        while (statements(user.api()) == before) {
            assertThat(items(user).getInteger("totalCount")).isEqualTo(items);
            assertThat(Instant.now()).as("the replica answers nothing").isBefore(end);
        }
    }

    private static void ofStandby(String sql) throws SQLException {
        StreamingPair.ask(servers.standby, sql);
    }

    /** Holds the replica where it is: it takes nothing of what comes from now on. */
    private static void pause() throws SQLException {
        ofStandby("SELECT pg_wal_replay_pause()");
        Instant end = Instant.now().plus(PATIENCE);
        while (!StreamingPair.ask(servers.standby, "SELECT pg_get_wal_replay_pause_state()")
                .equals(List.of("paused"))) {
            assertThat(Instant.now()).as("the replica goes on").isBefore(end);
        }
    }

    @Test
    void queries_read_from_it_and_what_changes_something_does_not() throws SQLException {
        User user = here.newUser();
        user.createItem(JsonObject.of("name", "Milk"));

        untilTheReplicaAnswers(user, 1);

        assertThat(StreamingPair.ask(
                        servers.standby,
                        "SELECT query FROM pg_stat_activity WHERE application_name = 'expiry-tracker replica'"))
                .anySatisfy(query -> assertThat(query).contains("user_id = $1"));
        double statements = statements(here);
        JsonObject payload =
                user.mutate("createItem", "item { name category { name } }", JsonObject.of("name", "Rice"));
        assertThat(payload.getJsonObject("item").getString("name")).isEqualTo("Rice");
        assertThat(statements(here)).isEqualTo(statements);
        assertThat(here.get("/health/details").body())
                .contains("\"replica 127.0.0.1:" + servers.standby.port() + "\":\"used\"");
    }

    @Test
    void whoever_wrote_reads_it_at_once_on_every_node_and_so_does_everybody_else_however_far_behind_it_is()
            throws SQLException {
        User user = here.newUser();
        User idle = here.newUser();
        user.createItem(JsonObject.of("name", "Milk"));
        untilTheReplicaAnswers(user, 1);
        untilTheReplicaAnswers(user.on(there), 1);
        untilTheReplicaAnswers(idle.on(there), 0);
        pause();
        try {
            user.createItem(JsonObject.of("name", "Rice"));

            assertThat(items(user).getInteger("totalCount")).isEqualTo(2);
            assertThat(items(user.on(there)).getInteger("totalCount")).isEqualTo(2);
            user.on(there).createItem(JsonObject.of("name", "Eggs"));
            assertThat(items(user).getInteger("totalCount")).isEqualTo(3);
            assertThat(StreamingPair.ask(servers.standby, "SELECT count(*) FROM items WHERE name = 'Eggs'"))
                    .containsExactly("0");
            // Of whom nothing has changed, it has everything.
            untilTheReplicaAnswers(idle.on(there), 0);
        } finally {
            ofStandby("SELECT pg_wal_replay_resume()");
        }
        untilTheReplicaAnswers(user, 3);
        untilTheReplicaAnswers(user.on(there), 3);
    }

    @Test
    void one_that_ends_costs_no_query_and_is_read_from_again_once_it_is_back() throws Exception {
        User user = here.newUser();
        user.createItem(JsonObject.of("name", "Milk"));
        untilTheReplicaAnswers(user, 1);
        AtomicBoolean over = new AtomicBoolean();
        CompletableFuture<Integer> asking = CompletableFuture.supplyAsync(() -> {
            int answers = 0;
            while (!over.get()) {
                assertThat(items(user).getInteger("totalCount")).isEqualTo(1);
                answers++;
            }
            return answers;
        });

        servers.stopStandby();
        try {
            for (int at = 0; at < QUERIES; at++) {
                assertThat(items(user.on(there)).getInteger("totalCount")).isEqualTo(1);
            }
            over.set(true);

            assertThat(asking.get(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isPositive();
            Instant end = Instant.now().plus(PATIENCE);
            while (metric(here, "expiry_replica_used") != 0) {
                assertThat(Instant.now()).isBefore(end);
            }
        } finally {
            over.set(true);
            servers.startStandby();
        }
        untilTheReplicaAnswers(user, 1);
    }
}
