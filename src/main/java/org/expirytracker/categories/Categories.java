package org.expirytracker.categories;

import io.vertx.core.Future;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.jspecify.annotations.Nullable;

/** How categories change: what is refused, what follows for their items, and what is written to the log. */
public final class Categories {

    private static final int MOST_NAME = 200;
    private static final int MOST_DESCRIPTION = 2_000;
    private static final int MOST_LEAD_DAYS = 3_650;

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
    record CategoryPayload(Category category) implements Payload {}

    /**
     * Answer of {@code updateCategory}.
     *
     * @param changed whether this call changed it; null in an answer that a former release has kept
     */
    record UpdateCategoryPayload(
            Category category, @Nullable Boolean changed) implements Payload {}

    Future<CategoryPayload> create(Field field) {
        Input input = Input.of(field);
        Category fresh = new Category(
                RowIds.next(),
                input.name("name", MOST_NAME),
                input.optionalText("description", MOST_DESCRIPTION),
                color(input),
                input.optionalInt("leadDays", 0, MOST_LEAD_DAYS),
                1,
                Instant.EPOCH,
                Instant.EPOCH);
        input.check();
        return log.change(
                Actor.of(field),
                CategoryPayload.class,
                change -> repository
                        .insert(change.connection(), change.userId(), fresh)
                        .map(created -> {
                            change.record(ActivityKind.CATEGORY_CREATED, created.id(), null, created);
                            return new CategoryPayload(created);
                        }));
    }

    Future<UpdateCategoryPayload> update(Field field) {
        Caller caller = field.caller();
        Input input = Input.of(field);
        UUID id = input.id("id", NodeId.Type.Category);
        UnaryOperator<Category> patch = patch(input);
        input.check();
        return log.change(
                Actor.of(field),
                UpdateCategoryPayload.class,
                change -> require(change, input, id).compose(before -> {
                    Category after = patch.apply(before);
                    return after.equals(before)
                            ? Future.succeededFuture(new UpdateCategoryPayload(before, false))
                            : update(change, caller, before, after)
                                    .map(updated -> new UpdateCategoryPayload(updated, true));
                }));
    }

    private Future<Category> update(Change change, Caller caller, Category before, Category after) {
        return repository.update(change.connection(), change.userId(), after).compose(updated -> {
            change.record(ActivityKind.CATEGORY_UPDATED, updated.id(), before, updated);
            return Objects.equals(before.leadDays(), updated.leadDays())
                    ? Future.succeededFuture(updated)
                    : watch.leadDaysChanged(change, caller, updated.id()).map(followed -> updated);
        });
    }

    /** Puts what the input names in place of what is there. */
    private static UnaryOperator<Category> patch(Input input) {
        String name = input.has("name") ? input.name("name", MOST_NAME) : null;
        String description = input.optionalText("description", MOST_DESCRIPTION);
        String color = color(input);
        Integer leadDays = input.optionalInt("leadDays", 0, MOST_LEAD_DAYS);
        return category -> new Category(
                category.id(),
                name == null ? category.name() : name,
                input.has("description") ? description : category.description(),
                input.has("color") ? color : category.color(),
                input.has("leadDays") ? leadDays : category.leadDays(),
                category.version(),
                category.createdAt(),
                category.updatedAt());
    }

    Future<Payload.Deletion> delete(Field field) {
        Caller caller = field.caller();
        Input input = Input.of(field);
        UUID id = input.id("id", NodeId.Type.Category);
        UUID reassignTo = input.optionalId("reassignTo", NodeId.Type.Category);
        if (id.equals(reassignTo)) {
            input.reject(
                    "reassignTo", Problem.Code.INVALID, "reassignTo must be another category than the one deleted.");
        }
        input.check();
        return log.change(
                Actor.of(field),
                Payload.Deletion.class,
                change -> require(change, input, id)
                        .compose(before ->
                                requireTarget(change, input, reassignTo).map(exists -> before))
                        .compose(before -> delete(change, caller, before, reassignTo)));
    }

    private Future<Payload.Deletion> delete(Change change, Caller caller, Category before, @Nullable UUID reassignTo) {
        return watch.deleting(change, caller, before.id(), reassignTo)
                .compose(followed -> repository.delete(change.connection(), change.userId(), before.id()))
                .map(deleted -> {
                    change.record(ActivityKind.CATEGORY_DELETED, before.id(), before, null);
                    return Payload.Deletion.of(NodeId.Type.Category, before.id());
                });
    }

    /** Changes a category back, as part of a change that undoes another; fails with {@code CONFLICT} if its name is taken. */
    public Future<Category> putBack(Change change, Caller caller, UUID id, UnaryOperator<Category> patch) {
        return repository.find(change.connection(), change.userId(), id).compose(found -> {
            Category now = found.orElseThrow();
            return update(change, caller, now, patch.apply(now)).recover(Categories::takenSince);
        });
    }

    /** Puts a deleted category back under its id, as it was; fails with {@code CONFLICT} if its name is taken. */
    public Future<Category> restore(Change change, Category deleted) {
        return repository
                .restore(change.connection(), change.userId(), deleted)
                .map(restored -> {
                    change.record(ActivityKind.CATEGORY_CREATED, restored.id(), null, restored);
                    return restored;
                })
                .recover(Categories::takenSince);
    }

    private static Future<Category> takenSince(Throwable failure) {
        return Future.failedFuture(
                failure instanceof Problem problem && problem.code() == Problem.Code.CONFLICT
                        ? Problem.of(
                                Problem.Code.CONFLICT,
                                "Another category bears its former name by now. Rename that one first.")
                        : failure);
    }

    private Future<Category> require(Change change, Input input, UUID id) {
        return repository.find(change.connection(), change.userId(), id).map(found -> {
            Category category = found.orElseThrow(() -> missing(input, "id"));
            input.requireVersion("category", category.version());
            return category;
        });
    }

    private static Problem missing(Input input, String name) {
        return Problem.at(Problem.Code.NOT_FOUND, input.pathOf(name), "There is no category with this id.");
    }

    private Future<?> requireTarget(Change change, Input input, @Nullable UUID reassignTo) {
        if (reassignTo == null) {
            return Future.succeededFuture();
        }
        return repository
                .find(change.connection(), change.userId(), reassignTo)
                .map(found -> found.orElseThrow(() -> missing(input, "reassignTo")));
    }

    private static @Nullable String color(Input input) {
        String color = input.optionalText("color", 7);
        if (color != null && !color.matches("#[0-9a-fA-F]{6}")) {
            input.reject("color", Problem.Code.INVALID, "color must be of the form #rrggbb, such as #2e7d32.");
        }
        return color == null ? null : color.toLowerCase(Locale.ROOT);
    }
}
