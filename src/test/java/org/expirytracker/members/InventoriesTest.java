package org.expirytracker.members;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.expirytracker.Noon;
import org.expirytracker.ProvenRoom;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestApi.Events;
import org.expirytracker.TestApi.User;
import org.expirytracker.TestDatabase;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Inventories, and who shares them. */
@ProvenRoom("product")
class InventoriesTest {

    private static final TestApi NODE = TestApi.node();
    private static final Stock STOCK = new Stock(TestDatabase.migrated());

    private final User owner = NODE.newUser("Europe/Paris");

    private static String own(User user) {
        return user.query("{ currentInventory { id } }")
                .getJsonObject("currentInventory")
                .getString("id");
    }

    private String shop() {
        return owner.mutate("createInventory", "inventory { id }", JsonObject.of("name", "Shop", "currency", "EUR"))
                .getJsonObject("inventory")
                .getString("id");
    }

    private String invite(String inventory, String role) {
        return owner.mutate("inviteMember", "code", JsonObject.of("inventoryId", inventory, "role", role))
                .getString("code");
    }

    /** Somebody else who has become a member, acting there. */
    private User member(String inventory, String role) {
        User user = NODE.newUser();
        user.mutate("acceptInvitation", "inventory { id }", JsonObject.of("code", invite(inventory, role)));
        return user.in(inventory);
    }

    private static String id(User user) {
        return user.in("").query("{ viewer { id } }").getJsonObject("viewer").getString("id");
    }

    private static List<Object> names(User user) {
        return TestApi.each(
                user.query("{ items { nodes { name } } }")
                        .getJsonObject("items")
                        .getJsonArray("nodes"),
                "name");
    }

    private static String error(JsonObject answer) {
        JsonArray errors = answer.getJsonArray("errors");
        return errors == null
                ? ""
                : errors.getJsonObject(0).getJsonObject("extensions").getString("code");
    }

    @Nested
    class Own {

        @Test
        void is_there_from_registration_on_with_the_days_of_its_owner() {
            JsonObject own = owner.query(
                            "{ inventories { id name own role currency timeZone leadDays turnHour version } }")
                    .getJsonArray("inventories")
                    .getJsonObject(0);

            assertThat(own.getString("name")).isEqualTo(owner.name() + "'s inventory");
            assertThat(own.getBoolean("own")).isTrue();
            assertThat(own.getString("role")).isEqualTo("OWNER");
            assertThat(own.getString("currency")).isNull();
            assertThat(own.getString("timeZone")).isEqualTo("Europe/Paris");
            assertThat(own.getInteger("leadDays")).isEqualTo(30);
            assertThat(own.getInteger("turnHour")).isZero();
        }

        @Test
        void has_the_time_zone_lead_days_and_hour_of_the_profile_whichever_is_changed() {
            owner.mutate("updateProfile", "viewer { id }", JsonObject.of("timeZone", "Asia/Tokyo", "leadDays", 5));
            assertThat(owner.query("{ currentInventory { timeZone leadDays turnHour } }")
                            .getJsonObject("currentInventory"))
                    .isEqualTo(JsonObject.of("timeZone", "Asia/Tokyo", "leadDays", 5, "turnHour", 0));

            owner.mutate("updateInventory", "changed", JsonObject.of("timeZone", "UTC", "leadDays", 9, "turnHour", 7));
            assertThat(owner.query("{ viewer { timeZone leadDays turnHour } }").getJsonObject("viewer"))
                    .isEqualTo(JsonObject.of("timeZone", "UTC", "leadDays", 9, "turnHour", 7));
        }

        @Test
        void can_neither_be_deleted_nor_handed_on_nor_left() {
            String own = own(owner);
            User other = member(own, "EDITOR");

            assertThat(owner.refusals("deleteInventory", JsonObject.of("inventoryId", own)))
                    .containsExactly("CONFLICT ");
            assertThat(owner.refusals("transferInventory", JsonObject.of("userId", id(other))))
                    .containsExactly("CONFLICT ");
            assertThat(owner.refusals("leaveInventory", JsonObject.of("inventoryId", own)))
                    .containsExactly("CONFLICT ");
        }
    }

