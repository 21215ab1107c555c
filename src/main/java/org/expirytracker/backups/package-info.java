/**
 * All data of a database in one file, and back: {@code Backup} writes it, {@code Restore} loads it. The keys of the
 * installation (access tokens, two-factor secrets) are not in the database, so not in a backup either. {@code Encryption}
 * writes and reads it as age does, {@code Verification} restores it into a scratch database. Owns
 * {@code erasures}; what becomes of other tables in a restored copy is registered by their rooms. Imports
 * {@code kernel}, {@code db}, {@code distribution}, {@code migrations} and {@code schemas}; blocking throughout, so never called on an event loop. Begin
 * reading at {@link org.expirytracker.backups.Backup}, then {@link org.expirytracker.backups.Restore}.
 */
@NullMarked
package org.expirytracker.backups;

import org.jspecify.annotations.NullMarked;
