package org.expirytracker.notifications;

import io.vertx.core.Future;
import org.expirytracker.activities.Change;
import org.expirytracker.kernel.UserId;
import org.expirytracker.members.MembersWatch;

/** What follows for notifications when the members of an inventory change. */
public final class MemberNotices implements MembersWatch {

    private final NotificationRepository notifications = new NotificationRepository();
    private final ReminderRepository reminders = new ReminderRepository();

    @Override
    public Future<?> joined(Change change, UserId member) {
        return reminders
                .find(change.connection(), member)
                .compose(found -> found.percents().isEmpty()
                        ? Future.succeededFuture()
                        : PercentReminders.refresh(change.connection(), change.inventoryId()));
    }

    @Override
    public Future<?> handedOn(Change change, UserId former, UserId owner) {
        return notifications.handOn(change.connection(), change.inventoryId(), former, owner);
    }
}
