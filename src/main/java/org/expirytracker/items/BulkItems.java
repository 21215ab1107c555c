package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserError;
import org.jspecify.annotations.Nullable;

/**
 * How many items change at once: in one change, whose statements are the same in number however many rows it has. What a
 * row asks for is refused, logged, counted and notified of as {@link Items} does it for one item; a refused row is told
 * with its place in the input, and what becomes of the others is the asker's choice.
 */
public final class BulkItems {

    /** Rows of one request. */
    public static final int MOST_ROWS = 1_000;

    private final ItemRepository repository;
    private final TakeOutRepository takeOuts = new TakeOutRepository();
    private final Items items;
    private final ActivityLog log;
    private final ExpiryWatch watch;
    private final Clock clock;

    /**
     * Rules over one event loop's log.
     *
     * @param watch is notified of items that may have come within their lead days
     */
    public BulkItems(ItemRepository repository, Items items, ActivityLog log, ExpiryWatch watch, Clock clock) {
        this.repository = repository;
        this.items = items;
        this.log = log;
        this.watch = watch;
        this.clock = clock;
    }

    /**
     * Answer of {@code createItems} and {@code takeOutMany}.
     *
     * @param items in the order of the input; null where a row was refused
     * @param count of rows that were done
     */
    public record ItemsPayload(List<@Nullable Item> items, int count, List<UserError> userErrors) implements Payload {}

    /**
     * Answer of {@code updateItems} and {@code setCategoryOf}.
     *
     * @param items in the order of the input; null where a row was refused
     * @param changedIds global ids of those that this call changed
     */
    public record ChangedItemsPayload(List<@Nullable Item> items, List<String> changedIds, List<UserError> userErrors)
            implements Payload {}

    /** What became of a row of {@code upsertItems}. */
    public record Upserted(Item item, Upsert.Outcome outcome) {}

    /**
     * Answer of {@code upsertItems}.
     *
     * @param rows in the order of the input; null where one was refused
     */
    public record UpsertItemsPayload(
            List<@Nullable Upserted> rows,
            int createdCount,
            int updatedCount,
            int unchangedCount,
            List<UserError> userErrors)
            implements Payload {}

    /**
     * Answer of {@code deleteItems}.
     *
     * @param deletedIds global ids in the order of the input; null where a row was refused
     */
    public record DeleteItemsPayload(List<@Nullable String> deletedIds, int count, List<UserError> userErrors)
            implements Payload {}

    /** An item that changes; {@code before} is null when it is new. */
    private record Edit(@Nullable Item before, Item after) {

        boolean changes() {
            return !after.equals(before);
        }

        Upsert.Outcome outcome() {
            return before == null
                    ? Upsert.Outcome.CREATED
                    : changes() ? Upsert.Outcome.UPDATED : Upsert.Outcome.UNCHANGED;
        }
    }

    /**
     * Makes a change of 1 to {@value #MOST_ROWS} rows.
     *
     * @return fails with {@code INVALID} for another number of rows
     */
    private <T, P extends Record> Future<P> change(
            Actor actor, String name, List<BulkRow<T>> rows, Class<P> answer, Function<Change, Future<P>> work) {
        return rows.isEmpty() || rows.size() > MOST_ROWS
                ? Future.failedFuture(Problem.at(
                        Problem.Code.INVALID,
                        List.of("input", name),
                        "%s has %d entries; from 1 to %d are allowed.".formatted(name, rows.size(), MOST_ROWS)))
                : log.change(actor, answer, work);
    }

    /**
     * Creates many items in one change.
     *
     * @return fails with {@code INVALID} for another number of rows than 1 to {@value #MOST_ROWS}, and with the errors of
     *     rows that are refused when nothing is created for them
     */
    public Future<ItemsPayload> createAll(Actor actor, List<BulkRow<NewItem>> rows, BulkRow.ErrorPolicy policy) {
        LocalDate today = actor.caller().today(clock);
        return change(
                actor,
                "items",
                rows,
                ItemsPayload.class,
                change -> items.lotDefaults(change, products(BulkRow.good(rows), NewItem::productId), today)
                        .compose(defaults -> createAll(change, rows, defaults, policy, today)));
    }

