package org.expirytracker.notifications;

import io.vertx.core.Future;
import org.expirytracker.activities.Change;

/** Notifications about the service itself: what other rooms have every member of an inventory know. */
public final class SystemNotices {

    private final NotificationRepository notifications = new NotificationRepository();

    /**
     * Notifies the members of the inventory that is being changed.
     *
     * @param title in a few words, 1 to 300 characters
     * @param message in a sentence, up to 2,000 characters
     */
    public Future<?> add(Change change, String title, String message) {
        return add(change, title, message, false);
    }

    /** As {@link #add}, what concerns the owner of the inventory alone: the other members find it in the list, read. */
    public Future<?> addForOwner(Change change, String title, String message) {
        return add(change, title, message, true);
    }

    private Future<?> add(Change change, String title, String message, boolean forOwner) {
        return notifications
                .insert(change.connection(), change.inventoryId(), title, message, forOwner)
                .onSuccess(
                        added -> change.record(NotificationActivities.NOTIFICATION_CREATED, added.id(), null, added));
    }
}
