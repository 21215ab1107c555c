/**
 * What a user should know, and whether they have read it. Owns {@code notifications}, {@code notification_marks},
 * {@code acknowledgements}, {@code reminder_settings}, {@code category_reminders}, {@code percent_reminders},
 * {@code stuck_items} and the GraphQL types {@code Notification…}. Imports the rooms up to {@code items}. Begin reading at
 * {@link org.expirytracker.notifications.NotificationFetchers}; how notifications come about is in
 * {@link org.expirytracker.notifications.ExpiryNotices}.
 */
@NullMarked
package org.expirytracker.notifications;

import org.jspecify.annotations.NullMarked;
