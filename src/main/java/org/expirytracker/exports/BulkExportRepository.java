package org.expirytracker.exports;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.expirytracker.db.Erasure;
import org.expirytracker.db.Rows;
import org.expirytracker.jobs.Job;
import org.expirytracker.jobs.JobRepository;
import org.expirytracker.kernel.Access;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.InventoryId;
import org.expirytracker.kernel.UserId;
import org.jspecify.annotations.Nullable;

/** SQL of the tables {@code bulk_exports} and {@code bulk_export_chunks}. $1 is the inventory, but for what forgets old ones. */
final class BulkExportRepository {

    private static final String COLUMNS = """
            id, query, state, row_count, byte_count, error, created_at, finished_at
            """;

    private static Tuple caller(Caller caller) {
        return Tuple.of(caller.inventoryId().value(), caller.userId().value(), tokenOf(caller));
    }

    private static @Nullable UUID tokenOf(Caller caller) {
        return caller.holds().contains(Access.SESSION) ? null : caller.sessionId();
    }

    private static final String INSERT = """
            INSERT INTO bulk_exports (inventory_id, id, maker_id, token_id, query, created_at)
            VALUES ($1, $4, $2, $3, $5, $6)
                ON CONFLICT (inventory_id) WHERE state = 'RUNNING' DO NOTHING
            RETURNING\s""" + COLUMNS;

    /** Begins one; empty when another one of the inventory is running. */
    Future<Optional<BulkExport>> insert(SqlClient client, Caller caller, UUID id, String query, Instant at) {
        return Rows.first(
                client,
                INSERT,
                caller(caller).addUUID(id).addString(query).addValue(utc(at)),
                BulkExportRepository::toExport);
    }

    private static OffsetDateTime utc(Instant at) {
        return at.atOffset(ZoneOffset.UTC);
    }

    private static final String ADD_JOB = """
            INSERT INTO jobs (tenant_id, kind, object_id, due_at)
            VALUES ($1, $2, $3, $4)
            """ + JobRepository.OR_ONCE_MORE;

    /** Has it made. */
    Future<Integer> addJob(SqlClient client, InventoryId inventoryId, UUID id, Instant at) {
        return Rows.change(client, ADD_JOB, Tuple.of(inventoryId.value(), BulkExportJobs.KIND, id, utc(at)));
    }

    private static final String DROP_OLDEST = """
            DELETE FROM bulk_exports
             WHERE inventory_id = $1
               AND id IN (SELECT id
                            FROM bulk_exports
                           WHERE inventory_id = $1 AND state <> 'RUNNING'
                           ORDER BY created_at DESC
                          OFFSET $2)
            """;

    /** Leaves so many that are finished. */
    Future<Integer> dropOldest(SqlClient client, InventoryId inventoryId, int most) {
        return Rows.change(client, DROP_OLDEST, Tuple.of(inventoryId.value(), most));
    }

    // A session sees those of its user, an API token only its own: others may hold what it may not see.
    private static final String LIST = "SELECT " + COLUMNS + """
              FROM bulk_exports
             WHERE inventory_id = $1 AND maker_id = $2 AND ($3::uuid IS NULL OR token_id = $3)
             ORDER BY created_at DESC, id DESC
             LIMIT $4
            """;

    /** Those of a caller, the newest first. */
    Future<List<BulkExport>> list(SqlClient client, Caller caller, int most) {
        return Rows.list(client, LIST, caller(caller).addInteger(most), BulkExportRepository::toExport);
    }

    private static final String FIND = "SELECT " + COLUMNS + """
              FROM bulk_exports
             WHERE inventory_id = $1 AND maker_id = $2 AND ($3::uuid IS NULL OR token_id = $3) AND id = ANY ($4)
            """;

    /** Those of a caller by their ids; one that does not exist is left out. */
    Future<Map<UUID, BulkExport>> find(SqlClient client, Caller caller, Collection<UUID> ids) {
        return Rows.map(
                client,
                FIND,
                caller(caller).addArrayOfUUID(ids.toArray(UUID[]::new)),
                row -> row.getUUID("id"),
                BulkExportRepository::toExport);
    }

    /**
     * One that is running.
     *
     * @param tokenId by which it was asked for; null for a session
     * @param chunks how many there are
     */
    record Running(UserId maker, @Nullable UUID tokenId, String query, BulkPosition position, int chunks, long bytes) {

        /** Without the query, in which there may be what its user has written. */
        @Override
        public String toString() {
            return "Running[chunks=" + chunks + "]";
        }
    }

    private static final String FIND_RUNNING = """
            SELECT maker_id, token_id, query, position, chunk_count, byte_count
              FROM bulk_exports
             WHERE inventory_id = $1 AND id = $2 AND state = 'RUNNING'
            """;

    /** How far one is; empty when it is not running. */
    Future<Optional<Running>> findRunning(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(
                client,
                FIND_RUNNING,
                Tuple.of(inventoryId.value(), id),
                row -> new Running(
                        new UserId(row.getUUID("maker_id")),
                        row.getUUID("token_id"),
                        row.getString("query"),
                        BulkPosition.read(row.getString("position")),
                        row.getInteger("chunk_count"),
                        row.getLong("byte_count")));
    }

