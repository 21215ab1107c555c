/**
 * The database: its pools and deadlines, what its failures mean to a client, and the embedded server. Imports
 * {@code kernel}. Begin reading at {@link org.expirytracker.db.Database}.
 */
@NullMarked
package org.expirytracker.db;

import org.jspecify.annotations.NullMarked;
