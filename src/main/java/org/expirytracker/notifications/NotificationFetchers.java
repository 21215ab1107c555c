package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.ActivityStream;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Copied;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.db.Database;
import org.expirytracker.items.Item;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.LogEvent;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.notifications.NotificationRepository.Filter;
import org.expirytracker.notifications.NotificationRepository.Place;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the notifications room. */
public final class NotificationFetchers implements Fetchers {

    private static final String NEWEST_FIRST = "notifications";
    private static final String PAGES_BY_ITEM = "notifications by item";
    private static final String COUNT_BY_ITEM = "number of notifications by item";
    private static final String UNREAD_COUNT_BY_ITEM = "number of unread notifications by item";

    private final Vertx vertx;
    private final Database database;
    private final ActivityLog log;
    private final LiveFeed liveFeed;
    private final Notifications rules;
    private final NotificationRepository notifications = new NotificationRepository();

    /** Fields over one event loop's connections. */
    public NotificationFetchers(
            Vertx vertx, Database database, ActivityLog log, LiveFeed liveFeed, Notifications rules) {
        this.vertx = vertx;
        this.rules = rules;
        this.database = database;
        this.log = log;
        this.liveFeed = liveFeed;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(NotificationsAccess.ALL)
                .declare(NotificationActivities.ALL)
                .declare(new Copied(
                        Notification.TYPE,
                        NotificationActivities.NOTIFICATION_CREATED,
                        notifications::listIds,
                        Optional.empty()))
                .query("notifications", this::notifications)
                .mutation("markNotificationRead", this::markNotificationRead)
                .mutation("markNotificationUnread", this::markNotificationUnread)
                .mutation("markNotificationsRead", this::markNotificationsRead)
                .mutation("markAllNotificationsRead", this::markAllNotificationsRead)
                .mutation("acknowledgeNotification", this::acknowledgeNotification)
                .mutation("unacknowledgeNotification", this::unacknowledgeNotification)
                .mutation("snoozeNotification", this::snoozeNotification)
                .mutation("unsnoozeNotification", this::unsnoozeNotification)
                .mutation("deleteNotification", this::deleteNotification)
                .subscription("notificationReceived", this::notificationReceived)
                .node(
                        Notification.TYPE,
                        Notification.class,
                        Notification::id,
                        (caller, ids) -> notifications.find(database.reads(caller), Reader.of(caller), ids))
                .connection("NotificationConnection")
                .state("NotificationState", NotificationState.class)
                .field("NotificationConnection", "unreadCount", NotificationFetchers::unreadCount)
                .field("Notification", "item", NotificationFetchers::item)
                .field("Item", "notifications", NotificationFetchers::notificationsOfItem)
                .loader(PAGES_BY_ITEM, this::findPages)
                .loader(COUNT_BY_ITEM, this::findCounts)
                .loader(UNREAD_COUNT_BY_ITEM, this::findUnreadCounts);
    }

    /**
     * What counts a whole list, when it is asked for.
     *
     * @param all answers {@code totalCount}
     * @param unread answers {@code unreadCount}
     */
    private record Counts(Wiring.Fetcher all, Wiring.Fetcher unread) implements Wiring.Fetcher {
        @Override
        public @Nullable Object fetch(Field field) {
            return all.fetch(field);
        }
    }

    private Future<Connection<Notification>> notifications(Field field) {
        Caller caller = field.caller();
        Reader reader = Reader.of(caller);
        Page page = Page.of(field);
        Input given = Input.arguments(field).object("filter");
        Filter filter = new Filter(
                given.optionalChoice("status", Notification.Status.class),
                given.optionalChoices("kind", Notification.Kind.class),
                given.has("resolved") ? (Boolean) given.flag("resolved", false) : null,
                given.optionalId("itemId", Item.TYPE),
                given.optionalInstant("createdSince"),
                given.optionalInstant("createdBefore"));
        given.check();
        return notifications
                .list(database.reads(caller), reader, filter, page, place(page))
                .map(found -> connection(
                        found,
                        page,
                        new Counts(
                                counting -> notifications.count(database.reads(caller), reader, filter),
                                counting -> notifications.countUnread(database.reads(caller), reader, filter))));
    }

    private static @Nullable Place place(Page page) {
        return Cursor.decode(
                page,
                NEWEST_FIRST,
                keys -> new Place(
                        Cursor.possible(OffsetDateTime.parse(keys.getFirst())).toInstant(),
                        UUID.fromString(keys.get(1))));
    }

    private static Connection<Notification> connection(List<Notification> found, Page page, Counts counts) {
        return Connection.of(
                found,
                page,
                notification -> Cursor.encode(NEWEST_FIRST, notification.createdAt(), notification.id()),
                counts);
    }

    private static @Nullable Object unreadCount(Field field) {
        Connection<Notification> connection = field.source();
        return connection != null && connection.count() instanceof Counts counts ? counts.unread.fetch(field) : null;
    }

    private static @Nullable Object item(Field field) {
        Notification notification = field.source();
        return notification == null ? null : field.load(Item.TYPE.name(), notification.itemId());
    }

    /** To whom a notification is addressed, as the log keeps it: to all but some, of whom null says that there are none. */
    record Addressees(@Nullable List<UUID> notFor) {

