package org.expirytracker.imports;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.inventories.Membership;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.jobs.Lease;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Holdings;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the tables of this room. $1 is the inventory, but for what is deleted of many when it is outdated. */
final class ImportRepository {

    private static final String COLUMNS = """
            id, name, state, bytes, utf8, options, problem, row_count, rows_done, created_count, updated_count,
            unchanged_count, skipped_count, refused_count, refusal_count, begun_at, ended_at, created_at, updated_at
            """;

    private static final String LIST = "SELECT " + COLUMNS + """
              FROM imports
             WHERE user_id = $1
             ORDER BY id DESC
             LIMIT $2
            """;

    /** Those of an inventory, the latest first. */
    Future<List<Import>> list(SqlClient client, InventoryId inventoryId, int most) {
        return Rows.list(client, LIST, Tuple.of(inventoryId.value(), most), ImportRepository::toImport);
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM imports
             WHERE user_id = $1 AND id = ANY ($2)
            """;

    /** Imports by id; one that does not exist is left out. */
    Future<Map<UUID, Import>> find(SqlClient client, InventoryId inventoryId, Collection<UUID> ids) {
        Tuple parameters = Tuple.of(inventoryId.value()).addArrayOfUUID(ids.toArray(UUID[]::new));
        return Rows.map(client, FIND, parameters, row -> row.getUUID("id"), ImportRepository::toImport);
    }

    private static final String INSERT = """
            INSERT INTO imports (user_id, id, name, maker_id, session_id)
            SELECT $1, $2, $3, $4, $5
             WHERE $6 > (SELECT count(*)
                           FROM imports
                          WHERE user_id = $1 AND state IN ('UPLOADING', 'PREVIEWING', 'READY', 'RUNNING', 'FAILED'))
            RETURNING\s""" + COLUMNS;

    /**
     * Adds one, of which nothing has come yet.
     *
     * @param most how many an inventory may have that have not ended
     * @return empty when there are as many
     */
    Future<Optional<Import>> insert(SqlClient client, UUID id, String name, Caller maker, int most) {
        Tuple parameters =
                Tuple.of(maker.inventoryId().value(), id, name, maker.userId().value(), maker.sessionId(), (long) most);
        return Rows.first(client, INSERT, parameters, ImportRepository::toImport);
    }

    private static final String ADD_CHUNK = """
            INSERT INTO import_chunks (user_id, import_id, place, data)
            SELECT $1, $2, $3, $4
              FROM imports
             WHERE user_id = $1 AND id = $2 AND state = 'UPLOADING'
            """;

    /** Adds the next piece of a file; whether it is still wanted. */
    Future<Boolean> addChunk(SqlClient client, InventoryId inventoryId, UUID id, int place, Buffer data) {
        return Rows.change(client, ADD_CHUNK, Tuple.of(inventoryId.value(), id, place, data))
                .map(added -> added == 1);
    }

    private static final String FIND_CHUNK = """
            SELECT data
              FROM import_chunks
             WHERE user_id = $1 AND import_id = $2 AND place = $3
            """;

    /** A piece of a file; empty after the last one. */
    Future<Optional<Buffer>> findChunk(SqlClient client, InventoryId inventoryId, UUID id, int place) {
        return Rows.first(client, FIND_CHUNK, Tuple.of(inventoryId.value(), id, place), row -> row.getBuffer("data"));
    }

    private static final String UPLOADED = """
            UPDATE imports
               SET state = 'PREVIEWING', bytes = $3, utf8 = $4, begun_at = now(), updated_at = now()
             WHERE user_id = $1 AND id = $2 AND state = 'UPLOADING'
            RETURNING\s""" + COLUMNS;

    /** Notes that a file has come as a whole; empty when it is not wanted any more. */
    Future<Optional<Import>> uploaded(SqlClient client, InventoryId inventoryId, UUID id, long bytes, boolean utf8) {
        return Rows.first(client, UPLOADED, Tuple.of(inventoryId.value(), id, bytes, utf8), ImportRepository::toImport);
    }

    private static final String ADD_JOB = """
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            VALUES ($1, 'import', $2, now())
            """ + JobRepository.OR_ONCE_MORE;

    /** Has a node see to it. */
    Future<Integer> addJob(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, ADD_JOB, Tuple.of(inventoryId.value(), id));
    }

    private static final String DELETE = """
            DELETE FROM imports
             WHERE user_id = $1 AND id = $2 AND state = 'UPLOADING'
            """;

    /** Forgets one of which not all has come, with what has. */
    Future<Integer> delete(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, DELETE, Tuple.of(inventoryId.value(), id));
    }

    private static final String BEGIN = """
            UPDATE imports
               SET state = $3, options = $4, row_count = CASE WHEN $5::boolean THEN NULL ELSE row_count END, problem = NULL,
                   rows_done = 0, created_count = 0, updated_count = 0, unchanged_count = 0, skipped_count = 0,
                   refused_count = 0, refusal_count = 0, begun_at = now(), ended_at = NULL, updated_at = now(),
                   maker_id = $6, session_id = $7
             WHERE user_id = $1 AND id = $2
            RETURNING\s""" + COLUMNS;

    /**
     * Has it previewed, or run, from its beginning.
     *
     * @param anew whether the file is read in another way than before
     * @param maker the member who wants it
     */
    Future<Import> begin(
            SqlClient client, UUID id, Import.State state, ImportOptions options, boolean anew, Caller maker) {
        Tuple parameters = Tuple.of(maker.inventoryId().value(), id, state.name(), RecordJson.write(options), anew)
                .addUUID(maker.userId().value())
                .addUUID(maker.sessionId());
        return Rows.first(client, BEGIN, parameters, ImportRepository::toImport).map(Optional::orElseThrow);
    }

    private static final String CANCEL = """
            UPDATE imports
               SET state = 'CANCELLED', ended_at = now(), updated_at = now()
             WHERE user_id = $1 AND id = $2 AND state IN ('UPLOADING', 'PREVIEWING', 'READY', 'RUNNING', 'FAILED')
            RETURNING\s""" + COLUMNS;

    /** Ends it; empty when it has ended. */
    Future<Optional<Import>> cancel(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(client, CANCEL, Tuple.of(inventoryId.value(), id), ImportRepository::toImport);
    }

    /**
     * What there is to do of one.
     *
     * @param maker as whom; empty when they are no member any more
     */
    record Work(Import of, Optional<Caller> maker) {}

    /** What there is to do of one; empty when nothing is. */
    Future<Optional<Work>> findWork(SqlClient client, InventoryId inventoryId, UUID id) {
        return find(client, inventoryId, List.of(id))
                .map(found -> Optional.ofNullable(found.get(id)))
                .compose(found -> {
                    if (found.isEmpty()
                            || !found.get().state().underWay()
                            || found.get().state() == Import.State.UPLOADING) {
                        return Future.succeededFuture(Optional.empty());
                    }
                    return findMaker(client, inventoryId, id).map(maker -> Optional.of(new Work(found.get(), maker)));
                });
    }

    private static final String FIND_MAKER =
            """
            WITH asked AS MATERIALIZED (
                SELECT user_id AS inventory_id, maker_id AS user_id, session_id
                  FROM imports
                 WHERE user_id = $1 AND id = $2
            )
            """ + Membership.SEATS + "SELECT asked.user_id, asked.session_id, " + Membership.COLUMNS + "FROM asked\n"
                    + Membership.JOIN;

    private static Future<Optional<Caller>> findMaker(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(
                        client,
                        FIND_MAKER,
                        Tuple.of(inventoryId.value(), id),
                        row -> Membership.of(row)
                                .map(membership -> membership.caller(
                                        new UserId(row.getUUID("user_id")),
                                        row.getUUID("session_id"),
                                        new Holdings.OfSession(false))))
                .map(found -> found.flatMap(maker -> maker));
    }

    private static final String SEEN = """
            UPDATE imports
               SET rows_done = $4, updated_at = now()
             WHERE user_id = $1 AND id = $2 AND state = $3
            """;

    /** Notes how far it is, where that is of no meaning but for people; whether it goes on. */
    Future<Boolean> seen(SqlClient client, InventoryId inventoryId, UUID id, Import.State state, int rows) {
        return Rows.change(client, SEEN, Tuple.of(inventoryId.value(), id, state.name(), rows))
                .map(changed -> changed == 1);
    }

    private static final String SURVEYED = """
            UPDATE imports
               SET options = $4, row_count = $5, rows_done = 0, begun_at = now(), updated_at = now()
             WHERE user_id = $1 AND id = $2 AND state = $3
            """;

    /** Notes what a look through the whole file has shown; whether it goes on. */
    Future<Boolean> surveyed(
            SqlClient client, InventoryId inventoryId, UUID id, Import.State state, ImportOptions options, int rows) {
        return Rows.change(
                        client,
                        SURVEYED,
                        Tuple.of(inventoryId.value(), id, state.name(), RecordJson.write(options), rows))
                .map(changed -> changed == 1);
    }

    private static final String ADVANCE = """
            UPDATE imports
               SET rows_done = $5, created_count = created_count + $6, updated_count = updated_count + $7,
                   unchanged_count = unchanged_count + $8, skipped_count = skipped_count + $9,
                   refused_count = refused_count + $10, refusal_count = refusal_count + $11, updated_at = now()
             WHERE user_id = $1 AND id = $2 AND state = $3 AND rows_done = $4
               AND EXISTS (SELECT FROM members
                            WHERE members.inventory_id = $1 AND members.user_id = imports.maker_id AND members.role <> 'VIEWER')
            """;

    /**
     * Notes that some rows are done, in the transaction in which that was.
     *
     * @return whether they still were to be done: not when somebody has cancelled it, another node has done them, or the
     *     member may not change the inventory any more
     */
    Future<Boolean> advance(
            SqlClient client, InventoryId inventoryId, UUID id, Import.State state, int from, int to, Tally tally) {
        Tuple parameters = Tuple.of(inventoryId.value(), id, state.name(), from, to, tally.created())
                .addInteger(tally.updated())
                .addInteger(tally.unchanged())
                .addInteger(tally.skipped())
                .addInteger(tally.refused())
                .addInteger(tally.refusals().size());
        return Rows.change(client, ADVANCE, parameters).map(changed -> changed == 1);
    }

    private static final String ADD_REFUSALS = """
            INSERT INTO import_refusals (user_id, import_id, place, row_number, column_name, value, reason)
            SELECT $1, $2, $3 + refused.place, refused.row_number, refused.column_name, refused.value, refused.reason
              FROM unnest($4::integer[], $5::text[], $6::text[], $7::text[])
                       WITH ORDINALITY AS refused (row_number, column_name, value, reason, place)
            """;

    /**
     * Keeps why rows are refused.
     *
     * @param before how many reasons there are so far
     */
    Future<Integer> addRefusals(
            SqlClient client, InventoryId inventoryId, UUID id, int before, List<RowReader.Refusal> refusals) {
        if (refusals.isEmpty()) {
            return Future.succeededFuture(0);
        }
        Tuple parameters = Tuple.of(inventoryId.value(), id, before)
                .addArrayOfInteger(refusals.stream().map(RowReader.Refusal::row).toArray(Integer[]::new))
                .addArrayOfString(
                        refusals.stream().map(RowReader.Refusal::column).toArray(String[]::new))
                .addArrayOfString(
                        refusals.stream().map(RowReader.Refusal::value).toArray(String[]::new))
                .addArrayOfString(
                        refusals.stream().map(RowReader.Refusal::reason).toArray(String[]::new));
        return Rows.change(client, ADD_REFUSALS, parameters);
    }

    private static final String FORGET_REFUSALS = """
            DELETE FROM import_refusals
             WHERE user_id = $1 AND import_id = $2
            """;

    /** Forgets why rows were refused, of which no more are kept than one statement deletes. */
    Future<Integer> forgetRefusals(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, FORGET_REFUSALS, Tuple.of(inventoryId.value(), id));
    }

    private static final String REFUSALS = """
            SELECT place, row_number, column_name, value, reason
              FROM import_refusals
             WHERE user_id = $1 AND import_id = $2 AND ($3::integer IS NULL OR place > $3)
             ORDER BY place
             LIMIT $4
            """;

    private static final String LAST_REFUSALS = """
            SELECT place, row_number, column_name, value, reason
              FROM import_refusals
             WHERE user_id = $1 AND import_id = $2 AND ($3::integer IS NULL OR place < $3)
             ORDER BY place DESC
             LIMIT $4
            """;

    /** A page of why rows are refused, in the direction of reading. */
    Future<List<ImportRefusal>> refusals(
            SqlClient client, InventoryId inventoryId, UUID id, Page page, @Nullable Integer place) {
        return Rows.list(
                client,
                page.forward() ? REFUSALS : LAST_REFUSALS,
                Tuple.of(inventoryId.value(), id, place, page.limit()),
                row -> new ImportRefusal(
                        row.getInteger("place"),
                        row.getInteger("row_number"),
                        row.getString("column_name"),
                        row.getString("value"),
                        row.getString("reason")));
    }

    private static final String END = """
            UPDATE imports
               SET state = $4, problem = $5, ended_at = now(), updated_at = now()
             WHERE user_id = $1 AND id = $2 AND state = $3
            """;

    /** Ends what is under way; whether it was. */
    Future<Boolean> end(
            SqlClient client,
            InventoryId inventoryId,
            UUID id,
            Import.State from,
            Import.State to,
            @Nullable String problem) {
        return Rows.change(client, END, Tuple.of(inventoryId.value(), id, from.name(), to.name(), problem))
                .map(changed -> changed == 1);
    }

    private static final String NOTHING_WRITTEN = """
            UPDATE imports
               SET rows_done = 0, created_count = 0, updated_count = 0, unchanged_count = 0, skipped_count = 0
             WHERE user_id = $1 AND id = $2 AND state = $3
            """;

    /** Notes that nothing was written, after a look at what would become of each row; what is refused stays counted. */
    Future<Integer> nothingWritten(SqlClient client, InventoryId inventoryId, UUID id, Import.State state) {
        return Rows.change(client, NOTHING_WRITTEN, Tuple.of(inventoryId.value(), id, state.name()));
    }

    private static final String RESTART = """
            UPDATE imports
               SET rows_done = 0, created_count = 0, updated_count = 0, unchanged_count = 0, skipped_count = 0,
                   refused_count = 0, refusal_count = 0, begun_at = now()
             WHERE user_id = $1 AND id = $2 AND state = $3
            """;

    /** Begins to count anew. */
    Future<Integer> restart(SqlClient client, InventoryId inventoryId, UUID id, Import.State state) {
        return Rows.change(client, RESTART, Tuple.of(inventoryId.value(), id, state.name()));
    }

    private static final int CHUNKS_AT_ONCE = 200;

    private static final String DELETE_CHUNKS = """
            DELETE FROM import_chunks
             WHERE user_id = $1 AND ctid = ANY (ARRAY(
                   SELECT ctid FROM import_chunks WHERE user_id = $1 AND import_id = $2 LIMIT $3))
            """;

    /** Deletes the file of one, in bounded steps. */
    Future<?> deleteFile(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.change(client, DELETE_CHUNKS, Tuple.of(inventoryId.value(), id, (long) CHUNKS_AT_ONCE))
                .compose(deleted -> deleted < CHUNKS_AT_ONCE
                        ? Future.succeededFuture()
                        : deleteFile(client, inventoryId, id).map(done -> null));
    }

    private static final String FIND_MAPPING = """
            SELECT options
              FROM import_mappings
             WHERE user_id = $1 AND columns_key = $2
            """;

    /** How a file of these columns was read the last time. */
    Future<Optional<ImportOptions>> findMapping(SqlClient client, InventoryId inventoryId, String columnsKey) {
        return Rows.first(
                client,
                FIND_MAPPING,
                Tuple.of(inventoryId.value(), columnsKey),
                row -> RecordJson.read(row.getString("options"), ImportOptions.class));
    }

    private static final String REMEMBER = """
            INSERT INTO import_mappings (user_id, columns_key, options, used_at)
            VALUES ($1, $2, $3, $4)
                ON CONFLICT (user_id, columns_key) DO UPDATE
               SET options = excluded.options, used_at = excluded.used_at
            """;

    private static final String FORGET_MAPPINGS = """
            DELETE FROM import_mappings
             WHERE user_id = $1 AND columns_key IN (
                   SELECT columns_key FROM import_mappings WHERE user_id = $1 ORDER BY used_at DESC OFFSET $2)
            """;

    /**
     * Keeps how a file of these columns is read.
     *
     * @param most how many are kept: those that were used last
     */
    Future<Integer> remember(
            SqlClient client,
            InventoryId inventoryId,
            String columnsKey,
            ImportOptions options,
            Instant now,
            int most) {
        return Rows.change(
                        client,
                        REMEMBER,
                        Tuple.of(
                                inventoryId.value(),
                                columnsKey,
                                RecordJson.write(options),
                                now.atOffset(java.time.ZoneOffset.UTC)))
                .compose(kept -> Rows.change(client, FORGET_MAPPINGS, Tuple.of(inventoryId.value(), (long) most)));
    }

    private static Import toImport(Row row) {
        String options = row.getString("options");
        return new Import(
                row.getUUID("id"),
                row.getString("name"),
                Import.State.valueOf(row.getString("state")),
                row.getLong("bytes"),
                row.getBoolean("utf8"),
                options == null ? null : RecordJson.read(options, ImportOptions.class),
                row.getString("problem"),
                row.getInteger("row_count"),
                row.getInteger("rows_done"),
                row.getInteger("created_count"),
                row.getInteger("updated_count"),
                row.getInteger("unchanged_count"),
                row.getInteger("skipped_count"),
                row.getInteger("refused_count"),
                row.getInteger("refusal_count"),
                instant(row, "begun_at"),
                instant(row, "ended_at"),
                row.get(OffsetDateTime.class, "created_at").toInstant(),
                row.get(OffsetDateTime.class, "updated_at").toInstant());
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime at = row.get(OffsetDateTime.class, column);
        return at == null ? null : at.toInstant();
    }

    private static final String ERASE_CHUNKS = """
            DELETE FROM import_chunks
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM import_chunks WHERE user_id = $1 LIMIT $2))
            """;

    private static final String ERASE_REFUSALS = """
            DELETE FROM import_refusals
             WHERE user_id = $1 AND ctid = ANY (ARRAY(SELECT ctid FROM import_refusals WHERE user_id = $1 LIMIT $2))
            """;

    /** What goes of this room with an inventory. */
    static final Erasure ERASURE = Erasure.of(ERASE_CHUNKS, ERASE_REFUSALS);

    private static final String GIVE_UP = """
            UPDATE imports
               SET state = 'CANCELLED', problem = 'Nobody went on with it for seven days.', ended_at = now(), updated_at = now()
             WHERE (user_id, id) IN (
                   SELECT user_id, id
                     FROM imports
                    WHERE state IN ('UPLOADING', 'PREVIEWING', 'READY', 'FAILED') AND updated_at < now() - interval '7 days'
                    LIMIT $1)
            """;

    private static final String DELETE_FILES = """
            DELETE FROM import_chunks
             WHERE (user_id, import_id, place) IN (
                   SELECT chunks.user_id, chunks.import_id, chunks.place
                     FROM import_chunks AS chunks
                     JOIN imports ON imports.user_id = chunks.user_id AND imports.id = chunks.import_id
                    WHERE imports.state IN ('DONE', 'CANCELLED')
                    LIMIT $1)
            """;

    private static final String FORGET_OLD = """
            DELETE FROM imports
             WHERE (user_id, id) IN (
                   SELECT user_id, id
                     FROM imports
                    WHERE state IN ('DONE', 'CANCELLED') AND updated_at < now() - interval '90 days'
                    LIMIT $1)
            """;

    /** An import goes with its refusals, of which there may be thousands. */
    private static final int IMPORTS_AT_ONCE = 10;

    /** Gives up what nobody went on with for 7 days, deletes files that are left, and forgets imports after 90 days. */
    static final Job JANITOR = new Job("forget-imports", Duration.ofHours(1), lease -> {
        repeat(lease, GIVE_UP, CHUNKS_AT_ONCE);
        repeat(lease, DELETE_FILES, CHUNKS_AT_ONCE);
        repeat(lease, FORGET_OLD, IMPORTS_AT_ONCE);
    });

    private static void repeat(Lease lease, String statement, int most) {
        int changed;
        do {
            changed = Rows.change(lease.client(), statement, Tuple.of((long) most))
                    .await();
        } while (changed == most && lease.goesOn());
    }
}
