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

    /**
     * Looks whether a query can be kept that will be executed again and again.
     *
     * @param variables all that it may take, each with an example
     * @param mostCost what it may cost at most
     * @return fails with {@code INVALID} or {@code FORBIDDEN}, with each thing that is wrong, for whoever wrote it
     */
    Future<Void> check(Caller caller, String document, Map<String, Object> variables, int mostCost);

    /**
     * Executes a query, whose errors are part of its answer.
     *
     * @param mostBytes of the answer; what is larger is answered by an error
     * @return fails with {@code UNAVAILABLE} when it may be tried again, with another {@link Problem} when it may not be
     *     executed, or not any more
     */
    Future<KeptAnswer> answer(Caller caller, String document, Map<String, Object> variables, int mostBytes);
}
