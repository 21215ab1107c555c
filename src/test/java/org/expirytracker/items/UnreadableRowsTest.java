package org.expirytracker.items;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.expirytracker.TestApi;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What in a row of {@code createItems} cannot even be read is an error of that row like any other. */
class UnreadableRowsTest {

    private static final String PAYLOAD = "{ items { name } count userErrors { code message field } }";
    private static final String MUTATION =
            "mutation ($input: CreateItemsInput!) { createItems(input: $input) " + PAYLOAD + " }";

    private final TestApi.User user = TestApi.node().newUser();

    private JsonObject create(String document, JsonObject variables) {
        return user.query(document, variables).getJsonObject("createItems");
    }

    private JsonObject create(String policy, String rows) {
        return create(
                MUTATION, JsonObject.of("input", JsonObject.of("errorPolicy", policy, "items", new JsonArray(rows))));
    }

    private static List<String> errors(JsonObject payload) {
        return payload.getJsonArray("userErrors").stream()
                .map(JsonObject.class::cast)
                .map(error -> error.getString("code") + " "
                        + String.join(
                                ".",
                                error.getJsonArray("field").stream()
                                        .map(Object::toString)
                                        .toList())
                        + ": " + error.getString("message"))
                .toList();
    }

    private static List<Object> names(JsonObject payload) {
        return payload.getJsonArray("items").stream()
                .map(item -> item == null ? "-" : ((JsonObject) item).getString("name"))
                .map(Object.class::cast)
                .toList();
    }

    private int stock() {
        return user.query("{ items { totalCount } }").getJsonObject("items").getInteger("totalCount");
    }

