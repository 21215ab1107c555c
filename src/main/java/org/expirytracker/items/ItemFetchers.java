package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.time.Clock;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityFetchers;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.ActivityStream;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Copied;
import org.expirytracker.activities.LiveFeed;
import org.expirytracker.categories.Category;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.db.Database;
import org.expirytracker.db.SqlFailures;
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
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the items room, among them those that join categories to their items. */
public final class ItemFetchers implements Fetchers {

    private static final String BY_EXTERNAL_ID = "item by external id";
    private static final String PAGES_BY_GROUP = "items by category or product";
    private static final String TOTAL_BY_GROUP = "number of items by category or product, and conditions";
    private static final String COUNT_BY_CATEGORY = "number of items in stock by category";
    private static final int MOST_DAYS_AHEAD = 3_650;

    private final Vertx vertx;
    private final Clock clock;
    private final Database database;
    private final ActivityLog log;
    private final LiveFeed liveFeed;
    private final ItemRepository repository;
    private final TakeOutRepository takeOuts = new TakeOutRepository();
    private final InventoryRepository inventories = new InventoryRepository();
    private final AtRiskRepository atRisk = new AtRiskRepository();
    private final Items items;
    private final BulkItems bulk;

    /** Fields over one event loop's connections. */
    public ItemFetchers(
            Vertx vertx,
            Clock clock,
            Database database,
            ActivityLog log,
            LiveFeed liveFeed,
            ItemRepository repository,
            Items items,
            BulkItems bulk) {
        this.vertx = vertx;
        this.clock = clock;
        this.database = database;
        this.log = log;
        this.liveFeed = liveFeed;
        this.repository = repository;
        this.items = items;
        this.bulk = bulk;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.declare(ItemActivities.ALL)
                .declare(
                        new Copied(Item.TYPE, ItemActivities.ITEM_CREATED, repository::listIds, Optional.empty()),
                        new Copied(
                                TakenOut.TYPE,
                                ItemActivities.ITEM_TAKEN_OUT,
                                takeOuts::list,
                                Optional.of(ItemActivities.takeOuts(takeOuts::present))))
                .query("item", this::item)
                .query("itemByIdentifier", ItemFetchers::itemByIdentifier)
                .query("items", this::items)
                .query("inventory", this::inventory)
                .query("stockByDay", this::stockByDay)
                .query("atRisk", this::atRisk)
                .mutation("createItem", this::createItem)
                .mutation("createItems", this::createItems)
                .mutation("upsertItems", this::upsertItems)
                .mutation("updateItems", this::updateItems)
                .mutation("setCategoryOf", this::setCategoryOf)
                .mutation("takeOutMany", this::takeOutMany)
                .mutation("deleteItems", this::deleteItems)
                .mutation("updateItem", this::updateItem)
                .mutation("deleteItem", this::deleteItem)
                .mutation("takeOut", this::takeOut)
                .subscription("itemChanged", this::itemChanged)
                .subscription("inventoryChanged", field -> inventoryChanged(field, wiring))
                .field("Item", "status", this::status)
                .field("Item", "statusOn", this::statusOn)
                .field("Item", "daysLeft", this::daysLeft)
                .field("Item", "daysLeftOn", this::daysLeftOn)
                .field("Item", "category", this::category)
                .field("Category", "items", this::itemsOfCategory)
                .field("Category", "itemCount", this::itemCount)
                .field("CategoryTotals", "category", this::categoryOfTotals)
                .field("Item", "activities", field -> activities(field, wiring))
                .connection("ItemConnection")
                .field("ItemConnection", "totalCountPrecision", ItemFetchers::countPrecision)
                .state("ItemState", ItemState.class, ItemState::item)
                .node(Item.TYPE, Item.class, Item::id, this::find)
                .node(
                        TakenOut.TYPE,
                        TakenOut.class,
                        TakenOut::id,
                        (caller, ids) -> takeOuts.find(database.reads(caller), caller.inventoryId(), ids))
                .field("TakeOut", "item", ItemFetchers::itemOfTakeOut)
                .field("TakeOut", "category", ItemFetchers::categoryOfTakeOut)
                .<String, Item>loader(
                        BY_EXTERNAL_ID,
                        (caller, ids) -> repository.findByExternalId(database.reads(caller), caller.inventoryId(), ids))
                .loader(PAGES_BY_GROUP, this::findPages)
                .loader(TOTAL_BY_GROUP, this::findTotals)
                .loader(COUNT_BY_CATEGORY, this::findCounts);
    }

