package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.expirytracker.TestApi;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A variable that may be null stands where null is not allowed, which is valid as long as it or the place has a
 * default. When it is null then, the request is refused before anything of it is done.
 */
class NullVariablesTest {

    private static final SchemaWalk SCHEMA = SchemaWalk.PRODUCT;

    private static final class Sender {
        static final Holder HOLDER = Holder.of(TestApi.node().newAdministrator(), "mine", 1);
    }

    private static JsonObject answer(String document, JsonObject variables) {
        if (document.startsWith("subscription")) {
            try (TestApi.Events events = Sender.HOLDER.user().subscribe(document, variables)) {
                return JsonObject.of("errors", events.errors());
            }
        }
        return Sender.HOLDER.user().answer(document, variables);
    }

    private static void assertRefused(JsonObject answer, String variable) {
        assertThat(answer.getValue("data")).as(answer.encode()).isNull();
        assertThat(answer.getJsonArray("errors")).as(answer.encode()).hasSize(1);
        JsonObject error = answer.getJsonArray("errors").getJsonObject(0);
        assertThat(error.getString("message")).startsWith("The variable $" + variable + " is null, but ");
        assertThat(error.getJsonObject("extensions"))
                .isEqualTo(JsonObject.of("code", "INVALID", "field", JsonArray.of(variable)));
        assertThat(error.getJsonArray("locations")).hasSize(1);
    }

    private static Stream<SchemaWalk.Required> everyPlace() {
        Set<String> reached =
                Set.copyOf(Stream.concat(SCHEMA.nodeTypes().stream(), Stream.of("Query", "Mutation", "Subscription"))
                        .toList());
        return SCHEMA.allFields().stream()
                .filter(field -> reached.contains(field.parent()))
                .flatMap(field -> SCHEMA.required(field).stream());
    }

    private static Stream<SchemaWalk.Required> everyPlaceWithDefault() {
        return everyPlace().filter(SchemaWalk.Required::hasDefault);
    }

    @Nested
    class InArgumentsAndInputs {

        static Stream<SchemaWalk.Required> places() {
            return everyPlace();
        }

        static Stream<SchemaWalk.Required> placesWithDefault() {
            return everyPlaceWithDefault();
        }

        @ParameterizedTest
        @MethodSource("places")
        void are_refused_by_name_when_null_is_given_in_place_of_their_default(SchemaWalk.Required place) {
            String document = SCHEMA.documentWithVariable(place, false, Sender.HOLDER::sample);

            assertRefused(answer(document, new JsonObject().putNull("v")), "v");
        }

        @ParameterizedTest
        @MethodSource("placesWithDefault")
        void are_refused_by_name_when_their_default_is_null(SchemaWalk.Required place) {
            String document = SCHEMA.documentWithVariable(place, true, Sender.HOLDER::sample);

            assertRefused(answer(document, new JsonObject()), "v");
            assertRefused(answer(document, new JsonObject().putNull("v")), "v");
        }

        @Test
        void are_there_to_be_tried_in_every_kind_of_place() {
            assertThat(everyPlace().map(Object::toString))
                    .contains(
                            "Query.atRisk.within",
                            "Query.nodes.ids.0",
                            "Mutation.createItems.input.items",
                            "Mutation.createItems.input.items.0",
                            "Mutation.createItems.input.items.0.quantity",
                            "Mutation.createItems.input.errorPolicy");
            assertThat(everyPlaceWithDefault().count()).isGreaterThan(5);
        }

        @Test
        void that_are_left_out_give_way_to_the_default_of_their_place() {
            JsonObject created = Sender.HOLDER
                    .user()
                    .query(
                            "mutation ($unit: String, $quantity: Decimal, $price: Decimal) {"
                                    + " createItem(input: {name: \"Oats\", unit: $unit, quantity: $quantity, costPrice: $price})"
                                    + " { item { unit quantity costPrice } userErrors { message } } }",
                            new JsonObject());

            assertThat(created.getJsonObject("createItem")).isEqualTo(new JsonObject("""
                            {"item": {"unit": "pcs", "quantity": "1", "costPrice": null}, "userErrors": []}
                            """));
        }

