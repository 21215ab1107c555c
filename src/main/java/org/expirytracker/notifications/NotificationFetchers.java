package org.expirytracker.notifications;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.ActivityStream;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
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
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserError;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.notifications.NotificationRepository.Filter;
import org.expirytracker.notifications.NotificationRepository.Marked;
import org.expirytracker.notifications.NotificationRepository.Place;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the notifications room. */
public final class NotificationFetchers implements Fetchers {

    private static final String NEWEST_FIRST = "notifications";
    private static final String PAGES_BY_ITEM = "notifications by item";
    private static final String COUNT_BY_ITEM = "number of notifications by item";
    private static final String UNREAD_COUNT_BY_ITEM = "number of unread notifications by item";
    private static final int MOST_MARKED_BY_ID = 1_000;

    private static final int MOST_DAYS_SNOOZED = 3_650;

    private final Vertx vertx;
    private final Clock clock;
    private final Database database;
    private final ActivityLog log;
    private final LiveFeed liveFeed;
    private final NotificationRepository notifications = new NotificationRepository();
    private final ExpiryNotices notices = new ExpiryNotices();

    /** Fields over one event loop's connections. */
    public NotificationFetchers(Vertx vertx, Clock clock, Database database, ActivityLog log, LiveFeed liveFeed) {
        this.vertx = vertx;
        this.clock = clock;
        this.database = database;
        this.log = log;
        this.liveFeed = liveFeed;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("notifications", this::notifications)
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
                        NodeId.Type.Notification,
                        Notification.class,
                        Notification::id,
                        (caller, ids) -> notifications.find(database.reads(), caller.userId(), ids))
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
        UserId userId = field.caller().userId();
        Page page = Page.of(field);
        Input given = Input.arguments(field).object("filter");
        Filter filter = new Filter(
                given.optionalChoice("status", Notification.Status.class),
                given.optionalChoices("kind", Notification.Kind.class),
                given.has("resolved") ? (Boolean) given.flag("resolved", false) : null,
                given.optionalId("itemId", NodeId.Type.Item),
                given.optionalInstant("createdSince"),
                given.optionalInstant("createdBefore"));
        given.check();
        return notifications
                .list(database.reads(), userId, filter, page, place(page))
                .map(found -> connection(
                        found,
                        page,
                        new Counts(
                                counting -> notifications.count(database.reads(), userId, filter),
                                counting -> notifications.countUnread(database.reads(), userId, filter))));
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
        return notification == null ? null : field.load(NodeId.Type.Item.name(), notification.itemId());
    }

    /** Which page of what was said about which item; items of one level that want the same page are loaded together. */
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
                .map(entry -> findPage(caller.userId(), entry.getValue(), entry.getKey(), pages))
                .toList();
        return Future.all(statements).map(done -> pages);
    }

    private Future<Void> findPage(
            UserId userId, Set<UUID> items, Listing listing, Map<ItemPage, List<Notification>> pages) {
        return notifications
                .listOfItems(database.reads(), userId, items, listing.page, listing.place)
                .onSuccess(found -> items.forEach(
                        item -> pages.put(new ItemPage(item, listing), found.getOrDefault(item, List.of()))))
                .mapEmpty();
    }

    private Future<Map<UUID, Integer>> findCounts(Caller caller, Set<UUID> items) {
        return notifications.countOfItems(database.reads(), caller.userId(), items, true);
    }

    private Future<Map<UUID, Integer>> findUnreadCounts(Caller caller, Set<UUID> items) {
        return notifications.countOfItems(database.reads(), caller.userId(), items, false);
    }

    /**
     * Answer of {@code markNotificationRead}, and of all that change one notification.
     *
     * @param changed whether this call changed it; null in an answer that a former release has kept
     */
    public record NotificationPayload(
            Notification notification, @Nullable Boolean changed) implements Payload {}

    private Future<NotificationPayload> markNotificationRead(Field field) {
        return mark(field, Notification.Status.READ);
    }

    private Future<NotificationPayload> markNotificationUnread(Field field) {
        return mark(field, Notification.Status.UNREAD);
    }

    private Future<NotificationPayload> mark(Field field, Notification.Status status) {
        UUID id = id(field);
        return log.change(
                Actor.of(field),
                NotificationPayload.class,
                change -> mark(change, List.of(id), status)
                        .map(found -> Optional.ofNullable(found.get(id)).orElseThrow(NotificationFetchers::notThere))
                        .map(marked -> new NotificationPayload(marked.after(), marked.changed())));
    }

    private static UUID id(Field field) {
        Input in = Input.of(field);
        UUID id = in.id("id", NodeId.Type.Notification);
        in.check();
        return id;
    }

    private static Problem notThere() {
        return Problem.at(Problem.Code.NOT_FOUND, List.of("input", "id"), "id names no notification.");
    }

    private Future<Map<UUID, Marked>> mark(Change change, List<UUID> ids, Notification.Status status) {
        return notifications
                .mark(change.connection(), change.userId(), ids, status)
                .onSuccess(found -> ids.stream().distinct().forEach(id -> {
                    Marked marked = found.get(id);
                    if (marked != null && marked.changed()) {
                        change.record(ActivityKind.NOTIFICATION_UPDATED, id, marked.before(), marked.after());
                    }
                }));
    }

    private static String idOf(Notification notification) {
        return new NodeId(NodeId.Type.Notification, notification.id()).encoded();
    }

    /** Answer of {@code markNotificationsRead}. */
    public record MarkNotificationsReadPayload(
            List<Notification> notifications, @Nullable List<String> changedIds, List<UserError> userErrors)
            implements Payload {}

    private Future<MarkNotificationsReadPayload> markNotificationsRead(Field field) {
        Input in = Input.of(field);
        List<UUID> ids = in.optionalIds("ids", NodeId.Type.Notification, MOST_MARKED_BY_ID);
        List<UUID> asked = ids == null ? List.of() : ids;
        // An id that is none is told like one that is not there, and hinders nothing.
        if (in.errors().stream().noneMatch(error -> error.code() == Problem.Code.NOT_FOUND)) {
            if (asked.isEmpty() && in.errors().isEmpty()) {
                in.reject("ids", Problem.Code.INVALID, "ids is empty; give at least one id.");
            }
            in.check();
        }
        return log.change(
                Actor.of(field),
                MarkNotificationsReadPayload.class,
                change -> mark(change, asked, Notification.Status.READ).map(found -> markedOf(in, asked, found)));
    }

    private static MarkNotificationsReadPayload markedOf(Input in, List<UUID> asked, Map<UUID, Marked> found) {
        Map<UUID, Marked> left = new HashMap<>(found);
        List<Notification> there = new ArrayList<>(found.size());
        List<String> changed = new ArrayList<>();
        List<UserError> errors = new ArrayList<>();
        for (int at = 0; at < asked.size(); at++) {
            UUID id = asked.get(at);
            Marked once = left.remove(id);
            if (once != null) {
                there.add(once.after());
                if (once.changed()) {
                    changed.add(idOf(once.after()));
                }
            } else if (!found.containsKey(id)) {
                List<String> path = in.pathOf("ids");
                path.add(Integer.toString(at));
                errors.add(new UserError(Problem.Code.NOT_FOUND, "ids[%d] names no notification.".formatted(at), path));
            }
        }
        return new MarkNotificationsReadPayload(there, changed, errors);
    }

    /** Answer of {@code markAllNotificationsRead}. */
    public record MarkAllNotificationsReadPayload(
            int markedCount, @Nullable List<String> changedIds) implements Payload {}

    private Future<MarkAllNotificationsReadPayload> markAllNotificationsRead(Field field) {
        Input in = Input.of(field);
        Instant upTo = in.optionalInstant("upTo");
        if (upTo == null) {
            throw Problem.at(Problem.Code.INVALID, in.pathOf("upTo"), "upTo must be given.");
        }
        return log.change(
                Actor.of(field),
                MarkAllNotificationsReadPayload.class,
                change -> notifications
                        .markReadUpTo(change.connection(), change.userId(), upTo)
                        .map(marked -> {
                            for (Notification now : marked) {
                                Notification before = now.marked(Notification.Status.UNREAD, null);
                                change.record(ActivityKind.NOTIFICATION_UPDATED, now.id(), before, now);
                            }
                            return new MarkAllNotificationsReadPayload(
                                    marked.size(),
                                    marked.stream()
                                            .limit(MOST_MARKED_BY_ID)
                                            .map(NotificationFetchers::idOf)
                                            .toList());
                        }));
    }

    /**
     * Answer of {@code acknowledgeNotification} and {@code unacknowledgeNotification}.
     *
     * @param changed whether this call did it; null, as the ids, in an answer that a former release has kept
     */
    public record AcknowledgementPayload(
            Notification notification,
            @Nullable Boolean changed,
            @Nullable List<String> changedIds) implements Payload {

        static AcknowledgementPayload of(Notification said, boolean noted, Map<UUID, Marked> settled) {
            Marked marked = settled.get(said.id());
            return new AcknowledgementPayload(
                    marked == null ? said : marked.after(),
                    noted || !settled.isEmpty(),
                    settled.values().stream().map(each -> idOf(each.after())).toList());
        }
    }

    private Future<AcknowledgementPayload> acknowledgeNotification(Field field) {
        UUID id = id(field);
        return log.change(
                Actor.of(field),
                AcknowledgementPayload.class,
                change -> require(change, id).compose(said -> acknowledge(change, said)));
    }

    private Future<AcknowledgementPayload> acknowledge(Change change, Notification said) {
        UUID itemId = Objects.requireNonNull(said.itemId());
        LocalDate expiryDate = Objects.requireNonNull(said.expiryDate());
        return notifications
                .acknowledge(change.connection(), change.userId(), itemId, expiryDate)
                .compose(noted -> notifications
                        .settle(change.connection(), change.userId(), itemId, expiryDate)
                        .map(settled -> AcknowledgementPayload.of(said, noted > 0, recorded(change, settled))));
    }

    private static Map<UUID, Marked> recorded(Change change, Map<UUID, Marked> settled) {
        settled.forEach(
                (id, each) -> change.record(ActivityKind.NOTIFICATION_UPDATED, id, each.before(), each.after()));
        return settled;
    }

    private Future<AcknowledgementPayload> unacknowledgeNotification(Field field) {
        UUID id = id(field);
        LocalDate today = field.caller().today(clock);
        return log.change(
                Actor.of(field),
                AcknowledgementPayload.class,
                change -> require(change, id).compose(said -> unacknowledge(change, said, today)));
    }

    private Future<AcknowledgementPayload> unacknowledge(Change change, Notification said, LocalDate today) {
        UUID itemId = Objects.requireNonNull(said.itemId());
        LocalDate expiryDate = Objects.requireNonNull(said.expiryDate());
        return notifications
                .unacknowledge(change.connection(), change.userId(), itemId, expiryDate)
                .compose(noted -> notifications
                        .reopen(change.connection(), change.userId(), itemId, expiryDate)
                        .map(settled -> AcknowledgementPayload.of(said, noted > 0, recorded(change, settled))))
                // What came due, or came to nothing, in the meantime.
                .compose(answer -> notices.datesChanged(change, today, List.of(itemId), List.of())
                        .map(answer));
    }

    /** What can be acknowledged or put off: something said of an item and its date. */
    private Future<Notification> require(Change change, UUID id) {
        return notifications
                .find(change.connection(), change.userId(), List.of(id))
                .map(found -> {
                    Notification said = Optional.ofNullable(found.get(id)).orElseThrow(NotificationFetchers::notThere);
                    if (said.itemId() == null || said.expiryDate() == null) {
                        throw Problem.at(
                                Problem.Code.CONFLICT,
                                List.of("input", "id"),
                                "This notification is not about the date of an item. Mark it read instead.");
                    }
                    return said;
                });
    }

    private Future<NotificationPayload> snoozeNotification(Field field) {
        Input in = Input.of(field);
        UUID id = in.id("id", NodeId.Type.Notification);
        LocalDate until = in.optionalDate("until");
        LocalDate today = field.caller().today(clock);
        if (until == null || !until.isAfter(today) || until.isAfter(today.plusDays(MOST_DAYS_SNOOZED))) {
            in.reject(
                    "until",
                    Problem.Code.INVALID,
                    "until must be a date after today, %s, and at most %d days ahead."
                            .formatted(today, MOST_DAYS_SNOOZED));
        }
        in.check();
        return log.change(
                Actor.of(field),
                NotificationPayload.class,
                change -> require(change, id).compose(said -> snooze(change, said, Objects.requireNonNull(until))));
    }

    private Future<NotificationPayload> snooze(Change change, Notification said, LocalDate until) {
        if (said.resolution() != null) {
            throw Problem.at(
                    Problem.Code.CONFLICT,
                    List.of("input", "id"),
                    "There is nothing to do about this notification any more: %s.".formatted(said.resolution()));
        }
        return until.equals(said.snoozedUntil())
                ? Future.succeededFuture(new NotificationPayload(said, false))
                : changed(change, said, notifications.snooze(change.connection(), change.userId(), said.id(), until));
    }

    private static Future<NotificationPayload> changed(
            Change change, Notification before, Future<Optional<Notification>> changing) {
        return changing.map(found -> {
            Notification after = found.orElseThrow(NotificationFetchers::notThere);
            change.record(ActivityKind.NOTIFICATION_UPDATED, after.id(), before, after);
            return new NotificationPayload(after, true);
        });
    }

    private Future<NotificationPayload> unsnoozeNotification(Field field) {
        UUID id = id(field);
        LocalDate today = field.caller().today(clock);
        return log.change(
                Actor.of(field),
                NotificationPayload.class,
                change -> require(change, id).compose(said -> unsnooze(change, said, today)));
    }

    private Future<NotificationPayload> unsnooze(Change change, Notification said, LocalDate today) {
        if (said.snoozedUntil() == null || said.resolution() != null) {
            return Future.succeededFuture(new NotificationPayload(said, false));
        }
        return changed(change, said, notifications.unsnooze(change.connection(), change.userId(), said.id()))
                // A reminder may have been held back in the meantime.
                .compose(answer -> notices.datesChanged(
                                change, today, List.of(Objects.requireNonNull(said.itemId())), List.of())
                        .map(answer));
    }

    private Future<Payload.Deletion> deleteNotification(Field field) {
        UUID id = id(field);
        return log.change(
                Actor.of(field),
                Payload.Deletion.class,
                change -> notifications
                        .delete(change.connection(), change.userId(), id)
                        .map(found -> {
                            Notification before = found.orElseThrow(NotificationFetchers::notThere);
                            change.record(ActivityKind.NOTIFICATION_DELETED, id, before, null);
                            return Payload.Deletion.of(NodeId.Type.Notification, id);
                        }));
    }

    private Future<ActivityStream<Notification>> notificationReceived(Field field) {
        return ActivityStream.open(
                vertx,
                log,
                liveFeed,
                field.caller().userId(),
                LogEvent.after(field),
                activity -> activity.kind() == ActivityKind.NOTIFICATION_CREATED
                        ? activity.state(Notification.class)
                        : null);
    }
}
