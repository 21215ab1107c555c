package org.expirytracker.webhooks;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.expirytracker.Noon;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.outbound.Receiver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Webhooks whose payload is the answer of their own query, to a real receiver. */
@Timeout(60)
class ChosenPayloadsTest {

    private static final DatabaseUrl URL = TestDatabase.freshMigrated();
    private static final Stock STOCK = new Stock(URL);
    private static final TestApi NODE = TestApi.start(
            URL,
            Map.of(
                    "EXPIRY_WEBHOOK_ALLOW",
                    "127.0.0.1",
                    "EXPIRY_TURN_INTERVAL_SECONDS",
                    "1",
                    "EXPIRY_REGISTRATION",
                    "open"));

    private static final String NAMES = "query ($id: ID!) { item(id: $id) { name } }";

    private final Receiver receiver = new Receiver();
    private final User user = NODE.newUser(Noon.ZONE);

    @AfterAll
    static void stop() throws IOException {
        NODE.close();
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    private JsonObject input(String query, String... events) {
        return JsonObject.of(
                "url", receiver.url(), "events", new JsonArray(List.of((Object[]) events)), "query", query);
    }

    private static String create(User by, JsonObject input) {
        return by.mutate("createWebhook", "webhook { id }", input)
                .getJsonObject("webhook")
                .getString("id");
    }

    private String created(String query, String... events) {
        return create(user, input(query, events));
    }

    private static JsonObject webhook(User by, String id, String selection) {
        return by.query("query ($id: ID!) { webhook(id: $id) { %s } }".formatted(selection), JsonObject.of("id", id))
                .getJsonObject("webhook");
    }

    private void eventually(String id, String selection, JsonObject expected) {
        Instant patience = Instant.now().plusSeconds(20);
        JsonObject found = webhook(user, id, selection);
        while (!found.equals(expected) && Instant.now().isBefore(patience)) {
            found = webhook(user, id, selection);
        }
        assertThat(found).isEqualTo(expected);
    }

    private static JsonObject item(String name) {
        return JsonObject.of("item", JsonObject.of("name", name));
    }

    private static String token(User of, String... scopes) {
        return of.mutate(
                        "createApiToken",
                        "token",
                        JsonObject.of("name", "program", "scopes", new JsonArray(List.of((Object[]) scopes))))
                .getString("token");
    }

    private static List<String> topLevel(User by, JsonObject input) {
        JsonArray errors = by.answer(
                        "mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }",
                        JsonObject.of("input", input))
                .getJsonArray("errors", new JsonArray());
        return errors.stream()
                .map(error -> ((JsonObject) error).getJsonObject("extensions"))
                .map(error -> error.getString("code") + " "
                        + error.getJsonArray("field", new JsonArray()).stream()
                                .map(String::valueOf)
                                .collect(Collectors.joining(".")))
                .toList();
    }

    /** An editor of the user's inventory, acting there. */
    private User editor() {
        String inventory = user.query("{ currentInventory { id } }")
                .getJsonObject("currentInventory")
                .getString("id");
        String code = user.mutate("inviteMember", "code", JsonObject.of("inventoryId", inventory, "role", "EDITOR"))
                .getString("code");
        User editor = NODE.newUser();
        editor.mutate("acceptInvitation", "inventory { id }", JsonObject.of("code", code));
        return editor.in(inventory);
    }

    private static String idOf(User of) {
        return of.query("{ viewer { id } }").getJsonObject("viewer").getString("id");
    }

    private static void pauseEnds() {
        STOCK.run("UPDATE webhooks SET retry_at = now() WHERE retry_at IS NOT NULL");
        STOCK.run("UPDATE jobs SET due_at = now() WHERE kind = 'webhook' AND claim_id IS NULL");
    }

    @Nested
    class AQuery {

        @Test
        void is_asked_about_each_event_in_place_of_the_usual_payload() {
            created("""
                    query ($id: ID!, $date: Date!) {
                      item(id: $id) { id name quantity category { name } }
                      inventory(asOf: $date) { total { count } }
                      __typename @include(if: true)
                    }
                    """, "ITEM_CREATED", "ITEM_UPDATED");
            String dairy = user.mutate("createCategory", "category { id }", JsonObject.of("name", "Dairy"))
                    .getJsonObject("category")
                    .getString("id");

            String milk = user.createItem(JsonObject.of("name", "Milk", "quantity", "1.50", "categoryId", dairy));

            JsonObject told = receiver.next().json();
            assertThat(told.fieldNames())
                    .containsExactly("type", "timestamp", "version", "inventoryId", "cursor", "by", "data");
            assertThat(told.getString("type")).isEqualTo("item.created");
            assertThat(told.getJsonObject("data"))
                    .isEqualTo(JsonObject.of(
                            "item",
                            JsonObject.of(
                                    "id",
                                    milk,
                                    "name",
                                    "Milk",
                                    "quantity",
                                    "1.5",
                                    "category",
                                    JsonObject.of("name", "Dairy")),
                            "inventory",
                            JsonObject.of("total", JsonObject.of("count", 1)),
                            "__typename",
                            "Query"));
        }

        @Test
        void of_what_is_gone_is_answered_by_null_and_the_activity_has_it_as_it_was() {
            created("""
                    query ($id: ID!, $activityId: ID!) {
                      item(id: $id) { name }
                      node(id: $activityId) { ... on Activity { kind stateBefore { ... on ItemState { name } } } }
                    }
                    """, "ITEM_DELETED");
            String milk = user.createItem(JsonObject.of("name", "Milk"));

            user.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));

            assertThat(receiver.next().data())
                    .isEqualTo(new JsonObject()
                            .putNull("item")
                            .put(
                                    "node",
                                    JsonObject.of(
                                            "kind", "ITEM_DELETED", "stateBefore", JsonObject.of("name", "Milk"))));
        }

