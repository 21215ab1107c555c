package org.expirytracker.items;

import io.vertx.core.Future;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
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
import java.util.function.UnaryOperator;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.categories.CategoryRepository;
import org.expirytracker.categories.CategoryWatch;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserError;
import org.expirytracker.users.LeadDaysWatch;
import org.jspecify.annotations.Nullable;

/** How items change: what is refused, what is written to the log, and who is told about new dates. */
public final class Items implements LeadDaysWatch, CategoryWatch {

    private static final int MOST_NAME = 200;
    private static final int MOST_DESCRIPTION = 2_000;
    private static final int MOST_UNIT = 32;
    private static final int MOST_LOCATION = 200;
    private static final int MOST_BARCODE = 200;
    private static final int MOST_LOT_NUMBER = 64;
    private static final int MOST_NOTE = 500;
    private static final int MOST_LEAD_DAYS = 3_650;
    private static final int MOST_ITEMS_AT_ONCE = 1_000;
    /** As far as a day that was turned can lie ahead of a user who has moved west since. */
    private static final int MOST_DAYS_AHEAD = 2;

    private static final int QUANTITY_PLACES = 3;
    private static final int PRICE_PLACES = 4;
    private static final BigDecimal LEAST_QUANTITY = new BigDecimal("0.001");
    private static final BigDecimal MOST_QUANTITY = new BigDecimal("999999999.999");
    private static final BigDecimal MOST_PRICE = new BigDecimal("999999999.9999");

    private final ItemRepository repository;
    private final CategoryRepository categories = new CategoryRepository();
    private final ActivityLog log;
    private final ExpiryWatch watch;
    private final Clock clock;

    /**
     * Rules over one event loop's log.
     *
     * @param watch is told about items that may have come within their lead days
     */
    public Items(ItemRepository repository, ActivityLog log, ExpiryWatch watch, Clock clock) {
        this.repository = repository;
        this.log = log;
        this.watch = watch;
        this.clock = clock;
    }

    /** Answer of {@code createItem} and {@code takeOut}. */
    record ItemPayload(Item item) implements Payload {}

    /**
     * Answer of {@code updateItem}.
     *
     * @param changed whether this call changed it; null in an answer that a former release has kept
     */
    record UpdateItemPayload(Item item, @Nullable Boolean changed) implements Payload {}

    /**
     * Answer of {@code createItems}.
     *
     * @param items in the order of the input; null where a row was refused
     */
    record ItemsPayload(List<@Nullable Item> items, int count, List<UserError> userErrors) implements Payload {}

    Future<ItemPayload> create(Field field) {
        LocalDate today = field.caller().today(clock);
        Input input = Input.of(field);
        Item fresh = fresh(input);
        input.check();
        return log.change(
                Actor.of(field),
                ItemPayload.class,
                change -> requireCategory(change, input, fresh.categoryId())
                        .compose(exists -> insert(change, List.of(fresh), today))
                        .map(created -> new ItemPayload(Objects.requireNonNull(created.get(fresh.id())))));
    }

    private enum ErrorPolicy {
        REJECT_ALL,
        REJECT_FAILED_ROWS
    }

    Future<ItemsPayload> createAll(Field field) {
        LocalDate today = field.caller().today(clock);
        Input input = Input.of(field);
        List<Input> rows = input.objects("items");
        if (rows.isEmpty() || rows.size() > MOST_ITEMS_AT_ONCE) {
            input.reject(
                    "items",
                    Problem.Code.INVALID,
                    "items has %d entries; from 1 to %d are allowed.".formatted(rows.size(), MOST_ITEMS_AT_ONCE));
            input.check();
        }
        List<Item> fresh = rows.stream().map(Items::fresh).toList();
        boolean all = input.optionalChoice("errorPolicy", ErrorPolicy.class) != ErrorPolicy.REJECT_FAILED_ROWS;
        return log.change(
                Actor.of(field),
                ItemsPayload.class,
                change -> rejectMissingCategories(change, rows, fresh)
                        .compose(rejected -> createAll(change, rows, fresh, today, all)));
    }

