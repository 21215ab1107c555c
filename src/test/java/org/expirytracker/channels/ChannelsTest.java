package org.expirytracker.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Secrets;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.expirytracker.administration.KeyRotation;
import org.expirytracker.credentials.SecretKeys;
import org.expirytracker.db.Database;
import org.expirytracker.db.DatabaseUrl;
import org.expirytracker.outbound.Receiver;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Channels as their users have them: by the API, to a real receiver. On a database whose nodes may ask this machine. */
@Timeout(60)
@ProvenRoom("product")
class ChannelsTest {

    private static final String TOKEN = Secrets.remember("tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2");
    private static final String BOT = Secrets.remember("110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw");
    private static final DatabaseUrl URL = TestDatabase.freshMigrated();
    private static final Stock STOCK = new Stock(URL);
    private static final TestApi NODE = start();

    private final Receiver receiver = new Receiver();
    private final User user = NODE.newUser(Noon.ZONE);

    private static TestApi start() {
        return TestApi.start(
                URL,
                Map.of(
                        "EXPIRY_WEBHOOK_ALLOW",
                        "127.0.0.1",
                        "EXPIRY_TURN_INTERVAL_SECONDS",
                        "1",
                        "EXPIRY_PUBLIC_URL",
                        "https://expiry.example.org"));
    }

    @AfterAll
    static void stop() throws IOException {
        NODE.close();
    }

    @AfterEach
    void close() {
        receiver.close();
    }

    private String server() {
        return "http://127.0.0.1:" + receiver.port();
    }

    private JsonObject ntfy() {
        return JsonObject.of(
                "name", "Phone", "ntfy", JsonObject.of("url", server(), "topic", "kitchen", "token", TOKEN));
    }

    private String created(JsonObject input) {
        return user.mutate("createChannel", "channel { id }", input)
                .getJsonObject("channel")
                .getString("id");
    }

    private JsonObject channel(String selection) {
        return user.query("{ channels { %s } }".formatted(selection))
                .getJsonArray("channels")
                .getJsonObject(0);
    }

    private void eventually(String selection, JsonObject expected) {
        Instant patience = Instant.now().plusSeconds(20);
        JsonObject found = channel(selection);
        while (!found.equals(expected) && Instant.now().isBefore(patience)) {
            found = channel(selection);
        }
        assertThat(found).isEqualTo(expected);
    }

    private static JsonObject expiring(String name, int days) {
        return JsonObject.of("name", name, "expiryDate", Noon.inDays(days));
    }

    private static String titleOf(Receiver.Got got) {
        return got.json().getString("title");
    }

    /** The pause after a failure is over. */
    private static void pauseEnds() {
        STOCK.run("UPDATE channels SET retry_at = now() WHERE retry_at IS NOT NULL");
        STOCK.run("UPDATE jobs SET due_at = now() WHERE kind = 'channel' AND claim_id IS NULL");
    }

    @Nested
    class ByNtfy {

        @Test
        void publishes_json_to_the_topic_with_token_priority_tags_and_a_link() {
            created(ntfy());

            String milk = user.createItem(expiring("Milk", 1));

            Receiver.Got got = receiver.next();
            assertThat(got.method() + " " + got.path()).isEqualTo("POST /");
            assertThat(got.header("authorization")).isEqualTo("Bearer " + TOKEN);
            assertThat(got.header("content-type")).isEqualTo("application/json");
            assertThat(got.json())
                    .isEqualTo(JsonObject.of(
                            "topic",
                            "kitchen",
                            "title",
                            "Milk expires on " + Noon.inDays(1),
                            "message",
                            "You have 1 pcs of Milk. Its last good day is tomorrow, %s.".formatted(Noon.inDays(1)),
                            "priority",
                            3,
                            "tags",
                            JsonArray.of("hourglass_flowing_sand"),
                            "click",
                            "https://expiry.example.org/#/items/" + milk));
        }

        @Test
        void takes_priority_and_tags_as_they_are_set() {
            JsonObject input = ntfy();
            input.getJsonObject("ntfy").put("priority", 5).put("tags", JsonArray.of("cheese"));
            created(input);

            user.createItem(expiring("Brie", -1));

            JsonObject sent = receiver.next().json();
            assertThat(sent.getInteger("priority")).isEqualTo(5);
            assertThat(sent.getJsonArray("tags")).containsExactly("cheese");
        }
    }

