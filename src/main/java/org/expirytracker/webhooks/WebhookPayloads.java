package org.expirytracker.webhooks;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.math.BigDecimal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.expirytracker.activities.Activity;
import org.expirytracker.categories.Category;
import org.expirytracker.inventories.Membership;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemActivities;
import org.expirytracker.items.ItemRepository;
import org.expirytracker.items.ItemState;
import org.expirytracker.items.ItemStatus;
import org.expirytracker.items.TakeOut;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.KeptAnswer;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.UserId;
import org.expirytracker.members.InventoryMemberState;
import org.expirytracker.members.MemberActivities;
import org.expirytracker.notifications.Notification;
import org.expirytracker.notifications.NotificationActivities;
import org.expirytracker.reports.Report;
import org.expirytracker.reports.ReportActivities;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/**
 * What receivers are told of an activity: the one place that knows the form of what is sent, which docs/webhooks.md
 * describes. Its version counts up when something in it changes its meaning or goes; what is added does not.
 */
final class WebhookPayloads {

    /** What a query may take of an event. */
    static final Map<String, Object> EXAMPLE = Map.of(
            "id",
            new NodeId(Item.TYPE, new UUID(0, 0)).encoded(),
            "date",
            LocalDate.EPOCH.toString(),
            "activityId",
            new NodeId(Activity.TYPE, new UUID(0, 0)).encoded());

    private static final int VERSION = 1;
    private static final int ID_BYTES = 16;

    private final InventoryId inventoryId;
    private final ZoneId zone;
    private final Map<UUID, Item> items;

    /**
     * Of one inventory.
     *
     * @param zone in which its days begin
     * @param items about which there are notifications, as they are now; those that are gone are left out
     */
    private WebhookPayloads(InventoryId inventoryId, ZoneId zone, Map<UUID, Item> items) {
        this.inventoryId = inventoryId;
        this.zone = zone;
        this.items = items;
    }

    /**
     * What is told of an activity.
     *
     * @param eventId by what it is known
     * @param sent what is sent
     * @param variables for a query about it, as {@link #EXAMPLE}; empty when it is about nothing
     */
    record Made(WebhookEvent event, String eventId, Sent sent, Map<String, Object> variables) {

        /** The text that is sent. */
        String body() {
            return RecordJson.write(sent);
        }

        /** The same, with what GraphQL answered in the place of what this server tells by itself. */
        Made with(KeptAnswer answer) {
            String errors = answer.errors();
            return new Made(
                    event,
                    eventId,
                    new Sent(
                            sent.type,
                            sent.timestamp,
                            sent.version,
                            sent.inventoryId,
                            sent.cursor,
                            sent.by,
                            new Ready(answer.data()),
                            errors == null ? null : new Ready(errors)),
                    variables);
        }

        /** Without what is sent, which is the inventory's own. */
        @Override
        public String toString() {
            return "Made[" + event + " " + eventId + "]";
        }
    }

    // As they are sent: the components are the members of the JSON.

    private record Sent(
            String type,
            Instant timestamp,
            int version,
            String inventoryId,
            String cursor,
            By by,
            Record data,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Ready errors) {

        /** Without what is told, which is the inventory's own. */
        @Override
        public String toString() {
            return "Sent[" + type + "]";
        }
    }

    /** JSON that was written already. */
    private record Ready(@JsonRawValue @JsonValue String json) {

        /** Without what is sent, which is the inventory's own. */
        @Override
        public String toString() {
            return "Ready[" + json.length() + "]";
        }
    }

    private record By(String actor, @Nullable String userId) {}

    private record OfItem(
            ItemData item,
            @Nullable ItemData previous,
            @Nullable TakeOutData takeOut) {}

    private record ItemData(
            String id,
            String name,
            @Nullable String description,
            String quantity,
            String unit,
            @Nullable String costPrice,
            @Nullable String sellingPrice,
            @Nullable LocalDate expiryDate,
            @Nullable LocalDate purchaseDate,
            ItemStatus status,
            int leadDays,
            @Nullable String location,
            @Nullable String barcode,
            @Nullable String lotNumber,
            @Nullable String categoryId,
            @Nullable String externalId,
            int version,
            Instant createdAt,
            Instant updatedAt) {}

