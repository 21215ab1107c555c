package org.expirytracker;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.expirytracker.TestApi.User;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whoever asks for what changed since the newest change that they have seen misses nothing, whoever else writes. */
@Timeout(60)
@ProvenRoom("product")
class ChangesSinceTest {

    private static final int WRITERS = 6;
    private static final int CHANGES_OF_EACH = 20;

    private static final String CHANGED = """
            query ($since: DateTime, $after: String) {
              items(first: 50, after: $after, filter: {updatedSince: $since}, orderBy: {field: UPDATED_AT, direction: ASC}) {
                nodes { id version createdAt updatedAt }
                pageInfo { hasNextPage endCursor }
              }
            }
            """;

    private final User user = TestApi.node().newUser();
    private final Map<String, Integer> seen = new TreeMap<>();
    private @Nullable String newest;

    @Test
    void by_six_writers_on_two_nodes() throws Exception {
        CountDownLatch writing = new CountDownLatch(WRITERS);
        Map<String, Integer> written = new TreeMap<>();
        try (ExecutorService writers = Executors.newFixedThreadPool(WRITERS)) {
            List<Future<Map<String, Integer>>> work = new ArrayList<>();
            for (int at = 0; at < WRITERS; at++) {
                User writer = at % 2 == 0 ? user : user.on(TestApi.otherNode());
                work.add(writers.submit(() -> {
                    try {
                        return write(writer);
                    } finally {
                        writing.countDown();
                    }
                }));
            }
            while (writing.getCount() > 0) {
                poll();
            }
            poll();
            for (Future<Map<String, Integer>> each : work) {
                written.putAll(each.get());
            }
        }

        assertThat(seen).isEqualTo(written);
    }

    /** Adds and changes items; their versions by id. */
    private static Map<String, Integer> write(User writer) {
        Map<String, Integer> written = new HashMap<>();
        for (int change = 0; change < CHANGES_OF_EACH / 2; change++) {
            String id = writer.createItem(JsonObject.of("name", "Milk"));
            written.put(id, 1);
            String former = written.keySet().iterator().next();
            written.put(
                    former,
                    writer.mutate(
                                    "updateItem",
                                    "item { version }",
                                    JsonObject.of("id", former, "name", "Milk " + change))
                            .getJsonObject("item")
                            .getInteger("version"));
        }
        return written;
    }

    private void poll() {
        JsonObject variables = new JsonObject().put("since", newest);
        boolean more = true;
        while (more) {
            JsonObject page = user.query(CHANGED, variables).getJsonObject("items");
            for (Object node : page.getJsonArray("nodes")) {
                JsonObject item = (JsonObject) node;
                seen.merge(item.getString("id"), item.getInteger("version"), Math::max);
                newest = asJavaScriptHandsItBack(item.getString("updatedAt"));
            }
            more = page.getJsonObject("pageInfo").getBoolean("hasNextPage");
            variables.put("after", page.getJsonObject("pageInfo").getString("endCursor"));
        }
    }

    private static String asJavaScriptHandsItBack(String instant) {
        return Instant.ofEpochMilli(Instant.parse(instant).toEpochMilli()).toString();
    }

    @Test
    void is_told_of_one_change_by_one_moment_which_no_other_change_has() {
        for (int at = 0; at < 20; at++) {
            user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(1)));
        }

        List<Instant> moments = new ArrayList<>();
        for (Object node : user.query(
                        "{ activities(last: 100) { nodes { kind createdAt subject { ... on Item { createdAt }"
                                + " ... on Notification { createdAt } } } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")) {
            JsonObject activity = (JsonObject) node;
            if (activity.getString("kind").endsWith("_CREATED")) {
                assertThat(activity.getJsonObject("subject").getString("createdAt"))
                        .isEqualTo(activity.getString("createdAt"));
            }
            if (activity.getString("kind").equals("ITEM_CREATED")) {
                moments.add(Instant.parse(activity.getString("createdAt")));
            }
        }
        assertThat(moments.reversed()).hasSize(20).doesNotHaveDuplicates().isSorted();
    }
}
