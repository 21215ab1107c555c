package org.expirytracker.kernel;

/**
 * A value of an open set, known by its name. Every room declares its own in {@link Wiring#declare}, so that a new room adds
 * to the set without an edit of the rooms to its left.
 */
public interface Named {

    /** As clients and the log write it; no two of one set have the same. */
    String name();
}