    @Nested
    class RejectFailedRows {

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                {"name": "b", "expiryDate": "31/12/2026"} | expiryDate | expiryDate must be a date such as "2026-11-22", of the years 1 to 9999, not "31/12/2026".
                {"name": "b", "purchaseDate": 20261231} | purchaseDate | purchaseDate must be a date such as "2026-11-22", of the years 1 to 9999, not 20261231.
                {"name": "b", "quantity": "1,5"} | quantity | quantity must be a decimal number such as "12.50", with at most 38 digits, not "1,5".
                {"name": "b", "quantity": null} | quantity | quantity must not be null.
                {"name": "b", "costPrice": {}} | costPrice | costPrice must be a decimal number such as "12.50", with at most 38 digits, not an object.
                {"name": "b", "leadDays": "7"} | leadDays | leadDays must be a whole number from -2147483648 to 2147483647, not "7"; write it without quotes.
                {"name": "b", "leadDays": 99999999999} | leadDays | leadDays must be a whole number from -2147483648 to 2147483647, not 99999999999.
                {"name": 5} | name | name must be a text.
                {"name": null} | name | name must not be empty: it needs a character that can be seen, besides blanks.
                {"unit": "kg"} | name | name must be given, or productId of a product whose name the item takes.
                {"name": "b", "expireDate": "2026-12-31"} | expireDate | expireDate is unknown: there is no such field in CreateItemInput. Did you mean expiryDate?
                """)
        void leaves_out_the_row_says_what_was_expected_and_does_the_others(String row, String field, String message) {
            JsonObject payload =
                    create("REJECT_FAILED_ROWS", "[{\"name\": \"a\"}, %s, {\"name\": \"c\"}]".formatted(row));

            assertThat(names(payload)).containsExactly("a", "-", "c");
            assertThat(payload.getInteger("count")).isEqualTo(2);
            assertThat(errors(payload)).containsExactly("INVALID input.items.1.%s: %s".formatted(field, message));
            assertThat(stock()).isEqualTo(2);
        }

        @Test
        void takes_what_is_no_object_for_a_row_as_well() {
            JsonObject payload = create("REJECT_FAILED_ROWS", "[null, {\"name\": \"b\"}, \"c\"]");

            assertThat(names(payload)).containsExactly("-", "b", "-");
            assertThat(errors(payload))
                    .containsExactly(
                            "INVALID input.items.0: items.0 must not be null.",
                            "INVALID input.items.2: items.2 must be an object, a CreateItemInput, not \"c\".");
        }

        @Test
        void tells_all_that_is_wrong_in_a_row_whether_it_can_be_read_or_not() {
            JsonObject payload = create("REJECT_FAILED_ROWS", """
                    [{"name": "", "expiryDate": "soon", "quantity": "x", "leadDays": -1, "categoryId": "nonsense"},
                     {"name": "b", "quantity": 0}, {"name": "c"}]
                    """);

            assertThat(each(payload.getJsonArray("userErrors"), "field").stream()
                            .map(field -> ((JsonArray) field).getString(3)))
                    .containsExactlyInAnyOrder("name", "expiryDate", "quantity", "leadDays", "categoryId", "quantity");
            assertThat(names(payload)).containsExactly("-", "-", "c");
        }

        @Test
        void finds_each_of_a_thousand_rows() {
            JsonArray rows = new JsonArray(IntStream.range(0, 1_000)
                    .mapToObj(at -> JsonObject.of("name", "n" + at, "expiryDate", at % 2 == 0 ? "2030-01-01" : "bad"))
                    .toList());

            JsonObject payload = create(
                    MUTATION,
                    JsonObject.of("input", JsonObject.of("errorPolicy", "REJECT_FAILED_ROWS", "items", rows)));

            assertThat(payload.getInteger("count")).isEqualTo(500);
            assertThat(payload.getJsonArray("userErrors")).hasSize(500);
            assertThat(payload.getJsonArray("items").getValue(999)).isNull();
        }

        @Test
        void does_nothing_when_no_row_is_left() {
            JsonObject payload = create("REJECT_FAILED_ROWS", "[{\"name\": \"a\", \"expiryDate\": \"x\"}]");

            assertThat(payload.getValue("items")).isNull();
            assertThat(errors(payload)).hasSize(1);
            assertThat(stock()).isZero();
        }
    }

    @Nested
    class RejectAll {

        @Test
        void does_nothing_and_lists_every_row_that_is_wrong() {
            JsonObject payload = create("REJECT_ALL", """
                    [{"name": "a"}, {"name": "b", "expiryDate": "31/12/2026"}, {"name": ""}, {"name": "d", "quantity": "1,5"}]
                    """);

            assertThat(payload.getValue("items")).isNull();
            assertThat(errors(payload))
                    .extracting(error -> error.substring(0, error.indexOf(':')))
                    .containsExactly(
                            "INVALID input.items.1.expiryDate",
                            "INVALID input.items.2.name",
                            "INVALID input.items.3.quantity");
            assertThat(stock()).isZero();
        }
    }

    @Nested
    class WrittenInTheDocument {

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                {name: "b", expiryDate: "31/12/2026"} | expiryDate | expiryDate must be a date such as "2026-11-22", of the years 1 to 9999, not "31/12/2026".
                {name: "b", quantity: ONE} | quantity | quantity must be a decimal number such as "12.50", with at most 38 digits, not ONE.
                {name: "b", quantity: null} | quantity | quantity must not be null.
                {quantity: 2} | name | name must be given, or productId of a product whose name the item takes.
                {name: "b", leadDays: 1.5} | leadDays | leadDays must be a whole number from -2147483648 to 2147483647, not 1.5.
                {name: "b", colour: "red"} | colour | colour is unknown: there is no such field in CreateItemInput.
                """)
        void are_rows_like_those_of_variables(String row, String field, String message) {
            JsonObject payload = create(
                    "mutation { createItems(input: {errorPolicy: REJECT_FAILED_ROWS, items: [{name: \"a\"}, %s]}) %s }"
                            .formatted(row, PAYLOAD),
                    new JsonObject());

            assertThat(names(payload)).containsExactly("a", "-");
            assertThat(errors(payload)).containsExactly("INVALID input.items.1.%s: %s".formatted(field, message));
        }

        @Test
        void may_hold_variables_each_of_which_is_an_error_of_its_rows() {
            JsonObject payload = create(
                    "mutation ($policy: BulkErrorPolicy!, $day: Date, $row: CreateItemInput!, $more: [CreateItemInput!]!) {"
                            + " createItems(input: {errorPolicy: $policy, items: [{name: \"a\", expiryDate: $day},"
                            + " $row, {name: \"c\"}, {name: \"d\", purchaseDate: $day, quantity: \"x\"}]}) " + PAYLOAD
                            + " other: createItems(input: {errorPolicy: $policy, items: $more}) " + PAYLOAD + " }",
                    new JsonObject("""
                            {"policy": "REJECT_FAILED_ROWS", "day": "tomorrow", "row": {"name": "b", "leadDays": true},
                             "more": [{"name": "e"}, {"name": "f", "sellingPrice": "$ 3"}]}
                            """));

            assertThat(names(payload)).containsExactly("-", "-", "c", "-");
            assertThat(errors(payload))
                    .extracting(error -> error.substring(0, error.indexOf(':')))
                    .containsExactlyInAnyOrder(
                            "INVALID input.items.0.expiryDate",
                            "INVALID input.items.1.leadDays",
                            "INVALID input.items.3.purchaseDate",
                            "INVALID input.items.3.quantity");
            assertThat(stock()).isEqualTo(2);
        }