    @Nested
    class ByGotify {

        @Test
        void pushes_a_message_of_the_application() {
            created(JsonObject.of("name", "Desk", "gotify", JsonObject.of("url", server() + "/push/", "token", TOKEN)));

            String old = user.createItem(expiring("Old", -1));

            Receiver.Got got = receiver.next();
            assertThat(got.method() + " " + got.path()).isEqualTo("POST /push/message");
            assertThat(got.header("x-gotify-key")).isEqualTo(TOKEN);
            assertThat(titleOf(got)).isEqualTo("Old expired on " + Noon.inDays(-1));
            assertThat(got.json().getInteger("priority")).isEqualTo(8);
            assertThat(got.json().getJsonObject("extras"))
                    .isEqualTo(JsonObject.of(
                            "client::notification",
                            JsonObject.of("click", JsonObject.of("url", "https://expiry.example.org/#/items/" + old))));
        }
    }

    @Nested
    class ByTelegram {

        @Test
        void has_the_bot_send_a_message_to_the_chat() {
            created(JsonObject.of(
                    "name",
                    "Family",
                    "telegram",
                    JsonObject.of("url", server(), "token", BOT, "chatId", "-1001234567890")));

            String milk = user.createItem(expiring("Milk", 0));

            Receiver.Got got = receiver.next();
            assertThat(got.method() + " " + got.path()).isEqualTo("POST /bot" + BOT + "/sendMessage");
            assertThat(got.json().getString("chat_id")).isEqualTo("-1001234567890");
            assertThat(got.json().getString("text"))
                    .startsWith("Milk expires today\n\nYou have 1 pcs of Milk.")
                    .endsWith("\n\nhttps://expiry.example.org/#/items/" + milk);
        }
    }

    @Nested
    class ByTemplate {

        @Test
        void fills_in_each_value_as_its_place_needs_it() {
            created(JsonObject.of(
                    "name",
                    "Hook",
                    "template",
                    JsonObject.of(
                            "method",
                            "PUT",
                            "url",
                            server() + "/hook?item={item}&days={days}",
                            "headers",
                            JsonArray.of(
                                    JsonObject.of("name", "X-Title", "value", "{item}"),
                                    JsonObject.of("name", "Authorization", "value", "Bearer " + TOKEN)),
                            "body",
                            "{\"text\": \"{item}: {date}, {kind}, {count}, {link}\", \"id\": \"{id}\"}")));

            String id = user.createItem(expiring("Crème & \"Käse\" {title}", 2));

            Receiver.Got got = receiver.next();
            assertThat(got.method()).isEqualTo("PUT");
            assertThat(URLDecoder.decode(got.path(), StandardCharsets.UTF_8))
                    .isEqualTo("/hook?item=Crème & \"Käse\" {title}&days=2");
            assertThat(got.path()).contains("%20%26%20%22");
            assertThat(got.header("x-title")).startsWith("=?UTF-8?B?Q3LDqG1l");
            assertThat(got.header("authorization")).isEqualTo("Bearer " + TOKEN);
            assertThat(got.json().getString("text"))
                    .isEqualTo("Crème & \"Käse\" {title}: %s, EXPIRING_SOON, 1, https://expiry.example.org/#/items/%s"
                            .formatted(Noon.inDays(2), id));
            assertThat(got.json().getString("id")).isEqualTo(got.header("idempotency-key"));
        }

        @Test
        void sends_forms_and_requests_without_a_body() {
            created(JsonObject.of(
                    "name",
                    "Form",
                    "template",
                    JsonObject.of(
                            "url",
                            server() + "/form",
                            "headers",
                            JsonArray.of(JsonObject.of(
                                    "name", "content-type", "value", "application/x-www-form-urlencoded")),
                            "body",
                            "item={item}&to=me")));
            user.createItem(expiring("A&B", 1));
            assertThat(receiver.next().body()).isEqualTo("item=A%26B&to=me");

            user.mutate(
                    "updateChannel",
                    "channel { version }",
                    JsonObject.of(
                            "id",
                            channel("id").getString("id"),
                            "template",
                            JsonObject.of("method", "GET", "url", server() + "/get/{item}")));
            user.createItem(expiring("Tea", 1));
            Receiver.Got got = receiver.next();
            assertThat(got.method() + " " + got.path() + got.body()).isEqualTo("GET /get/Tea");
        }
    }

