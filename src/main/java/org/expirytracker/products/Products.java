package org.expirytracker.products;

import io.vertx.core.Future;
import java.time.Clock;
import java.time.LocalDate;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.categories.CategoryWatch;
import org.expirytracker.items.BulkItems;
import org.expirytracker.items.Items;
import org.expirytracker.items.NewLotTakeOut;
import org.expirytracker.items.TakenOut;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/** How products change: what is refused, what follows for their lots, and what is written to the log. */
public final class Products implements CategoryWatch {

    private final ProductRepository repository;
    private final Items items;
    private final BulkItems bulk;
    private final ActivityLog log;
    private final Clock clock;

    /**
     * Rules over one event loop's log.
     *
     * @param items what follows for lots
     * @param bulk takes out of several lots at once
     */
    public Products(ProductRepository repository, Items items, BulkItems bulk, ActivityLog log, Clock clock) {
        this.repository = repository;
        this.items = items;
        this.bulk = bulk;
        this.log = log;
        this.clock = clock;
    }

    /** Answer of {@code createProduct}. */
    public record ProductPayload(Product product) implements Payload {}

    /**
     * Answer of {@code updateProduct}.
     *
     * @param changed whether this call changed it
     */
    public record UpdateProductPayload(Product product, boolean changed) implements Payload {}

    /**
     * Answer of {@code takeOutProduct}.
     *
     * @param takeOuts what was taken out of each lot, in the order in which they expire
     */
    public record TakeOutProductPayload(Product product, List<TakenOut> takeOuts) implements Payload {}

    /**
     * Creates a product.
     *
     * @return fails with {@code NOT_FOUND} at a category that does not exist, {@code CONFLICT} when its name, external id or a
     *     barcode is taken
     */
    public Future<ProductPayload> create(Actor actor, NewProduct fresh) {
        return log.change(
                actor,
                ProductPayload.class,
                change -> requireCategory(change, fresh.product().categoryId())
                        .compose(
                                exists -> repository.insert(change.connection(), change.inventoryId(), fresh.product()))
                        .map(created -> {
                            change.record(ProductActivities.PRODUCT_CREATED, created.id(), null, created);
                            return new ProductPayload(created);
                        }));
    }

    /**
     * Changes a product; its lots stay as they are.
     *
     * @return fails with {@code NOT_FOUND} when it or its new category does not exist, {@code STALE_VERSION}, {@code CONFLICT}
     *     when its name or a barcode is taken
     */
    public Future<UpdateProductPayload> update(Actor actor, ProductPatch patch) {
        return log.change(
                actor,
                UpdateProductPayload.class,
                change -> require(change, patch.id(), "id", patch.expected()).compose(before -> {
                    Product after = patch.values().apply(before);
                    return after.equals(before)
                            ? Future.succeededFuture(new UpdateProductPayload(before, false))
                            : requireCategory(change, after.categoryId())
                                    .compose(exists -> update(change, before, after))
                                    .map(updated -> new UpdateProductPayload(updated, true));
                }));
    }

    private Future<Product> update(Change change, Product before, Product after) {
        return repository
                .update(change.connection(), change.inventoryId(), before, after)
                .map(updated -> {
                    change.record(ProductActivities.PRODUCT_UPDATED, updated.id(), before, updated);
                    return updated;
                });
    }

    /**
     * Deletes a product; its lots stay, as items of no product.
     *
     * @return fails with {@code NOT_FOUND}, {@code STALE_VERSION}
     */
    public Future<Payload.Deletion> delete(Actor actor, UUID id, ExpectedVersion expected) {
        return log.change(
                actor,
                Payload.Deletion.class,
                change -> require(change, id, "id", expected).compose(before -> delete(change, before)));
    }

    /** Deletes a product as part of a change. */
    public Future<Payload.Deletion> delete(Change change, Product before) {
        return items.release(change, before.id())
                .compose(released -> repository.delete(change.connection(), change.inventoryId(), before.id()))
                .map(deleted -> {
                    change.record(ProductActivities.PRODUCT_DELETED, before.id(), before, null);
                    return Payload.Deletion.of(Product.TYPE, before.id());
                });
    }

    /**
     * Takes a quantity of a product out of stock, all of it or nothing: out of the lots first that expire first.
     *
     * @return fails with {@code NOT_FOUND}, {@code CONFLICT} when so much is not in stock, {@code LIMIT_REACHED} when it takes
     *     too many lots
     */
    public Future<TakeOutProductPayload> takeOut(Actor actor, UUID id, NewLotTakeOut asked) {
        LocalDate today = actor.caller().today(clock);
        return log.change(
                actor,
                TakeOutProductPayload.class,
                change -> require(change, id, "productId", ExpectedVersion.ANY)
                        .compose(product -> bulk.takeOutFirstExpired(
                                        change, product.id(), product.name(), product.unit(), asked, today)
                                .map(taken -> new TakeOutProductPayload(product, taken))));
    }

