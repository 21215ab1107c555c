package org.expirytracker.notifications;

import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import org.expirytracker.kernel.Input;
import org.jspecify.annotations.Nullable;

/**
 * Changes to a user's reminders.
 *
 * @param values puts what is given in place of what is there
 */
public record ReminderPatch(UnaryOperator<ReminderSettings> values) {

    private static final int MOST_REMINDERS = 20;
    private static final int MOST_DAYS = 3_650;
    private static final int MOST_PERCENT = 99;
    private static final int LAST_HOUR = 23;

    /** Reads one; what is wrong is noted in the input. */
    public static ReminderPatch of(Input input) {
        List<Integer> days = days(input);
        List<Integer> percents = percents(input);
        Input quiet = input.object("quietHours");
        Integer from = quiet.optionalInt("from", 0, LAST_HOUR);
        Integer to = quiet.optionalInt("to", 0, LAST_HOUR);
        // Hours that end when they begin are none.
        ReminderSettings.QuietHours hours =
                from == null || to == null || from.equals(to) ? null : new ReminderSettings.QuietHours(from, to);
        return new ReminderPatch(before -> new ReminderSettings(
                days == null ? before.days() : days,
                percents == null ? before.percents() : percents,
                input.has("quietHours") ? hours : before.quietHours(),
                input.flag("digest", before.digest())));
    }

    /** Days before the date, distinct, the largest first; null when absent. */
    static @Nullable List<Integer> days(Input input) {
        return numbers(input, "days", 0, MOST_DAYS);
    }

    /** Percents of an item's life left, distinct, the largest first; null when absent. */
    static @Nullable List<Integer> percents(Input input) {
        return numbers(input, "percents", 1, MOST_PERCENT);
    }

    private static @Nullable List<Integer> numbers(Input input, String name, int least, int most) {
        List<Integer> given = input.optionalInts(name, least, most, MOST_REMINDERS);
        return given == null
                ? null
                : given.stream().distinct().sorted(Comparator.reverseOrder()).toList();
    }
}
