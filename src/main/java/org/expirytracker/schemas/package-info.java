/**
 * What helps to write and to check migrations: the declared schema, how two schemas differ, the drafts that lead from one to
 * the other, and whether a database is as it should be. Nothing here runs at a server's start. Imports {@code kernel},
 * {@code db}, {@code distribution} and {@code migrations}; blocking throughout, so never called on an event loop. Begin reading at
 * {@link org.expirytracker.schemas.NewMigration}, then {@link org.expirytracker.schemas.SchemaCheck}.
 */
@NullMarked
package org.expirytracker.schemas;

import org.jspecify.annotations.NullMarked;
