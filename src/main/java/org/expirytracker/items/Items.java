package org.expirytracker.items;

import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.categories.CategoryRepository;
import org.expirytracker.categories.CategoryWatch;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.users.LeadDaysWatch;
import org.jspecify.annotations.Nullable;

/** How items change: what is refused, what is written to the log, and who is notified of new dates. */
public final class Items implements LeadDaysWatch, CategoryWatch {

    /** As far as a day that was turned can lie ahead of a user who has moved west since. */
    private static final int MOST_DAYS_AHEAD = 2;

    /** What is said where a category is named that is not there. */
    static final String NO_CATEGORY = "There is no category with this id.";

    /** What is said where a product is named that is not there. */
    static final String NO_PRODUCT = "There is no product with this id.";

    private static final List<String> INPUT = List.of("input");

    private final ItemRepository repository;
    private final CategoryRepository categories = new CategoryRepository();
    private final ActivityLog log;
    private final ExpiryWatch watch;
    private final LotDefaults.Source products;
    private final Clock clock;

    /**
     * Rules over one event loop's log.
     *
     * @param watch is notified of items that may have come within their lead days
     * @param products what these say of their lots
     */
    public Items(
            ItemRepository repository, ActivityLog log, ExpiryWatch watch, LotDefaults.Source products, Clock clock) {
        this.repository = repository;
        this.log = log;
        this.watch = watch;
        this.products = products;
        this.clock = clock;
    }

    /** Answer of {@code createItem} and {@code takeOut}. */
    public record ItemPayload(Item item) implements Payload {}

    /**
     * Answer of {@code updateItem}.
     *
     * @param changed whether this call changed it; null in an answer that a former release has kept
     */
    public record UpdateItemPayload(Item item, @Nullable Boolean changed) implements Payload {}

    /**
     * Creates an item.
     *
     * @return fails with {@code NOT_FOUND} at a category or a product that does not exist, {@code CONFLICT} when its
     *     external id is taken
     */
    public Future<ItemPayload> create(Actor actor, NewItem fresh) {
        LocalDate today = actor.caller().today(clock);
        return log.change(
                actor,
                ItemPayload.class,
                change -> item(change, fresh, today)
                        .compose(item -> requireCategory(change, item.categoryId(), INPUT)
                                .compose(exists -> insert(change, List.of(item), today)))
                        .map(created -> new ItemPayload(Objects.requireNonNull(created.get(fresh.id())))));
    }

    private Future<Item> item(Change change, NewItem fresh, LocalDate today) {
        return lotDefaults(change, fresh.productId() == null ? Set.of() : Set.of(fresh.productId()), today)
                .map(known -> {
                    if (fresh.productId() != null && !known.containsKey(fresh.productId())) {
                        throw Problem.at(Problem.Code.NOT_FOUND, at(INPUT, "productId"), NO_PRODUCT);
                    }
                    return fresh.item(known);
                });
    }

    /** What some products say of their lots; those that do not exist are left out. */
    Future<Map<UUID, LotDefaults>> lotDefaults(Change change, Set<UUID> productIds, LocalDate today) {
        return productIds.isEmpty()
                ? Future.succeededFuture(Map.of())
                : products.find(change.connection(), change.inventoryId(), productIds, today);
    }

    /** Adds new items as part of a change. */
    Future<Map<UUID, Item>> insert(Change change, List<Item> fresh, LocalDate today) {
        return repository
                .insert(change.connection(), change.inventoryId(), fresh)
                .compose(created -> {
                    for (Item item : fresh) {
                        record(change, ItemActivities.ITEM_CREATED, null, created.get(item.id()));
                    }
                    return notifyOfDates(
                                    change,
                                    today,
                                    created.values().stream()
                                            .filter(item -> mayBeDue(item, today))
                                            .toList())
                            .map(notified -> created);
                });
    }

    /** Notes what became of an item, in the log and in what is counted. */
    static void record(Change change, ActivityKind kind, @Nullable Item before, @Nullable Item after) {
        StockDays.note(change, before, after);
        change.record(
                kind, Objects.requireNonNull(after == null ? before : after).id(), before, after);
    }

    /** Of most new items there is nothing to say yet, even if the user's day is further than this node believes. */
    static boolean mayBeDue(Item item, LocalDate today) {
        return item.purchaseDate() != null
                || (item.expiryDate() != null
                        && !item.expiryDate().minusDays(item.leadDays()).isAfter(today.plusDays(MOST_DAYS_AHEAD)));
    }

