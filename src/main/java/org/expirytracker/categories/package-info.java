/**
 * Kinds of things, with lead days of their own. Owns {@code categories} and the GraphQL types {@code Category…};
 * fields that reach from a category to its items live in {@code items}. Imports the rooms up to {@code tokens}.
 * Begin reading at {@link org.expirytracker.categories.CategoryFetchers}.
 */
@NullMarked
package org.expirytracker.categories;

import org.jspecify.annotations.NullMarked;
