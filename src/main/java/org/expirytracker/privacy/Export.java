package org.expirytracker.privacy;

import io.vertx.core.Future;
import io.vertx.sqlclient.Cursor;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.function.Function;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.UserId;

/**
 * Everything that the database holds about one user. A table that a migration adds has to be named here; a test holds
 * the names against the catalog. Columns need not: every row is shown whole, but for hashes and encrypted secrets, of
 * which it only says that they are there.
 */
public final class Export {

    /** Most rows that are given at once; whoever has more asks the operator for a file. */
    public static final int MOST_ROWS = 10_000;

    private static final int MOST_BYTES = 8 << 20;
    private static final int PIECE = 500;

    /**
     * A row of a table.
     *
     * @param section the table, in camel case
     * @param json an object whose members are the columns, in camel case
     */
    public record Part(String section, String json) {

        /** Without what it holds: it may end up in a log. */
        @Override
        public String toString() {
            return "Part[" + section + "]";
        }
    }

    private record Measured(Part part, long rows, long bytes) {}

    /** One statement, so that all of it is of one moment; in an order of its own, so that two exports can be compared. */
    static final String ROWS = """
            WITH owned AS (
                SELECT id FROM inventories WHERE owner_id = $1
            ), whole (section, content) AS (
                SELECT 'users', to_json(t) FROM users AS t WHERE id = $1
                UNION ALL
                (SELECT 'inventories', to_json(t) FROM inventories AS t WHERE owner_id = $1 ORDER BY id)
                UNION ALL
                (SELECT 'members', to_json(t) FROM members AS t WHERE user_id = $1 ORDER BY inventory_id)
                UNION ALL
                (SELECT 'invitations', to_json(t) FROM invitations AS t WHERE inventory_id IN (SELECT id FROM owned)
                  ORDER BY inventory_id, id)
                UNION ALL
                (SELECT 'sessions', to_json(t) FROM sessions AS t WHERE user_id = $1 ORDER BY id)
                UNION ALL
                (SELECT 'refreshTokens', to_json(t) FROM refresh_tokens AS t WHERE user_id = $1 ORDER BY hash)
                UNION ALL
                (SELECT 'credentialGuards', to_json(t) FROM credential_guards AS t WHERE subject_id = $1 ORDER BY kind)
                UNION ALL
                (SELECT 'loginAttempts', to_json(t) FROM login_attempts AS t WHERE subject_id = $1 ORDER BY id)
                UNION ALL
                (SELECT 'knownDevices', to_json(t) FROM known_devices AS t WHERE user_id = $1 ORDER BY hash)
                UNION ALL
                (SELECT 'oneTimeTokens', to_json(t) FROM one_time_tokens AS t WHERE user_id = $1 ORDER BY hash)
                UNION ALL
                (SELECT 'recoveryCodes', to_json(t) FROM recovery_codes AS t WHERE user_id = $1 ORDER BY hash)
                UNION ALL
                (SELECT 'apiTokens', to_json(t) FROM api_tokens AS t WHERE user_id = $1 ORDER BY id)
                UNION ALL
                (SELECT 'feeds', to_json(t) FROM feeds AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id)
                UNION ALL
                (SELECT 'activities', to_json(t) FROM activities AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, seq)
                UNION ALL
                (SELECT 'idempotencyKeys', to_json(t) FROM idempotency_keys AS t WHERE user_id = $1 ORDER BY key)
                UNION ALL
                (SELECT 'categories', to_json(t) FROM categories AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, id)
                UNION ALL
                (SELECT 'products', to_json(t) FROM products AS t WHERE inventory_id IN (SELECT id FROM owned)
                  ORDER BY inventory_id, id)
                UNION ALL
                (SELECT 'productBarcodes', to_json(t) FROM product_barcodes AS t WHERE inventory_id IN (SELECT id FROM owned)
                  ORDER BY inventory_id, product_id, place)
                UNION ALL
                (SELECT 'items', to_json(t) FROM items AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, id)
                UNION ALL
                (SELECT 'stockDays', to_json(t) FROM stock_days AS t WHERE user_id IN (SELECT id FROM owned)
                  ORDER BY user_id, part, part_key, expiry_date, expiring_from)
                UNION ALL
                (SELECT 'takeOuts', to_json(t) FROM take_outs AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, id)
                UNION ALL
                (SELECT 'notifications', to_json(t) FROM notifications AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, id)
                UNION ALL
                (SELECT 'notificationMarks', to_json(t) FROM notification_marks AS t WHERE user_id IN (SELECT id FROM owned)
                     OR member_id = $1 AND user_id IN (SELECT inventory_id FROM members WHERE members.user_id = $1)
                  ORDER BY user_id, notification_id, member_id)
                UNION ALL
                (SELECT 'acknowledgements', to_json(t) FROM acknowledgements AS t WHERE user_id IN (SELECT id FROM owned)
                  ORDER BY user_id, item_id, expiry_date, reminder)
                UNION ALL
                SELECT 'reminderSettings', to_json(t) FROM reminder_settings AS t WHERE user_id = $1
                UNION ALL
                (SELECT 'categoryReminders', to_json(t) FROM category_reminders AS t WHERE user_id IN (SELECT id FROM owned)
                  ORDER BY user_id, category_id)
                UNION ALL
                (SELECT 'percentReminders', to_json(t) FROM percent_reminders AS t WHERE user_id IN (SELECT id FROM owned)
                  ORDER BY user_id, item_id, percent)
                UNION ALL
                (SELECT 'reports', to_json(t) FROM reports AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, date)
                UNION ALL
                (SELECT 'webhooks', to_json(t) FROM webhooks AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, id)
                UNION ALL
                (SELECT 'webhookDeliveries', to_json(t) FROM webhook_deliveries AS t WHERE user_id IN (SELECT id FROM owned)
                  ORDER BY user_id, id)
                UNION ALL
                (SELECT 'channels', to_json(t) FROM channels AS t WHERE user_id = $1 ORDER BY id)
                UNION ALL
                (SELECT 'channelPlaces', to_json(t) FROM channel_places AS t WHERE user_id = $1
                  ORDER BY channel_id, inventory_id)
                UNION ALL
                (SELECT 'channelDeliveries', to_json(t) FROM channel_deliveries AS t WHERE user_id = $1 ORDER BY id)
                UNION ALL
                (SELECT 'imports', to_json(t) FROM imports AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, id)
                UNION ALL
                (SELECT 'importChunks', to_json(t)
                   FROM (SELECT user_id, import_id, place, octet_length(data) AS bytes
                           FROM import_chunks
                          WHERE user_id IN (SELECT id FROM owned)) AS t
                  ORDER BY user_id, import_id, place)
                UNION ALL
                (SELECT 'importRefusals', to_json(t) FROM import_refusals AS t WHERE user_id IN (SELECT id FROM owned)
                  ORDER BY user_id, import_id, place)
                UNION ALL
                (SELECT 'importMappings', to_json(t) FROM import_mappings AS t WHERE user_id IN (SELECT id FROM owned)
                  ORDER BY user_id, columns_key)
                UNION ALL
                (SELECT 'bulkExports', to_json(t) FROM bulk_exports AS t WHERE inventory_id IN (SELECT id FROM owned) OR maker_id = $1
                  ORDER BY inventory_id, id)
                UNION ALL
                (SELECT 'bulkExportChunks', to_json(t)
                   FROM (SELECT inventory_id, export_id, number, first_byte, byte_count, '(kept, not shown)' AS lines
                           FROM bulk_export_chunks
                          WHERE inventory_id IN (SELECT id FROM owned)) AS t
                  ORDER BY inventory_id, export_id, number)
                UNION ALL
                (SELECT 'jobs', to_json(t) FROM jobs AS t WHERE tenant_id IN (SELECT id FROM owned)
                  ORDER BY tenant_id, kind, object_id)
                UNION ALL
                (SELECT 'stuckTurns', to_json(t) FROM stuck_turns AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id)
                UNION ALL
                (SELECT 'stuckItems', to_json(t) FROM stuck_items AS t WHERE user_id IN (SELECT id FROM owned) ORDER BY user_id, item_id)
                UNION ALL
                (SELECT 'budgets', to_json(t) FROM budgets AS t WHERE user_id = $1 ORDER BY key)
            ), shown AS (
                SELECT section, (
                           SELECT json_object_agg(
                                      left(key, 1) || substr(replace(initcap(replace(key, '_', ' ')), ' ', ''), 2),
                                      CASE WHEN key ~ '(hash|secret)$' AND json_typeof(value) <> 'null'
                                           THEN to_json('(kept, not shown)'::text) ELSE value END)
                             FROM json_each(content))::text AS content
                  FROM whole
            )
            """;

