package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.TestApi;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nobody sees, changes or even notices what belongs to somebody else. */
class TenancyTest {

    private static final SchemaWalk SCHEMA = new SchemaWalk();

    /** Stands in every text that the stranger owns. */
    private static final String CANARY = "canary-" + UUID.randomUUID();

    private static final List<NodeId.Type> ANY = List.of(NodeId.Type.values());

    /** What may stand where an id goes. A field that takes a new id has to be added here. */
    private static final Map<String, List<NodeId.Type>> TAKES = Map.ofEntries(
            Map.entry("Query.node.id", ANY),
            Map.entry("Query.nodes.ids", ANY),
            Map.entry("Query.item.id", List.of(NodeId.Type.Item)),
            Map.entry("Query.items.filter.categoryId", List.of(NodeId.Type.Category)),
            Map.entry("Query.category.id", List.of(NodeId.Type.Category)),
            Map.entry("Category.items.filter.categoryId", List.of(NodeId.Type.Category)),
            Map.entry("Mutation.updateCategory.input.id", List.of(NodeId.Type.Category)),
            Map.entry("Mutation.deleteCategory.input.id", List.of(NodeId.Type.Category)),
            Map.entry("Mutation.deleteCategory.input.reassignTo", List.of(NodeId.Type.Category)),
            Map.entry("Mutation.createItem.input.categoryId", List.of(NodeId.Type.Category)),
            Map.entry("Mutation.createItems.input.items.categoryId", List.of(NodeId.Type.Category)),
            Map.entry("Mutation.updateItem.input.id", List.of(NodeId.Type.Item)),
            Map.entry("Mutation.updateItem.input.categoryId", List.of(NodeId.Type.Category)),
            Map.entry("Mutation.deleteItem.input.id", List.of(NodeId.Type.Item)),
            Map.entry("Mutation.takeOut.input.itemId", List.of(NodeId.Type.Item)),
            Map.entry("Mutation.markNotificationRead.input.id", List.of(NodeId.Type.Notification)),
            Map.entry("Mutation.markNotificationUnread.input.id", List.of(NodeId.Type.Notification)),
            Map.entry("Mutation.markNotificationsRead.input.ids", List.of(NodeId.Type.Notification)),
            Map.entry("Mutation.deleteNotification.input.id", List.of(NodeId.Type.Notification)),
            Map.entry("Mutation.deleteReport.input.id", List.of(NodeId.Type.Report)));

    /** Who holds one object of every type. */
    private record Holder(TestApi.User user, Map<NodeId.Type, String> ids) {

        static Holder of(TestApi.User user, String text, int items) {
            Map<NodeId.Type, String> ids = new EnumMap<>(NodeId.Type.class);
            String category = user.mutate(
                            "createCategory",
                            "category { id }",
                            new JsonObject().put("name", text).put("description", text))
                    .getJsonObject("category")
                    .getString("id");
            ids.put(NodeId.Type.Category, category);
            for (int at = 0; at < items; at++) {
                ids.put(NodeId.Type.Item, user.createItem(item(text, category)));
            }
            user.mutate("generateReport", "report { id }", new JsonObject());
            JsonObject rest = user.query(
                    "{ viewer { id } notifications(first: 1) { nodes { id } } reports(first: 1) { nodes { id } }"
                            + " activities(first: 1) { nodes { id } } }");
            ids.put(NodeId.Type.User, rest.getJsonObject("viewer").getString("id"));
            ids.put(NodeId.Type.Notification, first(rest, "notifications"));
            ids.put(NodeId.Type.Report, first(rest, "reports"));
            ids.put(NodeId.Type.Activity, first(rest, "activities"));
            return new Holder(user, ids);
        }

        /** Expires soon, so that there is a notification of it at once. */
        private static JsonObject item(String text, String category) {
            return new JsonObject()
                    .put("name", text)
                    .put("description", text)
                    .put("location", text)
                    .put("lotNumber", text)
                    .put("barcode", text)
                    .put("unit", "pcs")
                    .put("costPrice", "2")
                    .put("expiryDate", LocalDate.now(ZoneOffset.UTC).plusDays(3).toString())
                    .put("categoryId", category);
        }

        private static String first(JsonObject data, String list) {
            return data.getJsonObject(list)
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");
        }

        String id(NodeId.Type type) {
            String id = ids.get(type);
            if (id == null) {
                throw new AssertionError("They have no " + type);
            }
            return id;
        }

