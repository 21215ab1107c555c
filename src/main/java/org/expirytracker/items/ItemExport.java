package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.WriteStream;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowStream;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.expirytracker.categories.Category;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Problem;
import org.jspecify.annotations.Nullable;

/**
 * Items as a file, in the order of their ids. Read by one statement with a cursor, so from one snapshot, and only as fast
 * as it is written: nothing of it is held but a few hundred rows. Whoever was cut off goes on after the last id that they
 * have.
 */
public final class ItemExport {

    /** Rows that are fetched at a time. */
    private static final int FETCHED = 200;

    private static final int CHUNK_BYTES = 32_768;
    /** Whoever takes nothing for so long is cut off: a connection to the database and a snapshot wait for them. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final Database database;
    private final Clock clock;

    /** Files from one event loop's connections. */
    public ItemExport(Vertx vertx, Database database, Clock clock) {
        this.vertx = vertx;
        this.database = database;
        this.clock = clock;
    }

    /** How a file is written. */
    public enum Format {
        /** Comma-separated values, RFC 4180: a line of names, and one for each item. */
        CSV("text/csv; charset=utf-8", "csv"),
        /** A JSON object in each line. */
        JSON_LINES("application/jsonl; charset=utf-8", "jsonl");

        /** The media type. */
        public final String mediaType;

        /** How the file's name ends. */
        public final String ending;

        Format(String mediaType, String ending) {
            this.mediaType = mediaType;
            this.ending = ending;
        }
    }

    /**
     * What is asked for.
     *
     * @param day from which status is told
     * @param after the id after which it begins; null to begin with the first
     */
    public record Request(
            Caller caller,
            ItemFilter filter,
            LocalDate day,
            @Nullable UUID after,
            Format format) {}

    /**
     * Reads what is asked for.
     *
     * @param arguments {@code filter}, {@code asOf} and {@code after}, as the schema has them
     * @throws Problem {@code FORBIDDEN}, and {@code INVALID} with the name of what is wrong
     */
    public Request read(Caller caller, Map<String, Object> arguments, Format format) {
        caller.require(ItemsAccess.READ);
        Input input = Input.arguments(arguments);
        LocalDate asOf = input.optionalDate("asOf");
        LocalDate day = asOf == null ? caller.today(clock) : asOf;
        ItemFilter filter = ItemFilter.of(input.object("filter"), day);
        UUID after = input.optionalId("after", Item.TYPE);
        input.check();
        return new Request(caller, filter, day, after, format);
    }

    private static final String TAKE_YOUR_TIME = """
            SELECT set_config('idle_in_transaction_session_timeout', '60s', true),
                   set_config('statement_timeout', '60s', true)
            """;

    /**
     * Writes a file, and does not end it.
     *
     * @param target is written to as fast as it takes
     * @return fails when the target does, when it takes nothing for {@link #PATIENCE}, and when the database does
     */
    public Future<Void> write(Request request, WriteStream<Buffer> target) {
        ItemQuery query = ItemQuery.export(request.caller.inventoryId(), request.filter, request.after);
        return database.transaction(connection -> Rows.first(connection, TAKE_YOUR_TIME, Tuple.tuple(), row -> row)
                .compose(set -> stream(connection, query))
                .compose(rows -> new Writing(rows, target, request).done()));
    }

    private static Future<RowStream<Row>> stream(SqlConnection connection, ItemQuery query) {
        return connection.prepare(query.sql()).map(statement -> statement.createStream(FETCHED, query.parameters()));
    }

    private final class Writing {

        private final RowStream<Row> rows;
        private final WriteStream<Buffer> target;
        private final Request request;
        private final Promise<Void> done = Promise.promise();
        private Buffer chunk = Buffer.buffer();
        private long impatience = -1;

        Writing(RowStream<Row> rows, WriteStream<Buffer> target, Request request) {
            this.rows = rows;
            this.target = target;
            this.request = request;
            if (request.format == Format.CSV && request.after == null) {
                csv(NAMES);
            }
            target.exceptionHandler(done::tryFail);
            rows.exceptionHandler(done::tryFail)
                    .endHandler(end -> {
                        target.write(chunk)
                                .onSuccess(written -> done.tryComplete())
                                .onFailure(done::tryFail);
                    })
                    .handler(this::row);
        }

        Future<Void> done() {
            return done.future()
                    .onComplete(over -> vertx.cancelTimer(impatience))
                    .eventually(() -> rows.close().otherwiseEmpty());
        }

