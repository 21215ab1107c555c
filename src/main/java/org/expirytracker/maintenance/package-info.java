/**
 * What keeps an installation well without anybody asking: backups on a schedule, each restored for proof, the light check
 * of the database, and what operators are told of both. Owns no table: when something was last done stands with its job.
 *
 * <p>Imports only rooms to its left. Begin reading at {@link org.expirytracker.maintenance.ScheduledBackups}.
 */
@NullMarked
package org.expirytracker.maintenance;

import org.jspecify.annotations.NullMarked;
