package org.expirytracker.exports;

import io.vertx.core.Future;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.db.Erasure;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.BulkQuery;
import org.expirytracker.kernel.KeptOperations;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;
import org.expirytracker.kernel.UserError;

/** How exports begin and are canceled. One of an inventory runs at a time. */
public final class BulkExports {

    /** Most exports of an inventory that are kept. */
    static final int MOST = 10;

    /** What goes of this room with an inventory. */
    public static final Erasure ERASURE = BulkExportRepository.ERASURE;

    /** Forgets old exports. */
    public static final Job JANITOR = BulkExportRepository.JANITOR;

    private final ActivityLog log;
    private final Supplier<? extends KeptOperations> operations;
    private final Clock clock;
    private final BulkExportRepository repository = new BulkExportRepository();

    /**
     * Rules over one event loop's log.
     *
     * @param operations makes queries ready; asked for with each
     */
    public BulkExports(ActivityLog log, Supplier<? extends KeptOperations> operations, Clock clock) {
        this.log = log;
        this.operations = operations;
        this.clock = clock;
    }

    /** Answer of {@code bulkExport}. */
    record Begun(BulkExport bulkExport) implements Payload {}

    /**
     * Answer of {@code cancelBulkExport}.
     *
     * @param changed whether this call canceled it
     */
    record Canceled(BulkExport bulkExport, boolean changed) implements Payload {}

    /**
     * Begins one. Nothing of it is in the log: it changes nothing of what the inventory holds.
     *
     * @return fails with {@code INVALID} at {@code query}, {@code FORBIDDEN}, {@code CONFLICT} when one is running
     */
    Future<Begun> begin(Actor actor, String query) {
        UUID id = RowIds.next();
        return ready(actor, query)
                .compose(ready -> log.change(
                        actor,
                        Begun.class,
                        change -> repository
                                .dropOldest(change.connection(), change.inventoryId(), MOST - 1)
                                .compose(dropped -> repository.insert(
                                        change.connection(), actor.caller(), id, query, clock.instant()))
                                .map(inserted -> inserted.orElseThrow(BulkExports::running))
                                .compose(begun -> repository
                                        .addJob(change.connection(), change.inventoryId(), id, clock.instant())
                                        .map(added -> new Begun(begun)))));
    }

    private Future<BulkQuery> ready(Actor actor, String query) {
        return operations
                .get()
                .bulk(actor.caller(), query)
                .recover(failure -> Future.failedFuture(
                        failure instanceof Problem problem && problem.code().isRefusal()
                                ? Problem.all(problem.errors().stream()
                                        .map(error ->
                                                new UserError(error.code(), error.message(), List.of("input", "query")))
                                        .toList())
                                : failure));
    }

    private static Problem running() {
        return Problem.of(
                Problem.Code.CONFLICT,
                "An export of this inventory is running. Wait until it is finished, or cancel it with cancelBulkExport.");
    }

    /** Cancels one; what is finished stays as it is. Fails with {@code NOT_FOUND}. */
    Future<Canceled> cancel(Actor actor, UUID id) {
        return log.change(
                actor,
                Canceled.class,
                change -> find(change, actor, id)
                        .compose(found -> repository
                                .finish(
                                        change.connection(),
                                        change.inventoryId(),
                                        id,
                                        BulkExport.State.CANCELED,
                                        null,
                                        clock.instant())
                                .map(canceled -> new Canceled(canceled.orElse(found), canceled.isPresent()))));
    }

    private Future<BulkExport> find(Change change, Actor actor, UUID id) {
        return repository
                .find(change.connection(), actor.caller(), List.of(id))
                .map(found -> Optional.ofNullable(found.get(id))
                        .orElseThrow(() -> Problem.at(
                                Problem.Code.NOT_FOUND,
                                List.of("input", "id"),
                                "There is no export of yours with this id.")));
    }
}
