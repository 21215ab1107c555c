package org.expirytracker.notifications;

import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.Actor;
import org.expirytracker.categories.Category;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of when and how users are notified of dates. */
public final class ReminderFetchers implements Fetchers {

    private static final String BY_USER = "reminders by user";
    private static final String BY_CATEGORY = "reminders by category";

    private final Database database;
    private final Reminders rules;
    private final ReminderRepository reminders = new ReminderRepository();

    /** Fields over one event loop's connections. */
    public ReminderFetchers(Database database, Reminders rules) {
        this.database = database;
        this.rules = rules;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.mutation("updateReminders", this::updateReminders)
                .mutation("updateCategoryReminders", this::updateCategoryReminders)
                .field("User", "reminders", this::remindersOfUser)
                .field("Category", "reminders", ReminderFetchers::remindersOfCategory)
                .loader(BY_USER, (Caller caller, Set<UUID> ids) -> reminders.ofUsers(database.reads(), ids))
                .loader(BY_CATEGORY, this::ofCategories)
                .state("ReminderSettings", ReminderSettings.class)
                .state("CategoryReminders", CategoryReminders.class);
    }

    private Future<Map<UUID, CategoryReminders>> ofCategories(Caller caller, Set<UUID> ids) {
        return reminders.ofCategories(database.reads(), caller.inventoryId(), ids);
    }

    private @Nullable Object remindersOfUser(Field field) {
        User user = field.source();
        if (user == null) {
            return null;
        }
        // Of somebody who has just logged in there is no caller yet, and so no loader; they are the only one.
        return field.callerIfAny().isPresent()
                ? field.load(BY_USER, user.id())
                : reminders.find(database.reads(), new UserId(user.id()));
    }

    private static @Nullable Object remindersOfCategory(Field field) {
        Category category = field.source();
        return category == null ? null : field.load(BY_CATEGORY, category.id());
    }

    private Future<Reminders.UpdateRemindersPayload> updateReminders(Field field) {
        Input input = Input.of(field);
        ReminderPatch patch = ReminderPatch.of(input);
        input.check();
        return rules.update(Actor.ofAccount(field), patch);
    }

    private Future<Reminders.UpdateCategoryRemindersPayload> updateCategoryReminders(Field field) {
        Input input = Input.of(field);
        CategoryRemindersPatch patch = CategoryRemindersPatch.of(input);
        input.check();
        return rules.update(Actor.of(field), patch);
    }
}
