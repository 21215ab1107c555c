/**
 * The way to PostgreSQL: its URL, migrations, the pool, deadlines, and what its errors mean. Imports only
 * the kernel. Begin reading at {@link org.expirytracker.db.Migrations}.
 */
@NullMarked
package org.expirytracker.db;

import org.jspecify.annotations.NullMarked;