    private Future<ItemsPayload> createAll(
            Change change,
            List<BulkRow<NewItem>> rows,
            Map<UUID, LotDefaults> defaults,
            BulkRow.ErrorPolicy policy,
            LocalDate today) {
        Map<UUID, Item> fresh = new HashMap<>();
        List<BulkRow<NewItem>> read = BulkRow.checked(rows, row -> {
            NewItem asked = row.asked();
            requireProduct(row, asked.productId(), defaults.keySet());
            fresh.put(asked.id(), asked.item(defaults));
        });
        return references(
                        change,
                        fresh.values().stream()
                                .map(item -> new Edit(null, item))
                                .toList())
                .compose(known -> {
                    List<BulkRow<NewItem>> checked = BulkRow.checked(
                            read,
                            row -> known.require(
                                    row,
                                    null,
                                    Objects.requireNonNull(fresh.get(row.asked().id()))));
                    BulkRow.settle(checked, policy);
                    List<Item> good = BulkRow.good(checked).stream()
                            .map(asked -> Objects.requireNonNull(fresh.get(asked.id())))
                            .toList();
                    return items.insert(change, good, today)
                            .map(created -> itemsPayload(checked, NewItem::id, created));
                });
    }

    /**
     * Creates or changes many items, each known by its external id. A row that asks for what is there already changes
     * nothing.
     *
     * @return fails as {@link #createAll} does
     */
    public Future<UpsertItemsPayload> upsertAll(Actor actor, List<BulkRow<Upsert>> rows, BulkRow.ErrorPolicy policy) {
        LocalDate today = actor.caller().today(clock);
        return change(
                actor,
                "items",
                rows,
                UpsertItemsPayload.class,
                change -> repository
                        .findByExternalId(
                                change.connection(),
                                change.inventoryId(),
                                BulkRow.good(rows).stream()
                                        .map(Upsert::externalId)
                                        .toList())
                        .compose(found -> items.lotDefaults(
                                        change, products(BulkRow.good(rows), Upsert::productId), today)
                                .compose(defaults -> upsert(change, rows, found, defaults, policy, today))));
    }

    private Future<UpsertItemsPayload> upsert(
            Change change,
            List<BulkRow<Upsert>> rows,
            Map<String, Item> found,
            Map<UUID, LotDefaults> defaults,
            BulkRow.ErrorPolicy policy,
            LocalDate today) {
        Map<String, Edit> edits = new HashMap<>();
        List<BulkRow<Upsert>> read = BulkRow.checked(rows, row -> {
            String externalId = row.asked().externalId();
            if (edits.containsKey(externalId)) {
                throw row.problem(Problem.Code.INVALID, "externalId", "A row before this one has the same externalId.");
            }
            requireProduct(row, row.asked().productId(), defaults.keySet());
            Item before = found.get(externalId);
            Item basis = before == null
                    ? Item.blank(RowIds.next(), LotDefaults.of(row.asked().productId(), defaults))
                    : before;
            edits.put(externalId, new Edit(before, row.asked().values().apply(basis)));
        });
        return items.missingCategories(change, categories(edits.values())).compose(missing -> {
            List<BulkRow<Upsert>> checked = BulkRow.checked(read, row -> {
                Edit edit = edit(edits, row.asked().externalId());
                requireCategory(row, edit.after, missing);
                if (edit.before == null) {
                    Upsert.requireEnough(row, edit.after);
                }
            });
            BulkRow.settle(checked, policy);
            List<Edit> good = BulkRow.good(checked).stream()
                    .map(row -> edit(edits, row.externalId()))
                    .toList();
            return write(change, good, today).map(now -> {
                List<@Nullable Upserted> done = eachGood(checked, row -> upserted(edit(edits, row.externalId()), now));
                return new UpsertItemsPayload(
                        done,
                        count(done, Upsert.Outcome.CREATED),
                        count(done, Upsert.Outcome.UPDATED),
                        count(done, Upsert.Outcome.UNCHANGED),
                        BulkRow.errors(checked));
            });
        });
    }

