package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.expirytracker.TestApi;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong with a document or a value is told in words of this API: what, where, what was expected, what was meant. */
class DocumentErrorsTest {

    /** Words of the engine, which nobody who calls this API knows. */
    private static final Pattern ENGINE =
            Pattern.compile("Validation error|WrongType|offending|ANTLR|graphql|Exception|Denial Of Service|@\\[");

    private static final class Sender {
        static final TestApi.User USER = TestApi.node().newUser();
    }

    private static List<JsonObject> errors(String token, String document, JsonObject variables) {
        JsonObject request = JsonObject.of("query", document, "variables", variables);
        JsonObject answer =
                new JsonObject(TestApi.node().post(token, request.encode()).body());
        assertThat(answer.getValue("data")).isNull();
        assertThat(answer.encode()).doesNotContainPattern(ENGINE).doesNotContain("INTERNAL");
        return answer.getJsonArray("errors").stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    private static List<String> messages(String document, JsonObject variables) {
        return errors(Sender.USER.token(), document, variables).stream()
                .map(error -> error.getString("message"))
                .toList();
    }

    private static List<String> messages(String document) {
        return messages(document, new JsonObject());
    }

    @Nested
    class Names {

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                { itmes { totalCount } } | Query has no field itmes. Did you mean items?
                { items { nodes { expiry } } } | Item has no field expiry. Did you mean expiryDate?
                { viewer { qqqqq } } | User has no field qqqqq.
                { items(frist: 1) { totalCount } } | items has no argument frist. Did you mean first?
                { item { id } } | item needs the argument id, of type ID!.
                { viewer } | viewer is of type User: say which of its fields you want, such as viewer { id }.
                { viewer { username { x } } } | username is of type String, which has no fields: leave out what is in braces behind it.
                { viewer { id @inclde(if: true) } } | There is no directive @inclde. Did you mean @include?
                { viewer { id @include } } | @include needs the argument if, of type Boolean!.
                { viewer { ...userFields } } fragment userField on User { id } | The document has no fragment userFields. Did you mean userField?
                { node(id: "x") { ... on Itme { id } } } | There is no type Itme. Did you mean Item?
                query ($d: Dat) { items(filter: {expiryDate: {from: $d}}) { totalCount } } | There is no type Dat. Did you mean Date?
                query ($first: Int) { items(first: $frist) { totalCount } } | The variable $frist is not declared. Did you mean first?
                query ($a: Int) { viewer { id } } | The variable $a is declared but not used.
                query ($a: String) { items(first: $a) { totalCount } } | The variable $a is of type String, but stands where Int is expected.
                query ($a: Item) { items(first: $a) { totalCount } } | The variable $a cannot be of type Item, which is for answers.
                { viewer { id } } { viewer { id } } | An anonymous operation must be the only one: give each operation a name.
                query A { viewer { id } } query A { viewer { id } } | Several operations are named A.
                { viewer { id: username id } } | Two different fields would answer as viewer/id: give one of them another alias.
                { items(first: 1, first: 2) { totalCount } } | The argument first is given twice.
                { viewer { ... on Item { id } } } | A fragment stands where it can never apply: no object there is of type Item.
                { viewer { id } } fragment F on User { id } | The fragment F is declared but not used.
                { viewer { ...F } } fragment F on User { ...F } | A fragment contains itself, directly or through others.
                subscription { reportReady { id } itemChanged { id } } | A subscription must ask for exactly one field.
                { viewer { id } } type A { a: Int } | Only operations and fragments can be executed, not definitions of a schema.
                """)
        void that_are_wrong_are_told_with_what_was_meant(String document, String message) {
            assertThat(messages(document)).contains(message);
        }

        @Test
        void are_told_with_their_place() {
            JsonObject error = errors(Sender.USER.token(), "{\n  viewer { usernam }\n}", new JsonObject())
                    .getFirst();

            assertThat(error.getJsonArray("locations")).isEqualTo(JsonArray.of(JsonObject.of("line", 2, "column", 12)));
            assertThat(error.getJsonObject("extensions")).isEqualTo(JsonObject.of("code", "INVALID"));
        }

        @Test
        void of_the_schema_are_not_given_away_to_strangers() {
            List<String> told = errors("", "{ itmes(frist: 1) { nodes { expiry } } viewer }", new JsonObject()).stream()
                    .map(error -> error.getString("message"))
                    .toList();

            assertThat(told)
                    .containsExactly(
                            "Query has no field itmes.", "viewer is of type User: say which of its fields you want.");
        }

        @Test
        void of_operations_must_be_there() {
            String body = JsonObject.of("query", "query A { viewer { id } }", "operationName", "B")
                    .encode();

            assertThat(TestApi.node().post(Sender.USER.token(), body).body())
                    .contains("INVALID")
                    .contains("The document has no operation named B.");
        }
    }

    @Nested
    class Literals {

        private static final String DATES = "a date such as \"2026-11-22\", of the years 1 to 9999";

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                { items(first: "ten") { totalCount } } | In items: first must be a whole number from -2147483648 to 2147483647, not "ten".
                { items(first: "10") { totalCount } } | In items: first must be a whole number from -2147483648 to 2147483647, not "10"; write it without quotes.
                { items(first: 1.0) { totalCount } } | In items: first must be a whole number from -2147483648 to 2147483647, not 1.0.
                { items(filter: {status: EXPIRD}) { totalCount } } | In items: filter.status must be one of UNDATED, EXPIRED, EXPIRING_SOON, ACTIVE, not EXPIRD. Did you mean EXPIRED?
                { items(filter: {status: [ACTIVE, "EXPIRED"]}) { totalCount } } | In items: filter.status.1 must be written without quotes: it is a value of ItemStatus.
                { items(filter: {expiryDate: {from: "2026-02-30"}}) { totalCount } } | In items: filter.expiryDate.from must be @dates, not "2026-02-30".
                { items(filter: {lokation: "x"}) { totalCount } } | In items: filter.lokation is unknown: there is no such field in ItemFilter. Did you mean location or locations?
                { items(filter: 5) { totalCount } } | In items: filter must be an object, a ItemFilter, not 5.
                { items(orderBy: {direction: ASC}) { totalCount } } | In items: orderBy.field must be given.
                { node(id: null) { id } } | In node: id must not be null.
                { node(id: 1.5) { id } } | In node: id must be an id.
                { viewer { id @include(if: "yes") } } | In @include: if must be true or false, not "yes".
                query ($n: Int = "x") { items(first: $n) { totalCount } } | The default of $n must be a whole number from -2147483648 to 2147483647, not "x".
                mutation { updateProfile(input: {timeZone: "Mars/Base"}) { viewer { id } } } | In updateProfile: input.timeZone must be an IANA time zone such as "Europe/Paris", not "Mars/Base".
                mutation { login(input: {username: 5, password: SECRET}) { viewer { id } } } | In login: input.password must be a text.
                """)
        void that_do_not_fit_are_told_with_what_was_expected(String document, String message) {
            assertThat(messages(document)).contains(message.replace("@dates", DATES));
        }

        @Test
        void are_all_told_with_their_places_those_of_variables_as_well() {
            List<JsonObject> errors = errors(
                    Sender.USER.token(),
                    "query ($to: Date) { items(first: true, filter: {status: [NO], expiryDate: {from: \"x\", to: $to}}) { nodes { nme } } }",
                    JsonObject.of("to", "y"));

            assertThat(errors)
                    .extracting(error -> error.getJsonObject("extensions").getJsonArray("field"))
                    .containsExactly(
                            JsonArray.of("first"),
                            JsonArray.of("filter", "status", "0"),
                            JsonArray.of("filter", "expiryDate", "from"),
                            null,
                            JsonArray.of("to"));
            assertThat(errors)
                    .allSatisfy(
                            error -> assertThat(error.getJsonArray("locations")).hasSize(1));
        }
    }

