package org.expirytracker.kernel;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/**
 * Queries of GraphQL that a room keeps and has executed later, as whoever had them kept: by the same checks and limits as
 * requests, but for the budget. From any thread.
 */
public interface KeptOperations {

    /**
     * Makes a query ready that reads whole connections.
     *
     * @param document with one query, of one connection
     * @return fails with {@code INVALID}, {@code FORBIDDEN} or {@code LIMIT_REACHED}, with a message for whoever wrote it
     */
    Future<BulkQuery> bulk(Caller caller, String document);

    /**
     * Executes a query.
     *
     * @return its data; fails with the first of its errors, as a {@link Problem} where a client may read it
     */
    Future<JsonObject> query(Caller caller, String document, Map<String, Object> variables);
}