    @Nested
    class AMessage {

        @Test
        void of_many_at_once_is_one() {
            created(ntfy());

            user.createItems(expiring("A", 1), expiring("B", 2), expiring("C", 3), expiring("D", 4));

            Receiver.Got got = receiver.next();
            assertThat(titleOf(got)).isEqualTo("4 things have come due");
            assertThat(got.json().getString("message"))
                    .startsWith("- A expires on " + Noon.inDays(1))
                    .contains("- D expires on ");
            assertThat(got.json().getString("click")).isEqualTo("https://expiry.example.org/#/notifications");
            eventually(
                    "status lastError recentDeliveries { title state attempts statusCode test }",
                    JsonObject.of("status", "ACTIVE")
                            .putNull("lastError")
                            .put(
                                    "recentDeliveries",
                                    JsonArray.of(JsonObject.of(
                                            "title",
                                            "4 things have come due",
                                            "state",
                                            "DELIVERED",
                                            "attempts",
                                            1,
                                            "statusCode",
                                            204,
                                            "test",
                                            false))));
            assertThat(channel("lastDeliveredAt").getString("lastDeliveredAt")).isNotNull();
        }

        @Test
        void is_of_the_chosen_kinds_alone() {
            created(ntfy().put("notificationKinds", JsonArray.of("EXPIRED")));

            user.createItem(expiring("Soon", 1));
            user.createItem(expiring("Past", -2));

            assertThat(titleOf(receiver.next())).isEqualTo("Past expired on " + Noon.inDays(-2));
            assertThat(receiver.waiting()).isZero();
        }

        @Test
        void comes_of_every_inventory_of_a_member() {
            created(ntfy());
            User other = NODE.newUser(Noon.ZONE);
            String inventory = other.query("{ currentInventory { id } }")
                    .getJsonObject("currentInventory")
                    .getString("id");
            other.createItem(expiring("Before", 1));
            String code = other.mutate(
                            "inviteMember", "code", JsonObject.of("inventoryId", inventory, "role", "VIEWER"))
                    .getString("code");
            user.mutate("acceptInvitation", "inventory { id }", JsonObject.of("code", code));

            other.createItem(expiring("Theirs", 1));

            assertThat(titleOf(receiver.next())).isEqualTo("Theirs expires on " + Noon.inDays(1));
        }

        @Test
        void of_a_day_follows_the_turn_of_the_day() {
            created(ntfy().put("rhythm", "DAILY"));
            user.createItem(expiring("A", 1));
            user.createItem(expiring("B", 2));

            STOCK.run(
                    "UPDATE inventories SET last_day = current_date WHERE id = (SELECT id FROM users WHERE username = ?)",
                    user.name());
            STOCK.run(
                    "UPDATE channels SET day = current_date - 1 WHERE user_id = (SELECT id FROM users WHERE username = ?)",
                    user.name());
            user.createItem(JsonObject.of("name", "Rice"));

            assertThat(titleOf(receiver.next())).isEqualTo("2 things have come due");
            user.createItem(expiring("C", 3));
            eventually(
                    "recentDeliveries { state }",
                    JsonObject.of("recentDeliveries", JsonArray.of(JsonObject.of("state", "DELIVERED"))));
        }

        @Test
        void waits_for_the_end_of_quiet_hours() {
            int hour = LocalTime.now(ZoneId.of(Noon.ZONE)).getHour();
            user.mutate(
                    "updateReminders",
                    "reminders { digest }",
                    JsonObject.of("quietHours", JsonObject.of("from", hour, "to", (hour + 3) % 24)));
            created(ntfy());
            user.createItem(expiring("Milk", 1));
            Instant patience = Instant.now().plusSeconds(20);
            while (postponed().isEmpty() && Instant.now().isBefore(patience)) {
                Thread.onSpinWait();
            }
            assertThat(postponed()).hasSize(1);
            assertThat(receiver.waiting()).isZero();

            user.mutate("updateReminders", "reminders { digest }", new JsonObject().putNull("quietHours"));
            pauseEnds();

            assertThat(titleOf(receiver.next())).startsWith("Milk");
        }

