/**
 * How much each user, API token and network address may ask for. Owns the table {@code budgets}. Imports
 * {@code kernel} and {@code db}. Begin reading at {@link org.expirytracker.limits.Toll}, then at
 * {@link org.expirytracker.limits.Budgets}.
 */
@NullMarked
package org.expirytracker.limits;

import org.jspecify.annotations.NullMarked;
