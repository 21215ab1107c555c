package org.expirytracker.backups;

import org.expirytracker.migrations.Revision;

/**
 * Hears how far a backup or a restore has come, on the thread that runs it. Whoever listens returns at once; an
 * exception ends the work as any failure does.
 */
public interface CopyProgress {

    /** Says nothing. */
    CopyProgress SILENT = new CopyProgress() {};

    /** So many bytes of a backup file have been checked; called at each megabyte and at the end. */
    default void checks(long bytes, long ofBytes) {}

    /** A restore builds the schema: the step to this revision begins. */
    default void migrates(Revision revision) {}

    /**
     * So many rows of a table have been copied; called at the begin, at each megabyte and at the end.
     *
     * @param table its name, with its schema
     * @param rows copied so far
     * @param expectedRows the server's estimate during a backup, 0 when it has none; exact during a restore
     * @param bytes of these rows as text
     */
    default void copies(String table, long rows, long expectedRows, long bytes) {}

    /** A restore builds an index or checks a constraint of the loaded rows, number {@code part} of {@code parts}. */
    default void builds(String statement, int part, int parts) {}

    /** Something has to be waited for. */
    default void waits(String reason) {}
}