    private @Nullable Object item(Field field) {
        return field.loadNode(Item.TYPE, field.argument("id"));
    }

    private static @Nullable Object itemByIdentifier(Field field) {
        Input input = Input.arguments(field).object("identifier");
        if (!input.isGiven("externalId")) {
            return field.loadNode(
                    Item.TYPE,
                    Objects.requireNonNull(field.<Map<String, String>>argument("identifier"))
                            .get("id"));
        }
        ItemIdentifier.ByExternalId identifier = ItemIdentifier.ByExternalId.of(input);
        input.check();
        return field.load(BY_EXTERNAL_ID, identifier.externalId());
    }

    private Future<Map<UUID, Item>> find(Caller caller, Collection<UUID> ids) {
        return repository.find(database.reads(caller), caller.inventoryId(), ids);
    }

    /** What a list of items is asked for, apart from whose items they are. */
    private record Listing(ItemFilter filter, ItemOrder order, Page page, ItemOrder.@Nullable Place place) {

        static Listing of(Field field, LocalDate today) {
            Input arguments = Input.arguments(field);
            LocalDate asOf = arguments.optionalDate("asOf");
            ItemFilter filter = ItemFilter.of(arguments.object("filter"), asOf == null ? today : asOf);
            ItemOrder order = ItemOrder.of(arguments.object("orderBy"));
            arguments.check();
            Page page = Page.of(field);
            return new Listing(filter, order, page, Cursor.decode(page, order.cursorName(), order::place));
        }

        Connection<Item> connection(List<ItemRepository.Placed> found, Wiring.Fetcher count, Wiring.Fetcher precision) {
            return Connection.of(found, page, placed -> order.cursor(Objects.requireNonNull(placed.place())), count)
                    .withPrecision(precision)
                    .map(ItemRepository.Placed::item);
        }
    }

    private Future<Connection<Item>> items(Field field) {
        Caller caller = field.caller();
        InventoryId inventoryId = caller.inventoryId();
        Listing listing = Listing.of(field, field.today(clock));
        OneCount count = new OneCount(() -> count(caller, listing.filter));
        return repository
                .list(
                        database.reads(caller),
                        inventoryId,
                        listing.filter,
                        listing.order,
                        listing.page,
                        listing.place,
                        ItemColumns.of(field))
                .recover(ItemFetchers::tooMuchToAsk)
                .map(found -> listing.connection(
                        found,
                        counting -> count.get().map(ItemCount::items),
                        counting -> count.get().map(ItemCount::precision)));
    }

    /** A number that two fields show and that is counted once. */
    private static final class OneCount {

        private final Supplier<Future<ItemCount>> count;
        private @Nullable Future<ItemCount> counted;

        OneCount(Supplier<Future<ItemCount>> count) {
            this.count = count;
        }

        Future<ItemCount> get() {
            if (counted == null) {
                counted = count.get();
            }
            return counted;
        }
    }

    private static @Nullable Object countPrecision(Field field) {
        return Objects.requireNonNull(field.<Connection<?>>source()).precision().fetch(field);
    }

