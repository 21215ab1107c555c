/**
 * Items from files of others: uploaded, looked through, and written by a job, once. Owns the tables {@code imports}, {@code
 * import_chunks}, {@code import_refusals} and {@code import_mappings}. What a row asks for is what {@code upsertItems} takes,
 * and is written by the rules of the items room.
 *
 * <p>Imports only rooms to its left. Begin reading at {@link org.expirytracker.imports.ImportJobs}.
 */
@NullMarked
package org.expirytracker.imports;

import org.jspecify.annotations.NullMarked;
