package org.expirytracker.imports;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.expirytracker.DatabaseProxy;
import org.expirytracker.ProvenRoom;
import org.expirytracker.ServerProcess;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.kernel.NodeId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An import on two nodes of one database: whichever works at it, both tell how far it is. */
@Timeout(120)
@ProvenRoom("product")
class ImportOnTwoNodesTest {

    private static final int ROWS = 12_000;
    private static final DatabaseUrl URL = TestDatabase.freshMigrated();
    private static final Stock STOCK = new Stock(URL);
    private static final String PROGRESS =
            "subscription ($id: ID!) { importProgress(id: $id) { state rowCount rowsDone createdCount refusedCount } }";

    private static Map<String, String> settings(int seconds) {
        return Map.of("EXPIRY_REGISTRATION", "open", "EXPIRY_TURN_INTERVAL_SECONDS", Integer.toString(seconds));
    }

    /** The rows have no ids: only their places tell whether one is done. */
    private static String upload(User user) throws IOException, InterruptedException {
        String file = "Name\n"
                + IntStream.range(0, ROWS)
                        .mapToObj(n -> "Tea %d\n".formatted(n))
                        .collect(Collectors.joining());
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(user.api().uri("/imports?name=tea.csv"))
                            .header("authorization", "Bearer " + user.token())
                            .POST(HttpRequest.BodyPublishers.ofString(file, UTF_8))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            return new JsonObject(answer.body()).getString("id");
        }
    }

    private static JsonObject when(TestApi.Events events, Predicate<JsonObject> isSo) {
        JsonObject progress = events.next().getJsonObject("importProgress");
        while (!isSo.test(progress)) {
            progress = events.next().getJsonObject("importProgress");
        }
        return progress;
    }

    private static boolean isHalfDone(JsonObject progress) {
        return progress.getString("state").equals("RUNNING")
                && progress.getInteger("rowsDone") > 0
                && progress.getInteger("rowsDone") < ROWS;
    }

    private static boolean isDone(JsonObject progress) {
        return progress.getString("state").equals("DONE");
    }

    private static void expireClaimOf(JsonObject id) {
        STOCK.run(
                "UPDATE jobs SET due_at = now() WHERE kind = 'import' AND object_id = ?",
                NodeId.decode(id.getString("id"), Import.TYPE).orElseThrow());
    }

    private static void begin(ServerProcess node, User user, JsonObject input)
            throws IOException, InterruptedException {
        JsonObject request = JsonObject.of(
                "query",
                "mutation ($input: StartImportInput!) { startImport(input: $input) { import { state } userErrors { message } } }",
                "variables",
                JsonObject.of("input", input));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(node.uri("/graphql"))
                            .header("authorization", "Bearer " + user.token())
                            .header("content-type", "application/json")
                            .POST(HttpRequest.BodyPublishers.ofString(request.encode(), UTF_8))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            assertThat(answer.body()).contains("RUNNING");
        }
    }

    /** As when a node dies: what it was in the middle of is rolled back, and its claim runs out. */
    @Test
    void is_gone_on_with_by_the_other_when_one_is_cut_off_and_no_row_is_done_twice()
            throws IOException, InterruptedException {
        try (DatabaseProxy proxy = new DatabaseProxy(URL.host(), URL.port());
                TestApi first = TestApi.start(proxy.url(URL), settings(3_600));
                TestApi second = TestApi.start(URL, settings(1))) {
            User user = second.newUser();
            JsonObject id = JsonObject.of("id", upload(user.on(first)));
            try (TestApi.Events looked = user.on(first).subscribe(PROGRESS, id)) {
                when(looked, progress -> progress.getString("state").equals("READY"));
            }
            user.on(first)
                    .mutate("startImport", "import { state }", id.copy().put("errorPolicy", "REJECT_FAILED_ROWS"));
            try (TestApi.Events here = user.on(first).subscribe(PROGRESS, id);
                    TestApi.Events there = user.subscribe(PROGRESS, id)) {
                when(here, ImportOnTwoNodesTest::isHalfDone);
                JsonObject before = when(there, ImportOnTwoNodesTest::isHalfDone);
                proxy.refuse();
                expireClaimOf(id);
                JsonObject after = when(there, ImportOnTwoNodesTest::isDone);
                proxy.pass();

                assertThat(when(here, ImportOnTwoNodesTest::isDone)).isEqualTo(after);
                assertThat(before.getInteger("rowsDone")).isLessThan(ROWS);
                assertEachIsDoneOnce(user, after);
            }
        }
    }

    private static void assertEachIsDoneOnce(User user, JsonObject progress) {
        assertThat(progress)
                .isEqualTo(JsonObject.of("state", "DONE", "rowCount", ROWS, "rowsDone", ROWS, "createdCount", ROWS)
                        .put("refusedCount", 0));
        String own = "user_id = (SELECT id FROM users WHERE username = '%s')".formatted(user.name());
        assertThat(STOCK.column("SELECT count(DISTINCT name) || ' of ' || count(*) FROM items WHERE " + own))
                .containsExactly(ROWS + " of " + ROWS);
        assertThat(STOCK.column("SELECT count(DISTINCT subject_id) || ' of ' || count(*) FROM activities"
                        + " WHERE kind = 'ITEM_CREATED' AND " + own))
                .containsExactly(ROWS + " of " + ROWS);
        assertThat(STOCK.column("SELECT sum(item_count) FROM stock_days WHERE part = 'WHOLE' AND " + own))
                .containsExactly(Integer.toString(ROWS));
    }

    @ParameterizedTest
    @ValueSource(strings = {"REJECT_FAILED_ROWS", "REJECT_ALL"})
    void is_gone_on_with_by_the_other_when_the_process_of_one_is_killed(String errorPolicy)
            throws IOException, InterruptedException {
        try (ServerProcess first = ServerProcess.start(URL);
                TestApi second = TestApi.start(URL, settings(1))) {
            User user = second.newUser();
            JsonObject id = JsonObject.of("id", upload(user));
            try (TestApi.Events looked = user.subscribe(PROGRESS, id)) {
                when(looked, progress -> progress.getString("state").equals("READY"));
            }
            begin(first, user, id.copy().put("errorPolicy", errorPolicy));
            try (TestApi.Events events = user.subscribe(PROGRESS, id)) {
                when(events, ImportOnTwoNodesTest::isHalfDone);
                first.kill();
                expireClaimOf(id);

                assertEachIsDoneOnce(user, when(events, ImportOnTwoNodesTest::isDone));
            }
        }
    }
}
