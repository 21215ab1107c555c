package org.expirytracker.imports;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.SqlClient;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.activities.Change;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.db.Database;
import org.expirytracker.db.Erasure;
import org.expirytracker.items.BulkRow;
import org.expirytracker.jobs.Job;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Payload;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.RowIds;

/** How imports come, begin and are cancelled. What is done of them is done by {@link ImportJobs}. */
public final class Imports {

    /** Bytes of a piece of a file in the database. */
    public static final int CHUNK_BYTES = 262_144;

    /** Imports of an inventory that have not ended: each keeps its file. */
    static final int MOST_OPEN = 5;

    /** Ways of reading files that are remembered. */
    private static final int MOST_MAPPINGS = 50;

    private static final int MOST_NAME = 200;

    /** What goes of this room with an inventory. */
    public static final Erasure ERASURE = ImportRepository.ERASURE;

    /** Deletes files and imports that are outdated. */
    public static final Job JANITOR = ImportRepository.JANITOR;

    private final Database database;
    private final ActivityLog log;
    private final Clock clock;
    private final long mostBytes;
    private final Runnable wakeJobs;
    private final ImportRepository repository = new ImportRepository();

    /**
     * Rules over one event loop's connections.
     *
     * @param mostBytes of a file
     * @param wakeJobs has this node look for jobs at once
     */
    public Imports(Database database, ActivityLog log, Clock clock, long mostBytes, Runnable wakeJobs) {
        this.database = database;
        this.log = log;
        this.clock = clock;
        this.mostBytes = mostBytes;
        this.wakeJobs = wakeJobs;
    }

    /** Answer of {@code previewImport} and {@code startImport}. */
    record Begun(Import imported) implements Payload {}

    /** Answer of {@code cancelImport}. */
    record Cancelled(Import imported, boolean changed) implements Payload {}

    /** Most bytes of a file. */
    public long mostBytes() {
        return mostBytes;
    }

    /** A file that is too long. */
    public Problem tooLong() {
        return Problem.of(
                Problem.Code.LIMIT_REACHED,
                "The file has more than %,d MB. Divide it, or ask whoever runs this server for a larger EXPIRY_IMPORT_MEGABYTES."
                        .formatted(mostBytes >> 20));
    }

    /**
     * Begins to take a file.
     *
     * @param name of the file, as whoever brings it calls it; blank for none
     * @return fails with {@code FORBIDDEN}, {@code INVALID} at a name that is none, {@code CONFLICT} when there are as many
     *     that have not ended as may be
     */
    public Future<Import> open(Caller caller, String name) {
        caller.require(ItemsAccess.WRITE);
        Input input = Input.arguments(java.util.Map.of("name", name.isBlank() ? "file" : name));
        String proper = input.name("name", MOST_NAME);
        input.check();
        return repository
                .insert(database.reads(), RowIds.next(), proper, caller, MOST_OPEN)
                .map(inserted -> inserted.orElseThrow(() -> Problem.of(
                        Problem.Code.CONFLICT,
                        "This inventory has %d imports that have not ended, as many as there may be. Start or cancel one: { imports { id name state } }."
                                .formatted(MOST_OPEN))));
    }

    /**
     * Takes the next piece of a file.
     *
     * @param place from 0 on
     * @param data 1 to {@value #CHUNK_BYTES} bytes
     * @return fails with {@code CONFLICT} when it was cancelled
     */
    public Future<?> add(InventoryId inventoryId, UUID id, int place, Buffer data) {
        return repository
                .addChunk(database.reads(), inventoryId, id, place, data)
                .map(wanted -> {
                    if (!wanted) {
                        throw cancelled();
                    }
                    return wanted;
                });
    }

    private static Problem cancelled() {
        return Problem.of(Problem.Code.CONFLICT, "The import was cancelled.");
    }

    /**
     * Notes that a file has come as a whole, and has it previewed.
     *
     * @return fails with {@code CONFLICT} when it was cancelled, {@code INVALID} when nothing has come
     */
    public Future<Import> close(InventoryId inventoryId, UUID id, long bytes, boolean utf8) {
        if (bytes == 0) {
            return Future.failedFuture(Problem.of(
                    Problem.Code.INVALID,
                    "The file is empty. Send it as the body of the request: curl --data-binary @FILE."));
        }
        return database.transaction(connection -> repository
                        .uploaded(connection, inventoryId, id, bytes, utf8)
                        .map(found -> found.orElseThrow(Imports::cancelled))
                        .compose(uploaded ->
                                repository.addJob(connection, inventoryId, id).map(added -> uploaded)))
                .onSuccess(uploaded -> wakeJobs.run());
    }

    /** Forgets a file of which not all has come. */
    public Future<?> abandon(InventoryId inventoryId, UUID id) {
        SqlClient client = database.reads();
        return repository
                .deleteFile(client, inventoryId, id)
                .compose(deleted -> repository.delete(client, inventoryId, id));
    }

