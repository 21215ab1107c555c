package org.expirytracker.bench;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.UUID;
import org.expirytracker.db.Database;
import org.expirytracker.items.Item;
import org.expirytracker.items.ItemStatus;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.RowIds;

/**
 * A new item, written by hand: in one transaction that locks the log, the item, its activity and the counter of the log,
 * and what is counted by day. It writes what the product writes, the last two statements in one round trip.
 */
final class PlainCreate {

    private static final String LOCK = """
            UPDATE feeds
               SET last_at = date_trunc('milliseconds', greatest(clock_timestamp(), last_at + interval '1 millisecond'))
             WHERE user_id = $1
            RETURNING last_at
            """;

    private static final String INSERT = """
            INSERT INTO items (user_id, id, name, quantity, unit, cost_price, expiry_date, location, effective_lead_days,
                               created_at, updated_at)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, inventories.lead_days, feeds.last_at, feeds.last_at
              FROM inventories
              JOIN feeds ON feeds.user_id = inventories.id
             WHERE inventories.id = $1
            RETURNING quantity, cost_price, expiry_date, expiring_from, effective_lead_days, created_at
            """;

    private static final String APPEND = """
            WITH place AS (
                UPDATE feeds
                   SET last_seq = last_seq + 1,
                       counted_seq = CASE WHEN counted_seq = last_seq THEN last_seq + 1 ELSE counted_seq END
                 WHERE user_id = $1
             RETURNING last_seq, last_at
            )
            INSERT INTO activities (user_id, seq, kind, subject_id, actor, session_id, after, created_at)
            SELECT $1, last_seq, 'ITEM_CREATED', $2, 'USER', $3, $4::text::jsonb, last_at
              FROM place
            """;

    private static final String COUNT = """
            INSERT INTO stock_days (user_id, part, part_key, expiry_date, expiring_from, item_count, value)
            VALUES ($1, 'WHOLE', '', $2, $3, 1, $4), ($1, 'CATEGORY', '', $2, $3, 1, $4), ($1, 'LOCATION', $5, $2, $3, 1, $4)
                ON CONFLICT (user_id, part, part_key, expiry_date, expiring_from) DO UPDATE
               SET item_count = stock_days.item_count + excluded.item_count, value = stock_days.value + excluded.value
            """;

    private record Fresh(
            UUID id,
            String name,
            BigDecimal quantity,
            String unit,
            BigDecimal costPrice,
            LocalDate expiryDate,
            String location) {

        static Fresh of(JsonObject input) {
            return new Fresh(
                    RowIds.next(),
                    input.getString("name"),
                    new BigDecimal(input.getString("quantity")),
                    input.getString("unit"),
                    new BigDecimal(input.getString("costPrice")),
                    LocalDate.parse(input.getString("expiryDate")),
                    input.getString("location"));
        }
    }

    private final Database database;

    PlainCreate(Database database) {
        this.database = database;
    }

    Future<Buffer> item(Caller caller, LocalDate today, Buffer body) {
        Fresh fresh = Fresh.of(body.toJsonObject());
        UUID user = caller.userId().value();
        return database.transaction(connection -> connection
                        .preparedQuery(LOCK)
                        .execute(Tuple.of(user))
                        .compose(locked -> insert(connection, user, fresh))
                        .compose(row -> keep(connection, caller, fresh, row).map(row)))
                .map(row -> answer(fresh, row, today));
    }

    private static Future<Row> insert(SqlConnection connection, UUID user, Fresh fresh) {
        return connection
                .preparedQuery(INSERT)
                .execute(Tuple.of(user, fresh.id, fresh.name, fresh.quantity, fresh.unit, fresh.costPrice)
                        .addLocalDate(fresh.expiryDate)
                        .addString(fresh.location))
                .map(rows -> rows.iterator().next());
    }

    private static Future<?> keep(SqlConnection connection, Caller caller, Fresh fresh, Row row) {
        UUID user = caller.userId().value();
        return Future.all(
                connection
                        .preparedQuery(APPEND)
                        .execute(Tuple.of(user, fresh.id, caller.sessionId(), state(fresh, row))),
                connection
                        .preparedQuery(COUNT)
                        .execute(Tuple.of(
                                user,
                                fresh.expiryDate,
                                row.getLocalDate(3),
                                row.getBigDecimal(0).multiply(row.getBigDecimal(1)),
                                fresh.location)));
    }

    private static String state(Fresh fresh, Row row) {
        String created = row.getOffsetDateTime(5).toInstant().toString();
        return new JsonObject()
                .put("id", fresh.id.toString())
                .putNull("categoryId")
                .put("name", fresh.name)
                .putNull("description")
                .put("quantity", row.getBigDecimal(0))
                .put("unit", fresh.unit)
                .put("costPrice", row.getBigDecimal(1))
                .putNull("sellingPrice")
                .put("expiryDate", fresh.expiryDate.toString())
                .putNull("purchaseDate")
                .putNull("ownLeadDays")
                .put("leadDays", row.getInteger(4))
                .put("location", fresh.location)
                .putNull("barcode")
                .putNull("lotNumber")
                .put("version", 1)
                .put("createdAt", created)
                .put("updatedAt", created)
                .encode();
    }

    private static Buffer answer(Fresh fresh, Row row, LocalDate today) {
        return PlainReads.answer(json -> {
            json.writeObjectFieldStart("createItem");
            json.writeObjectFieldStart("item");
            json.writeStringField("id", new NodeId(Item.TYPE, fresh.id).encoded());
            json.writeStringField("name", fresh.name);
            json.writeStringField("quantity", PlainReads.decimal(row.getBigDecimal(0)));
            json.writeStringField("unit", fresh.unit);
            json.writeStringField("costPrice", PlainReads.decimal(row.getBigDecimal(1)));
            PlainReads.writeDate(json, "expiryDate", fresh.expiryDate);
            json.writeStringField(
                    "status",
                    ItemStatus.on(today, fresh.expiryDate, row.getInteger(4)).name());
            PlainReads.writeDaysLeft(json, fresh.expiryDate, today);
            json.writeStringField("location", fresh.location);
            json.writeEndObject();
            json.writeArrayFieldStart("userErrors");
            json.writeEndArray();
            json.writeEndObject();
        });
    }
}
