package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Nobody sees, changes or even notices what belongs to somebody else. */
@ProvenRoom("product")
class TenancyTest {

    private static final SchemaWalk SCHEMA = SchemaWalk.PRODUCT;

    /** Stands in every text that the stranger owns. */
    private static final String CANARY = "canary-" + UUID.randomUUID();

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

        /** Administrators act on others: see AdministrationFieldsTest. */
        static Stream<SchemaWalk.Leaf> positionsOfEverybody() {
            return positions().filter(leaf -> !leaf.field().access().equals(Access.ADMIN));
        }

        @ParameterizedTest
        @MethodSource("positionsOfEverybody")
        void is_answered_like_one_that_is_missing_and_changes_nothing(SchemaWalk.Leaf leaf) {
            Holder stranger = Stranger.HOLDER;
            JsonObject before = stranger.everything();
            for (NodeId.Type type : Holder.takenAt(leaf.position())) {
                Holder asking = Holder.of(TestApi.otherNode().newUser(), "mine", 1);
                String foreign = stranger.id(type);
                String missing = Holder.missing(type);

                String toForeign = answer(asking, leaf, foreign).replace(foreign, "the id");
                String toMissing = answer(asking, leaf, missing).replace(missing, "the id");
                String toOwn = answer(asking, leaf, asking.id(type)).replace(asking.id(type), "the id");

                assertThat(toForeign).as("A foreign %s", type).isEqualTo(toMissing);
                // Without a category, which may be null but must be given, no item is asked for: see BulkItemsTest. A
                // subscription is not answered here, whatever it is of: see ImportsTest.
                if (!Set.of(
                                "Category.items.filter.categoryId",
                                // On the days of the sample there is nothing in stock: see StockByDayTest.
                                "Query.stockByDay.categoryId",
                                "Mutation.setCategoryOf.input.items.id",
                                "Subscription.importProgress.id")
                        .contains(leaf.position())) {
                    assertThat(toOwn).as("Their own %s", type).isNotEqualTo(toMissing);
                }
            }
            assertThat(stranger.everything()).isEqualTo(before);
        }

        private static String answer(Holder asking, SchemaWalk.Leaf leaf, String id) {
            JsonObject request = SCHEMA.request(leaf, id, (position, type) -> sample(asking, position, type));
            HttpResponse<String> response =
                    TestApi.otherNode().post(asking.user().token(), request.encode());
            JsonObject body = new JsonObject(response.body());
            // What is left of the budget is another number each time.
            if (body.containsKey("extensions")) {
                body.getJsonObject("extensions").getJsonObject("cost").remove("budget");
            }
            return response.statusCode() + " " + body.encode();
        }

        /** What a webhook takes besides ids: else it would be refused whatever the id. */
        private static Object sample(Holder asking, String position, String type) {
            return switch (position) {
                case "Mutation.createWebhook.input.url" -> "https://hooks.invalid/";
                case "Mutation.replayWebhook.input.after" -> "0";
                case "Mutation.bulkExport.input.query" -> "{ items { nodes { name } } }";
                default -> asking.sample(position, type);
            };
        }

        @Test
        void is_known_for_every_input_that_takes_one() {
            assertThat(positions().map(SchemaWalk.Leaf::position))
                    .containsExactlyInAnyOrderElementsOf(Holder.TAKES.keySet());
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
                    .doesNotContain(CANARY, stranger.user().name())
                    .doesNotContain(stranger.tellingIds());
        }

        @Test
        void show_nothing_of_somebody_else_after_one_of_their_cursors() {
            Holder stranger = Holder.of(TestApi.node().newUser(), CANARY, 2);
            Holder reader = Holder.of(TestApi.node().newUser(), "mine", 2);
            List<String> shown = new ArrayList<>();
            for (SchemaWalk.Field field : SCHEMA.fields("Query")) {
                // Attempts to log in have no ids to look for; LoginTest reads them after a cursor of somebody else.
                // What
                // changes after one is no connection: see ChangesTest.
                if (!field.access().equals(Access.ADMIN)
                        && !Set.of("loginAttempts", "changes").contains(field.name())
                        && SCHEMA.leaves(field).stream()
                                .anyMatch(leaf -> leaf.position().endsWith(".after"))) {
                    String rows = "{ %s(%s) { edges { cursor node { __typename id } } } }";
                    String cursor = stranger.user()
                            .query(rows.formatted(field.name(), "first: 1"))
                            .getJsonObject(field.name())
                            .getJsonArray("edges")
                            .getJsonObject(0)
                            .getString("cursor");
                    for (String side : List.of("first: 100, after", "last: 100, before")) {
                        shown.add(reader.user()
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
                // Of one import, of which there is none before it is brought: see ImportsTest.
                if (field.name().equals("importProgress")) {
                    continue;
                }
                String document = SCHEMA.request(field, Holder::anybodys).getString("query");
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

        private static final Set<String> OPEN = Set.of(
                "register",
                "verifyEmail",
                "login",
                "verifyTwoFactor",
                "refreshSession",
                "requestPasswordReset",
                "securityQuestion",
                "resetPassword");

        @Test
        void exactly_what_leads_to_a_session_is_answered() {
            List<String> open = new ArrayList<>();
            List<String> neither = new ArrayList<>();
            for (String root : List.of("Query", "Mutation")) {
                for (SchemaWalk.Field field : SCHEMA.fields(root)) {
                    JsonObject request = SCHEMA.request(field, Holder::anybodys);
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
