package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.List;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.db.EmbeddedDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A node with a database of its own, which is killed or whose disk is filled under it. */
@Timeout(180)
@ProvenRoom("product")
class EmbeddedNodeTest {

    private static final String QUERY =
            new JsonObject().put("query", "{ items(first: 1) { totalCount } }").encode();

    @TempDir
    Path data;

    private TestDisk disk;
    private TestApi node;
    private TestApi.User user;

    @BeforeEach
    void start() throws IOException {
        disk = TestDisk.mount(data, 400);
        node = TestApi.startEmbedded(data);
        user = node.newUser();
    }

    @AfterEach
    void stop() throws IOException {
        if (disk != null) {
            disk.free();
            if (node != null) {
                node.close();
            }
            disk.close();
        }
    }

    private void untilItAnswers() {
        Instant patience = Instant.now().plusSeconds(60);
        while (node.post(user.token(), QUERY).statusCode() != 200
                || node.get("/health/ready").statusCode() != 200) {
            assertThat(Instant.now()).isBefore(patience);
        }
    }

    private Connection database() throws IOException, SQLException {
        return TestDatabase.connect(
                DatabaseUrl.parse(EmbeddedDatabase.running(data).orElseThrow()));
    }

    @Test
    void serves_again_by_itself_after_its_database_was_killed() throws Exception {
        user.createItem(new JsonObject().put("name", "Milk"));
        long server = Long.parseLong(Files.readAllLines(data.resolve("postgresql/postmaster.pid"))
                .getFirst()
                .strip());

        assertThat(ProcessHandle.of(server).orElseThrow().destroyForcibly()).isTrue();

        untilItAnswers();
        try (TestApi.Events events = user.subscribe("subscription { activity { kind } }")) {
            user.createItem(new JsonObject().put("name", "Bread"));
            assertThat(events.next().encode()).contains("ITEM_CREATED");
        }
        try (Connection connection = database();
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE inventories SET next_day_at = now() - interval '1 minute'"
                    + " WHERE id = (SELECT id FROM users WHERE username = '" + user.name() + "')");
            Instant patience = Instant.now().plusSeconds(40);
            List<String> listeners = List.of();
            List<String> reports = List.of();
            while (listeners.isEmpty() || reports.isEmpty()) {
                assertThat(Instant.now()).as(listeners + " " + reports).isBefore(patience);
                listeners = TestDatabase.strings(
                        connection, "SELECT pid FROM pg_stat_activity WHERE application_name LIKE '% listener'");
                reports = TestDatabase.strings(
                        connection,
                        "SELECT r.id FROM reports r JOIN users u ON u.id = r.user_id WHERE u.username = '" + user.name()
                                + "'");
            }
        }
    }

    @Test
    void refuses_what_it_cannot_keep_while_its_disk_is_full_and_serves_again_when_there_is_space() throws Exception {
        JsonObject item = new JsonObject().put("name", "Milk").put("description", "a".repeat(2_000));
        String create = new JsonObject()
                .put("query", "mutation ($input: CreateItemInput!) { createItem(input: $input) { item { id } } }")
                .put("variables", new JsonObject().put("input", item))
                .encode();
        disk.fill();
        int kept = 0;
        HttpResponse<String> answer = node.post(user.token(), create);
        while (answer.statusCode() == 200 && kept < 100_000) {
            kept++;
            answer = node.post(user.token(), create);
        }
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).isPresent();
        assertThat(answer.body()).contains("UNAVAILABLE").doesNotContain("INTERNAL");
        for (int more = 0; more < 20; more++) {
            assertThat(node.post(user.token(), create).statusCode()).isIn(200, 503);
        }
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);

        disk.free();

        untilItAnswers();
        int found = user.query("{ items(first: 1) { totalCount } }")
                .getJsonObject("items")
                .getInteger("totalCount");
        assertThat(found).isBetween(kept, kept + 20);
        user.createItem(item);
    }
}