    private Future<ItemCount> count(Caller caller, ItemFilter filter) {
        InventoryId inventoryId = caller.inventoryId();
        SqlClient client = database.reads(caller);
        return filter.equals(ItemFilter.IN_STOCK)
                ? StockDays.read(
                        database,
                        client,
                        inventoryId,
                        ItemCount.exactly(0),
                        reads -> StockDays.items(reads, inventoryId).map(found -> found.map(ItemCount::exactly)))
                : repository.count(client, inventoryId, filter).recover(ItemFetchers::tooMuchToAsk);
    }

    /** A list that the database was stopped at: nearly nothing was found among very many items. */
    private static <T> Future<T> tooMuchToAsk(Throwable failure) {
        return Future.failedFuture(
                SqlFailures.ranTooLong(failure)
                        ? Problem.of(
                                Problem.Code.LIMIT_REACHED,
                                "There are too many items to find these among in time. Narrow the filter: a status, a"
                                        + " category, a location, a range of dates or a longer word of the search leaves fewer"
                                        + " to look at; without totalCount it takes less.")
                        : failure);
    }

    private Future<Map<UUID, Integer>> inStock(Caller caller, Collection<UUID> categoryIds) {
        return StockDays.read(
                        database,
                        database.reads(caller),
                        caller.inventoryId(),
                        Map.of(),
                        reads -> StockDays.itemsOfCategories(reads, caller.inventoryId(), categoryIds))
                .map(counts -> withZeros(counts, categoryIds));
    }

    private Future<Map<UUID, ItemCount>> count(Caller caller, ItemGroups groups, ItemFilter filter) {
        return groups.by() == ItemGroups.By.CATEGORY && filter.equals(ItemFilter.IN_STOCK)
                ? inStock(caller, groups.ids()).map(counts -> {
                    Map<UUID, ItemCount> exact = new HashMap<>();
                    counts.forEach((id, items) -> exact.put(id, ItemCount.exactly(items)));
                    return exact;
                })
                : repository
                        .countOfEach(database.reads(caller), caller.inventoryId(), groups, filter)
                        .recover(ItemFetchers::tooMuchToAsk);
    }

    private Future<Inventory> inventory(Field field) {
        Caller caller = field.caller();
        Input arguments = Input.arguments(field);
        LocalDate asOf = arguments.optionalDate("asOf");
        arguments.check();
        return inventories.inventory(
                database, database.reads(caller), caller.inventoryId(), asOf == null ? field.today(clock) : asOf);
    }

    private Future<List<StockDay>> stockByDay(Field field) {
        Input arguments = Input.arguments(field);
        LocalDate from = Objects.requireNonNullElse(arguments.optionalDate("from"), LocalDate.MIN);
        LocalDate to = Objects.requireNonNullElse(arguments.optionalDate("to"), LocalDate.MIN);
        if (from.isAfter(to)) {
            arguments.reject("to", Problem.Code.INVALID, "to must not be before from.");
        } else if (ChronoUnit.DAYS.between(from, to) >= StockDay.MOST_DAYS) {
            arguments.reject(
                    "to", Problem.Code.INVALID, "from and to span more than %d days.".formatted(StockDay.MOST_DAYS));
        }
        InventoryRepository.StockPart part = stockPart(arguments);
        arguments.check();
        Caller caller = field.caller();
        return inventories.stockByDay(database, database.reads(caller), caller.inventoryId(), part, from, to);
    }

    private static InventoryRepository.StockPart stockPart(Input arguments) {
        UUID categoryId = arguments.optionalId("categoryId", Category.TYPE);
        String location = arguments.optionalName("location", ItemFilter.MOST_LOCATION);
        boolean withoutCategory = arguments.flag("withoutCategory", false);
        boolean withoutLocation = arguments.flag("withoutLocation", false);
        List<InventoryRepository.StockPart> parts = new ArrayList<>();
        if (categoryId != null || withoutCategory) {
            parts.add(InventoryRepository.StockPart.category(categoryId));
        }
        if (location != null || withoutLocation) {
            parts.add(InventoryRepository.StockPart.location(location));
        }
        if (parts.size() > 1 || (categoryId != null && withoutCategory) || (location != null && withoutLocation)) {
            arguments.reject(
                    "categoryId",
                    Problem.Code.INVALID,
                    "Ask for one category or for one place, not for both: give one of categoryId, withoutCategory, location and withoutLocation.");
        }
        return parts.isEmpty() ? InventoryRepository.StockPart.WHOLE : parts.getFirst();
    }

