package org.expirytracker.exports;

import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.BulkQuery;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.KeptOperations;
import org.expirytracker.kernel.Problem;
import org.expirytracker.tokens.AbsentCallers;
import org.jspecify.annotations.Nullable;

/**
 * How exports are made: a job reads page after page as whoever asked for it, whose rights are looked at before each chunk of
 * lines, and keeps the chunk together with the place where the next one begins. So a node that dies costs one chunk.
 */
public final class BulkExportJobs {

    /** The kind of the jobs; their tenant is the inventory, their object the export. */
    public static final String KIND = "bulk-export";

    private static final int MOST_AT_ONCE = 2;
    private static final int CHUNK_BYTES = 262_144;
    /** A chunk ends in time for the lease. */
    private static final Duration LONGEST_CHUNK = Duration.ofSeconds(3);
    /** After this, others that are due have their turn. */
    private static final Duration LONGEST_RUN = Duration.ofSeconds(30);

    private static final Duration LATER = Duration.ofSeconds(5);
    /** Most bytes of a file. */
    static final long MOST_BYTES = 1_000_000_000;

    private final KeptOperations operations;
    private final Clock clock;
    private final AbsentCallers callers = new AbsentCallers();
    private final BulkExportRepository repository = new BulkExportRepository();

    private BulkExportJobs(KeptOperations operations, Clock clock) {
        this.operations = operations;
        this.clock = clock;
    }

    /**
     * The jobs.
     *
     * @param operations execute queries, from any thread
     */
    public static Job of(KeptOperations operations, Clock clock) {
        return Job.once(KIND, Job.Retries.USUAL, MOST_AT_ONCE, new BulkExportJobs(operations, clock)::make);
    }

    private void make(Lease lease) {
        long begun = System.nanoTime();
        while (lease.goesOn()) {
            try {
                if (!makeSome(lease)) {
                    return;
                }
            } catch (Problem problem) {
                if (problem.code() == Problem.Code.UNAVAILABLE) {
                    lease.postpone(LATER);
                } else {
                    finish(lease, BulkExport.State.FAILED, problem.getMessage());
                }
                return;
            }
            if (System.nanoTime() - begun > LONGEST_RUN.toNanos()) {
                lease.postpone(Duration.ZERO);
                return;
            }
        }
    }

    /** Makes a chunk; whether there may be more. */
    private boolean makeSome(Lease lease) {
        InventoryId inventoryId = new InventoryId(lease.tenantId());
        UUID id = lease.objectId();
        Optional<BulkExportRepository.Running> found =
                repository.findRunning(lease.client(), inventoryId, id).await();
        if (found.isEmpty()) {
            return false;
        }
        BulkExportRepository.Running running = found.get();
        if (running.bytes() > MOST_BYTES) {
            finish(
                    lease,
                    BulkExport.State.FAILED,
                    "The file is larger than %,d bytes. Narrow the query by a filter, and export in parts."
                            .formatted(MOST_BYTES));
            return false;
        }
        if (running.position().isOver()) {
            finish(lease, BulkExport.State.COMPLETED, null);
            return false;
        }
        Caller caller = callers.find(lease.client(), inventoryId, running.maker(), running.tokenId())
                .await()
                .orElseThrow(() -> Problem.of(
                        Problem.Code.FORBIDDEN,
                        "Whoever asked for it may not see this inventory any more, or the API token was revoked."));
        BulkReading reading = read(caller, running);
        if (reading.rows() == 0 && reading.position().isOver()) {
            finish(lease, BulkExport.State.COMPLETED, null);
            return false;
        }
        repository
                .addChunk(
                        lease.client(),
                        inventoryId,
                        id,
                        running.chunks(),
                        reading,
                        BulkExportFile.deflated(reading.lines()))
                .await();
        return true;
    }

    private BulkReading read(Caller caller, BulkExportRepository.Running running) {
        BulkQuery query = operations.bulk(caller, running.query()).await();
        BulkReading reading = new BulkReading(query, running.position());
        long begun = System.nanoTime();
        do {
            reading.take(operations
                    .query(caller, reading.document(), reading.variables())
                    .await());
        } while (!reading.position().isOver()
                && reading.lines().length() < CHUNK_BYTES
                && (reading.rows() == 0 || System.nanoTime() - begun < LONGEST_CHUNK.toNanos()));
        return reading;
    }

    private void finish(Lease lease, BulkExport.State state, @Nullable String error) {
        repository
                .finish(
                        lease.client(),
                        new InventoryId(lease.tenantId()),
                        lease.objectId(),
                        state,
                        error,
                        clock.instant())
                .await();
    }
}
