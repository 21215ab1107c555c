/**
 * What is in stock: dated quantities of things, what left the stock, and the counts and values of it all. Owns
 * {@code items}, {@code stock_days}, {@code take_outs} and the GraphQL types {@code Item…}, {@code Inventory} and {@code …Totals}.
 * Imports the rooms up to {@code categories}. Begin reading at {@link org.expirytracker.items.ItemFetchers}.
 */
@NullMarked
package org.expirytracker.items;

import org.jspecify.annotations.NullMarked;