        private List<@Nullable String> postponed() {
            return STOCK.column(
                    "SELECT object_id::text FROM jobs WHERE kind = 'channel' AND due_at > now() + interval '1 hour'"
                            + " AND tenant_id = (SELECT id FROM users WHERE username = ?)",
                    user.name());
        }

        @Test
        void is_sent_once_however_many_nodes_there_are() throws IOException {
            created(ntfy());
            try (TestApi other = start()) {
                User elsewhere = user.on(other);
                for (int item = 0; item < 10; item++) {
                    (item % 2 == 0 ? user : elsewhere).createItem(expiring("item " + item, 1));
                    assertThat(titleOf(receiver.next())).startsWith("item " + item);
                }
            }
            assertThat(receiver.waiting()).isZero();
        }

        /** As after kill -9: the receiver had it, and the claim of the node that sent it runs out. */
        @Test
        void that_nobody_has_noted_comes_again_under_the_same_id() {
            created(ntfy());
            user.createItem(expiring("Milk", 1));
            Receiver.Got first = receiver.next();
            eventually(
                    "recentDeliveries { state }",
                    JsonObject.of("recentDeliveries", JsonArray.of(JsonObject.of("state", "DELIVERED"))));

            STOCK.run(
                    "UPDATE channel_deliveries SET state = 'PENDING' WHERE id = ?::uuid",
                    first.header("idempotency-key"));
            user.createItem(JsonObject.of("name", "Rice"));

            Receiver.Got again = receiver.next();
            assertThat(again.header("idempotency-key")).isEqualTo(first.header("idempotency-key"));
            assertThat(again.body()).isEqualTo(first.body());
        }
    }

    @Nested
    class AReceiver {

        @Test
        void that_fails_gets_the_same_again_and_then_what_came_meanwhile() {
            created(ntfy());
            receiver.answers(503);
            user.createItem(expiring("Milk", 1));
            Receiver.Got failed = receiver.next();
            eventually("status lastError", JsonObject.of("status", "FAILING", "lastError", "Status 503: status 503"));
            user.createItem(expiring("Cream", 2));

            receiver.answers(200);
            pauseEnds();

            List<Receiver.Got> told = receiver.next(2);
            assertThat(told)
                    .extracting(ChannelsTest::titleOf)
                    .containsExactly("Milk expires on " + Noon.inDays(1), "Cream expires on " + Noon.inDays(2));
            assertThat(told.getFirst().header("idempotency-key")).isEqualTo(failed.header("idempotency-key"));
            eventually(
                    "status failingSince lastError nextAttemptAt",
                    JsonObject.of("status", "ACTIVE")
                            .putNull("failingSince")
                            .putNull("lastError")
                            .putNull("nextAttemptAt"));
        }

        @Test
        void that_takes_nothing_for_three_days_ends_it_with_a_notification() {
            String id = created(ntfy());
            receiver.answers(401);
            user.createItem(expiring("Milk", 1));
            receiver.next();
            eventually("status", JsonObject.of("status", "FAILING"));
            STOCK.run(
                    "UPDATE channels SET failing_since = now() - interval '3 days 1 minute' WHERE user_id ="
                            + " (SELECT id FROM users WHERE username = ?)",
                    user.name());
            pauseEnds();

            receiver.next();
            eventually("status offBecause", JsonObject.of("status", "OFF", "offBecause", "FAILED"));
            assertThat(user.query("{ notifications(filter: {kind: [SYSTEM]}) { nodes { message } } }")
                            .getJsonObject("notifications")
                            .getJsonArray("nodes")
                            .getJsonObject(0)
                            .getString("message"))
                    .contains("Phone", "401");

            receiver.answers(200);
            user.mutate("updateChannel", "channel { status }", JsonObject.of("id", id, "active", true));
            user.createItem(expiring("Cream", 2));

            assertThat(titleOf(receiver.next())).startsWith("Cream");
        }
    }

    @Nested
    class TestChannel {

