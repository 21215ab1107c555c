package org.expirytracker.undo;

import io.vertx.core.Future;
import java.time.Clock;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.categories.Categories;
import org.expirytracker.categories.Category;
import org.expirytracker.categories.CategoryActivities;
import org.expirytracker.categories.CategoryRepository;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemActivities;
import org.expirytracker.items.ItemRepository;
import org.expirytracker.items.ItemState;
import org.expirytracker.items.Items;
import org.expirytracker.items.TakeOut;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.products.Product;
import org.expirytracker.products.ProductActivities;
import org.expirytracker.products.ProductRepository;
import org.expirytracker.products.Products;
import org.jspecify.annotations.Nullable;

/**
 * Takes back what happened to an item, a category or a product, from the states that the log kept of it. What that activity changed
 * is put back, and nothing else: what else has changed since stays. It is refused when the same is not as the activity
 * left it, because it has changed once more and that was not undone. An undo is an activity of the inverse kind, and can be undone like any other.
 */
public final class Undo {

    /** How many activities back one may lie: all that happened since is looked through. */
    private static final int MOST_BACK = 10_000;

    /** Members that change with all others; until release 2026-11-28 a state told {@code asOf} which day it was read. */
    private static final Set<String> OF_EVERY_CHANGE = Set.of("version", "updatedAt", "asOf");

    /** A member of an item that follows from others: the lead days in force. */
    private static final String FOLLOWING = "leadDays";

    /** What the log keeps beside the members of an item. */
    private static final String TAKE_OUT = "takeOut";

    private final ItemRepository repository;
    private final CategoryRepository categoryRepository = new CategoryRepository();
    private final ProductRepository productRepository = new ProductRepository();
    private final Items items;
    private final Categories categories;
    private final Products products;
    private final ActivityLog log;
    private final Clock clock;

    /** Rules over one event loop's log. */
    public Undo(
            ItemRepository repository,
            Items items,
            Categories categories,
            Products products,
            ActivityLog log,
            Clock clock) {
        this.repository = repository;
        this.items = items;
        this.categories = categories;
        this.products = products;
        this.log = log;
        this.clock = clock;
    }

    /**
     * Answer of {@code undo}: what it happened to, as it is now.
     *
     * @param deletedId global id of the item or product that is gone, because its creation was undone
     */
    public record UndoPayload(
            @Nullable Item item,
            @Nullable Category category,
            @Nullable Product product,
            @Nullable String deletedId) implements Payload {

        static UndoPayload of(Item item) {
            return new UndoPayload(item, null, null, null);
        }

        static UndoPayload of(Category category) {
            return new UndoPayload(null, category, null, null);
        }

        static UndoPayload of(Product product) {
            return new UndoPayload(null, null, product, null);
        }

        static UndoPayload of(Deletion deletion) {
            return new UndoPayload(null, null, null, deletion.deletedId());
        }
    }

    /**
     * Undoes an activity.
     *
     * @param id row id of the activity
     * @return fails with {@code NOT_FOUND} when it is none of the last 10,000, {@code CONFLICT} when it cannot be undone
     */
    public Future<UndoPayload> undo(Actor actor, UUID id) {
        List<String> path = List.of("input", "activityId");
        return log.change(
                actor,
                UndoPayload.class,
                change -> ActivityLog.findRecent(change, id, MOST_BACK)
                        .map(found -> found.orElseThrow(() -> Problem.at(
                                Problem.Code.NOT_FOUND,
                                path,
                                "activityId names none of the last %,d activities.".formatted(MOST_BACK))))
                        .compose(activity -> new Undoing(change, actor.caller(), activity, path).run()));
    }

    /** How each is undone, by the name of what happened. */
    private static final Map<String, Function<Undoing, Future<UndoPayload>>> WAYS_BACK = Map.ofEntries(
            wayBack(ItemActivities.ITEM_CREATED, undoing -> undoing.item().compose(undoing::deleteItem)),
            wayBack(ItemActivities.ITEM_UPDATED, undoing -> undoing.item().compose(undoing::putItemBack)),
            wayBack(ItemActivities.ITEM_TAKEN_OUT, undoing -> undoing.item().compose(undoing::putQuantityBack)),
            wayBack(ItemActivities.ITEM_PUT_BACK, undoing -> undoing.item().compose(undoing::takeOutAgain)),
            wayBack(
                    ItemActivities.ITEM_DELETED,
                    undoing -> undoing.itemIfThere().compose(gone -> undoing.restoreItem())),
            wayBack(
                    CategoryActivities.CATEGORY_UPDATED,
                    undoing -> undoing.categoryIfThere().compose(there -> undoing.putCategoryBack())),
            wayBack(
                    CategoryActivities.CATEGORY_DELETED,
                    undoing -> undoing.categoryIfThere().compose(gone -> undoing.restoreCategory())),
            wayBack(
                    ProductActivities.PRODUCT_CREATED,
                    undoing ->
                            undoing.productIfThere().map(Optional::orElseThrow).compose(undoing::deleteProduct)),
            wayBack(
                    ProductActivities.PRODUCT_UPDATED,
                    undoing -> undoing.productIfThere().compose(there -> undoing.putProductBack())),
            wayBack(
                    ProductActivities.PRODUCT_DELETED,
                    undoing -> undoing.productIfThere().compose(gone -> undoing.restoreProduct())),
            wayBack(CategoryActivities.CATEGORY_CREATED, undoing -> {
                throw undoing.conflict(
                        "To undo the creation of a category, delete it, and give the category to which its items go.");
            }));

