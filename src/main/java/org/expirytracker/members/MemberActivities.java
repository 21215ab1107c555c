package org.expirytracker.members;

import org.expirytracker.activities.ActivityKind;
import org.expirytracker.inventories.Membership;
import org.expirytracker.kernel.Access;

/** What can happen to an inventory and its members. That it came and went is in the log of whoever did it. */
public final class MemberActivities {

    private static final String INVENTORY = "InventoryAccountState";
    private static final String MEMBER = "InventoryMemberState";

    static final ActivityKind INVENTORY_CREATED =
            new ActivityKind("INVENTORY_CREATED", Membership.TYPE, Access.ACCOUNT, INVENTORY);
    static final ActivityKind INVENTORY_DELETED =
            new ActivityKind("INVENTORY_DELETED", Membership.TYPE, Access.ACCOUNT, INVENTORY);
    static final ActivityKind INVENTORY_UPDATED =
            new ActivityKind("INVENTORY_UPDATED", Membership.TYPE, Access.SESSION, INVENTORY);
    static final ActivityKind INVENTORY_TRANSFERRED =
            new ActivityKind("INVENTORY_TRANSFERRED", Membership.TYPE, Access.SESSION, INVENTORY);
    public static final ActivityKind MEMBER_INVITED =
            new ActivityKind("MEMBER_INVITED", Membership.TYPE, Access.SESSION, MEMBER);
    public static final ActivityKind MEMBER_JOINED =
            new ActivityKind("MEMBER_JOINED", Membership.TYPE, Access.SESSION, MEMBER);
    public static final ActivityKind MEMBER_ROLE_CHANGED =
            new ActivityKind("MEMBER_ROLE_CHANGED", Membership.TYPE, Access.SESSION, MEMBER);
    public static final ActivityKind MEMBER_LEFT =
            new ActivityKind("MEMBER_LEFT", Membership.TYPE, Access.SESSION, MEMBER);

    static final ActivityKind[] ALL = {
        INVENTORY_CREATED,
        INVENTORY_DELETED,
        INVENTORY_UPDATED,
        INVENTORY_TRANSFERRED,
        MEMBER_INVITED,
        MEMBER_JOINED,
        MEMBER_ROLE_CHANGED,
        MEMBER_LEFT
    };

    private MemberActivities() {}
}