    /**
     * Creates or changes items as rows of a file have them, as part of a change; rows that are refused are left out.
     *
     * @param rows at most {@value #MOST_ROWS}, their categories all there
     * @return what became of each, in their order; fails with {@code CONFLICT} when rows would exchange their external ids
     */
    public Future<List<ItemRow.Done>> writeRows(Change change, List<BulkRow<ItemRow>> rows, LocalDate today) {
        return found(change.connection(), change.inventoryId(), rows).compose(known -> {
            Edits edits = edits(rows, known);
            return write(change, edits.good(), today).map(written -> edits.done());
        });
    }

    /** What {@link #writeRows} would do just now. */
    public Future<List<ItemRow.Done>> lookAtRows(
            SqlClient client, InventoryId inventoryId, List<BulkRow<ItemRow>> rows) {
        return found(client, inventoryId, rows).map(known -> edits(rows, known).done());
    }

    /** Items that rows name. */
    private record Known(Map<UUID, Item> byId, Map<String, Item> byExternalId) {}

    private Future<Known> found(SqlClient client, InventoryId inventoryId, List<BulkRow<ItemRow>> rows) {
        List<UUID> ids = BulkRow.good(rows).stream()
                .map(ItemRow::id)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        List<String> externalIds = BulkRow.good(rows).stream()
                .map(ItemRow::externalId)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        Future<Map<UUID, Item>> byId =
                ids.isEmpty() ? Future.succeededFuture(Map.of()) : repository.find(client, inventoryId, ids);
        Future<Map<String, Item>> byExternalId = externalIds.isEmpty()
                ? Future.succeededFuture(Map.of())
                : repository.findByExternalId(client, inventoryId, externalIds);
        return Future.all(byId, byExternalId).map(both -> new Known(byId.result(), byExternalId.result()));
    }

    /**
     * What rows of a file change.
     *
     * @param each in the order of the rows; null where one is refused
     */
    private record Edits(List<BulkRow<ItemRow>> rows, List<@Nullable Edit> each) {

        List<Edit> good() {
            return each.stream()
                    .<Edit>mapMulti((edit, taker) -> {
                        if (edit != null) {
                            taker.accept(edit);
                        }
                    })
                    .toList();
        }

        List<ItemRow.Done> done() {
            List<ItemRow.Done> done = new ArrayList<>();
            for (int at = 0; at < rows.size(); at++) {
                Edit edit = each.get(at);
                done.add(new ItemRow.Done(edit == null ? null : edit.outcome(), rows.get(at)));
            }
            return done;
        }
    }

    private static Edits edits(List<BulkRow<ItemRow>> rows, Known known) {
        Set<UUID> named = new HashSet<>();
        References references = new References(Set.of(), Set.of(), known.byExternalId, new HashSet<>());
        IdentityHashMap<BulkRow<ItemRow>, Edit> edits = new IdentityHashMap<>();
        List<BulkRow<ItemRow>> checked = BulkRow.checked(rows, row -> {
            ItemRow asked = row.asked();
            Item byId = asked.id() == null ? null : known.byId.get(asked.id());
            Item before =
                    byId != null || asked.externalId() == null ? byId : known.byExternalId.get(asked.externalId());
            if (before != null && !named.add(before.id())) {
                throw row.problem(
                        Problem.Code.INVALID,
                        byId == null ? "externalId" : "id",
                        "A row before this one is about the same item.");
            }
            Item after = asked.values().apply(before == null ? Item.blank(RowIds.next()) : before);
            if (before == null) {
                requireEnough(row, after);
            }
            references.require(row, before, after);
            edits.put(row, new Edit(before, after));
        });
        return new Edits(
                checked, checked.stream().<@Nullable Edit>map(edits::get).toList());
    }

    private static void requireEnough(BulkRow<ItemRow> row, Item fresh) {
        if (!row.asked().named()) {
            throw row.problem(
                    Problem.Code.INVALID, "name", "It is not there yet; to create it, its name must be given.");
        }
        if (fresh.usedUp()) {
            throw row.problem(
                    Problem.Code.INVALID,
                    "quantity",
                    "It is not there yet; one of which nothing is left cannot be created.");
        }
    }

    private static Edit edit(Map<String, Edit> edits, String externalId) {
        return Objects.requireNonNull(edits.get(externalId));
    }