    private Future<AtRiskForecast> atRisk(Field field) {
        Caller caller = field.caller();
        Input arguments = Input.arguments(field);
        LocalDate asOf = arguments.optionalDate("asOf");
        int within =
                Objects.requireNonNull(arguments.optionalInt("within", 0, MOST_DAYS_AHEAD), "the schema has a default");
        arguments.check();
        return atRisk.atRisk(
                        database.reads(caller), caller.inventoryId(), asOf == null ? field.today(clock) : asOf, within)
                .recover(failure -> Future.failedFuture(
                        SqlFailures.ranTooLong(failure)
                                ? Problem.at(
                                        Problem.Code.LIMIT_REACHED,
                                        List.of("within"),
                                        "There are too many lots for one forecast. Ask for fewer days with within.")
                                : failure));
    }

    private Future<Items.ItemPayload> createItem(Field field) {
        Input input = Input.of(field);
        NewItem fresh = NewItem.of(input);
        input.check();
        return items.create(Actor.of(field), fresh);
    }

    private Future<BulkItems.ItemsPayload> createItems(Field field) {
        Input input = Input.of(field);
        return bulk.createAll(Actor.of(field), rows(input, "items", NewItem::of), BulkRow.ErrorPolicy.of(input));
    }

    private Future<BulkItems.UpsertItemsPayload> upsertItems(Field field) {
        Input input = Input.of(field);
        return bulk.upsertAll(Actor.of(field), rows(input, "items", Upsert::of), BulkRow.ErrorPolicy.of(input));
    }

    private Future<BulkItems.ChangedItemsPayload> updateItems(Field field) {
        Input input = Input.of(field);
        return bulk.updateAll(Actor.of(field), rows(input, "items", ItemPatch::of), BulkRow.ErrorPolicy.of(input));
    }

    private Future<BulkItems.ChangedItemsPayload> setCategoryOf(Field field) {
        Input input = Input.of(field);
        UUID categoryId = input.optionalId("categoryId", Category.TYPE);
        if (!input.has("categoryId")) {
            input.reject(
                    "categoryId", Problem.Code.INVALID, "categoryId must be given; null takes items out of theirs.");
        }
        input.check();
        return bulk.setCategoryOf(
                Actor.of(field), rows(input, "items", ItemReference::of), categoryId, BulkRow.ErrorPolicy.of(input));
    }

    private Future<BulkItems.ItemsPayload> takeOutMany(Field field) {
        Input input = Input.of(field);
        return bulk.takeOutMany(
                Actor.of(field), rows(input, "takeOuts", NewTakeOut::of), BulkRow.ErrorPolicy.of(input));
    }

    private Future<BulkItems.DeleteItemsPayload> deleteItems(Field field) {
        Input input = Input.of(field);
        return bulk.deleteAll(Actor.of(field), rows(input, "items", ItemReference::of), BulkRow.ErrorPolicy.of(input));
    }

    private static <T> List<BulkRow<T>> rows(Input input, String name, Function<Input, T> read) {
        return input.objects(name).stream().map(row -> BulkRow.of(row, read)).toList();
    }

    private Future<Items.UpdateItemPayload> updateItem(Field field) {
        Input input = Input.of(field);
        ItemPatch patch = ItemPatch.of(input);
        input.check();
        return items.update(Actor.of(field), patch);
    }

    private Future<Payload.Deletion> deleteItem(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", Item.TYPE);
        input.check();
        return items.delete(Actor.of(field), id, input.expectedVersion());
    }