    private record TakeOutData(
            String quantity,
            String value,
            String outcome,
            @Nullable String note) {}

    private record OfDate(
            @Nullable ItemData item,
            String itemId,
            @Nullable LocalDate expiryDate,
            @Nullable Integer daysBefore,
            @Nullable Integer percentLeft,
            String title,
            String message) {}

    private record OfNotification(NotificationData notification) {}

    private record NotificationData(
            String id,
            String kind,
            String title,
            String message,
            @Nullable String itemId,
            @Nullable LocalDate expiryDate,
            @Nullable Integer daysBefore,
            @Nullable Integer percentLeft,
            Instant createdAt) {}

    private record OfReport(ReportData report) {}

    private record ReportData(
            String id,
            LocalDate date,
            int totalItems,
            int activeItems,
            int expiringItems,
            int expiredItems,
            int undatedItems,
            String totalValue,
            String activeValue,
            String expiringValue,
            String expiredValue,
            String undatedValue,
            String discardedValue,
            Instant generatedAt) {}

    private record OfMember(MemberData member, @Nullable MemberData previous) {}

    private record MemberData(
            @Nullable String userId, @Nullable String username, String role) {}

    private record OfTest(String webhookId, String message) {}

    /** What is told of some activities. */
    static Future<WebhookPayloads> about(
            SqlClient client, InventoryId inventoryId, ZoneId zone, List<Activity> activities) {
        List<UUID> about = activities.stream()
                .map(WebhookPayloads::itemOf)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        Future<Map<UUID, Item>> found = about.isEmpty()
                ? Future.succeededFuture(Map.of())
                : new ItemRepository().find(client, inventoryId, about);
        return found.map(items -> new WebhookPayloads(inventoryId, zone, items));
    }

    /** The row id of the item that an activity's notification is about; null for any other activity. */
    private static @Nullable UUID itemOf(Activity activity) {
        return NotificationActivities.NOTIFICATION_CREATED.is(activity)
                ? activity.state(Notification.class).itemId()
                : null;
    }

    /** What a webhook is told of an activity, mostly nothing. */
    List<Made> of(Activity activity, Webhook webhook) {
        List<Made> made = new ArrayList<>();
        if (ItemActivities.isOfItem(activity)) {
            ofItem(activity, webhook, made);
        } else if (NotificationActivities.NOTIFICATION_CREATED.is(activity)) {
            ofNotification(activity, webhook, made);
        } else if (ReportActivities.REPORT_GENERATED.is(activity)) {
            Report report = activity.state(Report.class);
            About about = new About(new NodeId(Report.TYPE, activity.subjectId()), report.date());
            add(WebhookEvent.REPORT_READY, activity, webhook, about, new OfReport(data(report)), made);
        } else {
            WebhookEvent event = ofMember(activity);
            if (event != null) {
                OfMember data = new OfMember(memberAfter(activity), memberBefore(activity));
                add(event, activity, webhook, about(Membership.TYPE, activity), data, made);
            }
        }
        return made;
    }

    private static @Nullable WebhookEvent ofMember(Activity activity) {
        if (MemberActivities.MEMBER_INVITED.is(activity)) {
            return WebhookEvent.MEMBER_INVITED;
        }
        if (MemberActivities.MEMBER_JOINED.is(activity)) {
            return WebhookEvent.MEMBER_JOINED;
        }
        if (MemberActivities.MEMBER_ROLE_CHANGED.is(activity)) {
            return WebhookEvent.MEMBER_ROLE_CHANGED;
        }
        return MemberActivities.MEMBER_LEFT.is(activity) ? WebhookEvent.MEMBER_LEFT : null;
    }

