package org.expirytracker.notifications;

import io.vertx.core.Future;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.categories.Category;
import org.expirytracker.categories.CategoryRepository;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;
import org.expirytracker.users.User;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of when and how users are told of dates. */
public final class ReminderFetchers implements Fetchers {

    private static final String BY_USER = "reminders by user";
    private static final String BY_CATEGORY = "reminders by category";
    private static final int MOST_REMINDERS = 20;
    private static final int MOST_DAYS = 3_650;
    private static final int MOST_PERCENT = 99;
    private static final int LAST_HOUR = 23;

    private final Database database;
    private final ActivityLog log;
    private final ReminderRepository reminders = new ReminderRepository();
    private final CategoryRepository categories = new CategoryRepository();

    /** Fields over one event loop's connections. */
    public ReminderFetchers(Database database, ActivityLog log) {
        this.database = database;
        this.log = log;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.mutation("updateReminders", this::updateReminders)
                .mutation("updateCategoryReminders", this::updateCategoryReminders)
                .field("User", "reminders", this::remindersOfUser)
                .field("Category", "reminders", ReminderFetchers::remindersOfCategory)
                .loader(BY_USER, (Caller caller, Set<UUID> ids) -> reminders.ofUsers(database.reads(), ids))
                .loader(BY_CATEGORY, this::ofCategories)
                .state("ReminderSettings", Reminders.class)
                .state("CategoryReminders", Reminders.OfCategory.class);
    }

    private Future<Map<UUID, Reminders.OfCategory>> ofCategories(Caller caller, Set<UUID> ids) {
        return reminders.ofCategories(database.reads(), caller.userId(), ids);
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

    /** Answer of {@code updateReminders}. */
    public record UpdateRemindersPayload(
            Reminders reminders, @Nullable Boolean changed) implements Payload {}

    private Future<UpdateRemindersPayload> updateReminders(Field field) {
        Input in = Input.of(field);
        List<Integer> days = numbers(in, "days", 0, MOST_DAYS);
        List<Integer> percents = numbers(in, "percents", 1, MOST_PERCENT);
        Input quiet = in.object("quietHours");
        Integer from = quiet.optionalInt("from", 0, LAST_HOUR);
        Integer to = quiet.optionalInt("to", 0, LAST_HOUR);
        in.check();
        return log.change(
                Actor.of(field),
                UpdateRemindersPayload.class,
                change -> reminders
                        .find(change.connection(), change.userId())
                        .compose(before -> update(
                                change,
                                before,
                                new Reminders(
                                        days == null ? before.days() : days,
                                        percents == null ? before.percents() : percents,
                                        quietHours(in, before, from, to),
                                        in.flag("digest", before.digest())))));
    }

    private static Reminders.@Nullable QuietHours quietHours(
            Input in, Reminders before, @Nullable Integer from, @Nullable Integer to) {
        if (!in.has("quietHours")) {
            return before.quietHours();
        }
        return from == null || to == null || from.equals(to) ? null : new Reminders.QuietHours(from, to);
    }

    private Future<UpdateRemindersPayload> update(Change change, Reminders before, Reminders after) {
        if (after.equals(before)) {
            return Future.succeededFuture(new UpdateRemindersPayload(before, false));
        }
        change.record(ActivityKind.REMINDERS_UPDATED, change.userId().value(), before, after);
        return reminders
                .save(change.connection(), change.userId(), after)
                .compose(saved -> after.percents().equals(before.percents())
                        ? Future.succeededFuture(0)
                        : PercentReminders.refresh(change.connection(), change.userId(), null))
                .map(new UpdateRemindersPayload(after, true));
    }

    /** Answer of {@code updateCategoryReminders}. */
    public record UpdateCategoryRemindersPayload(
            Category category, @Nullable Boolean changed) implements Payload {}

    private Future<UpdateCategoryRemindersPayload> updateCategoryReminders(Field field) {
        Input in = Input.of(field);
        UUID id = in.id("categoryId", NodeId.Type.Category);
        List<Integer> days = numbers(in, "days", 0, MOST_DAYS);
        List<Integer> percents = numbers(in, "percents", 1, MOST_PERCENT);
        if ((days == null) != (percents == null)) {
            in.reject(
                    days == null ? "days" : "percents",
                    Problem.Code.INVALID,
                    "days and percents go together; leave out both to let the user's reminders hold again.");
        }
        in.check();
        Reminders.OfCategory wanted =
                days == null || percents == null ? null : new Reminders.OfCategory(days, percents);
        return log.change(
                Actor.of(field),
                UpdateCategoryRemindersPayload.class,
                change -> categories
                        .find(change.connection(), change.userId(), List.of(id))
                        .map(found -> Optional.ofNullable(found.get(id)).orElseThrow(() -> notThere(in)))
                        .compose(category -> update(change, category, wanted)));
    }

    private Future<UpdateCategoryRemindersPayload> update(
            Change change, Category category, Reminders.@Nullable OfCategory wanted) {
        return reminders
                .ofCategories(change.connection(), change.userId(), List.of(category.id()))
                .compose(found -> {
                    Reminders.OfCategory before = found.get(category.id());
                    return Objects.equals(before, wanted)
                            ? Future.succeededFuture(new UpdateCategoryRemindersPayload(category, false))
                            : update(change, category, before, wanted);
                });
    }

    private Future<UpdateCategoryRemindersPayload> update(
            Change change,
            Category category,
            Reminders.@Nullable OfCategory before,
            Reminders.@Nullable OfCategory after) {
        change.record(ActivityKind.CATEGORY_REMINDERS_UPDATED, category.id(), before, after);
        return reminders
                .save(change.connection(), change.userId(), category.id(), after)
                .compose(saved -> PercentReminders.refresh(change.connection(), change.userId(), null))
                .map(new UpdateCategoryRemindersPayload(category, true));
    }

    private static Problem notThere(Input in) {
        return Problem.at(Problem.Code.NOT_FOUND, in.pathOf("categoryId"), "There is no category with this id.");
    }

    /** Distinct numbers, the largest first; null when absent. */
    private static @Nullable List<Integer> numbers(Input in, String name, int least, int most) {
        List<Integer> given = in.optionalInts(name, least, most, MOST_REMINDERS);
        return given == null
                ? null
                : given.stream().distinct().sorted(Comparator.reverseOrder()).toList();
    }
}
