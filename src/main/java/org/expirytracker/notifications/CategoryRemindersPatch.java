package org.expirytracker.notifications;

import java.util.List;
import java.util.UUID;
import org.expirytracker.categories.Category;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * What reminders a category's items are to have.
 *
 * @param reminders null to let the user's hold again
 */
public record CategoryRemindersPatch(
        UUID categoryId, @Nullable CategoryReminders reminders) {

    /** Reads one; what is wrong is noted in the input. */
    public static CategoryRemindersPatch of(Input input) {
        UUID id = input.id("categoryId", Category.TYPE);
        List<Integer> days = ReminderPatch.days(input);
        List<Integer> percents = ReminderPatch.percents(input);
        if ((days == null) != (percents == null)) {
            input.reject(
                    days == null ? "days" : "percents",
                    Problem.Code.INVALID,
                    "days and percents go together; leave out both to let the user's reminders hold again.");
        }
        return new CategoryRemindersPatch(
                id, days == null || percents == null ? null : new CategoryReminders(days, percents));
    }
}