    @Nested
    class Many {

        private static final int MOST = 50;

        @Test
        void of_a_document_are_told_up_to_fifty_and_then_how_many_more() {
            String fields = IntStream.range(0, 60).mapToObj(at -> "f" + at).collect(Collectors.joining(" "));

            List<String> told = messages("{ viewer { " + fields + " } }");

            assertThat(told).hasSize(MOST + 1).endsWith("There are 10 more errors.");
        }

        @Test
        void of_variables_are_told_up_to_fifty_and_then_how_many_more() {
            JsonArray ids = new JsonArray(
                    IntStream.range(0, 77).mapToObj(at -> (Object) null).toList());

            List<String> told = messages(
                    "query ($ids: [ID!]!, $first: Int) { nodes(ids: $ids) { id } items(first: $first) { totalCount } }",
                    JsonObject.of("ids", ids, "first", "x"));

            assertThat(told)
                    .hasSize(MOST + 1)
                    .startsWith("ids.0 must not be null.")
                    .endsWith("There are 28 more errors.");
        }

        @Test
        void with_the_same_words_are_one_with_several_places() {
            List<JsonObject> errors =
                    errors(Sender.USER.token(), "{ viewer { nme } a: viewer { nme } }", new JsonObject());

            assertThat(errors).hasSize(1);
            assertThat(errors.getFirst().getJsonArray("locations")).hasSize(2);
        }
    }