    @Nested
    class Another {

        @Test
        void is_a_tenant_of_its_own() {
            String shop = shop();
            owner.createItem(JsonObject.of("name", "at home"));
            String sold = owner.in(shop).createItem(JsonObject.of("name", "to sell"));

            assertThat(names(owner)).containsExactly("at home");
            assertThat(names(owner.in(shop))).containsExactly("to sell");
            assertThat(owner.query("query ($id: ID!) { item(id: $id) { name } }", JsonObject.of("id", sold))
                            .getValue("item"))
                    .isNull();
            assertThat(owner.refusals("deleteItem", JsonObject.of("id", sold))).containsExactly("NOT_FOUND input.id");
        }

        @Test
        void has_the_settings_that_are_given_and_takes_over_the_others() {
            JsonObject made = owner.mutate(
                            "createInventory",
                            "inventory { name currency timeZone leadDays turnHour own role members { username role } }",
                            JsonObject.of("name", "Flat", "leadDays", 3))
                    .getJsonObject("inventory");

            assertThat(made)
                    .isEqualTo(new JsonObject()
                            .put("name", "Flat")
                            .putNull("currency")
                            .put("timeZone", "Europe/Paris")
                            .put("leadDays", 3)
                            .put("turnHour", 0)
                            .put("own", false)
                            .put("role", "OWNER")
                            .put("members", JsonArray.of(JsonObject.of("username", owner.name(), "role", "OWNER"))));
        }

        @Test
        void refuses_what_is_no_currency_no_name_and_no_time_zone() {
            assertThat(owner.refusals("createInventory", JsonObject.of("name", "", "currency", "EURO", "leadDays", -1)))
                    .containsExactlyInAnyOrder(
                            "INVALID input.name", "INVALID input.currency", "INVALID input.leadDays");
            assertThat(owner.refusals("createInventory", JsonObject.of("name", "x", "currency", "-1")))
                    .containsExactly("INVALID input.currency");
        }

        @Test
        void is_made_once_however_often_the_same_request_comes() {
            JsonObject input = JsonObject.of("name", "Once");
            String first = owner.attempt("createInventory", "@idempotent(key: \"k\")", "inventory { id }", input)
                    .encode();

            assertThat(owner.attempt("createInventory", "@idempotent(key: \"k\")", "inventory { id }", input)
                            .encode())
                    .isEqualTo(first);
            assertThat(owner.query("{ inventories { name } }").getJsonArray("inventories"))
                    .hasSize(2);
        }

        @Test
        void takes_no_answer_that_was_kept_for_another_inventory() {
            JsonObject input = JsonObject.of("name", "Milk");
            User atTheShop = owner.in(shop());
            owner.attempt("createItem", "@idempotent(key: \"k\")", "item { id }", input);

            JsonObject refused = atTheShop.attempt("createItem", "@idempotent(key: \"k\")", "item { id }", input);

            assertThat(refused.getJsonArray("userErrors").getJsonObject(0).getString("code"))
                    .isEqualTo("IDEMPOTENCY_KEY_REUSED");
            assertThat(names(atTheShop)).isEmpty();
        }

        @Test
        void changes_the_lead_days_in_force_of_what_is_in_it_and_of_nothing_else() {
            String shop = shop();
            owner.createItem(JsonObject.of("name", "at home"));
            owner.in(shop).createItem(JsonObject.of("name", "to sell"));

            owner.mutate("updateInventory", "changed", JsonObject.of("inventoryId", shop, "leadDays", 2));

            String leadDays = "{ items { nodes { leadDays } } }";
            assertThat(owner.in(shop).query(leadDays).encode()).contains("\"leadDays\":2");
            assertThat(owner.query(leadDays).encode()).contains("\"leadDays\":30");
        }