    private Future<Items.ItemPayload> takeOut(Field field) {
        Input input = Input.of(field);
        NewTakeOut asked = NewTakeOut.of(input);
        input.check();
        return items.takeOut(Actor.of(field), asked);
    }

    /** What happened to an item. */
    private enum Action {
        CREATED,
        UPDATED,
        DELETED
    }

    /**
     * One change of an item.
     *
     * @param item after the change; null when it is gone
     * @param cursor its place in the log
     */
    record ItemChange(
            Action action, String itemId, @Nullable Item item, String cursor) {

        /** The same id under its former name, by which caches take two changes of an item for one. */
        public String id() {
            return itemId;
        }
    }

    private Future<ActivityStream<ItemChange>> itemChanged(Field field) {
        Caller caller = field.caller();
        return ActivityStream.open(
                vertx, log, liveFeed, caller.inventoryId(), LogEvent.after(field), ItemFetchers::toItemChange);
    }

    private static @Nullable ItemChange toItemChange(Activity activity) {
        if (!ItemActivities.isOfItem(activity)) {
            return null;
        }
        String id = new NodeId(Item.TYPE, activity.subjectId()).encoded();
        if (ItemActivities.ITEM_DELETED.is(activity)) {
            return new ItemChange(Action.DELETED, id, null, activity.cursor());
        }
        Action action = ItemActivities.ITEM_CREATED.is(activity) ? Action.CREATED : Action.UPDATED;
        return new ItemChange(action, id, activity.state(Item.class), activity.cursor());
    }

    private Future<InventoryStream> inventoryChanged(Field field, Wiring wiring) {
        Caller caller = field.caller();
        return ActivityStream.<Boolean>open(
                        vertx,
                        log,
                        liveFeed,
                        caller.inventoryId(),
                        null,
                        activity -> mayChangeInventory(activity, wiring) ? true : null)
                .map(changes -> new InventoryStream(
                        vertx,
                        changes,
                        () -> inventories.inventory(database, caller.inventoryId(), caller.today(clock))));
    }

    /** What opens with items changes them; at the turn of the day they change their status without being touched. */
    private static boolean mayChangeInventory(Activity activity, Wiring wiring) {
        return activity.actor() == Activity.Actor.SYSTEM
                || wiring.declared(ActivityKind.class, activity.kind())
                        .filter(kind -> kind.opensTo().equals(ItemsAccess.READ))
                        .isPresent();
    }

    private static @Nullable Object activities(Field field, Wiring wiring) {
        return ActivityFetchers.activitiesOf(field, wiring, source(field).id());
    }

    private Object status(Field field) {
        return source(field).statusOn(field.today(clock));
    }

    private Object statusOn(Field field) {
        return source(field).statusOn(date(field));
    }

    private @Nullable Object daysLeft(Field field) {
        return source(field).daysLeftOn(field.today(clock));
    }

    private @Nullable Object daysLeftOn(Field field) {
        return source(field).daysLeftOn(date(field));
    }

    private static Item source(Field field) {
        return Objects.requireNonNull(field.<Item>source());
    }

    private static LocalDate date(Field field) {
        Input arguments = Input.arguments(field);
        LocalDate date = arguments.optionalDate("date");
        arguments.check();
        return Objects.requireNonNull(date, "the schema requires it");
    }

    private @Nullable Object category(Field field) {
        return field.load(Category.TYPE.name(), source(field).categoryId());
    }

    private static @Nullable Object itemOfTakeOut(Field field) {
        return field.load(
                Item.TYPE.name(),
                Objects.requireNonNull(field.<TakenOut>source()).rowItemId());
    }

    private static @Nullable Object categoryOfTakeOut(Field field) {
        return field.load(
                Category.TYPE.name(),
                Objects.requireNonNull(field.<TakenOut>source()).categoryId());
    }

