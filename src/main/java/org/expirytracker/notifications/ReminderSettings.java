package org.expirytracker.notifications;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * When and how a user is notified of dates (GraphQL type {@code ReminderSettings}).
 *
 * @param days how many days before the date, most first: up to 20 numbers from 0 to 3650; those not below an item's lead
 *     days count as its lead days
 * @param percents at how many percent of an item's life left: up to 20 numbers from 1 to 99; of items whose date of
 *     purchase is known
 * @param quietHours when no mail is sent; null for none
 * @param digest whether what was notified is sent by e-mail once a day
 */
public record ReminderSettings(
        List<Integer> days,
        List<Integer> percents,
        @Nullable QuietHours quietHours,
        boolean digest) {

    /** What holds for a user who has chosen nothing. */
    static final ReminderSettings USUAL = new ReminderSettings(List.of(30, 7, 1, 0), List.of(), null, false);

    /**
     * Hours of the local day in which no mail is sent.
     *
     * @param from the hour at which they begin, 0 to 23
     * @param to the hour at which they end, 0 to 23; when not after {@code from}, on the next day
     */
    public record QuietHours(int from, int to) {}
}
