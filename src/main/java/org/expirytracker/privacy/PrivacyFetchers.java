package org.expirytracker.privacy;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.expirytracker.db.Database;
import org.expirytracker.kernel.Fetchers;
import org.expirytracker.kernel.Field;
import org.expirytracker.kernel.RecordJson;
import org.expirytracker.kernel.UserId;
import org.expirytracker.kernel.Wiring;

/** GraphQL fields of the privacy room. */
public final class PrivacyFetchers implements Fetchers {

    private final Vertx vertx;
    private final Database database;
    private final Export export = new Export();

    /** Fields over one event loop's connections. */
    public PrivacyFetchers(Vertx vertx, Database database) {
        this.vertx = vertx;
        this.database = database;
    }

    @Override
    public void register(Wiring wiring) {
        wiring.query("exportMyData", this::exportMyData);
    }

    private Future<Map<String, List<Map<String, Object>>>> exportMyData(Field field) {
        UserId userId = field.caller().userId();
        // On a connection of its own: the others' queries do not wait behind it.
        return database.transaction(connection -> export.read(connection, userId))
                // Reading thousands of rows takes too long for an event loop.
                .compose(parts -> vertx.executeBlocking(() -> bySection(parts), false));
    }

    private static Map<String, List<Map<String, Object>>> bySection(List<Export.Part> parts) {
        Map<String, List<Map<String, Object>>> sections = new LinkedHashMap<>();
        for (Export.Part part : parts) {
            sections.computeIfAbsent(part.section(), section -> new ArrayList<>())
                    .add(RecordJson.members(part.json()));
        }
        return sections;
    }
}
