package org.expirytracker.activities;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.expirytracker.Noon;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies that programs keep, by {@code changes}. */
@Timeout(60)
class ChangesTest {

    private static final String OBJECT =
            "objectId object { __typename ... on Item { name quantity version category { name } }"
                    + " ... on Category { name version } ... on TakeOut { itemId itemName quantity outcome }"
                    + " ... on Notification { kind resolution } ... on Report { date } }";

    private final User user = TestApi.node().newUser(Noon.ZONE);

    private JsonObject page(User asking, @Nullable String after, int first) {
        return asking.query(
                        "query ($after: String, $first: Int) { changes(after: $after, first: $first) { hasMore cursor nodes { "
                                + OBJECT + " } } }",
                        JsonObject.of("after", after, "first", first))
                .getJsonObject("changes");
    }

    /** A program that keeps a copy. */
    private final class Copy {

        private final Map<String, JsonObject> objects = new TreeMap<>();
        private final List<String> told = new ArrayList<>();
        private @Nullable String cursor;

        boolean readPage(int first) {
            JsonObject page = page(user, cursor, first);
            assertThat(page.getJsonArray("nodes").size()).isLessThanOrEqualTo(first + 1);
            for (Object node : page.getJsonArray("nodes")) {
                String id = ((JsonObject) node).getString("objectId");
                JsonObject object = ((JsonObject) node).getJsonObject("object");
                told.add(object == null ? "gone" : object.getString("__typename"));
                if (object == null) {
                    objects.remove(id);
                } else {
                    objects.put(id, object);
                }
            }
            cursor = page.getString("cursor");
            return page.getBoolean("hasMore");
        }

        List<String> read(int first) {
            told.clear();
            while (readPage(first)) {}
            return List.copyOf(told);
        }
    }

    private Map<String, JsonObject> everything() {
        Copy fresh = new Copy();
        fresh.read(100);
        return fresh.objects;
    }

    private String takeOut(String item, String quantity) {
        user.mutate("takeOut", "item { id }", JsonObject.of("itemId", item, "quantity", quantity, "outcome", "USED"));
        return lastActivity();
    }

    private String lastActivity() {
        return user.query("{ activities(first: 1) { nodes { id } } }")
                .getJsonObject("activities")
                .getJsonArray("nodes")
                .getJsonObject(0)
                .getString("id");
    }

