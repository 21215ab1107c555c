package org.expirytracker.activities;

import org.expirytracker.kernel.NodeId;

/** What can happen, and to what. */
public enum ActivityKind {
    ACCOUNT_REGISTERED(NodeId.Type.User),
    ACCOUNT_LOGGED_IN(NodeId.Type.User),
    ACCOUNT_LOGGED_OUT(NodeId.Type.User),
    ACCOUNT_UPDATED(NodeId.Type.User),
    ACCOUNT_PASSWORD_CHANGED(NodeId.Type.User),
    ACCOUNT_LOCKED(NodeId.Type.User),
    ACCOUNT_UNLOCKED(NodeId.Type.User),
    ACCOUNT_DEACTIVATED(NodeId.Type.User),
    ACCOUNT_ACTIVATED(NodeId.Type.User),
    ACCOUNT_PROMOTED(NodeId.Type.User),
    ACCOUNT_DEMOTED(NodeId.Type.User),
    ACCOUNT_TWO_FACTOR_RESET(NodeId.Type.User),
    ACCOUNT_PASSWORD_RESET_ISSUED(NodeId.Type.User),
    API_TOKEN_CREATED(NodeId.Type.ApiToken),
    API_TOKEN_REVOKED(NodeId.Type.ApiToken),
    CATEGORY_CREATED(NodeId.Type.Category),
    CATEGORY_UPDATED(NodeId.Type.Category),
    CATEGORY_DELETED(NodeId.Type.Category),
    ITEM_CREATED(NodeId.Type.Item),
    ITEM_UPDATED(NodeId.Type.Item),
    ITEM_TAKEN_OUT(NodeId.Type.Item),
    ITEM_PUT_BACK(NodeId.Type.Item),
    ITEM_DELETED(NodeId.Type.Item),
    NOTIFICATION_CREATED(NodeId.Type.Notification),
    NOTIFICATION_UPDATED(NodeId.Type.Notification),
    NOTIFICATION_DELETED(NodeId.Type.Notification),
    REMINDERS_UPDATED(NodeId.Type.User),
    CATEGORY_REMINDERS_UPDATED(NodeId.Type.Category),
    REPORT_GENERATED(NodeId.Type.Report),
    REPORT_DELETED(NodeId.Type.Report);

    private final NodeId.Type subject;

    ActivityKind(NodeId.Type subject) {
        this.subject = subject;
    }

    /** The type of what it happened to. */
    public NodeId.Type subject() {
        return subject;
    }
}