        @Test
        void says_what_the_receiver_said() {
            String id = created(ntfy());
            receiver.answers(
                    request -> request.response().setStatusCode(403).end("{\"code\":40301,\"error\":\"forbidden\"}"));

            JsonObject refused = user.mutate(
                    "testChannel", "delivered statusCode answer channel { status lastError }", JsonObject.of("id", id));

            assertThat(refused)
                    .isEqualTo(JsonObject.of(
                            "delivered",
                            false,
                            "statusCode",
                            403,
                            "answer",
                            "{\"code\":40301,\"error\":\"forbidden\"}",
                            "channel",
                            JsonObject.of(
                                    "status",
                                    "ACTIVE",
                                    "lastError",
                                    "Status 403: {\"code\":40301,\"error\":\"forbidden\"}"),
                            "userErrors",
                            new JsonArray()));
            assertThat(titleOf(receiver.next())).isEqualTo("Expiry Tracker: a test");

            receiver.answers(200);
            assertThat(user.mutate(
                            "testChannel",
                            "delivered channel { lastError recentDeliveries { test state } }",
                            JsonObject.of("id", id)))
                    .isEqualTo(JsonObject.of(
                            "delivered",
                            true,
                            "userErrors",
                            new JsonArray(),
                            "channel",
                            new JsonObject()
                                    .putNull("lastError")
                                    .put(
                                            "recentDeliveries",
                                            JsonArray.of(
                                                    JsonObject.of("test", true, "state", "DELIVERED"),
                                                    JsonObject.of("test", true, "state", "FAILED")))));
        }

        @Test
        void says_why_nothing_was_said() {
            String id = created(ntfy());
            receiver.close();

            assertThat(user.mutate("testChannel", "delivered statusCode answer", JsonObject.of("id", id))
                            .getString("answer"))
                    .contains("refused");
        }
    }

    @Nested
    class CreateChannel {

        @Test
        void keeps_where_it_leads_encrypted_and_shows_only_the_origin() {
            created(ntfy());

            assertThat(channel("name kind origin notificationKinds rhythm status version"))
                    .isEqualTo(JsonObject.of(
                            "name",
                            "Phone",
                            "kind",
                            "NTFY",
                            "origin",
                            server(),
                            "notificationKinds",
                            JsonArray.of("EXPIRING_SOON", "EXPIRED", "SYSTEM"),
                            "rhythm",
                            "AT_ONCE",
                            "status",
                            "ACTIVE",
                            "version",
                            1));
            assertThat(STOCK.column("SELECT encode(secret, 'escape') FROM channels"))
                    .noneMatch(kept -> Objects.requireNonNull(kept).contains("kitchen"));
            String export = user.query("{ exportMyData }").encode();
            assertThat(export).contains("Phone", "(kept, not shown)").doesNotContain("kitchen");
        }

        @Test
        void names_what_is_wrong_at_its_place() {
            assertThat(user.refusals("createChannel", JsonObject.of("name", "x")))
                    .containsExactly("INVALID input.ntfy");
            assertThat(user.refusals(
                            "createChannel", ntfy().put("gotify", JsonObject.of("url", server(), "token", TOKEN))))
                    .containsExactly("INVALID input.gotify");
            assertThat(user.refusals(
                            "createChannel",
                            JsonObject.of(
                                    "name",
                                    " ",
                                    "notificationKinds",
                                    new JsonArray(),
                                    "ntfy",
                                    JsonObject.of("url", "https://10.0.0.1", "topic", "a b", "priority", 6))))
                    .containsExactlyInAnyOrder(
                            "INVALID input.name",
                            "INVALID input.notificationKinds",
                            "INVALID input.ntfy.url",
                            "INVALID input.ntfy.topic",
                            "INVALID input.ntfy.priority");
            assertThat(user.refusals(
                            "createChannel",
                            JsonObject.of(
                                    "name",
                                    "x",
                                    "template",
                                    JsonObject.of(
                                            "url",
                                            "https://{item}.example.org/{what}",
                                            "headers",
                                            JsonArray.of(
                                                    JsonObject.of("name", "host", "value", "x"),
                                                    JsonObject.of("name", "x", "value", "a\nb")),
                                            "body",
                                            "{\"days\": {days}}"))))
                    .containsExactlyInAnyOrder(
                            "INVALID input.template.url",
                            "INVALID input.template.url",
                            "INVALID input.template.headers.0.name",
                            "INVALID input.template.headers.1.value",
                            "INVALID input.template.body");
        }