    private Future<ItemsPayload> createAll(
            Change change, List<Input> rows, List<Item> fresh, LocalDate today, boolean all) {
        List<UserError> errors =
                rows.stream().flatMap(row -> row.errors().stream()).toList();
        List<Item> good = new ArrayList<>();
        for (int at = 0; at < rows.size(); at++) {
            if (rows.get(at).errors().isEmpty()) {
                good.add(fresh.get(at));
            }
        }
        if (!errors.isEmpty() && (all || good.isEmpty())) {
            return Future.failedFuture(Problem.all(errors));
        }
        return insert(change, good, today).map(created -> {
            List<@Nullable Item> items = new ArrayList<>();
            fresh.forEach(item -> items.add(created.get(item.id())));
            return new ItemsPayload(items, created.size(), errors);
        });
    }

    private Future<Map<UUID, Item>> insert(Change change, List<Item> fresh, LocalDate today) {
        return repository.insert(change.connection(), change.userId(), fresh).compose(created -> {
            for (Item item : fresh) {
                change.record(ActivityKind.ITEM_CREATED, item.id(), null, created.get(item.id()));
            }
            return tellDates(
                            change,
                            today,
                            created.values().stream()
                                    .filter(item -> isWorthTelling(item, today))
                                    .toList())
                    .map(told -> created);
        });
    }

    /** Of most new items there is nothing to say yet, even if the user's day is further than this node believes. */
    private static boolean isWorthTelling(Item item, LocalDate today) {
        return item.purchaseDate() != null
                || (item.expiryDate() != null
                        && !item.expiryDate().minusDays(item.leadDays()).isAfter(today.plusDays(MOST_DAYS_AHEAD)));
    }

    private Future<?> tellDates(Change change, LocalDate today, Collection<Item> items) {
        return items.isEmpty()
                ? Future.succeededFuture()
                : watch.datesChanged(change, today, items.stream().map(Item::id).toList(), List.of());
    }

    Future<UpdateItemPayload> update(Field field) {
        LocalDate today = field.caller().today(clock);
        Input input = Input.of(field);
        UUID id = input.id("id", NodeId.Type.Item);
        UnaryOperator<Item> patch = patch(input);
        input.check();
        return log.change(
                Actor.of(field),
                UpdateItemPayload.class,
                change -> require(change, input, "id", id).compose(before -> {
                    Item after = patch.apply(before);
                    return after.equals(before)
                            ? Future.succeededFuture(new UpdateItemPayload(before, false))
                            : requireCategory(change, input, after.categoryId())
                                    .compose(exists -> update(change, before, after, today, true))
                                    .map(updated -> new UpdateItemPayload(updated, true));
                }));
    }

    /**
     * Changes an item.
     *
     * @param anew whether a date that it gets, or stock that there is again, begins anew; not when a change is undone
     */
    Future<Item> update(Change change, Item before, Item after, LocalDate today, boolean anew) {
        return repository.update(change.connection(), change.userId(), after).compose(updated -> {
            change.record(ActivityKind.ITEM_UPDATED, updated.id(), before, updated);
            List<UUID> renewed = anew && isRenewed(before, updated) ? List.of(updated.id()) : List.of();
            return isReDated(before, updated)
                    ? watch.datesChanged(change, today, List.of(updated.id()), renewed)
                            .map(told -> updated)
                    : Future.succeededFuture(updated);
        });
    }

    private static boolean isRenewed(Item before, Item after) {
        return !Objects.equals(before.expiryDate(), after.expiryDate()) || (before.usedUp() && !after.usedUp());
    }

    /** Whether there may be something new to say, or what was said is not true any more. */
    private static boolean isReDated(Item before, Item after) {
        return !Objects.equals(before.expiryDate(), after.expiryDate())
                || !Objects.equals(before.purchaseDate(), after.purchaseDate())
                || !Objects.equals(before.categoryId(), after.categoryId())
                || before.leadDays() != after.leadDays()
                || before.usedUp() != after.usedUp();
    }