    private static Upserted upserted(Edit edit, Map<UUID, Item> now) {
        Item item = now.getOrDefault(edit.after.id(), edit.after);
        return new Upserted(item, edit.outcome());
    }

    private static int count(List<@Nullable Upserted> rows, Upsert.Outcome outcome) {
        return (int) rows.stream()
                .filter(row -> row != null && row.outcome == outcome)
                .count();
    }

    /**
     * Changes many items, each named once.
     *
     * @return fails as {@link #createAll} does
     */
    public Future<ChangedItemsPayload> updateAll(
            Actor actor, List<BulkRow<ItemPatch>> rows, BulkRow.ErrorPolicy policy) {
        LocalDate today = actor.caller().today(clock);
        return change(actor, "items", rows, ChangedItemsPayload.class, change -> update(change, rows, policy, today));
    }

    /**
     * Puts many items into a category, or takes them out of theirs.
     *
     * @param categoryId null for none
     * @return fails as {@link #createAll} does, and with {@code NOT_FOUND} when there is no such category
     */
    public Future<ChangedItemsPayload> setCategoryOf(
            Actor actor, List<BulkRow<ItemReference>> rows, @Nullable UUID categoryId, BulkRow.ErrorPolicy policy) {
        LocalDate today = actor.caller().today(clock);
        List<BulkRow<ItemPatch>> patches = rows.stream()
                .map(row -> new BulkRow<>(
                        new ItemPatch(
                                row.asked().id(),
                                row.asked().expected(),
                                /* toCategory= */ true,
                                /* toProduct= */ false,
                                item -> item.withCategory(categoryId)),
                        row.path(),
                        row.errors()))
                .toList();
        return change(
                actor,
                "items",
                rows,
                ChangedItemsPayload.class,
                change -> items.requireCategory(change, categoryId, List.of("input"))
                        .compose(exists -> update(change, patches, policy, today)));
    }

    private Future<ChangedItemsPayload> update(
            Change change, List<BulkRow<ItemPatch>> rows, BulkRow.ErrorPolicy policy, LocalDate today) {
        return find(change, BulkRow.good(rows).stream().map(ItemPatch::id).toList())
                .compose(found -> {
                    Map<UUID, Edit> edits = new HashMap<>();
                    List<BulkRow<ItemPatch>> read = BulkRow.checked(rows, row -> {
                        ItemPatch patch = row.asked();
                        Item before = require(row, "id", patch.id(), patch.expected(), found);
                        requireOnce(row, edits.containsKey(patch.id()));
                        edits.put(patch.id(), new Edit(before, patch.values().apply(before)));
                    });
                    return references(change, edits.values())
                            .compose(known -> update(change, read, edits, known, policy, today));
                });
    }

    private Future<ChangedItemsPayload> update(
            Change change,
            List<BulkRow<ItemPatch>> read,
            Map<UUID, Edit> edits,
            References known,
            BulkRow.ErrorPolicy policy,
            LocalDate today) {
        List<BulkRow<ItemPatch>> checked = BulkRow.checked(read, row -> {
            Edit edit = Objects.requireNonNull(edits.get(row.asked().id()));
            known.require(row, edit.before, edit.after);
        });
        BulkRow.settle(checked, policy);
        List<Edit> good = BulkRow.good(checked).stream()
                .map(patch -> Objects.requireNonNull(edits.get(patch.id())))
                .toList();
        return write(change, good, today)
                .map(now -> new ChangedItemsPayload(
                        eachGood(
                                checked,
                                patch -> now.getOrDefault(
                                        patch.id(), Objects.requireNonNull(edits.get(patch.id())).after)),
                        good.stream()
                                .filter(Edit::changes)
                                .map(edit -> new NodeId(Item.TYPE, edit.after.id()).encoded())
                                .toList(),
                        BulkRow.errors(checked)));
    }