    private Future<?> notifyOfDates(Change change, LocalDate today, Collection<Item> items) {
        return items.isEmpty()
                ? Future.succeededFuture()
                : watch.datesChanged(change, today, items.stream().map(Item::id).toList(), List.of());
    }

    /**
     * Changes an item.
     *
     * @return fails with {@code NOT_FOUND} when it, its new category or product does not exist, {@code STALE_VERSION},
     *     {@code CONFLICT} when its external id is taken
     */
    public Future<UpdateItemPayload> update(Actor actor, ItemPatch patch) {
        LocalDate today = actor.caller().today(clock);
        return log.change(
                actor,
                UpdateItemPayload.class,
                change -> require(change, patch.id(), "id", patch.expected()).compose(before -> {
                    Item after = patch.values().apply(before);
                    return after.equals(before)
                            ? Future.succeededFuture(new UpdateItemPayload(before, false))
                            : requireCategory(change, patch.toCategory() ? after.categoryId() : null, INPUT)
                                    .compose(exists ->
                                            requireProduct(change, patch.toProduct() ? after.productId() : null))
                                    .compose(exists -> update(change, before, after, today, true))
                                    .map(updated -> new UpdateItemPayload(updated, true));
                }));
    }

    /**
     * Changes an item.
     *
     * @param anew whether a date that it gets, or stock that there is again, begins anew; not when a change is undone
     */
    public Future<Item> update(Change change, Item before, Item after, LocalDate today, boolean anew) {
        return repository
                .update(change.connection(), change.inventoryId(), after)
                .compose(updated -> {
                    record(change, ItemActivities.ITEM_UPDATED, before, updated);
                    List<UUID> renewed = anew && isRenewed(before, updated) ? List.of(updated.id()) : List.of();
                    return isReDated(before, updated)
                            ? watch.datesChanged(change, today, List.of(updated.id()), renewed)
                                    .map(notified -> updated)
                            : Future.succeededFuture(updated);
                });
    }

    static boolean isRenewed(Item before, Item after) {
        return !Objects.equals(before.expiryDate(), after.expiryDate()) || (before.usedUp() && !after.usedUp());
    }

    /** Whether there may be something new to notify of, or what was notified is not true any more. */
    static boolean isReDated(Item before, Item after) {
        return !Objects.equals(before.expiryDate(), after.expiryDate())
                || !Objects.equals(before.purchaseDate(), after.purchaseDate())
                || !Objects.equals(before.categoryId(), after.categoryId())
                || before.leadDays() != after.leadDays()
                || before.usedUp() != after.usedUp();
    }

    /**
     * Deletes an item.
     *
     * @return fails with {@code NOT_FOUND}, {@code STALE_VERSION}
     */
    public Future<Payload.Deletion> delete(Actor actor, UUID id, ExpectedVersion expected) {
        return log.change(
                actor,
                Payload.Deletion.class,
                change -> require(change, id, "id", expected).compose(before -> delete(change, before)));
    }

    /** Deletes an item as part of a change. */
    public Future<Payload.Deletion> delete(Change change, Item before) {
        return delete(change, List.of(before)).map(deleted -> Payload.Deletion.of(Item.TYPE, before.id()));
    }

    /** Deletes items as part of a change. */
    Future<?> delete(Change change, List<Item> before) {
        List<UUID> ids = before.stream().map(Item::id).toList();
        return watch.deleting(change, ids)
                .compose(deleting -> repository.delete(change.connection(), change.inventoryId(), ids))
                .onSuccess(deleted -> before.forEach(item -> record(change, ItemActivities.ITEM_DELETED, item, null)));
    }

    /**
     * Takes something out of stock.
     *
     * @return fails with {@code NOT_FOUND}, {@code STALE_VERSION}, {@code CONFLICT} when so much is not left
     */
    public Future<ItemPayload> takeOut(Actor actor, NewTakeOut asked) {
        LocalDate today = actor.caller().today(clock);
        return log.change(
                actor,
                ItemPayload.class,
                change -> repository
                        .identify(change.connection(), change.inventoryId(), List.of(asked.item()))
                        .map(found -> require(found, asked, INPUT))
                        .compose(before -> takeOut(change, before, takeOut(before, asked, INPUT), today))
                        .map(ItemPayload::new));
    }

    /** The item from which is taken, in the version that was read; {@code path} is of the input that asks for it. */
    static Item require(Map<ItemIdentifier, Item> found, NewTakeOut asked, List<String> path) {
        Item item = found.get(asked.item());
        if (item == null) {
            String input = asked.itemInput();
            throw Problem.at(
                    Problem.Code.NOT_FOUND,
                    at(path, input),
                    "There is no item with this %s.".formatted(input.equals("itemId") ? "id" : input));
        }
        asked.expected().require("item", item.version());
        return item;
    }