        @Test
        void turns_its_own_day() {
            String shop = owner.mutate(
                            "createInventory",
                            "inventory { id }",
                            JsonObject.of("name", "Far", "timeZone", "Pacific/Auckland"))
                    .getJsonObject("inventory")
                    .getString("id");
            try (Events reports = owner.in(shop).subscribe("subscription { reportReady { totalItems } }")) {
                owner.in(shop).createItem(JsonObject.of("name", "kiwi"));
                STOCK.run(
                        "UPDATE inventories SET next_day_at = now() - interval '1 minute' WHERE owner_id ="
                                + " (SELECT id FROM users WHERE username = ?) AND id <> owner_id",
                        owner.name());

                assertThat(reports.next()).isEqualTo(JsonObject.of("reportReady", JsonObject.of("totalItems", 1)));
            }
            assertThat(owner.query("{ reports { totalCount } }")
                            .getJsonObject("reports")
                            .getInteger("totalCount"))
                    .isZero();
        }

        @Test
        void is_deleted_with_everything_in_it_by_its_owner_alone() {
            String shop = shop();
            User editor = member(shop, "EDITOR");
            editor.createItem(JsonObject.of("name", "to sell"));

            assertThat(error(editor.in("")
                            .answer(
                                    "mutation ($input: DeleteInventoryInput!) { deleteInventory(input: $input) { deletedId } }",
                                    JsonObject.of("input", JsonObject.of("inventoryId", shop)))))
                    .isEqualTo("FORBIDDEN");
            assertThat(owner.mutate("deleteInventory", "deletedId", JsonObject.of("inventoryId", shop))
                            .getString("deletedId"))
                    .isEqualTo(shop);
            assertThat(owner.query("{ inventories { id } }").getJsonArray("inventories"))
                    .hasSize(1);
            assertThat(owner.query("{ activities(first: 1) { nodes { kind subjectId } } }")
                            .encode())
                    .contains("INVENTORY_DELETED", shop);
        }
    }

    @Nested
    class AnInvitation {

        @Test
        void is_mailed_only_for_whoever_has_confirmed_an_address_of_their_own() {
            String shop = shop();
            JsonObject input = JsonObject.of("inventoryId", shop, "role", "EDITOR", "email", "friend@example.org");

            assertThat(owner.refusals("inviteMember", input)).containsExactly("CONFLICT input.email");
            STOCK.run("UPDATE users SET email_verified = true WHERE username = ?", owner.name());
            JsonObject invited = owner.mutate("inviteMember", "code link invitation { role email }", input);
            assertThat(invited.getString("link")).endsWith("/#invitation=" + invited.getString("code"));
            assertThat(invited.getJsonObject("invitation"))
                    .isEqualTo(JsonObject.of("role", "EDITOR", "email", "friend@example.org"));
        }

        @Test
        void can_be_withdrawn_and_is_seen_by_the_owner_alone() {
            String shop = shop();
            User viewer = member(shop, "VIEWER");
            String code = invite(shop, "EDITOR");
            String waiting = "{ currentInventory { invitations { invitationId role } } }";
            JsonArray seen = owner.in(shop)
                    .query(waiting)
                    .getJsonObject("currentInventory")
                    .getJsonArray("invitations");

            assertThat(seen).hasSize(1);
            assertThat(viewer.query(waiting).getJsonObject("currentInventory").getJsonArray("invitations"))
                    .isEmpty();
            JsonObject which = JsonObject.of(
                    "inventoryId", shop, "invitationId", seen.getJsonObject(0).getString("invitationId"));
            assertThat(owner.mutate("revokeInvitation", "changed", which).getBoolean("changed"))
                    .isTrue();
            assertThat(owner.mutate("revokeInvitation", "changed", which).getBoolean("changed"))
                    .isFalse();
            assertThat(NODE.newUser().refusals("acceptInvitation", JsonObject.of("code", code)))
                    .containsExactly("NOT_FOUND input.code");
        }

