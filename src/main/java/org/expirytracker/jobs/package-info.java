/**
 * Work that is due: claimed by one node at a time, tried again after a failure, parked when that goes on, seen and retried
 * by the operator. Owns the table {@code jobs}. What is to be done is registered by the room whose tables it is about.
 *
 * <p>Imports only rooms to its left. Begin reading at {@link org.expirytracker.jobs.JobsVerticle}.
 */
@NullMarked
package org.expirytracker.jobs;

import org.jspecify.annotations.NullMarked;
