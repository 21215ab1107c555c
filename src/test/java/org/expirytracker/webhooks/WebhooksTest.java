package org.expirytracker.webhooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.expirytracker.TestApi.each;

import com.icegreen.greenmail.util.GreenMail;
import com.icegreen.greenmail.util.ServerSetup;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.administration.KeyRotation;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.outbound.Receiver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Webhooks as their users have them: by the API, to a real receiver. On a database whose nodes may ask this machine. */
@Timeout(60)
@ProvenRoom("product")
class WebhooksTest {

    private static final DatabaseUrl URL = TestDatabase.freshMigrated();
    private static final Stock STOCK = new Stock(URL);
    private static final GreenMail MAIL = mail();
    private static final TestApi NODE = start();

    private final Receiver receiver = new Receiver();
    private final User user = NODE.newUser(Noon.ZONE);

    private static GreenMail mail() {
        GreenMail mail = new GreenMail(ServerSetup.SMTP.dynamicPort());
        mail.start();
        return mail;
    }

    private static TestApi start() {
        return TestApi.start(
                URL,
                Map.of(
                        "EXPIRY_WEBHOOK_ALLOW",
                        "127.0.0.1",
                        "EXPIRY_TURN_INTERVAL_SECONDS",
                        "1",
                        "EXPIRY_REGISTRATION",
                        "open",
                        "EXPIRY_SMTP_URL",
                        "smtp://127.0.0.1:" + MAIL.getSmtp().getPort() + "?starttls=disabled",
                        "EXPIRY_MAIL_FROM",
                        "no-reply@example.org",
                        "EXPIRY_PUBLIC_URL",
                        "https://expiry.example.org"));
    }

