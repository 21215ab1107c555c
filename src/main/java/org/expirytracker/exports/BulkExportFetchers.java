package org.expirytracker.exports;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import org.expirytracker.activities.Actor;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the exports room. */
public final class BulkExportFetchers implements Fetchers {

    private static final int MOST_CHARACTERS = 100_000;

    private final SqlClient reads;
    private final BulkExports exports;
    private final ExportLinks links;
    private final BulkExportRepository repository = new BulkExportRepository();

    /** Fields over one event loop's connections. */
    public BulkExportFetchers(Database database, BulkExports exports, ExportLinks links) {
        this.reads = database.reads();
        this.exports = exports;
        this.links = links;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("bulkExports", this::bulkExports)
                .mutation("bulkExport", this::bulkExport)
                .mutation("cancelBulkExport", this::cancelBulkExport)
                .field("BulkExport", "url", this::url)
                .node(
                        BulkExport.TYPE,
                        BulkExport.class,
                        BulkExport::id,
                        (caller, ids) -> repository.find(reads, caller, ids));
    }

    private Future<List<BulkExport>> bulkExports(Field field) {
        return repository.list(reads, field.caller(), BulkExports.MOST);
    }

    private Future<BulkExports.Begun> bulkExport(Field field) {
        Input input = Input.of(field);
        String query = input.exactText("query", MOST_CHARACTERS);
        if (query.isBlank()) {
            input.reject("query", Problem.Code.INVALID, "query must be a GraphQL document with one query.");
        }
        input.check();
        return exports.begin(Actor.of(field), query);
    }

    private Future<BulkExports.Canceled> cancelBulkExport(Field field) {
        Input input = Input.of(field);
        UUID id = input.id("id", BulkExport.TYPE);
        input.check();
        return exports.cancel(Actor.of(field), id);
    }

    private @Nullable String url(Field field) {
        BulkExport export = Objects.requireNonNull(field.<BulkExport>source());
        return export.state() == BulkExport.State.COMPLETED
                ? links.of(field.caller().inventoryId(), export.id())
                : null;
    }
}