    private void ofItem(Activity activity, Webhook webhook, List<Made> made) {
        WebhookEvent event;
        if (ItemActivities.ITEM_CREATED.is(activity)) {
            event = WebhookEvent.ITEM_CREATED;
        } else if (ItemActivities.ITEM_TAKEN_OUT.is(activity)) {
            event = WebhookEvent.ITEM_TAKEN_OUT;
        } else if (ItemActivities.ITEM_DELETED.is(activity)) {
            event = WebhookEvent.ITEM_DELETED;
        } else {
            event = WebhookEvent.ITEM_UPDATED;
        }
        if (!webhook.events().contains(event)) {
            return;
        }
        LocalDate day = dayOf(activity);
        ItemState latest = activity.state(ItemState.class);
        ItemState before = activity.before() == null ? null : RecordJson.read(activity.before(), ItemState.class);
        boolean wanted =
                matches(webhook, latest.item(), day) || (before != null && matches(webhook, before.item(), day));
        if (wanted) {
            boolean gone = activity.after() == null;
            add(
                    event,
                    activity,
                    webhook,
                    about(Item.TYPE, activity),
                    new OfItem(
                            data(latest.item(), day),
                            gone || before == null ? null : data(before.item(), day),
                            takeOut(latest.takeOut())),
                    made);
        }
    }

    private static boolean matches(Webhook webhook, Item item, LocalDate day) {
        return webhook.filter().matches(item, status(item, day));
    }

    private static ItemStatus status(Item item, LocalDate day) {
        return ItemStatus.on(day, item.expiryDate(), item.leadDays());
    }

    private LocalDate dayOf(Activity activity) {
        return LocalDate.ofInstant(activity.createdAt(), zone);
    }

    private void ofNotification(Activity activity, Webhook webhook, List<Made> made) {
        Notification notification = activity.state(Notification.class);
        UUID itemId = notification.itemId();
        Item item = itemId == null ? null : items.get(itemId);
        LocalDate day = dayOf(activity);
        if (itemId != null && !isWanted(webhook, item, day)) {
            return;
        }
        if (itemId != null) {
            OfDate data = new OfDate(
                    item == null ? null : data(item, day),
                    new NodeId(Item.TYPE, itemId).encoded(),
                    notification.expiryDate(),
                    notification.daysBefore(),
                    notification.percentLeft(),
                    notification.title(),
                    notification.message());
            About about = new About(new NodeId(Item.TYPE, itemId), day);
            switch (notification.kind()) {
                case EXPIRING_SOON -> add(WebhookEvent.ITEM_EXPIRING, activity, webhook, about, data, made);
                case EXPIRED -> add(WebhookEvent.ITEM_EXPIRED, activity, webhook, about, data, made);
                case SYSTEM -> {}
            }
        }
        add(
                WebhookEvent.NOTIFICATION_CREATED,
                activity,
                webhook,
                about(Notification.TYPE, activity),
                new OfNotification(data(notification)),
                made);
    }

    /** Of an item that is gone nobody knows whether it would meet a condition. */
    private static boolean isWanted(Webhook webhook, @Nullable Item item, LocalDate day) {
        WebhookFilter filter = webhook.filter();
        return item == null
                ? filter.categories() == null && filter.locations() == null && filter.statuses() == null
                : matches(webhook, item, day);
    }

    /** What an event is about, and on which day. */
    private record About(NodeId id, LocalDate date) {}

    private About about(NodeId.Type type, Activity activity) {
        return new About(new NodeId(type, activity.subjectId()), dayOf(activity));
    }

    private void add(
            WebhookEvent event, Activity activity, Webhook webhook, About about, Record data, List<Made> made) {
        if (webhook.events().contains(event)) {
            UUID member = activity.memberId();
            By by = new By(activity.actor().name(), member == null ? null : new NodeId(User.TYPE, member).encoded());
            Map<String, Object> variables = Map.of(
                    "id",
                    about.id.encoded(),
                    "date",
                    about.date.toString(),
                    "activityId",
                    new NodeId(Activity.TYPE, activity.id()).encoded());
            Sent sent = sent(inventoryId, event, activity.createdAt(), activity.cursor(), by, data);
            made.add(new Made(event, idOf(event, activity), sent, variables));
        }
    }