    private static final String BOUNDED = ROWS + """
            SELECT section, content, amount, bytes
              FROM (SELECT section, content, count(*) OVER () AS amount, sum(octet_length(content)) OVER () AS bytes
                      FROM (SELECT section, content FROM shown LIMIT $2 + 1) AS enough) AS measured
             WHERE (amount <= $2 AND bytes <= $3) OR section = 'users'
            """;

    /**
     * All of it at once, as of one moment.
     *
     * @return possibly empty, when the account was deleted a moment ago; fails with {@code LIMIT_REACHED} when it is
     *     more than {@value #MOST_ROWS} rows or 8 MiB, {@code UNAVAILABLE}
     */
    Future<List<Part>> read(SqlClient client, UserId userId) {
        return Rows.list(
                        client,
                        BOUNDED,
                        Tuple.of(userId.value(), MOST_ROWS, MOST_BYTES),
                        row -> new Measured(toPart(row), row.getLong("amount"), row.getLong("bytes")))
                .map(found -> found.stream().map(Export::bounded).toList());
    }

    private static Part bounded(Measured measured) {
        if (measured.rows > MOST_ROWS || measured.bytes > MOST_BYTES) {
            throw Problem.of(
                    Problem.Code.LIMIT_REACHED,
                    "This is more than can be given at once, at most %d rows and %d MiB. Ask whoever runs this server for expiry user export, or read list by list."
                            .formatted(MOST_ROWS, MOST_BYTES >> 20));
        }
        return measured.part;
    }

    private static final String ALL = ROWS + """
            SELECT section, content
              FROM shown
            """;

    /**
     * All of it piece by piece, as of one moment, however much it is. The rows of a section follow one another.
     *
     * @param connection in a transaction
     * @param taker takes a piece; the next one is read when it is done
     */
    public Future<Void> readAll(SqlConnection connection, UserId userId, Function<List<Part>, Future<?>> taker) {
        return connection
                .prepare(ALL)
                .compose(prepared -> takeAll(prepared.cursor(Tuple.of(userId.value())), taker)
                        .eventually(prepared::close));
    }

    private static Future<Void> takeAll(Cursor cursor, Function<List<Part>, Future<?>> taker) {
        return cursor.read(PIECE)
                .compose(rows -> taker.apply(rows.stream().map(Export::toPart).toList()))
                .compose(taken -> cursor.hasMore() ? takeAll(cursor, taker) : Future.succeededFuture());
    }

    private static Part toPart(Row row) {
        return new Part(row.getString("section"), row.getString("content"));
    }
}
