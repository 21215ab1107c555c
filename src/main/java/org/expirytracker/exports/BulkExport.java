package org.expirytracker.exports;

import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.expirytracker.kernel.NodeId;
import org.jspecify.annotations.Nullable;

/**
 * All that a query finds, as one file of JSON lines.
 *
 * @param query the document as it was given
 * @param rows lines so far
 * @param bytes of these
 * @param error why it has failed; null when it has not
 * @param finishedAt when it was completed, failed or canceled; null while it is running
 */
public record BulkExport(
        UUID id,
        String query,
        State state,
        int rows,
        int bytes,
        @Nullable String error,
        Instant createdAt,
        @Nullable Instant finishedAt) {

    /** Its global ids. */
    public static final NodeId.Type TYPE = new NodeId.Type('B', "BulkExport");

    /** For how long it is kept once it is finished. */
    static final Duration KEPT = Duration.ofDays(7);

    /** How far it is (GraphQL enumeration {@code BulkExportState}). */
    public enum State {
        RUNNING,
        COMPLETED,
        FAILED,
        CANCELED
    }

    /** When it is deleted; null while it is running. */
    public @Nullable Instant expiresAt() {
        return finishedAt == null ? null : finishedAt.plus(KEPT);
    }

    /** Without the query, in which there may be what its user has written. */
    @Override
    public String toString() {
        return "BulkExport[" + id + "]";
    }
}