    /**
     * Deletes many items, each named once.
     *
     * @return fails as {@link #createAll} does
     */
    public Future<DeleteItemsPayload> deleteAll(
            Actor actor, List<BulkRow<ItemReference>> rows, BulkRow.ErrorPolicy policy) {
        return change(
                actor,
                "items",
                rows,
                DeleteItemsPayload.class,
                change -> find(
                                change,
                                BulkRow.good(rows).stream()
                                        .map(ItemReference::id)
                                        .toList())
                        .compose(found -> {
                            Set<UUID> named = new HashSet<>();
                            List<BulkRow<ItemReference>> checked = BulkRow.checked(rows, row -> {
                                ItemReference asked = row.asked();
                                require(row, "id", asked.id(), asked.expected(), found);
                                requireOnce(row, !named.add(asked.id()));
                            });
                            BulkRow.settle(checked, policy);
                            List<Item> gone = BulkRow.good(checked).stream()
                                    .map(asked -> Objects.requireNonNull(found.get(asked.id())))
                                    .toList();
                            return items.delete(change, gone)
                                    .map(deleted -> new DeleteItemsPayload(
                                            eachGood(checked, asked -> new NodeId(Item.TYPE, asked.id()).encoded()),
                                            gone.size(),
                                            BulkRow.errors(checked)));
                        }));
    }

    /** What is taken out of an item by one row, and the item before and after it. */
    private record Taking(Item before, Item after, TakeOut takeOut) {}

    /**
     * Takes many things out of stock. An item may be named more than once: what is left after one row is what the next
     * can take from.
     *
     * @return fails as {@link #createAll} does
     */
    public Future<ItemsPayload> takeOutMany(Actor actor, List<BulkRow<NewTakeOut>> rows, BulkRow.ErrorPolicy policy) {
        LocalDate today = actor.caller().today(clock);
        return change(
                actor,
                "takeOuts",
                rows,
                ItemsPayload.class,
                change -> repository
                        .identify(
                                change.connection(),
                                change.inventoryId(),
                                BulkRow.good(rows).stream()
                                        .map(NewTakeOut::item)
                                        .toList())
                        .compose(found -> takeOutMany(change, rows, found, policy, today)));
    }

    private Future<ItemsPayload> takeOutMany(
            Change change,
            List<BulkRow<NewTakeOut>> rows,
            Map<ItemIdentifier, Item> found,
            BulkRow.ErrorPolicy policy,
            LocalDate today) {
        Map<UUID, Item> left = new HashMap<>();
        List<Taking> takings = new ArrayList<>();
        List<BulkRow<NewTakeOut>> checked = BulkRow.checked(rows, row -> {
            NewTakeOut asked = row.asked();
            Item item = Items.require(found, asked, row.path());
            Item before = left.getOrDefault(item.id(), item);
            TakeOut takeOut = Items.takeOut(before, asked, row.path());
            Item after = before.lessBy(takeOut.quantity());
            left.put(before.id(), after);
            takings.add(new Taking(before, after, takeOut));
        });
        BulkRow.settle(checked, policy);
        return takeOut(change, takings, today)
                .map(now -> itemsPayload(
                        checked,
                        asked -> Objects.requireNonNull(found.get(asked.item())).id(),
                        now));
    }

    /**
     * Takes a quantity out of the lots of a product, out of those first that expire first, undated ones last, as part of a
     * change.
     *
     * @param name of the product, for who reads that there is not enough
     * @param unit only out of lots that are counted in it
     * @param today the day on which lots must be good, unless what has expired is asked for too
     * @return what was taken out of each lot, in that order; fails with {@code CONFLICT} when there is not so much, {@code
     *     LIMIT_REACHED} when it takes more than {@value #MOST_ROWS} lots
     */
    public Future<List<TakenOut>> takeOutFirstExpired(
            Change change, UUID productId, String name, String unit, NewLotTakeOut asked, LocalDate today) {
        return repository
                .portions(
                        change.connection(),
                        change.inventoryId(),
                        productId,
                        unit,
                        asked.quantity(),
                        asked.expiredToo() ? LocalDate.MIN : today,
                        MOST_ROWS + 1)
                .compose(portions -> {
                    asked.requireEnough(portions, name, unit);
                    List<Taking> takings = portions.stream()
                            .map(portion -> new Taking(
                                    portion.lot(), portion.lot().lessBy(portion.portion()), asked.of(portion)))
                            .toList();
                    return takeOut(change, takings, today).compose(now -> taken(change, takings));
                });
    }

