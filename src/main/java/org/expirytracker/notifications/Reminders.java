package org.expirytracker.notifications;

import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.categories.Category;
import org.expirytracker.categories.CategoryRepository;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/** How reminders change: what is refused, what is written to the log, and which days are worked out anew. */
public final class Reminders {

    private final ReminderRepository reminders = new ReminderRepository();
    private final CategoryRepository categories;
    private final ActivityLog log;

    /** Rules over one event loop's log. */
    public Reminders(CategoryRepository categories, ActivityLog log) {
        this.categories = categories;
        this.log = log;
    }

    /**
     * Answer of {@code updateReminders}.
     *
     * @param changed whether this call changed them; null in an answer that a former release has kept
     */
    public record UpdateRemindersPayload(
            ReminderSettings reminders, @Nullable Boolean changed) implements Payload {}

    /**
     * Changes when and how a user is notified of dates.
     *
     * @return fails with {@code CONFLICT} while another inventory of theirs is being changed
     */
    public Future<UpdateRemindersPayload> update(Actor actor, ReminderPatch patch) {
        return log.change(
                actor,
                UpdateRemindersPayload.class,
                change -> reminders
                        .find(change.connection(), change.userId())
                        .compose(before -> update(change, before, patch.values().apply(before))));
    }

    private Future<UpdateRemindersPayload> update(Change change, ReminderSettings before, ReminderSettings after) {
        if (after.equals(before)) {
            return Future.succeededFuture(new UpdateRemindersPayload(before, false));
        }
        change.record(NotificationActivities.REMINDERS_UPDATED, change.userId().value(), before, after);
        return reminders
                .save(change.connection(), change.userId(), after)
                .compose(saved ->
                        after.percents().equals(before.percents()) ? Future.succeededFuture(0) : refreshAll(change))
                .map(new UpdateRemindersPayload(after, true));
    }

    /** What a user says holds in every inventory of which they are a member. */
    private Future<Integer> refreshAll(Change change) {
        return reminders.otherInventories(change.connection(), change.userId()).compose(others -> {
            return ActivityLog.lockFree(change.connection(), others).compose(locked -> {
                if (locked.size() < others.size()) {
                    throw Problem.of(
                            Problem.Code.CONFLICT, "One of your inventories is being changed just now. Try again.");
                }
                Future<Integer> refreshed = PercentReminders.refresh(change.connection(), change.inventoryId());
                for (InventoryId other : others) {
                    refreshed = refreshed.compose(before -> PercentReminders.refresh(change.connection(), other));
                }
                return refreshed;
            });
        });
    }

    /**
     * Answer of {@code updateCategoryReminders}.
     *
     * @param changed whether this call changed them; null in an answer that a former release has kept
     */
    public record UpdateCategoryRemindersPayload(
            Category category, @Nullable Boolean changed) implements Payload {}

    /**
     * Gives a category's items reminders of their own, or the user's again.
     *
     * @return fails with {@code NOT_FOUND}
     */
    public Future<UpdateCategoryRemindersPayload> update(Actor actor, CategoryRemindersPatch patch) {
        return log.change(
                actor,
                UpdateCategoryRemindersPayload.class,
                change -> require(change, patch.categoryId())
                        .compose(category -> update(change, category, patch.reminders())));
    }

    private Future<Category> require(Change change, UUID id) {
        return categories
                .find(change.connection(), change.inventoryId(), List.of(id))
                .map(found -> Optional.ofNullable(found.get(id))
                        .orElseThrow(() -> Problem.at(
                                Problem.Code.NOT_FOUND,
                                List.of("input", "categoryId"),
                                "There is no category with this id.")));
    }

    private Future<UpdateCategoryRemindersPayload> update(
            Change change, Category category, @Nullable CategoryReminders wanted) {
        return reminders
                .ofCategories(change.connection(), change.inventoryId(), List.of(category.id()))
                .compose(found -> {
                    CategoryReminders before = found.get(category.id());
                    return Objects.equals(before, wanted)
                            ? Future.succeededFuture(new UpdateCategoryRemindersPayload(category, false))
                            : update(change, category, before, wanted);
                });
    }

    private Future<UpdateCategoryRemindersPayload> update(
            Change change, Category category, @Nullable CategoryReminders before, @Nullable CategoryReminders after) {
        change.record(NotificationActivities.CATEGORY_REMINDERS_UPDATED, category.id(), before, after);
        return reminders
                .save(change.connection(), change.inventoryId(), category.id(), after)
                .compose(saved -> PercentReminders.refresh(change.connection(), change.inventoryId()))
                .map(new UpdateCategoryRemindersPayload(category, true));
    }
}
