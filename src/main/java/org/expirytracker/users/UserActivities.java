package org.expirytracker.users;

import org.expirytracker.activities.ActivityKind;
import org.expirytracker.kernel.Access;

/** What can happen to a user. */
public final class UserActivities {

    public static final ActivityKind ACCOUNT_REGISTERED =
            new ActivityKind("ACCOUNT_REGISTERED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_LOGGED_IN =
            new ActivityKind("ACCOUNT_LOGGED_IN", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_LOGGED_OUT =
            new ActivityKind("ACCOUNT_LOGGED_OUT", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_UPDATED =
            new ActivityKind("ACCOUNT_UPDATED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_PASSWORD_CHANGED =
            new ActivityKind("ACCOUNT_PASSWORD_CHANGED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_LOCKED =
            new ActivityKind("ACCOUNT_LOCKED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_UNLOCKED =
            new ActivityKind("ACCOUNT_UNLOCKED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_DEACTIVATED =
            new ActivityKind("ACCOUNT_DEACTIVATED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_ACTIVATED =
            new ActivityKind("ACCOUNT_ACTIVATED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_PROMOTED =
            new ActivityKind("ACCOUNT_PROMOTED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_DEMOTED =
            new ActivityKind("ACCOUNT_DEMOTED", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_TWO_FACTOR_RESET =
            new ActivityKind("ACCOUNT_TWO_FACTOR_RESET", User.TYPE, Access.ACCOUNT, "UserState");
    public static final ActivityKind ACCOUNT_PASSWORD_RESET_ISSUED =
            new ActivityKind("ACCOUNT_PASSWORD_RESET_ISSUED", User.TYPE, Access.ACCOUNT, "UserState");

    static final ActivityKind[] ALL = {
        ACCOUNT_REGISTERED,
        ACCOUNT_LOGGED_IN,
        ACCOUNT_LOGGED_OUT,
        ACCOUNT_UPDATED,
        ACCOUNT_PASSWORD_CHANGED,
        ACCOUNT_LOCKED,
        ACCOUNT_UNLOCKED,
        ACCOUNT_DEACTIVATED,
        ACCOUNT_ACTIVATED,
        ACCOUNT_PROMOTED,
        ACCOUNT_DEMOTED,
        ACCOUNT_TWO_FACTOR_RESET,
        ACCOUNT_PASSWORD_RESET_ISSUED
    };

    private UserActivities() {}
}