    private Future<List<TakenOut>> taken(Change change, List<Taking> takings) {
        List<UUID> ids = takings.stream().map(taking -> taking.takeOut.id()).toList();
        return takeOuts.find(change.connection(), change.inventoryId(), ids)
                .map(found -> ids.stream()
                        .map(id -> Objects.requireNonNull(found.get(id)))
                        .toList());
    }

    /** Takes out, in the order in which it is asked; answers the items as they are then, by id. */
    private Future<Map<UUID, Item>> takeOut(Change change, List<Taking> takings, LocalDate today) {
        // The statement counts the version up by one: of several takings from an item the last one's before is changed.
        Map<UUID, Item> last = new HashMap<>();
        takings.forEach(taking -> last.put(taking.after.id(), taking.before.withQuantity(taking.after.quantity())));
        return repository
                .write(change.connection(), change.inventoryId(), List.copyOf(last.values()), List.of())
                .compose(now -> repository
                        .insertTakeOuts(
                                change.connection(),
                                change.inventoryId(),
                                takings.stream()
                                        .map(taking -> new ItemState(taking.before, taking.takeOut))
                                        .toList())
                        .compose(recorded -> taken(change, takings, now, today))
                        .map(notified -> now));
    }

    private Future<?> taken(Change change, List<Taking> takings, Map<UUID, Item> now, LocalDate today) {
        Set<UUID> changed = new HashSet<>();
        for (Taking taking : takings) {
            Item asNow = Objects.requireNonNull(now.get(taking.after.id()));
            Item before = changed.add(asNow.id()) ? taking.before : taking.before.writtenWith(asNow);
            Item after = taking.after.writtenWith(asNow);
            StockDays.note(change, before, after);
            change.record(ItemActivities.ITEM_TAKEN_OUT, after.id(), before, new ItemState(after, taking.takeOut));
        }
        List<UUID> usedUp =
                now.values().stream().filter(Item::usedUp).map(Item::id).toList();
        return usedUp.isEmpty() ? Future.succeededFuture() : watch.datesChanged(change, today, usedUp, List.of());
    }

    /** Writes what changes, with one statement, to the table; notes it in the log, and notifies of new dates. */
    private Future<Map<UUID, Item>> write(Change change, List<Edit> edits, LocalDate today) {
        List<Edit> changing = edits.stream().filter(Edit::changes).toList();
        if (changing.isEmpty()) {
            return Future.succeededFuture(Map.of());
        }
        List<Item> fresh = changing.stream()
                .filter(edit -> edit.before == null)
                .map(Edit::after)
                .toList();
        List<Item> changed = changing.stream()
                .filter(edit -> edit.before != null)
                .map(Edit::after)
                .toList();
        return repository
                .write(change.connection(), change.inventoryId(), changed, fresh)
                .compose(now -> written(change, changing, now, today).map(notified -> now));
    }

    private Future<?> written(Change change, List<Edit> edits, Map<UUID, Item> now, LocalDate today) {
        List<UUID> due = new ArrayList<>();
        List<UUID> renewed = new ArrayList<>();
        for (Edit edit : edits) {
            Item before = edit.before;
            Item after = Objects.requireNonNull(now.get(edit.after.id()));
            Items.record(
                    change, before == null ? ItemActivities.ITEM_CREATED : ItemActivities.ITEM_UPDATED, before, after);
            if (before == null ? Items.mayBeDue(after, today) : Items.isReDated(before, after)) {
                due.add(after.id());
            }
            if (before != null && Items.isRenewed(before, after)) {
                renewed.add(after.id());
            }
        }
        return due.isEmpty() ? Future.succeededFuture() : watch.datesChanged(change, today, due, renewed);
    }

    private Future<Map<UUID, Item>> find(Change change, List<UUID> ids) {
        return repository.find(change.connection(), change.inventoryId(), ids);
    }

    private static Item require(BulkRow<?> row, String name, UUID id, ExpectedVersion expected, Map<UUID, Item> found) {
        Item item = found.get(id);
        if (item == null) {
            throw row.problem(Problem.Code.NOT_FOUND, name, "There is no item with this id.");
        }
        expected.require("item", item.version());
        return item;
    }

