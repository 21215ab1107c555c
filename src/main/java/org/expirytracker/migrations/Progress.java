package org.expirytracker.migrations;

import java.time.Duration;

/** Hears how far an upgrade or downgrade has come, on the thread that runs it. */
public interface Progress {

    /** Says nothing. */
    Progress SILENT = new Progress() {};

    /**
     * One step along the history.
     *
     * @param revision where it leads to, going up, or leaves from, going down
     * @param took from its first statement until it was durable
     * @param rows inserted, updated and deleted
     */
    record Step(Revision revision, boolean up, Duration took, long rows) {}

    /** A step begins; of {@code steps} it is number {@code step}, from 1. */
    default void begins(Revision revision, boolean up, int step, int steps) {}

    /** A statement of the running step begins, in the database session {@code backend} (its process id). */
    default void runs(String statement, int backend) {}

    /** A step has ended and is durable, unless this is a rehearsal. */
    default void ends(Step step) {}

    /** The running step has done something of which somebody should know: the text of a {@code RAISE WARNING} in its file. */
    default void warns(String message) {}

    /** Something has to be waited for; the step begins anew afterwards. */
    default void waits(String reason) {}
}