        @Test
        void is_good_for_seven_days() {
            String shop = shop();
            String code = invite(shop, "EDITOR");
            STOCK.run(
                    "UPDATE invitations SET expires_at = now() WHERE inventory_id IN"
                            + " (SELECT id FROM inventories WHERE name = 'Shop' AND owner_id ="
                            + " (SELECT id FROM users WHERE username = ?))",
                    owner.name());

            assertThat(NODE.newUser().refusals("acceptInvitation", JsonObject.of("code", code)))
                    .containsExactly("NOT_FOUND input.code");
        }
    }

    @Nested
    class AMember {

        @Test
        void is_whoever_accepts_an_invitation_once() {
            String shop = shop();
            String code = invite(shop, "EDITOR");
            User friend = NODE.newUser();
            User late = NODE.newUser();

            assertThat(error(friend.in(shop).answer("{ items { totalCount } }", new JsonObject())))
                    .isEqualTo("FORBIDDEN");
            friend.mutate("acceptInvitation", "inventory { name role }", JsonObject.of("code", code));
            assertThat(late.refusals("acceptInvitation", JsonObject.of("code", code)))
                    .containsExactly("NOT_FOUND input.code");

            friend.in(shop).createItem(JsonObject.of("name", "theirs"));
            assertThat(names(owner.in(shop))).containsExactly("theirs");
            assertThat(friend.query("{ inventories { name role own } }")
                            .getJsonArray("inventories")
                            .getJsonObject(1))
                    .isEqualTo(JsonObject.of("name", "Shop", "role", "EDITOR", "own", false));
        }

        @Test
        void is_named_by_the_activities_that_they_caused() {
            String shop = shop();
            User friend = member(shop, "EDITOR");
            friend.createItem(JsonObject.of("name", "theirs"));
            owner.in(shop).createItem(JsonObject.of("name", "mine"));

            assertThat(owner.in(shop)
                            .query(
                                    "{ activities(first: 4, filter: { kind: [ITEM_CREATED, MEMBER_JOINED] }) { nodes { kind memberName } } }")
                            .getJsonObject("activities")
                            .getJsonArray("nodes"))
                    .containsExactly(
                            JsonObject.of("kind", "ITEM_CREATED", "memberName", owner.name()),
                            JsonObject.of("kind", "ITEM_CREATED", "memberName", friend.name()),
                            JsonObject.of("kind", "MEMBER_JOINED", "memberName", friend.name()));
        }