        boolean include(UserId member) {
            return notFor == null || !notFor.contains(member.value());
        }
    }

    /** Which page of the notifications about which item; items of one level that want the same page are loaded together. */
    private record ItemPage(UUID itemId, Listing listing) {}

    private record Listing(Page page, @Nullable Place place) {}

    private static @Nullable Object notificationsOfItem(Field field) {
        Item item = field.source();
        if (item == null) {
            return null;
        }
        Page page = Page.of(field);
        Listing listing = new Listing(page, place(page));
        UUID itemId = item.id();
        return field.<ItemPage, List<Notification>, Connection<Notification>>load(
                PAGES_BY_ITEM,
                new ItemPage(itemId, listing),
                found -> connection(
                        found,
                        page,
                        new Counts(
                                counting -> counting.load(COUNT_BY_ITEM, itemId),
                                counting -> counting.load(UNREAD_COUNT_BY_ITEM, itemId))));
    }

    private Future<Map<ItemPage, List<Notification>>> findPages(Caller caller, Set<ItemPage> keys) {
        Map<Listing, Set<UUID>> itemsByListing = keys.stream()
                .collect(Collectors.groupingBy(
                        ItemPage::listing, Collectors.mapping(ItemPage::itemId, Collectors.toSet())));
        Map<ItemPage, List<Notification>> pages = HashMap.newHashMap(keys.size());
        // One statement for each page that occurs in a level, which is one unless a query uses aliases.
        List<Future<Void>> statements = itemsByListing.entrySet().stream()
                .map(entry -> findPage(caller, entry.getValue(), entry.getKey(), pages))
                .toList();
        return Future.all(statements).map(done -> pages);
    }

    private Future<Void> findPage(
            Caller caller, Set<UUID> items, Listing listing, Map<ItemPage, List<Notification>> pages) {
        return notifications
                .listOfItems(database.reads(caller), Reader.of(caller), items, listing.page, listing.place)
                .onSuccess(found -> items.forEach(
                        item -> pages.put(new ItemPage(item, listing), found.getOrDefault(item, List.of()))))
                .mapEmpty();
    }

    private Future<Map<UUID, Integer>> findCounts(Caller caller, Set<UUID> items) {
        return notifications.countOfItems(database.reads(caller), Reader.of(caller), items, true);
    }

    private Future<Map<UUID, Integer>> findUnreadCounts(Caller caller, Set<UUID> items) {
        return notifications.countOfItems(database.reads(caller), Reader.of(caller), items, false);
    }

    private Future<Notifications.NotificationPayload> markNotificationRead(Field field) {
        return rules.mark(Actor.of(field), id(field), Notification.Status.READ);
    }

    private Future<Notifications.NotificationPayload> markNotificationUnread(Field field) {
        return rules.mark(Actor.of(field), id(field), Notification.Status.UNREAD);
    }

    private static UUID id(Field field) {
        Input in = Input.of(field);
        UUID id = in.id("id", Notification.TYPE);
        in.check();
        return id;
    }

    private Future<Notifications.MarkNotificationsReadPayload> markNotificationsRead(Field field) {
        Input in = Input.of(field);
        List<UUID> ids = in.optionalIds("ids", Notification.TYPE, Notifications.MOST_MARKED_BY_ID);
        // An id that is none is answered like one that is not there, and hinders nothing.
        if (in.errors().stream().noneMatch(error -> error.code() == Problem.Code.NOT_FOUND)) {
            in.check();
        }
        return rules.markRead(Actor.of(field), ids == null ? List.of() : ids);
    }

    private Future<Notifications.MarkAllNotificationsReadPayload> markAllNotificationsRead(Field field) {
        Input in = Input.of(field);
        Instant upTo = in.optionalInstant("upTo");
        if (upTo == null) {
            throw Problem.at(Problem.Code.INVALID, in.pathOf("upTo"), "upTo must be given.");
        }
        return rules.markReadUpTo(Actor.of(field), upTo);
    }

    private Future<Notifications.AcknowledgementPayload> acknowledgeNotification(Field field) {
        return rules.acknowledge(Actor.of(field), id(field));
    }

    private Future<Notifications.AcknowledgementPayload> unacknowledgeNotification(Field field) {
        return rules.unacknowledge(Actor.of(field), id(field));
    }

    private Future<Notifications.NotificationPayload> snoozeNotification(Field field) {
        Input in = Input.of(field);
        UUID id = in.id("id", Notification.TYPE);
        LocalDate until = in.optionalDate("until");
        in.check();
        return rules.snooze(Actor.of(field), id, until);
    }

    private Future<Notifications.NotificationPayload> unsnoozeNotification(Field field) {
        return rules.unsnooze(Actor.of(field), id(field));
    }

    private Future<Payload.Deletion> deleteNotification(Field field) {
        return rules.delete(Actor.of(field), id(field));
    }

    private Future<ActivityStream<Notification>> notificationReceived(Field field) {
        Caller caller = field.caller();
        return ActivityStream.open(
                vertx,
                log,
                liveFeed,
                caller.inventoryId(),
                LogEvent.after(field),
                activity -> NotificationActivities.NOTIFICATION_CREATED.is(activity)
                                && activity.state(Addressees.class).include(caller.userId())
                        ? activity.state(Notification.class).marked(Notification.Status.UNREAD, null)
                        : null);
    }
}
