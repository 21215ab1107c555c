/**
 * The database: its pools and deadlines, what its failures mean to a client, the embedded server, and the
 * migrations. Imports {@code kernel}. Begin reading at {@link org.expirytracker.db.Database}.
 */
@NullMarked
package org.expirytracker.db;

import org.jspecify.annotations.NullMarked;
