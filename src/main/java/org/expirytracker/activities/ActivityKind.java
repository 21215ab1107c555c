package org.expirytracker.activities;

import java.util.EnumSet;
import java.util.Set;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.NodeId;

/** What can happen, to what, who may be told of it, and what the log keeps of it. */
public enum ActivityKind {
    ACCOUNT_REGISTERED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_LOGGED_IN(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_LOGGED_OUT(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_UPDATED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_PASSWORD_CHANGED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_LOCKED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_UNLOCKED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_DEACTIVATED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_ACTIVATED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_PROMOTED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_DEMOTED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_TWO_FACTOR_RESET(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    ACCOUNT_PASSWORD_RESET_ISSUED(NodeId.Type.User, Access.ACCOUNT, "UserState"),
    API_TOKEN_CREATED(NodeId.Type.ApiToken, Access.ACCOUNT, "ApiTokenState"),
    API_TOKEN_REVOKED(NodeId.Type.ApiToken, Access.ACCOUNT, "ApiTokenState"),
    CATEGORY_CREATED(NodeId.Type.Category, Access.ITEMS_READ, "CategoryState"),
    CATEGORY_UPDATED(NodeId.Type.Category, Access.ITEMS_READ, "CategoryState"),
    CATEGORY_DELETED(NodeId.Type.Category, Access.ITEMS_READ, "CategoryState"),
    ITEM_CREATED(NodeId.Type.Item, Access.ITEMS_READ, "ItemState"),
    ITEM_UPDATED(NodeId.Type.Item, Access.ITEMS_READ, "ItemState"),
    ITEM_TAKEN_OUT(NodeId.Type.Item, Access.ITEMS_READ, "ItemState"),
    ITEM_PUT_BACK(NodeId.Type.Item, Access.ITEMS_READ, "ItemState"),
    ITEM_DELETED(NodeId.Type.Item, Access.ITEMS_READ, "ItemState"),
    NOTIFICATION_CREATED(NodeId.Type.Notification, Access.NOTIFICATIONS_READ, "NotificationState"),
    NOTIFICATION_UPDATED(NodeId.Type.Notification, Access.NOTIFICATIONS_READ, "NotificationState"),
    NOTIFICATION_DELETED(NodeId.Type.Notification, Access.NOTIFICATIONS_READ, "NotificationState"),
    REMINDERS_UPDATED(NodeId.Type.User, Access.ACCOUNT, "ReminderSettings"),
    CATEGORY_REMINDERS_UPDATED(NodeId.Type.Category, Access.ITEMS_READ, "CategoryReminders"),
    REPORT_GENERATED(NodeId.Type.Report, Access.REPORTS_READ, "ReportState"),
    REPORT_DELETED(NodeId.Type.Report, Access.REPORTS_READ, "ReportState");

    private final NodeId.Type subject;
    private final Access opensTo;
    private final String state;

    ActivityKind(NodeId.Type subject, Access opensTo, String state) {
        this.subject = subject;
        this.opensTo = opensTo;
        this.state = state;
    }

    /** The type of what it happened to. */
    public NodeId.Type subject() {
        return subject;
    }

    /** What a caller must hold to be told of it, unless they hold {@link Access#ACCOUNT}, which opens the whole log. */
    public Access opensTo() {
        return opensTo;
    }

    /** The GraphQL type of the state before and after: a member of {@code ActivityState}. */
    public String state() {
        return state;
    }

    /** Whether a caller may be told of it. */
    public boolean isOpenTo(Caller caller) {
        return caller.holds().contains(Access.ACCOUNT) || caller.holds().contains(opensTo);
    }

    /** All that a caller may be told of. */
    public static Set<ActivityKind> openTo(Caller caller) {
        Set<ActivityKind> open = EnumSet.noneOf(ActivityKind.class);
        for (ActivityKind kind : values()) {
            if (kind.isOpenTo(caller)) {
                open.add(kind);
            }
        }
        return open;
    }
}
