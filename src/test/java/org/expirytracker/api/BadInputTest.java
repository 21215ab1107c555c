package org.expirytracker.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.ProvenRoom;
import org.expirytracker.TestApi;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.notifications.Notification;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is sent, it is answered with an error that names what is wrong, never with a fault, nothing of the inside
 * shows, and nothing changes.
 */
@ProvenRoom("product")
class BadInputTest {

    private static final SchemaWalk SCHEMA = SchemaWalk.PRODUCT;

    /** What no answer may hold: names of classes, lines of a stack trace, statements. */
    private static final Pattern INSIDE = Pattern.compile(
            "Exception|\\b(java|javax|io|com|graphql|kotlin)\\.[a-z]|org\\.[a-z]+\\.|\\tat |SELECT |INSERT |UPDATE |SQLSTATE");

    private static final class Sender {
        static final Holder HOLDER = Holder.of(TestApi.node().newAdministrator(), "mine", 1);
    }

    /** The errors of an answer, each as its code, the path of the input and the message. */
    private static List<String> errors(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isBetween(200, 499);
        assertThat(response.body()).doesNotContainPattern(INSIDE).doesNotContain(ClientError.INTERNAL);
        JsonObject answer = new JsonObject(response.body());
        List<String> told = new ArrayList<>();
        for (Object error : answer.getJsonArray("errors", new JsonArray())) {
            JsonObject extensions = ((JsonObject) error).getJsonObject("extensions");
            told.add(told(
                    extensions.getString("code"),
                    extensions.getJsonArray("field", new JsonArray()),
                    ((JsonObject) error).getString("message")));
        }
        JsonObject data = answer.getJsonObject("data", new JsonObject());
        for (Map.Entry<String, Object> field : data == null ? new JsonObject() : data) {
            if (field.getValue() instanceof JsonObject payload) {
                for (Object error : payload.getJsonArray("userErrors", new JsonArray())) {
                    told.add(told(
                            ((JsonObject) error).getString("code"),
                            ((JsonObject) error).getJsonArray("field"),
                            ((JsonObject) error).getString("message")));
                }
            }
        }
        return told;
    }

    private static String told(String code, JsonArray field, String message) {
        return code + " "
                + String.join(".", field.stream().map(Object::toString).toList()) + " " + message;
    }

    /** JSON that may contain half a character, which UTF-8 cannot. */
    private static HttpResponse<String> post(Holder sender, JsonObject request) {
        return TestApi.node().post(sender.user().token(), request.encode().replace("\ud800", "\\ud800"));
    }

    private static int activities() {
        return Sender.HOLDER
                .user()
                .query("{ activities(first: 1) { totalCount } }")
                .getJsonObject("activities")
                .getInteger("totalCount");
    }

    /** The errors of a request that must not change anything. */
    private static List<String> refusals(String body) {
        int before = activities();
        List<String> errors = errors(TestApi.node().post(Sender.HOLDER.user().token(), body));
        assertThat(errors).isNotEmpty();
        assertThat(activities()).isEqualTo(before);
        return errors;
    }

    private static List<String> refusals(String document, JsonObject variables) {
        JsonObject request = new JsonObject().put("query", document).put("variables", variables);
        return refusals(request.encode().replace("\ud800", "\\ud800"));
    }

    /** The errors of a mutation whose input is written with {@code @Item} for the id of the sender's item. */
    private static List<String> refusals(String mutation, String input) {
        String written = input;
        for (NodeId.Type type : Holder.ANY) {
            written = written.replace("@" + type.name(), Sender.HOLDER.id(type));
        }
        return refusals("{\"query\": \"%s\", \"variables\": {\"input\": %s}}".formatted(document(mutation), written));
    }

    private static String document(String mutation) {
        String type = Character.toUpperCase(mutation.charAt(0)) + mutation.substring(1) + "Input!";
        return "mutation ($input: %s) { %s(input: $input) { userErrors { code message field } } }"
                .formatted(type, mutation);
    }