        @Test
        void is_asked_about_notifications_reports_and_members_as_well() {
            created("""
                    query ($id: ID!, $date: Date!) {
                      node(id: $id) { __typename ... on Item { name } ... on Notification { kind } }
                      report(date: $date) { totalItems }
                    }
                    """, "ITEM_EXPIRED", "NOTIFICATION_CREATED", "REPORT_READY", "MEMBER_INVITED");

            user.createItem(JsonObject.of("name", "Old", "expiryDate", Noon.inDays(-1)));
            user.mutate("generateReport", "report { id }", new JsonObject());
            editor();

            assertThat(receiver.next(4))
                    .extracting(got ->
                            got.type() + " " + got.data().getJsonObject("node").getString("__typename"))
                    .containsExactly(
                            "item.expired Item",
                            "notification.created Notification",
                            "report.ready Report",
                            "member.invited InventoryAccount");
        }

        @Test
        void that_cannot_be_answered_in_part_says_so_beside_the_rest() {
            created("query ($id: ID!) { item(id: $id) { name } items(after: \"x\") { nodes { id } } }", "ITEM_CREATED");

            user.createItem(JsonObject.of("name", "Milk"));

            JsonObject told = receiver.next().json();
            assertThat(told.containsKey("data")).isTrue();
            assertThat(told.getJsonArray("errors"))
                    .extracting(error -> ((JsonObject) error).getJsonArray("path"))
                    .containsExactly(JsonArray.of("items"));
        }