    private static Map.Entry<String, Function<Undoing, Future<UndoPayload>>> wayBack(
            ActivityKind kind, Function<Undoing, Future<UndoPayload>> undo) {
        return Map.entry(kind.name(), undo);
    }

    /** The undoing of one activity. */
    private final class Undoing {

        private final Change change;
        private final Caller caller;
        private final LocalDate today;
        private final Activity activity;
        private final List<String> path;
        private final Set<String> members;

        Undoing(Change change, Caller caller, Activity activity, List<String> path) {
            this.change = change;
            this.caller = caller;
            this.today = caller.today(clock);
            this.activity = activity;
            this.path = path;
            this.members = RecordJson.differences(activity.before(), activity.after());
            members.removeAll(OF_EVERY_CHANGE);
            members.remove(TAKE_OUT);
            if (ItemActivities.isOfItem(activity)) {
                members.remove(FOLLOWING);
            }
        }

        Future<UndoPayload> run() {
            return WAYS_BACK
                    .getOrDefault(activity.kind(), undoing -> {
                        throw undoing.conflict("What this activity did cannot be undone.");
                    })
                    .apply(this);
        }

        private Problem conflict(String message) {
            return Problem.at(Problem.Code.CONFLICT, path, message);
        }

        /** The item, which is there and is as the activity left it. */
        private Future<Item> item() {
            return itemIfThere().map(Optional::orElseThrow);
        }

        private Future<Optional<Item>> itemIfThere() {
            return uncontradicted(
                    repository.find(change.connection(), change.inventoryId(), List.of(activity.subjectId())));
        }

        private Future<Optional<Category>> categoryIfThere() {
            return uncontradicted(
                    categoryRepository.find(change.connection(), change.inventoryId(), List.of(activity.subjectId())));
        }

        private Future<Optional<Product>> productIfThere() {
            return uncontradicted(
                    productRepository.find(change.connection(), change.inventoryId(), List.of(activity.subjectId())));
        }

        /** What the activity happened to; fails with {@code CONFLICT} unless it is, or is not, there as that left it. */
        private <T extends Record> Future<Optional<T>> uncontradicted(Future<Map<UUID, T>> found) {
            if (members.isEmpty()) {
                throw conflict("This followed from a change of lead days elsewhere. Undo that one instead.");
            }
            return found.compose(byId -> {
                Optional<T> now = Optional.ofNullable(byId.get(activity.subjectId()));
                Set<String> others = RecordJson.differences(
                        activity.after(), now.map(RecordJson::write).orElse(null));
                others.retainAll(members);
                return others.isEmpty()
                        ? Future.succeededFuture(now)
                        : ActivityLog.findLast(change, activity, others).map(last -> {
                            throw contradiction(last);
                        });
            });
        }

        private Problem contradiction(Optional<Activity> last) {
            return conflict(last.map(later ->
                            "The same was changed again, at last by the activity %s, %s at %s. Undo that one first."
                                    .formatted(
                                            new NodeId(Activity.TYPE, later.id()).encoded(),
                                            later.kind(),
                                            later.createdAt()))
                    .orElse("It is not as this activity left it."));
        }

        private String before() {
            return Objects.requireNonNull(activity.before(), "it was there before");
        }

        private String after() {
            return Objects.requireNonNull(activity.after(), "it was there afterwards");
        }

        private Future<UndoPayload> deleteItem(Item now) {
            return items.delete(change, now).map(UndoPayload::of);
        }

        private Future<UndoPayload> putItemBack(Item now) {
            Item former = RecordJson.with(now, before(), members);
            return requireCategory(former)
                    .compose(there -> requireProduct(former))
                    .compose(there ->
                            items.update(change, now, former, today, false).recover(this::takenSince))
                    .map(UndoPayload::of);
        }

        private Future<UndoPayload> putQuantityBack(Item now) {
            TakeOut takeOut = takeOut(after());
            return items.putBack(change, now, takeOut, today)
                    .map(putBack -> putBack.orElseThrow(() -> conflict("This was undone already.")))
                    .map(UndoPayload::of);
        }

