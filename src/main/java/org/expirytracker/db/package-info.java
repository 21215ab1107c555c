/**
 * The way to PostgreSQL: the embedded server, migrations, the pool, deadlines, and what its errors mean.
 * Imports only the kernel. Begin reading at {@link org.expirytracker.db.EmbeddedDatabase}.
 */
@NullMarked
package org.expirytracker.db;

import org.jspecify.annotations.NullMarked;