    @Nested
    class Requests {

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "{",
                    "null",
                    "[]",
                    "\"{ viewer { id } }\"",
                    "{}",
                    "{\"query\": null}",
                    "{\"query\": 5}",
                    "{\"query\": \"\"}",
                    "{\"query\": \"{ viewer { id } }\",}",
                    "{\"query\": \"{ viewer { id } }\"} {}",
                    "{\"query\": \"{ viewer { id } }\", \"query\": \"{ viewer { id } }\"}",
                    "{\"query\": \"{ viewer { id } }\", \"variables\": []}",
                    "{\"query\": \"{ viewer { id } }\", \"variables\": \"{}\"}",
                    "{\"query\": \"{ viewer { id } }\", \"variables\": {\"a\": NaN}}",
                    "{\"query\": \"{ viewer { id } }\", \"variables\": {\"a\": 1e99999999999}}",
                    "{\"query\": \"{ viewer { id } }\", \"variables\": {\"a\": \"\\u12\"}}",
                    "{\"query\": \"{ viewer { id } }\", \"operationName\": 5}",
                    "{\"query\": \"{ viewer { id } }\", \"operationName\": \"Other\"}",
                    "{\"query\": \"{ viewer { id } }\", \"extensions\": 5}",
                    "{\"query\": \"{ viewer { id } }\u0000\"}",
                    "[{\"query\": \"{ viewer { id } }\"}]",
                })
        void that_are_malformed_are_refused(String body) {
            assertThat(TestApi.node().post(Sender.HOLDER.user().token(), body).statusCode())
                    .isEqualTo(400);
            assertThat(refusals(body)).allMatch(error -> error.startsWith("INVALID "));
        }

        @Test
        void that_are_nested_too_deep_or_hold_endless_numbers_are_refused() {
            String deep = "[".repeat(100_000) + "]".repeat(100_000);
            String digits = "1".repeat(10_000);
            for (String value : List.of(deep, digits, "-" + digits, "0." + digits, "1e" + digits)) {
                assertThat(refusals("{\"query\": \"{ viewer { id } }\", \"variables\": {\"a\": %s}}".formatted(value)))
                        .singleElement()
                        .asString()
                        .contains("JSON");
            }
        }
    }

    @Nested
    class Documents {

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '`',
                value = {
                    "{ | syntax",
                    "{ nothing } | nothing",
                    "{ viewer { nothing } } | nothing",
                    "{ viewer } | viewer",
                    "{ viewer { id { id } } } | id",
                    "{ items(some: 1) { totalCount } } | some",
                    "{ items(first: 0) { totalCount } } | first",
                    "{ items(first: -1) { totalCount } } | first",
                    "{ items(first: 101) { totalCount } } | first",
                    "{ items(first: 2147483648) { totalCount } } | first",
                    "{ items(first: 1e400) { totalCount } } | first",
                    "{ items(first: 1.5) { totalCount } } | first",
                    "{ items(first: \"1\") { totalCount } } | first",
                    "{ items(last: 101) { totalCount } } | last",
                    "{ items(first: 1, last: 1) { totalCount } } | last",
                    "{ items(last: 1, after: \"x\") { totalCount } } | after",
                    "{ items(before: \"x\") { totalCount } } | before",
                    "{ items(after: \"\") { totalCount } } | after is empty. Leave it out",
                    "{ items(last: 1, before: \"\") { totalCount } } | before is empty. Leave it out",
                    "{ activities(after: \"\") { totalCount } } | after is empty. Leave it out",
                    "{ notifications(after: \"\") { totalCount } } | after is empty. Leave it out",
                    "{ reports(last: 2, before: \"\") { totalCount } } | before is empty. Leave it out",
                    "{ items(filter: {status: [GONE]}) { totalCount } } | status",
                    "{ items(filter: {status: \"ACTIVE\"}) { totalCount } } | status",
                    "{ items(filter: {price: 1}) { totalCount } } | price",
                    "{ items(filter: {search: \"\\u0000\"}) { totalCount } } | search",
                    "{ items(filter: {search: \"\\ud800\"}) { totalCount } } | surrogate",
                    "{ items(filter: {search: \"\\udc00\\ud800\"}) { totalCount } } | surrogate",
                    "{ items(filter: {location: \"\\u0001\"}) { totalCount } } | location",
                    "{ items(filter: {expiryDate: {from: \"2026-02-30\"}}) { totalCount } } | from",
                    "{ items(filter: {expiryDate: {from: \"2026-02-02\", to: \"2026-02-01\"}}) { totalCount } } | from",
                    "{ items(filter: {updatedSince: \"2026-02-30T00:00:00Z\"}) { totalCount } } | updatedSince",
                    "{ items(filter: {categoryId: [\"nonsense\"]}) { totalCount } } | categoryId",
                    "{ items(orderBy: {field: PRICE}) { totalCount } } | PRICE",
                    "{ items(orderBy: {direction: ASC}) { totalCount } } | field",
                    "{ items(asOf: \"10000-01-01\") { totalCount } } | asOf",
                    "{ items(asOf: \"999999999-01-01\") { totalCount } } | asOf",
                    "{ inventory(asOf: \"0000-01-01\") { asOf } } | asOf",
                    "{ report(date: \"2026-02-30\") { id } } | date",
                    "{ report { id } } | date",
                    "{ report(date: 20260101) { id } } | date",
                    "{ reports(from: \"today\") { totalCount } } | from",
                    "{ notifications(filter: {kind: [LOUD]}) { totalCount } } | LOUD",
                    "{ node { id } } | id",
                    "{ node(id: 1.5) { id } } | id",
                    "query ($first: Int!) { items(first: $first) { totalCount } } | first",
                    "query ($first: Nothing) { items(first: $first) { totalCount } } | Nothing",
                    "{ items(first: $first) { totalCount } } | first",
                    "{ viewer { id } } { viewer { id } } | anonymous",
                    "{ viewer { ...Missing } } | Missing",
                    "subscription { reportReady { id } } | WebSocket",
                    "mutation { createItem(input: {name: \"\\ud800\"}) { count: __typename } } | surrogate",
                    "mutation { createItem(input: {name: \"a\", quantity: 1e400}) { __typename } } | quantity",
                    "mutation { createItem(input: {name: \"a\"}) @idempotent(key: \"\") { userErrors { code message field } } } | key",
                    "mutation { createItem(input: {name: \"a\"}) @idempotent(key: \"\\u0000\") { userErrors { code message field } } } | key",
                    "mutation { createItem(input: {name: \"a\"}) @idempotent { __typename } } | key",
                    "mutation { createItem(input: {name: \"a\"}) @unknown { __typename } } | unknown",
                })
        void are_refused_and_say_why(String document, String named) {
            assertThat(refusals(document, new JsonObject()))
                    .anySatisfy(error -> assertThat(error).containsIgnoringCase(named));
        }

        @Test
        void with_half_a_character_in_the_text_itself_are_refused() {
            assertThat(refusals("{ items(filter: {search: \"\ud800\"}) { totalCount } }", new JsonObject()))
                    .singleElement()
                    .asString()
                    .contains("line 1 column 26");
        }

        @Test
        void that_are_too_large_are_refused() {
            String ten = "1".repeat(10_000);
            String ids = IntStream.rangeClosed(0, 100)
                    .mapToObj(at -> "\"" + Holder.missing(Item.TYPE) + "\"")
                    .reduce((one, other) -> one + ", " + other)
                    .orElseThrow();
            Map<String, String> documents = Map.of(
                    "{ nodes(ids: [" + ids + "]) { id } }",
                    "ids",
                    "{ viewer { " + "id ".repeat(6_000) + "} }",
                    "tokens",
                    "{ viewer { id } " + " ".repeat(100_001) + "}",
                    "characters",
                    "{ "
                            + IntStream.range(0, 40)
                                    .mapToObj(at -> "a" + at + ": viewer { id } ")
                                    .reduce("", String::concat)
                            + "}",
                    "aliases",
                    "{ categories { nodes " + "{ items { nodes { category ".repeat(6) + "{ id }" + " } } }".repeat(6)
                            + " } }",
                    "deep",
                    "{ categories(first: 100) { nodes { items(first: 100) { nodes { notifications(first: 100) { nodes { id } } } } } } }",
                    "cost",
                    "{ items(first: " + ten + ") { totalCount } }",
                    "numeric literal",
                    "mutation { createItem(input: {name: \"a\", quantity: " + ten + "}) { __typename } }",
                    "numeric literal",
                    "mutation { createItem(input: {name: \"a\", leadDays: " + ten + "}) { __typename } }",
                    "numeric literal");
            documents.forEach((document, named) -> assertThat(refusals(document, new JsonObject()))
                    .as(named)
                    .anySatisfy(error -> assertThat(error).containsIgnoringCase(named)));
        }

        @Test
        void of_a_subscription_with_a_bad_cursor_are_refused() {
            for (String cursor : List.of("", "x", "-1", "1.5", "9".repeat(30), "\u0000")) {
                try (TestApi.Events events = Sender.HOLDER
                        .user()
                        .subscribe(
                                "subscription ($after: String) { activity(after: $after) { id } }",
                                new JsonObject().put("after", cursor))) {
                    assertThat(events.errors().encode()).contains("INVALID").contains("after");
                }
            }
        }
    }

    @Nested
    class Inputs {

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                createItem | {"name": ""} | INVALID input.name
                createItem | {"name": "  \\t "} | INVALID input.name
                createItem | {"name": "a\\u0000b"} | INVALID input.name
                createItem | {"name": "\\u0007"} | INVALID input.name
                createItem | {"name": "\\u0085a\\u009f"} | INVALID input.name
                createItem | {"name": "\\ud800"} | INVALID input.name
                createItem | {"name": "a\\udc00\\ud800"} | INVALID input.name
                createItem | {"name": "a", "unit": "\\u0000"} | INVALID input.unit
                createItem | {"name": "a", "description": "\\udfff"} | INVALID input.description
                createItem | {"name": "a", "quantity": "-0.001"} | INVALID input.quantity
                createItem | {"name": "a", "quantity": 0} | INVALID input.quantity
                createItem | {"name": "a", "quantity": "0.0001"} | INVALID input.quantity
                createItem | {"name": "a", "quantity": "1.0001"} | INVALID input.quantity
                createItem | {"name": "a", "quantity": "1000000000"} | INVALID input.quantity
                createItem | {"name": "a", "quantity": 1e30} | INVALID input.quantity
                createItem | {"name": "a", "costPrice": "-0.0001"} | INVALID input.costPrice
                createItem | {"name": "a", "costPrice": "0.00001"} | INVALID input.costPrice
                createItem | {"name": "a", "sellingPrice": 1000000000} | INVALID input.sellingPrice
                createItem | {"name": "a", "leadDays": -1} | INVALID input.leadDays
                createItem | {"name": "a", "leadDays": 3651} | INVALID input.leadDays
                createItem | {"name": "a", "leadDays": 2147483647} | INVALID input.leadDays
                createItem | {"name": "a", "categoryId": ""} | NOT_FOUND input.categoryId
                createItem | {"name": "a", "categoryId": "nonsense"} | NOT_FOUND input.categoryId
                createItem | {"name": "a", "categoryId": "\\u0000"} | NOT_FOUND input.categoryId
                createItem | {"name": "a", "categoryId": 5} | NOT_FOUND input.categoryId
                createItem | {"name": "a", "categoryId": {}} | NOT_FOUND input.categoryId
                createItem | {"name": "a", "categoryId": 0.5} | NOT_FOUND input.categoryId
                createItem | {"name": "a", "categoryId": "@Item"} | NOT_FOUND input.categoryId
                createItem | {"name": "a", "categoryId": "@User"} | NOT_FOUND input.categoryId
                createItem | {} | INVALID input.name
                createItem | {"name": null} | INVALID input.name
                createItem | {"name": "a", "unit": null} | INVALID input.unit
                createItem | {"productId": "@Item"} | NOT_FOUND input.productId
                createItem | {"productId": "@Product", "name": ""} | INVALID input.name
                updateItem | {"id": "@Item", "productId": "@Category"} | NOT_FOUND input.productId
                createProduct | {"name": " "} | INVALID input.name
                createProduct | {"name": "a", "unit": ""} | INVALID input.unit
                createProduct | {"name": "a", "shelfLifeDays": -1} | INVALID input.shelfLifeDays
                createProduct | {"name": "a", "shelfLifeDays": 36501} | INVALID input.shelfLifeDays
                createProduct | {"name": "a", "minimumQuantity": "-1"} | INVALID input.minimumQuantity
                createProduct | {"name": "a", "minimumQuantity": "0.0001"} | INVALID input.minimumQuantity
                createProduct | {"name": "a", "barcodes": [" "]} | INVALID input.barcodes
                createProduct | {"name": "a", "categoryId": "@Item"} | NOT_FOUND input.categoryId
                updateProduct | {"id": "@Item"} | NOT_FOUND input.id
                updateProduct | {"id": "@Product", "barcodes": null} | INVALID input.barcodes
                updateProduct | {"id": "@Product", "name": "a", "expectedVersion": 99} | STALE_VERSION input.expectedVersion
                takeOutProduct | {"productId": "@Product", "quantity": 0, "outcome": "USED"} | INVALID input.quantity
                takeOutProduct | {"productId": "@Product", "quantity": "1000", "outcome": "USED"} | CONFLICT input.quantity
                takeOutProduct | {"productId": "@Item", "quantity": "1", "outcome": "USED"} | NOT_FOUND input.productId
                createItems | {"items": []} | INVALID input.items
                createItems | {"items": [{"name": "a"}, {"name": ""}]} | INVALID input.items.1.name
                createItems | {"items": [{"name": "a"}, {"name": "b", "categoryId": "@Item"}]} | NOT_FOUND input.items.1.categoryId
                createItems | {"items": [{"name": ""}], "errorPolicy": "REJECT_FAILED_ROWS"} | INVALID input.items.0.name
                createItem | {"name": "a", "externalId": "a\\u0000"} | INVALID input.externalId
                upsertItems | {"items": [{"externalId": " ", "name": "a"}]} | INVALID input.items.0.externalId
                upsertItems | {"items": [{"externalId": "a"}]} | INVALID input.items.0.name
                upsertItems | {"items": [{"externalId": "a", "name": "a", "quantity": 0}]} | INVALID input.items.0.quantity
                upsertItems | {"items": [{"externalId": "a", "name": "a", "categoryId": "@Item"}]} | NOT_FOUND input.items.0.categoryId
                updateItems | {"items": [{"id": "@Category"}]} | NOT_FOUND input.items.0.id
                updateItems | {"items": [{"id": "@Item", "name": "a", "expectedVersion": 99}]} | STALE_VERSION input.items.0.expectedVersion
                updateItems | {"items": [{"id": "@Item"}, {"id": "@Item"}]} | INVALID input.items.1.id
                setCategoryOf | {"items": [{"id": "@Item"}]} | INVALID input.categoryId
                setCategoryOf | {"items": [{"id": "@Item"}], "categoryId": "@Item"} | NOT_FOUND input.categoryId
                deleteItems | {"items": [{"id": "@Item", "expectedVersion": 99}]} | STALE_VERSION input.items.0.expectedVersion
                deleteItems | {"items": []} | INVALID input.items
                takeOutMany | {"takeOuts": [{"itemId": "@Item", "outcome": "USED", "quantity": 0}]} | INVALID input.takeOuts.0.quantity
                takeOutMany | {"takeOuts": [{"itemId": "@Report", "outcome": "USED"}]} | NOT_FOUND input.takeOuts.0.itemId
                updateItem | {"id": "@Category", "name": "a"} | NOT_FOUND input.id
                updateItem | {"id": "@Item", "name": null} | INVALID input.name
                updateItem | {"id": "@Item", "unit": " "} | INVALID input.unit
                updateItem | {"id": "@Item", "quantity": null} | INVALID input.quantity
                updateItem | {"id": "@Item", "quantity": -1} | INVALID input.quantity
                updateItem | {"id": "@Item", "categoryId": "@Report"} | NOT_FOUND input.categoryId
                updateItem | {"id": "@Item", "name": "a", "expectedVersion": 99} | STALE_VERSION input.expectedVersion
                updateItem | {"id": "@Item", "name": "a", "expectedVersion": -2147483648} | STALE_VERSION input.expectedVersion
                deleteItem | {"id": "@Activity"} | NOT_FOUND input.id
                deleteItem | {"id": "@Item", "expectedVersion": 99} | STALE_VERSION input.expectedVersion
                takeOut | {"itemId": "@Notification", "outcome": "USED"} | NOT_FOUND input.itemId
                takeOut | {"itemId": "@Item", "outcome": "USED", "quantity": "1.001"} | CONFLICT input.quantity
                takeOut | {"itemId": "@Item", "outcome": "USED", "quantity": 0} | INVALID input.quantity
                takeOut | {"itemId": "@Item", "outcome": "USED", "quantity": "-1"} | INVALID input.quantity
                takeOut | {"itemId": "@Item", "outcome": "USED", "note": "\\u0000"} | INVALID input.note
                createCategory | {"name": ""} | INVALID input.name
                createCategory | {"name": "mine"} | CONFLICT input.name
                createCategory | {"name": " MINE "} | CONFLICT input.name
                createCategory | {"name": "a", "color": "red"} | INVALID input.color
                createCategory | {"name": "a", "color": "#12345"} | INVALID input.color
                createCategory | {"name": "a", "color": "#12345g"} | INVALID input.color
                createCategory | {"name": "a", "color": "#1234567"} | INVALID input.color
                createCategory | {"name": "a", "leadDays": -1} | INVALID input.leadDays
                updateCategory | {"id": "@Item", "name": "a"} | NOT_FOUND input.id
                updateCategory | {"id": "@Category", "name": "\\ud800"} | INVALID input.name
                updateCategory | {"id": "@Category", "expectedVersion": 99, "name": "b"} | STALE_VERSION input.expectedVersion
                deleteCategory | {"id": "@Category", "reassignTo": "@Item"} | NOT_FOUND input.reassignTo
                deleteCategory | {"id": "@Category", "reassignTo": "@Category"} | INVALID input.reassignTo
                markNotificationRead | {"id": "@Item"} | NOT_FOUND input.id
                markNotificationUnread | {"id": "\\ud800"} | NOT_FOUND input.id
                markNotificationsRead | {"ids": []} | INVALID input.ids
                markNotificationsRead | {"ids": ["@Item"]} | NOT_FOUND input.ids
                deleteNotification | {"id": ""} | NOT_FOUND input.id
                generateReport | {"date": "2001-01-01"} | INVALID input.date
                generateReport | {"date": "9999-12-31"} | INVALID input.date
                deleteReport | {"id": "@Notification"} | NOT_FOUND input.id
                updateProfile | {"username": "a b"} | INVALID input.username
                updateProfile | {"username": "ab"} | INVALID input.username
                updateProfile | {"username": "\\ud835\\udc9c\\ud835\\udc9c\\ud835\\udc9c"} | INVALID input.username
                updateProfile | {"username": null} | INVALID input.username
                updateProfile | {"email": "nobody"} | INVALID input.email
                updateProfile | {"email": "a@b@c"} | INVALID input.email
                updateProfile | {"email": "@b"} | INVALID input.email
                updateProfile | {"email": "a@b\\u0000"} | INVALID input.email
                updateProfile | {"leadDays": 3651} | INVALID input.leadDays
                updateProfile | {"turnHour": 24} | INVALID input.turnHour
                updateProfile | {"turnHour": -1} | INVALID input.turnHour
                updateProfile | {"timeZone": null} | INVALID input.timeZone
                updateProfile | {"leadDays": 3, "expectedVersion": 99} | STALE_VERSION input.expectedVersion
                changePassword | {"currentPassword": "correct horse battery staple", "newPassword": "short"} | INVALID input.newPassword
                changePassword | {"currentPassword": "correct horse battery staple", "newPassword": "0123456789\\u0000"} | INVALID input.newPassword
                changePassword | {"currentPassword": "\\ud800", "newPassword": "a fairly fine secret"} | INVALID input.currentPassword
                deleteAccount | {"password": "\\u0000"} | INVALID input.password
                register | {"username": "", "email": "a@example.org", "password": "a fairly fine secret"} | INVALID input.username
                register | {"username": "-ab", "email": "a@example.org", "password": "a fairly fine secret"} | INVALID input.username
                register | {"username": "abc", "email": "", "password": "a fairly fine secret"} | INVALID input.email
                register | {"username": "abc", "email": "a@example.org", "password": ""} | INVALID input.password
                register | {"username": "abc", "email": "a@example.org", "password": "a@EXAMPLE.org"} | INVALID input.password
                register | {"username": "abc", "email": "\\ud800@example.org", "password": "a fairly fine secret"} | INVALID input.email
                login | {"username": "", "password": "a fairly fine secret"} | INVALID input.username
                login | {"username": "\\u0000", "password": "a fairly fine secret"} | INVALID input.username
                login | {"username": "abc", "password": "\\ud800"} | INVALID input.password
                verifyTwoFactor | {"token": "\\u0000", "code": "1"} | INVALID input.token
                refreshSession | {"refreshToken": "\\ud800"} | INVALID input.refreshToken
                refreshSession | {"refreshToken": "nonsense"} | WRONG_CREDENTIALS input.refreshToken
                logout | {"clientMutationId": "\\u0000"} | INVALID input.clientMutationId
                """)
        void out_of_form_or_range_are_refused_by_name(String mutation, String input, String expected) {
            assertThat(refusals(mutation, input))
                    .anySatisfy(error -> assertThat(error).startsWith(expected));
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
                createItem | null | input
                createItem | 5 | input
                createItem | [[]] | input
                createProduct | {} | name
                createProduct | {"name": null} | name
                createProduct | {"name": "a", "barcodes": [5]} | barcodes
                createItem | {"name": 5} | name
                createItem | {"name": ["a"]} | name
                createItem | {"name": {"a": 1}} | name
                createItem | {"name": "a", "colour": "red"} | colour
                createItem | {"name": "a", "\\ud800": "red"} | JSON
                createItem | {"name": "a", "quantity": "many"} | quantity
                createItem | {"name": "a", "quantity": null} | quantity
                createItem | {"name": "a", "quantity": "1e400"} | quantity
                createItem | {"name": "a", "quantity": 1e400} | quantity
                createItem | {"name": "a", "quantity": 1e999999999} | quantity
                createItem | {"name": "a", "quantity": true} | quantity
                createItem | {"name": "a", "quantity": "NaN"} | quantity
                createItem | {"name": "a", "quantity": "-Infinity"} | quantity
                createItem | {"name": "a", "quantity": "\\u0661"} | quantity
                createItem | {"name": "a", "quantity": "0x10"} | quantity
                createItem | {"name": "a", "expiryDate": "2026-02-30"} | expiryDate
                createItem | {"name": "a", "expiryDate": "0000-01-01"} | expiryDate
                createItem | {"name": "a", "expiryDate": "10000-01-01"} | expiryDate
                createItem | {"name": "a", "expiryDate": "999999999-01-01"} | expiryDate
                createItem | {"name": "a", "expiryDate": "+999999999-12-31"} | expiryDate
                createItem | {"name": "a", "expiryDate": "-0001-01-01"} | expiryDate
                createItem | {"name": "a", "expiryDate": "2026-11-22T00:00:00Z"} | expiryDate
                createItem | {"name": "a", "expiryDate": ""} | expiryDate
                createItem | {"name": "a", "expiryDate": "\\u0000"} | expiryDate
                createItem | {"name": "a", "expiryDate": "\\ud800"} | expiryDate
                createItem | {"name": "a", "expiryDate": 20261122} | expiryDate
                createItem | {"name": "a", "leadDays": 1e400} | leadDays
                createItem | {"name": "a", "leadDays": 1e999999999} | leadDays
                createItem | {"name": "a", "leadDays": 0.5} | leadDays
                createItem | {"name": "a", "leadDays": "3"} | leadDays
                createItem | {"name": "a", "leadDays": 2147483648} | leadDays
                createItem | {"name": "a", "leadDays": -99999999999999999999999999} | leadDays
                createItems | {"items": "a"} | items
                createItems | {"items": [null]} | items
                createItems | {"items": [{"name": "a"}], "errorPolicy": "IGNORE"} | errorPolicy
                takeOut | {"itemId": "@Item", "outcome": "LOST"} | outcome
                takeOut | {"itemId": "@Item", "outcome": 0} | outcome
                takeOut | {"itemId": null, "outcome": "USED"} | itemId
                register | {"username": "abc", "email": "a@example.org", "password": "a fairly fine secret", "timeZone": "Mars/Base"} | timeZone
                register | {"username": "abc", "email": "a@example.org", "password": "a fairly fine secret", "timeZone": "+01:00"} | timeZone
                updateProfile | {"timeZone": "Europe/Paris\\u0000"} | timeZone
                updateProfile | {"timeZone": ""} | timeZone
                markAllNotificationsRead | {"upTo": "yesterday"} | upTo
                markAllNotificationsRead | {"upTo": "2026-13-01T00:00:00Z"} | upTo
                markAllNotificationsRead | {"upTo": "+999999999-12-31T23:59:59Z"} | upTo
                markAllNotificationsRead | {"upTo": 1e18} | upTo
                markNotificationsRead | {"ids": [null]} | ids
                logoutEverywhere | {"exceptThis": "yes"} | exceptThis
                """)
        void of_another_type_are_refused_by_name(String mutation, String input, String named) {
            assertThat(refusals(mutation, input))
                    .anySatisfy(
                            error -> assertThat(error).startsWith("INVALID ").contains(named));
        }

        @Test
        void of_too_many_elements_are_refused_by_name() {
            JsonArray items = new JsonArray(Collections.nCopies(1_001, new JsonObject().put("name", "a")));
            JsonArray ids = new JsonArray(Collections.nCopies(1_001, Sender.HOLDER.id(Notification.TYPE)));

            assertThat(refusals(
                            "createItems", new JsonObject().put("items", items).encode()))
                    .singleElement()
                    .asString()
                    .startsWith("INVALID input.items ");
            assertThat(refusals(
                            "markNotificationsRead",
                            new JsonObject().put("ids", ids).encode()))
                    .singleElement()
                    .asString()
                    .startsWith("INVALID input.ids ");
        }
    }

    @Nested
    class Texts {

        /** One character in two UTF-16 units and four bytes. */
        private static final String WIDE = new String(Character.toChars(0x1D49C));

        private static final String UNGUESSED = "ylqvgznbtrwkxod";

        @ParameterizedTest
        @CsvSource({
            "Mutation.createItem.input.name, 200",
            "Mutation.createItem.input.description, 2000",
            "Mutation.createItem.input.unit, 32",
            "Mutation.createItem.input.location, 200",
            "Mutation.createItem.input.barcode, 200",
            "Mutation.createItem.input.lotNumber, 64",
            "Mutation.createItem.input.externalId, 200",
            "Mutation.createItems.input.items.name, 200",
            "Mutation.createItems.input.items.description, 2000",
            "Mutation.createItems.input.items.unit, 32",
            "Mutation.createItems.input.items.location, 200",
            "Mutation.createItems.input.items.barcode, 200",
            "Mutation.createItems.input.items.lotNumber, 64",
            "Mutation.updateItem.input.name, 200",
            "Mutation.updateItem.input.description, 2000",
            "Mutation.updateItem.input.unit, 32",
            "Mutation.updateItem.input.location, 200",
            "Mutation.updateItem.input.barcode, 200",
            "Mutation.updateItem.input.lotNumber, 64",
            "Mutation.upsertItems.input.items.name, 200",
            "Mutation.updateItems.input.items.name, 200",
            "Mutation.upsertItems.input.items.description, 2000",
            "Mutation.updateItems.input.items.description, 2000",
            "Mutation.upsertItems.input.items.unit, 32",
            "Mutation.updateItems.input.items.unit, 32",
            "Mutation.upsertItems.input.items.location, 200",
            "Mutation.updateItems.input.items.location, 200",
            "Mutation.upsertItems.input.items.barcode, 200",
            "Mutation.updateItems.input.items.barcode, 200",
            "Mutation.upsertItems.input.items.lotNumber, 64",
            "Mutation.updateItems.input.items.lotNumber, 64",
            "Mutation.upsertItems.input.items.externalId, 200",
            "Mutation.takeOut.input.note, 500",
            "Mutation.createCategory.input.name, 200",
            "Mutation.createCategory.input.description, 2000",
            "Mutation.createCategory.input.externalId, 200",
            "Mutation.createProduct.input.name, 200",
            "Mutation.createProduct.input.unit, 32",
            "Mutation.createProduct.input.location, 200",
            "Mutation.createProduct.input.notes, 2000",
            "Mutation.createProduct.input.externalId, 200",
            "Mutation.updateProduct.input.name, 200",
            "Mutation.updateProduct.input.notes, 2000",
            "Mutation.updateProduct.input.externalId, 200",
            "Query.products.filter.search, 200",
            "Mutation.updateCategory.input.name, 200",
            "Mutation.updateCategory.input.description, 2000",
            "Mutation.updateCategory.input.externalId, 200",
            "Mutation.changePassword.input.newPassword, 256",
            "Mutation.logout.input.clientMutationId, 255",
            "Query.users.search, 254",
            "Mutation.createApiToken.input.name, 100",
            "Query.items.filter.search, 200",
            "Query.items.filter.location, 200",
            "Query.items.filter.barcode, 200",
        })
        void are_taken_up_to_their_limit_in_characters_and_not_beyond(String position, int most) {
            // Names of categories must not meet, and some sessions end here.
            boolean shares = !position.contains("Category")
                    && !position.contains("Product")
                    && !position.contains("logout")
                    && !position.contains("Password");
            Holder sender = shares ? Sender.HOLDER : Holder.of(TestApi.node().newAdministrator(), "mine", 1);
            SchemaWalk.Leaf leaf = leaf(position);
            SchemaWalk.Samples samples = (at, type) ->
                    at.endsWith("currentPassword") ? "correct horse battery staple" : sender.sample(at, type);

            String begin = position.endsWith("Password") ? UNGUESSED : "";
            String text = begin + WIDE.repeat(most - begin.length());

            List<String> beyond = errors(post(sender, SCHEMA.request(leaf, text + WIDE, samples)));
            List<String> within = errors(post(sender, SCHEMA.request(leaf, text, samples)));

            assertThat(beyond).singleElement().asString().startsWith("INVALID " + String.join(".", leaf.path()) + " ");
            assertThat(within).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({
            "Mutation.register.input.username, 40, ''",
            "Mutation.register.input.email, 254, @example.org",
            "Mutation.register.input.password, 256, ''",
            "Mutation.updateProfile.input.username, 40, ''",
            "Mutation.updateProfile.input.email, 254, @example.org",
        })
        void of_accounts_are_taken_up_to_their_limit_and_not_beyond(String position, int most, String end) {
            SchemaWalk.Leaf leaf = leaf(position);
            Holder sender = position.contains("register")
                    ? Sender.HOLDER
                    : Holder.of(TestApi.node().newAdministrator(), "mine", 1);
            String unique = "u" + UUID.randomUUID().toString().substring(0, 18);
            SchemaWalk.Samples samples = (at, type) -> switch (at.substring(at.lastIndexOf('.') + 1)) {
                case "username" -> unique;
                case "email" -> unique + "@example.net";
                case "password" -> "correct horse battery staple";
                default -> sender.sample(at, type);
            };
            String begin = position.endsWith("password") ? UNGUESSED : unique;
            String text = begin + "x".repeat(most - begin.length() - end.length());

            List<String> beyond = errors(post(sender, withPassword(SCHEMA.request(leaf, text + "x" + end, samples))));
            List<String> within = errors(post(sender, withPassword(SCHEMA.request(leaf, text + end, samples))));

            assertThat(beyond).singleElement().asString().startsWith("INVALID " + String.join(".", leaf.path()) + " ");
            assertThat(within).isEmpty();
        }

        /** What changes the address needs one. */
        private static JsonObject withPassword(JsonObject request) {
            JsonObject input = request.getJsonObject("variables").getJsonObject("input");
            if (!input.containsKey("password")) {
                input.put("password", TestApi.PASSWORD);
            }
            return request;
        }

        @Test
        void of_keys_are_taken_up_to_255_characters() {
            String document =
                    "mutation ($key: String!) { createItem(input: {name: \"a\"}) @idempotent(key: $key) { userErrors { code message field } } }";
            assertThat(refusals(document, new JsonObject().put("key", WIDE.repeat(256))))
                    .singleElement()
                    .asString()
                    .contains("@idempotent");
            assertThat(errors(post(
                            Sender.HOLDER,
                            new JsonObject()
                                    .put("query", document)
                                    .put("variables", new JsonObject().put("key", WIDE.repeat(255))))))
                    .isEmpty();
        }

        private static SchemaWalk.Leaf leaf(String position) {
            return leaves().filter(leaf -> leaf.position().equals(position))
                    .findAny()
                    .orElseThrow();
        }
    }

    @Nested
    class Cursors {

        private static final Set<String> LISTS =
                Set.of("items", "categories", "notifications", "reports", "activities");

        private static String cursor(String list, String arguments) {
            return Sender.HOLDER
                    .user()
                    .query("{ %s(first: 1%s) { edges { cursor } } }".formatted(list, arguments))
                    .getJsonObject(list)
                    .getJsonArray("edges")
                    .getJsonObject(0)
                    .getString("cursor");
        }

        private static HttpResponse<String> page(String list, String arguments, String cursor) {
            return post(
                    Sender.HOLDER,
                    new JsonObject()
                            .put(
                                    "query",
                                    "query ($cursor: String) { %s(%s: $cursor%s) { nodes { id } } }"
                                            .formatted(list, "first: 5, after", arguments))
                            .put("variables", new JsonObject().put("cursor", cursor)));
        }

        @Test
        void of_no_list_or_another_list_are_refused() {
            for (String list : LISTS) {
                List<String> wrong = new ArrayList<>(List.of(
                        "", "x", "?", "====", "\u0000", "\ud800", "AAAA", "x".repeat(100_000), cursor(list, "") + "A"));
                LISTS.stream().filter(other -> !other.equals(list)).forEach(other -> wrong.add(cursor(other, "")));
                for (String cursor : wrong) {
                    assertThat(errors(page(list, "", cursor)))
                            .as("%s after %.50s", list, cursor)
                            .singleElement()
                            .asString()
                            .startsWith("INVALID after ");
                }
            }
        }

        @Test
        void of_another_order_are_refused() {
            for (String field : List.of("NAME", "CREATED_AT", "UPDATED_AT")) {
                String order = ", orderBy: {field: %s}".formatted(field);

                assertThat(errors(page("items", order, cursor("items", ""))))
                        .singleElement()
                        .asString()
                        .startsWith("INVALID after ");
                assertThat(errors(page(
                                "items",
                                order,
                                cursor("items", ", orderBy: {field: %s, direction: DESC}".formatted(field)))))
                        .singleElement()
                        .asString()
                        .startsWith("INVALID after ");
            }
        }

        static Stream<String> orders() {
            return Stream.concat(
                    LISTS.stream().filter(list -> !list.equals("items")),
                    Stream.of("EXPIRY_DATE", "NAME", "CREATED_AT", "UPDATED_AT")
                            .map(field -> "items, orderBy: {field: %s}".formatted(field)));
        }

        /** A forged place is as good as any other, or it is refused. */
        @ParameterizedTest
        @MethodSource("orders")
        void that_are_forged_are_never_a_fault(String listing) {
            int comma = listing.indexOf(',');
            String list = comma < 0 ? listing : listing.substring(0, comma);
            String arguments = comma < 0 ? "" : listing.substring(comma);
            List<String> parts =
                    List.of(new String(Base64.getUrlDecoder().decode(cursor(list, arguments)), StandardCharsets.UTF_8)
                            .split("\u001f"));
            for (String key : List.of(
                    "",
                    "x",
                    "\u0000",
                    "null",
                    "-1",
                    "9223372036854775807",
                    "9223372036854775808",
                    "-9223372036854775808",
                    "+999999999-12-31",
                    "-999999999-01-01",
                    "+1000000000-12-31T23:59:59.999999999Z",
                    "-1000000000-01-01T00:00:00Z",
                    "+999999999-12-31T23:59:59.999999999-18:00",
                    "0000-01-01",
                    "5874898-01-01",
                    "+5874898-01-01",
                    "+294277-01-01T00:00:00Z",
                    "-4713-01-01T00:00:00Z",
                    "00000000-0000-0000-0000-000000000000",
                    "x".repeat(10_000))) {
                for (int at = 0; at < parts.size(); at++) {
                    List<String> forged = new ArrayList<>(parts);
                    forged.set(at, key);
                    String cursor = Base64.getUrlEncoder()
                            .withoutPadding()
                            .encodeToString(String.join("\u001f", forged).getBytes(StandardCharsets.UTF_8));

                    assertThat(errors(page(list, arguments, cursor)))
                            .as("%.80s", forged)
                            .allMatch(error -> error.startsWith("INVALID "));
                }
            }
        }
    }

    private static Stream<SchemaWalk.Leaf> leaves() {
        Set<String> nodes = Set.copyOf(SCHEMA.nodeTypes());
        return SCHEMA.allFields().stream()
                .filter(field -> Set.of("Query", "Mutation").contains(field.parent()) || nodes.contains(field.parent()))
                .flatMap(field -> SCHEMA.leaves(field).stream());
    }

    @Nested
    @TestInstance(TestInstance.Lifecycle.PER_CLASS)
    class EveryInput {

        /** Blanks, which an expression that looks for the last ones may begin to count at each of them. */
        private static final String ALMOST_A_MEGABYTE = "x" + " ".repeat(1_039_998) + "x";

        private static final List<Object> WRONG_FOR_ANY = List.of(
                "",
                "\u0000",
                "\ud800",
                "x' OR '1'='1",
                ALMOST_A_MEGABYTE,
                true,
                0,
                -1,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                Long.MAX_VALUE,
                BigInteger.TEN.pow(150),
                new BigDecimal("1e400"),
                new BigDecimal("-0.001"),
                "1e400",
                "-1",
                "9999-12-31",
                "0001-01-01",
                "999999999-12-31",
                "9999-12-31T23:59:59.999999999Z",
                "0001-01-01T00:00:00Z",
                new JsonObject(),
                new JsonArray(),
                JsonArray.of(JsonArray.of(1)));

        private static final Pattern ENDING = Pattern.compile("logout|delete|takeOut");

        private @Nullable Holder sender;

        private Holder sender() {
            Holder known = sender;
            if (known == null) {
                known = Holder.of(TestApi.node().newAdministrator(), "mine", 1);
                sender = known;
            }
            return known;
        }

        static Stream<SchemaWalk.Leaf> leaves() {
            return BadInputTest.leaves();
        }

        /** Some values are fine for some inputs; then the field does what it does. */
        @ParameterizedTest
        @MethodSource("leaves")
        void takes_or_refuses_what_it_is_given_and_never_fails(SchemaWalk.Leaf leaf) {
            for (Object value : WRONG_FOR_ANY) {
                if (value.equals(ALMOST_A_MEGABYTE) && !leaf.type().equals("String")) {
                    // Scalars look at no more than a few characters; their own test tells.
                    continue;
                }
                HttpResponse<String> response = post(sender(), SCHEMA.request(leaf, value, sender()::sample));
                List<String> errors;
                try {
                    errors = errors(response);
                } catch (AssertionError | DecodeException wrong) {
                    throw new AssertionError("For %.60s: %s".formatted(value, wrong.getMessage()), wrong);
                }
                if (errors.isEmpty() && ENDING.matcher(leaf.field().name()).lookingAt()) {
                    // The session or the object is gone, and would leave nothing to try the next value on.
                    sender = null;
                } else if (errors.stream().anyMatch(error -> error.startsWith("UNAUTHENTICATED"))) {
                    fail("The sender was thrown out before %.60s", value);
                }
            }
        }
    }
}
