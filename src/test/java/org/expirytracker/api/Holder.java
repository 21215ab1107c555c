package org.expirytracker.api;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.Stock;
import org.expirytracker.TestApi;
import org.expirytracker.TestDatabase;
import org.expirytracker.activities.Activity;
import org.expirytracker.categories.Category;
import org.expirytracker.channels.Channel;
import org.expirytracker.exports.BulkExport;
import org.expirytracker.imports.Import;
import org.expirytracker.inventories.Membership;
import org.expirytracker.items.Item;
import org.expirytracker.items.TakenOut;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.notifications.Notification;
import org.expirytracker.products.Product;
import org.expirytracker.reports.Report;
import org.expirytracker.sessions.DeviceSession;
import org.expirytracker.tokens.ApiToken;
import org.expirytracker.users.User;
import org.expirytracker.webhooks.Webhook;
import org.expirytracker.webhooks.WebhookDelivery;

/** A user who holds one object of every type, and so can fill in whatever a field requires. */
record Holder(TestApi.User user, Map<NodeId.Type, String> ids) {

    static final List<NodeId.Type> ANY = List.of(
            User.TYPE,
            Category.TYPE,
            Product.TYPE,
            Item.TYPE,
            Notification.TYPE,
            Report.TYPE,
            Activity.TYPE,
            DeviceSession.TYPE,
            ApiToken.TYPE,
            Membership.TYPE,
            TakenOut.TYPE,
            Webhook.TYPE,
            WebhookDelivery.TYPE,
            Channel.TYPE,
            Import.TYPE,
            BulkExport.TYPE);