    /** What is taken, if so much is left; {@code path} is of the input that asks for it. */
    static TakeOut takeOut(Item before, NewTakeOut asked, List<String> path) {
        BigDecimal taken = asked.quantity() == null ? before.quantity() : asked.quantity();
        if (before.usedUp() || taken.compareTo(before.quantity()) > 0) {
            throw Problem.at(
                    Problem.Code.CONFLICT,
                    at(path, "quantity"),
                    "Only %s %s of %s is left."
                            .formatted(
                                    before.quantity().stripTrailingZeros().toPlainString(),
                                    before.unit(),
                                    before.name()));
        }
        return new TakeOut(RowIds.next(), taken, value(before, taken), asked.outcome(), asked.note());
    }

    static BigDecimal value(Item item, BigDecimal quantity) {
        return item.costPrice() == null ? BigDecimal.ZERO : quantity.multiply(item.costPrice());
    }

    /** Takes something out of stock as part of a change. */
    public Future<Item> takeOut(Change change, Item before, TakeOut takeOut, LocalDate today) {
        Item after = before.withQuantity(before.quantity().subtract(takeOut.quantity()));
        return repository
                .update(change.connection(), change.inventoryId(), after)
                .compose(updated -> repository
                        .insertTakeOuts(
                                change.connection(), change.inventoryId(), List.of(new ItemState(updated, takeOut)))
                        .map(recorded -> {
                            StockDays.note(change, before, updated);
                            change.record(
                                    ItemActivities.ITEM_TAKEN_OUT,
                                    updated.id(),
                                    before,
                                    new ItemState(updated, takeOut));
                            return updated;
                        }))
                .compose(updated -> updated.usedUp()
                        ? notifyOfDates(change, today, List.of(updated)).map(notified -> updated)
                        : Future.succeededFuture(updated));
    }

    /**
     * Undoes {@link #takeOut(Change, Item, TakeOut, LocalDate)}: what was taken out is in stock again, and counts nowhere
     * as gone.
     *
     * @return empty when it was put back before, and then nothing happens
     */
    public Future<Optional<Item>> putBack(Change change, Item before, TakeOut takeOut, LocalDate today) {
        return repository
                .deleteTakeOut(change.connection(), change.inventoryId(), takeOut.id())
                .compose(forgotten -> forgotten == 0
                        ? Future.succeededFuture(Optional.empty())
                        : putBackInStock(change, before, takeOut, today).map(Optional::of));
    }

    private Future<Item> putBackInStock(Change change, Item before, TakeOut takeOut, LocalDate today) {
        Item after = before.withQuantity(before.quantity().add(takeOut.quantity()));
        return repository
                .update(change.connection(), change.inventoryId(), after)
                .compose(updated -> {
                    StockDays.note(change, before, updated);
                    change.record(ItemActivities.ITEM_PUT_BACK, updated.id(), new ItemState(before, takeOut), updated);
                    return isReDated(before, updated)
                            ? notifyOfDates(change, today, List.of(updated)).map(notified -> updated)
                            : Future.succeededFuture(updated);
                });
    }

    /**
     * Undoes {@link #delete(Change, Item)}.
     *
     * @param ofDeletion what happened before in the same change as the deletion
     */
    public Future<Item> restore(Change change, Item deleted, List<Activity> ofDeletion, LocalDate today) {
        return repository
                .restore(change.connection(), change.inventoryId(), deleted)
                .compose(restored -> {
                    record(change, ItemActivities.ITEM_CREATED, null, restored);
                    return watch.restored(change, today, restored.id(), ofDeletion)
                            .map(notified -> restored);
                });
    }

    @Override
    public Future<?> leadDaysChanged(Change change, Caller caller, @Nullable UUID categoryId) {
        LocalDate today = caller.today(clock);
        return repository
                .refreshLeadDays(change.connection(), change.inventoryId(), categoryId)
                .compose(refreshed -> {
                    for (ItemRepository.Refreshed each : refreshed) {
                        Item former = each.item().withLeadDays(each.formerLeadDays());
                        record(change, ItemActivities.ITEM_UPDATED, former, each.item());
                    }
                    return notifyOfDates(
                            change,
                            today,
                            refreshed.stream()
                                    .map(ItemRepository.Refreshed::item)
                                    .toList());
                });
    }

    @Override
    public Future<?> deleting(Change change, Caller caller, UUID categoryId, @Nullable UUID reassignTo) {
        LocalDate today = caller.today(clock);
        return repository
                .listOfCategory(change.connection(), change.inventoryId(), categoryId)
                .compose(before -> repository
                        .reassign(change.connection(), change.inventoryId(), categoryId, reassignTo)
                        .compose(after -> moved(change, before, after, today)));
    }