    @Nested
    class WithoutACursor {

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3, 100})
        void tell_everything_that_is_there_once_whatever_happened_to_it(int first) {
            String category = user.createCategory("Dairy");
            String milk = user.createItem(JsonObject.of(
                    "name", "Milk", "quantity", "5", "categoryId", category, "expiryDate", Noon.inDays(1)));
            user.createItem(JsonObject.of("name", "Rice"));
            String gone = user.createItem(JsonObject.of("name", "Gone"));
            takeOut(milk, "2");
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", gone));
            user.mutate("generateReport", "report { id }", new JsonObject());

            Copy copy = new Copy();

            assertThat(copy.read(first))
                    .containsExactly("Category", "Item", "Item", "TakeOut", "Notification", "Report");
            assertThat(copy.objects.get(milk))
                    .isEqualTo(new JsonObject(
                            "{\"__typename\": \"Item\", \"name\": \"Milk\", \"quantity\": \"3\", \"version\": 2,"
                                    + " \"category\": {\"name\": \"Dairy\"}}"));
            assertThat(copy.objects.values())
                    .contains(new JsonObject(
                            "{\"__typename\": \"TakeOut\", \"itemName\": \"Milk\", \"quantity\": \"2\", \"outcome\":"
                                    + " \"USED\", \"itemId\": \"" + milk + "\"}"));
            assertThat(copy.read(first)).isEmpty();
        }

        @Test
        void tell_what_changes_while_the_pages_are_read_after_them() {
            List<Object> ids = user.createItems(IntStream.range(0, 6)
                    .mapToObj(at -> JsonObject.of("name", "Item " + at))
                    .toArray(JsonObject[]::new));
            Copy copy = new Copy();
            copy.readPage(2);
            List<Object> seen = List.copyOf(copy.objects.keySet());
            List<Object> unseen = ids.stream().filter(id -> !seen.contains(id)).toList();

            user.mutate("updateItem", "changed", JsonObject.of("id", seen.get(0), "name", "Changed after"));
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", seen.get(1)));
            user.mutate("updateItem", "changed", JsonObject.of("id", unseen.get(0), "name", "Changed before"));
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", unseen.get(1)));
            user.createItem(JsonObject.of("name", "New"));

            assertThat(copy.read(2)).hasSize(2 + 5);
            assertThat(copy.objects).isEqualTo(everything()).hasSize(5);
        }
    }

    @Nested
    class AfterACursor {

        private final String milk = user.createItem(JsonObject.of("name", "Milk", "quantity", "5"));
        private final Copy copy = new Copy();

        AfterACursor() {
            copy.read(100);
        }

        @Test
        void tell_each_object_once_however_often_it_changed() {
            for (int at = 0; at < 5; at++) {
                user.mutate("updateItem", "changed", JsonObject.of("id", milk, "name", "Milk " + at));
            }
            String rice = user.createItem(JsonObject.of("name", "Rice"));

            assertThat(copy.read(1)).containsExactly("Item", "Item");
            assertThat(copy.objects)
                    .hasEntrySatisfying(
                            milk, item -> assertThat(item.getString("name")).isEqualTo("Milk 4"));
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", rice));
            assertThat(copy.read(1)).containsExactly("gone");
            assertThat(copy.read(1)).isEmpty();
        }

        @Test
        void tell_take_outs_and_that_they_were_put_back() {
            takeOut(milk, "1");
            takeOut(milk, "2");

            assertThat(copy.read(1)).containsExactly("TakeOut", "Item", "TakeOut");
            user.mutate("updateItem", "changed", JsonObject.of("id", milk, "quantity", "4"));
            String third = takeOut(milk, "0.5");
            assertThat(copy.read(10)).containsExactly("Item", "TakeOut");
            user.mutate("undo", "item { id }", JsonObject.of("activityId", third));
            assertThat(copy.read(10)).containsExactly("Item", "gone");
            String fourth = takeOut(milk, "0.5");
            user.mutate("undo", "item { id }", JsonObject.of("activityId", fourth));
            assertThat(copy.read(10)).containsExactly("Item", "gone");
            assertThat(copy.objects).isEqualTo(everything());
        }

        @Test
        void go_on_from_the_cursor_of_a_live_change() {
            user.mutate("updateItem", "changed", JsonObject.of("id", milk, "name", "Cream"));
            String cursor = user.query("{ activities(first: 1) { nodes { cursor } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("cursor");
            assertThat(page(user, cursor, 9).getJsonArray("nodes")).isEmpty();
            assertThat(page(user, String.valueOf(Long.parseLong(cursor) - 1), 9).getJsonArray("nodes"))
                    .hasSize(1);
        }

        @Test
        void keep_a_copy_the_same_whatever_happens() {
            Random random = new Random(20261129);
            List<String> items = new ArrayList<>(List.of(milk));
            int pages = 0;
            for (int round = 0; round < 60; round++) {
                String item = items.get(random.nextInt(items.size()));
                switch (random.nextInt(6)) {
                    case 0 ->
                        items.add(user.createItem(JsonObject.of(
                                "name",
                                "Item " + round,
                                "quantity",
                                "9",
                                "expiryDate",
                                Noon.inDays(random.nextInt(60) - 5))));
                    case 1 ->
                        user.attempt(
                                "updateItem",
                                "changed",
                                JsonObject.of("id", item, "expiryDate", Noon.inDays(random.nextInt(60) - 5)));
                    case 2 ->
                        user.attempt(
                                "takeOut",
                                "item { id }",
                                JsonObject.of("itemId", item, "quantity", "0.5", "outcome", "SOLD"));
                    case 3 -> user.attempt("undo", "deletedId", JsonObject.of("activityId", lastActivity()));
                    case 4 -> {
                        if (items.size() > 3) {
                            items.remove(item);
                            user.attempt("deleteItem", "deletedId", JsonObject.of("id", item));
                        }
                    }
                    default -> {
                        copy.readPage(1 + random.nextInt(4));
                        pages++;
                    }
                }
            }
            copy.read(3);

            assertThat(copy.objects).isEqualTo(everything());
            assertThat(pages).isGreaterThan(3);
        }

        @Test
        void tell_nothing_of_somebody_else_whose_cursor_it_is() {
            User stranger = TestApi.node().newUser();
            stranger.createItem(JsonObject.of("name", "Theirs"));
            stranger.createItem(JsonObject.of("name", "Theirs too"));
            String listing = page(stranger, null, 1).getString("cursor");

            assertThat(page(user, listing, 100).encode()).doesNotContain("Theirs");
            assertThat(page(user, "1", 100).encode()).doesNotContain("Theirs");
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "nonsense", "999999999999", "-1", "Y2hhbmdlcw"})
        void refuse_what_is_no_cursor(String after) {
            JsonObject answer = user.answer(
                    "query ($after: String) { changes(after: $after) { cursor } }", JsonObject.of("after", after));
            assertThat(answer.getJsonArray("errors")
                            .getJsonObject(0)
                            .getJsonObject("extensions")
                            .getMap())
                    .containsEntry("code", "INVALID");
        }
    }

    @Nested
    class ToApiTokens {

        @Test
        void tell_what_their_scopes_open() {
            user.createItem(JsonObject.of("name", "Milk", "expiryDate", Noon.inDays(1)));
            String token = user.mutate(
                            "createApiToken",
                            "token",
                            JsonObject.of("name", "copy", "scopes", JsonArray.of("NOTIFICATIONS_READ")))
                    .getString("token");
            JsonObject answer = new User(user.api(), user.name(), token)
                    .query("{ changes { nodes { object { __typename } } } }")
                    .getJsonObject("changes");
            assertThat(answer.encode()).isEqualTo("{\"nodes\":[{\"object\":{\"__typename\":\"Notification\"}}]}");
        }
    }
}