    Future<Payload.Deletion> delete(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", NodeId.Type.Item);
        input.check();
        return log.change(
                Actor.of(field),
                Payload.Deletion.class,
                change -> require(change, input, "id", id).compose(before -> delete(change, before)));
    }

    Future<Payload.Deletion> delete(Change change, Item before) {
        return watch.deleting(change, before.id())
                .compose(deleting -> repository.delete(change.connection(), change.userId(), before.id()))
                .map(deleted -> {
                    change.record(ActivityKind.ITEM_DELETED, before.id(), before, null);
                    return Payload.Deletion.of(NodeId.Type.Item, before.id());
                });
    }

    Future<ItemPayload> takeOut(Field field) {
        LocalDate today = field.caller().today(clock);
        Input input = Input.of(field);
        UUID id = input.id("itemId", NodeId.Type.Item);
        BigDecimal quantity = input.optionalDecimal("quantity", LEAST_QUANTITY, MOST_QUANTITY, QUANTITY_PLACES);
        TakeOut.Outcome outcome = Objects.requireNonNull(
                input.optionalChoice("outcome", TakeOut.Outcome.class), "the schema requires it");
        String note = input.optionalText("note", MOST_NOTE);
        input.check();
        return log.change(
                Actor.of(field),
                ItemPayload.class,
                change -> require(change, input, "itemId", id)
                        .compose(before -> {
                            BigDecimal taken = quantity == null ? before.quantity() : quantity;
                            if (before.usedUp() || taken.compareTo(before.quantity()) > 0) {
                                throw Problem.at(
                                        Problem.Code.CONFLICT,
                                        input.pathOf("quantity"),
                                        "Only %s %s of %s is left."
                                                .formatted(
                                                        before.quantity()
                                                                .stripTrailingZeros()
                                                                .toPlainString(),
                                                        before.unit(),
                                                        before.name()));
                            }
                            return takeOut(
                                    change,
                                    before,
                                    new TakeOut(RowIds.next(), taken, value(before, taken), outcome, note),
                                    today);
                        })
                        .map(ItemPayload::new));
    }

    private static BigDecimal value(Item item, BigDecimal quantity) {
        return item.costPrice() == null ? BigDecimal.ZERO : quantity.multiply(item.costPrice());
    }

    Future<Item> takeOut(Change change, Item before, TakeOut takeOut, LocalDate today) {
        Item after = before.withQuantity(before.quantity().subtract(takeOut.quantity()));
        return repository
                .update(change.connection(), change.userId(), after)
                .compose(updated -> repository
                        .insert(change.connection(), change.userId(), updated, takeOut)
                        .map(recorded -> {
                            change.record(
                                    ActivityKind.ITEM_TAKEN_OUT,
                                    updated.id(),
                                    before,
                                    new TakeOut.Taken(updated, takeOut));
                            return updated;
                        }))
                .compose(updated -> updated.usedUp()
                        ? tellDates(change, today, List.of(updated)).map(told -> updated)
                        : Future.succeededFuture(updated));
    }

    /**
     * Undoes {@link #takeOut(Change, Item, TakeOut, LocalDate)}: what was taken out is in stock again, and counts nowhere
     * as gone.
     *
     * @return empty when it was put back before, and then nothing happens
     */
    Future<Optional<Item>> putBack(Change change, Item before, TakeOut takeOut, LocalDate today) {
        return repository
                .deleteTakeOut(change.connection(), change.userId(), takeOut.id())
                .compose(forgotten -> forgotten == 0
                        ? Future.succeededFuture(Optional.empty())
                        : putBackInStock(change, before, takeOut, today).map(Optional::of));
    }

    private Future<Item> putBackInStock(Change change, Item before, TakeOut takeOut, LocalDate today) {
        Item after = before.withQuantity(before.quantity().add(takeOut.quantity()));
        return repository.update(change.connection(), change.userId(), after).compose(updated -> {
            change.record(ActivityKind.ITEM_PUT_BACK, updated.id(), new TakeOut.Taken(before, takeOut), updated);
            return isReDated(before, updated)
                    ? tellDates(change, today, List.of(updated)).map(told -> updated)
                    : Future.succeededFuture(updated);
        });
    }

