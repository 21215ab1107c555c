package org.expirytracker.activities;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.LogEvent;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the activities room. */
public final class ActivityFetchers implements Fetchers {

    private static final String NEWEST_FIRST = "activities";
    private static final String PAGES_BY_SUBJECT = "activities by subject";
    private static final String COUNT_BY_SUBJECT = "number of activities by subject";
    private static final Pattern PLACE = Pattern.compile("[0-9]{1,18}");

    private final Vertx vertx;
    private final ActivityLog log;
    private final LiveFeed liveFeed;
    private final Copies copies;

    /** Fields over one event loop's log. */
    public ActivityFetchers(Vertx vertx, Database database, ActivityLog log, LiveFeed liveFeed) {
        this.vertx = vertx;
        this.log = log;
        this.liveFeed = liveFeed;
        this.copies = new Copies(database.reads());
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("activities", field -> activities(field, wiring))
                .query("changes", field -> changes(field, wiring))
                .field("ObjectChange", "object", ActivityFetchers::object)
                .subscription("activity", field -> activity(field, wiring))
                .node(Activity.TYPE, Activity.class, Activity::id, (caller, ids) -> find(caller, ids, wiring))
                .connection("ActivityConnection")
                .field("Activity", "kind", field -> kind(field, wiring))
                .field("Activity", "subjectId", field -> subjectId(field, wiring))
                .field("Activity", "subject", field -> subject(field, wiring))
                .field("Activity", "before", ActivityFetchers::before)
                .field("Activity", "after", ActivityFetchers::after)
                .field("Activity", "stateBefore", field -> stateBefore(field, wiring))
                .field("Activity", "stateAfter", field -> stateAfter(field, wiring))
                .loader(PAGES_BY_SUBJECT, this::findPages)
                .loader(COUNT_BY_SUBJECT, this::findCounts);
    }

    private Future<Map<UUID, Activity>> find(Caller caller, Set<UUID> ids, Wiring wiring) {
        return log.find(caller.inventoryId(), ids).map(found -> {
            found.values()
                    .removeIf(activity -> wiring.declared(ActivityKind.class, activity.kind())
                            .filter(kind -> kind.isOpenTo(caller))
                            .isEmpty());
            return found;
        });
    }

    private Future<Connection<Activity>> activities(Field field, Wiring wiring) {
        Caller caller = field.caller();
        InventoryId inventoryId = caller.inventoryId();
        Input given = Input.arguments(field).object("filter");
        ActivityFilter filter = ActivityFilter.of(given, caller, wiring);
        UUID subject = given.optionalNode("subjectId", wiring.declared(NodeId.Type.class))
                .map(NodeId::value)
                .orElse(null);
        given.check();
        Page page = Page.of(field);
        Long place = place(page);
        if (subject == null) {
            return log.list(inventoryId, filter, page, place)
                    .map(found -> connection(found, page, counting -> log.count(inventoryId, filter)));
        }
        Set<UUID> one = Set.of(subject);
        return log.listOfSubjects(inventoryId, one, filter, page, place)
                .map(found -> connection(
                        found.getOrDefault(subject, List.of()),
                        page,
                        counting -> log.countOfSubjects(inventoryId, one, filter)
                                .map(counts -> counts.getOrDefault(subject, 0))));
    }

    /** Where a page begins: at a place in this list, or after an activity whose cursor a subscription gave. */
    private static @Nullable Long place(Page page) {
        String cursor = page.cursor();
        return cursor != null && PLACE.matcher(cursor).matches()
                ? Long.valueOf(cursor)
                : Cursor.decode(page, NEWEST_FIRST, keys -> Long.valueOf(keys.getFirst()));
    }

    private static Connection<Activity> connection(List<Activity> found, Page page, Wiring.Fetcher count) {
        return Connection.of(found, page, activity -> Cursor.encode(NEWEST_FIRST, activity.seq()), count);
    }

    /** Which page of what happened to which object; objects of one level that want the same page are loaded together. */
    private record SubjectPage(UUID subjectId, Listing listing) {}

    private record Listing(
            ActivityFilter filter, Page page, @Nullable Long place) {}

    /**
     * Answers a field {@code activities} of an object: what happened to it, of the kinds that the argument {@code kind}
     * names, or all, as far as they are open to the caller.
     *
     * @param wiring with all kinds, once the rooms are put together
     * @param subjectId row id of the object
     */
    public static @Nullable Object activitiesOf(Field field, Wiring wiring, UUID subjectId) {
        Page page = Page.of(field);
        ActivityFilter filter = new ActivityFilter(
                ActivityFilter.kinds(Input.arguments(field), field.caller(), wiring), null, null, null);
        SubjectPage key = new SubjectPage(subjectId, new Listing(filter, page, place(page)));
        return field.<SubjectPage, List<Activity>, Connection<Activity>>load(
                PAGES_BY_SUBJECT,
                key,
                found -> connection(found, page, counting -> counting.load(COUNT_BY_SUBJECT, key)));
    }

    private Future<Map<SubjectPage, List<Activity>>> findPages(Caller caller, Set<SubjectPage> keys) {
        return eachListing(
                keys,
                List.of(),
                (listing, subjects) -> log.listOfSubjects(
                        caller.inventoryId(), subjects, listing.filter, listing.page, listing.place));
    }

    private Future<Map<SubjectPage, Integer>> findCounts(Caller caller, Set<SubjectPage> keys) {
        return eachListing(
                keys, 0, (listing, subjects) -> log.countOfSubjects(caller.inventoryId(), subjects, listing.filter));
    }