        @Test
        void never_sees_what_happens_to_the_account_of_the_owner() {
            String own = own(owner);
            User friend = member(own, "EDITOR");
            JsonObject registered = owner.query("{ activities(last: 1) { nodes { id kind } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0);

            assertThat(registered.getString("kind")).isEqualTo("ACCOUNT_REGISTERED");
            assertThat(friend.query("{ activities(first: 100) { nodes { kind } } }")
                            .encode())
                    .contains("MEMBER_JOINED")
                    .doesNotContain("ACCOUNT_", "API_TOKEN_");
            assertThat(friend.query(
                                    "{ activities(filter: { kind: [ACCOUNT_REGISTERED, REMINDERS_UPDATED, ITEM_CREATED] })"
                                            + " { totalCount nodes { kind } } }")
                            .getJsonObject("activities"))
                    .isEqualTo(JsonObject.of("totalCount", 0, "nodes", new JsonArray()));
            assertThat(friend.query(
                                    "query ($id: ID!) { node(id: $id) { id } }",
                                    JsonObject.of("id", registered.getString("id")))
                            .getValue("node"))
                    .isNull();
            try (Events all = friend.subscribe("subscription { activity { kind } }");
                    Events account = friend.subscribe(
                            "subscription { activity(kind: [ACCOUNT_UPDATED, ITEM_CREATED]) { kind } }")) {
                owner.mutate("updateProfile", "viewer { id }", JsonObject.of("leadDays", 7));
                owner.createItem(JsonObject.of("name", "seen"));

                assertThat(all.next()).isEqualTo(JsonObject.of("activity", JsonObject.of("kind", "ITEM_CREATED")));
                assertThat(account.next()).isEqualTo(JsonObject.of("activity", JsonObject.of("kind", "ITEM_CREATED")));
            }
        }

        @Test
        void who_is_a_viewer_reads_and_changes_nothing() {
            String shop = shop();
            owner.in(shop).createItem(JsonObject.of("name", "to sell"));
            User viewer = member(shop, "VIEWER");

            assertThat(names(viewer)).containsExactly("to sell");
            assertThat(error(viewer.answer(
                            "mutation { createItem(input: { name: \"x\" }) { item { id } } }", new JsonObject())))
                    .isEqualTo("FORBIDDEN");
            assertThat(error(viewer.answer(
                            "mutation { generateReport(input: {}) { report { id } } }", new JsonObject())))
                    .isEqualTo("FORBIDDEN");
            // At home they may do what they like.
            viewer.in("").createItem(JsonObject.of("name", "at home"));
        }

        @Test
        void who_becomes_an_editor_may_write_within_a_second() {
            String shop = shop();
            User friend = member(shop, "VIEWER");

            assertThat(owner.mutate(
                                    "changeMemberRole",
                                    "member { role }",
                                    JsonObject.of("inventoryId", shop, "userId", id(friend), "role", "EDITOR"))
                            .getJsonObject("member")
                            .getString("role"))
                    .isEqualTo("EDITOR");
            friend.createItem(JsonObject.of("name", "now"));
        }

        @Test
        void who_is_removed_loses_access_tokens_and_sockets() {
            String shop = shop();
            User friend = member(shop, "EDITOR");
            String token = friend.mutate(
                            "createApiToken", "token", JsonObject.of("name", "t", "scopes", JsonArray.of("ITEMS_READ")))
                    .getString("token");
            User program = new User(NODE, "program", token);
            assertThat(program.query("{ currentInventory { id } items { totalCount } }")
                            .getJsonObject("currentInventory")
                            .getString("id"))
                    .isEqualTo(shop);
            try (Events items = friend.subscribe("subscription { itemChanged { action } }")) {
                owner.mutate("removeMember", "changed", JsonObject.of("inventoryId", shop, "userId", id(friend)));

                assertThat(error(friend.answer("{ items { totalCount } }", new JsonObject())))
                        .isEqualTo("FORBIDDEN");
                assertThat(error(program.answer("{ items { totalCount } }", new JsonObject())))
                        .isEqualTo("UNAUTHENTICATED");
                assertThat(items.closeCode(Duration.ofSeconds(10))).isEqualTo(4403);
            }
        }

        @Test
        void may_leave() {
            String shop = shop();
            User friend = member(shop, "EDITOR");

            friend.mutate("leaveInventory", "changed", JsonObject.of("inventoryId", shop));

            assertThat(error(friend.answer("{ items { totalCount } }", new JsonObject())))
                    .isEqualTo("FORBIDDEN");
            assertThat(owner.query("{ inventories { name members { username } } }")
                            .encode())
                    .doesNotContain(friend.name());
        }

        @Test
        void may_become_the_owner_and_the_owner_stays_as_an_editor() {
            String shop = shop();
            User friend = member(shop, "VIEWER");

            owner.mutate(
                    "transferInventory",
                    "inventory { role }",
                    JsonObject.of("inventoryId", shop, "userId", id(friend)));

            assertThat(friend.query("{ currentInventory { role } }")
                            .getJsonObject("currentInventory")
                            .getString("role"))
                    .isEqualTo("OWNER");
            assertThat(owner.in(shop)
                            .query("{ currentInventory { role } }")
                            .getJsonObject("currentInventory")
                            .getString("role"))
                    .isEqualTo("EDITOR");
            assertThat(owner.in(shop).query("{ items { totalCount } }")).isNotNull();
        }

        @Test
        void keeps_the_owners_account_from_being_deleted_under_them() {
            String shop = shop();
            User friend = member(shop, "EDITOR");
            JsonObject password = JsonObject.of("password", TestApi.PASSWORD);

            assertThat(owner.refusals("deleteAccount", password)).containsExactly("CONFLICT ");
            friend.mutate("leaveInventory", "changed", JsonObject.of("inventoryId", shop));
            owner.mutate("deleteAccount", "deletedId", password);
            assertThat(
                            STOCK.column(
                                    "SELECT name FROM inventories WHERE name = 'Shop' AND owner_id NOT IN (SELECT id FROM users)"))
                    .isEmpty();
        }
    }