    /**
     * Puts items back into a category that has come back.
     *
     * @param from the category, or none, to which they went; those that went further since stay where they are
     */
    public Future<?> moveBack(Change change, LocalDate today, List<UUID> ids, @Nullable UUID from, UUID categoryId) {
        return repository
                .find(change.connection(), change.inventoryId(), ids)
                .compose(before -> repository
                        .move(change.connection(), change.inventoryId(), ids, from, categoryId)
                        .compose(after -> moved(change, before.values(), after, today)));
    }

    /** Records what was moved to another category; {@code before} may hold more than was moved. */
    private Future<?> moved(Change change, Collection<Item> before, Map<UUID, Item> after, LocalDate today) {
        List<Item> reDated = new ArrayList<>();
        for (Item item : before) {
            Item moved = after.get(item.id());
            if (moved != null) {
                record(change, ItemActivities.ITEM_UPDATED, item, moved);
                if (isReDated(item, moved)) {
                    reDated.add(moved);
                }
            }
        }
        return notifyOfDates(change, today, reDated);
    }

    private Future<Item> require(Change change, UUID id, String name, ExpectedVersion expected) {
        return repository
                .find(change.connection(), change.inventoryId(), List.of(id))
                .map(found -> {
                    Item item = found.get(id);
                    if (item == null) {
                        throw Problem.at(
                                Problem.Code.NOT_FOUND, List.of("input", name), "There is no item with this id.");
                    }
                    expected.require("item", item.version());
                    return item;
                });
    }

    /** Fails with {@code NOT_FOUND} below a path of the input when there is no such category. */
    Future<?> requireCategory(Change change, @Nullable UUID categoryId, List<String> path) {
        if (categoryId == null) {
            return Future.succeededFuture();
        }
        return missingCategories(change, Set.of(categoryId)).map(missing -> {
            if (!missing.isEmpty()) {
                throw Problem.at(Problem.Code.NOT_FOUND, at(path, "categoryId"), NO_CATEGORY);
            }
            return missing;
        });
    }

    private Future<?> requireProduct(Change change, @Nullable UUID productId) {
        if (productId == null) {
            return Future.succeededFuture();
        }
        return missingProducts(change, Set.of(productId)).map(missing -> {
            if (!missing.isEmpty()) {
                throw Problem.at(Problem.Code.NOT_FOUND, at(INPUT, "productId"), NO_PRODUCT);
            }
            return missing;
        });
    }

    /** Which of some products do not exist. */
    public Future<Set<UUID>> missingProducts(Change change, Set<UUID> wanted) {
        // What they say of lots is of no interest, whatever the day.
        return lotDefaults(change, wanted, LocalDate.EPOCH).map(found -> {
            Set<UUID> missing = new HashSet<>(wanted);
            missing.removeAll(found.keySet());
            return missing;
        });
    }

    /** Makes every lot of a product that goes a lot of none, as part of a change. */
    public Future<?> release(Change change, UUID productId) {
        return repository
                .listOfProduct(change.connection(), change.inventoryId(), productId)
                .compose(before -> repository
                        .release(change.connection(), change.inventoryId(), productId)
                        .onSuccess(after -> recordEach(change, before, after)));
    }

    /** Makes lots of a product that has come back its own again, as part of a change; but for those of another since. */
    public Future<?> rejoin(Change change, List<UUID> ids, UUID productId) {
        return repository
                .find(change.connection(), change.inventoryId(), ids)
                .compose(before -> repository
                        .rejoin(change.connection(), change.inventoryId(), ids, productId)
                        .onSuccess(after -> recordEach(change, before.values(), after)));
    }

    private static void recordEach(Change change, Collection<Item> before, Map<UUID, Item> after) {
        for (Item item : before) {
            Item changed = after.get(item.id());
            if (changed != null) {
                record(change, ItemActivities.ITEM_UPDATED, item, changed);
            }
        }
    }

    private static List<String> at(List<String> path, String name) {
        List<String> at = new ArrayList<>(path);
        at.add(name);
        return at;
    }

    /** Which of some categories do not exist. */
    public Future<Set<UUID>> missingCategories(Change change, Set<UUID> wanted) {
        if (wanted.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        return categories
                .find(change.connection(), change.inventoryId(), wanted)
                .map(found -> {
                    Set<UUID> missing = new HashSet<>(wanted);
                    missing.removeAll(found.keySet());
                    return missing;
                });
    }
}
