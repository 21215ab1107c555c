package org.expirytracker.notifications;

import org.expirytracker.kernel.Access;

/** What it takes to see and change notifications. */
public final class NotificationsAccess {

    /** Scope {@code notifications:read}: notifications. */
    public static final Access READ = new Access("NOTIFICATIONS_READ");

    /** Scope {@code notifications:write}: mark and delete notifications. */
    public static final Access WRITE = new Access("NOTIFICATIONS_WRITE");

    /** Of that scope what is each member's own: what they have read, and how they are reminded. */
    public static final Access OWN = new Access("NOTIFICATIONS_OWN");

    static final Access[] ALL = {READ, WRITE, OWN};

    private NotificationsAccess() {}
}
