/**
 * Spreading the tables over the servers of a Citus cluster: which table by what, what has to be true before, and the doing of
 * it. {@code Placements} is the one table that says where rows are; migrations, checks, backups and tests read it. Owns no
 * table. Imports {@code kernel} and {@code db}; blocking throughout, so never called on an event loop. Begin reading at
 * {@link org.expirytracker.distribution.Placements}, then {@link org.expirytracker.distribution.Distributor}.
 */
@NullMarked
package org.expirytracker.distribution;

import org.jspecify.annotations.NullMarked;