        @Test
        void that_are_left_out_of_nullable_places_are_as_if_nothing_stood_there() {
            String name = "An oat " + System.nanoTime();
            String id = Sender.HOLDER.user().createItem(JsonObject.of("name", name, "location", "Shelf"));
            String document = "mutation ($id: ID!, $location: String) {"
                    + " updateItem(input: {id: $id, location: $location}) { item { location } userErrors { message } } }";

            assertThat(location(document, JsonObject.of("id", id))).isEqualTo("Shelf");
            assertThat(location(document, new JsonObject().put("id", id).putNull("location")))
                    .isNull();
        }

        private static Object location(String document, JsonObject variables) {
            return Sender.HOLDER
                    .user()
                    .query(document, variables)
                    .getJsonObject("updateItem")
                    .getJsonObject("item")
                    .getValue("location");
        }

        @Test
        void are_refused_in_fragments_before_another_mutation_is_done() {
            int before = Sender.HOLDER.user().activityCount();

            JsonObject answer = answer(
                    "mutation ($q: Decimal = null) { a: createItem(input: {name: \"a\"}) { item { id } } ...B }"
                            + " fragment B on Mutation { b: createItem(input: {name: \"b\", quantity: $q}) { item { id } } }",
                    new JsonObject());

            assertRefused(answer, "q");
            assertThat(Sender.HOLDER.user().activityCount()).isEqualTo(before);
        }

        @Test
        void are_told_together_with_all_that_is_wrong_in_the_variables() {
            JsonObject answer = answer(
                    "query ($days: Int = 3, $from: Date) {"
                            + " atRisk(within: $days) { asOf } items(filter: {expiryDate: {from: $from}}) { totalCount } }",
                    new JsonObject().putNull("days").put("from", "31/12/2026"));

            assertThat(answer.getJsonArray("errors").encode())
                    .contains("$days is null")
                    .contains("31/12/2026");
        }
    }

    @Nested
    class InDirectives {

        @ParameterizedTest
        @CsvSource({"include", "skip"})
        void are_refused_by_name_wherever_the_directive_stands(String directive) {
            String applied = "@%s(if: $on)".formatted(directive);
            for (String selection : List.of(
                    "viewer { id %s }",
                    "viewer { ... %s { id } }",
                    "viewer { ...F %s } } fragment F on User { username ",
                    "viewer { ...F } } fragment F on User { username %s ",
                    "viewer { ... on User { id username %s } }")) {
                String rest = " { " + selection.formatted(applied) + " }";

                assertRefused(answer("query ($on: Boolean = true)" + rest, new JsonObject().putNull("on")), "on");
            }
            assertRefused(
                    answer(
                            "query ($on: Boolean! = true, $off: Boolean = false) { viewer { id @skip(if: $off) @include(if: $on) } }",
                            new JsonObject().putNull("off")),
                    "off");
        }

        @Test
        void are_refused_as_the_key_of_a_mutation() {
            int before = Sender.HOLDER.user().activityCount();

            assertRefused(
                    answer(
                            "mutation ($key: String = \"k\") { createItem(input: {name: \"a\"}) @idempotent(key: $key) { item { id } } }",
                            new JsonObject().putNull("key")),
                    "key");
            assertThat(Sender.HOLDER.user().activityCount()).isEqualTo(before);
        }

        @ParameterizedTest
        @ValueSource(strings = {"include", "skip"})
        void are_refused_in_subscriptions_over_websocket(String directive) {
            try (TestApi.Events events = Sender.HOLDER
                    .user()
                    .subscribe(
                            "subscription ($on: Boolean = true) { activity { id kind @%s(if: $on) } }"
                                    .formatted(directive),
                            new JsonObject().putNull("on"))) {
                assertThat(events.errors().encode()).contains("INVALID").contains("The variable $on is null");
            }
        }
    }
}
