/**
 * What lots of the same thing have in common. Owns {@code products}, {@code product_barcodes} and the GraphQL types {@code
 * Product…}; which product an item is a lot of stands in {@code items}, which know products by no more than that and what
 * they say of new lots. Imports the rooms up to {@code items}. Begin reading at {@link
 * org.expirytracker.products.ProductFetchers}.
 */
@NullMarked
package org.expirytracker.products;

import org.jspecify.annotations.NullMarked;
