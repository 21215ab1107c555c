package org.expirytracker.categories;

import org.expirytracker.activities.ActivityKind;

/** What can happen to a category. */
public final class CategoryActivities {

    public static final ActivityKind CATEGORY_CREATED =
            new ActivityKind("CATEGORY_CREATED", Category.TYPE, ItemsAccess.READ, "CategoryState");
    public static final ActivityKind CATEGORY_UPDATED =
            new ActivityKind("CATEGORY_UPDATED", Category.TYPE, ItemsAccess.READ, "CategoryState");
    public static final ActivityKind CATEGORY_DELETED =
            new ActivityKind("CATEGORY_DELETED", Category.TYPE, ItemsAccess.READ, "CategoryState");

    static final ActivityKind[] ALL = {CATEGORY_CREATED, CATEGORY_UPDATED, CATEGORY_DELETED};

    private CategoryActivities() {}
}