        @Test
        void refuses_more_than_ten() {
            IntStream.range(0, 10).forEach(each -> created(ntfy()));

            assertThat(user.refusals("createChannel", ntfy())).containsExactly("CONFLICT ");
        }

        @Test
        void of_another_user_is_not_found() {
            String id = created(ntfy());
            User stranger = NODE.newUser();

            assertThat(stranger.query("{ channels { id } }").getJsonArray("channels"))
                    .isEmpty();
            for (String mutation : List.of("updateChannel", "deleteChannel", "testChannel")) {
                assertThat(stranger.refusals(mutation, JsonObject.of("id", id))).containsExactly("NOT_FOUND input.id");
            }
        }
    }

    @Nested
    class UpdateChannel {

        @Test
        void changes_what_is_given_and_leaves_the_rest() {
            String id = created(ntfy());

            assertThat(user.mutate(
                            "updateChannel",
                            "changed channel { name kind origin status offBecause version }",
                            JsonObject.of("id", id, "name", "Tablet", "active", false)))
                    .isEqualTo(JsonObject.of(
                            "changed",
                            true,
                            "userErrors",
                            new JsonArray(),
                            "channel",
                            JsonObject.of(
                                    "name",
                                    "Tablet",
                                    "kind",
                                    "NTFY",
                                    "origin",
                                    server(),
                                    "status",
                                    "OFF",
                                    "offBecause",
                                    "USER",
                                    "version",
                                    2)));
            assertThat(user.mutate("updateChannel", "changed", JsonObject.of("id", id, "name", "Tablet"))
                            .getBoolean("changed"))
                    .isFalse();
            assertThat(user.refusals("updateChannel", JsonObject.of("id", id, "expectedVersion", 1)))
                    .containsExactly("STALE_VERSION input.expectedVersion");
        }
    }

    @Nested
    class DeleteChannel {

        @Test
        void leaves_a_trace_in_the_log_without_secrets() {
            String id = created(ntfy());

            user.mutate("deleteChannel", "deletedId", JsonObject.of("id", id));

            assertThat(user.query("{ channels { id } }").getJsonArray("channels"))
                    .isEmpty();
            assertThat(user.query(
                                    "{ activities(first: 1) { nodes { kind stateBefore { ... on ChannelState { name origin } } } } }")
                            .getJsonObject("activities")
                            .getJsonArray("nodes")
                            .getJsonObject(0))
                    .isEqualTo(JsonObject.of(
                            "kind",
                            "CHANNEL_DELETED",
                            "stateBefore",
                            JsonObject.of("name", "Phone", "origin", server())));
        }
    }

    @Nested
    class ARestoredCopy {

        @Test
        void tells_nothing_of_before_again_and_everything_from_then_on() {
            String id = created(ntfy());
            user.mutate("updateChannel", "channel { id }", JsonObject.of("id", id, "active", false));
            user.createItem(expiring("Milk", 1));

            Channels.AFTER_RESTORE.subList(0, 2).forEach(each -> STOCK.run(each.sql()));
            STOCK.run("UPDATE channels SET off_because = NULL");
            user.createItem(expiring("Cream", 1));

            assertThat(titleOf(receiver.next())).startsWith("Cream");
            assertThat(receiver.waiting()).isZero();
        }
    }

    @Nested
    class Keys {

        @Test
        void are_exchanged() throws IOException {
            created(ntfy());
            Vertx vertx = Vertx.vertx();
            Database database = new Database(vertx, URL.connectOptions(), 3);
            var old = SecretKeys.key(TestApi.SECRET_KEY);
            var fresh = SecretKeys.newKey();
            SecretKeys there = new SecretKeys(vertx, () -> List.of(fresh, old));
            SecretKeys back = new SecretKeys(vertx, () -> List.of(old, fresh));

            for (SecretKeys keys : List.of(there, back)) {
                KeyRotation rotation = new KeyRotation(database, keys, List.of(Channels.ENCRYPTED));
                assertThat(rotation.run(done -> {}).await().unreadable()).isEmpty();
                assertThat(rotation.countByKey().await()).containsOnlyKeys(keys.currentId());
            }
            database.close().await();
            vertx.close().await();

            user.createItem(expiring("Milk", 1));
            assertThat(receiver.next().header("authorization")).isEqualTo("Bearer " + TOKEN);
        }
    }
}