    /** What may stand where an id goes. A field that takes a new id has to be added here. */
    static final Map<String, List<NodeId.Type>> TAKES = Map.ofEntries(
            Map.entry("Query.node.id", ANY),
            Map.entry("Query.nodes.ids", ANY),
            Map.entry("Query.item.id", List.of(Item.TYPE)),
            Map.entry("Query.items.filter.categoryId", List.of(Category.TYPE)),
            Map.entry("Query.items.filter.and.categoryId", List.of(Category.TYPE)),
            Map.entry("Query.items.filter.or.categoryId", List.of(Category.TYPE)),
            Map.entry("Query.items.filter.not.categoryId", List.of(Category.TYPE)),
            Map.entry("Query.itemByIdentifier.identifier.id", List.of(Item.TYPE)),
            Map.entry("Query.category.id", List.of(Category.TYPE)),
            Map.entry("Query.product.id", List.of(Product.TYPE)),
            Map.entry("Query.productByIdentifier.identifier.id", List.of(Product.TYPE)),
            Map.entry("Query.products.filter.categoryIds", List.of(Category.TYPE)),
            Map.entry("Query.items.filter.productIds", List.of(Product.TYPE)),
            Map.entry("Query.items.filter.and.productIds", List.of(Product.TYPE)),
            Map.entry("Query.items.filter.or.productIds", List.of(Product.TYPE)),
            Map.entry("Query.items.filter.not.productIds", List.of(Product.TYPE)),
            Map.entry("Category.items.filter.productIds", List.of(Product.TYPE)),
            Map.entry("Category.items.filter.and.productIds", List.of(Product.TYPE)),
            Map.entry("Category.items.filter.or.productIds", List.of(Product.TYPE)),
            Map.entry("Category.items.filter.not.productIds", List.of(Product.TYPE)),
            Map.entry("Product.items.filter.categoryId", List.of(Category.TYPE)),
            Map.entry("Product.items.filter.and.categoryId", List.of(Category.TYPE)),
            Map.entry("Product.items.filter.or.categoryId", List.of(Category.TYPE)),
            Map.entry("Product.items.filter.not.categoryId", List.of(Category.TYPE)),
            Map.entry("Product.items.filter.productIds", List.of(Product.TYPE)),
            Map.entry("Product.items.filter.and.productIds", List.of(Product.TYPE)),
            Map.entry("Product.items.filter.or.productIds", List.of(Product.TYPE)),
            Map.entry("Product.items.filter.not.productIds", List.of(Product.TYPE)),
            Map.entry("Mutation.createProduct.input.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.updateProduct.input.id", List.of(Product.TYPE)),
            Map.entry("Mutation.updateProduct.input.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.deleteProduct.input.id", List.of(Product.TYPE)),
            Map.entry("Mutation.takeOutProduct.input.productId", List.of(Product.TYPE)),
            Map.entry("Mutation.createItem.input.productId", List.of(Product.TYPE)),
            Map.entry("Mutation.createItems.input.items.productId", List.of(Product.TYPE)),
            Map.entry("Mutation.upsertItems.input.items.productId", List.of(Product.TYPE)),
            Map.entry("Mutation.updateItem.input.productId", List.of(Product.TYPE)),
            Map.entry("Mutation.updateItems.input.items.productId", List.of(Product.TYPE)),
            Map.entry("Query.categoryByIdentifier.identifier.id", List.of(Category.TYPE)),
            Map.entry("Category.items.filter.categoryId", List.of(Category.TYPE)),
            Map.entry("Category.items.filter.and.categoryId", List.of(Category.TYPE)),
            Map.entry("Category.items.filter.or.categoryId", List.of(Category.TYPE)),
            Map.entry("Category.items.filter.not.categoryId", List.of(Category.TYPE)),
            Map.entry("Query.userLoginAttempts.userId", List.of(User.TYPE)),
            Map.entry("Mutation.lockUser.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.unlockUser.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.deactivateUser.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.activateUser.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.promoteUser.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.demoteUser.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.resetTwoFactor.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.issuePasswordReset.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.updateInventory.input.inventoryId", List.of(Membership.TYPE)),
            Map.entry("Mutation.deleteInventory.input.inventoryId", List.of(Membership.TYPE)),
            Map.entry("Mutation.transferInventory.input.inventoryId", List.of(Membership.TYPE)),
            Map.entry("Mutation.transferInventory.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.inviteMember.input.inventoryId", List.of(Membership.TYPE)),
            Map.entry("Mutation.revokeInvitation.input.inventoryId", List.of(Membership.TYPE)),
            Map.entry("Mutation.changeMemberRole.input.inventoryId", List.of(Membership.TYPE)),
            Map.entry("Mutation.changeMemberRole.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.removeMember.input.inventoryId", List.of(Membership.TYPE)),
            Map.entry("Mutation.removeMember.input.userId", List.of(User.TYPE)),
            Map.entry("Mutation.leaveInventory.input.inventoryId", List.of(Membership.TYPE)),
            Map.entry("Mutation.revokeApiToken.input.id", List.of(ApiToken.TYPE)),
            Map.entry("Query.stockByDay.categoryId", List.of(Category.TYPE)),
            Map.entry("Query.import.id", List.of(Import.TYPE)),
            Map.entry("Mutation.previewImport.input.id", List.of(Import.TYPE)),
            Map.entry("Mutation.startImport.input.id", List.of(Import.TYPE)),
            Map.entry("Mutation.cancelImport.input.id", List.of(Import.TYPE)),
            Map.entry("Subscription.importProgress.id", List.of(Import.TYPE)),
            Map.entry("Query.webhook.id", List.of(Webhook.TYPE)),
            Map.entry("Mutation.cancelBulkExport.input.id", List.of(BulkExport.TYPE)),
            Map.entry("Mutation.createWebhook.input.filter.categoryIds", List.of(Category.TYPE)),
            Map.entry("Mutation.updateWebhook.input.id", List.of(Webhook.TYPE)),
            Map.entry("Mutation.updateWebhook.input.filter.categoryIds", List.of(Category.TYPE)),
            Map.entry("Mutation.deleteWebhook.input.id", List.of(Webhook.TYPE)),
            Map.entry("Mutation.rotateWebhookSecret.input.id", List.of(Webhook.TYPE)),
            Map.entry("Mutation.sendTestEvent.input.id", List.of(Webhook.TYPE)),
            Map.entry("Mutation.redeliverWebhook.input.id", List.of(WebhookDelivery.TYPE)),
            Map.entry("Mutation.replayWebhook.input.id", List.of(Webhook.TYPE)),
            Map.entry("Mutation.updateChannel.input.id", List.of(Channel.TYPE)),
            Map.entry("Mutation.deleteChannel.input.id", List.of(Channel.TYPE)),
            Map.entry("Mutation.testChannel.input.id", List.of(Channel.TYPE)),
            Map.entry("Mutation.updateCategory.input.id", List.of(Category.TYPE)),
            Map.entry("Mutation.deleteCategory.input.id", List.of(Category.TYPE)),
            Map.entry("Mutation.deleteCategory.input.reassignTo", List.of(Category.TYPE)),
            Map.entry("Mutation.createItem.input.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.createItems.input.items.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.upsertItems.input.items.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.updateItems.input.items.id", List.of(Item.TYPE)),
            Map.entry("Mutation.updateItems.input.items.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.setCategoryOf.input.items.id", List.of(Item.TYPE)),
            Map.entry("Mutation.setCategoryOf.input.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.deleteItems.input.items.id", List.of(Item.TYPE)),
            Map.entry("Mutation.takeOutMany.input.takeOuts.itemId", List.of(Item.TYPE)),
            Map.entry("Mutation.updateItem.input.id", List.of(Item.TYPE)),
            Map.entry("Mutation.updateItem.input.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.deleteItem.input.id", List.of(Item.TYPE)),
            Map.entry("Mutation.takeOut.input.itemId", List.of(Item.TYPE)),
            Map.entry("Query.notifications.filter.itemId", List.of(Item.TYPE)),
            Map.entry("Query.activities.filter.subjectId", List.of(Item.TYPE)),
            Map.entry("Mutation.undo.input.activityId", List.of(Activity.TYPE)),
            Map.entry("Mutation.markNotificationRead.input.id", List.of(Notification.TYPE)),
            Map.entry("Mutation.markNotificationUnread.input.id", List.of(Notification.TYPE)),
            Map.entry("Mutation.markNotificationsRead.input.ids", List.of(Notification.TYPE)),
            Map.entry("Mutation.acknowledgeNotification.input.id", List.of(Notification.TYPE)),
            Map.entry("Mutation.snoozeNotification.input.id", List.of(Notification.TYPE)),
            Map.entry("Mutation.unacknowledgeNotification.input.id", List.of(Notification.TYPE)),
            Map.entry("Mutation.unsnoozeNotification.input.id", List.of(Notification.TYPE)),
            Map.entry("Mutation.updateCategoryReminders.input.categoryId", List.of(Category.TYPE)),
            Map.entry("Mutation.deleteNotification.input.id", List.of(Notification.TYPE)),
            Map.entry("Mutation.deleteReport.input.id", List.of(Report.TYPE)),
            Map.entry("Mutation.revokeSession.input.id", List.of(DeviceSession.TYPE)));