        @Test
        void whose_answer_is_too_large_is_answered_by_an_error() {
            created("{ items(first: 100) { nodes { description name } } }", "ITEM_DELETED");
            String wide = "é".repeat(2_000);
            List<Object> ids = user.createItems(IntStream.range(0, 80)
                    .mapToObj(each -> JsonObject.of("name", "n" + each, "description", wide))
                    .toArray(JsonObject[]::new));

            user.mutate("deleteItem", "deletedId", JsonObject.of("id", ids.getFirst()));

            JsonObject told = receiver.next().json();
            assertThat(told.getValue("data")).isNull();
            assertThat(told.getJsonArray("errors")
                            .getJsonObject(0)
                            .getJsonObject("extensions")
                            .getString("code"))
                    .isEqualTo("LIMIT_REACHED");
        }
    }

    @Nested
    class CreateWebhook {

        @Test
        void refuses_a_query_that_does_not_fit_and_says_where() {
            for (String wrong : List.of(
                    " ",
                    "{ items",
                    "{ nothing }",
                    "{ item { name } }",
                    "mutation { deleteItem(input: { id: \"x\" }) { deletedId } }",
                    "subscription { inventoryChanged { total { count } } }",
                    "query A { inventory { total { count } } } query B { inventory { total { count } } }",
                    "query ($name: String) { items(filter: { search: $name }) { nodes { id } } }",
                    "query ($date: Int) { items(first: $date) { nodes { id } } }",
                    "{ items(first: 100) { nodes { activities(first: 10) { nodes { kind } } } } }",
                    "{ items(first: 1000) { nodes { id } } }",
                    "{ __schema { queryType { name } } }",
                    "{ inventory { total { count } } } #" + "x".repeat(10_000))) {
                assertThat(user.refusals("createWebhook", input(wrong, "ITEM_CREATED")))
                        .as(wrong)
                        .containsExactly("INVALID input.query");
            }
            assertThat(user.attempt("createWebhook", "secret", input("{\n  nothing\n}", "ITEM_CREATED"))
                            .getJsonArray("userErrors")
                            .getJsonObject(0)
                            .getString("message"))
                    .contains("nothing", "(line 2, column 3)");
            assertThat(user.query("{ webhooks { id } }").getJsonArray("webhooks"))
                    .isEmpty();
        }

        @Test
        void takes_only_what_the_creator_may_read_themselves_and_nothing_that_is_their_own() {
            User program = new User(NODE, "", token(user, "WEBHOOKS_WRITE", "ITEMS_READ"));

            assertThat(topLevel(program, input(NAMES, "ITEM_CREATED"))).isEmpty();
            assertThat(topLevel(program, input("{ reports { nodes { id } } }", "ITEM_CREATED")))
                    .containsExactly("FORBIDDEN input.query");
            assertThat(topLevel(user, input("{ viewer { email } }", "ITEM_CREATED")))
                    .containsExactly("FORBIDDEN input.query");
            assertThat(topLevel(user, input("{ sessions { nodes { id } } }", "ITEM_CREATED")))
                    .containsExactly("FORBIDDEN input.query");
        }

        @Test
        void keeps_from_the_query_what_the_log_has_of_the_creators_account() {
            created("{ activities(first: 50) { nodes { kind } } }", "ITEM_CREATED");

            user.createItem(JsonObject.of("name", "Milk"));

            assertThat(receiver.next().data().getJsonObject("activities").getJsonArray("nodes"))
                    .extracting(node -> ((JsonObject) node).getString("kind"))
                    .containsExactlyInAnyOrder("ITEM_CREATED", "WEBHOOK_CREATED");
        }
    }

    @Nested
    class ItsCreator {

        private void isOff(String id) {
            eventually(id, "status offBecause", JsonObject.of("status", "OFF", "offBecause", "QUERY"));
        }

        @Test
        void who_is_removed_has_nothing_told_any_more_and_whoever_switches_it_on_asks_from_then_on() {
            User editor = editor();
            String id = create(editor, input(NAMES, "ITEM_CREATED"));
            user.createItem(JsonObject.of("name", "Milk"));
            assertThat(receiver.next().data()).isEqualTo(item("Milk"));

            user.mutate("removeMember", "changed", JsonObject.of("userId", idOf(editor)));
            user.createItem(JsonObject.of("name", "Cream"));
            isOff(id);
            assertThat(user.query("{ notifications { nodes { message } } }")
                            .getJsonObject("notifications")
                            .getJsonArray("nodes")
                            .getJsonObject(0)
                            .getString("message"))
                    .contains("its query may not be asked any more", "Whoever gave it");
            assertThat(user.refusals("sendTestEvent", JsonObject.of("id", id))).containsExactly("CONFLICT input.id");

            user.mutate("updateWebhook", "webhook { id }", JsonObject.of("id", id, "active", true));
            assertThat(receiver.next().data()).isEqualTo(item("Cream"));
        }

        @Test
        void who_may_only_look_by_now_has_nothing_told_any_more() {
            User editor = editor();
            String id = create(editor, input(NAMES, "ITEM_CREATED"));
            user.mutate("changeMemberRole", "member { role }", JsonObject.of("userId", idOf(editor), "role", "VIEWER"));

            user.createItem(JsonObject.of("name", "Milk"));

            isOff(id);
        }

        @Test
        void is_no_more_than_the_token_that_gave_it() {
            JsonObject made = user.mutate(
                    "createApiToken",
                    "token apiToken { id }",
                    JsonObject.of("name", "program", "scopes", JsonArray.of("WEBHOOKS_WRITE", "ITEMS_READ")));
            User program = new User(NODE, "", made.getString("token"));
            program.mutate("createWebhook", "secret", input(NAMES, "ITEM_CREATED"));
            String id = user.query("{ webhooks { id } }")
                    .getJsonArray("webhooks")
                    .getJsonObject(0)
                    .getString("id");
            user.mutate(
                    "revokeApiToken",
                    "changed",
                    JsonObject.of("id", made.getJsonObject("apiToken").getString("id")));

            user.createItem(JsonObject.of("name", "Milk"));

            isOff(id);
            assertThat(webhook(user, id, "deliveries { totalCount }"))
                    .isEqualTo(JsonObject.of("deliveries", JsonObject.of("totalCount", 0)));
        }

        @Test
        void is_whoever_leads_it_elsewhere() {
            String id = created("{ reports { nodes { id } } }", "ITEM_CREATED");
            User program = new User(NODE, "", token(user, "WEBHOOKS_WRITE", "WEBHOOKS_READ", "ITEMS_READ"));
            JsonObject elsewhere = JsonObject.of("id", id, "url", receiver.url() + "2");

            JsonObject answer = program.answer(
                    "mutation ($input: UpdateWebhookInput!) { updateWebhook(input: $input) { changed } }",
                    JsonObject.of("input", elsewhere));

            assertThat(answer.getJsonArray("errors")
                            .getJsonObject(0)
                            .getJsonObject("extensions")
                            .getString("code"))
                    .isEqualTo("FORBIDDEN");
            assertThat(program.mutate(
                                    "updateWebhook",
                                    "changed webhook { query }",
                                    elsewhere.copy().putNull("query"))
                            .getJsonObject("webhook"))
                    .isEqualTo(new JsonObject().putNull("query"));
        }
    }

    @Nested
    class UpdateWebhook {

        @Test
        void gives_another_query_or_the_usual_payload_again() {
            String id = created(NAMES, "ITEM_CREATED");
            JsonObject input = JsonObject.of("id", id, "query", "query ($id: ID!) { item(id: $id) { unit } }");
            user.mutate("updateWebhook", "changed", input);
            user.createItem(JsonObject.of("name", "Milk", "unit", "l"));
            assertThat(receiver.next().data()).isEqualTo(JsonObject.of("item", JsonObject.of("unit", "l")));

            assertThat(user.refusals("updateWebhook", JsonObject.of("id", id, "query", "{ nothing }")))
                    .containsExactly("INVALID input.query");
            user.mutate("updateWebhook", "changed", JsonObject.of("id", id, "description", "still asks"));
            assertThat(webhook(user, id, "query")).isEqualTo(JsonObject.of("query", input.getString("query")));

            user.mutate(
                    "updateWebhook", "changed", new JsonObject().put("id", id).putNull("query"));
            user.createItem(JsonObject.of("name", "Cream"));
            assertThat(receiver.next().data().getJsonObject("item").getString("name"))
                    .isEqualTo("Cream");
        }
    }

    @Nested
    class ADelivery {

        @Test
        void that_was_not_taken_comes_again_as_it_was_and_so_does_one_that_is_asked_for() {
            String id = created(NAMES, "ITEM_CREATED");
            receiver.answers(500);
            String milk = user.createItem(JsonObject.of("name", "Milk"));
            String first = receiver.next().body();
            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "name", "Oat milk"));
            receiver.answers(204);
            pauseEnds();

            assertThat(receiver.next().body()).isEqualTo(first).contains("\"Milk\"");
            eventually(
                    id,
                    "deliveries(state: DELIVERED) { totalCount }",
                    JsonObject.of("deliveries", JsonObject.of("totalCount", 1)));
            String delivery = webhook(user, id, "deliveries { nodes { id } }")
                    .getJsonObject("deliveries")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");
            user.mutate("redeliverWebhook", "webhookDelivery { id }", JsonObject.of("id", delivery));
            assertThat(receiver.next().body()).isEqualTo(first);
        }

        @Test
        void that_is_replayed_is_answered_anew() {
            String id = created(NAMES, "ITEM_CREATED");
            String milk = user.createItem(JsonObject.of("name", "Milk"));
            Receiver.Got first = receiver.next();
            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "name", "Oat milk"));

            user.mutate("replayWebhook", "webhook { id }", JsonObject.of("id", id, "after", "0"));

            Receiver.Got again = receiver.next();
            assertThat(again.header("webhook-id")).isEqualTo(first.header("webhook-id"));
            assertThat(again.data()).isEqualTo(item("Oat milk"));
        }
    }

    @Nested
    class SendTestEvent {

        @Test
        void asks_the_query_about_the_latest_event_and_tells_nothing_where_there_is_none() {
            String id = created(NAMES, "ITEM_DELETED", "ITEM_CREATED");
            user.mutate("sendTestEvent", "webhookDelivery { id }", JsonObject.of("id", id));
            Receiver.Got nothing = receiver.next();
            assertThat(nothing.type()).isEqualTo("webhook.test");
            assertThat(nothing.json().getValue("data")).isNull();

            user.createItem(JsonObject.of("name", "Milk"));
            receiver.next();
            user.mutate("sendTestEvent", "webhookDelivery { id }", JsonObject.of("id", id));
            Receiver.Got test = receiver.next();
            assertThat(test.type()).isEqualTo("webhook.test");
            assertThat(test.data()).isEqualTo(item("Milk"));
        }
    }
}
