package org.expirytracker.kernel;

import io.vertx.core.Future;

/** Finds out from where an operation may read that changes nothing. */
@FunctionalInterface
public interface Placement {

    /** Everything is read from the primary. */
    Placement PRIMARY = Future::succeededFuture;

    /**
     * The caller of one operation, reading from a replica if one has all that the operation must see. Never fails: what cannot be
     * found out is read from the primary.
     */
    Future<Caller> place(Caller caller);
}
