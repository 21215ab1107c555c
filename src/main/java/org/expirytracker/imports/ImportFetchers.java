package org.expirytracker.imports;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.expirytracker.activities.ActivityLog;
import org.expirytracker.activities.Actor;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Caller;
import org.expirytracker.kernel.Connection;
import org.expirytracker.kernel.Cursor;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.Input;
import org.expirytracker.kernel.NodeId;
import org.expirytracker.kernel.Page;
import org.expirytracker.kernel.Problem;
import org.expirytracker.kernel.Wiring;
import org.jspecify.annotations.Nullable;

/** GraphQL fields of the imports room. */
public final class ImportFetchers implements Fetchers {

    private static final String REFUSALS = "refusals by import";
    private static final String IN_ORDER = "import refusals";
    private static final int MOST_LISTED = 50;

    private final Vertx vertx;
    private final SqlClient reads;
    private final Imports imports;
    private final ImportRepository repository = new ImportRepository();

    /** Fields over one event loop's connections. */
    public ImportFetchers(Vertx vertx, Database database, Imports imports) {
        this.vertx = vertx;
        this.reads = database.reads();
        this.imports = imports;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("imports", this::imports)
                .query("import", ImportFetchers::import_)
                .mutation("previewImport", this::previewImport)
                .mutation("startImport", this::startImport)
                .mutation("cancelImport", this::cancelImport)
                .subscription("importProgress", this::importProgress)
                .field("PreviewImportPayload", "import", ImportFetchers::imported)
                .field("StartImportPayload", "import", ImportFetchers::imported)
                .field("CancelImportPayload", "import", ImportFetchers::imported)
                .field("Import", "refusals", ImportFetchers::refusals)
                .connection("ImportRefusalConnection")
                .node(
                        Import.TYPE,
                        Import.class,
                        Import::id,
                        (caller, ids) -> repository.find(reads, caller.inventoryId(), ids))
                .loader(REFUSALS, this::findRefusals);
    }

    private Future<List<Import>> imports(Field field) {
        return repository.list(reads, field.caller().inventoryId(), MOST_LISTED);
    }

    /** {@code import} is no name in Java. */
    private static @Nullable Object import_(Field field) {
        return field.loadNode(Import.TYPE, field.argument("id"));
    }

    private static @Nullable Object imported(Field field) {
        return switch (field.<Object>source()) {
            case Imports.Begun begun -> begun.imported();
            case Imports.Cancelled cancelled -> cancelled.imported();
            case null, default -> null;
        };
    }

    private Future<Imports.Begun> previewImport(Field field) {
        Input input = Input.of(field);
        ImportChoices choices = ImportChoices.of(input);
        input.check();
        return imports.preview(Actor.of(field), choices);
    }

    private Future<Imports.Begun> startImport(Field field) {
        Input input = Input.of(field);
        ImportChoices choices = ImportChoices.of(input);
        boolean remember = input.flag("remember", true);
        input.check();
        return imports.start(Actor.of(field), choices, remember);
    }

    private Future<Imports.Cancelled> cancelImport(Field field) {
        // A repetition finds it cancelled, and is answered the same.
        ActivityLog.refuseKey(field);
        Input input = Input.of(field);
        UUID id = input.id("id", Import.TYPE);
        input.check();
        return imports.cancel(Actor.of(field), id);
    }

    private Future<ImportStream> importProgress(Field field) {
        Caller caller = field.caller();
        UUID id = NodeId.decode(Objects.requireNonNullElse(field.argument("id"), ""), Import.TYPE)
                .orElseThrow(ImportFetchers::missing);
        return find(caller, id).map(found -> {
            if (found.isEmpty()) {
                throw missing();
            }
            return new ImportStream(vertx, () -> find(caller, id));
        });
    }

    private Future<Optional<Import>> find(Caller caller, UUID id) {
        return repository
                .find(reads, caller.inventoryId(), List.of(id))
                .map(found -> Optional.ofNullable(found.get(id)));
    }

    private static Problem missing() {
        return Problem.at(Problem.Code.NOT_FOUND, List.of("id"), "There is no import with this id.");
    }

    /** Which page of which import's refusals. */
    private record RefusalPage(UUID id, Page page, @Nullable Integer place) {}

    private static @Nullable Object refusals(Field field) {
        Import of = Objects.requireNonNull(field.<Import>source());
        Page page = Page.of(field);
        RefusalPage key =
                new RefusalPage(of.id(), page, Cursor.decode(page, IN_ORDER, keys -> Integer.valueOf(keys.getFirst())));
        return field.<RefusalPage, List<ImportRefusal>, Connection<ImportRefusal>>load(
                REFUSALS,
                key,
                found -> Connection.of(
                        found,
                        page,
                        refusal -> Cursor.encode(IN_ORDER, refusal.place()),
                        counting -> of.refusalCount()));
    }

    /** One statement for each import, of which few are asked for; in one round trip. */
    private Future<Map<RefusalPage, List<ImportRefusal>>> findRefusals(Caller caller, Set<RefusalPage> keys) {
        Map<RefusalPage, List<ImportRefusal>> found = HashMap.newHashMap(keys.size());
        return Future.all(keys.stream()
                        .map(key -> repository
                                .refusals(reads, caller.inventoryId(), key.id, key.page, key.place)
                                .onSuccess(page -> found.put(key, page)))
                        .toList())
                .map(all -> found);
    }
}