    /** What a member has sent to see whether it arrives. */
    static Made test(InventoryId inventoryId, Webhook webhook, UUID id, Instant now, UserId member) {
        By by = new By(Activity.Actor.USER.name(), new NodeId(User.TYPE, member.value()).encoded());
        OfTest data = new OfTest(new NodeId(Webhook.TYPE, webhook.id()).encoded(), "This is a test.");
        return new Made(
                WebhookEvent.WEBHOOK_TEST,
                "msg_" + id.toString().replace("-", ""),
                sent(inventoryId, WebhookEvent.WEBHOOK_TEST, now, webhook.cursor(), by, data),
                Map.of());
    }

    private static Sent sent(
            InventoryId inventoryId, WebhookEvent event, Instant at, String cursor, By by, Record data) {
        String inventory = new NodeId(Membership.TYPE, inventoryId.value()).encoded();
        return new Sent(event.type(), at, VERSION, inventory, cursor, by, data, null);
    }

    /** The same whenever it is made of the same activity, so that a receiver knows what comes again. */
    private String idOf(WebhookEvent event, Activity activity) {
        String text = inventoryId.value() + " " + activity.seq() + " " + event.type();
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
            return "msg_" + HexFormat.of().formatHex(hash, 0, ID_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static ItemData data(Item item, LocalDate day) {
        UUID category = item.categoryId();
        return new ItemData(
                new NodeId(Item.TYPE, item.id()).encoded(),
                item.name(),
                item.description(),
                exact(item.quantity()),
                item.unit(),
                orNull(item.costPrice()),
                orNull(item.sellingPrice()),
                item.expiryDate(),
                item.purchaseDate(),
                status(item, day),
                item.leadDays(),
                item.location(),
                item.barcode(),
                item.lotNumber(),
                category == null ? null : new NodeId(Category.TYPE, category).encoded(),
                item.externalId(),
                item.version(),
                item.createdAt(),
                item.updatedAt());
    }

    private static @Nullable TakeOutData takeOut(@Nullable TakeOut takeOut) {
        return takeOut == null
                ? null
                : new TakeOutData(
                        exact(takeOut.quantity()),
                        exact(takeOut.value()),
                        takeOut.outcome().name(),
                        takeOut.note());
    }

    private static NotificationData data(Notification notification) {
        UUID item = notification.itemId();
        return new NotificationData(
                new NodeId(Notification.TYPE, notification.id()).encoded(),
                notification.kind().name(),
                notification.title(),
                notification.message(),
                item == null ? null : new NodeId(Item.TYPE, item).encoded(),
                notification.expiryDate(),
                notification.daysBefore(),
                notification.percentLeft(),
                notification.createdAt());
    }

    private static ReportData data(Report report) {
        return new ReportData(
                new NodeId(Report.TYPE, report.id()).encoded(),
                report.date(),
                report.totalItems(),
                report.activeItems(),
                report.expiringItems(),
                report.expiredItems(),
                report.undatedItems(),
                exact(report.totalValue()),
                exact(report.activeValue()),
                exact(report.expiringValue()),
                exact(report.expiredValue()),
                exact(report.undatedValue()),
                exact(report.discardedValue()),
                report.generatedAt());
    }

    private static MemberData memberAfter(Activity activity) {
        return data(activity.state(InventoryMemberState.class));
    }

    private static @Nullable MemberData memberBefore(Activity activity) {
        return activity.before() == null || activity.after() == null
                ? null
                : data(RecordJson.read(activity.before(), InventoryMemberState.class));
    }

    private static MemberData data(InventoryMemberState member) {
        return new MemberData(
                member.userId(), member.memberName(), member.memberRole().name());
    }

    private static String exact(BigDecimal value) {
        BigDecimal bare = value.stripTrailingZeros();
        return (bare.scale() < 0 ? bare.setScale(0) : bare).toPlainString();
    }

    private static @Nullable String orNull(@Nullable BigDecimal value) {
        return value == null ? null : exact(value);
    }
}
