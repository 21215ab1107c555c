package org.expirytracker.exports;

import java.util.List;
import org.expirytracker.kernel.RecordJson;
import org.jspecify.annotations.Nullable;

/**
 * How far an export is: what it takes to go on, on any node.
 *
 * @param begun whether the first page of the connection at the root was read
 * @param after the cursor with which that goes on; null at the start, and at the end
 * @param rest connections below it of which there is more, which come first
 */
record BulkPosition(boolean begun, @Nullable String after, List<Rest> rest) {

    static final BulkPosition START = new BulkPosition(false, null, List.of());

    /**
     * A connection of an object of which there is more.
     *
     * @param part which, by its place in the query
     * @param id of the object
     * @param after the cursor with which it goes on
     */
    record Rest(int part, String id, String after) {}

    static BulkPosition read(@Nullable String json) {
        return json == null ? START : RecordJson.read(json, BulkPosition.class);
    }

    String json() {
        return RecordJson.write(this);
    }

    boolean isOver() {
        return begun && after == null && rest.isEmpty();
    }
}