        private void row(Row row) {
            if (done.future().isComplete()) {
                return;
            }
            Item item = ItemRepository.toItem(row);
            String category = row.getString("category_name");
            switch (request.format) {
                case CSV -> csv(values(item, category));
                case JSON_LINES ->
                    chunk.appendBuffer(json(item, category).toBuffer()).appendString("\n");
            }
            if (chunk.length() >= CHUNK_BYTES) {
                target.write(chunk).onFailure(done::tryFail);
                chunk = Buffer.buffer();
                if (target.writeQueueFull()) {
                    rows.pause();
                    impatience =
                            vertx.setTimer(PATIENCE.toMillis(), timer -> done.tryFail("Nothing was taken for long."));
                    target.drainHandler(drained -> {
                        vertx.cancelTimer(impatience);
                        rows.resume();
                    });
                }
            }
        }

        private void csv(List<String> values) {
            chunk.appendString(values.stream().map(ItemExport::quoted).collect(Collectors.joining(",", "", "\r\n")));
        }

        private List<String> values(Item item, @Nullable String category) {
            return List.of(
                    new NodeId(Item.TYPE, item.id()).encoded(),
                    harmless(item.externalId()),
                    harmless(item.name()),
                    harmless(item.description()),
                    plain(item.quantity()),
                    harmless(item.unit()),
                    plain(item.costPrice()),
                    plain(item.sellingPrice()),
                    text(item.expiryDate()),
                    text(item.purchaseDate()),
                    text(item.ownLeadDays()),
                    harmless(item.location()),
                    harmless(item.barcode()),
                    harmless(item.lotNumber()),
                    harmless(category),
                    item.statusOn(request.day).name(),
                    text(item.createdAt()),
                    text(item.updatedAt()));
        }

        private JsonObject json(Item item, @Nullable String category) {
            UUID categoryId = item.categoryId();
            return new JsonObject()
                    .put("id", new NodeId(Item.TYPE, item.id()).encoded())
                    .put("externalId", item.externalId())
                    .put("name", item.name())
                    .put("description", item.description())
                    .put("quantity", plain(item.quantity()))
                    .put("unit", item.unit())
                    .put("costPrice", orNull(item.costPrice()))
                    .put("sellingPrice", orNull(item.sellingPrice()))
                    .put("expiryDate", orNull(item.expiryDate()))
                    .put("purchaseDate", orNull(item.purchaseDate()))
                    .put("leadDays", item.ownLeadDays())
                    .put("location", item.location())
                    .put("barcode", item.barcode())
                    .put("lotNumber", item.lotNumber())
                    .put(
                            "category",
                            categoryId == null
                                    ? null
                                    : JsonObject.of(
                                            "id", new NodeId(Category.TYPE, categoryId).encoded(), "name", category))
                    .put("status", item.statusOn(request.day).name())
                    .put("createdAt", item.createdAt().toString())
                    .put("updatedAt", item.updatedAt().toString());
        }
    }

    private static final List<String> NAMES = List.of(
            "id",
            "externalId",
            "name",
            "description",
            "quantity",
            "unit",
            "costPrice",
            "sellingPrice",
            "expiryDate",
            "purchaseDate",
            "leadDays",
            "location",
            "barcode",
            "lotNumber",
            "category",
            "status",
            "createdAt",
            "updatedAt");

    /** Characters at whose sight a spreadsheet takes a text for a formula (OWASP, CSV injection). */
    private static final String FORMULA_STARTS = "=+-@\t\r";

    private static String harmless(@Nullable String text) {
        if (text == null || text.isEmpty()) {
            return "";
        }
        return FORMULA_STARTS.indexOf(text.charAt(0)) < 0 ? text : "'" + text;
    }

    private static String quoted(String value) {
        boolean plain = value.chars().noneMatch(each -> each == ',' || each == '"' || each == '\r' || each == '\n');
        return plain ? value : '"' + value.replace("\"", "\"\"") + '"';
    }

    private static String text(@Nullable Object value) {
        return value == null ? "" : value.toString();
    }

    private static String plain(@Nullable BigDecimal number) {
        return number == null
                ? ""
                : number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }

    private static @Nullable String orNull(@Nullable Object value) {
        return switch (value) {
            case null -> null;
            case BigDecimal number -> plain(number);
            default -> value.toString();
        };
    }
}
