/**
 * The append-only log: audit trail and live feed in one. Owns {@code feeds}, {@code activities},
 * {@code idempotency_keys} and the GraphQL types {@code Activity…}. Imports {@code kernel} and {@code db}. Begin
 * reading at {@link org.expirytracker.activities.ActivityLog}.
 */
@NullMarked
package org.expirytracker.activities;

import org.jspecify.annotations.NullMarked;