    @FunctionalInterface
    private interface SubjectsQuery<V> {
        Future<Map<UUID, V>> run(Listing listing, List<UUID> subjectIds);
    }

    /** One statement for each listing that occurs in a level, which is one unless a query uses aliases. */
    private static <V> Future<Map<SubjectPage, V>> eachListing(Set<SubjectPage> keys, V none, SubjectsQuery<V> query) {
        Map<Listing, List<UUID>> byListing = keys.stream()
                .collect(Collectors.groupingBy(
                        SubjectPage::listing, Collectors.mapping(SubjectPage::subjectId, Collectors.toList())));
        Map<SubjectPage, V> values = HashMap.newHashMap(keys.size());
        keys.forEach(key -> values.put(key, none));
        List<Future<Void>> statements = byListing.entrySet().stream()
                .map(entry -> query.run(entry.getKey(), entry.getValue()).<Void>map(found -> {
                    found.forEach((id, value) -> values.put(new SubjectPage(id, entry.getKey()), value));
                    return null;
                }))
                .toList();
        return Future.all(statements).map(done -> values);
    }

    private Future<ActivityStream<Activity>> activity(Field field, Wiring wiring) {
        Caller caller = field.caller();
        Set<String> kinds = ActivityFilter.kinds(Input.arguments(field), caller, wiring);
        return ActivityStream.open(
                vertx,
                log,
                liveFeed,
                caller.inventoryId(),
                LogEvent.after(field),
                activity -> kinds == null || kinds.contains(activity.kind()) ? activity : null);
    }

    private static final String LISTED = "all there is";

    /**
     * A page of {@code changes}.
     *
     * @param cursor where the next one begins
     */
    record ChangePage(List<Copies.ObjectChange> nodes, String cursor, boolean hasMore) {

        static ChangePage of(Copies.Changes found) {
            return new ChangePage(found.nodes(), cursor(found.next()), found.hasMore());
        }

        private static String cursor(Copies.Place place) {
            return switch (place) {
                case Copies.Logged(long seq) -> Long.toString(seq);
                case Copies.Listed(long seq, String type, UUID after) -> Cursor.encode(LISTED, seq, type, after);
            };
        }
    }

    private Future<ChangePage> changes(Field field, Wiring wiring) {
        Caller caller = field.caller();
        Page page = Page.of(field);
        return copies.page(caller.inventoryId(), open(field, wiring), placeOfChange(page), page.size())
                .map(ChangePage::of);
    }

    /** What a caller may keep copies of; fails with {@code FORBIDDEN} when it is nothing. */
    private static Copies.Open open(Field field, Wiring wiring) {
        Caller caller = field.caller();
        List<Copied> types = wiring.declared(Copied.class).stream()
                .filter(copied -> copied.kind().isOpenTo(caller))
                .toList();
        if (types.isEmpty()) {
            // Says which scopes open something.
            ActivityFilter.kinds(Input.arguments(field), caller, wiring);
            caller.require(wiring.declared(Copied.class).getFirst().kind().opensTo());
        }
        Set<NodeId.Type> open = types.stream().map(Copied::type).collect(Collectors.toSet());
        return new Copies.Open(
                types,
                wiring.declared(ActivityKind.class).stream()
                        .filter(kind -> kind.isOpenTo(caller) && open.contains(kind.subject()))
                        .collect(Collectors.toMap(ActivityKind::name, ActivityKind::subject)));
    }

    private static Copies.@Nullable Place placeOfChange(Page page) {
        String cursor = page.cursor();
        return cursor != null && PLACE.matcher(cursor).matches()
                ? new Copies.Logged(Long.parseLong(cursor))
                : Cursor.decode(
                        page,
                        LISTED,
                        keys -> new Copies.Listed(
                                Long.parseLong(keys.get(0)), keys.get(1), UUID.fromString(keys.get(2))));
    }

    private static @Nullable Object object(Field field) {
        Copies.ObjectChange change = Objects.requireNonNull(field.<Copies.ObjectChange>source());
        return field.load(change.type().name(), change.rowId());
    }

    private static Activity source(Field field) {
        Activity activity = field.source();
        if (activity == null) {
            throw new IllegalStateException("A field of Activity without an activity");
        }
        return activity;
    }

    private static ActivityKind kind(Field field, Wiring wiring) {
        String name = source(field).kind();
        return wiring.declared(ActivityKind.class, name)
                .orElseThrow(() -> new IllegalStateException("No room declares the kind " + name));
    }

    private static String subjectId(Field field, Wiring wiring) {
        return new NodeId(kind(field, wiring).subject(), source(field).subjectId()).encoded();
    }

    private static @Nullable Object subject(Field field, Wiring wiring) {
        return field.load(kind(field, wiring).subject().name(), source(field).subjectId());
    }

    private static @Nullable Map<String, Object> before(Field field) {
        return members(source(field).before());
    }

    private static @Nullable Map<String, Object> after(Field field) {
        return members(source(field).after());
    }

    private static @Nullable Map<String, Object> members(@Nullable String state) {
        return state == null ? null : RecordJson.members(state);
    }

    private static @Nullable Object stateBefore(Field field, Wiring wiring) {
        return wiring.state(kind(field, wiring).state(), source(field).before());
    }

    private static @Nullable Object stateAfter(Field field, Wiring wiring) {
        return wiring.state(kind(field, wiring).state(), source(field).after());
    }
}
