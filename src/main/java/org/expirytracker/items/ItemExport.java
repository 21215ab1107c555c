package org.expirytracker.items;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowStream;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.time.Clock;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Supplier;
import org.expirytracker.categories.ItemsAccess;
import org.expirytracker.db.Database;
import org.expirytracker.db.Rows;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Input;
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

    /** Whoever takes nothing for so long is cut off: a connection to the database and a snapshot wait for them. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Vertx vertx;
    private final Database database;
    private final Clock clock;
    private final int mostInWorkbook;

    /** Files from one event loop's connections. */
    public ItemExport(Vertx vertx, Database database, Clock clock) {
        this(vertx, database, clock, WorkbookFile.MOST_ITEMS);
    }

    /** Files of which a workbook holds no more than so many items. */
    ItemExport(Vertx vertx, Database database, Clock clock, int mostInWorkbook) {
        this.vertx = vertx;
        this.database = database;
        this.clock = clock;
        this.mostInWorkbook = mostInWorkbook;
    }

    /** How a file is written. */
    public enum Format {
        /** Comma-separated values, RFC 4180: a line of names, and one for each item. */
        CSV("text/csv; charset=utf-8", "csv"),
        /** A JSON object in each line. */
        JSON_LINES("application/jsonl; charset=utf-8", "jsonl"),
        /** A workbook of one sheet, for Excel and its like: a row of names, and one for each item. */
        WORKBOOK("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx");

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

    private static final String OF_ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";

    private static final String TAKE_YOUR_TIME = """
            SELECT set_config('idle_in_transaction_session_timeout', '60s', true),
                   set_config('statement_timeout', '60s', true)
            """;

    /**
     * Writes a file, and does not end it.
     *
     * @param target is written to as fast as it takes
     * @return fails when the target does, when it takes nothing for {@link #PATIENCE}, and when the database does; before
     *     anything is written with {@code INVALID} when a file of this kind cannot hold so many items
     */
    public Future<Void> write(Request request, WriteStream<Buffer> target) {
        return database.transaction(connection -> connection
                .query(OF_ONE_MOMENT)
                .execute()
                .compose(set -> Rows.first(connection, TAKE_YOUR_TIME, Tuple.tuple(), row -> row))
                .compose(set -> requireRoom(connection, request))
                .compose(room -> stream(connection, request))
                .compose(rows -> new Writing(rows, target, request).done()));
    }

    private Future<Void> requireRoom(SqlConnection connection, Request request) {
        if (request.format != Format.WORKBOOK) {
            return Future.succeededFuture();
        }
        ItemQuery query = ItemQuery.beyond(request.caller.inventoryId(), request.filter, request.after, mostInWorkbook);
        return Rows.first(connection, query.sql(), query.parameters(), row -> row.getBoolean("beyond"))
                .compose(beyond -> beyond.orElse(false)
                        ? Future.failedFuture(Problem.of(
                                Problem.Code.INVALID,
                                "These are more than %,d items, and a worksheet holds no more. Narrow them by a filter, or take items.csv or items.jsonl."
                                        .formatted(mostInWorkbook)))
                        : Future.succeededFuture());
    }

    private static Future<RowStream<Row>> stream(SqlConnection connection, Request request) {
        ItemQuery query = ItemQuery.export(request.caller.inventoryId(), request.filter, request.after);
        return connection.prepare(query.sql()).map(statement -> statement.createStream(FETCHED, query.parameters()));
    }

    private static ItemFile file(Request request) {
        return switch (request.format) {
            case CSV -> new CsvFile(request.after == null);
            case JSON_LINES -> new JsonLinesFile();
            case WORKBOOK -> new WorkbookFile();
        };
    }

    /** As many rows as are fetched at a time are written together, and the next ones are read once they are taken. */
    private final class Writing {

        private final RowStream<Row> rows;
        private final WriteStream<Buffer> target;
        private final Request request;
        private final ItemFile file;
        private final Promise<Void> done = Promise.promise();
        private List<ItemFile.Line> lines = new ArrayList<>(FETCHED);
        private Future<Void> taken;

        Writing(RowStream<Row> rows, WriteStream<Buffer> target, Request request) {
            this.rows = rows;
            this.target = target;
            this.request = request;
            this.file = file(request);
            target.exceptionHandler(done::tryFail);
            this.taken = written(file::beginning);
            rows.exceptionHandler(done::tryFail)
                    .endHandler(end -> taken.compose(before -> written(() -> file.lines(lines)))
                            .compose(before -> written(file::end))
                            .onSuccess(whole -> done.tryComplete())
                            .onFailure(done::tryFail))
                    .handler(this::row);
        }

        Future<Void> done() {
            return done.future().eventually(() -> rows.close().otherwiseEmpty());
        }

        private void row(Row row) {
            if (done.future().isComplete()) {
                return;
            }
            Item item = ItemRepository.toItem(row);
            lines.add(new ItemFile.Line(item, row.getString("category_name"), item.statusOn(request.day)));
            if (lines.size() == FETCHED) {
                List<ItemFile.Line> full = lines;
                lines = new ArrayList<>(FETCHED);
                rows.pause();
                taken = taken.compose(before -> written(() -> file.lines(full)))
                        .onSuccess(next -> rows.resume())
                        .onFailure(done::tryFail);
            }
        }

        private Future<Void> written(Supplier<Buffer> part) {
            Future<Buffer> made = request.format == Format.WORKBOOK
                    ? vertx.executeBlocking(part::get, false).map(bytes -> Objects.requireNonNull(bytes))
                    : Future.succeededFuture(part.get());
            return made.compose(bytes -> bytes.length() == 0 ? Future.succeededFuture() : put(bytes));
        }

        private Future<Void> put(Buffer bytes) {
            long impatience = vertx.setTimer(PATIENCE.toMillis(), late -> done.tryFail("Nothing was taken for long."));
            return target.write(bytes).onComplete(over -> vertx.cancelTimer(impatience));
        }
    }
}
