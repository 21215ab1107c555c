package org.expirytracker.items;

import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.expirytracker.activities.Activity;
import org.expirytracker.activities.ActivityKind;
import org.expirytracker.activities.Copied;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.kernel.RecordJson;

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

    /** How what happens to items tells of take-outs: they come with what is taken out, and go with what is put back. */
    static Copied.Within takeOuts(Copied.Present present) {
        return new Copied.Within(
                Set.of(ITEM_TAKEN_OUT.name()), Set.of(ITEM_PUT_BACK.name()), ItemActivities::takeOutOf, present);
    }

    private static UUID takeOutOf(Activity activity) {
        String state = ITEM_PUT_BACK.is(activity) ? activity.before() : activity.after();
        return Objects.requireNonNull(RecordJson.read(Objects.requireNonNull(state), ItemState.class)
                        .takeOut())
                .id();
    }

    /** Whether it happened to an item. */
    public static boolean isOfItem(Activity activity) {
        return Stream.of(ALL).anyMatch(kind -> kind.is(activity));
    }
}
