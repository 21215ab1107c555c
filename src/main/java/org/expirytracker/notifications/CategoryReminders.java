package org.expirytracker.notifications;

import java.util.List;

/**
 * Reminders of a category's items instead of the user's (GraphQL type {@code CategoryReminders}); each list as in
 * {@link ReminderSettings}.
 */
public record CategoryReminders(List<Integer> days, List<Integer> percents) {}
