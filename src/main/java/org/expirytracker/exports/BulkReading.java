package org.expirytracker.exports;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.expirytracker.kernel.BulkQuery;
import org.jspecify.annotations.Nullable;

/**
 * Reads a query page by page, and makes a line of each object. An object of a connection within another object comes somewhere
 * after that, and says by {@code __parentId} of which it is. Of each page only where the next one begins is remembered.
 */
final class BulkReading {

    private static final String PARENT = "__parentId";

    private final BulkQuery query;
    private final Buffer lines = Buffer.buffer();
    private BulkPosition position;
    private int rows;

    BulkReading(BulkQuery query, BulkPosition position) {
        this.query = query;
        this.position = position;
    }

    /** What was read up to here. */
    BulkPosition position() {
        return position;
    }

    /** The lines that were read. */
    Buffer lines() {
        return lines;
    }

    /** How many lines there are. */
    int rows() {
        return rows;
    }

    /** The document of the next page. */
    String document() {
        return part().document();
    }

    private BulkQuery.Part part() {
        return query.parts()
                .get(position.rest().isEmpty() ? 0 : position.rest().getFirst().part());
    }

    /** Its variables. */
    Map<String, Object> variables() {
        Map<String, Object> variables = new HashMap<>();
        variables.put("first", query.pageSize());
        if (!position.rest().isEmpty()) {
            BulkPosition.Rest rest = position.rest().getFirst();
            variables.put("id", rest.id());
            variables.put("after", rest.after());
        } else if (position.after() != null) {
            variables.put("after", position.after());
        }
        return variables;
    }

    /** Takes the page that was asked for. */
    void take(JsonObject data) {
        JsonObject connection = at(data, part().path());
        List<BulkPosition.Rest> rest = new ArrayList<>(position.rest());
        if (rest.isEmpty()) {
            String after = connection == null ? null : add(connection, part(), null, rest);
            position = new BulkPosition(true, after, List.copyOf(rest));
            return;
        }
        BulkPosition.Rest read = rest.removeFirst();
        // An object that is gone has nothing more.
        String after = connection == null ? null : add(connection, part(), read.id(), rest);
        if (after != null) {
            rest.addFirst(new BulkPosition.Rest(read.part(), read.id(), after));
        }
        position = new BulkPosition(true, position.after(), List.copyOf(rest));
    }

    private static @Nullable JsonObject at(@Nullable JsonObject object, List<String> path) {
        JsonObject found = object;
        for (String name : path) {
            found = found == null ? null : found.getJsonObject(name);
        }
        return found;
    }

    /** Adds the objects of a page; the cursor of the next one, null when there is none. */
    private @Nullable String add(
            JsonObject connection, BulkQuery.Part part, @Nullable String parentId, List<BulkPosition.Rest> rest) {
        JsonArray edges = connection.getJsonArray("edges");
        JsonArray objects = edges == null ? connection.getJsonArray("nodes") : edges;
        for (Object each : objects) {
            if (each instanceof JsonObject object) {
                addObject(edges == null ? object : object.getJsonObject("node"), part, parentId, rest);
            }
        }
        JsonObject page = connection.getJsonObject(BulkQuery.PAGE);
        return page.getBoolean("hasNextPage") ? page.getString("endCursor") : null;
    }

    private void addObject(
            JsonObject object, BulkQuery.Part part, @Nullable String parentId, List<BulkPosition.Rest> rest) {
        Map<BulkQuery.Below, JsonObject> below = new LinkedHashMap<>();
        for (BulkQuery.Below each : part.below()) {
            List<String> path = each.path();
            JsonObject owner = at(object, path.subList(0, path.size() - 1));
            if (owner != null && owner.remove(path.getLast()) instanceof JsonObject connection) {
                below.put(each, connection);
            }
        }
        if (parentId != null) {
            object.put(PARENT, parentId);
        }
        lines.appendBuffer(object.toBuffer()).appendString("\n");
        rows++;
        below.forEach((each, connection) -> {
            String id = Objects.requireNonNull(object.getString("id"));
            String after = add(connection, query.parts().get(each.part()), id, rest);
            if (after != null) {
                rest.add(new BulkPosition.Rest(each.part(), id, after));
            }
        });
    }
}