    static Holder of(TestApi.User user, String text, int items) {
        Map<NodeId.Type, String> ids = new LinkedHashMap<>();
        String category = user.mutate(
                        "createCategory",
                        "category { id }",
                        new JsonObject().put("name", text).put("description", text))
                .getJsonObject("category")
                .getString("id");
        ids.put(Category.TYPE, category);
        for (int at = 0; at < items; at++) {
            ids.put(
                    Product.TYPE,
                    user.mutate("createProduct", "product { id }", product(text + (at == 0 ? "" : at), category))
                            .getJsonObject("product")
                            .getString("id"));
            ids.put(Item.TYPE, user.createItem(item(text, category).put("productId", ids.get(Product.TYPE))));
        }
        ids.put(TakenOut.TYPE, takeOut(user, Objects.requireNonNull(ids.get(Item.TYPE))));
        user.mutate("generateReport", "report { id }", new JsonObject());
        JsonObject rest = user.query(
                "{ viewer { id } currentInventory { id } notifications(first: 1) { nodes { id } } reports(first: 1) { nodes { id } }"
                        + " activities(first: 1) { nodes { id } } sessions(first: 1) { nodes { id } } }");
        ids.put(User.TYPE, rest.getJsonObject("viewer").getString("id"));
        ids.put(Membership.TYPE, rest.getJsonObject("currentInventory").getString("id"));
        ids.put(Notification.TYPE, first(rest, "notifications"));
        ids.put(Report.TYPE, first(rest, "reports"));
        ids.put(Activity.TYPE, first(rest, "activities"));
        ids.put(DeviceSession.TYPE, first(rest, "sessions"));
        ids.put(ApiToken.TYPE, apiToken(user, text));
        addWebhook(ids, text);
        addChannel(ids, text);
        addImport(ids, text);
        addBulkExport(ids, user, text);
        return new Holder(user, ids);
    }