    /** What is said of things that several people hold together. */
    @Nested
    class Notifications {

        private static final String SEEN =
                "{ notifications { unreadCount nodes { id title status readAt resolution item { notifications(first: 5) { unreadCount } } } } }";
        private static final String MARKED = "notification { status } changed";

        private JsonObject seen(User user) {
            return user.query(SEEN).getJsonObject("notifications");
        }

        private int unread(User user) {
            return seen(user).getInteger("unreadCount");
        }

        private JsonObject only(User user) {
            JsonObject notification = seen(user).getJsonArray("nodes").getJsonObject(0);
            assertThat(notification.getString("status")).isEqualTo(unread(user) == 0 ? "READ" : "UNREAD");
            assertThat(notification.getString("readAt") == null).isEqualTo(unread(user) == 1);
            assertThat(notification
                            .getJsonObject("item")
                            .getJsonObject("notifications")
                            .getInteger("unreadCount"))
                    .isEqualTo(unread(user));
            return notification;
        }

        private JsonObject id(User user) {
            return JsonObject.of("id", only(user).getString("id"));
        }

        private void expire(User user) {
            user.createItem(JsonObject.of("name", "milk", "expiryDate", Noon.inDays(-1)));
        }

        @Test
        void are_read_by_each_member_for_themselves_also_by_a_viewer() {
            String shop = shop();
            User viewer = member(shop, "VIEWER");
            User atTheShop = owner.in(shop);
            expire(atTheShop);

            assertThat(viewer.mutate("markNotificationRead", MARKED, id(viewer)).encode())
                    .contains("\"status\":\"READ\"", "\"changed\":true");
            assertThat(viewer.mutate("markNotificationRead", MARKED, id(viewer)).getBoolean("changed"))
                    .isFalse();
            assertThat(List.of(unread(viewer), unread(atTheShop))).containsExactly(0, 1);
            JsonObject upTo =
                    JsonObject.of("upTo", Instant.now().plusSeconds(60).toString());
            assertThat(atTheShop
                            .mutate("markAllNotificationsRead", "markedCount", upTo)
                            .getInteger("markedCount"))
                    .isEqualTo(1);
            viewer.mutate("markNotificationUnread", MARKED, id(viewer));
            assertThat(List.of(unread(viewer), unread(atTheShop))).containsExactly(1, 0);
            assertThat(viewer.mutate("markAllNotificationsRead", "markedCount", upTo)
                            .getInteger("markedCount"))
                    .isEqualTo(1);
            assertThat(viewer.mutate("markAllNotificationsRead", "markedCount", upTo)
                            .getInteger("markedCount"))
                    .isEqualTo(0);
            assertThat(viewer.query("{ notifications(filter: {status: READ}) { totalCount } }")
                            .encode())
                    .contains("\"totalCount\":1");
        }

