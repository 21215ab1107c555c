package org.expirytracker.notifications;

import org.expirytracker.activities.ActivityKind;
import org.expirytracker.categories.Category;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.kernel.Access;
import org.expirytracker.users.User;

/** What can happen to a notification, and to when there are any. */
public final class NotificationActivities {

    public static final ActivityKind NOTIFICATION_CREATED =
            new ActivityKind("NOTIFICATION_CREATED", Notification.TYPE, NotificationsAccess.READ, "NotificationState");
    public static final ActivityKind NOTIFICATION_UPDATED =
            new ActivityKind("NOTIFICATION_UPDATED", Notification.TYPE, NotificationsAccess.READ, "NotificationState");
    public static final ActivityKind NOTIFICATION_DELETED =
            new ActivityKind("NOTIFICATION_DELETED", Notification.TYPE, NotificationsAccess.READ, "NotificationState");
    public static final ActivityKind REMINDERS_UPDATED =
            new ActivityKind("REMINDERS_UPDATED", User.TYPE, Access.ACCOUNT, "ReminderSettings");
    public static final ActivityKind CATEGORY_REMINDERS_UPDATED =
            new ActivityKind("CATEGORY_REMINDERS_UPDATED", Category.TYPE, ItemsAccess.READ, "CategoryReminders");

    static final ActivityKind[] ALL = {
        NOTIFICATION_CREATED, NOTIFICATION_UPDATED, NOTIFICATION_DELETED, REMINDERS_UPDATED, CATEGORY_REMINDERS_UPDATED
    };

    private NotificationActivities() {}
}