    private @Nullable Object categoryOfTotals(Field field) {
        CategoryTotals totals = Objects.requireNonNull(field.<CategoryTotals>source());
        return field.load(Category.TYPE.name(), totals.categoryId());
    }

    /** Which page of which category or product; those of one level that want the same page are loaded together. */
    private record GroupPage(ItemGroups.By by, UUID id, Listing listing) {}

    private @Nullable Object itemsOfCategory(Field field) {
        return itemsOf(
                field,
                ItemGroups.By.CATEGORY,
                Objects.requireNonNull(field.<Category>source()).id());
    }

    /** The lots of a product, as the arguments of a field ask for them; by default those in stock, soonest expiry first. */
    public @Nullable Object itemsOfProduct(Field field, UUID productId) {
        return itemsOf(field, ItemGroups.By.PRODUCT, productId);
    }

    private @Nullable Object itemsOf(Field field, ItemGroups.By by, UUID id) {
        Listing listing = Listing.of(field, field.today(clock));
        GroupPage key = new GroupPage(by, id, listing);
        return field.<GroupPage, List<ItemRepository.Placed>, Connection<Item>>load(
                PAGES_BY_GROUP,
                key,
                found -> listing.connection(
                        found,
                        counting -> counting.load(TOTAL_BY_GROUP, key, ItemCount::items),
                        counting -> counting.load(TOTAL_BY_GROUP, key, ItemCount::precision)));
    }

    private Future<Map<GroupPage, List<ItemRepository.Placed>>> findPages(Caller caller, Set<GroupPage> keys) {
        return eachListing(
                keys,
                (listing, groups) -> repository
                        .listOfEach(
                                database.reads(caller),
                                caller.inventoryId(),
                                groups,
                                listing.filter,
                                listing.order,
                                listing.page,
                                listing.place)
                        .recover(ItemFetchers::tooMuchToAsk));
    }

    private Future<Map<GroupPage, ItemCount>> findTotals(Caller caller, Set<GroupPage> keys) {
        return eachListing(keys, (listing, groups) -> count(caller, groups, listing.filter));
    }

    @FunctionalInterface
    private interface GroupsQuery<V> {
        Future<Map<UUID, V>> run(Listing listing, ItemGroups groups);
    }

    /** What is asked of several groups at once. */
    private record Asked(ItemGroups.By by, Listing listing) {

        static Asked of(GroupPage page) {
            return new Asked(page.by, page.listing);
        }
    }

    /** One statement for each listing that occurs in a level, which is one unless a query uses aliases. */
    private static <V> Future<Map<GroupPage, V>> eachListing(Set<GroupPage> keys, GroupsQuery<V> query) {
        Map<Asked, List<UUID>> byListing = keys.stream()
                .collect(Collectors.groupingBy(Asked::of, Collectors.mapping(GroupPage::id, Collectors.toList())));
        Map<GroupPage, V> values = new HashMap<>();
        List<Future<Void>> parts = byListing.entrySet().stream()
                .map(entry -> {
                    Asked asked = entry.getKey();
                    return query.run(asked.listing, new ItemGroups(asked.by, entry.getValue()))
                            .<Void>map(found -> {
                                found.forEach(
                                        (id, value) -> values.put(new GroupPage(asked.by, id, asked.listing), value));
                                return null;
                            });
                })
                .toList();
        return Future.all(parts).map(done -> values);
    }

    private @Nullable Object itemCount(Field field) {
        Category category = Objects.requireNonNull(field.<Category>source());
        return field.load(COUNT_BY_CATEGORY, category.id());
    }

    private Future<Map<UUID, Integer>> findCounts(Caller caller, Set<UUID> categoryIds) {
        return inStock(caller, categoryIds);
    }

    private static Map<UUID, Integer> withZeros(Map<UUID, Integer> counts, Collection<UUID> categoryIds) {
        Map<UUID, Integer> all = new HashMap<>(counts);
        categoryIds.forEach(id -> all.putIfAbsent(id, 0));
        return all;
    }
}