    private static void requireOnce(BulkRow<?> row, boolean namedBefore) {
        if (namedBefore) {
            throw row.problem(Problem.Code.INVALID, "id", "A row before this one names the same item.");
        }
    }

    private static <T> ItemsPayload itemsPayload(List<BulkRow<T>> rows, Function<T, UUID> id, Map<UUID, Item> now) {
        List<@Nullable Item> done = new ArrayList<>();
        rows.forEach(row -> done.add(row.isGood() ? now.get(id.apply(row.asked())) : null));
        return new ItemsPayload(done, BulkRow.good(rows).size(), BulkRow.errors(rows));
    }

    private static <T, R> List<@Nullable R> eachGood(List<BulkRow<T>> rows, Function<T, R> result) {
        List<@Nullable R> results = new ArrayList<>();
        rows.forEach(row -> results.add(row.isGood() ? result.apply(row.asked()) : null));
        return results;
    }

    /**
     * What items refer to, as it is before the change.
     *
     * @param missing categories that do not exist
     * @param missingProducts products that do not exist
     * @param holders the items that have the external ids, by them
     * @param claimed external ids that rows before have asked for
     */
    private record References(
            Set<UUID> missing, Set<UUID> missingProducts, Map<String, Item> holders, Set<String> claimed) {

        void require(BulkRow<?> row, @Nullable Item before, Item after) {
            requireCategory(row, after, missing);
            if (after.productId() != null && missingProducts.contains(after.productId())) {
                throw row.problem(Problem.Code.NOT_FOUND, "productId", Items.NO_PRODUCT);
            }
            String externalId = after.externalId();
            if (externalId == null || (before != null && externalId.equals(before.externalId()))) {
                return;
            }
            if (holders.containsKey(externalId) || !claimed.add(externalId)) {
                throw row.problem(Problem.Code.CONFLICT, "externalId", ItemRepository.EXTERNAL_ID_TAKEN);
            }
        }
    }

    private static void requireCategory(BulkRow<?> row, Item after, Set<UUID> missing) {
        UUID category = after.categoryId();
        if (category != null && missing.contains(category)) {
            throw row.problem(Problem.Code.NOT_FOUND, "categoryId", Items.NO_CATEGORY);
        }
    }

    private static void requireProduct(BulkRow<?> row, @Nullable UUID productId, Set<UUID> known) {
        if (productId != null && !known.contains(productId)) {
            throw row.problem(Problem.Code.NOT_FOUND, "productId", Items.NO_PRODUCT);
        }
    }

    /** The products that rows name. */
    private static <T> Set<UUID> products(List<T> rows, Function<T, @Nullable UUID> productId) {
        return rows.stream().map(productId).filter(Objects::nonNull).collect(Collectors.toSet());
    }

    /** The categories to which items come. */
    private static Set<UUID> categories(Collection<Edit> edits) {
        return joined(edits, Item::categoryId);
    }

    /** What items come to belong to. */
    private static Set<UUID> joined(Collection<Edit> edits, Function<Item, @Nullable UUID> id) {
        return edits.stream()
                .filter(edit -> edit.before == null || !Objects.equals(id.apply(edit.before), id.apply(edit.after)))
                .map(edit -> id.apply(edit.after))
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    private Future<References> references(Change change, Collection<Edit> edits) {
        List<String> externalIds = edits.stream()
                .filter(edit ->
                        edit.before == null || !Objects.equals(edit.before.externalId(), edit.after.externalId()))
                .map(edit -> edit.after.externalId())
                .filter(Objects::nonNull)
                .distinct()
                .toList();
        Future<Set<UUID>> missing = items.missingCategories(change, categories(edits));
        Future<Set<UUID>> missingProducts = items.missingProducts(change, joined(edits, Item::productId));
        Future<Map<String, Item>> holders = externalIds.isEmpty()
                ? Future.succeededFuture(Map.of())
                : repository.findByExternalId(change.connection(), change.inventoryId(), externalIds);
        return Future.all(missing, missingProducts, holders)
                .map(all ->
                        new References(missing.result(), missingProducts.result(), holders.result(), new HashSet<>()));
    }
}
