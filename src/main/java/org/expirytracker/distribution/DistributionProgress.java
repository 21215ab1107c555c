package org.expirytracker.distribution;

/** Told of each step while a database is distributed. */
@FunctionalInterface
public interface DistributionProgress {

    /** Tells nobody. */
    DistributionProgress SILENT = done -> {};

    /** A line on what was just done. */
    void did(String done);
}
