/**
 * Exports of all that a query of GraphQL finds, made by jobs and kept as files for a week. Owns the tables {@code bulk_exports} and
 * {@code bulk_export_chunks}. What executes queries is to its right, and known by {@link
 * org.expirytracker.kernel.KeptOperations} alone.
 *
 * <p>Imports only rooms to its left. Begin reading at {@link org.expirytracker.exports.BulkExportJobs}.
 */
@NullMarked
package org.expirytracker.exports;

import org.jspecify.annotations.NullMarked;