    /**
     * Has it previewed as somebody chooses: nothing is written.
     *
     * @return fails with {@code NOT_FOUND}, {@code CONFLICT} when it is under way or has ended, {@code INVALID} at a column that
     *     the file does not have
     */
    Future<Begun> preview(Actor actor, ImportChoices choices) {
        return begin(actor, choices, Import.State.PREVIEWING, false);
    }

    /**
     * Has it run as somebody chooses.
     *
     * @param remember whether files of the same columns are read so from now on
     * @return fails as {@link #preview} does, and with {@code INVALID} when nothing says what the items are, or it has more rows
     *     than are written all or none
     */
    Future<Begun> start(Actor actor, ImportChoices choices, boolean remember) {
        return begin(actor, choices, Import.State.RUNNING, remember);
    }

    private Future<Begun> begin(Actor actor, ImportChoices choices, Import.State state, boolean remember) {
        return log.change(
                        actor,
                        Begun.class,
                        change -> require(change.connection(), actor.inventoryId(), choices.id())
                                .compose(before -> begin(change, actor.caller(), before, choices, state, remember))
                                .map(Begun::new))
                .onSuccess(begun -> wakeJobs.run());
    }

    private Future<Import> begin(
            Change change, Caller caller, Import before, ImportChoices choices, Import.State state, boolean remember) {
        ImportOptions former = before.options();
        if (!before.canStart() || former == null) {
            throw Problem.at(Problem.Code.CONFLICT, List.of("input", "id"), notNow(before));
        }
        ImportOptions options = choices.values().apply(former);
        boolean anew = !options.layout().equals(former.layout());
        if (state == Import.State.RUNNING) {
            requireMeaning(options, anew, before);
        }
        Future<?> remembered = remember && !anew
                ? repository.remember(
                        change.connection(),
                        change.inventoryId(),
                        ImportJobs.key(options.columns()),
                        options,
                        clock.instant(),
                        MOST_MAPPINGS)
                : Future.succeededFuture();
        return remembered
                .compose(kept -> repository.forgetRefusals(change.connection(), change.inventoryId(), before.id()))
                .compose(forgotten -> repository.begin(change.connection(), before.id(), state, options, anew, caller))
                .compose(begun -> repository
                        .addJob(change.connection(), change.inventoryId(), before.id())
                        .map(added -> begun));
    }

    private static void requireMeaning(ImportOptions options, boolean anew, Import before) {
        String problem = options.problem();
        if (problem != null && !anew) {
            throw Problem.at(Problem.Code.INVALID, List.of("input", "mapping"), problem);
        }
        Integer rows = before.rowCount();
        if (rows != null
                && rows > ImportJobs.MOST_ROWS_IN_ONE_CHANGE
                && options.errorPolicy() == BulkRow.ErrorPolicy.REJECT_ALL) {
            throw Problem.at(Problem.Code.INVALID, List.of("input", "errorPolicy"), ImportJobs.tooMany(rows));
        }
    }

    private static String notNow(Import before) {
        return switch (before.state()) {
            case UPLOADING -> "The file has not come as a whole yet.";
            case PREVIEWING -> "The file is looked through just now. Wait until its state is READY.";
            case RUNNING -> "It runs already.";
            case DONE, CANCELLED -> "It has ended, and its file is deleted. Upload the file once more.";
            case READY, FAILED -> "It ended in the middle: what was done of it stays. Upload the file once more.";
        };
    }

    /**
     * Ends it. What it has written stays, but where it is written all or none: then nothing is.
     *
     * @return fails with {@code NOT_FOUND}
     */
    Future<Cancelled> cancel(Actor actor, UUID id) {
        InventoryId inventoryId = actor.inventoryId();
        if (actor.dryRun()) {
            return require(database.reads(), inventoryId, id).map(found -> new Cancelled(found, false));
        }
        // Not as a change of the inventory, which would wait for the import to end.
        return require(database.reads(), inventoryId, id)
                .compose(found -> repository
                        .cancel(database.reads(), inventoryId, id)
                        .map(cancelled -> new Cancelled(cancelled.orElse(found), cancelled.isPresent())))
                .compose(done -> done.changed
                        ? repository.addJob(database.reads(), inventoryId, id).map(added -> done)
                        : Future.succeededFuture(done));
    }

    private Future<Import> require(SqlClient client, InventoryId inventoryId, UUID id) {
        return repository
                .find(client, inventoryId, List.of(id))
                .map(found -> Optional.ofNullable(found.get(id))
                        .orElseThrow(() -> Problem.at(
                                Problem.Code.NOT_FOUND, List.of("input", "id"), "There is no import with this id.")));
    }
}