    @Nested
    class Variables {

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                [ItemStatus!] | {"status": "EXPIRD"} | v must be one of UNDATED, EXPIRED, EXPIRING_SOON, ACTIVE, not an object.
                [ItemStatus!] | "EXPIRD" | v must be one of UNDATED, EXPIRED, EXPIRING_SOON, ACTIVE, not "EXPIRD". Did you mean EXPIRED?
                [ItemStatus!] | ["ACTIVE", null] | v.1 must not be null.
                [ItemStatus!] | [3] | v.0 must be one of UNDATED, EXPIRED, EXPIRING_SOON, ACTIVE, not 3.
                """)
        void of_an_enumeration_are_told_its_values(String type, String value, String message) {
            assertThat(messages(
                            "query ($v: %s) { items(filter: {status: $v}) { totalCount } }".formatted(type),
                            new JsonObject("{\"v\": " + value + "}")))
                    .containsExactly(message);
        }

        @ParameterizedTest
        @ValueSource(strings = {"1.0", "1e0", "1"})
        void that_are_whole_numbers_are_taken_however_they_are_written(String number) {
            assertThat(Sender.USER.query(
                            "query ($first: Int) { items(first: $first) { totalCount } }",
                            new JsonObject("{\"first\": " + number + "}")))
                    .isEqualTo(new JsonObject("{\"items\": {\"totalCount\": 0}}"));
        }

        @Test
        void that_are_one_value_stand_for_a_list_of_one() {
            assertThat(Sender.USER.query(
                            "query ($s: [ItemStatus!], $id: [ID!]!) { items(filter: {status: $s}) { totalCount } nodes(ids: $id) { id } }",
                            JsonObject.of("s", "EXPIRED", "id", "x")))
                    .isEqualTo(new JsonObject("{\"items\": {\"totalCount\": 0}, \"nodes\": [null]}"));
        }
    }

    @Nested
    class Syntax {

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                { viewer { id } | The document has a syntax error at line 1 column 16: it ends too early; a brace, a parenthesis or a name is missing.
                { viewer { id } } } | The document has a syntax error at line 1 column 19: "}" comes after its end.
                { items(first: ) { totalCount } } | The document has a syntax error at line 1 column 16: ")" is not expected there.
                {} | The document has a syntax error at line 1 column 2: "}" is not expected there.
                { item(id: 'x') { id } } | The document has a syntax error at line 1 column 12: a text stands in double quotes, not in single ones.
                { item(id: "x) { id } } | The document has a syntax error at line 1 column 12: a text does not end on its line, or has an escape that there is not.
                { items(first: 01) { totalCount } } | The document has a syntax error at line 1 column 16: this is no number of GraphQL, or a numeric literal of too many digits.
                { item(id: "\\ud800") { id } } | The document has a syntax error at line 1 column 12: an escape in a text stands for no character or for half of one (a lone surrogate).
                { viewer? { id } } | The document has a syntax error at line 1 column 9: the character U+003F is not allowed there.
                """)
        void that_is_wrong_is_told_with_its_place(String document, String message) {
            assertThat(messages(document)).containsExactly(message);
        }

        @Test
        void of_nothing_but_a_comment_is_told() {
            assertThat(messages("# nothing")).singleElement().asString().contains("it ends too early");
        }
    }

    @Test
    void errors_are_the_same_over_websocket() {
        try (TestApi.Events events = Sender.USER.subscribe("subscription { activity(aftr: \"0\") { id } }")) {
            assertThat(each(events.errors(), "message"))
                    .containsExactly("activity has no argument aftr. Did you mean after?");
        }
    }
}
