package org.expirytracker.items;

import java.util.stream.Stream;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.categories.ItemsAccess;

/** What can happen to an item. */
public final class ItemActivities {

    public static final ActivityKind ITEM_CREATED =
            new ActivityKind("ITEM_CREATED", Item.TYPE, ItemsAccess.READ, "ItemState");
    public static final ActivityKind ITEM_UPDATED =
            new ActivityKind("ITEM_UPDATED", Item.TYPE, ItemsAccess.READ, "ItemState");
    public static final ActivityKind ITEM_TAKEN_OUT =
            new ActivityKind("ITEM_TAKEN_OUT", Item.TYPE, ItemsAccess.READ, "ItemState");
    public static final ActivityKind ITEM_PUT_BACK =
            new ActivityKind("ITEM_PUT_BACK", Item.TYPE, ItemsAccess.READ, "ItemState");
    public static final ActivityKind ITEM_DELETED =
            new ActivityKind("ITEM_DELETED", Item.TYPE, ItemsAccess.READ, "ItemState");

    static final ActivityKind[] ALL = {ITEM_CREATED, ITEM_UPDATED, ITEM_TAKEN_OUT, ITEM_PUT_BACK, ITEM_DELETED};

    private ItemActivities() {}

    /** Whether it happened to an item. */
    public static boolean isOfItem(Activity activity) {
        return Stream.of(ALL).anyMatch(kind -> kind.is(activity));
    }
}
