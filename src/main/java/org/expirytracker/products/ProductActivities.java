package org.expirytracker.products;

import org.expirytracker.activities.ActivityKind;
import org.expirytracker.categories.ItemsAccess;

/** What can happen to a product. */
public final class ProductActivities {

    public static final ActivityKind PRODUCT_CREATED =
            new ActivityKind("PRODUCT_CREATED", Product.TYPE, ItemsAccess.READ, "ProductState");
    public static final ActivityKind PRODUCT_UPDATED =
            new ActivityKind("PRODUCT_UPDATED", Product.TYPE, ItemsAccess.READ, "ProductState");
    public static final ActivityKind PRODUCT_DELETED =
            new ActivityKind("PRODUCT_DELETED", Product.TYPE, ItemsAccess.READ, "ProductState");

    static final ActivityKind[] ALL = {PRODUCT_CREATED, PRODUCT_UPDATED, PRODUCT_DELETED};

    private ProductActivities() {}
}