    /** Changes a product back, as part of a change that undoes another; fails with {@code CONFLICT} if it meets another. */
    public Future<Product> putBack(Change change, UUID id, UnaryOperator<Product> patch) {
        return repository.find(change.connection(), change.inventoryId(), id).compose(found -> {
            Product now = found.orElseThrow();
            Product former = patch.apply(now);
            return requireFormerCategory(change, former)
                    .compose(there -> update(change, now, former))
                    .recover(Products::takenSince);
        });
    }

    /**
     * Puts a deleted product back under its id, as it was; fails with {@code CONFLICT} if its name or a barcode is taken.
     *
     * @param lots row ids of the items that were its lots; those that became lots of another since stay so
     */
    public Future<Product> restore(Change change, Product deleted, List<UUID> lots) {
        return requireFormerCategory(change, deleted)
                .compose(there -> repository.restore(change.connection(), change.inventoryId(), deleted))
                .recover(Products::takenSince)
                .compose(restored -> {
                    change.record(ProductActivities.PRODUCT_CREATED, restored.id(), null, restored);
                    return lots.isEmpty()
                            ? Future.succeededFuture(restored)
                            : items.rejoin(change, lots, restored.id()).map(rejoined -> restored);
                });
    }

    private static Future<Product> takenSince(Throwable failure) {
        return Future.failedFuture(
                failure instanceof Problem problem && problem.code() == Problem.Code.CONFLICT
                        ? Problem.of(
                                Problem.Code.CONFLICT,
                                "Another product bears its former name, its external id or one of its barcodes by now. Change that one first.")
                        : failure);
    }

    @Override
    public Future<?> leadDaysChanged(Change change, Caller caller, UUID categoryId) {
        return Future.succeededFuture();
    }

    @Override
    public Future<?> deleting(Change change, Caller caller, UUID categoryId, @Nullable UUID reassignTo) {
        return repository
                .listOfCategory(change.connection(), change.inventoryId(), categoryId)
                .compose(before -> move(change, before, categoryId, reassignTo));
    }

    /**
     * Gives products back a category that has come back.
     *
     * @param from the category, or none, that they got; those that got another since keep it
     */
    public Future<?> moveBack(Change change, List<UUID> ids, @Nullable UUID from, UUID categoryId) {
        return repository
                .find(change.connection(), change.inventoryId(), ids)
                .compose(before -> move(change, before.values(), from, categoryId));
    }

    private Future<?> move(Change change, Collection<Product> before, @Nullable UUID from, @Nullable UUID to) {
        List<UUID> ids = before.stream().map(Product::id).toList();
        return ids.isEmpty()
                ? Future.succeededFuture()
                : repository
                        .move(change.connection(), change.inventoryId(), ids, from, to)
                        .onSuccess(after -> recordEach(change, before, after));
    }

    private static void recordEach(Change change, Collection<Product> before, Map<UUID, Product> after) {
        for (Product product : before) {
            Product moved = after.get(product.id());
            if (moved != null) {
                change.record(ProductActivities.PRODUCT_UPDATED, product.id(), product, moved);
            }
        }
    }

    private Future<Product> require(Change change, UUID id, String name, ExpectedVersion expected) {
        return repository.find(change.connection(), change.inventoryId(), id).map(found -> {
            Product product = found.orElseThrow(() ->
                    Problem.at(Problem.Code.NOT_FOUND, List.of("input", name), "There is no product with this id."));
            expected.require("product", product.version());
            return product;
        });
    }

    private Future<?> requireCategory(Change change, @Nullable UUID categoryId) {
        return missingCategory(
                change,
                categoryId,
                Problem.at(
                        Problem.Code.NOT_FOUND, List.of("input", "categoryId"), "There is no category with this id."));
    }

    private Future<?> requireFormerCategory(Change change, Product former) {
        return missingCategory(
                change,
                former.categoryId(),
                Problem.of(
                        Problem.Code.NOT_FOUND,
                        "The category of new lots of %s is gone. Undo its deletion first.".formatted(former.name())));
    }

    private Future<?> missingCategory(Change change, @Nullable UUID categoryId, Problem refusal) {
        return categoryId == null
                ? Future.succeededFuture()
                : items.missingCategories(change, Set.of(categoryId)).map(missing -> {
                    if (!missing.isEmpty()) {
                        throw refusal;
                    }
                    return missing;
                });
    }
}