        @Test
        void can_be_settled_and_put_off_by_editors_alone() {
            String shop = shop();
            User viewer = member(shop, "VIEWER");
            expire(owner.in(shop));
            String id = id(viewer).getString("id");

            for (String refused : List.of(
                    "acknowledgeNotification(input: {id: \"%s\"}) { changed }",
                    "unacknowledgeNotification(input: {id: \"%s\"}) { changed }",
                    "snoozeNotification(input: {id: \"%s\", until: \"2099-01-01\"}) { changed }",
                    "unsnoozeNotification(input: {id: \"%s\"}) { changed }",
                    "deleteNotification(input: {id: \"%s\"}) { deletedId }")) {
                assertThat(error(viewer.answer("mutation { " + refused.formatted(id) + " }", new JsonObject())))
                        .as(refused)
                        .isEqualTo("FORBIDDEN");
            }
        }

        @Test
        void are_settled_for_all_by_one_and_open_again_as_each_had_them() {
            String shop = shop();
            User editor = member(shop, "EDITOR");
            User viewer = member(shop, "VIEWER");
            expire(owner.in(shop));
            viewer.mutate("markNotificationRead", MARKED, id(viewer));
            String settled = "notification { status resolution }";

            assertThat(editor.mutate("acknowledgeNotification", settled, id(editor))
                            .getJsonObject("notification"))
                    .isEqualTo(JsonObject.of("status", "READ", "resolution", "ACKNOWLEDGED"));
            for (User each : List.of(owner.in(shop), editor, viewer)) {
                assertThat(only(each).getString("resolution")).isEqualTo("ACKNOWLEDGED");
                assertThat(unread(each)).isZero();
            }
            assertThat(editor.mutate("unacknowledgeNotification", settled, id(editor))
                            .getJsonObject("notification"))
                    .isEqualTo(new JsonObject().put("status", "UNREAD").putNull("resolution"));
            assertThat(List.of(unread(owner.in(shop)), unread(editor), unread(viewer)))
                    .containsExactly(1, 1, 0);
        }

        @Test
        void are_put_off_for_all_and_count_as_read_meanwhile() {
            String shop = shop();
            User editor = member(shop, "EDITOR");
            User viewer = member(shop, "VIEWER");
            expire(owner.in(shop));

            assertThat(editor.mutate(
                                    "snoozeNotification",
                                    "notification { status }",
                                    id(editor).put("until", Noon.inDays(3)))
                            .encode())
                    .contains("READ");
            assertThat(List.of(unread(owner.in(shop)), unread(editor), unread(viewer)))
                    .containsExactly(0, 0, 0);
            assertThat(editor.mutate("unsnoozeNotification", "notification { status }", id(editor))
                            .encode())
                    .contains("UNREAD");
            assertThat(List.of(unread(owner.in(shop)), unread(editor), unread(viewer)))
                    .containsExactly(1, 1, 1);
        }

        @Test
        void are_read_already_by_whoever_joins_later_until_they_mark_them() {
            String shop = shop();
            expire(owner.in(shop));
            User late = member(shop, "VIEWER");

            assertThat(unread(late)).isZero();
            late.mutate("markNotificationUnread", MARKED, id(late));
            assertThat(unread(late)).isEqualTo(1);
            assertThat(unread(owner.in(shop))).isEqualTo(1);
        }

        @Test
        void stay_read_and_unread_when_the_inventory_is_handed_on() {
            String shop = shop();
            User friend = member(shop, "VIEWER");
            User other = member(shop, "VIEWER");
            expire(owner.in(shop));
            friend.mutate("markNotificationRead", MARKED, id(friend));
            other.mutate("markNotificationUnread", MARKED, id(other));
            JsonObject to = JsonObject.of("inventoryId", shop, "userId", InventoriesTest.id(friend));
            owner.mutate("transferInventory", "inventory { role }", to);

            assertThat(List.of(unread(owner.in(shop)), unread(friend), unread(other)))
                    .containsExactly(1, 0, 1);
            owner.in(shop).mutate("markNotificationRead", MARKED, id(owner.in(shop)));
            friend.mutate("markNotificationUnread", MARKED, id(friend));
            friend.mutate(
                    "transferInventory",
                    "inventory { role }",
                    JsonObject.of("inventoryId", shop, "userId", InventoriesTest.id(owner)));
            assertThat(List.of(unread(owner.in(shop)), unread(friend), unread(other)))
                    .containsExactly(0, 1, 1);
        }