        private Future<UndoPayload> takeOutAgain(Item now) {
            TakeOut takeOut = takeOut(before());
            return items.takeOut(change, now, takeOut.again(RowIds.next()), today)
                    .map(UndoPayload::of);
        }

        private static TakeOut takeOut(String state) {
            return Objects.requireNonNull(
                    RecordJson.read(state, ItemState.class).takeOut(), "something was taken out");
        }

        private Future<UndoPayload> restoreItem() {
            Item deleted = RecordJson.read(before(), Item.class);
            return requireCategory(deleted)
                    .compose(there -> requireProduct(deleted))
                    .compose(there -> ActivityLog.listOfSameChange(change, activity))
                    .compose(ofDeletion ->
                            items.restore(change, deleted, ofDeletion, today).recover(this::takenSince))
                    .map(UndoPayload::of);
        }

        private Future<Item> takenSince(Throwable failure) {
            return Future.failedFuture(
                    failure instanceof Problem problem && problem.code() == Problem.Code.CONFLICT
                            ? conflict("Another item bears its former external id by now. Change that one first.")
                            : failure);
        }

        private Future<?> requireCategory(Item item) {
            UUID categoryId = item.categoryId();
            return categoryId == null
                    ? Future.succeededFuture()
                    : items.missingCategories(change, Set.of(categoryId)).map(missing -> {
                        if (!missing.isEmpty()) {
                            throw conflict("The category that %s was in is gone. Undo its deletion first."
                                    .formatted(item.name()));
                        }
                        return missing;
                    });
        }

        private Future<?> requireProduct(Item item) {
            UUID productId = item.productId();
            return productId == null
                    ? Future.succeededFuture()
                    : items.missingProducts(change, Set.of(productId)).map(missing -> {
                        if (!missing.isEmpty()) {
                            throw conflict("The product of which %s was a lot is gone. Undo its deletion first."
                                    .formatted(item.name()));
                        }
                        return missing;
                    });
        }

        private Future<UndoPayload> deleteProduct(Product now) {
            return products.delete(change, now).map(UndoPayload::of);
        }

        private Future<UndoPayload> putProductBack() {
            return products.putBack(change, activity.subjectId(), now -> RecordJson.with(now, before(), members))
                    .map(UndoPayload::of);
        }

        /** With the lots that it had, unless they became lots of another since. */
        private Future<UndoPayload> restoreProduct() {
            Product deleted = RecordJson.read(before(), Product.class);
            return ActivityLog.listOfSameChange(change, activity)
                    .compose(ofDeletion ->
                            products.restore(change, deleted, subjects(ofDeletion, ItemActivities.ITEM_UPDATED)))
                    .map(UndoPayload::of);
        }

        private static List<UUID> subjects(List<Activity> activities, ActivityKind kind) {
            return activities.stream()
                    .filter(kind::is)
                    .map(Activity::subjectId)
                    .distinct()
                    .toList();
        }

        private Future<UndoPayload> putCategoryBack() {
            return categories
                    .putBack(change, caller, activity.subjectId(), now -> RecordJson.with(now, before(), members))
                    .map(UndoPayload::of);
        }

        /** With the items that went elsewhere when it was deleted, unless they went further since. */
        private Future<UndoPayload> restoreCategory() {
            Category deleted = RecordJson.read(before(), Category.class);
            return categories
                    .restore(change, deleted)
                    .compose(restored -> ActivityLog.listOfSameChange(change, activity)
                            .compose(ofDeletion ->
                                    moveItemsBack(ofDeletion).compose(moved -> moveProductsBack(ofDeletion)))
                            .map(moved -> UndoPayload.of(restored)));
        }

        private Future<?> moveItemsBack(List<Activity> ofDeletion) {
            List<Item> moved = ofDeletion.stream()
                    .filter(ItemActivities.ITEM_UPDATED::is)
                    .map(each -> each.state(Item.class))
                    .toList();
            return moved.isEmpty()
                    ? Future.succeededFuture()
                    : items.moveBack(
                            change,
                            today,
                            moved.stream().map(Item::id).toList(),
                            moved.getFirst().categoryId(),
                            activity.subjectId());
        }

        private Future<?> moveProductsBack(List<Activity> ofDeletion) {
            List<Product> moved = ofDeletion.stream()
                    .filter(ProductActivities.PRODUCT_UPDATED::is)
                    .map(each -> each.state(Product.class))
                    .toList();
            return moved.isEmpty()
                    ? Future.succeededFuture()
                    : products.moveBack(
                            change,
                            moved.stream().map(Product::id).toList(),
                            moved.getFirst().categoryId(),
                            activity.subjectId());
        }
    }
}
