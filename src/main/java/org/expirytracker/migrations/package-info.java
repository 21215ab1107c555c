/**
 * The schema's revisions: the files in the folder {@code migrations}, what a database has applied of them, and the way
 * from one revision to another. Imports {@code kernel}, {@code db} and
 * {@code distribution}; blocking throughout, so never called on an event loop. Begin reading at {@link org.expirytracker.migrations.Migrations}.
 */
@NullMarked
package org.expirytracker.migrations;

import org.jspecify.annotations.NullMarked;
