package org.expirytracker.webhooks;

import java.util.Locale;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.kernel.Access;
import org.expirytracker.notifications.NotificationsAccess;
import org.expirytracker.reports.ReportsAccess;

/** What a webhook can be told of (GraphQL enumeration {@code WebhookEvent}). */
public enum WebhookEvent {
    /** An item was created. */
    ITEM_CREATED,
    /** An item changed, or what was taken out of it was put back. */
    ITEM_UPDATED,
    /** Some of an item, or all of it, was taken out. */
    ITEM_TAKEN_OUT,
    /** An item was deleted. */
    ITEM_DELETED,
    /** A reminder of an item's date was due. */
    ITEM_EXPIRING,
    /** An item's date is past. */
    ITEM_EXPIRED,
    /** A notification was created. */
    NOTIFICATION_CREATED,
    /** A report was written, or written anew. */
    REPORT_READY,
    /** Somebody was invited. */
    MEMBER_INVITED,
    /** Somebody became a member. */
    MEMBER_JOINED,
    /** A member became an editor or a viewer. */
    MEMBER_ROLE_CHANGED,
    /** A member left, or was removed. */
    MEMBER_LEFT,
    /** Nothing happened: a member wants to see whether it arrives. */
    WEBHOOK_TEST;

    /** What a member must hold who wants a webhook to be told of it. */
    Access needs() {
        return switch (this) {
            case ITEM_CREATED, ITEM_UPDATED, ITEM_TAKEN_OUT, ITEM_DELETED, ITEM_EXPIRING, ITEM_EXPIRED ->
                ItemsAccess.READ;
            case NOTIFICATION_CREATED -> NotificationsAccess.READ;
            case REPORT_READY -> ReportsAccess.READ;
            case MEMBER_INVITED, MEMBER_JOINED, MEMBER_ROLE_CHANGED, MEMBER_LEFT -> Access.SESSION;
            case WEBHOOK_TEST -> WebhooksAccess.WRITE;
        };
    }

    /** As it is called in what is sent: {@code item.taken_out}. */
    String type() {
        return name().toLowerCase(Locale.ROOT).replaceFirst("_", ".");
    }
}