        @Test
        void come_back_as_each_had_them_when_the_deletion_of_their_item_is_undone() {
            String shop = shop();
            User viewer = member(shop, "VIEWER");
            User atTheShop = owner.in(shop);
            String milk = atTheShop.createItem(JsonObject.of("name", "milk", "expiryDate", Noon.inDays(-1)));
            viewer.mutate("markNotificationRead", MARKED, id(viewer));
            atTheShop.mutate("deleteItem", "deletedId", JsonObject.of("id", milk));
            String deletion = atTheShop
                    .query("{ activities(first: 1, filter: {kind: [ITEM_DELETED]}) { nodes { id } } }")
                    .getJsonObject("activities")
                    .getJsonArray("nodes")
                    .getJsonObject(0)
                    .getString("id");

            atTheShop.mutate("undo", "item { id }", JsonObject.of("activityId", deletion));

            assertThat(List.of(unread(atTheShop), unread(viewer))).containsExactly(1, 0);
        }

        @Test
        void reach_whoever_is_reminded_by_their_own_settings_and_nobody_else() {
            String shop = shop();
            User friend = member(shop, "VIEWER");
            User atTheShop = owner.in(shop);
            atTheShop.mutate("updateReminders", "changed", JsonObject.of("days", JsonArray.of(9)));
            friend.mutate("updateReminders", "changed", JsonObject.of("days", JsonArray.of(5)));
            atTheShop.createItem(JsonObject.of("name", "milk", "expiryDate", Noon.inDays(5), "leadDays", 30));
            STOCK.run(
                    "DELETE FROM notifications WHERE user_id IN (SELECT id FROM inventories WHERE owner_id ="
                            + " (SELECT id FROM users WHERE username = ?))",
                    owner.name());
            String received = "subscription { notificationReceived { title daysBefore status } }";
            try (Events ofOwner = atTheShop.subscribe(received);
                    Events ofFriend = friend.subscribe(received)) {
                STOCK.run(
                        "UPDATE inventories SET last_day = ?::date, next_day_at = now() - interval '1 minute' WHERE owner_id ="
                                + " (SELECT id FROM users WHERE username = ?) AND id <> owner_id",
                        Noon.inDays(-1),
                        owner.name());

                assertThat(ofFriend.next().getJsonObject("notificationReceived"))
                        .isEqualTo(JsonObject.of(
                                "title", "milk expires on " + Noon.inDays(5), "daysBefore", 5, "status", "UNREAD"));
                assertThat(List.of(unread(atTheShop), unread(friend))).containsExactly(0, 1);
                expire(atTheShop);
                assertThat(ofOwner.next().getJsonObject("notificationReceived").getString("title"))
                        .isEqualTo("milk expired on " + Noon.inDays(-1));
            }
        }
    }

    @Nested
    class ARequest {

        @Test
        void that_names_an_inventory_of_others_is_refused_like_one_that_names_none() {
            String missing = error(owner.in("nothing").answer("{ items { totalCount } }", new JsonObject()));

            assertThat(error(owner.in(own(NODE.newUser())).answer("{ items { totalCount } }", new JsonObject())))
                    .isEqualTo(missing)
                    .isEqualTo("FORBIDDEN");
        }

        @Test
        void by_an_api_token_of_another_inventory_is_refused() {
            String token = owner.mutate(
                            "createApiToken", "token", JsonObject.of("name", "t", "scopes", JsonArray.of("ITEMS_READ")))
                    .getString("token");

            assertThat(error(new User(NODE, "program", token, shop())
                            .answer("{ items { totalCount } }", new JsonObject())))
                    .isEqualTo("FORBIDDEN");
        }
    }
}