    private static JsonObject product(String text, String category) {
        return new JsonObject()
                .put("name", text)
                .put("notes", text)
                .put("location", text)
                .put("barcodes", JsonArray.of(text))
                .put("categoryId", category);
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

    private static String takeOut(TestApi.User user, String item) {
        user.mutate(
                "takeOut",
                "item { id }",
                new JsonObject().put("itemId", item).put("quantity", "0.25").put("outcome", "USED"));
        return user
                .query("{ changes(first: 100) { nodes { objectId object { __typename } } } }")
                .getJsonObject("changes")
                .getJsonArray("nodes")
                .stream()
                .map(JsonObject.class::cast)
                .filter(change ->
                        change.getJsonObject("object").getString("__typename").equals(TakenOut.TYPE.name()))
                .findFirst()
                .orElseThrow()
                .getString("objectId");
    }

    private static String apiToken(TestApi.User user, String text) {
        return user.mutate(
                        "createApiToken",
                        "apiToken { id }",
                        new JsonObject().put("name", text).put("scopes", JsonArray.of("ITEMS_READ")))
                .getJsonObject("apiToken")
                .getString("id");
    }

    /** One that is off, so that nothing happens to it by itself; what is no ciphertext is under no key. */
    private static void addWebhook(Map<NodeId.Type, String> ids, String text) {
        UUID inventory = NodeId.decode(Objects.requireNonNull(ids.get(Membership.TYPE)), Membership.TYPE)
                .orElseThrow();
        UUID webhook = RowIds.next();
        UUID delivery = RowIds.next();
        Stock stock = new Stock(TestDatabase.migrated());
        stock.run(
                "INSERT INTO webhooks (user_id, id, url, description, events, secret, after_seq, last_place, off_because)"
                        + " VALUES (?, ?, ?, ?, '{ITEM_CREATED}', 'abc', 0, 1, 'MEMBER')",
                inventory,
                webhook,
                "https://example.org/" + text,
                text);
        stock.run(
                "INSERT INTO webhook_deliveries (user_id, id, webhook_id, place, event, event_id, body, once, state)"
                        + " VALUES (?, ?, ?, 1, 'ITEM_CREATED', ?, ?, false, 'DELIVERED')",
                inventory,
                delivery,
                webhook,
                text,
                text);
        ids.put(Webhook.TYPE, new NodeId(Webhook.TYPE, webhook).encoded());
        ids.put(WebhookDelivery.TYPE, new NodeId(WebhookDelivery.TYPE, delivery).encoded());
    }

    /** As {@link #addWebhook}. */
    private static void addChannel(Map<NodeId.Type, String> ids, String text) {
        UUID user = NodeId.decode(Objects.requireNonNull(ids.get(User.TYPE)), User.TYPE)
                .orElseThrow();
        UUID channel = RowIds.next();
        Stock stock = new Stock(TestDatabase.migrated());
        stock.run(
                "INSERT INTO channels (user_id, id, name, kind, origin, secret, notification_kinds, rhythm, off_because, since,"
                        + " day, last_place, error, created_at, updated_at)"
                        + " VALUES (?, ?, ?, 'NTFY', ?, 'abc', '{SYSTEM}', 'AT_ONCE', 'USER', now(), '-infinity', 1, ?, now(), now())",
                user,
                channel,
                text,
                "https://" + text,
                text);
        stock.run(
                "INSERT INTO channel_deliveries (user_id, id, channel_id, place, content, state, answer, created_at)"
                        + " VALUES (?, ?, ?, 1, ?, 'DELIVERED', ?, now())",
                user,
                RowIds.next(),
                channel,
                JsonObject.of("title", text, "message", text, "amount", 1, "test", false)
                        .encode(),
                text);
        ids.put(Channel.TYPE, new NodeId(Channel.TYPE, channel).encoded());
    }

    /** One that has ended, so that nothing happens to it by itself. */
    private static void addImport(Map<NodeId.Type, String> ids, String text) {
        UUID inventory = NodeId.decode(Objects.requireNonNull(ids.get(Membership.TYPE)), Membership.TYPE)
                .orElseThrow();
        UUID imported = RowIds.next();
        Stock stock = new Stock(TestDatabase.migrated());
        stock.run(
                "INSERT INTO imports (user_id, id, name, maker_id, session_id, state, problem, ended_at, refusal_count)"
                        + " VALUES (?, ?, ?, ?, ?, 'DONE', ?, now(), 1)",
                inventory,
                imported,
                text,
                inventory,
                inventory,
                text);
        stock.run(
                "INSERT INTO import_refusals (user_id, import_id, place, row_number, column_name, value, reason)"
                        + " VALUES (?, ?, 1, 2, ?, ?, ?)",
                inventory,
                imported,
                text,
                text,
                text);
        ids.put(Import.TYPE, new NodeId(Import.TYPE, imported).encoded());
    }

    /** One that was canceled, so that nothing happens to it by itself. */
    private static void addBulkExport(Map<NodeId.Type, String> ids, TestApi.User user, String text) {
        UUID inventory = NodeId.decode(Objects.requireNonNull(ids.get(Membership.TYPE)), Membership.TYPE)
                .orElseThrow();
        UUID export = RowIds.next();
        new Stock(TestDatabase.migrated())
                .run(
                        "INSERT INTO bulk_exports (inventory_id, id, maker_id, query, state, created_at, finished_at)"
                                + " VALUES (?, ?, (SELECT id FROM users WHERE username = ?), ?, 'CANCELED', now(), now())",
                        inventory,
                        export,
                        user.name(),
                        "{ items { nodes { id name } } } # " + text);
        ids.put(BulkExport.TYPE, new NodeId(BulkExport.TYPE, export).encoded());
    }

    private static String first(JsonObject data, String list) {
        return data.getJsonObject(list).getJsonArray("nodes").getJsonObject(0).getString("id");
    }

    /** The type of a name in the schema. */
    static NodeId.Type type(String name) {
        return ANY.stream()
                .filter(type -> type.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("Add " + name + " to ANY"));
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
                .filter(entry -> !entry.getKey().equals(Activity.TYPE))
                .map(Map.Entry::getValue)
                .toArray(String[]::new);
    }

    Object sample(String position, String type) {
        return type.equals("ID") ? id(typeAt(position)) : anybodys(position, type);
    }

    private static NodeId.Type typeAt(String position) {
        return SchemaWalk.PRODUCT.nodeTypes().contains(position)
                ? type(position)
                : takenAt(position).getFirst();
    }

    /** All that they can read, by field. */
    JsonObject everything() {
        JsonObject everything = new JsonObject();
        for (SchemaWalk.Field field : SchemaWalk.PRODUCT.fields("Query")) {
            if (!field.access().equals(Access.ADMIN)
                    // What the budget has left is another number each time.
                    && !Set.of("node", "nodes", "item", "category", "product", "webhook", "rateLimit")
                            .contains(field.name())) {
                JsonObject request = SchemaWalk.PRODUCT.request(field, this::sample);
                JsonObject answer = user.query(request.getString("query"), request.getJsonObject("variables"));
                if (answer.getValue("exportMyData") instanceof JsonObject export) {
                    // Every question spends some.
                    export.remove("budgets");
                }
                everything.put(field.name(), answer);
            }
        }
        // What they may spend grows again while they do nothing.
        everything.getJsonObject("exportMyData").getJsonObject("exportMyData").remove("budgets");
        return everything;
    }

    static List<NodeId.Type> takenAt(String position) {
        List<NodeId.Type> types = TAKES.get(position);
        if (types == null) {
            throw new AssertionError(position + " takes an id: tell in TAKES of what type");
        }
        return types;
    }

    /** A valid value of whatever is required besides the id. */
    static Object anybodys(String position, String type) {
        return switch (type) {
            case "String" -> position.endsWith("mail") ? "someone@example.org" : "something";
            case "Int" -> 1;
            case "Boolean" -> true;
            case "Decimal" -> "1";
            case "Date" ->
                LocalDate.now(ZoneOffset.UTC)
                        .plusDays(position.endsWith(".until") ? 2 : 0)
                        .toString();
            case "DateTime" -> "2026-01-01T00:00:00Z";
            case "TimeZone" -> "UTC";
            case "ID" -> missing(Item.TYPE);
            default -> throw new AssertionError(position + " takes a " + type + ": tell here of what form it is");
        };
    }

    /** A well-formed id that nothing has. */
    static String missing(NodeId.Type type) {
        UUID id = type.equals(Activity.TYPE) ? new UUID(0, 999_999_999) : RowIds.next();
        return new NodeId(type, id).encoded();
    }
}