    private static final String ADD_CHUNK = """
            WITH moved AS (
                UPDATE bulk_exports
                   SET position = $4, row_count = row_count + $5, byte_count = byte_count + $6,
                       chunk_count = chunk_count + 1
                 WHERE inventory_id = $1 AND id = $2 AND state = 'RUNNING' AND chunk_count = $3
             RETURNING byte_count
            )
            INSERT INTO bulk_export_chunks (inventory_id, export_id, number, first_byte, byte_count, lines)
            SELECT $1, $2, $3, moved.byte_count - $6, $6, $7
              FROM moved
            """;

    /**
     * Adds lines, and notes where it goes on.
     *
     * @param chunks how many there were: it is added once
     * @param compressed its lines
     */
    Future<Integer> addChunk(
            SqlClient client, InventoryId inventoryId, UUID id, int chunks, BulkReading read, Buffer compressed) {
        return Rows.change(
                client,
                ADD_CHUNK,
                Tuple.of(
                        inventoryId.value(),
                        id,
                        chunks,
                        read.position().json(),
                        read.rows(),
                        read.lines().length(),
                        compressed));
    }

    private static final String FINISH = """
            UPDATE bulk_exports
               SET state = $3, error = left($4, 2000), finished_at = $5
             WHERE inventory_id = $1 AND id = $2 AND state = 'RUNNING'
            RETURNING\s""" + COLUMNS;

    /**
     * Ends one.
     *
     * @param error why it has failed; null when it has not
     * @return empty when it is not running
     */
    Future<Optional<BulkExport>> finish(
            SqlClient client,
            InventoryId inventoryId,
            UUID id,
            BulkExport.State state,
            @Nullable String error,
            Instant at) {
        return Rows.first(
                client,
                FINISH,
                Tuple.of(inventoryId.value(), id, state.name(), error, utc(at)),
                BulkExportRepository::toExport);
    }

    private static final String FIND_COMPLETED = """
            SELECT byte_count
              FROM bulk_exports
             WHERE inventory_id = $1 AND id = $2 AND state = 'COMPLETED'
            """;

    /** How many bytes one has that is completed; empty when there is none. */
    Future<Optional<Long>> findCompleted(SqlClient client, InventoryId inventoryId, UUID id) {
        return Rows.first(client, FIND_COMPLETED, Tuple.of(inventoryId.value(), id), row -> row.getLong("byte_count"));
    }

    /**
     * A part of the file.
     *
     * @param first place in the file of its first byte
     * @param bytes how many there are, uncompressed
     */
    record Chunk(int number, long first, int bytes, Buffer compressed) {}

    private static final String FIND_CHUNK = """
            SELECT number, first_byte, byte_count, lines
              FROM bulk_export_chunks
             WHERE inventory_id = $1 AND export_id = $2 AND number >= $3 AND first_byte + byte_count > $4
             ORDER BY number
             LIMIT 1
            """;

    /**
     * The chunk that holds a byte.
     *
     * @param from none with a smaller number is looked at
     */
    Future<Optional<Chunk>> findChunk(SqlClient client, InventoryId inventoryId, UUID id, int from, long place) {
        return Rows.first(
                client,
                FIND_CHUNK,
                Tuple.of(inventoryId.value(), id, from, place),
                row -> new Chunk(
                        row.getInteger("number"),
                        row.getLong("first_byte"),
                        row.getInteger("byte_count"),
                        row.getBuffer("lines")));
    }

    private static final String ERASE_CHUNKS = """
            DELETE FROM bulk_export_chunks
             WHERE inventory_id = $1
               AND (export_id, number) IN (SELECT export_id, number FROM bulk_export_chunks WHERE inventory_id = $1 LIMIT $2)
            """;

    private static final String ERASE = """
            DELETE FROM bulk_exports
             WHERE inventory_id = $1 AND id IN (SELECT id FROM bulk_exports WHERE inventory_id = $1 LIMIT $2)
            """;

    /** What goes of this room with an inventory. */
    static final Erasure ERASURE = Erasure.of(ERASE_CHUNKS, ERASE);

    private static final String FORGET_OLD = """
            DELETE FROM bulk_exports
             WHERE (inventory_id, id) IN (
                   SELECT inventory_id, id
                     FROM bulk_exports
                    WHERE created_at < now() - interval '7 days'
                      AND (finished_at < now() - interval '7 days' OR created_at < now() - interval '14 days')
                    ORDER BY created_at
                    LIMIT least($1, 100))
            """;

    /** Forgets those that were finished seven days ago, and what was never finished. */
    static final Job JANITOR = Job.deleting("forget-bulk-exports", Duration.ofHours(1), FORGET_OLD);

    private static BulkExport toExport(Row row) {
        OffsetDateTime finished = row.getOffsetDateTime("finished_at");
        return new BulkExport(
                row.getUUID("id"),
                row.getString("query"),
                BulkExport.State.valueOf(row.getString("state")),
                Math.toIntExact(row.getLong("row_count")),
                Math.toIntExact(row.getLong("byte_count")),
                row.getString("error"),
                row.getOffsetDateTime("created_at").toInstant(),
                finished == null ? null : finished.toInstant());
    }
}