    /**
     * Undoes {@link #delete(Change, Item)}.
     *
     * @param ofDeletion what happened before in the same change as the deletion
     */
    Future<Item> restore(Change change, Item deleted, List<Activity> ofDeletion, LocalDate today) {
        return repository.restore(change.connection(), change.userId(), deleted).compose(restored -> {
            change.record(ActivityKind.ITEM_CREATED, restored.id(), null, restored);
            return watch.restored(change, today, restored.id(), ofDeletion).map(told -> restored);
        });
    }

    @Override
    public Future<?> leadDaysChanged(Change change, Caller caller, @Nullable UUID categoryId) {
        LocalDate today = caller.today(clock);
        return repository
                .refreshLeadDays(change.connection(), change.userId(), categoryId)
                .compose(refreshed -> {
                    for (ItemRepository.Refreshed each : refreshed) {
                        Item former = each.item().withLeadDays(each.formerLeadDays());
                        change.record(ActivityKind.ITEM_UPDATED, former.id(), former, each.item());
                    }
                    return tellDates(
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
                .listOfCategory(change.connection(), change.userId(), categoryId)
                .compose(before -> repository
                        .reassign(change.connection(), change.userId(), categoryId, reassignTo)
                        .compose(after -> moved(change, before, after, today)));
    }

    /**
     * Puts items back into a category that has come back.
     *
     * @param from the category, or none, to which they went; those that went further since stay where they are
     */
    Future<?> moveBack(Change change, LocalDate today, List<UUID> ids, @Nullable UUID from, UUID categoryId) {
        return repository
                .find(change.connection(), change.userId(), ids)
                .compose(before -> repository
                        .move(change.connection(), change.userId(), ids, from, categoryId)
                        .compose(after -> moved(change, before.values(), after, today)));
    }

    /** Records what was moved to another category; {@code before} may hold more than was moved. */
    private Future<?> moved(Change change, Collection<Item> before, Map<UUID, Item> after, LocalDate today) {
        List<Item> reDated = new ArrayList<>();
        for (Item item : before) {
            Item moved = after.get(item.id());
            if (moved != null) {
                change.record(ActivityKind.ITEM_UPDATED, item.id(), item, moved);
                if (isReDated(item, moved)) {
                    reDated.add(moved);
                }
            }
        }
        return tellDates(change, today, reDated);
    }

    private Future<Item> require(Change change, Input input, String name, UUID id) {
        return repository
                .find(change.connection(), change.userId(), List.of(id))
                .map(found -> {
                    Item item = found.get(id);
                    if (item == null) {
                        throw Problem.at(Problem.Code.NOT_FOUND, input.pathOf(name), "There is no item with this id.");
                    }
                    input.requireVersion("item", item.version());
                    return item;
                });
    }

    private Future<?> requireCategory(Change change, Input input, @Nullable UUID categoryId) {
        if (categoryId == null || !input.has("categoryId")) {
            return Future.succeededFuture();
        }
        return missingCategories(change, Set.of(categoryId)).map(missing -> {
            if (!missing.isEmpty()) {
                throw Problem.at(
                        Problem.Code.NOT_FOUND, input.pathOf("categoryId"), "There is no category with this id.");
            }
            return missing;
        });
    }

    private Future<?> rejectMissingCategories(Change change, List<Input> rows, List<Item> fresh) {
        Set<UUID> wanted = new HashSet<>();
        for (int at = 0; at < rows.size(); at++) {
            UUID category = fresh.get(at).categoryId();
            if (category != null && rows.get(at).errors().isEmpty()) {
                wanted.add(category);
            }
        }
        return missingCategories(change, wanted).onSuccess(missing -> {
            for (int at = 0; at < rows.size(); at++) {
                UUID category = fresh.get(at).categoryId();
                if (category != null && missing.contains(category)) {
                    rows.get(at).reject("categoryId", Problem.Code.NOT_FOUND, "There is no category with this id.");
                }
            }
        });
    }

    /** Which of some categories do not exist. */
    Future<Set<UUID>> missingCategories(Change change, Set<UUID> wanted) {
        if (wanted.isEmpty()) {
            return Future.succeededFuture(Set.of());
        }
        return categories.find(change.connection(), change.userId(), wanted).map(found -> {
            Set<UUID> missing = new HashSet<>(wanted);
            missing.removeAll(found.keySet());
            return missing;
        });
    }

    private static Item fresh(Input input) {
        BigDecimal quantity = input.optionalDecimal("quantity", LEAST_QUANTITY, MOST_QUANTITY, QUANTITY_PLACES);
        return new Item(
                RowIds.next(),
                input.optionalId("categoryId", NodeId.Type.Category),
                input.name("name", MOST_NAME),
                input.optionalText("description", MOST_DESCRIPTION),
                quantity == null ? BigDecimal.ONE : quantity,
                input.name("unit", MOST_UNIT),
                price(input, "costPrice"),
                price(input, "sellingPrice"),
                input.optionalDate("expiryDate"),
                input.optionalDate("purchaseDate"),
                input.optionalInt("leadDays", 0, MOST_LEAD_DAYS),
                0,
                input.optionalName("location", MOST_LOCATION),
                input.optionalCode("barcode", MOST_BARCODE),
                input.optionalName("lotNumber", MOST_LOT_NUMBER),
                1,
                Instant.EPOCH,
                Instant.EPOCH);
    }

    private static @Nullable BigDecimal price(Input input, String name) {
        return input.optionalDecimal(name, BigDecimal.ZERO, MOST_PRICE, PRICE_PLACES);
    }

    /** Puts what the input names in place of what is there; numbers that are equal stay as they are written. */
    private static UnaryOperator<Item> patch(Input input) {
        String name = input.has("name") ? input.name("name", MOST_NAME) : null;
        String unit = input.has("unit") ? input.name("unit", MOST_UNIT) : null;
        BigDecimal quantity = input.optionalDecimal("quantity", BigDecimal.ZERO, MOST_QUANTITY, QUANTITY_PLACES);
        if (input.has("quantity") && quantity == null) {
            input.reject("quantity", Problem.Code.INVALID, "quantity must not be null; leave it out to keep it.");
        }
        UUID categoryId = input.optionalId("categoryId", NodeId.Type.Category);
        String description = input.optionalText("description", MOST_DESCRIPTION);
        BigDecimal costPrice = price(input, "costPrice");
        BigDecimal sellingPrice = price(input, "sellingPrice");
        LocalDate expiryDate = input.optionalDate("expiryDate");
        LocalDate purchaseDate = input.optionalDate("purchaseDate");
        Integer leadDays = input.optionalInt("leadDays", 0, MOST_LEAD_DAYS);
        String location = input.optionalName("location", MOST_LOCATION);
        String barcode = input.optionalCode("barcode", MOST_BARCODE);
        String lotNumber = input.optionalName("lotNumber", MOST_LOT_NUMBER);
        return item -> new Item(
                item.id(),
                input.has("categoryId") ? categoryId : item.categoryId(),
                name == null ? item.name() : name,
                input.has("description") ? description : item.description(),
                Objects.requireNonNull(changed(true, quantity == null ? item.quantity() : quantity, item.quantity())),
                unit == null ? item.unit() : unit,
                changed(input.has("costPrice"), costPrice, item.costPrice()),
                changed(input.has("sellingPrice"), sellingPrice, item.sellingPrice()),
                input.has("expiryDate") ? expiryDate : item.expiryDate(),
                input.has("purchaseDate") ? purchaseDate : item.purchaseDate(),
                input.has("leadDays") ? leadDays : item.ownLeadDays(),
                item.leadDays(),
                input.has("location") ? location : item.location(),
                input.has("barcode") ? barcode : item.barcode(),
                input.has("lotNumber") ? lotNumber : item.lotNumber(),
                item.version(),
                item.createdAt(),
                item.updatedAt());
    }

    private static @Nullable BigDecimal changed(boolean given, @Nullable BigDecimal fresh, @Nullable BigDecimal old) {
        boolean same = !given || (fresh != null && old != null && fresh.compareTo(old) == 0);
        return same ? old : fresh;
    }
}