        @Test
        void may_be_one_without_a_list_around_it() {
            JsonObject payload = create(
                    "mutation { createItems(input: {items: {name: \"a\", expiryDate: \"x\"}}) " + PAYLOAD + " }",
                    new JsonObject());

            assertThat(errors(payload)).singleElement().asString().startsWith("INVALID input.items.0.expiryDate");
        }
    }

    @Nested
    class OutsideOfRows {

        @Test
        void what_cannot_be_read_ends_the_request_and_everything_is_told() {
            JsonObject answer = user.answer(MUTATION, JsonObject.of("input", new JsonObject("""
                            {"errorPolicy": "REJECT_SOME", "items": [{"name": "a", "expiryDate": "x"}]}
                            """)));

            assertThat(answer.getValue("data")).isNull();
            assertThat(each(answer.getJsonArray("errors"), "message"))
                    .containsExactly(
                            "input.items.0.expiryDate must be a date such as \"2026-11-22\", of the years 1 to 9999, not \"x\".",
                            "input.errorPolicy must be one of REJECT_ALL, REJECT_FAILED_ROWS, not \"REJECT_SOME\".");
        }

        @Test
        void a_variable_that_stands_in_a_row_and_elsewhere_ends_the_request() {
            JsonObject answer = user.answer(
                    "mutation ($day: Date) { createItems(input: {items: [{name: \"a\", expiryDate: $day}]}) " + PAYLOAD
                            + " createItem(input: {name: \"b\", expiryDate: $day}) { item { id } } }",
                    JsonObject.of("day", "x"));

            assertThat(answer.getValue("data")).isNull();
            assertThat(answer.getJsonArray("errors")).hasSize(1);
            assertThat(stock()).isZero();
        }

        @Test
        void a_single_item_is_no_row() {
            JsonObject answer = user.answer(
                    "mutation { createItem(input: {name: \"a\", expiryDate: \"x\"}) { item { id } } }",
                    new JsonObject());

            assertThat(answer.getJsonArray("errors").getJsonObject(0).getJsonObject("extensions"))
                    .isEqualTo(JsonObject.of("code", "INVALID", "field", JsonArray.of("input", "expiryDate")));
        }
    }

    @Nested
    class WithAKey {

        private JsonObject answer(String date) {
            return create(
                    MUTATION.replace(
                            "createItems(input: $input)", "createItems(input: $input) @idempotent(key: \"k\")"),
                    JsonObject.of("input", new JsonObject("""
                            {"errorPolicy": "REJECT_FAILED_ROWS", "items": [{"name": "a"}, {"name": "b", "expiryDate": "%s"}]}
                            """.formatted(date))));
        }

        @Test
        void the_answer_is_given_again_with_its_failed_rows() {
            JsonObject first = answer("bad");

            assertThat(errors(first)).hasSize(1);
            assertThat(answer("bad")).isEqualTo(first);
            assertThat(stock()).isEqualTo(1);
        }

        @Test
        void other_rows_are_another_request_although_neither_can_be_read() {
            answer("bad");

            assertThat(errors(answer("worse"))).singleElement().asString().startsWith("IDEMPOTENCY_KEY_REUSED");
        }
    }

    @Nested
    class Cost {

        @Test
        void is_that_of_rows_that_can_be_read() {
            assertThat(cost("x")).isEqualTo(cost("2030-01-01"));
        }

        private int cost(String date) {
            return user.answer(MUTATION, JsonObject.of("input", new JsonObject("""
                                    {"errorPolicy": "REJECT_FAILED_ROWS", "items": [{"name": "a"}, {"name": "b", "expiryDate": "%s"}]}
                                    """.formatted(date))))
                    .getJsonObject("extensions")
                    .getJsonObject("cost")
                    .getInteger("requested");
        }
    }

    @Nested
    class Units {

        @Test
        void that_are_blank_are_refused_not_replaced() {
            JsonObject payload = create("REJECT_FAILED_ROWS", """
                    [{"name": "a", "unit": ""}, {"name": "b", "unit": "\\t "}, {"name": "c"}]
                    """);

            assertThat(names(payload)).containsExactly("-", "-", "c");
            assertThat(errors(payload))
                    .hasSize(2)
                    .allSatisfy(error ->
                            assertThat(error).matches("INVALID input\\.items\\.[01]\\.unit: unit must not be empty.*"));
        }
    }
}
