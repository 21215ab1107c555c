package org.expirytracker.categories;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.ExpectedVersion;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Text;
import org.jspecify.annotations.Nullable;

/** How categories change: what is refused, what follows for their items, and what is written to the log. */
public final class Categories {

    private final CategoryRepository repository;
    private final ActivityLog log;
    private final CategoryWatch watch;

    /**
     * Rules over one event loop's log.
     *
     * @param watch what follows for the items of a category
     */
    public Categories(CategoryRepository repository, ActivityLog log, CategoryWatch watch) {
        this.repository = repository;
        this.log = log;
        this.watch = watch;
    }

    /** Answer of {@code createCategory}. */
    public record CategoryPayload(Category category) implements Payload {}

    /**
     * Answer of {@code updateCategory}.
     *
     * @param changed whether this call changed it; null in an answer that a former release has kept
     */
    public record UpdateCategoryPayload(
            Category category, @Nullable Boolean changed) implements Payload {}

    /**
     * Creates a category.
     *
     * @return fails with {@code CONFLICT} when its name is taken
     */
    public Future<CategoryPayload> create(Actor actor, NewCategory fresh) {
        return log.change(
                actor,
                CategoryPayload.class,
                change -> repository
                        .insert(change.connection(), change.inventoryId(), fresh.category())
                        .map(created -> {
                            change.record(CategoryActivities.CATEGORY_CREATED, created.id(), null, created);
                            return new CategoryPayload(created);
                        }));
    }

    /**
     * The categories of some names, as part of a change.
     *
     * @param names as somebody wrote them, each fit to be one: see {@link NewCategory#of}
     * @param create whether those that are not there are made
     * @return by {@link Text#identity} of the name; one that is not there is left out
     */
    public Future<Map<String, Category>> named(Change change, Collection<String> names, boolean create) {
        Map<String, String> wanted = new LinkedHashMap<>();
        names.forEach(name -> wanted.putIfAbsent(Text.identity(name), name));
        return find(change.connection(), change.inventoryId(), wanted.keySet()).compose(found -> {
            wanted.keySet().removeAll(found.keySet());
            if (!create || wanted.isEmpty()) {
                return Future.succeededFuture(found);
            }
            return repository
                    .insertAll(change.connection(), change.inventoryId(), wanted.values())
                    .map(created -> {
                        Map<String, Category> all = new HashMap<>(found);
                        created.forEach(each -> {
                            change.record(CategoryActivities.CATEGORY_CREATED, each.id(), null, each);
                            all.put(Text.identity(each.name()), each);
                        });
                        return all;
                    });
        });
    }

    /** The categories that there are, by {@link Text#identity} of their names. */
    public Future<Map<String, Category>> find(
            SqlClient client, InventoryId inventoryId, Collection<String> identities) {
        return identities.isEmpty()
                ? Future.succeededFuture(Map.of())
                : repository.findByName(client, inventoryId, identities);
    }

    /**
     * Changes a category, and the lead days in force of its items.
     *
     * @return fails with {@code NOT_FOUND}, {@code STALE_VERSION}, {@code CONFLICT} when its name is taken
     */
    public Future<UpdateCategoryPayload> update(Actor actor, CategoryPatch patch) {
        return log.change(
                actor,
                UpdateCategoryPayload.class,
                change -> require(change, patch.id(), patch.expected()).compose(before -> {
                    Category after = patch.values().apply(before);
                    return after.equals(before)
                            ? Future.succeededFuture(new UpdateCategoryPayload(before, false))
                            : update(change, actor.caller(), before, after)
                                    .map(updated -> new UpdateCategoryPayload(updated, true));
                }));
    }

    private Future<Category> update(Change change, Caller caller, Category before, Category after) {
        return repository
                .update(change.connection(), change.inventoryId(), after)
                .compose(updated -> {
                    change.record(CategoryActivities.CATEGORY_UPDATED, updated.id(), before, updated);
                    return Objects.equals(before.leadDays(), updated.leadDays())
                            ? Future.succeededFuture(updated)
                            : watch.leadDaysChanged(change, caller, updated.id())
                                    .map(followed -> updated);
                });
    }

    /**
     * Deletes a category; its items go to another one, or to none.
     *
     * @param reassignTo where its items go; null for none
     * @return fails with {@code INVALID} when that is itself, {@code NOT_FOUND}, {@code STALE_VERSION}
     */
    public Future<Payload.Deletion> delete(Actor actor, UUID id, @Nullable UUID reassignTo, ExpectedVersion expected) {
        if (id.equals(reassignTo)) {
            return Future.failedFuture(Problem.at(
                    Problem.Code.INVALID,
                    List.of("input", "reassignTo"),
                    "reassignTo must be another category than the one deleted."));
        }
        return log.change(
                actor,
                Payload.Deletion.class,
                change -> require(change, id, expected)
                        .compose(before -> requireTarget(change, reassignTo).map(exists -> before))
                        .compose(before -> delete(change, actor.caller(), before, reassignTo)));
    }

    private Future<Payload.Deletion> delete(Change change, Caller caller, Category before, @Nullable UUID reassignTo) {
        return watch.deleting(change, caller, before.id(), reassignTo)
                .compose(followed -> repository.delete(change.connection(), change.inventoryId(), before.id()))
                .map(deleted -> {
                    change.record(CategoryActivities.CATEGORY_DELETED, before.id(), before, null);
                    return Payload.Deletion.of(Category.TYPE, before.id());
                });
    }

    /** Changes a category back, as part of a change that undoes another; fails with {@code CONFLICT} if its name is taken. */
    public Future<Category> putBack(Change change, Caller caller, UUID id, UnaryOperator<Category> patch) {
        return repository.find(change.connection(), change.inventoryId(), id).compose(found -> {
            Category now = found.orElseThrow();
            return update(change, caller, now, patch.apply(now)).recover(Categories::takenSince);
        });
    }

    /** Puts a deleted category back under its id, as it was; fails with {@code CONFLICT} if its name is taken. */
    public Future<Category> restore(Change change, Category deleted) {
        return repository
                .restore(change.connection(), change.inventoryId(), deleted)
                .map(restored -> {
                    change.record(CategoryActivities.CATEGORY_CREATED, restored.id(), null, restored);
                    return restored;
                })
                .recover(Categories::takenSince);
    }

    private static Future<Category> takenSince(Throwable failure) {
        return Future.failedFuture(
                failure instanceof Problem problem && problem.code() == Problem.Code.CONFLICT
                        ? Problem.of(
                                Problem.Code.CONFLICT,
                                "Another category bears its former name or external id by now. Change that one first.")
                        : failure);
    }

    private Future<Category> require(Change change, UUID id, ExpectedVersion expected) {
        return repository.find(change.connection(), change.inventoryId(), id).map(found -> {
            Category category = found.orElseThrow(() -> missing("id"));
            expected.require("category", category.version());
            return category;
        });
    }

    private static Problem missing(String name) {
        return Problem.at(Problem.Code.NOT_FOUND, List.of("input", name), "There is no category with this id.");
    }

    private Future<?> requireTarget(Change change, @Nullable UUID reassignTo) {
        if (reassignTo == null) {
            return Future.succeededFuture();
        }
        return repository
                .find(change.connection(), change.inventoryId(), reassignTo)
                .map(found -> found.orElseThrow(() -> missing("reassignTo")));
    }
}