    @AfterAll
    static void stop() throws IOException {
        NODE.close();
        MAIL.stop();
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    private JsonObject input(String... events) {
        return JsonObject.of("url", receiver.url(), "events", new JsonArray(List.of((Object[]) events)));
    }

    private JsonObject create(JsonObject input) {
        return user.mutate("createWebhook", "secret webhook { id cursor }", input);
    }

    private String created(String... events) {
        return create(input(events)).getJsonObject("webhook").getString("id");
    }

    private JsonObject webhook(String id, String selection) {
        return user.query("query ($id: ID!) { webhook(id: $id) { %s } }".formatted(selection), JsonObject.of("id", id))
                .getJsonObject("webhook");
    }

    private JsonArray deliveries(String id, String selection) {
        return webhook(id, "deliveries { nodes { %s } }".formatted(selection))
                .getJsonObject("deliveries")
                .getJsonArray("nodes");
    }

    private void eventually(String id, String selection, JsonObject expected) {
        Instant patience = Instant.now().plusSeconds(20);
        JsonObject found = webhook(id, selection);
        while (!found.equals(expected) && Instant.now().isBefore(patience)) {
            found = webhook(id, selection);
        }
        assertThat(found).isEqualTo(expected);
    }

    private void itemsNamed(String... names) {
        for (String name : names) {
            user.createItem(JsonObject.of("name", name));
        }
    }

    private static String nameOf(Receiver.Got got) {
        return got.data().getJsonObject("item").getString("name");
    }

    /** Whether the signatures are those of these secrets. */
    private static boolean isSignedBy(Receiver.Got got, String... secrets) {
        String expected = WebhookSecret.signatures(
                Stream.of(secrets)
                        .map(secret -> Base64.getDecoder().decode(secret.substring("whsec_".length())))
                        .toList(),
                got.header("webhook-id"),
                Long.parseLong(got.header("webhook-timestamp")),
                got.body());
        return expected.equals(got.header("webhook-signature"));
    }

    /** The pause after a failure is over. */
    private static void pauseEnds() {
        STOCK.run("UPDATE webhooks SET retry_at = now() WHERE retry_at IS NOT NULL");
        STOCK.run("UPDATE jobs SET due_at = now() WHERE kind = 'webhook' AND claim_id IS NULL");
    }

    @Nested
    class CreateWebhook {

        @Test
        void shows_the_secret_once_and_keeps_it_encrypted() {
            JsonObject payload = create(input("ITEM_CREATED").put("description", "to the ERP"));
            String secret = payload.getString("secret");

            assertThat(secret).startsWith("whsec_");
            assertThat(webhook(
                            payload.getJsonObject("webhook").getString("id"),
                            "url description events status filter { categoryIds locations statuses } version"))
                    .isEqualTo(JsonObject.of(
                            "url",
                            receiver.url(),
                            "description",
                            "to the ERP",
                            "events",
                            JsonArray.of("ITEM_CREATED"),
                            "status",
                            "ACTIVE",
                            "filter",
                            new JsonObject()
                                    .putNull("categoryIds")
                                    .putNull("locations")
                                    .putNull("statuses"),
                            "version",
                            1));
            assertThat(STOCK.column("SELECT encode(secret, 'escape') FROM webhooks WHERE url = ?", receiver.url()))
                    .noneMatch(kept -> Objects.requireNonNull(kept).contains(secret));
        }

        @Test
        void names_what_is_wrong_at_its_place() {
            assertThat(user.refusals(
                            "createWebhook",
                            JsonObject.of(
                                    "url",
                                    "https://10.0.0.1/",
                                    "events",
                                    JsonArray.of("WEBHOOK_TEST"),
                                    "filter",
                                    JsonObject.of("categoryIds", JsonArray.of("none")))))
                    .containsExactlyInAnyOrder(
                            "INVALID input.url", "INVALID input.events", "NOT_FOUND input.filter.categoryIds");
            assertThat(user.refusals("createWebhook", input())).containsExactly("INVALID input.events");
            assertThat(user.attempt("createWebhook", "@idempotent(key: \"k\")", "secret", input("ITEM_CREATED"))
                            .getJsonArray("userErrors"))
                    .hasSize(1);
        }

        @Test
        void refuses_more_than_twenty() {
            IntStream.range(0, 20).forEach(each -> created("ITEM_CREATED"));

            assertThat(user.refusals("createWebhook", input("ITEM_CREATED"))).containsExactly("CONFLICT ");
        }

        private String token(String... scopes) {
            return user.mutate(
                            "createApiToken",
                            "token",
                            JsonObject.of("name", "program", "scopes", new JsonArray(List.of((Object[]) scopes))))
                    .getString("token");
        }

        private String codeFor(User asking, String event) {
            JsonArray errors = asking.answer(
                            "mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { secret } }",
                            JsonObject.of("input", input(event)))
                    .getJsonArray("errors");
            return errors == null
                    ? ""
                    : errors.getJsonObject(0).getJsonObject("extensions").getString("code");
        }

        @Test
        void lets_a_token_have_told_only_what_it_may_read() {
            User program = new User(NODE, "", token("WEBHOOKS_WRITE", "ITEMS_READ"));

            assertThat(codeFor(program, "ITEM_CREATED")).isEmpty();
            assertThat(codeFor(program, "REPORT_READY")).isEqualTo("FORBIDDEN");
            assertThat(codeFor(program, "MEMBER_JOINED")).isEqualTo("FORBIDDEN");
            assertThat(codeFor(new User(NODE, "", token("ITEMS_WRITE")), "ITEM_CREATED"))
                    .isEqualTo("FORBIDDEN");
        }

        @Test
        void is_not_for_viewers_who_see_no_webhooks_either() {
            String id = created("MEMBER_INVITED", "MEMBER_JOINED");
            String inventory = user.query("{ currentInventory { id } }")
                    .getJsonObject("currentInventory")
                    .getString("id");
            String code = user.mutate("inviteMember", "code", JsonObject.of("inventoryId", inventory, "role", "VIEWER"))
                    .getString("code");
            User viewer = NODE.newUser();
            viewer.mutate("acceptInvitation", "inventory { id }", JsonObject.of("code", code));
            User there = viewer.in(inventory);

            assertThat(codeFor(there, "ITEM_CREATED")).isEqualTo("FORBIDDEN");
            assertThat(there.answer("{ webhooks { url } }", new JsonObject()).containsKey("errors"))
                    .isTrue();
            assertThat(there.query("query ($id: ID!) { node(id: $id) { id } }", JsonObject.of("id", id))
                            .getValue("node"))
                    .isNull();
            List<Receiver.Got> told = receiver.next(2);
            assertThat(told).extracting(Receiver.Got::type).containsExactly("member.invited", "member.joined");
            assertThat(told.getLast().data().getJsonObject("member").getString("username"))
                    .isEqualTo(viewer.name());
        }

        @Test
        void of_another_inventory_is_not_found() {
            String id = created("ITEM_CREATED");
            User stranger = NODE.newUser();

            assertThat(stranger.query("{ webhooks { id } }").getJsonArray("webhooks"))
                    .isEmpty();
            for (String mutation : List.of("deleteWebhook", "rotateWebhookSecret", "sendTestEvent", "updateWebhook")) {
                assertThat(stranger.refusals(mutation, JsonObject.of("id", id))).containsExactly("NOT_FOUND input.id");
            }
        }
    }

    @Nested
    class ADelivery {

        @Test
        void tells_in_order_what_happens_to_items_and_is_signed() {
            JsonObject payload = create(input("ITEM_CREATED", "ITEM_UPDATED", "ITEM_TAKEN_OUT", "ITEM_DELETED"));

            String milk = user.createItem(JsonObject.of("name", "Milk", "quantity", "2.50", "location", "Fridge"));
            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "name", "Oat milk"));
            user.mutate(
                    "takeOut",
                    "item { id }",
                    JsonObject.of("itemId", milk, "quantity", 1, "outcome", "USED", "note", "tea"));
            user.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));

            List<Receiver.Got> told = receiver.next(4);
            assertThat(told)
                    .extracting(Receiver.Got::type)
                    .containsExactly("item.created", "item.updated", "item.taken_out", "item.deleted");
            assertThat(told).allMatch(got -> isSignedBy(got, payload.getString("secret")));
            assertThat(told).extracting(got -> got.header("webhook-id")).doesNotHaveDuplicates();
            JsonObject first = told.getFirst().json();
            assertThat(first.fieldNames())
                    .containsExactly("type", "timestamp", "version", "inventoryId", "cursor", "by", "data");
            assertThat(first.getInteger("version")).isEqualTo(1);
            assertThat(first.getJsonObject("by").getString("actor")).isEqualTo("USER");
            JsonObject item = first.getJsonObject("data").getJsonObject("item");
            assertThat(item.getString("id")).isEqualTo(milk);
            assertThat(item.getString("quantity")).isEqualTo("2.5");
            assertThat(item.getString("status")).isEqualTo("UNDATED");
            assertThat(told.get(1).data().getJsonObject("previous").getString("name"))
                    .isEqualTo("Milk");
            assertThat(nameOf(told.get(1))).isEqualTo("Oat milk");
            assertThat(told.get(2).data().getJsonObject("takeOut"))
                    .isEqualTo(JsonObject.of("quantity", "1", "value", "0", "outcome", "USED", "note", "tea"));
            assertThat(nameOf(told.get(3))).isEqualTo("Oat milk");
        }

        @Test
        void tells_of_dates_notifications_and_reports() {
            created("ITEM_EXPIRING", "ITEM_EXPIRED", "NOTIFICATION_CREATED", "REPORT_READY");

            String soon = user.createItem(JsonObject.of("name", "Cream", "expiryDate", Noon.inDays(1)));
            user.createItem(JsonObject.of("name", "Old", "expiryDate", Noon.inDays(-1)));
            user.mutate("generateReport", "report { id }", new JsonObject());

            List<Receiver.Got> told = receiver.next(5);
            assertThat(told)
                    .extracting(Receiver.Got::type)
                    .containsExactly(
                            "item.expiring",
                            "notification.created",
                            "item.expired",
                            "notification.created",
                            "report.ready");
            assertThat(told.getFirst().data().getString("itemId")).isEqualTo(soon);
            assertThat(nameOf(told.getFirst())).isEqualTo("Cream");
            assertThat(told.get(1).data().getJsonObject("notification").getString("kind"))
                    .isEqualTo("EXPIRING_SOON");
            assertThat(told.get(4).data().getJsonObject("report").getInteger("totalItems"))
                    .isEqualTo(2);
        }

        @Test
        void tells_only_of_items_that_meet_every_condition_before_or_after() {
            String dairy = user.createCategory("Dairy");
            create(input("ITEM_CREATED", "ITEM_UPDATED")
                    .put(
                            "filter",
                            JsonObject.of("categoryIds", JsonArray.of(dairy), "locations", JsonArray.of("FRIDGE"))));

            itemsNamed("Rice");
            user.createItem(JsonObject.of("name", "Butter", "categoryId", dairy, "location", "Cellar"));
            String milk = user.createItem(JsonObject.of("name", "Milk", "categoryId", dairy, "location", "fridge"));
            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "location", "Table"));
            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "name", "Oat milk"));
            user.mutate("updateItem", "item { id }", JsonObject.of("id", milk, "location", "Fridge"));

            List<Receiver.Got> told = receiver.next(3);
            assertThat(told)
                    .extracting(got -> got.data().getJsonObject("item").getString("location"))
                    .containsExactly("fridge", "Table", "Fridge");
        }

        @Test
        void is_in_the_list_with_its_answer() {
            String id = created("ITEM_CREATED");
            receiver.answers(request -> request.response().setStatusCode(202).end("thanks"));
            itemsNamed("Milk");
            String body = receiver.next().body();

            eventually(
                    id,
                    "deliveries { totalCount nodes { event state attempts statusCode answer body } }",
                    JsonObject.of(
                            "deliveries",
                            JsonObject.of(
                                    "totalCount",
                                    1,
                                    "nodes",
                                    JsonArray.of(JsonObject.of(
                                            "event",
                                            "ITEM_CREATED",
                                            "state",
                                            "DELIVERED",
                                            "attempts",
                                            1,
                                            "statusCode",
                                            202,
                                            "answer",
                                            "thanks",
                                            "body",
                                            body)))));
        }

        @Test
        void is_made_once_however_many_nodes_there_are() throws IOException {
            created("ITEM_CREATED");
            try (TestApi other = start()) {
                User elsewhere = user.on(other);
                for (int item = 0; item < 30; item++) {
                    (item % 2 == 0 ? user : elsewhere).createItem(JsonObject.of("name", "item " + item));
                }
                assertThat(receiver.next(30))
                        .extracting(WebhooksTest::nameOf)
                        .containsExactlyElementsOf(IntStream.range(0, 30)
                                .mapToObj(item -> "item " + item)
                                .toList());
            }
            assertThat(receiver.waiting()).isZero();
        }

        /** As after kill -9: the receiver had it, and the claim of the node that sent it runs out. */
        @Test
        void that_nobody_has_noted_comes_again_under_the_same_id() {
            String id = created("ITEM_CREATED");
            itemsNamed("Milk");
            Receiver.Got first = receiver.next();
            eventually(id, "deliveries(state: PENDING) { totalCount }", counted(0));

            STOCK.run(
                    "UPDATE webhook_deliveries SET state = 'PENDING', attempts = 0 WHERE event_id = ?",
                    first.header("webhook-id"));
            STOCK.run(
                    "INSERT INTO jobs (tenant_id, kind, object_id, due_at, claim_id, tries)"
                            + " SELECT user_id, 'webhook', id, now(), gen_random_uuid(), 1 FROM webhooks WHERE url = ?"
                            + " ON CONFLICT (tenant_id, kind, object_id) DO UPDATE SET due_at = now(), claim_id = excluded.claim_id",
                    receiver.url());

            Receiver.Got again = receiver.next();
            assertThat(again.header("webhook-id")).isEqualTo(first.header("webhook-id"));
            assertThat(again.body()).isEqualTo(first.body());
        }

        private static JsonObject counted(int amount) {
            return JsonObject.of("deliveries", JsonObject.of("totalCount", amount));
        }
    }

    @Nested
    class AReceiver {

        @Test
        void that_fails_gets_the_same_again_before_anything_else() {
            String id = created("ITEM_CREATED");
            receiver.answers(500);
            itemsNamed("Milk");
            Receiver.Got failed = receiver.next();
            eventually(id, "status", JsonObject.of("status", "FAILING"));
            itemsNamed("Cream", "Rice");

            receiver.answers(204);
            pauseEnds();

            List<Receiver.Got> told = receiver.next(3);
            assertThat(told).extracting(WebhooksTest::nameOf).containsExactly("Milk", "Cream", "Rice");
            assertThat(told.getFirst().header("webhook-id")).isEqualTo(failed.header("webhook-id"));
            eventually(
                    id,
                    "status failingSince nextAttemptAt",
                    JsonObject.of("status", "ACTIVE").putNull("failingSince").putNull("nextAttemptAt"));
        }

        @Test
        void that_takes_nothing_for_three_days_is_switched_off_and_loses_nothing() {
            String id = created("ITEM_CREATED");
            receiver.answers(500);
            itemsNamed("Milk");
            receiver.next();
            eventually(id, "status", JsonObject.of("status", "FAILING"));

            STOCK.run("UPDATE users SET email_verified = true WHERE username = ?", user.name());
            STOCK.run(
                    "UPDATE webhooks SET failing_since = now() - interval '3 days 1 minute' WHERE url = ?",
                    receiver.url());
            pauseEnds();

            receiver.next();
            eventually(id, "status offBecause", JsonObject.of("status", "OFF", "offBecause", "FAILED"));
            JsonObject notification = user.query("{ notifications { nodes { kind title message } } }")
                    .getJsonObject("notifications")
                    .getJsonArray("nodes")
                    .getJsonObject(0);
            assertThat(notification.getString("kind")).isEqualTo("SYSTEM");
            assertThat(notification.getString("message")).contains("127.0.0.1", "500");
            assertThat(MAIL.waitForIncomingEmail(20_000, 1)).isTrue();
            assertThat(MAIL.getReceivedMessages())
                    .singleElement()
                    .satisfies(mail -> assertThat(String.valueOf(mail.getAllRecipients()[0]))
                            .isEqualTo(user.name() + "@example.org"));
            itemsNamed("Cream");

            receiver.answers(204);
            user.mutate("updateWebhook", "webhook { status }", JsonObject.of("id", id, "active", true));

            assertThat(receiver.next(2)).extracting(WebhooksTest::nameOf).containsExactly("Milk", "Cream");
        }

        @Test
        void that_is_gone_is_switched_off_at_once() {
            String id = created("ITEM_CREATED");
            receiver.answers(410);

            itemsNamed("Milk");

            eventually(id, "status offBecause", JsonObject.of("status", "OFF", "offBecause", "GONE"));
        }
    }

    @Nested
    class UpdateWebhook {

        @Test
        void changes_what_is_given_and_leaves_the_rest() {
            String id = created("ITEM_CREATED");

            JsonObject payload = user.mutate(
                    "updateWebhook",
                    "changed webhook { events description url status version }",
                    JsonObject.of(
                            "id", id, "events", JsonArray.of("ITEM_DELETED"), "description", "x", "active", false));

            assertThat(payload.getBoolean("changed")).isTrue();
            assertThat(payload.getJsonObject("webhook"))
                    .isEqualTo(JsonObject.of(
                            "events",
                            JsonArray.of("ITEM_DELETED"),
                            "description",
                            "x",
                            "url",
                            receiver.url(),
                            "status",
                            "OFF",
                            "version",
                            2));
            assertThat(user.mutate("updateWebhook", "changed", JsonObject.of("id", id, "description", "x"))
                            .getBoolean("changed"))
                    .isFalse();
            assertThat(user.refusals("updateWebhook", JsonObject.of("id", id, "expectedVersion", 1)))
                    .containsExactly("STALE_VERSION input.expectedVersion");
        }
    }

    @Nested
    class DeleteWebhook {

        @Test
        void takes_its_deliveries_along() {
            String id = created("ITEM_CREATED");
            itemsNamed("Milk");
            receiver.next();

            user.mutate("deleteWebhook", "deletedId", JsonObject.of("id", id));

            assertThat(user.query("{ webhooks { id } }").getJsonArray("webhooks"))
                    .isEmpty();
            assertThat(each(
                            user.query(
                                            "{ activities(filter: {kind: [WEBHOOK_CREATED, WEBHOOK_DELETED]}) { nodes { kind stateBefore { ... on WebhookState { origin } } } } }")
                                    .getJsonObject("activities")
                                    .getJsonArray("nodes"),
                            "kind"))
                    .containsExactly("WEBHOOK_DELETED", "WEBHOOK_CREATED");
        }
    }

    @Nested
    class RotateWebhookSecret {

        @Test
        void has_both_secrets_sign_for_a_while() {
            JsonObject payload = create(input("ITEM_CREATED"));
            String id = payload.getJsonObject("webhook").getString("id");
            String former = payload.getString("secret");

            String secret = user.mutate("rotateWebhookSecret", "secret", JsonObject.of("id", id))
                    .getString("secret");
            itemsNamed("Milk");
            assertThat(isSignedBy(receiver.next(), secret, former)).isTrue();

            STOCK.run("UPDATE webhooks SET former_until = now() WHERE url = ?", receiver.url());
            itemsNamed("Cream");
            assertThat(isSignedBy(receiver.next(), secret)).isTrue();

            String last = user.mutate("rotateWebhookSecret", "secret", JsonObject.of("id", id, "keepFormerHours", 0))
                    .getString("secret");
            itemsNamed("Rice");
            assertThat(isSignedBy(receiver.next(), last)).isTrue();
        }
    }

    @Nested
    class SendTestEvent {

        @Test
        void sends_it_even_where_nothing_else_is_told_and_tries_once() {
            String id = created("ITEM_CREATED");
            user.mutate("updateWebhook", "webhook { id }", JsonObject.of("id", id, "active", false));
            receiver.answers(500);

            String delivery = user.mutate("sendTestEvent", "webhookDelivery { id }", JsonObject.of("id", id))
                    .getJsonObject("webhookDelivery")
                    .getString("id");

            Receiver.Got test = receiver.next();
            assertThat(test.type()).isEqualTo("webhook.test");
            assertThat(test.data().getString("webhookId")).isEqualTo(id);
            eventually(
                    id,
                    "status deliveries { nodes { id state } }",
                    JsonObject.of(
                            "status",
                            "OFF",
                            "deliveries",
                            JsonObject.of("nodes", JsonArray.of(JsonObject.of("id", delivery, "state", "FAILED")))));
        }
    }

    @Nested
    class RedeliverWebhook {

        @Test
        void sends_the_same_once_more() {
            String id = created("ITEM_CREATED");
            itemsNamed("Milk");
            Receiver.Got first = receiver.next();
            String delivery = deliveries(id, "id").getJsonObject(0).getString("id");
            eventually(
                    id,
                    "deliveries(state: DELIVERED) { totalCount }",
                    JsonObject.of("deliveries", JsonObject.of("totalCount", 1)));

            user.mutate("redeliverWebhook", "webhookDelivery { id }", JsonObject.of("id", delivery));

            Receiver.Got again = receiver.next();
            assertThat(again.body()).isEqualTo(first.body());
            assertThat(again.header("webhook-id")).isEqualTo(first.header("webhook-id"));
            eventually(
                    id,
                    "deliveries { nodes { id attempts state } }",
                    JsonObject.of(
                            "deliveries",
                            JsonObject.of(
                                    "nodes",
                                    JsonArray.of(JsonObject.of("id", delivery, "attempts", 2, "state", "DELIVERED")))));
        }
    }

    @Nested
    class ReplayWebhook {

        @Test
        void tells_again_what_happened_after_an_activity_under_the_same_ids() {
            JsonObject payload = create(input("ITEM_CREATED"));
            JsonObject webhook = payload.getJsonObject("webhook");
            itemsNamed("Milk", "Cream", "Rice");
            List<Receiver.Got> told = receiver.next(3);

            user.mutate(
                    "replayWebhook",
                    "webhook { id }",
                    JsonObject.of(
                            "id",
                            webhook.getString("id"),
                            "after",
                            told.getFirst().json().getString("cursor")));

            assertThat(receiver.next(2))
                    .extracting(got -> got.header("webhook-id"))
                    .containsExactly(
                            told.get(1).header("webhook-id"), told.get(2).header("webhook-id"));
            for (String wrong : List.of("999999999", "-1", "x", "")) {
                assertThat(user.refusals("replayWebhook", JsonObject.of("id", webhook.getString("id"), "after", wrong)))
                        .containsExactly("INVALID input.after");
            }
        }
    }

    @Nested
    class ARestoredCopy {

        @Test
        void tells_nothing_of_before_again_and_everything_from_then_on() {
            String id = created("ITEM_CREATED");
            itemsNamed("Milk");
            receiver.next();
            eventually(
                    id,
                    "deliveries(state: DELIVERED) { totalCount }",
                    JsonObject.of("deliveries", JsonObject.of("totalCount", 1)));
            user.mutate("updateWebhook", "webhook { id }", JsonObject.of("id", id, "active", false));
            itemsNamed("Cream");

            STOCK.run(ActivityLog.AFTER_RESTORE.sql());
            Webhooks.AFTER_RESTORE.subList(0, 2).forEach(each -> STOCK.run(each.sql()));
            user.mutate("updateWebhook", "webhook { id }", JsonObject.of("id", id, "active", true));
            itemsNamed("Rice");

            assertThat(nameOf(receiver.next())).isEqualTo("Rice");
        }
    }

    @Nested
    class Keys {

        @Test
        void are_exchanged_for_present_and_former_secrets() throws IOException {
            JsonObject payload = create(input("ITEM_CREATED"));
            String id = payload.getJsonObject("webhook").getString("id");
            String secret = user.mutate("rotateWebhookSecret", "secret", JsonObject.of("id", id))
                    .getString("secret");
            Vertx vertx = Vertx.vertx();
            Database database = new Database(vertx, URL.connectOptions(), 3);
            var old = SecretKeys.key(TestApi.SECRET_KEY);
            var fresh = SecretKeys.newKey();
            SecretKeys there = new SecretKeys(vertx, () -> List.of(fresh, old));
            SecretKeys back = new SecretKeys(vertx, () -> List.of(old, fresh));

            KeyRotation rotation = new KeyRotation(database, there, Webhooks.ENCRYPTED);
            assertThat(rotation.run(done -> {}).await().unreadable()).isEmpty();
            assertThat(rotation.countByKey().await()).containsOnlyKeys(there.currentId());
            rotation = new KeyRotation(database, back, Webhooks.ENCRYPTED);
            assertThat(rotation.run(done -> {}).await().unreadable()).isEmpty();
            assertThat(rotation.countByKey().await()).containsOnlyKeys(back.currentId());

            itemsNamed("Milk");
            assertThat(isSignedBy(receiver.next(), secret, payload.getString("secret")))
                    .isTrue();
            database.close().await();
            vertx.close().await();
        }
    }

    @Nested
    class AnInventoryWithoutWebhooks {

        @Test
        void has_no_job_and_no_delivery() {
            itemsNamed("Milk");
            Set<Object> before = new HashSet<>(STOCK.column("SELECT object_id FROM jobs WHERE kind = 'webhook'"));

            assertThat(before).isSubsetOf(STOCK.column("SELECT id FROM webhooks"));
        }
    }
}
