package org.expirytracker.categories;

import org.expirytracker.kernel.Access;

/** What it takes to see and change items, and their categories alike. */
public final class ItemsAccess {

    /** Scope {@code items:read}: items, products, categories, inventory. */
    public static final Access READ = new Access("ITEMS_READ");

    /** Scope {@code items:write}: change items, products and categories. */
    public static final Access WRITE = new Access("ITEMS_WRITE");

    static final Access[] ALL = {READ, WRITE};

    private ItemsAccess() {}
}