        /** Without the activity's: they are numbered for each user, so that an id says nothing of whose it is. */
        String[] tellingIds() {
            return ids.entrySet().stream()
                    .filter(entry -> entry.getKey() != NodeId.Type.Activity)
                    .map(Map.Entry::getValue)
                    .toArray(String[]::new);
        }

        Object sample(String position, String type) {
            return type.equals("ID") ? id(typeAt(position)) : TenancyTest.sample(position, type);
        }

        private static NodeId.Type typeAt(String position) {
            return SCHEMA.nodeTypes().contains(position)
                    ? NodeId.Type.valueOf(position)
                    : takenAt(position).getFirst();
        }

        /** All that they can read, by field. */
        JsonObject everything() {
            JsonObject everything = new JsonObject();
            for (SchemaWalk.Field field : SCHEMA.fields("Query")) {
                if (!Set.of("node", "nodes", "item", "category").contains(field.name())) {
                    JsonObject request = SCHEMA.request(field, this::sample);
                    everything.put(
                            field.name(), user.query(request.getString("query"), request.getJsonObject("variables")));
                }
            }
            return everything;
        }
    }

    private static List<NodeId.Type> takenAt(String position) {
        List<NodeId.Type> types = TAKES.get(position);
        if (types == null) {
            throw new AssertionError(position + " takes an id: tell in TAKES of what type");
        }
        return types;
    }

    /** A valid value of whatever is required besides the id. */
    private static Object sample(String position, String type) {
        return switch (type) {
            case "String" -> position.endsWith("mail") ? "someone@example.org" : "something";
            case "Int" -> 1;
            case "Boolean" -> true;
            case "Decimal" -> "1";
            case "Date" -> LocalDate.now(ZoneOffset.UTC).toString();
            case "DateTime" -> "2026-01-01T00:00:00Z";
            case "TimeZone" -> "UTC";
            case "ID" -> missing(NodeId.Type.Item);
            default -> throw new AssertionError(position + " takes a " + type + ": tell here of what form it is");
        };
    }

    /** A well-formed id that nothing has. */
    private static String missing(NodeId.Type type) {
        UUID id = type == NodeId.Type.Activity ? new UUID(0, 999_999_999) : RowIds.next();
        return new NodeId(type, id).encoded();
    }

    @Nested
    class AnIdOfSomebodyElse {

        private static final class Stranger {
            // More things happened to them than to anybody who asks, so that no activity of both has the same place.
            static final Holder HOLDER = Holder.of(TestApi.node().newUser(), CANARY, 30);
        }

        static Stream<SchemaWalk.Leaf> positions() {
            return SCHEMA.allFields().stream()
                    .flatMap(field -> SCHEMA.leaves(field).stream())
                    .filter(leaf -> leaf.type().equals("ID"));
        }

        @ParameterizedTest
        @MethodSource("positions")
        void is_answered_like_one_that_is_missing_and_changes_nothing(SchemaWalk.Leaf leaf) {
            Holder stranger = Stranger.HOLDER;
            JsonObject before = stranger.everything();
            for (NodeId.Type type : takenAt(leaf.position())) {
                Holder asking = Holder.of(TestApi.otherNode().newUser(), "mine", 1);
                String foreign = stranger.id(type);
                String missing = missing(type);

                String toForeign = answer(asking, leaf, foreign).replace(foreign, "the id");
                String toMissing = answer(asking, leaf, missing).replace(missing, "the id");
                String toOwn = answer(asking, leaf, asking.id(type)).replace(asking.id(type), "the id");

                assertThat(toForeign).as("A foreign %s", type).isEqualTo(toMissing);
                if (!leaf.position().equals("Category.items.filter.categoryId")) {
                    assertThat(toOwn).as("Their own %s", type).isNotEqualTo(toMissing);
                }
            }
            assertThat(stranger.everything()).isEqualTo(before);
        }

        private static String answer(Holder asking, SchemaWalk.Leaf leaf, String id) {
            JsonObject request = SCHEMA.request(leaf, id, asking::sample);
            HttpResponse<String> response = TestApi.otherNode().post(asking.user.token(), request.encode());
            return response.statusCode() + " " + response.body();
        }

        @Test
        void is_known_for_every_input_that_takes_one() {
            assertThat(positions().map(SchemaWalk.Leaf::position)).containsExactlyInAnyOrderElementsOf(TAKES.keySet());
        }
    }

    @Nested
    class Lists {

        @Test
        void show_nothing_of_somebody_else() {
            Holder stranger = Holder.of(TestApi.node().newUser(), CANARY, 2);
            Holder reader = Holder.of(TestApi.node().newUser(), "mine", 1);

            assertThat(reader.everything().encode())
                    .contains("mine")
                    .doesNotContain(CANARY, stranger.user.name())
                    .doesNotContain(stranger.tellingIds());
        }

        @Test
        void show_nothing_of_somebody_else_after_one_of_their_cursors() {
            Holder stranger = Holder.of(TestApi.node().newUser(), CANARY, 2);
            Holder reader = Holder.of(TestApi.node().newUser(), "mine", 2);
            List<String> shown = new ArrayList<>();
            for (SchemaWalk.Field field : SCHEMA.fields("Query")) {
                if (SCHEMA.leaves(field).stream()
                        .anyMatch(leaf -> leaf.position().endsWith(".after"))) {
                    String rows = "{ %s(%s) { edges { cursor node { __typename id } } } }";
                    String cursor = stranger.user
                            .query(rows.formatted(field.name(), "first: 1"))
                            .getJsonObject(field.name())
                            .getJsonArray("edges")
                            .getJsonObject(0)
                            .getString("cursor");
                    for (String side : List.of("first: 100, after", "last: 100, before")) {
                        shown.add(reader.user
                                .query(rows.formatted(field.name(), side + ": \"" + cursor + "\""))
                                .encode());
                    }
                }
            }

            assertThat(shown)
                    .hasSizeGreaterThanOrEqualTo(10)
                    .allSatisfy(answer -> assertThat(answer).doesNotContain(stranger.tellingIds()));
        }
    }

    @Nested
    class Subscriptions {

        @Test
        void tell_nothing_of_somebody_else() {
            TestApi.User stranger = TestApi.node().newUser();
            TestApi.User listener = TestApi.node().newUser();
            Map<String, List<TestApi.Events>> heard = new LinkedHashMap<>();
            for (SchemaWalk.Field field : SCHEMA.fields("Subscription")) {
                String document = SCHEMA.request(field, TenancyTest::sample).getString("query");
                heard.put(
                        field.name(),
                        List.of(
                                listener.subscribe(document),
                                listener.on(TestApi.otherNode()).subscribe(document)));
            }

            try (TestApi.Events proof = stranger.subscribe("subscription { reportReady { date } }")) {
                Holder.of(stranger, CANARY, 3);
                assertThat(proof.next()).as("The stranger's own").isNotNull();
            }
            Holder.of(listener, "mine", 1);

            heard.forEach((name, both) -> both.forEach(events -> {
                try (events) {
                    JsonObject event = events.next();
                    while (!event.encode().contains("mine")) {
                        assertThat(event.encode()).as(name).doesNotContain(CANARY);
                        event = events.next();
                    }
                    assertThat(event.encode()).as(name).doesNotContain(CANARY);
                }
            }));
        }
    }

    @Nested
    class WithoutAToken {

        private static final Set<String> OPEN = Set.of("register", "login", "verifyTwoFactor", "refreshSession");

        @Test
        void exactly_what_opens_a_session_is_answered() {
            List<String> open = new ArrayList<>();
            List<String> neither = new ArrayList<>();
            for (String root : List.of("Query", "Mutation")) {
                for (SchemaWalk.Field field : SCHEMA.fields(root)) {
                    JsonObject request = SCHEMA.request(field, TenancyTest::sample);
                    JsonObject answer = new JsonObject(
                            TestApi.node().post("", request.encode()).body());
                    JsonArray errors = answer.getJsonArray("errors");
                    if (errors == null) {
                        open.add(field.name());
                    } else if (!isRefused(errors, answer.getJsonObject("data"))) {
                        neither.add(field + " " + answer.encode());
                    }
                }
            }

            assertThat(neither).isEmpty();
            assertThat(open).containsExactlyInAnyOrderElementsOf(OPEN);
        }

        private static boolean isRefused(JsonArray errors, @Nullable JsonObject data) {
            return errors.getJsonObject(0)
                            .getJsonObject("extensions")
                            .getString("code")
                            .equals("UNAUTHENTICATED")
                    && (data == null || data.stream().allMatch(member -> member.getValue() == null));
        }
    }
}
